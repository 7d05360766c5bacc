"""Where the figures of a report come from: rosters and ledger of the period's days, the last report, the quarters."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select

from incubator.bases.models import Base as IncubatorBase
from incubator.cases import submissions
from incubator.cases.queries import latest_submission
from incubator.kernel.database import db
from incubator.policy import indicators
from incubator.policy.fields.report import REPORTS
from incubator.policy.periods import Period
from incubator.reports.models import FIGURES, Report, ReportFigures
from incubator.rosters import figures
from incubator.rosters.models import Tenant
from incubator.rosters.queries import number_on


@dataclass(frozen=True)
class Head:
    """One line of the head-count grid: the tenant, its count when the period ended, the one typed, what it was before."""

    tenant: int
    name: str
    roster: int
    jobs: int
    before: int | None


@dataclass
class Sources:
    """All that a report takes from elsewhere: automatic figures, the grid, and the context of its checks."""

    computed: dict
    heads: list[Head]
    context: dict = field(default_factory=dict)
    first: bool = False


def figures_of(base_id: int, periods: list[Period]) -> dict[Period, dict]:
    """Period → figures of the version that stands; periods without a submitted report are left out. One query."""
    rows = db.session.scalars(
        select(ReportFigures).where(
            ReportFigures.base_id == base_id, ReportFigures.kind.in_({p.kind for p in periods}),
            ReportFigures.period_start.in_({p.span.from_on for p in periods}),
        )
    )
    found = {(row.kind, row.period_start): row for row in rows}
    return {p: as_dict(found[key]) for p in periods if (key := (p.kind, p.span.from_on)) in found}


def as_dict(row: ReportFigures) -> dict:
    return {name: value for name in FIGURES if (value := getattr(row, name)) is not None}


def last_form(base_id: int, period: Period) -> dict:
    """What the last report of the kind said, as stored; empty when there is none."""
    case_id = db.session.scalar(
        select(Report.case_id).where(
            Report.base_id == base_id, Report.kind == period.kind, Report.period_start == period.before.span.from_on,
            Report.first_submitted_at.is_not(None),
        )
    )
    return submissions.content(latest_submission(case_id), REPORTS[period.kind])["form"] if case_id else {}


def sources(report: Report, stored: dict) -> Sources:
    """What the report of a base takes from its records as they are now; `stored` is its draft."""
    period, base = report.period, db.session.get(IncubatorBase, report.base_id)
    known = figures_of(base.id, [period.before, *period.quarters])
    before = known.get(period.before)
    day, moved = figures.roster_on(base.id, period.span.to_on), figures.movements(base.id, period.span)
    ledger = figures.services_in(base.id, period.span)
    found = _Sums(
        begin=before["t_end"] if before and "t_end" in before else number_on(base.id, period.span.from_on - timedelta(days=1)),
        day=day, moved=moved, grad_cum=figures.grad_cum(base.id, period.span.to_on), ledger=figures.ledger_figures(base.id, period.span, ledger),
    )
    twins = [line.name for line in day.tenants if line.verdict.twin]
    context = {"before": before or {}, "area_incub": base.area_incub, "twins": twins}
    if period.quarter:
        counted = counted_before(report)
        grid = heads(stored, day, counted)
        return Sources(found.of_a_quarter(base, grid, _jobs_cum(report, stored, before, grid, counted)), grid, context, before is None)
    quarters = [known.get(q, {}) for q in period.quarters]
    services = [
        {"service": row.key, "times": row.times, "enterprises": row.ent_times, "people": row.people, "free": int(row.free_share or 0)}
        for row in figures.services_by_kind(base.id, period.span, ledger)
    ]
    kept = {"activities": figures.activities_in(base.id, period.span), "tax_relief": figures.tax_relief_of(base.id, period.year)}
    return Sources(found.of_a_year(quarters[-1], services) | kept, [], {**context, "quarters": quarters}, before is None)


@dataclass
class _Sums:
    """The automatic figures of a period before they are named."""

    begin: int
    day: object
    moved: object
    grad_cum: int
    ledger: dict

    def _both(self) -> dict:
        return {
            "t_begin": self.begin, "t_new": self.moved.new, "t_grad": self.moved.graduated, "t_exit": self.moved.left,
            "t_end": self.day.count, "t_count": self.day.countable, "grad_cum": self.grad_cum,
        }

    def of_a_quarter(self, base: IncubatorBase, grid: list[Head], jobs_cum: int) -> dict:
        typed = {head.tenant: head.jobs for head in grid}
        return {
            **self._both(), **self.ledger, "t_small": self.day.small, "area_used": self.day.area,
            "occupancy": indicators.occupancy(self.day.area, base.area_incub) or Decimal(0),
            "jobs_end": sum(typed.values()),
            "jobs": sum(typed[line.id] for line in self.day.tenants if line.verdict.counts), "jobs_cum": jobs_cum,
            "team_n": self.day.service_team, "mentor_n": self.day.mentors,
        }

    def of_a_year(self, last_quarter: dict, services: list[dict]) -> dict:
        """The end of the year is told as its last quarter told it, where that was reported (AMB-36)."""
        return {
            **self._both(), "jobs_end": last_quarter.get("jobs_end", self.day.jobs_all),
            "jobs_cum": last_quarter.get("jobs_cum", self.day.jobs_all), "fin_n": self.ledger["fin_n"],
            "fin_amt": self.ledger["fin_amt"], "svc": services,
        }


def heads(stored: dict, day, before: dict[int, int]) -> list[Head]:
    """The grid: the tenants of the last day with the roster's head counts, over them what was typed."""
    typed = {int(row["tenant"]): row["jobs"] for row in stored.get("heads") or () if str(row.get("tenant") or "").isdigit()}
    grid = []
    for line in day.tenants:
        roster, own = int(line.jobs or 0), typed.get(line.id)
        grid.append(Head(line.id, line.name, roster, int(own) if str(own).isdigit() else roster, before.get(line.id)))
    return grid


def counted_before(report: Report) -> dict[int, int]:
    """Tenant → head count at the end of the last period: as the last report said, else as the roster was on the eve."""
    said = last_form(report.base_id, report.period).get("heads")
    if said:
        return {int(row["tenant"]): int(row["jobs"] or 0) for row in said}
    eve = figures.roster_on(report.base_id, report.period.span.from_on - timedelta(days=1))
    return {line.id: int(line.jobs or 0) for line in eve.tenants}


def _jobs_cum(report: Report, stored: dict, before: dict | None, grid: list[Head], counted: dict[int, int]) -> int:
    """§6: the last figure and the increases of the period; who came and left within it counts as it left."""
    span = report.period.span
    passed = db.session.execute(
        select(Tenant.id, Tenant.jobs).where(
            Tenant.base_id == report.base_id, Tenant.in_on >= span.from_on, Tenant.out_on.between(span.from_on, span.to_on),
        )
    )
    after = dict(passed.all()) | {head.tenant: head.jobs for head in grid}
    started = stored.get("jobs_start")
    last = before["jobs_cum"] if before and "jobs_cum" in before else int(started) if str(started).isdigit() else 0
    return indicators.jobs_cum(last, indicators.increases(counted, after))
