"""The assessment team of a round: a named list, one leader, from when to when (第八条; A8-1)."""

from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from incubator.campaigns.models import PARTS, AssessmentMember, Campaign
from incubator.kernel import access, clock, ledger
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import NotVisible, Refused
from incubator.offices.models import Membership, Person

ROLES = ("site_team", "prov_clerk", "prov_lead")


def name_member(actor, campaign_id: int, person_id: int, part: str, *, from_on: date | None = None) -> AssessmentMember:
    """Put a person on the team's list; a new leader makes the one before a member."""
    access.require(actor, "recognition.assess")
    with transaction():
        campaign = access.load(actor, Campaign, campaign_id, lock=True)
        if part not in dict(PARTS):
            raise Refused("8", "还没有选组长或成员", "选组长或成员", "part")
        if person_id not in {person.id for person in eligible()}:
            raise Refused("8", "考核组由省工信厅的人员和考核组成员组成", "从名单里选；名单里没有的，由安全管理员先授予角色", "person")
        known = _open(campaign.id, person_id)
        if known is not None and known.part == part:
            raise Refused("8", f"已经是{known.part_label}", "选另一位", "person")
        today = clock.today()
        if part == "lead":
            db.session.execute(
                update(AssessmentMember).where(
                    AssessmentMember.campaign_id == campaign.id, AssessmentMember.to_on.is_(None),
                    AssessmentMember.part == "lead",
                ).values(part="member")
            )
        if known is not None:
            known.part = part
            row = known
        else:
            row = AssessmentMember(
                campaign_id=campaign.id, person_id=person_id, part=part, from_on=from_on or today,
                named_by=actor.person_id, named_at=clock.now(),
            )
            db.session.add(row)
        db.session.flush()
        ledger.append("system", "team_named", actor, {"campaign": campaign.id, "person": person_id, "part": part})
        return row


def end_member(actor, campaign_id: int, member_id: int) -> AssessmentMember:
    """Take a person off the list from today on; what is assigned stays until the province takes it back."""
    access.require(actor, "recognition.assess")
    with transaction():
        campaign = access.load(actor, Campaign, campaign_id, lock=True)
        row = db.session.scalar(select(AssessmentMember).where(
            AssessmentMember.id == member_id, AssessmentMember.campaign_id == campaign.id, AssessmentMember.to_on.is_(None)
        ))
        if row is None:
            raise NotVisible("assessment_member")
        row.to_on = max(clock.today(), row.from_on)
        db.session.flush()
        ledger.append("system", "team_ended", actor, {"campaign": campaign.id, "person": row.person_id})
        return row


def members(campaign_id: int | None, ended: bool = False) -> list[AssessmentMember]:
    """The list of a round, the leader first; with `ended` also those who are no longer on it."""
    query = select(AssessmentMember).where(AssessmentMember.campaign_id == campaign_id)
    if not ended:
        query = query.where(AssessmentMember.to_on.is_(None))
    rows = db.session.scalars(query.options(joinedload(AssessmentMember.person)).order_by(AssessmentMember.id))
    return sorted(rows, key=lambda row: (row.to_on is not None, row.part != "lead", row.id))


def is_named(campaign_id: int | None, person_id: int) -> bool:
    return _open(campaign_id, person_id) is not None


def _open(campaign_id: int | None, person_id: int) -> AssessmentMember | None:
    return db.session.scalar(select(AssessmentMember).where(
        AssessmentMember.campaign_id == campaign_id, AssessmentMember.person_id == person_id,
        AssessmentMember.to_on.is_(None),
    ))


def eligible() -> list[Person]:
    """Who may be named: the province's people and those who hold the role of a team member."""
    return list(
        db.session.scalars(
            select(Person).where(
                Person.disabled_at.is_(None),
                Person.id.in_(select(Membership.person_id).where(Membership.role.in_(ROLES), Membership.to_on.is_(None))),
            ).order_by(Person.name, Person.id)
        )
    )


def holders(role: str, person_ids) -> set[int]:
    """Which of these people hold a role now."""
    return set(db.session.scalars(select(Membership.person_id).where(
        Membership.role == role, Membership.to_on.is_(None), Membership.person_id.in_(list(person_ids))
    )))
