"""What the province sets: an edition of a value, and days that differ from the plain week (Article 22)."""

from ..parameters import REASON_LEAST
from .model import Field, FieldTable

EDITION = FieldTable(
    "edition",
    "新的值",
    (("edition", "新的值", ""),),
    (
        Field("value", "新的值", "decimal", "22", places=2, minimum=0, group="edition"),
        Field("from_on", "从哪天起", "date", group="edition", help="今天或以后。写成 2026-10-15 或 2026年10月15日都可以"),
        Field("document_no", "文号", "text", required=False, max_length=40, group="edition",
              help="改办法写明的标准要有文件，例如 吉工信创业〔2026〕12号"),
        Field("reason", "理由", "long_text", minimum=REASON_LEAST, max_length=300, group="edition",
              help=f"至少 {REASON_LEAST} 个字，和改动一起留存"),
    ),
)

DAYS = FieldTable(
    "days",
    "改一天或几天",
    (("days", "改一天或几天", ""),),
    (
        Field("first_on", "第一天", "date", "22", group="days"),
        Field("last_on", "最后一天", "date", required=False, group="days", help="只改一天不用填"),
        Field("works", "这几天", "choice", choices=(("no", "休息"), ("yes", "上班")), group="days"),
        Field("name", "名称", "text", max_length=20, group="days", help="例如 国庆节、国庆节调休"),
        Field("reason", "依据", "long_text", minimum=REASON_LEAST, max_length=300, group="days",
              help=f"至少 {REASON_LEAST} 个字，例如 国务院办公厅 2027 年节假日安排的通知"),
    ),
)
