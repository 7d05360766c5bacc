"""T97, T98, T100, T102 and the one-change rule (第十八条, AMB-06 to AMB-09, AMB-30)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incubator.policy import changes
from incubator.policy.changes import Approval
from incubator.policy.standing import BaseFacts, LevelSpan, Standing, ValidityPeriod, status

FIRST = ValidityPeriod(date(2025, 1, 1), date(2029, 12, 31), date(2024, 11, 12))
NEXT = ValidityPeriod(date(2030, 1, 1), date(2032, 12, 31), date(2029, 12, 1))
FACTS = BaseFacts(validity=(FIRST,), levels=(LevelSpan("base", date(2024, 11, 12)),))
RENEWED = BaseFacts(validity=(FIRST, NEXT), levels=FACTS.levels)


def test_t97_a_second_change_in_the_same_period():
    found = changes.second_refusal(FACTS, [Approval(date(2025, 8, 1))], date(2026, 2, 1))
    assert found.article == "18" and found.reason.startswith("本有效期内已变更一次")
    assert changes.second_refusal(RENEWED, [Approval(date(2025, 8, 1))], date(2030, 1, 1)) is None


def test_t98_what_was_refused_or_annulled_does_not_count():
    assert changes.second_refusal(FACTS, [], date(2026, 2, 1)) is None
    assert changes.second_refusal(FACTS, [Approval(date(2025, 8, 1), annulled=True)], date(2026, 2, 1)) is None
    assert changes.second_refusal(FACTS, [Approval(date(2025, 8, 1), counted=False)], date(2026, 2, 1)) is None


def test_days_between_document_and_start_count_in_the_first_period():
    """AMB-07."""
    assert changes.second_refusal(FACTS, [Approval(date(2024, 12, 1))], date(2029, 12, 31)) is not None
    assert changes.period_of(FACTS, date(2024, 12, 1)) == FIRST


def test_t100_t102_what_one_request_may_hold():
    both = changes.types_refusal(["investor", "operator"])
    assert both.article == "18" and "产权和用途不变" in both.reason and "用途和运营机构不变" in both.reason
    for good in (["operator"], ["investor"], ["base_name"], ["base_name", "operator"], ["base_name", "investor"], ["entity_rename"]):
        assert changes.types_refusal(good) is None, good
    for wrong in ([], ["entity_rename", "base_name"], ["entity_rename", "operator"]):
        assert changes.types_refusal(wrong) is not None, wrong


def test_the_operator_is_replaced_at_the_investors_wish():
    assert changes.applicant_refusal(["operator"], "operator").article == "18(1)"
    assert changes.applicant_refusal(["operator"], "investor") is None
    assert changes.applicant_refusal(["investor"], "operator") is None


def test_a_move_of_the_site_is_no_case_of_it():
    assert changes.site_refusal(True).article == "18(1)" and "不属于可以变更" in changes.site_refusal(True).reason
    assert changes.site_refusal(False) is None


def test_amb_09_a_rename_counts_unless_the_province_says_otherwise():
    assert changes.counts("entity_rename", True) and not changes.counts("entity_rename", False)
    assert changes.counts("operator", False)


def test_amb_30_one_major_item():
    assert "撤销" in changes.exclusion_refusal(["revocation"]).reason
    assert "晋级" in changes.exclusion_refusal(["promotion", "filing"]).reason
    assert changes.exclusion_refusal(["change", "renewal", "rectification"]) is None


@pytest.mark.parametrize(("day", "fine"), [(date(2025, 3, 1), True), (date(2030, 1, 1), False), (date(2024, 11, 11), False)])
def test_only_a_base_in_force_is_changed(day, fine):
    assert (changes.standing_refusal(status(FACTS, day)) is None) is fine
    assert "没有认定" in changes.standing_refusal(Standing("filed", "7(1)")).reason


def test_implement_due_and_annulment():
    """§6: 90 natural days, rolled; annulled only afterwards."""
    due = changes.implement_due(date(2025, 3, 3), 90, lambda day: day.weekday() < 5)
    assert due == date(2025, 6, 2)  # 1 June is a Sunday
    assert changes.annul_refusal(due, due) is not None and changes.annul_refusal(due, due + timedelta(days=1)) is None
    assert changes.implement_refusal(date(2025, 3, 2), date(2025, 3, 3), date(2025, 4, 1)) is not None
    assert changes.implement_refusal(date(2025, 4, 2), date(2025, 3, 3), date(2025, 4, 1)) is not None
    assert changes.implement_refusal(date(2025, 3, 3), date(2025, 3, 3), date(2025, 4, 1)) is None


@given(st.lists(st.tuples(st.dates(date(2024, 11, 12), date(2032, 12, 31)), st.booleans(), st.booleans()), max_size=12))
def test_whoever_obeys_has_one_counted_change_a_period(tries):
    """Any order of requests on any days: what the rule lets through is never two in one period, and never none."""
    taken: list[Approval] = []
    for on, counted, annulled in sorted(tries):
        if counted and changes.second_refusal(RENEWED, taken, on) is not None:
            continue
        taken.append(Approval(on, counted, annulled))
    for period in (FIRST, NEXT):
        held = [a for a in taken if a.counted and not a.annulled and changes.period_of(RENEWED, a.approved_on) == period]
        wanted = [t for t in tries if t[1] and not t[2] and changes.period_of(RENEWED, t[0]) == period]
        assert len(held) == min(1, len(wanted)), (period, held, wanted)
