"""What was seen on site, and the facts that a reviewer decides on (design §4)."""

import json
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import func, select

from incubator.bases.queries import relaxations_of
from incubator.cases import submissions
from incubator.cases.tables import form_table
from incubator.kernel import clock, once
from incubator.kernel.database import db
from incubator.kernel.parameters import editions
from incubator.kernel.workflow import Case, Submission
from incubator.policy import criteria
from incubator.policy.criteria import Fact, Finding
from incubator.policy.fields import from_stored
from incubator.policy.fields.recognition import declared_facts
from incubator.policy.fields.visit import CHECK_ROWS, VISIT_KINDS
from incubator.rosters import queries as rosters
from incubator.visits.models import SiteVisit, VisitPlan, VisitStop

_BEGUN = {"inspection": "年检开始", "adhoc_inspection": "专项检查开始", "rectification": "责令整改"}
_NUMBERS = {row.fact: row.kind for row in CHECK_ROWS if row.kind != "bool"}


@dataclass
class Dossier:
    """The latest version of a case and its visits, oldest first."""

    submission: Submission | None
    visits: list[SiteVisit] = field(default_factory=list)
    said: dict[int, object] = field(default_factory=dict)  # reviewers' words by tenant of the frozen roster
    granted: list[criteria.Relaxation] = field(default_factory=list)


_at_hand: ContextVar[dict[int, Dossier] | None] = ContextVar("dossiers", default=None)


@contextmanager
def at_hand(cases: Iterable[Case]):
    """Fetch the dossiers of many cases in two queries for what is asked inside (a meeting's page)."""
    token = _at_hand.set(_fetch(list(cases)))
    try:
        yield
    finally:
        _at_hand.reset(token)


def _fetch(cases: list[Case]) -> dict[int, Dossier]:
    ids = [case.id for case in cases]
    if not ids:
        return {}
    last = (
        select(Submission.case_id, func.max(Submission.version_no).label("number"))
        .where(Submission.case_id.in_(ids)).group_by(Submission.case_id).subquery()
    )
    rows = db.session.scalars(
        select(Submission).join(
            last, (last.c.case_id == Submission.case_id) & (last.c.number == Submission.version_no)
        )
    )
    found = {case_id: Dossier(None) for case_id in ids}
    for row in rows:
        found[row.case_id].submission = row
    for visit in db.session.scalars(_in_order(select(SiteVisit).where(SiteVisit.case_id.in_(ids)))):
        found[visit.case_id].visits.append(visit)
    tenants = {case_id: _tenants(known.submission) for case_id, known in found.items()}
    said = rosters.overrides([i for ids in tenants.values() for i in ids])
    granted = relaxations_of(cases)
    for case_id, known in found.items():
        known.said = {i: said[i] for i in tenants[case_id] if i in said}
        known.granted = [criteria.Relaxation(r.standard, r.threshold, r.document_no) for r in granted[case_id]]
    return found


def _tenants(submission: Submission | None) -> list[int]:
    """Ids of the tenants that a version froze."""
    frozen = json.loads(submission.content).get("rosters") or {} if submission is not None else {}
    return [row["id"] for row in frozen.get("tenants", [])]


def _in_order(query):
    """By the day of the visit, then by entry: the last one holds (A5-9)."""
    return query.order_by(SiteVisit.visited_on, SiteVisit.id)


@once.per_page
def dossier(case: Case) -> Dossier:
    known = (_at_hand.get() or {}).get(case.id)
    return known or _fetch([case])[case.id]


def visits_of(case: Case) -> list[SiteVisit]:
    """The visits of a case, oldest first."""
    known = (_at_hand.get() or {}).get(case.id)
    if known or once.within():
        return dossier(case).visits
    return list(db.session.scalars(_in_order(select(SiteVisit).where(SiteVisit.case_id == case.id))))


def has_visit(case: Case, kind: str) -> bool:
    return any(visit.kind == kind for visit in visits_of(case))


_declared: dict[str, Callable[[Case], dict[str, object]]] = {}


def declared_by(*kinds: str):
    """Register ``fn(case) -> {fact: value}`` for cases that nobody applies for: what the portal knows of the base."""

    def put(fn):
        _declared.update(dict.fromkeys(kinds, fn))
        return fn

    return put


def declared_of(case: Case, submission: Submission | None) -> dict[str, object]:
    """Fact key → value as declared: the form of the latest version and the counts of its rosters."""
    if case.kind in _declared:
        return _declared[case.kind](case)
    if submission is None:
        return {}
    table = form_table(case.kind)
    body = submissions.content(submission, table)
    return {**declared_facts(from_stored(table, body["form"])), **body.get("facts", {})}


def facts_of(case: Case, known: Dossier | None = None) -> dict[str, Fact]:
    """What a reviewer decides on: each fact as declared and as last verified on site, with its source.

    A visit that left a fact open lets the visit before it stand.
    """
    known = known or dossier(case)
    facts = {key: Fact(declared=value) for key, value in declared_of(case, known.submission).items()}
    for visit in known.visits:
        for key, value in json.loads(visit.verified).items():
            declared = facts[key].declared if key in facts else None
            facts[key] = Fact(declared, _typed(key, value), visit.source)
    return facts | _as_overridden(case, known, facts)


def _as_overridden(case: Case, known: Dossier, facts: dict[str, Fact]) -> dict[str, Fact]:
    """Counts after a reviewer's word on single tenants (A5-6), where it came after the last count on site."""
    if not known.said:
        return {}
    frozen = json.loads(known.submission.content)["rosters"]
    last = max(word.at for word in known.said.values())
    counted = {key: visit.entered_at for visit in known.visits for key in json.loads(visit.verified)}
    recount = rosters.frozen_facts(frozen)
    return {
        key: Fact(facts[key].declared, recount[key], "审核改判")
        for key in ("tenants_countable", "jobs")
        if key in facts and recount[key] != facts[key].actual and (key not in counted or counted[key] < last)
    }


def _typed(key: str, value: object) -> object:
    return Decimal(value) if _NUMBERS.get(key) == "decimal" else value


def findings_of(case: Case, known: Dossier | None = None) -> list[Finding]:
    """The standards for a case of this kind (第五、六条), by the edition of its day and with the thresholds granted to it.

    None for a case that no standards judge (a major event).
    """
    if case.kind not in criteria.STANDARDS:
        return []
    known = known or dossier(case)
    return criteria.STANDARDS[case.kind](
        facts_of(case, known), urban=case.region.urban, edition_on=case.edition_on or clock.today(),
        granted=known.granted, editions=editions(),
    )


def planned_of(case_id: int) -> tuple[VisitStop, VisitPlan] | None:
    """The open stop of the assessment team's plan on which a case stands, with its day."""
    row = db.session.execute(
        select(VisitStop, VisitPlan).join(VisitPlan, VisitPlan.id == VisitStop.plan_id)
        .where(VisitStop.case_id == case_id, VisitStop.ended_at.is_(None))
    ).first()
    return tuple(row) if row else None


@dataclass(frozen=True)
class Difference:
    """A check row on which the last visit found something else than was declared."""

    label: str
    declared: object
    verified: object
    unit: str
    source: str


def differences_of(case: Case, known: Dossier | None = None) -> list[Difference]:
    """Where what was verified on site differs from what was declared, with the source, in the order of the rows."""
    facts, found = facts_of(case, known), []
    for row in CHECK_ROWS:
        fact = facts.get(row.fact)
        if fact is None or fact.verified is None or not fact.source:
            continue
        if row.kind == "bool":
            if fact.verified is False:
                found.append(Difference(row.label, None, False, "", fact.source))
        elif fact.declared is None or Decimal(fact.declared) != Decimal(fact.verified):
            found.append(Difference(row.label, fact.declared, fact.verified, row.unit, fact.source))
    return found


@dataclass(frozen=True)
class Tally:
    """How the standards stand: the count line of the table."""

    total: int
    passed: int
    failed: int
    low: int
    unknown: int

    @property
    def words(self) -> str:
        parts = [f"{self.total} 项，{self.passed} 项符合"]
        parts += [f"{n} 项{word}" for n, word in (
            (self.failed, "不符合"), (self.low, "低于基准"), (self.unknown, "待核实"),
        ) if n]
        return "，".join(parts)


def tally(findings: list[Finding]) -> Tally:
    count = [f.conclusion for f in findings].count
    return Tally(
        len(findings), count(criteria.PASS), count(criteria.FAIL), count(criteria.RELAXABLE), count(criteria.UNKNOWN)
    )


def begun(case: Case) -> str:
    """What a visit of a case must come after, in words."""
    return _BEGUN.get(case.kind, "提交申请")


def kind_label(kind: str) -> str:
    return dict(VISIT_KINDS)[kind]
