"""What the province has set: values by date, days, routes, who may do what; and the record of it all."""

from datetime import date

from flask import current_app, flash, g, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from incubator.kernel import access, clock, ledger
from incubator.kernel.access import Route
from incubator.kernel.database import db
from incubator.kernel.errors import Invalid, Refused
from incubator.kernel.forms import form_for, sent_once
from incubator.kernel.parameters import Holiday
from incubator.kernel.routing import route
from incubator.offices import commands, editions
from incubator.offices.views import bp
from incubator.policy.fields.reading import row_number
from incubator.policy.fields.settings import DAYS, EDITION
from incubator.policy.parameters import plain
from incubator.policy.permissions import AREAS, EXCLUSIONS, PERMISSIONS, ROLES

bp.add_app_template_filter(plain, "plain")


def asked_day() -> date:
    """The day whose values are asked for in the address; today without one."""
    try:
        return date.fromisoformat(request.args.get("on", ""))
    except ValueError:
        return clock.today()


@route(bp, "/settings", perm={"GET": "office.read"})
def settings():
    """Divisions with their routes, the values and the days to come, as they are on a day."""
    on = asked_day()
    rows = db.session.scalars(
        select(Route)
        .join(Route.region)
        .where(Route.from_on <= on, Route.to_on.is_(None) | (Route.to_on > on))
        .options(joinedload(Route.region), joinedload(Route.county_office), joinedload(Route.city_office))
        .order_by(access.Region.code)
    ).all()
    return render_template(
        "offices/settings.html", on=on, routes=rows, groups=editions.GROUPS, lines=editions.lines(on), holidays=_days(on),
    )


def _days(on: date, limit: int = 60) -> list[Holiday]:
    return list(db.session.scalars(select(Holiday).where(Holiday.day >= on).order_by(Holiday.day).limit(limit)))


@route(bp, "/settings/parameters", perm={"GET": "parameter.read"})
def parameters():
    on = asked_day()
    return render_template("offices/parameters.html", on=on, groups=editions.GROUPS, lines=editions.lines(on))


@route(bp, "/settings/parameters/<key>", perm={"GET": "parameter.read", "POST": "parameter.set"})
def parameter(key: str):
    """One value: now, to come, all that was ever set; and the form for another."""
    found = editions.parameter_of(key)
    if request.method == "GET":
        form = form_for(EDITION)
        replaces = request.args.get("replaces", type=int)
        return _parameter_page(found, form, replaces)
    form, replaces = form_for(EDITION), request.form.get("replaces", type=int)
    try:
        sent_once(lambda: str(editions.set_value(
            g.actor, key, form.raw(), seen=row_number(form.version.data) or 0, replaces=replaces
        ).id))
    except Refused as refused:
        problems = refused.problems if isinstance(refused, Invalid) else [refused.as_problem()]
        return _parameter_page(found, form, replaces, form.show(problems)), 422
    flash("设好了，到那天自动生效；以前提交的事项仍按当时的值办。", "done")
    return redirect(url_for("offices.parameter", key=key))


def _parameter_page(found, form, replaces, homeless=()):
    rows = editions.rows_of(found.key)
    today, gone = clock.today(), {row.replaces_id for row in rows}
    held = sorted((row for row in rows if row.id not in gone), key=lambda row: (row.from_on, row.id))
    begun = [row for row in held if row.from_on <= today]
    coming = [row for row in held if row.from_on > today]
    if request.method == "GET":
        form.version.data = str(rows[-1].id if rows else 0)
    return render_template(
        "offices/parameter.html", parameter=found, form=form, rows=rows[::-1], gone=gone, coming=coming,
        now=begun[-1] if begun else None, names=editions.names_of(row.decided_by for row in rows), homeless=list(homeless),
        replaced=next((row for row in coming if row.id == replaces), None),
    )


@route(bp, "/settings/holidays", perm={"GET": "parameter.read"})
def holidays():
    return _holidays_page(form_for(DAYS))


@route(bp, "/settings/holidays/set", perm={"POST": "parameter.set"})
def set_holidays():
    form = form_for(DAYS)
    try:
        sent_once(lambda: str(editions.set_days(g.actor, form.raw()).id))
    except Refused as refused:
        problems = refused.problems if isinstance(refused, Invalid) else [refused.as_problem()]
        return _holidays_page(form, form.show(problems)), 422
    flash("改好了。从现在起算的期限按新的日子算，已经算好的期限不变。", "done")
    return redirect(url_for("offices.holidays"))


def _holidays_page(form, homeless=()):
    changes = editions.day_changes()
    return render_template(
        "offices/holidays.html", form=form, homeless=list(homeless), days=_days(clock.today(), 120), changes=changes,
        names=editions.names_of(row.decided_by for row in changes),
    )


@route(bp, "/settings/roles", perm={"GET": "office.read"}, endpoint="matrix")
def matrix():
    """Who may do what, made from the table that the program itself asks (A3-1); printed as it is."""
    roles = list(ROLES.values())
    areas = [(title, [PERMISSIONS[key] for key in keys]) for title, keys in AREAS]
    held = [role for role in roles if role.tier not in ("public", "service")]
    apart = [(role, [r for r in held if frozenset((role.key, r.key)) in EXCLUSIONS]) for role in held]
    return render_template("offices/matrix.html", roles=roles, areas=areas, apart=apart)


@route(bp, "/ledger", perm={"GET": "ledger.read"}, endpoint="ledger")
def ledger_page():
    events = db.session.scalars(select(ledger.Event).order_by(ledger.Event.id.desc()).limit(50)).all()
    result = ledger.verify() if request.args.get("verify") else None
    return render_template("offices/ledger.html", events=events, result=result)


@route(bp, "/training/clock", perm={"GET": "clock.move", "POST": "clock.move"}, endpoint="clock")
def training_clock():
    """Training only: put the date that everybody sees to another day."""
    if not current_app.config["PORTAL"].TRAINING:
        raise Refused("22", "正式环境不能调整日期", "在培训环境练习")
    if request.method == "POST":
        try:
            wanted = date.fromisoformat(request.form.get("day", "").strip())
        except ValueError:
            raise Refused("22", "日期没有看懂", "写成 2026-11-24", field="day") from None
        commands.show_day(g.actor, wanted)
        flash(f"现在按 {wanted.year}年{wanted.month}月{wanted.day}日 算。", "done")
        return redirect(url_for("offices.clock"))
    return render_template("offices/clock.html")
