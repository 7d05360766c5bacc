"""Plans and their batches, the draw, and what an inspection found and concluded (第十四条, §8.12)."""

import json
from datetime import date

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
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

from incubator.bases.models import Base as IncubationBase
from incubator.kernel import access
from incubator.kernel.database import Base, Instant
from incubator.kernel.workflow import Case
from incubator.policy.articles import label_of
from incubator.policy.fields.inspection import CAUSES
from incubator.policy.inspections import CONCLUSIONS, FINDING_CODES, SKIP_REASON_AT_LEAST

_CONCLUSIONS = ", ".join(repr(key) for key in CONCLUSIONS)


class InspectionPlan(Base):
    """The plan of a year (A14-1): one a year. `confirmed_at`: the count was whole, the batches may begin."""

    __tablename__ = "inspection_plan"
    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(Integer, unique=True)
    decided_on: Mapped[date] = mapped_column(Date)
    version: Mapped[int] = mapped_column(Integer, default=1)
    made_by: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    made_at: Mapped[object] = mapped_column(Instant)
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    confirmed_at: Mapped[object | None] = mapped_column(Instant)
    __table_args__ = (CheckConstraint("(confirmed_at IS NULL) = (confirmed_by IS NULL)", name="confirmed"),)

    batches: Mapped[list["InspectionBatch"]] = relationship(order_by="InspectionBatch.number", back_populates="plan")


class InspectionBatch(Base):
    """One batch of a plan: it begins by itself on its day."""

    __tablename__ = "inspection_batch"
    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("inspection_plan.id", ondelete="RESTRICT"))
    number: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(30))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    __table_args__ = (
        UniqueConstraint("plan_id", "number"), UniqueConstraint("id", "plan_id"),
        CheckConstraint("ends_on > starts_on", name="order"),
    )

    plan: Mapped[InspectionPlan] = relationship(back_populates="batches")


class InspectionItem(Base):
    """One base of a plan: in a batch, or not arranged this year with the reason (AMB-18); never both, never twice."""

    __tablename__ = "inspection_item"
    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("inspection_plan.id", ondelete="RESTRICT"))
    base_id: Mapped[int] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    batch_id: Mapped[int | None] = mapped_column(Integer)
    skip_reason: Mapped[str] = mapped_column(Text, default="")
    risk: Mapped[int] = mapped_column(Integer, default=0)
    risk_reasons: Mapped[str] = mapped_column(Text, default="[]")
    drawn: Mapped[bool] = mapped_column(Boolean, default=False)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"), unique=True)
    dropped_reason: Mapped[str] = mapped_column(Text, default="")
    __table_args__ = (
        UniqueConstraint("plan_id", "base_id"),
        ForeignKeyConstraint(["batch_id", "plan_id"], ["inspection_batch.id", "inspection_batch.plan_id"],
                             name="fk_inspection_item_batch", ondelete="RESTRICT"),
        CheckConstraint(
            f"(batch_id IS NOT NULL AND skip_reason = '') OR (batch_id IS NULL AND length(skip_reason) >= {SKIP_REASON_AT_LEAST})",
            name="arranged",
        ),
        CheckConstraint("case_id IS NULL OR (batch_id IS NOT NULL AND dropped_reason = '')", name="begun"),
        Index("ix_inspection_item_batch", "batch_id"),
        Index("ix_inspection_item_base", "base_id"),
    )

    base: Mapped[IncubationBase] = relationship()
    plan: Mapped[InspectionPlan] = relationship(viewonly=True)
    batch: Mapped[InspectionBatch | None] = relationship(viewonly=True)


class InspectionDraw(Base):
    """The draw for visits, append-only: seed, share and the list it was made from, so that anybody can do it again."""

    __tablename__ = "inspection_draw"
    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("inspection_plan.id", ondelete="RESTRICT"), unique=True)
    seed: Mapped[str] = mapped_column(String(80))
    share: Mapped[int] = mapped_column(Integer)
    content: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String(64))
    drawn_by: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    drawn_name: Mapped[str] = mapped_column(String(40))
    drawn_at: Mapped[object] = mapped_column(Instant)

    @property
    def lines(self) -> list[dict]:
        return json.loads(self.content)


class AdhocInspection(Base):
    """Why a base is inspected outside the plan (A14-4)."""

    __tablename__ = "adhoc_inspection"
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"), primary_key=True)
    cause: Mapped[str] = mapped_column(String(16))
    facts: Mapped[str] = mapped_column(Text)
    __table_args__ = (
        CheckConstraint(f"cause IN ({', '.join(repr(key) for key, _ in CAUSES)})", name="cause"),
        CheckConstraint("length(facts) >= 10", name="facts"),
    )

    @property
    def label(self) -> str:
        return dict(CAUSES)[self.cause]


class InspectionSheet(Base):
    """What the system had filled in when the online part was closed, append-only (A14-2)."""

    __tablename__ = "inspection_sheet"
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"), primary_key=True)
    content: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[object] = mapped_column(Instant)


class InspectionFinding(Base):
    """One problem under its code (A14-3). The base may explain it once; it may be withdrawn, never changed."""

    __tablename__ = "inspection_finding"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"))
    code: Mapped[str] = mapped_column(String(8))
    fact: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text, default="[]")
    by_person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    by_name: Mapped[str] = mapped_column(String(40))
    at: Mapped[object] = mapped_column(Instant)
    explanation: Mapped[str] = mapped_column(Text, default="")
    explained_at: Mapped[object | None] = mapped_column(Instant)
    explained_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    withdrawn_at: Mapped[object | None] = mapped_column(Instant)
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    __table_args__ = (
        CheckConstraint(f"code IN ({', '.join(repr(code) for code in FINDING_CODES)})", name="code"),
        CheckConstraint("length(fact) >= 10", name="fact"),
        CheckConstraint(
            "(explanation = '') = (explained_at IS NULL) AND (explained_at IS NULL) = (explained_by IS NULL)", name="explained"
        ),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn"),
        Index("ix_inspection_finding_case", "case_id", "id"),
    )

    @property
    def label(self) -> str:
        return label_of(self.code)

    @property
    def files(self) -> list[int]:
        return json.loads(self.evidence)


class InspectionConclusion(Base):
    """What a person concluded, beside what the system had suggested and why (AMB-19, T92); append-only."""

    __tablename__ = "inspection_conclusion"
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"), primary_key=True)
    base_id: Mapped[int] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    conclusion: Mapped[str] = mapped_column(String(12))
    suggestion: Mapped[str] = mapped_column(String(12))
    suggested: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    lead_name: Mapped[str] = mapped_column(String(20), default="")
    by_person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    by_name: Mapped[str] = mapped_column(String(40))
    at: Mapped[object] = mapped_column(Instant)
    __table_args__ = (
        CheckConstraint(f"conclusion IN ({_CONCLUSIONS}) AND suggestion IN ({_CONCLUSIONS})", name="known"),
        CheckConstraint(f"conclusion = suggestion OR length(reason) >= {SKIP_REASON_AT_LEAST}", name="reason"),
        Index("ix_inspection_conclusion_base", "base_id", "case_id"),
    )

    case: Mapped[Case] = relationship()

    @property
    def label(self) -> str:
        return CONCLUSIONS[self.conclusion]

    @property
    def suggestion_label(self) -> str:
        return CONCLUSIONS[self.suggestion]

    @property
    def reasons(self) -> list[str]:
        return json.loads(self.suggested)


@access.scope(InspectionPlan)
def _plan_sight(actor):
    """The plan is the province's and known to the local offices; a base knows its own inspection."""
    return true() if actor.tier in ("province", "county", "city", "service") else false()


@access.scope(InspectionItem)
def _item_sight(actor):
    return InspectionItem.base_id.in_(access.visible(actor, IncubationBase, IncubationBase.id))


@access.scope(InspectionFinding)
def _finding_sight(actor):
    return InspectionFinding.case_id.in_(access.visible(actor, Case, Case.id))


@access.scope(InspectionConclusion)
def _conclusion_sight(actor):
    return InspectionConclusion.case_id.in_(access.visible(actor, Case, Case.id))
