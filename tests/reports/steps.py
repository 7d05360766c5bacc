"""Short ways to recognised bases with rosters and to their reports, by the commands of the modules."""

from datetime import date, datetime

from incubator.bases import commands as bases
from incubator.bases.models import Base
from incubator.cases.forms_page import clean_changes
from incubator.decisions.models import Decision
from incubator.kernel import access, clock, drafts, files
from incubator.kernel.database import db, transaction
from incubator.kernel.workflow import Case
from incubator.obligations.commands import tick
from incubator.policy.calendar import initial_validity
from incubator.policy.fields.report import REPORTS
from incubator.policy.standing import BASE
from incubator.reports import commands
from tests import walk
from tests.stage import reached

CHAOYANG = "220104"
REASON = "有一处数字和台账对不上，请核对"
REMARK = {"field": "t_revenue", "label": "在孵企业本季营业收入", "text": "和税务数据差得多，请核对"}
GOOD = dict.fromkeys(("truth", "completeness", "accuracy"), (True, ""))
BAD = GOOD | {"accuracy": (False, "营业收入和税务数据对不上")}
QUARTER = {
    "jobs_grad": "10", "jobs_vet": "2", "jobs_return": "5", "t_revenue": "100", "t_tax": "5", "rent_relief": "3", "maker_visits": "40",
    "incident": False, "filler": "刘思远", "filler_phone": "13800000017", "in_charge": "张建国", "pledge": True,
}
YEAR = {
    "inc_total": "100", "inc_service": "60", "inc_property": "30", "inc_invest": "0", "inc_other": "10", "profit": "-3", "tax": "4",
    "subsidy": "0", "asset_g": "200", "asset_n": "150", "fund": "20", "area_public": "500", "area_maker": "60", "area_office": "0",
    "area_other": "0", "staff_total": "8", "staff_college": "6", "staff_prof": "4", "staff_trained": "3", "t_rd": "5",
    "t_subsidy": "0", "fin_n_cum": "3", "fin_amt_cum": "100", "ip_total": "9", "ip_invent": "2", "n_tech": "1", "n_high": "1",
    "n_special": "0", "n_above": "0", "sat_n": "3", "sat_rate": "98", "safety_year": "检查四次，没有事故", "incident": False,
    "decl_tenants": True, "summary": "全年新入孵两户，服务企业四十八户次，培训八场，没有事故。", "filler": "刘思远",
    "filler_phone": "13800000017", "in_charge": "张建国", "pledge": True,
}


def at(moment: str) -> None:
    """The clock of the portal, Asia/Shanghai."""
    when = datetime.fromisoformat(moment if "T" in moment or " " in moment else f"{moment} 09:00")
    clock.set_fixed(when.replace(tzinfo=clock.SHANGHAI))


def unit(number: int = 71, region: str = CHAOYANG) -> walk.Unit:
    return walk.Unit(f"长春青禾{number}创业孵化基地", region, number)


@reached
def recognised(number: int = 71, document: str = "2026-02-10", tenants: int = 3, region: str = CHAOYANG, filed: str = "2026-02-01",
               entered: str = ""):
    """(base id, its admin): recognised by a document of that day, with tenants, team and mentors on its rosters.

    `entered` is the day on which the document was entered, else its own.
    """
    at(filed)
    base, admin = walk.filed_base(unit(number, region))
    walk.fill_rosters(unit(number, region), admin, tenants=tenants, team=5, mentors=3)
    at(entered or document)
    walk.province()
    decide(base, number, date.fromisoformat(document))
    return base.id, admin


def decide(base: Base, number: int, on: date) -> None:
    lead = walk.actor("shengf")
    case = db.session.query(Case).filter_by(base_id=base.id, kind="filing").one()
    with transaction():
        base = db.session.get(Base, base.id)
        paper = files.accept(walk.pdf("认定文件.pdf"), lead, office_id=lead.office_id)
        decision = Decision(
            kind="recognition", doc_word="吉工信创业", doc_year=on.year, doc_n=number, document_on=on, title="关于认定的通知",
            file_id=paper.id, entered_at=clock.now(), entered_by=lead.person_id,
        )
        db.session.add(decision)
        db.session.flush()
        bases.recognise(base, lead, decision=decision, case=case, validity=initial_validity(on), level=BASE)


def county(region: str = CHAOYANG, lead: bool = False):
    local = walk.staff(region)
    return walk.actor(*(local.county_lead if lead else local.county))


def city(region: str = CHAOYANG):
    return walk.actor(*walk.staff(region).city)


def lead():
    walk.province()
    return walk.actor("shengf")


def manager():
    walk.province()
    return walk.actor("shengg")


def opened(admin, code: str = "2026Q1") -> Case:
    """The report of a period on today's day, after the tick that opened what is owed."""
    tick(clock.today())
    return commands.open_report(admin, code)


def fill(admin, case: Case, **typed) -> None:
    table = REPORTS[case.kind]
    _, draft = drafts.read(case.id, table)
    drafts.save(case, table, clean_changes(table, typed), admin, seen_version=draft.version)


def submitted(admin, code: str = "2026Q1", **typed) -> Case:
    case = opened(admin, code)
    fill(admin, case, **(QUARTER if "Q" in code else YEAR) | typed)
    return commands.submit_report(admin, case.id, seen_version=case.version)


def fresh(case: Case) -> Case:
    return access.load(access.service("test"), Case, case.id, fresh=True)


def passed(case: Case, region: str = CHAOYANG) -> Case:
    return commands.review(county(region), case.id, "pass", GOOD, seen_version=fresh(case).version)


def archived(case: Case, region: str = CHAOYANG) -> Case:
    passed(case, region)
    return commands.review(city(region), case.id, "archive", GOOD, seen_version=fresh(case).version)


def returned(case: Case) -> Case:
    return commands.review(county(), case.id, "return", BAD, seen_version=fresh(case).version, text=REASON, remarks=[REMARK])
