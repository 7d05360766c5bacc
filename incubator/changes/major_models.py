"""A major event beside its case: what was reported, what the county verified, what follows."""

import json
from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from incubator.kernel.database import Base, Instant


class MajorEvent(Base):
    """§8.19. Born with the first submission. ``findings`` and ``follow_up`` are what inspections read (AMB-38).

    ``before`` and ``verified`` are JSON by field; the register changed on ``valid_from``.
    """

    __tablename__ = "major_event"
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"), primary_key=True)
    base_id: Mapped[int] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(12))
    happened_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    reported_on: Mapped[date] = mapped_column(Date)
    before: Mapped[str] = mapped_column(Text)
    verified: Mapped[str] = mapped_column(Text, default="{}")
    findings: Mapped[str] = mapped_column(Text, default="[]")
    valid_from: Mapped[date | None] = mapped_column(Date)
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("site_visit.id", ondelete="RESTRICT"))
    opinion: Mapped[str] = mapped_column(Text, default="")
    follow_up: Mapped[str] = mapped_column(String(20), default="")
    checked_at: Mapped[object | None] = mapped_column(Instant)
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    checked_name: Mapped[str] = mapped_column(String(60), default="")
    __table_args__ = (
        Index("ix_major_event_base", "base_id", "follow_up", "case_id"),
        CheckConstraint("kind IN ('area','address','use','accident','litigation','stop','other')", name="kind"),
        CheckConstraint("follow_up IN ('','none','next_inspection','special_inspection','revocation')", name="follow_up"),
        CheckConstraint("(checked_at IS NULL) = (follow_up = '') AND (checked_at IS NULL) = (checked_by IS NULL)", name="checked"),
        CheckConstraint("checked_at IS NULL OR valid_from >= happened_on", name="order"),
    )

    @property
    def late(self) -> bool:
        return self.reported_on > self.due_on

    @property
    def found(self) -> list[dict]:
        """[{code, fact}] of what is to be judged."""
        return json.loads(self.findings)
