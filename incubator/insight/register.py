"""Bases in force with the figures that the standards ask for, in a few statements whatever their number."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from incubator.bases.facts import facts_of_bases
from incubator.bases.models import Base
from incubator.bases.models import Relaxation as Granted
from incubator.kernel import access
from incubator.kernel.database import db
from incubator.policy import criteria, standing
from incubator.policy.criteria import Edition, Finding, Relaxation
from incubator.policy.standing import DEMONSTRATION, IN_FORCE, Standing
from incubator.rosters.many import facts_of, rosters_of
from incubator.rosters.queries import Line
from incubator.rosters.record_queries import graduates_of

MOST = 1000
_AREAS = ("area_total", "area_incub", "area_public")


@dataclass
class Looked:
    """One base in force: its standing, its figures, its rosters, what was granted to it, whether a renewal is under way."""

    base: Base
    standing: Standing
    facts: dict
    tenants: list[Line] = field(default_factory=list)
    team: list[Line] = field(default_factory=list)
    granted: tuple[Relaxation, ...] = ()
    renewing: bool = False

    def findings(self, facts: dict, on: date, editions: Iterable[Edition]) -> list[Finding]:
        """The figures against the standards of the base's level on a day."""
        judge = criteria.assess_promotion if self.standing.level == DEMONSTRATION else criteria.assess
        found = judge(facts, urban=self.base.region.urban, edition_on=on, granted=self.granted, editions=editions)
        return [f for f in found if f.numeric]


def in_force(actor, today: date, region_id: int | None = None) -> list[Looked]:
    """The bases in the actor's sight that are in force, by region; of one region where it is named."""
    seen = access.visible(actor, Base).where(Base.status_now.in_(sorted(IN_FORCE)))
    if region_id is not None:
        seen = seen.where(Base.region_id == region_id)
    rows = db.session.scalars(
        seen.options(joinedload(Base.region))
        .order_by(Base.region_id, Base.id).limit(MOST)
    ).all()
    ids = [row.id for row in rows]
    facts, rosters, graduated, granted = facts_of_bases(rows), rosters_of(ids, today), graduates_of(ids, today), _granted(ids)
    found = []
    for row in rows:
        now = standing.status(facts[row.id], today)
        figures = {name: value for name in _AREAS if (value := getattr(row, name)) is not None}
        tenants, team = rosters.get(row.id, ([], []))
        if tenants or team:  # who has kept no roster yet is not known to fall short
            figures |= facts_of((tenants, team)) | {"grad_cum": graduated.get(row.id, 0)}
        found.append(Looked(row, now, figures, tenants, team, granted.get(row.id, ()),
                            any(r.ended_on is None for r in facts[row.id].renewals)))
    return found


def _granted(ids: list[int]) -> dict[int, tuple[Relaxation, ...]]:
    found: dict[int, dict[str, Relaxation]] = {}
    rows = db.session.scalars(
        select(Granted).where(Granted.base_id.in_(ids), Granted.in_force_on.is_not(None)).order_by(Granted.id)
    )
    for row in rows:
        found.setdefault(row.base_id, {})[row.standard] = Relaxation(row.standard, row.threshold, row.document_no)
    return {base_id: tuple(each.values()) for base_id, each in found.items()}
