"""Where the figures of a report come from: rosters and ledger of the period's days, the last report, the quarters."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import func, select

from incubator.bases.models import Base as IncubatorBase
from incubator.cases import submissions
from incubator.cases.queries import latest_submission
from incubator.kernel.database import db
from incubator.policy import indicators
from incubator.policy.calendar import Span
from incubator.policy.fields.reading import row_number
from incubator.policy.fields.report import REPORTS
from incubator.policy.periods import Period, period_from
from incubator.reports.models import FIGURES, Report, ReportFigures
from incubator.rosters import figures
from incubator.rosters.models import Tenant
from incubator.rosters.queries import number_on
from incubator.rosters.record_queries import graduates


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
    return _figures(base_id, _in(periods))


def figures_before(base_id: int, period: Period) -> tuple[Period | None, dict]:
    """The last period of the kind that was reported before this one, and its figures; skipped ones are passed over."""
    return next(iter(_figures(base_id, _last_before(base_id, period)).items()), (None, {}))


def _figures(base_id: int, condition) -> dict[Period, dict]:
    rows = db.session.scalars(select(ReportFigures).where(ReportFigures.base_id == base_id, condition))
    return {period_from(row.kind, row.period_start): as_dict(row) for row in rows}


def _in(periods: Iterable[Period]):
    periods = list(periods)
    return ReportFigures.kind.in_({p.kind for p in periods}) & ReportFigures.period_start.in_({p.span.from_on for p in periods})


def _last_before(base_id: int, period: Period):
    start = select(func.max(ReportFigures.period_start)).where(
        ReportFigures.base_id == base_id, ReportFigures.kind == period.kind, ReportFigures.period_start < period.span.from_on
    ).scalar_subquery()
    return (ReportFigures.kind == period.kind) & (ReportFigures.period_start == start)


def as_dict(row: ReportFigures) -> dict:
    return {name: value for name in FIGURES if (value := getattr(row, name)) is not None}


def said_before(period: Period, last: Period | None) -> str:
    """How the last report is spoken of: 上期, or by its own name where periods between were skipped."""
    return "上期" if last in (None, period.before) else last.span_label


def last_form(base_id: int, period: Period) -> dict:
    """What the last report of the kind before a period said, as stored; empty when there is none."""
    case_id = db.session.scalar(
        select(Report.case_id).where(
            Report.base_id == base_id, Report.kind == period.kind, Report.period_start < period.span.from_on,
            Report.first_submitted_at.is_not(None),
        ).order_by(Report.period_start.desc()).limit(1)
    )
    return submissions.content(latest_submission(case_id), REPORTS[period.kind])["form"] if case_id else {}


def sources(report: Report, stored: dict) -> Sources:
    """What the report of a base takes from its records as they are now; `stored` is its draft.

    The checks look at the last report that was filed, `t_begin` at the period just before: where that was skipped
    it is the roster of the eve (A13-3, §6).
    """
    period, base = report.period, db.session.get(IncubatorBase, report.base_id)
    known = _figures(base.id, _last_before(base.id, period) | _in(period.quarters) | _last_before(base.id, _after_its_quarters(period)))
    last = max((p for p in known if p.kind == period.kind and p.span.from_on < period.span.from_on), key=_end, default=None)
    before, begin = known.get(last), known.get(period.before, {}).get("t_end")
    day, moved = figures.roster_on(base.id, period.span.to_on), figures.movements(base.id, period.span)
    ledger = figures.services_in(base.id, period.span)
    found = _Sums(
        begin=number_on(base.id, period.span.from_on - timedelta(days=1)) if begin is None else begin,
        day=day, moved=moved, grad_cum=graduates(base.id, period.span.to_on), ledger=figures.ledger_figures(base.id, period.span, ledger),
    )
    twins = [line.name for line in day.tenants if line.verdict.twin]
    context = {"before": before or {}, "before_label": said_before(period, last), "area_incub": base.area_incub, "twins": twins}
    if period.quarter:
        counted = counted_before(report)
        grid = heads(stored, day, counted)
        return Sources(found.of_a_quarter(base, grid, _jobs_cum(report, stored, last, before, grid, counted)), grid, context, before is None)
    quarters = [known.get(q, {}) for q in period.quarters]
    services = [
        {"service": row.key, "times": row.times, "enterprises": row.ent_times, "people": row.people, "free": int(row.free_share or 0)}
        for row in figures.services_by_kind(base.id, period.span, ledger)
    ]
    kept = {"activities": figures.activities_in(base.id, period.span), "tax_relief": figures.tax_relief_of(base.id, period.year)}
    jobs_cum = _jobs_cum_of_a_year(base.id, period, known, day)
    return Sources(found.of_a_year(quarters[-1], jobs_cum, services) | kept, [], {**context, "quarters": quarters}, before is None)


def _after_its_quarters(period: Period) -> Period:
    """The quarter before which the last one known of a year lies; of a quarter, itself."""
    return period if period.quarter else Period(period.year + 1, 1)


def _end(period: Period) -> tuple:
    return period.span.to_on, period.quarter


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

    def of_a_year(self, last_quarter: dict, jobs_cum: int, services: list[dict]) -> dict:
        """The end of the year is told as its last quarter told it, where that was reported (AMB-36)."""
        return {
            **self._both(), "jobs_end": last_quarter.get("jobs_end", self.day.jobs_all),
            "jobs_cum": jobs_cum, "fin_n": self.ledger["fin_n"], "fin_amt": self.ledger["fin_amt"], "svc": services,
        }


def heads(stored: dict, day, before: dict[int, int]) -> list[Head]:
    """The grid: the tenants of the last day with the roster's head counts, over them what was typed."""
    typed = {number: row.get("jobs") for row in stored.get("heads") or () if (number := row_number(row.get("tenant"))) is not None}
    grid = []
    for line in day.tenants:
        roster, own = int(line.jobs or 0), row_number(typed.get(line.id))
        grid.append(Head(line.id, line.name, roster, roster if own is None else own, before.get(line.id)))
    return grid


def counted_before(report: Report) -> dict[int, int]:
    """Tenant → head count at the end of the last report, as it said; before the first one as the roster was on the eve."""
    if said := last_form(report.base_id, report.period):
        return _heads_of(said)
    eve = figures.roster_on(report.base_id, report.period.span.from_on - timedelta(days=1))
    return {line.id: int(line.jobs or 0) for line in eve.tenants}


def _heads_of(form: dict) -> dict[int, int]:
    return {int(row["tenant"]): int(row["jobs"] or 0) for row in form.get("heads") or ()}


def _jobs_cum(report: Report, stored: dict, last: Period | None, before: dict | None, grid: list[Head], counted: dict[int, int]) -> int:
    """§6: the last figure and the increases since; who came and left in between counts as it left."""
    since = last.opens_on if last else report.period.span.from_on
    after = _passed(report.base_id, Span(since, report.period.span.to_on)) | {head.tenant: head.jobs for head in grid}
    started = stored.get("jobs_start")
    known = before["jobs_cum"] if before and "jobs_cum" in before else row_number(started) or 0
    return indicators.jobs_cum(known, indicators.increases(counted, after))


def _jobs_cum_of_a_year(base_id: int, period: Period, known: dict[Period, dict], day) -> int:
    """As the last quarter told it; where that is not there yet, the last figure known and the increases since (AMB-36)."""
    last = max((p for p in known if "jobs_cum" in known[p] and p != period), key=_end, default=None)
    if last is None:
        return day.jobs_all
    if last.span.to_on == period.span.to_on:
        return known[last]["jobs_cum"]
    span = Span(last.opens_on, period.span.to_on)
    if not last.quarter:
        return indicators.jobs_cum(known[last]["jobs_cum"], figures.jobs_added(base_id, span))
    after = _passed(base_id, span) | {line.id: int(line.jobs or 0) for line in day.tenants}
    return indicators.jobs_cum(known[last]["jobs_cum"], indicators.increases(_heads_of(last_form(base_id, _after_its_quarters(period))), after))


def _passed(base_id: int, span: Span) -> dict[int, int]:
    """Tenants that came and left within the span → their head count when they left."""
    return dict(db.session.execute(
        select(Tenant.id, Tenant.jobs).where(Tenant.base_id == base_id, Tenant.in_on >= span.from_on, Tenant.out_on.between(span.from_on, span.to_on))
    ).all())
