"""What the province may set (第二十二条): key, default, bounds, article. Values have editions by date.

The thresholds of Articles 5 and 6 are set the same way; what the Measures themselves say is changed only by a
document, whose number is kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from .articles import Refusal
from .calendar import chinese_date
from .criteria import EDITIONS, Edition, Standard, edition_of

REASON_LEAST = 10
DAYS_AT_ONCE = 31


@dataclass(frozen=True)
class Parameter:
    """One province-editable value. `minimum` and `maximum` are inclusive; `places` are its decimals.

    `written` says that the Measures themselves give the value: another one needs a document number.
    """

    key: str
    label: str
    default: Decimal
    unit: str
    minimum: Decimal
    maximum: Decimal
    article: str
    rule: str
    places: int = 0
    written: bool = False


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
        _n("score_outlier_gap", "评审分偏离均分多少算偏离较大", 10, "分", 1, 50, "8", "A8-2"),
        _n("score_drop_extremes", "评审表满 5 份时去掉最高和最低（1 去掉，0 不去）", 0, "", 0, 1, "8", "A8-2"),
        _n("major_days", "重大事项发生后报告的时限", 10, "个工作日", 1, 60, "13", "A13-7"),
        _n("slip_days", "一次性密码的有效天数", 30, "天", 1, 90, "7(1)", "A7-1c"),
        _n("base_clerks_max", "每个基地的填报人上限", 5, "人", 0, 50, "7(1)", "A7-1"),
        _n("late_document_days", "文件日期早于登记日多少天须说明", 30, "天", 0, 365, "10", "R-2.13"),
        _n("defence_days", "陈述申辩期", 5, "个工作日", 3, 60, "16", "A16-4"),
        _n("graded_days", "期满未续延或整改期满后，县里提出撤销的期限", 30, "天", 1, 180, "16(1)2", "AMB-15"),
        _n("followup_days", "送达、收回牌匾、通知税务机关的时限", 15, "个工作日", 1, 60, "17", "A17-1"),
        _n("implement_days", "同意变更后多少天内实施", 90, "天", 1, 365, "18", "A18-7"),
        _n("rename_counts", "代码不变的单位更名占不占变更次数（1 占，0 不占）", 1, "", 0, 1, "18", "AMB-09"),
        _n("remind_first", "到期前多少天第一次提醒（0 不提醒）", 10, "天", 0, 60, "13", "A13-6"),
        _n("remind_second", "到期前多少天第二次提醒（0 不提醒）", 3, "天", 0, 60, "13", "A13-6"),
        _n("remind_third", "到期前多少天第三次提醒（0 不提醒）", 1, "天", 0, 60, "13", "A13-6"),
        _n("remind_renewal_first", "有效期届满前多少天第一次提醒续延（0 不提醒）", 120, "天", 0, 365, "10", "A10-2"),
        _n("remind_renewal_second", "有效期届满前多少天第二次提醒续延（0 不提醒）", 92, "天", 0, 365, "10", "A10-2"),
        _n("remind_renewal_third", "有效期届满前多少天第三次提醒续延（0 不提醒）", 30, "天", 0, 365, "10", "A10-2"),
        _n("remind_renewal_fourth", "有效期届满前多少天第四次提醒续延（0 不提醒）", 7, "天", 0, 365, "10", "A10-2"),
        _n("list_county", "逾期多少天把名单发给县级（0 不发）", 1, "天", 0, 60, "13", "A13-6"),
        _n("list_city", "逾期多少天把名单发给市级（0 不发）", 8, "天", 0, 90, "13", "A13-6"),
        _n("list_province", "逾期多少天把名单发给省厅（0 不发）", 15, "天", 0, 180, "13", "A13-6"),
    )
}


def _thresholds() -> dict[str, Parameter]:
    """Articles 5 and 6 by key: ``base:jobs``, ``demonstration:jobs``.

    Half to four times the figure of the Measures: wide enough for an amendment, too narrow for a slipped digit.
    """
    found = {}
    for level, rule in (("base", "A5"), ("demonstration", "A6-2")):
        for s in getattr(EDITIONS[0], level):
            places = 2 if s.unit == "㎡" else 0
            key = f"{level}:{s.key}"
            found[key] = Parameter(
                key, s.label, s.minimum, s.unit, s.minimum // 2, s.minimum * 4, s.article, rule, places, written=True
            )
    return found


THRESHOLDS: dict[str, Parameter] = _thresholds()
SETTINGS: dict[str, Parameter] = {**THRESHOLDS, **PARAMETERS}


def editions_with(rows: Iterable[tuple[str, date, Decimal]]) -> tuple[Edition, ...]:
    """The editions of policy and those that the province set, as ``criteria.assess`` takes them.

    ``rows``: key, first day and value, in the order in which they begin. A later edition of policy itself
    (an amendment of the Measures) ends what was set before it.
    """
    rows = list(rows)
    days = {e.from_on for e in EDITIONS} | {from_on for _, from_on, _ in rows}
    return tuple(_edition(day, rows) for day in sorted(days))


def _edition(day: date, rows: list[tuple[str, date, Decimal]]) -> Edition:
    written = edition_of(day, EDITIONS)
    held = {key: value for key, from_on, value in rows if written.from_on <= from_on <= day}

    def as_set(level: str, standards: tuple[Standard, ...]) -> tuple[Standard, ...]:
        return tuple(replace(s, minimum=held.get(f"{level}:{s.key}", s.minimum)) for s in standards)

    return Edition(day, as_set("base", written.base), as_set("demonstration", written.demonstration))


def value_refusal(parameter: Parameter, value: Decimal) -> Refusal | None:
    """Why a parameter may not take a value, None when it may (第二十二条)."""
    if value != round(value, parameter.places):
        return Refusal(parameter.article, f"{parameter.label}最多 {parameter.places} 位小数" if parameter.places
                       else f"{parameter.label}是整数", "改成能用的数")
    if not parameter.minimum <= value <= parameter.maximum:
        low, high = plain(parameter.minimum), plain(parameter.maximum)
        return Refusal(parameter.article, f"{parameter.label}只能设 {low}—{high} {parameter.unit}", "改到这个范围里")
    return None


def start_refusal(from_on: date, today: date) -> Refusal | None:
    """Why a new value may not begin that day, None when it may: what has begun is never changed behind its back."""
    if from_on >= today:
        return None
    return Refusal(
        "22", f"起始日{chinese_date(from_on)}已经过去，那天以来的事项按当时的值办理", "从今天或以后的日期起改"
    )


def day_refusal(first: date, last: date, today: date) -> Refusal | None:
    """Why days may not be set to holidays or working days, None when they may."""
    if first < today:
        return Refusal("22", f"{chinese_date(first)}已经过去，不能再改", "从今天或以后的日期改起")
    if last < first:
        return Refusal("22", "最后一天早于第一天", "核对两个日期")
    if (last - first).days >= DAYS_AT_ONCE:
        return Refusal("22", f"一次最多改 {DAYS_AT_ONCE} 天", "分几次改")
    return None


def plain(number: Decimal) -> str:
    """A value without empty decimals: 3500, 3499.5."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
