"""A7-7: the guide's compulsory materials, item by item, in recognition and in renewal; each names its way out."""

from __future__ import annotations

import pytest

from incubator.bases.models import Base
from incubator.campaigns import commands as campaigns
from incubator.kernel.database import db
from incubator.kernel.errors import Invalid
from incubator.policy.fields.campaign import default_materials
from incubator.recognitions import commands
from incubator.recognitions.materials import guide
from incubator.renewals import commands as renewals
from tests import walk
from tests.recognitions import steps
from tests.visits.pages import Visitor

UNIT = steps.STAR
FIRE = "消防设施检测报告"


@pytest.fixture
def inside(app, clock):
    clock.set("2024-11-01 10:00")
    with app.app_context():
        yield app


def demanding(kind: str, year: int, opens_on: str, closes_on: str = ""):
    """A round whose guide makes the audit report compulsory and asks for a paper that no form knows."""
    rows = [{"key": m.key, "name": m.name, "compulsory": m.compulsory or m.key == "audit_report", "accept": list(m.accept),
             "max_files": m.max_files, "applies_to": list(m.applies_to), "parties": list(m.parties)} for m in default_materials(kind)]
    rows += [
        {"key": "", "name": FIRE, "compulsory": True, "accept": ["pdf"], "max_files": 1, "applies_to": [kind], "parties": ["operator"]},
        {"key": "", "name": "媒体报道", "compulsory": False, "accept": ["pdf"], "max_files": 1, "applies_to": [kind],
         "parties": ["operator"]},
    ]
    return campaigns.create_campaign(
        walk.province()["manager"],
        {"year": str(year), "kind": kind, "title": f"{year}年从严批次", "opens_on": opens_on, "closes_on": closes_on, "materials": rows},
        walk.pdf("申报指南.pdf"),
    )


def refused(act) -> dict:
    with pytest.raises(Invalid) as caught:
        act()
    return {p.field: p for p in caught.value.problems}


def renewal(who):
    return walk.draft_renewal(UNIT, who)


def submit(case, who):
    return renewals.submit_renewal(who, case.id, seen_version=case.version)


def provided(case, who, name: str = FIRE) -> None:
    walk.fill(case, commands.form_table(case.kind), {
        "audit_report": walk.upload(who, case, "审计报告.pdf"),
        "guide_materials": [{"name": name, "file": walk.upload(who, case, "检测报告.pdf")}]}, who)


def test_a_renewal_lacks_what_the_guide_of_its_window_asks_for(inside):
    base = steps.recognised()
    steps.at("2029-10-08")
    demanding("renewal", 2029, "2029-10-08")
    who = walk.actor(base.code)
    case = renewal(who)
    found = refused(lambda: submit(case, who))
    assert set(found) == {"audit_report", "guide_materials"}
    audit, fire = found["audit_report"], found["guide_materials"]
    assert audit.message == "上年度专项审计报告还没有上传，“2029年从严批次”的申报指南列为必备" and audit.article == "7(5)"
    assert FIRE in fire.message and "添一行" in fire.way_out and "媒体报道" not in fire.message
    provided(case, who, "另一份材料")
    assert set(refused(lambda: submit(case, who))) == {"guide_materials"}, "the name is that of the guide's list"
    provided(case, who, "消防设施 检测报告")
    case = submit(case, who)
    assert case.state == "county_review" and case.campaign_id == guide(case).id


def test_the_guide_of_another_year_asks_for_nothing(inside):
    """The window opens in 2029: neither the guide of 2028 nor none at all keeps from submitting."""
    base = steps.recognised()
    steps.at("2028-10-08")
    demanding("renewal", 2028, "2028-10-08")
    steps.at("2029-10-08")
    who = walk.actor(base.code)
    case = renewal(who)
    assert guide(case) is None
    case = submit(case, who)
    assert (case.state, case.campaign_id) == ("county_review", None)


def test_after_a_return_the_guide_still_holds(inside):
    base = steps.recognised()
    steps.at("2029-10-08")
    demanding("renewal", 2029, "2029-10-08")
    who = walk.actor(base.code)
    case = renewal(who)
    provided(case, who)
    case = walk.act(submit(case, who), "return", walk.actor(*walk.staff(UNIT.region).county), text="检测报告不清楚，请重新上传。",
                    remarks=[{"field": "guide_materials", "label": FIRE, "text": "扫描件看不清"}])
    walk.fill(case, commands.form_table("renewal"), {"guide_materials": []}, who)
    assert set(refused(lambda: submit(walk.fresh(case, who), who))) == {"guide_materials"}


def test_recognition_in_its_round(inside):
    """The round that is open asks for more than the form does."""
    _, who = walk.filed_base(UNIT)
    walk.fill_rosters(UNIT, who)
    demanding("recognition", 2024, "2024-11-01", "2024-12-31")
    found = refused(lambda: walk.submit_application(UNIT, who))
    assert set(found) == {"audit_report", "guide_materials"}
    case = commands.open_application(who)
    provided(case, who)
    assert commands.submit_application(who, case.id, seen_version=case.version).state == "county_initial"


def test_the_check_page_names_them(sqlite_app, clock):
    clock.set("2024-11-01 10:00")
    with sqlite_app.app_context():
        base = steps.recognised()
        steps.at("2029-10-08")
        demanding("renewal", 2029, "2029-10-08")
        number, login = renewal(walk.actor(base.code)).id, db.session.get(Base, base.id).code
    visitor = Visitor(sqlite_app, login)
    page = visitor.get(f"/application/{number}?part=check")
    assert FIRE in page and "申报指南列为必备" in page and "#f-guide_materials" in page and "第七条（五）" in page
    page = visitor.get(f"/application/{number}?part=materials&check=1")
    assert "申报指南另外要求的材料" in page and FIRE in page
