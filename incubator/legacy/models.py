"""The mark of an imported base, and the bases of a city's own level."""

from datetime import date

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, String, Text, text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.bases.models import Base as IncubatorBase
from incubator.kernel import access
from incubator.kernel.database import Base, Instant

_LISTED = text("struck_on IS NULL")


class LegacyBase(Base):
    """Regime legacy (AMB-16): which row of which import it was, and its account. `row_hash` tells a changed row."""

    __tablename__ = "legacy_base"
    base_id: Mapped[int] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"), primary_key=True)
    row_key: Mapped[str] = mapped_column(String(90), unique=True)
    row_hash: Mapped[str] = mapped_column(String(64))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id", ondelete="RESTRICT"))
    name_fits: Mapped[bool] = mapped_column(Boolean)
    end_reason: Mapped[str] = mapped_column(Text, default="")
    name_reason: Mapped[str] = mapped_column(Text, default="")
    imported_at: Mapped[object] = mapped_column(Instant)
    imported_by: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))

    base: Mapped[IncubatorBase] = relationship()

    __table_args__ = (Index("ix_legacy_base_person", "person_id", "base_id"),)


class CityBase(Base):
    """A base that a city recognised under its own rules (第二十一条): listed with the document, its date and its end."""

    __tablename__ = "city_base"
    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id", ondelete="RESTRICT"))
    region_id: Mapped[int] = mapped_column(ForeignKey("region.id", ondelete="RESTRICT"))
    name: Mapped[str] = mapped_column(String(60))
    name_key: Mapped[str] = mapped_column(String(60))
    operator_name: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(100))
    document_no: Mapped[str] = mapped_column(String(60))
    document_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    struck_on: Mapped[date | None] = mapped_column(Date)
    strike_reason: Mapped[str] = mapped_column(Text, default="")
    entered_at: Mapped[object] = mapped_column(Instant)
    entered_by: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))

    office: Mapped[access.Office] = relationship()
    region: Mapped[access.Region] = relationship()

    __table_args__ = (
        Index("uq_city_base_listed", "office_id", "name_key", unique=True, sqlite_where=_LISTED, postgresql_where=_LISTED),
        CheckConstraint("ends_on IS NULL OR ends_on > document_on", name="order"),
        CheckConstraint("document_no <> ''", name="document"),
        CheckConstraint("(struck_on IS NULL AND strike_reason = '') OR (struck_on IS NOT NULL AND length(strike_reason) >= 10)",
                        name="struck"),
    )


@access.scope(LegacyBase)
def _legacy_sight(actor):
    return LegacyBase.base_id.in_(access.visible(actor, IncubatorBase, IncubatorBase.id))


@access.scope(CityBase)
def _city_sight(actor):
    """Public by nature, read by everybody; each city keeps its own."""
    return CityBase.office_id == actor.office_id if actor.tier == "city" else true()
