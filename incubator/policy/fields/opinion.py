"""Opinions of reviewing offices and returns for correction (Article 7, A7-5, A7-6, A7-11)."""

from collections.abc import Iterable, Mapping

from ..identifiers import WrongIdentifier, document_number
from .filing import SCAN_HELP
from .model import DOCUMENT_TYPES, Field, FieldTable, Problem

OPINION_LENGTH = 500
REASON_AT_LEAST = 10
REMARK_LENGTH = 300


def document_number_form(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """GB/T 9704: 机关代字〔年份〕序号号 (T61); used by every form with a document number."""
    if values.get("document_no"):
        try:
            number = document_number(values["document_no"])
        except WrongIdentifier as wrong:
            yield Problem("document_no", wrong.reason, wrong.article, wrong.way_out)
        else:
            dated = values.get("document_on")
            if dated and number.year != dated.year:
                yield Problem(
                    "document_no",
                    f"文号年份 {number.year} 与文件日期年份 {dated.year} 不一致",
                    "10",
                    "核对文件原件，无误的不用改",
                    "warning",
                )


OPINION = FieldTable(
    "opinion",
    "审核意见",
    (("opinion", "意见", ""), ("document", "正式文件", "有正式文件的填写")),
    (
        Field("opinion", "意见", "long_text", "7(3)", max_length=OPINION_LENGTH, group="opinion"),
        Field("responsible", "负责人", "text", "7(3)", max_length=20, group="opinion"),
        Field("document_no", "文号", "text", "7(4)", required=False, max_length=40,
              group="document", help="例如 长工信发〔2026〕15号"),
        Field("document_on", "文件日期", "date", "7(4)", maximum="today", group="document",
              required_if=lambda values: bool(values.get("document_no"))),
        Field("document_file", "文件扫描件", "file", "7(4)", accept=DOCUMENT_TYPES,
              group="document", help=SCAN_HELP,
              required_if=lambda values: bool(values.get("document_no"))),
    ),
    (document_number_form,),
)
"""Opinion block of county, city and province (§8.2); clerk and date come from the act."""

REFUSAL = FieldTable(
    "refusal",
    "不予办理意见",
    (("opinion", "理由", "理由全文告知申报单位"),),
    (
        Field("opinion", "理由", "long_text", "7", minimum=REASON_AT_LEAST,
              max_length=OPINION_LENGTH, group="opinion"),
        Field("responsible", "负责人", "text", "7", max_length=20, group="opinion"),
    ),
)
"""Reason of 不予备案, 不推荐, 不予上报, 不予受理 and the like."""

RETURN = FieldTable(
    "return",
    "退回补正",
    (("return", "退回补正", "问题一次说全，申报单位逐项补正"),),
    (
        Field("reason", "退回理由", "long_text", "7", minimum=REASON_AT_LEAST,
              max_length=OPINION_LENGTH, group="return", help=f"不少于 {REASON_AT_LEAST} 字"),
        Field("remarks", "逐项意见", "rows", "7", minimum=1, group="return",
              columns=(
                  Field("field", "项目", "text", "7", max_length=60),
                  Field("remark", "意见", "text", "7", max_length=300),
              )),
        Field("due_on", "补正期限", "date", "7", required=False, minimum="today", group="return"),
    ),
)
"""Return for correction: a reason of ten characters and one field remark at least (T43)."""
