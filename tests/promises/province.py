"""A small province for the access matrix: the same bases in five places, every text with its canary.

    own         朝阳区, where the people of the matrix work (长春市)
    sibling     南关区, another county of the same city
    meihekou    梅河口市, one office for both stations, under 通化市 by its code only
    elsewhere   昌邑区, another city
    moved       铁东区 of 四平市, whose route was moved to 朝阳区 and 长春市 today

Each place has one base a slot, walked to a state by real commands. A canary reads
``CANARY-<region>-<model>-<unit>``; whoever finds one knows whose it is.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, update
from werkzeug.datastructures import FileStorage

from incubator.assessments import commands as assessments
from incubator.assessments import plans, sheets
from incubator.bases import plaques
from incubator.campaigns import commands as campaigns
from incubator.filings import commands as filings
from incubator.kernel import access, clock, outbox
from incubator.kernel.access import Assignment, Region, Route
from incubator.kernel.database import db, transaction
from incubator.kernel.files import StoredFile
from incubator.kernel.workflow import Case, Draft
from incubator.messages.models import Letter
from incubator.notices import commands as notices
from incubator.notices.models import Objection
from incubator.obligations.commands import tick
from incubator.obligations.models import Obligation
from incubator.offices import commands as offices
from incubator.offices.models import Membership, Person
from incubator.policy.fields.campaign import default_materials
from incubator.policy.fields.filing import FILING
from incubator.policy.fields.recognition import RECOGNITION
from incubator.policy.identifiers import id18_check_char
from incubator.recognitions import commands as recognitions
from incubator.rosters import commands as rosters
from incubator.rosters.tables import TENANTS
from tests import walk

PLACES = {
    "own": "220104", "sibling": "220102", "meihekou": "220581", "elsewhere": "220202", "moved": "220303",
}
SLOTS = ("asked", "confirmed", "drafting", "reviewing", "returned", "filed", "drafted", "county")
LATE_SLOTS = ("city", "accepting", "assessing", "deliberating", "proposed", "noticed", "deciding", "recognised")
LATE_PLACES = ("own", "moved")  # at the province little depends on whose county it was
PHONE = "1371234{:04d}"
OBJECTOR, EXPERT = "13612345678", "13612345679"
BEGINNING, NOW = "2026-05-18 09:00", "2026-06-01 09:00"  # both Mondays
REASON = "请把材料一次改齐再提交"


@dataclass
class Unit:
    """One base of one place and what the matrix may ask for on it, by name."""

    place: str
    slot: str
    number: int
    objects: dict[str, Any] = field(default_factory=dict)
    admin: str = ""
    clerk: str = ""
    former: str = ""

    @property
    def region(self) -> str:
        return PLACES[self.place]

    def canary(self, model: str) -> str:
        return f"CANARY-{self.region}-{model}-{self.number}"


@dataclass
class Province:
    units: list[Unit] = field(default_factory=list)
    common: dict[str, Any] = field(default_factory=dict)

    def unit(self, place: str, slot: str) -> Unit:
        return next(u for u in self.units if (u.place, u.slot) == (place, slot))

    def by_number(self, number: int) -> Unit:
        return self.units[number - 1]

    def secrets(self) -> dict[str, int]:
        """Every telephone and ID number that stands in this province, and whose base it belongs to."""
        found = {OBJECTOR: 0, EXPERT: 0}
        for unit in self.units:
            found[PHONE.format(unit.number)] = found[investor(unit.number)] = unit.number
            for n in range(1, 10):
                found[walk.id18(unit.number * 20 + n)] = found[f"139{unit.number:04d}{n:04d}"] = unit.number
        return found


def investor(number: int) -> str:
    """The citizen number of the person who invests in the n-th base."""
    body = f"22010219700101{number:03d}"
    return body + id18_check_char(body)


def pdf(name: str, words: str) -> FileStorage:
    content = walk.PDF.replace(b"%PDF-1.4\n", b"%PDF-1.4\n%" + words.encode() + b"\n", 1)
    return FileStorage(stream=io.BytesIO(content), filename=name, content_type="application/pdf")


def found(move: Callable[[str], object]) -> Province:
    """Build the province in the present application context; ``move`` sets the clock."""
    move(BEGINNING)
    province = Province()
    walk.province()
    for login, name, role in (
        ("xtgl", "系统管理员", "sys_admin"), ("aqgl", "安全管理员", "sec_admin"), ("sjy", "审计员", "auditor"),
        ("kh1", "考核甲", "site_team"), ("kh2", "考核乙", "site_team"),
    ):
        walk.person(login, name, (role, None))
    walk.experts()
    this_year = walk.open_round(2026, date(2026, 5, 18), date(2026, 12, 31))
    province.common |= {"round": this_year.id, "guide": this_year.guide.id, "next_round": _round_ahead().id}
    for region in PLACES.values():
        walk.staff(region)
    _late(province, move)
    for place in PLACES:
        for slot in SLOTS:
            _walk_to(_unit(province, place, slot))
    walk.person("tonghua", "通化经办", ("city_clerk", "220500"))
    _odd_people(province)
    _assign(province)
    _plaques(province)
    while outbox.drain():
        pass
    _remember(province)
    _move_route(PLACES["moved"], to=PLACES["own"])
    db.session.remove()
    return province


def _unit(province: Province, place: str, slot: str) -> Unit:
    unit = Unit(place, slot, len(province.units) + 1)
    province.units.append(unit)
    return unit


def _round_ahead():
    materials = [
        {"key": m.key, "name": m.name, "compulsory": m.compulsory, "accept": list(m.accept), "max_files": m.max_files,
         "applies_to": list(m.applies_to), "parties": list(m.parties)}
        for m in default_materials("recognition")
    ]
    return campaigns.create_campaign(
        walk.province()["manager"],
        {"year": "2027", "kind": "recognition", "title": "2027年第一批认定", "opens_on": "2027-03-01",
         "closes_on": "2027-09-30", "materials": materials},
        pdf("2027年指南.pdf", "guide"),
    )


def _late(province: Province, move) -> None:
    """What has its days: two documents ago, on notice now, and the stations of the province."""
    made = {slot: [_unit(province, place, slot) for place in LATE_PLACES] for slot in LATE_SLOTS}
    done = [_walk_to(unit) for slot in ("deciding", "recognised") for unit in made[slot]]
    walk.hold_meeting(done)
    notice = walk.publish([walk.fresh(case) for case in done])
    move(f"{notice.ends_on + timedelta(days=1)} 10:00")
    tick()
    province.common["decision"] = walk.decide([walk.fresh(c) for c in done[len(LATE_PLACES):]]).id
    passed = [_walk_to(unit) for slot in ("proposed", "noticed") for unit in made[slot]]
    province.common["meeting"] = walk.open_meeting()  # still open: its record is not formed
    for case in passed:
        walk.settle(province.common["meeting"], case, "pass")
    on_notice = [walk.fresh(case) for case in passed[len(LATE_PLACES):]]
    move(NOW)
    notice = walk.publish(on_notice)
    said = made["noticed"][0].canary("objection")
    notices.submit_objection(notice.id, {
        "case_id": str(on_notice[0].id), "objector": "person", "name": "王异议", "phone": OBJECTOR,
        "facts": f"{said} 场地的面积和公示的不一致，请核实。"}, pdf(f"{said}.pdf", said))
    row = db.session.scalar(select(Objection).where(Objection.notice_id == notice.id))
    clerk = walk.province()["clerk"]
    notices.start_checking(clerk, row.id, {"verifier": str(clerk.person_id)})
    province.common |= {"notice": notice.id, "objection": row.id, "noticed_case": on_notice[0].id, "proof": row.file_id}
    for slot in ("city", "accepting", "assessing", "deliberating"):
        for unit in made[slot]:
            _walk_to(unit)


def _walk_to(unit: Unit):
    """From the public form to the unit's slot; returns the last case."""
    told = walk.Unit(
        f"{unit.canary('base')}创业孵化基地", unit.region, unit.number, address=f"{unit.canary('address')} 号",
        operator=f"{unit.canary('operator')}企业管理有限公司", phone=PHONE.format(unit.number),
        changes={"investor_type": "individual", "investor_name": "王投资", "investor_idno": investor(unit.number)},
    )
    county = walk.actor(*walk.staff(unit.region).county)
    case, _ = filings.submit_account_request(
        access.PUBLIC,
        {
            "operator_name": told.operator, "operator_uscc": told.uscc, "base_name": told.name,
            "division_code": told.region, "address": told.address, "contact_name": told.contact,
            "contact_phone": told.phone,
        },
        pdf(f"{unit.canary('file')}.pdf", unit.canary("bytes")),
    )
    unit.objects["request"] = case.id
    unit.objects["file"] = db.session.scalar(select(StoredFile.id).where(StoredFile.case_id == case.id))
    if unit.slot == "asked":
        return case
    case = walk.act(case, "confirm", county, text=f"{unit.canary('opinion')} 情况属实")
    if unit.slot == "confirmed":
        return case
    slip = filings.dispatch(walk.province()["manager"], case.id, seen_version=case.version)
    admin = db.session.scalar(select(Person).where(Person.login == slip.login))
    walk.take_up(admin)
    unit.admin = admin.login
    who = walk.actor(admin.login)
    unit.objects["base"] = who.base_id
    _base_people(unit, who)
    case = _file(unit, told, walk.actor(unit.admin), county)
    return case if unit.slot in ("drafting", "reviewing", "returned") else _apply(unit, told, who) or case


def _apply(unit: Unit, told, who):
    """Rosters and the application, as far as the unit's slot."""
    row = walk.tenant_row(told, 1) | {"name": f"{unit.canary('tenant')} 有限公司"}
    unit.objects["tenant"] = rosters.add(who, TENANTS, row).row.id
    if unit.slot == "filed":
        return None
    if unit.slot not in ("drafted", "county", "city"):  # whoever is to be forwarded must meet the standards
        for n in range(2, 18):
            rosters.add(who, TENANTS, walk.tenant_row(told, n))
    walk.fill_rosters(told, who, tenants=0)
    model = "draft" if unit.slot == "drafted" else "form"
    case = recognitions.open_application(who)
    unit.objects["application"] = case.id
    walk.fill(case, RECOGNITION, walk.application_values(who, case, told) | {
        "facilities": [{"name": f"{unit.canary(model)} 会议室", "area": "120", "count": "2", "open_to_tenants": True}]}, who)
    unit.objects["file"] = walk.cases.add_file(who, case.id, pdf(f"{unit.canary('file')}.pdf", unit.canary("bytes")), ("pdf",)).id
    if unit.slot == "drafted":
        return case
    case = recognitions.submit_application(who, case.id, seen_version=case.version)
    for reached, step in (
        ("county", lambda c: walk.recommend(c, told)), ("city", lambda c: walk.forward(c, told)),
        ("accepting", lambda c: walk.act(c, "accept", walk.province()["clerk"], text=f"{unit.canary('opinion')} 受理")),
        ("assessing", walk.assess),
    ):
        if unit.slot == reached:
            break
        case = step(case)
    return case


def _base_people(unit: Unit, who) -> None:
    clerk = filings.add_base_clerk(who, name="填报人甲")
    walk.take_up(clerk)
    unit.clerk = clerk.login
    unit.objects["clerk"] = db.session.scalar(select(Membership.id).where(Membership.person_id == clerk.id))
    former = walk.person(f"y{unit.number}", "原来的人")
    offices.add_membership(walk.SEED, former.id, "base_former", base_id=who.base_id)
    unit.former = former.login


def _file(unit: Unit, told, who, county) -> None:
    case = filings.open_filing(who)
    unit.objects["filing"] = case.id
    kept = walk.cases.add_file(who, case.id, pdf(f"{unit.canary('file')}.pdf", unit.canary("bytes")), ("pdf",))
    unit.objects["file"] = kept.id
    values = walk.filing_values(who, case, told)
    model = "draft" if unit.slot == "drafting" else "filing"
    walk.fill(case, FILING, {**values, "lic_file": [kept.id], "property_no": f"{unit.canary(model)} 号"}, who)
    if unit.slot == "drafting":
        return case
    case = filings.submit_filing(who, case.id, seen_version=case.version)
    if unit.slot == "returned":
        case = walk.act(case, "return", county, text=f"{unit.canary('opinion')} {REASON}", remarks=[
            {"field": "property_no", "label": "不动产权证号", "text": f"{unit.canary('remark')} 号码看不清"}])
    elif unit.slot != "reviewing":
        case = walk.act(case, "approve", county, text=f"{unit.canary('opinion')} 属实")
    return case


def _odd_people(province: Province) -> None:
    """Somebody disabled, somebody whose role is withdrawn later, somebody to be given a role."""
    walk.person("tingyong", "已停用", ("county_clerk", PLACES["own"]))
    walk.person("shouhui", "已收回", ("county_clerk", PLACES["own"]))
    walk.person("chaoshi", "已超时", ("county_clerk", PLACES["own"]))
    fresh = walk.person("xinren", "新来的人")
    other = walk.person("beiting", "要恢复的人")
    offices.disable_person(walk.actor("xtgl"), other.id)
    province.common["person"] = fresh.id
    province.common["disabled"] = other.id
    given = walk.person("lingyi", "另一位", ("county_clerk", PLACES["elsewhere"]))
    province.common["given"] = db.session.scalar(select(Membership.id).where(Membership.person_id == given.id))
    province.common["office"] = walk.office_id("220000")


def _assign(province: Province) -> None:
    """zj1 and kh1 are on every submitted case of `own`; zj2 and kh2 were, and are released."""
    _assess(province)
    ids = dict(db.session.execute(select(Person.login, Person.id)).all())
    now = clock.now()
    with transaction():
        for unit in (u for u in province.units if u.place == "own"):
            for case_id in {unit.objects.get("request"), unit.objects.get("filing"), unit.objects.get("application")} - {None}:
                if db.session.get(Case, case_id).submitted_at is None:
                    continue
                for login, kind, to_at in (("zj1", "expert", None), ("kh1", "site_team", None),
                                           ("zj2", "expert", now), ("kh2", "site_team", now)):
                    if to_at or not access.person_is_assigned(ids[login], case_id, kind):
                        db.session.add(Assignment(case_id=case_id, person_id=ids[login], kind=kind, to_at=to_at,
                                                  from_at=now - timedelta(days=1), by_person_id=ids["sheng1"]))


def _assess(province: Province) -> None:
    """The assessment that is under way at `own`: zj1 has declared and scores, zj2 was taken off, kh1 visits."""
    case_id = province.unit("own", "assessing").objects["application"]
    clerk = walk.province()["clerk"]

    def version() -> int:
        return db.session.scalar(select(Case.version).where(Case.id == case_id))

    for login in ("zj1", "zj2"):
        assessments.assign_expert(clerk, case_id, walk.actor(login).person_id, seen_version=version())
    taken_off = db.session.scalar(select(Assignment.id).where(
        Assignment.case_id == case_id, Assignment.person_id == walk.actor("zj2").person_id))
    assessments.release(clerk, case_id, taken_off, "专家临时出差，改由别人评审", seen_version=version())
    walk.named(db.session.get(Case, case_id), walk.actor("kh1"), walk.actor("kh2"))
    assessments.assign_team(clerk, case_id, walk.actor("kh1").person_id, seen_version=version())
    sheets.deny_conflict(walk.actor("zj1"), case_id)
    sheets.declare_profile(walk.actor("zj3"), {
        "employer": "吉林示例大学第3学院", "employer_uscc": walk.uscc(900_003, "220102", "12"), "fields": "创业服务", "phone": EXPERT})
    for name, login in (("expert", "zj3"), ("member", "kh2"), ("clerk", "sheng1")):
        province.common[name] = walk.actor(login).person_id
    _plan(province)


def _plan(province: Province) -> None:
    """A day on the road for each dossier that is assessed: kh1 leads it at `own`, the province's clerk elsewhere."""
    clerk = walk.province()["clerk"]
    for place in LATE_PLACES:
        unit = province.unit(place, "assessing")
        case, leader = db.session.get(Case, unit.objects["application"]), walk.actor("kh1") if place == "own" else clerk
        walk.named(case, leader)
        plan = plans.plan_day(clerk, plans.Planned(
            case.campaign_id, clock.today() + timedelta(days=3), f"{unit.canary('plan')} 一线", leader.person_id, (), {case.id: "09:30"}))
        unit.objects |= {"plan": plan.id, "stop": plan.stops[0].id}


def _plaques(province: Province) -> None:
    clerk = walk.province()["clerk"]
    for place in LATE_PLACES:
        unit = province.unit(place, "recognised")
        unit.objects["plaque"] = plaques.issue_plaque(clerk, unit.objects["base"], {
            "plaque_no": f"{unit.canary('plaque')}", "issued_on": clock.today().isoformat(), "received_by": "赵领取"}).id


def _remember(province: Province) -> None:
    """Versions of what forms are opened on, and the letter of each base's admin."""
    for unit in province.units:
        for name in ("request", "filing", "application"):
            if name in unit.objects:
                unit.objects[f"{name}_version"] = db.session.scalar(select(Case.version).where(Case.id == unit.objects[name]))
                unit.objects[f"{name}_draft"] = db.session.scalar(
                    select(Draft.version).where(Draft.case_id == unit.objects[name])) or 0
        if unit.admin:
            unit.objects["letter"] = db.session.scalar(
                select(Letter.id).join(Person, Person.id == Letter.person_id).where(Person.login == unit.admin).limit(1))
    for name in ("proposed", "deciding"):
        found = province.unit("own", name).objects
        province.common |= {f"{name}_case": found["application"], f"{name}_version": found["application_version"]}
    for name in ("recognised", "filed", "noticed"):
        province.common[f"{name}_base"] = province.unit("own", name).objects["base"]
    province.common["region"] = db.session.scalar(select(Region.id).where(Region.code == PLACES["sibling"]))


def _move_route(region_code: str, *, to: str) -> None:
    """What a change of route writes (R-2.3, R-2.10); it has no page yet."""
    region = db.session.scalar(select(Region).where(Region.code == region_code))
    target = access.open_route(db.session.scalar(select(Region.id).where(Region.code == to)))
    with transaction():
        old = access.open_route(region.id)
        old.to_on = clock.today()
        db.session.flush()
        db.session.add(Route(region_id=region.id, county_office_id=target.county_office_id,
                             city_office_id=target.city_office_id, from_on=clock.today(), reason="区划调整"))
        for before, after in ((old.county_office_id, target.county_office_id), (old.city_office_id, target.city_office_id)):
            for model in (Case, Obligation):
                db.session.execute(update(model).where(model.region_id == region.id, model.office_id == before)
                                   .values(office_id=after))


__all__ = ["PLACES", "SLOTS", "Province", "Unit", "found", "pdf"]
