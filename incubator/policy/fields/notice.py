"""Public notice 公示 (Article 8, A8-4, AMB-20)."""

from collections.abc import Iterable, Mapping

from ..calendar import NOTICE_DAYS, notice_refusal
from .model import Field, FieldTable, Problem

LEVELS = (("base", "省级基地"), ("demonstration", "省级示范基地"))


def long_enough(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """AMB-20: seven days, the first not counted, rolled; longer is free, shorter is not.

    ``context["workday"]`` is the calendar of working days; without it Saturdays
    and Sundays are the only days off. ``context["notice_days"]`` is the term that the province has set.
    """
    start, end = values.get("starts_on"), values.get("ends_on")
    if start and end:
        workday = context.get("workday") or (lambda day: day.weekday() < 5)
        refusal = notice_refusal(start, end, workday, context.get("notice_days", NOTICE_DAYS))
        if refusal:
            yield Problem("ends_on", refusal.reason, refusal.article, refusal.way_out)


NOTICE = FieldTable(
    "notice",
    "公示",
    (
        ("notice", "公示", "起始日不计，期满后次日方可发文"),
        ("items", "公示名单", ""),
        ("contact", "异议受理", "单位异议盖章，个人异议署实名和联系方式"),
    ),
    (
        Field("title", "标题", "text", "8", max_length=100, group="notice"),
        Field("starts_on", "起始日", "date", "8", group="notice"),
        Field("ends_on", "截止日", "date", "8", group="notice", help="当日 24:00 止"),
        Field("body", "正文", "long_text", "8", max_length=2000, group="notice"),
        Field("items", "公示名单", "rows", "8", minimum=1, group="items", key="case_id",
              columns=(
                  Field("case_id", "事项编号", "int", "8"),
                  Field("base_name", "基地名称", "text", "19", max_length=30),
                  Field("operator_name", "运营机构", "text", "8", max_length=80),
                  Field("level", "拟定等级", "choice", "8", choices=LEVELS),
              )),
        Field("contact_unit", "受理处室", "text", "8", max_length=60, group="contact"),
        Field("contact_phone", "受理电话", "text", "8", max_length=30, group="contact"),
        Field("contact_address", "受理地址", "text", "8", max_length=100, group="contact"),
    ),
    (long_enough,),
)
