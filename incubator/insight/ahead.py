"""Per office: who will miss a deadline, lapse or fall below a standard in the next 90 days, on what is known now."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from incubator.bases.models import Base
from incubator.insight.register import Looked, in_force
from incubator.kernel import access, clock, ledger, outbox
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Refused
from incubator.kernel.parameters import editions
from incubator.obligations.models import Obligation
from incubator.obligations.urgings import owed_under
from incubator.policy.calendar import chinese_date
from incubator.policy.foresight import HORIZON, Ahead, Leaving, first_falls, lapse

SHOWN = 200
AT_MOST = 5000  # debts of a whole province that are looked through
SOON, BACK = 10, 400  # days: near enough that nothing begun is a sign; how far back lateness is remembered


@dataclass(frozen=True)
class Expected:
    """One line: which base, what will happen when and why; `obligation` is the debt that may be urged for it."""

    base: Base
    ahead: Ahead
    obligation: int | None = None


@dataclass(frozen=True)
class Foresight:
    """The three lists of an office, the nearest day first; `in_time` more debts show no sign of being missed."""

    until: date
    deadlines: list[Expected]
    lapses: list[Expected]
    standards: list[Expected]
    in_time: int


def foresee(actor, region_id: int | None = None) -> Foresight:
    """Who will miss a deadline, lapse or fall short, under an office or in one of its regions."""
    access.require(actor, "insight.foresee")
    today = clock.today()
    looked, owed = in_force(actor, today, region_id), _owed(actor, today, region_id)
    renewals = {row.base_id: row.id for row, _ in owed if row.kind == "renewal"}
    lapses, standards, drawn = [], [], editions()
    for each in looked:
        found = lapse(each.standing, today, filed=each.renewing)
        if found:
            lapses.append(Expected(each.base, found, renewals.get(each.base.id)))
        falls = first_falls(each.facts, leaving(each), lambda facts, on, e=each: e.findings(facts, on, drawn), today)
        standards += [Expected(each.base, fall) for fall in (*falls, *papers(each, today))]
    late = _late_before({base.id for _, base in owed}, today)
    signs = [(row, base, _sign(row, today, late.get((base.id, row.kind), 0))) for row, base in owed]
    deadlines = [Expected(base, Ahead(row.due_on, row.name, why, row.article), row.id) for row, base, why in signs if why]
    return Foresight(today + timedelta(days=HORIZON), *(
        sorted(lines, key=lambda line: line.ahead.on) for lines in (deadlines, lapses, standards)
    ), in_time=len(owed) - len(deadlines))


def _owed(actor, today: date, region_id: int | None) -> list[tuple[Obligation, Base]]:
    """What bases owe under this office within the horizon, and what is overdue already."""
    query = (
        select(Obligation, Base).join(Base, Base.id == Obligation.base_id)
        .where(owed_under(actor), Obligation.due_on <= today + timedelta(days=HORIZON))
    )
    if region_id is not None:
        query = query.where(Base.region_id == region_id)
    rows = db.session.execute(query.options(joinedload(Obligation.case)).order_by(Obligation.due_on, Obligation.id).limit(AT_MOST))
    return [tuple(row) for row in rows]


def _late_before(base_ids: set[int], today: date) -> dict[tuple[int, str], int]:
    """(base, kind of debt) → how often it was fulfilled after its day of late."""
    rows = db.session.execute(
        select(Obligation.base_id, Obligation.kind, Obligation.due_on, Obligation.fulfilled_at)
        .where(Obligation.base_id.in_(base_ids), Obligation.due_on.between(today - timedelta(days=BACK), today), Obligation.fulfilled_at.is_not(None))
    )
    return Counter((base_id, kind) for base_id, kind, due_on, at in rows if clock.day_of(at) > due_on)


def _sign(row: Obligation, today: date, late_before: int) -> str:
    """Why this debt will be missed as far as is known now; empty where nothing points to it."""
    left = (row.due_on - today).days
    if left < 0:
        return f"已过期 {-left} 天，还没有办"
    begun = "已经开始填" if row.case_id else "还没有开始办"
    if late_before:
        return f"过去一年迟过 {late_before} 次，这一次{begun}"
    return f"只剩 {left} 天，{begun}" if left <= SOON and not row.case_id else ""


def remind(actor, base_id: int, what: str) -> None:
    """One letter to the people of a base about one line, and its record; a line that no longer stands is refused.

    For what is foreseen without being owed by a day; a debt is urged where it stands (A13-6).
    """
    access.require(actor, "obligation.urge")
    with transaction():
        base = access.load(actor, Base, base_id)
        found = foresee(actor, base.region_id)
        line = next((e for e in (*found.lapses, *found.standards) if e.base.id == base.id and e.ahead.what == what), None)
        if line is None:
            raise Refused("12", "这一项已经不在推算里", "回到“今后 90 天”核对")
        facts = {"what": line.ahead.what, "why": line.ahead.why, "on": line.ahead.on.isoformat(), "article": line.ahead.article}
        event = ledger.append(f"base:{base.id}", "foreseen", actor, facts)
        outbox.put("foreseen", f"foreseen:{base.id}:{event.id}", {"base": base.id, "office": actor.office_name, **facts})


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
