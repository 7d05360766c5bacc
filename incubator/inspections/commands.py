"""One inspection: its online sheet, findings and explanations, the conclusion; and the one outside the plan (第十四条)."""

import json

from sqlalchemy import select

from incubator.bases.facts import standing_of
from incubator.bases.models import Base
from incubator.inspections import figures, leads, queries
from incubator.inspections.models import (
    AdhocInspection,
    InspectionConclusion,
    InspectionFinding,
    InspectionSheet,
)
from incubator.inspections.plans import _clean
from incubator.kernel import access, clock, files, ledger, registry, security, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Denied, Refused
from incubator.kernel.registry import Lack
from incubator.kernel.workflow import Case, Given
from incubator.obligations.commands import fulfil
from incubator.obligations.models import Obligation
from incubator.policy import inspections as policy
from incubator.policy.fields.inspection import (
    ADHOC_INSPECTION,
    FINDING_EXPLANATION,
    INSPECTION_CONCLUSION,
    INSPECTION_FINDING,
)
from incubator.visits.commands import visit_url

KINDS = ("inspection", "adhoc_inspection")
_concluded = []


def on_concluded(fn):
    """Register ``fn(case, conclusion, actor)``, called in the transaction of a conclusion (第十五、十六条 begin there)."""
    _concluded.append(fn)
    return fn


def open_adhoc(actor, base_id: int, raw: dict) -> Case:
    """An inspection outside the plan: an accident, a report of a major event, a complaint (A14-4)."""
    access.require(actor, "inspection.open")
    values = _clean(ADHOC_INSPECTION, raw)
    with transaction():
        base = access.load(actor, Base, base_id, lock=True)
        now = standing_of(base)
        if not now.in_force:
            raise Refused("14", f"“{base.name}”现在是“{now.text}”，不检查", "检查有效的基地")
        if queries.running_adhoc(base.id) is not None:
            raise Refused("14", "这一家有一件专项检查还没有结论", "在那件案卷里办理")
        case = workflow.open_case(
            KINDS[1], actor, region_id=base.region_id, subject=base.name, base_id=base.id, edition_on=clock.today(),
            facts={"cause": values["cause"]},
        )
        db.session.add(AdhocInspection(case_id=case.id, cause=values["cause"], facts=values["facts"]))
        db.session.flush()
        fulfil((Obligation.kind == leads.SPECIAL) & Obligation.key.startswith(f"{base.id}:"), actor, workflow.last_event(case.id).id)
        return case


# findings ---------------------------------------------------------------------------------------


def add_finding(actor, case_id: int, raw: dict, *, seen_version: int, uploads=()) -> InspectionFinding:
    """One problem under its code, with its evidence (A14-3); while the inspection is not concluded."""
    access.require(actor, "inspection.review")
    values = _clean(INSPECTION_FINDING, {**raw, "evidence": [0] * len(uploads)})
    with transaction():
        case = _running(actor, case_id, seen_version)
        kept = [files.accept(upload, actor, case_id=case.id, office_id=actor.office_id).id for upload in uploads]
        row = InspectionFinding(
            case_id=case.id, code=values["code"], fact=values["fact"], evidence=json.dumps(kept),
            by_person_id=actor.person_id, by_name=actor.name, at=clock.now(),
        )
        db.session.add(row)
        db.session.flush()
        workflow.record(case, "finding_added", actor,
                        {"finding": row.id, "code": row.code, "hash": security.digest(row.fact), "files": kept})
        return row


def take_lead(actor, case_id: int, event_id: int, number: int, *, seen_version: int) -> InspectionFinding:
    """A fact of a verified event or of a report becomes a finding, under its code and in its words (AMB-38, A13-4, AMB-40)."""
    access.require(actor, "inspection.review")
    with transaction():
        case = _running(actor, case_id, seen_version)
        facts = next((lead.facts for lead in figures.offered(case) if lead.case_id == event_id), [])
        if not 0 <= number < len(facts):
            raise Refused("14", "没有这一项核实的事实", "回到案卷核对")
        code, fact = facts[number]
        if any((f.code, f.fact) == (code, fact) for f in queries.findings_of(case)):
            raise Refused("14", "这一项已经写入问题", "在案卷的问题里看")
        return add_finding(actor, case.id, {"code": code, "fact": fact}, seen_version=seen_version)


def withdraw_finding(actor, case_id: int, finding_id: int, *, seen_version: int) -> None:
    """A finding that does not stand; the row stays, the conclusion counts it no more."""
    access.require(actor, "inspection.review")
    with transaction():
        case = _running(actor, case_id, seen_version)
        row = _finding(case, finding_id)
        row.withdrawn_at, row.withdrawn_by = clock.now(), actor.person_id
        db.session.flush()
        workflow.record(case, "finding_withdrawn", actor, {"finding": row.id})


def explain(actor, case_id: int, finding_id: int, raw: dict, *, seen_version: int) -> InspectionFinding:
    """The base says what it has to say to a finding, once, before the conclusion (§8.12)."""
    access.require(actor, "inspection.explain")
    values = _clean(FINDING_EXPLANATION, raw)
    with transaction():
        case = _running(actor, case_id, seen_version)
        row = _finding(case, finding_id)
        if row.explained_at is not None:
            raise Refused("14", "这一条已经说明过", "要补充的，联系省工信厅经办")
        row.explanation, row.explained_at, row.explained_by = values["explanation"], clock.now(), actor.person_id
        db.session.flush()
        workflow.record(case, "finding_explained", actor, {"finding": row.id, "hash": security.digest(row.explanation)})
        return row


def _running(actor, case_id: int, seen_version: int) -> Case:
    case = access.load(actor, Case, case_id, lock=True)
    workflow.expect_version(case, seen_version)
    if case.kind not in KINDS or case.ended_at is not None:
        raise Refused("14", f"{case.station.label}，不能再改", "看案卷里的结论")
    if actor.tier == "province" and actor.office_id != case.office_id:
        raise Denied("inspection.review")
    return case


def _finding(case: Case, finding_id: int) -> InspectionFinding:
    row = db.session.scalar(
        select(InspectionFinding).where(InspectionFinding.id == finding_id, InspectionFinding.case_id == case.id)
    )
    if row is None or row.withdrawn_at is not None:
        raise Refused("14", "没有这一条问题，或者已经撤回", "回到案卷核对")
    return row


# the conclusion ---------------------------------------------------------------------------------


def conclude(actor, case_id: int, raw: dict, *, seen_version: int) -> Case:
    """What a person concludes, beside what the system suggests (AMB-19, T92); later modules carry out what follows."""
    access.require(actor, "inspection.conclude")
    values = _clean(INSPECTION_CONCLUSION, raw)
    with transaction():
        case = _running(actor, case_id, seen_version)
        suggestion = queries.suggestion_of(case)
        reason = (values.get("reason") or "").strip()
        refusal = policy.conclusion_refusal(
            values["conclusion"], level=queries.level_of(case), suggestion=suggestion, reason=reason,
            visited=queries.visited(case), codes=[f.code for f in queries.findings_of(case)],
        )
        if refusal is not None:
            field = "reason" if "理由" in refusal.reason else "conclusion"
            raise Refused(refusal.article, refusal.reason, refusal.way_out, field)
        row = InspectionConclusion(
            case_id=case.id, base_id=case.base_id, conclusion=values["conclusion"], suggestion=suggestion.conclusion,
            suggested=json.dumps([r.words for r in suggestion.reasons], ensure_ascii=False), reason=reason,
            lead_name=values.get("lead_name") or "", by_person_id=actor.person_id, by_name=actor.name, at=clock.now(),
        )
        db.session.add(row)
        db.session.flush()
        case = workflow.advance(
            case.id, "conclude", actor, seen_version=seen_version,
            given=Given(text=_said(row), lead_name=row.lead_name, facts={"conclusion": row.conclusion, "suggestion": row.suggestion}),
        )
        ledger.append(f"base:{case.base_id}", "base_inspected", actor, {"case": case.id, "conclusion": row.conclusion})
        for fn in _concluded:
            fn(case, row, actor)
        return case


def _said(row: InspectionConclusion) -> str:
    words = f"结论：{row.label}。"
    if row.conclusion != row.suggestion:
        words += f"系统建议“{row.suggestion_label}”，不采用的理由：{row.reason}"
    elif row.reason:
        words += row.reason
    return words


# evidence and effects ---------------------------------------------------------------------------


@registry.evidence("visit_inspection")
def _visit_inspection(case: Case):
    """A14-2: the field part is recorded before it is closed; after an order to go again, another visit."""
    if not queries.visited(case):
        yield Lack("14", "还差实地踏查记录", "登记实地踏查", visit_url(case))


@registry.evidence("not_drawn")
def _not_drawn(case: Case):
    item = figures.item_of(case)
    if item is not None and item.drawn:
        yield Lack("14", "这一家抽中了实地踏查", "线上审查完成后去踏查")


@registry.effect("keep_online_sheet")
def _keep_online_sheet(case: Case, step, actor, given: Given) -> None:
    """The online part as it stood when it was closed; asked again after a return it is kept as it was first."""
    if queries.sheet_of(case) is not None:
        return
    content = json.dumps(figures.sheet(case), ensure_ascii=False, sort_keys=True)
    db.session.add(InspectionSheet(case_id=case.id, content=content, hash=security.digest(content), at=clock.now()))
    db.session.flush()

