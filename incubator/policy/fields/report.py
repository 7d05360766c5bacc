"""Quarterly report 季报 and annual report 年报 (Article 13, domain.md §8.4, §8.5).

``source="auto"`` figures come from the rosters and the ledger; of a quarter a person types seven figures and the head
counts that changed.
"""

from collections.abc import Mapping

from .. import indicators
from ..indicators import MONEY, YEAR_MONEY
from .activity import LEVELS, PARTS
from .model import Field, FieldTable, Problem
from .recognition import PROFESSIONAL_SERVICES

_A = "13"
TYPED_OF_A_QUARTER = ("jobs_grad", "jobs_vet", "jobs_return", "t_revenue", "t_tax", "rent_relief", "maker_visits")
"""The seven figures that the rosters and the ledger do not know."""

_REASONS = Field(
    "reasons", "变化说明", "rows", _A, required=False, group="reasons", key="figure",
    columns=(Field("figure", "数字", "text", _A, max_length=30),
             Field("reason", "说明", "long_text", _A, required=False, max_length=300)),
)
_FILLER = (
    Field("filler", "填报人", "text", _A, max_length=20, group="sign"),
    Field("filler_phone", "填报人电话", "phone", _A, secret=True, group="sign"),
    Field("in_charge", "负责人", "text", _A, max_length=20, group="sign"),
    Field("pledge", "承诺报送的信息真实、完整、准确", "bool", _A, group="sign"),
)


def pledged(values: Mapping, context: Mapping):
    """Article 13: the operator answers for truth, completeness and accuracy; without the tick nothing is sent."""
    if values.get("pledge") is False:
        yield Problem("pledge", "没有勾选真实、完整、准确的承诺", _A, "核对数字后勾选")


def _auto(name: str, label: str, unit: str, article: str = _A, kind: str = "int", group: str = "tenants") -> Field:
    return Field(name, label, kind, article, unit=unit, places=2 if kind == "decimal" else None, source="auto", group=group)


def _int(name: str, label: str, unit: str, group: str, article: str = _A, **more) -> Field:
    return Field(name, label, "int", article, unit=unit, minimum=0, group=group, **more)


def _money(name: str, label: str, group: str, minimum: object = 0, **more) -> Field:
    return Field(name, label, "decimal", _A, unit="万元", places=2, minimum=minimum, group=group, **more)


# the quarter ------------------------------------------------------------------------------------

SOFT_OF_A_QUARTER = (
    indicators.unit_slip(MONEY), indicators.jumps("t_revenue", "在孵企业营业收入"), indicators.tax_over_revenue,
    indicators.area_over_incub, indicators.counted_elsewhere,
)

QUARTERLY_REPORT = FieldTable(
    "quarterly_report",
    "季报",
    (
        ("tenants", "在孵企业", "户数取自名册"), ("jobs", "从业人员", "只改有变化的，改了名册也跟着改"),
        ("money", "收入和税金", "本季三个月合计"), ("services", "服务", "取自服务台账"), ("safety", "安全", ""),
        ("reasons", "说明", ""), ("sign", "填报和承诺", ""),
    ),
    (
        _auto("t_begin", "期初在孵企业", "户"), _auto("t_new", "本季新入孵", "户"), _auto("t_grad", "本季毕业", "户"),
        _auto("t_exit", "本季退出", "户"), _auto("t_end", "期末在孵企业", "户", "5"),
        _auto("t_count", "其中可计入", "户", "5(4)"), _auto("t_small", "其中小型微型企业", "户", "2"),
        _auto("grad_cum", "累计毕业企业", "户", "6(2)"),
        _auto("area_used", "已使用孵化面积", "㎡", kind="decimal"), _auto("occupancy", "入驻率", "%", kind="decimal"),
        Field("heads", "期末从业人员", "rows", "5(4)", required=False, group="jobs", key="tenant", columns=(
            Field("tenant", "编号", "int", _A), Field("name", "企业", "text", _A, max_length=80),
            Field("jobs", "人数", "int", "5(4)", unit="人", minimum=0),
        )),
        _auto("jobs_end", "期末从业人员合计", "人", "5(4)", group="jobs"),
        _auto("jobs", "其中可计入企业", "人", "5(4)", group="jobs"),
        _int("jobs_grad", "其中高校毕业生", "人", "jobs"), _int("jobs_vet", "其中退役军人", "人", "jobs"),
        _int("jobs_return", "其中返乡人员", "人", "jobs"),
        _int("jobs_start", "此前累计带动就业", "人", "jobs", required=False, help="第一次报送时填一次，以后由系统累计"),
        _auto("jobs_cum", "累计带动就业", "人", group="jobs"),
        _money("t_revenue", "在孵企业本季营业收入", "money"), _money("t_tax", "在孵企业本季上缴税金", "money"),
        _money("rent_relief", "本季减免租金等费用", "money"),
        _auto("team_n", "创业服务团队", "人", "5(3)", group="services"), _auto("mentor_n", "创业辅导员", "人", "5(3)", group="services"),
        _auto("svc_ent_times", "服务企业", "户次", group="services"), _auto("train_n", "培训", "场", group="services"),
        _auto("train_p", "培训人次", "人次", group="services"), _auto("match_n", "对接活动", "场", group="services"),
        _auto("fin_n", "获得融资", "户", group="services"), _auto("fin_amt", "融资金额", "万元", kind="decimal", group="services"),
        _int("maker_visits", "创客空间服务", "人次", "services", "6(1)", help="没有创客空间的填 0"),
        _auto("safe_n", "安全检查", "次", "15(5)", group="safety"), _auto("haz_n", "查出隐患", "处", "15(5)", group="safety"),
        _auto("haz_fixed", "整改隐患", "处", "15(5)", group="safety"),
        Field("incident", "本季发生事故或违法违规", "bool", "15(5)", group="safety"),
        Field("incident_note", "情况和处理", "long_text", "15(5)", max_length=500, group="safety",
              required_if=lambda values: values.get("incident") is True),
        _REASONS,
        Field("needs", "主要问题与服务诉求", "long_text", _A, required=False, max_length=500, group="sign"),
        *_FILLER,
    ),
    (
        indicators.balance, indicators.never_falls,
        indicators.at_most(("t_count",), "t_end", "可计入", "期末在孵企业", "户"),
        indicators.at_most(("t_small",), "t_end", "小型微型企业", "期末在孵企业", "户"),
        indicators.at_most(("jobs_grad", "jobs_vet", "jobs_return"), "jobs_end", "高校毕业生、退役军人、返乡人员合计", "期末从业人员", "人"),
        indicators.at_most(("haz_fixed",), "haz_n", "整改隐患", "查出隐患", "处"),
        indicators.reasons_given(SOFT_OF_A_QUARTER), pledged,
    ),
)

# the year ---------------------------------------------------------------------------------------

SOFT_OF_A_YEAR = (
    indicators.year_against_quarters, indicators.unit_slip(YEAR_MONEY), indicators.tax_over_revenue, indicators.counted_elsewhere,
)
INCOME_PARTS = ("inc_service", "inc_property", "inc_invest", "inc_other")
AREA_PARTS = ("area_incub", "area_public", "area_office", "area_other")  # the maker space is part of the public area (§8.1)


def _area(name: str, label: str) -> Field:
    return Field(name, label, "decimal", "5(2)", unit="㎡", places=2, minimum=0, group="space")


ANNUAL_REPORT = FieldTable(
    "annual_report",
    "年报",
    (
        ("tenants", "在孵企业", "户数取自名册和四个季度"), ("income", "基地收支和资产", ""), ("space", "场地和人员", ""),
        ("output", "在孵企业业绩", ""), ("services", "服务和活动", ""), ("duty", "安全和负责承诺", ""),
        ("summary", "总结", ""), ("reasons", "说明", ""), ("sign", "填报和承诺", ""),
    ),
    (
        _auto("t_begin", "年初在孵企业", "户"), _auto("t_new", "本年新入孵", "户"), _auto("t_grad", "本年毕业", "户"),
        _auto("t_exit", "本年退出", "户"), _auto("t_end", "年末在孵企业", "户", "5"), _auto("t_count", "其中可计入", "户", "5(4)"),
        _auto("grad_cum", "累计毕业企业", "户", "6(2)"), _auto("jobs_end", "年末从业人员", "人", "5(4)"),
        _auto("jobs_cum", "累计带动就业", "人"),
        _money("inc_total", "基地运营总收入", "income"), _money("inc_service", "其中综合服务收入", "income"),
        _money("inc_property", "其中物业收入", "income"), _money("inc_invest", "其中投资收入", "income"),
        _money("inc_other", "其中其他收入", "income"), _money("profit", "净利润", "income", minimum=None),
        _money("tax", "上缴税金", "income"), _money("subsidy", "获财政资助", "income"),
        _money("asset_g", "年末固定资产原值", "income"), _money("asset_n", "年末固定资产净值", "income"), _money("fund", "孵化资金", "income"),
        _area("area_total", "场地总面积"), _area("area_incub", "孵化场所面积"), _area("area_public", "公共服务区面积"),
        _area("area_maker", "创客空间面积"), _area("area_office", "办公面积"), _area("area_other", "其他面积"),
        _int("staff_total", "管理人员", "人", "space"), _int("staff_college", "其中大专以上", "人", "space"),
        _int("staff_prof", "其中专业技术人员", "人", "space"), _int("staff_trained", "其中接受培训", "人", "space"),
        _money("t_revenue", "在孵企业总收入", "output"), _money("t_tax", "在孵企业上缴税金", "output"),
        _money("t_rd", "在孵企业研发投入", "output"), _money("t_subsidy", "在孵企业获财政资助", "output"),
        _auto("fin_n", "当年获投融资", "户", group="output"), _auto("fin_amt", "当年获投融资金额", "万元", kind="decimal", group="output"),
        _int("fin_n_cum", "累计获投融资", "户", "output"), _money("fin_amt_cum", "累计获投融资金额", "output"),
        _int("ip_total", "有效知识产权", "件", "output"), _int("ip_invent", "其中发明专利", "件", "output"),
        _int("n_tech", "科技型中小企业", "户", "output"), _int("n_high", "高新技术企业", "户", "output"),
        _int("n_special", "专精特新企业", "户", "output"), _int("n_above", "规模以上企业", "户", "output"),
        Field("svc", "八项服务", "rows", "5(3)", required=False, source="auto", group="services", key="service", help="取自服务台账", columns=(
            Field("service", "服务", "choice", "5(3)", choices=PROFESSIONAL_SERVICES), Field("times", "次数", "int", _A, unit="次"),
            Field("enterprises", "服务家次", "int", _A, unit="户次"), Field("people", "人次", "int", _A, unit="人次"),
            Field("free", "免费占比", "int", _A, unit="%"),
        )),
        _int("sat_n", "满意度调查", "户", "services"),
        _int("sat_rate", "满意率", "%", "services", maximum=100),
        Field("activities", "双创活动参加情况", "rows", "9", required=False, source="auto", group="services", help="取自双创活动台账",
              columns=(
                  Field("name", "活动", "text", "9", max_length=100), Field("held_on", "日期", "date", "9"),
                  Field("role", "参与方式", "choice", "9", choices=PARTS),
                  Field("level", "级别", "choice", "9", required=False, choices=LEVELS),
                  Field("people", "参加人数", "int", "9", unit="人", required=False),
              )),
        Field("tax_relief", "享受税收优惠", "rows", "11", required=False, source="auto", group="services", help="取自税收优惠登记",
              columns=(
                  Field("tax_kind", "税种", "text", "11", max_length=40), Field("basis", "依据", "text", "11", max_length=100),
                  Field("amount", "金额", "decimal", "11", unit="万元", places=2),
                  Field("kept", "留存资料齐全", "bool", "11", required=False),
              )),
        Field("safety_year", "安全生产年度情况", "long_text", "15(5)", max_length=500, group="duty", help="包括检查、演练和整改"),
        Field("incident", "本年发生事故", "bool", "15(5)", group="duty"),
        Field("incident_note", "事故和处理", "long_text", "15(5)", max_length=500, group="duty",
              required_if=lambda values: values.get("incident") is True),
        Field("decl_tenants", "对在孵企业依法经营负责", "bool", "5(5)", group="duty"),
        Field("tenants_unlawful", "违法违规企业及处置", "rows", "5(5)", required=False, group="duty", columns=(
            Field("name", "企业", "text", "5(5)", max_length=80), Field("facts", "情况", "text", "5(5)", max_length=200),
            Field("measures", "处置", "text", "5(5)", max_length=200),
        )),
        Field("summary", "年度工作总结", "long_text", _A, minimum=20, max_length=3000, group="summary"),
        Field("case_note", "典型案例", "long_text", _A, required=False, max_length=1000, group="summary"),
        Field("next_plan", "下年计划", "long_text", _A, required=False, max_length=1000, group="summary"),
        Field("diff_note", "与四季度数据差异说明", "long_text", _A, required=False, max_length=500, group="reasons"),
        _REASONS,
        *_FILLER,
    ),
    (
        indicators.balance, indicators.never_falls,
        indicators.at_most(("t_count",), "t_end", "可计入", "年末在孵企业", "户"),
        indicators.adds_up(INCOME_PARTS, "inc_total", "基地运营总收入", "万元"),
        indicators.at_most(("asset_n",), "asset_g", "固定资产净值", "原值", "万元"),
        indicators.at_most(AREA_PARTS, "area_total", "孵化、公共、办公、其他面积合计", "总面积", "㎡"),
        *(indicators.at_most((name,), "staff_total", label, "管理人员", "人") for name, label in
          (("staff_college", "大专以上"), ("staff_prof", "专业技术人员"), ("staff_trained", "接受培训"))),
        indicators.at_most(("ip_invent",), "ip_total", "发明专利", "有效知识产权", "件"),
        indicators.at_most(("fin_n",), "fin_n_cum", "当年获投融资", "累计", "户"),
        indicators.at_most(("fin_amt",), "fin_amt_cum", "当年获投融资金额", "累计", "万元"),
        *(indicators.at_most((name,), "t_end", label, "年末在孵企业", "户") for name, label in
          (("n_tech", "科技型中小企业"), ("n_high", "高新技术企业"), ("n_special", "专精特新企业"), ("n_above", "规模以上企业"))),
        indicators.reasons_given(SOFT_OF_A_YEAR), pledged,
    ),
)

REPORTS = {table.key: table for table in (QUARTERLY_REPORT, ANNUAL_REPORT)}
SOFT = {"quarterly_report": SOFT_OF_A_QUARTER, "annual_report": SOFT_OF_A_YEAR}
