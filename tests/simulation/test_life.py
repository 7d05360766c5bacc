"""A province from a seed (design §7): the same seed gives the same one, and its record is whole."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest
from sqlalchemy import func, select

from incubator.bases.facts import standing_of
from incubator.bases.models import Base, LevelSpan
from incubator.kernel import clock
from incubator.kernel.database import db
from incubator.kernel.ledger import Event, verify
from incubator.kernel.workflow import Case
from incubator.obligations import counts
from incubator.simulation import reviews, steps
from incubator.simulation.habits import founders
from incubator.simulation.life import Life, dawn, live


def played(app, seed: int, each=None) -> tuple[dict, str]:
    """A quarter of a year with three bases in two places; what was done, and one hash over the record."""
    with app.app_context(), clock.simulated():
        life = Life(seed, date(2025, 3, 3))
        dawn(life.day)
        steps.province()
        reviews.experts()
        founders.found(life, 3, date(2025, 3, 20), ["220104", "220581"])
        for newcomer in life.population.newcomers.values():
            newcomer.ready_after = 3
        done = live(life, date(2025, 8, 20), each)
        told = db.session.execute(select(Event.chain_id, Event.seq, Event.kind, Event.occurred_at).order_by(Event.id)).all()
        return dict(done), hashlib.sha256(repr(told).encode()).hexdigest()


def whole(life: Life) -> None:
    """What holds at the end of each day (a part of P6's invariants)."""
    for base in db.session.scalars(select(Base)):
        now = standing_of(base, life.day)
        assert (base.status_now, base.level_now) == (now.state, now.level or ""), base.name
    undecided = select(func.count()).select_from(LevelSpan).where(LevelSpan.decision_id.is_(None))
    assert db.session.scalar(undecided) == 0, "no level without its decision"
    assert db.session.scalar(select(func.count()).select_from(Case).where(Case.arrived_at > clock.now())) == 0


@pytest.mark.slow  # half a year by real commands
def test_a_province_lives_and_its_record_is_whole(sqlite_app):
    done, _ = played(sqlite_app, 5, whole)
    assert done["asked"] == 3 and done["applied"] == 3 and done["recognition:to_decide"] >= 1
    with sqlite_app.app_context():
        assert "valid" in set(db.session.scalars(select(Base.status_now)))
        assert verify().faults == [] and counts.differences() == {}


@pytest.mark.promise_full
def test_the_same_seed_gives_the_same_province(make_app):
    first, second = played(make_app(), 5), played(make_app(), 5)
    assert first == second
