"""Slots of work that time brings, each leased by one worker at a time (reliability §3.5.5).

A lease only saves work: whoever dies within it loses it, and the next one does the slot again, which changes
nothing that is done. Only `finished_at` ends a slot.
"""

from datetime import date, timedelta

from sqlalchemy import CheckConstraint, Integer, String, Text, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from incubator.kernel import clock
from incubator.kernel.database import Base, Instant, db, transaction

LEASE = timedelta(minutes=5)
MINE, DONE, TAKEN = "mine", "done", "taken"


class JobRun(Base):
    """One slot of a job: who has it until when, and since when it is done."""

    __tablename__ = "job_run"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    slot: Mapped[str] = mapped_column(String(24), primary_key=True)
    lease_owner: Mapped[str] = mapped_column(String(32))
    lease_until: Mapped[object] = mapped_column(Instant)
    attempts: Mapped[int] = mapped_column(Integer, default=1)
    last_error: Mapped[str] = mapped_column(Text, default="")
    finished_at: Mapped[object | None] = mapped_column(Instant)
    __table_args__ = (CheckConstraint("attempts >= 1", name="attempts"),)


def claim(name: str, slot: str, owner: str) -> str:
    """Take the slot: `MINE`, or `DONE` when it is finished, or `TAKEN` while another's lease runs."""
    now = clock.now()
    held = {"lease_owner": owner, "lease_until": now + LEASE}
    with transaction() as session:
        insert = (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert
        fresh = session.execute(
            insert(JobRun).values(name=name, slot=slot, attempts=1, last_error="", **held)
            .on_conflict_do_nothing().returning(JobRun.slot)
        )
        if fresh.first() is not None:
            return MINE
        again = session.execute(
            update(JobRun)
            .where(JobRun.name == name, JobRun.slot == slot, JobRun.finished_at.is_(None), JobRun.lease_until < now)
            .values(attempts=JobRun.attempts + 1, **held)
        )
        if again.rowcount == 1:
            return MINE
        done = session.scalar(select(JobRun.finished_at).where(JobRun.name == name, JobRun.slot == slot))
        return DONE if done is not None else TAKEN


def renew(name: str, slot: str, owner: str) -> bool:
    """Keep the slot for another while; False when it was lost."""
    return _mine(name, slot, owner, lease_until=clock.now() + LEASE)


def finish(name: str, slot: str, owner: str) -> bool:
    """The slot is done; False when the lease had been lost and another finishes it."""
    return _mine(name, slot, owner, finished_at=clock.now(), last_error="")


def leave(name: str, slot: str, owner: str, error: str) -> bool:
    """Something failed: the slot stays open and says why; it is tried again when the lease is over."""
    return _mine(name, slot, owner, last_error=error[:500])


def _mine(name: str, slot: str, owner: str, **values) -> bool:
    with transaction() as session:
        kept = session.execute(
            update(JobRun)
            .where(JobRun.name == name, JobRun.slot == slot, JobRun.lease_owner == owner, JobRun.finished_at.is_(None))
            .values(**values)
        )
        return kept.rowcount == 1


def days_to_do(name: str, today: date) -> list[date]:
    """The days up to `today` whose slot is not finished, in order: those left open, then those nobody began.

    Where no slot was ever begun it is today only: what was before the job existed is caught up by its steps.
    """
    with transaction() as session:
        upto = JobRun.slot <= today.isoformat()
        last = session.scalar(select(func.max(JobRun.slot)).where(JobRun.name == name, upto))
        left = session.scalars(
            select(JobRun.slot).where(JobRun.name == name, upto, JobRun.finished_at.is_(None)).order_by(JobRun.slot)
        ).all()
    days = [date.fromisoformat(slot) for slot in left]
    day = date.fromisoformat(last) + timedelta(days=1) if last else today
    while day <= today:
        days.append(day)
        day += timedelta(days=1)
    return days


def open_slots() -> list[JobRun]:
    """Slots that somebody began and nobody finished: for whoever looks after the portal."""
    return list(db.session.scalars(select(JobRun).where(JobRun.finished_at.is_(None)).order_by(JobRun.slot)))
