"""A province that lives (design §7): people of the bases and the offices act day by day, by real commands.

Whoever owes something does it between the day it came and the day it is due, sooner or later by temper; some are
late. Everything is drawn from the seed and from what is acted upon, never from the order of drawing, so the same
seed gives the same province.

With `troubles` not everything goes well: whatever else the tables allow happens now and then, and what this
province has not seen yet happens as soon as there is an occasion (`chance`). The training province has none.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from incubator.kernel import clock, outbox
from incubator.kernel.database import db
from incubator.kernel.errors import Refused
from incubator.kernel.ledger import Event
from incubator.kernel.parameters import workday
from incubator.obligations.commands import tick
from incubator.obligations.models import Obligation
from incubator.policy.procedures import TERMINATE, procedure
from incubator.simulation import steps

UNSEEN, CALM = 0.6, 0.5  # how often what never happened yet does, on an occasion; how many cases are spared of it
PUT_OFF = timedelta(days=7)  # until somebody who was told no tries again
MORNING, EVENING = time(9, 30), 22
LATE = {"punctual": 0.02, "sloppy": 0.3, "strict": 0.02, "slow": 0.15}  # how often somebody of that temper is late


class Nobody(Exception):
    """The base has nobody just now who could do it: its operator is being replaced."""


@dataclass
class Life:
    """One run: the seed, the day, who has which temper, and what was done."""

    seed: int
    day: date
    done: Counter = field(default_factory=Counter)
    numbers: Counter = field(default_factory=Counter)  # running numbers of documents and plaques
    last_round: int = 9999  # the last year whose round is opened here
    troubles: bool = False
    population: Any = None  # who comes (simulation/founders.py)
    taken: Counter = field(default_factory=Counter)  # (kind of case, from, outcome) → how often the record has it
    refused: Counter = field(default_factory=Counter)  # (what was tried, article, reason) → how often the answer was no
    _when: dict[int, date] = field(default_factory=dict)
    _read_to: int = 0

    def draw(self, *what: object) -> random.Random:
        """A generator for this one thing: the same for the same seed, whatever else was drawn."""
        return random.Random(":".join(map(str, (self.seed, *what))))

    def chance(self, step: tuple[str, str, str], share: float, *what: object) -> bool:
        """Whether this step of a table is taken on this occasion: rarely, and for the first time soon.

        The first of `what` is the case: half of them are spared of what was never seen, or nobody would come through.
        """
        if not self.troubles:
            return False
        eager = not self.taken[step] and self.draw("calm", *what[:1]).random() > CALM
        return self.draw("chance", *step, *what).random() < (max(share, UNSEEN) if eager else share)

    def put_off(self, row: Obligation, days: int = PUT_OFF.days) -> None:
        """Look at it again then, if it is still open."""
        self._when[row.id] = self.day + timedelta(days=days)

    def unseen(self, kind: str) -> bool:
        """Whether people can still do something with such a case that nobody did yet."""
        return any(not self.taken[kind, s.from_state, s.outcome] for s in procedure(kind).steps if s.outcome != TERMINATE)

    def read_record(self) -> None:
        """Count what the record says was done since it was read last."""
        rows = db.session.execute(
            select(Event.id, Event.case_kind, Event.from_state, Event.kind)
            .where(Event.id > self._read_to).order_by(Event.id)
        ).all()
        for self._read_to, kind, state, outcome in rows:
            if kind is not None:
                self.taken[kind, state, outcome] += 1

    @contextmanager
    def trying(self, what: str) -> Iterator[None]:
        """An act that the portal may refuse; with troubles the no is counted, without them there is none."""
        try:
            pass_time()
            yield
        except Nobody:
            db.session.rollback()
        except Refused as no:
            if not self.troubles:
                raise
            db.session.rollback()
            self.refused[what, no.article, no.reason] += 1

    def temper(self, who: str) -> str:
        """Bases are punctual or sloppy, offices strict or slow."""
        pair = ("punctual", "sloppy") if who.startswith("base") else ("strict", "slow")
        return pair[self.draw("temper", who).random() < 0.25]

    def when(self, row: Obligation) -> date:
        """The day on which the debtor gets to it."""
        if row.id not in self._when:
            self._when[row.id] = self._drawn(row)
        return self._when[row.id]

    def _drawn(self, row: Obligation) -> date:
        came = clock.day_of(row.opened_at)
        span = max((row.due_on - came).days, 1)
        who = f"base{row.base_id}" if row.base_id else f"office{row.office_id}"
        luck = self.draw(row.kind, row.key)
        late = luck.random() < LATE[self.temper(who)]
        share = 1 + luck.random() * 0.6 if late else luck.random() ** 0.7
        day = came + timedelta(days=max(round(span * share), 1))
        if not late:
            day = min(day, row.due_on)
        while not row.base_id and not workday(day):
            day += timedelta(days=1 if late else -1)
        return max(day, came)


Habit = Callable[[Life, Obligation], None]
_habits: dict[tuple[str, str], Habit] = {}
_rounds: list[tuple[int, Callable[[Life], None]]] = []
_turns: list[Callable[[Life, Obligation], bool]] = []


def habit(kind: str, *states: str):
    """Register what the debtor does: by the case's kind and state, or by the obligation's kind alone."""

    def put(fn: Habit) -> Habit:
        for state in states or ("",):
            _habits[kind, state] = fn
        return fn

    return put


def each_day(order: int):
    """Register ``fn(life)``: what somebody does of his own accord on a day."""

    def put(fn):
        _rounds.append((order, fn))
        return fn

    return put


def otherwise(fn: Callable[[Life, Obligation], bool]):
    """Register ``fn(life, obligation)``: something else than the habit; answers whether it was done."""
    _turns.append(fn)
    return fn


def live(life: Life, until: date, each: Callable[[Life], None] | None = None) -> Counter:
    """Day by day to the end of `until`; `each` is called at the end of each day (a proof, a progress line)."""
    while life.day <= until:
        dawn(life.day)
        tick(life.day)
        if life.troubles:
            life.read_record()
        with steps.a_day():
            for _, act in sorted(_rounds, key=lambda pair: pair[0]):
                act(life)
            for row_id in _due_today(life):
                _do(life, row_id)
        while outbox.drain():
            pass
        if each:
            each(life)
        life.day += timedelta(days=1)
    return life.done


def dawn(day: date) -> None:
    """Half past nine in Shanghai: the clock stands there, and each act moves it on by a minute."""
    clock.set_fixed(datetime.combine(day, MORNING, clock.SHANGHAI))


def pass_time(minutes: int = 1) -> None:
    """A minute an act; a full day goes on by seconds in the evening, so that it never ends in the next one."""
    late = clock.local(clock.now()).hour >= EVENING
    clock.set_fixed(clock.now() + (timedelta(seconds=1) if late else timedelta(minutes=minutes)))


def _due_today(life: Life) -> list[int]:
    waits = select(Obligation).where(Obligation.fulfilled_at.is_(None)).order_by(Obligation.id)
    rows = [row for row in db.session.scalars(waits) if _habit(row) and life.when(row) <= life.day]
    found = [row.id for row in rows]
    db.session.rollback()
    return found


def _habit(row: Obligation) -> Habit | None:
    return _habits.get((row.case_kind, row.state)) or _habits.get((row.kind, ""))


def _do(life: Life, row_id: int) -> None:
    row = db.session.get(Obligation, row_id, populate_existing=True)
    if row.fulfilled_at is not None:  # done with another one
        return
    name = f"{row.case_kind or row.kind}:{row.state}"
    with life.trying(name):
        if not (life.troubles and any(fn(life, row) for fn in _turns)):
            _habit(row)(life, row)
        life.done[name] += 1
        return
    life.put_off(row)
