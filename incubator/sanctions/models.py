"""The contract of a rectification, the rows of a revocation, proofs of service, and what is owed afterwards."""

import json
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
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.bases.models import Base as IncubationBase
from incubator.decisions.models import DecisionItem
from incubator.inspections.models import InspectionFinding
from incubator.kernel import access
from incubator.kernel.database import Base, Instant
from incubator.kernel.workflow import Case
from incubator.policy.sanctions import FOLLOW_UPS, REASON_AT_LEAST, RECOVERY, ROUTES, TAX

_CASE = "case_.id"


def _keys(words) -> str:
    return ", ".join(repr(key) for key in words)


class _Written:
    """Who wrote a row, and when."""

    by_person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    by_name: Mapped[str] = mapped_column(String(40))
    at: Mapped[object] = mapped_column(Instant)


class RectificationItem(_Written, Base):
    """One line of the contract: the problem, what must be reached, what proves it (A15-2, §8.18)."""

    __tablename__ = "rectification_item"
    id: Mapped[int] = mapped_column(primary_key=True)
    inspection_id: Mapped[int] = mapped_column(ForeignKey(_CASE, ondelete="RESTRICT"))
    finding_id: Mapped[int] = mapped_column(ForeignKey("inspection_finding.id", ondelete="RESTRICT"), unique=True)
    required: Mapped[str] = mapped_column(Text)
    proof: Mapped[str] = mapped_column(Text)
    __table_args__ = (
        CheckConstraint("length(required) >= 5 AND length(proof) >= 2", name="written"),
        Index("ix_rectification_item_inspection", "inspection_id"),
    )

    finding: Mapped[InspectionFinding] = relationship()


class Rectification(Base):
    """A rectification that runs or ran, and the inspection that it comes from; its days stand with the base."""

    __tablename__ = "rectification"
    case_id: Mapped[int] = mapped_column(ForeignKey(_CASE, ondelete="RESTRICT"), primary_key=True)
    inspection_id: Mapped[int] = mapped_column(ForeignKey(_CASE, ondelete="RESTRICT"), unique=True)
    base_id: Mapped[int] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    from_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    __table_args__ = (CheckConstraint("due_on > from_on", name="order"), Index("ix_rectification_base", "base_id"))


class RectificationCheck(_Written, Base):
    """Whether an item was met, as an office saw it of a version of the report; append-only (§8.18)."""

    __tablename__ = "rectification_check"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey(_CASE, ondelete="RESTRICT"))
    item_id: Mapped[int] = mapped_column(ForeignKey("rectification_item.id", ondelete="RESTRICT"))
    version_no: Mapped[int] = mapped_column(Integer)
    tier: Mapped[str] = mapped_column(String(12))
    met: Mapped[bool] = mapped_column(Boolean)
    remark: Mapped[str] = mapped_column(Text)
    office_name: Mapped[str] = mapped_column(String(60))
    __table_args__ = (
        CheckConstraint("length(remark) >= 2", name="remark"), Index("ix_rectification_check_case", "case_id", "id"),
    )


class Revocation(Base):
    """The facts of a revocation (§8.15). Both consents stand beside a voluntary one once it was submitted (T93)."""

    __tablename__ = "revocation"
    case_id: Mapped[int] = mapped_column(ForeignKey(_CASE, ondelete="RESTRICT"), primary_key=True)
    base_id: Mapped[int] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    route: Mapped[str] = mapped_column(String(12))
    reasons: Mapped[str] = mapped_column(Text)
    facts: Mapped[str] = mapped_column(Text)
    tenants_plan: Mapped[str] = mapped_column(Text, default="")
    evidence: Mapped[str] = mapped_column(Text, default="[]")
    investor_consent_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    operator_consent_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    source_id: Mapped[int | None] = mapped_column(ForeignKey(_CASE, ondelete="RESTRICT"))
    initiator_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    __table_args__ = (
        CheckConstraint(f"route IN ({_keys(ROUTES)})", name="route"),
        CheckConstraint("route <> 'direct' OR initiator_id IS NOT NULL", name="initiator"),
        Index("ix_revocation_base", "base_id"),
    )

    @property
    def voluntary(self) -> bool:
        return self.route == "voluntary"

    @property
    def codes(self) -> list[str]:
        return json.loads(self.reasons)

    @property
    def files(self) -> list[int]:
        return json.loads(self.evidence)

    @property
    def route_label(self) -> str:
        return ROUTES[self.route]


class PriorNotice(_Written, Base):
    """The base was told and until when it could speak, or why it was not told; one a case, append-only (A16-4)."""

    __tablename__ = "prior_notice"
    case_id: Mapped[int] = mapped_column(ForeignKey(_CASE, ondelete="RESTRICT"), primary_key=True)
    notified_on: Mapped[date | None] = mapped_column(Date)
    method: Mapped[str] = mapped_column(String(20), default="")
    receiver: Mapped[str] = mapped_column(String(40), default="")
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    defence_until: Mapped[date | None] = mapped_column(Date)
    waived_reason: Mapped[str] = mapped_column(Text, default="")
    began_on: Mapped[date | None] = mapped_column(Date)  # the day on which the case came to its decision
    __table_args__ = (
        CheckConstraint(
            "(notified_on IS NOT NULL AND defence_until IS NOT NULL AND file_id IS NOT NULL AND waived_reason = '')"
            f" OR (notified_on IS NULL AND defence_until IS NULL AND length(waived_reason) >= {REASON_AT_LEAST})",
            name="told_or_waived",
        ),
        CheckConstraint("defence_until IS NULL OR defence_until > notified_on", name="window"),
        CheckConstraint("notified_on IS NULL OR began_on IS NULL OR notified_on >= began_on", name="begun"),
    )


class Defence(_Written, Base):
    """What the base had to say, and the answer. The words stay; the answer is given once."""

    __tablename__ = "defence"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey(_CASE, ondelete="RESTRICT"))
    received_on: Mapped[date] = mapped_column(Date)
    by_base: Mapped[bool] = mapped_column(Boolean)
    words: Mapped[str] = mapped_column(Text)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    answered_at: Mapped[object | None] = mapped_column(Instant)
    __table_args__ = (
        CheckConstraint("(answer = '') = (answered_at IS NULL) AND (answer = '') = (answered_by IS NULL)", name="answered"),
        Index("ix_defence_case", "case_id", "id"),
    )


class ServedPaper(_Written, Base):
    """送达回证: how a decision reached the base, or that it refused it; append-only (A15-7)."""

    __tablename__ = "served_paper"
    item_id: Mapped[int] = mapped_column(ForeignKey("decision_item.id", ondelete="RESTRICT"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey(_CASE, ondelete="RESTRICT"))
    served_on: Mapped[date] = mapped_column(Date)
    method: Mapped[str] = mapped_column(String(20))
    served_by: Mapped[str] = mapped_column(String(60))
    receiver: Mapped[str] = mapped_column(String(40), default="")
    refusal: Mapped[str] = mapped_column(Text, default="")
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    __table_args__ = (
        CheckConstraint(f"(receiver <> '') <> (length(refusal) >= {REASON_AT_LEAST})", name="received_or_refused"),
        Index("ix_served_paper_case", "case_id"),
    )

    item: Mapped[DecisionItem] = relationship()


class FollowUp(_Written, Base):
    """What the county did after a revocation: the plaque, or why not; the notice to the tax office (T96)."""

    __tablename__ = "follow_up"
    case_id: Mapped[int] = mapped_column(ForeignKey(_CASE, ondelete="RESTRICT"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    done_on: Mapped[date | None] = mapped_column(Date)
    condition: Mapped[str] = mapped_column(String(60), default="")
    unable_reason: Mapped[str] = mapped_column(Text, default="")
    document_no: Mapped[str] = mapped_column(String(60), default="")
    receiver: Mapped[str] = mapped_column(String(60), default="")
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    __table_args__ = (
        CheckConstraint(f"kind IN ({_keys(FOLLOW_UPS)})", name="kind"),
        CheckConstraint(
            f"(done_on IS NOT NULL AND unable_reason = '')"
            f" OR (kind = '{RECOVERY}' AND done_on IS NULL AND length(unable_reason) >= {REASON_AT_LEAST})",
            name="done_or_unable",
        ),
        CheckConstraint(f"kind <> '{TAX}' OR (document_no <> '' AND receiver <> '')", name="notice"),
        CheckConstraint("done_on IS NULL OR file_id IS NOT NULL", name="proof"),
    )

    @property
    def label(self) -> str:
        return FOLLOW_UPS[self.kind]


class TaxStopOverride(_Written, Base):
    """Another day on which the relief ends, by another law; append-only, the last one holds (A17-2)."""

    __tablename__ = "tax_stop_override"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey(_CASE, ondelete="RESTRICT"))
    stop_on: Mapped[date] = mapped_column(Date)
    basis: Mapped[str] = mapped_column(String(200))
    document_no: Mapped[str] = mapped_column(String(60))
    __table_args__ = (
        CheckConstraint("length(basis) >= 4 AND document_no <> ''", name="basis"),
        Index("ix_tax_stop_override_case", "case_id", "id"),
    )


class FundList(_Written, Base):
    """Who may apply for the special funds on a day, as it was printed, with a code to check it by (A15-3)."""

    __tablename__ = "fund_list"
    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    code: Mapped[str] = mapped_column(String(16))
    content: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String(64))
    eligible: Mapped[int] = mapped_column(Integer)
    total: Mapped[int] = mapped_column(Integer)
    __table_args__ = (
        UniqueConstraint("code"), CheckConstraint("eligible >= 0 AND eligible <= total", name="numbers"),
        Index("ix_fund_list_day", "day", "id"),
    )

    @property
    def lines(self) -> list[dict]:
        return json.loads(self.content)


def _of_case(model):
    @access.scope(model)
    def _sight(actor):
        return model.case_id.in_(access.visible(actor, Case, Case.id))


for _model in (Rectification, RectificationCheck, Revocation, PriorNotice, Defence, ServedPaper, FollowUp, TaxStopOverride):
    _of_case(_model)


@access.scope(DecisionItem)
def _item_sight(actor):
    """What was decided on a base is seen with the base."""
    return DecisionItem.base_id.in_(access.visible(actor, IncubationBase, IncubationBase.id))


@access.scope(FundList)
def _list_sight(actor):
    """Whoever has the code may check a list; the pages name it by its code."""
    return true()

