"""Short ways to bases with rows on their rosters, by real commands."""

from incubator.bases.models import Base
from incubator.kernel import clock
from incubator.kernel.database import db, transaction
from incubator.rosters import commands, queries
from incubator.rosters.tables import TENANTS
from tests import walk
from tests.stage import reached

CHAOYANG = "220104"
REASON = "现场看过，经营的是线上商城"


def unit(number: int = 61, region: str = CHAOYANG) -> walk.Unit:
    return walk.Unit(f"长春青禾{number}创业孵化基地", region, number)


@reached
def filed(number: int = 61, region: str = CHAOYANG):
    """(base, admin): a filed base with empty rosters."""
    base, admin = walk.filed_base(unit(number, region))
    return base.id, admin


def county(region: str = CHAOYANG):
    return walk.actor(*walk.staff(region).county)


def typed(n: int = 1, number: int = 61, **changes) -> dict:
    """The n-th tenant of a base as an operator types it."""
    return {**walk.tenant_row(unit(number), n), **changes}


def keyed(admin, n: int = 1, number: int = 61, **changes):
    """The n-th tenant, on the roster."""
    return commands.add(admin, TENANTS, typed(n, number, **changes)).row


def line(base_id: int, tenant_id: int) -> queries.Line:
    """The row as a page reads it today."""
    return next(each for each in queries.tenants_now(base_id) if each.id == tenant_id)


def close(base_id: int) -> None:
    """What a revocation leaves of a base."""
    with transaction():
        db.session.get(Base, base_id).closed_at = clock.now()
