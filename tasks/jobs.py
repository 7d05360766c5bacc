"""What runs in the background. Each job calls commands; each may run twice, late, or after a week."""

from __future__ import annotations

from collections.abc import Callable

from flask import current_app

from incubator.kernel import outbox
from incubator.obligations import commands as obligations
from incubator.obligations import schedule
from incubator.offices import sessions

BATCH = 200  # rows of the outbox in one go, well inside the time limit of a task


def drain() -> None:
    """Carry out what stands in the outbox."""
    _keep_training_time()
    while outbox.drain(BATCH) == BATCH:
        pass


def tick() -> None:
    """What time does: the days that nobody has done yet, in order. Any number of schedulers may ring at once.

    On a training instance, whose date goes back and forth, the steps of the shown day are done at each ring.
    """
    if current_app.config["TRAINING"]:
        _keep_training_time()
        obligations.tick()
    else:
        schedule.run_due()


def _keep_training_time() -> None:
    """On a training instance the date on screen is the date; a request would have read it likewise."""
    if current_app.config["TRAINING"]:
        sessions.load_shift()


COMMANDS: dict[str, Callable[[], None]] = {"drain": drain, "tick": tick}
