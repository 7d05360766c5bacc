"""§8.6, §8.8, A9-1, A11: the rows of the records, each fault beside the row that passes."""

from datetime import date

import pytest

from incubator.policy.fields import clean
from incubator.policy.fields.activity import ACTIVITY
from incubator.policy.fields.graduate import GRADUATE
from incubator.policy.fields.service import SERVICE, names_in, prefilled
from incubator.policy.fields.tax_relief import NOTICE, TAX_RELIEF

TODAY = {"today": date(2026, 6, 1)}
ROWS = {
    GRADUATE: {
        "name": "长春毕业一号科技有限公司", "uscc": "91220101MA0000000A", "in_on": "2022-01-10", "grad_on": "2026-03-01",
        "criterion": ["high_tech"], "revenue": "1200.00", "jobs": "35", "in_province": "是", "proof": ["1"],
        "status": "active",
    },
    SERVICE: {
        "served_on": "2026-04-02", "kind": "training", "content": "创业政策培训", "ent_n": "12", "people": "40",
        "server": "张海", "fee": "free", "status": "active",
    },
    ACTIVITY: {
        "name": "创客中国吉林赛区", "held_on": "2026-05-08", "organiser": "省工信厅", "role": "undertake", "proof": ["1"],
        "status": "active",
    },
    TAX_RELIEF: {
        "tax": "property", "basis": "财税〔2018〕120号", "qualification": "province_incubator", "qualification_no": "吉孵〔2024〕3号",
        "start_on": "2025-01-01", "year": "2025", "amount": "12.50", "separate": "是", "status": "active",
        "kept": ["title", "value", "lease", "agreement"],
    },
}
ROWS[GRADUATE]["uscc"] = "91350100M000100Y43"


def judged(table, context=None, **changes):
    return clean(table, {**ROWS[table], **changes}, context={**TODAY, **(context or {})})


@pytest.mark.parametrize("table", ROWS, ids=lambda t: t.key)
def test_a_whole_row_passes(table):
    assert judged(table).problems == []


@pytest.mark.parametrize(("table", "changes", "field", "words"), [
    (GRADUATE, {"grad_on": "2022-01-10"}, "grad_on", "不晚于入孵日期"),
    (GRADUATE, {"criterion": ["other"]}, "criterion_note", "还没有填写"),
    (GRADUATE, {"criterion": []}, "criterion", "还没有选择"),
    (GRADUATE, {"proof": []}, "proof", "还没有上传"),
    (SERVICE, {"kind": "party"}, "kind", "没有“party”这一项"),
    (SERVICE, {"served_on": "2026-06-02"}, "served_on", "不能晚于"),
    (SERVICE, {"people": ""}, "people", "还没有填写"),
    (SERVICE, {"fee": "low"}, "amount", "还没有填写"),
    (SERVICE, {"matching": "是"}, "matching", "只有投融资"),
    (SERVICE, {"kind": "finance_result", "targets": "甲公司", "fin_source": "吉林银行"}, "fin_amount", "还没有填写"),
    (SERVICE, {"kind": "finance_result", "targets": "甲公司、乙公司", "fin_source": "吉林银行", "fin_amount": "50"}, "targets", "2 家企业"),
    (SERVICE, {"kind": "safety_check", "hazards": "2", "fixed": "3", "fixed_on": "2026-04-05"}, "fixed", "大于隐患数"),
    (SERVICE, {"kind": "safety_check", "hazards": "2", "fixed": "1"}, "fixed_on", "还没有填写"),
    (SERVICE, {"kind": "safety_check", "hazards": "2", "fixed": "1", "fixed_on": "2026-04-01"}, "fixed_on", "早于检查日期"),
    (SERVICE, {"status": "left", "out_on": "2026-05-01", "out_kind": ""}, "out_kind", "还没有填写"),
    (ACTIVITY, {"organiser": ""}, "organiser", "还没有填写"),
    (TAX_RELIEF, {"tax": "other"}, "tax_note", "还没有填写"),
    (TAX_RELIEF, {"year": "2024"}, "year", "早于起始月份"),
    (TAX_RELIEF, {"amount": "-1"}, "amount", "不能小于"),
])
def test_each_fault_is_named_at_its_field(table, changes, field, words):
    errors = judged(table, **changes).errors
    assert [p.field for p in errors] == [field] and words in errors[0].message, errors


def test_a_code_graduates_once():
    errors = judged(GRADUATE, {"taken": {"91350100M000100Y43"}}).errors
    assert [p.field for p in errors] == ["uscc"]
    assert not judged(GRADUATE, {"taken": {"91350100M000100Y43"}}, status="left", out_on="2026-05-01", out_kind="重复登记").errors


def test_a_safety_check_and_a_result_need_no_enterprises():
    assert not judged(SERVICE, kind="safety_check", ent_n="", people="", fee="", hazards="0", fixed="0").problems
    assert not judged(SERVICE, kind="finance_result", ent_n="", people="", fee="", targets="甲公司", fin_amount="80",
                      fin_source="吉林银行").problems


def test_the_number_of_enterprises_follows_from_their_names():
    assert names_in("甲公司、乙公司，甲公司；丙公司") == ["甲公司", "乙公司", "丙公司"]
    assert prefilled({"targets": "甲公司、乙公司", "ent_n": ""})["ent_n"] == 2
    assert prefilled({"targets": "甲公司、乙公司", "ent_n": "9"})["ent_n"] == "9"
    warned = judged(SERVICE, targets="甲公司、乙公司、丙公司", ent_n="2")
    assert not warned.errors and [p.field for p in warned.warnings] == ["ent_n"]


def test_papers_that_are_not_kept_are_asked_about():
    """A11-1."""
    warned = judged(TAX_RELIEF, kept=["title"], separate="否")
    assert not warned.errors and [p.field for p in warned.warnings] == ["kept", "separate"]
    assert "房产原值资料、房产土地租赁合同、孵化协议" in warned.warnings[0].message


def test_the_words_on_tax_promise_nothing():
    """A11-2: recognition alone is no qualification."""
    words = NOTICE + "".join(f.label + f.help for f in TAX_RELIEF.fields)
    assert "可享受" not in words and "免税" not in words and "由税务机关认定" in NOTICE
