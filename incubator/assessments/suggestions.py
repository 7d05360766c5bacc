"""Who might review a dossier: the pool of experts, their load, and a balanced proposal (A8-2, R-2.8).

An expert whose field is the dossier's industry stands before others with up to two dossiers less in hand, one of
general use before others with one less; among equals the one with the fewest dossiers comes first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import Text, cast, func, or_, select, tuple_

from incubator.assessments import queries
from incubator.assessments.interests import hits
from incubator.assessments.models import ExpertProfile, ScoreSheet
from incubator.cases.queries import like
from incubator.kernel import clock
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.offices.models import Membership, Person
from incubator.policy.fields.expert import declared_refusal, suits

PAGE = 30
POOL_CAP = 500
SUGGESTED = 5


@dataclass(frozen=True)
class Expert:
    """One of the pool: the person, the profile, how many sheets he still owes."""

    person: Person
    profile: ExpertProfile | None
    load: int

    @property
    def refusal(self):
        """Why he may not be assigned to anything now; None when he may."""
        return declared_refusal(self.profile.declared_on if self.profile else None, clock.today())


@dataclass(frozen=True)
class Candidate:
    """An expert seen from one dossier. `blocked` says why not; `asks` what the province has to answer in writing."""

    expert: Expert
    match: int
    field: str
    blocked: str = ""
    asks: str = ""

    @property
    def person(self) -> Person:
        return self.expert.person

    @property
    def rank(self) -> tuple:
        return (bool(self.blocked), bool(self.asks), self.expert.load - self.match, self.expert.load, self.person.id)

    @property
    def reason(self) -> str:
        fit = {2: f"专业对口（{self.field}）", 1: f"通用专业（{self.field}）"}.get(self.match, "专业不对口")
        return f"{fit}，手上 {self.expert.load} 份"


def _experts():
    return (
        select(Person, ExpertProfile).outerjoin(ExpertProfile, ExpertProfile.person_id == Person.id)
        .where(
            Person.disabled_at.is_(None),
            Person.id.in_(select(Membership.person_id).where(Membership.role == "expert", Membership.to_on.is_(None))),
        )
        .order_by(Person.name, Person.id)
    )


def _with_load(rows) -> list[Expert]:
    rows = list(rows)
    counted = dict(db.session.execute(
        select(ScoreSheet.person_id, func.count()).where(
            ScoreSheet.status == "open", ScoreSheet.person_id.in_([person.id for person, _ in rows])
        ).group_by(ScoreSheet.person_id)
    ).all())
    return [Expert(person, profile, counted.get(person.id, 0)) for person, profile in rows]


def pool(query: str = "", after: tuple[str, int] | None = None) -> tuple[list[Expert], tuple[str, int] | None]:
    """A page of the pool by name, and where the next begins; `query` looks in name, field, title, employer and posts."""
    asked = _experts().limit(PAGE + 1)
    if query:
        pattern = like(query)
        asked = asked.where(or_(
            *(column.ilike(pattern, escape="\\") for column in (
                Person.name, ExpertProfile.fields, ExpertProfile.employer, ExpertProfile.titles, cast(ExpertProfile.posts, Text)))
        ))
    if after:
        asked = asked.where(tuple_(Person.name, Person.id) > after)
    rows = db.session.execute(asked).all()
    last = rows[PAGE - 1][0] if len(rows) > PAGE else None
    return _with_load(rows[:PAGE]), (last.name, last.id) if last else None


def everybody() -> list[Expert]:
    """All experts for a proposal: two queries, however many."""
    return _with_load(db.session.execute(_experts().limit(POOL_CAP)).all())


def candidates(case: Case, experts: Iterable[Expert] | None = None) -> list[Candidate]:
    """Every expert of the pool for this dossier, the best first, those who may not last with the reason."""
    review = queries.review(case.id)
    units, industry = queries.units_of(case), queries.industry_of(case)
    taken = {s.person_id: "已经指派过" for s in review.of_version(review.version) if s.status != "void"}
    taken |= {s.person_id: "已经申报回避" for s in review.sheets if s.status == "void" and s.voided_by == s.person_id}
    found = []
    for expert in everybody() if experts is None else experts:
        match, field = suits(expert.profile.field_labels if expert.profile else (), industry)
        known = hits(units, expert.profile)
        refusal = expert.refusal
        blocked = taken.get(expert.person.id) or (refusal.reason if refusal else "")
        blocked = blocked or next((hit.words for hit in known if hit.sure), "")
        found.append(Candidate(expert, match, field, blocked, next((h.words for h in known if not h.sure), "")))
    return sorted(found, key=lambda c: c.rank)


@dataclass(frozen=True)
class Proposed:
    """What the preview shows for one dossier: who is proposed, and how many are still wanting."""

    case: Case
    live: int
    chosen: list[Candidate]
    wanting: int


def propose(cases: Iterable[Case], each: int) -> list[Proposed]:
    """`each` experts for every dossier, those already assigned counted; the load grows along as they are given out."""
    experts = {expert.person.id: expert for expert in everybody()}
    found = []
    for case in cases:
        review = queries.review(case.id)
        live = sum(sheet.status != "void" for sheet in review.of_version(review.version))
        ranked = [c for c in candidates(case, experts.values()) if not c.blocked and not c.asks]
        chosen = ranked[: max(0, each - live)]
        for candidate in chosen:
            known = experts[candidate.person.id]
            experts[candidate.person.id] = replace(known, load=known.load + 1)
        found.append(Proposed(case, live, chosen, max(0, each - live - len(chosen))))
    return found
