"""Setting parameters, thresholds and holidays by date; what has begun stays as it was (第二十二条)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from incubator.kernel import access, clock, ledger, registry
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Conflict, Invalid, NotVisible, Refused
from incubator.kernel.parameters import Holiday, HolidayChange, ParameterValue, forget, holding, workday
from incubator.offices.models import Person
from incubator.policy.calendar import chinese_date
from incubator.policy.fields import clean
from incubator.policy.fields.settings import DAYS, EDITION
from incubator.policy.parameters import (
    PARAMETERS,
    SETTINGS,
    THRESHOLDS,
    Parameter,
    day_refusal,
    plain,
    start_refusal,
    value_refusal,
)


def parameter_of(key: str) -> Parameter:
    """The definition; a key that policy does not know is a page that does not exist."""
    if key not in SETTINGS:
        raise NotVisible("parameter")
    return SETTINGS[key]


def rows_of(key: str) -> list[ParameterValue]:
    """Every row of a key ever set, in the order of entry."""
    return list(db.session.scalars(select(ParameterValue).where(ParameterValue.key == key).order_by(ParameterValue.id)))


def set_value(actor, key: str, raw: dict, *, seen: int, replaces: int | None = None) -> ParameterValue:
    """A new edition of a value: from a day on, with its reason; or another one in place of one that has not begun.

    `seen` is the id of the last row of the key on the page that the form came from: another one since is a conflict.
    """
    access.require(actor, "parameter.set")
    parameter = parameter_of(key)
    typed = clean(EDITION, raw)
    if not typed.ok:
        raise Invalid(typed.errors)
    values = typed.values
    with transaction():
        registry.next_number(f"parameter:{key}")  # whoever sets the same value comes after us
        rows = rows_of(key)
        if (rows[-1].id if rows else 0) != seen:
            raise Conflict("另一处刚刚改过这一项，这一次没有写入")
        old = _replaced(rows, replaces)
        _judge(parameter, values, rows, old)
        row = ParameterValue(
            key=key, value=values["value"], from_on=values["from_on"], decided_by=actor.person_id,
            reason=values["reason"], document_no=values.get("document_no") or None, at=clock.now(),
            replaces_id=old.id if old else None,
        )
        db.session.add(row)
        db.session.flush()
        ledger.append("system", "parameter_set", actor, {
            "parameter": row.id, "key": key, "value": plain(row.value), "from_on": row.from_on, "replaces": row.replaces_id,
        })
    forget()
    return row


def _replaced(rows: list[ParameterValue], wanted: int | None) -> ParameterValue | None:
    """The row that the new one stands in for: one that holds and has not begun."""
    if wanted is None:
        return None
    gone = {row.replaces_id for row in rows}
    row = next((row for row in rows if row.id == wanted and row.id not in gone), None)
    if row is None or row.from_on <= clock.today():
        raise Refused("22", "这一次已经生效或已经换过，不能再换", "另设一个新的值", field="from_on")
    return row


def _judge(parameter: Parameter, values: dict, rows: list[ParameterValue], old: ParameterValue | None) -> None:
    wanted, from_on = values["value"], values["from_on"]
    for refusal, field in (
        (value_refusal(parameter, wanted), "value"), (start_refusal(from_on, clock.today()), "from_on")
    ):
        if refusal:
            raise Refused(refusal.article, refusal.reason, refusal.way_out, field=field)
    if parameter.written and not values.get("document_no"):
        raise Refused(
            parameter.article, f"{parameter.label}是办法写明的标准，改它要有文件", "填写文件的文号", field="document_no"
        )
    gone = {row.replaces_id for row in rows} | ({old.id} if old else set())
    held = [row for row in rows if row.id not in gone]
    if any(row.from_on == from_on for row in held):
        way = "从明天起改" if from_on == clock.today() else "在那一次旁边点“换掉”"
        raise Refused("22", f"{chinese_date(from_on)}起已经设过一个值", way, field="from_on")
    before = [row for row in held if row.from_on < from_on]
    present = max(before, key=lambda row: row.from_on).value if before else parameter.default
    if present == wanted and old is None:
        raise Refused(
            "22", f"{chinese_date(from_on)}本来就是 {plain(wanted)} {parameter.unit}", "填一个不同的值", field="value"
        )


def set_days(actor, raw: dict) -> HolidayChange:
    """Days as holidays or as working days, from today on; due dates that were counted already stay."""
    access.require(actor, "parameter.set")
    typed = clean(DAYS, raw)
    if not typed.ok:
        raise Invalid(typed.errors)
    first, works = typed.values["first_on"], typed.values["works"] == "yes"
    last = typed.values.get("last_on") or first
    refusal = day_refusal(first, last, clock.today())
    if refusal:
        raise Refused(refusal.article, refusal.reason, refusal.way_out, field="last_on" if last < first else "first_on")
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    with transaction():
        registry.next_number("holidays")  # one change after another
        forget()
        known = {row.day: row for row in db.session.scalars(select(Holiday).where(Holiday.day.in_(days)))}
        name = typed.values["name"]
        if all(workday(day) is works and known.get(day, Holiday(name="")).name == name for day in days):
            raise Refused("22", f"这{'几' if len(days) > 1 else '一'}天本来就{'上班' if works else '休息'}", "核对日期", field="works")
        for day in days:
            row = known.get(day) or Holiday(day=day)
            row.works, row.name = works, name
            db.session.add(row)
        change = HolidayChange(
            first_on=first, last_on=last, works=works, name=name, reason=typed.values["reason"],
            decided_by=actor.person_id, at=clock.now(),
        )
        db.session.add(change)
        db.session.flush()
        ledger.append("system", "days_set", actor, {"change": change.id, "first": first, "last": last, "works": works})
    forget()
    return change


@dataclass(frozen=True)
class Line:
    """One value as it is on a day: since when (None: as policy gives it) and what is to come."""

    parameter: Parameter
    value: Decimal
    since: date | None
    coming: tuple[ParameterValue, ...]


GROUPS = (
    ("base", "认定标准", "5", tuple(k for k in THRESHOLDS if k.startswith("base:"))),
    ("demonstration", "晋级标准", "6", tuple(k for k in THRESHOLDS if k.startswith("demonstration:"))),
    ("rest", "时限、天数和人数", "22", tuple(PARAMETERS)),
)


def lines(on: date) -> dict[str, Line]:
    """Every value of a day by key, in one query."""
    rows = holding()
    return {key: _line(SETTINGS[key], rows.get(key, []), on) for key in SETTINGS}


def _line(parameter: Parameter, rows: list[ParameterValue], on: date) -> Line:
    begun = [row for row in rows if row.from_on <= on]
    last = begun[-1] if begun else None
    return Line(
        parameter, last.value if last else parameter.default, last.from_on if last else None,
        tuple(row for row in rows if row.from_on > on),
    )


def day_changes(limit: int = 30) -> list[HolidayChange]:
    """What was changed about days, newest first."""
    return list(db.session.scalars(select(HolidayChange).order_by(HolidayChange.id.desc()).limit(limit)))


def names_of(ids: Iterable[int | None]) -> dict[int, str]:
    """Names of the people who set something."""
    wanted = {i for i in ids if i}
    if not wanted:
        return {}
    return dict(db.session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted))).all())
