"""Reads of plans and inspections: who must be inspected, the count, findings, what was concluded."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from incubator.bases.facts import facts_of_bases, standing_of
from incubator.bases.models import Base, SanctionSpan, ValidityPeriod
from incubator.cases.tables import form_table
from incubator.inspections import figures
from incubator.inspections.models import (
    InspectionBatch,
    InspectionConclusion,
    InspectionDraw,
    InspectionFinding,
    InspectionItem,
    InspectionPlan,
    InspectionSheet,
)
from incubator.kernel import access, clock, once
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.policy import inspections as policy
from incubator.policy import standing
from incubator.policy.standing import BASE
from incubator.recognitions.commands import counts_of
from incubator.visits.queries import has_visit

VISITS = ("inspection", "special_inspection")


def eligible(year: int) -> list[Base]:
    """Every base that the plan of a year must account for (A14-1, AMB-18, AMB-39), by code."""
    day = date(year, 1, 1)
    first = dict(
        db.session.execute(select(ValidityPeriod.base_id, func.min(ValidityPeriod.in_force_on)).group_by(ValidityPeriod.base_id)).all()
    )
    rows = db.session.scalars(
        select(Base).where(Base.id.in_(list(first))).options(joinedload(Base.region)).order_by(Base.code)
    ).all()
    facts, today = facts_of_bases(rows), clock.today()
    found = []
    for base in rows:
        then, now = standing.status(facts[base.id], day), standing.status(facts[base.id], today)
        if policy.belongs(year, in_force_on_1_january=then.in_force, first_document_on=first[base.id],
                          national=then.national is not None and now.in_force):
            found.append(base)
    return found


def plan_of(year: int) -> InspectionPlan | None:
    return db.session.scalar(select(InspectionPlan).where(InspectionPlan.year == year))


def items_of(plan: InspectionPlan, actor=None) -> list[InspectionItem]:
    """The lines of a plan in sight, by batch and code of the base."""
    query = access.visible(actor, InspectionItem) if actor is not None else select(InspectionItem)
    return list(
        db.session.scalars(
            query.join(Base, Base.id == InspectionItem.base_id).where(InspectionItem.plan_id == plan.id)
            .options(joinedload(InspectionItem.base).joinedload(Base.region), joinedload(InspectionItem.batch))
            .order_by(InspectionItem.batch_id.is_(None), InspectionItem.batch_id, Base.code)
        )
    )


def counted(plan: InspectionPlan, items: list[InspectionItem] | None = None) -> policy.Count:
    """The proof that nobody is missing, from the register as it stands now."""
    items, must = items_of(plan) if items is None else items, eligible(plan.year)
    return policy.count(
        [base.code for base in must], [i.base.code for i in items if i.batch_id is not None],
        [i.base.code for i in items if i.batch_id is None],
        {base.code: base.name for base in (*must, *(i.base for i in items))},
    )


def prefectures() -> dict[str, str]:
    """Code → name of what divisions lie in."""
    return dict(db.session.execute(select(access.Region.code, access.Region.name)).all())


def draw_of(plan_id: int) -> InspectionDraw | None:
    return db.session.scalar(select(InspectionDraw).where(InspectionDraw.plan_id == plan_id))


def plans(actor, most: int = 20) -> list[tuple[InspectionPlan, int, int]]:
    """Plans, the latest first, with how many bases are in batches and how many are concluded."""
    batched = select(func.count()).where(
        InspectionItem.plan_id == InspectionPlan.id, InspectionItem.batch_id.is_not(None)
    ).correlate(InspectionPlan).scalar_subquery()
    done = (
        select(func.count()).select_from(InspectionItem).join(Case, Case.id == InspectionItem.case_id)
        .where(InspectionItem.plan_id == InspectionPlan.id, Case.ended_at.is_not(None))
        .correlate(InspectionPlan).scalar_subquery()
    )
    rows = db.session.execute(
        access.visible(actor, InspectionPlan, InspectionPlan, batched, done).order_by(InspectionPlan.year.desc()).limit(most)
    )
    return [tuple(row) for row in rows]


def due_to_begin(day: date) -> list[tuple[InspectionItem, InspectionBatch]]:
    """Lines of confirmed plans whose batch has begun and whose inspection has not."""
    rows = db.session.execute(
        select(InspectionItem, InspectionBatch)
        .join(InspectionBatch, InspectionBatch.id == InspectionItem.batch_id)
        .join(InspectionPlan, InspectionPlan.id == InspectionItem.plan_id)
        .where(
            InspectionPlan.confirmed_at.is_not(None), InspectionBatch.starts_on <= day, InspectionItem.case_id.is_(None),
            InspectionItem.dropped_reason == "",
        ).order_by(InspectionItem.id)
    )
    return [tuple(row) for row in rows]


# one inspection ---------------------------------------------------------------------------------


@once.per_page
def findings_of(case: Case) -> list[InspectionFinding]:
    """The problems that stand, in the order in which they were written."""
    return list(
        db.session.scalars(
            select(InspectionFinding).where(InspectionFinding.case_id == case.id, InspectionFinding.withdrawn_at.is_(None))
            .order_by(InspectionFinding.id)
        )
    )


def sheet_of(case: Case) -> InspectionSheet | None:
    return db.session.get(InspectionSheet, case.id)


def conclusion_of(case: Case) -> InspectionConclusion | None:
    return db.session.get(InspectionConclusion, case.id)


def visited(case: Case) -> bool:
    return any(has_visit(case, kind) for kind in VISITS)


def suggestion_of(case: Case) -> policy.Suggestion:
    """What the figures, as verified, and the findings suggest now (AMB-19)."""
    found = figures.online(case)
    return policy.suggest(
        level=found.level, base=found.base, demonstration=found.demonstration, late=found.reports.late,
        never=found.reports.never, codes=[f.code for f in findings_of(case)],
    )


def level_of(case: Case) -> str:
    return standing_of(db.session.get(Base, case.base_id)).level or BASE


@dataclass(frozen=True)
class Past:
    """An earlier inspection of a base."""

    case: Case
    conclusion: InspectionConclusion


def past_of(base_id: int, before: int | None = None) -> list[Past]:
    """What was concluded on a base, the latest first."""
    query = select(InspectionConclusion).where(InspectionConclusion.base_id == base_id).options(joinedload(InspectionConclusion.case))
    if before:
        query = query.where(InspectionConclusion.case_id < before)
    rows = db.session.scalars(query.order_by(InspectionConclusion.case_id.desc()).limit(10))
    return [Past(row.case, row) for row in rows]


@counts_of
def _history(case: Case) -> dict:
    """What promotion and renewal say of earlier inspections and rectifications (§8.3, §8.14)."""
    if not any(f.name == "inspections" for f in form_table(case.kind).fields):
        return {}
    concluded = [(clock.day_of(past.conclusion.at), past.case.procedure.label, past.conclusion.label) for past in past_of(case.base_id)]
    spans = select(SanctionSpan.from_on, SanctionSpan.to_on).where(SanctionSpan.base_id == case.base_id, SanctionSpan.kind == "rectification")
    return {"inspections": policy.history_words(concluded, db.session.execute(spans).all())}


def running_adhoc(base_id: int) -> int | None:
    """The inspection outside the plan that runs on a base: one at a time."""
    return db.session.scalar(
        select(Case.id).where(Case.base_id == base_id, Case.kind == "adhoc_inspection", Case.ended_at.is_(None))
    )


def candidates(plan: InspectionPlan) -> list[tuple[InspectionItem, policy.Risk]]:
    """The bases of the batches with their points as of the eve of the year."""
    day = date(plan.year - 1, 12, 31)
    found = []
    for item in items_of(plan):
        if item.batch_id is not None:
            found.append((item, _risk(item.base, day, plan)))
    return found


def _risk(base: Base, day: date, plan: InspectionPlan) -> policy.Risk:
    reports = figures.reports_of(base, day.year)
    level = standing_of(base).level or BASE
    below, above = figures.standards(
        base, figures.figures(base, day), level=level, edition_on=plan.decided_on, granted=figures.granted_to(base),
    )
    short = [f for f in (*below, *above) if f.numeric and f.conclusion in ("FAIL", "RELAXABLE")]
    rectified = any(
        past.conclusion.conclusion in policy.RECTIFIES and past.conclusion.at.year >= plan.year - 2 for past in past_of(base.id)
    )
    return policy.risk(
        late=reports.late, never=reports.never, below=len(short), alerts=len(figures.alerts_of(base, day)),
        rectified=rectified, relaxed=bool(figures.granted_to(base)),
    )
