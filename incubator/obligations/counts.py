"""How many items wait for whom: kept with each act, so that a worklist never counts its rows.

Each open obligation is counted twice for its debtor: under its station (``state:recognition:city_review``) and
under its day (``due:2026-06-05``). The changes of an act are written as its last statement, in one order for all
acts: two acts that meet wait for one another, they never lock each other out. The rows are a cache: `recount`
makes them anew from the obligations, and the daily step does so every day.
"""

from collections import Counter
from contextlib import contextmanager
from datetime import date

from sqlalchemy import Integer, String, cast, delete, event, func, insert, literal, select, text
from sqlalchemy import case as sql_case
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from incubator.kernel import registry
from incubator.kernel.database import Base, db, transaction
from incubator.obligations.models import Obligation

_PENDING = "worklist_counts"
STATE, DUE = "state:", "due:"


class WorklistCount(Base):
    """Open obligations of one debtor in one slice; zero means none, as does a missing row."""

    __tablename__ = "worklist_count"
    debtor: Mapped[str] = mapped_column(String(32), primary_key=True)
    slice: Mapped[str] = mapped_column(String(72), primary_key=True)
    waiting: Mapped[int] = mapped_column(Integer)


def debtor_of(actor) -> str:
    """The key of what waits for this actor: the same cut as the sight of `Obligation`."""
    if actor.tier in ("county", "city", "province"):
        return debtor(actor.office_id, actor.tier, None, None)
    return debtor(None, "", actor.base_id if actor.tier == "base" else None, actor.person_id)


def debtor(office_id, tier, base_id, person_id) -> str:
    if office_id is not None:
        return f"office:{office_id}:{tier}"
    return f"base:{base_id}" if base_id is not None else f"person:{person_id}"


def note(row, change: int) -> None:
    """Remember that `row` (an obligation or its columns) was opened (+1) or closed (-1) in this transaction."""
    key = debtor(row.office_id, row.tier, row.base_id, row.person_id)
    pending = db.session.info.setdefault(_PENDING, Counter())
    pending[key, f"{STATE}{row.case_kind}:{row.state}"] += change
    pending[key, f"{DUE}{row.due_on.isoformat()}"] += change


@event.listens_for(db.session, "before_commit")
def _write(session) -> None:
    if session.in_nested_transaction():  # a part of an act is over, not the act
        return
    pending = session.info.pop(_PENDING, None)
    changes = sorted((*key, change) for key, change in (pending or {}).items() if change)
    if not changes:
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    put = dialect.insert(WorklistCount)
    session.execute(
        put.on_conflict_do_update(
            index_elements=["debtor", "slice"], set_={"waiting": WorklistCount.waiting + put.excluded.waiting}
        ),
        [{"debtor": key, "slice": part, "waiting": change} for key, part, change in changes],
    )


@event.listens_for(db.session, "after_rollback")
def _forget(session) -> None:
    session.info.pop(_PENDING, None)


@contextmanager
def part():
    """A part of an act that may fail by itself: taken back whole, with what it counted; the rest of the act stays."""
    before = Counter(db.session.info.get(_PENDING, {}))
    try:
        with db.session.begin_nested():
            yield
    except BaseException:
        db.session.info[_PENDING] = before
        raise


def counts_of(actor, since) -> tuple[dict[tuple[str, str], int], dict[date, int], int]:
    """What waits for this actor by (kind, state) and by day, and how much the person finished from `since` on.

    One query that reads a row a station and a row a day, however many cases wait.
    """
    states, days, done = {}, {}, 0
    waits = select(WorklistCount.slice, WorklistCount.waiting).where(
        WorklistCount.debtor == debtor_of(actor), WorklistCount.waiting > 0
    )
    finished = (
        select(literal("done"), func.count())
        .select_from(Obligation)
        .where(Obligation.fulfilled_by_person == actor.person_id, Obligation.fulfilled_at >= since)
    )
    for part, number in db.session.execute(waits.union_all(finished)):
        if part.startswith(DUE):
            days[date.fromisoformat(part.removeprefix(DUE))] = number
        elif part.startswith(STATE):
            _, kind, state = part.split(":")
            states[kind, state] = number
        else:
            done = number
    return states, days, done


def _true_counts():
    """The same counts, taken from the open obligations themselves."""
    who = sql_case(
        (Obligation.office_id.is_not(None),
         literal("office:") + cast(Obligation.office_id, String) + ":" + Obligation.tier),
        (Obligation.base_id.is_not(None), literal("base:") + cast(Obligation.base_id, String)),
        else_=literal("person:") + cast(Obligation.person_id, String),
    )
    parts = (
        literal(STATE) + Obligation.case_kind + ":" + Obligation.state, literal(DUE) + cast(Obligation.due_on, String),
    )
    first, second = (
        select(who.label("debtor"), part.label("slice"), func.count().label("waiting"))
        .where(Obligation.fulfilled_at.is_(None))
        .group_by(who, part)
        for part in parts
    )
    return first.union_all(second)


def differences() -> dict[tuple[str, str], tuple[int, int]]:
    """(debtor, slice) → (kept, true) wherever the kept number is wrong; empty is the proof."""
    kept = {(r.debtor, r.slice): r.waiting for r in db.session.execute(select(WorklistCount.__table__))}
    true = {(r.debtor, r.slice): r.waiting for r in db.session.execute(_true_counts())}
    return {
        key: (kept.get(key, 0), true.get(key, 0)) for key in kept.keys() | true.keys()
        if kept.get(key, 0) != true.get(key, 0)
    }


def recount() -> int:
    """Make all counts anew; answers how many had been wrong. Acts under way wait until it is done."""
    with transaction():
        if db.session.get_bind().dialect.name == "postgresql":
            db.session.execute(text("LOCK TABLE worklist_count IN SHARE ROW EXCLUSIVE MODE"))
        wrong = len(differences())
        db.session.execute(delete(WorklistCount))
        db.session.execute(insert(WorklistCount).from_select(["debtor", "slice", "waiting"], _true_counts()))
        return wrong


@registry.daily(90, "worklist_counts")
def _recount_daily(day) -> int:
    """Drops what has come down to zero, and proves the rest."""
    return recount()
