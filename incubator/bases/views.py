"""The operator's home, the base's people, and the staff's register."""

from flask import Blueprint, g, redirect, render_template, request, url_for
from sqlalchemy.orm import joinedload

from incubator.bases import commands, queries
from incubator.bases.models import Base
from incubator.kernel import access, clock
from incubator.kernel.database import db
from incubator.kernel.routing import route
from incubator.kernel.workflow import Case
from incubator.policy import standing
from incubator.policy.procedures import PROCEDURES

bp = Blueprint("bases", __name__)
PAGE = 30


@route(bp, "/desk", perm={"GET": "roster.read"})
def desk():
    """The operator's home: standing, both dates, what is to be done."""
    if g.actor.tier != "base":
        return redirect(url_for("cases.worklist"))
    base = queries.own_base(g.actor)
    cases = list(db.session.scalars(access.visible(g.actor, Case).order_by(Case.id.desc()).limit(20)))
    return render_template(
        "bases/desk.html", base=base, standing=commands.standing_of(base), cases=cases, procedures=PROCEDURES,
        dues=queries.dues_of(base.id), today=clock.today(), todo=queries.todo(g.actor, base, cases),
    )


@route(bp, "/bases", perm={"GET": "base.read"})
def register():
    """Bases in sight, keyset-paged."""
    q = request.args.get("q", "").strip()[:40]
    state = request.args.get("state", "")
    after = request.args.get("after", 0, type=int)
    query = access.visible(g.actor, Base).where(Base.id > after).order_by(Base.id).limit(PAGE + 1)
    if q:
        query = query.where(Base.name.contains(q, autoescape=True))
    if state in standing.LABELS:
        query = query.where(Base.status_now == state)
    rows = list(db.session.scalars(query.options(joinedload(Base.region))))
    return render_template(
        "bases/register.html", rows=rows[:PAGE], more=rows[PAGE - 1].id if len(rows) > PAGE else None, q=q,
        state=state, labels=standing.LABELS, levels=standing.LEVEL_LABELS,
    )


@route(bp, "/bases/<int:base_id>", perm={"GET": "base.read"})
def show(base_id: int):
    base = access.load(g.actor, Base, base_id)
    cases = list(
        db.session.scalars(
            access.visible(g.actor, Case).where(Case.base_id == base.id).order_by(Case.id.desc()).limit(50)
        )
    )
    return render_template(
        "bases/show.html", base=base, standing=commands.standing_of(base), cases=cases, procedures=PROCEDURES,
        former=queries.former_of(base),
    )


