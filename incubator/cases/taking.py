"""我来办: who of the office works on a case. Colleagues see it; it binds nobody, for tasks are the office's (R-2.2).

Handover 移交: all that one colleague has in hand goes to another of the same desk, with a record: the marks, and what
later modules register as standing under a person's name (`named_work`). An expert's sheets never do (R-2.8).
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import delete, select, update

from incubator.cases.models import TakenUp
from incubator.kernel import access, clock, ledger, registry
from incubator.kernel.access import Assignment
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import NotVisible, Refused
from incubator.kernel.workflow import Case
from incubator.offices.models import Membership, Person
from incubator.policy.permissions import ROLES


def on_desk(case: Case, actor) -> bool:
    """Whether the case waits at the actor's desk now."""
    return actor.can("desk.use") and case.office_id == actor.office_id and case.station.holder == actor.tier


def take(actor, case_id: int) -> str:
    """Mark the case as mine; answers who had it before, if a colleague had."""
    access.require(actor, "desk.use")
    with transaction():
        case = access.load(actor, Case, case_id, lock=True)
        if not on_desk(case, actor):
            raise Refused("3", f"现在是“{case.station.label}”，不在本处办", "到本处的环节再标")
        before = db.session.get(TakenUp, case.id, populate_existing=True)
        other = ""
        if before is None:
            before = TakenUp(case_id=case.id)
            db.session.add(before)
        elif (before.office_id, before.tier) == (actor.office_id, actor.tier) and before.person_id != actor.person_id:
            other = db.session.scalar(select(Person.name).where(Person.id == before.person_id))
        before.office_id, before.tier, before.person_id, before.at = actor.office_id, actor.tier, actor.person_id, clock.now()
        db.session.flush()
        ledger.append("system", "case_taken_up", actor, {"case": case.id})
        return other


def put_back(actor, case_id: int) -> None:
    """Take the own mark off again; a lead may take off anybody's."""
    access.require(actor, "desk.use")
    with transaction():
        case = access.load(actor, Case, case_id, lock=True)
        row = db.session.scalar(access.visible(actor, TakenUp).where(TakenUp.case_id == case.id))
        if row is None:
            raise Refused("3", "这件没有人标“我来办”", "刷新后再看")
        if row.person_id != actor.person_id:
            access.require(actor, "desk.lead")
        db.session.delete(row)
        db.session.flush()
        ledger.append("system", "case_put_back", actor, {"case": case.id, "of": row.person_id})


@registry.on_moved
def forget(case, step, event, actor) -> None:
    """At another station it is another desk's, and nobody's yet."""
    if step.from_state != step.to_state:
        db.session.execute(delete(TakenUp).where(TakenUp.case_id == case.id))


@registry.on_left
def clear(person_id: int, office_id: int | None) -> None:
    """Who leaves the office has nothing in hand there any more; the cases stay in the queue (R-2.2)."""
    mine = TakenUp.person_id == person_id
    db.session.execute(delete(TakenUp).where(mine if office_id is None else mine & (TakenUp.office_id == office_id)))


# handover -------------------------------------------------------------------------------------


def colleagues(actor) -> list[Person]:
    """Who works at the actor's desk now, the actor among them."""
    roles = [role.key for role in ROLES.values() if role.tier == actor.tier]
    held = select(Membership.person_id).where(
        Membership.office_id == actor.office_id, Membership.role.in_(roles), Membership.to_on.is_(None))
    return list(db.session.scalars(select(Person).where(Person.id.in_(held), Person.disabled_at.is_(None)).order_by(Person.id)))


def in_hand(actor, person_id: int) -> list[Case]:
    """The cases in sight that a colleague of this desk has in hand."""
    marked = select(TakenUp.case_id).where(access.sight(actor, TakenUp), TakenUp.person_id == person_id)
    return list(db.session.scalars(access.visible(actor, Case).where(Case.id.in_(marked)).order_by(Case.id)))


def expert_of(actor, person_id: int) -> list[Case]:
    """What a colleague judges as an expert: shown only, for nobody judges in another's name (R-2.8)."""
    return list(db.session.scalars(
        access.visible(actor, Case).join(Assignment, Assignment.case_id == Case.id)
        .where(Assignment.person_id == person_id, Assignment.kind == "expert", Assignment.to_at.is_(None)).order_by(Case.id)
    ))


@dataclass(frozen=True)
class Held:
    """Work that stands under a colleague's name elsewhere: what it is, on which dossier, where it is shown."""

    id: int
    case: Case
    what: str
    url: str


@dataclass(frozen=True)
class _Named:
    kind: str
    held: Callable
    stays: Callable
    give: Callable


_named: list[_Named] = []


def named_work(kind: str, held: Callable, stays: Callable, give: Callable) -> None:
    """Register ``held(actor, person) -> list[Held]``, ``stays(Held, to) -> why it cannot go there`` and ``give(actor, Held, to)``."""
    _named.append(_Named(kind, held, stays, give))


def under_name(actor, person_id: int) -> list[Held]:
    """What a handover moves beside the marks."""
    return [held for named in _named for held in named.held(actor, person_id)]


@dataclass(frozen=True)
class Handed:
    """How much went over, and what stayed, each with the reason."""

    moved: int
    stays: tuple[str, ...] = ()


def hand_over(actor, from_id: int, to_id: int) -> Handed:
    """All that a colleague has in hand goes to another: by the colleague, or by a lead. What he may not have stays."""
    access.require(actor, "desk.use")
    with transaction():
        if actor.person_id != from_id:
            access.require(actor, "desk.lead")
        known = {person.id for person in colleagues(actor)}
        if from_id not in known:
            raise NotVisible("person")
        if to_id not in known or to_id == from_id:
            raise Refused("3", "没有选接手的同事" if to_id not in known else "接手的就是本人", "选本处的另一位同事", field="to")
        ids = db.session.scalars(
            update(TakenUp).where(TakenUp.case_id.in_([case.id for case in in_hand(actor, from_id)]))
            .values(person_id=to_id, at=clock.now()).returning(TakenUp.case_id)
        ).all()
        given, stays = _give_named(actor, from_id, to_id)
        if not ids and not given:
            raise Refused("3", "；".join(stays) or "没有在办的件", "选另一位同事" if stays else "不用移交")
        more = {"named": given} if given else {}
        ledger.append("system", "work_handed_over", actor, {"from": from_id, "to": to_id, "cases": sorted(ids), **more})
        return Handed(len(ids) + len(given), stays)


def _give_named(actor, from_id: int, to_id: int) -> tuple[list[str], tuple[str, ...]]:
    """Each piece by the act of its own module; answers what went, and what stays with the reason."""
    given, stays = [], []
    for named in _named:
        for held in named.held(actor, from_id):
            if why := named.stays(held, to_id):
                stays.append(f"{held.case.subject}的{held.what}没有移交：{why}")
                continue
            named.give(actor, held, to_id)
            given.append(f"{named.kind}:{held.id}")
    return given, tuple(stays)
