from decimal import Decimal

import pytest

from incubator.policy.fields import clean
from incubator.policy.fields.team import TEAM, head_counts
from incubator.policy.fields.tenant import TENANT

from ..entities import COMPANY, CONTEXT, ID18S, INDIVIDUAL


def tenant(context=None, **changes):
    raw = {
        "name": "示例科技有限公司", "uscc": COMPANY, "subject": "企业", "kind": "普通", "industry": "6513",
        "reg_on": "2024-01-10", "in_on": "2024-03-01", "agr_start": "2024-03-01", "agr_end": "2027-02-28",
        "area": "80", "legal_rep": "张三", "jobs": "8", "status": "在孵",
    } | changes
    return {p.field: p for p in clean(TENANT, raw, context={**CONTEXT, **(context or {})}).problems}


def test_a_row_without_fault():
    assert tenant() == {}


@pytest.mark.parametrize(("changes", "field", "level"), [
    ({"subject": "个体工商户"}, "subject", "warning"),
    ({"industry": "65A3"}, "industry", "error"),
    ({"industry": "651"}, "industry", "error"),
    ({"agr_end": "2024-03-01"}, "agr_end", "error"),
    ({"in_on": "2024-01-30"}, "in_on", "warning"),
    ({"reg_on": "2024-03-02"}, "reg_on", "warning"),
    ({"jobs": "0"}, "jobs", "warning"),
    ({"kind": "电商"}, "ec_ok", "error"),
    ({"kind": "电商", "ec_ok": "是"}, "ec_proof", "error"),
    ({"kind": "普通", "industry": "5292", "ec_ok": "是"}, "ec_proof", "error"),
    ({"status": "退出", "out_kind": "迁往外省"}, "out_on", "error"),
    ({"status": "退出", "out_kind": "迁往外省", "out_on": "2024-02-28"}, "out_on", "error"),
])
def test_faults_of_a_row(changes, field, level):
    found = tenant(**changes)
    assert (set(found), found[field].level) == ({field}, level)


@pytest.mark.parametrize("changes", [
    {"uscc": INDIVIDUAL, "subject": "个体工商户"},
    {"agr_end": "2024-03-02"},
    {"in_on": "2024-01-31"},
    {"kind": "电商", "ec_ok": "否"},
    {"kind": "电商", "ec_ok": "是", "ec_proof": [5]},
    {"status": "退出", "out_kind": "迁往外省", "out_on": "2024-03-01"},
])
def test_twins_that_pass(changes):
    assert tenant(**changes) == {}


def test_codes_are_unique_among_active_rows():
    assert set(tenant({"active_usccs": {COMPANY}})) == {"uscc"}
    assert tenant({"active_usccs": {INDIVIDUAL}}) == {}
    assert tenant({"active_usccs": {COMPANY}}, status="毕业", out_on="2026-01-01", out_kind="本市") == {}


def test_areas_together_warn_above_the_incubation_area():
    context = {"area_used_by_others": Decimal(2920), "area_incub": Decimal(3000)}
    assert tenant(context) == {}
    found = tenant(context, area="80.01")["area"]
    assert found.level == "warning"


def person(context=None, **changes):
    raw = {
        "name": "赵六", "gender": "男", "idno": ID18S[0], "phone": "13800000017", "education": "本科",
        "category": "服务团队", "post": "主任", "employment": "专职", "in_on": "2021-01-01", "insurance": [9],
        "status": "在岗",
    } | changes
    return {p.field: p for p in clean(TEAM, raw, context={**CONTEXT, **(context or {})}).problems}


def test_people():
    assert person() == {}
    assert set(person(insurance=[])) == {"insurance"}
    assert person(insurance=[], employment="兼职") == {}
    assert person(category="辅导员") == person(education="") == {}
    assert person(category="两者兼任", tutored="6") == {}
    assert person(gender="女")["gender"].level == "warning"
    assert set(person({"active_idnos": {ID18S[0]}})) == {"idno"}
    assert set(person(status="离岗", out_on="2020-12-31")) == {"out_on"}
    assert {f.name for f in TEAM.fields if f.secret} == {"idno", "phone"}


def test_amb13_each_roster_counts_by_itself():
    rows = [
        {"idno": ID18S[0], "category": "both"},
        {"idno": ID18S[1], "category": "service"},
        {"idno": ID18S[2], "category": "mentor", "status": "active"},
        {"idno": ID18S[3], "category": "mentor", "status": "left"},
    ]
    assert head_counts(rows) == {"service_team": 2, "mentors": 2, "distinct": 3}
