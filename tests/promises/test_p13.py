"""P13: many schedulers, one that dies in mid-work, or none for a week: each effect exactly once, none missing.

Effects are counted, not rows of `job_run`: a counter that each doing of an item raises by one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from incubator.kernel import jobs, outbox, registry
from incubator.kernel.database import db, transaction
from incubator.messages.models import Letter
from incubator.obligations import reminders, schedule
from incubator.obligations.reminders import Reminder
from tests import walk
from tests.conftest import ROOT
from tests.obligations.steps import UNIT, owe_report
from tests.servers import end_with_parent

pytestmark = pytest.mark.promise("P13")
LAST = date(2026, 9, 30)


def race(app, promise, *, slots: int, items: int, workers: int, kills: int) -> None:
    config = app.config["PORTAL"]
    with app.app_context():
        eve = (LAST - timedelta(days=slots)).isoformat()
        with transaction():  # the day before was done; the machine was off since
            assert jobs.claim("tick", eve, "before") == jobs.MINE
            assert jobs.finish("tick", eve, "before")
        db.engine.dispose()
    told = subprocess.run(
        [sys.executable, "-m", "tests.promises.schedulers", config.DATABASE_URL, str(config.INSTANCE_DIR), LAST.isoformat(),
         *map(str, (slots, items, workers, kills, 13))],
        cwd=ROOT, check=False, capture_output=True, text=True, preexec_fn=end_with_parent,
    )
    assert told.returncode == 0, told.stderr[-3000:]
    story = json.loads(told.stdout.splitlines()[-1])
    with app.app_context():
        effects = dict(db.session.execute(select(registry.Counter.series, registry.Counter.last)
                                          .where(registry.Counter.series.like("probe:%"))).all())
        days = [LAST - timedelta(days=n) for n in range(slots)]
        due = {f"probe:{day}:{item}" for day in days for item in range(items)}
        failures = len(due ^ set(effects)) + sum(number != 1 for number in effects.values())
        assert jobs.days_to_do("tick", LAST) == [] and story["killed"] >= kills
    promise("P13", n=len(due), failures=failures, slots=slots, schedulers=workers, killed=story["killed"])


@pytest.mark.slow  # processes that are killed and wait for one another's leases
def test_ten_slots(app, clock, promise):
    race(app, promise, slots=10, items=6, workers=4, kills=5)


@pytest.mark.promise_full
def test_a_hundred_slots_and_eight_schedulers(app, clock, promise):
    race(app, promise, slots=100, items=20, workers=8, kills=200)


def test_seven_days_off(app, clock, promise):
    """Every reminder that fell due in the week is said once or explicitly superseded; other daily steps see each day."""
    with app.app_context():
        walk.staff("220104")
        walk.province()
        base = walk.open_account(UNIT)[0]
        owed = [owe_report(base, date(2026, 6, 8) + timedelta(days=n), f"p{n}") for n in range(14)]
        schedule.run_due()
        clock.set("2026-06-15 07:30")
        before = {(r.obligation_id, r.step): r.became for r in db.session.scalars(select(Reminder))}
        missing = reminders.differences(clock.today())
        assert len(missing) > 20, "something was missed"
        done = schedule.run_due()
        assert list(done) == [f"2026-06-{n:02}" for n in (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)]
        assert schedule.run_due() == {} or reminders.remind(clock.today()) == 0
        now = {(r.obligation_id, r.step): r.became for r in db.session.scalars(select(Reminder))}
        failures = len(reminders.differences(clock.today())) + sum(now[key] != became for key, became in before.items())
        said = [key for key, became in now.items() if became == "said" and key not in before]
        superseded = [key for key, became in now.items() if became == "superseded"]
        failures += len(said) - len({number for number, _ in said})  # one letter a deadline, whatever was missed
        assert superseded and said
        while outbox.drain():
            pass
        letters = list(db.session.scalars(select(Letter.dedup_key).where(Letter.dedup_key.like("remind:%"))))
        failures += len(letters) != len([1 for became in now.values() if became == "said"])
        failures += len(owed) != 14
    promise("P13", n=len(now), failures=failures, days_off=13, superseded=len(superseded), said=len(said))
