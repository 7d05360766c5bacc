"""Moving the due day of a report, and the log of outages (Article 13, AMB-22, AMB-42, A13-9)."""

from .model import Field, FieldTable

_WHEN = "例如 2026-04-20 16:30"

DUE_MOVE = FieldTable(
    "due_move", "调整截止日", (("due", "", ""),),
    (
        Field("code", "报告期", "choice", "13", group="due"),
        Field("region", "范围", "choice", "13", required=False, group="due"),
        Field("due_on", "新的截止日", "date", "13", group="due", help="含当日，到 24:00；只能延后"),
        Field("reason", "理由", "long_text", "13", minimum=10, max_length=300, group="due", help="不少于 10 个字，写明春节、系统故障等事由"),
        Field("outage", "依据的故障登记", "choice", "13", required=False, group="due"),
    ),
)
OUTAGE = FieldTable(
    "outage", "登记系统故障", (("outage", "", ""),),
    (
        Field("from_at", "从什么时候", "text", "13", max_length=20, group="outage", help=_WHEN),
        Field("to_at", "到什么时候", "text", "13", max_length=20, group="outage", help=_WHEN),
        Field("what", "哪里出了故障", "text", "13", max_length=120, group="outage"),
        Field("note", "备注", "long_text", "13", required=False, max_length=500, group="outage"),
    ),
)
