"""Whether a member of the meeting has an interest in a dossier (R-2.8): by the unit that is written beside the name, and
by the pool of experts where the name stands in it.

The same credit code asks for a recusal. A name alone, of a unit or of a person, is a question: the meeting recuses the
member or answers in writing, and the answer is kept.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from incubator.assessments import queries as assessments
from incubator.assessments.interests import own_units, touching
from incubator.assessments.models import ExpertProfile
from incubator.kernel import clock
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.offices.models import Person


@dataclass(frozen=True)
class Concern:
    """A member, and what stands against his sitting on a dossier; ``sure`` where the codes say so."""

    name: str
    sure: bool
    words: str


def experts_named(names: Iterable[str]) -> dict[str, list[ExpertProfile]]:
    """Profiles of the pool by the names of their people: one query for a meeting."""
    found: dict[str, list[ExpertProfile]] = {}
    rows = db.session.execute(
        select(Person.name, ExpertProfile).join(ExpertProfile, ExpertProfile.person_id == Person.id)
        .where(Person.name.in_(list(names)))
    )
    for name, profile in rows:
        found.setdefault(name, []).append(profile)
    return found


def concerns(case: Case, present: Iterable[Mapping], experts: Mapping[str, list[ExpertProfile]], gone: Iterable[str] = ()
             ) -> list[Concern]:
    """What stands against the members who are there and have not recused themselves, certain ones first."""
    units, away, today, found = assessments.units_of(case), set(gone), clock.today(), []
    for member in present:
        name, office, code = member["name"], member.get("office") or "", member.get("uscc") or ""
        if name in away:
            continue
        for hit in touching(units, [("所在单位", office, code)]):
            found.append(Concern(name, hit.sure, f"{name}{hit.rest}"))
        for profile in experts.get(name, ()):
            own = own_units(profile, today)
            known = any(office == unit or (code and code == its) for _, unit, its in own)
            for hit in touching(units, own):
                words = f"{name}{hit.rest}" if known else f"{name}和专家库里的一位专家同名，这位专家{hit.rest}"
                found.append(Concern(name, known and hit.sure, words))
    unique = {(c.name, c.words): c for c in found}.values()
    return sorted(unique, key=lambda c: not c.sure)
