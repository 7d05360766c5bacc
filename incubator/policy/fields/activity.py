"""Activities of innovation and entrepreneurship 双创活动 that a base took part in (Article 9, A9-1)."""

from datetime import date

from .filing import SCAN_HELP
from .model import DOCUMENT_TYPES, Field, FieldTable
from .records import STRUCK_GROUP, struck_fields

PARTS = (("host", "主办"), ("undertake", "承办"), ("support", "协办"), ("join", "参加"), ("compete", "参赛"))
LEVELS = (("nation", "国家级"), ("province", "省级"), ("city", "市级"), ("county", "县级"), ("base", "基地自办"))

ACTIVITY = FieldTable(
    "activity",
    "双创活动",
    (("activity", "活动", ""), ("proof", "证明", ""), STRUCK_GROUP),
    (
        Field("name", "活动名称", "text", "9", minimum=2, max_length=100, group="activity"),
        Field("held_on", "活动日期", "date", "9", minimum=date(2000, 1, 1), maximum="today", group="activity"),
        Field("organiser", "主办单位", "text", "9", max_length=100, group="activity"),
        Field("role", "参与方式", "choice", "9", choices=PARTS, group="activity"),
        Field("level", "活动级别", "choice", "9", required=False, choices=LEVELS, group="activity"),
        Field("people", "参加人数", "int", "9", "人", required=False, minimum=0, maximum=99999, group="activity"),
        Field("result", "成果或获奖", "text", "9", required=False, max_length=200, group="activity"),
        Field("proof", "证明材料", "file", "9", accept=DOCUMENT_TYPES, group="proof", help=SCAN_HELP),
        *struck_fields("9"),
    ),
)
