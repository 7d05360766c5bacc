"""What may be set, within which bounds, and the editions that follow from it (第二十二条)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from incubator.policy import criteria, parameters
from incubator.policy.criteria import EDITIONS, edition_of
from incubator.policy.parameters import (
    PARAMETERS,
    SETTINGS,
    THRESHOLDS,
    day_refusal,
    editions_with,
    plain,
    start_refusal,
    value_refusal,
)

TODAY = date(2026, 6, 1)


def test_every_standard_with_a_number_can_be_set():
    written = {f"{level}:{s.key}": s for level in ("base", "demonstration") for s in getattr(EDITIONS[0], level)}
    assert set(THRESHOLDS) == set(written) and len(written) == 10
    for key, standard in written.items():
        found = THRESHOLDS[key]
        assert (found.default, found.unit, found.article, found.written) == (standard.minimum, standard.unit, standard.article, True)


def test_defaults_lie_within_their_bounds_and_keys_fit_the_column():
    assert set(SETTINGS) == set(PARAMETERS) | set(THRESHOLDS)
    for parameter in SETTINGS.values():
        assert value_refusal(parameter, parameter.default) is None, parameter.key
        assert len(parameter.key) <= 40
    assert not any(p.written for p in PARAMETERS.values())


@pytest.mark.parametrize(("key", "value", "refused"), [
    ("notice_days", "6", True), ("notice_days", "7", False), ("notice_days", "60", False), ("notice_days", "61", True),
    ("station_days", "0", True), ("station_days", "1", False), ("station_days", "10.5", True),
    ("base:jobs", "49", True), ("base:jobs", "50", False), ("base:jobs", "400", False), ("base:jobs", "401", True),
    ("base:jobs", "1000", True),  # a slipped digit
    ("base:area_total", "3499.99", False), ("base:area_total", "3499.999", True),
])
def test_bounds(key, value, refused):
    found = value_refusal(SETTINGS[key], Decimal(value))
    assert (found is not None) is refused
    if refused:
        assert found.article == SETTINGS[key].article and found.way_out


@pytest.mark.parametrize(("day", "refused"), [(date(2026, 5, 31), True), (TODAY, False), (date(2026, 6, 2), False)])
def test_a_value_begins_today_or_later(day, refused):
    found = start_refusal(day, TODAY)
    assert (found is not None) is refused
    if refused:
        assert "2026年5月31日已经过去" in found.reason


@pytest.mark.parametrize(("first", "last", "words"), [
    (date(2026, 5, 31), date(2026, 6, 2), "已经过去"), (date(2026, 6, 3), date(2026, 6, 2), "早于"),
    (TODAY, date(2026, 7, 2), "31 天"), (TODAY, date(2026, 7, 1), None), (TODAY, TODAY, None),
])
def test_days_that_may_be_set(first, last, words):
    found = day_refusal(first, last, TODAY)
    assert (found is None) if words is None else words in found.reason


ROWS = (
    ("base:jobs", date(2026, 7, 1), Decimal(120)), ("demonstration:jobs", date(2026, 9, 1), Decimal(350)),
    ("base:jobs", date(2026, 10, 1), Decimal(90)),
)


@pytest.mark.parametrize(("day", "base", "demonstration"), [
    (date(2020, 1, 1), 100, 300), (date(2026, 6, 30), 100, 300), (date(2026, 7, 1), 120, 300),
    (date(2026, 9, 1), 120, 350), (date(2026, 9, 30), 120, 350), (date(2026, 10, 1), 90, 350),
])
def test_editions_by_day(day, base, demonstration):
    edition = edition_of(day, editions_with(ROWS))
    jobs = [next(s.minimum for s in found if s.key == "jobs") for found in (edition.base, edition.demonstration)]
    assert jobs == [base, demonstration]
    others = [s for s in edition.base if s.key != "jobs"]
    assert others == [s for s in EDITIONS[0].base if s.key != "jobs"]


def test_without_rows_the_measures_hold():
    assert editions_with([]) == EDITIONS


def test_an_amendment_of_the_measures_ends_what_was_set_before_it(monkeypatch):
    amended = replace(EDITIONS[0], from_on=date(2026, 8, 1), base=tuple(
        replace(s, minimum=Decimal(200)) if s.key == "jobs" else s for s in EDITIONS[0].base))
    monkeypatch.setattr(parameters, "EDITIONS", (*EDITIONS, amended))
    made = editions_with(ROWS)
    found = [next(s.minimum for s in edition_of(day, made).base if s.key == "jobs")
             for day in (date(2026, 7, 31), date(2026, 8, 1), date(2026, 10, 1))]
    assert found == [120, 200, 90]


def test_assess_takes_the_edition_of_the_day():
    made = editions_with(ROWS)
    for day, expected in ((date(2026, 6, 30), criteria.PASS), (date(2026, 7, 1), criteria.FAIL), (date(2026, 10, 1), criteria.PASS)):
        found = criteria.assess({"jobs": 100}, urban=True, edition_on=day, editions=made)
        assert {f.key: f.conclusion for f in found}["jobs"] == expected


@pytest.mark.parametrize(("number", "text"), [("3500.0000", "3500"), ("3499.5000", "3499.5"), ("10", "10"), ("100.0", "100")])
def test_plain(number, text):
    assert plain(Decimal(number)) == text
