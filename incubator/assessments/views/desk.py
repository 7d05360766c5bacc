"""The province's desk for one dossier: who reviews it, who visits it, how far they are."""

from dataclasses import replace

from flask import flash, g, redirect, render_template, request, url_for

from incubator.assessments import asking, commands, interests, queries, suggestions
from incubator.assessments.views import bp
from incubator.campaigns import team
from incubator.cases.views import special_act
from incubator.kernel import access, clock, once
from incubator.kernel.errors import Invalid, NotVisible, Refused
from incubator.kernel.forms import sent_once
from incubator.kernel.parameters import whole
from incubator.kernel.routing import route
from incubator.kernel.workflow import Case
from incubator.policy.calendar import chinese_date
from incubator.policy.fields import CannotRead, Field, parse

URGE = "评审表还没有交，请在期限前打分并提交；有利害关系或不能按时评审的，请申报回避。"
_DUE = Field("due_on", "交表期限", "date", "8", required=False)


@special_act
def _experts_act(case, actor):
    if not actor.can("expert.assign") or not queries.scored_here(case):
        return None
    return {"label": "考核组和评审专家", "url": url_for("assessments.experts", case_id=case.id), "kind": "plain",
            "enabled": True, "reasons": []}


@route(bp, "/cases/<int:case_id>/experts", perm={"GET": "expert.assign", "POST": "expert.assign"})
def experts(case_id: int):
    """Who is assigned, who has given a sheet (not what it says), and one act at a time."""
    case = access.load(g.actor, Case, case_id)
    if request.method == "GET":
        if not queries.scored_here(case) and not queries.progress(case.id).live:
            raise NotVisible("experts")
        return _experts_page(case)
    try:
        said = sent_once(lambda: _desk_act(case))
    except Refused as refused:
        return _experts_page(case, refused), 422
    flash(said, "done")
    return redirect(url_for("assessments.experts", case_id=case_id))


def _desk_act(case: Case) -> str:
    seen = request.form.get("version", type=int) or 0
    do, reason = request.form.get("do", ""), request.form.get("reason", "")
    if do == "expert":
        sheet = commands.assign_expert(
            g.actor, case.id, _chosen("person", "评审专家"), seen_version=seen, note=request.form.get("note", "")[:300],
            due_on=typed_due(),
        )
        return f"已指派，专家应在{chinese_date(sheet.due_on)}前交评审表。"
    if do == "again":
        made = asking.ask_again(g.actor, case.id, seen_version=seen)
        return f"请了原来的 {len(made)} 位专家评新版本，他们先重新声明利害关系。"
    if do == "team":
        commands.assign_team(g.actor, case.id, _chosen("member", "考核组成员"), seen_version=seen)
        return "已指派，考核组成员可以看案卷、登记省级踏查。"
    if do == "urge":
        asked = asking.urge(g.actor, case.id, request.form.get("text", ""), seen_version=seen,
                              sheet_id=request.form.get("sheet", type=int))
        return f"催了 {len(asked)} 位专家，他们会在消息里看到。"
    if do == "answer":
        asking.answer_interest(g.actor, case.id, request.form.get("sheet", type=int) or 0, reason, seen_version=seen)
        return "核对情况记下了。"
    if do == "close":
        review = commands.close_review(g.actor, case.id, seen_version=seen)
        return f"专家评审已结束，{review.valid_count} 份有效，均分 {review.mean}。"
    assignment = request.form.get("assignment", type=int) or 0
    commands.release(g.actor, case.id, assignment, reason, seen_version=seen)
    return "已撤下。"


def typed_due():
    """The deadline of this assignment as typed; None leaves it to the parameter."""
    text = request.form.get("due_on", "").strip()
    if not text:
        return None
    try:
        return parse(_DUE, text)
    except CannotRead as wrong:
        raise Invalid([replace(wrong.problem, field="due_on", article="8")]) from None


def _chosen(name: str, label: str) -> int:
    person = request.form.get(name, type=int)
    if not person:
        raise Refused("8", f"还没有选{label}", f"从名单里选一位{label}", name)
    return person


def _experts_page(case, refused=None):
    with once.page():
        review = queries.review(case.id)
        named, on_team = team.members(case.campaign_id), queries.team(case.id)
        open_here = queries.scored_here(case) and review.closed is None
        ranked = suggestions.candidates(case) if open_here else []
        asked = {s.person_id for s in review.of_version(review.version)}
        taken = {person.id for _, person in on_team}
        holders = team.holders("site_team", [row.person_id for row in named])
        return render_template(
            "assessments/experts.html", case=case, rows=review.sheets, review=review, profiles=review.profiles, refused=refused,
            hits={s.id: interests.of_sheet(case, s) for s in review.sheets if s.status != "void" and s.judged == review.version},
            urged=queries.urgings(s.id for s in review.sheets), urge_text=URGE,
            free=[c for c in ranked if not c.blocked], barred=[c for c in ranked if c.blocked],
            suggested=suggestions.SUGGESTED, named=named, team=on_team, closed=review.closed, typed=request.form,
            members=[row for row in named if row.person_id in holders and row.person_id not in taken],
            former=sum(s.status == "given" and s.judged == review.version - 1 and s.person_id not in asked
                       for s in review.sheets),
            given=len(review.counted), missing=review.missing, open_here=queries.scored_here(case),
            needed=whole("min_valid_scores", case.edition_on or clock.today()),
            days=whole("score_days", clock.today()),
        )
