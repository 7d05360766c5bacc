"""Short ways to the places where filings are tested; each goes by real commands."""

from sqlalchemy import select

from incubator.cases import corrections
from incubator.filings import commands as filings
from incubator.kernel import access
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.policy.fields.filing import FILING
from tests import walk
from tests.stage import reached

CHAOYANG = "220104"
REASON = "材料不全，请一次补齐后再提交"
REMARK = {"field": "area_total", "label": "总建筑面积", "text": "和不动产权证写的不一样"}


def unit(number: int = 101, region: str = CHAOYANG, **changes) -> walk.Unit:
    return walk.Unit(f"长春青禾{number}创业孵化基地", region, number, **changes)


def county(region: str = CHAOYANG):
    return walk.actor(*walk.staff(region).county)


def lead(region: str = CHAOYANG):
    return walk.actor(*walk.staff(region).county_lead)


def city(region: str = CHAOYANG):
    return walk.actor(*walk.staff(region).city)


def manager():
    return walk.province()["manager"]


def fresh(case) -> Case:
    """The case as it stands now, whoever may see it."""
    return access.load(access.service("test"), Case, case.id, fresh=True)


@reached
def submitted(number: int = 101, region: str = CHAOYANG):
    """(case, admin) of a filing that waits for the county."""
    told = unit(number, region)
    _, admin = walk.open_account(told)
    return walk.submit_filing(told, admin), admin


@reached
def approved(number: int = 101, region: str = CHAOYANG):
    case, admin = submitted(number, region)
    return walk.act(case, "approve", county(region)), admin


@reached
def returned(number: int = 101):
    case, admin = submitted(number)
    return walk.act(case, "return", county(), text=REASON, remarks=[REMARK]), admin


def resubmit(case, admin, **typed) -> Case:
    walk.fill(case, FILING, typed, admin)
    corrections.keep(admin, fresh(case), dict.fromkeys(range(5), "核对过，不用改"))
    return filings.submit_filing(admin, case.id, seen_version=fresh(case).version)


def one(query):
    return db.session.scalar(query)


def count(model, *where) -> int:
    return len(list(db.session.scalars(select(model).where(*where))))
