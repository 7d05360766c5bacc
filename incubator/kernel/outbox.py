"""Messages stored with the act that causes them. The database is the queue; Celery only rings (§3.5)."""

import json
import secrets
from datetime import timedelta

from sqlalchemy import Index, Integer, String, Text, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from incubator.kernel import clock, registry
from incubator.kernel.database import Base, Instant, db, transaction

BACKOFF_MINUTES = (1, 2, 5, 15, 60, 120, 240, 480)
LEASE = timedelta(seconds=60)


class Outbox(Base):
    """One message to be carried out. `payload` holds ids only, never personal data."""

    __tablename__ = "outbox"
    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(String(40))
    dedup_key: Mapped[str] = mapped_column(String(160), unique=True)
    payload: Mapped[str] = mapped_column(Text)
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
    db.session.add(
        Outbox(
            topic=topic, dedup_key=dedup_key, payload=json.dumps(payload, sort_keys=True),
            not_before=not_before or clock.now(),
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
            registry.handler_of(row.topic)(row)
            row.done_at = clock.now()
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
