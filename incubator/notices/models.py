"""Notices, what they list, and what the public said to them."""

from datetime import date, timedelta

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    true,
)
from sqlalchemy import false as no_row
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.kernel import access, clock
from incubator.kernel.database import Base, Instant, Sealed
from incubator.kernel.workflow import Case


def _day_number(column: str) -> str:
    """The Julian day number of a date column, in arithmetic that SQLite and PostgreSQL read alike."""
    year, month, day = (
        f"CAST(substr(CAST({column} AS VARCHAR(10)), {start}, {length}) AS INTEGER)"
        for start, length in ((1, 4), (6, 2), (9, 2))
    )
    shift = f"(({month} - 14) / 12)"
    return (
        f"((1461 * ({year} + 4800 + {shift})) / 4 + (367 * ({month} - 2 - 12 * {shift})) / 12"
        f" - (3 * (({year} + 4900 + {shift}) / 100)) / 4 + {day})"
    )


class Notice(Base):
    """One public notice. Once published it never changes: a correction is a new notice."""

    __tablename__ = "notice"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    title: Mapped[str] = mapped_column(String(100))
    body: Mapped[str] = mapped_column(Text)
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    contact_unit: Mapped[str] = mapped_column(String(60))
    contact_phone: Mapped[str] = mapped_column(String(30))
    contact_address: Mapped[str] = mapped_column(String(100))
    published_at: Mapped[object] = mapped_column(Instant)
    published_by: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))

    items: Mapped[list["NoticeItem"]] = relationship(back_populates="notice", order_by="NoticeItem.id")

    __table_args__ = (
        CheckConstraint(f"{_day_number('ends_on')} - {_day_number('starts_on')} >= 7", name="one_week"),
        Index("ix_notice_ends", "ends_on"),
    )

    @property
    def deadline(self):
        """The last instant at which an objection is in time: the end of the last day."""
        return clock.end_of(self.ends_on) - timedelta(microseconds=1)

    def over(self, day: date) -> bool:
        """Whether the notice has run out by `day`: from the day after its last one."""
        return day > self.ends_on


class NoticeItem(Base):
    """One applicant of a notice, with the names as published. Closed when the case leaves notice and decision."""

    __tablename__ = "notice_item"
    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id", ondelete="RESTRICT"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"))
    base_id: Mapped[int] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    base_name: Mapped[str] = mapped_column(String(60))
    operator_name: Mapped[str] = mapped_column(String(80))
    investor_name: Mapped[str] = mapped_column(String(100))
    region_name: Mapped[str] = mapped_column(String(80))
    level: Mapped[str] = mapped_column(String(16))
    closed_at: Mapped[object | None] = mapped_column(Instant)

    notice: Mapped[Notice] = relationship(back_populates="items")
    case: Mapped[Case] = relationship()

    __table_args__ = (
        UniqueConstraint("notice_id", "case_id"),
        Index(
            "uq_notice_item_open", "case_id", unique=True,
            sqlite_where=closed_at.is_(None), postgresql_where=closed_at.is_(None),
        ),
        Index("ix_notice_item_case", "case_id"),
        Index("ix_notice_item_base", "base_id"),
        CheckConstraint("level IN ('base', 'demonstration')", name="level"),
    )


class Objection(Base):
    """What somebody said to a notice. The notice's deadline is copied in, so that the CHECK can judge it.

    `file_id` is the first file (of a unit the sealed statement); all of them stand in `files`. The verifier is named
    when 核查 starts.
    """

    __tablename__ = "objection"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id", ondelete="RESTRICT"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"))
    notice_deadline: Mapped[object] = mapped_column(Instant)
    received_at: Mapped[object] = mapped_column(Instant)
    objector: Mapped[str] = mapped_column(String(12))
    name: Mapped[str | None] = mapped_column(Sealed)
    phone: Mapped[str | None] = mapped_column(Sealed)
    facts: Mapped[str] = mapped_column(Text)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    receipt_hash: Mapped[str] = mapped_column(String(64), unique=True)
    contact: Mapped[str | None] = mapped_column(Sealed)
    status: Mapped[str] = mapped_column(String(12), default="received")
    verifier_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    verifying_at: Mapped[object | None] = mapped_column(Instant)
    reply: Mapped[str] = mapped_column(Text, default="")
    handled_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    handled_at: Mapped[object | None] = mapped_column(Instant)

    notice: Mapped[Notice] = relationship()
    case: Mapped[Case] = relationship()
    files: Mapped[list["ObjectionFile"]] = relationship(order_by="ObjectionFile.id")

    __table_args__ = (
        ForeignKeyConstraint(
            ["notice_id", "case_id"], ["notice_item.notice_id", "notice_item.case_id"], ondelete="RESTRICT",
            name="fk_objection_item",
        ),
        CheckConstraint("kind IN ('objection', 'tip', 'complaint')", name="kind"),
        CheckConstraint("kind <> 'objection' OR received_at <= notice_deadline", name="in_time"),
        CheckConstraint("kind = 'complaint' OR received_at <= notice_deadline", name="late"),
        CheckConstraint("kind <> 'objection' OR objector <> 'unit' OR file_id IS NOT NULL", name="sealed"),
        CheckConstraint("kind <> 'objection' OR (name IS NOT NULL AND phone IS NOT NULL)", name="named"),
        CheckConstraint("status IN ('received', 'checking', 'upheld', 'partly', 'rejected')", name="status"),
        CheckConstraint(
            "(status IN ('received', 'checking') AND handled_by IS NULL AND handled_at IS NULL AND reply = '')"
            " OR (status NOT IN ('received', 'checking') AND handled_by IS NOT NULL AND handled_at IS NOT NULL"
            " AND reply <> '')",
            name="answered",
        ),
        CheckConstraint(
            "(verifier_id IS NULL) = (verifying_at IS NULL) AND (status <> 'checking' OR verifier_id IS NOT NULL)",
            name="verifier",
        ),
        Index("ix_objection_case", "case_id", "notice_id", "kind", "status"),
        Index("ix_objection_notice", "notice_id", "id"),
    )


class ObjectionFile(Base):
    """One file that came with a message: the sealed statement of a unit, or a proof."""

    __tablename__ = "objection_file"
    id: Mapped[int] = mapped_column(primary_key=True)
    objection_id: Mapped[int] = mapped_column(ForeignKey("objection.id", ondelete="RESTRICT"))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    what: Mapped[str] = mapped_column(String(8))

    __table_args__ = (
        UniqueConstraint("objection_id", "file_id"),
        CheckConstraint("what IN ('seal', 'proof')", name="what"),
    )


@access.scope(Notice)
def _notice_sight(actor):
    """A published notice is for everybody."""
    return true()


@access.scope(Objection)
def _objection_sight(actor):
    """Who objected and what was said is for the province alone, never for the base (AMB-21)."""
    return true() if actor.tier in ("province", "service") else no_row()
