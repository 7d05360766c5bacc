import json
import unicodedata
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incubator.policy.fields import (
    Field,
    canonical,
    clean,
    differences,
    from_stored,
    mask,
    show,
    thousands,
    to_stored,
)
from incubator.policy.fields.filing import FILING
from incubator.policy.fields.recognition import RECOGNITION

from ..entities import CONTEXT, OTHER_COMPANY, filing_raw


def filing(**changes):
    return clean(FILING, filing_raw(**changes), context=CONTEXT).values


def test_stored_form_is_json_and_comes_back_equal():
    values = filing()
    stored = to_stored(FILING, values)
    assert stored["area_total"] == "3620.00"
    assert stored["operator_founded"] == "2019-03-01"
    assert stored["investor_idno"] == OTHER_COMPANY
    assert from_stored(FILING, json.loads(json.dumps(stored))) == values


def test_rows_come_back_and_drafts_keep_their_text():
    draft = clean(
        RECOGNITION,
        {"area_total": "三千", "operator_founded": "去年", "facilities": [{"name": "会议室", "area": "60", "count": "2"}]},
        draft=True,
    ).values
    again = from_stored(RECOGNITION, json.loads(json.dumps(to_stored(RECOGNITION, draft))))
    assert again == draft
    assert again["facilities"][0]["area"] == Decimal("60.00")
    assert again["area_total"] == "三千"


def test_canonical_text_is_one():
    a = {"b": Decimal("1.50"), "a": [date(2026, 1, 2), None, True]}
    b = {"a": ["2026-01-02", None, True], "b": "1.50"}
    assert canonical(a) == canonical(b) == '{"a":["2026-01-02",null,true],"b":"1.50"}'
    decomposed = unicodedata.normalize("NFD", "é")
    assert canonical({decomposed: decomposed}) == canonical({"é": "é"})
    for wrong in (1.0, {"a": [0.5]}):
        with pytest.raises(TypeError):
            canonical(wrong)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_canonical_is_stable(value):
    assert canonical(json.loads(canonical(value))) == canonical(value)


@pytest.mark.parametrize(("kind", "value", "text"), [
    ("decimal", Decimal("3620"), "3\u2009620.00"), ("decimal", Decimal("-30"), "−30.00"),
    ("int", 190000, "190\u2009000"), ("int", 0, "0"), ("date", date(2026, 10, 8), "2026年10月8日"),
    ("bool", True, "是"), ("bool", False, "否"), ("text", None, ""), ("rows", [{}, {}], "2 行"),
    ("files", [1, 2], "2 个文件"), ("decimal", "三千", "三千"), ("date", "去年", "去年"),
])
def test_show(kind, value, text):
    assert show(Field("x", "项", kind), value) == text


def test_show_with_names():
    choices = (("own", "自有"), ("lease", "租赁"))
    assert show(Field("x", "项", "choice", choices=choices), "own") == "自有"
    assert show(Field("x", "项", "multi", choices=choices), ["own", "lease"]) == "自有、租赁"
    assert show(Field("x", "项", "region"), "220104", context=CONTEXT) == "长春市朝阳区"
    assert show(Field("x", "项", "file"), [3], context={"files": {3: "执照.pdf"}}) == "执照.pdf"
    assert show(Field("x", "项", "decimal", places=1), Decimal("12.5")) == "12.5"


def test_secrets_are_masked_unless_revealed():
    number = Field("x", "项", "id18", secret=True)
    assert show(number, "220102199001010017") == "2201**********0017"
    assert show(number, "220102199001010017", reveal=True) == "220102199001010017"
    assert show(Field("x", "项", "phone", secret=True), "13800000017") == "138****0017"
    assert mask("12345") == "*****"


@given(st.text(st.characters(codec="ascii", categories=["Nd", "Lu"]), min_size=1, max_size=30))
def test_masks_hide_at_least_four_characters(text):
    assert mask(text).count("*") >= min(4, len(text))
    assert len(mask(text)) == len(text)


@given(st.decimals(-10**12, 10**12, places=2))
def test_thousands_lose_nothing(number):
    shown = thousands(number, 2)
    assert Decimal(shown.replace("\u2009", "").replace("−", "-")) == number


def test_t44_differences_in_the_tables_order_with_old_and_new():
    found = differences(FILING, filing(), filing(area_total="3700", address="示例路 2 号", lease_end="2030-01-01"))
    assert [(f.path, f.kind) for f in found] == [
        ("address", "changed"), ("lease_end", "added"), ("area_total", "changed"),
    ]
    assert (found[2].old, found[2].new) == ("3\u2009620.00", "3\u2009700.00")
    assert differences(FILING, filing(), filing()) == []


def test_a_changed_secret_is_told_without_telling_it():
    (found,) = differences(FILING, filing(), filing(contact_phone="13900000018"))
    assert (found.old, found.new) == ("138****0017", "139****0018")


def test_a_replaced_file_is_told_though_the_count_is_the_same():
    (found,) = differences(FILING, filing(), filing(lic_file=[99]))
    assert found.new == "1 个文件（已更换）"


def rows(*entries):
    return {"facilities": [{"name": n, "count": c, "open_to_tenants": True} for n, c in entries]}


def test_rows_are_compared_by_their_key():
    found = differences(
        RECOGNITION, rows(("会议室", 2), ("食堂", 1), ("路演厅", 1)), rows(("路演厅", 1), ("会议室", 3), ("展厅", 1))
    )
    assert [(f.kind, f.label) for f in found] == [
        ("changed", "公共服务设施清单：会议室，数量"),
        ("removed", "公共服务设施清单：食堂"),
        ("added", "公共服务设施清单：展厅"),
    ]
    assert (found[0].old, found[0].new) == ("2", "3")
    assert "数量 1" in found[2].new


def test_rows_with_the_same_key_are_both_kept():
    found = differences(RECOGNITION, rows(("会议室", 1)), rows(("会议室", 1), ("会议室", 2)))
    assert [f.kind for f in found] == ["added"]
