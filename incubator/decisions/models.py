"""Documents with legal effect and what they change (第八、十条)."""

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
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.bases.models import Base as IncubationBase
from incubator.kernel import access
from incubator.kernel.database import Base, Instant
from incubator.kernel.workflow import Case
from incubator.policy.fields.decision import DECISIONS, LEGACY, DecisionWords, consequence, words_of

_KNOWN = f"kind IN ({', '.join(repr(key) for key in (*DECISIONS, LEGACY))})"
# reliability §3.2: what a revocation needs besides the document and the second person
_REVOCATION = (
    "kind <> 'revocation'"
    " OR (voluntary IS TRUE AND investor_consent_id IS NOT NULL AND operator_consent_id IS NOT NULL)"
    " OR (voluntary IS FALSE AND prior_notice_on IS NOT NULL AND defence_until IS NOT NULL"
    " AND defence_until >= prior_notice_on AND coalesce(effective_on, document_on) > defence_until)"
    " OR (voluntary IS FALSE AND prior_notice_waived_reason IS NOT NULL AND length(prior_notice_waived_reason) >= 10)"
)


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
        UniqueConstraint("id", "kind", "document_on"),
        CheckConstraint("doc_n > 0", name="number"),
        CheckConstraint(_KNOWN, name="kind"),
        CheckConstraint("supplements_id <> id", name="supplements"),
        Index("ix_decision_on", "document_on", "id"),
        Index("ix_decision_supplements", "supplements_id"),
    )

    items: Mapped[list["DecisionItem"]] = relationship(back_populates="decision", order_by="DecisionItem.id")

    @property
    def document_no(self) -> str:
        return f"{self.doc_word}〔{self.doc_year}〕{self.doc_n}号"

    @property
    def words(self) -> DecisionWords:
        return words_of(self.kind)


class DecisionItem(Base):
    """One base of a document. What its kind needs is copied in, so that the CHECKs can judge it (P26).

    Kind and date are those of the document (composite key). It holds from `effective_on`, or
    where that is empty from the document's day.
    """

    __tablename__ = "decision_item"
    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(Integer)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"))
    base_id: Mapped[int] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(16))
    document_on: Mapped[date] = mapped_column(Date)
    notice_end: Mapped[date | None] = mapped_column(Date)
    initiator_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    approver_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    effective_on: Mapped[date | None] = mapped_column(Date)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    voluntary: Mapped[bool | None] = mapped_column(Boolean)
    investor_consent_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    operator_consent_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    prior_notice_on: Mapped[date | None] = mapped_column(Date)
    defence_until: Mapped[date | None] = mapped_column(Date)
    prior_notice_waived_reason: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (
        UniqueConstraint("case_id", "kind"),
        ForeignKeyConstraint(
            ["decision_id", "kind", "document_on"], ["decision.id", "decision.kind", "decision.document_on"],
            name="fk_decision_item_document", ondelete="RESTRICT",
        ),
        CheckConstraint(
            "kind NOT IN ('recognition', 'promotion') OR (notice_end IS NOT NULL AND document_on > notice_end)",
            name="notice_over",
        ),
        CheckConstraint("approver_id <> initiator_id", name="second_person"),
        CheckConstraint("valid_to > valid_from", name="order"),
        CheckConstraint("(valid_from IS NULL) = (valid_to IS NULL)", name="validity"),
        CheckConstraint("(kind IN ('recognition', 'renewal')) = (valid_from IS NOT NULL)", name="validity_kind"),
        CheckConstraint("effective_on >= document_on", name="effective"),
        CheckConstraint("(kind = 'revocation') = (voluntary IS NOT NULL)", name="voluntary"),
        CheckConstraint(_REVOCATION, name="revocation"),
        Index("ix_decision_item_base", "base_id"),
        Index("ix_decision_item_decision", "decision_id"),
    )

    decision: Mapped[Decision] = relationship(back_populates="items")
    case: Mapped[Case] = relationship()
    base: Mapped[IncubationBase] = relationship()

    @property
    def words(self) -> DecisionWords:
        return DECISIONS[self.kind]

    @property
    def consequence(self) -> str:
        """The validity that it gives, or the day from which it holds."""
        return consequence(self.kind, self.effective_on or self.document_on, self.valid_from, self.valid_to)


@access.scope(Decision)
def _decision_sight(actor):
    """Number, date and list of a decision are public acts; the scan has a sight of its own."""
    return true()
