"""Habits from the account request to the plaque (第五至十条): who does what when an item waits."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import select

from incubator.bases import plaques
from incubator.bases.models import Base
from incubator.campaigns.queries import open_campaign
from incubator.cases.tables import form_table
from incubator.decisions import kinds
from incubator.filings import commands as filings
from incubator.kernel import clock, registry, workflow
from incubator.kernel.access import Actor, Region
from incubator.kernel.database import db
from incubator.kernel.parameters import workday
from incubator.kernel.workflow import Case
from incubator.obligations.models import Obligation
from incubator.offices.models import Membership, Person
from incubator.policy.fields.filing import FILING
from incubator.recognitions import commands as recognitions
from incubator.recognitions.commands import running_application
from incubator.rosters.models import Tenant
from incubator.simulation import applications, relaxing, reviews, steps
from incubator.simulation.life import Life, Nobody, each_day, habit
from incubator.simulation.steps import Unit

FIRST = "星云汇启智创新联合远大博众鼎盛华晨金桥海蓝青禾朝阳长风万里天元百川九州同心"
SECOND = "桥舟帆港谷湾园岛峰林泉石城塔岸野渡庭台苑"
REMARK = {"text": "有一处材料和申报表对不上，请一次改齐后再报。"}
ROUND = ((3, 1), (9, 30))  # a round runs from March to September
STRONG, WEAK, FEW, GRADUATES = 0.3, 0.1, 13, 6  # with troubles: shares of bases; tenants of the weak, graduates of the strong
NEXT_TIME = timedelta(days=240)  # with troubles who was turned away asks again


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
    homes: dict[int, Newcomer] = field(default_factory=dict)  # by the id of the base that they live in

    def of(self, case: Case) -> Newcomer:
        """Whose case it is; a request of an account names no base yet."""
        return self.newcomers[case.subject] if case.base_id is None else self.homes[case.base_id]

    def settle(self, who: Newcomer, admin: str, base_id: int) -> None:
        who.admin, who.base_id = admin, base_id
        self.homes[base_id] = who


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
        comes_on = life.day + timedelta(days=round(days * luck.random() ** 2))
        tenants = 16 + round(luck.random() ** 3 * 34)
        if life.troubles:
            tenants = _uneven(luck, tenants)
        made.newcomers[unit.name] = Newcomer(unit, comes_on, tenants, 10 + luck.randrange(60))
    life.population = made
    return made


def _uneven(luck, tenants: int) -> int:
    """Where not all goes well there are more of the strong, and some that ask for a standard to be relaxed."""
    kind = luck.random()
    return 44 + luck.randrange(6) if kind < STRONG else FEW if kind > 1 - WEAK else tenants


def come_again(life: Life, who: Newcomer) -> None:
    """A new start is a new request of an account (AMB-31)."""
    life.population.homes.pop(who.base_id, None)
    who.admin, who.base_id = "", None
    who.comes_on = life.day + timedelta(days=20 + life.draw("again", who.unit.name, life.day).randrange(90))


def standing_in(*states: str) -> list[int]:
    """Ids of the bases with one of these statuses; no row is read in full for those whom the day passes by."""
    return list(db.session.scalars(select(Base.id).where(Base.status_now.in_(states)).order_by(Base.id)))


def admin_of(case: Case) -> Actor:
    return admin_of_base(case.base_id)


def admin_of_base(base_id: int) -> Actor:
    """Who answers for the base; `Nobody` while a new operator waits for the account."""
    login = db.session.scalar(
        select(Person.login).join(Membership, Membership.person_id == Person.id)
        .where(Membership.base_id == base_id, Membership.role == "base_admin", Membership.to_on.is_(None)))
    if login is None:
        raise Nobody
    return steps.actor(login)


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
        with life.trying("asked"):
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
    ready = select(Base.id, Base.filed_on).where(Base.status_now == "filed", Base.filed_on <= life.day).order_by(Base.id)
    for base in db.session.execute(ready).all():
        who = life.population.homes.get(base.id)
        if who is None or base.filed_on + timedelta(days=who.ready_after) > life.day or not _may_apply(life, base.id):
            continue
        admin = steps.actor(who.admin)
        if db.session.scalar(select(Tenant.id).where(Tenant.base_id == base.id).limit(1)) is None:
            applications.fill_rosters(who.unit, admin, tenants=who.tenants)
            if life.troubles and who.tenants > 42:
                applications.graduate(who.unit, admin, GRADUATES)
        with life.trying("applied"):
            if life.chance(("recognition", "draft", "withdraw"), 0.02, base.id, life.day):
                case = recognitions.open_application(admin)
                steps.act(case, "withdraw", admin, text="材料还没有准备好，先撤回。")
                continue
            applications.submit_application(who.unit, admin)
            life.done["applied"] += 1


def _may_apply(life: Life, base_id: int) -> bool:
    """Once; with troubles, whoever was turned away comes again another year."""
    asked = select(Case.opened_at).where(Case.base_id == base_id, Case.kind == "recognition", Case.submitted_at.is_not(None))
    last = db.session.scalar(asked.order_by(Case.id.desc()).limit(1))
    if last is None:
        return True
    return life.troubles and running_application(base_id) is None and clock.day_of(last) + NEXT_TIME < life.day


# ----------------------------------------------------------------------- what waits is done


@habit("account_request", "county_check")
def confirm(life: Life, row: Obligation) -> None:
    steps.act(row.case, "confirm", county(row.case), text="营业执照和地址属实。")


@habit("account_request", "dispatch")
def dispatch(life: Life, row: Obligation) -> None:
    who = life.population.of(row.case)
    slip = filings.dispatch(steps.province()["manager"], row.case_id, seen_version=row.case.version)
    admin = db.session.scalar(select(Person).where(Person.login == slip.login))
    steps.take_up(admin)
    life.population.settle(who, slip.login, db.session.scalar(select(Membership.base_id).where(Membership.person_id == admin.id)))
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
    steps.fill(row.case, FILING, {"tenants_now": str(18 + row.case.version)}, who)
    case = reviews.fresh(row.case, who)
    filings.submit_filing(who, case.id, seen_version=case.version)


@habit("recognition", "county_initial")
def recommend(life: Life, row: Obligation) -> None:
    luck = life.draw("application returned", row.case.subject, row.case.version)
    if luck.random() < 0.2 and workflow.returns(row.case_id) < 2:
        steps.act(row.case, "return", county(row.case), **REMARK,
                  remarks=[{"field": "public_ratio", "label": "公益性服务占比", "text": "和服务台账不一致"}])
        return
    applications.recommend(row.case, life.population.of(row.case).unit)


@habit("recognition", "correction_county", "correction_city", "correction_acceptance", "correction_assessment")
def correct_application(life: Life, row: Obligation) -> None:
    who = admin_of(row.case)
    typed = {"public_ratio": str(20 + life.draw(row.key, life.day).randrange(40))}
    if life.troubles:  # the base may have been moved since
        typed["division_code"] = row.case.region.code
    steps.fill(row.case, form_table(row.case_kind), typed, who)
    case = reviews.fresh(row.case, who)
    recognitions.submit_application(who, case.id, seen_version=case.version)


@habit("recognition", "city_review")
def forward(life: Life, row: Obligation) -> None:
    if life.troubles and not relaxing.propose(row.case, city(row.case)):
        steps.act(row.case, "not_forward", steps.actor(*steps.staff(row.case.region.code).city_lead), text="在孵企业不到标准，这里不能放宽。")
        return
    applications.forward(row.case, life.population.of(row.case).unit)


@habit("recognition", "prov_acceptance")
def accept(life: Life, row: Obligation) -> None:
    steps.act(row.case, "accept", steps.province()["clerk"])


@habit("recognition", "prov_assessment")
def assess(life: Life, row: Obligation) -> None:
    """The whole assessment, unless the case came back from a later station and has it behind it."""
    if life.troubles and not _lacks(row.case, "conclude"):
        steps.act(row.case, "conclude", steps.province()["lead"])
        return
    reviews.assess(row.case)


@habit("recognition", "deliberation")
def deliberate(life: Life, row: Obligation) -> None:
    """One meeting takes all that waits, of both kinds."""
    waiting = [*_all_at("deliberation"), *_all_at("deliberation", "promotion")]
    if not life.troubles:
        reviews.hold_meeting(waiting)
        return
    meeting = reviews.open_meeting()
    for case in waiting:
        with life.trying("deliberation"):
            verdict = _verdict(life, case)
            reviews.settle(meeting, case, verdict, "" if verdict == "pass" else "有一项材料还说不清，与会的意见不一致。")
    reviews.form_record(meeting)
    life.put_off(row, 10)  # where it was held


def _verdict(life: Life, case: Case) -> str:
    relaxing.grant(life, case)
    rare = next((outcome for outcome in ("hold", "not_pass") if life.chance(
        (case.kind, case.state, outcome), 0.04, case.id, case.version)), "pass")
    if rare != "pass" or not _lacks(case, "pass"):
        return rare
    return "not_pass" if workflow.opinions(case.id)[-1].outcome == "hold" else "hold"


def _lacks(case: Case, outcome: str) -> list:
    return registry.lacks(case.procedure.step(case.state, outcome).needs, case)


@habit("recognition", "proposed")
def publish(life: Life, row: Obligation) -> None:
    if workday(life.day):
        reviews.publish(_all_at("proposed", row.case_kind))


@habit("recognition", "to_decide")
def decide(life: Life, row: Obligation) -> None:
    """One document for all that may be decided; numbers run within the year."""
    found = _all_at("to_decide", row.case_kind)
    if life.troubles:
        lead = steps.province()["lead"]
        found = [w.case for w in kinds.get(row.case_kind).waiting(lead, [case.id for case in found]) if not w.lacks]
    if found:
        life.numbers[life.day.year] += 1
        reviews.decide(found, 100 + life.numbers[life.day.year])


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
