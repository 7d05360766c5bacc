"""The only place that reads the clock (design law 9).

`now()` is an aware UTC instant, `today()` the date in Asia/Shanghai. A training instance shifts both by a
number of seconds kept in the database; tests fix them. Production refuses a moved clock at start-up.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

_fixed: datetime | None = None
_shift = timedelta()


def now() -> datetime:
    """The present instant, UTC."""
    return (_fixed if _fixed is not None else datetime.now(UTC)) + _shift


def today() -> date:
    """The present day in Asia/Shanghai."""
    return now().astimezone(SHANGHAI).date()


def local(instant: datetime) -> datetime:
    """`instant` as wall time in Asia/Shanghai."""
    return instant.astimezone(SHANGHAI)


def day_of(instant: datetime) -> date:
    return local(instant).date()


def end_of(day: date) -> datetime:
    """The instant 24:00 of `day` in Asia/Shanghai, as UTC: the first instant that is too late."""
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI).astimezone(UTC)


def start_of(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def set_fixed(instant: datetime | None) -> None:
    """Tests and the simulator stop the clock at `instant`; None lets it run again."""
    global _fixed
    _fixed = instant.astimezone(UTC) if instant is not None else None


def set_shift(seconds: int) -> None:
    """Training only: move the clock by `seconds`."""
    global _shift
    _shift = timedelta(seconds=seconds)


def shift_seconds() -> int:
    return int(_shift.total_seconds())


def is_moved() -> bool:
    return bool(_shift) or _fixed is not None


@contextmanager
def simulated() -> Iterator[None]:
    """A stretch in which days are played: the clock is stopped by `set_fixed`; afterwards it is as it was."""
    global _fixed, _shift
    before = _fixed, _shift
    _shift = timedelta()
    try:
        yield
    finally:
        _fixed, _shift = before
