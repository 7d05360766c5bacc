from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incubator.policy.criteria import (
    EDITIONS,
    FAIL,
    PASS,
    RELAXABLE,
    UNKNOWN,
    Edition,
    Fact,
    Relaxation,
    Standard,
    assess,
    assess_promotion,
    edition_of,
    refusal_forward,
    refusal_pass,
)

ON = date(2026, 6, 15)
BOUNDS = {
    "area_total": Decimal("3500.00"), "area_incub": Decimal("3000.00"), "area_public": Decimal("500.00"),
    "service_team": 5, "mentors": 3, "tenants_countable": 15, "jobs": 100,
}
CONDITIONS = {
    "decl_law": True, "decl_credit": True, "decl_property": True, "decl_dispute": True,
    "services_basic": 1, "facilities": 3, "services_professional": 1, "rules_files": True, "safety": True, "decl_tenants": True,
}
DEMONSTRATION = {
    "tenants_countable": 40, "jobs": 300, "grad_cum": 5, "recognised": True, "maker_space": True, "maker_fee": "free",
}
RELAXABLE_KEYS = ("area_total", "area_incub", "area_public", "tenants_countable", "jobs")


def facts(**changes):
    return {**BOUNDS, **CONDITIONS, **changes}


def findings(urban=True, granted=(), **changes):
    found = assess(facts(**changes), urban=urban, edition_on=ON, granted=granted)
    return {f.key: f for f in found}


def test_t17_everything_at_its_bound_passes():
    found = findings()
    assert len(found) == 17
    assert {f.conclusion for f in found.values()} == {PASS}
    assert refusal_forward(found.values()) is None
    assert refusal_pass(found.values()) is None


@pytest.mark.parametrize("key", BOUNDS)
def test_one_step_below_each_bound(key):
    below = BOUNDS[key] - (Decimal("0.01") if key.startswith("area") else 1)
    in_town, outside = (findings(urban=u, **{key: below})[key] for u in (True, False))
    assert in_town.conclusion == FAIL
    assert "不能放宽" in in_town.gap
    assert outside.conclusion == (RELAXABLE if key in RELAXABLE_KEYS else FAIL)
    assert findings(**{key: BOUNDS[key]})[key].conclusion == PASS


def test_t18_t19_two_decimals_are_not_rounded_up():
    found = findings(area_total=Decimal("3499.99"))["area_total"]
    assert found.gap == "差 0.01 ㎡，不能放宽"
    outside = findings(urban=False, area_total=Decimal("3499.99"))["area_total"]
    assert outside.conclusion == RELAXABLE
    assert "不到 0.1 %" in outside.gap


def test_t21_staff_is_never_relaxed():
    """A5-4."""
    found = findings(urban=False, granted=[Relaxation("service_team", Decimal(4))], service_team=4)
    assert found["service_team"].conclusion == FAIL
    assert found["service_team"].article == "5(3)"


def test_t23_fourteen_tenants_outside_changchun():
    """AMB-01: the same figure inside and outside urban Changchun."""
    found = findings(urban=False, tenants_countable=14)["tenants_countable"]
    assert found.conclusion == RELAXABLE
    assert found.gap == "差 1 户，低于基准 6.7 %，可申请放宽"


def test_t26_granted_threshold_passes_and_one_below_does_not():
    granted = [Relaxation("tenants_countable", Decimal(12), "吉工信创业〔2026〕8号")]
    at = findings(urban=False, granted=granted, tenants_countable=12)["tenants_countable"]
    assert at.conclusion == PASS
    assert at.required == "≥12 户"
    assert "吉工信创业〔2026〕8号" in at.gap
    below = findings(urban=False, granted=granted, tenants_countable=11)["tenants_countable"]
    assert below.conclusion == RELAXABLE
    # A grant on record does not loosen the standard in urban Changchun.
    assert findings(granted=granted, tenants_countable=12)["tenants_countable"].conclusion == FAIL


def test_the_verified_value_decides():
    found = findings(tenants_countable=Fact(16, 14, "省级踏查 6月10日"))["tenants_countable"]
    assert (found.declared, found.verified, found.actual) == ("16 户", "14 户", "14 户")
    assert found.conclusion == FAIL
    assert found.source == "省级踏查 6月10日"
    assert findings(tenants_countable=Fact(14, 16))["tenants_countable"].conclusion == PASS


def test_missing_figures_are_unknown_and_refuse_nothing():
    found = assess({}, urban=True, edition_on=ON)
    assert {f.conclusion for f in found} == {UNKNOWN}
    assert refusal_forward(found) is None


def test_floats_are_refused():
    with pytest.raises(TypeError, match="float"):
        findings(area_total=3500.0)


@pytest.mark.parametrize("key", CONDITIONS)
def test_conditions_fail_by_themselves(key):
    found = findings(**{key: 0 if key in ("facilities", "services_basic") else False})
    assert found[key].conclusion == FAIL
    assert [k for k, f in found.items() if f.conclusion != PASS] == [key]
    refused = refusal_forward(found.values())
    assert refused.article == found[key].article
    assert found[key].label in refused.reason


def test_an_explained_declaration_is_left_to_people_unless_verified_false():
    assert findings(decl_law=False, decl_note="已处理完毕")["decl_law"].conclusion == UNKNOWN
    verified = findings(decl_law=Fact(True, False), decl_note="已处理完毕")["decl_law"]
    assert verified.conclusion == FAIL


def test_t108_deliberation_is_refused():
    found = findings(tenants_countable=Fact(16, 14))
    refused = refusal_pass(found.values())
    assert refused.article == "5(4)"
    assert refused.text == (
        "不能通过：在孵企业核实 14 户，低于 15 户，且长春市区不适用放宽，第五条（四）。可以记为不通过或暂缓。"
    )
    assert refusal_pass(findings(tenants_countable=Fact(16, 15)).values()) is None


def test_t109_sending_up_needs_a_proposal_and_passing_a_grant():
    found = findings(urban=False, tenants_countable=13)
    refused = refusal_forward(found.values())
    assert refused.article == "5(4)"
    assert "逐项提出放宽建议" in refused.way_out
    assert refusal_forward(found.values(), proposed=["tenants_countable"]) is None
    assert refusal_forward(found.values(), proposed=["jobs"]) is not None
    assert refusal_pass(found.values()) is not None
    granted = findings(urban=False, granted=[Relaxation("tenants_countable", Decimal(13))], tenants_countable=13)
    assert refusal_forward(granted.values()) is None
    assert refusal_pass(granted.values()) is None


def test_a_refusal_names_every_failing_item_once():
    refused = refusal_forward(findings(tenants_countable=14, mentors=2).values())
    assert "创业辅导员申报 2 人，低于 3 人，本项不适用放宽，第五条（三）；在孵企业" in refused.reason
    assert refused.text.count("第五条（四）") == 1


def promotion(urban=False, granted=(), **changes):
    found = assess_promotion(
        facts(**{**DEMONSTRATION, **changes}), urban=urban, edition_on=ON, granted=granted
    )
    return [f for f in found if not f.passed]


def test_t36_promotion_at_its_bounds():
    assert promotion() == []
    assert promotion(maker_fee="low") == []


@pytest.mark.parametrize(
    ("changes", "article"),
    [
        ({"tenants_countable": 39}, "6(2)"), ({"jobs": 299}, "6(2)"), ({"grad_cum": 4}, "6(2)"),
        ({"maker_space": False}, "6(1)"), ({"maker_fee": "market"}, "6(1)"), ({"recognised": False}, "6(1)"),
        ({"mentors": 2}, "5(3)"),
    ],
)
def test_promotion_fails_one_step_below_also_outside_changchun(changes, article):
    (failed,) = promotion(**changes)
    assert (failed.conclusion, failed.article) == (FAIL, article)


def test_amb03_a_grant_serves_article_5_only():
    granted = [Relaxation("tenants_countable", Decimal(30)), Relaxation("area_total", Decimal(3000))]
    assert promotion(granted=granted, area_total=Decimal(3200)) == []
    (failed,) = promotion(granted=granted, tenants_countable=39)
    assert failed.article == "6(2)"


def test_editions_are_chosen_by_day():
    stricter = Edition(
        date(2027, 1, 1), (Standard("jobs", "带动就业", "人", Decimal(120), "5(4)", True),), ()
    )
    editions = (*EDITIONS, stricter)
    assert edition_of(date(2026, 12, 31), editions) is EDITIONS[0]
    assert edition_of(date(2027, 1, 1), editions) is stricter
    assert edition_of(date(2020, 1, 1), editions) is EDITIONS[0]
    before, after = (
        {f.key: f.conclusion for f in assess(facts(), urban=True, edition_on=day, editions=editions)}["jobs"]
        for day in (date(2026, 12, 31), date(2027, 1, 1))
    )
    assert (before, after) == (PASS, FAIL)


@given(st.decimals("0", "9000", places=2), st.booleans())
def test_area_conclusion_follows_exact_comparison(area, urban):
    conclusion = findings(urban=urban, area_total=area)["area_total"].conclusion
    if area >= 3500:
        assert conclusion == PASS
    else:
        assert conclusion == (FAIL if urban else RELAXABLE)
