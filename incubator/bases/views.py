"""The operator's home, the base's people, and the staff's register."""

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from sqlalchemy.orm import joinedload

from incubator.bases import life, plaques, queries
from incubator.bases.facts import standing_of
from incubator.bases.models import Base, Plaque
from incubator.kernel import access, clock
from incubator.kernel.database import db
from incubator.kernel.errors import Invalid, Refused
from incubator.kernel.forms import form_for, sent_once
from incubator.kernel.routing import route
from incubator.kernel.workflow import Case
from incubator.offices.second_factor import picture
from incubator.policy import standing
from incubator.policy.fields.plaque import PLAQUE, PLAQUE_RETURN, PLAQUE_SWAP
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
        "bases/desk.html", base=base, standing=standing_of(base), cases=cases, procedures=PROCEDURES,
        dues=queries.dues_of(base.id), today=clock.today(), todo=queries.todo(g.actor, base, cases),
    )


@route(bp, "/bases", perm={"GET": "base.read"})
def register():
    """Bases in sight, keyset-paged."""
    q = request.args.get("q", "").strip()[:40]
    state = request.args.get("state", "")
    after = request.args.get("after", 0, type=int)
    shown = {"q": q, "state": state, "labels": standing.LABELS, "levels": standing.LEVEL_LABELS}
    if on := life.day_asked(request.args.get("on", "")):
        rows, more = life.register_on(g.actor, on, q=q, state=state if state in standing.LABELS else "", after=after)
        return render_template("bases/register_on.html", rows=rows, more=more, on=on, **shown)
    query = access.visible(g.actor, Base).where(Base.id > after).order_by(Base.id).limit(PAGE + 1)
    if q:
        query = query.where(Base.name.contains(q, autoescape=True))
    if state in standing.LABELS:
        query = query.where(Base.status_now == state)
    rows = list(db.session.scalars(query.options(joinedload(Base.region))))
    return render_template(
        "bases/register.html", rows=rows[:PAGE], more=rows[PAGE - 1].id if len(rows) > PAGE else None, **shown,
    )


@route(bp, "/bases/<int:base_id>", perm={"GET": "base.read"})
def show(base_id: int):
    """One base, its whole life as one line; with ?on= as it was on that day (R-2.12)."""
    base = access.load(g.actor, Base, base_id)
    if on := life.day_asked(request.args.get("on", "")):
        return render_template(
            "bases/show_on.html", base=base, on=on, standing=standing_of(base, on), life=life.life_of(base, on),
            levels=standing.LEVEL_LABELS, told=queries.all_told_on(g.actor, base, on),
        )
    cases = list(
        db.session.scalars(
            access.visible(g.actor, Case).where(Case.base_id == base.id).order_by(Case.id.desc()).limit(50)
        )
    )
    return render_template(
        "bases/show.html", base=base, standing=standing_of(base), cases=cases, procedures=PROCEDURES,
        former=queries.former_of(base), plaques=queries.plaques_of(base.id), life=life.life_of(base), marks=queries.marks(base),
        levels=standing.LEVEL_LABELS,
    )


# plaques --------------------------------------------------------------------------------------


@route(bp, "/plaques", perm={"GET": "plaque.read"}, endpoint="plaques")
def plaque_list():
    """The register of plaques, and the bases that wait for one (A8-6)."""
    q, state = request.args.get("q", "").strip()[:40], request.args.get("state", "")
    before = request.args.get("before", type=int)
    state = state if state in ("out", "back") else ""
    rows, more = queries.plaque_list(g.actor, q=q, state=state, before=before)
    return render_template(
        "bases/plaques.html", rows=rows, more=more, before=before, q=q, state=state,
        waiting=[] if q or state or before else queries.without_plaque(g.actor),
    )


@route(bp, "/bases/<int:base_id>/plaque", perm={"GET": "plaque.register", "POST": "plaque.register"}, endpoint="issue")
def issue_plaque(base_id: int):
    """The issue of a plaque; where a valid one is out, the swap: the old back and the new one out in one act (A8-7)."""
    base = access.load(g.actor, Base, base_id)
    held = plaques.valid_plaque(base.id)
    form = form_for(PLAQUE_SWAP if held else PLAQUE, {"plaque_no": queries.suggest_plaque_no(clock.today().year)})
    act = plaques.swap_plaque if request.form.get("swap") else plaques.issue_plaque
    if request.method == "POST":
        return _registered(
            lambda: act(g.actor, base.id, form.raw()), form, "bases/plaque_issue.html", base=base, held=held
        )
    return render_template("bases/plaque_issue.html", base=base, held=held, form=form, homeless=[])


@route(bp, "/plaques/<int:plaque_id>/return", perm={"GET": "plaque.return", "POST": "plaque.return"})
def take_back(plaque_id: int):
    """A plaque that came back without another going out (第十七条)."""
    plaque = access.load(g.actor, Plaque, plaque_id)
    form = form_for(PLAQUE_RETURN)
    if request.method == "POST":
        return _registered(
            lambda: plaques.return_plaque(g.actor, plaque.id, form.raw()), form, "bases/plaque_return.html", plaque=plaque
        )
    return render_template("bases/plaque_return.html", plaque=plaque, form=form, homeless=[])


def _registered(act, form, template: str, **shown):
    """Carry out an act on a plaque, or show its form with what is wrong."""
    try:
        place = sent_once(lambda: url_for("bases.plaque", plaque_id=act().id))
    except Invalid as invalid:
        homeless = form.show(invalid.problems)
    except Refused as refused:
        homeless = form.show([refused.as_problem()])
    else:
        flash("登记好了，公开的核验页上已经是现在的情况。", "done")
        return redirect(place)
    return render_template(template, form=form, homeless=homeless, **shown), 422


@route(bp, "/plaques/<int:plaque_id>", perm={"GET": "base.read"})
def plaque(plaque_id: int):
    """One plaque with its label for print: number, code, and the QR that leads to the public check."""
    row = access.load(g.actor, Plaque, plaque_id)
    where = check_url(row.code)
    return render_template("bases/plaque.html", plaque=row, where=where, qr=picture(where))


def check_url(code: str) -> str:
    """Where the QR leads: the portal's public address, never that of a request."""
    return f"{current_app.config['PORTAL'].PUBLIC_BASE_URL}/plaque/{code}"
