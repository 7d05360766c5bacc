"""Reads of the assessment: who is assigned, how far the sheets are, and after the closing what they say."""

import json
from collections.abc import Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from incubator.assessments.models import ExpertProfile, ExpertReview, InterestAnswer, ScoreSheet, ScoreUrging
from incubator.cases import submissions
from incubator.cases.tables import form_table
from incubator.kernel import access, once
from incubator.kernel.access import Assignment
from incubator.kernel.database import db
from incubator.kernel.errors import NotVisible
from incubator.kernel.workflow import Case, Submission
from incubator.offices.models import Person
from incubator.policy.fields import FieldTable
from incubator.policy.fields.score_sheet import PROMOTION_SHEET, RECOGNITION_SHEET
from incubator.policy.procedures import SCORED_AT
from incubator.visits import queries as visits

SHEETS: dict[str, FieldTable] = {"recognition": RECOGNITION_SHEET, "promotion": PROMOTION_SHEET}


@dataclass
class Review:
    """The review of a case: all its sheets and closings, and the version that counts now."""

    version: int
    sheets: list[ScoreSheet] = field(default_factory=list)
    closings: list[ExpertReview] = field(default_factory=list)
    answered: dict[int, set[str]] = field(default_factory=dict)  # names answered in writing, by sheet
    profiles: dict[int, ExpertProfile] = field(default_factory=dict)

    def of_version(self, number: int) -> list[ScoreSheet]:
        """The sheets asked for a version, in the order of assignment, which tells nothing of their scores."""
        return [sheet for sheet in self.sheets if sheet.judged == number]

    @property
    def counted(self) -> list[ScoreSheet]:
        """Sheets that were given to the newest version and stand."""
        return [sheet for sheet in self.of_version(self.version) if sheet.status == "given"]

    @property
    def missing(self) -> list[ScoreSheet]:
        return [sheet for sheet in self.of_version(self.version) if sheet.status == "open"]

    @property
    def closed(self) -> ExpertReview | None:
        """The closing that holds: of the newest version, and every sheet that it counted stands."""
        return self.closing_of(self.version)

    def closing_of(self, number: int) -> ExpertReview | None:
        standing = {sheet.id for sheet in self.sheets if sheet.status == "given"}
        mine = [row for row in self.closings if row.version_no == number and standing.issuperset(row.sheet_ids)]
        return mine[-1] if mine else None

    def readable(self, number: int) -> bool:
        """Whether the sheets of a version may be read: its own review was closed, or a later one is (A8-2)."""
        return self.closing_of(number) is not None or (number < self.version and self.closed is not None)


_at_hand: ContextVar[dict[int, Review] | None] = ContextVar("reviews", default=None)


@contextmanager
def at_hand(cases: Iterable[Case]):
    """Fetch the reviews of many cases in five queries for what is asked inside (a meeting's page)."""
    token = _at_hand.set(_fetch([case.id for case in cases]))
    try:
        yield
    finally:
        _at_hand.reset(token)


def _fetch(ids: list[int]) -> dict[int, Review]:
    if not ids:
        return {}
    found = {case_id: Review(0) for case_id in ids}
    newest = select(Submission.case_id, func.max(Submission.version_no)).where(Submission.case_id.in_(ids))
    for case_id, number in db.session.execute(newest.group_by(Submission.case_id)):
        found[case_id].version = number
    for sheet in _fresh(
        select(ScoreSheet).where(ScoreSheet.case_id.in_(ids)).options(joinedload(ScoreSheet.person)).order_by(ScoreSheet.id)
    ):
        found[sheet.case_id].sheets.append(sheet)
    for row in _fresh(select(ExpertReview).where(ExpertReview.case_id.in_(ids)).order_by(ExpertReview.number)):
        found[row.case_id].closings.append(row)
    sheets = {sheet.id: sheet for known in found.values() for sheet in known.sheets}
    if sheets:
        for sheet_id, name in db.session.execute(
            select(InterestAnswer.sheet_id, InterestAnswer.unit_name).where(InterestAnswer.sheet_id.in_(sheets))
        ):
            found[sheets[sheet_id].case_id].answered.setdefault(sheet_id, set()).add(name)
        people = profiles({sheet.person_id for sheet in sheets.values()})
        for known in found.values():
            known.profiles = people
    return found


def _fresh(query) -> list:
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


@once.per_page
def review(case_id: int) -> Review:
    """The review of a case as it stands now."""
    known = (_at_hand.get() or {}).get(case_id)
    return known or _fetch([case_id])[case_id]


def review_of(case: Case) -> ExpertReview | None:
    """The closed review of the newest version; None while it is open."""
    return review(case.id).closed


def sheets(case_id: int) -> list[ScoreSheet]:
    """All sheets in the order of assignment; the expert comes along."""
    return review(case_id).sheets


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
    before: bool = False


@once.per_page
def progress(case_id: int) -> Progress:
    """Counts of the newest version; `before` says whether an earlier one was reviewed."""
    newest = select(func.max(Submission.version_no)).where(Submission.case_id == case_id).scalar_subquery()
    judged = func.coalesce(ScoreSheet.version_no, ScoreSheet.asked_version)
    rows = db.session.execute(
        select(judged, newest, ScoreSheet.status, func.count())
        .where(ScoreSheet.case_id == case_id, ScoreSheet.status != "void")
        .group_by(judged, ScoreSheet.status)
    ).all()
    now = {status: number for asked, version, status, number in rows if asked == version}
    given = now.get("given", 0)
    return Progress(given, given + now.get("open", 0), any(asked != version for asked, version, _, _ in rows))


def urgings(sheet_ids: Iterable[int]) -> dict[int, list[ScoreUrging]]:
    """How often and when each sheet was asked for, the newest last."""
    found: dict[int, list[ScoreUrging]] = {}
    for row in db.session.scalars(
        select(ScoreUrging).where(ScoreUrging.sheet_id.in_(list(sheet_ids))).order_by(ScoreUrging.id)
    ):
        found.setdefault(row.sheet_id, []).append(row)
    return found


@once.per_page
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


@once.per_page
def units_of(case: Case) -> list[Unit]:
    """Operator, investor, partners and tenants of the newest version (R-2.8)."""
    row = visits.dossier(case).submission
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


def industry_of(case: Case) -> str:
    """The main industry that the newest version names: a division of GB/T 4754, or nothing."""
    row = visits.dossier(case).submission
    return json.loads(row.content)["form"].get("main_industry") or "" if row else ""


def profiles(person_ids: Iterable[int]) -> dict[int, ExpertProfile]:
    ids = list(person_ids)
    if not ids:
        return {}
    return {p.person_id: p for p in _fresh(select(ExpertProfile).where(ExpertProfile.person_id.in_(ids)))}


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


def sheets_of(person_id: int, limit: int = 50) -> list[tuple[ScoreSheet, Case]]:
    """An expert's sheets with their cases, newest first, for the province; nothing of what they say."""
    return [tuple(row) for row in db.session.execute(
        select(ScoreSheet, Case).join(Case, Case.id == ScoreSheet.case_id).where(ScoreSheet.person_id == person_id)
        .order_by(ScoreSheet.id.desc()).limit(limit)
    )]


def expert(actor, person_id: int) -> tuple[Person, ExpertProfile]:
    """One of the pool with what he declared, if it is in sight."""
    row = db.session.execute(
        access.visible(actor, ExpertProfile, Person, ExpertProfile).join(Person, Person.id == ExpertProfile.person_id)
        .where(ExpertProfile.person_id == person_id)
    ).first()
    if row is None:
        raise NotVisible("expert_profile")
    return tuple(row)


def waiting(actor, limit: int = 200) -> list[Case]:
    """Dossiers at a station of the experts, longest waiting first."""
    here = [(Case.kind == kind) & (Case.state == state) for kind, state in SCORED_AT]
    return list(db.session.scalars(
        access.visible(actor, Case).where(or_(*here)).options(joinedload(Case.region))
        .order_by(Case.arrived_at, Case.id).limit(limit)
    ))
