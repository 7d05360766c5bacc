"""What an expert works on: the declaration, the sheet, the profile."""

import json

from flask import flash, g, jsonify, redirect, render_template, request, url_for

from incubator.assessments import interests, queries, sheets
from incubator.assessments.views import bp
from incubator.cases.forms_page import typed_changes
from incubator.cases.views import gate, special_act
from incubator.kernel import access, clock
from incubator.kernel.errors import Invalid, NotVisible, Refused
from incubator.kernel.forms import answered, form_for, sent_once
from incubator.kernel.routing import route
from incubator.kernel.workflow import Case
from incubator.policy.fields import from_stored
from incubator.policy.fields.expert import EXPERT, FIELDS, declared_refusal
from incubator.policy.fields.score_sheet import CONCLUSIONS


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
            typed=request.form, hits=interests.of_sheet(case, row),
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
    """Where an expert works and holds posts: what interests are checked against. He keeps it current himself."""
    known = queries.profiles([g.actor.person_id]).get(g.actor.person_id)
    form = form_for(EXPERT, _stored(known))
    if request.method == "POST":
        try:
            sent_once(lambda: str(sheets.declare_profile(g.actor, form.raw()).person_id))
        except Invalid as invalid:
            return _profile_page(form, known, form.show(invalid.problems)), 422
        flash("已登记，指派时用来核对利害关系。", "done")
        return redirect(url_for("assessments.profile"))
    return _profile_page(form, known)


def _stored(known) -> dict:
    if known is None:
        return {}
    keys = {label: key for key, label in FIELDS}
    return {
        "employer": known.employer, "employer_uscc": known.employer_uscc, "titles": known.titles, "phone": known.phone or "",
        "fields": [keys[label] for label in known.field_labels if label in keys], "posts": json.loads(known.posts),
    }


def _profile_page(form, known, homeless=()):
    refusal = declared_refusal(known.declared_on if known else None, clock.today())
    return render_template(
        "assessments/profile.html", form=form, known=known, homeless=list(homeless), stale=known is not None and refusal is not None,
    )
