"""Filing a renewal, settling it, and what the day brings to those who filed none (第十条)."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import aliased

from incubator.bases.facts import facts_of_bases, refresh_status, standing_of
from incubator.bases.models import Base, ValidityPeriod
from incubator.campaigns.models import Campaign
from incubator.kernel import access, clock, ledger, registry
from incubator.kernel.database import db, transaction
from incubator.kernel.parameters import whole, workday
from incubator.kernel.registry import Lack
from incubator.kernel.workflow import Case, Given
from incubator.obligations.commands import fulfil, open_obligation
from incubator.obligations.models import Obligation
from incubator.policy import standing
from incubator.policy.calendar import chinese_date, renewal_refusal, renewal_window, station_due
from incubator.policy.counting import by_natural_days, on_fixed_day
from incubator.recognitions import commands as applications
from incubator.recognitions.commands import counts_of
from incubator.recognitions.materials import guide_of
from incubator.renewals import events, queries
from incubator.renewals.models import Renewal

REMIND_DAYS = "remind_renewal_first"


def open_renewal(actor) -> Case:
    """The draft of a renewal; it may be written before the window opens, and is submitted within it."""
    return applications.open_application(actor, "renewal")


def submit_renewal(actor, case_id: int, *, seen_version: int) -> Case:
    """Submit it: the first submission decides whether it is in time (AMB-27, AMB-33)."""
    return applications.submit_application(actor, case_id, seen_version=seen_version)


@counts_of
def _period(case: Case) -> dict:
    """The present period, where the form asks for it."""
    if not any(f.name == "period_to" for f in applications.form_table(case.kind).fields):
        return {}
    now = standing_of(db.session.get(Base, case.base_id))
    return {"period_from": now.valid_from, "period_to": now.valid_to} if now.valid_to else {}


@guide_of("renewal")
def _guide(case: Case) -> Campaign | None:
    """The guide of the year in which the window opens (A7-7)."""
    valid_to = standing_of(db.session.get(Base, case.base_id)).valid_to
    return db.session.scalar(
        select(Campaign).where(Campaign.kind == "renewal", Campaign.year == renewal_window(valid_to).from_on.year)
        .order_by(Campaign.opens_at.desc()).limit(1)
    ) if valid_to else None


@registry.evidence("renewable")
def _renewable(case: Case):
    """Only what is in force and has an end can be renewed (A10-2, AMB-28, T09, T16)."""
    now = standing_of(db.session.get(Base, case.base_id))
    if not now.recognised_before:
        yield Lack("10", "还没有认定，没有有效期可以续延", "认定以后，期满前三个月内申请续延")
    elif now.state == standing.REVOKED:
        yield Lack("16", f"基地已撤销（{now.note}），不能申请续延", "可以重新申请账号和备案")
    elif now.valid_to is None or clock.today() > now.valid_to:
        refusal = renewal_refusal(clock.today(), now.valid_to)
        yield Lack("10", refusal.reason, refusal.way_out)


@registry.evidence("renewal_window")
def _renewal_window(case: Case):
    """A10-2, T05 to T09: within the three months before the end, both days included."""
    base = db.session.get(Base, case.base_id)
    refusal = renewal_refusal(clock.today(), standing_of(base).valid_to)
    if refusal is not None:
        yield Lack("10", refusal.reason, refusal.way_out)


@registry.evidence("not_rectifying")
def _not_rectifying(case: Case):
    return rectifying_lacks(standing_of(db.session.get(Base, case.base_id)))


def rectifying_lacks(now: standing.Standing) -> list[Lack]:
    """AMB-29: not approved while a rectification is open."""
    if not now.rectifying:
        return []
    until = f"，整改到{chinese_date(now.rectification_due)}" if now.rectification_due else ""
    return [Lack("15", f"基地在限期整改{until}，整改期间不能同意续延", "暂缓到整改验收，或者不予续延")]


@registry.effect("file_renewal")
def _file(case: Case, step, actor, given: Given) -> None:
    """First submitted: from now on it is in time whatever follows (AMB-26, AMB-27)."""
    base = db.session.get(Base, case.base_id)
    window = renewal_window(standing_of(base).valid_to)
    db.session.add(
        Renewal(case_id=case.id, base_id=base.id, window_from=window.from_on, valid_to=window.to_on, filed_on=clock.today())
    )
    refresh_status(base)
    fulfil((Obligation.kind == "renewal") & (Obligation.key == key_of(base.id, window.to_on)), actor)


@registry.effect("end_renewal")
def _end(case: Case, step, actor, given: Given) -> None:
    """Settled, by whatever way: from this day it keeps nothing in force by itself."""
    row = queries.of_case(case.id)
    if row is not None:
        row.ended_on = clock.today()
        db.session.flush()
        refresh_status(db.session.get(Base, case.base_id))


@registry.effect("refuse_renewal")
def _refuse(case: Case, step, actor, given: Given) -> None:
    """T12: a refusal opens the direct revocation (第十六条（二）3); the province owes it, who carries it out subscribes."""
    today = clock.today()
    base = db.session.get(Base, case.base_id)
    open_obligation(
        kind="revoke_directly", key=f"{base.id}:{case.id}", article="16(2)3", region_id=base.region_id, case=case, tier="province",
        office_id=access.province_office().id, title=f"{base.name}：续延未通过，直接撤销",
        due_on=station_due(today, whole("station_days_province", today), workday),
    )
    events.renewal_refused(case, base, actor)


def key_of(base_id: int, valid_to) -> str:
    return f"{base_id}:{valid_to}"


@registry.daily(30, "renewals")
def look_at_ends(day) -> int:
    """Who comes near the end owes a renewal; who passed it without one is proposed for revocation by the county (AMB-28)."""
    with transaction():
        return _come_near(day) + _passed(day)


def _last_periods():
    later = aliased(ValidityPeriod)
    return (
        select(ValidityPeriod.to_on, Base).join(Base, Base.id == ValidityPeriod.base_id)
        .where(~select(later.id).where(later.base_id == ValidityPeriod.base_id, later.to_on > ValidityPeriod.to_on).exists())
        .order_by(Base.id)
    )


def _known(kind: str):
    return select(Obligation.key).where(Obligation.kind == kind)


def _without(kind: str, rows) -> list:
    rows = list(rows)
    wanted = [key_of(base.id, valid_to) for valid_to, base in rows]
    known = set(db.session.scalars(_known(kind).where(Obligation.key.in_(wanted)))) if wanted else set()
    return [(valid_to, base) for valid_to, base in rows if key_of(base.id, valid_to) not in known]


def _come_near(day) -> int:
    """From the first reminder on (120 days before) until the last day."""
    most = day + timedelta(days=whole(REMIND_DAYS, day) or 120)
    rows = _without("renewal", db.session.execute(
        _last_periods().where(ValidityPeriod.to_on >= day, ValidityPeriod.to_on <= most, Base.status_now == standing.VALID)
    ).all())
    filed = {
        (row.base_id, row.valid_to)
        for row in db.session.scalars(select(Renewal).where(Renewal.base_id.in_([base.id for _, base in rows])))
    } if rows else set()
    for valid_to, base in rows:
        if (base.id, valid_to) not in filed:
            open_obligation(
                kind="renewal", key=key_of(base.id, valid_to), article="10", region_id=base.region_id, base_id=base.id,
                title=f"{valid_to.year}年有效期届满，申请续延", due_on=valid_to,
                basis=on_fixed_day(renewal_window(valid_to).from_on, valid_to),
            )
    return len(rows)


def _passed(day) -> int:
    """The day after: nothing can be filed any more; the county owes a proposal within its days (T09)."""
    rows = _without("propose_revocation", db.session.execute(
        _last_periods().where(ValidityPeriod.to_on < day, Base.status_now.in_((standing.VALID, standing.PROVISIONAL, standing.LAPSED)))
    ).all())
    facts = facts_of_bases([base for _, base in rows])
    tried = {
        (row.base_id, row.valid_to)
        for row in db.session.scalars(
            select(Renewal).join(Case, Case.id == Renewal.case_id)
            .where(Renewal.base_id.in_(list(facts)), Case.state == "refused")
        )
    } if facts else set()
    rule, made = access.service("AMB-28"), 0
    for valid_to, base in rows:
        if standing.status(facts[base.id], day).state != standing.LAPSED or (base.id, valid_to) in tried:
            continue
        lapsed = ledger.append(f"base:{base.id}", "base_lapsed", rule, {"valid_to": valid_to})
        fulfil((Obligation.kind == "renewal") & (Obligation.key == key_of(base.id, valid_to)), rule, lapsed.id)
        account = by_natural_days(day, whole("graded_days", day), workday)
        open_obligation(
            kind="propose_revocation", key=key_of(base.id, valid_to), article="16(1)2", region_id=base.region_id, tier="county",
            office_id=access.office_at(base.region_id, "county"), title=f"{base.name}：期满未续延，提出撤销",
            due_on=account.due_on, basis=account,
        )
        made += 1
    return made
