"""The record of one visit."""

import json
from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from incubator.kernel import access
from incubator.kernel.database import Base, Instant
from incubator.kernel.workflow import Case
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


@access.scope(SiteVisit)
def _visit_sight(actor):
    return SiteVisit.case_id.in_(access.visible(actor, Case, Case.id))
