"""What the province may set (第二十二条): key, default, bounds, article. Values have editions by date."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Parameter:
    """One province-editable value. `minimum` and `maximum` are inclusive."""

    key: str
    label: str
    default: Decimal
    unit: str
    minimum: Decimal
    maximum: Decimal
    article: str
    rule: str


def _n(key, label, default, unit, low, high, article, rule) -> Parameter:
    return Parameter(key, label, Decimal(default), unit, Decimal(low), Decimal(high), article, rule)


PARAMETERS: dict[str, Parameter] = {
    p.key: p
    for p in (
        _n("station_days", "县、市每一环节的办理时限", 10, "个工作日", 1, 60, "7(3)", "A7-8"),
        _n("station_days_province", "省厅每一环节的办理时限", 20, "个工作日", 1, 90, "8", "A7-8"),
        _n("correction_days", "补正时限", 5, "个工作日", 1, 60, "7(3)", "A7-8"),
        _n("notice_days", "公示天数", 7, "天", 7, 60, "8", "AMB-20"),
        _n("score_days", "专家交评审表的时限", 10, "个工作日", 1, 60, "8", "A7-8"),
        _n("min_valid_scores", "有效专家评审表最少份数", 3, "份", 1, 15, "8", "AMB-35"),
        _n("slip_days", "一次性密码的有效天数", 30, "天", 1, 90, "7(1)", "A7-1c"),
        _n("base_clerks_max", "每个基地的填报人上限", 5, "人", 0, 50, "7(1)", "A7-1"),
        _n("late_document_days", "文件日期早于登记日多少天须说明", 30, "天", 0, 365, "10", "R-2.13"),
    )
}
