"""第十四条: the inspection of the year's plan and the one outside it (A14-1 to A14-4).

Both have the same two parts and the same conclusions: what the system fills online, and what people see on site.
A base that the draw left out may be concluded without a visit, as 合格 only; anything else needs somebody on site.
"""

from incubator.policy.procedures.model import Procedure, Station, Step

_STATIONS = (
    Station("online_review", "待线上审查", "province", "14", "去审查", "station_days_province"),
    Station("field_visit", "待踏查", "province", "14", "去踏查", "station_days_province"),
    Station("conclusion", "待结论", "province", "14", "写结论", "station_days_province"),
    Station("concluded", "已结论", "end", "14"),
)
_DONE = "keep_online_sheet"


def _steps(opened: str, *more: Step) -> tuple[Step, ...]:
    return (
        Step("open", "", "online_review", opened, opened, "inspection.open", "province", "14", on_page=False),
        Step("reviewed", "online_review", "field_visit", "线上审查完成，去踏查", "线上审查完成", "inspection.review",
             "province", "14", effects=(_DONE,), main=True, tone="good"),
        *more,
        Step("visited", "field_visit", "conclusion", "踏查完成，写结论", "实地踏查完成", "inspection.review", "province",
             "14", needs=("visit_inspection",), main=True, tone="good"),
        Step("order_visit", "conclusion", "field_visit", "再去踏查", "要求再踏查一次", "inspection.review", "province",
             "14", reason=True),
        Step("conclude", "conclusion", "concluded", "写结论", "作出结论", "inspection.conclude", "province", "14",
             tone="good", on_page=False),
    )


_TRACK = (("线上审查", ("online_review",)), ("实地踏查", ("field_visit",)), ("结论", ("conclusion", "concluded")))

INSPECTION = Procedure(
    kind="inspection", label="年检", article="14", stations=_STATIONS,
    steps=_steps(
        "年检开始",
        Step("reviewed_only", "online_review", "conclusion", "没有抽中踏查，直接写结论", "线上审查完成，没有抽中踏查",
             "inspection.review", "province", "14", needs=("not_drawn",), effects=(_DONE,)),
    ),
    track=_TRACK,
)

ADHOC_INSPECTION = Procedure(
    kind="adhoc_inspection", label="专项检查", article="14", stations=_STATIONS, steps=_steps("专项检查开始"), track=_TRACK,
)

VISITED_AT: dict[tuple[str, str], str] = {
    ("inspection", "field_visit"): "inspection",
    ("adhoc_inspection", "field_visit"): "special_inspection",
}

RECORDED = {
    "finding_added": "写入一条问题",
    "finding_withdrawn": "撤回一条问题",
    "finding_explained": "基地对问题作了说明",
    "inspection_dropped": "基地已不在有效期，不再检查",
}
