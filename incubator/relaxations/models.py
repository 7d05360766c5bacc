"""What the local offices propose; what the province granted stands with the base."""

from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from incubator.kernel import access
from incubator.kernel.database import Base, Instant
from incubator.kernel.workflow import Case

Threshold = Numeric(12, 2)
_OPEN = text("status = 'open'")


class RelaxationProposal(Base):
    """One standard of one dossier, as an office proposed it; answered by the province or taken back."""

    __tablename__ = "relaxation_proposal"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"))
    standard: Mapped[str] = mapped_column(String(24))
    threshold: Mapped[Decimal] = mapped_column(Threshold)
    actual: Mapped[Decimal] = mapped_column(Threshold)
    reason: Mapped[str] = mapped_column(Text)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id", ondelete="RESTRICT"))
    office_name: Mapped[str] = mapped_column(String(60))
    by_person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    by_name: Mapped[str] = mapped_column(String(40))
    at: Mapped[object] = mapped_column(Instant)
    status: Mapped[str] = mapped_column(String(12), default="open")
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    answered_at: Mapped[object | None] = mapped_column(Instant)

    __table_args__ = (
        Index("uq_relaxation_proposal_open", "case_id", "standard", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_relaxation_proposal_case", "case_id", "id"),
        CheckConstraint("status IN ('open', 'granted', 'refused', 'withdrawn')", name="status"),
        CheckConstraint("(status = 'open') = (answered_at IS NULL)", name="answered"),
        CheckConstraint("length(reason) >= 10", name="reason"),
    )


@access.scope(RelaxationProposal)
def _proposal_sight(actor):
    return RelaxationProposal.case_id.in_(access.visible(actor, Case, Case.id))
