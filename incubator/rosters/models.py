"""Rows of the rosters as they are now, the versions that each went through, and reviewers' words on tenants."""

import json
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
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.bases.models import Base as IncubatorBase
from incubator.kernel import access
from incubator.kernel.database import Base, Instant, Sealed

_HERE = text("out_on IS NULL")
_FILE = "stored_file.id"


class Tenant(Base):
    """§8.7: one stay of one tenant in one base. Whoever left stays in the table with the day and the way out."""

    __tablename__ = "tenant"
    id: Mapped[int] = mapped_column(primary_key=True)
    base_id: Mapped[int] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    name: Mapped[str] = mapped_column(String(80))
    uscc: Mapped[str] = mapped_column(String(18))
    subject: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(16))
    ec_ok: Mapped[bool | None] = mapped_column(Boolean)
    ec_proof: Mapped[int | None] = mapped_column(ForeignKey(_FILE, ondelete="RESTRICT"))
    industry: Mapped[str] = mapped_column(String(4))
    reg_on: Mapped[date | None] = mapped_column(Date)
    in_on: Mapped[date] = mapped_column(Date)
    agr_start: Mapped[date] = mapped_column(Date)
    agr_end: Mapped[date] = mapped_column(Date)
    area: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    room: Mapped[str | None] = mapped_column(String(40))
    legal_rep: Mapped[str | None] = mapped_column(String(20))
    contact_name: Mapped[str | None] = mapped_column(String(20))
    contact_phone: Mapped[str | None] = mapped_column(Sealed)
    jobs: Mapped[int] = mapped_column(Integer)
    founder: Mapped[str | None] = mapped_column(String(16))
    business: Mapped[str | None] = mapped_column(String(100))
    revenue: Mapped[Decimal | None] = mapped_column(Numeric(17, 2))
    tax: Mapped[Decimal | None] = mapped_column(Numeric(17, 2))
    size: Mapped[str | None] = mapped_column(String(8))
    tags: Mapped[str] = mapped_column(Text, default="[]")
    status: Mapped[str] = mapped_column(String(12), default="active")
    out_on: Mapped[date | None] = mapped_column(Date)
    out_kind: Mapped[str | None] = mapped_column(String(100))
    version: Mapped[int] = mapped_column(Integer, default=1)

    base: Mapped[IncubatorBase] = relationship()

    __table_args__ = (
        Index("uq_tenant_active", "base_id", "uscc", unique=True, sqlite_where=_HERE, postgresql_where=_HERE),
        Index("ix_tenant_base", "base_id", "out_on", "id"),
        Index("ix_tenant_uscc", "uscc", sqlite_where=_HERE, postgresql_where=_HERE),
        CheckConstraint("subject IN ('company','individual','cooperative','private_nonprofit','other')", name="subject"),
        CheckConstraint("kind IN ('ordinary','ecommerce','training','third_party')", name="kind"),
        CheckConstraint("(status = 'active') = (out_on IS NULL)", name="left"),
        CheckConstraint("status IN ('active','graduated','left')", name="status"),
        CheckConstraint("out_on IS NULL OR (out_on >= in_on AND out_kind IS NOT NULL)", name="out"),
        CheckConstraint("agr_end > agr_start", name="agreement"),
        CheckConstraint("jobs >= 0 AND area >= 0", name="figures"),
    )


class TeamMember(Base):
    """§8.9: one person of the service team, of the mentors, or of both (AMB-13)."""

    __tablename__ = "team_member"
    id: Mapped[int] = mapped_column(primary_key=True)
    base_id: Mapped[int] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    name: Mapped[str] = mapped_column(String(20))
    gender: Mapped[str] = mapped_column(String(8))
    idno: Mapped[str] = mapped_column(Sealed)
    idno_index: Mapped[str] = mapped_column(String(64))
    phone: Mapped[str] = mapped_column(Sealed)
    education: Mapped[str | None] = mapped_column(String(12))
    category: Mapped[str] = mapped_column(String(8))
    post: Mapped[str] = mapped_column(String(40))
    title_name: Mapped[str | None] = mapped_column(String(60))
    title_no: Mapped[str | None] = mapped_column(String(60))
    title_file: Mapped[int | None] = mapped_column(ForeignKey(_FILE, ondelete="RESTRICT"))
    employment: Mapped[str] = mapped_column(String(12))
    in_on: Mapped[date] = mapped_column(Date)
    term_end: Mapped[date | None] = mapped_column(Date)
    insurance: Mapped[int | None] = mapped_column(ForeignKey(_FILE, ondelete="RESTRICT"))
    expertise: Mapped[str | None] = mapped_column(String(100))
    tutored: Mapped[int | None] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(String(12), default="active")
    out_on: Mapped[date | None] = mapped_column(Date)
    version: Mapped[int] = mapped_column(Integer, default=1)

    base: Mapped[IncubatorBase] = relationship()

    __table_args__ = (
        Index("uq_team_member_active", "base_id", "idno_index", unique=True, sqlite_where=_HERE, postgresql_where=_HERE),
        Index("ix_team_member_base", "base_id", "out_on", "id"),
        CheckConstraint("category IN ('service','mentor','both')", name="category"),
        CheckConstraint("(status = 'active') = (out_on IS NULL)", name="left"),
        CheckConstraint("status IN ('active','left')", name="status"),
        CheckConstraint("out_on IS NULL OR out_on >= in_on", name="out"),
    )


class VersionRow:
    """One version of one row: who, when, which fields, and all values as they were from then on.

    Append-only. ``content`` is the stored form of the policy table, its secret fields sealed.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    base_id: Mapped[int] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    version: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(12))
    fields: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    at: Mapped[object] = mapped_column(Instant)
    by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    by_name: Mapped[str] = mapped_column(String(40))

    @property
    def field_names(self) -> list[str]:
        return json.loads(self.fields)


class TenantChange(VersionRow, Base):
    """What happened to a row of the tenant roster (第十三条)."""

    __tablename__ = "tenant_change"
    row_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="RESTRICT"))
    __table_args__ = (
        UniqueConstraint("row_id", "version"),
        Index("ix_tenant_change_base", "base_id", "id"),
        CheckConstraint("kind IN ('added','changed','left','back')", name="kind"),
    )


class TeamChange(VersionRow, Base):
    """What happened to a row of the team roster (第十三条)."""

    __tablename__ = "team_change"
    row_id: Mapped[int] = mapped_column(ForeignKey("team_member.id", ondelete="RESTRICT"))
    __table_args__ = (
        UniqueConstraint("row_id", "version"),
        Index("ix_team_change_base", "base_id", "id"),
        CheckConstraint("kind IN ('added','changed','left','back')", name="kind"),
    )


class TenantOverride(Base):
    """A reviewer's word on one tenant, and the kind, subject and industry that it was given for (A5-6).

    Append-only; the newest one speaks, and lapses when the tenant is no longer of that kind.
    """

    __tablename__ = "tenant_override"
    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="RESTRICT"))
    counts: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(20))
    industry: Mapped[str] = mapped_column(String(4))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"))
    by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    by_name: Mapped[str] = mapped_column(String(40))
    office_name: Mapped[str] = mapped_column(String(60))
    at: Mapped[object] = mapped_column(Instant)
    __table_args__ = (
        Index("ix_tenant_override_tenant", "tenant_id", "id"),
        CheckConstraint("length(reason) >= 10", name="reason"),
    )


def rows_in_sight(actor, row, change):
    """With their base; who was of it sees no row that was added or touched after the last day there.

    What a row said before stands in the versions that were submitted until then.
    """
    seen = row.base_id.in_(access.visible(actor, IncubatorBase, IncubatorBase.id))
    if actor.role != "base_former":
        return seen
    return seen & row.id.not_in(select(change.row_id).where(change.base_id == actor.base_id, ~access.in_time(actor, change.at)))


@access.scope(Tenant)
def _tenant_sight(actor):
    return rows_in_sight(actor, Tenant, TenantChange)


@access.scope(TeamMember)
def _member_sight(actor):
    """People of an operator that was replaced are no business of the next one (A18-6): its roster begins with its day."""
    seen = rows_in_sight(actor, TeamMember, TeamChange)
    if actor.since is None or actor.role == "base_former":
        return seen
    later = select(TeamChange.row_id).where(TeamChange.base_id == actor.base_id, TeamChange.version == 1,
                                            TeamChange.at >= actor.since)
    return seen & TeamMember.id.in_(later)
