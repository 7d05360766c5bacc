"""Invented entities whose codes have valid check characters (domain.md §7.6)."""

from datetime import date

USCCS = (
    "91220102MA0000015Y", "91220203MA0000023D", "92222401MA0000031B", "52220104MJ00000427",
    "12220500MB0000051M", "93220722MA0000066Y", "91220581MA00000744", "91220000MA0000082T",
)
ID18S = ("220102199001010017", "222401198512120020", "220581199202290032", "220202197806304115")
COMPANY, OTHER_COMPANY, INDIVIDUAL, COOPERATIVE = USCCS[0], USCCS[1], USCCS[2], USCCS[5]
TODAY = date(2026, 6, 15)
REGIONS = {"220104": "长春市朝阳区", "222401": "延边州延吉市", "JL-CBS-CB": "长白山池北区"}
CONTEXT = {"today": TODAY, "regions": REGIONS}


def filing_raw(**changes):
    """A filing form as typed, without a fault; ``changes`` replace single answers."""
    raw = {
        "base_name": "吉林示例创业孵化基地",
        "division_code": "220104",
        "address": "示例路 1 号",
        "investor_type": "法人单位",
        "investor_name": "示例投资有限公司",
        "investor_idno": OTHER_COMPANY,
        "operator_name": "示例孵化管理有限公司",
        "operator_uscc": COMPANY,
        "operator_is_legal": "是",
        "legal_rep": "张三",
        "operator_founded": "2019年3月1日",
        "relation": "委托",
        "coop_agreement": [11],
        "coop_agreement_end": "2031/12/31",
        "property_kind": "自有",
        "property_no": "吉（2019）长春市不动产权第0000001号",
        "area_total": "3,620",
        "area_incub": "3000",
        "area_public": "500",
        "area_maker": "120.5",
        "base_type": "综合型",
        "main_industry": "65",
        "operation_start": "2020.1.6",
        "invest_total": "1200万元",
        "invest_source": "财政资金、银行贷款",
        "tenants_now": "17户",
        "jobs_now": "128人",
        "contact_name": "李四",
        "contact_phone": "138 0000 0017",
        "contact_email": "Li@example.cn",
        "lic_file": [12],
        "prop_file": ["13", "14"],
    }
    raw.update(changes)
    return raw
