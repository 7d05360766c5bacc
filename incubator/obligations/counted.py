"""How the day of an obligation was counted: kept when it arose, and put into words for its page."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select

from incubator.kernel import clock
from incubator.kernel.database import db
from incubator.kernel.parameters import Holiday
from incubator.policy.calendar import WEEKDAYS, chinese_date
from incubator.policy.counting import FIXED, NATURAL, WORKING, Account
from incubator.policy.duties import duty

_moved: dict[str, Callable] = {}


@dataclass(frozen=True)
class Said:
    """The account of one day: `lines` are (name, words); `passed` the days passed over with their names."""

    lines: tuple[tuple[str, str], ...]
    passed: tuple[tuple[date, str], ...] = ()


def written(account: Account | None) -> str:
    """The account as it is kept beside the obligation; empty where the caller had none."""
    if account is None:
        return ""
    told = {
        "unit": account.unit, "event_on": account.event_on.isoformat(), "number": account.number,
        "skipped": [day.isoformat() for day in account.skipped],
        "rolled_from": account.rolled_from.isoformat() if account.rolled_from else None, "event": account.event,
    }
    return json.dumps(told, sort_keys=True)


def read(row) -> Account | None:
    if not row.basis:
        return None
    told = json.loads(row.basis)
    return Account(
        told["unit"], date.fromisoformat(told["event_on"]), row.due_on, told["number"],
        tuple(date.fromisoformat(day) for day in told["skipped"]),
        date.fromisoformat(told["rolled_from"]) if told["rolled_from"] else None, told.get("event", ""),
    )


def on_moved_day(kind: str):
    """Register ``fn(row, actor) -> str``: how the day of this kind was moved, why and by whom; empty where it was not."""

    def put(fn):
        _moved[kind] = fn
        return fn

    return put


def said(row, actor) -> Said:
    """The account of an obligation for its page: the event, the rule, what was passed over, whether it rolled or was moved."""
    moved = _moved[row.kind](row, actor) if row.kind in _moved else ""
    found = _counted(row)
    return replace(found, lines=(*found.lines[:-1], ("改期", moved), found.lines[-1])) if moved else found


def _counted(row) -> Said:
    kind, account = duty(row.kind), read(row)
    due = chinese_date(row.due_on, weekday=True) + "24:00 前"
    if account is None:
        event = chinese_date(clock.day_of(row.opened_at), weekday=True)
        return Said((("登记", f"{event}登记了这一天"), ("规则", kind.rule or "按登记时的办法算定，当时没有另存算法"), ("到期", due)))
    usual = kind.late_event if account.unit == WORKING and kind.unit == FIXED else kind.event
    lines = [("起算", f"{chinese_date(account.event_on, weekday=True)}{account.event or usual}{_uncounted(account.unit)}")]
    lines.append(("规则", _rule(account, kind)))
    if account.unit == NATURAL:
        rolled = account.rolled_from
        lines.append(("顺延", f"{chinese_date(rolled, weekday=True)}不是工作日，顺延到下一个工作日，民法典第二百零三条"
                      if rolled else "最后一天是工作日，没有顺延"))
    lines.append(("到期", due))
    names = _names(account.skipped)
    return Said(tuple(lines), tuple((day, names[day]) for day in account.skipped))


def _uncounted(unit: str) -> str:
    return "" if unit == FIXED else "，当天不算，民法典第二百零一条"


def _rule(account: Account, kind) -> str:
    if account.unit == WORKING:
        passed = f"，中间 {len(account.skipped)} 天不是工作日，不算" if account.skipped else "，中间没有节假日"
        return f"{account.number} 个工作日{passed}"
    if account.unit == NATURAL:
        return f"{account.number} 天，按自然日" if account.number else kind.rule
    return kind.rule or "固定日期，遇节假日不顺延"


def _names(days) -> dict[date, str]:
    """What each of these days is called: the province's own word for it, 节假日, or its day of the week."""
    rows = dict(db.session.execute(select(Holiday.day, Holiday.name).where(Holiday.day.in_(days))).all()) if days else {}
    return {day: rows.get(day) or ("节假日" if day.weekday() < 5 else f"周{WEEKDAYS[day.weekday()]}") for day in days}
