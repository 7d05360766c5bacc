"""What the rosters and records give to the reports (A13-3, §8.4, §8.5): counts of days and of periods.

Who was on a roster is told by ``in_on`` and ``out_on``, the values by the versions of that evening; services are those
of the days of the period as the ledger knows them now. What a report said stays in its submission.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from incubator.kernel.database import db
from incubator.policy import records as policy
from incubator.policy.calendar import Span
from incubator.policy.fields.tax_relief import all_kept, tax_label
from incubator.policy.sizes import size_in
from incubator.rosters import queries
from incubator.rosters.models import Tenant
from incubator.rosters.records import Activity, ServiceRecord, TaxRelief
from incubator.rosters.tables import SERVICES, TAXES, values_of


def services_in(base_id: int, span: Span) -> list[dict]:
    """The rows of the ledger whose day lies in the period and that were not struck out, by day."""
    rows = db.session.scalars(
        select(ServiceRecord)
        .where(
            ServiceRecord.base_id == base_id, ServiceRecord.out_on.is_(None),
            ServiceRecord.served_on.between(span.from_on, span.to_on),
        )
        .order_by(ServiceRecord.served_on, ServiceRecord.id)
    )
    return [values_of(SERVICES, row) for row in rows]


def ledger_figures(base_id: int, span: Span, services: list[dict] | None = None) -> dict[str, int | Decimal]:
    """Of the ledger, or of `services` that were read of it already: svc_ent_times, train_n, train_p, match_n, fin_n, fin_amt (万元), safe_n, haz_n, haz_fixed (§8.4)."""
    return policy.ledger_figures(services_in(base_id, span) if services is None else services)


def services_by_kind(base_id: int, span: Span, services: list[dict] | None = None) -> list[policy.KindOfService]:
    """The eight services of the annual report, each with times, enterprises, people and share of free ones (§8.5)."""
    return policy.by_kind(services_in(base_id, span) if services is None else services)


def activities_in(base_id: int, span: Span) -> list[dict]:
    """The activities of the period as the annual report tells them (A9-1, §8.5)."""
    rows = db.session.scalars(
        select(Activity)
        .where(Activity.base_id == base_id, Activity.out_on.is_(None), Activity.held_on.between(span.from_on, span.to_on))
        .order_by(Activity.held_on, Activity.id)
    )
    return [{name: getattr(row, name) for name in ("name", "held_on", "role", "level", "people")} for row in rows]


def tax_relief_of(base_id: int, year: int) -> list[dict]:
    """The tax relief recorded for a year, and whether its papers are kept (A11-1, §8.5)."""
    rows = db.session.scalars(
        select(TaxRelief).where(TaxRelief.base_id == base_id, TaxRelief.out_on.is_(None), TaxRelief.year == year).order_by(TaxRelief.id)
    )
    known = [values_of(TAXES, row) for row in rows]
    return [{"tax_kind": tax_label(v), "basis": v["basis"], "amount": v["amount"], "kept": all_kept(v)} for v in known]


@dataclass(frozen=True)
class RosterDay:
    """Both rosters of one evening, and what a report takes of them."""

    day: date
    tenants: list[queries.Line]
    team: list[queries.Line]
    count: int
    countable: int
    small: int
    jobs_all: int
    jobs: int
    area: Decimal
    service_team: int
    mentors: int


def roster_on(base_id: int, day: date) -> RosterDay:
    """The tenants and the team as they were that day (§8.4: t_end, t_count, t_small, jobs_end, area_used, team_n)."""
    found = queries.roster_on(base_id, day)
    tenants, team = found["tenants"], found["team"]
    totals = queries.totals(tenants, team)
    return RosterDay(
        day, tenants, team, totals.count.tenants_all, totals.count.tenants_countable,
        sum(1 for line in tenants if size_in(line.values) in policy.SMALL), totals.count.jobs_all, totals.count.jobs,
        sum((line.area or 0 for line in tenants), Decimal("0.00")), totals.heads["service_team"], totals.heads["mentors"],
    )


def movements(base_id: int, span: Span) -> policy.Movements:
    """Tenants that came, graduated and left in the period: with ``roster_on`` of the eve they give its end (T77)."""
    rows = db.session.execute(
        select(Tenant.in_on, Tenant.out_on, Tenant.status).where(
            Tenant.base_id == base_id,
            Tenant.in_on.between(span.from_on, span.to_on) | Tenant.out_on.between(span.from_on, span.to_on),
        )
    )
    return policy.movements((policy.Stay(*row) for row in rows), span)


def jobs_added(base_id: int, span: Span) -> int:
    """What the period adds to ``jobs_cum`` (§6): increases of head counts, whole counts of new tenants.

    A tenant that came and left within the period counts with the head count that it had when it left.
    """
    before = {line.id: int(line.jobs or 0) for line in queries.roster_on(base_id, span.from_on - timedelta(days=1))["tenants"]}
    after = {line.id: int(line.jobs or 0) for line in queries.roster_on(base_id, span.to_on)["tenants"]}
    passed = db.session.execute(
        select(Tenant.id, Tenant.jobs).where(
            Tenant.base_id == base_id, Tenant.in_on >= span.from_on, Tenant.out_on.between(span.from_on, span.to_on)
        )
    )
    return policy.jobs_added(before, {**dict(passed.all()), **after})
