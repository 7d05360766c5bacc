"""P11: the worker is killed again and again, and each recipient gets each reminder exactly once.

Real worker processes (pool, beat) over a real Redis; afterwards the rows of the inbox are compared with what was due.
"""

from __future__ import annotations

import random
import time

import pytest

from tests.promises import workers

pytestmark = pytest.mark.promise("P11")


def kill_loop(app, redis_server, promise, *, kills: int, reminders: int, work: float) -> None:
    chance = random.Random(11)
    with app.app_context():
        due = workers.remind(reminders)
        worker, longest = workers.Workers(app, redis_server.url(), work), 0.0
        try:
            worker.start()
            for n in range(kills):
                have = sum(workers.letters().values())
                if have == reminders:
                    break
                # it must be at work, not still starting: after a kill this is the time until the next letter
                longest = max(longest, workers.wait_for(lambda have=have: sum(workers.letters().values()) > have, 60))
                time.sleep(chance.uniform(0, 6 * work))
                worker.kill()
                if n % 10 == 9:
                    redis_server.client().flushall()  # the doorbell forgets everything: the database is the queue
                worker.start()
            last = workers.wait_for(lambda: workers.undone() == 0, 60 + reminders * work * 2)
        finally:
            worker.end()
        found = workers.letters()
    lost, doubled = due - set(found), [key for key, number in found.items() if number > 1]
    assert set(found) <= due and n + 1 >= kills, "the work was over before all kills were made"
    promise("P11", n=len(due), failures=len(lost) + len(doubled), kills=n + 1, lost=len(lost), doubled=len(doubled),
            redelivery_seconds=round(longest, 1), drained_seconds=round(last, 1))
    assert longest <= 60


@pytest.mark.slow  # a worker process needs some seconds to start, and it is killed five times
def test_five_kills_and_a_hundred_reminders(pg_app, redis_server, promise):
    kill_loop(pg_app, redis_server, promise, kills=5, reminders=100, work=0.03)


@pytest.mark.promise_full
def test_a_hundred_kills_and_two_thousand_reminders(app, redis_server, promise):
    kill_loop(app, redis_server, promise, kills=100, reminders=2000, work=0.03)
