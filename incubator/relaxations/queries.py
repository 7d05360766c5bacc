"""Reads: which standards of a dossier may be relaxed, what was proposed and granted for each."""

from dataclasses import dataclass

from sqlalchemy import select

from incubator.bases.models import Relaxation
from incubator.kernel import access, clock
from incubator.kernel.database import db
from incubator.kernel.parameters import editions
from incubator.kernel.workflow import Case
from incubator.policy import criteria
from incubator.policy.criteria import RELAXABLE, Finding, Standard
from incubator.policy.procedures import RELAXATION_GRANTED_AT, RELAXATION_PROPOSED_AT
from incubator.relaxations.models import RelaxationProposal
from incubator.visits import queries as visits


def proposed_here(case: Case) -> bool:
    """Whether the station where the case stands proposes relaxations."""
    return (case.kind, case.state) in RELAXATION_PROPOSED_AT


def granted_here(case: Case) -> bool:
    """Whether the case stands where the province grants relaxations."""
    return (case.kind, case.state) in RELAXATION_GRANTED_AT


def proposals_of(case_id: int) -> list[RelaxationProposal]:
    """All proposals of a dossier, oldest first."""
    return list(
        db.session.scalars(
            select(RelaxationProposal).where(RelaxationProposal.case_id == case_id).order_by(RelaxationProposal.id)
        )
    )


def open_proposals(case_id: int) -> dict[str, RelaxationProposal]:
    """Standard → the proposal that waits for the province's answer."""
    return {p.standard: p for p in proposals_of(case_id) if p.status == "open"}


def grants_of(actor, case: Case) -> list[Relaxation]:
    """What was granted to this dossier, oldest first, with document and reason."""
    return list(
        db.session.scalars(access.visible(actor, Relaxation).where(Relaxation.case_id == case.id).order_by(Relaxation.id))
    )


@dataclass(frozen=True)
class Item:
    """One standard on the page: how it stands, what was asked for, what was granted."""

    standard: Standard
    finding: Finding
    proposal: RelaxationProposal | None
    history: tuple[RelaxationProposal, ...]
    grants: tuple[Relaxation, ...]

    @property
    def short(self) -> bool:
        """Below the standard, or below what was granted so far."""
        return self.finding.conclusion == RELAXABLE


def items_of(actor, case: Case) -> list[Item]:
    """Every relaxable standard that is below its threshold or about which something was said."""
    on = case.edition_on or clock.today()
    proposals, grants = proposals_of(case.id), grants_of(actor, case)
    found = []
    for finding in visits.findings_of(case):
        standard = criteria.standard_of(finding.key, on, editions()) if finding.numeric else None
        if standard is None:
            continue
        history = tuple(p for p in proposals if p.standard == finding.key)
        given = tuple(g for g in grants if g.standard == finding.key)
        if finding.conclusion == RELAXABLE or history or given:
            waiting = next((p for p in history if p.status == "open"), None)
            found.append(Item(standard, finding, waiting, history, given))
    return found
