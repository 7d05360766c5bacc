"""Pages of one act for many cases: which acts, what exactly would happen, the held batch and its result."""

from flask import flash, g, redirect, render_template, request, url_for

from incubator.cases import batches
from incubator.cases.models import WorkBatch
from incubator.cases.views import bp
from incubator.kernel import access, clock
from incubator.kernel.database import db
from incubator.kernel.errors import NotVisible, Refused
from incubator.kernel.forms import sent_once
from incubator.kernel.routing import route
from incubator.kernel.workflow import Case
from incubator.policy.fields.opinion import OPINION_LENGTH, REASON_AT_LEAST
from incubator.policy.procedures import PROCEDURES

PAGE = 30


@route(bp, "/work/batch", perm={"GET": "desk.use", "POST": "desk.use"})
def batch_new():
    """GET: which acts the ticked cases allow; with ``act``, what would happen to each. POST orders it."""
    if request.method == "POST":
        return _ordered()
    return _preview(request.args.getlist("case", type=int), request.args.get("act", "")[:100])


def _preview(ids: list[int], key: str, refused: Refused | None = None, text: str = ""):
    cases = batches.ticked(g.actor, ids)
    choices = batches.offered(g.actor, cases)
    choice = next((c for c in choices if c.key == key), None) or (batches.choice_of(key) if key else None)
    if key and choice is None:
        raise NotVisible("act")
    if choice is not None and choice.endpoint:
        return redirect(url_for(choice.endpoint, case=[c.id for c in cases]))
    if choice is None and len(choices) == 1 and not choices[0].endpoint and choices[0].able == len(cases):
        choice = choices[0]
    plan = batches.plan(g.actor, cases, choice) if choice else None
    page = render_template(
        "cases/batch_new.html", cases=cases, choices=choices, choice=choice, plan=plan, over=max(0, len(set(ids)) - batches.MOST),
        minutes=int(batches.HOLD.total_seconds() // 60), refused=refused, text=text, today=clock.today(),
        longest=OPINION_LENGTH, at_least=REASON_AT_LEAST,
    )
    return (page, 422) if refused else page


def _ordered():
    """The items come as they were seen: ``item`` is case and version."""
    pairs = []
    for item in request.form.getlist("item"):
        case_id, _, version = item.partition("-")
        if case_id.isdecimal() and version.isdecimal() and len(item) < 30:
            pairs.append((int(case_id), int(version)))
    key, text = request.form.get("act", "")[:100], request.form.get("text", "")

    def go() -> str:
        return url_for("cases.batch", batch_id=batches.order(g.actor, key, pairs, text).id)

    try:
        return redirect(sent_once(go))
    except Refused as refused:
        if not pairs or batches.choice_of(key) is None:
            raise
        return _preview([case_id for case_id, _ in pairs], key, refused, text)


@route(bp, "/work/batches", perm={"GET": "desk.use"}, endpoint="batches")
def batch_list():
    """The batches of this desk, the newest first."""
    before = request.args.get("before", type=int)
    query = access.visible(g.actor, WorkBatch).order_by(WorkBatch.id.desc()).limit(PAGE + 1)
    if before:
        query = query.where(WorkBatch.id < before)
    rows = list(db.session.scalars(query))
    return render_template(
        "cases/batches.html", rows=rows[:PAGE], more=rows[PAGE - 1].id if len(rows) > PAGE else None,
        results=batches.results([row.id for row in rows[:PAGE]]), procedures=PROCEDURES, today=clock.today(), now=clock.now(),
    )


@route(bp, "/work/batches/<int:batch_id>", perm={"GET": "desk.use"})
def batch(batch_id: int):
    """One batch: what it waits for or what became of each item; items that left the sight are counted, not named."""
    row = access.load(g.actor, WorkBatch, batch_id)
    items = batches.items(row)
    known = {c.id: c for c in db.session.scalars(
        access.visible(g.actor, Case).where(Case.id.in_([item.case_id for item in items]))
    )}
    return render_template(
        "cases/batch.html", batch=row, items=[(item, known[item.case_id]) for item in items if item.case_id in known],
        gone=len(items) - len(known), step=PROCEDURES[row.case_kind].step(row.from_state, row.outcome),
        may_cancel=batches.may_cancel(g.actor, row), held=clock.now() < row.release_at, today=clock.today(),
        station=PROCEDURES[row.case_kind].station(row.from_state),
    )


@route(bp, "/work/batches/<int:batch_id>/cancel", perm={"POST": "desk.use"})
def cancel_batch(batch_id: int):
    def go() -> str:
        return url_for("cases.batch", batch_id=batches.cancel(g.actor, batch_id).id)

    place = sent_once(go)
    flash("撤下了，这一批一件也没有办。", "done")
    return redirect(place)
