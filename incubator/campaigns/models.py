"""The yearly round: guide, material list, opening and closing instants (A3-2, A7-7)."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from incubator.kernel.database import Base, Instant


class Campaign(Base):
    """One round of a year. A renewal round has a guide but no closing instant (A7-7)."""

    __tablename__ = "campaign"
    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(16))
    round: Mapped[int] = mapped_column(Integer, default=1)
    title: Mapped[str] = mapped_column(String(60))
    opens_at: Mapped[object] = mapped_column(Instant)
    closes_at: Mapped[object | None] = mapped_column(Instant)
    second_reason: Mapped[str] = mapped_column(Text, default="")
    materials: Mapped[str] = mapped_column(Text, default="[]")
    created_at: Mapped[object] = mapped_column(Instant)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    __table_args__ = (
        Index("uq_campaign_round", "year", "kind", "round", unique=True),
        CheckConstraint("kind IN ('recognition', 'promotion', 'renewal')", name="kind"),
        CheckConstraint("closes_at IS NULL OR closes_at > opens_at", name="order"),
        CheckConstraint("kind = 'renewal' OR closes_at IS NOT NULL", name="closes"),
        CheckConstraint("round = 1 OR second_reason <> ''", name="second"),
    )


class CampaignGuide(Base):
    """The guide file of a round; a later one replaces it, the earlier stays readable."""

    __tablename__ = "campaign_guide"
    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="RESTRICT"))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    at: Mapped[object] = mapped_column(Instant)
