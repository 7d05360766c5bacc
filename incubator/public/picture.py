"""What the public pages draw: the procedure, the calendar, the validity, the sketch of the province."""

from dataclasses import dataclass
from datetime import date, timedelta

from incubator.kernel.parameters import whole
from incubator.policy.calendar import NOTICE_DAYS, q_due
from incubator.policy.procedures import RECOGNITION, RENOTICE, REOPENED

WHO = {
    "applicant": "申报单位", "county": "县（市、区）工信局", "city": "市（州）工信局", "province": "省工信厅",
    "time": "全社会", "end": "省工信厅",
}
BACK, UPHELD = {RENOTICE, *(outcome for outcome, _, _ in REOPENED)}, "异议成立的退回重新办理"
QUARTERS = "一二三四"
SHADES = 4


@dataclass(frozen=True)
class Part:
    """One station of the picture: who does it, what may come of it, how long it takes, under which article."""

    label: str
    who: str
    comes_of: tuple[str, ...]
    days: str
    article: str


def procedure_parts(on: date | None = None) -> list[Part]:
    """The track of a recognition, read off the one table of procedures; service times only where a day is given."""
    service = {}
    if on is not None:
        keys = {station.days for station in RECOGNITION.stations if station.days}
        service = {key: whole(key, on) for key in sorted(keys)}
    parts = []
    for label, states in RECOGNITION.track:
        stations = [RECOGNITION.station(state) for state in states]
        own = [s for s in stations if s.holder != "end" and not s.state.startswith("correction")] or stations
        first = own[0]
        outcomes = [
            UPHELD if step.outcome in BACK else step.label
            for station in own for step in RECOGNITION.steps_from(station.state)
            if step.by == first.holder or first.holder == "time"
        ]
        parts.append(
            Part(label, WHO[first.holder], tuple(dict.fromkeys(outcomes)), _days(first, service), first.article)
        )
    return parts


def _days(station, service: dict[str, int]) -> str:
    if station.holder == "time":
        return f"{NOTICE_DAYS} 天，起始日不计"
    return f"{service[station.days]} 个工作日" if station.days in service else ""


def agenda(today: date, running, rounds) -> list[dict]:
    """Dates ahead: ends of notices, closings of rounds, the next quarterly report."""
    found = [
        {"on": notice.ends_on, "what": "公示结束", "note": notice.title, "notice": notice.id} for notice, _ in running
    ]
    found += [
        {"on": campaign.closes_on, "what": f"{campaign.title}截止", "note": "当日 24:00 前提交"}
        for campaign in rounds if campaign.closes_on is not None and campaign.closes_on >= today
    ]
    year, quarter = next(
        (y, q) for y in (today.year - 1, today.year) for q in (1, 2, 3, 4) if q_due(y, q) >= today
    )
    found.append({"on": q_due(year, quarter), "what": f"{QUARTERS[quarter - 1]}季度季报截止",
                  "note": "已认定的基地，当日 24:00 前，第十三条"})
    return sorted(found, key=lambda row: row["on"])[:6]


def validity_bar(valid_from: date, valid_to: date, today: date) -> dict:
    """The validity as years, with the share that has passed in per cent."""
    days = (valid_to + timedelta(days=1) - valid_from).days
    passed = min(max((today - valid_from).days, 0), days)
    years = list(range(valid_from.year, valid_to.year + 1))
    return {
        "passed": f"{passed * 100 / days:.1f}", "years": years,
        "ticks": [f"{n * 100 / len(years):.1f}" for n in range(1, len(years))],
    }


def shades(numbers: dict[str, int]) -> dict[str, int]:
    """Division → shade 1 to 4 of the sketch, by its share of the largest number."""
    most = max(numbers.values(), default=0)
    return {code: 1 + min(SHADES - 1, n * SHADES // (most + 1)) if most else 1 for code, n in numbers.items()}
