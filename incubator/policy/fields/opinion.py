"""What the words of a reviewing office must be: opinion, reason, remark, document number (Article 7, A7-5, A7-6, A7-11).

The page of an act, the return of a report and the batch take their lengths from here, and so does the engine.
"""

from collections.abc import Iterable, Mapping

from ..identifiers import WrongIdentifier, document_number
from .model import Problem

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
