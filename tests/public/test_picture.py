"""What the public pages draw, as pure functions."""

from datetime import date
from types import SimpleNamespace

from incubator.policy.procedures import RECOGNITION
from incubator.public import picture


def test_the_procedure_is_read_off_the_table():
    parts = picture.procedure_parts()
    assert [part.label for part in parts] == [label for label, _ in RECOGNITION.track]
    by = {part.label: part for part in parts}
    assert (by["县初审"].who, by["县初审"].article) == ("县（市、区）工信局", "7(3)")
    assert "推荐上报" in by["县初审"].comes_of and "不予推荐" in by["县初审"].comes_of
    assert by["公示"].who == "全社会" and by["公示"].days == "7 天，起始日不计" and "发文认定" in by["公示"].comes_of
    assert by["提交"].who == "申报单位" and by["认定"].comes_of == ()


def test_the_calendar_ahead_is_sorted_and_short():
    notice = SimpleNamespace(id=1, ends_on=date(2026, 10, 16), title="公示")
    open_round = SimpleNamespace(title="2026年第二批认定", closes_on=date(2026, 10, 31))
    over = SimpleNamespace(title="旧的", closes_on=date(2026, 9, 1))
    endless = SimpleNamespace(title="续延", closes_on=None)
    found = picture.agenda(date(2026, 10, 13), [(notice, 9)], [open_round, over, endless])
    assert [row["on"] for row in found] == [date(2026, 10, 16), date(2026, 10, 20), date(2026, 10, 31)]
    assert found[1]["what"] == "三季度季报截止"
    assert picture.agenda(date(2026, 10, 21), [], [])[0] == {
        "on": date(2027, 1, 20), "what": "四季度季报截止", "note": "已认定的基地，当日 24:00 前，第十三条",
    }
    assert picture.agenda(date(2026, 1, 20), [], [])[0]["on"] == date(2026, 1, 20)


def test_the_validity_bar():
    five = (date(2025, 1, 1), date(2029, 12, 31))
    assert picture.validity_bar(*five, date(2024, 11, 12))["passed"] == "0.0", "before it begins"
    half = picture.validity_bar(*five, date(2027, 7, 3))
    assert half["years"] == [2025, 2026, 2027, 2028, 2029] and half["ticks"] == ["20.0", "40.0", "60.0", "80.0"]
    assert half["passed"] == "50.0"
    assert picture.validity_bar(*five, date(2031, 1, 1))["passed"] == "100.0"


def test_the_shades_of_the_sketch():
    assert picture.shades({"a": 41, "b": 19, "c": 9, "d": 0}) == {"a": 4, "b": 2, "c": 1, "d": 1}
    assert picture.shades({"a": 0, "b": 0}) == {"a": 1, "b": 1}
