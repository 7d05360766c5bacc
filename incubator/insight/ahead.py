"""Per office: who will miss a deadline, lapse or fall below a standard in the next 90 days, on what is known now."""

import json
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from incubator.bases.models import Base
from incubator.insight.register import Looked, in_force
from incubator.kernel import access, clock
from incubator.kernel.database import db
from incubator.kernel.parameters import editions
from incubator.obligations.models import Obligation
from incubator.obligations.urgings import owed_under
from incubator.policy.calendar import chinese_date
from incubator.policy.foresight import HORIZON, Ahead, Leaving, first_falls, lapse

MOST = 200


@dataclass(frozen=True)
class Expected:
    """One line: which base, what will happen when and why; `obligation` is what may be urged for it."""

    base: Base
    ahead: Ahead
    obligation: int | None = None
    name: str = ""


@dataclass(frozen=True)
class Foresight:
    until: date
    deadlines: list[Expected]
    lapses: list[Expected]
    standards: list[Expected]


def foresee(actor) -> Foresight:
    """The three lists of an office, the nearest day first."""
    access.require(actor, "insight.foresee")
    today = clock.today()
    looked = in_force(actor, today)
    owed = _owed(actor, today)
    of_base = {}
    for row, base in owed:
        of_base.setdefault(base.id, row.id)
    lapses, standards, drawn = [], [], editions()
    renewals = {row.base_id: row.id for row, _ in owed if row.kind == "renewal"}
    for each in looked:
        found = lapse(each.standing, today)
        if found:
            lapses.append(Expected(each.base, found, renewals.get(each.base.id, of_base.get(each.base.id))))
        falls = first_falls(each.facts, leaving(each), lambda facts, on, e=each: e.findings(facts, on, drawn), today)
        standards += [Expected(each.base, fall, of_base.get(each.base.id)) for fall in (*falls, *papers(each, today))]
    deadlines = [Expected(base, _deadline(row, today), row.id, row.name) for row, base in owed]
    return Foresight(today + timedelta(days=HORIZON), *(
        sorted(lines, key=lambda line: line.ahead.on)[:MOST] for lines in (deadlines, lapses, standards)
    ))


def _owed(actor, today: date) -> list[tuple[Obligation, Base]]:
    """What bases owe under this office within the horizon, and what is overdue already."""
    rows = db.session.execute(
        select(Obligation, Base).join(Base, Base.id == Obligation.base_id)
        .where(owed_under(actor), Obligation.due_on <= today + timedelta(days=HORIZON))
        .options(joinedload(Obligation.case)).order_by(Obligation.due_on, Obligation.id).limit(MOST)
    )
    return [tuple(row) for row in rows]


def _deadline(row: Obligation, today: date) -> Ahead:
    late = (today - row.due_on).days
    why = f"已过期 {late} 天，还没有办" if late > 0 else f"{chinese_date(row.due_on)}到期，还没有办"
    return Ahead(row.due_on, row.name, why, row.article)


def leaving(each: Looked) -> list[Leaving]:
    """Agreements of tenants that count, and terms of mentors, that end."""
    found = [
        Leaving(line.agr_end, {"tenants_countable": 1, "jobs": int(line.jobs or 0)}, f"{line.name}的孵化协议{chinese_date(line.agr_end)}到期")
        for line in each.tenants if line.verdict.counts
    ]
    for line in each.team:
        if line.term_end:
            takes = {"mentors": int(line.category in ("mentor", "both")), "service_team": int(line.category in ("service", "both"))}
            found.append(Leaving(line.term_end, {k: n for k, n in takes.items() if n}, f"{line.post}一人的聘期{chinese_date(line.term_end)}到期"))
    return found


def papers(each: Looked, today: date) -> list[Ahead]:
    """Lease of the site and agreement between investor and operator that end within the horizon."""
    profile, found = json.loads(each.base.profile or "{}"), []
    for key, what, article in (("lease_end", "场地租赁到期", "5(2)"), ("coop_agreement_end", "合作协议到期", "4")):
        if profile.get(key) and today <= (end := date.fromisoformat(profile[key])) <= today + timedelta(days=HORIZON):
            found.append(Ahead(end + timedelta(days=1), what, f"登记的期限到{chinese_date(end)}", article))
    return found


__all__ = ["Expected", "Foresight", "foresee"]
