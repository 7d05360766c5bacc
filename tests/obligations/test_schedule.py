"""The days are done once, in order, by whoever wakes first; who dies leaves a lease that ends (§3.5.5)."""

import threading
from datetime import date, timedelta

import pytest

from incubator.kernel import jobs, registry
from incubator.kernel.database import db
from incubator.obligations import schedule
from tests.conftest import Clock


@pytest.fixture
def steps(app, clock, monkeypatch):
    seen = []
    monkeypatch.setattr(registry, "_daily", [(10, "first", lambda day: seen.append(("first", day)) or 1),
                                             (20, "second", lambda day: seen.append(("second", day)))])
    with app.app_context():
        yield seen


def days(seen) -> list[str]:
    return [day.isoformat()[5:] for name, day in seen if name == "first"]


def test_the_first_time_it_is_today_and_then_every_missed_day(steps, clock):
    assert schedule.run_due() == {"2026-06-01": {"first": 1, "second": 0}}
    clock.forward(days=3)
    assert list(schedule.run_due()) == ["2026-06-02", "2026-06-03", "2026-06-04"]
    assert days(steps) == ["06-01", "06-02", "06-03", "06-04"]
    assert [name for name, _ in steps[:2]] == ["first", "second"]


def test_today_again_once_an_hour(steps, clock):
    schedule.run_due()
    assert list(schedule.run_due()) == ["2026-06-01T09"] and schedule.run_due() == {}
    clock.forward(hours=1)
    assert list(schedule.run_due()) == ["2026-06-01T10"]


def test_another_ones_day_is_left_alone_until_the_lease_ends(steps, clock):
    assert jobs.claim("tick", "2026-06-01", "another") == jobs.MINE
    assert schedule.run_due() == {} and steps == []
    clock.forward(seconds=jobs.LEASE.total_seconds() + 1)
    assert list(schedule.run_due()) == ["2026-06-01"]
    assert not jobs.finish("tick", "2026-06-01", "another"), "who lost the lease ends nothing"
    assert jobs.claim("tick", "2026-06-01", "third") == jobs.DONE


def test_a_step_that_fails_leaves_the_day_open_and_the_others_done(steps, clock, monkeypatch):
    def broken(day):
        raise RuntimeError("no")

    monkeypatch.setattr(registry, "_daily", [*registry._daily, (15, "broken", broken)])
    assert schedule.run_due() == {"2026-06-01": {"first": 1, "second": 0}}
    [slot] = jobs.open_slots()
    assert (slot.finished_at, slot.last_error) == (None, "broken: RuntimeError")
    monkeypatch.setattr(registry, "_daily", [step for step in registry._daily if step[1] != "broken"])
    clock.forward(days=1)
    assert list(schedule.run_due()) == ["2026-06-01", "2026-06-02"], "the day that failed comes first"
    assert jobs.open_slots() == []


def test_eight_wake_at_once(app, clock, steps):
    gate = threading.Barrier(8)
    faults = []

    def wake():
        try:
            with app.app_context():
                gate.wait()
                schedule.run_due()
                db.session.remove()
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=wake) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    # the rest found the day done and came to the hour, or found it taken and went
    assert steps.count(("first", date(2026, 6, 1))) in (1, 2)


def test_a_lease_is_renewed_between_the_steps(steps, clock, monkeypatch):
    late = Clock()

    def long(day):
        late.forward(seconds=jobs.LEASE.total_seconds() - 1)
        assert jobs.claim("tick", "2026-06-01", "another") == jobs.TAKEN

    monkeypatch.setattr(registry, "_daily", [(n, f"long{n}", long) for n in range(3)])
    assert schedule.run_due()["2026-06-01"] == {"long0": 0, "long1": 0, "long2": 0}
    assert jobs.days_to_do("tick", date(2026, 6, 1) + timedelta(days=1)) == [date(2026, 6, 2)]
