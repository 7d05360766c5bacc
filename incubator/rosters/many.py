"""The rosters of many bases at once, for what looks over the register: a few queries whatever their number."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from sqlalchemy import select

from incubator.bases.models import Base
from incubator.kernel.database import db
from incubator.policy import tenants as policy
from incubator.rosters.models import TeamMember, Tenant
from incubator.rosters.queries import Line, as_facts, judge, overrides, totals
from incubator.rosters.tables import PEOPLE, TENANTS, values_of


def rosters_of(base_ids: Iterable[int], day: date) -> dict[int, tuple[list[Line], list[Line]]]:
    """Base id → tenants with their verdicts and team, as they are now; a base without a row is left out."""
    ids = set(base_ids)
    found: dict[int, tuple[list[Line], list[Line]]] = defaultdict(lambda: ([], []))
    if not ids:
        return found
    codes = select(Tenant.uscc).where(Tenant.base_id.in_(ids), Tenant.out_on.is_(None))
    rows = db.session.scalars(
        select(Tenant).join(Base, Base.id == Tenant.base_id).where(
            Tenant.out_on.is_(None), Tenant.uscc.in_(codes),
            Tenant.base_id.in_(ids) | (Base.closed_at.is_(None) & (Base.status_now != "revoked")),
        ).order_by(Tenant.id)
    ).all()
    elsewhere = _elsewhere(rows, day)
    said = overrides([row.id for row in rows if row.base_id in ids], day)
    for row in rows:
        if row.base_id in ids:
            line = Line(TENANTS, row.id, row.version, values_of(TENANTS, row))
            line.verdict = judge(line.values, said.get(row.id), "elsewhere" if (row.base_id, row.uscc) in elsewhere else "")
            found[row.base_id][0].append(line)
    people = select(TeamMember).where(TeamMember.base_id.in_(ids), TeamMember.out_on.is_(None)).order_by(TeamMember.id)
    for row in db.session.scalars(people):
        found[row.base_id][1].append(Line(PEOPLE, row.id, row.version, values_of(PEOPLE, row)))
    return dict(found)


def _elsewhere(rows: list[Tenant], day: date) -> set[tuple[int, str]]:
    """(base, code) of the stays that count in another base, by the earlier agreement (AMB-11, T35)."""
    stays = [policy.Stay(row.base_id, row.uscc, row.agr_start, row.agr_end, row.in_on) for row in rows]
    holder = dict(policy.counted_in(stays, day))
    for stay in sorted(stays, key=lambda s: (s.agr_start, s.in_on, s.base_id)):
        holder.setdefault(stay.uscc, stay.base_id)
    return {(stay.base_id, stay.uscc) for stay in stays if holder[stay.uscc] != stay.base_id}


def facts_of(rosters: tuple[list[Line], list[Line]]) -> dict[str, int]:
    """What both rosters give to the standards."""
    return as_facts(totals(*rosters))
