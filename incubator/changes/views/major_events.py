"""Pages of the major-event report: the base's form, the county's verification, the panel of the case."""

import json

from flask import flash, g, jsonify, redirect, render_template, request, url_for

from incubator.bases.models import Base
from incubator.bases.queries import dues_of, own_base, todo_of
from incubator.cases.forms_page import form_page, save_draft, typed_changes
from incubator.cases.panels import Panel
from incubator.cases.tables import form_table
from incubator.cases.views import page_of
from incubator.changes import major_events
from incubator.changes.views import bp
from incubator.kernel import access, clock, registry
from incubator.kernel.errors import Invalid, NotVisible, Refused
from incubator.kernel.forms import form_for, sent_once
from incubator.kernel.routing import route
from incubator.kernel.workflow import Case
from incubator.policy import major_events as policy
from incubator.policy.fields import from_stored, show
from incubator.policy.fields.major_event import MAJOR_CHECK, MAJOR_EVENT

page_of("major_event", "check", "changes.verify_event")


@route(bp, "/event", perm={"GET": "profile.keep", "POST": "profile.keep"})
def report_event():
    """What is to be reported, until when, and the way in."""
    if request.method == "POST":
        return redirect(url_for("changes.edit_event", case_id=sent_once(lambda: str(major_events.open_event(g.actor).id))))
    return render_template("changes/event_start.html", base=own_base(g.actor), kinds=policy.KINDS)


def _own(case_id: int) -> Case:
    case = access.load(g.actor, Case, case_id)
    if form_table(case.kind) is not MAJOR_EVENT:
        raise NotVisible("major_event")
    return case


@route(bp, "/event/<int:case_id>", perm={"GET": "profile.keep", "POST": "profile.keep"})
def edit_event(case_id: int):
    case = _own(case_id)
    if case.station.holder != "applicant":
        return redirect(url_for("cases.show", case_id=case.id))
    return form_page(
        case, MAJOR_EVENT, template="changes/event_edit.html", submit=major_events.submit_event,
        may_submit="major_event.submit", check=major_events.check_event, extra={"base": access.load(g.actor, Base, case.base_id)},
    )


@route(bp, "/event/<int:case_id>/draft", perm={"POST": "profile.keep"})
def autosave_event(case_id: int):
    case = _own(case_id)
    return jsonify(save_draft(case, MAJOR_EVENT, typed_changes(MAJOR_EVENT)))


@route(bp, "/cases/<int:case_id>/event/check", perm={"GET": "major_event.check", "POST": "major_event.check"})
def verify_event(case_id: int):
    """The county's facts, opinion and follow-up."""
    case = _own(case_id)
    row = major_events.find_event(case)
    if row is None or case.station.holder != "county":
        return redirect(url_for("cases.show", case_id=case.id))
    names = (*major_events.verified_fields(row.kind), "valid_from", "opinion", "follow_up")
    form = form_for(MAJOR_CHECK, major_events.proposed(case, row), names=names)
    homeless, status = [], 200
    if request.method == "POST":
        seen = request.form.get("case_version", type=int) or 0
        try:
            sent_once(lambda: str(major_events.verify_event(g.actor, case.id, form.raw(), seen_version=seen).id))
        except Invalid as invalid:
            homeless, status = form.show(invalid.problems), 422
        except Refused as refused:
            homeless, status = form.show([refused.as_problem()]), 422
        else:
            flash("核实完毕，登记的内容已按核实的情况变更。", "done")
            return redirect(url_for("cases.show", case_id=case.id))
    back = url_for("cases.show", case_id=case.id)
    return render_template(
        "changes/form.html", form=form, homeless=homeless, case=case, title=f"核实重大事项：{case.subject}", verb="核实完毕",
        crumb=(back, case.title), back=back, article_code="13", skip=("kind",),
        answer="面积、地址、用途以实地踏查为准；登记的内容从核实的日期起变更",
    ), status


@registry.panel("major_event", order=5)
def event_panel(case, actor, chosen: str) -> Panel | None:
    """Before, reported and verified; whether it came in time; what follows."""
    row = major_events.find_event(case)
    if row is None:
        return None
    return Panel("major_event", "重大事项", "changes/event_panel.html", place="top", data={
        "row": row, "kind": dict(policy.KINDS)[row.kind], "lines": _lines(case, row), "today": clock.today(),
        "follow_up": dict(policy.FOLLOW_UPS).get(row.follow_up, ""),
        "special": actor.can("inspection.open") and major_events.owed_inspection(row),
    })


def _lines(case: Case, row) -> list[tuple[str, str, str, str]]:
    """Label, register before, reported, verified."""
    before, told, seen = (from_stored(MAJOR_CHECK, part) for part in
                          (json.loads(row.before), major_events.reported(case), json.loads(row.verified)))
    found = []
    for name in major_events.verified_fields(row.kind):
        item = MAJOR_CHECK.field(name)
        label = "地址" if name == "address" else item.label
        found.append((label, *(show(item, part.get(name)) for part in (before, told, seen))))
    return found


@todo_of
def event_todo(actor, base, cases):
    """Reports that wait for the base."""
    for case in cases:
        if form_table(case.kind) is MAJOR_EVENT and case.ended_at is None and case.station.holder == "applicant" and actor.can("profile.keep"):
            due = dues_of(base.id).get(case.id)
            returned = case.state == "correction"
            yield {"mark": "soon", "when": f"{due.month}月{due.day}日前" if due else "还没有提交",
                   "what": "补正重大事项报告" if returned else "重大事项报告还没有提交",
                   "words": "一次说清了要改的地方" if returned else "发生后 10 个工作日内报告", "article": "13",
                   "url": url_for("changes.edit_event", case_id=case.id), "label": "去补正" if returned else "接着填"}
