"""Effective-dated values the province may set, and the holiday table (第二十二条, §10.3)."""

from datetime import date, timedelta
from decimal import Decimal

from flask import g, has_app_context
from sqlalchemy import Boolean, Date, ForeignKey, Numeric, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from incubator.kernel.database import Base, Instant, db
from incubator.policy.parameters import PARAMETERS


class ParameterValue(Base):
    """One edition of a parameter. The default of policy holds before the first row."""

    __tablename__ = "parameter"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40))
    value: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    from_on: Mapped[date] = mapped_column(Date)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[object] = mapped_column(Instant)
    __table_args__ = (UniqueConstraint("key", "from_on", "id"),)


class Holiday(Base):
    """A day that differs from the plain week: a holiday, or a working day at the weekend (调休)."""

    __tablename__ = "holiday"
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    works: Mapped[bool] = mapped_column(Boolean)
    name: Mapped[str] = mapped_column(String(40), default="")


def value(key: str, on: date) -> Decimal:
    """The value of parameter `key` in force on day `on`."""
    found = db.session.scalar(
        select(ParameterValue.value)
        .where(ParameterValue.key == key, ParameterValue.from_on <= on)
        .order_by(ParameterValue.from_on.desc(), ParameterValue.id.desc())
        .limit(1)
    )
    return PARAMETERS[key].default if found is None else found


def whole(key: str, on: date) -> int:
    return int(value(key, on))


def workday(day: date) -> bool:
    """Whether `day` is a working day: the holiday table first, else Monday to Friday."""
    return _special_days(day.year).get(day, day.weekday() < 5)


def _special_days(year: int) -> dict[date, bool]:
    cache = g.setdefault("special_days", {}) if has_app_context() else {}
    if year not in cache:
        rows = db.session.execute(
            select(Holiday.day, Holiday.works).where(Holiday.day >= date(year, 1, 1), Holiday.day <= date(year, 12, 31))
        )
        cache[year] = {row.day: row.works for row in rows}
    return cache[year]


def seed_holidays(first_year: int = 2023, last_year: int = 2027) -> int:
    """Fill the holiday table: the State Council's days as far as they are published, then statutory days.

    Rows that stand already are kept, so the province's own corrections survive.
    """
    import chinese_calendar
    import holidays as statutory

    known = set(db.session.scalars(select(Holiday.day)))
    added = 0
    for year in range(first_year, last_year + 1):
        fallback = statutory.country_holidays("CN", years=year)
        day = date(year, 1, 1)
        while day.year == year:
            try:
                works = chinese_calendar.is_workday(day)
                name = ""
            except NotImplementedError:
                works = day.weekday() < 5 and day not in fallback
                name = "法定节假日（调休未公布）" if day in fallback else ""
            if works != (day.weekday() < 5) and day not in known:
                db.session.add(Holiday(day=day, works=works, name=name))
                added += 1
            day += timedelta(days=1)
    db.session.flush()
    return added
