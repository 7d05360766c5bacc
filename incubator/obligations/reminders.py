"""Reminders: who is told of which deadline on which day, once, after any silence (A13-6, A10-2, A7-8; §3.5).

Each step of a deadline ends as one row: said to whoever owes, listed for an office, or superseded by a later step.
The row and its message are one transaction; the unique key makes a second saying impossible.
"""

from collections import defaultdict
from datetime import date, timedelta

from flask import current_app
from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from incubator.kernel import access, clock, outbox, registry
from incubator.kernel.access import Route
from incubator.kernel.database import Base, Instant, db, transaction
from incubator.kernel.outbox import Outbox
from incubator.kernel.parameters import whole
from incubator.obligations.models import Obligation
from incubator.policy.duties import REMINDER_KEYS, Step, plan, steps_of

SAID, LISTED, SUPERSEDED = "said", "listed", "superseded"
AT_ONCE = 200


class Reminder(Base):
    """What became of one step of one deadline."""

    __tablename__ = "reminder"
    id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id", ondelete="RESTRICT"))
    due_on: Mapped[date] = mapped_column(Date)
    step: Mapped[str] = mapped_column(String(16))
    became: Mapped[str] = mapped_column(String(12))
    message: Mapped[str] = mapped_column(String(160), default="")  # dedup key of the outbox row that says it
    at: Mapped[object] = mapped_column(Instant)

    __table_args__ = (
        UniqueConstraint("obligation_id", "due_on", "step"),
        Index("ix_reminder_message", "message"),
        CheckConstraint("became IN ('said', 'listed', 'superseded')", name="became"),
        CheckConstraint("(became = 'superseded') = (message = '')", name="message"),
    )


@registry.daily(60, "reminders")
def remind(day: date) -> int:
    """Say what is due; answers how many steps became something. Of missed days only the last speaks (§3.5.5)."""
    if day < clock.today():
        return 0
    days = {key: whole(key, day) for key in REMINDER_KEYS}
    horizon = day + timedelta(days=max(days.values()))
    settled, after = 0, 0
    while True:
        with transaction():
            rows = _open(after, horizon)
            settled += _settle(rows, day, days)
        if len(rows) < AT_ONCE:
            return settled
        after = rows[-1].id


def _open(after: int, horizon: date) -> list[Obligation]:
    return list(db.session.scalars(
        select(Obligation).where(Obligation.id > after, Obligation.fulfilled_at.is_(None), Obligation.due_on <= horizon)
        .order_by(Obligation.id).limit(AT_ONCE)
    ))


def _settled(rows: list[Obligation]) -> dict[tuple[int, date], set[str]]:
    found = defaultdict(set)
    ids = [row.id for row in rows]
    for number, due_on, step in db.session.execute(
        select(Reminder.obligation_id, Reminder.due_on, Reminder.step).where(Reminder.obligation_id.in_(ids))
    ):
        found[number, due_on].add(step)
    return found


def _settle(rows: list[Obligation], day: date, days: dict[str, int]) -> int:
    settled = _settled(rows)
    marks, lists = [], defaultdict(list)
    for row in rows:
        steps = steps_of(row.kind, row.debtor, days.__getitem__)
        found = plan(steps, row.due_on, clock.day_of(row.opened_at), day, frozenset(settled[row.id, row.due_on]))
        marks += [(row, step, SUPERSEDED, "") for step in found.superseded]
        for step in found.due:
            office = _office(row, step)
            if office is None:
                marks.append((row, step, SAID, f"remind:{row.kind}:{row.id}:{_target(row)}:{row.due_on}:{step.offset}"))
            else:
                lists[office].append((row, step))
    for (office_id, tier, who), items in sorted(lists.items()):
        key = f"list:{who}:{office_id}:{tier}:{day}:{items[0][0].id}"
        marks += [(row, step, LISTED, key) for row, step in items]
    return _keep(marks)


def _target(row: Obligation) -> str:
    return f"base-{row.base_id}" if row.base_id is not None else f"person-{row.person_id}"


def _office(row: Obligation, step: Step) -> tuple[int, str, str] | None:
    """The office that gets the step as part of a list; None where whoever owes is told by name."""
    if step.who == "debtor":
        return None if row.office_id is None else (row.office_id, row.tier, "own")
    return _offices_of(row.region_id)[step.who], step.who, "under"


def _offices_of(region_id: int) -> dict[str, int]:
    known = db.session.info.setdefault("offices_of", {})
    if region_id not in known:
        route = db.session.execute(select(Route.county_office_id, Route.city_office_id).where(
            Route.region_id == region_id, Route.to_on.is_(None))).one()
        known[region_id] = {"county": route[0], "city": route[1], "province": access.province_office().id}
    return known[region_id]


def _keep(marks: list[tuple[Obligation, Step, str, str]]) -> int:
    """Write the marks that nobody else has written, and the message of each that says something."""
    insert = (postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite).insert
    kept, told = 0, {}
    for row, step, became, message in marks:
        mark = insert(Reminder).values(
            obligation_id=row.id, due_on=row.due_on, step=step.name, became=became, message=message, at=clock.now(),
        )
        if db.session.execute(mark.on_conflict_do_nothing().returning(Reminder.id)).first() is None:
            continue
        kept += 1
        if became == SAID:
            told[message] = ("reminder", {"obligation": row.id, "due_on": row.due_on.isoformat(), "offset": step.offset})
        elif became == LISTED:
            _, who, office_id, tier, *_ = message.split(":")
            told[message] = ("deadline_list", {"office": int(office_id), "tier": tier, "whose": who, "list": message})
    for message, (topic, facts) in told.items():
        outbox.put(topic, message, facts)
    db.session.info.pop("offices_of", None)
    return kept


def differences(day: date) -> list[str]:
    """What the rules say should have become of each open deadline by `day`, and has not; empty is the proof (§3.5.4)."""
    days = {key: whole(key, day) for key in REMINDER_KEYS}
    horizon = day + timedelta(days=max(days.values()))
    wrong, after = [], 0
    while True:
        rows = _open(after, horizon)
        settled = _settled(rows)
        for row in rows:
            opened = clock.day_of(row.opened_at)
            wrong += [
                f"{row.id} {step.name}" for step in steps_of(row.kind, row.debtor, days.__getitem__)
                if opened <= step.day(row.due_on) <= day and step.name not in settled[row.id, row.due_on]
            ]
        if len(rows) < AT_ONCE:
            break
        after = rows[-1].id
    unsaid = select(Reminder.message).where(
        Reminder.message != "", Reminder.message.not_in(select(Outbox.dedup_key))).distinct()
    return wrong + list(db.session.scalars(unsaid))


@registry.daily(97, "reminders_missing")
def _reconcile(day: date) -> int:
    """Looks after the reminders: anything that is missing is said in the log, by number only."""
    if day < clock.today():
        return 0
    with transaction():  # what is read is ended with it: on SQLite a reader here would keep writers out
        missing = differences(day)
    if missing:
        current_app.logger.error("reminders missing on %s: %s", day, ", ".join(missing[:20]))
    return len(missing)
