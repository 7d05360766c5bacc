"""Expert score sheet 专家评审表 (Article 8, A8-2, domain.md §8.11).

The weights are a judgement and may be set by the province: a table is built
from them. A score never decides by itself (A8-3).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from .model import Field, FieldTable, Problem

STEP = Decimal("0.5")
LOW_SHARE = Decimal("0.6")
BONUS_MAXIMUM = 5
OVERALL_LENGTH = 50
DROP_AT_LEAST = 5
CONCLUSIONS = (
    ("recommended", "推荐"),
    ("conditional", "有条件推荐"),
    ("not_recommended", "不推荐"),
)


@dataclass(frozen=True)
class Dimension:
    """One scored dimension: its key, label, article, what to look at, maximum by procedure."""

    key: str
    label: str
    article: str
    rows: tuple[str, ...]
    recognition: int
    promotion: int


DIMENSIONS = (
    Dimension("compliance", "主体与合规", "5(1)", ("主体资格", "信用", "制度"), 10, 5),
    Dimension("premises", "场地与设施", "5(2)", ("面积", "功能分区", "公共设施", "创客空间"), 20, 10),
    Dimension("service", "服务能力", "5(3)", ("团队", "辅导员", "8 类服务", "合作资源"), 25, 25),
    Dimension("performance", "孵化业绩", "5(4)", ("户数", "就业", "毕业", "营收税收", "融资"), 30, 30),
    Dimension("management", "运行管理与安全", "5(5)", ("台账", "报表", "安全"), 15, 10),
    Dimension("demonstration", "示范效应和发展前景", "6(3)", ("定位", "特色", "带动", "公信度"), 0, 20),
)
WEIGHTS = {
    "recognition": {d.key: d.recognition for d in DIMENSIONS if d.recognition},
    "promotion": {d.key: d.promotion for d in DIMENSIONS if d.promotion},
}


def _low(key: str, maximum: int):
    def is_low(values: Mapping) -> bool:
        score = values.get(f"score_{key}")
        return score is not None and score < LOW_SHARE * maximum

    return is_low


def half_points(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """Scores go in steps of half a point."""
    for name, score in values.items():
        if name.startswith("score_") and isinstance(score, Decimal) and score % STEP:
            yield Problem(name, f"评分 {score} 不是 0.5 的倍数", "8", "按 0.5 分一档填写")


def no_conflict_declared(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A8-2: who has an interest does not score."""
    if values.get("no_conflict") is False:
        yield Problem("no_conflict", "与申报单位有利害关系的不能评分", "8", "申报回避，由他人评审")


def score_sheet(procedure: str, weights: Mapping[str, int] | None = None) -> FieldTable:
    """Score sheet of "recognition" or "promotion"; ``weights`` (key → maximum) replace the default.

    Raises KeyError for another procedure, ValueError when the weights do not
    name known dimensions or do not add up to 100.
    """
    weights = dict(weights or WEIGHTS[procedure])
    known = {d.key: d for d in DIMENSIONS}
    if set(weights) - set(known) or sum(weights.values()) != 100:
        raise ValueError("weights must name known dimensions and add up to 100")
    fields = [Field("no_conflict", "与申报单位无利害关系", "bool", "8", group="head")]
    for dimension in DIMENSIONS:
        maximum = weights.get(dimension.key)
        if not maximum:
            continue
        fields += [
            Field(f"score_{dimension.key}", dimension.label, "decimal", dimension.article, "分",
                  places=1, minimum=0, maximum=maximum, group="scores",
                  help=f"满分 {maximum}，看" + "、".join(dimension.rows)),
            Field(f"comment_{dimension.key}", f"{dimension.label}评语", "long_text",
                  dimension.article, required_if=_low(dimension.key, maximum), max_length=500,
                  group="scores", help="低于满分六成的须写明"),
        ]
    fields += [
        Field("score_bonus", "加分", "decimal", "9", "分", required=False, places=1, minimum=0,
              maximum=BONUS_MAXIMUM, group="scores",
              help=f"双创活动、国家级荣誉，不超过 {BONUS_MAXIMUM} 分"),
        Field("conclusion", "结论", "choice", "8", choices=CONCLUSIONS, group="result"),
        Field("overall", "总评", "long_text", "8", minimum=OVERALL_LENGTH, max_length=1000,
              group="result", help=f"不少于 {OVERALL_LENGTH} 字"),
        Field("signed_on", "签字日期", "date", "8", maximum="today", group="result"),
    ]
    return FieldTable(
        f"score_sheet_{procedure}",
        "专家评审表",
        (
            ("head", "声明", "打分前先声明"),
            ("scores", "评分", "0.5 分一档"),
            ("result", "结论", ""),
        ),
        tuple(fields),
        (no_conflict_declared, half_points),
    )


RECOGNITION_SHEET = score_sheet("recognition")
PROMOTION_SHEET = score_sheet("promotion")


def total(values: Mapping) -> Decimal:
    """Sum of the scores of one sheet, the bonus included (0 to 105)."""
    return sum(
        (v for k, v in values.items() if k.startswith("score_") and v is not None), Decimal(0)
    )


def mean(totals: Sequence[Decimal], *, drop_extremes: bool = False) -> Decimal:
    """Mean of the valid sheets' totals, two decimals half up (§6, T53).

    With ``drop_extremes`` the highest and lowest are left out when there are
    five or more. Raises ValueError when there is no sheet.
    """
    if not totals:
        raise ValueError("no valid score sheet")
    ordered = sorted(totals)
    if drop_extremes and len(ordered) >= DROP_AT_LEAST:
        ordered = ordered[1:-1]
    return (sum(ordered, Decimal(0)) / len(ordered)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def spread(totals: Sequence[Decimal]) -> Decimal:
    """Highest less lowest total of the valid sheets. Raises ValueError when there is none."""
    if not totals:
        raise ValueError("no valid score sheet")
    return max(totals) - min(totals)


def outliers(totals: Sequence[Decimal], gap: Decimal) -> list[bool]:
    """Which totals lie further than `gap` points from the mean of all (§6); for the meeting to look at, nothing more.

    A fixed distance: with three to seven sheets quartiles tell nothing.
    """
    if not totals:
        return []
    middle = sum(totals, Decimal(0)) / len(totals)
    return [abs(score - middle) > gap for score in totals]


def left_out(count: int, *, drop_extremes: bool) -> int:
    """How many sheets `mean` leaves out of `count`."""
    return 2 if drop_extremes and count >= DROP_AT_LEAST else 0
