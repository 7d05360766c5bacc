"""Plaque 牌匾 (Article 8, A8-6, A8-7): issue, swap and return."""

from collections.abc import Iterable, Mapping

from ..calendar import chinese_date
from .model import Field, FieldTable, Problem

# what is engraved: the level; the name of the base stays its own (Article 19, AMB-04)
WORDINGS = {"base": "吉林省创业孵化基地", "demonstration": "吉林省创业孵化示范基地"}
_ISSUE = (
    Field("plaque_no", "牌匾编号", "text", "8", max_length=40, group="issue", help="和牌匾上刻的一致，全省不重。"),
    Field("issued_on", "发放日期", "date", "8", maximum="today", group="issue"),
    Field("received_by", "领取人", "text", "8", max_length=40, group="issue", help="当场签收的人，不公开。"),
)
_RETURN = (
    Field("returned_on", "收回日期", "date", "17", maximum="today", group="return"),
    Field("return_reason", "收回原因", "text", "17", minimum=2, max_length=100, group="return",
          help="例如 晋级换发、降级换发、更名换发、牌匾损坏、撤销收回。"),
)


def not_before_decision(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A plaque follows its document (``context["decided_on"]``)."""
    issued, decided = values.get("issued_on"), context.get("decided_on")
    if issued and decided and issued < decided:
        yield Problem("issued_on", f"发放日期早于认定文件的日期{chinese_date(decided)}", "8", "核对签收单上的日期")


def in_order(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """The old one comes back after it went out (``context["old_issued_on"]``) and before the new one goes out."""
    back, issued, before = values.get("returned_on"), values.get("issued_on"), context.get("old_issued_on")
    if back and before and back < before:
        yield Problem("returned_on", f"收回日期早于这块牌匾的发放日期{chinese_date(before)}", "17", "核对收回的日期")
    if back and issued and issued < back:
        yield Problem("issued_on", "新牌匾的发放日期早于旧牌匾的收回日期", "8", "先收回旧的，再发新的")


PLAQUE = FieldTable("plaque", "发放牌匾", (("issue", "牌匾", ""),), _ISSUE, (not_before_decision,))
PLAQUE_RETURN = FieldTable("plaque_return", "收回牌匾", (("return", "收回", ""),), _RETURN, (in_order,))
PLAQUE_SWAP = FieldTable(
    "plaque_swap", "换发牌匾", (("return", "收回旧牌匾", ""), ("issue", "发放新牌匾", "")), (*_RETURN, *_ISSUE),
    (not_before_decision, in_order),
)
