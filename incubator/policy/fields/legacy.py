"""Rows of the import of older bases (Article 20, AMB-16, A20-2), the settling of their ends, and city schemes (Article 21)."""

from collections.abc import Iterable, Mapping

from .. import identifiers
from ..identifiers import WrongIdentifier
from .filing import SCAN_HELP
from .model import DOCUMENT_TYPES, Field, FieldTable, Problem

LEVELS = (("base", "省级基地"), ("demonstration", "省级示范基地"))
OPEN_END = "待核定"


def document_reads(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """The number of the paper of that time, whatever its brackets."""
    if values.get("document_no"):
        try:
            identifiers.document_number(values["document_no"])
        except WrongIdentifier as wrong:
            yield Problem("document_no", wrong.reason, wrong.article, wrong.way_out)


def end_after_document(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """AMB-16: typed from the old paper, never computed."""
    end, dated = values.get("valid_to"), values.get("document_on")
    if end and dated and end <= dated:
        yield Problem("valid_to", "有效期止不晚于原文件日期", "20", "核对原文件")


_DOCUMENT = (
    Field("document_no", "原文号", "text", "20", max_length=60, group="row"),
    Field("document_on", "原文件日期", "date", "20", maximum="today", group="row"),
)
LEGACY = FieldTable(
    "legacy", "旧办法认定的基地", (("row", "每行一家", ""),),
    (
        Field("name", "基地名称", "text", "19", max_length=60, group="row", help="照原文件写，不合现在格式的照样导入"),
        Field("level", "级别", "choice", "20", choices=LEVELS, group="row"),
        Field("division_code", "所在县（市、区）", "region", "20", group="row", help="写全称，例如 长春市朝阳区"),
        Field("address", "地址", "text", "20", max_length=100, group="row"),
        Field("operator_name", "运营机构", "text", "20", max_length=80, group="row"),
        Field("operator_uscc", "运营机构统一社会信用代码", "uscc", "20", group="row"),
        Field("investor_name", "投资主体", "text", "20", max_length=80, group="row"),
        Field("contact_name", "联系人", "text", "20", max_length=20, group="row"),
        Field("contact_phone", "联系人手机", "phone", "20", secret=True, group="row"),
        *_DOCUMENT,
        Field("valid_to", "有效期止", "date", "20", required=False, group="row", help="原文件没有写明的写“待核定”"),
    ),
    (document_reads, end_after_document),
)
HEADS = {f.label: f.name for f in LEGACY.fields}
"""Heading of a column → field."""

LEGACY_END = FieldTable(
    "legacy_end", "核定有效期", (("end", "", ""),),
    (
        Field("valid_to", "有效期止", "date", "20", group="end"),
        Field("reason", "依据", "long_text", "20", minimum=10, max_length=300, group="end", help="写明依据的文件，不少于 10 个字"),
    ),
)
LEGACY_NAME = FieldTable(
    "legacy_name", "规范名称", (("name", "", ""),),
    (
        Field("name", "规范后的名称", "text", "19", max_length=30, group="name", help="以“创业孵化基地”结尾，全省不重"),
        Field("reason", "依据", "long_text", "19", minimum=10, max_length=300, group="name", help="不少于 10 个字"),
    ),
)


def city_end(values: Mapping, context: Mapping) -> Iterable[Problem]:
    end, dated = values.get("ends_on"), values.get("document_on")
    if end and dated and end <= dated:
        yield Problem("ends_on", "到期日不晚于文件日期", "21", "核对文件")


CITY_BASE = FieldTable(
    "city_base", "市（州）级创业孵化基地", (("row", "", ""),),
    (
        Field("name", "名称", "text", "21", max_length=60, group="row"),
        Field("division_code", "所在县（市、区）", "region", "21", group="row"),
        Field("address", "地址", "text", "21", max_length=100, group="row"),
        Field("operator_name", "运营机构", "text", "21", max_length=80, group="row"),
        Field("document_no", "市（州）文件文号", "text", "21", max_length=60, group="row"),
        Field("document_on", "文件日期", "date", "21", maximum="today", group="row"),
        Field("ends_on", "到期日", "date", "21", required=False, group="row", help="文件没有写的不填"),
        Field("file", "文件扫描件", "file", "21", accept=DOCUMENT_TYPES, group="row", help=SCAN_HELP),
    ),
    (document_reads, city_end),
)
CITY_STRIKE = FieldTable(
    "city_strike", "移出名单", (("strike", "", ""),),
    (Field("reason", "原因和依据", "long_text", "21", minimum=10, max_length=300, group="strike", help="不少于 10 个字"),),
)
