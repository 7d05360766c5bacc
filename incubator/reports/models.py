"""Reports and their typed figures, the ticks of review, moved due days, outages, stamped scans."""

from datetime import date

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    select,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.bases.models import Base as IncubatorBase
from incubator.kernel import access
from incubator.kernel.database import Base, Instant
from incubator.kernel.workflow import Case
from incubator.policy.fields.report import REPORTS
from incubator.policy.periods import Period, period_from

KINDS = "kind IN ('quarterly_report', 'annual_report')"
TICKS = ("truth", "completeness", "accuracy")


class Report(Base):
    """The one report of a base for a period, born with its first draft (P7). `first_submitted_at` judges lateness."""

    __tablename__ = "report"
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False)
    base_id: Mapped[int] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(24))
    period_start: Mapped[date] = mapped_column(Date)
    first_submitted_at: Mapped[object | None] = mapped_column(Instant)

    case: Mapped[Case] = relationship()
    base: Mapped[IncubatorBase] = relationship()

    __table_args__ = (UniqueConstraint("base_id", "kind", "period_start"), CheckConstraint(KINDS, name="kind"))

    @property
    def period(self) -> Period:
        return period_from(self.kind, self.period_start)


class ReportFigures(Base):
    """The figures of the version that stands, as typed columns beside the immutable submission (design §4).

    One column for each number of the field tables of policy; ``warnings`` counts the soft checks that were explained.
    """

    __tablename__ = "report_figures"
    case_id: Mapped[int] = mapped_column(ForeignKey("report.case_id", ondelete="RESTRICT"), primary_key=True, autoincrement=False)
    base_id: Mapped[int] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(24))
    period_start: Mapped[date] = mapped_column(Date)
    version_no: Mapped[int] = mapped_column(Integer)
    warnings: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        UniqueConstraint("base_id", "kind", "period_start"),
        Index("ix_report_figures_period", "kind", "period_start", "base_id"),
        CheckConstraint(KINDS, name="kind"), CheckConstraint("version_no > 0 AND warnings >= 0", name="version"),
    )


FIGURES = {f.name: f for table in REPORTS.values() for f in table.fields if f.kind in ("int", "decimal")}
for _name, _field in FIGURES.items():
    setattr(ReportFigures, _name, mapped_column(_name, Integer if _field.kind == "int" else Numeric(17, 2), nullable=True))


class ReportTick(Base):
    """真实性, 完整性, 准确性 of one version as one office saw them, each with its comment (A3-4). Append-only."""

    __tablename__ = "report_tick"
    opinion_id: Mapped[int] = mapped_column(ForeignKey("opinion.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"))
    version_no: Mapped[int] = mapped_column(Integer)
    truth: Mapped[bool] = mapped_column(Boolean)
    truth_note: Mapped[str] = mapped_column(Text)
    completeness: Mapped[bool] = mapped_column(Boolean)
    completeness_note: Mapped[str] = mapped_column(Text)
    accuracy: Mapped[bool] = mapped_column(Boolean)
    accuracy_note: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        Index("ix_report_tick_case", "case_id", "opinion_id"),
        *(CheckConstraint(f"{name} OR length({name}_note) > 0", name=name) for name in TICKS),
    )


class Outage(Base):
    """The portal was out of reach (A13-9). Append-only."""

    __tablename__ = "outage"
    id: Mapped[int] = mapped_column(primary_key=True)
    from_at: Mapped[object] = mapped_column(Instant)
    to_at: Mapped[object] = mapped_column(Instant)
    what: Mapped[str] = mapped_column(String(120))
    source: Mapped[str] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(Text)
    by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    by_name: Mapped[str] = mapped_column(String(40))
    at: Mapped[object] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint("to_at > from_at", name="order"),
        CheckConstraint("source IN ('measured', 'entered')", name="source"),
        CheckConstraint("(source = 'entered') = (by_person_id IS NOT NULL)", name="entered"),
    )


class DeadlineOverride(Base):
    """The province moves the due day of a period, for all or for a region (AMB-22, AMB-42). Append-only; the last holds."""

    __tablename__ = "deadline_override"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(24))
    period_start: Mapped[date] = mapped_column(Date)
    region_id: Mapped[int | None] = mapped_column(ForeignKey("region.id", ondelete="RESTRICT"))
    due_on: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    outage_id: Mapped[int | None] = mapped_column(ForeignKey("outage.id", ondelete="RESTRICT"))
    by_person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    by_name: Mapped[str] = mapped_column(String(40))
    at: Mapped[object] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_deadline_override_period", "kind", "period_start", "id"),
        CheckConstraint(KINDS, name="kind"), CheckConstraint("length(reason) >= 10", name="reason"),
    )

    @property
    def period(self) -> Period:
        return period_from(self.kind, self.period_start)


class ReportScan(Base):
    """A signed and stamped print, matched to the very version that was printed by its hash. Append-only."""

    __tablename__ = "report_scan"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("report.case_id", ondelete="RESTRICT"))
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="RESTRICT"))
    hash: Mapped[str] = mapped_column(String(64))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    by_person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    by_name: Mapped[str] = mapped_column(String(40))
    at: Mapped[object] = mapped_column(Instant)

    __table_args__ = (UniqueConstraint("submission_id", "file_id"), Index("ix_report_scan_case", "case_id", "id"))


@access.scope(Report)
def _report_sight(actor):
    """A report is seen with its case: by offices once it was submitted."""
    return Report.case_id.in_(select(Case.id).where(access.sight(actor, Case)))


@access.scope(ReportFigures)
def _figures_sight(actor):
    return ReportFigures.case_id.in_(select(Case.id).where(access.sight(actor, Case)))


@access.scope(ReportTick)
def _tick_sight(actor):
    return ReportTick.case_id.in_(select(Case.id).where(access.sight(actor, Case)))


@access.scope(ReportScan)
def _scan_sight(actor):
    return ReportScan.case_id.in_(select(Case.id).where(access.sight(actor, Case)))


@access.scope(Outage)
def _outage_sight(actor):
    return true()


@access.scope(DeadlineOverride)
def _override_sight(actor):
    """A moved day is known to everybody who has a day."""
    return true()
