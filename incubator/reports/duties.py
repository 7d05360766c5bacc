"""What is owed: a report's obligation is born on the day after its period (A13-2, A13-3); its day may be moved (AMB-22)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from incubator.bases.facts import facts_of_base, facts_of_bases
from incubator.bases.models import Base, SanctionSpan, ValidityPeriod
from incubator.decisions.models import Decision
from incubator.kernel import access, clock, ledger, registry, security
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Refused
from incubator.kernel.parameters import whole, workday
from incubator.obligations import counted, counts
from incubator.obligations.commands import fulfil, open_obligation
from incubator.obligations.models import Obligation
from incubator.policy.calendar import chinese_date, report_required
from incubator.policy.counting import Account, by_working_days, on_fixed_day
from incubator.policy.periods import (
    Override,
    Period,
    born_overdue,
    due_with,
    ended,
    override_refusal,
    owed_from,
    period_of,
)
from incubator.policy.standing import REVOCATION
from incubator.reports.models import DeadlineOverride, Outage

KIND = "report"


def key_of(base_id: int, period: Period) -> str:
    return f"{base_id}{period.key_end}"


def overrides_of(periods) -> dict[Period, list[Override]]:
    """The moved days of these periods, the oldest first."""
    periods = list(periods)
    found: dict[Period, list[Override]] = {p: [] for p in periods}
    rows = db.session.scalars(
        select(DeadlineOverride).where(
            DeadlineOverride.kind.in_({p.kind for p in periods}),
            DeadlineOverride.period_start.in_({p.span.from_on for p in periods}),
        ).order_by(DeadlineOverride.id)
    )
    for row in rows:
        if row.period in found:
            found[row.period].append(Override(row.due_on, row.region_id))
    return found


@dataclass(frozen=True)
class Entry:
    """From which day the periods of a base are owed, and when its first document was entered (R-2.13, AMB-16)."""

    from_on: date
    entered_on: date


def entries(base_ids=None) -> dict[int, Entry]:
    """The entries of all recognised bases, or of these, by their first document; one query."""
    query = select(
        ValidityPeriod.base_id, ValidityPeriod.in_force_on, ValidityPeriod.legacy, Decision.entered_at, Base.created_at,
    ).join(Decision, Decision.id == ValidityPeriod.decision_id).join(Base, Base.id == ValidityPeriod.base_id)
    if base_ids is not None:
        query = query.where(ValidityPeriod.base_id.in_(base_ids))
    found = {}
    for base_id, document_on, legacy, entered_at, created_at in db.session.execute(query.order_by(ValidityPeriod.in_force_on.desc())):
        # one old list stands behind bases that were imported one after another: each is known since its own import
        entered_on = clock.day_of(max(entered_at, created_at))
        found[base_id] = Entry(owed_from(document_on, entered_on, legacy=legacy), entered_on)
    return found


def due_for(period: Period, said: list[Override], region_id: int, entry: Entry) -> Account:
    """The due day of a report and how it came: the 20th or where the province moved it; after a late entry counted from there."""
    fixed = on_fixed_day(period.span.to_on, due_with(period, said, region_id))
    if not born_overdue(fixed.due_on, entry.entered_on):
        return fixed
    return by_working_days(entry.entered_on, whole("correction_days", entry.entered_on), workday)


def owed_by(facts, period: Period, due_on: date) -> bool:
    """Whether a base with these facts owes the report of a period (AMB-23, AMB-28, AMB-37)."""
    documents = [v.decided_on for v in facts.validity if v.decided_on is not None]
    if not documents:
        return False
    ends = [v.to_on for v in facts.validity]
    pending = any(r.ended_on is None for r in facts.renewals)
    return report_required(
        min(documents), period.span.to_on, due_on, valid_to=None if None in ends else max(ends),
        revoked_on=facts.revoked_on, renewed=pending,
    )


@registry.daily(30, "report_obligations")
def open_and_drop(day: date) -> int:
    """Open what is owed from today on, after however long a pause; close what a revocation took away (AMB-37)."""
    return _open_due(day) + _drop_revoked()


def _open_due(day: date) -> int:
    known = set(db.session.scalars(select(Obligation.key).where(Obligation.kind == KIND)))
    since = entries()
    missing = {
        base_id: late for base_id, entry in since.items()
        if (late := [p for p in ended(entry.from_on, day) if key_of(base_id, p) not in known])
    }
    if not missing:
        return 0
    opened = 0
    with transaction():
        bases = list(db.session.scalars(select(Base).where(Base.id.in_(missing)).order_by(Base.id)))
        facts, moved = facts_of_bases(bases), overrides_of({p for late in missing.values() for p in late})
        for base in bases:
            for period in missing[base.id]:
                account = due_for(period, moved[period], base.region_id, since[base.id])
                if owed_by(facts[base.id], period, account.due_on):
                    opened += _open_one(base, period, account)
    return opened


def _open_one(base: Base, period: Period, account: Account) -> int:
    """One obligation; a tick that runs beside this one has opened it already and nothing happens."""
    key = key_of(base.id, period)
    if db.session.scalar(select(Obligation.id).where(Obligation.kind == KIND, Obligation.key == key)):
        return 0
    row = open_obligation(
        kind=KIND, key=key, due_on=account.due_on, article="13", region_id=base.region_id, base_id=base.id,
        title=period.label, basis=account,
    )
    counts.note(row, -1)
    row.case_kind = period.kind
    counts.note(row, +1)
    return 1


def _drop_revoked() -> int:
    """A base revoked on or before the due day no longer owes the report (AMB-37)."""
    dropped = 0
    rows = db.session.execute(
        select(Obligation.id, Obligation.due_on, Base).join(Base, Base.id == Obligation.base_id)
        .where(Obligation.kind == KIND, Obligation.fulfilled_at.is_(None), Base.status_now == "revoked")
    ).all()
    for number, due_on, base in rows:
        revoked_on = facts_of_base(base).revoked_on
        if revoked_on is not None and revoked_on <= due_on:
            with transaction():
                dropped += fulfil(Obligation.id == number, access.service("AMB-37"), _revocation_of(base.id))
    return dropped


def _revocation_of(base_id: int) -> int | None:
    """The event that revoked a base: by it its reports are closed."""
    case_id = db.session.scalar(select(SanctionSpan.case_id).where(
        SanctionSpan.base_id == base_id, SanctionSpan.kind == REVOCATION).order_by(SanctionSpan.id).limit(1))
    return db.session.scalar(select(ledger.Event.id).where(
        ledger.Event.case_id == case_id, ledger.Event.to_state == "revoked").order_by(ledger.Event.seq).limit(1)) if case_id else None


def log_outage(actor, from_at: datetime, to_at: datetime, what: str, note: str = "") -> Outage:
    """A time in which the portal was out of reach, entered by the province (A13-9)."""
    access.require(actor, "report.due")
    what, note = " ".join(what.split())[:120], note.strip()[:500]
    if not what:
        raise Refused("13", "没有写哪里出了故障", "例如 登录和填报打不开", "what")
    if to_at <= from_at:
        raise Refused("13", "恢复时间早于故障开始", "核对两个时间", "to_at")
    if to_at > clock.now():
        raise Refused("13", "恢复时间还没有到", "恢复以后再登记", "to_at")
    with transaction():
        row = Outage(from_at=from_at, to_at=to_at, what=what, note=note, source="entered", by_person_id=actor.person_id,
                     by_name=actor.name, at=clock.now())
        db.session.add(row)
        db.session.flush()
        ledger.append("system", "outage_logged", actor, {"outage": row.id, "from": from_at, "to": to_at})
        return row


def move_due(actor, code: str, due_on: date, reason: str, *, region_id: int | None = None, outage_id: int | None = None) -> DeadlineOverride:
    """Move the due day of a period for all or for one region; open and fulfilled obligations follow (AMB-22, AMB-42)."""
    access.require(actor, "report.due")
    period, reason = period_of(code), " ".join(reason.split())[:300]
    if refused := override_refusal(period, due_on, reason):
        raise Refused(refused.article, refused.reason, refused.way_out, "due_on" if "截止日是" in refused.reason else "reason")
    with transaction():
        if outage_id is not None:
            access.load(actor, Outage, outage_id)
        row = DeadlineOverride(
            kind=period.kind, period_start=period.span.from_on, region_id=region_id, due_on=due_on, reason=reason,
            outage_id=outage_id, by_person_id=actor.person_id, by_name=actor.name, at=clock.now(),
        )
        db.session.add(row)
        db.session.flush()
        moved = _follow(period)
        ledger.append("system", "report_due_moved", actor, {
            "override": row.id, "period": period.code, "due_on": due_on, "region": region_id, "outage": outage_id,
            "reason_hash": security.digest(reason), "obligations": moved,
        })
        return row


@counted.on_moved_day(KIND)
def how_moved(row: Obligation, actor) -> str:
    """Which override gave a report its day: when, by whom, for whom, why. Applicants read the office, not the person."""
    period = period_of(row.key.rpartition(":")[2])
    found = db.session.execute(
        select(DeadlineOverride, access.Region.full_name, Outage.what)
        .outerjoin(access.Region, access.Region.id == DeadlineOverride.region_id)
        .outerjoin(Outage, Outage.id == DeadlineOverride.outage_id)
        .where(DeadlineOverride.kind == period.kind, DeadlineOverride.period_start == period.span.from_on,
               DeadlineOverride.due_on == row.due_on)
    ).all()
    if not found:
        return ""
    # a word for the region goes before one for all; a base that moved since took its day along from elsewhere
    rank = {row.region_id: 2, None: 1}
    held, place, what = max(found, key=lambda each: (rank.get(each[0].region_id, 0), each[0].id))
    who = access.province_office().short_name + ("" if actor.tier == "base" else f" {held.by_name}")
    outage = f"，系统故障“{what}”" if what else ""
    return (f"原来到{chinese_date(period.due_on)}，{chinese_date(clock.day_of(held.at))}{who}把{place or '全省'}的改到"
            f"{chinese_date(held.due_on)}：{held.reason}{outage}")


def _follow(period: Period) -> int:
    said, moved = overrides_of([period])[period], 0
    rows = db.session.scalars(
        select(Obligation).where(Obligation.kind == KIND, Obligation.key.endswith(period.key_end)).with_for_update()
    ).all()
    since = entries([row.base_id for row in rows])
    for row in rows:
        due_on = due_for(period, said, row.region_id, since[row.base_id]).due_on
        if due_on == row.due_on:
            continue
        if row.fulfilled_at is None:
            counts.note(row, -1)
        row.due_on, moved = due_on, moved + 1
        if row.fulfilled_at is None:
            counts.note(row, +1)
    db.session.flush()
    return moved
