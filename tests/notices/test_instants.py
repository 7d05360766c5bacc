"""P25, short form: the last instant of a notice and the one after it, for every day of two years (AMB-20, T55, T60)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from incubator.kernel.parameters import workday
from incubator.notices.models import Notice
from incubator.policy.calendar import notice_end
from incubator.policy.fields.objection import objection_kind

SECOND = timedelta(seconds=1)
# counted day by day on a wall calendar with the State Council's days off: start, last day
BY_HAND = (
    ("2024-11-04", "2024-11-11"), ("2024-09-27", "2024-10-08"), ("2024-09-25", "2024-10-08"), ("2025-01-22", "2025-02-05"),
    ("2025-01-20", "2025-01-27"), ("2024-12-25", "2025-01-02"), ("2024-02-22", "2024-02-29"), ("2024-04-26", "2024-05-06"),
    ("2024-06-03", "2024-06-11"), ("2024-11-02", "2024-11-11"),
)


@pytest.mark.parametrize(("start", "end"), BY_HAND)
def test_the_last_day_as_counted_by_hand(sqlite_app, start, end):
    with sqlite_app.app_context():
        assert notice_end(date.fromisoformat(start), workday).isoformat() == end


@pytest.mark.promise("P25")
def test_p25_one_second_before_and_after(promise):
    """24:00 in Shanghai is 16:00 UTC: written here from the time zone alone, not by the portal's clock."""
    wrong, tried, day = [], 0, date(2024, 1, 1)
    while day < date(2026, 1, 1):
        midnight = datetime(day.year, day.month, day.day, 16, tzinfo=UTC)
        deadline = Notice(ends_on=day).deadline
        for at, in_time in ((midnight - SECOND, True), (midnight - timedelta(microseconds=1), True), (midnight, False), (midnight + SECOND, False)):
            tried += 1
            if (objection_kind(named=True, in_time=at <= deadline) == "objection") is not in_time:
                wrong.append(at)
        day += timedelta(days=1)
    promise("P25", n=tried, failures=len(wrong), form="notice deadline")
