"""The outbox: stored with the act, carried out once, tried again, given up in the open (reliability §3.5)."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from incubator.kernel import clock as portal_clock
from incubator.kernel import outbox, registry
from incubator.kernel.database import db, transaction
from incubator.kernel.outbox import BACKOFF_MINUTES, LEASE, Outbox


class Handler:
    """Stands in for a module's topic: counts, and fails as often as it is told to."""

    def __init__(self):
        self.seen, self.failures = [], 0

    def __call__(self, row):
        self.seen.append(row.facts["n"])
        if self.failures:
            self.failures -= 1
            raise RuntimeError("the post is away")


@pytest.fixture
def handler(app, clock, monkeypatch):
    made = Handler()
    monkeypatch.setitem(registry._topics, "test", made)
    with app.app_context():
        yield made


def put(n: int = 1, **when) -> None:
    with transaction():
        outbox.put("test", f"test:{n}", {"n": n}, **when)


def row(n: int = 1) -> Outbox:
    return db.session.scalar(select(Outbox).where(Outbox.dedup_key == f"test:{n}").execution_options(populate_existing=True))


def test_in_order_and_once(handler):
    for n in (1, 2, 3):
        put(n)
    assert outbox.drain() == 3 and outbox.drain() == 0
    assert handler.seen == [1, 2, 3] and row().done_at is not None and row().attempts == 1


def test_a_rolled_back_act_says_nothing(handler):
    def act():
        with transaction():
            outbox.put("test", "test:1", {"n": 1})
            db.session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()
    assert outbox.drain() == 0


def test_the_same_key_twice_is_refused_with_the_whole_act(handler):
    put()
    with pytest.raises(IntegrityError):
        put()
    assert outbox.drain() == 1


def test_not_before_its_time(handler, clock):
    put(not_before=portal_clock.now() + timedelta(hours=1))
    assert outbox.drain() == 0
    clock.forward(hours=1)
    assert outbox.drain() == 1


def test_a_failure_is_kept_and_tried_again_later(handler, clock):
    put()
    handler.failures = 2
    assert outbox.drain() == 0
    assert row().last_error == "RuntimeError: the post is away" and row().lease_until is None
    assert outbox.drain() == 0 and handler.seen == [1], "not before a minute"
    clock.forward(minutes=1)
    assert outbox.drain() == 0 and len(handler.seen) == 2
    clock.forward(minutes=1)
    assert outbox.drain() == 0 and len(handler.seen) == 2, "now two minutes"
    clock.forward(minutes=1)
    assert outbox.drain() == 1 and row().attempts == 3


def test_one_failing_message_stops_no_other(handler):
    put(1)
    put(2)
    handler.failures = 1
    assert outbox.drain() == 1 and row(2).done_at is not None


def test_after_eight_attempts_it_is_dead_and_seen(handler, clock):
    put()
    handler.failures = 99
    for minutes in BACKOFF_MINUTES:
        outbox.drain()
        clock.forward(minutes=minutes)
    assert row().attempts == 8 and row().dead_at is not None and row().done_at is None
    clock.forward(days=30)
    assert outbox.drain() == 0 and len(handler.seen) == 8


def test_what_the_handler_wrote_goes_with_its_failure(handler, monkeypatch):
    def half(message):
        outbox.put("test", "test:9", {"n": 9})
        db.session.flush()
        raise RuntimeError

    put()
    monkeypatch.setitem(registry._topics, "test", half)
    outbox.drain()
    assert row(9) is None


def test_a_lease_protects_and_ends(handler, clock):
    put()
    with transaction():
        db.session.execute(update(Outbox).values(lease_owner="other", lease_until=portal_clock.now() + LEASE, attempts=1))
    assert outbox.drain() == 0, "another drainer has it"
    clock.forward(seconds=61)
    assert outbox.drain() == 1, "that one died"


def test_who_lost_the_lease_does_nothing(handler):
    put()
    assert outbox._claim(row().id, "a") and not outbox._claim(row().id, "b")
    assert outbox._carry_out(row().id, "b") == 0 and handler.seen == []
    assert outbox._carry_out(row().id, "a") == 1
