"""Levels and conditions of a base: ``status(facts, on)`` (domain.md §5 "Base status").

A pure function of dated facts and a day in valid time (R-2.12). Lapse and
provisional standing have no decision of their own: they follow from the facts
and the day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from .articles import Refusal
from .calendar import chinese_date, renewal_window

ACCOUNT, FILED, VALID, PROVISIONAL, LAPSED, REVOKED, CLOSED = (
    "account", "filed", "valid", "provisional", "lapsed", "revoked", "closed",
)
LABELS = {
    ACCOUNT: "建账",
    FILED: "备案（培育中）",
    VALID: "有效",
    PROVISIONAL: "有效（续延审核中）",
    LAPSED: "期满未续延",
    REVOKED: "已撤销",
    CLOSED: "已关闭",
}
BASE, DEMONSTRATION = "base", "demonstration"
LEVEL_LABELS = {BASE: "省级基地", DEMONSTRATION: "省级示范基地"}
IN_FORCE = frozenset((VALID, PROVISIONAL))


@dataclass(frozen=True)
class ValidityPeriod:
    """One period of validity and the date of the document that gave it.

    ``to_on`` None: a legacy base whose end is not settled (AMB-16).
    ``decided_on`` is the document's date: the base is in force from that day,
    also before ``from_on`` (AMB-24).
    """

    from_on: date
    to_on: date | None
    decided_on: date


@dataclass(frozen=True)
class LevelSpan:
    """A level held from the date of its document; ``to_on`` is the last day, None while open."""

    level: str
    from_on: date
    to_on: date | None = None


@dataclass(frozen=True)
class SanctionSpan:
    """A sanction such as ``rectification``; ``to_on`` is its last day, None while open."""

    kind: str
    from_on: date
    to_on: date | None = None
    due_on: date | None = None


@dataclass(frozen=True)
class RenewalFiling:
    """A renewal: its first submission and the day on which it ended by decision or withdrawal."""

    filed_on: date
    ended_on: date | None = None


@dataclass(frozen=True)
class NationalSpan:
    """A national title, kept beside the provincial standing and never changing it (A9-3)."""

    title: str
    from_on: date
    to_on: date | None = None


@dataclass(frozen=True)
class BaseFacts:
    """All dated facts of one base; days None where the fact does not exist."""

    filed_on: date | None = None
    closed_on: date | None = None
    revoked_on: date | None = None
    validity: tuple[ValidityPeriod, ...] = ()
    levels: tuple[LevelSpan, ...] = ()
    sanctions: tuple[SanctionSpan, ...] = ()
    renewals: tuple[RenewalFiling, ...] = ()
    national: tuple[NationalSpan, ...] = ()


@dataclass(frozen=True)
class Standing:
    """Standing of a base on a day.

    ``state`` is one of the module's constants, ``note`` what a page adds to
    its label (e.g. when the validity starts to count). ``valid_from`` and
    ``valid_to`` are those of the period that holds or, once over, that held
    last. ``level`` is kept only while in force.
    """

    state: str
    article: str
    level: str | None = None
    rectifying: bool = False
    rectification_due: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    note: str = ""
    national: str | None = None

    @property
    def label(self) -> str:
        return LABELS[self.state]

    @property
    def text(self) -> str:
        """Label and note as shown, e.g. 有效（有效期自2024-01-01起算）."""
        return f"{self.label}（{self.note}）" if self.note else self.label

    @property
    def in_force(self) -> bool:
        """Recognised and neither lapsed nor revoked."""
        return self.state in IN_FORCE

    @property
    def recognised_before(self) -> bool:
        """Whether the base was ever recognised up to that day."""
        return self.valid_from is not None

    @property
    def funds_open(self) -> bool:
        """Whether special funds may be applied for: valid and not in rectification (A15-3)."""
        return self.in_force and not self.rectifying


REVOCATION = "revocation"


def revoked_on(sanctions: Iterable[SanctionSpan]) -> date | None:
    """The day from which a base is revoked, None where it is not."""
    return min((s.from_on for s in sanctions if s.kind == REVOCATION), default=None)


def status(facts: BaseFacts, on: date) -> Standing:
    """Standing on a day, in valid time.

    Revocation counts from its document's date, validity until its last day
    24:00 (A10-1); from the day after, a renewal first filed in time and not
    yet decided keeps the base in force provisionally (AMB-26), else it has
    lapsed (AMB-28). A renewal approved later covers the time between
    retroactively, yet days before its document remain shown as provisional
    (T11).
    """
    national = _open(facts.national, on)
    title = national.title if national else None
    known = [p for p in facts.validity if p.decided_on <= on]
    last = _holding(known, on)
    dates = {"valid_from": last.from_on, "valid_to": last.to_on} if last else {}

    if facts.revoked_on is not None and facts.revoked_on <= on:
        return Standing(REVOKED, "16", note=f"自{facts.revoked_on}", **dates)
    if last is None:
        if facts.closed_on is not None and facts.closed_on <= on:
            return Standing(CLOSED, "7(1)")
        if facts.filed_on is not None and facts.filed_on <= on:
            return Standing(FILED, "7(1)")
        return Standing(ACCOUNT, "7(1)")

    rectification = _open((s for s in facts.sanctions if s.kind == "rectification"), on)
    level = _open(facts.levels, on)
    attributes = dict(
        level=level.level if level else BASE,
        rectifying=rectification is not None,
        rectification_due=rectification.due_on if rectification else None,
        national=title,
        **dates,
    )
    if last.to_on is None:
        return Standing(VALID, "20", note="有效期待核定", **attributes)
    if on <= last.to_on:
        note = f"有效期自{last.from_on}起算" if last.from_on > on else ""
        return Standing(VALID, "10", note=note, **attributes)
    if any(_pending(r, last.to_on, on) for r in facts.renewals):
        return Standing(PROVISIONAL, "10", **attributes)
    return Standing(LAPSED, "10", note=f"有效期至{last.to_on}", **{**attributes, "level": None})


def promotion_refusal(now: Standing, running: Iterable[str] = ()) -> Refusal | None:
    """Why a base may not be promoted as it stands, None where it may (A6-1, T38, T39, AMB-30).

    ``running``: what is under way on it and excludes a promotion (a change, a revocation), by name.
    """
    if not now.recognised_before:
        return Refusal("6(1)", "还没有认定为省级创业孵化基地，不能申请晋级", "认定以后再申请晋级")
    if not now.in_force:
        return Refusal("6(1)", f"基地现在是“{now.text}”，不能申请晋级", "只有有效的省级基地可以晋级")
    if now.level == DEMONSTRATION:
        return Refusal("6(1)", "已经是省级示范基地，不用再申请晋级", "按期报送信息、参加年检")
    if now.rectifying:
        until = f"，整改到{chinese_date(now.rectification_due)}" if now.rectification_due else ""
        return Refusal("15", f"基地在限期整改{until}，整改期间不能申请晋级", "整改验收合格后再申请")
    for label in running:
        return Refusal("18", f"基地有一件{label}在办，同一时间只能办一件", f"{label}办结后再申请晋级")
    return None


def change_period(facts: BaseFacts, approved_on: date) -> ValidityPeriod | None:
    """The validity period in which a change approved that day counts (AMB-07, A18-3).

    Days between the first document and its period's start count in that first
    period; None when the base is not recognised then.
    """
    return _holding([p for p in facts.validity if p.decided_on <= approved_on], approved_on)


def _holding(known: list[ValidityPeriod], on: date) -> ValidityPeriod | None:
    # The period begun last; before the first one begins, that first one (AMB-24).
    started = [p for p in known if p.from_on <= on]
    if started:
        return max(started, key=lambda p: (p.from_on, p.decided_on))
    return min(known, key=lambda p: p.from_on, default=None)


def _open(spans: Iterable, on: date):
    running = (s for s in spans if s.from_on <= on and (s.to_on is None or on <= s.to_on))
    return max(running, key=lambda s: s.from_on, default=None)


def _pending(renewal: RenewalFiling, valid_to: date, on: date) -> bool:
    in_time = renewal.filed_on in renewal_window(valid_to)
    return in_time and (renewal.ended_on is None or on < renewal.ended_on)
