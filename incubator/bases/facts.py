"""The dated facts of a base and what follows from them: the standing on any day, and its copies for lists (R-2.12)."""

from sqlalchemy import Date, String, cast, literal, null, select, union_all

from incubator.bases.models import Base, LevelSpan, NationalRecord, SanctionSpan, ValidityPeriod
from incubator.kernel import clock, registry
from incubator.kernel.database import db, transaction
from incubator.policy import standing

_dated: list[tuple[str, object, object]] = []


def dated_facts(name: str, make):
    """Register ``fn() -> select(base id, word, from, to, another day)``: rows of the field `name` of `BaseFacts`.

    ``make(word, from_on, to_on, third)`` builds its value. All of them are read in one statement; a later module adds its own.
    """

    def put(fn):
        _dated.append((name, make, fn))
        return fn

    return put


@dated_facts("validity", lambda word, from_on, to_on, third: standing.ValidityPeriod(from_on, to_on, third))
def _periods():
    return select(ValidityPeriod.base_id, _no_word(), ValidityPeriod.from_on, ValidityPeriod.to_on, ValidityPeriod.in_force_on)


@dated_facts("levels", lambda word, from_on, to_on, third: standing.LevelSpan(word, from_on, to_on))
def _levels():
    return select(LevelSpan.base_id, LevelSpan.level, LevelSpan.from_on, LevelSpan.to_on, _no_day())


@dated_facts("sanctions", lambda word, from_on, to_on, third: standing.SanctionSpan(word, from_on, to_on, third))
def _sanctions():
    return select(SanctionSpan.base_id, SanctionSpan.kind, SanctionSpan.from_on, SanctionSpan.to_on, SanctionSpan.due_on)


@dated_facts("national", lambda word, from_on, to_on, third: standing.NationalSpan(word, from_on, to_on))
def _titles():
    return select(NationalRecord.base_id, NationalRecord.title, NationalRecord.from_on, NationalRecord.to_on, _no_day())


def _no_word():
    return literal("")


def _no_day():
    return cast(null(), Date)


def facts_of_bases(bases) -> dict[int, standing.BaseFacts]:
    """Base id → the dated facts that the standing is a function of, in one statement a thousand bases."""
    bases = list(bases)
    facts = {}
    for start in range(0, len(bases), 1000):
        facts |= _facts_of(bases[start : start + 1000])
    return facts


def _facts_of(bases) -> dict[int, standing.BaseFacts]:
    found: dict[int, dict[str, list]] = {base.id: {name: [] for name, _, _ in _dated} for base in bases}
    parts = []
    for place, (_, _, fn) in enumerate(_dated):
        part = fn()
        base_id, word, from_on, to_on, third = part.selected_columns
        parts.append(
            part.with_only_columns(
                literal(place).label("place"), base_id.label("base_id"), cast(word, String(80)).label("word"),
                from_on.label("from_on"), to_on.label("to_on"), third.label("third"),
            ).where(base_id.in_(list(found)))
        )
    for place, base_id, word, *days in db.session.execute(union_all(*parts)):
        name, make, _ = _dated[place]
        found[base_id][name].append(make(word, *days))
    return {
        base.id: standing.BaseFacts(
            filed_on=base.filed_on, closed_on=clock.day_of(base.closed_at) if base.closed_at else None,
            revoked_on=standing.revoked_on(found[base.id]["sanctions"]),
            **{name: tuple(rows) for name, rows in found[base.id].items()},
        )
        for base in bases
    }


def facts_of_base(base: Base) -> standing.BaseFacts:
    """The dated facts that the standing is a function of."""
    return facts_of_bases([base])[base.id]


def standing_of(base: Base, on=None) -> standing.Standing:
    """The standing of a base on a day (valid time, R-2.12)."""
    return standing.status(facts_of_base(base), on or clock.today())


def refresh_status(base: Base) -> None:
    """Bring the copies for lists in line with the facts."""
    db.session.flush()
    now = standing_of(base)
    base.status_now, base.level_now = now.state, now.level or ""
    db.session.flush()


@registry.daily(20, "base_status")
def recount_status(day) -> int:
    """Lapses follow from the day alone; the copies for lists follow here. Returns how many changed."""
    changed = 0
    in_force = select(Base).where(Base.status_now.in_(("valid", "provisional"))).order_by(Base.id)
    with transaction():
        bases = list(db.session.scalars(in_force))
        facts = facts_of_bases(bases)
        for base in bases:
            now = standing.status(facts[base.id], day)
            if (base.status_now, base.level_now) != (now.state, now.level or ""):
                base.status_now, base.level_now = now.state, now.level or ""
                changed += 1
    return changed
