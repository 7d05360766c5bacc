"""Which steps of the tables a province has seen: each transition with how often its record has it."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select

from incubator.kernel.database import db
from incubator.kernel.ledger import Event
from incubator.policy.procedures import PROCEDURES
from incubator.policy.procedures.model import Procedure, Step


@dataclass(frozen=True)
class Line:
    """One transition of a table and how often it was taken."""

    table: Procedure
    step: Step
    taken: int

    @property
    def name(self) -> str:
        """recognition: city_review → correction_city, return."""
        return f"{self.table.kind}: {self.step.from_state or '·'} → {self.step.to_state}, {self.step.outcome}"


def taken() -> Counter:
    """(kind of case, from, outcome, to) → how often, counted in the record."""
    rows = db.session.execute(
        select(Event.case_kind, Event.from_state, Event.kind, Event.to_state, func.count())
        .where(Event.case_id.is_not(None)).group_by(Event.case_kind, Event.from_state, Event.kind, Event.to_state)
    )
    return Counter({(kind, from_state, outcome, to_state): number for kind, from_state, outcome, to_state, number in rows})


def lines() -> list[Line]:
    """Every transition of every table, in their order."""
    found = taken()
    return [
        Line(table, step, found[table.kind, step.from_state, step.outcome, step.to_state])
        for table in PROCEDURES.values() for step in table.steps
    ]
