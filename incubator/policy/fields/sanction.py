"""Rectification, revocation and what follows (Articles 15 to 17, §8.15, §8.18): the forms."""

from dataclasses import replace

from ..articles import ARTICLES, label_of
from ..inspections import REVOCATION_CODES
from ..sanctions import PROPOSALS, REASON_AT_LEAST
from .filing import SCAN_HELP
from .model import DOCUMENT_TYPES, Field, FieldTable
from .opinion import document_number_form

METHODS = (("direct", "直接送达"), ("left", "留置送达"), ("post", "邮寄送达"), ("notice", "公告送达"), ("system", "系统送达"))
GROUNDS = tuple((code, f"{label_of(code)} {ARTICLES[code].text}") for code in REVOCATION_CODES)


def _table(key: str, title: str, *fields: Field, checks=(), hint: str = "") -> FieldTable:
    return FieldTable(key, title, (("all", title, hint),), fields, checks)


def _scan(name: str, label: str, article: str, *, required: bool = True) -> Field:
    return Field(name, label, "file", article, required=required, accept=DOCUMENT_TYPES, group="all", help=SCAN_HELP)


def _day(name: str, label: str, article: str, **more) -> Field:
    return Field(name, label, "date", article, maximum="today", group="all", **more)


def _words(name: str, label: str, article: str, least: int = REASON_AT_LEAST, most: int = 1000, **more) -> Field:
    return Field(name, label, "long_text", article, minimum=least, max_length=most, group="all", **more)


def _text(name: str, label: str, article: str, most: int = 60, **more) -> Field:
    return Field(name, label, "text", article, max_length=most, group="all", **more)


_METHOD = Field("method", "送达方式", "choice", "16", choices=METHODS, group="all")

CONTRACT = _table(
    "rectification_contract", "整改要求",
    Field("items", "整改要求", "rows", "15", minimum=1, group="all", key="finding_id", columns=(
        Field("finding_id", "问题", "int", "15"),
        Field("required", "要达到的结果", "text", "15", minimum=5, max_length=300),
        Field("proof", "用什么证明", "text", "15", minimum=2, max_length=200),
    )),
)
"""The contract: what must be reached for each problem, and what proves it (A15-2)."""

REPORT = _table(
    "rectification_report", "整改报告",
    Field("items", "逐项情况", "rows", "15", minimum=1, group="all", key="item_id", columns=(
        Field("item_id", "项目", "int", "15"),
        Field("done", "做了什么", "text", "15", minimum=5, max_length=500),
    )),
    _words("summary", "整改总体情况", "15"),
    Field("files", "证明材料", "files", "15", accept=DOCUMENT_TYPES, max_files=10, group="all", help=SCAN_HELP),
    Field("pledge", "以上情况真实", "bool", "15", group="all"),
)

CHECKS = _table(
    "rectification_checks", "逐项核实",
    Field("items", "逐项核实", "rows", "15", minimum=1, group="all", key="item_id", columns=(
        Field("item_id", "项目", "int", "15"),
        Field("met", "是否达到", "choice", "15", choices=(("yes", "达到"), ("no", "没有达到"))),
        Field("remark", "现场看到的", "text", "15", minimum=2, max_length=300),
    )),
)

APPLICATION = _table(
    "revocation_application", "撤销申请",
    _words("facts", "申请撤销的理由", "16(1)1"),
    _words("tenants_plan", "在孵企业怎样安置", "16(1)1"),
    _scan("investor_consent", "投资主体同意书", "16(1)1"), _scan("operator_consent", "运营机构同意书", "16(1)1"),
)

PROPOSAL = _table(
    "revocation_proposal", "提出撤销",
    Field("reason", "情形", "choice", "16(1)2", choices=tuple(PROPOSALS.items()), group="all"),
    _words("facts", "事实和依据", "16(1)2"), _words("tenants_plan", "在孵企业怎样安置", "16(1)2", 5),
)

DIRECT = _table(
    "revocation_direct", "直接撤销",
    Field("codes", "情形", "multi", "16(2)", choices=GROUNDS, group="all"),
    _words("facts", "事实和依据", "16(2)"), _words("tenants_plan", "在孵企业怎样安置", "16(2)", 5),
    Field("evidence", "证据", "files", "16(2)", required=False, accept=DOCUMENT_TYPES, max_files=10, group="all", help=SCAN_HELP),
)

PRIOR_NOTICE = _table(
    "prior_notice", "事先告知",
    _day("notified_on", "送达日期", "16"), _METHOD, _text("receiver", "接收人", "16", 40), _scan("file", "事先告知书", "16"),
)
WAIVER = _table("prior_notice_waiver", "不作事先告知", _words("waived_reason", "理由", "16", most=500))

DEFENCE = _table(
    "defence", "陈述申辩",
    _words("words", "陈述申辩", "16", 5, 3000), _scan("file", "附件", "16", required=False),
)
DEFENCE_RECORD = _table(
    "defence_record", "登记陈述申辩", _day("received_on", "收到日期", "16"), *DEFENCE.fields,
)
ANSWER = _table("defence_answer", "答复陈述申辩", _words("answer", "答复", "16"))

SERVICE = _table(
    "service_record", "送达回证",
    _day("served_on", "送达日期", "15"), _METHOD, _text("served_by", "送达人", "15"),
    _text("receiver", "签收人", "15", 40, required=False, help="拒收的不填，写下面一栏"),
    _words("refusal", "拒收情况", "15", most=300, required=False), _scan("file", "送达回证", "15"),
)

RECOVERY = _table(
    "plaque_recovery", "收回牌匾",
    _day("done_on", "收回日期", "17", required=False), _text("condition", "牌匾情况", "17", required=False, help="收回了的写，例如 完好"),
    _words("unable_reason", "无法收回的理由", "17", most=300, required=False, help="收回了的不填"),
    replace(_scan("file", "照片", "17", required=False), help=f"收回了的上传；{SCAN_HELP}"),
)

TAX_NOTICE = _table(
    "tax_notice", "通知主管税务机关",
    _text("document_no", "通知文号", "17"), _day("done_on", "通知日期", "17"), _text("receiver", "税务机关", "17"),
    _scan("file", "税务机关回执", "17"),
    checks=(document_number_form,),
)

TAX_STOP = _table(
    "tax_stop", "另定停止日期",
    Field("stop_on", "停止享受优惠的日期", "date", "17", group="all"),
    _text("basis", "法律法规和条款", "17", 200, help="例如 税收征收管理法第三十五条"), _text("document_no", "文件", "17"),
)
