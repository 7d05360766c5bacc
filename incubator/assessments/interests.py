"""Whether an expert has an interest in a dossier (R-2.8): declared by the expert, checked by the program.

The same credit code blocks; the same name alone is a question that the province answers in writing. What is looked
at is always the newest version of the dossier and the newest profile.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from incubator.assessments import queries
from incubator.assessments.models import ExpertProfile, ScoreSheet
from incubator.assessments.queries import Unit
from incubator.kernel import clock
from incubator.kernel.registry import Lack
from incubator.kernel.workflow import Case
from incubator.policy.fields.expert import current


@dataclass(frozen=True)
class Hit:
    """A unit of the dossier that is, or is called like, a unit of the expert. ``sure``: the credit codes agree."""

    sure: bool
    own: str  # 所在单位 or 任职的“…”
    unit: Unit

    @property
    def words(self) -> str:
        return f"专家{self.rest}"

    @property
    def rest(self) -> str:
        """The sentence without its subject."""
        if self.sure:
            return f"{self.own}就是申报材料里的{self.unit.part}“{self.unit.name}”，有利害关系"
        return f"{self.own}和申报材料里的{self.unit.part}“{self.unit.name}”同名，代码不同"


def own_units(profile: ExpertProfile, today: date) -> list[tuple[str, str, str]]:
    """Employer and present posts of an expert: how it is called, name, credit code."""
    posts = [(f"任职的“{row['name']}”", row["name"], row["uscc"]) for row in current(profile.all_posts, today)]
    return [("所在单位", profile.employer, profile.employer_uscc), *posts]


def touching(units: Iterable[Unit], own: Iterable[tuple[str, str, str]]) -> list[Hit]:
    """What of a dossier's units agrees with one's own by code, or else by name; certain ones first."""
    codes, names, found = {}, {}, []
    for label, name, code in own:
        if code:
            codes.setdefault(code, label)
        if name:
            names.setdefault(name, label)
    for unit in units:
        if unit.code and unit.code in codes:
            found.append(Hit(True, codes[unit.code], unit))
        elif unit.name and unit.name in names:
            found.append(Hit(False, names[unit.name], unit))
    return sorted(found, key=lambda hit: not hit.sure)


def hits(units: Iterable[Unit], profile: ExpertProfile | None, today: date | None = None) -> list[Hit]:
    """What of a dossier's units touches the employer and the present posts of an expert."""
    return [] if profile is None else touching(units, own_units(profile, today or clock.today()))


def of_sheet(case: Case, sheet: ScoreSheet, review=None) -> list[Hit]:
    """What stands against a sheet now: certain hits, and names that nobody has answered for."""
    review = review or queries.review(case.id)
    answered = review.answered.get(sheet.id, set())
    return [
        hit for hit in hits(queries.units_of(case), review.profiles.get(sheet.person_id))
        if hit.sure or hit.unit.name not in answered
    ]


def lacks(case: Case) -> Iterable[Lack]:
    """What keeps the meeting from deciding on the sheets that were counted."""
    review = queries.review(case.id)
    for sheet in review.counted:
        for hit in of_sheet(case, sheet, review)[:1]:
            what = hit.words.replace("专家", sheet.person.name, 1)
            if hit.sure:
                yield Lack("8", f"{what}，评审表要作废", "作废这份评审表", f"/cases/{case.id}/experts")
            else:
                yield Lack("8", f"{what}，还没有书面核对", "书面核对", f"/cases/{case.id}/experts")
