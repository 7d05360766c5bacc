"""Counts dates day by day, as a person would on a wall calendar; knows nothing of the portal.

    python tests/policy/dates/count.py      writes the tables beside it anew

Nothing of the product may be imported here (tests/architecture/test_imports.py): the tables are its judge (P25).
Days off are the State Council's notices for 2024, 2025 and 2026, typed from the notices.
"""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

HERE = Path(__file__).parent
DAY = timedelta(days=1)
BEIJING = timezone(timedelta(hours=8))

OFF = [  # first and last day of each holiday
    ("2024-01-01", "2024-01-01"), ("2024-02-10", "2024-02-17"), ("2024-04-04", "2024-04-06"), ("2024-05-01", "2024-05-05"),
    ("2024-06-10", "2024-06-10"), ("2024-09-15", "2024-09-17"), ("2024-10-01", "2024-10-07"),
    ("2025-01-01", "2025-01-01"), ("2025-01-28", "2025-02-04"), ("2025-04-04", "2025-04-06"), ("2025-05-01", "2025-05-05"),
    ("2025-05-31", "2025-06-02"), ("2025-10-01", "2025-10-08"),
    ("2026-01-01", "2026-01-03"), ("2026-02-15", "2026-02-23"), ("2026-04-04", "2026-04-06"), ("2026-05-01", "2026-05-05"),
    ("2026-06-19", "2026-06-21"), ("2026-09-25", "2026-09-27"), ("2026-10-01", "2026-10-07"),
]
WORKED = [  # Saturdays and Sundays that are worked
    "2024-02-04", "2024-02-18", "2024-04-07", "2024-04-28", "2024-05-11", "2024-09-14", "2024-09-29", "2024-10-12",
    "2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11",
    "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
]


def of(text: str) -> date:
    return date.fromisoformat(text)


def days(first: date, last: date):
    day = first
    while day <= last:
        yield day
        day += DAY


_off = {day for first, last in OFF for day in days(of(first), of(last))}
_worked = {of(text) for text in WORKED}


def works(day: date) -> bool:
    return day in _worked or (day.isoweekday() <= 5 and day not in _off)


# ---------------------------------------------------------------- counting, one day after another


def after_working(event: date, number: int) -> date:
    """Strike out days from the day after the event until `number` worked ones are struck."""
    day, struck = event, 0
    while struck < number:
        day += DAY
        if works(day):
            struck += 1
    return day


def after_days(event: date, number: int) -> date:
    day = event
    for _ in range(number):
        day += DAY
    return day


def to_a_worked_day(day: date) -> date:
    while not works(day):
        day += DAY
    return day


def last_of_month(day: date) -> bool:
    return (day + DAY).month != day.month


def after_months(start: date, number: int) -> date:
    """Turn the leaves: `number` first days of a month forward; there the same number, or the last day if there is none."""
    day, leaves = start, 0
    while leaves < number:
        day += DAY
        if day.day == 1:
            leaves += 1
    while day.day != start.day and not last_of_month(day):
        day += DAY
    return day


def before_months(start: date, number: int) -> date:
    """Turn the leaves back: over the first day of this month and of `number` − 1 months before, into the month wanted."""
    day, leaves = start, 0
    while leaves < number:
        if day.day == 1:
            leaves += 1
        day -= DAY
    while day.day > start.day:
        day -= DAY
    return day


def twentieth_after(day: date) -> date:
    """The first 20th after the last day of a period."""
    day += DAY
    while day.day != 20:
        day += DAY
    return day


# ------------------------------------------------------------------------------------ the tables


def every(first: str, last: str, step: int) -> list[date]:
    return list(days(of(first), of(last)))[::step]


def tables() -> dict[str, tuple[list[str], list[list[object]]]]:
    told: dict[str, tuple[list[str], list[list[object]]]] = {}
    ends = [day for day in days(of("2023-01-01"), of("2030-12-31")) if last_of_month(day) and day.month % 3 == 0]
    told["quarters"] = ["last_day", "due"], [[day, twentieth_after(day)] for day in ends]
    told["years"] = ["last_day", "due"], [[day, twentieth_after(day)] for day in ends if day.month == 12]
    stations = [*every("2024-01-01", "2026-11-01", 17), of("2026-09-24"), of("2026-02-13"), of("2026-02-14"), of("2024-02-03")]
    told["stations"] = ["arrived", "days", "due"], [
        [day, number, after_working(day, number)] for day in stations for number in (1, 5, 10, 20)]
    notices = [*every("2024-01-03", "2026-12-10", 13), of("2026-09-18"), of("2026-02-08"), of("2024-02-29")]
    told["notices"] = ["starts", "ends", "decide_from"], [
        [day, end := to_a_worked_day(after_days(day, 7)), end + DAY] for day in notices]
    events = every("2024-01-05", "2026-11-20", 23)
    told["periods"] = ["event", "days", "due"], [
        [day, number, to_a_worked_day(after_days(day, number))] for day in events for number in (15, 30)]
    said = [*every("2023-06-01", "2025-12-20", 19), of("2024-02-29"), of("2023-02-28"), of("2025-10-01"), of("2024-10-03")]
    told["rectifications"] = ["notice", "ends"], [[day, to_a_worked_day(after_months(day, 12))] for day in said]
    ended = [*every("2024-01-31", "2031-01-31", 97), of("2026-12-31"), of("2028-02-29"), of("2027-02-28"), of("2026-05-30"),
             of("2026-11-30"), of("2025-08-30"), of("2028-05-29"), of("2028-05-28")]
    told["renewals"] = ["valid_to", "window_from", "next_from", "next_to"], [
        [day, before_months(day + DAY, 3), day + DAY, after_months(day + DAY, 36) - DAY] for day in ended]
    written = [of(f"{year}-{text}") for year in (2023, 2024, 2028) for text in ("01-01", "04-21", "06-30", "12-31")] + [of("2024-02-29")]
    told["validity"] = ["document", "from", "to"], [_five_years(day) for day in written]
    told["months"] = ["start", "months", "same_day"], [
        [day, number, after_months(day, number)]
        for day in (of("2024-01-31"), of("2023-01-31"), of("2024-02-29"), of("2025-03-31"), of("2026-08-31"), of("2026-12-31"))
        for number in (1, 2, 3, 6, 12, 13, 24, 36, 48)]
    told["tax_stops"] = ["revoked", "stops"], [[day, _next_first(day)] for day in every("2024-01-01", "2026-12-31", 29)]
    closing = [to_a_worked_day(after_days(day, 7)) for day in notices[::5]] + [of("2026-12-31"), of("2024-02-29"), of("2026-06-30")]
    told["instants"] = ["last_day", "instant", "in_time"], [row for day in closing for row in _around_midnight(day)]
    return told


def _five_years(document: date) -> list[object]:
    first = document + DAY
    while (first.month, first.day) != (1, 1):
        first += DAY
    last, ends = first, 0
    while True:
        if (last.month, last.day) == (12, 31):
            ends += 1
            if ends == 5:
                return [document, first, last]
        last += DAY


def _next_first(day: date) -> date:
    day += DAY
    while day.day != 1:
        day += DAY
    return day


def _around_midnight(day: date) -> list[list[object]]:
    """One second before 24:00 in Beijing, 24:00 itself, one second after; and 24:00 in Greenwich, which is too late."""
    midnight = datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=BEIJING) + timedelta(seconds=1)
    second = timedelta(seconds=1)
    greenwich = datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC)
    return [[day, moment.astimezone(UTC).isoformat(), "yes" if known else "no"] for moment, known in (
        (midnight - second, True), (midnight, False), (midnight + second, False), (greenwich, False),
        (midnight - timedelta(hours=24), True), (midnight - timedelta(hours=24) - second, True))]


def as_text(head: list[str], rows: list[list[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()


if __name__ == "__main__":
    for name, (head, rows) in tables().items():
        (HERE / f"{name}.csv").write_text(as_text(head, rows), "utf-8")
        print(f"{name}: {len(rows)}")
