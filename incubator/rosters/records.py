"""Rows of the records that a base keeps beside its rosters: graduates, services, activities, tax relief.

Like a tenant's, each row has versions; unlike one it does not leave but may be struck out, with a reason.
"""

from datetime import date
from decimal import Decimal

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from incubator.kernel import access
from incubator.kernel.database import Base
from incubator.rosters.models import VersionRow, rows_in_sight

_HERE = text("out_on IS NULL")
_FILE = "stored_file.id"
Money = Numeric(17, 2)


class _Record:
    """What each record has: its base, whether it was struck out, and its version."""

    id: Mapped[int] = mapped_column(primary_key=True)
    base_id: Mapped[int] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    status: Mapped[str] = mapped_column(String(12), default="active")
    out_on: Mapped[date | None] = mapped_column(Date)
    out_kind: Mapped[str | None] = mapped_column(String(100))
    version: Mapped[int] = mapped_column(Integer, default=1)


def _struck() -> tuple:
    return (
        CheckConstraint("status IN ('active','left')", name="status"),
        CheckConstraint("(status = 'active') = (out_on IS NULL)", name="struck"),
        CheckConstraint("out_on IS NULL OR out_kind IS NOT NULL", name="reason"),
    )


class Graduate(_Record, Base):
    """§8.8: one tenant that graduated. A code occurs once; cumulative graduates are distinct codes."""

    __tablename__ = "graduate"
    name: Mapped[str] = mapped_column(String(80))
    uscc: Mapped[str] = mapped_column(String(18))
    in_on: Mapped[date] = mapped_column(Date)
    grad_on: Mapped[date] = mapped_column(Date)
    criterion: Mapped[str] = mapped_column(Text, default="[]")
    criterion_note: Mapped[str | None] = mapped_column(String(200))
    revenue: Mapped[Decimal] = mapped_column(Money)
    jobs: Mapped[int] = mapped_column(Integer)
    now_at: Mapped[str | None] = mapped_column(String(100))
    in_province: Mapped[bool] = mapped_column(Boolean)
    proof: Mapped[int | None] = mapped_column(ForeignKey(_FILE, ondelete="RESTRICT"))
    __table_args__ = (
        Index("uq_graduate_active", "base_id", "uscc", unique=True, sqlite_where=_HERE, postgresql_where=_HERE),
        Index("ix_graduate_base", "base_id", "grad_on", "id"),
        CheckConstraint("grad_on > in_on", name="order"),
        *_struck(),
    )


class ServiceRecord(_Record, Base):
    """§8.6: one service, one financing result or one safety check."""

    __tablename__ = "service_record"
    served_on: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(16))
    content: Mapped[str] = mapped_column(String(200))
    targets: Mapped[str | None] = mapped_column(String(500))
    ent_n: Mapped[int | None] = mapped_column(Integer)
    people: Mapped[int | None] = mapped_column(Integer)
    server: Mapped[str] = mapped_column(String(60))
    matching: Mapped[bool | None] = mapped_column(Boolean)
    fee: Mapped[str | None] = mapped_column(String(8))
    amount: Mapped[Decimal | None] = mapped_column(Money)
    satisfaction: Mapped[int | None] = mapped_column(Integer)
    fin_amount: Mapped[Decimal | None] = mapped_column(Money)
    fin_source: Mapped[str | None] = mapped_column(String(60))
    hazards: Mapped[int | None] = mapped_column(Integer)
    fixed: Mapped[int | None] = mapped_column(Integer)
    fixed_on: Mapped[date | None] = mapped_column(Date)
    proof: Mapped[int | None] = mapped_column(ForeignKey(_FILE, ondelete="RESTRICT"))
    __table_args__ = (
        Index("ix_service_record_base", "base_id", "served_on", "id"),
        CheckConstraint("fixed IS NULL OR hazards IS NULL OR fixed <= hazards", name="fixed"),
        *_struck(),
    )


class Activity(_Record, Base):
    """A9-1: one activity of innovation and entrepreneurship that the base took part in."""

    __tablename__ = "activity"
    name: Mapped[str] = mapped_column(String(100))
    held_on: Mapped[date] = mapped_column(Date)
    organiser: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(12))
    level: Mapped[str | None] = mapped_column(String(12))
    people: Mapped[int | None] = mapped_column(Integer)
    result: Mapped[str | None] = mapped_column(String(200))
    proof: Mapped[int | None] = mapped_column(ForeignKey(_FILE, ondelete="RESTRICT"))
    __table_args__ = (Index("ix_activity_base", "base_id", "held_on", "id"), *_struck())


class TaxRelief(_Record, Base):
    """A11-1: one relief in one year, its basis, and the papers kept for it."""

    __tablename__ = "tax_relief"
    tax: Mapped[str] = mapped_column(String(12))
    tax_note: Mapped[str | None] = mapped_column(String(40))
    basis: Mapped[str] = mapped_column(String(100))
    qualification: Mapped[str] = mapped_column(String(20))
    qualification_no: Mapped[str] = mapped_column(String(60))
    start_on: Mapped[date] = mapped_column(Date)
    year: Mapped[int] = mapped_column(Integer)
    amount: Mapped[Decimal] = mapped_column(Money)
    kept: Mapped[str] = mapped_column(Text, default="[]")
    separate: Mapped[bool] = mapped_column(Boolean)
    papers: Mapped[str] = mapped_column(Text, default="[]")
    __table_args__ = (
        Index("ix_tax_relief_base", "base_id", "year", "id"),
        CheckConstraint("amount >= 0", name="amount"),
        *_struck(),
    )


def _changes_of(table: str) -> tuple:
    return (
        UniqueConstraint("row_id", "version"),
        Index(f"ix_{table}_change_base", "base_id", "id"),
        CheckConstraint("kind IN ('added','changed','left','back')", name="kind"),
    )


class GraduateChange(VersionRow, Base):
    """What happened to a row of the graduates."""

    __tablename__ = "graduate_change"
    row_id: Mapped[int] = mapped_column(ForeignKey("graduate.id", ondelete="RESTRICT"))
    __table_args__ = _changes_of("graduate")


class ServiceRecordChange(VersionRow, Base):
    """What happened to a row of the service ledger."""

    __tablename__ = "service_record_change"
    row_id: Mapped[int] = mapped_column(ForeignKey("service_record.id", ondelete="RESTRICT"))
    __table_args__ = _changes_of("service_record")


class ActivityChange(VersionRow, Base):
    """What happened to a row of the activities."""

    __tablename__ = "activity_change"
    row_id: Mapped[int] = mapped_column(ForeignKey("activity.id", ondelete="RESTRICT"))
    __table_args__ = _changes_of("activity")


class TaxReliefChange(VersionRow, Base):
    """What happened to a row of the tax relief."""

    __tablename__ = "tax_relief_change"
    row_id: Mapped[int] = mapped_column(ForeignKey("tax_relief.id", ondelete="RESTRICT"))
    __table_args__ = _changes_of("tax_relief")


def _in_sight(model, change) -> None:
    access.scope(model)(lambda actor: rows_in_sight(actor, model, change))


for _model, _versions in (
    (Graduate, GraduateChange), (ServiceRecord, ServiceRecordChange), (Activity, ActivityChange), (TaxRelief, TaxReliefChange),
):
    _in_sight(_model, _versions)
