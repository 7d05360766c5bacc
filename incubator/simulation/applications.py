"""Steps of recognition: the round, rosters, application, and the walk through county, city and province."""

from datetime import date, timedelta

from sqlalchemy import select

from incubator.bases.models import Base
from incubator.campaigns import commands as campaigns
from incubator.campaigns.queries import open_campaign
from incubator.kernel import access, clock
from incubator.kernel.access import Actor
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.policy.fields.campaign import default_materials
from incubator.policy.fields.promotion import PROMOTION
from incubator.policy.fields.recognition import RECOGNITION
from incubator.policy.fields.renewal import RENEWAL
from incubator.policy.identifiers import id18_check_char
from incubator.recognitions import commands as recognitions
from incubator.rosters import commands as rosters
from incubator.rosters.tables import PEOPLE, TENANTS
from incubator.simulation.steps import Unit, act, actor, filed_base, fill, pdf, province, staff, upload, uscc
from incubator.visits import commands as visits


def open_round(year: int, opens_on: date, closes_on: date):
    """The year's round of recognition with its guide and the default material list."""
    return _round("recognition", "认定", opens_on, closes_on)


def _round(kind: str, label: str, opens_on: date, closes_on: date | None):
    year, standing = opens_on.year, open_campaign(kind, clock.now())
    if standing is not None:
        return standing
    materials = [
        {"key": m.key, "name": m.name, "compulsory": m.compulsory, "accept": list(m.accept), "max_files": m.max_files,
         "applies_to": list(m.applies_to), "parties": list(m.parties)}
        for m in default_materials(kind)
    ]
    return campaigns.create_campaign(
        province()["manager"],
        {"year": str(year), "kind": kind, "title": f"{year}年第一批{label}", "opens_on": opens_on.isoformat(),
         "closes_on": closes_on.isoformat() if closes_on else "", "materials": materials},
        pdf("申报指南.pdf"),
    )


def id18(number: int) -> str:
    """The n-th synthetic, checksum-valid citizen number."""
    body = f"2201021990{number % 12 + 1:02d}{number % 28 + 1:02d}{number % 1000:03d}"
    return body + id18_check_char(body)


TRADES = ("软件开发", "智能装备", "现代农业", "生物医药", "文化创意", "汽车零部件")


def tenant_row(unit: Unit, n: int) -> dict:
    """One tenant as typed: mostly small firms, the last two kinds of which do not count."""
    number = unit.number * 1000 + n
    today = clock.today()
    row = {
        "name": f"{unit.name[:2]}{TRADES[n % 6]}{n:02d}号有限公司", "uscc": uscc(number, unit.region), "subject": "company",
        "kind": "ordinary", "industry": "6513", "reg_on": "2021-03-01", "in_on": "2022-04-01",
        "agr_start": "2022-04-01", "agr_end": (today + timedelta(days=700)).isoformat(), "area": "96.50",
        "room": f"{n // 10 + 2}{n:02d}", "legal_rep": "赵明", "jobs": str(6 + n % 5), "status": "active",
    }
    if n == 16:
        row |= {"kind": "training", "industry": "8391", "name": f"{unit.name[:2]}启航职业培训有限公司"}
    return row


def person_row(unit: Unit, n: int, mentor: bool = False) -> dict:
    """One person of the team, or a mentor, as typed."""
    return {
        "name": f"{'张王李赵刘陈杨黄吴'[n % 9]}{'海山林川'[n % 4]}", "gender": "male" if n % 2 else "female",
        "idno": id18(unit.number * 20 + n), "phone": f"139{unit.number:04d}{n:04d}", "education": "bachelor",
        "category": "mentor" if mentor else "service", "post": "创业辅导员" if mentor else "运营专员",
        "employment": "part_time" if mentor else "full_time", "in_on": "2022-01-10", "tutored": "5" if mentor else "",
        "status": "active",
    }


def fill_rosters(unit: Unit, who: Actor, tenants: int = 17, team: int = 6, mentors: int = 3) -> None:
    """17 tenants of whom 16 count, six of the service team, three mentors."""
    for n in range(1, tenants + 1):
        rosters.add(who, TENANTS, tenant_row(unit, n))
    for n in range(1, team + mentors + 1):
        rosters.add(who, PEOPLE, person_row(unit, n, mentor=n > team))


def application_values(who: Actor, case: Case, unit: Unit) -> dict:
    """What the filing and the rosters do not know yet."""
    today = clock.today()
    return {
        "decl_law": True, "decl_credit": True, "decl_property": True, "decl_dispute": True,
        "credit_reports": [*upload(who, case, "运营机构信用报告.pdf"), *upload(who, case, "投资主体信用报告.pdf")],
        "credit_report_on": (today - timedelta(days=5)).isoformat(),
        "floor_plan": upload(who, case, "功能分区平面图.pdf"),
        "facilities": [{"name": "多功能会议室", "area": "120", "count": "2", "open_to_tenants": True}],
        "services": [
            {"service": "property", "desc": "物业、水电和网络", "fee": "low", "svc_times": "200", "svc_people": "600"},
            {"service": "tutoring", "desc": "每周创业门诊", "fee": "free", "svc_times": "48", "svc_people": "320"},
        ],
        "public_ratio": "35", "partners": [],
        "rules_files": [
            {"rule_kind": kind, "file": upload(who, case, f"{label}制度.pdf")}
            for kind, label in (("entry", "入孵"), ("exit", "退出"), ("safety", "安全"))
        ],
        "fire_doc": upload(who, case, "消防验收意见.pdf"), "safety_officer": "周平安",
        "last_check": (today - timedelta(days=20)).isoformat(), "accidents_3y": "0",
        "decl_tenants": upload(who, case, "承诺书.pdf"), "report_body": upload(who, case, "申请报告.pdf"),
        "truth_pledge": upload(who, case, "真实性承诺.pdf"),
    }


def submit_application(unit: Unit, who: Actor, **changes) -> Case:
    """Fill and submit version 1, and only what is not known yet is typed."""
    case = recognitions.open_application(who)
    fill(case, RECOGNITION, {**application_values(who, case, unit), **changes}, who)
    return recognitions.submit_application(who, case.id, seen_version=case.version)


def open_promotion_round(opens_on: date, closes_on: date):
    """The year's round of promotion."""
    return _round("promotion", "晋级", opens_on, closes_on)


def promotion_values(who: Actor, case: Case, unit: Unit) -> dict:
    """What the register and the earlier application do not know yet (§8.3)."""
    return application_values(who, case, unit) | {
        "maker_name": "众创咖啡", "maker_area": "120", "maker_seats": "36", "maker_fee": "free", "maker_fee_note": "免费",
        "demo_statement": "定位清晰，服务本市大学生创业，孵化成效在全市领先，形成可推广的导师帮带做法。",
        "activities": [{"name": "双创活动周", "held_on": "2024-10-15", "organiser": "省工信厅", "role": "joined"}], "honours": [],
    }


def graduate(unit: Unit, who: Actor, number: int, first: int = 60) -> None:
    """That many firms that came, grew and left for premises of their own (§8.8)."""
    for n in range(first, first + number):
        row = rosters.add(who, TENANTS, tenant_row(unit, n)).row
        rosters.leave(who, TENANTS, row.id, {
            "status": "graduated", "out_on": clock.today().isoformat(), "out_kind": "迁入自有厂房"}, seen_version=row.version)


def submit_promotion(unit: Unit, who: Actor, **changes) -> Case:
    """Fill and submit an application for promotion."""
    case = recognitions.open_application(who, "promotion")
    fill(case, PROMOTION, {**promotion_values(who, case, unit), **changes}, who)
    return recognitions.submit_application(who, case.id, seen_version=case.version)


def open_renewal_round(opens_on: date):
    """The year's guide for renewals; it has no closing day of its own (A7-7)."""
    return _round("renewal", "续延", opens_on, None)


def draft_renewal(unit: Unit, who: Actor, **changes) -> Case:
    """Fill a renewal as far as it can be before it is submitted (§8.14)."""
    case = recognitions.open_application(who, "renewal")
    fill(case, RENEWAL, {
        **application_values(who, case, unit), "work_summary": upload(who, case, "工作总结.pdf"),
        "next_plan": "扩大专业化服务，新增两个公共技术平台，三年内再毕业十家企业。", **changes}, who)
    return case


def submitted_case(unit: Unit, **rows) -> Case:
    """From nothing to an application at the county."""
    _, admin = filed_base(unit)
    fill_rosters(unit, admin, **rows)
    return submit_application(unit, admin)


def admin_of(case: Case) -> Actor:
    return actor(db.session.scalar(select(Base.code).where(Base.id == case.base_id)))


def visit(case: Case, who: Actor, **verified) -> Case:
    """Two people on site; `verified` gives figures by fact, the rest agrees with what was declared."""
    case = access.load(who, Case, case.id, fresh=True)
    rows = [{"item": "address", "agrees": "yes"}, {"item": "use", "agrees": "yes"}]
    rows += [
        {"item": item, "verified": str(value), "agrees": "no", "remark": "以现场清点为准"}
        for item, value in verified.items()
    ]
    visits.register_visit(
        who, case.id,
        {
            "visited_on": clock.today().isoformat(),
            "visitors": [{"name": who.name, "office": who.office_name}, {"name": "随行人员", "office": who.office_name}],
            "base_reps": [{"name": "刘思远"}], "check_rows": rows, "opinion": "现场和申报一致，孵化用途没有改变。",
        },
        seen_version=case.version, uploads={"signatures": [pdf("踏查签字页.pdf")]},
    )
    return access.load(who, Case, case.id, fresh=True)


def recommended_case(unit: Unit, **rows) -> Case:
    """Past the county: visited and recommended."""
    return recommend(submitted_case(unit, **rows), unit)


def recommend(case: Case, unit: Unit, **verified) -> Case:
    county = actor(*staff(unit.region).county)
    case = visit(case, county, **verified)
    return act(case, "recommend", county, text="材料齐全，现场相符，建议推荐。")


def forward(case: Case, unit: Unit) -> Case:
    city = actor(*staff(unit.region).city)
    return act(case, "forward", city, text="复核合格。", doc_no=f"示工信发〔{clock.today().year}〕{unit.number}号",
               upload=pdf("上报文件.pdf"))


def accepted_case(unit: Unit, **rows) -> Case:
    """At the province, accepted: 考核评审."""
    case = forward(recommended_case(unit, **rows), unit)
    return act(case, "accept", province()["clerk"])
