"""Inspection 年检和专项检查 (Article 14, A14-1 to A14-4, §8.12): the plan, the draw, findings, the conclusion."""

from collections.abc import Iterable, Mapping

from ..articles import label_of
from ..inspections import CONCLUSIONS, FINDING_CODES, SHARE_AT_LEAST, SKIP_REASON_AT_LEAST
from .model import DOCUMENT_TYPES, Field, FieldTable, Problem

CAUSES = (("accident", "发生事故"), ("major_event", "重大事项报告"), ("complaint", "投诉、线索"), ("other", "其他"))
CODES = tuple((code, label_of(code)) for code in FINDING_CODES)
BATCHES_MOST = 12


def batches_in_order(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A batch ends after it begins, within the year of the plan."""
    year = values.get("year")
    for index, row in enumerate(values.get("batches") or ()):
        starts, ends = row.get("starts_on"), row.get("ends_on")
        if starts and ends and ends <= starts:
            yield Problem(f"batches-{index}-ends_on", "结束日不晚于开始日", "14", "核对两个日期")
        if starts and year and starts.year != year:
            yield Problem(f"batches-{index}-starts_on", f"开始日不在 {year} 年", "14", "核对年度和日期")


INSPECTION_PLAN = FieldTable(
    "inspection_plan", "年检计划",
    (("plan", "计划", "1月1日有效的基地，每家在一个批次里，或者列明本年未安排的理由"), ("batches", "批次", "")),
    (
        Field("year", "年度", "int", "14", minimum=2023, maximum=2100, group="plan"),
        Field("decided_on", "计划日期", "date", "14", maximum="today", group="plan", help="年检按这一天的标准办理"),
        Field("batches", "批次", "rows", "14", minimum=1, max_files=1, group="batches", key="title", columns=(
            Field("title", "名称", "text", "14", max_length=30),
            Field("starts_on", "开始日", "date", "14"),
            Field("ends_on", "结束日", "date", "14"),
        )),
    ),
    (batches_in_order,),
)

INSPECTION_DRAW = FieldTable(
    "inspection_draw", "抽取踏查名单", (("draw", "抽取", "种子和名单公开，谁都可以重算"),),
    (
        Field("seed", "种子", "text", "14", minimum=6, max_length=80, group="draw",
              help="抽取以后才知道的公开文字，例如某一天的彩票开奖号码和期号"),
        Field("share", "踏查比例", "int", "14", "%", minimum=SHARE_AT_LEAST, maximum=100, group="draw"),
    ),
)

INSPECTION_SKIP = FieldTable(
    "inspection_skip", "本年未安排", (("skip", "理由", ""),),
    (Field("skip_reason", "理由", "long_text", "14", minimum=SKIP_REASON_AT_LEAST, max_length=300, group="skip"),),
)

ADHOC_INSPECTION = FieldTable(
    "adhoc_inspection", "专项检查", (("cause", "为什么检查", "计划以外的检查，和年检一样分线上审查和实地踏查"),),
    (
        Field("cause", "起因", "choice", "14", choices=CAUSES, group="cause"),
        Field("facts", "情况", "long_text", "14", minimum=10, max_length=1000, group="cause"),
    ),
)

INSPECTION_FINDING = FieldTable(
    "inspection_finding", "问题", (("finding", "问题", "每条对应第十五条或第十六条（二）的一项"),),
    (
        Field("code", "依据", "choice", "14", choices=CODES, group="finding"),
        Field("fact", "事实", "long_text", "14", minimum=10, max_length=500, group="finding"),
        Field("evidence", "证据", "files", "14", required=False, accept=DOCUMENT_TYPES, max_files=5, group="finding"),
    ),
)

FINDING_EXPLANATION = FieldTable(
    "finding_explanation", "说明", (("explanation", "说明", ""),),
    (Field("explanation", "说明", "long_text", "14", minimum=5, max_length=1000, group="explanation"),),
)

INSPECTION_CONCLUSION = FieldTable(
    "inspection_conclusion", "结论", (("conclusion", "结论", "系统只作建议，结论由人作出"),),
    (
        Field("conclusion", "结论", "choice", "14", choices=tuple(CONCLUSIONS.items()), group="conclusion"),
        Field("reason", "理由", "long_text", "14", required=False, max_length=500, group="conclusion",
              help=f"和系统建议不同的，写明理由，不少于 {SKIP_REASON_AT_LEAST} 字"),
        Field("lead_name", "负责人", "text", "14", required=False, max_length=20, group="conclusion"),
    ),
)
