"""The team's days: what waits by prefecture, a day's route with a sheet for each base."""

from flask import flash, g, redirect, render_template, request, url_for

from incubator.assessments import plans as days
from incubator.assessments.views import bp
from incubator.campaigns import team
from incubator.kernel import clock
from incubator.kernel.errors import Refused
from incubator.kernel.forms import sent_once
from incubator.kernel.routing import route
from incubator.policy.fields import CannotRead, Field, parse

_DAY = Field("day", "日期", "date", "8")


@route(bp, "/visits/plans", perm={"GET": "visit.register"})
def plans():
    rows, more = days.page(g.actor, request.args.get("before", type=int))
    return render_template("visits/plans.html", rows=rows, more=more, may=g.actor.can("recognition.assess"))


@route(bp, "/visits/plans/new", perm={"GET": "recognition.assess", "POST": "recognition.assess"})
def plan_new():
    """A day: the round's team, and the dossiers that it has still to see."""
    if request.method == "GET":
        return _new_page()
    try:
        made = sent_once(lambda: str(days.plan_day(g.actor, _planned()).id))
    except Refused as refused:
        return _new_page(refused), 422
    flash("排好了，同去的考核组成员从现在起看得到案卷。", "done")
    return redirect(url_for("assessments.plan", plan_id=int(made)))


def _planned() -> days.Planned:
    try:
        day = parse(_DAY, request.form.get("day", ""))
    except CannotRead as wrong:
        raise Refused("8", wrong.problem.message, wrong.problem.way_out, "day") from None
    if day is None:
        raise Refused("8", "日期还没有填写", "写踏查的那一天", "day")
    stops = {i: request.form.get(f"time-{i}", "").strip().replace("：", ":").zfill(5) for i in request.form.getlist("case", type=int)}
    return days.Planned(
        request.form.get("campaign", type=int) or 0, day, request.form.get("title", ""),
        request.form.get("leader", type=int) or 0, tuple(request.form.getlist("people", type=int)),
        {case_id: "" if at == "00000" else at for case_id, at in stops.items()},
    )


def _new_page(refused=None):
    rounds = list(days.rounds(g.actor))
    asked = request.values.get("campaign", type=int)
    chosen = next((row for row in rounds if row.id == asked), rounds[0] if rounds else None)
    return render_template(
        "visits/plan_new.html", rounds=rounds, chosen=chosen, members=team.members(chosen.id) if chosen else [],
        groups=days.waiting(g.actor, chosen.id) if chosen else [], refused=refused, typed=request.form,
        day=request.form.get("day", clock.today().isoformat()),
    )


@route(bp, "/visits/plans/<int:plan_id>", perm={"GET": "visit.register", "POST": "recognition.assess"})
def plan(plan_id: int):
    """One day: base after base, with the sheet to take along and the form to fill in there."""
    row = days.load(g.actor, plan_id)
    if request.method == "GET":
        return _plan_page(row)
    try:
        sent_once(lambda: str(days.drop_stop(
            g.actor, plan_id, request.form.get("stop", type=int) or 0, request.form.get("reason", "")
        ).id))
    except Refused as refused:
        return _plan_page(row, refused), 422
    flash("从路线上取消了，可以安排到别的日子。", "done")
    return redirect(url_for("assessments.plan", plan_id=plan_id))


def _plan_page(row, refused=None):
    return render_template(
        "visits/plan.html", plan=row, refused=refused, typed=request.form, may=g.actor.can("recognition.assess"),
        left=sum(stop.ended_at is None for stop in row.stops),
    )
