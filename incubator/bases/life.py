"""The whole life of a base as one line, and what it was on any day (valid time, R-2.12).

Each span tells its turns: name, investor, operator, level, validity, sanctions; a later module adds its own with
`told_by`. All are read in one statement, the documents behind them in a second one.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Date, Integer, String, cast, literal, null, select, union_all

from incubator.bases.facts import facts_of_bases
from incubator.bases.models import (
    Base,
    InvestorSpan,
    LevelSpan,
    NameSpan,
    NationalRecord,
    OperatorSpan,
    SanctionSpan,
    ValidityPeriod,
)
from incubator.kernel import access, clock
from incubator.kernel.database import db
from incubator.policy import standing
from incubator.policy.calendar import chinese_date
from incubator.policy.standing import LEVEL_LABELS

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
_SANCTIONS = {"rectification": "限期整改", "revocation": "撤销"}


@dataclass(frozen=True)
class Turn:
    """One day on which something of the base changed; `document` is what it rests on."""

    on: date
    what: str
    words: str = ""
    tone: str = ""
    document: str = ""
    decision_id: int | None = None
    entered_on: date | None = None


@dataclass
class Life:
    """The turns, newest first, and the names of a day."""

    turns: list[Turn]
    names: dict[str, str] = field(default_factory=dict)
    later_entered: list[Turn] = field(default_factory=list)


Tell = Callable[[str, date, date | None, date | None], Iterable[tuple]]
_told: list[tuple[str, Tell, Callable]] = []


def told_by(name: str, tell: Tell):
    """Register ``fn() -> select(base id, word, from, to, another day, decision id)`` and the turns that a row of it makes.

    ``tell(word, from_on, to_on, third)`` yields (day, what, words, tone).
    """

    def put(fn):
        _told.append((name, tell, fn))
        return fn

    return put


def _named(label: str) -> Tell:
    def tell(word, from_on, to_on, third):
        yield from_on, label, word, ""

    return tell


def _level(word, from_on, to_on, third):
    yield from_on, "级别", LEVEL_LABELS[word], "good" if word == standing.DEMONSTRATION else ""


def _validity(word, from_on, to_on, third):
    until = chinese_date(to_on) if to_on else "待核定"
    yield third, "有效期", f"{chinese_date(from_on)}—{until}，第十条", "good"


def _sanction(word, from_on, to_on, third):
    until = f"到{chinese_date(third)}" if third else ""
    yield from_on, _SANCTIONS[word], until, "bad"
    if to_on is not None:
        yield to_on, f"{_SANCTIONS[word]}结束", "", "good"


for _name, _label, _model in (("name", "名称", NameSpan), ("investor", "投资主体", InvestorSpan), ("operator", "运营机构", OperatorSpan)):
    told_by(_name, _named(_label))(
        lambda model=_model: select(model.base_id, model.name, model.from_on, model.to_on, cast(null(), Date), model.decision_id)
    )


@told_by("level", _level)
def _levels():
    return select(
        LevelSpan.base_id, LevelSpan.level, LevelSpan.from_on, LevelSpan.to_on, cast(null(), Date), LevelSpan.decision_id)


@told_by("validity", _validity)
def _periods():
    return select(
        ValidityPeriod.base_id, literal(""), ValidityPeriod.from_on, ValidityPeriod.to_on, ValidityPeriod.in_force_on,
        ValidityPeriod.decision_id)


@told_by("sanction", _sanction)
def _sanctions():
    return select(
        SanctionSpan.base_id, SanctionSpan.kind, SanctionSpan.from_on, SanctionSpan.to_on, SanctionSpan.due_on,
        SanctionSpan.decision_id)


def _title(word, from_on, to_on, third):
    yield from_on, "国家级称号", f"{word}，到{chinese_date(to_on)}", "good"


@told_by("national", _title)
def _titles():
    return select(
        NationalRecord.base_id, NationalRecord.title, NationalRecord.from_on, NationalRecord.to_on, cast(null(), Date),
        cast(null(), Integer))


def life_of(base: Base, on: date | None = None) -> Life:
    """Everything that was so by `on` (today unless said), and the names of that day."""
    day, rows = on or clock.today(), _rows([base.id])
    papers = _papers({row[-1] for row in rows if row[-1]})
    turns, names = [], {}
    for place, _, word, from_on, to_on, third, decision_id in rows:
        name, tell, _ = _told[place]
        if from_on is not None and from_on <= day and name in ("name", "investor", "operator"):
            names[name] = word
        document, entered = papers.get(decision_id, ("", None))
        turns += [
            Turn(at, what, words, tone, document, decision_id, entered)
            for at, what, words, tone in tell(word, from_on, to_on, third) if at <= day
        ]
    if base.filed_on and base.filed_on <= day:
        turns.append(Turn(base.filed_on, "备案", base.filing_no or ""))
    turns.sort(key=lambda t: (t.on, t.decision_id or 0), reverse=True)
    later = {t.decision_id: t for t in turns if t.entered_on is not None and t.entered_on > day}
    return Life(turns, names, list(later.values()))


def names_on(bases, on: date) -> dict[int, dict[str, str]]:
    """Base id → name, investor and operator as they were on a day, in one statement."""
    found: dict[int, dict[str, str]] = {}
    for place, base_id, word, from_on, *_ in _rows([base.id for base in bases]):
        name = _told[place][0]
        if name in ("name", "investor", "operator") and from_on <= on:
            found.setdefault(base_id, {})[name] = word
    return found


def _rows(ids: list[int]) -> list[tuple]:
    """(place, base id, word, from, to, another day, decision id) of all spans of these bases, in the order of their days."""
    if not ids:
        return []
    parts = []
    for place, (_, _, fn) in enumerate(_told):
        part = fn()
        base_id, word, from_on, to_on, third, decision_id = part.selected_columns
        parts.append(
            part.with_only_columns(
                literal(place).label("place"), base_id.label("base_id"), cast(word, String(80)).label("word"),
                from_on.label("from_on"), to_on.label("to_on"), third.label("third"), cast(decision_id, Integer).label("decision_id"),
            ).where(base_id.in_(ids))
        )
    rows = db.session.execute(union_all(*parts)).all()
    return sorted((tuple(row) for row in rows), key=lambda row: (row[3], row[0]))


def _papers(ids: set[int]) -> dict[int, tuple[str, date]]:
    """Number of each document and the day on which it was entered."""
    if not ids:
        return {}
    table = db.metadata.tables["decision"]  # a later module's table: read here, written there
    rows = db.session.execute(
        select(table.c.id, table.c.doc_word, table.c.doc_year, table.c.doc_n, table.c.entered_at).where(table.c.id.in_(ids))
    )
    return {i: (f"{word}〔{year}〕{n}号", clock.day_of(at)) for i, word, year, n, at in rows}


def register_on(actor, on: date, *, q: str = "", state: str = "", after: int = 0, size: int = 30) -> tuple[list, int | None]:
    """The register of a day: (base, standing, names) of those in sight that existed then, keyset-paged by id."""
    found: list = []
    # an older base was entered later than it was recognised (A20-2)
    there = (Base.created_at < clock.end_of(on)) | Base.id.in_(
        select(ValidityPeriod.base_id).where(ValidityPeriod.in_force_on <= on))
    while len(found) <= size:
        query = access.visible(actor, Base).where(Base.id > after, there).order_by(Base.id).limit(200)
        bases = list(db.session.scalars(query))
        if not bases:
            break
        facts, names = facts_of_bases(bases), names_on(bases, on)
        for base in bases:
            then, named = standing.status(facts[base.id], on), names.get(base.id, {})
            if (not state or then.state == state) and q in (named.get("name") or base.name):
                found.append((base, then, named))
        after = bases[-1].id
    return found[:size], found[size - 1][0].id if len(found) > size else None


def day_asked(text: str) -> date | None:
    """A day as a page asks for it (2025-03-01), within the years that the register knows; None where it is none."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None
