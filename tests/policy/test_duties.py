"""Who is told when: before, on and after the day; what was overtaken is superseded, never lost (A13-6, A10-2, A7-8)."""

from datetime import date, timedelta

import pytest

from incubator.policy.calendar import add_working_days, days_due
from incubator.policy.counting import by_natural_days, by_working_days, up_to
from incubator.policy.duties import REMINDER_KEYS, plan, steps_of, urging_refusal, urging_words
from incubator.policy.parameters import PARAMETERS

DUE, OPENED = date(2026, 7, 20), date(2026, 7, 1)
DEFAULTS = {key: int(PARAMETERS[key].default) for key in REMINDER_KEYS}


def steps(kind="report", debtor="base", **changes):
    return steps_of(kind, debtor, (DEFAULTS | changes).__getitem__)


def names(found):
    return [step.name for step in found]


def test_a_report_is_reminded_as_the_rule_says():
    assert names(steps()) == ["debtor:-10", "debtor:-3", "debtor:-1", "debtor:0", "debtor:1", "county:1", "city:8", "province:15"]
    assert names(steps("renewal"))[:5] == ["debtor:-120", "debtor:-92", "debtor:-30", "debtor:-7", "debtor:0"]
    assert names(steps("renewal", remind_renewal_first=0))[0] == "debtor:-92", "zero leaves a step out"
    assert names(steps(remind_first=3))[:2] == ["debtor:-3", "debtor:-1"], "the same day is told once"
    assert names(steps("station", "county"))[-2:] == ["city:8", "province:15"], "never to the office that owes"
    assert names(steps("station", "province"))[-1] == "debtor:1" and names(steps("score_sheet", "person"))[-1] == "debtor:1"


@pytest.mark.parametrize(("day", "due"), [
    ("2026-07-09", []), ("2026-07-10", ["debtor:-10"]), ("2026-07-16", ["debtor:-10"]), ("2026-07-17", ["debtor:-3"]),
    ("2026-07-20", ["debtor:0"]), ("2026-07-21", ["debtor:1", "county:1"]), ("2026-07-27", ["debtor:1", "county:1"]),
    ("2026-07-28", ["debtor:1", "county:1", "city:8"]), ("2026-08-04", ["debtor:1", "county:1", "city:8", "province:15"]),
])
def test_after_any_silence_each_reader_is_told_once(day, due):
    found = plan(steps(), DUE, OPENED, date.fromisoformat(day), frozenset())
    assert names(found.due) == due
    come = [s for s in steps() if s.day(DUE) <= date.fromisoformat(day)]
    assert {*names(found.due), *names(found.superseded)} == set(names(come)), "said or superseded, never lost"
    assert not set(names(found.due)) & set(names(found.superseded))


def test_what_is_settled_is_not_said_again():
    settled = frozenset(["debtor:-10", "debtor:-3"])
    assert names(plan(steps(), DUE, OPENED, date(2026, 7, 18), settled).due) == []
    assert names(plan(steps(), DUE, OPENED, date(2026, 7, 19), settled).due) == ["debtor:-1"]
    only_late = plan(steps(), DUE, OPENED, date(2026, 7, 18), frozenset(["debtor:-3"]))
    assert (names(only_late.due), names(only_late.superseded)) == ([], ["debtor:-10"]), "an earlier one is not said after a later"


def test_a_step_before_the_beginning_never_was_one():
    found = plan(steps(), DUE, date(2026, 7, 15), date(2026, 7, 17), frozenset())
    assert (names(found.due), names(found.superseded)) == (["debtor:-3"], [])
    assert names(plan(steps(), DUE, date(2026, 7, 17), date(2026, 7, 17), frozenset()).due) == ["debtor:-3"]


def test_day_by_day_every_step_is_said_on_its_day():
    settled, said = set(), {}
    for n in range(60):
        day = OPENED + timedelta(days=n)
        found = plan(steps(), DUE, OPENED, day, frozenset(settled))
        assert not found.superseded
        for step in found.due:
            said[step.name] = (day - DUE).days
            settled.add(step.name)
    assert said == {s.name: s.offset for s in steps()}


def test_words_of_an_urging():
    assert urging_refusal("phone", "催" * 9).article == "13" and urging_refusal("phone", "催" * 10) is None
    assert urging_refusal("phone", "催" * 401) and urging_refusal("phone", " " * 20) and urging_refusal("fax", "催" * 10)
    assert "已逾期 2 天" in urging_words("季报", DUE, date(2026, 7, 22)) and "尚未报送" in urging_words("季报", DUE, DUE)


def test_the_account_counts_as_the_calendar_does():
    def workday(day):
        return day.weekday() < 5 and day != date(2026, 6, 19)

    for n in range(30):
        day = date(2026, 6, 1) + timedelta(days=n)
        account = by_working_days(day, n, workday)
        assert account.due_on == add_working_days(day, n, workday)
        assert (account.due_on - day).days == n + len(account.skipped) and not any(map(workday, account.skipped))
        assert up_to(day, account.due_on, workday) == account, "found again from its two ends"
        natural = by_natural_days(day, n, workday)
        assert natural.due_on == days_due(day, n, workday)
        assert (natural.rolled_from is None) == workday(day + timedelta(days=n))
    assert up_to(DUE, date(2026, 7, 25), workday) is None and up_to(DUE, OPENED, workday) is None
    with pytest.raises(ValueError, match="negative"):
        by_working_days(DUE, -1, workday)
