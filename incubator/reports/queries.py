"""Who has filed, who has not, who was late; what inspections ask about punctuality; silence that is a refusal."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import aliased, joinedload

from incubator.bases.models import Base
from incubator.cases.queries import latest_submission
from incubator.cases.tables import form_table
from incubator.kernel import access, clock
from incubator.kernel.access import Office, Region, Route
from incubator.kernel.database import db
from incubator.kernel.errors import NotVisible
from incubator.kernel.files import StoredFile
from incubator.kernel.workflow import Case, Opinion, Submission
from incubator.obligations.models import Obligation, Urging
from incubator.policy import periods as policy
from incubator.policy.calendar import ONE_DAY, add_months
from incubator.policy.indicators import ENDED, SUMMED
from incubator.policy.periods import Period, ended, period_of
from incubator.policy.procedures import procedure
from incubator.recognitions.commands import counts_of
from incubator.reports.duties import KIND, key_of
from incubator.reports.models import DeadlineOverride, Outage, Report, ReportScan, ReportTick
from incubator.reports.sources import figures_of

PAGE = 50
COUNTED = ("all", "filed", "late", "missing", "waiting")
_CORRECTING = ("correction", "unlocked")


@dataclass(frozen=True)
class Filed:
    """One report that is or was owed: when it was due, when it first came, how often it went back."""

    obligation_id: int
    base_id: int
    period: Period
    due_on: date
    case_id: int | None
    first_submitted_on: date | None
    returns: int = 0
    corrections_late: int = 0
    state: str = ""

    @property
    def station(self) -> str:
        return procedure(self.period.kind).station(self.state).label if self.state else ""

    @property
    def late_days(self) -> int:
        """Days by which the first submission missed the day; of one that never came, so far; 0 when on time."""
        return policy.late_days(self.first_submitted_on or clock.today(), self.due_on)

    @property
    def late(self) -> bool:
        return self.late_days > 0

    @property
    def missing(self) -> bool:
        """The day is over and nothing came."""
        return self.first_submitted_on is None and self.late


def punctuality(base_id: int, year: int) -> list[Filed]:
    """Every report of one base whose day, as the Measures set it, lies in a calendar year, in the order of the days.

    What a revocation took away is left out (AMB-37). Inspections suggest by it (AMB-19, 第十五条（二）).
    """
    return punctuality_of([base_id], year).get(base_id, [])


def punctuality_of(base_ids: Iterable[int], year: int) -> dict[int, list[Filed]]:
    """The same for many bases at once, in four queries."""
    ids = list(base_ids)
    found = _filed((Obligation.base_id.in_(ids)) & (Obligation.kind == KIND))
    by_base = defaultdict(list)
    for row in found:
        if row.period.due_on.year == year:
            by_base[row.base_id].append(row)
    return dict(by_base)


@counts_of
def _recent(case: Case) -> dict:
    """What promotion and renewal say of two years of reports (§8.3, §8.14); those that are not due yet don't count."""
    if not any(f.name == "report_punctuality" for f in form_table(case.kind).fields):
        return {}
    today = clock.today()
    since = add_months(today, -24)
    rows = _filed((Obligation.base_id == case.base_id) & (Obligation.kind == KIND) & Obligation.due_on.between(since, today - ONE_DAY))
    return {"report_punctuality": policy.punctuality_words(len(rows), sum(not row.late for row in rows))}


def _filed(condition, limit: int | None = None) -> list[Filed]:
    query = (
        select(Obligation, Report, Case.state)
        .outerjoin(Report, Report.case_id == Obligation.case_id).outerjoin(Case, Case.id == Obligation.case_id)
        .where(condition).order_by(Obligation.due_on, Obligation.id).limit(limit)
    )
    rows = [
        (owed, report, state) for owed, report, state in db.session.execute(query)
        if owed.fulfilled_at is None or (report is not None and report.first_submitted_at is not None)
    ]
    ids = [report.case_id for _, report, _ in rows if report is not None]
    returned, overdue = _returns(ids), _late_corrections(ids)
    return [
        Filed(
            owed.id, owed.base_id, period_of(owed.key.rpartition(":")[2]), owed.due_on, report.case_id if report else None,
            clock.day_of(report.first_submitted_at) if report is not None and report.first_submitted_at else None,
            returned.get(report.case_id, 0) if report else 0, overdue.get(report.case_id, 0) if report else 0, state or "",
        )
        for owed, report, state in rows
    ]


def _returns(case_ids: list[int]) -> dict[int, int]:
    return dict(db.session.execute(
        select(Opinion.case_id, func.count()).where(Opinion.case_id.in_(case_ids), Opinion.outcome == "return").group_by(Opinion.case_id)
    ).all()) if case_ids else {}


def _late_corrections(case_ids: list[int]) -> dict[int, int]:
    """补正逾期 (A13-4): corrections that came after their day, or did not come; a finding of their own."""
    found: dict[int, int] = defaultdict(int)
    rows = db.session.execute(
        select(Obligation.case_id, Obligation.due_on, Obligation.fulfilled_at).where(
            Obligation.case_id.in_(case_ids), Obligation.kind == "station", Obligation.state.in_(_CORRECTING)
        )
    ) if case_ids else ()
    for case_id, due_on, at in rows:
        found[case_id] += (clock.day_of(at) if at else clock.today()) > due_on
    return dict(found)


# for offices --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One base on the page of who has filed."""

    base: Base
    filed: Filed


@dataclass(frozen=True)
class Place:
    """How many of one division stand where: `all` that owe, filed, late among these, missing, waiting."""

    region_id: int
    name: str
    counts: dict[str, int]


@dataclass(frozen=True)
class Filing:
    """The page of one period: rows of a page, where the next one begins, and the counts of the whole and of each place."""

    lines: list[Line]
    more: int | None
    places: list[Place]

    @property
    def counts(self) -> dict[str, int]:
        return {key: sum(place.counts[key] for place in self.places) for key in COUNTED}


def filing(actor, period: Period, *, region_id: int | None = None, show: str = "", after: int = 0) -> Filing:
    """Who has filed, who has not, who was late, by base within the actor's sight; six queries however many bases.

    ``region_id``: a county, or a city with all that go by its office. ``show``: missing, late, waiting, filed or ""
    for all; keyset by base id.
    """
    mine = access.visible(actor, Base, Base.id)
    if region_id is not None:
        mine = mine.where(Base.region_id.in_(access.regions_in(region_id)))
    condition = (Obligation.kind == KIND) & Obligation.key.endswith(period.key_end) & Obligation.base_id.in_(mine)
    narrowed = condition & (Obligation.base_id > after) if after else condition
    query = (
        select(Obligation, Report.first_submitted_at).outerjoin(Report, Report.case_id == Obligation.case_id)
        .where(narrowed & _shown(show) & _owed()).order_by(Obligation.base_id).limit(PAGE + 1)
    )
    ids = [row.id for row, _ in db.session.execute(query)]
    found = sorted(_filed(Obligation.id.in_(ids[:PAGE])), key=lambda f: f.base_id) if ids else []
    bases = {
        b.id: b for b in db.session.scalars(
            select(Base).where(Base.id.in_([f.base_id for f in found])).options(joinedload(Base.region))
        )
    } if found else {}
    lines = [Line(bases[f.base_id], f) for f in found]
    return Filing(lines, found[-1].base_id if len(ids) > PAGE else None,
                  _places(condition, by_city=actor.tier == "province" and region_id is None))


def _owed():
    """Not what a revocation took away (AMB-37)."""
    return Obligation.fulfilled_at.is_(None) | Report.first_submitted_at.is_not(None)


def _shown(show: str):
    came, today = Report.first_submitted_at.is_not(None), clock.today()
    after_day = func.date(Report.first_submitted_at, "+8 hours") if db.session.get_bind().dialect.name == "sqlite" else None
    if after_day is None:
        after_day = func.date(func.timezone("Asia/Shanghai", Report.first_submitted_at))
    return {
        "missing": Obligation.fulfilled_at.is_(None) & (Obligation.due_on < today),
        "waiting": Obligation.fulfilled_at.is_(None) & (Obligation.due_on >= today),
        "late": came & (after_day > Obligation.due_on),
        "filed": came,
    }.get(show, Obligation.id.is_not(None))


def _places(condition, *, by_city: bool) -> list[Place]:
    """How many stand where, by county, or by the city whose office they go by: one query, grouped by the database.

    What is reviewed beside its prefecture stands beside it (R-2.9).
    """
    id_, name, code = (func.coalesce(getattr(_CITY, key), getattr(Region, key)) if by_city else getattr(Region, key)
                       for key in ("id", "full_name", "code"))
    query = (
        select(id_, name, *(func.count().filter(_shown(key)).label(key) for key in COUNTED))
        .select_from(Obligation).outerjoin(Report, Report.case_id == Obligation.case_id)
        .join(Base, Base.id == Obligation.base_id).join(Region, Region.id == Base.region_id)
    )
    rows = db.session.execute(
        (_to_city(query) if by_city else query).where(condition & _owed()).group_by(id_, name, code).order_by(code)
    )
    return [Place(number, called, dict(zip(COUNTED, counts, strict=True))) for number, called, *counts in rows]


_CITY = aliased(Region)


def _to_city(query):
    """From the bases on to the city by whose office each goes now, where that office is a city's."""
    return (
        query.outerjoin(Route, (Route.region_id == Base.region_id) & Route.to_on.is_(None))
        .outerjoin(Office, Office.id == Route.city_office_id).outerjoin(_CITY, _CITY.code == Office.code)
    )


def regions_of(actor) -> list[Region]:
    """The regions in which the actor's bases lie, for the filter."""
    ids = access.visible(actor, Base, Base.region_id).distinct()
    return list(db.session.scalars(select(Region).where(Region.id.in_(ids)).order_by(Region.code)))


def places_of(actor) -> list[Region]:
    """The same, and for the province the cities before their counties."""
    ids = access.visible(actor, Base, Base.region_id).distinct()
    chosen = Region.id.in_(ids)
    if actor.tier == "province":
        chosen |= Region.id.in_(_to_city(access.visible(actor, Base, _CITY.id).select_from(Base)))
    return list(db.session.scalars(select(Region).where(chosen).order_by(Region.code)))


# silence ------------------------------------------------------------------------------------------


def refusal_flag(base_id: int, today: date | None = None) -> date | None:
    """AMB-17: the first missed day of a year of silence, once it was urged; the province decides (第十六条（二）4)."""
    return refusal_flags([base_id], today).get(base_id)


def refusal_flags(base_ids: Iterable[int], today: date | None = None) -> dict[int, date]:
    """The flagged ones of many bases, in three queries."""
    ids, today = list(base_ids), today or clock.today()
    due, came = defaultdict(list), defaultdict(list)
    for row in _filed(Obligation.base_id.in_(ids) & (Obligation.kind == KIND)):
        due[row.base_id].append((row.due_on, row.first_submitted_on is not None))
        if row.first_submitted_on:
            came[row.base_id].append(row.first_submitted_on)
    urged = dict(db.session.execute(
        select(Obligation.base_id, func.count(Urging.id)).join(Urging, Urging.obligation_id == Obligation.id)
        .where(Obligation.base_id.in_(ids), Obligation.kind == KIND, Urging.at < clock.end_of(today)).group_by(Obligation.base_id)
    ).all())
    flags = {number: policy.refusal_flag(due[number], came[number], today, urged.get(number, 0)) for number in ids}
    return {number: day for number, day in flags.items() if day is not None}


# the review ---------------------------------------------------------------------------------------


def ticks_of(case_id: int) -> list[tuple[ReportTick, Opinion]]:
    """The ticks of all rounds with the opinion that each belongs to, the oldest first."""
    return list(db.session.execute(
        select(ReportTick, Opinion).join(Opinion, Opinion.id == ReportTick.opinion_id)
        .where(ReportTick.case_id == case_id).order_by(ReportTick.opinion_id)
    ).all())


def report(actor, case: Case) -> Report:
    """The report of a case in the actor's sight, else NotVisible."""
    row = db.session.scalar(access.visible(actor, Report).where(Report.case_id == case.id))
    if row is None:
        raise NotVisible("report")
    return row


def own(actor) -> list[Filed]:
    """All reports that the actor's base owes or has filed, the newest first."""
    return _filed((Obligation.base_id == actor.base_id) & (Obligation.kind == KIND))[::-1][:60]


def filed_by(base_id: int, day: date, most: int = 5) -> list[Filed]:
    """The reports of a base that had first come by a day, the last ones first."""
    filed = _filed((Obligation.base_id == base_id) & (Obligation.kind == KIND) & (Obligation.due_on > day - timedelta(days=500)))
    return [f for f in reversed(filed) if f.first_submitted_on is not None and f.first_submitted_on <= day][:most]


def filed_of(report: Report) -> Filed | None:
    """How one report came: day, lateness, returns."""
    found = _filed((Obligation.kind == KIND) & (Obligation.key == key_of(report.base_id, report.period)))
    return found[0] if found else None


def due_of(report: Report) -> date:
    """The day that is due for a report, as the province may have moved it."""
    return db.session.scalar(
        select(Obligation.due_on).where(Obligation.kind == KIND, Obligation.key == key_of(report.base_id, report.period))
    ) or report.period.due_on


def year_of(actor, year: int) -> list[Filed]:
    """The last quarter and the year, as far as the base owes them."""
    return sorted((r for r in own(actor) if r.period in (Period(year, 4), Period(year))), key=lambda r: -r.period.quarter)


def quarters_table(base_id: int, year: int) -> list[tuple[str, list, object]]:
    """Figures that the year sums up: label, the four quarters (None where not reported), their sum."""
    periods = [Period(year, n) for n in (1, 2, 3, 4)]
    known, rows = figures_of(base_id, periods), []
    for name, (label, unit) in {**SUMMED, **ENDED}.items():
        cells = [known.get(p, {}).get(name) for p in periods]
        given = [c for c in cells if c is not None]
        rows.append((f"{label}（{unit}）", cells, (sum(given) if name in SUMMED else given[-1]) if given else None))
    return rows


def latest_period(today: date) -> Period:
    """The quarter that ended last."""
    return max(p for p in ended(date(today.year - 1, 1, 1), today) if p.quarter)


def periods_to_choose(today: date) -> list[Period]:
    """What the pages offer: the periods of two years, the coming one included, the newest first."""
    coming = max(ended(date(today.year - 1, 1, 1), today), key=lambda p: (p.span.to_on, p.quarter))
    ahead = Period(coming.year, coming.quarter + 1) if 0 < coming.quarter < 4 else Period(coming.year + 1, 1)
    return [ahead, *sorted(ended(date(today.year - 1, 1, 1), today), key=lambda p: (p.span.to_on, p.quarter), reverse=True)]


def outages() -> list[Outage]:
    return list(db.session.scalars(select(Outage).order_by(Outage.id.desc()).limit(30)))


def moves() -> list[DeadlineOverride]:
    return list(db.session.scalars(select(DeadlineOverride).order_by(DeadlineOverride.id.desc()).limit(30)))


def scans_of(case_id: int) -> list[tuple[ReportScan, StoredFile, int]]:
    """Stamped scans with their files and the version that each belongs to, the newest first."""
    return list(db.session.execute(
        select(ReportScan, StoredFile, Submission.version_no).join(StoredFile, StoredFile.id == ReportScan.file_id)
        .join(Submission, Submission.id == ReportScan.submission_id).where(ReportScan.case_id == case_id).order_by(ReportScan.id.desc())
    ).all())


def unlocked_between(case_id: int) -> tuple[Submission, Submission] | None:
    """The version that had been archived when the province unlocked last, and the newest one after it (AMB-40)."""
    at = db.session.scalar(
        select(Opinion.at).where(Opinion.case_id == case_id, Opinion.outcome == "unlock").order_by(Opinion.id.desc()).limit(1)
    )
    if at is None:
        return None
    rows = list(db.session.scalars(select(Submission).where(Submission.case_id == case_id).order_by(Submission.version_no)))
    before, after = [r for r in rows if r.at <= at], [r for r in rows if r.at > at]
    return (before[-1], after[-1]) if before and after else None


def latest(case_id: int) -> Submission | None:
    """The version that stands."""
    return latest_submission(case_id)
