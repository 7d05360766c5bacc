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


def person(n: int = 1, **changes) -> dict:
    """The n-th person of the team as an operator types it."""
    return {
        "name": "张海", "gender": "male" if n % 2 else "female", "idno": walk.id18(6100 + n), "phone": "13900610001",
        "education": "bachelor", "category": "service", "post": "运营专员", "employment": "full_time",
        "in_on": "2022-01-10", **changes,
    }


def line(base_id: int, tenant_id: int) -> queries.Line:
    """The row as a page reads it today."""
    return next(each for each in queries.tenants_now(base_id) if each.id == tenant_id)


def close(base_id: int) -> None:
    """What a revocation leaves of a base."""
    with transaction():
        db.session.get(Base, base_id).closed_at = clock.now()


_RECORDS = {
    "graduates": {
        "in_on": "2022-01-10", "grad_on": "2026-03-01", "criterion": ["high_tech"], "revenue": "1200.00", "jobs": "35",
        "in_province": "y",
    },
    "services": {
        "served_on": "2026-05-20", "kind": "training", "content": "创业政策培训", "ent_n": "12", "people": "40",
        "server": "张海", "fee": "free",
    },
    "activities": {
        "name": "创客中国吉林赛区", "held_on": "2026-05-08", "organiser": "吉林省工业和信息化厅", "role": "undertake",
    },
    "taxes": {
        "tax": "property", "basis": "财税〔2018〕120号", "qualification": "province_incubator",
        "qualification_no": "吉孵〔2024〕3号", "start_on": "2025-01-01", "year": "2025", "amount": "12.50",
        "separate": "y", "kept": ["title", "value", "lease", "agreement"],
    },
}


def record(roster, n: int = 1, **changes) -> dict:
    """The n-th row of a record as an operator types it."""
    row = dict(_RECORDS[roster.key])
    if roster.key == "graduates":
        row |= {"name": f"长春毕业{n}号科技有限公司", "uscc": typed(50 + n)["uscc"]}
    return {**row, **changes}
