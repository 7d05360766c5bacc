"""What the province does with team and experts: assignment, release, closing (第八条; A8-1, A8-2, AMB-35, R-2.7, R-2.8)."""

import json
from datetime import date

from sqlalchemy import or_, select, update

from incubator.assessments import interests, queries
from incubator.assessments.models import ExpertReview, InterestAnswer, ScoreSheet
from incubator.campaigns import team
from incubator.kernel import access, clock, outbox, registry, workflow
from incubator.kernel.access import Assignment
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Conflict, NotVisible, Refused
from incubator.kernel.parameters import whole, workday
from incubator.kernel.registry import Lack
from incubator.kernel.workflow import Case
from incubator.obligations.commands import fulfil, open_obligation
from incubator.obligations.models import Obligation
from incubator.offices.models import Membership, Person
from incubator.policy.calendar import station_due
from incubator.policy.counting import on_fixed_day
from incubator.policy.fields import canonical
from incubator.policy.fields.expert import declared_refusal
from incubator.policy.fields.score_sheet import left_out, mean, spread
from incubator.policy.procedures import SCORED_AT

REASON = 10
OWED = {"expert": "score_sheet", "site_team": "site_visit"}


def experts_url(case: Case) -> str:
    return f"/cases/{case.id}/experts"


@registry.evidence("expert_review_closed")
def _expert_review_closed(case: Case):
    """A8-2: the meeting needs a closed review, and none of its experts may be found with an interest since (R-2.8)."""
    if queries.review_of(case) is None:
        yield Lack("8", "专家评审还没有结束", "组织专家评审", experts_url(case))
    else:
        yield from interests.lacks(case)


# the province ------------------------------------------------------------------------------


def assign_expert(actor, case_id: int, person_id: int, *, seen_version: int, note: str = "", due_on: date | None = None
                  ) -> ScoreSheet:
    """Assign one expert and open the sheet; refused where a unit of the expert stands in the dossier (R-2.8).

    `note` answers for units of the same name; `due_on` is the expert's own deadline, else `score_days` from today.
    """
    with transaction():
        case = case_for_desk(actor, case_id, seen_version)
        refuse_closed(case)
        _holds(person_id, ("expert",), "评审专家")
        review = queries.review(case.id)
        before = [sheet for sheet in review.sheets if sheet.person_id == person_id]
        if any(sheet.status != "void" and sheet.judged == review.version for sheet in before):
            raise Refused("8", "这位专家已经指派过", "选另一位专家", "person")
        if any(sheet.voided_by == person_id for sheet in before):
            raise Refused("8", "这位专家已经对这家申报单位申报回避", "选另一位专家", "person")
        names = _refuse_interest(case, person_id, note)
        chosen, due_on = due_on is not None, _deadline(due_on)
        assignment = _assign(actor, case, person_id, "expert")
        earlier = [sheet for sheet in before if sheet.status == "given"]
        sheet = ScoreSheet(
            case_id=case.id, assignment_id=assignment.id, person_id=person_id, opened_at=clock.now(),
            assign_note=note.strip(), asked_version=review.version, due_on=due_on,
            content=_taken_over(earlier[-1]) if earlier else "{}",
        )
        db.session.add(sheet)
        db.session.flush()
        keep_answers(actor, sheet, names, note)
        owe(case, assignment, due_on, chosen=chosen)
        event = workflow.record(case, "expert_assigned", actor, {
            "assignment": assignment.id, "sheet": sheet.id, "version": review.version, "due": due_on,
        })
        outbox.put("expert_told", f"expert_assigned:{sheet.id}", {"sheet": sheet.id, "what": "assigned", "event": event.id})
        return sheet


def _taken_over(sheet: ScoreSheet) -> str:
    """An expert who is asked again finds what he wrote on the version before; the day he signs is new."""
    return canonical({name: value for name, value in sheet.stored.items() if name not in ("signed_on", "no_conflict")})


def _deadline(due_on: date | None) -> date:
    today = clock.today()
    if due_on is None:
        return station_due(today, whole("score_days", today), workday)
    if due_on <= today:
        raise Refused("8", "交表期限要晚于今天", "写以后的日期，或空着按规定的天数", "due_on")
    return due_on


def keep_answers(actor, sheet: ScoreSheet, names: list[str], note: str) -> None:
    db.session.add_all(
        InterestAnswer(sheet_id=sheet.id, unit_name=name[:80], text=note.strip(), by_person_id=actor.person_id, at=clock.now())
        for name in dict.fromkeys(names)
    )
    db.session.flush()


def assign_team(actor, case_id: int, person_id: int, *, seen_version: int) -> Assignment:
    """A member of the assessment team, who sees the case and may register the province's visit (A8-1, R-2.7)."""
    with transaction():
        case = case_for_desk(actor, case_id, seen_version)
        refuse_member(case, person_id)
        if access.person_is_assigned(person_id, case.id, "site_team"):
            raise Refused("8", "这位成员已经指派过", "选另一位成员", "member")
        assignment = _assign(actor, case, person_id, "site_team")
        owe(case, assignment, _deadline(None))
        workflow.record(case, "team_assigned", actor, {"assignment": assignment.id})
        return assignment


def refuse_member(case: Case, person_id: int) -> None:
    """Only those whom the round names go to its bases (A8-1)."""
    _holds(person_id, ("site_team",), "考核组成员")
    if not team.is_named(case.campaign_id, person_id):
        raise Refused("8", "不在这一批次的考核组里", "先在批次的考核组名单里加上", "member")


def pass_on(actor, assignment: Assignment, person_id: int) -> None:
    """A member's dossier goes to another member, who owes the visit by the same day."""
    access.require(actor, "recognition.assess")
    with transaction():
        case = access.load(actor, Case, assignment.case_id, fresh=True)
        refuse_member(case, person_id)
        due_on = db.session.scalar(select(Obligation.due_on).where(owed(case.id, assignment.id), Obligation.fulfilled_at.is_(None)))
        _end(assignment, actor)
        workflow.record(case, "team_released", actor, {"assignment": assignment.id})
        if access.person_is_assigned(person_id, case.id, "site_team"):
            return
        row = _assign(actor, case, person_id, "site_team")
        if due_on is not None:
            owe(case, row, due_on)
        workflow.record(case, "team_assigned", actor, {"assignment": row.id})


def release(actor, case_id: int, assignment_id: int, reason: str, *, seen_version: int) -> None:
    """Take an expert or a team member off the case; an expert's sheet is void from then on, with the reason."""
    with transaction():
        case = case_for_desk(actor, case_id, seen_version)
        assignment = db.session.scalar(
            select(Assignment).where(Assignment.id == assignment_id, Assignment.case_id == case.id)
        )
        if assignment is None:
            raise NotVisible("assignment")
        sheet = db.session.scalar(select(ScoreSheet).where(ScoreSheet.assignment_id == assignment.id))
        if sheet is None:
            _end(assignment, actor)
            workflow.record(case, "team_released", actor, {"assignment": assignment.id})
            return
        if sheet.status == "void":
            raise Refused("8", "这份评审表已经作废", "回到专家名单核对")
        if not any(hit.sure for hit in interests.of_sheet(case, sheet)):
            refuse_closed(case)  # after the closing only for an interest that was found
        given = sheet.status == "given"
        void(sheet, actor, written_reason(reason))
        workflow.record(case, "sheet_voided" if given else "expert_released", actor,
                        {"assignment": assignment.id, "sheet": sheet.id})


def close_review(actor, case_id: int, *, seen_version: int) -> ExpertReview:
    """Close the review: from now on the sheets may be read, and none may be given, voided or assigned (A8-2).

    Counted are the sheets given to the newest version, by experts in whom no interest was found since.
    """
    with transaction():
        case = case_for_desk(actor, case_id, seen_version)
        refuse_closed(case)
        known, edition = queries.review(case.id), case.edition_on or clock.today()
        scores = [sheet.total for sheet in known.counted]
        needed = whole("min_valid_scores", edition)
        if len(scores) < needed:
            raise Refused("8", f"有效评审表 {len(scores)} 份，至少 {needed} 份才能结束评审", "等专家交表，或另行指派专家")
        for lack in interests.lacks(case):
            raise Refused(lack.article, lack.text, lack.cure_label)
        for sheet in known.missing:
            void(sheet, actor, "评审结束时还没有交")
        drop = bool(whole("score_drop_extremes", edition))
        review = ExpertReview(
            case_id=case.id, number=len(known.closings) + 1, version_no=known.version, closed_at=clock.now(),
            closed_by=actor.person_id, valid_count=len(scores), left_out=left_out(len(scores), drop_extremes=drop),
            mean=mean(scores, drop_extremes=drop), spread=spread(scores),
            sheets=json.dumps([sheet.id for sheet in known.counted]),
        )
        db.session.add(review)
        db.session.flush()
        event = workflow.record(case, "review_closed", actor, {
            "sheets": len(scores), "mean": review.mean, "spread": review.spread, "version": known.version,
        })
        _end_all(case, "expert", actor, event.id)
        return review


def case_for_desk(actor, case_id: int, seen_version: int) -> Case:
    access.require(actor, "expert.assign")
    case = access.load(actor, Case, case_id, fresh=True)
    if case.version != seen_version:
        raise Conflict(workflow.who_acted(case))
    if not queries.scored_here(case):
        raise Refused("8", f"{case.station.label}这一环节不组织考核评审", "回到案卷，按现在的环节办理")
    return case


def refuse_closed(case: Case) -> None:
    if queries.review_of(case) is not None:
        raise Refused("8", "专家评审已经结束，评审表不能再动", "有疑问的在集中审议时提出")


def _holds(person_id: int, roles: tuple[str, ...], label: str) -> None:
    held = select(Membership.id).join(Person, Person.id == Membership.person_id).where(
        Membership.person_id == person_id, Membership.role.in_(roles), Membership.to_on.is_(None),
        Person.disabled_at.is_(None),
    )
    if db.session.scalar(held.limit(1)) is None:
        raise Refused("8", f"只能指派{label}", "从名单里选；名单里没有的，由安全管理员先授予角色", "person")


def _refuse_interest(case: Case, person_id: int, note: str) -> list[str]:
    """R-2.8: an old profile and the same credit code block; names alike are answered in writing, and returned."""
    profile = queries.profiles([person_id]).get(person_id)
    if refusal := declared_refusal(profile.declared_on if profile else None, clock.today()):
        raise Refused(refusal.article, refusal.reason, refusal.way_out, "person")
    found = interests.hits(queries.units_of(case), profile)
    for hit in found:
        if hit.sure:
            raise Refused("8", hit.words, "选另一位专家", "person")
        if len(note.strip()) < REASON:
            raise Refused("8", hit.words, "核对后写明情况再指派，至少 10 个字", "note")
    return [hit.unit.name for hit in found]


def _assign(actor, case: Case, person_id: int, kind: str) -> Assignment:
    row = Assignment(
        case_id=case.id, person_id=person_id, kind=kind, from_at=clock.now(), by_person_id=actor.person_id
    )
    db.session.add(row)
    db.session.flush()
    return row


def owe(case: Case, assignment: Assignment, due_on: date, version: int = 0, *, chosen: bool = False) -> None:
    """What an assignment makes its person owe, until when; a new version of the dossier begins it anew.

    `chosen`: the day was named by a person, nothing was counted.
    """
    key = f"{case.id}:{assignment.id}" + (f":{version}" if version else "")
    open_obligation(
        kind=OWED[assignment.kind], key=key, due_on=due_on, article="8", region_id=case.region_id, case=case,
        person_id=assignment.person_id, basis=on_fixed_day(clock.today(), due_on) if chosen else None,
    )


def _end(assignment: Assignment, actor, event_id: int | None = None) -> None:
    assignment.to_at = clock.now()
    db.session.flush()
    fulfil(owed(assignment.case_id, assignment.id), actor, event_id)


def owed(case_id: int, assignment_id: int):
    """What an assignment made its person owe."""
    key = f"{case_id}:{assignment_id}"
    return Obligation.kind.in_(OWED.values()) & or_(Obligation.key == key, Obligation.key.like(f"{key}:%"))


def _end_all(case: Case, kind: str, actor, event_id: int) -> None:
    db.session.execute(
        update(Assignment)
        .where(Assignment.case_id == case.id, Assignment.kind == kind, Assignment.to_at.is_(None))
        .values(to_at=clock.now())
    )
    fulfil((Obligation.case_id == case.id) & (Obligation.kind == OWED[kind]), actor, event_id)


def void(sheet: ScoreSheet, actor, reason: str) -> None:
    sheet.status, sheet.void_reason = "void", reason
    sheet.voided_at, sheet.voided_by = clock.now(), actor.person_id
    _end(sheet.assignment, actor)


def written_reason(text: str, field: str = "reason") -> str:
    if len(text.strip()) < REASON:
        what = {"urge": "催的话", "interest": "核对情况"}.get(field, "理由")
        raise Refused("8", f"{what}至少写 10 个字", "说清事实", field)
    return text.strip()[:500]


@registry.on_moved
def _assessment_over(case, step, event, actor) -> None:
    """Once the case has left the assessment for good, nobody is assigned to it any more (R-2.7)."""
    left = (case.kind, step.from_state) in SCORED_AT and step.to_state != step.from_state
    if (left and case.station.holder == "province") or case.station.holder == "end":
        for kind in OWED:
            _end_all(case, kind, actor, event.id)


@registry.on_moved
def _new_version(case, step, event, actor) -> None:
    """A correction came back to the experts: what was given judged the version before, and counts no more (A7-11).

    Sheets still open go along with the dossier; their experts declare again, for other units may stand in it, and
    their time begins anew.
    """
    if step.outcome != "submit" or (case.kind, step.to_state) not in SCORED_AT:
        return
    review, due_on = queries.review(case.id), _deadline(None)
    for sheet in review.sheets:
        if sheet.status == "void" or sheet.judged == review.version or sheet.assignment.to_at is not None:
            continue
        if sheet.status == "given":
            _end(sheet.assignment, actor, event.id)
            continue
        sheet.asked_version, sheet.declared_at, sheet.due_on = review.version, None, due_on
        db.session.flush()
        fulfil(owed(case.id, sheet.assignment_id), actor, event.id)
        owe(case, sheet.assignment, due_on, review.version)
