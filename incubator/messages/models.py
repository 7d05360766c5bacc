"""The inbox: one row a person and fact."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from incubator.kernel import access
from incubator.kernel.database import Base, Instant, Sealed
from incubator.kernel.workflow import Case


class Letter(Base):
    """A message to one person; `dedup_key` makes a second delivery impossible."""

    __tablename__ = "inbox"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    dedup_key: Mapped[str] = mapped_column(String(160), unique=True)
    subject: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"))
    path: Mapped[str] = mapped_column(String(120), default="", server_default=text("''"))  # where it leads, if not to a case
    legal: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())  # its channels can't be switched off
    sent_at: Mapped[object] = mapped_column(Instant)
    read_at: Mapped[object | None] = mapped_column(Instant)
    __table_args__ = (
        Index("ix_inbox_person", "person_id", "id"),
        Index(
            "ix_inbox_unread", "person_id", sqlite_where=read_at.is_(None), postgresql_where=read_at.is_(None)
        ),
    )


class Contact(Base):
    """Where a person wants to be told outside the portal, and how often; a missing row is the usual."""

    __tablename__ = "contact"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"), primary_key=True)
    address: Mapped[str | None] = mapped_column(Sealed)  # of e-mail
    mail: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(String(8))
    digest_upto: Mapped[int] = mapped_column(Integer, default=0)  # the last letter that a daily e-mail told of
    changed_at: Mapped[object] = mapped_column(Instant)
    __table_args__ = (
        CheckConstraint("mail IN ('each', 'daily', 'legal')", name="mail"),
        CheckConstraint("text IN ('each', 'legal')", name="text"),
    )


class Delivery(Base):
    """One message that left the portal, or is to: no words, no address."""

    __tablename__ = "delivery"
    id: Mapped[int] = mapped_column(primary_key=True)
    message: Mapped[str] = mapped_column(String(160), unique=True)  # dedup key of the outbox row, known to the provider
    channel: Mapped[str] = mapped_column(String(8))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("inbox.id", ondelete="RESTRICT"))
    provider_id: Mapped[str] = mapped_column(String(120), default="")
    made_at: Mapped[object] = mapped_column(Instant)
    sent_at: Mapped[object | None] = mapped_column(Instant)
    __table_args__ = (Index("ix_delivery_open", "id", sqlite_where=sent_at.is_(None), postgresql_where=sent_at.is_(None)),)


class DeliveryAttempt(Base):
    """One try, committed before the provider is called; without a result nobody knows whether it was taken."""

    __tablename__ = "delivery_attempt"
    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id", ondelete="RESTRICT"))
    number: Mapped[int] = mapped_column(Integer)
    begun_at: Mapped[object] = mapped_column(Instant)
    ended_at: Mapped[object | None] = mapped_column(Instant)
    result: Mapped[str] = mapped_column(String(8), default="")
    provider_id: Mapped[str] = mapped_column(String(120), default="")
    detail: Mapped[str] = mapped_column(String(200), default="")
    __table_args__ = (
        UniqueConstraint("delivery_id", "number"),
        CheckConstraint("result IN ('', 'sent', 'known', 'refused', 'failed', 'unknown')", name="result"),
        CheckConstraint("(result = '') = (ended_at IS NULL)", name="ended"),
    )


@access.scope(Letter)
def _letter_sight(actor):
    """One's own letters, but those about a case only while the case is in sight: when a base moves to another
    county, what was said of it goes too (R-2.3, P4).
    """
    about = Letter.case_id.is_(None) | Letter.case_id.in_(access.visible(actor, Case, Case.id))
    return (Letter.person_id == actor.person_id) & about
