"""Base and its spans. Each span names the decision or case that opened it."""

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
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.kernel import access
from incubator.kernel.database import Base as Model
from incubator.kernel.database import Instant, Sealed

Area = Numeric(12, 2)
# as text: the first migration is written on SQLite and must be read by PostgreSQL too
_ACCOUNT_OPEN = text("account_open IS TRUE")


class Base(Model):
    """An incubation base. `region_id` decides its route; names are copies of the open spans."""

    __tablename__ = "base"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(24), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    name_key: Mapped[str] = mapped_column(String(60))
    region_id: Mapped[int] = mapped_column(ForeignKey("region.id", ondelete="RESTRICT"))
    address: Mapped[str] = mapped_column(String(100))
    site_key: Mapped[str] = mapped_column(String(120))
    operator_name: Mapped[str] = mapped_column(String(80))
    operator_uscc: Mapped[str] = mapped_column(String(18))
    investor_name: Mapped[str] = mapped_column(String(80), default="")
    investor_idno: Mapped[str | None] = mapped_column(Sealed)
    investor_index: Mapped[str | None] = mapped_column(String(64))
    contact_name: Mapped[str] = mapped_column(String(20), default="")
    contact_phone: Mapped[str | None] = mapped_column(Sealed)
    area_total: Mapped[Decimal | None] = mapped_column(Area)
    area_incub: Mapped[Decimal | None] = mapped_column(Area)
    area_public: Mapped[Decimal | None] = mapped_column(Area)
    area_maker: Mapped[Decimal | None] = mapped_column(Area)
    filing_no: Mapped[str | None] = mapped_column(String(40), unique=True)
    filed_on: Mapped[date | None] = mapped_column(Date)
    profile: Mapped[str] = mapped_column(Text, default="{}")
    status_now: Mapped[str] = mapped_column(String(20), default="account")
    level_now: Mapped[str] = mapped_column(String(16), default="")
    closed_at: Mapped[object | None] = mapped_column(Instant)
    created_at: Mapped[object] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, default=1)
    account_open: Mapped[bool] = mapped_column(Boolean, default=True)

    region: Mapped[access.Region] = relationship()

    __table_args__ = (
        Index(
            "uq_base_account", "operator_uscc", "site_key", unique=True,
            sqlite_where=_ACCOUNT_OPEN, postgresql_where=_ACCOUNT_OPEN,
        ),
        Index(
            "uq_base_name_key", "name_key", unique=True,
            sqlite_where=closed_at.is_(None), postgresql_where=closed_at.is_(None),
        ),
        Index("ix_base_region_status", "region_id", "status_now", "id"),
        Index("ix_base_status", "status_now", "level_now", "id"),
    )


class ValidityPeriod(Model):
    """A period of validity (第十条), opened by a decision."""

    __tablename__ = "validity_period"
    id: Mapped[int] = mapped_column(primary_key=True)
    base_id: Mapped[int] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    from_on: Mapped[date] = mapped_column(Date)
    to_on: Mapped[date] = mapped_column(Date)
    in_force_on: Mapped[date] = mapped_column(Date)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id", ondelete="RESTRICT"))
    __table_args__ = (UniqueConstraint("base_id", "from_on"), CheckConstraint("to_on > from_on", name="order"))


_OPEN = text("to_on IS NULL")


class _Span:
    id: Mapped[int] = mapped_column(primary_key=True)
    base_id: Mapped[int] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    from_on: Mapped[date] = mapped_column(Date)
    to_on: Mapped[date | None] = mapped_column(Date)
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id", ondelete="RESTRICT"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"))


class LevelSpan(_Span, Model):
    """`base` (省级基地) or `demonstration` (省级示范基地), each from its decision (第三、八条)."""

    __tablename__ = "level_span"
    level: Mapped[str] = mapped_column(String(16))
    __table_args__ = (
        CheckConstraint("level IN ('base', 'demonstration')", name="level"),
        CheckConstraint("decision_id IS NOT NULL", name="decided"),
        Index("uq_level_span_open", "base_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )


class NameSpan(_Span, Model):
    """The base's name over time (第十八、十九条)."""

    __tablename__ = "name_span"
    name: Mapped[str] = mapped_column(String(60))
    __table_args__ = (Index("uq_name_span_open", "base_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),)


class InvestorSpan(_Span, Model):
    """The investor over time (第四、十八条)."""

    __tablename__ = "investor_span"
    name: Mapped[str] = mapped_column(String(80))
    idno: Mapped[str | None] = mapped_column(Sealed)
    __table_args__ = (
        Index("uq_investor_span_open", "base_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )


class OperatorSpan(_Span, Model):
    """The operator over time (第四、十八条)."""

    __tablename__ = "operator_span"
    name: Mapped[str] = mapped_column(String(80))
    uscc: Mapped[str] = mapped_column(String(18))
    __table_args__ = (
        Index("uq_operator_span_open", "base_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )


@access.scope(Base)
def _base_sight(actor):
    return access.by_region(actor, Base.region_id, Base.id)
