"""Objection 异议, tip 线索 and complaint 投诉 on a public notice (Article 8, AMB-21, §8.17)."""

from .model import DOCUMENT_TYPES, Field, FieldTable

OBJECTION_KINDS = {"objection": "异议", "tip": "线索", "complaint": "投诉"}
OBJECTION_RESULTS = {
    "received": "收到，还没有开始核查", "checking": "正在核查", "upheld": "成立", "partly": "部分成立", "rejected": "不成立",
}
UNANSWERED = ("received", "checking")
# 公示无异议的 may be recognised: what holds in part is an objection that holds (Article 8)
UPHELD = ("upheld", "partly")
OBJECTORS = (("person", "个人"), ("unit", "单位，附盖公章的书面意见"), ("anonymous", "不留姓名，只提供线索"))
RESULTS = (("rejected", "不成立"), ("partly", "部分成立"), ("upheld", "成立"))
MOST_PROOFS = 5


def objection_kind(*, named: bool, in_time: bool) -> str:
    """What a message on a notice counts as (T58–T60): never refused unread, and only a named one in time blocks."""
    if not in_time:
        return "complaint"
    return "objection" if named else "tip"


def _named(values) -> bool:
    return values.get("objector") in ("person", "unit")


def _unit(values) -> bool:
    return values.get("objector") == "unit"


OBJECTION = FieldTable(
    "objection",
    "异议",
    (("who", "您的身份", "只给核实人员看"), ("what", "事实和依据", "")),
    (
        Field("case_id", "对哪一家提出", "int", "8", group="who"),
        Field("objector", "您以什么身份提出", "choice", choices=OBJECTORS, group="who"),
        Field("name", "姓名或单位名称", "text", max_length=40, required_if=_named, group="who",
              help="单位写全称"),
        Field("contact", "单位的联系人", "text", max_length=20, required_if=_unit, group="who",
              help="单位提出的填写"),
        Field("phone", "手机号", "phone", secret=True, required_if=_named, group="who",
              help="核实时会打这个电话"),
        Field("seal", "盖公章的书面意见", "file", accept=DOCUMENT_TYPES, required_if=_unit, group="who",
              help="单位提出的上传扫描件，PDF、JPG 或 PNG，不超过 20 MB。"),
        Field("facts", "事实和依据", "long_text", minimum=10, max_length=1000, group="what",
              help="什么时间、什么事、您怎么知道的。能说明哪一条标准不符合更好。"),
        Field("proof", "证明材料", "files", accept=DOCUMENT_TYPES, required=False, max_files=MOST_PROOFS, group="what",
              help=f"可以不附，最多 {MOST_PROOFS} 个。PDF、JPG 或 PNG，每个不超过 20 MB。"),
    ),
)

OBJECTION_CHECK = FieldTable(
    "objection_check",
    "核查异议",
    (("check", "核查人", ""),),
    (
        Field("verifier", "核查人", "int", "8", group="check",
              help="省厅的一位同事，由他核实并准备答复。"),
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

BACK = FieldTable(
    "objection_back",
    "退回重新办理",
    (("back", "退回哪里", ""),),
    (
        Field("outcome", "退回哪一环节", "choice", "8", choices=(), group="back"),
        Field("reason", "理由", "long_text", "8", minimum=10, max_length=500, group="back",
              help="至少 10 个字，说清事实和依据；申报单位看得到，不写提出异议的人。"),
    ),
)
