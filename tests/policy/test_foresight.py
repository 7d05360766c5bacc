"""What is to be expected on what is known: lapses, standards now and later (A5, A10-2, AMB-28)."""

from datetime import date
from decimal import Decimal

import pytest

from incubator.policy import criteria, foresight
from incubator.policy.foresight import Leaving
from incubator.policy.parameters import editions_with
from incubator.policy.standing import Standing

TODAY = date(2026, 6, 1)
FACTS = {"tenants_countable": 16, "jobs": 120, "service_team": 5, "mentors": 3, "area_total": Decimal(3600),
         "area_incub": Decimal(3000), "area_public": Decimal(500)}


def judge(editions=None):
    def findings(facts, on):
        found = criteria.assess(facts, urban=True, edition_on=on, **({"editions": editions} if editions else {}))
        return [f for f in found if f.numeric]
    return findings


def stay(last_day, jobs=5, households=1):
    return Leaving(last_day, {"tenants_countable": households, "jobs": jobs}, "一户的孵化协议到期")


@pytest.mark.parametrize(("valid_to", "filed", "told"), [
    (date(2026, 6, 1), False, True), (date(2026, 8, 30), False, True), (date(2026, 8, 31), False, False),
    (date(2026, 5, 31), False, False), (date(2026, 8, 30), True, False), (None, False, False),
])
def test_a_validity_that_runs_out_within_ninety_days(valid_to, filed, told):
    found = foresight.lapse(Standing("valid", "10", valid_from=date(2021, 1, 1), valid_to=valid_to), TODAY, filed=filed)
    assert (found is not None) is told
    if told:
        assert found.article == "10" and (found.on - valid_to).days == 1 and "可以提交" in found.why


def test_what_waits_for_a_renewal_is_not_told_of_again():
    assert foresight.lapse(Standing("provisional", "10", valid_to=date(2026, 6, 2)), TODAY) is None


def test_a_standard_falls_on_the_day_after_the_last_agreement():
    """16 households, 15 are asked: the second that leaves is the one that matters."""
    found = foresight.first_falls(FACTS, [stay(date(2026, 6, 30)), stay(date(2026, 7, 15))], judge(), TODAY)
    assert [(f.on, f.article) for f in found] == [(date(2026, 7, 16), "5(4)")]
    assert "在孵企业将不够" in found[0].what and found[0].why.count("到期") == 2
    many = foresight.first_falls(FACTS, [stay(date(2026, 6, 30)) for _ in range(9)], judge(), TODAY)[0]
    assert many.why.count("到期") == 3 and many.why.endswith("，等 9 项"), "a line stays one that is read"
    assert foresight.first_falls(FACTS, [stay(date(2026, 6, 30))], judge(), TODAY) == []
    beyond = [stay(date(2026, 8, 30)), stay(date(2026, 8, 30))]
    assert foresight.first_falls(FACTS, beyond, judge(), TODAY) == [], "after the 90 days"
    assert foresight.first_falls(FACTS, [stay(date(2026, 5, 31), households=9)], judge(), TODAY) == [], "what ended has been counted"


def test_what_is_missed_now_is_said_once():
    found = foresight.first_falls({**FACTS, "mentors": 2}, [Leaving(date(2026, 6, 30), {"mentors": 1}, "聘期到期")], judge(), TODAY)
    assert [(f.on, f.what) for f in found] == [(TODAY, "创业辅导员现在不够")]


def test_a_standard_set_for_a_coming_day_counts_from_it():
    higher = editions_with([("base:jobs", date(2026, 7, 1), Decimal(150))])
    found = foresight.first_falls(FACTS, [], judge(higher), TODAY)
    assert [f.article for f in found] == ["5(4)"] and "标准从这一天起提高" in found[0].why


def test_what_is_not_known_is_no_shortfall():
    assert foresight.first_falls({"area_total": Decimal(3600)}, [], judge(), TODAY) == []
