"""What an applicant answers to the remarks of a return; the transfers of bases and routes; what an office keeps for
itself beside its cases: batches, notes, marks, views.
"""

from datetime import date

from sqlalchemy import (
    Boolean,
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
from incubator.kernel.workflow import Case, Opinion


class CorrectionAnswer(Base):
    """The answer to one remark (number from 0 in the return's list); a working text until the version is submitted.

    The submitted version freezes the answers with its content (`cases.corrections.frozen`).
    """

    __tablename__ = "correction_answer"
    opinion_id: Mapped[int] = mapped_column(ForeignKey("opinion.id", ondelete="RESTRICT"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    by_person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    at: Mapped[object] = mapped_column(Instant)


class Relocation(Base):
    """A base that moves to another division, or a division that gets other offices, from a day on (R-2.3).

    Ordered by the province; carried out at once, or by the day it names. `applied_at` says that it is done.
    """

    __tablename__ = "relocation"
    id: Mapped[int] = mapped_column(primary_key=True)
    base_id: Mapped[int | None] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    region_id: Mapped[int] = mapped_column(ForeignKey("region.id", ondelete="RESTRICT"))
    county_office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id", ondelete="RESTRICT"))
    city_office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id", ondelete="RESTRICT"))
    from_on: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    by_person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    by_name: Mapped[str] = mapped_column(String(40))
    at: Mapped[object] = mapped_column(Instant)
    applied_at: Mapped[object | None] = mapped_column(Instant)
    moved_cases: Mapped[int] = mapped_column(Integer, default=0)

    region: Mapped[access.Region] = relationship()
    county_office: Mapped[access.Office | None] = relationship(foreign_keys=[county_office_id])
    city_office: Mapped[access.Office | None] = relationship(foreign_keys=[city_office_id])

    __table_args__ = (
        CheckConstraint(
            "(base_id IS NOT NULL AND county_office_id IS NULL AND city_office_id IS NULL)"
            " OR (base_id IS NULL AND county_office_id IS NOT NULL AND city_office_id IS NOT NULL)",
            name="what",
        ),
        CheckConstraint("length(reason) >= 10", name="reason"),
        Index("ix_relocation_due", "from_on", sqlite_where=text("applied_at IS NULL"), postgresql_where=text("applied_at IS NULL")),
    )


@access.scope(Relocation)
def _relocation_sight(actor):
    return true() if actor.tier == "province" else false()


@access.scope(CorrectionAnswer)
def _answer_sight(actor):
    cases = access.visible(actor, Case, Case.id)
    return CorrectionAnswer.opinion_id.in_(select(Opinion.id).where(Opinion.case_id.in_(cases)))


# what an office keeps for itself ---------------------------------------------------------------


def _of_the_desk(actor, model):
    """The rows of the actor's office at its tier: two stations of one office are two desks."""
    if actor.tier not in ("county", "city", "province"):
        return false()
    return (model.office_id == actor.office_id) & (model.tier == actor.tier)


class WorkBatch(Base):
    """One act ordered for many cases: held until `release_at`, then done case by case (A8-3b).

    Cancelled while it is held, or finished when each item has its result; then it stays as it is.
    """

    __tablename__ = "work_batch"
    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id", ondelete="RESTRICT"))
    tier: Mapped[str] = mapped_column(String(12))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id", ondelete="RESTRICT"))
    person_name: Mapped[str] = mapped_column(String(40))
    case_kind: Mapped[str] = mapped_column(String(24))
    from_state: Mapped[str] = mapped_column(String(32))
    outcome: Mapped[str] = mapped_column(String(32))
    text: Mapped[str] = mapped_column(Text, default="")
    ordered_at: Mapped[object] = mapped_column(Instant)
    release_at: Mapped[object] = mapped_column(Instant)
    cancelled_at: Mapped[object | None] = mapped_column(Instant)
    cancelled_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    finished_at: Mapped[object | None] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint("release_at > ordered_at", name="held"),
        CheckConstraint("(cancelled_at IS NULL) = (cancelled_by IS NULL)", name="cancelled"),
        CheckConstraint("cancelled_at IS NULL OR finished_at IS NULL", name="one_end"),
        CheckConstraint("tier IN ('county', 'city', 'province')", name="tier"),
        Index("ix_work_batch_desk", "office_id", "tier", "id"),
    )


class WorkBatchItem(Base):
    """One case of a batch, with the version that was seen and what became of it; a result is never changed."""

    __tablename__ = "work_batch_item"
    batch_id: Mapped[int] = mapped_column(ForeignKey("work_batch.id", ondelete="RESTRICT"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"), primary_key=True)
    seen_version: Mapped[int] = mapped_column(Integer)
    result: Mapped[str] = mapped_column(String(8), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    settled_at: Mapped[object | None] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint("result IN ('', 'done', 'skipped')", name="result"),
        CheckConstraint("(result = '') = (settled_at IS NULL)", name="settled"),
        CheckConstraint("(result = 'skipped') = (length(reason) > 0)", name="reason"),
    )


class CaseNote(Base):
    """A note inside the office on a case 办内备注: for the people of that office at that station, nobody else."""

    __tablename__ = "case_note"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"))
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id", ondelete="RESTRICT"))
    tier: Mapped[str] = mapped_column(String(12))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    person_name: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[object] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint("length(text) >= 1", name="text"),
        CheckConstraint("tier IN ('county', 'city', 'province')", name="tier"),
        Index("ix_case_note_desk", "case_id", "office_id", "tier", "id"),
    )


class Seen(Base):
    """Up to which event a person has read a case; moves with each reading and is no part of the record."""

    __tablename__ = "seen"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer)
    at: Mapped[object] = mapped_column(Instant)


class TakenUp(Base):
    """Who of the office works on a case 在办: seen by the colleagues, binds nobody (R-2.2)."""

    __tablename__ = "taken_up"
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"), primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id", ondelete="RESTRICT"))
    tier: Mapped[str] = mapped_column(String(12))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    at: Mapped[object] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint("tier IN ('county', 'city', 'province')", name="tier"),
        Index("ix_taken_up_person", "person_id", "office_id", "tier"),
    )


class SavedView(Base):
    """The worklist's filters under a name: a person's own, or shared with the office; `query` is the address."""

    __tablename__ = "saved_view"
    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id", ondelete="RESTRICT"))
    tier: Mapped[str] = mapped_column(String(12))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    name: Mapped[str] = mapped_column(String(20))
    query: Mapped[str] = mapped_column(String(400))
    shared: Mapped[bool] = mapped_column(Boolean, default=False)
    position: Mapped[int] = mapped_column(Integer)
    at: Mapped[object] = mapped_column(Instant)

    __table_args__ = (
        UniqueConstraint("person_id", "office_id", "tier", "name"),
        CheckConstraint("length(name) >= 1", name="name"),
        CheckConstraint("tier IN ('county', 'city', 'province')", name="tier"),
        Index("ix_saved_view_desk", "office_id", "tier", "position", "id"),
    )


class PersonSetting(Base):
    """How a person wants the pages: columns and length of the worklist, keys."""

    __tablename__ = "person_setting"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"), primary_key=True)
    key: Mapped[str] = mapped_column(String(24), primary_key=True)
    value: Mapped[str] = mapped_column(String(200))


@access.scope(WorkBatch)
def _batch_sight(actor):
    return _of_the_desk(actor, WorkBatch)


@access.scope(CaseNote)
def _note_sight(actor):
    """Of the own office, on cases that are in sight: when a base moves away, what was noted goes out of sight too."""
    return _of_the_desk(actor, CaseNote) & CaseNote.case_id.in_(access.visible(actor, Case, Case.id))


@access.scope(TakenUp)
def _taken_sight(actor):
    return _of_the_desk(actor, TakenUp)


@access.scope(SavedView)
def _view_sight(actor):
    """One's own at this desk, and what colleagues share."""
    return _of_the_desk(actor, SavedView) & (SavedView.shared.is_(True) | (SavedView.person_id == actor.person_id))
