"""Relaxation of a standard outside urban Changchun 放宽 (Article 5(2) and (4), AMB-02)."""

from ..criteria import REASON_AT_LEAST
from .filing import SCAN_HELP
from .model import DOCUMENT_TYPES, Field, FieldTable
from .opinion import document_number_form

_THRESHOLD = Field("threshold", "放宽到", "decimal", "5(2)", places=2, minimum=0, group="relaxation")
_REASON = Field("reason", "理由", "long_text", "5(2)", minimum=REASON_AT_LEAST, max_length=500, group="relaxation",
                help=f"不少于 {REASON_AT_LEAST} 字，说清当地情况和这一家的依据")
_GROUP = ("relaxation", "放宽", "")

RELAXATION_PROPOSAL = FieldTable("relaxation_proposal", "放宽建议", (_GROUP,), (_THRESHOLD, _REASON))
"""What the county or the city proposes for one standard."""

RELAXATION_GRANT = FieldTable(
    "relaxation_grant",
    "同意放宽",
    (_GROUP, ("document", "文件", "")),
    (
        _THRESHOLD, _REASON,
        Field("document_no", "文号", "text", "5(2)", max_length=40, group="document", help="例如 吉工信创业〔2026〕31号"),
        Field("file", "文件扫描件", "file", "5(2)", accept=DOCUMENT_TYPES, group="document", help=SCAN_HELP),
    ),
    (document_number_form,),
)
"""What the province grants: the threshold that holds for this base from then on, with its paper."""

RELAXATION_REFUSAL = FieldTable("relaxation_refusal", "不同意放宽", (_GROUP,), (_REASON,))
"""Why the province does not grant what was proposed."""
