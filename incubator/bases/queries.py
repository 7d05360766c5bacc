"""Reads of the register."""

import unicodedata
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload

from incubator.bases.models import Base, Plaque, Relaxation
from incubator.kernel import access
from incubator.kernel.access import Region
from incubator.kernel.database import db
from incubator.kernel.security import CODE_ALPHABET
from incubator.policy.standing import IN_FORCE


def region_choices() -> dict[str, list[tuple[str, str]]]:
    """Divisions a base can lie in, grouped by prefecture, full names inside (same-name trap, §10.1)."""
    rows = list(db.session.scalars(select(Region).order_by(Region.code)))
    names = {r.code: r.name for r in rows}
    groups: dict[str, list[tuple[str, str]]] = {}
    for region in rows:
        if region.selectable:
            groups.setdefault(names[region.parent_code], []).append((region.code, region.full_name))
    return groups


def region_labels() -> dict[str, str]:
    """Code → full name of every selectable division, for reading forms."""
    return dict(db.session.execute(select(Region.code, Region.full_name).where(Region.selectable.is_(True))).all())


def region_by_code(code: str) -> Region | None:
    return db.session.scalar(select(Region).where(Region.code == code, Region.selectable.is_(True)))


def own_base(actor):
    """The base of a base's own people."""
    return access.load(actor, Base, actor.base_id)


def dues_of(base_id: int) -> dict[int, object]:
    """Case id → day until which the base owes something on it."""
    table = db.metadata.tables["obligation"]  # a later module's table: read here, written there
    rows = db.session.execute(
        select(table.c.case_id, table.c.due_on).where(table.c.base_id == base_id, table.c.fulfilled_at.is_(None))
    )
    return dict(rows.all())


_todo = []


def todo_of(fn):
    """Register ``fn(actor, base, cases) -> list[dict]``: what the operator's home says is to be done."""
    _todo.append(fn)
    return fn


_marks = []


def marks_of(fn):
    """Register ``fn(base) -> list[str]``: what is to be said beside a base's figures wherever they are shown."""
    _marks.append(fn)
    return fn


_told_on = []


def told_on(fn):
    """Register ``fn(actor, base, day) -> list[Told]``: what a module knows of a base as it stood on a day (R-2.12)."""
    _told_on.append(fn)
    return fn


@dataclass(frozen=True)
class Told:
    """One line of a base's past day: what, its words, where the whole of it is read."""

    label: str
    words: str
    url: str = ""


def all_told_on(actor, base, day: date) -> list[Told]:
    return [line for fn in _told_on for line in fn(actor, base, day)]


def marks(base) -> list[str]:
    """Words beside the figures of a base, e.g. that nobody confirmed them for a year (A13-8)."""
    return [words for fn in _marks for words in fn(base)]


def todo(actor, base, cases) -> list[dict]:
    """Rows of the operator's home: mark, what, words, button; the first one gets the fill."""
    return [row for fn in _todo for row in fn(actor, base, cases)]


def relaxations_of(cases) -> dict[int, list[Relaxation]]:
    """Case id → granted thresholds that judge it, oldest first, in one query.

    Those granted to the dossier itself, and those that came into force with an earlier recognition of its base.
    """
    cases = list(cases)
    rows = db.session.scalars(
        select(Relaxation)
        .where(
            Relaxation.case_id.in_([case.id for case in cases])
            | (Relaxation.base_id.in_([case.base_id for case in cases if case.base_id]) & Relaxation.in_force_on.is_not(None))
        )
        .order_by(Relaxation.id)
    ).all() if cases else []
    return {
        case.id: [r for r in rows if r.case_id == case.id or (r.base_id == case.base_id and r.in_force_on is not None)]
        for case in cases
    }


def former_of(base: Base) -> list[Base]:
    """Earlier bases of the same operator or name that are closed or revoked (AMB-31)."""
    return list(
        db.session.scalars(
            select(Base).where(
                Base.id != base.id, (Base.operator_uscc == base.operator_uscc) | (Base.name_key == base.name_key),
                Base.closed_at.is_not(None) | (Base.status_now == "revoked"),
            ).limit(5)
        )
    )


PLAQUES = 30


def plaques_of(base_id: int) -> list[Plaque]:
    """All plaques that a base ever had, newest first."""
    return list(db.session.scalars(select(Plaque).where(Plaque.base_id == base_id).order_by(Plaque.id.desc()).limit(30)))


def plaque_list(actor, *, q: str = "", state: str = "", before: int | None = None) -> tuple[list[Plaque], int | None]:
    """Plaques in sight, newest first, keyset by id; by number, name on the plaque or name of the base."""
    query = (
        access.visible(actor, Plaque).join(Plaque.base).options(contains_eager(Plaque.base).joinedload(Base.region))
        .order_by(Plaque.id.desc()).limit(PLAQUES + 1)
    )
    if q:
        query = query.where(
            Plaque.plaque_no.contains(q, autoescape=True) | Plaque.base_name.contains(q, autoescape=True)
            | Base.name.contains(q, autoescape=True)
        )
    if state:
        query = query.where(Plaque.returned_on.is_(None) if state == "out" else Plaque.returned_on.is_not(None))
    if before:
        query = query.where(Plaque.id < before)
    rows = list(db.session.scalars(query))
    return rows[:PLAQUES], rows[PLAQUES - 1].id if len(rows) > PLAQUES else None


def without_plaque(actor) -> list[Base]:
    """Bases in force for which no valid plaque is out."""
    out = select(Plaque.base_id).where(Plaque.returned_on.is_(None))
    return list(
        db.session.scalars(
            access.visible(actor, Base).where(Base.status_now.in_(sorted(IN_FORCE)), Base.id.not_in(out))
            .options(joinedload(Base.region)).order_by(Base.id).limit(200)
        )
    )


def code_letters(typed: str) -> str:
    """A verification code without what does not count: width, case, spaces and dashes."""
    return "".join(c for c in unicodedata.normalize("NFKC", typed).upper() if c.isalnum())[:16]


def is_code(typed: str) -> bool:
    """Whether a text can be nothing but a verification code: no name of a base is written in these signs alone."""
    letters = code_letters(typed)
    return len(letters) == 12 and set(letters) <= set(CODE_ALPHABET)


def plaque_by_code(code: str) -> Plaque | None:
    """The plaque with that verification code, however it was typed; whoever holds the code may ask."""
    letters = code_letters(code)
    written = "-".join(letters[i : i + 4] for i in range(0, len(letters), 4))
    return db.session.scalar(
        select(Plaque).where(Plaque.code == written).options(joinedload(Plaque.base).joinedload(Base.region))
    )


def suggest_plaque_no(year: int) -> str:
    """The next running number of the year, to be checked against the plaque."""
    numbers = db.session.scalars(select(Plaque.plaque_no).where(Plaque.plaque_no.startswith(f"{year}-")))
    last = max((int(n[5:]) for n in numbers if n[5:].isdigit()), default=0)
    return f"{year}-{last + 1:03d}"
