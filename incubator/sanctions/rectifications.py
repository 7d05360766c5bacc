"""The contract, the report and its verification; what the day brings when the year is over (A15-2, A15-5, AMB-15)."""

from dataclasses import replace

from sqlalchemy import delete, func, select

from incubator.bases.models import Base
from incubator.inspections.figures import figures
from incubator.inspections.models import InspectionConclusion
from incubator.kernel import access, clock, files, registry, security, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Denied, Invalid, NotVisible, Refused
from incubator.kernel.parameters import whole, workday
from incubator.kernel.registry import Lack
from incubator.kernel.workflow import Case, Submission
from incubator.obligations.commands import open_obligation
from incubator.obligations.models import Obligation
from incubator.policy import inspections as inspected
from incubator.policy import sanctions as policy
from incubator.policy.counting import by_working_days
from incubator.policy.fields import Problem, canonical, clean, to_stored
from incubator.policy.fields.sanction import CHECKS, CONTRACT, REPORT
from incubator.sanctions import queries
from incubator.sanctions.models import Rectification, RectificationCheck, RectificationItem
from incubator.visits.commands import visit_url
from incubator.visits.queries import declared_by, visits_of

VERIFIES = {"county_check": "county", "prov_acceptance": "province"}


def cleaned(table, raw: dict) -> dict:
    """The typed values of a form, or `Invalid` with every problem."""
    found = clean(table, raw, context={"today": clock.today()})
    if not found.ok:
        raise Invalid(found.errors)
    return found.values


def write_contract(actor, inspection_id: int, raw: dict, *, seen_version: int) -> list[RectificationItem]:
    """What each problem of Article 15 requires and what proves it; until the document is entered (A15-2)."""
    access.require(actor, "rectification.contract")
    values = cleaned(CONTRACT, raw)
    with transaction():
        case = access.load(actor, Case, inspection_id, lock=True)
        workflow.expect_version(case, seen_version)
        row = db.session.get(InspectionConclusion, case.id)
        if row is None or row.conclusion not in inspected.RECTIFIES:
            raise Refused("15", "这次检查的结论不是限期整改", "回到案卷核对结论")
        if queries.document_of(case.id, "rectification") is not None:
            raise Refused("15", "限期整改的文件已经登记，要求不能再改", "看整改案卷")
        findings = {f.id for f in queries.contract_findings(case)}
        typed = {item["finding_id"]: item for item in values["items"]}
        if set(typed) != findings:
            raise Invalid([Problem("items", "每条问题写一项要求，不多不少", "15", "按案卷里的问题逐条写")])
        db.session.execute(delete(RectificationItem).where(RectificationItem.inspection_id == case.id))
        rows = [
            RectificationItem(
                inspection_id=case.id, finding_id=key, required=item["required"], proof=item["proof"],
                by_person_id=actor.person_id, by_name=actor.name, at=clock.now(),
            ) for key, item in sorted(typed.items())
        ]
        db.session.add_all(rows)
        db.session.flush()
        workflow.record(case, "contract_written", actor, {
            "items": [row.id for row in rows], "hash": security.digest(canonical({"items": values["items"]}))})
        return rows


def report(actor, case_id: int, raw: dict, *, seen_version: int, uploads=()) -> Case:
    """The base's report on each item with its proofs: an immutable version, then to the county (A15-5)."""
    access.require(actor, "rectification.report")
    values = cleaned(REPORT, {**raw, "files": [0] * len(uploads)})
    with transaction():
        case = _case(actor, case_id, seen_version, ("rectifying",))
        known = {item.id for item in queries.items_of(db.session.get(Rectification, case.id).inspection_id)}
        if {item["item_id"] for item in values["items"]} != known:
            raise Invalid([Problem("items", "每项要求都要写做了什么", "15", "按整改要求逐项写")])
        if not values.get("pledge"):
            raise Invalid([Problem("pledge", "没有确认情况真实", "13", "核对后勾选")])
        values["files"] = [
            files.accept(upload, actor, case_id=case.id, base_id=case.base_id).id for upload in uploads
        ]
        text = canonical(to_stored(REPORT, values))
        number = (db.session.scalar(select(func.max(Submission.version_no)).where(Submission.case_id == case.id)) or 0) + 1
        db.session.add(Submission(
            case_id=case.id, version_no=number, content=text, hash=security.digest(text), by_person_id=actor.person_id,
            by_name=actor.name, at=clock.now(),
        ))
        db.session.flush()
        return workflow.advance(case.id, "report", actor, seen_version=seen_version,
                                given=workflow.Given(facts={"version": number, "hash": security.digest(text)}))


def check_items(actor, case_id: int, raw: dict, *, seen_version: int) -> list[RectificationCheck]:
    """What an office saw on site of each item; a later word does not wipe out an earlier one (§8.18)."""
    if not (actor.can("rectification.verify") or actor.can("rectification.accept")):
        raise Denied("rectification.verify")
    values = cleaned(CHECKS, raw)
    with transaction():
        case = _case(actor, case_id, seen_version, tuple(VERIFIES))
        if actor.tier != VERIFIES[case.state] or actor.office_id != case.office_id:
            raise Denied("rectification.verify")
        known = {item.id for item in queries.items_of(db.session.get(Rectification, case.id).inspection_id)}
        if {item["item_id"] for item in values["items"]} != known:
            raise Invalid([Problem("items", "每项都要写核实的结果", "15", "逐项选，写看到的")])
        number = queries.report_of(case).version_no
        rows = [
            RectificationCheck(
                case_id=case.id, item_id=item["item_id"], version_no=number, tier=actor.tier, met=item["met"] == "yes",
                remark=item["remark"], office_name=actor.office_name, by_person_id=actor.person_id, by_name=actor.name,
                at=clock.now(),
            ) for item in values["items"]
        ]
        db.session.add_all(rows)
        db.session.flush()
        workflow.record(case, "items_checked", actor, {
            "version": number, "met": sum(row.met for row in rows), "of": len(rows)})
        return rows


def _case(actor, case_id: int, seen_version: int, states) -> Case:
    case = access.load(actor, Case, case_id, lock=True)
    workflow.expect_version(case, seen_version)
    if db.session.get(Rectification, case.id) is None:
        raise NotVisible("rectification")
    if case.state not in states:
        raise Refused("15", f"{case.station.label}这一环节没有这一步", "回到案卷，按现在的环节办理")
    return case


# evidence ---------------------------------------------------------------------------------------


def checks_url(case: Case) -> str:
    return f"/cases/{case.id}/checks"


@declared_by("rectification")
def _declared(case: Case) -> dict:
    return figures(db.session.get(Base, case.base_id), clock.today())


@registry.evidence("visit_rectification")
def _visit(case: Case):
    """A15-5: the county goes there after this report, not only after an earlier one."""
    row = queries.report_of(case)
    if row is None or not any(v.entered_at >= row.at for v in visits_of(case)):
        yield Lack("15", "报告以后还没有到现场核实", "登记现场核实", visit_url(case))


def _checked(case: Case):
    row = queries.report_of(case)
    return queries.latest_checks(case, row.version_no) if row is not None else {}


@registry.evidence("items_checked")
def _items_checked(case: Case):
    known = queries.items_of(queries.rectification_of(case.id).inspection_id)
    if len(_checked(case)) < len(known):
        yield Lack("15", "还没有逐项核实", "逐项核实", checks_url(case))


@registry.evidence("items_met")
def _items_met(case: Case):
    """Accepted when each item is met by the last word on it."""
    short = [row for row in _checked(case).values() if not row.met]
    if short:
        yield Lack("15", f"{len(short)} 项没有达到要求", "到现场复核后改写", checks_url(case))


@registry.evidence("no_revocation_running")
def _no_revocation(case: Case):
    """AMB-15: once a revocation has begun, it decides."""
    if queries.running_revocation(case.base_id) is not None:
        yield Lack("16", "撤销的程序已经开始", "先办结撤销")


# what the day brings ----------------------------------------------------------------------------


@registry.daily(45, "revocation_proposals")
def owe_proposals(day) -> int:
    """From the day after the end the county owes a proposal (A15-5, T87, AMB-15); once for each rectification."""
    owed = 0
    with transaction():
        ended = db.session.execute(
            select(Rectification, Case).join(Case, Case.id == Rectification.case_id)
            .where(Case.ended_at.is_(None), Rectification.due_on < day)
        ).all()
        for row, case in ended:
            base = db.session.get(Base, row.base_id)
            owed += _owe(base, f"{base.id}:{policy.EXPIRED}:{row.case_id}", row.due_on, day, case)
    return owed


def _owe(base: Base, key: str, ended_on, day, case: Case) -> int:
    if db.session.scalar(select(Obligation.id).where(Obligation.kind == "propose_revocation", Obligation.key == key)):
        return 0
    account = policy.proposal_due(ended_on, whole("graded_days", day), workday)
    if account.due_on < day:  # entered late or after downtime: nobody is late on the day on which it is told
        account = replace(by_working_days(day, whole("correction_days", day), workday), event="登记，原来的期限已经过了")
    open_obligation(
        kind="propose_revocation", key=key, article="16(1)2", region_id=base.region_id, case=case, tier="county",
        office_id=access.office_at(base.region_id, "county"), due_on=account.due_on, basis=account,
    )
    workflow.record(case, "proposal_owed", access.service("A15-5"), {"due": account.due_on})
    return 1

