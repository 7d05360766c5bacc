"""A meeting and its items."""

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
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.kernel import access
from incubator.kernel.database import Base, Instant
from incubator.kernel.workflow import Case

VERDICTS = (("pass", "通过"), ("not_pass", "不通过"), ("hold", "暂缓"))
_OPEN = text("verdict = ''")


class Meeting(Base):
    """Who was named, who was there, when and where; closed with its signed minutes, and unchanged from then on."""

    __tablename__ = "meeting"
    id: Mapped[int] = mapped_column(primary_key=True)
    held_on: Mapped[date] = mapped_column(Date)
    place: Mapped[str] = mapped_column(String(60))
    members: Mapped[str] = mapped_column(Text)
    named_count: Mapped[int] = mapped_column(Integer)
    present_count: Mapped[int] = mapped_column(Integer)
    minutes_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    created_at: Mapped[object] = mapped_column(Instant)
    created_by: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    closed_at: Mapped[object | None] = mapped_column(Instant)
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))

    __table_args__ = (
        CheckConstraint("present_count <= named_count AND present_count * 2 > named_count", name="quorum"),
        CheckConstraint(
            "(closed_at IS NULL) = (minutes_file_id IS NULL) AND (closed_at IS NULL) = (closed_by IS NULL)",
            name="closed",
        ),
    )

    @property
    def people(self) -> list[dict]:
        """Named members: name, office, present."""
        return json.loads(self.members)

    @property
    def present(self) -> list[dict]:
        return [row for row in self.people if row.get("present")]


class MeetingItem(Base):
    """One dossier of one meeting: open, then settled for good. A dossier waits in one open item at most."""

    __tablename__ = "meeting_item"
    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id", ondelete="RESTRICT"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"))
    verdict: Mapped[str] = mapped_column(String(12), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    recused: Mapped[str] = mapped_column(Text, default="[]")
    named_count: Mapped[int | None] = mapped_column(Integer)
    present_count: Mapped[int | None] = mapped_column(Integer)
    settled_at: Mapped[object | None] = mapped_column(Instant)
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    interest_note: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))

    meeting: Mapped[Meeting] = relationship()
    case: Mapped[Case] = relationship()

    __table_args__ = (
        UniqueConstraint("meeting_id", "case_id"),
        Index("uq_meeting_item_open", "case_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_meeting_item_case", "case_id"),
        CheckConstraint("verdict IN ('', 'pass', 'not_pass', 'hold')", name="verdict"),
        CheckConstraint("verdict IN ('', 'pass') OR length(reason) >= 10", name="reason"),
        CheckConstraint(
            "(verdict = '') = (settled_at IS NULL) AND (verdict = '') = (present_count IS NULL)"
            " AND (verdict = '') = (named_count IS NULL)",
            name="settled",
        ),
        CheckConstraint("verdict = '' OR present_count * 2 > named_count", name="quorum"),
    )

    @property
    def verdict_label(self) -> str:
        return dict(VERDICTS).get(self.verdict, "")

    @property
    def left(self) -> bool:
        """Its dossier ended before a verdict (withdrawn, or closed with the base): the meeting has nothing to decide."""
        return not self.verdict and self.case.ended_at is not None

    @property
    def recused_names(self) -> list[str]:
        return json.loads(self.recused)


class MeetingRecusal(Base):
    """A member who left the room for one dossier, with the reason; recorded before the verdict, and kept (A8-3a)."""

    __tablename__ = "meeting_recusal"
    item_id: Mapped[int] = mapped_column(ForeignKey("meeting_item.id", ondelete="RESTRICT"), primary_key=True)
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    by_person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    at: Mapped[object] = mapped_column(Instant)

    __table_args__ = (CheckConstraint("length(reason) >= 4", name="reason"),)


@access.scope(Meeting)
def _meeting_sight(actor):
    return true() if actor.tier == "province" else false()
