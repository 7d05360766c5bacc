"""P25: deadlines are legal deadlines. The tables were counted day by day by a script that knows nothing of the product."""

from __future__ import annotations

import csv
import importlib.util
from datetime import date, datetime
from pathlib import Path

import chinese_calendar
import pytest

from incubator.kernel import clock
from incubator.policy import calendar, counting

pytestmark = pytest.mark.promise("P25")
FOLDER = Path(__file__).parent / "dates"
TABLES = sorted(path.stem for path in FOLDER.glob("*.csv"))


def workday(day: date) -> bool:
    """As the portal's table of holidays is filled: the State Council's days where they are published."""
    return chinese_calendar.is_workday(day)


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def day(text: str) -> date:
    return date.fromisoformat(text)


def quarters(row):
    last = day(row["last_day"])
    assert calendar.q_span(last.year, last.month // 3).to_on == last
    return row["due"], calendar.q_due(last.year, last.month // 3)


def years(row):
    return row["due"], calendar.a_due(day(row["last_day"]).year)


def stations(row):
    arrived, number = day(row["arrived"]), int(row["days"])
    assert counting.by_working_days(arrived, number, workday).due_on == calendar.station_due(arrived, number, workday)
    return row["due"], calendar.station_due(arrived, number, workday)


def notices(row):
    starts, ends = day(row["starts"]), day(row["ends"])
    assert calendar.notice_refusal(starts, ends, workday) is None
    assert calendar.notice_refusal(starts, ends - calendar.ONE_DAY, workday) is not None
    assert calendar.decision_refusal(ends, ends) is not None and calendar.decision_refusal(day(row["decide_from"]), ends) is None
    return (row["ends"], row["decide_from"]), (calendar.notice_end(starts, workday), calendar.earliest_decision(ends))


def periods(row):
    event, number = day(row["event"]), int(row["days"])
    assert counting.by_natural_days(event, number, workday).due_on == calendar.days_due(event, number, workday)
    return row["due"], calendar.days_due(event, number, workday)


def rectifications(row):
    return row["ends"], calendar.rectification_end(day(row["notice"]), workday)


def renewals(row):
    valid_to = day(row["valid_to"])
    window, after = calendar.renewal_window(valid_to), calendar.renewal_validity(valid_to)
    assert window.to_on == valid_to
    for moment, refused in ((window.from_on - calendar.ONE_DAY, True), (window.from_on, False), (valid_to, False),
                            (valid_to + calendar.ONE_DAY, True)):
        assert (calendar.renewal_refusal(moment, valid_to) is not None) is refused
    return (row["window_from"], row["next_from"], row["next_to"]), (window.from_on, after.from_on, after.to_on)


def validity(row):
    span = calendar.initial_validity(day(row["document"]))
    return (row["from"], row["to"]), (span.from_on, span.to_on)


def months(row):
    return row["same_day"], calendar.add_months(day(row["start"]), int(row["months"]))


def tax_stops(row):
    return row["stops"], calendar.tax_stop(day(row["revoked"]))


def instants(row):
    last, instant = day(row["last_day"]), datetime.fromisoformat(row["instant"])
    by_day, by_instant = clock.day_of(instant) <= last, instant < clock.end_of(last)
    assert by_day == by_instant
    return row["in_time"], "yes" if by_day else "no"


def _plain(value) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def test_every_counted_date_is_the_products_date(promise):
    wrong, tried = [], 0
    for name in TABLES:
        for row in rows(name):
            counted, found = map(_plain, globals()[name](row))
            tried += 1
            if counted != found:
                wrong.append(f"{name} {row}: the product says {found}")
    print("\n".join(wrong[:20]))
    assert tried >= 500
    promise("P25", n=tried, failures=len(wrong))


@pytest.fixture(scope="module")
def count():
    """The script, loaded by its place: it is no module of the product's tests."""
    spec = importlib.util.spec_from_file_location("count_days", FOLDER / "count.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tables_are_what_the_script_counts(count):
    made = count.tables()
    assert sorted(made) == TABLES
    for name, (head, lines) in made.items():
        assert count.as_text(head, lines) == (FOLDER / f"{name}.csv").read_text("utf-8"), name


def test_the_days_off_typed_from_the_notices_are_those_of_the_portal(count):
    assert [d for d in count.days(date(2024, 1, 1), date(2026, 12, 31)) if count.works(d) != workday(d)] == []


_REAL = {name: getattr(calendar, name) for name in ("roll", "add_months", "add_working_days", "q_due", "a_due", "tax_stop")}


@pytest.mark.parametrize(("rule", "wrongly", "tables"), [
    ("roll", lambda day, workday: day, {"notices", "periods", "rectifications"}),
    ("add_months", lambda day, n: _REAL["add_months"](day, n) - calendar.ONE_DAY, {"renewals", "months", "tax_stops", "rectifications"}),
    ("add_working_days", lambda day, n, workday: _REAL["add_working_days"](day - calendar.ONE_DAY, n, workday), {"stations"}),
    ("q_due", lambda year, quarter: calendar.add_months(_REAL["q_due"](year, quarter), 1), {"quarters"}),
    ("a_due", lambda year: _REAL["a_due"](year) + calendar.ONE_DAY, {"years"}),
], ids=["never rolls", "a day short", "counts the day itself", "a month late", "a day late"])
def test_a_rule_that_is_off_by_one_is_found(monkeypatch, rule, wrongly, tables):
    monkeypatch.setattr(calendar, rule, wrongly)
    found = set()
    for name in TABLES:
        for row in rows(name):
            try:
                counted, told = globals()[name](row)
            except AssertionError:
                found.add(name)
            else:
                found |= {name} if _plain(counted) != _plain(told) else set()
    assert tables <= found
