"""A13-7, AMB-38: when an event is to be reported, and what it leaves to be judged."""

from datetime import date
from decimal import Decimal

from incubator.policy.major_events import Finding, findings, follow_up_refusal, report_due, valid_from_refusal

LEAST = {"area_total": Decimal(3500), "area_incub": Decimal(3000), "area_public": Decimal(500)}


def weekday(day: date) -> bool:
    return day.weekday() < 5


def test_ten_working_days_after_it_happened():
    assert report_due(date(2026, 5, 29), 10, weekday) == date(2026, 6, 12)  # a Friday: counted from Monday


def test_an_area_below_the_standard_and_a_changed_use_are_findings():
    verified = {"area_total": Decimal("3499.99"), "area_incub": Decimal(3000), "area_public": Decimal(500)}
    assert findings("area", verified, LEAST) == [Finding("15(4)", "总建筑面积 3499.99 ㎡，低于标准 3500 ㎡")]
    assert findings("area", {**verified, "area_total": Decimal(3500)}, LEAST) == []
    assert findings("use", {}, LEAST, use_changed=True) == [Finding("16(2)2", "孵化场地用途改变")]
    assert findings("accident", verified, LEAST) == []


def test_a_finding_is_not_left_lying():
    found = [Finding("15(4)", "x")]
    assert follow_up_refusal(found, "none") and not follow_up_refusal(found, "next_inspection")
    assert not follow_up_refusal([], "none")
    assert valid_from_refusal(date(2026, 6, 1), date(2026, 5, 31)) and not valid_from_refusal(date(2026, 6, 1), date(2026, 6, 1))
