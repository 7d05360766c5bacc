"""Habits of a quarter (第十三条): rosters that grow and shrink, reports in time or late, offices that pass or return."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import func, select

from incubator.bases.models import Base
from incubator.kernel import access, clock, drafts, registry, workflow
from incubator.kernel.access import Actor, Office
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.obligations.models import Obligation
from incubator.policy.fields.report import REPORTS
from incubator.policy.periods import period_of
from incubator.policy.standing import IN_FORCE
from incubator.reports import commands as reports
from incubator.reports import duties
from incubator.reports.models import TICKS
from incubator.reports.sources import last_form
from incubator.rosters import commands as rosters
from incubator.rosters.models import Tenant
from incubator.rosters.tables import TENANTS
from incubator.simulation import applications, founders, reviews, steps
from incubator.simulation.life import Life, each_day, habit
from incubator.simulation.steps import Unit

CHANGES_A_MONTH = 0.9  # how many tenants come or leave at a base in a month
FEWEST = 16
HOLDS = dict.fromkeys(TICKS, (True, ""))
KINDS = ("quarterly_report", "annual_report")
STANDS_IN = 0.01
WHY = "本期有两户企业集中确认收入，已与台账核对。"


@each_day(40)
def come_and_go(life: Life) -> None:
    """Tenants come, and a few leave or graduate, on days of their own."""
    held = select(Base.id, Base.code).where(Base.status_now.in_(IN_FORCE)).order_by(Base.id)
    for base_id, code in db.session.execute(held).all():
        luck = life.draw("tenants", code, life.day)
        who = life.population.homes.get(base_id)
        if who is None or luck.random() > CHANGES_A_MONTH / 30:
            continue
        with life.trying("roster"):
            _one_more_or_less(life, base_id, who.unit, founders.admin_of_base(base_id), luck)
            life.done["roster"] += 1


def _one_more_or_less(life: Life, base_id: int, unit: Unit, admin: Actor, luck) -> None:
    here = db.session.scalars(select(Tenant).where(Tenant.base_id == base_id, Tenant.out_on.is_(None)).order_by(Tenant.id)).all()
    day = life.day.isoformat()
    if len(here) > FEWEST and luck.random() < 0.4:
        row = luck.choice(here[: len(here) // 2])
        kind = "graduated" if luck.random() < 0.4 else "left"
        rosters.leave(admin, TENANTS, row.id, {"status": kind, "out_on": day, "out_kind": "迁入开发区厂房" if kind == "graduated" else "协议到期未续"},
                      seen_version=row.version)
        return
    ever = db.session.scalar(select(func.count()).select_from(Tenant).where(Tenant.base_id == base_id))
    typed = applications.tenant_row(unit, ever + 1)
    rosters.add(admin, TENANTS, {**typed, "in_on": day, "agr_start": day, "reg_on": (life.day - timedelta(days=400)).isoformat()})


@habit("report")
def report(life: Life, row: Obligation) -> None:
    """What is owed for a period: opened, filled with what the rosters don't know, sent."""
    base = db.session.get(Base, row.base_id)
    period = period_of(row.key.rsplit(":", 1)[1])
    if life.troubles and not period.quarter and _last_quarter_open(base.id, period.year):
        life.put_off(row, 1)  # the year goes on from its last quarter (AMB-36)
        return
    who = founders.admin_of_base(base.id)
    case = reports.open_report(who, period.code)
    luck = life.draw("figures", row.key)
    if period.quarter:
        _fill(case, who, _of_a_quarter(luck, base, last_form(base.id, period)))
    else:
        known, _ = drafts.read(case.id, REPORTS[case.kind])
        typed = {"t_revenue": str(300 + luck.randrange(300)), "t_tax": "20"} | _of_a_year(luck, base)
        _fill(case, who, {name: value for name, value in typed.items() if known.get(name) in (None, "", False)})
    _explain(case, who)
    case = reviews.fresh(case, who)
    reports.submit_report(who, case.id, seen_version=case.version)


def _last_quarter_open(base_id: int, year: int) -> bool:
    key = duties.key_of(base_id, period_of(f"{year}Q4"))
    return db.session.scalar(select(Obligation.id).where(
        Obligation.kind == duties.KIND, Obligation.key == key, Obligation.fulfilled_at.is_(None))) is not None


def _fill(case: Case, who: Actor, typed: dict) -> None:
    steps.fill(case, REPORTS[case.kind], typed, who)


def _explain(case: Case, who: Actor) -> None:
    """A reason for each figure that is asked about."""
    asked = reports.check_report(case).asked
    if any(p.field == "diff_note" for p in asked):
        _fill(case, who, {"diff_note": WHY})
    figures = [p.field for p in asked if p.field != "diff_note"]
    if figures:
        _, draft = drafts.read(case.id, REPORTS[case.kind])
        drafts.save(case, REPORTS[case.kind], {"reasons": [{"figure": f, "reason": WHY} for f in figures]}, who, seen_version=draft.version)


def _of_a_quarter(luck, base: Base, last: dict) -> dict:
    """Seven figures; the money drifts from what it was, sometimes by more than a third."""
    before = Decimal(str(last.get("t_revenue") or 0)) or Decimal(80 + luck.randrange(200))
    revenue = (before * Decimal(str(round(luck.uniform(0.85, 1.25) if luck.random() < 0.9 else luck.uniform(1.4, 1.9), 2)))).quantize(Decimal("0.01"))
    return {
        "jobs_grad": "6", "jobs_vet": "2", "jobs_return": "4", "t_revenue": str(revenue), "t_tax": str((revenue * Decimal("0.06")).quantize(Decimal("0.01"))),
        "rent_relief": str(luck.randrange(8)), "maker_visits": str(20 + luck.randrange(60)), "incident": False,
        "filler": base.contact_name, "filler_phone": base.contact_phone, "in_charge": "张建国", "pledge": True,
    }


def _of_a_year(luck, base: Base) -> dict:
    service, property_ = 40 + luck.randrange(60), 20 + luck.randrange(30)
    return {
        "inc_total": str(service + property_), "inc_service": str(service), "inc_property": str(property_), "inc_invest": "0", "inc_other": "0",
        "profit": str(luck.randrange(-5, 20)), "tax": "4", "subsidy": "0", "asset_g": "200", "asset_n": "150", "fund": "20",
        "area_office": "0", "area_other": "0", "staff_total": "8", "staff_college": "6", "staff_prof": "4", "staff_trained": "3", "t_rd": "5",
        "t_subsidy": "0", "fin_n_cum": "0", "fin_amt_cum": "0", "ip_total": "9", "ip_invent": "2", "n_tech": "1", "n_high": "1",
        "n_special": "0", "n_above": "0", "sat_n": "10", "sat_rate": "96", "safety_year": "检查四次，没有事故", "incident": False,
        "decl_tenants": True, "summary": "全年运营平稳，服务和培训按计划完成，没有事故。", "filler": base.contact_name,
        "filler_phone": base.contact_phone, "in_charge": "张建国", "pledge": True,
    }


@habit(KINDS[0], "county_review")
@habit(KINDS[1], "county_review")
def review(life: Life, row: Obligation) -> None:
    """The county passes, or returns what seems wrong; never the third time."""
    who = _reviewer(life, row)
    if row.case.version < 4 and _answers(row.case) and life.draw("report returned", row.key).random() < 0.06:
        _return(row, who)
        return
    reports.review(who, row.case_id, "pass", HOLDS, seen_version=row.case.version)


def _answers(case: Case) -> bool:
    """A return asks the base for something; a revoked one can't give it (A16-6)."""
    return not registry.lacks(case.procedure.step(case.state, "return").needs, case)


def _reviewer(life: Life, row: Obligation) -> Actor:
    """The county; now and then the provincial lead in its place (A3-5)."""
    if not life.troubles or life.draw("in its place", row.key).random() > STANDS_IN:
        return founders.county(row.case)
    life.done["on behalf"] += 1
    return access.stand_in(steps.province()["lead"], db.session.get(Office, row.office_id), "county", "机构改革，县里暂时没有人办。")


def _return(row: Obligation, who: Actor) -> None:
    wrong = HOLDS | {TICKS[-1]: (False, "营业收入和税务数据对不上")}
    reports.review(who, row.case_id, "return", wrong, seen_version=row.case.version, text="有一处数字和台账对不上，请核对后再报。",
                   remarks=[{"field": "t_tax", "label": "在孵企业上缴税金", "text": "和税务数据差得多，请核对"}])


@each_day(42)
def move_the_day(life: Life) -> None:
    """The portal was out of reach on one day of every other year; the first quarter's day is moved for all (AMB-22)."""
    if not life.troubles or (life.day.month, life.day.day) != (4, 18) or life.day.year % 2:
        return
    manager = steps.province()["manager"]
    with life.trying("day moved"):
        outage = duties.log_outage(manager, clock.now() - timedelta(hours=9), clock.now() - timedelta(hours=2), "登录和填报打不开")
        duties.move_due(manager, f"{life.day.year}Q1", life.day + timedelta(days=5), "系统故障七个小时，顺延三天。", outage_id=outage.id)
        life.done["day moved"] += 1


@habit(KINDS[0], "city_review")
@habit(KINDS[1], "city_review")
def archive(life: Life, row: Obligation) -> None:
    case = row.case
    if life.chance((case.kind, case.state, "return"), 0.02, case.id, case.version) and workflow.returns(case.id) < 2 and _answers(case):
        _return(row, founders.city(case))
        return
    reports.review(founders.city(row.case), row.case_id, "archive", HOLDS, seen_version=row.case.version)


@habit(KINDS[0], "correction", "unlocked")
@habit(KINDS[1], "correction", "unlocked")
def correct(life: Life, row: Obligation) -> None:
    who = founders.admin_of_base(row.base_id)
    _fill(row.case, who, {"t_tax": str(1 + life.draw("corrected", row.key, life.day).randrange(9))})
    _explain(row.case, who)
    case = reviews.fresh(row.case, who)
    reports.submit_report(who, case.id, seen_version=case.version)
