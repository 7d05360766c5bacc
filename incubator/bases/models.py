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
    false,
    select,
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
    operator_since: Mapped[object | None] = mapped_column(Instant)  # of an operator that replaced another (A18-6)

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
    """A period of validity (第十条), opened by a decision. Only an older base may wait for its end (待核定, AMB-16)."""

    __tablename__ = "validity_period"
    id: Mapped[int] = mapped_column(primary_key=True)
    base_id: Mapped[int] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    from_on: Mapped[date] = mapped_column(Date)
    to_on: Mapped[date | None] = mapped_column(Date)
    in_force_on: Mapped[date] = mapped_column(Date)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id", ondelete="RESTRICT"))
    legacy: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    __table_args__ = (
        UniqueConstraint("base_id", "from_on"), CheckConstraint("to_on > from_on", name="order"),
        CheckConstraint("to_on IS NOT NULL OR legacy IS TRUE", name="end"),
    )


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


class RegionSpan(_Span, Model):
    """Where the base lay over time: in whose figures a past period counts (R-2.3). Sight follows `Base.region_id`."""

    __tablename__ = "region_span"
    region_id: Mapped[int] = mapped_column(ForeignKey("region.id", ondelete="RESTRICT"))
    __table_args__ = (
        Index("uq_region_span_open", "base_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_region_span_region", "region_id", "from_on"),
    )


class SanctionSpan(_Span, Model):
    """A rectification (第十五条) or the revocation (第十六条), from its document; `to_on` is the last day, empty while it runs.

    One open sanction of a kind a base. A revocation has no end.
    """

    __tablename__ = "sanction_span"
    kind: Mapped[str] = mapped_column(String(16))
    due_on: Mapped[date | None] = mapped_column(Date)
    __table_args__ = (
        CheckConstraint("kind IN ('rectification', 'revocation')", name="kind"),
        CheckConstraint("decision_id IS NOT NULL", name="decided"),
        CheckConstraint("(kind = 'rectification') = (due_on IS NOT NULL)", name="due"),
        CheckConstraint("due_on > from_on", name="order"),
        CheckConstraint("to_on IS NULL OR (to_on >= from_on AND kind <> 'revocation')", name="end"),
        Index("uq_sanction_span_open", "base_id", "kind", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )


class NationalRecord(Model):
    """A national title of a base, kept beside the provincial standing and never changing it (第九条, A9-3). Append-only."""

    __tablename__ = "national_record"
    id: Mapped[int] = mapped_column(primary_key=True)
    base_id: Mapped[int] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    title: Mapped[str] = mapped_column(String(60))
    document_no: Mapped[str] = mapped_column(String(60))
    document_on: Mapped[date] = mapped_column(Date)
    from_on: Mapped[date] = mapped_column(Date)
    to_on: Mapped[date] = mapped_column(Date)
    entered_at: Mapped[object] = mapped_column(Instant)
    entered_by: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))

    __table_args__ = (
        UniqueConstraint("base_id", "title", "from_on"),
        CheckConstraint("to_on > from_on", name="order"),
    )


class Relaxation(Model):
    """A threshold that the province granted (第五条（二）（四）, AMB-02). Append-only; of several for one standard the last holds.

    `in_force_on` is set by the recognition of its case: from that day it judges the base, not its dossier alone.
    """

    __tablename__ = "relaxation"
    id: Mapped[int] = mapped_column(primary_key=True)
    base_id: Mapped[int] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"))
    standard: Mapped[str] = mapped_column(String(24))
    minimum: Mapped[Decimal] = mapped_column(Area)
    threshold: Mapped[Decimal] = mapped_column(Area)
    actual: Mapped[Decimal] = mapped_column(Area)
    reason: Mapped[str] = mapped_column(Text)
    document_no: Mapped[str] = mapped_column(String(60))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    granted_by: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    granted_name: Mapped[str] = mapped_column(String(40))
    granted_at: Mapped[object] = mapped_column(Instant)
    in_force_on: Mapped[date | None] = mapped_column(Date)
    __table_args__ = (
        Index("ix_relaxation_base", "base_id", "id"),
        Index("ix_relaxation_case", "case_id", "id"),
        CheckConstraint("threshold < minimum AND threshold >= 0", name="lower"),
        CheckConstraint("length(reason) >= 10 AND document_no <> ''", name="paper"),
    )


class Plaque(Model):
    """One plaque (第八条, A8-6): what it says, and until when it is good. At most one valid plaque a base (A8-7).

    `base_name`, `level` and `wording` are what is engraved; they stay when the base changes. `code` is the
    verification code that its QR leads to.
    """

    __tablename__ = "plaque"
    id: Mapped[int] = mapped_column(primary_key=True)
    base_id: Mapped[int] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    plaque_no: Mapped[str] = mapped_column(String(40), unique=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    level: Mapped[str] = mapped_column(String(16))
    base_name: Mapped[str] = mapped_column(String(60))
    wording: Mapped[str] = mapped_column(String(60))
    issued_on: Mapped[date] = mapped_column(Date)
    received_by: Mapped[str] = mapped_column(String(40))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id", ondelete="RESTRICT"))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("plaque.id", ondelete="RESTRICT"), unique=True)
    registered_at: Mapped[object] = mapped_column(Instant)
    registered_by: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    returned_on: Mapped[date | None] = mapped_column(Date)
    return_reason: Mapped[str] = mapped_column(Text, default="")
    returned_at: Mapped[object | None] = mapped_column(Instant)
    returned_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))

    base: Mapped[Base] = relationship()

    __table_args__ = (
        Index(
            "uq_plaque_valid", "base_id", unique=True,
            sqlite_where=returned_on.is_(None), postgresql_where=returned_on.is_(None),
        ),
        Index("ix_plaque_base", "base_id", "id"),
        CheckConstraint("level IN ('base', 'demonstration')", name="level"),
        CheckConstraint("returned_on IS NULL OR returned_on >= issued_on", name="order"),
        CheckConstraint(
            "(returned_on IS NULL AND return_reason = '' AND returned_at IS NULL AND returned_by IS NULL)"
            " OR (returned_on IS NOT NULL AND return_reason <> '' AND returned_at IS NOT NULL AND returned_by IS NOT NULL)",
            name="returned",
        ),
        CheckConstraint("replaces_id <> id", name="replaces"),
    )


@access.scope(Base)
def _base_sight(actor):
    return access.by_region(actor, Base.region_id, Base.id)


@access.scope(Plaque)
def _plaque_sight(actor):
    """A plaque is seen with its base; the public asks by its code."""
    return Plaque.base_id.in_(select(Base.id).where(access.sight(actor, Base)))


@access.scope(Relaxation)
def _relaxation_sight(actor):
    return Relaxation.base_id.in_(access.visible(actor, Base, Base.id))


@access.scope(NationalRecord)
def _national_sight(actor):
    return NationalRecord.base_id.in_(access.visible(actor, Base, Base.id))


class BaseChange(Model):
    """One version of the information that the operator keeps (第十三条, A13-1). Append-only; secret fields sealed.

    `filed` is what stood before the first edit, `edited` the operator's own, `verified` what a county found in a
    major event (A13-7); the areas of the last one that was not `edited` are those that were reviewed.
    """

    __tablename__ = "base_change"
    id: Mapped[int] = mapped_column(primary_key=True)
    base_id: Mapped[int] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    version: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(12))
    fields: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"))
    valid_from: Mapped[date] = mapped_column(Date)
    at: Mapped[object] = mapped_column(Instant)
    by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    by_name: Mapped[str] = mapped_column(String(40))
    __table_args__ = (
        UniqueConstraint("base_id", "version"),
        CheckConstraint("kind IN ('filed', 'edited', 'verified')", name="kind"),
        CheckConstraint("(kind = 'verified') = (case_id IS NOT NULL)", name="case"),
    )
