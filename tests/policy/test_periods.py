"""§7.4: which reports are owed, when they open, when they are late, when silence is a refusal."""

from datetime import date

import pytest

from incubator.policy.calendar import report_required
from incubator.policy.periods import (
    ANNUAL,
    QUARTERLY,
    Override,
    Period,
    born_overdue,
    due_with,
    ended,
    late_days,
    open_refusal,
    override_refusal,
    owed_from,
    period_from,
    period_of,
    punctuality_words,
    refusal_flag,
)


def d(text):
    return date.fromisoformat(text)


def owed(document, today, **more):
    """Codes of the reports that a base recognised by that document owes by a day."""
    return [
        p.code for p in ended(d(document), d(today))
        if report_required(d(document), p.span.to_on, p.due_on, **more)
    ]


def test_t65_due_days_of_2024():
    due = [Period(2024, q).due_on for q in (1, 2, 3, 4)]
    assert due == [d("2024-04-20"), d("2024-07-20"), d("2024-10-20"), d("2025-01-20")]
    assert Period(2024).due_on == d("2025-01-20")


def test_t66_t67_the_20th_is_included_and_never_rolls():
    """A13-2, AMB-22."""
    due = Period(2025, 1).due_on
    assert due.weekday() == 6 and late_days(d("2025-04-20"), due) == 0 and late_days(d("2025-04-21"), due) == 1


def test_t68_a_report_opens_on_the_day_after_its_period():
    refused = open_refusal(Period(2025, 2), d("2025-06-30"))
    assert refused.article == "13" and "2025年7月1日" in refused.reason
    assert open_refusal(Period(2025, 2), d("2025-07-01")) is None


def test_t69_a_due_day_moved_for_all_or_for_a_region():
    period, everywhere, here = Period(2025, 2), Override(d("2025-07-21")), Override(d("2025-07-25"), 7)
    assert due_with(period, [], 7) == d("2025-07-20")
    assert due_with(period, [everywhere], 7) == d("2025-07-21") and late_days(d("2025-07-21"), d("2025-07-21")) == 0
    assert due_with(period, [here, everywhere], 7) == d("2025-07-25") and due_with(period, [here], 8) == d("2025-07-20")


def test_a_due_day_is_moved_later_only_and_with_a_reason():
    assert "不能提前" in override_refusal(Period(2025, 2), d("2025-07-19"), "七月二十日系统停机半天").reason
    assert "理由" in override_refusal(Period(2025, 2), d("2025-07-21"), "故障").reason
    assert override_refusal(Period(2025, 2), d("2025-07-20"), "七月二十日系统停机半天") is None


def test_t70_t72_the_first_report_is_that_of_the_period_in_which_the_document_is_dated():
    """AMB-23."""
    assert owed("2024-11-15", "2025-01-20") == ["2024Q4", "2024"] == owed("2024-12-31", "2025-01-20")
    assert owed("2025-01-10", "2025-04-20") == ["2025Q1"] and owed("2025-01-10", "2025-03-31") == []


def test_amb16_a20_1_an_older_base_owes_from_its_import_and_nobody_before_the_measures():
    assert owed_from(d("2026-02-10"), d("2026-05-10")) == d("2026-02-10")
    assert owed_from(d("2019-06-10"), d("2026-05-10"), legacy=True) == d("2026-05-10")
    assert owed_from(d("2022-12-30"), d("2026-05-10")) == d("2023-04-21") == owed_from(d("2019-06-10"), d("2023-01-05"), legacy=True)


def test_r2_13_a_day_that_had_passed_when_the_document_was_entered():
    assert born_overdue(d("2026-04-20"), d("2026-04-21")) and not born_overdue(d("2026-04-20"), d("2026-04-20"))


def test_amb28_amb37_a_lapsed_or_revoked_base_owes_what_ended_before():
    assert owed("2025-01-10", "2025-07-20", valid_to=d("2025-03-31")) == ["2025Q1"]
    assert owed("2025-01-10", "2025-07-20", valid_to=d("2025-03-30")) == []
    assert owed("2025-01-10", "2025-07-20", valid_to=d("2025-03-30"), renewed=True) == ["2025Q1", "2025Q2"]
    assert owed("2025-01-10", "2025-04-20", revoked_on=d("2025-04-20")) == []
    assert owed("2025-01-10", "2025-04-20", revoked_on=d("2025-04-21")) == ["2025Q1"]


def test_t81_a_year_of_silence_after_an_urging_is_a_refusal():
    due = [(d("2024-04-20"), False), (d("2024-07-20"), False)]
    assert refusal_flag(due, [], d("2025-04-20"), 1) is None
    assert refusal_flag(due, [], d("2025-04-21"), 1) == d("2024-04-20")
    assert refusal_flag(due, [], d("2025-04-21"), 0) is None


def test_amb17_any_submission_resets_the_clock():
    due = [(d("2024-04-20"), False), (d("2024-07-20"), True), (d("2024-10-20"), False)]
    assert refusal_flag(due, [d("2024-07-18")], d("2025-10-20"), 1) is None
    assert refusal_flag(due, [d("2024-07-18")], d("2025-10-21"), 1) == d("2024-10-20")


def test_the_year_of_silence_is_measured_not_rolled():
    assert refusal_flag([(d("2024-07-20"), False)], [], d("2025-07-21"), 1) == d("2024-07-20")  # 2025-07-20 is a Sunday


def test_codes_name_periods_and_back():
    assert period_of("2025Q1") == Period(2025, 1) and period_of("2025") == Period(2025) and Period(2025).kind == ANNUAL
    for wrong in ("2025Q5", "2025Q0", "x", "2025Q", "02025"):
        with pytest.raises(ValueError, match=r"period|invalid"):
            period_of(wrong)
    assert period_from(QUARTERLY, d("2025-10-01")) == Period(2025, 4) and Period(2025, 1).before == Period(2024, 4)
    assert period_from(ANNUAL, d("2025-01-01")) == Period(2025) and Period(2025).quarters[0] == Period(2025, 1)


def test_punctuality_is_never_rounded_up():
    assert punctuality_words(10, 10) == "100%，到期 10 份，按期 10 份"
    assert punctuality_words(300, 299).startswith("99%")
    assert punctuality_words(0, 0) == "近两年没有到期的报告"
