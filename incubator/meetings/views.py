"""The list of meetings, a new one, and the record of one with a verdict for each dossier."""

from functools import partial

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

from incubator.cases.views import special_act
from incubator.kernel import access, clock, files
from incubator.kernel.errors import Conflict, Invalid, Refused
from incubator.kernel.forms import form_for, sent_once
from incubator.kernel.routing import route
from incubator.meetings import commands, queries
from incubator.meetings.models import VERDICTS, Meeting
from incubator.policy.fields.meeting import MEETING
from incubator.policy.fields.reading import row_number
from incubator.policy.procedures import DELIBERATED_AT

bp = Blueprint("meetings", __name__)


@special_act
def _meeting_act(case, actor):
    """A dossier that waits for a meeting leads to the one it stands in, or to a new one."""
    if not actor.can("meeting.record") or (case.kind, case.state) not in DELIBERATED_AT:
        return None
    item = queries.open_item(case.id)
    url = url_for("meetings.show", meeting_id=item.meeting_id, _anchor=f"c{case.id}") if item else url_for("meetings.new")
    return {"label": "记集中审议的结论" if item else "开集中审议", "url": url, "kind": "main", "enabled": True,
            "reasons": []}


@route(bp, "/meetings", perm={"GET": "meeting.read"})
def index():
    rows, more = queries.page(g.actor, request.args.get("before", type=int))
    return render_template("meetings/index.html", rows=rows, more=more, waiting=queries.waiting(g.actor))


@route(bp, "/meetings/new", perm={"GET": "meeting.record", "POST": "meeting.record"})
def new():
    """The meeting itself; every dossier that waits for one comes onto its record."""
    form = form_for(MEETING, {"held_on": clock.today().isoformat()})
    if request.method == "GET":
        return _new_page(form)
    try:
        answer = sent_once(
            lambda: url_for("meetings.show", meeting_id=commands.open_meeting(g.actor, form.raw()).id)
        )
    except Invalid as invalid:
        return _new_page(form, form.show(invalid.problems)), 422
    except Refused as refused:
        return _new_page(form, form.show([refused.as_problem()])), 422
    return redirect(answer)


def _new_page(form, homeless=()):
    return render_template("meetings/new.html", form=form, homeless=list(homeless), waiting=queries.waiting(g.actor))


@route(bp, "/meetings/<int:meeting_id>", perm={"GET": "meeting.read", "POST": "meeting.record"})
def show(meeting_id: int):
    """The record. A POST settles each dossier that has a verdict by itself; a refused one leaves the others."""
    meeting = access.load(g.actor, Meeting, meeting_id)
    if request.method == "GET":
        return _record(meeting)
    do = request.form.get("do", "settle")
    try:
        if do == "take_in":
            taken = sent_once(lambda: str(commands.take_in(g.actor, meeting_id)))
            flash(f"加进来 {taken} 家。", "done")
            return redirect(url_for("meetings.show", meeting_id=meeting_id))
        if do == "close":
            sent_once(lambda: str(commands.close_meeting(g.actor, meeting_id, request.files.get("minutes")).id))
            flash("审议记录已形成，通过的可以安排公示。", "done")
            return redirect(url_for("meetings.show", meeting_id=meeting_id))
    except Refused as refused:
        return _record(access.load(g.actor, Meeting, meeting_id), refused=refused), 422
    if do.startswith("recuse-"):
        return _recuse(meeting_id, do.removeprefix("recuse-"))
    settled, trouble = _settle(meeting_id)
    if settled:
        flash(f"记下 {settled} 家的结论。", "done")
    if trouble:
        return _record(access.load(g.actor, Meeting, meeting_id), trouble=trouble), 422
    if not settled:
        flash("还没有选结论。", "soon")
    return redirect(url_for("meetings.show", meeting_id=meeting_id))


def _recuse(meeting_id: int, case_id: str):
    """One member leaves for one dossier; verdicts chosen on the page and not yet recorded stay typed."""
    number = int(case_id) if case_id.isdecimal() and case_id.isascii() else 0
    name, reason = request.form.get(f"recused-{number}", ""), request.form.get(f"why-{number}", "")
    try:
        sent_once(lambda: commands.recuse_member(g.actor, meeting_id, number, name, reason).name, part=f"recuse-{number}")
    except Refused as refused:
        return _record(access.load(g.actor, Meeting, meeting_id), trouble={number: refused}), 422
    flash(f"{name}的回避记下了，这一家按回避后的人数算。", "done")
    return _record(access.load(g.actor, Meeting, meeting_id))


@route(bp, "/meetings/<int:meeting_id>/outcomes", perm={"GET": "meeting.read"})
def outcomes(meeting_id: int):
    """The list of outcomes to print and sign."""
    meeting = access.load(g.actor, Meeting, meeting_id)
    lines = queries.lines(meeting)
    return render_template(
        "meetings/outcomes.html", meeting=meeting, lines=lines,
        groups=[(label, [line for line in lines if line.outcome == label]) for label in (*dict(VERDICTS).values(), queries.LEFT, queries.OPEN)],
    )


def _settle(meeting_id: int) -> tuple[int, dict[int, str]]:
    """Each chosen verdict in a transaction of its own; what was refused, by case."""
    settled, trouble = 0, {}
    for key in list(request.form):
        name, _, sent = key.partition("-")
        case_id = row_number(sent)
        if name != "verdict" or case_id is None:
            continue
        try:
            sent_once(partial(_settle_one, meeting_id, case_id), part=sent)
        except Refused as refused:
            trouble[case_id] = refused
        except Conflict as conflict:
            trouble[case_id] = Refused("8", conflict.message.rstrip("。"), "核对现在的情况后再记")
        else:
            settled += 1
    return settled, trouble


def _settle_one(meeting_id: int, case_id: int) -> str:
    commands.settle_item(
        g.actor, meeting_id, case_id, request.form.get(f"verdict-{case_id}", ""), request.form.get(f"reason-{case_id}", "")[:500],
        seen_version=request.form.get(f"version-{case_id}", type=int) or 0,
        interest_note=request.form.get(f"interest-{case_id}", "")[:500],
    )
    return str(case_id)


def _record(meeting, trouble=None, refused=None):
    lines = queries.lines(meeting)
    counts = {label: sum(line.item.verdict == key for line in lines) for key, label in VERDICTS}
    known = files.named([meeting.minutes_file_id] if meeting.minutes_file_id else [])
    return render_template(
        "meetings/show.html", meeting=meeting, lines=lines, counts=counts, verdicts=VERDICTS, trouble=trouble or {},
        refused=refused, minutes=known.get(meeting.minutes_file_id), typed=request.form,
        left=sum(not line.item.verdict and not line.item.left for line in lines), may=g.actor.can("meeting.record"),
        more=len(queries.waiting(g.actor)) if meeting.closed_at is None else 0,
    )
