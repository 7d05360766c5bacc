"""Starting and killing worker processes, and what must stand in the inbox afterwards (P11, P12)."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import date

from sqlalchemy import func, select

from incubator.kernel import clock
from incubator.kernel.database import db, transaction
from incubator.kernel.outbox import Outbox
from incubator.messages.models import Letter
from incubator.obligations import reminders
from incubator.obligations.commands import open_obligation
from incubator.offices.models import Membership
from tests import walk
from tests.conftest import ROOT
from tests.obligations.steps import UNIT
from tests.servers import end_with_parent

DUE = date(2026, 7, 20)


class Workers:
    """Worker processes, one at a time."""

    def __init__(self, app, redis_url: str, work: float = 0.02) -> None:
        config = app.config["PORTAL"]
        self.mother = subprocess.Popen(
            [sys.executable, "-m", "tests.promises.worker", config.DATABASE_URL, str(config.INSTANCE_DIR), redis_url, str(work)],
            cwd=ROOT, preexec_fn=end_with_parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, bufsize=1,
        )
        self.pid = 0

    def start(self) -> None:
        self.mother.stdin.write("one more\n")
        self.pid = int(self.mother.stdout.readline())

    def kill(self) -> None:
        """-9 for the worker, its pool and its beat alike."""
        for _ in range(200):  # until none of them is left
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
                time.sleep(0.01)
                continue
            return

    def end(self) -> None:
        self.kill()
        self.mother.kill()
        self.mother.wait()


def remind(number: int) -> set[str]:
    """`number` reminders of one base fall due; answers the keys of the letters that must then stand in the inbox."""
    clock.set_fixed(clock.start_of(date(2026, 6, 1)))
    walk.staff("220104")
    base, _ = walk.open_account(UNIT)
    with transaction():
        for n in range(number):
            open_obligation(kind="report", key=f"{base.id}:{n}", due_on=DUE, article="13", region_id=base.region_id,
                            base_id=base.id, title=f"第{n}期季报")
    clock.set_fixed(clock.start_of(date(2026, 7, 10)))
    reminders.remind(clock.today())
    people = db.session.scalars(select(Membership.person_id).where(Membership.base_id == base.id)).all()
    due = {
        f"{key}:{person}" for person in people
        for key in db.session.scalars(select(Outbox.dedup_key).where(Outbox.topic == "reminder"))
    }
    assert len(due) == number * len(people)
    clock.set_fixed(None)  # the workers read the real clock: what was to be sent in July 2026 is due by now
    db.session.remove()
    return due


def letters() -> Counter:
    with db.engine.connect() as connection:
        return Counter(connection.scalars(select(Letter.dedup_key).where(Letter.dedup_key.like("remind:%"))))


def undone() -> int:
    with db.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(Outbox).where(Outbox.done_at.is_(None)))


def wait_for(what: Callable[[], bool], seconds: float) -> float:
    """How long it took until `what` holds; fails when it takes longer than `seconds`."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        time.sleep(0.05)
    return time.monotonic() - began
