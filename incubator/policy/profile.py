"""Base information over the years (第十三条): what is protected, when an area falls too far, what was confirmed when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .calendar import add_months
from .fields.profile import AREAS, PROFILE

CHECK_MONTH, CHECK_DAY = 3, 31
"""A13-8: 核对基本信息 is due on 31 March, a fixed calendar day that never rolls."""
STALE_MONTHS = 12
FALL = Decimal("0.20")
"""A13-1, S:WH23: an area that falls by more than this share is no edit."""

PARTS = (
    ("profile", "基本情况", "定位、产业、投入"),
    ("contact", "联系方式", "联系人、手机、邮箱、法定代表人"),
    ("premises", "场地和租赁期", "权属、面积、租赁期止"),
    ("team", "服务团队和辅导员", "名册上的人员是否在岗"),
)
ANSWERS = (("same", "无变化"), ("changed", "有变化，已更新"))


@dataclass(frozen=True)
class Protected:
    """A field that the operator cannot edit, and the procedure that changes it."""

    name: str
    label: str
    article: str
    procedure: str
    endpoint: str


PROTECTED = (
    Protected("base_name", "基地名称", "18", "变更申请", "changes.start"),
    Protected("investor_name", "投资主体", "18", "变更申请", "changes.start"),
    Protected("operator_name", "运营机构", "18", "变更申请", "changes.start"),
    Protected("address", "详细地址", "13", "重大事项报告", "changes.report_event"),
)


def area_falls(
    before: Mapping[str, Decimal | None], after: Mapping[str, Decimal | None], minimums: Mapping[str, Decimal]
) -> dict[str, str]:
    """Field → why its fall is no edit (A13-1, A13-7): by more than a fifth, or below the standard that it met.

    ``before`` are the areas that were last reviewed, not the last ones typed: many small steps are one large one.
    """
    found = {}
    for name in AREAS:
        old, new, least = before.get(name), after.get(name), minimums.get(name)
        if old is None or new is None or new >= old:
            continue
        label = PROFILE.field(name).label
        if old - new > old * FALL:
            share = ((old - new) * 100 / old).quantize(Decimal("0.1"))
            found[name] = f"{label}比核定的 {old} ㎡ 减少 {share}%，超过 20%"
        elif least is not None and new < least <= old:
            found[name] = f"{label} {new} ㎡ 低于标准 {least} ㎡"
    return found


def check_due(year: int) -> date:
    """A13-8: until when the year's check is due."""
    return date(year, CHECK_MONTH, CHECK_DAY)


def stale(confirmed: Mapping[str, date], since: date | None, today: date) -> tuple[str, ...]:
    """The parts that nobody confirmed for twelve months: they are marked 待核对 wherever they are shown.

    ``confirmed``: part → day of its last confirmation; a part that never was counts from ``since``, the day of filing.
    """
    if since is None:
        return ()
    return tuple(
        key for key, _, _ in PARTS if add_months(confirmed.get(key) or since, STALE_MONTHS) < today
    )
