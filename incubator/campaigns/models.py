"""The yearly round: guide, material list, opening and closing instants (A3-2, A7-7)."""

import json
from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.kernel import access, clock
from incubator.kernel.database import Base, Instant
from incubator.kernel.files import StoredFile
from incubator.offices.models import Person
from incubator.policy.fields.campaign import CAMPAIGN_KINDS


class Campaign(Base):
    """One round of a year, open from 0:00 of its first day to 24:00 of its last.

    A renewal round has a guide but no closing instant (A7-7).
    """

    __tablename__ = "campaign"
    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(16))
    round: Mapped[int] = mapped_column(Integer, default=1)
    title: Mapped[str] = mapped_column(String(60))
    opens_at: Mapped[datetime] = mapped_column(Instant)
    closes_at: Mapped[datetime | None] = mapped_column(Instant)
    second_reason: Mapped[str] = mapped_column(Text, default="")
    materials: Mapped[str] = mapped_column(Text, default="[]")
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    version: Mapped[int] = mapped_column(Integer, default=1)

    guides: Mapped[list["CampaignGuide"]] = relationship(
        order_by="CampaignGuide.id.desc()", back_populates="campaign"
    )
    extensions: Mapped[list["CampaignExtension"]] = relationship(order_by="CampaignExtension.id.desc()")

    __table_args__ = (
        Index("uq_campaign_round", "year", "kind", "round", unique=True),
        Index("ix_campaign_kind", "kind", "opens_at"),
        CheckConstraint("kind IN ('recognition', 'promotion', 'renewal')", name="kind"),
        CheckConstraint("closes_at IS NULL OR closes_at > opens_at", name="order"),
        CheckConstraint("(kind = 'renewal') = (closes_at IS NULL)", name="closes"),
        CheckConstraint("round = 1 OR second_reason <> ''", name="second"),
    )

    @property
    def kind_label(self) -> str:
        return dict(CAMPAIGN_KINDS)[self.kind]

    @property
    def opens_on(self) -> date:
        return clock.day_of(self.opens_at)

    @property
    def closes_on(self) -> date | None:
        """The last day on which an application may be submitted."""
        return _last_day(self.closes_at) if self.closes_at else None

    @property
    def material_items(self) -> list[dict]:
        return json.loads(self.materials)

    @property
    def guide(self) -> "CampaignGuide | None":
        """The guide that holds: the newest."""
        return self.guides[0] if self.guides else None

    def is_open(self, at: datetime) -> bool:
        return self.opens_at <= at and (self.closes_at is None or at < self.closes_at)

    def is_ahead(self, at: datetime) -> bool:
        return at < self.opens_at


class CampaignGuide(Base):
    """The guide file of a round; a later one replaces it, the earlier stays readable."""

    __tablename__ = "campaign_guide"
    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="RESTRICT"))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    note: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(Instant)

    campaign: Mapped[Campaign] = relationship(back_populates="guides")
    file: Mapped[StoredFile] = relationship()

    __table_args__ = (Index("ix_campaign_guide_campaign", "campaign_id"),)


class CampaignExtension(Base):
    """A closing that was put off, with its reason; append-only."""

    __tablename__ = "campaign_extension"
    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="RESTRICT"))
    old_closes_at: Mapped[datetime] = mapped_column(Instant)
    new_closes_at: Mapped[datetime] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    by_name: Mapped[str] = mapped_column(String(40), default="")

    __table_args__ = (
        Index("ix_campaign_extension_campaign", "campaign_id"),
        CheckConstraint("new_closes_at > old_closes_at", name="later"),
        CheckConstraint("length(reason) >= 10", name="reason"),
    )

    @property
    def old_closes_on(self) -> date:
        return _last_day(self.old_closes_at)

    @property
    def new_closes_on(self) -> date:
        return _last_day(self.new_closes_at)


PARTS = (("lead", "组长"), ("member", "成员"))
_NAMED, _LEADS = text("to_on IS NULL"), text("to_on IS NULL AND part = 'lead'")


class AssessmentMember(Base):
    """Who is in the assessment team of a round, as what, from when to when (A8-1). One leader at a time."""

    __tablename__ = "assessment_member"
    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="RESTRICT"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    part: Mapped[str] = mapped_column(String(8))
    from_on: Mapped[date] = mapped_column(Date)
    to_on: Mapped[date | None] = mapped_column(Date)
    named_by: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    named_at: Mapped[datetime] = mapped_column(Instant)

    person: Mapped[Person] = relationship(foreign_keys=[person_id])

    __table_args__ = (
        Index("uq_assessment_member_named", "campaign_id", "person_id", unique=True, sqlite_where=_NAMED,
              postgresql_where=_NAMED),
        Index("uq_assessment_member_lead", "campaign_id", unique=True, sqlite_where=_LEADS, postgresql_where=_LEADS),
        CheckConstraint("part IN ('lead', 'member')", name="part"),
        CheckConstraint("to_on IS NULL OR to_on >= from_on", name="order"),
    )

    @property
    def part_label(self) -> str:
        return dict(PARTS)[self.part]


def _last_day(closes_at: datetime) -> date:
    """24:00 of a day is the first instant of the next."""
    return clock.day_of(closes_at - timedelta(seconds=1))


@access.scope(Campaign)
def _campaign_sight(actor):
    return true()


@access.scope(CampaignGuide)
def _guide_sight(actor):
    return true()
