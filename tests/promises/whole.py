"""Harness of P9 for walks: every act is first made to fail at its event, its letters and its obligations.

What an act needs is what the acts before it have done; it then happens, and leaves the events that it must.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from incubator.kernel import access
from incubator.kernel.database import db
from incubator.kernel.ledger import Event
from incubator.kernel.workflow import Case
from tests.promises.test_p09 import RECORD, Broken, _planned, inserts


@dataclass
class Act:
    """One act of a walk; with `case` its events on the case follow one another."""

    name: str
    run: Callable[[], Any]
    actor: access.Actor
    events: tuple[str, ...]
    case: int | None = None
    moves: bool = True  # whether the version of the case goes on

def version_of(case_id: int) -> int:
    return db.session.scalar(select(Case.version).where(Case.id == case_id))


def on_case(case: int, name: str, run: Callable[[int], Any], who, *events, moves: bool = True) -> Act:
    """An act on the version of the case that stands now."""
    seen = version_of(case)
    return Act(name, lambda: run(seen), who, events, case, moves)


def walk_whole(app, walked: Callable[[], Iterator[Act]], promised: set[str], db_digest) -> tuple[int, int]:
    """How many failures were tried, and after how many something was not as before."""
    done, tried, failures = set(), 0, 0
    for act in walked():
        db.session.remove()
        times, broken = _fails_whole(app, act, db_digest)
        print(f"{act.name}: {times} tried, {broken} left something")
        tried, failures = tried + times, failures + broken
        _leaves_its_events(act)
        done.add(act.name)
    assert done == promised
    return tried, failures


def _fails_whole(app, act: Act, db_digest) -> tuple[int, int]:
    """The first and the last row of each table of the record fail: how often that was tried, how often something stayed."""
    before, planned, broken = db_digest(app), _planned(act), 0
    assert db_digest(app) == before and planned["event"] == len(act.events), (act.name, planned)
    places = [(table, number) for table in RECORD for number in sorted({1, planned[table]} - {0}) if planned[table]]
    for place in places:
        with inserts(fail_at=place), pytest.raises(Broken):
            act.run()
        db.session.remove()
        broken += db_digest(app) != before
    return len(places), broken


def _leaves_its_events(act: Act) -> None:
    last = db.session.scalar(select(Event.id).order_by(Event.id.desc()).limit(1)) or 0
    before = _at(act.case)
    db.session.remove()
    act.run()
    written = list(db.session.scalars(select(Event).where(Event.id > last).order_by(Event.id)))
    assert sorted(e.kind for e in written) == sorted(act.events), act.name
    assert {e.person_id for e in written} == {act.actor.person_id}, act.name
    if act.case is not None:
        now = _at(act.case)
        seqs = [e.seq for e in written if e.case_id == act.case]
        assert seqs and seqs == list(range(before[0] + 1, now[0] + 1)), act.name
        assert now[1] > before[1] or not act.moves, act.name


def _at(case: int | None) -> tuple[int, int]:
    """Number of the last event and version of a case."""
    return db.session.execute(select(Case.seq, Case.version).where(Case.id == case)).one() if case else (0, 0)
