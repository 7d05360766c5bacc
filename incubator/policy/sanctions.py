"""Downgrade, rectification and revocation as rules (第十五至十七条, A15-1 to A17-2, AMB-15).

Pure functions. Who decides is another person than who prepared; service of the paper is no condition of effect.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from .articles import Refusal
from .calendar import Workday, add_working_days, chinese_date, tax_stop
from .counting import Account, by_natural_days
from .inspections import REVOCATION_CODES
from .standing import LAPSED, REVOKED, Standing

VOLUNTARY, PROPOSED, DIRECT = "voluntary", "proposed", "direct"
ROUTES = {VOLUNTARY: "逐级，双方申请", PROPOSED: "逐级，属地提出", DIRECT: "省厅直接撤销"}
EXPIRED, LAPSE = "rectification", "lapsed"
PROPOSALS = {EXPIRED: "整改期满仍达不到标准", LAPSE: "有效期满没有申请续延"}
REASON_AT_LEAST = 10
RECOVERY, TAX = "plaque_recovery", "tax_notice"
FOLLOW_UPS = {RECOVERY: "收回牌匾", TAX: "通知主管税务机关"}


def expired(rectification_due: date | None, on: date) -> bool:
    """Whether a rectification's time is over on a day: from the day after its last day (A15-5, T87)."""
    return rectification_due is not None and on > rectification_due


def proposal_due(ended_on: date, days: int, workday: Workday) -> Account:
    """Until when the county starts the graded route after an end (AMB-15): counted from that end, rolled."""
    return replace(by_natural_days(ended_on, days, workday), event="整改期满")


def proposal_refusal(reason: str, now: Standing, on: date) -> Refusal | None:
    """Why the county may not propose a revocation for that reason, None when it may (A16-2)."""
    if now.state == REVOKED:
        return Refusal("16", "这个基地已经撤销", "不用再提")
    if reason == EXPIRED and not (now.rectifying and expired(now.rectification_due, on)):
        until = f"，整改到{chinese_date(now.rectification_due)}" if now.rectification_due else ""
        return Refusal("16(1)2", f"整改期还没有满，或者没有在整改{until}", "期满次日起仍没有验收合格的再提")
    if reason == LAPSE and now.state != LAPSED:
        return Refusal("16(1)2", f"现在是“{now.label}”，不是期满未续延", "有效期满没有申请续延的再提")
    return None


def direct_refusal(codes: Iterable[str], now: Standing) -> Refusal | None:
    """Why the province may not begin a direct revocation, None when it may (A16-3)."""
    codes = list(codes)
    if not codes or set(codes) - set(REVOCATION_CODES):
        return Refusal("16(2)", "没有选第十六条（二）的情形", "至少选一项")
    if now.state == REVOKED or not now.recognised_before:
        return Refusal("16(2)", f"现在是“{now.label}”，没有可以撤销的认定", "核对是不是这个基地")
    return None


def defence_until(notified_on: date, days: int, workday: Workday) -> date:
    """The last day on which the base may state its case (A16-4): working days, the day of the notice not counted."""
    return add_working_days(notified_on, days, workday)


def notice_refusal(notified_on: date, began_on: date) -> Refusal | None:
    """Why a notice may not be of that day: nobody was told before the case came to its decision (A16-4)."""
    if notified_on < began_on:
        return Refusal("16", f"送达日期早于拟决定的日期{chinese_date(began_on)}", "核对送达回证；以前送达的，重新告知")
    return None


@dataclass(frozen=True)
class Heard:
    """What is on record of the hearing: notice or waiver, the window, statements and whether they were answered."""

    notified_on: date | None = None
    until: date | None = None
    waived_reason: str = ""
    unanswered: int = 0


def hearing_refusal(voluntary: bool, heard: Heard, on: date) -> Refusal | None:
    """Why a revocation may not be decided on a day, None when it may (A16-4)."""
    if voluntary:
        return None
    if heard.notified_on is None and not heard.waived_reason:
        return Refusal("16", "还没有事先告知", "送达事先告知书，或者由负责人写明不告知的理由")
    if heard.unanswered:
        return Refusal("16", f"有 {heard.unanswered} 份陈述申辩还没有答复", "先逐份答复")
    if heard.until is not None and on <= heard.until:
        return Refusal("16", f"陈述申辩期到{chinese_date(heard.until)} 24:00", f"{chinese_date(heard.until)}以后再决定")
    return None


@dataclass(frozen=True)
class TaxStop:
    """From which day the relief ends: what the rule gives, and what another law gives instead (A17-2)."""

    computed: date
    holds: date
    why: str = ""


def tax_stop_of(revoked_on: date, override: date | None = None, basis: str = "") -> TaxStop:
    """The first of the month after the revocation, or the day that the province took from another law; both are kept."""
    computed = tax_stop(revoked_on)
    return TaxStop(computed, override or computed, basis if override else "")


def funds_refusal(now: Standing) -> Refusal | None:
    """Why a base may not apply for the special funds on the day of that standing, None when it may (A15-3, T89)."""
    if now.funds_open:
        return None
    if now.rectifying and now.in_force:
        due = f"，到{chinese_date(now.rectification_due)}" if now.rectification_due else ""
        return Refusal("15", f"整改期间{due}", "验收合格次日起可以申报")
    return Refusal("15", f"不在有效期，{now.text}", "")


def follow_up_refusal(
    kind: str, done_on: date | None, unable_reason: str, *, decided_on: date, proof: bool, condition: str = ""
) -> tuple[str, Refusal] | None:
    """T96, A17-1: field and reason why it is not done yet, None when it is.

    What cannot be recovered says why; what was is not excused as well, comes after the document of ``decided_on``, and
    is proved: a photo (``proof``) and the plaque's condition.
    """
    found = _excuse_refusal(kind, done_on is not None, unable_reason.strip())
    if found is not None or done_on is None:
        return found and ("unable_reason", found)
    if done_on < decided_on:
        return "done_on", Refusal("17", f"日期早于撤销文件的日期{chinese_date(decided_on)}", "核对日期")
    if not proof:
        return "file", Refusal("17", "没有照片、回执的不算办完", "上传收回牌匾的照片" if kind == RECOVERY else "上传税务机关回执")
    if kind == RECOVERY and not condition.strip():
        return "condition", Refusal("17", "收回了的写明牌匾情况", "例如 完好、有破损")
    return None


def _excuse_refusal(kind: str, done: bool, reason: str) -> Refusal | None:
    if kind == TAX and reason:
        return Refusal("17", "通知税务机关没有“无法办理”", "填通知的文号、日期和接收机关")
    if not done and len(reason) < REASON_AT_LEAST:
        return Refusal("17", f"无法收回的，理由至少写 {REASON_AT_LEAST} 个字", "写明牌匾的下落和找过谁")
    if done and reason:
        return Refusal("17", "收回了的不写无法收回的理由", "二选一")
    return None
