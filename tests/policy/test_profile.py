"""A13-1, A13-8: what falls too far, and what was not confirmed for a year."""

from datetime import date
from decimal import Decimal

import pytest

from incubator.policy.profile import check_due, stale

from incubator.policy.profile import area_falls  # isort: skip

BEFORE = {"area_total": Decimal("5000.00"), "area_incub": Decimal("4000.00"), "area_public": Decimal("600.00")}
LEAST = {"area_total": Decimal(3500), "area_incub": Decimal(3000), "area_public": Decimal(500)}


@pytest.mark.parametrize(("name", "after", "words"), [
    ("area_total", "4000.00", ""), ("area_total", "3999.99", "超过 20%"), ("area_total", "6000", ""),
    ("area_public", "500.00", ""), ("area_public", "499.99", "低于标准 500 ㎡"), ("area_incub", "3200", ""),
])
def test_an_area_that_falls_too_far_is_no_edit(name, after, words):
    found = area_falls(BEFORE, {**BEFORE, name: Decimal(after)}, LEAST)
    assert (name in found) == bool(words) and words in found.get(name, "")


def test_below_the_standard_counts_only_for_who_met_it():
    assert not area_falls({"area_public": Decimal("450.00")}, {"area_public": Decimal("440.00")}, LEAST)


def test_parts_that_nobody_confirmed_for_a_year_are_stale():
    assert check_due(2027) == date(2027, 3, 31)
    confirmed = {"profile": date(2026, 6, 1), "contact": date(2025, 6, 1), "premises": date(2025, 5, 31)}
    assert stale(confirmed, date(2025, 6, 2), date(2026, 6, 1)) == ("premises",)
    assert stale({}, date(2025, 5, 31), date(2026, 6, 1)) == ("profile", "contact", "premises", "team")
    assert stale({}, None, date(2026, 6, 1)) == ()
