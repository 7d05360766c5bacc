from datetime import date
from decimal import Decimal

import pytest

from incubator.policy import criteria
from incubator.policy.fields import clean
from incubator.policy.fields.campaign import CAMPAIGN, default_materials
from incubator.policy.fields.decision import DECISION
from incubator.policy.fields.notice import NOTICE
from incubator.policy.fields.recognition import RECOGNITION
from incubator.policy.fields.score_sheet import (
    PROMOTION_SHEET,
    RECOGNITION_SHEET,
    WEIGHTS,
    mean,
    score_sheet,
    spread,
    total,
)
from incubator.policy.fields.visit import CHECK_ROWS, VISIT, check_row, suggested_sample, verified_facts

from ..entities import CONTEXT


def found(table, raw, **context):
    return {p.field: p for p in clean(table, raw, context={**CONTEXT, **context}).problems}


def visit(**changes):
    return {
        "visit_kind": "初审", "visited_on": "2026-06-10",
        "visitors": [{"name": "甲", "office": "朝阳区工信局"}, {"name": "乙", "office": "朝阳区工信局"}],
        "base_reps": [{"name": "丙"}],
        "check_rows": [
            {"item": "area_total", "declared": "3620.00", "verified": "3,580.50", "agrees": "不符", "remark": "图纸为准"},
            {"item": "tenants_countable", "declared": "16", "verified": "14", "agrees": "不符", "remark": "2户已搬离"},
            {"item": "safety", "agrees": "相符"},
            {"item": "plaque", "agrees": "不适用"},
        ],
        "opinion": "场地和企业情况已核实，建议推荐。", "signatures": [1],
    } | changes


def test_a_visit_and_the_facts_it_verifies():
    result = clean(VISIT, visit(), context=CONTEXT)
    assert result.problems == []
    facts = verified_facts(result.values)
    assert facts == {"area_total": Decimal("3580.50"), "tenants_countable": 14, "safety": True}
    assert isinstance(facts["tenants_countable"], int)


def test_two_different_visitors():
    """A7-5."""
    one = visit()["visitors"][:1]
    assert found(VISIT, visit(visitors=one))["visitors"].article == "7(3)"
    assert "同一个人" in found(VISIT, visit(visitors=one * 2))["visitors"].message


def test_a_row_that_differs_says_what_was_found():
    rows = [{"item": "safety", "agrees": "不符"}]
    assert set(found(VISIT, visit(check_rows=rows))) == {"check_rows-0-remark"}
    rows[0]["remark"] = "消防通道堆物"
    assert found(VISIT, visit(check_rows=rows)) == {}


def test_counts_are_whole():
    rows = [{"item": "jobs", "verified": "100.5", "agrees": "相符"}]
    assert set(found(VISIT, visit(check_rows=rows))) == {"check_rows-0-verified"}


def test_every_threshold_can_be_verified_on_site():
    keys = {row.fact for row in CHECK_ROWS}
    assert {s.key for s in criteria.EDITIONS[0].base} <= keys
    assert check_row("area_total").unit == "㎡"
    with pytest.raises(KeyError):
        check_row("nothing")


def test_photos_are_few():
    assert found(VISIT, visit(photos=list(range(1, 10)))) == {}
    assert set(found(VISIT, visit(photos=list(range(1, 11))))) == {"photos"}
    beside = [{"item": "safety", "agrees": "相符", "photo": [7, 8, 9]}]
    assert found(VISIT, visit(photos=list(range(1, 7)), check_rows=beside)) == {}
    assert found(VISIT, visit(photos=list(range(10, 17)), check_rows=beside))["photos"].message == "照片一共 10 张，最多 9 张"


@pytest.mark.parametrize(("tenants", "sample"), [(0, 0), (3, 3), (5, 5), (16, 5), (17, 6), (40, 12)])
def test_sample(tenants, sample):
    assert suggested_sample(tenants) == sample


def sheet(**changes):
    return {
        "no_conflict": "是", "score_compliance": "9", "score_premises": "16.5", "score_service": "20",
        "score_performance": "24", "score_management": "12", "score_bonus": "1", "conclusion": "推荐",
        "overall": "该基地定位清楚，" * 8, "signed_on": "2026-06-12",
    } | changes


def test_a_score_sheet():
    result = clean(RECOGNITION_SHEET, sheet(), context=CONTEXT)
    assert result.problems == []
    assert total(result.values) == Decimal("82.5")


@pytest.mark.parametrize(("changes", "field"), [
    ({"score_compliance": "10.5"}, "score_compliance"),
    ({"score_compliance": "8.3"}, "score_compliance"),
    ({"score_bonus": "5.5"}, "score_bonus"),
    ({"score_compliance": "5.5"}, "comment_compliance"),
    ({"no_conflict": "否"}, "no_conflict"),
    ({"overall": "长" * 49}, "overall"),
    ({"score_service": ""}, "score_service"),
])
def test_faults_of_a_sheet(changes, field):
    problems = found(RECOGNITION_SHEET, sheet(**changes))
    assert set(problems) == {field}


@pytest.mark.parametrize("changes", [
    {"score_compliance": "10"}, {"score_bonus": "5"}, {"score_compliance": "6"}, {"overall": "长" * 50},
    {"score_compliance": "5.5", "comment_compliance": "制度不全"}, {"score_bonus": ""},
])
def test_twins_of_a_sheet(changes):
    assert found(RECOGNITION_SHEET, sheet(**changes)) == {}


def test_weights_add_up_to_a_hundred():
    for weights in WEIGHTS.values():
        assert sum(weights.values()) == 100
    assert "score_demonstration" in PROMOTION_SHEET
    assert "score_demonstration" not in RECOGNITION_SHEET
    assert score_sheet("recognition", {"service": 60, "premises": 40}).field("score_service").maximum == 60
    for wrong in ({"service": 60, "premises": 41}, {"service": 60, "unknown": 40}):
        with pytest.raises(ValueError, match="weights"):
            score_sheet("recognition", wrong)


def test_t53_mean_of_the_valid_sheets():
    scores = [Decimal(80), Decimal(75), Decimal("71.5")]
    assert str(mean(scores)) == "75.50"
    assert spread(scores) == Decimal("8.5")
    assert str(mean([Decimal(80), Decimal("80.5"), Decimal(81), Decimal(80), Decimal(80), Decimal(80)])) == "80.25"
    five = [Decimal(n) for n in (10, 80, 81, 82, 100)]
    assert mean(five, drop_extremes=True) == 81
    assert mean(five[:4], drop_extremes=True) == Decimal("63.25")
    assert str(mean([Decimal("0.01"), Decimal("0.00")])) == "0.01"
    for empty in (mean, spread):
        with pytest.raises(ValueError, match="no valid"):
            empty([])


def notice(**changes):
    return {
        "title": "拟认定名单的公示", "starts_on": "2024-11-04", "ends_on": "2024-11-11", "body": "现予公示。",
        "items": [{"case_id": "1", "base_name": "吉林示例创业孵化基地", "operator_name": "示例公司", "level": "省级基地"}],
        "contact_unit": "创业服务处", "contact_phone": "0431-00000000", "contact_address": "示例路1号",
    } | changes


def test_t55_notice_of_seven_days():
    assert found(NOTICE, notice()) == {}
    short = found(NOTICE, notice(ends_on="2024-11-08"))["ends_on"]
    assert (short.article, short.level) == ("8", "error")
    days_off = {date(2024, 11, 11)}
    workday = lambda day: day.weekday() < 5 and day not in days_off  # noqa: E731 a calendar in one line
    assert set(found(NOTICE, notice(), workday=workday)) == {"ends_on"}
    assert found(NOTICE, notice(ends_on="2024-11-12"), workday=workday) == {}


def decision(**changes):
    return {
        "kind": "认定", "document_no": "吉工信创业〔2026〕8号", "document_on": "2026-06-12", "title": "关于认定的通知",
        "file": [1], "items": [{"case_id": "1", "base_name": "吉林示例创业孵化基地"}],
    } | changes


def test_t57_decision_dated_after_the_notice():
    end = date(2026, 6, 11)
    assert found(DECISION, decision(), notice_end=end) == {}
    assert found(DECISION, decision(document_on="2026-06-11"), notice_end=end)["document_on"].article == "8"


def test_late_entry_and_years():
    assert set(found(DECISION, decision(document_on="2026-05-15"))) == {"late_reason"}
    assert found(DECISION, decision(document_on="2026-05-16")) == {}
    assert found(DECISION, decision(document_on="2026-05-15", late_reason="原件晚到")) == {}
    other_year = found(DECISION, decision(document_no="吉工信创业〔2025〕8号"))["document_no"]
    assert (other_year.level, other_year.article) == ("warning", "10")


def campaign(**changes):
    return {
        "year": "2026", "kind": "认定", "title": "2026年第一批认定", "opens_on": "2026-07-01",
        "closes_on": "2026-07-31", "guide_file": [1],
        "materials": [{
            "key": "report_body", "name": "申请报告", "compulsory": "是", "accept": "pdf、docx", "max_files": "1",
            "applies_to": "认定、晋级", "parties": "运营机构",
        }],
    } | changes


def test_campaign():
    assert found(CAMPAIGN, campaign()) == {}
    assert set(found(CAMPAIGN, campaign(closes_on="2026-06-30"))) == {"closes_on"}
    assert found(CAMPAIGN, campaign(closes_on="2026-07-19"))["closes_on"].level == "warning"
    assert found(CAMPAIGN, campaign(closes_on="2026-07-20")) == {}
    assert set(found(CAMPAIGN, campaign(closes_on=""))) == {"closes_on"}
    assert found(CAMPAIGN, campaign(closes_on="", kind="续延")) == {}
    assert set(found(CAMPAIGN, campaign(materials=campaign()["materials"] * 2))) == {"materials-1-name"}


def test_a3_2_second_round_needs_a_reason():
    assert found(CAMPAIGN, campaign(), rounds_before=1)["second_reason"].article == "3"
    assert found(CAMPAIGN, campaign(second_reason="省里增加名额"), rounds_before=1) == {}


def test_default_materials_name_fields_of_the_application():
    listed = {m.key for m in default_materials("recognition")}
    assert {k for k in listed if k not in RECOGNITION} == {"service_proof"}
    compulsory = {m.key for m in default_materials("recognition") if m.compulsory}
    assert {"report_body", "credit_reports", "floor_plan", "truth_pledge"} <= compulsory
    assert "work_summary" in {m.key for m in default_materials("renewal")}
    with pytest.raises(KeyError):
        default_materials("change")
