"""What an applicant answers to the remarks of a return; the transfers of bases and routes."""

from datetime import date

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
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
