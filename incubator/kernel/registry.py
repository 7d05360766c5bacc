"""What modules register by name for the tables of policy, official numbers, and idempotent receipts.

Start-up fails when a table names something nobody registered, or when something is registered that no table
names (design law 3).
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Integer, String, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from incubator.kernel import clock
from incubator.kernel.database import Base, Instant, db, transaction
from incubator.policy.articles import Refusal
from incubator.policy.fields import Problem
from incubator.policy.procedures import PROCEDURES

_evidence: dict[str, Callable] = {}
_effects: dict[str, Callable] = {}
_on_moved: list[Callable] = []
_on_left: list[Callable] = []
_panels: dict[str, list] = defaultdict(list)
_daily: list[tuple[int, str, Callable]] = []
_topics: dict[str, Callable] = {}
_external: set[str] = set()


@dataclass(frozen=True)
class Lack:
    """One thing that a step still needs: why, under which article, and what cures it."""

    article: str
    text: str
    cure_label: str = ""
    cure_url: str = ""

    @classmethod
    def of(cls, found: Problem | Refusal, article: str = "") -> "Lack":
        """What a form or a rule says against it, under `article` where it names none."""
        text = found.message if isinstance(found, Problem) else found.reason
        return cls(found.article or article, text, found.way_out or "在表里改好再提交")


def evidence(name: str):
    """Register ``fn(case) -> Iterable[Lack]``: empty means that the evidence is there."""

    def put(fn):
        _evidence[name] = fn
        return fn

    return put


def effect(name: str):
    """Register ``fn(case, step, actor, given)``, called in the transaction of the step."""

    def put(fn):
        _effects[name] = fn
        return fn

    return put


def on_moved(fn):
    """Register ``fn(case, step, event, actor)``, called in the transaction after each step of any case."""
    _on_moved.append(fn)
    return fn


def on_left(fn):
    """Register ``fn(person_id, office_id)``, called in the transaction in which a person loses a role of an office.

    `office_id` is None where the person loses all (disabled).
    """
    _on_left.append(fn)
    return fn


def panel(*kinds: str, order: int = 50):
    """Register ``fn(case, actor) -> Panel | None``: a part of the case page for cases of these kinds."""

    def put(fn):
        for kind in kinds:
            _panels[kind].append((order, fn))
        return fn

    return put


def daily(order: int, name: str):
    """Register ``fn(day)`` for `tick`: idempotent per item, catches up after downtime."""

    def put(fn):
        _daily.append((order, name, fn))
        return fn

    return put


def topic(name: str):
    """Register ``fn(outbox_row)`` that carries out messages of that topic."""

    def put(fn):
        _topics[name] = fn
        return fn

    return put


def external(name: str):
    """Register ``fn(outbox_row)`` for a topic that calls somebody outside: it runs in no transaction and keeps its own."""

    def put(fn):
        _external.add(name)
        return topic(name)(fn)

    return put


def lacks(names, case) -> list[Lack]:
    return [lack for name in names for lack in _evidence[name](case)]


def run_effects(step, case, actor, given) -> None:
    for name in step.effects:
        _effects[name](case, step, actor, given)


def moved(case, step, event, actor) -> None:
    for fn in _on_moved:
        fn(case, step, event, actor)


def left(person_id: int, office_id: int | None) -> None:
    for fn in _on_left:
        fn(person_id, office_id)


def panels_of(kind: str):
    return [fn for _, fn in sorted(_panels[kind], key=lambda pair: pair[0])]


def daily_steps():
    return sorted(_daily, key=lambda row: row[:2])


def is_external(name: str) -> bool:
    return name in _external


def handler_of(name: str):
    return _topics[name]


def check() -> None:
    """Fail when the procedure tables and the registered names differ."""
    steps = [step for p in PROCEDURES.values() for step in p.steps]
    named = {name for step in steps for name in step.needs}
    effects = {name for step in steps for name in step.effects}
    problems = [f"evidence {n} is in a table but nobody registered it" for n in named - set(_evidence)]
    problems += [f"evidence {n} is registered but no table names it" for n in set(_evidence) - named]
    problems += [f"effect {n} is in a table but nobody registered it" for n in effects - set(_effects)]
    problems += [f"effect {n} is registered but no table names it" for n in set(_effects) - effects]
    if problems:
        raise RuntimeError("; ".join(sorted(problems)))


class Counter(Base):
    """Running numbers: one row a series (e.g. ``filing:220104:2026``)."""

    __tablename__ = "counter"
    series: Mapped[str] = mapped_column(String(80), primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


def next_number(series: str) -> int:
    """The next running number of `series`, taken in the caller's transaction."""
    dialect = db.session.get_bind().dialect.name
    insert = (postgresql if dialect == "postgresql" else sqlite).insert
    db.session.execute(insert(Counter).values(series=series, last=0).on_conflict_do_nothing())
    return db.session.execute(
        update(Counter).where(Counter.series == series).values(last=Counter.last + 1).returning(Counter.last)
    ).scalar_one()


class Receipt(Base):
    """What a form's key already led to: a repeated POST gets the same answer (P24)."""

    __tablename__ = "receipt"
    actor_key: Mapped[str] = mapped_column(String(80), primary_key=True)
    idem_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    response: Mapped[str] = mapped_column(String(400))
    at: Mapped[object] = mapped_column(Instant)


def once(actor_key: str, idem_key: str, act: Callable[[], str]) -> str:
    """Run `act` at most once per key; returns what it returned the first time (a URL or a number)."""
    if not idem_key:
        with transaction():
            return act()
    found = answer_of(actor_key, idem_key)
    if found is not None:
        return found
    try:
        with transaction():
            row = Receipt(actor_key=actor_key, idem_key=idem_key, response="", at=clock.now())
            db.session.add(row)
            db.session.flush()
            row.response = act()
            return row.response
    except IntegrityError:
        found = answer_of(actor_key, idem_key)
        if found is None:
            raise
        return found


def answer_of(actor_key: str, idem_key: str) -> str | None:
    """What the key already led to."""
    return db.session.scalar(
        select(Receipt.response).where(Receipt.actor_key == actor_key, Receipt.idem_key == idem_key)
    )
