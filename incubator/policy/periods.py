"""Periods of the quarterly and annual reports 季报、年报: when they open, when they are due, who owes them (Article 13).

Pure functions of dates. The 20th is a fixed day and never rolls (AMB-22); lateness is judged on the first submission
alone (A13-4).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from . import calendar
from .articles import Refusal
from .calendar import Span, add_months, chinese_date

QUARTERLY, ANNUAL = "quarterly_report", "annual_report"
QUARTERS = "一二三四"
SILENCE_MONTHS = 12
OVERRIDE_REASON = 10


@dataclass(frozen=True, order=True)
class Period:
    """One period of one kind of report; ``quarter`` 1—4, or 0 for a whole year."""

    year: int
    quarter: int = 0

    @property
    def kind(self) -> str:
        return QUARTERLY if self.quarter else ANNUAL

    @property
    def span(self) -> Span:
        return calendar.q_span(self.year, self.quarter) if self.quarter else Span(date(self.year, 1, 1), date(self.year, 12, 31))

    @property
    def due_on(self) -> date:
        return calendar.q_due(self.year, self.quarter) if self.quarter else calendar.a_due(self.year)

    @property
    def opens_on(self) -> date:
        """The day after the period (A13-3, T68)."""
        return self.span.to_on + calendar.ONE_DAY

    @property
    def code(self) -> str:
        """2025Q1, 2025: how keys and addresses name it."""
        return f"{self.year}Q{self.quarter}" if self.quarter else str(self.year)

    @property
    def key_end(self) -> str:
        """:quarterly_report:2025Q1: how the key of what a base owes for it ends."""
        return f":{self.kind}:{self.code}"

    @property
    def label(self) -> str:
        return f"{self.span_label}{'季报' if self.quarter else '年报'}"

    @property
    def span_label(self) -> str:
        return f"{self.year}年第{QUARTERS[self.quarter - 1]}季度" if self.quarter else f"{self.year}年"

    @property
    def before(self) -> "Period":
        """The period of the same kind just before."""
        if not self.quarter:
            return Period(self.year - 1)
        return Period(self.year, self.quarter - 1) if self.quarter > 1 else Period(self.year - 1, 4)

    @property
    def quarters(self) -> tuple["Period", ...]:
        """The four quarters of a year; of a quarter, itself."""
        return tuple(Period(self.year, n) for n in (1, 2, 3, 4)) if not self.quarter else (self,)


def period_of(code: str) -> Period:
    """The period of a code such as 2025Q1 or 2025; ValueError when there is none."""
    year, _, quarter = code.partition("Q")
    found = Period(int(year), int(quarter) if quarter else 0)
    if found.code != code or not 0 <= found.quarter <= 4 or not 2000 <= found.year <= 2200:
        raise ValueError(f"no period {code!r}")
    return found


def period_from(kind: str, start: date) -> Period:
    """The period of a kind that begins that day."""
    return Period(start.year, (start.month + 2) // 3 if kind == QUARTERLY else 0)


def owed_from(document_on: date, entered_on: date, *, legacy: bool = False) -> date:
    """The day from which the periods that end are owed: that of the document (AMB-23).

    Of an older base that of its import, whatever its paper says (AMB-16); never one before the Measures (A20-1).
    """
    return max(calendar.MEASURES_ON, entered_on if legacy else document_on)


def born_overdue(due_on: date, entered_on: date) -> bool:
    """Whether the day had passed when the base's document was entered: then it is counted from the entry (R-2.13)."""
    return due_on < entered_on


def ended(since: date, today: date) -> list[Period]:
    """Every period whose last day lies from ``since`` to the eve of ``today``: what must have been opened by now."""
    found = []
    for year in range(since.year, today.year + 1):
        for period in (*(Period(year, n) for n in (1, 2, 3, 4)), Period(year)):
            if since <= period.span.to_on < today:
                found.append(period)
    return found


def open_refusal(period: Period, today: date) -> Refusal | None:
    """Why a report may not be filled in yet (A13-3, T68); None from the day after the period."""
    if today >= period.opens_on:
        return None
    return Refusal("13", f"{period.label}还没有开始填报，{chinese_date(period.opens_on)}开放", f"到{chinese_date(period.opens_on)}再填")


@dataclass(frozen=True)
class Override:
    """A due day that the province moved for all or for one region, with its reason (AMB-22, AMB-42)."""

    due_on: date
    region_id: int | None = None


def due_with(period: Period, overrides: Iterable[Override], region_id: int) -> date:
    """Due day of a period in a region: the last word for the region, else the last word for all, else the 20th."""
    own = general = None
    for row in overrides:
        if row.region_id == region_id:
            own = row.due_on
        elif row.region_id is None:
            general = row.due_on
    return own or general or period.due_on


def override_refusal(period: Period, due_on: date, reason: str) -> Refusal | None:
    """Why a due day may not be moved so: never earlier than the 20th of the Measures, and never without a reason."""
    if due_on < period.due_on:
        return Refusal("13", f"{period.label}的截止日是{chinese_date(period.due_on)}，只能延后，不能提前", "填这一天或以后的日期")
    if len(reason.strip()) < OVERRIDE_REASON:
        return Refusal("13", f"调整截止日的理由至少写 {OVERRIDE_REASON} 个字", "写明春节、系统故障等事由和依据")
    return None


def late_days(first_submitted_on: date, due_on: date) -> int:
    """Days by which a first submission missed its day; 0 when on time (T66, T67)."""
    return max(0, (first_submitted_on - due_on).days)


def refusal_flag(
    due: Iterable[tuple[date, bool]], submitted_on: Iterable[date], today: date, urgings: int
) -> date | None:
    """AMB-17: the earliest missed due day D after which nothing was submitted, once a year has passed; None otherwise.

    ``due`` pairs each due day with whether its report was ever submitted. Any submission resets the clock; without
    a recorded urging there is no flag. The year is measured, not rolled: true from the day after D + 12 months.
    """
    if urgings < 1:
        return None
    last = max(submitted_on, default=None)
    missed = sorted(day for day, done in due if not done and day < today and (last is None or day > last))
    if missed and today > add_months(missed[0], SILENCE_MONTHS):
        return missed[0]
    return None


def punctuality_words(owed: int, in_time: int) -> str:
    """How many of the reports that fell due came in time, by their first submission (A13-4, §8.3): whole per cent, never rounded up."""
    if not owed:
        return "近两年没有到期的报告"
    return f"{in_time * 100 // owed}%，到期 {owed} 份，按期 {in_time} 份"
