"""The calendar feed: one's own deadlines for a calendar program, behind a secret address (RFC 5545).

Only the hash of the secret is kept; it can be renewed or withdrawn, and ends with the membership it was made under.
"""

import secrets
from datetime import UTC, timedelta

from flask import current_app
from sqlalchemy import ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column

from incubator.kernel import access, clock, ledger, security
from incubator.kernel.access import Actor
from incubator.kernel.database import Base, Instant, db, transaction
from incubator.kernel.errors import NotVisible
from incubator.obligations.models import Obligation
from incubator.offices import sessions
from incubator.offices.models import Membership, Person

MOST = 500
OCTETS = 75  # of a line, its end not counted (RFC 5545, 3.1)


class CalendarFeed(Base):
    """The open feed of one membership; a missing row is no feed."""

    __tablename__ = "calendar_feed"
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id", ondelete="RESTRICT"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[object] = mapped_column(Instant)


def open_since(actor: Actor):
    return db.session.scalar(select(CalendarFeed.made_at).where(CalendarFeed.membership_id == actor.membership_id))


def renew(actor: Actor) -> str:
    """A new secret, told this once; an older address of the same membership stops working."""
    access.require(actor, "obligation.feed")
    secret = secrets.token_urlsafe(32)
    with transaction():
        db.session.execute(delete(CalendarFeed).where(CalendarFeed.membership_id == actor.membership_id))
        db.session.add(CalendarFeed(
            membership_id=actor.membership_id, token_hash=security.digest(secret), made_at=clock.now()))
        ledger.append("system", "feed_renewed", actor, {"membership": actor.membership_id})
    return secret


def withdraw(actor: Actor) -> None:
    """The address stops working at once."""
    access.require(actor, "obligation.feed")
    with transaction():
        gone = db.session.execute(delete(CalendarFeed).where(CalendarFeed.membership_id == actor.membership_id))
        if gone.rowcount:
            ledger.append("system", "feed_withdrawn", actor, {"membership": actor.membership_id})


def of_secret(secret: str) -> Actor:
    """Whose deadlines the address shows; NotVisible where there is none, or the person or membership has ended."""
    found = db.session.execute(
        select(Person, Membership)
        .join(Membership, Membership.person_id == Person.id)
        .join(CalendarFeed, CalendarFeed.membership_id == Membership.id)
        .where(CalendarFeed.token_hash == security.digest(secret), Membership.to_on.is_(None), Person.disabled_at.is_(None))
    ).first()
    if found is None:
        raise NotVisible("calendar_feed")
    return sessions.actor_of(*found)


def calendar(actor: Actor) -> str:
    """The open deadlines of this actor as whole-day events: number and title, no person, no telephone."""
    host = current_app.config["PORTAL"].PUBLIC_BASE_URL.partition("://")[2].partition(":")[0]
    stamp = clock.now().astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//{host}//deadlines//ZH", "CALSCALE:GREGORIAN",
             "METHOD:PUBLISH", "X-WR-CALNAME:创业孵化基地期限"]
    rows = db.session.scalars(
        access.visible(actor, Obligation).where(Obligation.fulfilled_at.is_(None))
        .options(joinedload(Obligation.case)).order_by(Obligation.due_on, Obligation.id).limit(MOST)
    )
    for row in rows:
        after = row.due_on + timedelta(days=1)  # the end of a whole-day event is the day after
        lines += [
            "BEGIN:VEVENT", f"UID:obligation-{row.id}@{host}", f"DTSTAMP:{stamp}", f"DTSTART;VALUE=DATE:{row.due_on:%Y%m%d}",
            f"DTEND;VALUE=DATE:{after:%Y%m%d}", f"SUMMARY:{escaped(row.name)}",
            f"URL:{current_app.config['PORTAL'].PUBLIC_BASE_URL}/obligations/{row.id}", "TRANSP:TRANSPARENT", "END:VEVENT",
        ]
    return "".join(folded(line) for line in [*lines, "END:VCALENDAR"])


def escaped(text: str) -> str:
    """A value of type TEXT (RFC 5545, 3.3.11)."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


def folded(line: str) -> str:
    """The line with its end, folded so that none is longer than 75 octets and no character is cut (RFC 5545, 3.1)."""
    parts, part, size = [], "", 0
    for sign in line:
        octets = len(sign.encode())
        if size + octets > OCTETS:
            parts.append(part)
            part, size = "", 1  # the blank that marks a continued line
        part += sign
        size += octets
    return "\r\n ".join([*parts, part]) + "\r\n"
