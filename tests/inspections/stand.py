"""Recognised bases for tests of what comes after: account and filing by real commands, the register's facts at once.

The walk through review, meeting and notice has its own tests; here the document is entered where it would stand.
"""

from __future__ import annotations

from datetime import date, timedelta

from incubator.bases import commands as bases
from incubator.bases.models import Base, LevelSpan
from incubator.cases.commands import act
from incubator.decisions.models import Decision
from incubator.inspections import commands, plans, queries
from incubator.kernel import access, clock, files
from incubator.kernel.database import db, transaction
from incubator.kernel.workflow import Case
from incubator.policy.calendar import initial_validity
from incubator.reports.commands import submit_report
from incubator.rosters import commands as rosters
from incubator.rosters.tables import TENANTS
from tests import walk
from tests.reports import steps as reports

WHY = "补缴上年税款，已经核对过完税证明"
NUMBERS = iter(range(1, 10_000))


def recognised(unit: walk.Unit, document_on: date, *, level: str = "base", tenants: int = 0, team: int = 0) -> tuple[Base, access.Actor]:
    """A base in force by a document of that day, with so many tenants (each counts) on its roster."""
    base, admin = walk.filed_base(unit)
    with transaction():
        scan = files.accept(walk.pdf("文件.pdf"), walk.province()["lead"], office_id=walk.office_id("220000"))
        decision = Decision(
            kind="recognition", doc_word="吉工信创业", doc_year=document_on.year, doc_n=next(NUMBERS), document_on=document_on,
            title="关于认定吉林省创业孵化基地的通知", file_id=scan.id, entered_at=clock.now(), late_reason="",
            entered_by=walk.province()["lead"].person_id,
        )
        db.session.add(decision)
        db.session.flush()
        filing = db.session.query(Case).filter_by(base_id=base.id).first()
        bases.recognise(base, access.service("test"), decision=decision, case=filing,
                        validity=initial_validity(document_on), level=level)
    for n in range(1, tenants + 1):
        row = walk.tenant_row(unit, n)
        rosters.add(admin, TENANTS, row | {"kind": "ordinary", "industry": "6513", "jobs": "8"})
    if team:
        walk.fill_rosters(unit, admin, tenants=0, team=team)
    return db.session.get(Base, base.id), admin


def level_of(base: Base) -> str:
    return db.session.query(LevelSpan).filter_by(base_id=base.id, to_on=None).one().level


def plan_raw(year: int = 2026, **changes) -> dict:
    return {
        "year": str(year), "decided_on": f"{year}-03-02", "batches": [
            {"title": "第一批", "starts_on": f"{year}-04-01", "ends_on": f"{year}-06-30"},
            {"title": "第二批", "starts_on": f"{year}-07-01", "ends_on": f"{year}-09-30"},
        ], **changes,
    }


def confirmed(year: int = 2026, share: str = "100"):
    """A plan made, drawn and confirmed by the provincial clerk."""
    clerk = walk.province()["clerk"]
    plan = plans.make_plan(clerk, plan_raw(year))
    plans.draw(clerk, plan.id, {"seed": "双色球第2026012期03", "share": share}, seen_version=plan.version)
    return plans.confirm(clerk, plan.id, seen_version=plan.version)


def case_of(base: Base) -> Case:
    return db.session.query(Case).filter(Case.base_id == base.id, Case.kind.in_(commands.KINDS)).order_by(Case.id.desc()).first()


def fresh(case: Case, who=None) -> Case:
    return access.load(who or walk.province()["clerk"], Case, case.id, fresh=True)


def adhoc(base: Base) -> Case:
    return commands.open_adhoc(walk.province()["clerk"], base.id, {"cause": "accident", "facts": "园区发生一起火情，需要到现场检查。"})


def finding(case: Case, code: str = "15(5)", fact: str = "消防通道堆放货物，疏散门上锁。"):
    return commands.add_finding(walk.province()["clerk"], case.id, {"code": code, "fact": fact},
                                seen_version=fresh(case).version, uploads=[walk.pdf("现场照片.pdf")])


def visited(case: Case, **verified) -> Case:
    """Reviewed online and seen on site: waits for its conclusion."""
    clerk = walk.province()["clerk"]
    case = fresh(case)
    if case.state == "online_review":
        case = walk.act(case, "reviewed", clerk, text="线上审查完成。")
    case = walk.visit(case, clerk, **verified)
    return walk.act(case, "visited", clerk, text="踏查完成。")


def concluded(case: Case, conclusion: str, reason: str = "现场核实的情况和理由写在这里", **more) -> Case:
    return commands.conclude(
        walk.province()["clerk"], case.id, {"conclusion": conclusion, "reason": reason, **more}, seen_version=fresh(case).version
    )


def reported_with_remarks() -> Base:
    """A base whose report of 2025 gave a reason, was corrected too late, and was changed by half after the archive; no other came."""
    base_id, admin = reports.recognised(document="2025-02-10", filed="2025-02-01")
    reports.at("2025-04-10")
    asked = {"t_tax": "101", "reasons": [{"figure": "t_tax", "reason": WHY}]}
    case = reports.returned(reports.submitted(admin, "2025Q1", **asked))
    reports.at("2025-05-20")
    case = _sent_again(admin, case, t_revenue="99")
    reports.archived(case)
    act(walk.province()["lead"], case.id, "unlock", seen_version=reports.fresh(case).version, text="营业收入少报了一户企业")
    reports.at("2025-05-21")
    _sent_again(admin, case, t_revenue="150", t_tax="151")
    reports.at("2026-03-02")
    reports.tick(clock.today())
    return db.session.get(Base, base_id)


def _sent_again(admin, case: Case, **typed) -> Case:
    reports.fill(admin, case, **typed)
    return submit_report(admin, case.id, seen_version=reports.fresh(case).version)


def suggestion(case: Case):
    return queries.suggestion_of(fresh(case))


def tomorrow(days: int = 1) -> date:
    return clock.today() + timedelta(days=days)
