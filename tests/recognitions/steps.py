"""Recognised bases to begin with: walked once, copied from then on; the clock is left on the day of the document."""

from datetime import date, datetime, timedelta

from incubator.bases.models import Base
from incubator.kernel import clock
from incubator.kernel.database import db
from tests import walk
from tests.stage import reached

STAR = walk.Unit("长春星桥创业孵化基地", "220104", 17)
SEA = walk.Unit("延吉海兰创业孵化基地", "222401", 18)


def at(day: date | str, hour: int = 10) -> None:
    """Let it be `hour` o'clock on that day in Shanghai."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    clock.set_fixed(datetime(day.year, day.month, day.day, hour, tzinfo=clock.SHANGHAI))


@reached
def recognised(number: int = 17, tenants: int = 17, first_day: str = "2024-11-01", place: str = "220104", name: str = STAR.name) -> Base:
    """One base recognised by a document of 2024-11-12: valid 2025-01-01 to 2029-12-31."""
    unit = walk.Unit(name, place, number)
    start = date.fromisoformat(first_day)
    at(start)
    walk.open_round(start.year, start, date(start.year, 12, 31))
    case = walk.proposed_case(unit, tenants=tenants)
    at("2024-11-04")
    notice = walk.publish([case])
    at(notice.ends_on + timedelta(days=1))
    walk.decide([case])
    return db.session.get(Base, case.base_id)


@reached
def strong(graduates: int = 5) -> Base:
    """A recognised base that has grown: 42 tenants of whom 41 count, `graduates` graduates, a round of promotion open in 2026."""
    base = recognised(tenants=42)
    at("2026-04-01")
    walk.open_promotion_round(date(2026, 4, 1), date(2026, 9, 30))
    walk.graduate(STAR, walk.actor(base.code), graduates)
    return db.session.get(Base, base.id)
