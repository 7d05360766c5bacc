"""Promotion application 晋级申请 (Articles 6 and 9, domain.md §8.3).

The base's own data come prefilled; all of Article 5 is declared again (A6-2), nothing is relaxed (AMB-03). The
number and date of the recognition, tenants, jobs and graduates are computed.
"""

from collections.abc import Iterable, Mapping

from .filing import BASE_CHECKS
from .model import DOCUMENT_TYPES, WRITTEN_TYPES, Field, FieldTable, Problem
from .recognition import (
    GROUPS,
    RECOGNITION,
    both_service_groups,
    compulsory_rules_filed,
    credit_report_fresh,
    credit_report_of_each,
    declarations_hold,
)
from .track_record import track_record

MAKER_FEES = (("free", "免费"), ("low", "低成本"), ("market", "按市场价收费"))
ACTIVITY_ROLES = (("host", "主办"), ("co_host", "承办或协办"), ("joined", "参加"))
_LEFT_OUT = frozenset(("relax_items",))


def maker_space_free_or_cheap(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A6-1: a maker space is compulsory, free or at low cost; otherwise it is said at once, the reviewers decide."""
    if values.get("maker_fee") == "market":
        yield Problem("maker_fee", "创客空间按市场价收费，不符合晋级条件", "6(1)", "改为免费或低成本开放后再申请", "warning")


DEMONSTRATION_FIELDS = (
    Field("recog_doc_no", "认定文号", "text", "6", required=False, source="auto", group="demonstration", max_length=60),
    Field("recog_on", "认定文件日期", "date", "6", required=False, source="auto", group="demonstration"),
    Field("maker_name", "创客空间名称", "text", "6(1)", max_length=40, group="demonstration"),
    Field("maker_area", "创客空间面积", "decimal", "6(1)", "㎡", places=2, minimum=1, group="demonstration"),
    Field("maker_seats", "创客空间工位数", "int", "6(1)", "个", minimum=1, group="demonstration"),
    Field("maker_fee", "开放方式", "choice", "6(1)", choices=MAKER_FEES, group="demonstration"),
    Field("maker_fee_note", "收费标准", "text", "6(1)", max_length=200, group="demonstration", help="免费的写“免费”"),
    Field("makers", "上年度服务创客", "int", "6(1)", "人", required=False, minimum=0, group="demonstration"),
    Field("teams", "上年度服务团队", "int", "6(1)", "个", required=False, minimum=0, group="demonstration"),
    Field("grad_cum", "累计毕业企业", "int", "6(2)", "户", required=False, source="auto", group="demonstration",
          help="取自名册里毕业的企业，同一家只算一次"),
    *track_record("demonstration"),
    Field("demo_statement", "培育定位和示范效应", "long_text", "6(3)", max_length=2000, group="demonstration"),
    Field("activities", "参加双创活动", "rows", "9", required=False, group="demonstration",
          columns=(
              Field("name", "活动名称", "text", "9", max_length=60),
              Field("held_on", "日期", "date", "9", maximum="today"),
              Field("organiser", "主办单位", "text", "9", max_length=60),
              Field("role", "承担的工作", "choice", "9", choices=ACTIVITY_ROLES),
              Field("proof", "证明材料", "file", "9", required=False, accept=DOCUMENT_TYPES),
          )),
    Field("honours", "荣誉、媒体报道和经验推广", "rows", "6(3)", required=False, group="demonstration",
          columns=(
              Field("title", "名称", "text", "6(3)", max_length=80),
              Field("given_on", "日期", "date", "6(3)", maximum="today"),
              Field("proof", "证明材料", "file", "6(3)", required=False, accept=(*DOCUMENT_TYPES, *WRITTEN_TYPES)),
          )),
)

PROMOTION = FieldTable(
    "promotion",
    "吉林省创业孵化示范基地晋级申请",
    (
        ("base", "基地信息", "取自基地现在的登记，不用再填"),
        ("demonstration", "晋级条件", "第六条的条件，不适用放宽"),
        *(g for g in GROUPS if g[0] not in ("base", "relaxation")),
    ),
    (*(f for f in RECOGNITION.fields if f.name not in _LEFT_OUT), *DEMONSTRATION_FIELDS),
    (
        *BASE_CHECKS,
        declarations_hold,
        credit_report_of_each,
        credit_report_fresh,
        both_service_groups,
        compulsory_rules_filed,
        maker_space_free_or_cheap,
    ),
)
