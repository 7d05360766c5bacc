"""Each procedure's stations and steps: who acts, what must be there, where it leads, under which article.

These tables are the only declaration of states (design law 3). `kernel.workflow.advance` reads them, the action
bar is drawn from them, the database's allowed transitions are filled from them. Permissions say *who*; these
tables say *when*. One file a group of articles; a new one is named in `_FILES` and nowhere else.
"""

from typing import Any

from incubator.policy.procedures import (
    change,
    filing,
    inspection,
    major_event,
    promotion,
    recognition,
    rectification,
    renewal,
    report,
    revocation,
)
from incubator.policy.procedures.filing import ACCOUNT_REQUEST, FILING
from incubator.policy.procedures.model import Procedure, Station, Step
from incubator.policy.procedures.promotion import PROMOTION
from incubator.policy.procedures.recognition import RECOGNITION, RENOTICE, REOPENED
from incubator.policy.procedures.renewal import RENEWAL

_FILES = (
    filing,
    recognition,
    inspection,
    rectification,
    revocation,
    promotion,
    renewal,
    report,
    change,
    major_event,
)
# what ends by itself when the base is revoked (A16-6); tables with more to say have such steps of their own
TERMINATE, TERMINATED = "terminate", "terminated"
_ENDS_WITH_BASE = frozenset(("change", "rectification", "inspection", "adhoc_inspection", "major_event"))


def _ending(table: Procedure) -> Procedure:
    """The procedure with the end that a revocation puts to it, from each state where something waits."""
    if table.kind not in _ENDS_WITH_BASE or any(step.outcome == TERMINATE for step in table.steps):
        return table
    ends = tuple(
        Step(TERMINATE, s.state, TERMINATED, "因撤销终止", "因基地被撤销终止", "time.tick", "time", "16", tone="bad", on_page=False)
        for s in table.stations if s.holder != "end"
    )
    *before, (label, states) = table.track
    return Procedure(
        kind=table.kind, label=table.label, article=table.article,
        stations=(*table.stations, Station(TERMINATED, "因撤销终止", "end", "16")), steps=(*table.steps, *ends),
        track=(*before, (label, (*states, TERMINATED))),
    )


PROCEDURES: dict[str, Procedure] = {
    table.kind: _ending(table) for file in _FILES for table in vars(file).values() if isinstance(table, Procedure)
}


def _of_all(name: str, empty: Any) -> Any:
    """What the files say under `name`, put together in their order."""
    found = empty
    for file in _FILES:
        part = getattr(file, name, None)
        if part is not None:
            found = found | part if isinstance(found, dict) else (*found, *part)
    return found


# (kind, state) → the visit that the office which holds the case may register there (§8.10)
VISITED_AT: dict[tuple[str, str], str] = _of_all("VISITED_AT", {})
# (kind, state) → the score sheet that experts fill there (A8-2; §8.11)
SCORED_AT: dict[tuple[str, str], str] = _of_all("SCORED_AT", {})
# where a relaxation is proposed, and where the province grants one (第五条（二）（四）, AMB-02)
RELAXATION_PROPOSED_AT: tuple[tuple[str, str], ...] = _of_all("RELAXATION_PROPOSED_AT", ())
RELAXATION_GRANTED_AT: tuple[tuple[str, str], ...] = _of_all("RELAXATION_GRANTED_AT", ())
# where a dossier waits for the meeting (A8-3)
DELIBERATED_AT: tuple[tuple[str, str], ...] = _of_all("DELIBERATED_AT", ())
# the kinds that are applied for with the long form of the base and its rosters
APPLIED: tuple[str, ...] = _of_all("APPLIED", ())
# what the timeline says of events that move nothing
RECORDED: dict[str, str] = _of_all("RECORDED", {"relocated": "随基地或办理路径转到新的机构"})


def kinds_at(*tables) -> tuple[str, ...]:
    """The kinds of case that stand in these tables, in the order of the Measures: whose page has a part for it."""
    named = {kind for table in tables for kind, _ in table}
    return tuple(kind for kind in PROCEDURES if kind in named)


def procedure(kind: str) -> Procedure:
    return PROCEDURES[kind]


def all_transitions() -> frozenset[tuple[str, str, str]]:
    """(kind, from, to) of every lawful transition: what table ``allowed_transition`` must equal."""
    return frozenset((p.kind, a, b) for p in PROCEDURES.values() for a, b in p.transitions())


__all__ = [
    "ACCOUNT_REQUEST",
    "APPLIED",
    "DELIBERATED_AT",
    "FILING",
    "PROCEDURES",
    "PROMOTION",
    "RECOGNITION",
    "RECORDED",
    "RELAXATION_GRANTED_AT",
    "RELAXATION_PROPOSED_AT",
    "RENEWAL",
    "RENOTICE",
    "REOPENED",
    "SCORED_AT",
    "TERMINATE",
    "TERMINATED",
    "VISITED_AT",
    "Procedure",
    "Station",
    "Step",
    "all_transitions",
    "kinds_at",
    "procedure",
]
