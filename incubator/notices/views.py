"""The province's desk of notices: publish, follow, answer objections. The public pages stand in `public`."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

from incubator.cases.views import special_act
from incubator.kernel import access, clock, files
from incubator.kernel.errors import Invalid, Refused
from incubator.kernel.forms import form_for, sent_once
from incubator.kernel.routing import route
from incubator.notices import commands, queries
from incubator.notices.models import Objection
from incubator.offices import sessions
from incubator.policy.fields import mask
from incubator.policy.fields.notice import NOTICE
from incubator.policy.fields.objection import OBJECTION_ANSWER, OBJECTION_KINDS, OBJECTION_RESULTS

bp = Blueprint("notices", __name__)
TYPED = tuple(field.name for field in NOTICE.fields if field.kind != "rows")


@special_act
def _publish_act(case, actor):
    """The way from a case that passed to the page where notices are made."""
    if not actor.can("notice.publish") or case.procedure.step(case.state, "publish") is None:
        return None
    return {"label": "安排公示", "url": url_for("notices.new", case=case.id), "kind": "main", "enabled": True,
            "reasons": []}


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
    return _page(notice_id, form_for(OBJECTION_ANSWER), answering=request.args.get("answer", type=int))


def _page(notice_id: int, form, answering: int | None = None):
    """The notice, its applicants, what was said; the form of an answer that was refused stays open."""
    notice = queries.in_full(notice_id, g.actor)
    objections = queries.objections_of(g.actor, notice_id)
    reachable = _reachable(objections, answering)
    return render_template(
        "notices/show.html", notice=notice, cases=queries.cases_of(notice_id), objections=objections, form=form,
        answering=answering, kinds=OBJECTION_KINDS, results=OBJECTION_RESULTS, today=clock.today(),
        names={item.case_id: item.base_name for item in notice.items}, may_answer=g.actor.can("notice.publish"),
        proofs=files.named([row.file_id for row in objections if row.file_id]), reachable=reachable, mask=mask,
    )


def _reachable(objections, answering: int | None) -> int | None:
    """Whose telephone is shown in full: the objector's who is being answered, and the log says who looked (P28)."""
    row = next((o for o in objections if o.id == answering), None)
    if row is None or not row.phone or not g.actor.can("notice.publish"):
        return None
    sessions.note("unmask", g.actor.person_id, f"objection {row.id} phone", g.request_id)
    return row.id


@route(bp, "/notices/<int:notice_id>/objections/<int:objection_id>", perm={"POST": "notice.publish"})
def answer(notice_id: int, objection_id: int):
    row = access.load(g.actor, Objection, objection_id)
    form = form_for(OBJECTION_ANSWER)
    try:
        sent_once(lambda: str(commands.answer_objection(g.actor, row.id, form.raw()).id))
    except Invalid as invalid:
        form.show(invalid.problems)
        return _page(notice_id, form, answering=objection_id), 422
    row = access.load(g.actor, Objection, objection_id, fresh=True)
    upheld = "这一家不能发文，可以不予认定或退回集中审议。" if row.kind == "objection" and row.status == "upheld" else ""
    flash(f"答复了，结论是{OBJECTION_RESULTS[row.status]}。{upheld}提出的人凭受理编号能看到。", "done")
    return redirect(url_for("notices.show", notice_id=row.notice_id))
