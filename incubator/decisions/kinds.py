"""The kinds of decision: each module that decides says here what waits, what is checked, and what takes effect.

A kind of `policy.fields.decision.DECISIONS` is registered once, by the module whose article it is. The pages and
`commands.issue` know nothing but this table.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import tuple_
from sqlalchemy.orm import joinedload

from incubator.bases.models import Base
from incubator.kernel import access, workflow
from incubator.kernel.database import db
from incubator.kernel.errors import NotVisible
from incubator.kernel.registry import Lack
from incubator.kernel.workflow import Case, Given
from incubator.policy.fields.decision import DECISIONS, DecisionWords

ISSUE = "decision.issue"


@dataclass(frozen=True)
class Waiting:
    """A case that a document could decide, and what stands against it.

    `initiator_id` is who brought it here: another person issues the document (P26). `notice_end` and `where`
    are set where a public notice came before; `more` is kept for the kind's own use.
    """

    case: Case
    base: Base
    initiator_id: int | None
    lacks: tuple[Lack, ...]
    notice_end: date | None = None
    where: str = ""
    where_url: str = ""
    more: object = None


def _nothing(row: Waiting, document_on: date) -> dict:
    return {}


def _as_it_is(case: Case) -> None:
    """Nothing to be done before the case is judged."""


def advance(actor, decision, item, row: Waiting, version: int) -> None:
    """What takes effect by default: the step of the table that waits for the document, with the step's own effects."""
    step = next(s for s in row.case.procedure.steps_from(row.case.state) if s.permission == ISSUE)
    workflow.advance(
        row.case.id, step.outcome, actor, seen_version=version,
        given=Given(doc_no=decision.document_no, file_id=decision.file_id, facts={"decision": decision.id}),
    )


@dataclass(frozen=True)
class Kind:
    """One kind of decision.

    `at`: (kind of case, state) where it may wait. `waiting(actor, ids or None)`: the cases in sight with their
    lacks. `columns(row, document_on)`: columns of `DecisionItem` beyond those of every kind (validity, prior
    notice, `effective_on`). `take_effect(actor, decision, item, row, version)`: in the transaction of the
    document, after the item. `prepare(case)`: what the day's run would have done, before the case is judged.
    """

    key: str
    at: tuple[tuple[str, str], ...]
    waiting: Callable[[object, Iterable[int] | None], list[Waiting]]
    columns: Callable[[Waiting, date], dict] = _nothing
    take_effect: Callable = advance
    prepare: Callable[[Case], None] = _as_it_is
    note: str = ""
    words: DecisionWords = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "words", DECISIONS[self.key])


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Each kind once; an unknown one is an error."""
    if kind.key in _kinds:
        raise ValueError(f"kind of decision registered twice: {kind.key}")
    _kinds[kind.key] = kind
    return kind


def get(key: str) -> Kind:
    """The kind of that name; out of the table is no page."""
    if key not in _kinds:
        raise NotVisible("kind of decision")
    return _kinds[key]


def every() -> list[Kind]:
    """All registered kinds, in the order of the Measures."""
    return [_kinds[key] for key in DECISIONS if key in _kinds]


def ready(actor) -> list[tuple[Kind, list[Waiting]]]:
    """What waits for a document now, by kind; kinds for which nothing waits ask the database nothing more."""
    places = {place for kind in every() for place in kind.at}
    here = {
        tuple(row) for row in db.session.execute(
            access.visible(actor, Case, Case.kind, Case.state).where(tuple_(Case.kind, Case.state).in_(sorted(places))).distinct()
        )
    } if places else set()
    found = [(kind, kind.waiting(actor, None)) for kind in every() if here & set(kind.at)]
    return [(kind, rows) for kind, rows in found if rows]


def of_case(actor, case: Case) -> list[tuple[Kind, Waiting]]:
    """The kinds of document that a case waits for."""
    return [
        (kind, row) for kind in every() if (case.kind, case.state) in kind.at for row in kind.waiting(actor, [case.id])
    ]


def rows_at(actor, kind_of_case: str, states: Iterable[str], ids: Iterable[int] | None, most: int = 200):
    """Cases in sight of one kind in `states` with their bases, by state and id: what most kinds start from."""
    query = (
        access.visible(actor, Case, Case, Base).join(Base, Base.id == Case.base_id)
        .where(Case.kind == kind_of_case, Case.state.in_(tuple(states)))
        .options(joinedload(Case.region)).order_by(Case.state.desc(), Case.id).limit(most)
    )
    if ids is not None:
        query = query.where(Case.id.in_(list(ids)))
    return [tuple(row) for row in db.session.execute(query.execution_options(populate_existing=True))]


__all__ = ["ISSUE", "Kind", "Waiting", "advance", "every", "get", "of_case", "ready", "register", "rows_at"]
