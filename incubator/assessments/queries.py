"""Reads of the assessment: who is assigned, how far the sheets are, and after the closing what they say."""

from collections.abc import Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from incubator.assessments.models import ExpertProfile, ExpertReview, ScoreSheet
from incubator.cases import submissions
from incubator.cases.queries import latest_submission
from incubator.cases.tables import form_table
from incubator.kernel.access import Assignment
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.offices.models import Membership, Person
from incubator.policy.fields import FieldTable
from incubator.policy.fields.score_sheet import PROMOTION_SHEET, RECOGNITION_SHEET
from incubator.policy.procedures import SCORED_AT

SHEETS: dict[str, FieldTable] = {"recognition": RECOGNITION_SHEET, "promotion": PROMOTION_SHEET}
PEOPLE_CAP = 200

_reviews: ContextVar[dict[int, ExpertReview | None] | None] = ContextVar("reviews", default=None)


@contextmanager
def at_hand(cases: Iterable[Case]):
    """Fetch the closed reviews of many cases in one query for what is asked inside (a meeting's page)."""
    ids = [case.id for case in cases]
    rows = db.session.scalars(select(ExpertReview).where(ExpertReview.case_id.in_(ids))) if ids else ()
    found = {row.case_id: row for row in rows}
    token = _reviews.set({i: found.get(i) for i in ids})
    try:
        yield
    finally:
        _reviews.reset(token)


def review_of(case: Case) -> ExpertReview | None:
    """The closed review; None while it is open."""
    known = _reviews.get()
    if known is not None and case.id in known:
        return known[case.id]
    return db.session.scalar(select(ExpertReview).where(ExpertReview.case_id == case.id))


def scored_here(case: Case) -> bool:
    """Whether experts score the case at the station where it stands."""
    return (case.kind, case.state) in SCORED_AT


def table_of(case: Case) -> FieldTable:
    """The score sheet of this kind of case."""
    return SHEETS[next(sheet for (kind, _), sheet in SCORED_AT.items() if kind == case.kind)]


@dataclass(frozen=True)
class Progress:
    """How many sheets are given and how many are live: all that anybody may know before the closing."""

    given: int
    live: int


def progress(case_id: int) -> Progress:
    counts = dict(
        db.session.execute(
            select(ScoreSheet.status, func.count()).where(ScoreSheet.case_id == case_id).group_by(ScoreSheet.status)
        ).all()
    )
    given = counts.get("given", 0)
    return Progress(given, given + counts.get("open", 0))


def sheets(case_id: int) -> list[ScoreSheet]:
    """All sheets in the order of assignment, which tells nothing of their scores; the expert comes along."""
    return list(
        db.session.scalars(
            select(ScoreSheet).where(ScoreSheet.case_id == case_id).options(joinedload(ScoreSheet.person))
            .order_by(ScoreSheet.id)
        )
    )


def own_sheet(person_id: int, case_id: int) -> ScoreSheet | None:
    """The expert's latest sheet on this case."""
    return db.session.scalar(
        select(ScoreSheet).where(ScoreSheet.case_id == case_id, ScoreSheet.person_id == person_id)
        .order_by(ScoreSheet.id.desc()).limit(1).execution_options(populate_existing=True)
    )


@dataclass(frozen=True)
class Unit:
    """A unit that stands in the dossier, against which interests are checked (R-2.8)."""

    part: str
    name: str
    code: str


def units_of(case: Case) -> list[Unit]:
    """Operator, investor, partners and tenants of the latest version."""
    row = latest_submission(case.id)
    if row is None:
        return []
    body = submissions.content(row, form_table(case.kind))
    form = body["form"]
    found = [
        Unit("运营机构", form.get("operator_name") or "", form.get("operator_uscc") or ""),
        Unit("投资主体", form.get("investor_name") or "", form.get("investor_idno") or ""),
    ]
    found += [Unit("合作服务机构", r.get("name") or "", r.get("uscc") or "") for r in form.get("partners") or []]
    found += [
        Unit("在孵企业", r.get("name") or "", r.get("uscc") or "")
        for rows in (body.get("rosters") or {}).values() for r in rows if r.get("uscc")
    ]
    return [unit for unit in found if unit.name or unit.code]


def people_with(role: str) -> list[Person]:
    """People who hold a role now, by name; at most `PEOPLE_CAP`."""
    return list(
        db.session.scalars(
            select(Person).join(Membership, Membership.person_id == Person.id)
            .where(Membership.role == role, Membership.to_on.is_(None), Person.disabled_at.is_(None))
            .order_by(Person.name, Person.id).limit(PEOPLE_CAP)
        ).unique()
    )


def profiles(person_ids: Iterable[int]) -> dict[int, ExpertProfile]:
    ids = list(person_ids)
    if not ids:
        return {}
    return {p.person_id: p for p in db.session.scalars(select(ExpertProfile).where(ExpertProfile.person_id.in_(ids)))}


def team(case_id: int) -> list[tuple[Assignment, Person]]:
    """The members of the assessment team that are assigned to the case now."""
    return [
        (row.Assignment, row.Person)
        for row in db.session.execute(
            select(Assignment, Person).join(Person, Person.id == Assignment.person_id)
            .where(Assignment.case_id == case_id, Assignment.kind == "site_team", Assignment.to_at.is_(None))
            .order_by(Assignment.id)
        )
    ]


@dataclass(frozen=True)
class Score:
    """One line of a given sheet: what was looked at, its maximum, the score and the words to it."""

    key: str
    label: str
    maximum: object
    score: Decimal | None
    comment: str


def lines(table: FieldTable, values: dict) -> list[Score]:
    """The scores of a sheet in the order of the table."""
    return [
        Score(f.name.removeprefix("score_"), f.label, f.maximum, values.get(f.name),
              values.get(f.name.replace("score_", "comment_", 1)) or "")
        for f in table.fields if f.name.startswith("score_")
    ]
