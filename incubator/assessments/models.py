"""Experts' profiles, score sheets, and the closed review of a case."""

import json
from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, Numeric, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.kernel import access
from incubator.kernel.access import Assignment
from incubator.kernel.database import Base, Instant
from incubator.kernel.workflow import Case
from incubator.offices.models import Person

Score = Numeric(5, 1)


class ExpertProfile(Base):
    """§8.20 in its simplest form: whose employee an expert is, declared by the expert (R-2.8)."""

    __tablename__ = "expert_profile"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"), primary_key=True)
    employer: Mapped[str] = mapped_column(String(80))
    employer_uscc: Mapped[str] = mapped_column(String(18))
    fields: Mapped[str] = mapped_column(String(100), default="")
    declared_on: Mapped[date] = mapped_column(Date)


class ScoreSheet(Base):
    """One expert's sheet on one case: open, then given and immutable, or void with its reason (A8-2, AMB-35)."""

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

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    assignment: Mapped[Assignment] = relationship()

    __table_args__ = (
        Index(
            "uq_score_sheet_live", "case_id", "person_id", unique=True,
            sqlite_where=status != "void", postgresql_where=status != "void",
        ),
        Index("ix_score_sheet_case", "case_id", "id"),
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


class ExpertReview(Base):
    """The closed review of a case; the row is born at the closing, so that no figure stands anywhere before it."""

    __tablename__ = "expert_review"
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"), primary_key=True)
    closed_at: Mapped[object] = mapped_column(Instant)
    closed_by: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    valid_count: Mapped[int] = mapped_column(Integer)
    mean: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    spread: Mapped[Decimal] = mapped_column(Score)

    __table_args__ = (CheckConstraint("valid_count >= 1 AND mean >= 0 AND spread >= 0", name="figures"),)


@access.scope(ScoreSheet)
def _sheet_sight(actor):
    """The expert's own; the province's rows of a case, whose figures its pages show after the closing only."""
    if actor.tier == "province":
        return ScoreSheet.case_id.in_(access.visible(actor, Case, Case.id))
    return ScoreSheet.person_id == actor.person_id
