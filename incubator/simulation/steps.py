"""Steps that walk bases to a state by real commands, as people would: used by the training seed and the tests.

Nothing here writes a row itself; each step signs in as the right person and calls the command of its module.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from incubator.bases.models import Base
from incubator.cases import commands as cases
from incubator.cases.forms_page import clean_changes
from incubator.filings import commands as filings
from incubator.kernel import access, drafts
from incubator.kernel.access import Actor, Office
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.offices import commands as offices
from incubator.offices import sessions
from incubator.offices.models import Membership, Person
from incubator.policy.fields.filing import FILING
from incubator.policy.identifiers import uscc_check_char

PASSWORD = "Lianxi-2026"  # noqa: S105  one for all training accounts, printed by make run
SEED = access.service("seed")
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\nxref\n0 4\n0000000000 65535 f \n"
    b"trailer<</Size 4/Root 1 0 R>>\nstartxref\n0\n%%EOF\n"
)


def pdf(name: str = "材料.pdf") -> FileStorage:
    """A small sound PDF as a person would upload it."""
    return FileStorage(stream=io.BytesIO(PDF), filename=name, content_type="application/pdf")


def uscc(number: int, division: str = "220104", kind: str = "91") -> str:
    """The n-th synthetic, checksum-valid credit code of a division (no real entity intended)."""
    digits = (division if division.isdigit() else "222426")[:6]
    body = f"{kind}{digits}MA{number:07d}"
    return body + uscc_check_char(body)


def office_id(code: str) -> int:
    return db.session.scalar(select(Office.id).where(Office.code == code))


def person(login: str, name: str, *roles: tuple[str, str | None]) -> Person:
    """A person with memberships; `roles` are pairs of role and office code."""
    found = db.session.scalar(select(Person).where(Person.login == login))
    if found is None:
        found = offices.add_person(SEED, login=login, name=name, password=PASSWORD, must_change=False)
        for role, office in roles:
            offices.add_membership(SEED, found.id, role, office_id=office_id(office) if office else None)
    return found


_known: dict[tuple[str, str | None], Actor] | None = None


@contextmanager
def a_day() -> Iterator[None]:
    """Within it an office's people are asked for once: who they are does not change while a day is played."""
    global _known
    _known = {}
    try:
        yield
    finally:
        _known = None


def actor(login: str, role: str | None = None) -> Actor:
    """The actor that a person is after signing in (under `role`, else the first membership)."""
    if _known is not None and (login, role) in _known:
        return _known[login, role]
    someone = db.session.scalar(select(Person).where(Person.login == login))
    held = sessions.memberships_of(someone.id)
    membership = next(m for m in held if role in (None, m.role))
    found = sessions.actor_of(someone, membership, held)
    if _known is not None and membership.base_id is None:
        _known[login, role] = found
    return found


@dataclass
class Local:
    """Logins of the people at the local stations of a region: (login, role) by station."""

    county: tuple[str, str]
    county_lead: tuple[str, str]
    city: tuple[str, str]
    city_lead: tuple[str, str]


def staff(region_code: str) -> Local:
    """People for both local stations of a region; where one office holds both, two different persons."""
    region = db.session.scalar(select(access.Region).where(access.Region.code == region_code))
    route = access.open_route(region.id)
    county, city = route.county_office, route.city_office
    tag = county.code.lower().replace("-", "")
    if county.id == city.id:
        for letter, name in (("a", "甲"), ("b", "乙")):
            person(f"m{tag}{letter}", f"{county.short_name[:2]}{name}", ("county_lead", county.code), ("city_lead", city.code))
        return Local((f"m{tag}a", "county_lead"), (f"m{tag}a", "county_lead"), (f"m{tag}b", "city_lead"),
                     (f"m{tag}b", "city_lead"))
    city_tag = city.code.lower().replace("-", "")
    person(f"x{tag}", f"{county.short_name[:2]}经办", ("county_clerk", county.code))
    person(f"x{tag}f", f"{county.short_name[:2]}负责", ("county_lead", county.code))
    person(f"s{city_tag}", f"{city.short_name[:2]}经办", ("city_clerk", city.code))
    person(f"s{city_tag}f", f"{city.short_name[:2]}负责", ("city_lead", city.code))
    return Local((f"x{tag}", "county_clerk"), (f"x{tag}f", "county_lead"), (f"s{city_tag}", "city_clerk"),
                 (f"s{city_tag}f", "city_lead"))


def province() -> dict[str, Actor]:
    """The provincial people: clerk, clerk2, lead, lead2, manager."""
    if _known is None or ("sheng1", None) not in _known:
        for login, name, role in (
            ("sheng1", "省厅经办甲", "prov_clerk"), ("sheng2", "省厅经办乙", "prov_clerk"),
            ("shengf", "省厅负责甲", "prov_lead"), ("shengf2", "省厅负责乙", "prov_lead"),
            ("shengg", "省厅业务管理员", "prov_manager"),
        ):
            person(login, name, (role, "220000"))
    return {
        "clerk": actor("sheng1"), "clerk2": actor("sheng2"), "lead": actor("shengf"), "lead2": actor("shengf2"),
        "manager": actor("shengg"),
    }


@dataclass
class Unit:
    """What a base tells of itself; everything else is derived from it."""

    name: str
    region: str
    number: int
    address: str = ""
    operator: str = ""
    contact: str = "刘思远"
    phone: str = "13800000017"
    changes: dict = field(default_factory=dict)

    def __post_init__(self):
        self.address = self.address or f"示例街 {self.number} 号"
        self.operator = self.operator or self.name.replace("创业孵化基地", "企业管理有限公司")

    @property
    def uscc(self) -> str:
        return uscc(self.number, self.region)


def act(case: Case, outcome: str, who: Actor, **words) -> Case:
    """One step of the case page, on the version that stands now."""
    case = access.load(who, Case, case.id, fresh=True)
    return cases.act(who, case.id, outcome, seen_version=case.version, **words)


def request_account(unit: Unit) -> Case:
    case, _ = filings.submit_account_request(
        access.PUBLIC,
        {
            "operator_name": unit.operator, "operator_uscc": unit.uscc, "base_name": unit.name,
            "division_code": unit.region, "address": unit.address, "contact_name": unit.contact,
            "contact_phone": unit.phone,
        },
        pdf("营业执照.pdf"),
    )
    return case


def open_account(unit: Unit) -> tuple[Base, Actor]:
    """Request, confirmation by the county, dispatch by the province, first sign-in."""
    local, prov = staff(unit.region), province()
    case = request_account(unit)
    case = act(case, "confirm", actor(*local.county))
    slip = filings.dispatch(prov["manager"], case.id, seen_version=case.version)
    admin = db.session.scalar(select(Person).where(Person.login == slip.login))
    take_up(admin)
    base = db.session.scalar(
        select(Base).join(Membership, Membership.base_id == Base.id).where(Membership.person_id == admin.id)
    )
    return base, actor(admin.login)


def take_up(admin: Person) -> None:
    """What the first sign-in does, with the password of all training accounts."""
    from incubator.kernel import clock, security
    from incubator.kernel.database import transaction

    with transaction():
        admin.password_hash, admin.password_at = security.vault().hash_password(PASSWORD), clock.now()
        admin.must_change_by = None


def upload(who: Actor, case: Case, name: str) -> list[int]:
    return [cases.add_file(who, case.id, pdf(name), ("pdf",)).id]


def filing_values(who: Actor, case: Case, unit: Unit) -> dict:
    """A complete filing as typed."""
    return {
        "base_name": unit.name, "division_code": unit.region, "address": unit.address,
        "investor_type": "legal_person", "investor_name": unit.operator.replace("企业管理", "置业"),
        "investor_idno": uscc(unit.number + 500_000, unit.region), "operator_name": unit.operator,
        "operator_uscc": unit.uscc, "operator_is_legal": True, "legal_rep": "张建国",
        "operator_founded": "2019-05-20", "relation": "entrusted",
        "coop_agreement": upload(who, case, "合作协议.pdf"), "coop_agreement_end": "2035-12-31",
        "property_kind": "owned", "property_no": f"吉（2020）示例不动产权第 {unit.number:07d} 号",
        "area_total": "3620", "area_incub": "3050", "area_public": "530", "area_maker": "120",
        "base_type": "comprehensive", "main_industry": "65", "operation_start": "2020-03-01",
        "invest_total": "1200", "invest_source": ["enterprise"], "tenants_now": "17", "jobs_now": "120",
        "contact_name": unit.contact, "contact_phone": unit.phone, "contact_email": "lianxi@example.cn",
        "lic_file": upload(who, case, "营业执照.pdf"), "prop_file": upload(who, case, "不动产权证.pdf"),
        **unit.changes,
    }


def fill(case: Case, table, typed: dict, who: Actor) -> None:
    """Type values into a draft, as the form does."""
    _, draft = drafts.read(case.id, table)
    drafts.save(case, table, clean_changes(table, typed), who, seen_version=draft.version)


def submit_filing(unit: Unit, who: Actor) -> Case:
    case = filings.open_filing(who)
    fill(case, FILING, filing_values(who, case, unit), who)
    return filings.submit_filing(who, case.id, seen_version=case.version)


def filed_base(unit: Unit) -> tuple[Base, Actor]:
    """A base whose filing is approved: 备案（培育中）."""
    base, admin = open_account(unit)
    case = submit_filing(unit, admin)
    act(case, "approve", actor(*staff(unit.region).county))
    return base, admin
