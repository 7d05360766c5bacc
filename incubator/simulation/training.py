"""The training province: accounts for every role and bases in different states, made by real commands.

The clock is moved back and walks forward to today, so that notices have run and deadlines lie around today.
"""

from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from incubator.bases import plaques
from incubator.kernel import clock, outbox
from incubator.kernel.database import db
from incubator.kernel.parameters import workday
from incubator.offices.models import Person
from incubator.simulation import applications, reviews, steps
from incubator.simulation.habits import founders
from incubator.simulation.life import Life, dawn, live
from incubator.simulation.steps import PASSWORD, Unit

# sign-in name, password, who it is: one per role, two people where one office holds both local stations
ACCOUNTS = (
    ("jd220104001", PASSWORD, "基地负责人，长春星桥（已认定）"),
    ("jd220104002", PASSWORD, "基地负责人，长春青柚（刚备案，可以申请认定）"),
    ("x220104", PASSWORD, "朝阳区工信局经办"),
    ("x220104f", PASSWORD, "朝阳区工信局负责人"),
    ("s220100", PASSWORD, "长春市工信局经办"),
    ("s220100f", PASSWORD, "长春市工信局负责人"),
    ("m220581a", PASSWORD, "梅河口市工信局甲（县级、市级两个身份）"),
    ("m220581b", PASSWORD, "梅河口市工信局乙（县级、市级两个身份）"),
    ("mjlcbsa", PASSWORD, "长白山管委会经发局甲（县级、市级两个身份）"),
    ("mjlcbsb", PASSWORD, "长白山管委会经发局乙（县级、市级两个身份）"),
    ("sheng1", PASSWORD, "省工信厅经办甲"),
    ("sheng2", PASSWORD, "省工信厅经办乙"),
    ("shengf", PASSWORD, "省工信厅负责人甲"),
    ("shengf2", PASSWORD, "省工信厅负责人乙"),
    ("shengg", PASSWORD, "省工信厅业务管理员"),
    ("zj1", PASSWORD, "评审专家（zj2、zj3、zj4 相同）"),
    ("kh1", PASSWORD, "考核组成员"),
    ("xtgl", PASSWORD, "系统管理员"),
    ("aqgl", PASSWORD, "安全管理员"),
    ("sjy", PASSWORD, "审计员"),
)
PLACES = ("220104", "220581", "JL-CBS-CB", "222401", "220172")
HISTORY = ("220581", "JL-CBS-CB")  # not where the printed accounts of bases count from 001
SEED, BASES = 2023, 2
ADMINS = (("xtgl", "系统管理员", "sys_admin"), ("aqgl", "安全管理员", "sec_admin"), ("sjy", "审计员", "auditor"))


def seed() -> str:
    """Make the province if it is not there; says what stands."""
    if db.session.scalar(select(Person.id).where(Person.login == "sjy")) is not None:
        return "the training province stands already"
    shift = clock.shift_seconds()
    today = clock.today()
    history(today)
    try:
        _walk(today)
    finally:
        clock.set_shift(shift)
    while outbox.drain():
        pass
    return "the training province is made"


def at(day: date) -> None:
    """Let it be 10:00 on `day` in Shanghai."""
    now = clock.local(clock.now())
    wanted = datetime.combine(day, time(10), clock.SHANGHAI)
    clock.set_shift(clock.shift_seconds() + int((wanted - now).total_seconds()))


def history(today: date) -> None:
    """Two past years: bases that came, were recognised and reported, each day by itself."""
    this_year = (today - timedelta(days=59)).year  # whose round the walk opens
    with clock.simulated():
        life = Life(SEED, date(this_year - 2, 1, 2), last_round=this_year - 1)
        dawn(life.day)
        _people()
        founders.found(life, BASES, date(this_year - 1, 5, 1), list(HISTORY))
        live(life, today - timedelta(days=61))


def _people() -> None:
    for code in PLACES:
        steps.staff(code)
    steps.province()
    for login, name, role in ADMINS:
        steps.person(login, name, (role, None))
    reviews.experts()


def _walk(today: date) -> None:
    at(today - timedelta(days=60))
    _people()
    steps.person("kh1", "考核组甲", ("site_team", None))
    opened = today - timedelta(days=59)
    applications.open_round(opened.year, opened, today + timedelta(days=45))

    first_day = today - timedelta(days=58)
    star = reviews.recognised_base(Unit("长春星桥创业孵化基地", "220104", 17), walk=at, first_day=first_day)
    plaques.issue_plaque(steps.province()["clerk"], star.id, {
        "plaque_no": f"{clock.today().year}-001", "issued_on": clock.today().isoformat(), "received_by": "刘思远",
    })
    at(today - timedelta(days=30))
    steps.filed_base(Unit("长春青柚创业孵化基地", "220104", 21, contact="赵小青", phone="13800000021"))
    steps.filed_base(Unit("长白山池北创业孵化基地", "JL-CBS-CB", 22, contact="孙北山", phone="13800000022"))
    at(today - timedelta(days=28))
    proposed = [
        reviews.proposed_case(Unit("长春知行创业孵化基地", "220104", 23, contact="周知行", phone="13800000023")),
        reviews.proposed_case(Unit("梅河口汇智创业孵化基地", "220581", 24, contact="吴汇智", phone="13800000024")),
    ]
    at(last_workday(today - timedelta(days=3)))
    reviews.publish(proposed)

    at(today - timedelta(days=14))
    applications.accepted_case(Unit("延吉海兰创业孵化基地", "222401", 25, contact="金海兰", phone="13800000025"))
    at(today - timedelta(days=9))
    applications.submitted_case(Unit(
        "长春市朝阳区大学生返乡与退役军人综合服务创业孵化基地", "220104", 26, operator="长春望阳企业管理有限公司",
        contact="钱望阳", phone="13800000026",
    ))
    case = applications.submitted_case(Unit("长春云杉创业孵化基地", "220104", 27, contact="郑云杉", phone="13800000027"))
    at(today - timedelta(days=4))
    steps.act(case, "return", steps.actor("x220104"), text="有两处材料和申报表对不上，请一次改齐。", remarks=[
        {"field": "floor_plan", "label": "功能分区平面图", "text": "公共服务区面积和图纸不一致，请核对后重新上传"},
        {"field": "credit_report_on", "label": "信用报告出具日期", "text": "投资主体的信用报告早于 30 天，请重新出具"},
    ])
    at(today - timedelta(days=12))
    zone = Unit("长春净月潭创业孵化基地", "220172", 28, contact="冯净月", phone="13800000028")
    _, admin = steps.open_account(zone)
    steps.submit_filing(zone, admin)
    at(today - timedelta(days=2))
    asked = steps.request_account(Unit("长春望海创业孵化基地", "220104", 29, contact="陈望海", phone="13800000029"))
    steps.act(asked, "confirm", steps.actor("x220104"))
    steps.request_account(Unit("长春拾光创业孵化基地", "220104", 30, contact="褚拾光", phone="13800000030"))


def last_workday(day: date) -> date:
    """`day`, or the working day before it: notices are published on working days."""
    while not workday(day):
        day -= timedelta(days=1)
    return day
