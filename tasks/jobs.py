"""What runs in the background. Each job calls commands; each may run twice, late, or after a week."""

from __future__ import annotations

from collections.abc import Callable

from incubator.kernel import clock, outbox
from incubator.obligations import commands as obligations

BATCH = 200  # rows of the outbox in one go, well inside the time limit of a task


def drain() -> None:
    """Carry out what stands in the outbox."""
    while outbox.drain(BATCH) == BATCH:
        pass


def tick() -> None:
    """What time does: the daily steps up to today. A second run on the same day finds nothing to do."""
    obligations.tick(clock.today())


COMMANDS: dict[str, Callable[[], None]] = {"drain": drain, "tick": tick}
