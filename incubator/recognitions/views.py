"""The application form with its checklist."""

from collections import Counter

from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, url_for

from incubator.bases.models import Base
from incubator.bases.queries import region_choices
from incubator.cases import corrections
from incubator.cases.forms_page import form_page, group_of, save_draft, submitted, typed_changes, typed_groups
from incubator.cases.panels import readable
from incubator.cases.tables import form_table
from incubator.kernel import access
from incubator.kernel.errors import Invalid, NotVisible, Refused
from incubator.kernel.forms import form_for, sent_once
from incubator.kernel.routing import route
from incubator.kernel.workflow import Case
from incubator.policy.fields import show, to_stored
from incubator.policy.fields.national import NATIONAL
from incubator.policy.national import SOURCE, THRESHOLDS, TITLE
from incubator.policy.procedures import APPLIED
from incubator.recognitions import commands, national
from incubator.recognitions.queries import round_words
from incubator.rosters import queries as rosters

bp = Blueprint("recognitions", __name__)
FROM_FILING = "来自备案，和备案保持一致；确有变化的先重新备案"
FROM_REGISTER = "来自登记，和登记保持一致；确有变化的先办变更，第十八条"
LOCKED = {"recognition": FROM_FILING}
CARRIED = {"recognition": "备案时填过的都带过来了"}
FROM_REGISTER_CARRIED = "登记的内容都带过来了，不用重新备案"


@route(bp, "/application", perm={"POST": "recognition.fill"}, endpoint="open")
def open_application():
    return _opened(commands.open_application(g.actor))


@route(bp, "/application/promotion", perm={"POST": "recognition.fill"})
def open_promotion():
    return _opened(commands.open_application(g.actor, "promotion"))


def _opened(case: Case):
    return redirect(url_for("recognitions.edit", case_id=case.id) if case.station.holder == "applicant"
                    else url_for("cases.show", case_id=case.id))


@route(bp, "/application/<int:case_id>", perm={"GET": "recognition.fill", "POST": "recognition.fill"})
def edit(case_id: int):
    """The long form, one group a page; the last page checks against the standards and submits."""
    case = access.load(g.actor, Case, case_id)
    if case.kind not in APPLIED or case.station.holder != "applicant":
        return redirect(url_for("cases.show", case_id=case.id))
    table = form_table(case.kind)
    part = request.args.get("part", table.groups[0][0])
    if part == "check":
        return _check_page(case)
    if part not in {key: title for key, title, _ in table.groups}:
        raise NotVisible("part")
    checked = commands.check_application(case)
    return form_page(
        case, table, template="recognitions/edit.html", submit=commands.submit_application,
        may_submit="recognition.submit", check=commands.check_application, part=part,
        choices={"division_code": region_choices()},
        locked=dict.fromkeys(("base_name", "division_code", "operator_uscc"), LOCKED.get(case.kind, FROM_REGISTER)),
        extra={
            "round_words": round_words(case.kind, case), "carried": CARRIED.get(case.kind, FROM_REGISTER_CARRIED), "counts": rosters.facts(case.base_id), "part": part,
            "left": Counter(group_of(table, p.field) for p in checked.errors),
            "known": readable(case.kind, to_stored(table, checked.values), only="base") if part == "base" else [],
            "auto": [
                (f.label, show(f, checked.values.get(f.name))) for f in table.in_group(part)
                if f.source == "auto" and checked.values.get(f.name) is not None
            ] if part != "performance" else [],
            "editing": part != "base" or "edit" in request.args or case.state != "draft" or request.method == "POST",
        },
    )


def _check_page(case: Case):
    """Standard, actual, conclusion, evidence and article of every item, before submitting (A5-8)."""
    problems: list = []
    if request.method == "POST":
        try:
            return submitted(case, commands.submit_application)
        except Invalid as invalid:
            problems = invalid.problems
        except Refused as refused:
            problems = [refused.as_problem()]
    checked, table = commands.check_application(case), form_table(case.kind)
    left = checked.errors
    page = render_template(
        "recognitions/check.html", case=case, findings=commands.checklist(case), closed=commands.closed(case),
        problems=[{"text": p.text, "part": _part_of(table, p.field), "field": p.field} for p in problems or left],
        warnings=checked.warnings, left=Counter(group_of(table, p.field) for p in left), part="check",
        round_words=round_words(case.kind, case), all_groups=typed_groups(table), may_submit=g.actor.can("recognition.submit"),
        tried=bool(problems),
    )
    return (page, 422) if problems else page


def _part_of(table, field: str) -> str:
    """The page of the form on which a problem is mended; answers to remarks stand on each of them."""
    return table.groups[0][0] if field.startswith(corrections.PREFIX) else group_of(table, field)


@route(bp, "/national", perm={"GET": "national.keep"}, endpoint="national")
def national_list():
    """优先推荐国家示范基地: bases in force beside the national conditions; a list, no level (A9-2)."""
    rows, more = national.candidates(g.actor, max(0, request.args.get("after", 0, type=int)))
    return render_template("recognitions/national.html", rows=rows, more=more, thresholds=THRESHOLDS, source=SOURCE)


@route(bp, "/bases/<int:base_id>/national", perm={"GET": "national.keep", "POST": "national.keep"})
def national_title(base_id: int):
    """A national title, as the document says (A9-3)."""
    base, homeless = access.load(g.actor, Base, base_id), []
    form = form_for(NATIONAL, {"title": TITLE} if request.method == "GET" else None)
    if request.method == "POST":
        try:
            place = sent_once(lambda: [national.record_title(g.actor, base.id, form.raw()), url_for("bases.show", base_id=base.id)][1])
        except Invalid as invalid:
            homeless = form.show(invalid.problems)
        else:
            flash("登记好了，称号到期时会提醒省工信厅核实。", "done")
            return redirect(place)
    page = render_template("recognitions/national_title.html", base=base, form=form, homeless=homeless)
    return (page, 422) if homeless or request.method == "POST" else page


@route(bp, "/application/<int:case_id>/draft", perm={"POST": "recognition.fill"})
def autosave(case_id: int):
    case = access.load(g.actor, Case, case_id)
    return jsonify(save_draft(case, form_table(case.kind), typed_changes(form_table(case.kind))))
