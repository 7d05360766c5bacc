"""Habits of inspection (第十四条): the year's plan, its batches, visits, findings, conclusions, and what comes outside it."""

from datetime import date, timedelta

from sqlalchemy import select

from incubator.inspections import commands, plans, queries
from incubator.inspections.models import InspectionItem
from incubator.kernel import registry
from incubator.kernel.database import db
from incubator.kernel.parameters import workday
from incubator.kernel.workflow import Case
from incubator.obligations.models import Obligation
from incubator.policy import inspections as policy
from incubator.policy.standing import IN_FORCE
from incubator.simulation import applications, founders, reviews, steps
from incubator.simulation.life import Life, each_day, habit

PLANNED = (2, 20)  # the plan is made on the first working day from here
SHARE = "30"
PROBLEMS = 0.15  # how often people on site find something
MILD = 0.6  # how often a suggestion to rectify ends with a talk
FACTS = {
    "15(1)": "在孵企业比上年少了一半，带动就业明显下降。", "15(2)": "两份报表迟报，催过三次。", "15(3)": "上报的就业人数和社保记录差二十人。",
    "15(4)": "服务台账没有记，企业反映找不到人。", "15(5)": "消防通道堆放货物，疏散门上锁。", "15(6)": "财务收支没有单独记账。",
    "16(2)2": "三层整层改作酒店客房，场地用途改变。", "16(2)5": "申报材料中的劳动合同系伪造。",
}
RARE = ("16(2)2", "16(2)5")
KINDS = commands.KINDS


@each_day(26)
def plan(life: Life) -> None:
    """Made, one base listed with its reason, drawn from and confirmed on one day."""
    first = date(life.day.year, *PLANNED)
    if not life.troubles or not first <= life.day <= first + timedelta(days=14) or not workday(life.day):
        return
    year = life.day.year
    if queries.plan_of(year) is not None or not queries.eligible(year):
        return
    clerk = steps.province()["clerk"]
    with life.trying("inspection plan"):
        made = plans.make_plan(clerk, {
            "year": str(year), "decided_on": life.day.isoformat(), "batches": [
                {"title": "第一批", "starts_on": f"{year}-04-01", "ends_on": f"{year}-06-30"},
                {"title": "第二批", "starts_on": f"{year}-07-01", "ends_on": f"{year}-09-30"}]})
        items = db.session.scalars(select(InspectionItem).where(InspectionItem.plan_id == made.id).order_by(InspectionItem.id)).all()
        if len(items) > 3:
            left_out = life.draw("not arranged", year).choice(items)
            plans.arrange(clerk, made.id, left_out.base_id, batch=None, skip_reason="场地整体维修，本年不具备检查条件", seen_version=made.version)
        plans.draw(clerk, made.id, {"seed": f"双色球第{year}{life.draw('lottery', year).randrange(150):03d}期", "share": SHARE}, seen_version=made.version)
        plans.confirm(clerk, made.id, seen_version=made.version)
        life.done["inspection plan"] += 1


def inspect(life: Life, base_id: int, cause: str, facts: str) -> None:
    """Outside the plan (A14-4)."""
    commands.open_adhoc(steps.province()["clerk"], base_id, {"cause": cause, "facts": facts})
    life.done[f"adhoc: {cause}"] += 1


@each_day(45)
def complaints(life: Life) -> None:
    """Somebody writes to the province about a base, about once in fifteen years of a base."""
    if not life.troubles:
        return
    share = (6 if life.unseen(KINDS[1]) else 1) / (15 * 365)
    for base_id in founders.standing_in(*IN_FORCE):
        if life.draw("complaint", base_id, life.day).random() < share:
            with life.trying("complaint"):
                inspect(life, base_id, "complaint", "有企业投诉基地多收物业费，并且断过两次网。")


@habit(KINDS[0], "online_review")
@habit(KINDS[1], "online_review")
def review_online(life: Life, row: Obligation) -> None:
    """Whoever was not drawn goes on to the conclusion, now and then to the site all the same."""
    case, clerk = row.case, steps.province()["clerk"]
    quick = case.procedure.step(case.state, "reviewed_only")
    if quick and not registry.lacks(quick.needs, case) and life.draw("to the site", case.id).random() < 0.85:
        steps.act(case, quick.outcome, clerk, text="报表、名册和数据提示都看过，没有抽中踏查。")
        return
    steps.act(case, "reviewed", clerk, text="报表、名册和数据提示都看过，到现场再核。")


@habit(KINDS[0], "field_visit")
@habit(KINDS[1], "field_visit")
def visit(life: Life, row: Obligation) -> None:
    """Two people on site; what they find is written under its code, and the base says what it has to say."""
    case, clerk = row.case, steps.province()["clerk"]
    luck = life.draw("on site", case.id, case.version)
    applications.visit(case, clerk)
    if luck.random() < PROBLEMS * (3 if case.submitted_at and queries.suggestion_of(case).conclusion != policy.PASSED else 1):
        code = luck.choice(RARE) if luck.random() < 0.08 else luck.choice([c for c in FACTS if c not in RARE])
        _find(life, case, code)
    steps.act(case, "visited", clerk, text="现场看过场地、台账和三户企业。")


def _find(life: Life, case: Case, code: str) -> None:
    clerk = steps.province()["clerk"]
    found = commands.add_finding(clerk, case.id, {"code": code, "fact": FACTS[code]},
                                 seen_version=reviews.fresh(case).version, uploads=[steps.pdf("现场照片.pdf")])
    luck = life.draw("finding", found.id)
    if luck.random() < 0.3:
        commands.explain(founders.admin_of(case), case.id, found.id, {"explanation": "情况属实，已经安排人员处理，月底前办完。"},
                         seen_version=reviews.fresh(case).version)
        life.done["finding explained"] += 1
    if luck.random() < 0.1:
        commands.withdraw_finding(clerk, case.id, found.id, seen_version=reviews.fresh(case).version)
        life.done["finding withdrawn"] += 1


@habit(KINDS[0], "conclusion")
@habit(KINDS[1], "conclusion")
def conclude(life: Life, row: Obligation) -> None:
    """Mostly as it is suggested; a first lateness ends with a talk; nobody is blamed whom nobody has seen."""
    case, clerk = reviews.fresh(row.case), steps.province()["clerk"]
    suggested = queries.suggestion_of(case).conclusion
    luck = life.draw("conclusion", case.id, case.version)
    seen = (case.kind, case.state, "order_visit")
    if life.chance(seen, 0.02, case.id) or (suggested != policy.PASSED and not queries.visited(case)):
        steps.act(case, "order_visit", clerk, text="有的情况线上看不清，再到现场看一次。")
        return
    wanted, codes = suggested, {f.code for f in queries.findings_of(case)}
    if suggested == policy.RECTIFY and not codes and luck.random() < MILD:
        wanted = policy.PASSED
    if wanted in policy.RECTIFIES and not codes & set(policy.RECTIFICATION_CODES):
        reason = next((r.code for r in queries.suggestion_of(case).reasons if r.code in FACTS), "15(6)")
        commands.add_finding(clerk, case.id, {"code": reason, "fact": FACTS[reason]}, seen_version=case.version,
                             uploads=[steps.pdf("核对记录.pdf")])
    commands.conclude(clerk, case.id, {"conclusion": wanted, "reason": "已约谈基地负责人，按现场看到的情况作出结论"},
                      seen_version=reviews.fresh(case).version)
    life.done[f"concluded: {wanted}"] += 1
