"""Reads of the register."""

from sqlalchemy import select

from incubator.bases.models import Base
from incubator.kernel import access
from incubator.kernel.access import Region
from incubator.kernel.database import db


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


def todo(actor, base, cases) -> list[dict]:
    """Rows of the operator's home: mark, what, words, button; the first one gets the fill."""
    return [row for fn in _todo for row in fn(actor, base, cases)]


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
