"""Dates and periods of the Measures: pure functions of dates (domain.md §6).

Fixed calendar days never roll. Periods counted from an event end on the next
working day when their last day is none (民法典 203); the day of the event is
not counted (201). ``workday`` is a callable(date) → bool.
"""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from .articles import Refusal

Workday = Callable[[date], bool]
ONE_DAY = timedelta(days=1)
INITIAL_YEARS = 5
RENEWAL_MONTHS = 36
WINDOW_MONTHS = 3
NOTICE_DAYS = 7
LATE_ENTRY_DAYS = 30
MEASURES_ON = date(2023, 4, 21)
ROLL_LIMIT_DAYS = 60
WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True)
class Span:
    """Days from ``from_on`` to ``to_on``, both included."""

    from_on: date
    to_on: date

    def __contains__(self, day: date) -> bool:
        return self.from_on <= day <= self.to_on


def chinese_date(day: date, *, weekday: bool = False) -> str:
    """2026年10月20日, with ``weekday`` 2026年10月20日（周二）."""
    text = f"{day.year}年{day.month}月{day.day}日"
    return text + f"（周{WEEKDAYS[day.weekday()]}）" if weekday else text


def add_months(day: date, months: int) -> date:
    """Corresponding day of another month, its last day when there is none (民法典 202)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def roll(day: date, workday: Workday) -> date:
    """``day``, or the next working day when it is none (民法典 203).

    Raises ValueError when 60 days hold no working day: the calendar is broken.
    """
    for _ in range(ROLL_LIMIT_DAYS):
        if workday(day):
            return day
        day += ONE_DAY
    raise ValueError("no working day within 60 days")


def add_working_days(day: date, days: int, workday: Workday) -> date:
    """The last of ``days`` working days after ``day``, which is not counted.

    Zero days give ``day`` itself. Raises ValueError for a negative number.
    """
    if days < 0:
        raise ValueError("a period has no negative length")
    for _ in range(days):
        day = roll(day + ONE_DAY, workday)
    return day


def initial_validity(document_on: date) -> Span:
    """Five calendar years from 1 January after the decision document (Article 10, A10-1)."""
    return Span(date(document_on.year + 1, 1, 1), date(document_on.year + INITIAL_YEARS, 12, 31))


def renewal_validity(valid_to: date) -> Span:
    """Three years from the day after the old end (Article 10, A10-3)."""
    start = valid_to + ONE_DAY
    return Span(start, add_months(start, RENEWAL_MONTHS) - ONE_DAY)


def renewal_window(valid_to: date) -> Span:
    """The three months before expiry, last day included (Article 10, A10-2)."""
    return Span(add_months(valid_to + ONE_DAY, -WINDOW_MONTHS), valid_to)


def renewal_refusal(submitted_on: date, valid_to: date | None) -> Refusal | None:
    """Why a renewal may not be filed that day, None inside the window (T06–T09, T16)."""
    if valid_to is None:
        return Refusal("10", "不能提交续延申请：有效期待省工信厅核定", "可以联系省工信厅核定有效期")
    window = renewal_window(valid_to)
    if submitted_on < window.from_on:
        return Refusal(
            "10",
            f"不能提交续延申请：续延申请自{window.from_on}起受理",
            f"可以先填写草稿，在{window.from_on}至{window.to_on}提交",
        )
    if submitted_on > window.to_on:
        return Refusal(
            "10",
            f"不能提交续延申请：有效期已于{window.to_on}届满，续延申请截至当日",
            "可以联系属地工信部门",
        )
    return None


def q_due(year: int, quarter: int) -> date:
    """Last day for the report of a quarter, the 20th after it (Article 13); never rolled."""
    if not 1 <= quarter <= 4:
        raise ValueError(f"no quarter {quarter}")
    return date(year + 1, 1, 20) if quarter == 4 else date(year, quarter * 3 + 1, 20)


def q_span(year: int, quarter: int) -> Span:
    """First and last day of a quarter."""
    if not 1 <= quarter <= 4:
        raise ValueError(f"no quarter {quarter}")
    first = date(year, quarter * 3 - 2, 1)
    return Span(first, add_months(first, 3) - ONE_DAY)


def a_due(year: int) -> date:
    """Last day for the annual report (Article 13)."""
    return date(year + 1, 1, 20)


def report_required(
    document_on: date | None,
    period_end: date,
    due_on: date,
    *,
    valid_to: date | None = None,
    revoked_on: date | None = None,
    renewed: bool = False,
) -> bool:
    """Whether a base owes the report of a period (AMB-23, AMB-28, AMB-37).

    ``document_on`` None: only filed, nothing is owed (A10-6). ``valid_to``
    None: a legacy base whose end is unknown. ``renewed``: a renewal is pending
    or approved.
    """
    if document_on is None or document_on > period_end:
        return False
    if revoked_on is not None and revoked_on <= due_on:
        return False
    return valid_to is None or period_end <= valid_to or renewed


def rectification_end(notice_on: date, workday: Workday) -> date:
    """One year after the notice, rolled (Article 15, A15-2, T87)."""
    return roll(add_months(notice_on, 12), workday)


def station_due(arrival: date, days: int, workday: Workday) -> date:
    """Last working day of a station's time (A7-8)."""
    return add_working_days(arrival, days, workday)


def days_due(event_on: date, days: int, workday: Workday) -> date:
    """A period of natural days after an event, rolled (e.g. carrying out a change, A18-7)."""
    return roll(event_on + timedelta(days=days), workday)


def notice_end(start: date, workday: Workday, days: int = NOTICE_DAYS) -> date:
    """Last day of a public notice: at least seven days, the first not counted, rolled (AMB-20).

    The province may lengthen, not shorten: fewer than seven raise ValueError.
    """
    if days < NOTICE_DAYS:
        raise ValueError(f"a public notice runs {NOTICE_DAYS} days at least")
    return roll(start + timedelta(days=days), workday)


def notice_refusal(start: date, end: date, workday: Workday, days: int = NOTICE_DAYS) -> Refusal | None:
    """Why a notice may not end that day, None when it may (AMB-20). `days`: as long as the province has set it."""
    earliest = notice_end(start, workday, days)
    if end < earliest:
        return Refusal(
            "8",
            f"不能发布公示：{chinese_date(start)}起公示{'1周' if days == NOTICE_DAYS else f' {days} 天'}，"
            f"截止日不能早于{chinese_date(earliest)}",
            f"可以把截止日改为{chinese_date(earliest)}或以后",
        )
    if not workday(end):
        rolled = roll(end, workday)
        return Refusal(
            "8",
            f"不能发布公示：截止日{chinese_date(end)}不是工作日",
            f"可以顺延到{chinese_date(rolled)}",
        )
    return None


def earliest_decision(end: date) -> date:
    """First day on which a decision document may be dated: the day after the notice (Article 8)."""
    return end + ONE_DAY


def decision_refusal(document_on: date, end: date) -> Refusal | None:
    """Why a decision may not carry that date after a notice with that last day (A8-5, T57)."""
    if document_on > end:
        return None
    return Refusal(
        "8",
        f"不能登记认定文件：文件日期{chinese_date(document_on)}，公示到{chinese_date(end)} 24:00 止",
        f"可以核对文件原件，文件日期应为{chinese_date(earliest_decision(end))}或以后",
    )


def late_entry_refusal(
    document_on: date, today: date, reason: str | None, most: int = LATE_ENTRY_DAYS
) -> Refusal | None:
    """R-2.13: a document dated more than `most` days back needs a reason; one of the future is refused."""
    if document_on > today:
        return Refusal(
            "10",
            f"不能登记文件：文件日期{chinese_date(document_on)}晚于今天",
            "可以核对文件原件上的日期",
        )
    days = (today - document_on).days
    if days > most and not (reason or "").strip():
        return Refusal(
            "10",
            f"不能登记文件：文件日期距今 {days} 天，超过 {most} 天，没有写补登理由",
            "可以写明补登理由后登记",
        )
    return None


def year_warning(number_year: int, document_on: date) -> str | None:
    """AMB-25: the year in the document number differs from that of its date; None when equal."""
    if number_year == document_on.year:
        return None
    return (
        f"文号年份为{number_year}年，文件日期为{chinese_date(document_on)}。"
        "有效期按文件日期计算，第十条。核对文件原件，无误的不用改。"
    )


def tax_stop(revoked_on: date) -> date:
    """First day of the month after the revocation (Article 17, A17-2, T94)."""
    return add_months(revoked_on.replace(day=1), 1)
