"""Documents with legal effect and what they change (第八、十条)."""

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.bases.models import Base as IncubationBase
from incubator.kernel import access
from incubator.kernel.database import Base, Instant
from incubator.kernel.workflow import Case


class Decision(Base):
    """One document: number unique per agency word and year; its date is the legal act's.

    A supplement (补充文件) names the earlier document that held some applicants back (A8-3b, AMB-21).
    """

    __tablename__ = "decision"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    doc_word: Mapped[str] = mapped_column(String(30))
    doc_year: Mapped[int] = mapped_column(Integer)
    doc_n: Mapped[int] = mapped_column(Integer)
    document_on: Mapped[date] = mapped_column(Date)
    title: Mapped[str] = mapped_column(String(100))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    late_reason: Mapped[str] = mapped_column(Text, default="")
    entered_at: Mapped[object] = mapped_column(Instant)
    entered_by: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    supplements_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id", ondelete="RESTRICT"))
    __table_args__ = (
        UniqueConstraint("doc_word", "doc_year", "doc_n"),
        CheckConstraint("doc_n > 0", name="number"),
        CheckConstraint("supplements_id <> id", name="supplements"),
        Index("ix_decision_on", "document_on", "id"),
        Index("ix_decision_supplements", "supplements_id"),
    )

    items: Mapped[list["DecisionItem"]] = relationship(back_populates="decision", order_by="DecisionItem.id")

    @property
    def document_no(self) -> str:
        return f"{self.doc_word}〔{self.doc_year}〕{self.doc_n}号"


class DecisionItem(Base):
    """One base of a document. The notice's end is copied in, so that the CHECK can judge it (P26)."""

    __tablename__ = "decision_item"
    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id", ondelete="RESTRICT"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"))
    base_id: Mapped[int] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(16))
    document_on: Mapped[date] = mapped_column(Date)
    notice_end: Mapped[date | None] = mapped_column(Date)
    initiator_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    approver_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date] = mapped_column(Date)
    __table_args__ = (
        UniqueConstraint("case_id", "kind"),
        CheckConstraint(
            "kind NOT IN ('recognition', 'promotion') OR (notice_end IS NOT NULL AND document_on > notice_end)",
            name="notice_over",
        ),
        CheckConstraint("approver_id <> initiator_id", name="second_person"),
        CheckConstraint("valid_to > valid_from", name="order"),
        Index("ix_decision_item_base", "base_id"),
        Index("ix_decision_item_decision", "decision_id"),
    )

    decision: Mapped[Decision] = relationship(back_populates="items")
    case: Mapped[Case] = relationship()
    base: Mapped[IncubationBase] = relationship()


@access.scope(Decision)
def _decision_sight(actor):
    """Number, date and list of a decision are public acts; the scan has a sight of its own."""
    return true()
