"""What the province has set, the record, and the date of a training instance."""

from datetime import date

from flask import current_app, flash, g, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from incubator.kernel import access, clock, ledger
from incubator.kernel.access import Route
from incubator.kernel.database import db
from incubator.kernel.errors import Refused
from incubator.kernel.parameters import Holiday, value
from incubator.kernel.routing import route
from incubator.offices import commands
from incubator.offices.views import bp
from incubator.policy.parameters import PARAMETERS


@route(bp, "/settings", perm={"GET": "office.read"})
def settings():
    """Divisions with their routes, and the parameters in force, each with its article."""
    on = clock.today()
    rows = db.session.scalars(
        select(Route)
        .join(Route.region)
        .where(Route.to_on.is_(None))
        .options(joinedload(Route.region), joinedload(Route.county_office), joinedload(Route.city_office))
        .order_by(access.Region.code)
    ).all()
    values = [(p, value(p.key, on)) for p in PARAMETERS.values()]
    holidays = db.session.scalars(
        select(Holiday).where(Holiday.day >= on).order_by(Holiday.day).limit(60)
    ).all()
    return render_template("offices/settings.html", routes=rows, parameters=values, holidays=holidays)


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
