"""第二十二条: a draft of a standard tried on the real register before it is set; writes nothing."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from incubator.insight.register import Looked, in_force
from incubator.kernel import access, clock
from incubator.kernel.errors import NotVisible, Refused
from incubator.kernel.parameters import holding
from incubator.policy.foresight import shortfalls
from incubator.policy.parameters import (
    THRESHOLDS,
    Parameter,
    editions_with,
    plain,
    start_refusal,
    value_refusal,
)


@dataclass(frozen=True)
class Turned:
    """One base whose conclusion would be another: what it has, and which way it turns."""

    looked: Looked
    figure: str
    worse: bool
    gap: str


@dataclass(frozen=True)
class Rehearsed:
    """What the draft would do: how many bases are judged, how many are not known, who turns."""

    parameter: Parameter
    before: Decimal
    value: Decimal
    from_on: date
    judged: int
    unknown: int
    turned: tuple[Turned, ...]


def draft_of(key: str, value: str, from_on: str) -> tuple[Parameter, Decimal, date]:
    """The draft as typed; refuses what could not be set either."""
    if key not in THRESHOLDS:
        raise NotVisible("parameter")
    parameter = THRESHOLDS[key]
    try:
        wanted = Decimal(value.strip())
    except InvalidOperation:
        raise Refused("22", f"“{value[:20]}”不是数", "填数字", field="value") from None
    if not wanted.is_finite():
        raise Refused("22", f"“{value[:20]}”不是数", "填数字", field="value")
    try:
        day = date.fromisoformat(from_on.strip())
    except ValueError:
        raise Refused("22", "日期没有看懂", "写成 2026-11-24", field="from_on") from None
    for refusal, field in ((value_refusal(parameter, wanted), "value"), (start_refusal(day, clock.today()), "from_on")):
        if refusal:
            raise Refused(refusal.article, refusal.reason, refusal.way_out, field=field)
    return parameter, wanted, day


def rehearse(actor, key: str, value: str, from_on: str) -> Rehearsed:
    """Which bases in force would change conclusion on the day on which the draft begins, on the figures of today."""
    access.require(actor, "insight.rehearse")
    parameter, wanted, day = draft_of(key, value, from_on)
    held = sorted(((k, row.from_on, row.value) for k, rows in holding().items() if k in THRESHOLDS for row in rows),
                  key=lambda row: row[1])
    now = editions_with(held)
    drafted = editions_with(sorted([*(row for row in held if row[:2] != (key, day)), (key, day, wanted)], key=lambda row: row[1]))
    level, _, standard = key.partition(":")
    judged, unknown, turned = 0, 0, []
    for each in in_force(actor, clock.today()):
        if level == "demonstration" and each.standing.level != "demonstration":
            continue
        if standard not in each.facts:
            unknown += 1
            continue
        judged += 1
        before, after = (shortfalls(each.findings(each.facts, day, editions)) for editions in (now, drafted))
        if (standard in before) != (standard in after):
            worse = standard in after
            turned.append(Turned(each, f"{plain(Decimal(each.facts[standard]))} {parameter.unit}", worse,
                                 (after if worse else before)[standard].gap))
    edition = next(e for e in reversed(now) if e.from_on <= day) if any(e.from_on <= day for e in now) else now[0]
    present = next(s.minimum for s in getattr(edition, level) if s.key == standard)
    return Rehearsed(parameter, present, wanted, day, judged, unknown, tuple(turned))
