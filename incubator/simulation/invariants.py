"""What holds at the end of each day of a province, whatever happened on it (P6).

Cheap enough for each day: a handful of statements for the whole province, each answering with what is wrong.
"""

from collections.abc import Callable, Iterator
from datetime import date

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from incubator.bases.facts import facts_of_bases
from incubator.bases.models import Base, LevelSpan, SanctionSpan
from incubator.changes.models import ChangeRequest
from incubator.kernel import clock
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.obligations import counts
from incubator.obligations.models import Obligation
from incubator.policy.procedures import PROCEDURES
from incubator.policy.standing import BASE, DEMONSTRATION, REVOCATION, status

Check = Callable[[date], Iterator[str]]


def standing(day: date) -> Iterator[str]:
    """The status that a list shows is the one that follows from the dated facts."""
    bases = db.session.execute(select(Base.id, Base.name, Base.filed_on, Base.closed_at, Base.status_now, Base.level_now)).all()
    facts = facts_of_bases(bases)
    for base in bases:
        now = status(facts[base.id], day)
        if (base.status_now, base.level_now) != (now.state, now.level or ""):
            yield f"{base.name} is shown as {base.status_now} {base.level_now}, and is {now.state} {now.level or ''}"


def levels(day: date) -> Iterator[str]:
    """No level without its decision, no demonstration base that was not a base before."""
    for base_id in db.session.scalars(select(LevelSpan.base_id).where(LevelSpan.decision_id.is_(None))):
        yield f"base {base_id} has a level without a decision"
    before = aliased(LevelSpan)
    earlier = select(before.id).where(before.base_id == LevelSpan.base_id, before.level == BASE, before.from_on <= LevelSpan.from_on,
                                      before.id < LevelSpan.id)
    for base_id in db.session.scalars(select(LevelSpan.base_id).where(LevelSpan.level == DEMONSTRATION, ~earlier.exists())):
        yield f"base {base_id} is a demonstration base and was no base before"


def changes(day: date) -> Iterator[str]:
    """One approved change in each period of validity (A18-3)."""
    twice = (
        select(ChangeRequest.base_id).where(ChangeRequest.counted.is_(True), ChangeRequest.annulled_on.is_(None),
                                            ChangeRequest.approved_on.is_not(None))
        .group_by(ChangeRequest.base_id, ChangeRequest.validity_period_id).having(func.count() > 1)
    )
    for base_id in db.session.scalars(twice):
        yield f"base {base_id} has two changes in one period"


def reports(day: date) -> Iterator[str]:
    """Nobody owes a report that falls due after the revocation (AMB-37)."""
    owed = (
        select(Obligation.title, Obligation.base_id)
        .join(SanctionSpan, and_(SanctionSpan.base_id == Obligation.base_id, SanctionSpan.kind == REVOCATION))
        .where(Obligation.kind == "report", Obligation.fulfilled_at.is_(None), Obligation.due_on >= SanctionSpan.from_on)
    )
    for title, base_id in db.session.execute(owed):
        yield f"revoked base {base_id} owes {title}"


def obligations(day: date) -> Iterator[str]:
    """What was closed today says by what: the event or the person; what arose today says how its day was counted."""
    silent = select(Obligation.kind, Obligation.key).where(
        Obligation.fulfilled_at >= clock.start_of(day), Obligation.fulfilled_by_event.is_(None), Obligation.fulfilled_by_person.is_(None))
    for kind, key in db.session.execute(silent):
        yield f"{kind} {key} was closed, and nothing says by what"
    mute = select(Obligation.kind, Obligation.key).where(Obligation.opened_at >= clock.start_of(day), Obligation.basis == "")
    for kind, key in db.session.execute(mute):
        yield f"{kind} {key} is owed by a day that nothing accounts for"


def arrivals(day: date) -> Iterator[str]:
    for number in db.session.scalars(select(Case.number).where(Case.arrived_at > clock.now())):
        yield f"case {number} arrived in the future"


def stations(day: date) -> Iterator[str]:
    """A station with a time has its obligation as long as the case waits there; nothing is owed for a case that left it.

    What lies with a base that is closed or revoked was closed with it: nobody is left to do it (A16-6).
    """
    timed = [(kind, s.state) for kind, table in PROCEDURES.items() for s in table.stations if s.days and s.holder != "end"]
    owed = select(Obligation.id).where(Obligation.case_id == Case.id, Obligation.kind == "station", Obligation.fulfilled_at.is_(None))
    here = or_(*(and_(Case.kind == kind, Case.state == state) for kind, state in timed))
    gone = select(Base.id).where(Base.id == Case.base_id, Base.closed_at.is_not(None))
    waits = select(Case.number, Case.state).where(here, Case.ended_at.is_(None), ~owed.exists(), ~gone.exists())
    for number, state in db.session.execute(waits):
        yield f"case {number} waits at {state} and nobody owes anything"
    left = select(Obligation.kind, Obligation.key).join(Case, Case.id == Obligation.case_id).where(
        Obligation.kind == "station", Obligation.fulfilled_at.is_(None), or_(Case.ended_at.is_not(None), Case.state != Obligation.state))
    for kind, key in db.session.execute(left):
        yield f"{kind} {key} is owed for a case that went on"


def worklists(day: date) -> Iterator[str]:
    """The counts of the worklists are those of the rows."""
    for (debtor, part), (kept, true) in counts.differences().items():
        yield f"{debtor} {part}: {kept} kept, {true} counted"


DAILY: tuple[Check, ...] = (standing, levels, changes, reports, obligations, arrivals)
MONTHLY: tuple[Check, ...] = (stations, worklists)


def broken(day: date) -> list[str]:
    """What does not hold at the end of the day; on the first of a month everything is looked at."""
    checks = (*DAILY, *MONTHLY) if day.day == 1 else DAILY
    found = [f"{day} {check.__name__}: {fault}" for check in checks for fault in check(day)]
    db.session.rollback()
    return found
