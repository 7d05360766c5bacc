"""第十八、十九条: which change may be asked for, by whom, what excludes it, and the one change of each period of validity.

Pure functions; what counts and in which period is a function of dated facts (A18-3, AMB-06 to AMB-09).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from .articles import Refusal
from .calendar import Workday, chinese_date, days_due
from .standing import BaseFacts, Standing, ValidityPeriod, change_period

OPERATOR, INVESTOR, BASE_NAME, ENTITY_RENAME = "operator", "investor", "base_name", "entity_rename"
TYPES = (
    (OPERATOR, "变更运营机构"), (INVESTOR, "变更投资主体"), (BASE_NAME, "变更基地名称"),
    (ENTITY_RENAME, "投资主体或运营机构更名，代码不变"),
)
LABELS = dict(TYPES)
APPLICANTS = (("investor", "投资主体"), ("operator", "运营机构"))
# the operator is replaced at the wish of the investor alone (A18-4); the rest either of the two may ask for
MAY_APPLY = {OPERATOR: ("investor",), INVESTOR: ("investor", "operator"), BASE_NAME: ("investor", "operator"),
             ENTITY_RENAME: ("investor", "operator")}
PER_PERIOD = 1
# of these a base has one at a time (AMB-30)
MAJOR = {"change": "变更", "promotion": "晋级", "revocation": "撤销"}


def types_refusal(types: Iterable[str]) -> Refusal | None:
    """AMB-08, T100, T102: what one request may hold."""
    chosen = set(types)
    if not chosen:
        return Refusal("18", "还没有选变更什么", "至少选一项")
    if {OPERATOR, INVESTOR} <= chosen:
        return Refusal(
            "18", "一次申请不能同时变更投资主体和运营机构：变更运营机构以产权和用途不变为前提，变更投资主体以用途和运营机构不变为前提",
            "只选其中一项",
        )
    if ENTITY_RENAME in chosen and len(chosen) > 1:
        return Refusal("18", "单位更名和别的变更不能放在一次申请里", "单位更名单独申请")
    return None


def applicant_refusal(types: Iterable[str], applicant: str) -> Refusal | None:
    """A18-4: who may ask for what."""
    if OPERATOR in set(types) and applicant not in MAY_APPLY[OPERATOR]:
        return Refusal("18(1)", "变更运营机构由投资主体申请", "由投资主体签章申请；运营机构不配合的，属地工信局可以代为提交")
    return None


def site_refusal(moved: bool) -> Refusal | None:
    """A18-5: a move of the site is no case of 第十八条."""
    if not moved:
        return None
    return Refusal(
        "18(1)", "孵化场地要保持不变：运营机构自行换了场地、再来申请变更投资主体的，不属于可以变更的情形",
        "场地已经变化的，报告重大事项，由属地工信局核实",
    )


def standing_refusal(now: Standing) -> Refusal | None:
    """第十八条 speaks of what was recognised and holds; a filing is changed by a new filing."""
    if now.in_force:
        return None
    if not now.recognised_before:
        return Refusal("18", f"基地现在是“{now.label}”，还没有认定，不用申请变更", "备案内容有变化的重新备案")
    return Refusal("18", f"基地现在是“{now.text}”，不能申请变更", "先按现在的状态办理")


def exclusion_refusal(running: Iterable[str], wanted: str = "change") -> Refusal | None:
    """AMB-30: change, promotion and revocation exclude each other; `running` are the kinds under way."""
    others = [MAJOR[kind] for kind in running if kind in MAJOR and kind != wanted]
    if not others:
        return None
    return Refusal("18", f"基地的{'、'.join(dict.fromkeys(others))}正在办理，不能同时办{MAJOR[wanted]}", "等那一件办结再申请")


@dataclass(frozen=True)
class Approval:
    """One approved change: its date, whether it counts (AMB-09), whether the approval was annulled (A18-7)."""

    approved_on: date
    counted: bool = True
    annulled: bool = False


def counts(main_type: str, rename_counts: bool) -> bool:
    """AMB-09: a change of name under the same credit code counts unless the province says otherwise."""
    return main_type != ENTITY_RENAME or rename_counts


def used(facts: BaseFacts, approvals: Sequence[Approval], on: date) -> int:
    """How many changes count in the period of validity that holds on a day (AMB-06, AMB-07)."""
    period = change_period(facts, on)
    return sum(a.counted and not a.annulled and change_period(facts, a.approved_on) == period for a in approvals)


def second_refusal(facts: BaseFacts, approvals: Sequence[Approval], on: date) -> Refusal | None:
    """T97, T98: one approved change in each period of validity, whatever its type."""
    if used(facts, approvals, on) < PER_PERIOD:
        return None
    period = change_period(facts, on)
    until = f"，有效期到{chinese_date(period.to_on)}" if period and period.to_on else ""
    return Refusal("18", f"本有效期内已变更一次{until}", "续延以后的新有效期内可以再申请一次")


def period_of(facts: BaseFacts, approved_on: date) -> ValidityPeriod | None:
    """The period in which a change approved that day counts."""
    return change_period(facts, approved_on)


def implement_due(approved_on: date, days: int, workday: Workday) -> date:
    """Until when an approved change is carried out: natural days, moved on to a working day (§6, A18-7)."""
    return days_due(approved_on, days, workday)


def implement_refusal(on: date, approved_on: date, today: date) -> Refusal | None:
    """A18-2: carried out after the approval, and said when it is done."""
    if on < approved_on:
        return Refusal("18", f"实施日期早于同意变更的日期{chinese_date(approved_on)}", "通知以后才能实施，核对日期")
    if on > today:
        return Refusal("18", "实施日期还没有到", "实施以后再确认")
    return None


def annul_refusal(due_on: date, today: date) -> Refusal | None:
    """A18-7: an approval may be annulled once its deadline has gone by."""
    if today > due_on:
        return None
    return Refusal("18", f"实施期限到{chinese_date(due_on)}，还没有过", "过了期限仍没有实施的，可以作废")
