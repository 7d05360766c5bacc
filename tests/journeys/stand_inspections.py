"""What the pages of inspections and sanctions are looked at on: a plan, cases at their stations, what was decided."""

from __future__ import annotations

from sqlalchemy import select

from incubator.bases.models import Base
from incubator.inspections import plans
from incubator.kernel import clock
from incubator.kernel.database import db
from incubator.sanctions import funds, queries, revocations
from tests import walk
from tests.inspections import stand
from tests.sanctions import stand as sanctions


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


def sanction(names: dict) -> dict:
    """A rectification that is reported, a revocation at its decision, one decided with its follow-ups, a list of funds."""
    clerk, lead, today = walk.province()["clerk"], walk.province()["lead2"], clock.today()
    more: dict = {}
    for number, key in ((71, "rectified"), (72, "to_revoke"), (73, "revoked"), (74, "contracting")):
        base, admin = stand.recognised(walk.Unit(f"长春{'整改待撤已撤待整'[2 * number - 142:2 * number - 140]}创业孵化基地", "220104", number), today.replace(year=today.year - 2), team=6)
        if key in ("rectified", "contracting"):
            inspection = sanctions.concluded(base)
            more[f"{key}_inspection"] = inspection.id
            if key == "rectified":
                sanctions.contract(inspection)
                sanctions.issue("rectification", inspection)
                case = sanctions.running(base)
                more["served_item"] = queries.decided(inspection.id)[0].id
                case = sanctions.report(case, admin)
                more["rectified"] = case.id
        else:
            case = sanctions.direct(base)
            if key == "to_revoke":
                sanctions.told(case)
                row = revocations.defend(admin, case.id, {"words": "场地只是临时堆放，已经恢复。"}, seen_version=stand.fresh(case).version)
                more |= {"to_revoke": case.id, "defence": row.id, "defending_admin": base.code}
            else:
                revocations.waive_notice(lead, case.id, {"waived_reason": "运营机构注销，负责人失联，已公告送达"}, seen_version=stand.fresh(case).version)
                sanctions.issue("revocation", case)
                more |= {"revoked": case.id, "revoked_admin": base.code}
    plain, admin = stand.recognised(walk.Unit("长春自撤创业孵化基地", "220104", 75), today.replace(year=today.year - 2))
    more |= {"applying": revocations.open_application(admin).id, "applying_admin": plain.code}
    rectifying = stand.recognised(walk.Unit("长春在改创业孵化基地", "220104", 76), today.replace(year=today.year - 2), team=6)[0]
    more["rectifying"] = sanctions.rectifying(rectifying).id
    more |= {"rectifying_admin": rectifying.code, "untold": sanctions.direct(stand.recognised(
        walk.Unit("长春未告创业孵化基地", "220104", 77), today.replace(year=today.year - 2))[0]).id}
    more["fund_code"] = funds.issue_list(clerk, today).code
    return more
