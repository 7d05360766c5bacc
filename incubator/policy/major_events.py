"""What a major event is, and what the county finds of it (第十三条, A13-7, AMB-38)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .articles import Refusal
from .calendar import Workday, add_working_days

AREA, ADDRESS, USE = "area", "address", "use"
KINDS = (
    (AREA, "面积"), (ADDRESS, "地址"), (USE, "用途"), ("accident", "事故"), ("litigation", "诉讼"), ("stop", "停业"),
    ("other", "其他"),
)
ON_SITE = frozenset((AREA, ADDRESS, USE))
"""Of these the county sees the site before it says anything (A13-7)."""
FOLLOW_UPS = (
    ("none", "不需要"), ("next_inspection", "列入下次年检"), ("special_inspection", "专项检查"),
    ("revocation", "按第十六条（二）处理"),
)
AREAS = (("area_total", "总建筑面积"), ("area_incub", "孵化场所建筑面积"), ("area_public", "公共服务区建筑面积"))


@dataclass(frozen=True)
class Finding:
    """What the event leaves to be judged: the article it falls under, and the fact."""

    code: str
    fact: str


def report_due(happened_on: date, days: int, workday: Workday) -> date:
    """Until when an event is to be reported: ``days`` working days after it happened."""
    return add_working_days(happened_on, days, workday)


def findings(
    kind: str, verified: Mapping[str, object], minimums: Mapping[str, Decimal], *, use_changed: bool = False
) -> list[Finding]:
    """A use that changed and an area below the standard are findings (AMB-38)."""
    found = [Finding("16(2)2", "孵化场地用途改变")] if use_changed else []
    for name, label in AREAS if kind == AREA else ():
        area, least = verified.get(name), minimums.get(name)
        if area is not None and least is not None and area < least:
            found.append(Finding("15(4)", f"{label} {area} ㎡，低于标准 {least} ㎡"))
    return found


def follow_up_refusal(found: list[Finding], follow_up: str) -> Refusal | None:
    """A finding is not left lying: it goes to an inspection, or to Article 16(2) where a use changed."""
    if found and follow_up == "none":
        return Refusal("13", f"{found[0].fact}，不能选不需要后续处理", "列入下次年检或专项检查；用途改变的可以按第十六条（二）处理")
    return None


def valid_from_refusal(happened_on: date, valid_from: date) -> Refusal | None:
    if valid_from < happened_on:
        return Refusal("13", "变更起始日早于事项发生日", "填核实的日期或发生以后的日期")
    return None
