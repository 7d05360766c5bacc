"""What is to be expected of a base in the coming days on what is known now: lapses and standards (A5, A10, A12).

Pure functions: who asks brings the dated facts. Nothing here decides anything; it says whom to look at and why.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from .calendar import chinese_date, renewal_window
from .criteria import PASS, Finding
from .standing import IN_FORCE, VALID, Standing

HORIZON = 90


@dataclass(frozen=True)
class Ahead:
    """One thing that will happen: the day, what, and why; ``article`` says where it stands."""

    on: date
    what: str
    why: str
    article: str


@dataclass(frozen=True)
class Leaving:
    """Something of a base that ends: the last day, what it takes from which figures, and in words."""

    last_day: date
    takes: Mapping[str, int]
    words: str


def lapse(now: Standing, today: date, days: int = HORIZON, *, filed: bool = False) -> Ahead | None:
    """A validity that runs out within the horizon without a renewal under way (A10-2, AMB-28)."""
    if now.state != VALID or now.valid_to is None or filed or not today <= now.valid_to <= today + timedelta(days=days):
        return None
    window = renewal_window(now.valid_to)
    opened = "续延申请已经可以提交，还没有提交" if today in window else f"{chinese_date(window.from_on)}起可以申请续延"
    return Ahead(now.valid_to + timedelta(days=1), "有效期届满", f"有效期到{chinese_date(now.valid_to)}，{opened}", "10")


def shortfalls(findings: Iterable[Finding]) -> dict[str, Finding]:
    """The figures that do not reach what is asked; what is not known is no shortfall."""
    return {f.key: f for f in findings if f.numeric and f.conclusion != PASS and f.actual}


def first_falls(
    facts: Mapping[str, int], leaving: Iterable[Leaving], judge: Callable[[Mapping[str, int], date], Iterable[Finding]],
    today: date, days: int = HORIZON,
) -> list[Ahead]:
    """Standards that are missed now, and those that will be when what is known to end has ended, each once.

    ``judge(facts, on)`` gives the findings of a day, so a standard that was set for a coming day counts from it.
    """
    last, figures = today + timedelta(days=days), dict(facts)
    events = sorted((each for each in leaving if today <= each.last_day < last), key=lambda each: each.last_day)
    told: dict[str, Ahead] = {}
    for key, finding in shortfalls(judge(figures, today)).items():
        told[key] = Ahead(today, f"{finding.label}现在不够", finding.gap, finding.article)
    for day in sorted({each.last_day + timedelta(days=1) for each in events} | {last}):
        gone = [each for each in events if each.last_day + timedelta(days=1) == day]
        for each in gone:
            for key, number in each.takes.items():
                if key in figures:
                    figures[key] -= number
        for key, finding in shortfalls(judge(figures, day)).items():
            if key not in told:
                words = _named([e.words for e in events if e.last_day < day and key in e.takes]) or "标准从这一天起提高"
                told[key] = Ahead(day, f"{finding.label}将不够", f"{finding.gap}：{words}", finding.article)
    return sorted(told.values(), key=lambda each: each.on)


def _named(words: list[str], most: int = 3) -> str:
    """The first of many reasons, and how many there are: a line stays one that is read."""
    return "；".join(words[:most]) + (f"，等 {len(words)} 项" if len(words) > most else "")


def in_force(now: Standing) -> bool:
    return now.state in IN_FORCE
