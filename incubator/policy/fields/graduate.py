"""Graduated tenants 毕业企业名册 (Article 6(2), domain.md §8.8): one row of it.

The Measures give no definition of graduation; the criteria are those of comparable rules, several may hold.
"""

from collections.abc import Iterable, Mapping

from .filing import SCAN_HELP
from .model import DOCUMENT_TYPES, Field, FieldTable, Problem
from .records import STRUCK_GROUP, struck_fields

CRITERIA = (
    ("high_tech", "高新技术企业"),
    ("funded", "累计获投资超过 500 万元"),
    ("revenue", "连续 2 年营业收入累计超过 1 000 万元"),
    ("merged", "被并购或挂牌上市"),
    ("other", "其他"),
)


def _other(values: Mapping) -> bool:
    return "other" in (values.get("criterion") or ())


def dates_in_order(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """§8.8: graduation lies after entry."""
    entered, graduated = values.get("in_on"), values.get("grad_on")
    if entered and graduated and graduated <= entered:
        yield Problem("grad_on", "毕业日期不晚于入孵日期", "6(2)", "核对两个日期")


def unique_among_active(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A code occurs once: cumulative graduates are counted by distinct codes (§8.8)."""
    code = values.get("uscc")
    if code and values.get("status", "active") == "active" and code in (context.get("taken") or ()):
        yield Problem("uscc", "毕业企业名册中已有同一代码", "6(2)", "修改原有的一行，不另加行")


GRADUATE = FieldTable(
    "graduate",
    "毕业企业名册",
    (("company", "企业", ""), ("graduation", "毕业", ""), ("after", "毕业以后", ""), STRUCK_GROUP),
    (
        Field("name", "企业名称", "text", "6(2)", max_length=80, group="company"),
        Field("uscc", "统一社会信用代码", "uscc", "6(2)", group="company"),
        Field("in_on", "入孵日期", "date", "6(2)", maximum="today", group="graduation"),
        Field("grad_on", "毕业日期", "date", "6(2)", maximum="today", group="graduation"),
        Field("criterion", "毕业条件", "multi", "6(2)", choices=CRITERIA, group="graduation"),
        Field("criterion_note", "其他条件说明", "text", "6(2)", required_if=_other, minimum=4, max_length=200,
              group="graduation", help="选了“其他”的填写"),
        Field("revenue", "毕业时年营业收入", "decimal", "6(2)", "万元", places=2, minimum=0, group="graduation"),
        Field("jobs", "毕业时从业人员", "int", "6(2)", "人", minimum=0, group="graduation"),
        Field("now_at", "现注册地", "text", "6(2)", required=False, max_length=100, group="after"),
        Field("in_province", "留在本省", "bool", "6(2)", group="after"),
        Field("proof", "毕业证明", "file", "6(2)", accept=DOCUMENT_TYPES, group="after", help=SCAN_HELP),
        *struck_fields("6(2)"),
    ),
    (dates_in_order, unique_among_active),
)
