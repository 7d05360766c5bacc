"""Steps around a notice: cases that passed, the notice as typed, what the public says."""

from datetime import date

from sqlalchemy import select

from incubator.kernel import access
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.notices import commands
from incubator.notices.models import Notice, Objection
from incubator.notices.queries import follow
from incubator.simulation.steps import Unit
from tests import walk
from tests.stage import reached

NAMES = ("长春知行创业孵化基地", "延吉海兰创业孵化基地", "梅河口汇智创业孵化基地")
REGIONS = ("220104", "222401", "220581")
FACTS = "这家基地的场地有一半在九月已经租给培训学校，不再用于孵化。"
PERSON = {"objector": "person", "name": "王小明", "phone": "139 0000 1234", "facts": FACTS}
TIP = {"objector": "anonymous", "name": "", "phone": "", "facts": FACTS}
REPLY = "已到现场核实，租给培训学校的是另一栋楼，与孵化场所无关。"


def clerk():
    return walk.province()["clerk"]


def lead():
    return walk.province()["lead"]


@reached
def proposed(count: int = 1, first: int = 101) -> list[Case]:
    """That many cases at 拟认定, of different places, by real commands on the present day."""
    today = walk.clock.today()
    walk.open_round(today.year, today, date(today.year, 12, 31))
    return [walk.proposed_case(Unit(NAMES[n], REGIONS[n], first + n)) for n in range(count)]


def now(case: Case) -> Case:
    return access.load(clerk(), Case, case.id, fresh=True)


def versions(cases) -> dict[int, int]:
    return {case.id: now(case).version for case in cases}


def typed(starts: str = "2024-11-04", ends: str = "2024-11-11", **changes) -> dict:
    return {
        "title": "关于2024年第一批吉林省创业孵化基地拟认定名单的公示", "body": "经逐级推荐和集中审议，现将名单公示。",
        "starts_on": starts, "ends_on": ends, "contact_unit": "省工信厅创业服务处", "contact_phone": "0431-88900000",
        "contact_address": "长春市示例大路 1 号", **changes,
    }


def published(cases, **changes) -> Notice:
    """T55 by default: from 2024-11-04, a Monday, to 2024-11-11 24:00."""
    return commands.publish_notice(clerk(), versions(cases), typed(**changes))


def say(notice: Notice, case: Case, upload=None, seal=None, **changes) -> Objection:
    code = commands.submit_objection(notice.id, {"case_id": str(case.id), **PERSON, **changes}, upload, seal=seal)
    return follow(code)


def check(row: Objection, verifier=None) -> Objection:
    return commands.start_checking(clerk(), row.id, {"verifier": str((verifier or clerk()).person_id)})


def answer(row: Objection, result: str = "rejected", reply: str = REPLY) -> Objection:
    if row.status == "received":
        check(row)
    return commands.answer_objection(clerk(), row.id, {"result": result, "reply": reply})


def count(model) -> int:
    return len(db.session.scalars(select(model.id)).all())
