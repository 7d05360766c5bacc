"""Reads of meetings: the list, one record with its dossiers, and what waits for the next meeting."""

from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from incubator.assessments import queries as assessments
from incubator.assessments.models import ExpertReview
from incubator.kernel import access, once, registry
from incubator.kernel.database import db
from incubator.kernel.parameters import value
from incubator.kernel.registry import Lack
from incubator.kernel.workflow import Case
from incubator.meetings.interests import Concern, concerns, experts_named
from incubator.meetings.models import Meeting, MeetingItem, MeetingRecusal
from incubator.policy.fields.score_sheet import outliers
from incubator.policy.procedures import DELIBERATED_AT
from incubator.visits import queries as visits

PAGE = 20
DOSSIERS = 100
LEFT, OPEN = "审议以前已经办结", "还没有结论"


def page(actor, before: int | None) -> tuple[list[tuple[Meeting, dict[str, int]]], int | None]:
    """Meetings, newest first, keyset by id, each with its items counted by verdict."""
    query = access.visible(actor, Meeting).order_by(Meeting.id.desc()).limit(PAGE + 1)
    if before:
        query = query.where(Meeting.id < before)
    rows = list(db.session.scalars(query))
    ids = [row.id for row in rows[:PAGE]]
    counts: dict[int, dict[str, int]] = {i: {} for i in ids}
    for meeting_id, verdict, number in db.session.execute(
        select(MeetingItem.meeting_id, MeetingItem.verdict, func.count())
        .where(MeetingItem.meeting_id.in_(ids)).group_by(MeetingItem.meeting_id, MeetingItem.verdict)
    ):
        counts[meeting_id][verdict] = number
    return [(row, counts[row.id]) for row in rows[:PAGE]], rows[PAGE - 1].id if len(rows) > PAGE else None


def waiting(actor) -> list[Case]:
    """Dossiers that wait for a meeting and stand in no open item, longest waiting first."""
    held = select(MeetingItem.case_id).where(MeetingItem.verdict == "")
    return list(
        db.session.scalars(
            access.visible(actor, Case)
            .where(
                or_(*((Case.kind == kind) & (Case.state == state) for kind, state in DELIBERATED_AT)),
                Case.id.not_in(held),
            )
            .options(joinedload(Case.region)).order_by(Case.arrived_at, Case.id).limit(DOSSIERS)
        )
    )


@dataclass(frozen=True)
class Outlier:
    """A sheet whose total lies far from the mean: for the meeting to look at, nothing more."""

    name: str
    total: object


@dataclass(frozen=True)
class Line:
    """One dossier of a meeting as its page shows it."""

    item: MeetingItem
    case: Case
    tally: visits.Tally
    findings: tuple
    visited: int
    review: ExpertReview | None
    lacks: tuple[Lack, ...]
    outliers: tuple[Outlier, ...]
    differences: tuple
    granted: tuple
    recusals: tuple[MeetingRecusal, ...]
    concerns: tuple[Concern, ...]

    @property
    def usual_reason(self) -> str:
        return usual_reason(self.tally, self.review)

    @property
    def failing(self) -> list:
        return [f for f in self.findings if not f.passed]

    @property
    def outcome(self) -> str:
        """Its verdict in words; without one whether it left before or still waits."""
        return self.item.verdict_label or (LEFT if self.item.left else OPEN)

    @property
    def may_recuse(self) -> list[str]:
        gone = {row.name for row in self.recusals}
        return [row["name"] for row in self.item.meeting.present if row["name"] not in gone]


def usual_reason(tally: visits.Tally, review: ExpertReview | None) -> str:
    """What is recorded for a dossier that passes where the meeting says nothing else: what it had before it (A8-3)."""
    scored = f"，专家评审均分 {review.mean}" if review is not None else ""
    return f"核实的标准{tally.words}{scored}，会议同意拟认定"


def usual_reason_of(case: Case) -> str:
    return usual_reason(visits.tally(visits.findings_of(case, visits.dossier(case))), assessments.review(case.id).closed)


def lines(meeting: Meeting) -> list[Line]:
    """The dossiers of a meeting with standards, scores and what keeps one from passing, in a fixed number of queries."""
    items = list(
        db.session.scalars(
            select(MeetingItem).where(MeetingItem.meeting_id == meeting.id)
            .options(joinedload(MeetingItem.case).joinedload(Case.region)).order_by(MeetingItem.id)
        )
    )
    cases = [item.case for item in items]
    gap = value("score_outlier_gap", meeting.held_on)
    experts = experts_named(row["name"] for row in meeting.present)
    gone: dict[int, list[MeetingRecusal]] = {}
    for row in recusals([item.id for item in items]):
        gone.setdefault(row.item_id, []).append(row)
    with once.page(), visits.at_hand(cases), assessments.at_hand(cases):
        return [_line(item, gap, experts, tuple(gone.get(item.id, ()))) for item in items]


def _line(item: MeetingItem, gap, experts: dict, gone: tuple[MeetingRecusal, ...]) -> Line:
    case, known = item.case, visits.dossier(item.case)
    found = visits.findings_of(case, known)
    step = case.procedure.step(case.state, "pass")
    lacks = tuple(registry.lacks(step.needs, case)) if step is not None and not item.verdict else ()
    review = assessments.review(case.id)
    far = outliers([sheet.total for sheet in review.counted], gap) if review.closed else []
    labels = {f.key: f.label for f in found}
    return Line(
        item, case, visits.tally(found), tuple(found), len(known.visits), review.closed, lacks,
        tuple(Outlier(s.person.name, s.total) for s, is_far in zip(review.counted, far, strict=False) if is_far),
        tuple(visits.differences_of(case, known)),
        tuple((labels.get(r.standard, r.standard), r.threshold, r.document_no) for r in known.granted), gone,
        () if item.verdict or item.left else tuple(concerns(case, item.meeting.present, experts, [row.name for row in gone])),
    )


def recusals(item_ids: list[int]) -> list[MeetingRecusal]:
    return list(db.session.scalars(
        select(MeetingRecusal).where(MeetingRecusal.item_id.in_(item_ids)).order_by(MeetingRecusal.at, MeetingRecusal.name)
    ))


@once.per_page
def of_case(case_id: int) -> list[MeetingItem]:
    """The items of a case, newest first."""
    return list(
        db.session.scalars(
            select(MeetingItem).where(MeetingItem.case_id == case_id).options(joinedload(MeetingItem.meeting))
            .order_by(MeetingItem.id.desc())
        )
    )


def open_item(case_id: int) -> MeetingItem | None:
    return db.session.scalar(select(MeetingItem).where(MeetingItem.case_id == case_id, MeetingItem.verdict == ""))
