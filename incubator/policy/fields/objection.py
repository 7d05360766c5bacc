"""Objection 异议, tip 线索 and complaint 投诉 on a public notice (Article 8, AMB-21)."""

from .model import DOCUMENT_TYPES, Field, FieldTable

OBJECTION_KINDS = {"objection": "异议", "tip": "线索", "complaint": "投诉"}
OBJECTION_RESULTS = {"received": "正在核实", "upheld": "成立", "rejected": "不成立"}
OBJECTORS = (("person", "个人"), ("unit", "单位，附盖公章的扫描件"), ("anonymous", "不留姓名，只提供线索"))
RESULTS = (("rejected", "不成立"), ("upheld", "成立"))


def objection_kind(*, named: bool, in_time: bool) -> str:
    """What a message on a notice counts as (T58–T60): never refused unread, and only a named one in time blocks."""
    if not in_time:
        return "complaint"
    return "objection" if named else "tip"


def _named(values) -> bool:
    return values.get("objector") in ("person", "unit")


OBJECTION = FieldTable(
    "objection",
    "异议",
    (("who", "您的身份", "只给核实人员看"), ("what", "事实和依据", "")),
    (
        Field("case_id", "对哪一家提出", "int", "8", group="who"),
        Field("objector", "您以什么身份提出", "choice", choices=OBJECTORS, group="who"),
        Field("name", "姓名或单位名称", "text", max_length=40, required_if=_named, group="who",
              help="单位写全称"),
        Field("phone", "手机号", "phone", secret=True, required_if=_named, group="who",
              help="核实时会打这个电话"),
        Field("facts", "事实和依据", "long_text", minimum=10, max_length=1000, group="what",
              help="什么时间、什么事、您怎么知道的。能说明哪一条标准不符合更好。"),
        Field("proof", "证明材料", "file", accept=DOCUMENT_TYPES, required=False,
              required_if=lambda values: values.get("objector") == "unit", group="what",
              help="PDF、JPG 或 PNG，不超过 20 MB。单位提出的，附盖公章的扫描件；个人可以不附。"),
    ),
)

OBJECTION_ANSWER = FieldTable(
    "objection_answer",
    "异议答复",
    (("answer", "核实结果", ""),),
    (
        Field("result", "结论", "choice", "8", choices=RESULTS, group="answer"),
        Field("reply", "答复", "long_text", "8", minimum=10, max_length=1000, group="answer",
              help="提出的人凭受理编号能看到这段话；不写他的姓名和电话。"),
    ),
)
