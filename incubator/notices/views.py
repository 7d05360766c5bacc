"""The province's desk of notices: publish, follow, answer objections. The public pages stand in `public`."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

from incubator.cases.views import special_act
from incubator.kernel import access, clock, files
from incubator.kernel.errors import Invalid, Refused
from incubator.kernel.forms import form_for, sent_once
from incubator.kernel.routing import route
from incubator.kernel.workflow import Case
from incubator.notices import commands, queries
from incubator.notices.models import Objection
from incubator.offices import sessions
from incubator.policy.fields import mask
from incubator.policy.fields.notice import NOTICE
from incubator.policy.fields.objection import (
    BACK,
    OBJECTION_ANSWER,
    OBJECTION_CHECK,
    OBJECTION_KINDS,
    OBJECTION_RESULTS,
    UNANSWERED,
    UPHELD,
)
from incubator.policy.procedures import RENOTICE

bp = Blueprint("notices", __name__)
TYPED = tuple(field.name for field in NOTICE.fields if field.kind != "rows")


@special_act
def _publish_act(case, actor):
    """The way from a case that passed to the page where notices are made."""
    if not actor.can("notice.publish") or case.procedure.step(case.state, "publish") is None:
        return None
    return {"label": "安排公示", "url": url_for("notices.new", case=case.id), "kind": "main", "enabled": True,
            "reasons": []}


@special_act
def _back_act(case, actor):
    """The way to the page of stations that an upheld objection or a changed fact leads back to; shown when one is open."""
    if not actor.can("notice.publish") or case.procedure.step(case.state, RENOTICE) is None:
        return None
    ways = queries.ways_back(case, actor)
    if not ways:
        return None
    return {"label": "退回重新办理" if len(ways) > 1 else ways[0].label, "url": url_for("notices.back", case_id=case.id),
            "kind": "plain", "enabled": True, "reasons": []}


@route(bp, "/notices", perm={"GET": "notice.read"})
def index():
    rows, more = queries.with_counts(g.actor, request.args.get("before", type=int))
    return render_template(
        "notices/index.html", rows=rows, more=more, ready=len(queries.ready_to_publish(g.actor)), today=clock.today()
    )


@route(bp, "/notices/new", perm={"GET": "notice.publish", "POST": "notice.publish"})
def new():
    """Cases that passed, with checkboxes, and the notice itself; all or none are published (A8-4)."""
    ready = queries.ready_to_publish(g.actor)
    if request.method == "GET":
        wanted = request.args.getlist("case", type=int)
        chosen = set(wanted) & {case.id for case, _ in ready} or {case.id for case, _ in ready}
        form = form_for(NOTICE, queries.prefill(len(chosen)), names=TYPED)
        return render_template("notices/new.html", form=form, ready=ready, chosen=chosen, homeless=[])
    form = form_for(NOTICE, names=TYPED)
    cases = chosen_cases()

    def publish() -> str:
        return url_for("notices.show", notice_id=commands.publish_notice(g.actor, cases, form.raw()).id)

    try:
        place = sent_once(publish)
    except Invalid as invalid:
        homeless = form.show(invalid.problems)
    except Refused as refused:
        homeless = form.show([refused.as_problem()])
    else:
        flash(f"公示发布了，{len(cases)} 家进入公示期。期满的次日起可以发文。", "done")
        return redirect(place)
    return render_template("notices/new.html", form=form, ready=ready, chosen=set(cases), homeless=homeless), 422


def chosen_cases() -> dict[int, int]:
    """Ticked cases with the version that the page showed: ``case`` and ``version-<id>``."""
    return {
        case_id: request.form.get(f"version-{case_id}", type=int) or 0
        for case_id in request.form.getlist("case", type=int)
    }


@route(bp, "/notices/<int:notice_id>", perm={"GET": "notice.read"})
def show(notice_id: int):
    return _page(
        notice_id, form_for(OBJECTION_ANSWER), answering=request.args.get("answer", type=int),
        checking=request.args.get("check", type=int),
    )


def _page(notice_id: int, form, answering: int | None = None, checking: int | None = None, check_form=None):
    """The notice, its applicants, what was said; the form of an answer that was refused stays open."""
    notice = queries.in_full(notice_id, g.actor)
    objections = queries.objections_of(g.actor, notice_id)
    reachable = _reachable(objections, answering)
    return render_template(
        "notices/show.html", notice=notice, cases=queries.cases_of(notice_id), objections=objections, form=form,
        answering=answering, kinds=OBJECTION_KINDS, results=OBJECTION_RESULTS, today=clock.today(),
        names={item.case_id: item.base_name for item in notice.items}, may_answer=g.actor.can("notice.publish"),
        proofs=files.named([each.file_id for row in objections for each in row.files]), reachable=reachable, mask=mask,
        checking=checking, check_form=check_form or form_for(OBJECTION_CHECK), unanswered=UNANSWERED, upheld=UPHELD,
        verifiers=queries.verifiers() if checking else [],
        people=queries.people_named([row.verifier_id for row in objections]),
    )


def _reachable(objections, answering: int | None) -> int | None:
    """Whose telephone is shown in full: the objector's who is being answered, and the log says who looked (P28)."""
    row = next((o for o in objections if o.id == answering), None)
    if row is None or not row.phone or not g.actor.can("notice.publish"):
        return None
    sessions.note("unmask", g.actor.person_id, f"objection {row.id} phone", g.request_id)
    return row.id


@route(bp, "/notices/<int:notice_id>/objections/<int:objection_id>/check", perm={"POST": "notice.publish"})
def check(notice_id: int, objection_id: int):
    """核查 starts with the name of the colleague who verifies."""
    row = access.load(g.actor, Objection, objection_id)
    form = form_for(OBJECTION_CHECK)
    try:
        sent_once(lambda: str(commands.start_checking(g.actor, row.id, form.raw()).id))
    except Invalid as invalid:
        form.show(invalid.problems)
        return _page(notice_id, form_for(OBJECTION_ANSWER), checking=objection_id, check_form=form), 422
    row = access.load(g.actor, Objection, objection_id, fresh=True)
    flash(f"开始核查了，核查人是{queries.people_named([row.verifier_id])[row.verifier_id]}。核实后在这里答复。", "done")
    return redirect(url_for("notices.show", notice_id=row.notice_id))


@route(bp, "/notices/back/<int:case_id>", perm={"GET": "notice.publish", "POST": "notice.publish"})
def back(case_id: int):
    """Where an upheld objection leads: the station that it concerns, or a new notice where published facts changed."""
    case = access.load(g.actor, Case, case_id)
    form = form_for(BACK, choices={"outcome": [(s.outcome, s.label) for s in queries.ways_back(case, g.actor)]})
    if request.method == "POST":
        version = request.form.get("version", type=int) or 0

        def go() -> str:
            return url_for("cases.show", case_id=commands.send_back(g.actor, case_id, form.raw(), seen_version=version).id)

        try:
            place = sent_once(go)
        except Invalid as invalid:
            return _back_page(case, form, form.show(invalid.problems)), 422
        except Refused as refused:
            return _back_page(case, form, form.show([refused.as_problem()])), 422
        flash(f"退回了，现在是“{access.load(g.actor, Case, case_id, fresh=True).station.label}”。再次通过后要重新公示 1 周。", "done")
        return redirect(place)
    return _back_page(case, form)


def _back_page(case, form, homeless=()):
    found = queries.on_notice([case.id]).get(case.id)
    return render_template(
        "notices/back.html", case=case, form=form, homeless=list(homeless), found=found,
        changed=queries.changed_lacks(case, found),
    )


@route(bp, "/notices/<int:notice_id>/objections/<int:objection_id>", perm={"POST": "notice.publish"})
def answer(notice_id: int, objection_id: int):
    row = access.load(g.actor, Objection, objection_id)
    form = form_for(OBJECTION_ANSWER)
    stage = "checking" if row.status == "received" else "answering"
    try:
        sent_once(lambda: str(commands.answer_objection(g.actor, row.id, form.raw()).id))
    except Invalid as invalid:
        form.show(invalid.problems)
        return _page(notice_id, form, **{stage: objection_id}), 422
    except Refused as refused:
        form.show([refused.as_problem()])
        return _page(notice_id, form, **{stage: objection_id}), 422
    row = access.load(g.actor, Objection, objection_id, fresh=True)
    upheld = "这一家不能发文，可以不予认定或退回重新办理。" if row.kind == "objection" and row.status in UPHELD else ""
    flash(f"答复了，结论是{OBJECTION_RESULTS[row.status]}。{upheld}提出的人凭受理编号能看到。", "done")
    return redirect(url_for("notices.show", notice_id=row.notice_id))
