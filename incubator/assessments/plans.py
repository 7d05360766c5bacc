"""The assessment team on the road: a day, a route, who goes, base after base (第八条; A8-1).

Members of the team who go along are assigned to the dossiers of the route (R-2.7); the visit itself is registered
as always, and ends the stop.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select, update
from sqlalchemy.orm import aliased, joinedload, selectinload

from incubator.assessments.commands import owe, owed, written_reason
from incubator.campaigns import team
from incubator.campaigns.models import Campaign
from incubator.kernel import access, clock, ledger, registry, workflow
from incubator.kernel.access import Assignment, Region
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Conflict, NotVisible, Refused
from incubator.kernel.workflow import Case
from incubator.obligations.commands import fulfil
from incubator.policy.procedures import VISITED_AT
from incubator.visits.models import SiteVisit, VisitPlan, VisitStop

PAGE = 20
STOPS = 12
TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True)
class Planned:
    """What was typed: the round, the day, the route's name, who leads, who goes along, the stops by case."""

    campaign_id: int
    day: date
    title: str
    leader_id: int
    people: tuple[int, ...]
    stops: dict[int, str]  # case → HH:MM


def plan_day(actor, given: Planned) -> VisitPlan:
    """Plan a day; each dossier of the route learns of it, and the members who go along see it from now on."""
    access.require(actor, "recognition.assess")
    with transaction():
        campaign = access.load(actor, Campaign, given.campaign_id)
        names = {row.person_id: row.person.name for row in team.members(campaign.id)}
        _judge(given, names)
        people = [i for i in dict.fromkeys((given.leader_id, *given.people)) if i in names]
        plan = VisitPlan(
            campaign_id=campaign.id, day=given.day, title=given.title.strip()[:60], leader_id=given.leader_id,
            people=json.dumps([{"id": i, "name": names[i]} for i in people], ensure_ascii=False),
            created_by=actor.person_id, created_at=clock.now(),
        )
        db.session.add(plan)
        db.session.flush()
        for case_id, at_time in sorted(given.stops.items(), key=lambda stop: stop[1]):
            _add_stop(actor, plan, case_id, at_time, team.holders("site_team", people))
        ledger.append("system", "visits_planned", actor, {
            "plan": plan.id, "campaign": campaign.id, "on": plan.day, "people": people, "cases": sorted(given.stops),
        })
        return plan


def _judge(given: Planned, names: dict[int, str]) -> None:
    if given.day < clock.today():
        raise Refused("8", "计划的日期已经过去", "写今天或以后的日期", "day")
    if not given.title.strip():
        raise Refused("8", "路线还没有填写", "例如 长春—公主岭一线", "title")
    if not names:
        raise Refused("8", "这一批次还没有组成考核组", "先在批次里列出考核组名单", "leader")
    if given.leader_id not in names:
        raise Refused("8", "带队的人不在考核组里", "从考核组里选一位带队", "leader")
    if not set(given.people) <= set(names):
        raise Refused("8", "同去的人不都在考核组里", "从考核组里选", "people")
    if not given.stops:
        raise Refused("8", "还没有选要去的基地", "在下面勾选，写好时间", "stops")
    if len(given.stops) > STOPS:
        raise Refused("8", f"一天最多安排 {STOPS} 家", "分几天安排", "stops")
    if wrong := [at for at in given.stops.values() if not TIME.fullmatch(at)]:
        raise Refused("8", f"时间“{wrong[0]}”读不出来" if wrong[0] else "有的基地还没有写时间", "按 09:30 这样写", "stops")
    if len(set(given.stops.values())) < len(given.stops):
        raise Refused("8", "两家写了同一个时间", "按路线先后改时间", "stops")


def _add_stop(actor, plan: VisitPlan, case_id: int, at_time: str, holders: set[int]) -> None:
    case = access.load(actor, Case, case_id, lock=True)
    if VISITED_AT.get((case.kind, case.state)) != "assessment":
        raise Refused("8", f"{case.subject}现在在{case.station.label}，不由考核组踏查", "从名单里去掉", "stops")
    if case.campaign_id != plan.campaign_id:
        raise Refused("8", f"{case.subject}不在这一批次", "按批次分别安排", "stops")
    if db.session.scalar(select(VisitStop.id).where(VisitStop.case_id == case.id, VisitStop.ended_at.is_(None))):
        raise Refused("8", f"{case.subject}已经列在另一天的计划里", "先从那一天取消", "stops")
    db.session.add(VisitStop(plan_id=plan.id, case_id=case.id, at_time=at_time))
    db.session.flush()
    for person_id in sorted(holders):
        known = db.session.scalar(select(Assignment).where(
            Assignment.case_id == case.id, Assignment.person_id == person_id, Assignment.kind == "site_team",
            Assignment.to_at.is_(None),
        ))
        if known is not None:
            continue
        row = Assignment(case_id=case.id, person_id=person_id, kind="site_team", from_at=clock.now(), by_person_id=actor.person_id)
        db.session.add(row)
        db.session.flush()
        owe(case, row, plan.day, chosen=True)
    workflow.record(case, "visit_planned", actor, {"plan": plan.id, "on": plan.day})


def drop_stop(actor, plan_id: int, stop_id: int, reason: str) -> VisitStop:
    """Take a base off the route, with the reason; it waits for another day. Its members are let go."""
    access.require(actor, "recognition.assess")
    with transaction():
        plan = access.load(actor, VisitPlan, plan_id, lock=True)
        stop = db.session.scalar(
            select(VisitStop).where(VisitStop.id == stop_id, VisitStop.plan_id == plan.id)
            .execution_options(populate_existing=True)
        )
        if stop is None:
            raise NotVisible("visit_stop")
        if stop.ended_at is not None:
            raise Conflict("这一家已经踏查过，或已经从路线上取消。")
        stop.dropped_reason, stop.ended_at = written_reason(reason), clock.now()
        case = access.load(actor, Case, stop.case_id, lock=True)
        event = workflow.record(case, "visit_unplanned", actor, {"plan": plan.id})
        for row in db.session.scalars(select(Assignment).where(
            Assignment.case_id == case.id, Assignment.kind == "site_team", Assignment.to_at.is_(None),
            Assignment.person_id.in_([person["id"] for person in json.loads(plan.people)]),
        )):
            row.to_at = clock.now()
            fulfil(owed(case.id, row.id), actor, event.id)
        db.session.flush()
        return stop


@registry.on_moved
def _off_the_route(case, step, event, actor) -> None:
    """Nobody drives to a base whose application has ended."""
    if case.ended_at is not None:
        db.session.execute(
            update(VisitStop).where(VisitStop.case_id == case.id, VisitStop.ended_at.is_(None))
            .values(ended_at=clock.now(), dropped_reason=f"{case.procedure.label}{case.station.label}，不再踏查")
        )


# reads --------------------------------------------------------------------------------------


def page(actor, before: int | None) -> tuple[list[VisitPlan], int | None]:
    """Planned days, the newest plan first, keyset by id, with their stops."""
    query = access.visible(actor, VisitPlan).order_by(VisitPlan.id.desc()).limit(PAGE + 1)
    if before:
        query = query.where(VisitPlan.id < before)
    rows = list(db.session.scalars(query.options(joinedload(VisitPlan.leader), selectinload(VisitPlan.stops))))
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None


def load(actor, plan_id: int) -> VisitPlan:
    return access.load(actor, VisitPlan, plan_id, options=(
        joinedload(VisitPlan.leader), selectinload(VisitPlan.stops).joinedload(VisitStop.case).joinedload(Case.region),
    ))


def waiting(actor, campaign_id: int | None) -> list[tuple[str, list[Case]]]:
    """Dossiers of a round that the team has still to see and that stand on no route, by prefecture."""
    at = [pair for pair, kind in VISITED_AT.items() if kind == "assessment"]
    seen = select(SiteVisit.case_id).where(SiteVisit.kind == "assessment")
    planned = select(VisitStop.case_id).where(VisitStop.ended_at.is_(None))
    parent = aliased(Region)
    rows = db.session.execute(
        access.visible(actor, Case, Case, parent.name)
        .join(Region, Region.id == Case.region_id).outerjoin(parent, parent.code == Region.parent_code)
        .where(
            or_(*((Case.kind == kind) & (Case.state == state) for kind, state in at)), Case.campaign_id == campaign_id,
            Case.id.not_in(seen), Case.id.not_in(planned),
        )
        .options(joinedload(Case.region)).order_by(Region.sort_key, Case.id).limit(200)
    )
    groups: dict[str, list[Case]] = {}
    for case, prefecture in rows:
        groups.setdefault(prefecture or case.region.name, []).append(case)
    return list(groups.items())


def rounds(actor) -> Iterable[Campaign]:
    """The rounds whose dossiers may wait for the team, newest first."""
    return db.session.scalars(
        access.visible(actor, Campaign).where(Campaign.kind != "renewal").order_by(Campaign.id.desc()).limit(10)
    ).all()
