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
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from werkzeug.datastructures import FileStorage

from incubator.filings import commands as filings
from incubator.kernel import access, clock, outbox
from incubator.kernel.access import Assignment, Region, Route
from incubator.kernel.database import db, transaction
from incubator.kernel.files import StoredFile
from incubator.kernel.workflow import Case
from incubator.messages.models import Letter
from incubator.obligations.models import Obligation
from incubator.offices import commands as offices
from incubator.offices.models import Membership, Person
from incubator.policy.fields.filing import FILING
from tests import walk

PLACES = {
    "own": "220104", "sibling": "220102", "meihekou": "220581", "elsewhere": "220202", "moved": "220303",
}
SLOTS = ("asked", "confirmed", "drafting", "reviewing", "returned", "filed")
PHONE = "139{:08d}"
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

    def secrets(self) -> list[str]:
        """Every telephone and ID number that stands in this province."""
        phones = [PHONE.format(u.number) for u in self.units]
        return phones + [walk.uscc(u.number + 500_000, u.region) for u in self.units if u.slot not in ("asked", "confirmed")]


def pdf(name: str, words: str) -> FileStorage:
    content = walk.PDF.replace(b"%PDF-1.4\n", b"%PDF-1.4\n%" + words.encode() + b"\n", 1)
    return FileStorage(stream=io.BytesIO(content), filename=name, content_type="application/pdf")


def found() -> Province:
    """Build the province in the present application context."""
    province = Province()
    walk.province()
    for login, name, role in (
        ("xtgl", "系统管理员", "sys_admin"), ("aqgl", "安全管理员", "sec_admin"), ("sjy", "审计员", "auditor"),
        ("zj1", "专家甲", "expert"), ("zj2", "专家乙", "expert"), ("kh1", "考核甲", "site_team"), ("kh2", "考核乙", "site_team"),
    ):
        walk.person(login, name, (role, None))
    for place, region in PLACES.items():
        walk.staff(region)
        for slot in SLOTS:
            unit = Unit(place, slot, len(province.units) + 1)
            province.units.append(unit)
            _walk_to(unit)
    walk.person("tonghua", "通化经办", ("city_clerk", "220500"))
    _odd_people(province)
    _assign(province)
    while outbox.drain():
        pass
    _letters(province)
    _move_route(PLACES["moved"], to=PLACES["own"])
    db.session.remove()
    return province


def _walk_to(unit: Unit) -> None:
    told = walk.Unit(
        f"{unit.canary('base')}创业孵化基地", unit.region, unit.number, address=f"{unit.canary('address')} 号",
        operator=f"{unit.canary('operator')}企业管理有限公司", phone=PHONE.format(unit.number),
    )
    local = walk.staff(unit.region)
    county = walk.actor(*local.county)
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
        return
    walk.act(case, "confirm", county, text=f"{unit.canary('opinion')} 情况属实")
    if unit.slot == "confirmed":
        return
    case = db.session.get(Case, case.id, populate_existing=True)
    slip = filings.dispatch(walk.province()["manager"], case.id, seen_version=case.version)
    admin = db.session.scalar(select(Person).where(Person.login == slip.login))
    walk.take_up(admin)
    unit.admin = admin.login
    who = walk.actor(admin.login)
    unit.objects["base"] = who.base_id
    _base_people(unit, who)
    _file(unit, told, walk.actor(unit.admin), county)


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
        return
    case = filings.submit_filing(who, case.id, seen_version=case.version)
    if unit.slot == "returned":
        walk.act(case, "return", county, text=f"{unit.canary('opinion')} {REASON}", remarks=[
            {"field": "property_no", "label": "不动产权证号", "text": f"{unit.canary('remark')} 号码看不清"}])
    if unit.slot == "filed":
        walk.act(case, "approve", county, text=f"{unit.canary('opinion')} 属实")


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
    desk = db.session.scalar(select(Person.id).where(Person.login == "sheng1"))
    now = clock.now()
    with transaction():
        for unit in province.units:
            if unit.place != "own":
                continue
            for key in ("request", "filing"):
                if key not in unit.objects or (key == "filing" and unit.slot == "drafting"):
                    continue
                for login, kind, to_at in (("zj1", "expert", None), ("kh1", "site_team", None),
                                           ("zj2", "expert", now), ("kh2", "site_team", now)):
                    person_id = db.session.scalar(select(Person.id).where(Person.login == login))
                    db.session.add(Assignment(case_id=unit.objects[key], person_id=person_id, kind=kind,
                                              from_at=now - timedelta(days=1), to_at=to_at, by_person_id=desk))


def _letters(province: Province) -> None:
    for unit in province.units:
        if unit.admin:
            unit.objects["letter"] = db.session.scalar(
                select(Letter.id).join(Person, Person.id == Letter.person_id).where(Person.login == unit.admin).limit(1)
            )


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
