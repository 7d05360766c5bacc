"""Opening and closing of obligations, and what a day changes."""


from sqlalchemy import select, update

from incubator.kernel import access, clock, registry
from incubator.kernel.database import db
from incubator.kernel.parameters import whole, workday
from incubator.obligations import counted, counts
from incubator.obligations.models import Obligation
from incubator.policy.counting import WORKING, Account, by_working_days, up_to
from incubator.policy.duties import duty


def open_obligation(*, kind, key, due_on, article, region_id, case=None, office_id=None, tier="", base_id=None,
                    person_id=None, title="", basis: Account | None = None) -> Obligation:
    """Add one obligation in the caller's transaction; `key` is unique within `kind`.

    `title` names what no case names (2026年第二季度季报); `basis` is how the day was counted, kept as it was then.
    """
    if basis is None and duty(kind).unit == WORKING:
        basis = up_to(clock.today(), due_on, workday)
    row = Obligation(
        title=title, basis=counted.written(basis),
        kind=kind, key=key, due_on=due_on, article=article, region_id=region_id, office_id=office_id, tier=tier,
        base_id=base_id, person_id=person_id, opened_at=clock.now(), case_id=case.id if case else None,
        case_kind=case.kind if case else "", state=case.state if case else "",
    )
    db.session.add(row)
    db.session.flush()
    counts.note(row, +1)
    return row


def fulfil(condition, actor, event_id: int | None = None) -> int:
    """Close the open obligations that meet `condition`."""
    closed = db.session.execute(
        update(Obligation)
        .where(condition, Obligation.fulfilled_at.is_(None))
        .values(fulfilled_at=clock.now(), fulfilled_by_event=event_id, fulfilled_by_person=actor.person_id)
        .returning(
            Obligation.office_id, Obligation.tier, Obligation.base_id, Obligation.person_id, Obligation.case_kind,
            Obligation.state, Obligation.due_on,
        )
    ).all()
    for row in closed:
        counts.note(row, -1)
    return len(closed)


def pass_on(case) -> int:
    """Give the open obligations of a case that moved to another region to the offices of its route (R-2.10).

    The days stay: a base that moves gains and loses no time by it.
    """
    rows = db.session.scalars(
        select(Obligation).where(Obligation.case_id == case.id, Obligation.fulfilled_at.is_(None))
    ).all()
    for row in rows:
        row.region_id = case.region_id
        if row.office_id is not None and row.tier in ("county", "city"):
            counts.note(row, -1)
            row.office_id = access.office_at(case.region_id, row.tier)
            counts.note(row, +1)
    db.session.execute(  # the past goes along: who sees the base now sees what it owed
        update(Obligation).where(Obligation.case_id == case.id, Obligation.fulfilled_at.is_not(None))
        .values(region_id=case.region_id).execution_options(synchronize_session=False)
    )
    db.session.flush()
    return len(rows)


def pass_on_without_case(region_id: int, base_id: int | None = None) -> None:
    """The same for what belongs to no case (a report, a renewal that is due): of one base, or of a whole division."""
    of = Obligation.base_id == base_id if base_id is not None else Obligation.region_id == region_id
    for row in db.session.scalars(select(Obligation).where(Obligation.case_id.is_(None), of)).all():
        row.region_id = region_id
        if row.fulfilled_at is None and row.office_id is not None and row.tier in ("county", "city"):
            counts.note(row, -1)
            row.office_id = access.office_at(region_id, row.tier)
            counts.note(row, +1)
    db.session.flush()


def due_if_it_came(case, station):
    """Until when a case that reaches `station` today has to be done there; None where nobody owes it by a date."""
    account = _time_of(case, station)
    return account and account.due_on


def _time_of(case, station) -> Account | None:
    """The working days of a station, counted from today (A7-8)."""
    if not station.days or (station.holder == "applicant" and case.base_id is None):
        return None
    return by_working_days(clock.today(), whole(station.days, case.edition_on or clock.today()), workday)


_in_place: dict[str, object] = {}


def in_place_of_applicant(kind: str):
    """Register ``fn(case) -> tier``: the office that owes the applicant's stations of that kind in its place, "" for none."""

    def put(fn):
        _in_place[kind] = fn
        return fn

    return put


@registry.on_moved
def follow_case(case, step, event, actor) -> None:
    """A step closes the station that it leaves and opens the one that it reaches (A7-8)."""
    if step.from_state == step.to_state:
        return
    fulfil((Obligation.case_id == case.id) & (Obligation.kind == "station"), actor, event.id)
    station = case.station
    account = _time_of(case, station)
    if account is None:
        return
    applicant = station.holder == "applicant"
    tier = station.holder
    if applicant and case.kind in _in_place and (other := _in_place[case.kind](case)):
        applicant, tier = False, other
    open_obligation(
        kind="station", key=f"{case.id}:{case.seq}", due_on=account.due_on, basis=account, article=station.article, region_id=case.region_id,
        case=case, office_id=None if applicant else access.office_at(case.region_id, tier), tier="" if applicant else tier,
        base_id=case.base_id if applicant else None,
    )


def tick(day=None) -> dict[str, int]:
    """Everything that a day changes, step by step; may run twice, late, or after a week of downtime."""
    day = day or clock.today()
    return {name: step(day) or 0 for _, name, step in registry.daily_steps()}


def due_of(case_id: int) -> Obligation | None:
    """The open obligation that says until when the case waits."""
    return db.session.scalar(
        select(Obligation)
        .where(Obligation.case_id == case_id, Obligation.fulfilled_at.is_(None), Obligation.kind == "station")
        .limit(1)
    )


