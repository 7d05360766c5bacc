"""Habits of change and of what happens at a base (第十三、十八、十九条): changes, major events, the yearly check."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select

from incubator.bases.facts import standing_of
from incubator.bases.models import Base
from incubator.cases.tables import form_table
from incubator.changes import deciding, major_events, profiles, requests
from incubator.kernel import workflow
from incubator.kernel.access import Actor
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.obligations.models import Obligation
from incubator.offices.models import Person
from incubator.policy import changes
from incubator.policy import profile as yearly
from incubator.policy.fields import to_stored
from incubator.policy.fields.change import CHANGE
from incubator.policy.fields.major_event import AREA_FIELDS, MAJOR_EVENT
from incubator.policy.standing import IN_FORCE
from incubator.sanctions.queries import running_revocation
from incubator.simulation import applications, founders, inspectors, reviews, revokers, steps, wanderers
from incubator.simulation.life import Life, each_day, habit, otherwise

WISH = 1 / (6 * 365)  # how often a base wishes a change on a day
HAPPENS = 1 / (5 * 365)  # how often something happens to it
LIES = 1 / (8 * 365)  # how often a form is begun and left lying
TYPES = ((changes.OPERATOR, 3), (changes.INVESTOR, 2), (changes.BASE_NAME, 2), (changes.ENTITY_RENAME, 2))
MORE = 4  # times as often, while something of its kind was never seen
UNWILLING = 0.12  # how often the operator will not, and the county files for the investor
EVENTS = (("accident", 3), ("area", 2), ("use", 1), ("address", 1), ("litigation", 2), ("stop", 1), ("other", 2))
SAID = {"text": "产权和用途没有变化，材料齐全，合规。"}


def _pick(luck, weighed):
    return luck.choices([one for one, _ in weighed], [weight for _, weight in weighed])[0]


def _struck(life: Life, what: str, share: float):
    """The bases in force to which it happens today, each with the luck that it goes on with."""
    for base_id in founders.standing_in(*IN_FORCE):
        luck = life.draw(what, base_id, life.day)
        if luck.random() < share:
            yield db.session.get(Base, base_id, populate_existing=True), luck


# a change ---------------------------------------------------------------------------------------


@each_day(66)
def wish(life: Life) -> None:
    """Operator, investor or name: asked for by the base, or filed by the county for an investor whom it keeps waiting."""
    if not life.troubles:
        return
    for base, luck in _struck(life, "change", WISH * (MORE if life.unseen("change") else 1)):
        if not _excluded(base):
            with life.trying("change asked"):
                _ask(life, base, _pick(luck, TYPES), luck)


def _excluded(base: Base) -> bool:
    """Nothing runs that excludes a change, and the one of the period is still there."""
    running = requests.running_change(base.id)
    if running is not None and running.submitted_at is not None:
        return True
    return requests.used(base) > 0 or running_revocation(base.id) is not None


def _ask(life: Life, base: Base, kind: str, luck) -> None:
    typed = _typed(life, base, kind)
    if kind in (changes.OPERATOR, changes.INVESTOR) and (luck.random() < UNWILLING or _never_filed_for(life, base)):
        county = steps.actor(*steps.staff(base.region.code).county)
        requests.open_for_investor(county, base.id, typed, {name: [steps.pdf(f"{name}.pdf")] for name in _papers(kind)})
        life.done["change filed for the investor"] += 1
        return
    who = founders.admin_of_base(base.id)
    case = requests.open_change(who)
    steps.fill(case, CHANGE, {**typed, **{name: steps.upload(who, case, f"{name}.pdf") for name in _papers(kind)}}, who)
    requests.submit_change(who, case.id, seen_version=reviews.fresh(case, who).version)
    life.done[f"change asked: {kind}"] += 1


def _never_filed_for(life: Life, base: Base) -> bool:
    """Nobody filed for an investor yet, or nobody while a draft of the base lay about."""
    lies = requests.running_change(base.id) is not None
    return not life.taken["change", "draft" if lies else "", "supersede" if lies else "open_for"]


def _typed(life: Life, base: Base, kind: str) -> dict:
    """A complete request, its files apart; every newcomer has a number of his own."""
    life.numbers["party"] += 1
    number = life.numbers["party"]
    values = {"types": [kind], "applicant": "investor", "reason": "原合作到期终止，投资主体另作安排。", "site_moved": "no", "address": base.address}
    if kind == changes.OPERATOR:
        values |= {
            "new_operator_name": f"吉林新程{number}号企业管理有限公司", "new_operator_uscc": steps.uscc(8_000_000 + number),
            "new_legal_rep": "孙新程", "new_contact_name": "孙新程", "new_contact_phone": f"136{number:08d}",
            "coop_ended_on": (life.day - timedelta(days=20)).isoformat()}
    if kind == changes.INVESTOR:
        values |= {"new_investor_type": "legal_person", "new_investor_name": f"吉林远山{number}号置业有限公司",
                   "new_investor_idno": steps.uscc(9_000_000 + number)}
    if kind == changes.BASE_NAME:
        values |= {"new_base_name": f"{base.region.name[:2]}新程{number}号创业孵化基地"}
    if kind == changes.ENTITY_RENAME:
        values |= {"rename_party": "operator" if number % 2 else "investor", "new_entity_name": f"吉林知行{number}号科技服务有限公司"}
    return values


def _papers(kind: str) -> list[str]:
    both = ["use_pledge", "tenants_plan"] if kind in (changes.OPERATOR, changes.INVESTOR) else []
    own = {changes.OPERATOR: ["termination_file", "new_operator_files"], changes.INVESTOR: ["transfer_file"],
           changes.ENTITY_RENAME: ["rename_file"]}.get(kind, [])
    return ["application_file", *both, *own]


@habit("change", "county_compliance")
def county(life: Life, row: Obligation) -> None:
    """Another person of the county than who filed it for the investor, or acted last."""
    local = steps.staff(row.case.region.code)
    request = requests.request_of(row.case)
    if request.for_investor and not request.comment and life.draw("comment", row.case_id).random() < 0.5:
        requests.comment(founders.admin_of(row.case), row.case_id, {"comment": "合作协议没有到期，不同意更换。"})
        life.done["operator commented"] += 1
    before = workflow.neighbours(row.case, row.state)
    pair = (steps.actor(*local.county), steps.actor(*local.county_lead))
    who = next((a for a in pair if a.person_id not in before), pair[0])
    steps.act(row.case, "pass", who, **SAID)


@habit("change", "city_compliance")
def city(life: Life, row: Obligation) -> None:
    life.numbers["city document"] += 1
    steps.act(row.case, "forward", founders.city(row.case), **SAID, upload=steps.pdf("上报文件.pdf"),
              doc_no=f"示工信发〔{life.day.year}〕{9000 + life.numbers['city document']}号")


@habit("change", "prov_review")
def province(life: Life, row: Obligation) -> None:
    """One examines, another decides; the notice goes to both parties."""
    prov, case = steps.province(), reviews.fresh(row.case)
    if requests.request_of(case).examined_by is None:
        steps.act(case, "examine", prov["clerk"], text="材料齐全，产权和用途没有变化，建议同意。")
        life.put_off(row, 3)
        return
    life.numbers[life.day.year] += 1
    deciding.approve(prov["lead"], case.id, {
        "notice_no": f"吉工信创业〔{life.day.year}〕{100 + life.numbers[life.day.year]}号", "notice_on": life.day.isoformat(),
        "investor_told": "当日邮寄"}, steps.pdf("通知.pdf"), seen_version=case.version)


@habit("change", "correction_county", "correction_city", "correction_province")
def correct(life: Life, row: Obligation) -> None:
    """By who filed it: for the investor the county."""
    if requests.is_for_investor(row.case):
        typed = to_stored(CHANGE, requests.asked(row.case)) | {"reason": "原合作到期终止，投资主体另作安排，补充了签章。"}
        case = reviews.fresh(row.case)
        requests.correct_for_investor(founders.county(case), case.id, typed, {}, seen_version=case.version)
        return
    who = founders.admin_of(row.case)
    steps.fill(row.case, CHANGE, {"reason": "原合作到期终止，投资主体另作安排，补充了签章。"}, who)
    requests.submit_change(who, row.case_id, seen_version=reviews.fresh(row.case, who).version)


@otherwise
def of_the_investor(life: Life, row: Obligation) -> bool:
    """What was filed for an investor is returned, and the investor thinks again."""
    case = row.case
    if case is None or form_table(case.kind) is not CHANGE or case.state != row.state or not requests.is_for_investor(case):
        return False
    back = case.procedure.step(case.state, "return")
    if back is not None and not life.taken["change", back.to_state, "submit_for"] and life.draw("returned", case.id, case.state).random() < 0.5:
        return wanderers.say(case, back)
    seen = ("change", case.state, "withdraw_for")
    if case.procedure.step(*seen[1:]) is None or not life.chance(seen, 0.02, case.id, case.version):
        return False
    requests.withdraw_for_investor(
        founders.county(case), case.id, {"reason": "投资主体来函，不再要求变更。"}, steps.pdf("说明.pdf"), seen_version=reviews.fresh(case).version)
    life.done["change withdrawn for the investor"] += 1
    return True


@habit("implement")
def implement(life: Life, row: Obligation) -> None:
    """Carried out and said so; some let the county say it, some let it lapse and the province annuls it."""
    case = reviews.fresh(row.case)
    late = life.day > row.due_on
    step = lambda outcome: ("change", "to_implement", outcome)  # noqa: E731
    if late and life.chance(step("annul"), 0.5, case.id):
        steps.act(case, "annul", steps.province()["lead"], text="过了实施期限，双方都没有办理，同意作废。")
        return
    if not late and not life.taken[step("annul")] and life.draw("lets it lapse", case.id).random() < 0.4:
        life.put_off(row, (row.due_on - life.day).days + 3)
        return
    for_them = life.chance(step("implement_for"), 0.1, case.id)
    who = founders.county(case) if for_them else founders.admin_of(case)
    deciding.implement(who, case.id, {"implemented_on": life.day.isoformat()}, seen_version=case.version)
    life.done["change implemented"] += 1


@habit("account")
def hand_over(life: Life, row: Obligation) -> None:
    """The new operator's account (A18-6)."""
    slip = deciding.dispatch_once(steps.province()["manager"], f"simulated-{row.case_id}", row.case_id)
    steps.take_up(db.session.scalar(select(Person).where(Person.login == slip.login)))
    life.population.of(row.case).admin = slip.login


# what happens -----------------------------------------------------------------------------------


@each_day(67)
def happen(life: Life) -> None:
    if not life.troubles:
        return
    for base, luck in _struck(life, "event", HAPPENS * (MORE if life.unseen("major_event") else 1)):
        with life.trying("event reported"):
            _report(life, base, _pick(luck, EVENTS), luck)


def _report(life: Life, base: Base, kind: str, luck) -> None:
    who = founders.admin_of_base(base.id)
    case = major_events.open_event(who)
    typed = {"kind": kind, "happened_on": (life.day - timedelta(days=luck.randrange(12))).isoformat(),
             "facts": "二层配电间短路起火，已扑灭，没有伤亡。" if kind == "accident" else "情况发生后已经告知在孵企业，经过写明如下。", "effect": "三户停产一天"}
    if kind == "area":
        typed |= {name: str(getattr(base, name) or 0) for name in AREA_FIELDS} | {
            "area_public": str((base.area_public * Decimal("0.9")).quantize(Decimal("0.01")))}
    if kind == "address":
        life.numbers["address"] += 1
        typed["address"] = f"{base.address} {life.numbers['address']} 栋"
    if kind == "use":
        typed["new_use"] = "一层改作超市"
    steps.fill(case, MAJOR_EVENT, typed, who)
    major_events.submit_event(who, case.id, seen_version=reviews.fresh(case, who).version)
    life.done[f"event: {kind}"] += 1


@habit("major_event", "county_check")
def check(life: Life, row: Obligation) -> None:
    """Seen on site where the place itself changed; what follows goes to an inspection or to Article 16."""
    who, case = founders.county(row.case), row.case
    event, told = major_events.find_event(case), major_events.reported(case)
    luck = life.draw("checked", case.id)
    if event.kind in major_events.policy.ON_SITE:
        case = applications.visit(case, who)
    raw = {name: told[name] for name in major_events.verified_fields(event.kind) if name in told}
    if event.kind == major_events.policy.USE:
        raw["use_changed"] = "yes" if luck.random() < 0.5 else "no"
    grave = raw.get("use_changed") == "yes" or event.kind in ("accident", "area")
    follows = luck.choice(("next_inspection", "special_inspection", "revocation" if raw.get("use_changed") == "yes" else "special_inspection")) if grave else "none"
    major_events.verify_event(
        who, case.id, {**raw, "valid_from": life.day.isoformat(), "opinion": "现场核实，和报告的一致，同意按核实的登记。", "follow_up": follows},
        seen_version=reviews.fresh(case, who).version)
    _follow(life, db.session.get(Base, case.base_id, populate_existing=True), follows)


def _follow(life: Life, base: Base, follows: str) -> None:
    if not standing_of(base).in_force or running_revocation(base.id) is not None:
        return
    if follows == "special_inspection":
        with life.trying("adhoc after an event"):
            inspectors.inspect(life, base.id, "major_event", "重大事项报告核实后，列入专项检查。")
    if follows == "revocation":
        with life.trying("revocation after an event"):
            revokers.begin(life, base, ["16(2)2"])


@habit("major_event", "correction")
def complete(life: Life, row: Obligation) -> None:
    who = founders.admin_of(row.case)
    steps.fill(row.case, MAJOR_EVENT, {"effect": "三户停产一天，已经恢复。"}, who)
    major_events.submit_event(who, row.case_id, seen_version=reviews.fresh(row.case, who).version)


@habit(profiles.DUTY)
def confirm(life: Life, row: Obligation) -> None:
    """The yearly check of the base information; not after its year (A13-8)."""
    if row.due_on.year < life.day.year:
        life.put_off(row, 3000)
    elif life.troubles:
        profiles.confirm(founders.admin_of_base(row.base_id), life.day.year, {key: "same" for key, _, _ in yearly.PARTS})


# forms that lie ---------------------------------------------------------------------------------


@each_day(68)
def leave_lying(life: Life) -> None:
    """A form is begun and left; it is taken up again, taken back, or ends with the base."""
    if not life.troubles:
        return
    for base, luck in _struck(life, "form", LIES):
        with life.trying("form begun"):
            _begin(founders.admin_of_base(base.id), luck)
            life.done["form begun"] += 1


def _begin(who: Actor, luck) -> Case:
    kind = luck.choice(("change", "change", "major_event", "promotion", "promotion", "renewal"))
    if kind == "change":
        return requests.open_change(who)
    return major_events.open_event(who) if kind == "major_event" else applications.recognitions.open_application(who, kind)


