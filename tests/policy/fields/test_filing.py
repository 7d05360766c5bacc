import pytest

from incubator.policy.articles import ARTICLES
from incubator.policy.fields import clean
from incubator.policy.fields.account_request import ACCOUNT_REQUEST
from incubator.policy.fields.filing import FILING
from incubator.policy.fields.industries import DIVISIONS

from ..entities import COMPANY, CONTEXT, COOPERATIVE, ID18S, INDIVIDUAL, OTHER_COMPANY, filing_raw


def problems(**changes):
    return {p.field: p for p in clean(FILING, filing_raw(**changes), context=CONTEXT).problems}


def test_a_form_without_fault():
    result = clean(FILING, filing_raw(), context=CONTEXT)
    assert result.problems == []
    assert set(result.values) == {f.name for f in FILING.fields} - {"lease_end"}


@pytest.mark.parametrize("field", [f for f in FILING.fields if f.required and not f.required_if], ids=lambda f: f.name)
def test_each_compulsory_field_is_asked_for(field):
    raw = filing_raw()
    del raw[field.name]
    found = clean(FILING, raw, context=CONTEXT).problems
    assert [p.field for p in found] == [field.name]
    assert field.label in found[0].message
    assert found[0].article in ARTICLES


def test_t22_areas_add_up():
    found = problems(area_total="3600", area_incub="3200", area_public="500")
    assert "3700.00 ㎡ 大于总建筑面积 3600.00 ㎡" in found["area_total"].message
    assert found["area_total"].article == "5(2)"
    assert problems(area_total="3700", area_incub="3200", area_public="500") == {}


def test_areas_within_each_other():
    assert "area_maker" in problems(area_maker="500.01")
    assert problems(area_maker="500") == {}
    assert "area_total" in problems(area_total="0", area_incub="0", area_public="0", area_maker="0")


@pytest.mark.parametrize("name", ["吉林示例孵化器", "示例创业孵化示范基地"])
def test_t63_names(name):
    assert problems(base_name=name)["base_name"].article == "19"


@pytest.mark.parametrize("code", [INDIVIDUAL, COOPERATIVE])
def test_t106_operator_is_a_legal_person(code):
    """A2-1."""
    found = problems(operator_uscc=code)
    assert found["operator_uscc"].article == "2"
    assert code[:2] in found["operator_uscc"].message


def test_operator_that_is_no_legal_person():
    assert problems(operator_is_legal="否")["operator_is_legal"].article == "2"
    assert problems(operator_is_legal="是") == {}


def test_t107_check_character_is_told():
    assert "校验码应为3" in problems(operator_uscc="91350100M000100Y4Z")["operator_uscc"].message


def test_cooperation_agreement_unless_same_entity():
    raw = {"coop_agreement": [], "coop_agreement_end": ""}
    assert set(problems(**raw)) == {"coop_agreement", "coop_agreement_end"}
    assert problems(**raw, relation="同一单位", investor_idno=COMPANY) == {}
    assert set(problems(relation="同一单位")) == {"relation"}


def test_same_code_under_another_relation_only_warns():
    found = problems(investor_idno=COMPANY)
    assert found["relation"].level == "warning"


def test_lease_end_when_leased():
    assert set(problems(property_kind="租赁")) == {"lease_end"}
    assert problems(property_kind="租赁", lease_end="2031年12月31日") == {}


def test_investor_number_by_type():
    """A2-1: a legal person by its credit code, a natural person by the citizen number."""
    assert problems(investor_type="个人", investor_idno=ID18S[0]) == {}
    assert "公民身份号码" in problems(investor_type="个人", investor_idno=OTHER_COMPANY)["investor_idno"].way_out
    assert "统一社会信用代码" in problems(investor_idno=ID18S[0])["investor_idno"].way_out


def test_founded_not_after_today():
    assert problems(operator_founded="2026-06-15") == {}
    assert set(problems(operator_founded="2026-06-16")) == {"operator_founded"}


def test_region_must_be_one_that_a_base_can_lie_in():
    assert problems(division_code="JL-CBS-CB") == {}
    assert set(problems(division_code="220000")) == {"division_code"}


def test_secret_fields():
    assert {f.name for f in FILING.fields if f.secret} == {"investor_idno", "contact_phone"}


def test_industry_divisions_of_the_standard():
    assert len(DIVISIONS) == 97
    assert [DIVISIONS[c] for c in ("01", "27", "51", "62", "72", "83", "97")] == [
        "农业", "医药制造业", "批发业", "餐饮业", "商务服务业", "教育", "国际组织",
    ]


def test_account_request():
    raw = {n: v for n, v in filing_raw().items() if n in ACCOUNT_REQUEST} | {"licence": [3]}
    assert clean(ACCOUNT_REQUEST, raw, context=CONTEXT).problems == []
    found = clean(ACCOUNT_REQUEST, {**raw, "operator_uscc": INDIVIDUAL, "licence": []}, context=CONTEXT).problems
    assert [p.field for p in found] == ["operator_uscc", "licence"]
