"""The application form with its checklist."""

from flask import Blueprint, g, jsonify, redirect, render_template, url_for

from incubator.bases.queries import region_choices
from incubator.cases.forms_page import form_page, save_draft, typed_changes
from incubator.kernel import access
from incubator.kernel.routing import route
from incubator.kernel.workflow import Case
from incubator.policy.fields.recognition import RECOGNITION
from incubator.recognitions import commands
from incubator.recognitions.queries import round_words
from incubator.rosters import queries as rosters

bp = Blueprint("recognitions", __name__)
FROM_FILING = "来自备案，和备案保持一致；确有变化的先重新备案"


@route(bp, "/application", perm={"POST": "recognition.fill"}, endpoint="open")
def open_application():
    case = commands.open_application(g.actor)
    return redirect(url_for("recognitions.edit", case_id=case.id) if case.station.holder == "applicant"
                    else url_for("cases.show", case_id=case.id))


@route(bp, "/application/<int:case_id>", perm={"GET": "recognition.fill", "POST": "recognition.fill"})
def edit(case_id: int):
    """The long form; the figures of the standards stand beside it, made from form and rosters."""
    case = access.load(g.actor, Case, case_id)
    if case.kind != "recognition" or case.station.holder != "applicant":
        return redirect(url_for("cases.show", case_id=case.id))
    return form_page(
        case, RECOGNITION, template="recognitions/edit.html", submit=commands.submit_application,
        may_submit="recognition.submit", check=commands.check_application,
        choices={"division_code": region_choices()},
        locked={name: FROM_FILING for name in ("base_name", "division_code", "operator_uscc")},
        extra={"round_words": round_words(), "counts": rosters.facts(case.base_id)},
    )


@route(bp, "/application/<int:case_id>/draft", perm={"POST": "recognition.fill"})
def autosave(case_id: int):
    case = access.load(g.actor, Case, case_id)
    return jsonify(save_draft(case, RECOGNITION, typed_changes(RECOGNITION)))


@route(bp, "/application/<int:case_id>/checklist", perm={"GET": "case.draft"})
def checklist(case_id: int):
    """Standard, actual, conclusion, evidence and article of every item, before submitting (A5-8)."""
    case = access.load(g.actor, Case, case_id)
    if case.kind != "recognition" or case.station.holder != "applicant":
        return redirect(url_for("cases.show", case_id=case.id))
    return render_template(
        "recognitions/checklist.html", case=case, findings=commands.checklist(case),
        problems=commands.check_application(case).errors,
        round_words=round_words(),
    )
