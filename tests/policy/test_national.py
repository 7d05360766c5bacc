"""A9-2, A9-3: three calendar years of a national title, and the conditions of 194号 beside a base's figures."""

from datetime import date
from decimal import Decimal

import pytest

from incubator.policy.national import THRESHOLDS, compare, title_validity, whole_years

AT = {"years": 3, "tenants": 80, "jobs": 1500, "staff": 10, "mentors": 3, "partners": 5, "public_ratio": Decimal("20"), "functions": 4}


def test_three_calendar_years():
    assert (title_validity(2024).from_on, title_validity(2024).to_on) == (date(2024, 1, 1), date(2026, 12, 31))


def test_all_conditions_at_their_bounds():
    assert set(AT) == {t.key for t in THRESHOLDS} and all(c.met for c in compare(AT))


@pytest.mark.parametrize("key", AT)
def test_one_step_below_is_not_met_and_no_figure_is_no_verdict(key):
    below = {c.threshold.key: c.met for c in compare(AT | {key: AT[key] - 1})}
    assert below.pop(key) is False and all(below.values())
    assert next(c for c in compare({k: v for k, v in AT.items() if k != key}) if c.threshold.key == key).met is None


def test_full_years():
    assert whole_years(date(2020, 3, 2), date(2023, 3, 1)) == 2 and whole_years(date(2020, 3, 1), date(2023, 3, 1)) == 3
    assert whole_years(None, date(2023, 3, 1)) is None
