"""Habits from the account request to the plaque (第五至十条): who does what when an item waits."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import select

from incubator.bases import plaques
from incubator.bases.models import Base
from incubator.campaigns.queries import open_campaign
from incubator.cases.tables import form_table
from incubator.filings import commands as filings
from incubator.kernel import clock
from incubator.kernel.access import Actor, Region
from incubator.kernel.database import db
from incubator.kernel.parameters import workday
from incubator.kernel.workflow import Case
from incubator.obligations.models import Obligation
from incubator.offices.models import Membership, Person
from incubator.policy.fields.filing import FILING
from incubator.recognitions import commands as recognitions
from incubator.recognitions.commands import running_application
from incubator.simulation import applications, reviews, steps
from incubator.simulation.life import Life, each_day, habit
from incubator.simulation.steps import Unit

FIRST = "星云汇启智创新联合远大博众鼎盛华晨金桥海蓝青禾朝阳长风万里天元百川九州同心"
SECOND = "桥舟帆港谷湾园岛峰林泉石城塔岸野渡庭台苑"
REMARK = {"text": "有一处材料和申报表对不上，请一次改齐后再报。"}
ROUND = ((3, 1), (9, 30))  # a round runs from March to September


@dataclass
class Newcomer:
    """A base to be: where, when its people come, and how its tenants grow."""

    unit: Unit
    comes_on: date
    tenants: int
    ready_after: int  # days from the filing to the application
    admin: str = ""
    base_id: int | None = None


@dataclass
class Population:
    """All units of a run by base name; kept beside the life that they live in."""

    newcomers: dict[str, Newcomer] = field(default_factory=dict)

    def of(self, case: Case) -> Newcomer:
        return self.newcomers[case.subject]


def found(life: Life, number: int, until: date, regions: list[str] | None = None) -> Population:
    """`number` bases to be, spread over the divisions and over the days to `until`."""
    codes = regions or list(db.session.scalars(
        select(Region.code).where(Region.selectable.is_(True)).order_by(Region.sort_key)))
    names = dict(db.session.execute(select(Region.code, Region.name)).all())
    made = Population()
    days = max((until - life.day).days, 1)
    for n in range(1, number + 1):
        luck = life.draw("founded", n)
        code = codes[(n * 7 + life.seed) % len(codes)]
        place = names[code].rstrip("市县区")[:4]
        word = f"{FIRST[2 * n % len(FIRST)]}{SECOND[(n // 3) % len(SECOND)]}{'' if n < 60 else chr(0x4E00 + n)}"
        unit = Unit(f"{place}{word}创业孵化基地", code, 2000 + n, phone=f"137{n:08d}", contact=f"{'赵钱孙李周吴郑王'[n % 8]}{'明华强丽'[n % 4]}")
        if unit.name in made.newcomers:
            unit = Unit(f"{place}{word}第{n}创业孵化基地", code, 2000 + n, phone=unit.phone, contact=unit.contact)
        made.newcomers[unit.name] = Newcomer(
            unit, life.day + timedelta(days=round(days * luck.random() ** 2)), 16 + round(luck.random() ** 3 * 34), 10 + luck.randrange(60))
    life.population = made
    return made


def admin_of(case: Case) -> Actor:
    return admin_of_base(case.base_id)


def admin_of_base(base_id: int) -> Actor:
    return steps.actor(db.session.scalar(
        select(Person.login).join(Membership, Membership.person_id == Person.id)
        .where(Membership.base_id == base_id, Membership.role == "base_admin", Membership.to_on.is_(None))))


def county(case: Case) -> Actor:
    return steps.actor(*steps.staff(case.region.code).county)


def city(case: Case) -> Actor:
    return steps.actor(*steps.staff(case.region.code).city)


# ------------------------------------------------------------------------ of their own accord


@each_day(10)
def come(life: Life) -> None:
    """Units ask for an account on the day they come; with the account in hand they file."""
    for unit in (n.unit for n in life.population.newcomers.values() if n.comes_on == life.day):
        steps.staff(unit.region)
        steps.request_account(unit)
        life.done["asked"] += 1


@each_day(20)
def open_rounds(life: Life) -> None:
    """The province opens the year's round on 1 March; a province that begins later in the year opens it at once."""
    first, last = (date(life.day.year, *day) for day in ROUND)
    if life.day.year <= life.last_round and first <= life.day <= last and open_campaign("recognition", clock.now()) is None:
        applications.open_round(life.day.year, life.day, last)


@each_day(30)
def apply(life: Life) -> None:
    """A base that is filed and has its tenants applies while the round is open."""
    if open_campaign("recognition", clock.now()) is None:
        return
    ready = select(Base).where(Base.status_now == "filed", Base.filed_on <= life.day).order_by(Base.id)
    for base in db.session.scalars(ready).all():
        who = life.population.newcomers.get(base.name)
        if who is None or base.filed_on + timedelta(days=who.ready_after) > life.day or not _may_apply(base):
            continue
        admin = steps.actor(who.admin)
        if running_application(base.id) is None and not db.session.scalar(select(Case.id).where(Case.base_id == base.id, Case.kind == "recognition")):
            applications.fill_rosters(who.unit, admin, tenants=who.tenants)
        applications.submit_application(who.unit, admin)
        life.done["applied"] += 1


def _may_apply(base: Base) -> bool:
    """Once: whoever was turned away comes no more in this province."""
    return db.session.scalar(select(Case.id).where(Case.base_id == base.id, Case.kind == "recognition")) is None


# ----------------------------------------------------------------------- what waits is done


@habit("account_request", "county_check")
def confirm(life: Life, row: Obligation) -> None:
    steps.act(row.case, "confirm", county(row.case), text="营业执照和地址属实。")


@habit("account_request", "dispatch")
def dispatch(life: Life, row: Obligation) -> None:
    slip = filings.dispatch(steps.province()["manager"], row.case_id, seen_version=row.case.version)
    admin = db.session.scalar(select(Person).where(Person.login == slip.login))
    steps.take_up(admin)
    who = life.population.of(row.case)
    who.admin = slip.login
    who.base_id = db.session.scalar(select(Membership.base_id).where(Membership.person_id == admin.id))
    steps.submit_filing(who.unit, steps.actor(slip.login))


@habit("filing", "county_review")
def review_filing(life: Life, row: Obligation) -> None:
    if row.case.version < 4 and life.draw("filing returned", row.case.subject).random() < 0.15:
        steps.act(row.case, "return", county(row.case), **REMARK,
                  remarks=[{"field": "tenants_now", "label": "现有在孵企业", "text": "和现场清点的户数不一致"}])
        return
    steps.act(row.case, "approve", county(row.case), text="材料齐全，情况属实。")


@habit("filing", "correction")
def correct_filing(life: Life, row: Obligation) -> None:
    who = admin_of(row.case)
    steps.fill(row.case, FILING, {"tenants_now": "18"}, who)
    case = reviews.fresh(row.case, who)
    filings.submit_filing(who, case.id, seen_version=case.version)


@habit("recognition", "county_initial")
def recommend(life: Life, row: Obligation) -> None:
    luck = life.draw("application returned", row.case.subject, row.case.version)
    if luck.random() < 0.2:
        steps.act(row.case, "return", county(row.case), **REMARK,
                  remarks=[{"field": "public_ratio", "label": "公益性服务占比", "text": "和服务台账不一致"}])
        return
    applications.recommend(row.case, life.population.of(row.case).unit)


@habit("recognition", "correction_county", "correction_city", "correction_acceptance", "correction_assessment")
def correct_application(life: Life, row: Obligation) -> None:
    who = admin_of(row.case)
    steps.fill(row.case, form_table(row.case_kind), {"public_ratio": str(20 + life.draw(row.key).randrange(40))}, who)
    case = reviews.fresh(row.case, who)
    recognitions.submit_application(who, case.id, seen_version=case.version)


@habit("recognition", "city_review")
def forward(life: Life, row: Obligation) -> None:
    applications.forward(row.case, life.population.of(row.case).unit)


@habit("recognition", "prov_acceptance")
def accept(life: Life, row: Obligation) -> None:
    steps.act(row.case, "accept", steps.province()["clerk"])


@habit("recognition", "prov_assessment")
def assess(life: Life, row: Obligation) -> None:
    reviews.assess(row.case)


@habit("recognition", "deliberation")
def deliberate(life: Life, row: Obligation) -> None:
    """One meeting takes all that waits, of both kinds."""
    reviews.hold_meeting([*_all_at("deliberation"), *_all_at("deliberation", "promotion")])


@habit("recognition", "proposed")
def publish(life: Life, row: Obligation) -> None:
    if workday(life.day):
        reviews.publish(_all_at("proposed", row.case_kind))


@habit("recognition", "to_decide")
def decide(life: Life, row: Obligation) -> None:
    """One document for all that may be decided; numbers run within the year."""
    life.numbers[life.day.year] += 1
    reviews.decide(_all_at("to_decide", row.case_kind), 100 + life.numbers[life.day.year])


@habit("plaque")
def hand_over(life: Life, row: Obligation) -> None:
    base = db.session.get(Base, row.case.base_id)
    if plaques.valid_plaque(base.id) is not None:
        return  # the old one has to come back first (A8-7)
    life.numbers["plaque"] += 1
    plaques.issue_plaque(steps.province()["clerk"], base.id, {
        "plaque_no": f"{life.day.year}-{life.numbers['plaque']:04d}", "issued_on": life.day.isoformat(), "received_by": "基地负责人"})


def _all_at(state: str, kind: str = "recognition") -> list[Case]:
    return list(db.session.scalars(select(Case).where(Case.kind == kind, Case.state == state).order_by(Case.id)))
