"""Experts' profiles, score sheets, and the closed review of a case."""

import json
from datetime import date
from decimal import Decimal

from sqlalchemy import (
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
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.kernel import access
from incubator.kernel.access import Assignment
from incubator.kernel.database import Base, Instant, Sealed
from incubator.kernel.workflow import Case
from incubator.offices.models import Person

Score = Numeric(5, 1)


class ExpertProfile(Base):
    """§8.20: where an expert works and holds posts, what he knows; declared by the expert and dated (R-2.8)."""

    __tablename__ = "expert_profile"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"), primary_key=True)
    employer: Mapped[str] = mapped_column(String(80))
    employer_uscc: Mapped[str] = mapped_column(String(18))
    fields: Mapped[str] = mapped_column(String(100), default="")
    declared_on: Mapped[date] = mapped_column(Date)
    posts: Mapped[str] = mapped_column(Text, default="[]", server_default="[]")
    titles: Mapped[str] = mapped_column(String(100), default="", server_default=text("''"))
    phone: Mapped[str | None] = mapped_column(Sealed)

    @property
    def field_labels(self) -> list[str]:
        return [label for label in self.fields.split("、") if label]

    @property
    def all_posts(self) -> list[dict]:
        """Other posts: name, uscc, from_on, to_on (dates, or None)."""
        return [
            {**row, **{name: date.fromisoformat(row[name]) if row.get(name) else None for name in ("from_on", "to_on")}}
            for row in json.loads(self.posts)
        ]


class ScoreSheet(Base):
    """One expert's sheet on one case: open, then given and immutable, or void with its reason (A8-2, AMB-35).

    It counts for the version it judges: `asked_version` goes along with the dossier while the sheet is open, and
    stays once it is given.
    """

    __tablename__ = "score_sheet"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"))
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id", ondelete="RESTRICT"), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    status: Mapped[str] = mapped_column(String(8), default="open")
    declared_at: Mapped[object | None] = mapped_column(Instant)
    content: Mapped[str] = mapped_column(Text, default="{}")
    version: Mapped[int] = mapped_column(Integer, default=1)
    saved_at: Mapped[object | None] = mapped_column(Instant)
    version_no: Mapped[int | None] = mapped_column(Integer)
    total: Mapped[Decimal | None] = mapped_column(Score)
    hash: Mapped[str] = mapped_column(String(64), default="")
    given_at: Mapped[object | None] = mapped_column(Instant)
    assign_note: Mapped[str] = mapped_column(Text, default="")
    void_reason: Mapped[str] = mapped_column(Text, default="")
    voided_at: Mapped[object | None] = mapped_column(Instant)
    voided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    opened_at: Mapped[object] = mapped_column(Instant)
    asked_version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    due_on: Mapped[date | None] = mapped_column(Date)

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    assignment: Mapped[Assignment] = relationship()

    __table_args__ = (
        Index(
            "uq_score_sheet_asked", "case_id", "person_id", "asked_version", unique=True,
            sqlite_where=status != "void", postgresql_where=status != "void",
        ),
        Index("ix_score_sheet_case", "case_id", "id"),
        Index("ix_score_sheet_person", "person_id", "status"),
        CheckConstraint("status IN ('open', 'given', 'void')", name="status"),
        CheckConstraint(
            "status <> 'given' OR (given_at IS NOT NULL AND total IS NOT NULL AND hash <> '' AND declared_at IS NOT NULL)",
            name="given",
        ),
        CheckConstraint(
            "(status = 'void') = (voided_at IS NOT NULL) AND (status <> 'void' OR void_reason <> '')", name="void"
        ),
        CheckConstraint("total IS NULL OR (total >= 0 AND total <= 105)", name="total"),
    )

    @property
    def stored(self) -> dict:
        return json.loads(self.content)

    @property
    def judged(self) -> int:
        """The version that the sheet counts for."""
        return self.version_no or self.asked_version


class ExpertReview(Base):
    """A closed review of one version of a case; the row is born at the closing: no figure stands anywhere before it.

    A case has several where it came back with a new version, or where a sheet had to be voided after the closing:
    `sheets` names those that were counted, and the review holds as long as they all stand.
    """

    __tablename__ = "expert_review"
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False, server_default="1")
    version_no: Mapped[int] = mapped_column(Integer, server_default="1")
    sheets: Mapped[str] = mapped_column(Text, server_default="[]")
    left_out: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    closed_at: Mapped[object] = mapped_column(Instant)
    closed_by: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    valid_count: Mapped[int] = mapped_column(Integer)
    mean: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    spread: Mapped[Decimal] = mapped_column(Score)

    __table_args__ = (
        CheckConstraint("valid_count >= 1 AND mean >= 0 AND spread >= 0", name="figures"),
        CheckConstraint("number >= 1 AND version_no >= 1 AND left_out >= 0 AND left_out < valid_count", name="numbers"),
    )

    @property
    def sheet_ids(self) -> list[int]:
        return json.loads(self.sheets)


class InterestAnswer(Base):
    """What the province found out about a unit of the dossier that bears the name of an expert's unit (R-2.8)."""

    __tablename__ = "interest_answer"
    id: Mapped[int] = mapped_column(primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("score_sheet.id", ondelete="RESTRICT"))
    unit_name: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)
    by_person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    at: Mapped[object] = mapped_column(Instant)

    __table_args__ = (
        UniqueConstraint("sheet_id", "unit_name"),
        CheckConstraint("length(text) >= 10", name="text"),
    )


class ScoreUrging(Base):
    """The province asked an expert for the sheet that is owed: when, who, in which words."""

    __tablename__ = "score_urging"
    id: Mapped[int] = mapped_column(primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("score_sheet.id", ondelete="RESTRICT"))
    text: Mapped[str] = mapped_column(Text)
    by_person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    at: Mapped[object] = mapped_column(Instant)

    sheet: Mapped[ScoreSheet] = relationship()

    __table_args__ = (
        Index("ix_score_urging_sheet", "sheet_id", "id"),
        CheckConstraint("length(text) >= 10", name="text"),
    )


@access.scope(ScoreSheet)
def _sheet_sight(actor):
    """The expert's own; the province's rows of a case, whose figures its pages show after the closing only."""
    if actor.tier == "province":
        return ScoreSheet.case_id.in_(access.visible(actor, Case, Case.id))
    return ScoreSheet.person_id == actor.person_id


@access.scope(ExpertProfile)
def _profile_sight(actor):
    """The province's, and the expert's own."""
    return true() if actor.tier == "province" else ExpertProfile.person_id == actor.person_id
