"""A province that lives (design §7): people of the bases and the offices act day by day, by real commands.

Whoever owes something does it between the day it came and the day it is due, sooner or later by temper; some are
late. Everything is drawn from the seed and from what is acted upon, never from the order of drawing, so the same
seed gives the same province.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from incubator.kernel import clock, outbox
from incubator.kernel.database import db
from incubator.kernel.parameters import workday
from incubator.obligations.commands import tick
from incubator.obligations.models import Obligation

MORNING = time(9, 30)
LATE = {"punctual": 0.02, "sloppy": 0.3, "strict": 0.02, "slow": 0.15}  # how often somebody of that temper is late


@dataclass
class Life:
    """One run: the seed, the day, who has which temper, and what was done."""

    seed: int
    day: date
    done: Counter = field(default_factory=Counter)
    numbers: Counter = field(default_factory=Counter)  # running numbers of documents and plaques
    last_round: int = 9999  # the last year whose round is opened here
    population: Any = None  # who comes (simulation/founders.py)
    _when: dict[int, date] = field(default_factory=dict)

    def draw(self, *what: object) -> random.Random:
        """A generator for this one thing: the same for the same seed, whatever else was drawn."""
        return random.Random(":".join(map(str, (self.seed, *what))))

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


def live(life: Life, until: date, each: Callable[[Life], None] | None = None) -> Counter:
    """Day by day to the end of `until`; `each` is called at the end of each day (a proof, a progress line)."""
    while life.day <= until:
        dawn(life.day)
        tick(life.day)
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
    clock.set_fixed(clock.now() + timedelta(minutes=minutes))


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
    pass_time()
    _habit(row)(life, row)
    life.done[f"{row.case_kind or row.kind}:{row.state}"] += 1
