"""What the pages of inspections are looked at on: a plan of this year, one outside it at each station."""

from __future__ import annotations

from sqlalchemy import select

from incubator.bases.models import Base
from incubator.inspections import plans
from incubator.kernel import clock
from incubator.kernel.database import db
from tests import walk
from tests.inspections import stand


def furnish(names: dict) -> dict:
    """A plan that is drawn, one case of it at its beginning, one inspection outside it at its conclusion."""
    clerk = walk.province()["clerk"]
    year = clock.today().year
    star = db.session.get(Base, db.session.scalar(select(Base.id).where(Base.name == "长春星桥创业孵化基地")))
    plan = plans.make_plan(clerk, stand.plan_raw(year + 1, decided_on=clock.today().isoformat()))
    plans.draw(clerk, plan.id, {"seed": "双色球第2026012期 03 08 11 17 25 31", "share": "50"}, seen_version=plan.version)
    plans.confirm(clerk, plan.id, seen_version=plan.version)
    this_year = plans.make_plan(clerk, stand.plan_raw(year, decided_on=clock.today().isoformat()))
    case = stand.adhoc(star)
    row = stand.finding(case)
    begun = stand.visited(case, tenants_countable=14)
    stand.finding(begun, "15(1)", "在孵企业现场核实 14 户，低于认定标准 15 户。")
    return {"plan_drawn": plan.id, "plan_open": this_year.id, "inspecting": begun.id, "finding": row.id}
