"""Attempts within a window, counted in the database by one atomic statement (P14)."""

from datetime import timedelta

from sqlalchemy import case
from sqlalchemy.dialects import postgresql, sqlite

from incubator.kernel import clock
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import TooMany
from incubator.offices.models import Throttle

WINDOW = timedelta(minutes=15)


def count_attempt(bucket: str, limit: int, window: timedelta = WINDOW) -> bool:
    """Count one attempt in the caller's transaction; False once the window holds more than `limit`.

    The attempt that fills the window starts it anew: from then on it stays shut for the whole `window`.
    """
    now = clock.now()
    insert = (postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite).insert
    started = Throttle.window_start < now - window
    count = db.session.execute(
        insert(Throttle)
        .values(bucket=bucket[:120], window_start=now, count=1)
        .on_conflict_do_update(
            index_elements=["bucket"],
            set_={
                "count": case((started, 1), else_=Throttle.count + 1),
                "window_start": case((started | (Throttle.count + 1 == limit), now), else_=Throttle.window_start),
            },
        )
        .returning(Throttle.count)
    ).scalar_one()
    return count <= limit


def throttle_public(ip: str, what: str = "ask", limit: int = 30) -> None:
    """Forms without an account: at most `limit` from one address in a quarter of an hour."""
    with transaction():
        allowed = count_attempt(f"{what}:{ip}", limit)
    if not allowed:
        raise TooMany()
