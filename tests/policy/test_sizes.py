"""Sizes of enterprises (§10.2): each trade at its thresholds and just below."""

from decimal import Decimal

import pytest

from incubator.policy.sizes import size_in, size_of


@pytest.mark.parametrize(("industry", "people", "revenue", "size"), [
    ("3099", 1000, "40000", "large"), ("3099", 1000, "39999.99", "medium"), ("3099", 299, "40000", "small"),
    ("3099", 20, "300", "small"), ("3099", 19, "300", "micro"), ("3099", 20, "299.99", "micro"),
    ("5110", 20, "5000", "medium"), ("5110", 4, "1000", "micro"), ("5292", 50, "500", "medium"), ("5211", 9, "500", "micro"),
    ("5430", 300, "3000", "medium"), ("5910", 100, "1000", "medium"), ("6210", 100, "2000", "medium"),
    ("6420", 2000, "100000", "large"), ("6513", 10, "50", "small"), ("6513", 300, "10000", "large"),
    ("0111", 3, "50", "small"), ("0111", 3, "49.99", "micro"), ("0111", 3, "20000", "large"),
    ("8710", 10, None, "small"), ("8710", 300, None, "large"), ("8710", 9, None, "micro"), ("5310", 100, None, "medium"),
])
def test_thresholds(industry, people, revenue, size):
    assert size_of(industry, people, None if revenue is None else Decimal(revenue)) == size


@pytest.mark.parametrize(("industry", "people", "revenue", "size"), [
    ("3099", 20, None, None), ("3099", 19, None, "micro"), ("3099", None, "299", "micro"), ("3099", None, "300", None),
    ("7251", 10, "500", None), ("7251", 9, "500", "micro"), ("4700", 50, "300", None), ("4700", 50, "299", "micro"),
    ("", 9, "10", None), (None, 9, None, None), ("8710", None, "10", None),
])
def test_what_is_not_known_is_not_guessed(industry, people, revenue, size):
    """Assets stand on no roster: 租赁商务 and 建筑 are told only where another figure is below all of small."""
    assert size_of(industry, people, None if revenue is None else Decimal(revenue)) == size


def test_what_was_written_goes_before_what_is_computed():
    row = {"industry": "6513", "jobs": 9, "revenue": None, "size": None}
    assert size_in(row) == "micro" and size_in({**row, "size": "medium"}) == "medium"
