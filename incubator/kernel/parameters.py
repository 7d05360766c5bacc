"""Effective-dated values the province may set, and the holiday table (第二十二条, §10.3)."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

from flask import g, has_app_context
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    event,
    select,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from incubator.kernel.database import Base, Instant, db
from incubator.policy.criteria import Edition
from incubator.policy.parameters import SETTINGS, THRESHOLDS, editions_with


class ParameterValue(Base):
    """One edition of a parameter or of a threshold. The default of policy holds before the first row.

    Rows are only added. One that has not begun may be replaced by a newer one (`replaces_id`) and then never holds.
    """

    __tablename__ = "parameter"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40))
    value: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    from_on: Mapped[date] = mapped_column(Date)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[object] = mapped_column(Instant)
    document_no: Mapped[str | None] = mapped_column(String(40))  # of the paper that changes a threshold of the Measures
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("parameter.id", ondelete="RESTRICT"))
    __table_args__ = (UniqueConstraint("key", "from_on", "id"), UniqueConstraint("replaces_id"))


class Holiday(Base):
    """A day that differs from the plain week: a holiday, or a working day at the weekend (调休)."""

    __tablename__ = "holiday"
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    works: Mapped[bool] = mapped_column(Boolean)
    name: Mapped[str] = mapped_column(String(40), default="")


class HolidayChange(Base):
    """Who set which days to holidays or working days, when and why."""

    __tablename__ = "holiday_change"
    id: Mapped[int] = mapped_column(primary_key=True)
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    works: Mapped[bool] = mapped_column(Boolean)
    name: Mapped[str] = mapped_column(String(40), default="")
    reason: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    at: Mapped[object] = mapped_column(Instant)
    __table_args__ = (CheckConstraint("last_on >= first_on", name="order"),)


_Newer = aliased(ParameterValue)
# rows that hold: whatever a newer row replaced before it began is out
_HOLDS = ParameterValue.id.not_in(select(_Newer.replaces_id).where(_Newer.replaces_id.is_not(None)))


def value(key: str, on: date) -> Decimal:
    """The value of parameter `key` in force on day `on`."""
    return next((held for from_on, held in reversed(_held().get(key, ())) if from_on <= on), SETTINGS[key].default)


def _held() -> dict[str, list[tuple[date, Decimal]]]:
    """What holds, by key and in order of beginning; asked once a request, like the editions (design law 7)."""
    if "parameters" not in g:
        found = defaultdict(list)
        rows = select(ParameterValue.key, ParameterValue.from_on, ParameterValue.value).where(_HOLDS)
        for key, from_on, held in db.session.execute(rows.order_by(ParameterValue.from_on, ParameterValue.id)):
            found[key].append((from_on, held))
        g.parameters = found  # only when whole: a read that fails must not leave the defaults behind
    return g.parameters


def whole(key: str, on: date) -> int:
    return int(value(key, on))


def holding() -> dict[str, list[ParameterValue]]:
    """All rows that hold, by key, each in the order in which they begin: one query for a page of all values."""
    found = defaultdict(list)
    order = (ParameterValue.key, ParameterValue.from_on, ParameterValue.id)
    for row in db.session.scalars(select(ParameterValue).where(_HOLDS).order_by(*order)):
        found[row.key].append(row)
    return found


def editions() -> tuple[Edition, ...]:
    """The thresholds of Articles 5 and 6 by date, for `criteria.assess`; asked once a request (design law 7)."""
    if "editions" not in g:
        rows = db.session.execute(
            select(ParameterValue.key, ParameterValue.from_on, ParameterValue.value)
            .where(ParameterValue.key.in_(THRESHOLDS), _HOLDS)
            .order_by(ParameterValue.from_on, ParameterValue.id)
        )
        g.editions = editions_with([tuple(row) for row in rows])
    return g.editions


@event.listens_for(ParameterValue, "after_insert")
def _forget(*_) -> None:
    forget()


def forget() -> None:
    """What was read before in this request no longer holds: something was set."""
    for name in ("editions", "special_days", "parameters"):
        g.pop(name, None)


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
