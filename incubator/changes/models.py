"""A change request beside its case: what it changes, its approval, and what became of it."""

from datetime import date

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.kernel import access
from incubator.kernel.database import Base, Instant
from incubator.kernel.workflow import Case

_COUNTS = text("counted IS TRUE AND annulled_on IS NULL")
_PERSON = "person.id"


class ChangeRequest(Base):
    """§8.13. Born with the first submission. The approval's date says in which period of validity it counts (A18-3).

    `examined_by` prepared the province's decision, `approved_by` gave it: two persons.
    """

    __tablename__ = "change_request"
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"), primary_key=True)
    base_id: Mapped[int] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    main_type: Mapped[str] = mapped_column(String(16))
    with_name: Mapped[bool] = mapped_column(Boolean)
    applicant: Mapped[str] = mapped_column(String(12))
    for_investor: Mapped[bool] = mapped_column(Boolean, default=False)
    before: Mapped[str] = mapped_column(Text)
    comment: Mapped[str] = mapped_column(Text, default="")
    commented_at: Mapped[object | None] = mapped_column(Instant)
    commented_by: Mapped[int | None] = mapped_column(ForeignKey(_PERSON, ondelete="RESTRICT"))
    examined_by: Mapped[int | None] = mapped_column(ForeignKey(_PERSON, ondelete="RESTRICT"))
    approved_on: Mapped[date | None] = mapped_column(Date)
    approved_by: Mapped[int | None] = mapped_column(ForeignKey(_PERSON, ondelete="RESTRICT"))
    validity_period_id: Mapped[int | None] = mapped_column(ForeignKey("validity_period.id", ondelete="RESTRICT"))
    counted: Mapped[bool | None] = mapped_column(Boolean)
    notice_no: Mapped[str] = mapped_column(String(60), default="")
    notice_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    investor_told: Mapped[str] = mapped_column(String(100), default="")
    implement_due: Mapped[date | None] = mapped_column(Date)
    implemented_on: Mapped[date | None] = mapped_column(Date)
    annulled_on: Mapped[date | None] = mapped_column(Date)
    account_person_id: Mapped[int | None] = mapped_column(ForeignKey(_PERSON, ondelete="RESTRICT"))

    case: Mapped[Case] = relationship()

    __table_args__ = (
        Index("uq_change_request_period", "validity_period_id", unique=True, sqlite_where=_COUNTS, postgresql_where=_COUNTS),
        Index("ix_change_request_base", "base_id", "approved_on"),
        CheckConstraint("main_type IN ('operator', 'investor', 'base_name', 'entity_rename')", name="main_type"),
        CheckConstraint("applicant IN ('investor', 'operator')", name="applicant"),
        CheckConstraint("main_type <> 'operator' OR applicant = 'investor'", name="who_asks"),
        CheckConstraint("with_name IS FALSE OR main_type IN ('operator', 'investor')", name="rides"),
        CheckConstraint(
            "(approved_on IS NULL AND approved_by IS NULL AND validity_period_id IS NULL AND counted IS NULL"
            " AND notice_no = '' AND notice_file_id IS NULL AND implement_due IS NULL AND implemented_on IS NULL"
            " AND annulled_on IS NULL)"
            " OR (approved_on IS NOT NULL AND approved_by IS NOT NULL AND validity_period_id IS NOT NULL"
            " AND counted IS NOT NULL AND notice_no <> '' AND notice_file_id IS NOT NULL AND implement_due IS NOT NULL)",
            name="approval",
        ),
        CheckConstraint("approved_by IS NULL OR (examined_by IS NOT NULL AND approved_by <> examined_by)", name="second_person"),
        CheckConstraint("implemented_on IS NULL OR (implemented_on >= approved_on AND annulled_on IS NULL)", name="carried_out"),
        CheckConstraint("annulled_on IS NULL OR annulled_on > implement_due", name="annulled"),
        CheckConstraint("(comment = '') = (commented_at IS NULL) AND (commented_at IS NULL) = (commented_by IS NULL)",
                        name="comment"),
    )


@access.scope(ChangeRequest)
def _request_sight(actor):
    return ChangeRequest.case_id.in_(access.visible(actor, Case, Case.id))
