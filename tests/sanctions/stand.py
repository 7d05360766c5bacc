"""Bases on the way from an inspection to a sanction, for tests: each step is the command that people would call."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select

from incubator.decisions import commands as decisions
from incubator.kernel import clock
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.sanctions import queries, rectifications, revocations
from tests import walk
from tests.inspections import stand as inspecting
from tests.stage import reached

UNIT = walk.Unit("长春星桥创业孵化基地", "220104", 17)
OTHER = walk.Unit("延吉海兰创业孵化基地", "222401", 21)
OLD = date(2023, 11, 20)
LONG = "事实清楚，依据和材料都在案卷里。"
NUMBERS = iter(range(200, 10_000))


@reached
def base(level: str = "base"):
    """A base in force with its admin."""
    return inspecting.recognised(UNIT, OLD, level=level, team=6)


@reached
def other():
    return inspecting.recognised(OTHER, OLD, team=6)


def concluded(found, conclusion: str = "rectify", code: str = "15(5)") -> Case:
    """An inspection outside the plan with one problem, seen on site and concluded."""
    case = inspecting.adhoc(found)
    inspecting.finding(case, code)
    return inspecting.concluded(inspecting.visited(case), conclusion)


def contract(inspection: Case):
    clerk = walk.province()["clerk"]
    return rectifications.write_contract(
        clerk, inspection.id,
        {"items": [{"finding_id": str(f.id), "required": "疏散通道畅通，消防验收合格", "proof": "消防检查意见、现场照片"}
                   for f in queries.contract_findings(inspection)]},
        seen_version=inspecting.fresh(inspection).version,
    )


def issue(kind: str, *cases: Case, on: date | None = None, who=None, **raw):
    """The document of a kind for these cases, by the second provincial lead."""
    who = who or walk.province()["lead"]
    on = on or clock.today()
    return decisions.issue(
        who, kind, {case.id: inspecting.fresh(case, who).version for case in cases},
        {"document_no": f"吉工信创业〔{on.year}〕{next(NUMBERS)}号", "document_on": on.isoformat(), "title": "关于处理决定的通知", **raw},
        walk.pdf("文件.pdf"),
    )


def rectifying(found, on: date | None = None) -> Case:
    """A rectification that runs from its document."""
    inspection = concluded(found)
    contract(inspection)
    issue("rectification", inspection, on=on)
    return running(found)


def running(found) -> Case:
    return queries.running_rectification(found.id)


def report(case: Case, admin) -> Case:
    items = queries.items_of(queries.rectification_of(case.id).inspection_id)
    return rectifications.report(
        admin, case.id,
        {"items": [{"item_id": str(i.id), "done": "通道清理完毕，门锁拆除"} for i in items], "summary": "全部整改到位，制度已经修订上墙。", "pledge": True},
        seen_version=inspecting.fresh(case, admin).version, uploads=[walk.pdf("消防意见.pdf")],
    )


def check(case: Case, who, met: str = "yes"):
    items = queries.items_of(queries.rectification_of(case.id).inspection_id)
    return rectifications.check_items(
        who, case.id, {"items": [{"item_id": str(i.id), "met": met, "remark": "现场看到通道畅通"} for i in items]},
        seen_version=inspecting.fresh(case, who).version,
    )


def people(unit: walk.Unit = UNIT) -> dict:
    staff = walk.staff(unit.region)
    return {"county": walk.actor(*staff.county), "county_lead": walk.actor(*staff.county_lead),
            "city": walk.actor(*staff.city), "city_lead": walk.actor(*staff.city_lead)}


def checked(case: Case, met: str = "yes") -> Case:
    """What was reported is verified on site by the county and lies at the city."""
    who = people()["county"]
    case = walk.visit(case, who)
    check(case, who, met)
    return walk.act(case, "verify", who, text="现场核实。")


def at_acceptance(case: Case, admin, met: str = "yes") -> Case:
    """Reported, verified on site by the county, sent up by the city."""
    return walk.act(checked(report(case, admin), met), "forward", people()["city"], text="复核同意。")


def accepted(case: Case, admin) -> Case:
    return walk.act(at_acceptance(case, admin), "accept", walk.province()["lead"], text="验收合格。")


# revocation -------------------------------------------------------------------------------------


def direct(found, codes=("16(2)2",)) -> Case:
    return revocations.begin_direct(
        walk.province()["clerk"], found.id, {"codes": list(codes), "facts": LONG, "tenants_plan": "迁入相邻基地"},
        uploads=[walk.pdf("现场笔录.pdf")],
    )


def proposed(found, reason: str = "rectification") -> Case:
    return revocations.propose(people()["county_lead"], found.id, {"reason": reason, "facts": LONG, "tenants_plan": "迁入相邻基地"})


def told(case: Case):
    """The base was told today."""
    clerk = walk.province()["clerk"]
    return revocations.notify(
        clerk, case.id, {"notified_on": clock.today().isoformat(), "method": "direct", "receiver": "刘思远"},
        seen_version=inspecting.fresh(case).version, upload=walk.pdf("事先告知书.pdf"),
    )


def revoked(found, clock_of_test, case: Case | None = None) -> Case:
    """Told, the window run out, the document entered on the day after."""
    case = case or direct(found)
    until = told(case).defence_until
    clock_of_test.set(f"{until + timedelta(days=1)} 10:00")
    issue("revocation", case)
    return inspecting.fresh(case)


def voluntary(admin, consents=("investor_consent", "operator_consent")) -> Case:
    case = revocations.open_application(admin)
    return revocations.apply(
        admin, case.id, {"facts": "场地另作他用，双方商定不再办基地。", "tenants_plan": "企业自愿迁入相邻基地，协助办手续。"},
        seen_version=case.version, uploads={name: walk.pdf(f"{name}.pdf") for name in consents},
    )


def case_of(found, kind: str) -> Case:
    return db.session.scalar(select(Case).where(Case.base_id == found.id, Case.kind == kind).order_by(Case.id.desc()))
