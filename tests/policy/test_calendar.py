import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incubator.policy import calendar as cal

days = st.dates(date(2000, 1, 1), date(2090, 12, 31))


def d(text):
    return date.fromisoformat(text)


def weekdays(day):
    return day.weekday() < 5


HOLIDAYS = {d("2026-10-01") + timedelta(days=i) for i in range(7)}


def with_holidays(day):
    return weekdays(day) and day not in HOLIDAYS


def every_day(day):
    return True


@pytest.mark.parametrize(
    ("document", "start", "end"),
    [
        ("2023-12-28", "2024-01-01", "2028-12-31"),  # T01
        ("2024-01-02", "2025-01-01", "2029-12-31"),  # T02
        ("2023-12-31", "2024-01-01", "2028-12-31"),
        ("2024-01-01", "2025-01-01", "2029-12-31"),
    ],
)
def test_initial_validity(document, start, end):
    assert cal.initial_validity(d(document)) == cal.Span(d(start), d(end))


def test_t11_renewal_validity_is_three_years():
    assert cal.renewal_validity(d("2028-12-31")) == cal.Span(d("2029-01-01"), d("2031-12-31"))
    # A legacy end inside a year keeps its day.
    assert cal.renewal_validity(d("2027-02-28")) == cal.Span(d("2027-03-01"), d("2030-02-28"))


def test_t05_window():
    assert cal.renewal_window(d("2028-12-31")) == cal.Span(d("2028-10-01"), d("2028-12-31"))


def test_t06_to_t09_submission():
    end = d("2028-12-31")
    early = cal.renewal_refusal(d("2028-09-30"), end)
    assert early.article == "10"
    assert "续延申请自2028-10-01起受理" in early.text
    assert cal.renewal_refusal(d("2028-10-01"), end) is None
    assert cal.renewal_refusal(d("2028-12-31"), end) is None
    late = cal.renewal_refusal(d("2029-01-01"), end)
    assert late.article == "10"
    assert "2028-12-31届满" in late.text


def test_t16_no_window_while_the_end_is_unknown():
    assert "待省工信厅核定" in cal.renewal_refusal(d("2028-10-01"), None).text


def test_t65_due_dates():
    assert [cal.q_due(2024, q) for q in (1, 2, 3, 4)] == [
        d("2024-04-20"), d("2024-07-20"), d("2024-10-20"), d("2025-01-20"),
    ]
    assert cal.a_due(2024) == d("2025-01-20")
    for wrong in (0, 5):
        with pytest.raises(ValueError, match="no quarter"):
            cal.q_due(2024, wrong)
        with pytest.raises(ValueError, match="no quarter"):
            cal.q_span(2024, wrong)


def test_quarters_cover_the_year():
    spans = [cal.q_span(2024, q) for q in (1, 2, 3, 4)]
    assert spans[0].from_on == d("2024-01-01")
    assert spans[3].to_on == d("2024-12-31")
    for one, following in itertools.pairwise(spans):
        assert following.from_on - one.to_on == timedelta(days=1)


@pytest.mark.parametrize(
    ("document", "period_end", "due", "more", "owed"),
    [
        ("2024-11-15", "2024-12-31", "2025-01-20", {}, True),  # T70
        ("2024-11-15", "2024-09-30", "2024-10-20", {}, False),
        ("2024-12-31", "2024-12-31", "2025-01-20", {}, True),  # T72
        ("2025-01-01", "2024-12-31", "2025-01-20", {}, False),
        ("2020-05-01", "2028-12-31", "2029-01-20", {"valid_to": "2028-12-31"}, True),
        ("2020-05-01", "2029-03-31", "2029-04-20", {"valid_to": "2028-12-31"}, False),
        ("2020-05-01", "2029-03-31", "2029-04-20", {"valid_to": "2028-12-31", "renewed": True}, True),
        ("2020-05-01", "2025-03-31", "2025-04-20", {"revoked_on": "2025-04-20"}, False),  # AMB-37
        ("2020-05-01", "2025-03-31", "2025-04-20", {"revoked_on": "2025-04-21"}, True),
        ("2012-05-01", "2099-03-31", "2099-04-20", {"valid_to": None}, True),  # T16
    ],
)
def test_report_required(document, period_end, due, more, owed):
    more = {k: d(v) if isinstance(v, str) else v for k, v in more.items()}
    assert cal.report_required(d(document), d(period_end), d(due), **more) is owed


def test_a_filed_base_owes_no_report():
    assert not cal.report_required(None, d("2025-03-31"), d("2025-04-20"))


def test_t87_rectification():
    assert cal.rectification_end(d("2025-06-16"), weekdays) == d("2026-06-16")
    # 2026-06-14 is a Sunday.
    assert cal.rectification_end(d("2025-06-14"), weekdays) == d("2026-06-15")
    assert cal.rectification_end(d("2024-02-29"), every_day) == d("2025-02-28")


def test_t55_notice_runs_seven_days_without_the_first():
    assert cal.notice_end(d("2024-11-04"), weekdays) == d("2024-11-11")
    assert cal.earliest_decision(d("2024-11-11")) == d("2024-11-12")
    # Ends on Saturday: to Monday; in a long holiday: to its end.
    assert cal.notice_end(d("2024-11-02"), weekdays) == d("2024-11-11")
    assert cal.notice_end(d("2026-09-25"), with_holidays) == d("2026-10-08")


def test_notice_may_be_longer_never_shorter():
    assert cal.notice_end(d("2024-11-04"), weekdays, 10) == d("2024-11-14")
    with pytest.raises(ValueError, match="7 days"):
        cal.notice_end(d("2024-11-04"), weekdays, 6)
    short = cal.notice_refusal(d("2024-11-04"), d("2024-11-08"), weekdays)
    assert short.article == "8"
    assert "2024年11月11日" in short.way_out
    assert cal.notice_refusal(d("2024-11-04"), d("2024-11-11"), weekdays) is None
    off = cal.notice_refusal(d("2024-11-04"), d("2024-11-16"), weekdays)
    assert "2024年11月18日" in off.way_out


def test_t57_decision_after_the_notice():
    refused = cal.decision_refusal(d("2024-11-10"), d("2024-11-11"))
    assert refused.article == "8"
    assert "2024年11月12日" in refused.way_out
    assert cal.decision_refusal(d("2024-11-11"), d("2024-11-11")) is not None
    assert cal.decision_refusal(d("2024-11-12"), d("2024-11-11")) is None


def test_late_entry_needs_a_reason():
    today = d("2026-03-31")
    assert cal.late_entry_refusal(d("2026-03-01"), today, None) is None  # 30 days
    refused = cal.late_entry_refusal(d("2026-02-28"), today, " ")  # 31 days
    assert "31 天" in refused.reason
    assert cal.late_entry_refusal(d("2026-02-28"), today, "外网中断") is None
    assert "晚于今天" in cal.late_entry_refusal(d("2026-04-01"), today, "外网中断").reason
    assert cal.late_entry_refusal(today, today, None) is None


def test_amb25_year_of_number():
    assert cal.year_warning(2023, d("2023-12-28")) is None
    assert "2024年1月2日" in cal.year_warning(2023, d("2024-01-02"))


@pytest.mark.parametrize(
    ("revoked", "stop"),
    [("2025-03-31", "2025-04-01"), ("2025-04-01", "2025-05-01"), ("2025-12-15", "2026-01-01")],
)
def test_t94_tax_stop(revoked, stop):
    assert cal.tax_stop(d(revoked)) == d(stop)


def test_station_due_skips_days_off():
    # Friday 2026-09-25 + 10 working days over the October holiday.
    assert cal.station_due(d("2026-09-25"), 10, with_holidays) == d("2026-10-16")
    assert cal.station_due(d("2026-10-13"), 10, weekdays) == d("2026-10-27")
    assert cal.add_working_days(d("2026-10-03"), 0, with_holidays) == d("2026-10-03")
    with pytest.raises(ValueError, match="negative"):
        cal.add_working_days(d("2026-10-03"), -1, weekdays)


def test_days_due_rolls():
    assert cal.days_due(d("2026-07-03"), 90, with_holidays) == d("2026-10-08")


def test_a_calendar_without_working_days_is_broken():
    with pytest.raises(ValueError, match="no working day"):
        cal.roll(d("2026-01-01"), lambda day: False)


def test_chinese_dates():
    assert cal.chinese_date(d("2026-10-08")) == "2026年10月8日"
    assert cal.chinese_date(d("2026-10-20"), weekday=True) == "2026年10月20日（周二）"


@given(days)
def test_validity_is_five_whole_calendar_years(document):
    span = cal.initial_validity(document)
    assert (span.from_on.month, span.from_on.day) == (1, 1)
    assert (span.to_on.month, span.to_on.day) == (12, 31)
    assert span.to_on.year - span.from_on.year == 4
    assert document < span.from_on <= date(document.year + 1, 1, 1)


@given(days)
def test_renewals_join_without_gap_or_overlap(end):
    span = cal.renewal_validity(end)
    assert span.from_on - end == timedelta(days=1)
    assert cal.add_months(span.from_on, 36) - span.to_on == timedelta(days=1)
    window = cal.renewal_window(end)
    assert window.to_on == end
    assert 88 <= (end - window.from_on).days <= 92


@given(days, st.integers(0, 60))
def test_working_days_are_counted(start, n):
    end = cal.add_working_days(start, n, with_holidays)
    between = [start + timedelta(days=i) for i in range(1, (end - start).days + 1)]
    assert sum(map(with_holidays, between)) == n
    assert n == 0 or with_holidays(end)


@given(days)
def test_rolling_never_goes_back_and_is_idempotent(day):
    rolled = cal.roll(day, with_holidays)
    assert rolled >= day
    assert with_holidays(rolled)
    assert cal.roll(rolled, with_holidays) == rolled


@given(days, st.integers(0, 120))
def test_a_decision_is_refused_up_to_the_last_day_of_the_notice(start, later):
    end = cal.notice_end(start, with_holidays)
    assert (end - start).days >= 7
    document = start + timedelta(days=later)
    assert (cal.decision_refusal(document, end) is None) == (document > end)


@given(days, st.integers(-240, 240))
def test_months_keep_the_day_or_the_months_end(day, months):
    moved = cal.add_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    if moved.day != day.day:
        assert (moved + timedelta(days=1)).day == 1
        assert moved.day < day.day
