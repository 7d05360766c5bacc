from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incubator.policy.fields import KINDS, Field, FieldTable, Problem, clean, parse

from ..entities import COMPANY, ID18S, REGIONS, TODAY


def table(*fields, checks=()):
    named = tuple(Field(**{"group": "g", **f}) for f in fields)
    return FieldTable("t", "表", (("g", "组", ""),), named, checks)


def one(raw, kind, **more):
    return parse(Field("x", "数值", kind, **more), raw, {"today": TODAY, "regions": REGIONS})


@pytest.mark.parametrize("typed", [
    "2026-10-31", "2026/10/31", "2026.10.31", "2026年10月31日", "2026 年 10 月 31 日", "２０２６－１０－３１",
    "20261031", "2026-10-31 00:00:00", date(2026, 10, 31), datetime(2026, 10, 31, 9),
])
def test_dates_in_many_writings(typed):
    assert one(typed, "date") == date(2026, 10, 31)


@pytest.mark.parametrize(("typed", "fault"), [
    ("2026-02-30", "没有这一天"), ("31.10.2026", "不能读成日期"), ("下周", "不能读成日期"), ("2026-10", "不能读成日期"),
])
def test_dates_that_are_none(typed, fault):
    with pytest.raises(ValueError, match=fault):
        one(typed, "date")


@pytest.mark.parametrize(("typed", "value"), [
    ("3620", "3620.00"), ("3,620.5", "3620.50"), ("３，６２０．５０", "3620.50"), ("3 620.00", "3620.00"),
    ("3\u2009620.00", "3620.00"), ("3620㎡", "3620.00"), ("3620 平方米", "3620.00"), ("3620m²", "3620.00"),
    (3620, "3620.00"), (0.1 + 0.2, "0.30"), ("3620.500", "3620.50"), (" ", None), ("", None), ("−5", "-5.00"),
])
def test_decimals(typed, value):
    got = one(typed, "decimal", unit="㎡", places=2)
    assert got == (None if value is None else Decimal(value))
    assert value is None or str(got) == value


@pytest.mark.parametrize(("typed", "fault"), [
    ("三千", "不是可用的数字"), ("3499.999", "多于 2 位小数"), ("NaN", "不是可用的数字"), ("1e99", "不是可用的数字"),
    ("Infinity", "不是可用的数字"), ("12..3", "不是可用的数字"),
])
def test_decimals_that_are_none(typed, fault):
    with pytest.raises(ValueError, match=fault):
        one(typed, "decimal", places=2)


def test_money_in_yuan_is_not_taken_for_ten_thousands():
    assert one("120.5万元", "decimal", unit="万元") == Decimal("120.50")
    assert one("120万", "decimal", unit="万元") == Decimal(120)
    with pytest.raises(ValueError, match="除以 10000"):
        one("1200000元", "decimal", unit="万元")


@pytest.mark.parametrize(("typed", "value"), [("15", 15), ("1,200", 1200), ("17户", 17), ("１７", 17), (15.0, 15), ("15.0", 15), ("", None)])
def test_integers(typed, value):
    assert one(typed, "int", unit="户") == value


@pytest.mark.parametrize("typed", ["15.5", "十五", "1e3", "1٢", "9" * 16])
def test_integers_that_are_none(typed):
    with pytest.raises(ValueError, match="不是整数"):
        one(typed, "int", unit="户")


@pytest.mark.parametrize("typed", ["on", "²", "-1", "1e3", "9" * 11, "2147483648", True])
def test_numbers_of_files_that_are_none_are_dropped_from_a_draft(typed):
    """The page writes them, nobody types them: what is no number would break whoever looks the file up."""
    made = table({"name": "x", "label": "附件", "kind": "files", "max_files": 3})
    kept = clean(made, {"x": [typed, "7"]}, draft=True)
    assert kept.values == {"x": [7]} and [p.field for p in kept.problems] == ["x"]
    assert clean(made, {"x": ["8", "7"]}, draft=True).values == {"x": [8, 7]}


def test_bounds_with_passing_twins():
    bounded = {"kind": "int", "minimum": 0, "maximum": 100}
    assert one("0", **bounded) == 0
    assert one("100", **bounded) == 100
    for wrong, fault in (("-1", "不能小于 0"), ("101", "不能大于 100")):
        with pytest.raises(ValueError, match=fault):
            one(wrong, **bounded)
    assert one("2026-06-15", "date", maximum="today") == TODAY
    with pytest.raises(ValueError, match="不能晚于2026年6月15日"):
        one("2026-06-16", "date", maximum="today")
    assert one("长" * 30, "text", max_length=30)
    with pytest.raises(ValueError, match="现有 31 字，最多 30 字"):
        one("长" * 31, "text", max_length=30)
    with pytest.raises(ValueError, match="至少 10 字"):
        one("长" * 9, "long_text", minimum=10)


@pytest.mark.parametrize(("typed", "value"), [
    ("是", True), ("on", True), ("1", True), (True, True), ("true", True), (["false", "true"], True),
    ("否", False), ("0", False), (False, False), ("", None), (None, None),
])
def test_yes_and_no(typed, value):
    assert one(typed, "bool") is value


def test_choices_accept_value_and_label():
    choices = (("own", "自有"), ("lease", "租赁"))
    assert one("lease", "choice", choices=choices) == "lease"
    assert one(" 租 赁 ", "choice", choices=choices) == "lease"
    assert one("OWN", "choice", choices=choices) == "own"
    with pytest.raises(ValueError, match="从 自有、租赁 中选择"):
        one("借用", "choice", choices=choices)
    assert one("租赁、自有", "multi", choices=choices) == ["own", "lease"]
    assert one(["lease", "lease"], "multi", choices=choices) == ["lease"]
    assert one("", "multi", choices=choices) == []


def test_regions_by_code_or_label():
    assert one("jl-cbs-cb", "region") == "JL-CBS-CB"
    assert one("长春市朝阳区", "region") == "220104"
    with pytest.raises(ValueError, match="第七条（一）"):
        one("220100", "region")


def test_files_are_ids():
    assert one([3, "4", 3], "files", max_files=2) == [3, 4]
    assert one("7", "file") == [7]
    assert one("", "file") == []
    with pytest.raises(ValueError, match="最多 1 个"):
        one([1, 2], "file")
    with pytest.raises(ValueError, match="重新上传"):
        one("../etc", "file")


def test_identifiers_and_addresses():
    assert one(COMPANY.lower(), "uscc_or_id18") == COMPANY
    assert one(ID18S[0], "uscc_or_id18") == ID18S[0]
    with pytest.raises(ValueError, match="校验码应为7"):
        one(ID18S[0][:-1] + "8", "uscc_or_id18")
    assert one("Li@example.cn ", "email") == "Li@example.cn"
    with pytest.raises(ValueError, match="不是完整的邮箱地址"):
        one("li@example", "email")


def test_text_loses_control_characters_and_keeps_chinese_marks():
    assert one(" 吉林\x00（一期）\u3000公司 ", "text") == "吉林（一期） 公司"
    assert one("甲\r\n乙", "long_text") == "甲\n乙"


FORM = table(
    {"name": "title", "label": "标题", "kind": "text", "article": "19"},
    {"name": "area", "label": "面积", "kind": "decimal", "article": "5(2)", "unit": "㎡", "minimum": 0},
    {"name": "leased", "label": "租赁", "kind": "bool", "required": False},
    {"name": "lease_end", "label": "租赁期止", "kind": "date", "required_if": lambda v: v.get("leased") is True},
    {"name": "jobs", "label": "就业", "kind": "int", "source": "auto", "required": False},
    {
        "name": "partners", "label": "机构", "kind": "rows", "required": False, "key": "uscc",
        "columns": (Field("name", "名称", "text"), Field("uscc", "代码", "uscc"), Field("open", "开放", "bool")),
    },
)


def test_submission_reports_missing_and_wrong_and_ignores_unknown_keys():
    result = clean(FORM, {"area": "三千", "nonsense": "x"})
    assert [(p.field, p.level) for p in result.problems] == [("title", "error"), ("area", "error")]
    assert not result.ok
    assert "nonsense" not in result.values
    assert result.problems[0].text == "标题还没有填写，第十九条。填写后再提交。"
    assert result.problems[1].text == "面积“三千”不是可用的数字，第五条（二）。填阿拉伯数字，例如 3500.00。"


def test_draft_keeps_what_was_typed_and_does_not_ask_for_the_rest():
    result = clean(FORM, {"area": "三千"}, draft=True)
    assert result.values == {"area": "三千"}
    assert [p.field for p in result.problems] == ["area"]
    assert clean(FORM, {}, draft=True).problems == []


def test_required_if_follows_the_other_answer():
    assert clean(FORM, {"title": "甲", "area": "1", "leased": "否"}).ok
    asked = clean(FORM, {"title": "甲", "area": "1", "leased": "是"})
    assert [p.field for p in asked.problems] == ["lease_end"]


def test_automatic_fields_are_computed_and_a_different_typed_value_is_told():
    base = {"title": "甲", "area": "1"}
    context = {"computed": {"jobs": 120}}
    assert clean(FORM, base, context=context).values["jobs"] == 120
    assert clean(FORM, {**base, "jobs": "120人"}, context=context).ok is False  # no unit on this field
    assert clean(FORM, {**base, "jobs": "1 20"}, context=context).ok
    wrong = clean(FORM, {**base, "jobs": "121"}, context=context)
    assert wrong.values["jobs"] == 120
    assert "填的是 121，系统计算为 120" in wrong.problems[0].message
    assert "jobs" not in clean(FORM, {**base, "jobs": "5"}).values


def test_rows_drop_empty_lines_and_name_the_cell():
    base = {"title": "甲", "area": "1"}
    rows = [{"name": "", "uscc": "", "open": ""}, {"name": "乙", "uscc": COMPANY.lower(), "open": ""}]
    good = clean(FORM, {**base, "partners": rows})
    assert good.ok
    assert good.values["partners"] == [{"name": "乙", "uscc": COMPANY, "open": False}]
    bad = clean(FORM, {**base, "partners": [{"name": "丙", "uscc": COMPANY[:-1] + "Z"}, {"uscc": COMPANY}]})
    assert [p.field for p in bad.problems] == ["partners-0-uscc", "partners-1-name"]
    assert bad.problems[0].message.startswith("机构第 1 行代码：")
    draft = clean(FORM, {**base, "partners": [{"name": "丙", "uscc": "9122"}]}, draft=True)
    assert draft.values["partners"] == [{"name": "丙", "uscc": "9122"}]


def test_least_number_of_rows():
    form = table({
        "name": "people", "label": "人员", "kind": "rows", "minimum": 2, "article": "7(3)",
        "columns": (Field("name", "姓名", "text"),),
    })
    assert clean(form, {"people": [{"name": "甲"}, {"name": "乙"}]}).ok
    (few,) = clean(form, {"people": [{"name": "甲"}]}).problems
    assert few.text == "人员现有 1 行，至少 2 行，第七条（三）。补足后再提交。"
    (none,) = clean(form, {}).problems
    assert none.message == "人员还没有填写"


def test_checks_see_only_readable_values_and_warnings_do_not_block():
    seen = {}

    def look(values, context):
        seen.update(values)
        yield Problem("area", "偏大", "5(2)", level="warning")

    form = FieldTable("t", "表", FORM.groups, FORM.fields, (look,))
    result = clean(form, {"title": "甲", "area": "abc"}, draft=True)
    assert seen == {"title": "甲"}
    assert [p.level for p in result.problems] == ["error", "warning"]
    assert clean(form, {"title": "甲", "area": "1"}).ok


def test_tables_refuse_double_names_and_unknown_groups():
    field = Field("a", "甲", "text", group="g")
    with pytest.raises(ValueError, match="twice"):
        FieldTable("t", "表", (("g", "", ""),), (field, field))
    with pytest.raises(ValueError, match="no group"):
        FieldTable("t", "表", (("h", "", ""),), (field,))
    with pytest.raises(ValueError, match="unknown kind"):
        Field("a", "甲", "float")
    with pytest.raises(KeyError):
        FORM.field("nothing")
    assert "title" in FORM
    assert [f.name for f in FORM.in_group("g")][:2] == ["title", "area"]


READABLE = sorted(KINDS - {"rows"})


@given(st.sampled_from(READABLE), st.one_of(st.text(max_size=30), st.none(), st.integers(), st.floats(), st.lists(st.text(max_size=5))))
def test_no_input_breaks_the_reader(kind, raw):
    form = table({"name": "x", "label": "项", "kind": kind, "required": False, "choices": (("a", "甲"),)})
    result = clean(form, {"x": raw}, context={"regions": REGIONS, "today": TODAY})
    assert result.ok or result.problems[0].text


@given(st.decimals(-10**9, 10**9, places=2))
def test_every_written_decimal_is_read_exactly(number):
    assert one(f"{number:,.2f}", "decimal") == number


@given(st.dates(date(1000, 1, 1)))
def test_every_date_is_read_in_each_writing(day):
    for typed in (day.isoformat(), f"{day.year}年{day.month}月{day.day}日", f"{day.year}.{day.month}.{day.day}"):
        assert one(typed, "date") == day


def test_what_label_and_fault_both_say_is_said_once():
    from incubator.policy.fields.account_request import ACCOUNT_REQUEST

    said = {p.field: p.text for p in clean(ACCOUNT_REQUEST, {"operator_uscc": "123", "contact_phone": "1"}, draft=True).problems}
    assert said["operator_uscc"].startswith("运营机构统一社会信用代码应为18位，现为3位，")
    assert said["contact_phone"].count("手机") == 1
