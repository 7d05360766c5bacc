from decimal import Decimal

import pytest

from incubator.policy.criteria import PASS, assess
from incubator.policy.fields import clean
from incubator.policy.fields.filing import FILING
from incubator.policy.fields.promotion import PROMOTION
from incubator.policy.fields.recognition import (
    BASE_FIELDS,
    RECOGNITION,
    RELAX_ITEMS,
    credit_report_of_each,
    declared_facts,
)
from incubator.policy.fields.renewal import RENEWAL

from ..entities import CONTEXT, OTHER_COMPANY, TODAY, filing_raw


def raw(**changes):
    answers = filing_raw()
    for name in ("tenants_now", "jobs_now"):
        del answers[name]
    answers |= {
        "decl_law": "是", "decl_credit": "是", "decl_property": "是", "decl_dispute": "是",
        "credit_reports": [21, 22], "credit_report_on": "2026-06-01",
        "floor_plan": [23],
        "facilities": [{"name": "会议室", "area": "60", "count": "2", "open_to_tenants": "是"}],
        "services": [
            {"service": "物业服务", "desc": "保洁和安保", "fee": "低收费", "svc_times": "12", "svc_people": "300"},
            {"service": "创业辅导", "desc": "每月一次", "fee": "免费", "svc_times": "12", "svc_people": "240"},
        ],
        "public_ratio": "45.5",
        "partners": [{"name": "示例服务公司", "uscc": OTHER_COMPANY, "service": "法律咨询"}],
        "rules_files": [{"rule_kind": k, "file": [30 + i]} for i, k in enumerate(("入孵管理", "退出管理", "安全管理"))],
        "fire_doc": [41], "safety_officer": "王五", "last_check": "2026-05-20", "accidents_3y": "0",
        "decl_tenants": [42], "report_body": [43], "truth_pledge": [44],
    }
    return answers | changes


def problems(context=None, **changes):
    result = clean(RECOGNITION, raw(**changes), context={**CONTEXT, **(context or {})})
    return {p.field: p for p in result.problems}


def test_an_application_without_fault():
    assert problems() == {}


def test_a7_3_filing_fields_are_carried_over_unchanged():
    for field in BASE_FIELDS:
        origin = FILING.field(field.name)
        assert (field.label, field.kind, field.article, field.columns) == (
            origin.label, origin.kind, origin.article, origin.columns,
        )
        assert (field.group, field.source) == ("base", "typed")
    assert {f.name for f in FILING.fields} - {f.name for f in BASE_FIELDS} == {"tenants_now", "jobs_now"}


def test_a_credit_report_of_investor_and_operator():
    """A5-1: two where they differ, one where they are one unit; in all three applications."""
    assert problems(credit_reports=[21])["credit_reports"].article == "5(1)"
    operator = raw()["operator_uscc"]
    one = {"relation": "同一单位", "investor_type": "法人单位", "investor_idno": operator, "coop_agreement": [], "coop_agreement_end": ""}
    assert "credit_reports" not in problems(credit_reports=[21], **one)
    assert all(credit_report_of_each in table.checks for table in (RECOGNITION, PROMOTION, RENEWAL))


@pytest.mark.parametrize("name", ["decl_law", "decl_credit", "decl_property", "decl_dispute"])
def test_a_denied_declaration_needs_an_explanation(name):
    """A5-1."""
    found = problems(**{name: "否"})
    assert set(found) == {"decl_note"}
    assert found["decl_note"].article == "5(1)"
    assert problems(**{name: "否", "decl_note": "2024年已处理完毕"}) == {}


def test_credit_report_is_fresh_for_thirty_days():
    """A5-1."""
    assert problems(credit_report_on="2026-05-16") == {}
    found = problems(credit_report_on="2026-05-15")["credit_report_on"]
    assert (found.level, found.article) == ("warning", "5(1)")
    assert "31 天" in found.message
    assert problems(credit_report_on="2026-06-16")["credit_report_on"].level == "error"


def test_a4_1_agreement_that_ends_within_the_validity_warns():
    assert problems(coop_agreement_end="2031-12-31") == {}
    found = problems(coop_agreement_end="2031-12-30")["coop_agreement_end"]
    assert (found.level, found.article) == ("warning", "4")


def test_both_groups_of_services():
    """A5-4."""
    both = raw()["services"]
    for index, lacking in ((0, "专业化服务"), (1, "基础服务")):
        found = problems(services=[both[index], both[index]])["services"]
        assert f"没有{lacking}" in found.message
        assert found.article == "5(3)"


def test_three_rules_are_compulsory():
    """A5-7."""
    found = problems(rules_files=raw()["rules_files"][:2])["rules_files"]
    assert "安全管理" in found.message
    assert found.article == "5(5)"


def test_relaxation_only_outside_urban_changchun():
    """AMB-01, A5-3."""
    rows = [{"item": "在孵企业", "actual": "13", "reason": "位于县城，企业数量少"}]
    rows[0]["item"] = "tenants_countable"
    assert problems({"urban": False}, relax_items=rows) == {}
    assert set(problems({"urban": True}, relax_items=rows)) == {"relax_items"}
    assert {key for key, _ in RELAX_ITEMS} == {"area_total", "area_incub", "area_public", "tenants_countable", "jobs"}


def test_filing_checks_hold_here_too():
    assert "area_total" in problems(area_total="3400")


def test_declared_facts_feed_the_standards():
    values = clean(RECOGNITION, raw(), context=CONTEXT).values
    facts = declared_facts(values)
    assert facts["area_total"] == Decimal("3620.00")
    assert (facts["services_basic"], facts["services_professional"]) == (1, 1)
    facts |= {"service_team": 5, "mentors": 3, "tenants_countable": 15, "jobs": 100}
    assert {f.conclusion for f in assess(facts, urban=True, edition_on=TODAY)} == {PASS}
    assert set(declared_facts({}).values()) == {None}
