"""What is assigned to a member of the assessment team goes with his work to another of the round's list (handover, A8-1)."""

import json

from sqlalchemy import select

from incubator.assessments.commands import pass_on, refuse_member
from incubator.cases import taking
from incubator.kernel import access
from incubator.kernel.access import Assignment
from incubator.kernel.database import db
from incubator.kernel.errors import Refused
from incubator.kernel.workflow import Case
from incubator.offices.models import Person
from incubator.visits.models import VisitPlan, VisitStop


def _held(actor, person_id: int) -> list[taking.Held]:
    rows = db.session.execute(
        access.visible(actor, Case, Assignment.id, Case).join(Assignment, Assignment.case_id == Case.id)
        .where(Assignment.person_id == person_id, Assignment.kind == "site_team", Assignment.to_at.is_(None))
        .order_by(Assignment.id)
    )
    return [taking.Held(number, case, "考核组成员", f"/cases/{case.id}") for number, case in rows]


def _stays(held: taking.Held, to_id: int) -> str:
    try:
        refuse_member(held.case, to_id)
    except Refused as refused:
        return f"接手的{refused.reason}"
    return ""


def _give(actor, held: taking.Held, to_id: int) -> None:
    row = db.session.get(Assignment, held.id)
    _on_the_route(held.case, row.person_id, to_id)
    pass_on(actor, row, to_id)


def _on_the_route(case: Case, from_id: int, to_id: int) -> None:
    """Whoever takes the dossier over drives there on the day that is planned."""
    plan = db.session.scalar(
        select(VisitPlan).join(VisitStop, VisitStop.plan_id == VisitPlan.id)
        .where(VisitStop.case_id == case.id, VisitStop.ended_at.is_(None))
    )
    if plan is None:
        return
    people = [row for row in json.loads(plan.people) if row["id"] not in (from_id, to_id)]
    receiver = db.session.get(Person, to_id)
    plan.people = json.dumps([*people, {"id": to_id, "name": receiver.name}], ensure_ascii=False)
    if plan.leader_id == from_id:
        plan.leader_id = to_id
    db.session.flush()


taking.named_work("site_team", _held, _stays, _give)
