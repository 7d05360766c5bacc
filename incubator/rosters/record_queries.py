"""Reads of the records: a page of one kind, how many rows each roster has, and graduates that still want a row."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, literal, select, union, union_all

from incubator.kernel import access, clock
from incubator.kernel.database import db
from incubator.kernel.forms import open_values
from incubator.policy.fields import from_stored
from incubator.rosters.models import Tenant
from incubator.rosters.queries import Line, line_of
from incubator.rosters.records import Graduate
from incubator.rosters.tables import KEPT, Roster

PAGE = 50


@dataclass(frozen=True)
class RecordPage:
    """One page of a record, newest day first: its rows, the years that have rows, and how many there are."""

    rows: list[Line]
    years: list[int]
    total: int
    page: int

    @property
    def more(self) -> bool:
        return self.page * PAGE < self.total


def records(actor, roster: Roster, base_id: int, *, struck: bool = False, year: int | None = None, page: int = 1) -> RecordPage:
    """A page of the records of one kind (`by_day` says when), those in force or those struck out."""
    model, day = roster.model, getattr(roster.model, roster.by_day)
    mine = access.sight(actor, model) & (model.base_id == base_id) & (model.out_on.is_not(None) if struck else model.out_on.is_(None))
    found = db.session.execute(
        select(func.extract("year", day), func.count()).where(mine).group_by(func.extract("year", day))
    ).all()
    counts = {int(key): number for key, number in found}
    query = select(model).where(mine).order_by(day.desc(), model.id.desc())
    if year:
        query = query.where(day.between(date(year, 1, 1), date(year, 12, 31)))
    rows = [line_of(roster, row) for row in db.session.scalars(query.limit(PAGE).offset((page - 1) * PAGE))]
    total = counts.get(year, 0) if year else sum(counts.values())
    return RecordPage(rows, sorted(counts, reverse=True), total, page)


def not_yet_registered(actor, base_id: int) -> list[Tenant]:
    """Tenants that left as graduated and don't stand among the graduates yet (§8.8)."""
    registered = select(Graduate.uscc).where(Graduate.base_id == base_id, Graduate.out_on.is_(None))
    return list(
        db.session.scalars(
            select(Tenant)
            .where(
                Tenant.base_id == base_id, access.sight(actor, Tenant), Tenant.status == "graduated", Tenant.uscc.not_in(registered))
            .order_by(Tenant.out_on.desc(), Tenant.id).limit(20)
        )
    )


def graduates_of(base_ids: Iterable[int], on: date | None = None) -> dict[int, int]:
    """How many firms of each base have graduated by a day, each credit code once (A6-2, §8.8): of the tenants and of the record."""
    ids, on = list(base_ids), on or clock.today()
    both = union(
        select(Tenant.base_id, Tenant.uscc).where(Tenant.base_id.in_(ids), Tenant.status == "graduated", Tenant.out_on <= on),
        select(Graduate.base_id, Graduate.uscc).where(Graduate.base_id.in_(ids), Graduate.out_on.is_(None), Graduate.grad_on <= on),
    ).subquery()
    return dict(db.session.execute(select(both.c.base_id, func.count()).group_by(both.c.base_id)).all())


def graduates(base_id: int, on: date | None = None) -> int:
    """The same of one base."""
    return graduates_of([base_id], on).get(base_id, 0)


def sizes(actor, base_id: int) -> dict[str, int]:
    """How many rows each roster and record has in force, in one query."""
    counts = (
        select(literal(roster.key), func.count()).select_from(roster.model)
        .where(roster.model.base_id == base_id, roster.model.out_on.is_(None), access.sight(actor, roster.model))
        for roster in KEPT.values()
    )
    return dict(db.session.execute(union_all(*counts)).all())


def as_left(actor, roster: Roster, base_id: int, *, gone: bool = False) -> list[Line]:
    """The rows as they stood when the actor's time at the base ended, each in its last version of that time (A16-6, A18-6).

    ``gone``: those that had left or were struck out by then. What came or changed later is not there; nothing is
    cut off, for it is taken along as a whole.
    """
    change = roster.change
    last = (
        select(change.row_id, func.max(change.version).label("version"))
        .where(change.base_id == base_id, access.in_time(actor, change.at)).group_by(change.row_id).subquery()
    )
    versions = db.session.scalars(
        select(change).join(last, (last.c.row_id == change.row_id) & (last.c.version == change.version)).order_by(change.row_id))
    found = [
        Line(roster, row.row_id, row.version, from_stored(roster.table, open_values(roster.table, json.loads(row.content))))
        for row in versions
    ]
    return [line for line in found if (line.status != "active") == gone]
