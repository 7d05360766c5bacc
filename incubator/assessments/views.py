"""Experts of a case, the sheet of an expert, an expert's own profile."""

from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, url_for

from incubator.assessments import commands, queries, sheets
from incubator.cases.forms_page import typed_changes
from incubator.cases.views import gate, special_act
from incubator.kernel import access, clock
from incubator.kernel.errors import Invalid, NotVisible, Refused
from incubator.kernel.forms import answered, form_for, sent_once
from incubator.kernel.parameters import whole
from incubator.kernel.routing import route
from incubator.kernel.workflow import Case
from incubator.policy.fields import from_stored
from incubator.policy.fields.expert import EXPERT
from incubator.policy.fields.score_sheet import CONCLUSIONS

bp = Blueprint("assessments", __name__)


@gate
def _declare_first(case, actor):
    """A8-2: an expert declares before the dossier opens."""
    if actor.role != "expert":
        return None
    sheet = queries.own_sheet(actor.person_id, case.id)
    if sheet is None or sheet.status != "open" or sheet.declared_at is not None:
        return None
    return url_for("assessments.sheet", case_id=case.id)


@special_act
def _sheet_act(case, actor):
    if actor.role != "expert" or not queries.scored_here(case):
        return None
    sheet = queries.own_sheet(actor.person_id, case.id)
    if sheet is None or sheet.status != "open":
        return None
    return {"label": "填评审表", "url": url_for("assessments.sheet", case_id=case.id), "kind": "main",
            "enabled": True, "reasons": []}


@special_act
def _experts_act(case, actor):
    if not actor.can("expert.assign") or not queries.scored_here(case):
        return None
    return {"label": "考核组和评审专家", "url": url_for("assessments.experts", case_id=case.id), "kind": "plain",
            "enabled": True, "reasons": []}


# the province ------------------------------------------------------------------------------


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
    do = request.form.get("do", "")
    if do == "expert":
        commands.assign_expert(g.actor, case.id, _chosen("person", "评审专家"), seen_version=seen,
                               note=request.form.get("note", "")[:300])
        return f"已指派，专家应在 {whole('score_days', clock.today())} 个工作日内交评审表。"
    if do == "team":
        commands.assign_team(g.actor, case.id, _chosen("member", "考核组成员"), seen_version=seen)
        return "已指派，考核组成员可以看案卷、登记省级踏查。"
    if do == "close":
        review = commands.close_review(g.actor, case.id, seen_version=seen)
        return f"专家评审已结束，{review.valid_count} 份有效，均分 {review.mean}。"
    assignment = request.form.get("assignment", type=int) or 0
    commands.release(g.actor, case.id, assignment, request.form.get("reason", ""), seen_version=seen)
    return "已撤下。"


def _chosen(name: str, label: str) -> int:
    person = request.form.get(name, type=int)
    if not person:
        raise Refused("8", f"还没有选{label}", f"从名单里选一位{label}", name)
    return person


def _experts_page(case, refused=None):
    rows, team = queries.sheets(case.id), queries.team(case.id)
    live = {row.person_id for row in rows if row.status != "void" or row.voided_by == row.person_id}
    pool = [p for p in queries.people_with("expert") if p.id not in live]
    known = queries.profiles(p.id for p in [*pool, *(row.person for row in rows)])
    members = {person.id for _, person in team}
    return render_template(
        "assessments/experts.html", case=case, rows=rows, team=team, pool=pool, profiles=known, refused=refused,
        members=[p for p in queries.people_with("site_team") if p.id not in members],
        closed=queries.review_of(case), given=sum(row.status == "given" for row in rows),
        open_count=sum(row.status == "open" for row in rows), open_here=queries.scored_here(case),
        needed=whole("min_valid_scores", case.edition_on or clock.today()), typed=request.form,
    )


# the expert ----------------------------------------------------------------------------------


@route(bp, "/cases/<int:case_id>/sheet", perm={"GET": "sheet.score", "POST": "sheet.score"})
def sheet(case_id: int):
    """First the declaration, then the sheet; given or void, it can only be read."""
    if request.method == "POST" and (before := answered()):
        return redirect(before)
    case = access.load(g.actor, Case, case_id)
    row = queries.own_sheet(g.actor.person_id, case_id)
    if row is None:
        raise NotVisible("score_sheet")
    if request.method == "GET":
        return _sheet_page(case, row)
    try:
        return redirect(_expert_act(case))
    except Invalid as invalid:
        return _sheet_page(case, queries.own_sheet(g.actor.person_id, case_id), problems=invalid.problems), 422
    except Refused as refused:
        problem = refused.as_problem()
        return _sheet_page(case, queries.own_sheet(g.actor.person_id, case_id), problems=[problem]), 422


def _expert_act(case: Case) -> str:
    own = url_for("assessments.sheet", case_id=case.id)
    do = request.form.get("do", "save")
    if do == "clear":
        place = sent_once(lambda: _then(sheets.deny_conflict(g.actor, case.id), url_for("cases.show", case_id=case.id)))
        flash("已声明没有利害关系，可以看案卷、打分。", "done")
        return place
    if do == "recuse":
        reason = request.form.get("reason", "")
        place = sent_once(lambda: _then(sheets.recuse(g.actor, case.id, reason), url_for("cases.worklist")))
        flash("已申报回避，这份评审表作废，案卷不再显示。", "done")
        return place
    row = _keep(case)
    if do != "give":
        flash("已保存，交之前都可以改。", "done")
        return own
    typed = from_stored(queries.table_of(case), row.stored)
    place = sent_once(lambda: _then(sheets.give_sheet(g.actor, case.id, typed), own))
    flash("评审表交好了，评审结束前别人看不到。", "done")
    return place


def _then(done, place: str) -> str:
    return place


def _keep(case: Case):
    names = {f.name for f in queries.table_of(case).fields} - {"no_conflict"}
    return sheets.save_sheet(
        g.actor, case.id, typed_changes(queries.table_of(case), names),
        seen_version=request.form.get("version", type=int) or 0,
    )


@route(bp, "/cases/<int:case_id>/sheet/draft", perm={"POST": "sheet.score"})
def autosave(case_id: int):
    case = access.load(g.actor, Case, case_id)
    row = _keep(case)
    return jsonify({"saved_at": f"{clock.local(row.saved_at):%H:%M}" if row.saved_at else "", "version": row.version})


def _sheet_page(case, row, problems=()):
    table = queries.table_of(case)
    if row.status == "open" and row.declared_at is None:
        return render_template(
            "assessments/declare.html", case=case, units=queries.units_of(case), problems=list(problems),
            typed=request.form,
        )
    if row.status != "open":
        values = from_stored(table, row.stored) if row.status == "given" else {}
        return render_template(
            "assessments/given.html", case=case, sheet=row, lines=queries.lines(table, values), values=values,
            conclusion=dict(CONCLUSIONS).get(values.get("conclusion"), ""), problems=list(problems),
        )
    stored = row.stored
    form = form_for(table, {"signed_on": clock.today().isoformat(), **stored}, bound=False)
    homeless = form.show(problems)
    return render_template(
        "assessments/sheet.html", case=case, sheet=row, form=form, homeless=homeless, table=table,
        pairs=[(f, f"comment_{f.name.removeprefix('score_')}") for f in form.specs() if f.name.startswith("score_")],
    )


@route(bp, "/expert", perm={"GET": "expert.profile", "POST": "expert.profile"})
def profile():
    """Where an expert works: what interests are checked against."""
    known = queries.profiles([g.actor.person_id]).get(g.actor.person_id)
    values = {name: getattr(known, name) for name in ("employer", "employer_uscc", "fields")} if known else {}
    form = form_for(EXPERT, values)
    if request.method == "POST":
        try:
            sent_once(lambda: str(sheets.declare_profile(g.actor, form.raw()).person_id))
        except Invalid as invalid:
            homeless = form.show(invalid.problems)
            return render_template("assessments/profile.html", form=form, known=known, homeless=homeless), 422
        flash("已登记，指派时用来核对利害关系。", "done")
        return redirect(url_for("assessments.profile"))
    return render_template("assessments/profile.html", form=form, known=known, homeless=[])
