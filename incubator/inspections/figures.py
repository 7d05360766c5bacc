"""The online part of an inspection, as far as the system fills it (A14-2, §8.12): standards, reports, alerts.

Figures are those of the last day of the year before; for an inspection outside the plan those of today.
"""

import json
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from incubator.bases.facts import standing_of
from incubator.bases.models import Base, ValidityPeriod
from incubator.bases.models import Relaxation as Granted
from incubator.inspections import leads
from incubator.inspections.models import InspectionItem, InspectionPlan
from incubator.kernel import clock, once
from incubator.kernel.database import db
from incubator.kernel.parameters import editions
from incubator.kernel.workflow import Case
from incubator.policy import criteria
from incubator.policy.calendar import chinese_date
from incubator.policy.criteria import Fact, Finding, Relaxation
from incubator.policy.standing import BASE, DEMONSTRATION
from incubator.reports import queries as reports
from incubator.reports.remarks import Remarks, remarks_of
from incubator.rosters import queries as rosters
from incubator.rosters.record_queries import graduates
from incubator.visits import queries as visits
from incubator.visits.queries import declared_by

AREAS = ("area_total", "area_incub", "area_public")


@dataclass
class Reports:
    """How a base reported for a year: the lines of its reports, how many came late, how many never."""

    year: int
    lines: list[dict] = field(default_factory=list)
    late: int = 0
    never: int = 0
    known: bool = False


@dataclass
class Online:
    """The sheet as it stands now: what `InspectionSheet` freezes."""

    day: date
    level: str
    base: list[Finding]
    demonstration: list[Finding]
    reports: Reports
    alerts: list[str]

    def as_dict(self) -> dict:
        def plain(f: Finding) -> dict:
            return {"key": f.key, "label": f.label, "article": f.article, "declared": f.declared, "verified": f.verified,
                    "required": f.required, "conclusion": f.conclusion, "gap": f.gap, "source": f.source}

        return {
            "day": self.day.isoformat(), "level": self.level, "base": [plain(f) for f in self.base],
            "demonstration": [plain(f) for f in self.demonstration], "alerts": self.alerts,
            "reports": {"year": self.reports.year, "lines": self.reports.lines, "late": self.reports.late,
                        "never": self.reports.never, "known": self.reports.known},
        }


def item_of(case: Case) -> InspectionItem | None:
    """The line of the plan that a case carries out; None for one outside the plan."""
    return db.session.scalar(select(InspectionItem).where(InspectionItem.case_id == case.id))


@once.per_page
def day_of(case: Case) -> date:
    """The day of the figures: the eve of the plan's year, or the day on which the inspection outside the plan began."""
    item = item_of(case)
    if item is None:
        return clock.day_of(case.opened_at)
    return date(db.session.get(InspectionPlan, item.plan_id).year - 1, 12, 31)


def figures(base: Base, day: date) -> dict[str, object]:
    """Fact key → value of a base on a day: its rosters, its areas, and what its annual report says where there is one."""
    counted = rosters.facts(base.id, day)
    known = {key: counted[key] for key in ("service_team", "mentors", "tenants_countable", "jobs")}
    if base.level_now == DEMONSTRATION:
        known |= _graduates(base, day)
    known |= {key: getattr(base, key) for key in AREAS if getattr(base, key) is not None}
    return known


def _graduates(base: Base, day: date) -> dict[str, int]:
    """How many firms have graduated. What left an older base before it was taken over stands in no roster: too few
    on record leave the question to those who inspect (A6-2, A20-1)."""
    found = graduates(base.id, day)
    least = next(s.minimum for s in criteria.edition_of(day, editions()).demonstration if s.key == "grad_cum")
    if found < least and db.session.scalar(select(ValidityPeriod.id).where(ValidityPeriod.base_id == base.id, ValidityPeriod.legacy.is_(True))):
        return {}
    return {"grad_cum": found}


@declared_by("inspection", "adhoc_inspection")
def _declared(case: Case) -> dict[str, object]:
    return figures(db.session.get(Base, case.base_id), day_of(case))


def standards(base: Base, facts: dict, *, level: str, edition_on: date, granted=()) -> tuple[list, list]:
    """The standards of Article 5, and for a demonstration base those of Article 6, with granted thresholds.

    Every number, and of the conditions those that a visit has looked at.
    """
    told = {"urban": base.region.urban, "edition_on": edition_on, "granted": list(granted), "editions": editions()}
    named = {key: value if isinstance(value, Fact) else Fact(declared=value) for key, value in facts.items()}
    below = [f for f in criteria.assess(named, **told) if f.numeric or f.conclusion != criteria.UNKNOWN]
    if level != DEMONSTRATION:
        return below, []
    above = [f for f in criteria.assess_promotion(named, **told) if f.article.startswith("6")]
    return below, [f for f in above if f.numeric or f.conclusion != criteria.UNKNOWN]


@once.per_page
def granted_to(base: Base) -> list[Relaxation]:
    """The thresholds that the province granted to a base and that are in force (AMB-02): they hold here too."""
    rows = db.session.scalars(
        select(Granted).where(Granted.base_id == base.id, Granted.in_force_on.is_not(None)).order_by(Granted.id)
    )
    return [Relaxation(r.standard, r.threshold, r.document_no) for r in rows]


def reports_of(base: Base, year: int) -> Reports:
    """The reports whose day lies in a year: due, first submitted, late days, returns, overdue corrections (A13-4, AMB-19)."""
    return _told(year, reports.punctuality(base.id, year))


def _told(year: int, filed: list[reports.Filed]) -> Reports:
    return Reports(
        year,
        [{"label": f.period.label, "due_on": f.due_on.isoformat(), "first_on": f.first_submitted_on.isoformat() if f.first_submitted_on else "",
          "late_days": f.late_days, "returns": f.returns, "corrections_late": f.corrections_late, "case_id": f.case_id if f.first_submitted_on else None}
         for f in filed],
        late=sum(f.late and not f.missing for f in filed), never=sum(f.missing for f in filed), known=bool(filed),
    )


@once.per_page
def reports_for(case: Case) -> Reports:
    """The reports that an inspection looks at, with what stays with each: reasons, figures changed after the archive (AMB-40)."""
    day = day_of(case)
    year = day.year if item_of(case) is not None else day.year - 1
    filed = reports.punctuality(case.base_id, year)
    found, remarks = _told(year, filed), remarks_of(filed)
    for line in found.lines:
        said = remarks.get(line["case_id"], Remarks())
        line |= {"explained": [list(each) for each in said.explained], "misstated": list(said.misstated)}
    return found


def offered(case: Case) -> list[leads.Lead | leads.ReportLead]:
    """What may become a finding at one press: verified events, and what a report has against it."""
    of_reports = (
        leads.ReportLead(line["case_id"], line["label"], line["corrections_late"], tuple(line["misstated"]))
        for line in reports_for(case).lines if line["corrections_late"] or line["misstated"]
    )
    return [*leads.of_case(case), *of_reports]


def alerts_of(base: Base, day: date) -> list[str]:
    """What does not fit together: tenants that stand in two bases, used area beyond what there is."""
    tenants = rosters.roster_on(base.id, day)["tenants"]
    found = []
    twins = [line.values["name"] for line in tenants if line.verdict.twin]
    if twins:
        found.append(f"{len(twins)} 户在孵企业也在另一个基地的名册上：{'、'.join(twins[:3])}{' 等' if len(twins) > 3 else ''}")
    used = sum(line.values.get("area") or 0 for line in tenants)
    if base.area_incub is not None and used > base.area_incub:
        found.append(f"在孵企业用房合计 {used} ㎡，多于孵化场所 {base.area_incub} ㎡")
    if not tenants:
        found.append(f"{chinese_date(day)}的名册上没有在孵企业")
    return found


@once.per_page
def online(case: Case) -> Online:
    """The online part of a case as it would be frozen now; what was verified on site counts."""
    base, day = db.session.get(Base, case.base_id), day_of(case)
    level = standing_of(base).level or BASE
    granted = granted_to(base)
    below, above = standards(
        base, visits.facts_of(case), level=level, edition_on=case.edition_on or day, granted=granted
    )
    return Online(day, level, below, above, reports_for(case), alerts_of(base, day))


def sheet(case: Case) -> dict:
    """The sheet of the online part as it would be frozen now, with the events that were verified since the last inspection."""
    return online(case).as_dict() | {"events": [f"{lead.words}，{lead.follow_up_label}" for lead in leads.of_case(case)]}


def frozen(content: str) -> dict:
    return json.loads(content)
