"""Decision document 认定（决定）文件 (Articles 8 and 10, A8-5, AMB-25, R-2.13)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from ..calendar import LATE_ENTRY_DAYS, chinese_date, decision_refusal, late_entry_refusal
from .filing import SCAN_HELP
from .model import DOCUMENT_TYPES, Field, FieldTable, Problem
from .opinion import document_number_form


@dataclass(frozen=True)
class DecisionWords:
    """What a kind of decision is called: on its pages (`said` of a list, `done` of one base) and in a new title.

    `since`: a validity of its own is shown beside it (第十条); else the day from which it holds.
    """

    label: str
    title: str
    said: str
    done: str
    article: str
    good: bool = True


DECISIONS: dict[str, DecisionWords] = {
    "recognition": DecisionWords("认定", "关于认定{year}年吉林省创业孵化基地的通知", "认定下列 {n} 家为吉林省创业孵化基地",
                                 "认定为吉林省创业孵化基地", "8"),
    "promotion": DecisionWords("晋级", "关于{year}年吉林省创业孵化示范基地晋级的通知", "下列 {n} 家晋级为吉林省创业孵化示范基地",
                               "晋级为吉林省创业孵化示范基地", "8"),
    "renewal": DecisionWords("续延", "关于{year}年吉林省创业孵化基地有效期续延的通知", "下列 {n} 家的有效期续延三年",
                             "有效期续延", "10"),
    "change": DecisionWords("变更", "关于同意吉林省创业孵化基地变更事项的通知", "同意下列 {n} 家变更", "同意变更", "18"),
    "downgrade": DecisionWords("降级", "关于吉林省创业孵化示范基地降级的通知", "下列 {n} 家降为吉林省创业孵化基地",
                               "由示范基地降为吉林省创业孵化基地", "15", good=False),
    "rectification": DecisionWords("限期整改", "关于吉林省创业孵化基地限期整改的通知", "责令下列 {n} 家限期整改", "限期整改", "15",
                                   good=False),
    "revocation": DecisionWords("撤销", "关于撤销吉林省创业孵化基地的通知", "撤销下列 {n} 家的吉林省创业孵化基地称号",
                                "撤销吉林省创业孵化基地称号", "16", good=False),
}
# the documents of the time before these Measures: imported with the bases that they recognised (第二十条, AMB-16)
LEGACY = "legacy"
_LEGACY_WORDS = DecisionWords("原办法认定", "", "按原办法认定", "按原办法认定", "20")


def words_of(kind: str) -> DecisionWords:
    """What a document is called, the older ones included."""
    return _LEGACY_WORDS if kind == LEGACY else DECISIONS[kind]


DECISION_KINDS = tuple((key, words.label) for key, words in DECISIONS.items())


def consequence(kind: str, effective_on: date, valid_from: date | None, valid_to: date | None) -> str:
    """What an item of a document gives a base, in words: its validity, or the day from which it holds."""
    if valid_from is not None and valid_to is not None:
        return f"有效期 {chinese_date(valid_from)}—{chinese_date(valid_to)}，第十条"
    article = {"8": "第八条", "15": "第十五条", "16": "第十六条", "18": "第十八条"}[DECISIONS[kind].article]
    return f"自{chinese_date(effective_on)}起，{article}"


def after_notice(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A8-5, T57: dated after the notice's last day (``context["notice_end"]``)."""
    dated, end = values.get("document_on"), context.get("notice_end")
    if dated and end:
        refusal = decision_refusal(dated, end)
        if refusal:
            yield Problem("document_on", refusal.reason, refusal.article, refusal.way_out)


def reason_when_late(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """R-2.13: a document dated more than ``context["late_days"]`` days before ``context["today"]`` needs a reason."""
    dated, today = values.get("document_on"), context.get("today")
    if dated and today:
        refusal = late_entry_refusal(
            dated, today, values.get("late_reason"), context.get("late_days", LATE_ENTRY_DAYS)
        )
        if refusal:
            yield Problem("late_reason", refusal.reason, refusal.article, refusal.way_out)


def december(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """AMB-25: a document of December starts its validity within weeks; one of January a year later."""
    dated = values.get("document_on")
    if dated and dated.month == 12 and values.get("kind") == "recognition":
        yield Problem(
            "document_on",
            f"文件日期在12月，有效期自{dated.year + 1}年1月1日起算；落款在次年1月的，晚一年起算",
            "10", "核对文件原件的落款日期，以文件日期为准", level="warning",
        )


DECISION = FieldTable(
    "decision",
    "认定（决定）文件",
    (
        ("document", "文件", "按文件原件填写，文件日期决定有效期"),
        ("items", "涉及基地", "一份文件涉及的基地同时生效"),
    ),
    (
        Field("kind", "文件类别", "choice", "8", choices=DECISION_KINDS, group="document"),
        Field("document_no", "文号", "text", "8", max_length=40, group="document",
              help="例如 吉工信创业〔2023〕92号"),
        Field("document_on", "文件日期", "date", "10", maximum="today", group="document"),
        Field("title", "标题", "text", "8", max_length=100, group="document"),
        Field("file", "文件扫描件", "file", "8", accept=DOCUMENT_TYPES, group="document",
              help=SCAN_HELP),
        Field("late_reason", "补登理由", "text", "10", required=False, max_length=300,
              group="document", help="文件日期比登记日早得多的填写，一般是 30 天以上"),
        Field("supplements", "补充哪份文件", "int", "8", required=False, group="document",
              help="补登公示时被异议耽搁的单位时选，两份文件互相能看到。"),
        Field("items", "涉及基地", "rows", "8", minimum=1, group="items", key="case_id",
              columns=(
                  Field("case_id", "事项编号", "int", "8"),
                  Field("base_name", "基地名称", "text", "19", max_length=30),
              )),
    ),
    (document_number_form, after_notice, reason_when_late, december),
)
