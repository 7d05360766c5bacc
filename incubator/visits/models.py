"""The record of one visit."""

import json
from datetime import date

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    false,
    select,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.kernel import access
from incubator.kernel.database import Base, Instant
from incubator.kernel.workflow import Case
from incubator.offices.models import Person
from incubator.policy.fields import from_stored
from incubator.policy.fields.visit import MINIMUM_VISITORS, VISIT, VISIT_KINDS


class SiteVisit(Base):
    """§8.10, append-only: who was there, what was seen, and the facts it verifies. Office and names as they were."""

    __tablename__ = "site_visit"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"))
    base_id: Mapped[int] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(24))
    visited_on: Mapped[date] = mapped_column(Date)
    visitor_count: Mapped[int] = mapped_column(Integer)
    version_no: Mapped[int] = mapped_column(Integer)
    content: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String(64))
    verified: Mapped[str] = mapped_column(Text)
    opinion: Mapped[str] = mapped_column(Text)
    registered_by: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    registered_name: Mapped[str] = mapped_column(String(40))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id", ondelete="RESTRICT"))
    office_name: Mapped[str] = mapped_column(String(60))
    behalf_reason: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    entered_at: Mapped[object] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint(f"visitor_count >= {MINIMUM_VISITORS}", name="two_visitors"),
        CheckConstraint(f"kind IN ({', '.join(repr(key) for key, _ in VISIT_KINDS)})", name="kind"),
        Index("ix_site_visit_case", "case_id", "visited_on", "id"),
        Index("ix_site_visit_base", "base_id", "visited_on", "id"),
    )

    @property
    def values(self) -> dict:
        """The typed values of the record, by the field names of policy."""
        return from_stored(VISIT, json.loads(self.content))

    @property
    def kind_label(self) -> str:
        return dict(VISIT_KINDS)[self.kind]

    @property
    def source(self) -> str:
        """How a verified figure names where it comes from."""
        return f"踏查记录 {self.visited_on.month}月{self.visited_on.day}日 {self.office_name}"


_OPEN = text("ended_at IS NULL")


class VisitPlan(Base):
    """One day of the assessment team on the road: the route, who leads, who goes along (A8-1)."""

    __tablename__ = "visit_plan"
    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="RESTRICT"))
    day: Mapped[date] = mapped_column(Date)
    title: Mapped[str] = mapped_column(String(60))
    leader_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    people: Mapped[str] = mapped_column(Text, default="[]")
    created_by: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    created_at: Mapped[object] = mapped_column(Instant)

    leader: Mapped[Person] = relationship(foreign_keys=[leader_id])
    stops: Mapped[list["VisitStop"]] = relationship(order_by="VisitStop.at_time, VisitStop.id", back_populates="plan")

    __table_args__ = (Index("ix_visit_plan_day", "day", "id"),)

    @property
    def names(self) -> list[str]:
        """Those who go along, the leader not among them."""
        return [row["name"] for row in json.loads(self.people) if row["id"] != self.leader_id]


class VisitStop(Base):
    """One base on the route. A case waits in one open stop at most; it ends with the visit, or is taken off."""

    __tablename__ = "visit_stop"
    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("visit_plan.id", ondelete="RESTRICT"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"))
    at_time: Mapped[str] = mapped_column(String(5))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("site_visit.id", ondelete="RESTRICT"))
    dropped_reason: Mapped[str] = mapped_column(Text, default="")
    ended_at: Mapped[object | None] = mapped_column(Instant)

    plan: Mapped[VisitPlan] = relationship(back_populates="stops")
    case: Mapped[Case] = relationship()

    __table_args__ = (
        UniqueConstraint("plan_id", "case_id"),
        Index("uq_visit_stop_open", "case_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        CheckConstraint("at_time LIKE '__:__'", name="time"),
        CheckConstraint(
            "(ended_at IS NULL AND visit_id IS NULL AND dropped_reason = '')"
            " OR (ended_at IS NOT NULL AND (visit_id IS NOT NULL) <> (length(dropped_reason) >= 10))",
            name="ended",
        ),
    )


@access.scope(VisitPlan)
def _plan_sight(actor):
    """The province's; a member of the team sees the days on which he leads or goes to a case assigned to him."""
    if actor.tier == "province":
        return true()
    if actor.role == "site_team":
        mine = select(VisitStop.plan_id).where(VisitStop.case_id.in_(access.assigned_cases(actor.person_id)))
        return VisitPlan.id.in_(mine) | (VisitPlan.leader_id == actor.person_id)
    return false()


@access.scope(SiteVisit)
def _visit_sight(actor):
    return SiteVisit.case_id.in_(access.visible(actor, Case, Case.id))
