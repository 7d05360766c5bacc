"""Instants are UTC and aware, days are Asia/Shanghai."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from incubator.kernel import clock as portal_clock
from incubator.kernel.database import db
from incubator.kernel.ledger import Event
from tests import walk


@pytest.mark.parametrize(("instant", "day"), [
    (datetime(2026, 5, 31, 15, 59, 59, tzinfo=UTC), date(2026, 5, 31)),
    (datetime(2026, 5, 31, 16, 0, 0, tzinfo=UTC), date(2026, 6, 1)),
    (datetime(2027, 12, 31, 16, 0, 0, tzinfo=UTC), date(2028, 1, 1)),
    (datetime(2028, 2, 28, 16, 0, 0, tzinfo=UTC), date(2028, 2, 29)),
])
def test_the_day_turns_at_sixteen_utc(clock, instant, day):
    clock.set(instant)
    assert portal_clock.today() == portal_clock.day_of(instant) == day


def test_the_end_of_a_day_is_the_first_instant_too_late():
    day = date(2026, 6, 1)
    assert portal_clock.end_of(day) == datetime(2026, 6, 1, 16, tzinfo=UTC) == portal_clock.start_of(day + timedelta(days=1))
    assert portal_clock.day_of(portal_clock.end_of(day) - timedelta(microseconds=1)) == day


def test_a_shift_moves_and_is_seen(clock):
    before = portal_clock.now()
    portal_clock.set_shift(86_400)
    assert portal_clock.now() - before == timedelta(days=1) and portal_clock.is_moved()
    clock.set("2026-06-01 09:00")
    portal_clock.set_shift(0)
    portal_clock.set_fixed(None)
    assert not portal_clock.is_moved()


def test_instants_come_back_aware_and_to_the_microsecond(app, clock):
    moment = clock.set(datetime(2026, 6, 1, 9, 0, 0, 123456, tzinfo=portal_clock.SHANGHAI))
    with app.app_context():
        walk.person("neu", "新人")
        db.session.expire_all()
        at = db.session.scalar(select(Event.occurred_at).order_by(Event.id.desc()).limit(1))
        assert at == moment and at.tzinfo is not None


def test_an_instant_without_a_zone_is_refused(app):
    with app.app_context(), pytest.raises(Exception, match="needs a time zone"):
        db.session.execute(select(Event).where(Event.occurred_at > datetime(2026, 6, 1)))
