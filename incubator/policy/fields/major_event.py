"""Major-event report 重大事项报告 (Article 13, A13-7, domain.md §8.19), and what the county verifies."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ..major_events import ADDRESS, AREA, FOLLOW_UPS, KINDS, USE
from .filing import FILING, SCAN_HELP, area_is_positive, areas_add_up
from .model import DOCUMENT_TYPES, Field, FieldTable, Problem

AREA_FIELDS = ("area_total", "area_incub", "area_public", "area_maker")
YES_NO = (("no", "没有改变"), ("yes", "已经改变"))


def _is(kind: str):
    return lambda values: values.get("kind") == kind


def _areas(group: str) -> tuple[Field, ...]:
    return tuple(replace(FILING.field(name), required_if=_is(AREA), group=group, article="13", help="") for name in AREA_FIELDS)


def something_changed(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A report of areas or address says what is different from the register (``context["register"]``)."""
    now = context.get("register") or {}
    names = AREA_FIELDS if values.get("kind") == AREA else ("address",) if values.get("kind") == ADDRESS else ()
    given = [name for name in names if values.get(name) is not None]
    if names and len(given) == len(names) and all(values[name] == now.get(name) for name in names):
        yield Problem(names[0], "和现在登记的一样", "13", "填变化以后的")


MAJOR_EVENT = FieldTable(
    "major_event", "重大事项报告",
    (
        ("what", "什么事项", "发生后 10 个工作日内报告"), ("after", "变化以后", "只填和事项有关的；现在登记的已经带入"),
        ("facts", "经过和影响", ""), ("files", "材料", SCAN_HELP),
    ),
    (
        Field("kind", "事项类别", "choice", "13", choices=KINDS, group="what"),
        Field("happened_on", "发生日期", "date", "13", maximum="today", group="what"),
        *_areas("after"),
        Field("address", "变化以后的地址", "text", "13", max_length=100, required_if=_is(ADDRESS), group="after"),
        Field("new_use", "现在的用途", "text", "13", max_length=200, required_if=_is(USE), group="after"),
        Field("facts", "事项经过", "long_text", "13", minimum=10, max_length=1000, group="facts"),
        Field("effect", "对在孵企业的影响", "long_text", "13", max_length=500, group="facts"),
        Field("proof", "证明材料", "files", "13", required=False, accept=DOCUMENT_TYPES, max_files=10, group="files",
              help=SCAN_HELP),
    ),
    (areas_add_up, something_changed),
)

MAJOR_CHECK = FieldTable(
    "major_check", "核实重大事项",
    (("verified", "核实的情况", ""), ("opinion", "意见和后续", "")),
    (
        *_areas("verified"),
        Field("address", "核实的地址", "text", "13", max_length=100, required_if=_is(ADDRESS), group="verified"),
        Field("use_changed", "孵化用途", "choice", "13", choices=YES_NO, required_if=_is(USE), group="verified"),
        Field("valid_from", "从哪一天起变更", "date", "13", maximum="today", group="verified", help="核实的日期，登记的内容从这一天起变"),
        Field("opinion", "核实意见", "long_text", "13", minimum=10, max_length=1000, group="opinion"),
        Field("follow_up", "后续处理", "choice", "13", choices=FOLLOW_UPS, group="opinion"),
        Field("kind", "事项类别", "choice", "13", choices=KINDS, group="opinion", required=False),
    ),
    (area_is_positive, areas_add_up),
)
