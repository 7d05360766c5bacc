"""Many schedulers on one database, killed at random: started by test_p13.py as a process of its own.

    python -m tests.promises.schedulers URL FOLDER LAST_DAY SLOTS ITEMS WORKERS KILLS SEED

One mother forks the schedulers, so that a new one after a kill costs nothing. Each wakes as `tasks.tick` does.
Some kill themselves between claim and finish, the mother kills others wherever they are. The effect of an item
is a counter that each doing raises; its mark is stored in the same transaction.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sys
import time
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from config import Config
from incubator import create_app
from incubator.kernel import clock, jobs, outbox, registry
from incubator.kernel.database import db, transaction
from incubator.kernel.outbox import Outbox
from incubator.obligations import schedule
from tests.servers import end_with_parent

PATIENCE = 600.0


def main(url: str, folder: str, last: str, *numbers: str) -> None:
    slots, items, workers, kills, seed = map(int, numbers)
    app = create_app(Config.testing(Path(folder), url))
    clock.set_shift(int((date.fromisoformat(last) - clock.today()).total_seconds()))
    jobs.LEASE = timedelta(seconds=0.4)
    chance = random.Random(seed)
    running: set[int] = set()
    killed, began, found_all_done = 0, 0, False
    deadline = time.monotonic() + PATIENCE
    while not found_all_done:
        while len(running) < workers:
            running.add(_fork(app, items, began, kills > 0, seed))
            began += 1
        time.sleep(chance.uniform(0.01, 0.06))
        if killed < kills:
            os.kill(chance.choice(sorted(running)), signal.SIGKILL)  # a child of ours until it is waited for
        for pid in sorted(running):
            done, status = os.waitpid(pid, os.WNOHANG)
            if not done:
                continue
            running.discard(pid)
            killed += os.WIFSIGNALED(status)
            found_all_done |= status == 0
            if not os.WIFSIGNALED(status) and status:
                raise SystemExit(f"a scheduler failed: {status}")
        if time.monotonic() > deadline:
            raise SystemExit("the slots were never done")
    for pid in running:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    print(json.dumps({"killed": killed, "began": began, "slots": slots}))


def _fork(app, items: int, number: int, dies: bool, seed: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    end_with_parent()
    try:
        with app.app_context():
            db.engine.dispose(close=False)
        chance = random.Random(seed * 100_003 + number)
        registry._daily[:] = [(10, "probe", lambda day: _probe(day, items, chance))]
        if dies:
            _die_between(chance)
        with app.app_context():
            while jobs.days_to_do(schedule.DAY, clock.today()):
                schedule.run_due()
                db.session.remove()
                time.sleep(0.01)
        os._exit(0)
    except BaseException as fault:
        print(repr(fault), file=sys.stderr, flush=True)
        os._exit(3)


def _probe(day: date, items: int, chance: random.Random) -> int:
    """Each item is counted and marked in one transaction, or neither."""
    done = 0
    for item in range(items):
        key = f"probe:{day}:{item}"
        with contextlib.suppress(IntegrityError), transaction():  # the one who came second takes all of it back
            if not db.session.scalar(select(Outbox.id).where(Outbox.dedup_key == key)):
                registry.next_number(key)
                outbox.put("probe", key, {})
                done += 1
        time.sleep(chance.uniform(0, 0.004))
    return done


def _die_between(chance: random.Random) -> None:
    """Now and then the process ends right after its claim, or with all work done and the slot not finished."""
    claim, finish = jobs.claim, jobs.finish

    def claimed(*args):
        answer = claim(*args)
        if answer == jobs.MINE and chance.random() < 0.15:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    def finished(*args):
        if chance.random() < 0.15:
            os.kill(os.getpid(), signal.SIGKILL)
        return finish(*args)

    jobs.claim, jobs.finish = claimed, finished


if __name__ == "__main__":
    main(*sys.argv[1:])
