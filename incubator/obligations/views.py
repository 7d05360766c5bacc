"""Pages of what is owed: my deadlines, one obligation, and 催报."""

from dataclasses import replace
from datetime import date

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, url_for

from incubator.kernel import clock
from incubator.kernel.database import db
from incubator.kernel.errors import Refused
from incubator.kernel.forms import sent_once
from incubator.kernel.parameters import workday
from incubator.kernel.routing import route
from incubator.obligations import counted, feeds, queries, urgings, ways
from incubator.policy.calendar import add_months
from incubator.policy.duties import MEANS, URGING_ALL, URGING_LEAST, URGING_MOST, duty, urging_words

bp = Blueprint("obligations", __name__)


@route(bp, "/deadlines", perm={"GET": "obligation.read"})
def mine():
    """What I owe, as a list and as a month."""
    today = clock.today()
    first = _month(request.args.get("month", "")) or today.replace(day=1)
    rows = queries.mine(g.actor)
    return render_template(
        "obligations/mine.html", rows=rows, weeks=queries.month(g.actor, first, workday), first=first,
        before=add_months(first, -1), after=add_months(first, 1), duty=duty,
        late=sum(r.due_on < today for r in rows), can_urge=g.actor.can("obligation.urge"),
    )


def _month(text: str) -> date | None:
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return first if 2020 <= first.year <= 2099 else None


@route(bp, "/deadlines/feed", perm={"GET": "obligation.feed", "POST": "obligation.feed"})
def feed():
    """The private address of my deadlines for a calendar program: made, renewed, withdrawn. It is shown once."""
    address = None
    if request.method == "POST":
        if request.form.get("do") == "withdraw":
            feeds.withdraw(g.actor)
            flash("收回了，原来的地址已经打不开。", "done")
            return redirect(url_for("obligations.feed"))
        base_url = current_app.config["PORTAL"].PUBLIC_BASE_URL
        address = base_url + url_for("obligations.calendar", secret=feeds.renew(g.actor))
    return render_template("obligations/feed.html", since=feeds.open_since(g.actor), address=address)


@route(bp, "/calendar/<secret>.ics", perm={"GET": "public.read"})
def calendar(secret: str):
    """The deadlines behind a secret address; whoever has it needs no sign-in, and sees numbers and titles only."""
    text = feeds.calendar(feeds.of_secret(secret))
    return Response(text, content_type="text/calendar; charset=utf-8", headers={
        "Content-Disposition": "attachment; filename=deadlines.ics", "X-Robots-Tag": "noindex"})


@route(bp, "/obligations/<int:obligation_id>", perm={"GET": "obligation.read"})
def show(obligation_id: int):
    """Who owes what to whom, how its day was counted, by what it was fulfilled."""
    row = queries.one(g.actor, obligation_id)
    may_urge = g.actor.can("obligation.urge") and bool(queries.several(g.actor, [row.id]))
    return render_template(
        "obligations/show.html", row=row, said=counted.said(row, g.actor), parties=queries.parties(g.actor, row), duty=duty(row.kind),
        urged=queries.urgings(g.actor, row.id), means=MEANS, may_urge=may_urge, way=ways.way(g.actor, row),
    )


@route(bp, "/obligations/owed", perm={"GET": "obligation.urge"})
def owed():
    """What bases and the offices below owe, or a part of it: the list from which it is urged."""
    asked = queries.Asked.of(request.args)
    return render_template("obligations/owed.html", found=queries.owed(g.actor, asked), asked=asked,
                           place=queries.place_of(asked), at_once=urgings.AT_ONCE)


@route(bp, "/obligations/urge", perm={"GET": "obligation.urge", "POST": "obligation.urge"})
def urge():
    """Look over what is urged, say how and in which words; then it is recorded and the letters go out."""
    said = request.form if request.method == "POST" else request.args
    asked = replace(queries.Asked.of(said), late=True)
    back = url_for("obligations.owed", **asked.params)
    if request.method == "GET" and request.args.get("all") == "1":
        chosen = [line.row.id for line in queries.owed(g.actor, asked, again=False, size=urgings.AT_ONCE).rows]
    else:
        chosen = [int(n) for n in said.getlist("id") if n.isascii() and n.isdecimal() and len(n) < 10][:urgings.AT_ONCE]
    problem = None
    if request.method == "POST":
        try:
            number = sent_once(lambda: str(len(urgings.urge(
                g.actor, chosen, means=said.get("means", ""), text=said.get("text", "")))))
        except Refused as refused:
            db.session.rollback()
            problem = refused
        else:
            flash(f"登记了 {number} 项催报，各单位会在消息里看到。", "done")
            return redirect(back)
    rows = queries.several(g.actor, chosen)
    words = said.get("text") or (urging_words(rows[0].row.name, rows[0].row.due_on, clock.today()) if len(rows) == 1 else
                                 URGING_ALL)
    page = render_template(
        "obligations/urge.html", rows=rows, means=MEANS, chosen=said.get("means", "portal"), words=words, problem=problem,
        least=URGING_LEAST, most=URGING_MOST, asked=asked, place=queries.place_of(asked), back=back,
    )
    return page, 422 if problem else 200
