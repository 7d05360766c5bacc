"""What was verified of a base between two inspections and waits to be judged by the next one (A13-7, A14-4, AMB-38).

A later module knows of it and registers here; an inspection shows it and takes a fact over as a finding.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from incubator.inspections.models import InspectionConclusion
from incubator.kernel import once
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.policy.calendar import chinese_date

SPECIAL = "special_inspection"
FACT_MOST = 400


@dataclass(frozen=True)
class Lead:
    """One verified event: its case, what it was and when, the county's words, what follows, the facts under their codes."""

    case_id: int
    kind: str
    label: str
    happened_on: date
    checked_on: date
    opinion: str
    follow_up: str
    follow_up_label: str
    found: tuple[tuple[str, str], ...] = ()

    @property
    def words(self) -> str:
        return f"{chinese_date(self.happened_on)}发生的{self.label}事项，{chinese_date(self.checked_on)}核实"

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Code → the fact as a finding says it."""
        return [(code, f"{self.words}：{fact}。") for code, fact in self.found]

    @property
    def cause(self) -> dict:
        """What an inspection outside the plan begins with."""
        told = "；".join(fact for _, fact in self.found)
        return {"cause": "accident" if self.kind == "accident" else "major_event",
                "facts": f"{self.words}：{told + '。' if told else ''}{self.opinion}"[:1000]}


@dataclass(frozen=True)
class ReportLead:
    """What a report has against it beside its lateness: corrections that came too late, figures changed after the archive.

    Offered as a `Lead` is; people decide whether it is a finding (A13-4, AMB-40).
    """

    case_id: int
    words: str
    corrections_late: int
    misstated: tuple[str, ...] = ()

    @property
    def follow_up_label(self) -> str:
        told = ["补正逾期"] * bool(self.corrections_late) + ["解锁后改动超过 10%"] * bool(self.misstated)
        return "，".join(told)

    @property
    def found(self) -> tuple[tuple[str, str], ...]:
        late = (("15(2)", f"退回或解锁后逾期补正 {self.corrections_late} 次"),) if self.corrections_late else ()
        return late + ((("15(3)", f"解锁后改动超过 10%：{'；'.join(self.misstated)}"[:FACT_MOST]),) if self.misstated else ())

    @property
    def facts(self) -> list[tuple[str, str]]:
        return [(code, f"{self.words}，{fact}。") for code, fact in self.found]


_sources = []


def leads_of(fn):
    """Register ``fn(base_id, since) -> list[Lead]``: what was verified after an instant, of ever where it is None."""
    _sources.append(fn)
    return fn


def of_base(base_id: int, since: datetime | None = None) -> list[Lead]:
    return [lead for fn in _sources for lead in fn(base_id, since)]


@once.per_page
def of_case(case: Case) -> list[Lead]:
    """What lies with an inspection: verified since the conclusion of the one before it."""
    return of_base(case.base_id, db.session.scalar(
        select(InspectionConclusion.at).where(InspectionConclusion.base_id == case.base_id, InspectionConclusion.case_id < case.id)
        .order_by(InspectionConclusion.at.desc()).limit(1)
    ))
