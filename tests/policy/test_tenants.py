from dataclasses import replace
from datetime import date

import pytest

from incubator.policy.tenants import (
    Override,
    Stay,
    Tenant,
    count,
    countable,
    counted_in,
    duplicates,
    override_stands,
    shared,
)

from .entities import COMPANY, INDIVIDUAL, OTHER_COMPANY


def tenant(subject="company", industry="3099", kind="ordinary", uscc=COMPANY, **more):
    return Tenant(uscc, subject, kind, industry, **more)


@pytest.mark.parametrize(
    ("row", "counts", "flagged", "reason"),
    [
        pytest.param(tenant("individual", "5299"), False, False, "零售", id="T28"),
        pytest.param(tenant("individual", "5292", ec_ok=True, ec_proof=True), True, True, "待县级核对", id="T29"),
        pytest.param(tenant("individual", "5292", ec_ok=False), False, False, "未确认", id="T29 unticked"),
        pytest.param(tenant("individual", "5292", ec_proof=True), False, False, "未确认", id="T29 proof alone"),
        pytest.param(tenant("individual", "5193", ec_ok=True, ec_proof=True), True, True, "电商", id="online wholesale"),
        pytest.param(tenant("individual", "5211", "ecommerce", ec_ok=True, ec_proof=True), True, True, "电商", id="by proof"),
        pytest.param(tenant("company", "5292", ec_ok=True, ec_proof=True), True, True, "待县级核对", id="company declared"),
        pytest.param(tenant("individual", "6210"), False, False, "餐饮", id="T30"),
        pytest.param(tenant("individual", "6210", "ecommerce", ec_ok=True, ec_proof=True), False, True, "餐饮", id="online meals"),
        pytest.param(tenant("individual", "5110"), False, False, "批发", id="wholesale"),
        pytest.param(tenant("company", "5211"), True, True, "公司", id="T31"),
        pytest.param(tenant("company", "5292", ec_ok=None), True, True, "未确认", id="company online"),
        pytest.param(tenant("individual", "5292", ec_ok=True, ec_proof=False), False, False, "电商证明还没有上传", id="T29 no proof"),
        pytest.param(tenant("company", "5292", ec_ok=True, ec_proof=False), True, True, "电商证明还没有上传，暂计入", id="company online, no proof"),
        pytest.param(tenant("company", "8391", "training"), False, False, "培训", id="T32 training"),
        pytest.param(tenant("company", "8391"), False, False, "培训", id="training by code"),
        pytest.param(tenant("company", "7241", "third_party"), False, False, "第三方", id="T32 accountants"),
        pytest.param(tenant("company", "7231"), False, False, "第三方", id="lawyers by code"),
        pytest.param(tenant("company", "7241"), False, False, "第三方", id="accountants by code"),
        pytest.param(tenant("company", "7530"), False, False, "第三方", id="technology brokers by code"),
        pytest.param(tenant("other", "6513", uscc=None), False, False, "未登记", id="T32 team"),
        pytest.param(tenant("individual", "3099"), True, False, "计入", id="T33"),
        pytest.param(tenant("company", "7251"), True, True, "商务服务", id="advertising"),
        pytest.param(tenant("company", ""), True, True, "未填", id="no code"),
    ],
)
def test_classification(row, counts, flagged, reason):
    """A5-6, AMB-10."""
    verdict = countable(row)
    assert (verdict.counts, verdict.flagged) == (counts, flagged)
    assert reason in verdict.reason
    assert verdict.article == "5(4)"


def test_override_stands_until_the_row_changes():
    word = Override(True, "实为生产企业", "ordinary", "individual", "5299")
    row = tenant("individual", "5299", override=word)
    assert override_stands(row)
    assert countable(row).counts
    assert "实为生产企业" in countable(row).reason
    for changed in (
        tenant("individual", "5211", override=word),
        tenant("individual", "5299", "third_party", override=word),
        tenant("company", "5299", override=word),
    ):
        assert not override_stands(changed)
        verdict = countable(changed)
        assert verdict.flagged
        assert "失效" in verdict.reason
    assert not countable(tenant("individual", "5211", override=word)).counts


def test_a_reviewers_word_is_the_countys_tick():
    """AMB-10: the base declares with proof, the county ticks; nobody confirms himself."""
    row = tenant("individual", "5292", ec_ok=True, ec_proof=True)
    word = Override(True, "执照有效，没有经营异常", "ordinary", "individual", "5292")
    assert countable(row).flagged and not countable(replace(row, override=word)).flagged
    assert countable(replace(row, override=word)).counts
    without = replace(row, ec_proof=False)
    assert not countable(without).counts and countable(replace(without, override=word)).counts


def test_override_may_exclude():
    word = Override(False, "未实际经营", "ordinary", "company", "3099")
    assert not countable(tenant(override=word)).counts


def test_count_sums_heads_of_countable_rows():
    """AMB-12."""
    rows = [
        tenant(jobs=10),
        tenant("individual", "5299", uscc=INDIVIDUAL, jobs=4),
        tenant("company", "5211", uscc=OTHER_COMPANY, jobs=6),
    ]
    total = count(rows)
    assert (total.tenants_all, total.tenants_countable, total.flagged) == (3, 2, 1)
    assert (total.jobs_all, total.jobs) == (20, 16)
    elsewhere = count(rows, elsewhere=[OTHER_COMPANY])
    assert (elsewhere.tenants_countable, elsewhere.jobs) == (1, 10)


def test_t34_duplicate_rows_name_both_lines():
    rows = [(2, COMPANY), (3, OTHER_COMPANY), (4, None), (5, None), (9, COMPANY)]
    (found,) = duplicates(rows)
    assert found.uscc == COMPANY
    assert found.lines == (2, 9)
    assert "第 2 行、第 9 行" in found.text
    assert duplicates(rows[:4]) == []


def test_t35_the_earlier_running_agreement_counts():
    on = date(2026, 3, 31)
    first = Stay(1, COMPANY, date(2025, 5, 1), date(2026, 12, 31))
    second = Stay(2, COMPANY, date(2025, 6, 1))
    assert counted_in([second, first], on) == {COMPANY: 1}
    assert shared([first, second], on) == {COMPANY: frozenset({1, 2})}
    # One day after the earlier agreement ended, the later one counts and nobody is warned.
    ended = Stay(1, COMPANY, date(2025, 5, 1), date(2026, 3, 30))
    assert counted_in([second, ended], on) == {COMPANY: 2}
    assert shared([ended, second], on) == {}
    assert counted_in([ended], on) == {}
    last_day = Stay(1, COMPANY, date(2025, 5, 1), on)
    assert counted_in([second, last_day], on) == {COMPANY: 1}
    assert shared([second, last_day], on) == {COMPANY: frozenset({1, 2})}


def test_t35_equal_agreements_fall_to_the_earlier_entry():
    start, on = date(2025, 5, 1), date(2026, 3, 31)
    late = Stay(1, COMPANY, start, in_on=date(2025, 7, 1))
    early = Stay(2, COMPANY, start, in_on=date(2025, 6, 1))
    assert counted_in([late, early], on) == {COMPANY: 2}
    assert counted_in([Stay(4, COMPANY, start), Stay(3, COMPANY, start)], on) == {COMPANY: 3}
