"""Pages on which the province moves a base, gives a division other offices, and sees what was moved."""

from flask import flash, g, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from incubator.bases.models import Base
from incubator.bases.queries import region_by_code, region_choices, region_labels
from incubator.cases import relocations
from incubator.cases.models import Relocation
from incubator.cases.views import bp
from incubator.kernel import access, clock
from incubator.kernel.access import Office, Region
from incubator.kernel.database import db
from incubator.kernel.errors import Conflict, Invalid, NotVisible, Refused
from incubator.kernel.forms import form_for, sent_once
from incubator.kernel.routing import route
from incubator.policy.fields import Problem, clean
from incubator.policy.fields.relocation import BASE_MOVE, ROUTE_CHANGE

PAGE = 30


@route(bp, "/relocations", perm={"GET": "route.manage"}, endpoint="relocations")
def listing():
    """What was ordered, the newest first, keyset-paged."""
    before = request.args.get("before", type=int)
    query = access.visible(g.actor, Relocation).order_by(Relocation.id.desc()).limit(PAGE + 1).options(
        joinedload(Relocation.region), joinedload(Relocation.county_office), joinedload(Relocation.city_office),
    )
    if before:
        query = query.where(Relocation.id < before)
    rows = list(db.session.scalars(query))
    ids = [row.base_id for row in rows if row.base_id]
    names = dict(db.session.execute(select(Base.id, Base.name).where(Base.id.in_(ids))).all()) if ids else {}
    return render_template(
        "cases/relocations.html", rows=rows[:PAGE], names=names, more=rows[PAGE - 1].id if len(rows) > PAGE else None,
        today=clock.today(),
    )


@route(bp, "/bases/<int:base_id>/move", perm={"GET": "route.manage", "POST": "route.manage"})
def move_base(base_id: int):
    base = access.load(g.actor, Base, base_id)
    choices = {"division_code": region_choices()}
    form = form_for(BASE_MOVE, {"from_on": clock.today().isoformat()}, choices=choices)

    def order(values) -> str:
        row = relocations.order_base(
            g.actor, base.id, region_by_code(values["division_code"]).id, from_on=values["from_on"],
            reason=values["reason"], seen_version=request.form.get("version", type=int) or 0,
        )
        return str(row.id)

    return _page(BASE_MOVE, form, order, f"转到别的县（市、区）：{base.name}", base=base, region=base.region)


@route(bp, "/regions/<int:region_id>/route", perm={"GET": "route.manage", "POST": "route.manage"})
def change_route(region_id: int):
    region = db.session.get(Region, region_id)
    if region is None or not region.selectable:
        raise NotVisible("region")
    form = form_for(ROUTE_CHANGE, {"from_on": clock.today().isoformat()})

    def order(values) -> str:
        row = relocations.order_route(
            g.actor, region.id, request.form.get("county", type=int) or 0, request.form.get("city", type=int) or 0,
            from_on=values["from_on"], reason=values["reason"],
        )
        return str(row.id)

    offices = db.session.scalars(select(Office).where(Office.is_province.is_(False)).order_by(Office.code)).all()
    return _page(ROUTE_CHANGE, form, order, f"换办理机构：{region.full_name}", region=region, offices=offices,
                 current=access.open_route(region.id))


def _page(table, form, order, title: str, **shown):
    problems, chosen, status = [], None, 422
    if request.method == "POST":
        cleaned = clean(table, form.raw(), context={"today": clock.today(), "regions": region_labels()})
        problems = cleaned.errors
        if not problems:
            try:
                number = sent_once(lambda: order(cleaned.values))
            except Invalid as invalid:
                problems = invalid.problems
            except Conflict as conflict:
                db.session.refresh(shown["base"])
                shown["region"] = shown["base"].region
                problems, status = [Problem("", conflict.message)], 409
            except Refused as refused:
                refused.field = {"region": "division_code"}.get(refused.field, refused.field)
                problems = [refused.as_problem()]
            else:
                return _done(int(number))
        chosen = (request.form.get("county", type=int), request.form.get("city", type=int))
        form.show(problems)
    page = render_template(
        "cases/move.html", title=title, form=form, table=table, chosen=chosen,
        problems=[{"field": p.field, "message": p.text} for p in problems], **{"base": None, "offices": [], "current": None, **shown},
    )
    return (page, status) if problems else page


def _done(number: int):
    row = access.load(g.actor, Relocation, number)
    if row.applied_at:
        flash(f"已经转过去，连同 {row.moved_cases} 件；原来的机构从现在起看不见，办理时限没有变。", "done")
    else:
        flash(f"记下了，{row.from_on.month}月{row.from_on.day}日生效；在那以前都按现在的机构办。", "done")
    return redirect(url_for("cases.relocations"))
