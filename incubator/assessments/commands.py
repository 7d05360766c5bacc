"""What the province does with team and experts: assignment, release, closing (第八条; A8-1, A8-2, AMB-35, R-2.7, R-2.8)."""

from sqlalchemy import select, update

from incubator.assessments import queries
from incubator.assessments.models import ExpertProfile, ExpertReview, ScoreSheet
from incubator.kernel import access, clock, registry, workflow
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
from incubator.policy.fields.score_sheet import mean, spread
from incubator.policy.procedures import SCORED_AT

REASON = 10
OWED = {"expert": "score_sheet", "site_team": "site_visit"}


def experts_url(case: Case) -> str:
    return f"/cases/{case.id}/experts"


@registry.evidence("expert_review_closed")
def _expert_review_closed(case: Case):
    """A8-2: the meeting needs a closed review; how far it is may be said, what it says may not."""
    if queries.review_of(case) is None:
        yield Lack("8", "专家评审还没有结束", "组织专家评审", experts_url(case))


# the province ------------------------------------------------------------------------------


def assign_expert(actor, case_id: int, person_id: int, *, seen_version: int, note: str = "") -> ScoreSheet:
    """Assign one expert and open the sheet; refused where the expert's employer stands in the dossier (R-2.8)."""
    with transaction():
        case = _case_for_desk(actor, case_id, seen_version)
        refuse_closed(case)
        _holds(person_id, "expert", "评审专家")
        before = list(db.session.scalars(
            select(ScoreSheet).where(ScoreSheet.case_id == case.id, ScoreSheet.person_id == person_id)
        ))
        if any(sheet.status != "void" for sheet in before):
            raise Refused("8", "这位专家已经指派过", "选另一位专家", "person")
        if any(sheet.voided_by == person_id for sheet in before):
            raise Refused("8", "这位专家已经对这家申报单位申报回避", "选另一位专家", "person")
        _refuse_interest(case, person_id, note)
        assignment = _assign(actor, case, person_id, "expert")
        sheet = ScoreSheet(
            case_id=case.id, assignment_id=assignment.id, person_id=person_id, opened_at=clock.now(),
            assign_note=note.strip(),
        )
        db.session.add(sheet)
        db.session.flush()
        _owe(case, assignment)
        workflow.record(case, "expert_assigned", actor, {"assignment": assignment.id, "sheet": sheet.id})
        return sheet


def assign_team(actor, case_id: int, person_id: int, *, seen_version: int) -> Assignment:
    """A member of the assessment team, who sees the case and may register the province's visit (A8-1, R-2.7)."""
    with transaction():
        case = _case_for_desk(actor, case_id, seen_version)
        _holds(person_id, "site_team", "考核组成员")
        if access.person_is_assigned(person_id, case.id, "site_team"):
            raise Refused("8", "这位成员已经指派过", "选另一位成员", "member")
        assignment = _assign(actor, case, person_id, "site_team")
        _owe(case, assignment)
        workflow.record(case, "team_assigned", actor, {"assignment": assignment.id})
        return assignment


def release(actor, case_id: int, assignment_id: int, reason: str, *, seen_version: int) -> None:
    """Take an expert or a team member off the case; an expert's sheet is void from then on, with the reason."""
    with transaction():
        case = _case_for_desk(actor, case_id, seen_version)
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
        refuse_closed(case)
        if sheet.status == "void":
            raise Refused("8", "这份评审表已经作废", "回到专家名单核对")
        given = sheet.status == "given"
        void(sheet, actor, written_reason(reason))
        workflow.record(case, "sheet_voided" if given else "expert_released", actor,
                        {"assignment": assignment.id, "sheet": sheet.id})


def close_review(actor, case_id: int, *, seen_version: int) -> ExpertReview:
    """Close the review: from now on the sheets may be read, and none may be given, voided or assigned (A8-2)."""
    with transaction():
        case = _case_for_desk(actor, case_id, seen_version)
        refuse_closed(case)
        rows = queries.sheets(case.id)
        scores = [sheet.total for sheet in rows if sheet.status == "given"]
        needed = whole("min_valid_scores", case.edition_on or clock.today())
        if len(scores) < needed:
            raise Refused("8", f"有效评审表 {len(scores)} 份，至少 {needed} 份才能结束评审", "等专家交表，或另行指派专家")
        for sheet in rows:
            if sheet.status == "open":
                void(sheet, actor, "评审结束时还没有交")
        review = ExpertReview(
            case_id=case.id, closed_at=clock.now(), closed_by=actor.person_id, valid_count=len(scores),
            mean=mean(scores), spread=spread(scores),
        )
        db.session.add(review)
        db.session.flush()
        event = workflow.record(
            case, "review_closed", actor, {"sheets": len(scores), "mean": review.mean, "spread": review.spread}
        )
        _end_all(case, "expert", actor, event.id)
        return review


def _case_for_desk(actor, case_id: int, seen_version: int) -> Case:
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


def _holds(person_id: int, role: str, label: str) -> None:
    held = select(Membership.id).join(Person, Person.id == Membership.person_id).where(
        Membership.person_id == person_id, Membership.role == role, Membership.to_on.is_(None),
        Person.disabled_at.is_(None),
    )
    if db.session.scalar(held.limit(1)) is None:
        raise Refused("8", f"只能指派{label}", "从名单里选；名单里没有的，由安全管理员先授予角色", "person")


def _refuse_interest(case: Case, person_id: int, note: str) -> None:
    """R-2.8: the same credit code blocks; the same name alone is answered in writing."""
    profile = db.session.get(ExpertProfile, person_id)
    if profile is None:
        return
    for unit in queries.units_of(case):
        if unit.code and unit.code == profile.employer_uscc:
            raise Refused("8", f"专家所在单位就是申报材料里的{unit.part}“{unit.name}”，有利害关系", "选另一位专家", "person")
        if unit.name and unit.name == profile.employer and len(note.strip()) < REASON:
            raise Refused(
                "8", f"专家所在单位和申报材料里的{unit.part}“{unit.name}”同名，代码不同",
                "核对后写明情况再指派，至少 10 个字", "note",
            )


def _assign(actor, case: Case, person_id: int, kind: str) -> Assignment:
    row = Assignment(
        case_id=case.id, person_id=person_id, kind=kind, from_at=clock.now(), by_person_id=actor.person_id
    )
    db.session.add(row)
    db.session.flush()
    return row


def _owe(case: Case, assignment: Assignment) -> None:
    today = clock.today()
    open_obligation(
        kind=OWED[assignment.kind], key=f"{case.id}:{assignment.id}", due_on=station_due(today, whole("score_days", today), workday),
        article="8", region_id=case.region_id, case=case, person_id=assignment.person_id,
    )


def _end(assignment: Assignment, actor, event_id: int | None = None) -> None:
    assignment.to_at = clock.now()
    db.session.flush()
    fulfil(owed(assignment.case_id, assignment.id), actor, event_id)


def owed(case_id: int, assignment_id: int):
    """What an assignment made its person owe."""
    return Obligation.kind.in_(OWED.values()) & (Obligation.key == f"{case_id}:{assignment_id}")


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


def written_reason(text: str) -> str:
    if len(text.strip()) < REASON:
        raise Refused("8", "理由至少写 10 个字", "说清事实", "reason")
    return text.strip()[:500]


@registry.on_moved
def _assessment_over(case, step, event, actor) -> None:
    """Once the case has left the assessment for good, nobody is assigned to it any more (R-2.7)."""
    left = (case.kind, step.from_state) in SCORED_AT and step.to_state != step.from_state
    if (left and case.station.holder == "province") or case.station.holder == "end":
        for kind in OWED:
            _end_all(case, kind, actor, event.id)
