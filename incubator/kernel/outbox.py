"""Messages stored with the act that causes them. The database is the queue; Celery only rings (§3.5)."""

import json
import secrets
from datetime import timedelta

from sqlalchemy import Index, Integer, String, Text, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from incubator.kernel import clock, registry
from incubator.kernel.database import Base, Instant, db, transaction

BACKOFF_MINUTES = (1, 2, 5, 15, 60, 120, 240, 480)
LEASE = timedelta(seconds=60)
ALARM = timedelta(minutes=10)  # the oldest undone message may be this old (§3.5.4)


class Outbox(Base):
    """One message to be carried out. `payload` holds ids only, never personal data."""

    __tablename__ = "outbox"
    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(String(40))
    dedup_key: Mapped[str] = mapped_column(String(160), unique=True)
    payload: Mapped[str] = mapped_column(Text)
    first_at: Mapped[object | None] = mapped_column(Instant)  # when it was to be carried out first
    not_before: Mapped[object] = mapped_column(Instant)
    lease_owner: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[object | None] = mapped_column(Instant)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str | None] = mapped_column(Text)
    done_at: Mapped[object | None] = mapped_column(Instant)
    dead_at: Mapped[object | None] = mapped_column(Instant)
    __table_args__ = (
        Index(
            "ix_outbox_waiting", "not_before", "id",
            sqlite_where=done_at.is_(None) & dead_at.is_(None),
            postgresql_where=done_at.is_(None) & dead_at.is_(None),
        ),
    )

    @property
    def facts(self) -> dict:
        return json.loads(self.payload)


def put(topic: str, dedup_key: str, payload: dict, *, not_before=None) -> None:
    """Add a message in the caller's transaction."""
    when = not_before or clock.now()
    db.session.add(
        Outbox(
            topic=topic, dedup_key=dedup_key, payload=json.dumps(payload, sort_keys=True), first_at=when, not_before=when,
        )
    )


def drain(limit: int = 200) -> int:
    """Carry out what waits; returns how many were done. Safe with any number of drainers."""
    owner = secrets.token_hex(8)
    done = 0
    due = select(Outbox.id).where(
        Outbox.done_at.is_(None), Outbox.dead_at.is_(None), Outbox.not_before <= clock.now(),
        or_(Outbox.lease_until.is_(None), Outbox.lease_until < clock.now()),
    )
    waiting = list(db.session.scalars(due.order_by(Outbox.not_before, Outbox.id).limit(limit)))
    db.session.rollback()
    for row_id in waiting:
        if _claim(row_id, owner):
            done += _carry_out(row_id, owner)
    return done


def _claim(row_id: int, owner: str) -> bool:
    now = clock.now()
    with transaction() as session:
        claimed = session.execute(
            update(Outbox)
            .where(
                Outbox.id == row_id, Outbox.done_at.is_(None), Outbox.dead_at.is_(None),
                or_(Outbox.lease_until.is_(None), Outbox.lease_until < now),
            )
            .values(lease_owner=owner, lease_until=now + LEASE, attempts=Outbox.attempts + 1)
        )
        return claimed.rowcount == 1


def _carry_out(row_id: int, owner: str) -> int:
    try:
        with transaction() as session:
            row = session.get(Outbox, row_id, populate_existing=True)
            if row.lease_owner != owner or row.done_at is not None:
                return 0
            if not registry.is_external(row.topic):
                registry.handler_of(row.topic)(row)
                row.done_at = clock.now()
                return 1
        registry.handler_of(row.topic)(row)  # nobody waits for a provider with the database's locks in hand
        with transaction() as session:
            session.execute(update(Outbox).where(Outbox.id == row_id, Outbox.done_at.is_(None)).values(done_at=clock.now()))
        return 1
    except Exception as error:  # the row keeps its error and is tried again; nothing is lost
        with transaction() as session:
            row = session.get(Outbox, row_id, populate_existing=True)
            row.last_error = f"{type(error).__name__}: {error}"[:500]
            row.lease_until = None
            if row.attempts >= len(BACKOFF_MINUTES):
                row.dead_at = clock.now()
            else:
                row.not_before = clock.now() + timedelta(minutes=BACKOFF_MINUTES[row.attempts - 1])
        return 0


def oldest_undone():
    """How long the oldest message waits that could have been carried out by now; None where none waits."""
    asked = func.coalesce(Outbox.first_at, Outbox.not_before)
    since = db.session.scalar(
        select(func.min(asked)).where(Outbox.done_at.is_(None), Outbox.dead_at.is_(None), asked <= clock.now())
    )
    return None if since is None else clock.now() - since


def dead(limit: int = 100) -> list[Outbox]:
    """What was given up after eight attempts, the newest first."""
    return list(db.session.scalars(
        select(Outbox).where(Outbox.dead_at.is_not(None)).order_by(Outbox.dead_at.desc()).limit(limit)
    ))


def revive(row_id: int) -> bool:
    """Try a dead message again from the beginning; False where it is not dead."""
    found = db.session.execute(
        update(Outbox).where(Outbox.id == row_id, Outbox.dead_at.is_not(None))
        .values(dead_at=None, attempts=0, not_before=clock.now(), lease_until=None, lease_owner=None)
    )
    return found.rowcount == 1
