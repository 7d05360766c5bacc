"""What happened to the rows of a base's rosters: who, when, which fields, old and new (第十三条)."""

import json
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import aliased

from incubator.kernel import access
from incubator.kernel.database import db
from incubator.kernel.forms import open_values
from incubator.policy.fields import Difference, differences, from_stored
from incubator.rosters.models import Tenant, TenantOverride
from incubator.rosters.tables import Roster

PAGE = 40
SAID = {"added": "添上", "changed": "改", "back": "恢复在册"}


@dataclass(frozen=True)
class Moment:
    """One change of one row; old and new are shown forms with personal numbers masked."""

    id: int
    row_id: int
    name: str
    what: str
    who: str
    at: object
    changes: list[Difference]


def changes(roster: Roster, base_id: int, actor=None, *, before: int | None = None) -> tuple[list[Moment], int | None]:
    """The newest changes of a roster and where the next page begins, in one query."""
    now, past = roster.change, aliased(roster.change)
    query = (
        select(now, past)
        .outerjoin(past, (past.row_id == now.row_id) & (past.version == now.version - 1))
        .where(now.base_id == base_id)
        .order_by(now.id.desc())
        .limit(PAGE + 1)
    )
    if before:
        query = query.where(now.id < before)
    if actor is not None:
        query = query.where(access.in_time(actor, now.at))
        if actor.role != "base_former":
            query = query.where(now.row_id.in_(access.visible(actor, roster.model, roster.model.id)))
    rows = db.session.execute(query).all()
    found = [_moment(roster, *row) for row in rows[:PAGE]]
    return found, (found[-1].id if len(rows) > PAGE else None)


def _moment(roster: Roster, now, past) -> Moment:
    after = _values(roster, now)
    changed = []
    if past is not None:
        changed = differences(roster.table, _values(roster, past), after)
    return Moment(now.id, now.row_id, roster.name_of(after), roster.leaving if now.kind == "left" else SAID[now.kind], now.by_name, now.at, changed)


def _values(roster: Roster, version) -> dict:
    return from_stored(roster.table, open_values(roster.table, json.loads(version.content)))


def words_of_reviewers(actor, base_id: int) -> list[tuple[TenantOverride, str]]:
    """The overrides on a base's tenants, newest first, with the tenant's name."""
    return db.session.execute(
        select(TenantOverride, Tenant.name)
        .join(Tenant, Tenant.id == TenantOverride.tenant_id)
        .where(Tenant.base_id == base_id, access.in_time(actor, TenantOverride.at))
        .order_by(TenantOverride.id.desc())
        .limit(PAGE)
    ).all()
