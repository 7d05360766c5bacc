"""Reads of sanctions: contracts, hearings, proofs, what is owed after a revocation, who may ask for funds."""

import json
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from incubator.bases.facts import facts_of_bases
from incubator.bases.models import Base, SanctionSpan
from incubator.decisions.models import Decision, DecisionItem
from incubator.inspections import queries as inspections
from incubator.inspections.models import InspectionConclusion, InspectionFinding
from incubator.kernel import access, once
from incubator.kernel.database import db
from incubator.kernel.workflow import Case, Submission
from incubator.obligations.models import Obligation
from incubator.policy import inspections as inspected
from incubator.policy import sanctions as policy
from incubator.policy.standing import status
from incubator.sanctions.models import (
    Defence,
    FollowUp,
    FundList,
    PriorNotice,
    Rectification,
    RectificationCheck,
    RectificationItem,
    Revocation,
    ServedPaper,
    TaxStopOverride,
)

SANCTIONS = ("downgrade", "rectification", "revocation")
FOLLOW_KINDS = tuple(policy.FOLLOW_UPS)
MOST = 200


# rectification ----------------------------------------------------------------------------------


def contract_findings(inspection: Case) -> list[InspectionFinding]:
    """The problems that a rectification has to put right: those of Article 15."""
    return [f for f in inspections.findings_of(inspection) if f.code in inspected.RECTIFICATION_CODES]


def unwritten(inspection_ids) -> dict[int, int]:
    """Inspection → how many of its contract findings have no line of a contract yet; those without one are left out."""
    return dict(db.session.execute(
        select(InspectionFinding.case_id, func.count())
        .outerjoin(RectificationItem, RectificationItem.finding_id == InspectionFinding.id)
        .where(
            InspectionFinding.case_id.in_(list(inspection_ids)), InspectionFinding.withdrawn_at.is_(None),
            InspectionFinding.code.in_(sorted(inspected.RECTIFICATION_CODES)), RectificationItem.id.is_(None),
        )
        .group_by(InspectionFinding.case_id)
    ).all())


def rectifying(base_ids) -> set[int]:
    """Those of the bases whose rectification has not ended."""
    return set(db.session.scalars(
        select(Rectification.base_id).join(Case, Case.id == Rectification.case_id)
        .where(Rectification.base_id.in_(list(base_ids)), Case.ended_at.is_(None))
    ))


@once.per_page
def items_of(inspection_id: int) -> list[RectificationItem]:
    return list(
        db.session.scalars(
            select(RectificationItem).where(RectificationItem.inspection_id == inspection_id)
            .options(joinedload(RectificationItem.finding)).order_by(RectificationItem.finding_id)
        )
    )


@once.per_page
def rectification_of(case_id: int) -> Rectification | None:
    return db.session.get(Rectification, case_id)


def running_rectification(base_id: int) -> Case | None:
    """The rectification of a base that has not ended."""
    return db.session.scalar(
        select(Case).join(Rectification, Rectification.case_id == Case.id)
        .where(Rectification.base_id == base_id, Case.ended_at.is_(None))
    )


def report_of(case: Case) -> Submission | None:
    """The latest version of the report."""
    return db.session.scalar(
        select(Submission).where(Submission.case_id == case.id).order_by(Submission.version_no.desc()).limit(1)
    )


def report_body(row: Submission | None) -> dict:
    return json.loads(row.content) if row is not None else {}


@once.per_page
def checks_of(case_id: int) -> list[RectificationCheck]:
    return list(db.session.scalars(select(RectificationCheck).where(RectificationCheck.case_id == case_id).order_by(RectificationCheck.id)))


def latest_checks(case: Case, version_no: int) -> dict[int, RectificationCheck]:
    """Item id → the last word on it, of the report's latest version."""
    return {row.item_id: row for row in checks_of(case.id) if row.version_no == version_no}


# what was decided -------------------------------------------------------------------------------


@once.per_page
def decided(case_id: int) -> list[DecisionItem]:
    """The documents on a case that impose something."""
    return list(
        db.session.scalars(
            select(DecisionItem).where(DecisionItem.case_id == case_id, DecisionItem.kind.in_(SANCTIONS))
            .options(joinedload(DecisionItem.decision)).order_by(DecisionItem.id)
        )
    )


def services_of(item_ids) -> dict[int, ServedPaper]:
    rows = db.session.scalars(select(ServedPaper).where(ServedPaper.item_id.in_(list(item_ids))))
    return {row.item_id: row for row in rows}


def to_decide(actor, kind: str, ids=None) -> list[tuple[Case, Base, InspectionConclusion]]:
    """Concluded inspections in sight whose conclusion asks for a document of `kind` that there is not yet (AMB-14)."""
    wants = inspected.DOWNGRADES if kind == "downgrade" else inspected.RECTIFIES
    there = select(DecisionItem.case_id).where(DecisionItem.kind == kind)
    query = (
        access.visible(actor, Case, Case, Base, InspectionConclusion)
        .join(Base, Base.id == Case.base_id).join(InspectionConclusion, InspectionConclusion.case_id == Case.id)
        .where(InspectionConclusion.conclusion.in_(sorted(wants)), Case.id.not_in(there), Base.status_now != "revoked")
        .options(joinedload(Case.region)).order_by(Case.id).limit(MOST)
    )
    if ids is not None:
        query = query.where(Case.id.in_(list(ids)))
    return [tuple(row) for row in db.session.execute(query.execution_options(populate_existing=True))]


# revocation -------------------------------------------------------------------------------------


@once.per_page
def revocation_of(case_id: int) -> Revocation | None:
    return db.session.get(Revocation, case_id)


def open_revocation(base_id: int) -> Case | None:
    """The one revocation of a base that is not over, the base's own draft included."""
    return db.session.scalar(
        select(Case).join(Revocation, Revocation.case_id == Case.id).where(Revocation.base_id == base_id, Case.ended_at.is_(None)))


def running_revocation(base_id: int) -> Case | None:
    """The one that has begun and locks the others (AMB-15); what the base has not sent yet locks nobody."""
    case = open_revocation(base_id)
    return case if case is not None and case.state != "draft" else None


@once.per_page
def notice_of(case_id: int) -> PriorNotice | None:
    return db.session.get(PriorNotice, case_id)


@once.per_page
def defences_of(case_id: int) -> list[Defence]:
    return list(db.session.scalars(select(Defence).where(Defence.case_id == case_id).order_by(Defence.id)))


@dataclass(frozen=True)
class Prepared:
    """A revocation with what came before its document."""

    revocation: Revocation
    notice: PriorNotice | None
    unanswered: int

    @property
    def heard(self) -> policy.Heard:
        """What is on record of the hearing."""
        told = self.notice
        return policy.Heard(
            told.notified_on if told else None, told.defence_until if told else None, told.waived_reason if told else "", self.unanswered
        )


def prepared(case_ids) -> dict[int, Prepared]:
    """Revocations by case, in two statements."""
    ids = list(case_ids)
    open_ = dict(db.session.execute(
        select(Defence.case_id, func.count()).where(Defence.case_id.in_(ids), Defence.answered_at.is_(None)).group_by(Defence.case_id)
    ).all())
    rows = db.session.execute(
        select(Revocation, PriorNotice).outerjoin(PriorNotice, PriorNotice.case_id == Revocation.case_id)
        .where(Revocation.case_id.in_(ids)).execution_options(populate_existing=True)
    )
    return {row.case_id: Prepared(row, notice, open_.get(row.case_id, 0)) for row, notice in rows}


def heard(case_id: int) -> policy.Heard:
    """What is on record of the hearing of a case."""
    return prepared([case_id])[case_id].heard


def follow_ups(case_id: int) -> dict[str, FollowUp]:
    return {row.kind: row for row in db.session.scalars(select(FollowUp).where(FollowUp.case_id == case_id))}


def tax_override(case_id: int) -> TaxStopOverride | None:
    return db.session.scalar(
        select(TaxStopOverride).where(TaxStopOverride.case_id == case_id).order_by(TaxStopOverride.id.desc()).limit(1)
    )


def tax_stop(case_id: int) -> policy.TaxStop | None:
    """From when the relief ends, with the day that the rule gives beside it; None before the decision (A17-2)."""
    revoked_on = db.session.scalar(
        select(SanctionSpan.from_on).where(SanctionSpan.case_id == case_id, SanctionSpan.kind == "revocation")
    )
    if revoked_on is None:
        return None
    other = tax_override(case_id)
    return policy.tax_stop_of(revoked_on, other.stop_on if other else None, f"{other.basis}，{other.document_no}" if other else "")


# the desk of sanctions --------------------------------------------------------------------------


@dataclass
class Overview:
    """What runs and what is owed, in sight of the actor."""

    rectifications: list[tuple[Case, Rectification]] = field(default_factory=list)
    revocations: list[tuple[Case, Revocation]] = field(default_factory=list)
    owed: list[tuple[Obligation, Case]] = field(default_factory=list)
    contracts: list[Case] = field(default_factory=list)


def overview(actor) -> Overview:
    running = access.visible(actor, Case, Case, Rectification).join(Rectification, Rectification.case_id == Case.id)
    revoking = access.visible(actor, Case, Case, Revocation).join(Revocation, Revocation.case_id == Case.id)
    owed = (
        access.visible(actor, Case, Obligation, Case).join(Obligation, Obligation.case_id == Case.id)
        .where(Obligation.kind.in_((*FOLLOW_KINDS, "service", "propose_revocation")), Obligation.fulfilled_at.is_(None))
        .order_by(Obligation.due_on, Obligation.id).limit(MOST)
    )
    return Overview(
        [tuple(r) for r in db.session.execute(running.where(Case.ended_at.is_(None)).order_by(Rectification.due_on).limit(MOST))],
        [tuple(r) for r in db.session.execute(revoking.where(Case.ended_at.is_(None)).order_by(Case.id).limit(MOST))],
        [tuple(r) for r in db.session.execute(owed)],
        [case for case, _, _ in to_decide(actor, "rectification")] if actor.tier == "province" else [],
    )


# funds ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FundLine:
    """One base on a day: whether it may ask for the special funds, and why not."""

    base: Base
    why_not: str

    @property
    def may(self) -> bool:
        return not self.why_not


def funds_on(actor, day: date) -> list[FundLine]:
    """Every base in sight that was ever recognised up to that day, under these Measures or before them (A15-3, A20-2, T89)."""
    rows = db.session.scalars(
        access.visible(actor, Base).options(joinedload(Base.region)).order_by(Base.code)
    ).all()
    facts, found = facts_of_bases(rows), []
    for base in rows:
        now = status(facts[base.id], day)
        if now.recognised_before:
            refusal = policy.funds_refusal(now)
            found.append(FundLine(base, refusal.reason if refusal else ""))
    return found


def list_by_code(code: str) -> FundList | None:
    return db.session.scalar(select(FundList).where(FundList.code == code))


def latest_lists(most: int = 10) -> list[FundList]:
    return list(db.session.scalars(select(FundList).order_by(FundList.id.desc()).limit(most)))


def document_of(case_id: int, kind: str) -> Decision | None:
    return db.session.scalar(
        select(Decision).join(DecisionItem, DecisionItem.decision_id == Decision.id)
        .where(DecisionItem.case_id == case_id, DecisionItem.kind == kind)
    )
