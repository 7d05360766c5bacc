"""What a simulated province is asked each day: each question finds what it asks for, and nothing where all is well (P6)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from incubator.bases.models import Base, LevelSpan, SanctionSpan
from incubator.kernel import access
from incubator.kernel import clock as portal_clock
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.obligations.commands import fulfil, open_obligation
from incubator.obligations.counts import WorklistCount
from incubator.obligations.models import Obligation
from incubator.policy.counting import on_fixed_day
from incubator.simulation import invariants
from tests import recognised as stand
from tests import walk

FIRST = date(2025, 4, 1)  # a first of the month: everything is looked at


recognised = stand.recognised


@pytest.fixture
def base(recognised, clock):
    clock.set(f"{FIRST} 09:00")
    found = stand.base()
    assert invariants.broken(FIRST) == []
    return found


def _status(base: Base) -> None:
    db.session.execute(update(Base).where(Base.id == base.id).values(status_now="filed"))


def _demonstration_at_once(base: Base) -> None:
    span = db.session.scalar(select(LevelSpan).where(LevelSpan.base_id == base.id))
    filed, _ = walk.filed_base(walk.Unit("长春新竹创业孵化基地", "220104", 90))
    db.session.execute(insert(LevelSpan).values(
        base_id=filed.id, level="demonstration", from_on=FIRST, decision_id=span.decision_id, case_id=span.case_id))


def _owes(base: Base, kind: str, key: str) -> Obligation:
    due = FIRST + timedelta(days=40)
    return open_obligation(kind=kind, key=key, due_on=due, article="13", region_id=base.region_id, base_id=base.id,
                           basis=on_fixed_day(FIRST, due))


def _report_after_the_end(base: Base) -> None:
    span = db.session.scalar(select(LevelSpan).where(LevelSpan.base_id == base.id))
    db.session.execute(insert(SanctionSpan).values(
        base_id=base.id, kind="revocation", from_on=FIRST, decision_id=span.decision_id, case_id=span.case_id))
    db.session.execute(update(Base).where(Base.id == base.id).values(status_now="revoked", level_now=""))
    _owes(base, "report", f"{base.id}:quarterly_report:2025Q1")


def _closed_by_nothing(base: Base) -> None:
    _owes(base, "profile_check", f"{base.id}:2025")
    fulfil(Obligation.key == f"{base.id}:2025", access.service("test"))


def _counted_by_nothing(base: Base) -> None:
    open_obligation(kind="profile_check", key=f"{base.id}:2025", due_on=FIRST + timedelta(days=40), article="13",
                    region_id=base.region_id, base_id=base.id)


def _tomorrow(base: Base) -> None:
    db.session.execute(update(Case).where(Case.base_id == base.id).values(arrived_at=portal_clock.now() + timedelta(days=1)))


def _forgotten(base: Base) -> None:
    asked = walk.request_account(walk.Unit("长春新竹创业孵化基地", "220104", 90))
    fulfil(Obligation.case_id == asked.id, walk.province()["clerk"])


def _lost_count(base: Base) -> None:
    _owes(base, "profile_check", f"{base.id}:2025")
    db.session.commit()
    db.session.execute(delete(WorklistCount))


@pytest.mark.parametrize(("breaks", "check"), [
    (_status, "standing"), (_demonstration_at_once, "levels"), (_report_after_the_end, "reports"), (_closed_by_nothing, "obligations"),
    (_counted_by_nothing, "obligations"),
    (_tomorrow, "arrivals"), (_forgotten, "stations"), (_lost_count, "worklists"),
])
def test_each_question_finds_what_it_asks_for(base, breaks, check):
    breaks(base)
    db.session.commit()
    found = invariants.broken(FIRST)
    assert found and {line.split()[1] for line in found} == {f"{check}:"}, found


def test_what_is_dear_is_asked_once_a_month(base):
    _lost_count(base)
    db.session.commit()
    assert invariants.broken(FIRST + timedelta(days=1)) == [] and invariants.broken(FIRST)
