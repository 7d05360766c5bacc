"""The province that every page is looked at in: the training province, and what makes a page hard to draw.

Long names, a roster of 200, a case in each state, ended ones too, made by real commands; built once a run,
copied by each worker that looks.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

from sqlalchemy import select

from incubator.assessments import commands as assessments
from incubator.assessments import plans, sheets
from incubator.bases.models import Base, Plaque
from incubator.campaigns import commands as campaigns
from incubator.campaigns.models import Campaign
from incubator.changes import major_events
from incubator.decisions.models import Decision
from incubator.filings import commands as filings
from incubator.filings.models import AccountRequest
from incubator.kernel import clock, outbox
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.legacy import commands as legacy
from incubator.legacy import schemes
from incubator.meetings import commands as meetings
from incubator.meetings.models import Meeting
from incubator.notices import commands as notices
from incubator.notices.models import Notice
from incubator.obligations.commands import tick
from incubator.offices import commands as offices
from incubator.offices.models import Person
from incubator.policy.fields.campaign import default_materials
from incubator.policy.fields.filing import FILING
from incubator.policy.fields.legacy import HEADS
from incubator.policy.fields.major_event import MAJOR_EVENT
from incubator.recognitions import commands as recognitions
from incubator.rosters import commands as rosters
from incubator.rosters.tables import RECORDS, TENANTS
from incubator.simulation import reviews, training
from tests import servers, walk
from tests.changes import steps as changed
from tests.conftest import Clock, OnSqlite, prepare
from tests.journeys import stand_inspections, stand_reports
from tests.legacy import steps as older
from tests.rosters.steps import record

NOW, LOOKED = "2026-06-01 09:00", "2026-06-01 14:30"  # the last act is done at 10:00
LONG_NAME = "长春市朝阳区大学生归国留学人员与退役军人综合服务创业孵化基地"  # 30 characters, the most
LONG_OPERATOR = "吉林省望阳大学生留学归国人员退役军人创业服务与科技成果转化企业管理（集团）有限责任公司"
LONG_TENANT = "长春市朝阳区智能网联新能源汽车关键零部件与轻量化复合材料联合工程技术研究（集团）有限责任公司"
REASON = "场地、人员和材料三处都和申报的不一致，请逐项核对后再报，本次按第七条办理。"


def settle(run_dir: Path, folder: Path) -> tuple[object, SimpleNamespace]:
    """The portal's settings on a copy of the province for this worker, and what stands in it by name."""
    from config import Config

    made = run_dir / "every-page"
    servers.once(run_dir, "every-page", lambda: _found(made))
    shutil.copytree(made, folder)
    return Config.testing(folder), SimpleNamespace(**json.loads((folder / "names.json").read_text("utf-8")))


def _found(folder: Path) -> None:
    from config import Config
    from incubator import create_app

    config = Config.testing(folder)
    prepare(config)
    app = create_app(config)
    Clock().set(NOW)
    with app.app_context():
        training.seed()
        names = _furnish()
        while outbox.drain():
            pass
        tick(clock.today())
        db.session.remove()
        db.engine.dispose()
    with contextlib.closing(sqlite3.connect(folder / "portal.sqlite3")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (folder / "names.json").write_text(json.dumps(names, ensure_ascii=False), "utf-8")


def _furnish() -> dict:
    """What the training province does not have."""
    county, lead = walk.actor("x220104"), walk.actor("x220104f")
    city_lead, prov = walk.actor("s220100f"), walk.province()
    names = {"running": _running()}
    today = clock.today()
    training.at(today - timedelta(days=17))
    ready = walk.proposed_case(walk.Unit("长春待发创业孵化基地", "220104", 67, phone="13800000067"))
    names["notice_long"] = walk.publish([ready]).id
    training.at(today - timedelta(days=6))
    tick(clock.today())
    names["to_decide"] = ready.id

    def unit(number: int, name: str, **more) -> walk.Unit:
        return walk.Unit(name, "220104", number, phone=f"138000000{number}", **more)

    # the long one: 200 tenants, a draft of the application, an application returned and answered
    long = unit(41, LONG_NAME, operator=LONG_OPERATOR, address="前进大街与修正路交会处大学科技园北区创新创业综合服务中心 3 号楼（A、B、C 座）1 至 12 层")
    base, admin = walk.filed_base(long)
    walk.fill_rosters(long, admin, tenants=17, team=12, mentors=6)
    for n in range(18, 201):
        rosters.add(admin, TENANTS, walk.tenant_row(long, n) | ({"name": LONG_TENANT} if n == 20 else {}))
    for roster in RECORDS.values():
        rosters.add(admin, roster, record(roster, **{roster.called: LONG_TENANT}))
        rosters.add(admin, roster, record(roster, 2))
    event = major_events.open_event(admin)
    walk.fill(event, MAJOR_EVENT, {"kind": "area", "happened_on": clock.today().isoformat(), "area_public": "450.00", "facts": REASON,
                                   "effect": "二层三户搬到三层，没有停产"}, admin)
    event = major_events.submit_event(admin, event.id, seen_version=event.version)
    names |= {"event": event.id, "event_draft": major_events.open_event(admin).id}
    draft = recognitions.open_application(admin)
    names |= {"long_base": base.id, "long_admin": _login(admin), "draft": draft.id}

    # the account request and the filing, in each state
    _, drafting = walk.open_account(unit(42, "长春未满创业孵化基地"))
    names |= {"drafting": filings.open_filing(drafting).id, "drafting_admin": _login(drafting)}
    returned, who = _filing(unit(43, "长春补正创业孵化基地"))
    walk.act(returned, "return", county, text=REASON, remarks=[
        {"field": "area_total", "label": "总面积", "text": "和不动产权证的面积不一致"},
        {"field": "prop_file", "label": "权属证明", "text": "扫描件第 2 页看不清，请重新扫描"},
    ])
    names |= {"returned": returned.id, "returned_admin": _login(who)}
    again, who = _filing(unit(44, "长春再报创业孵化基地"))
    again = walk.act(again, "return", county, text=REASON, remarks=[
        {"field": "area_total", "label": "总面积", "text": "和图纸不一致"}, {"field": "tenants_now", "label": "在孵企业", "text": "写实际的户数"}])
    walk.fill(again, FILING, {"area_total": "3700", "tenants_now": "18"}, who)
    names["again"] = filings.submit_filing(who, again.id, seen_version=again.version).id
    refused, _ = _filing(unit(45, "长春不予创业孵化基地"))
    names["filing_refused"] = walk.act(refused, "refuse", lead, text=REASON).id
    cancelled, who = _filing(unit(46, "长春注销创业孵化基地"))
    cancelled = walk.act(cancelled, "approve", county, text="属实")
    names["filing_cancelled"] = walk.act(cancelled, "cancel", who, text=REASON).id
    rejected = walk.request_account(unit(47, "长春驳回创业孵化基地"))
    names["rejected"] = walk.act(rejected, "reject", county, text=REASON).id

    # the application, ended at each station
    for number, (key, end) in enumerate({
        "not_recommended": lambda c, u: walk.act(c, "not_recommend", lead, text=REASON),
        "withdrawn": lambda c, u: walk.act(c, "withdraw", walk.admin_of(c), text=REASON),
        "not_forwarded": lambda c, u: walk.act(walk.recommend(c, u), "not_forward", city_lead, text=REASON),
        "city": walk.recommend,
        "acceptance": lambda c, u: walk.forward(walk.recommend(c, u), u),
        "not_accepted": lambda c, u: walk.act(walk.forward(walk.recommend(c, u), u), "not_accept", prov["lead"], text=REASON),
    }.items(), 51):
        each = unit(number, f"长春{'不荐撤回不报复核受理不受'[2 * number - 102:2 * number - 100]}创业孵化基地")
        names[key] = end(walk.submitted_case(each), each).id

    # at the province: experts at work, deliberated
    assessing = walk.accepted_case(unit(61, "长春评审创业孵化基地"))
    for login in ("zj1", "zj2"):
        assessing = walk.fresh(assessing)
        assessments.assign_expert(prov["clerk"], assessing.id, walk.actor(login).person_id, seen_version=assessing.version)
    assessing = walk.fresh(assessing)
    reviews.named(assessing, walk.actor("kh1"))
    assessments.assign_team(prov["clerk"], assessing.id, walk.actor("kh1").person_id, seen_version=assessing.version)
    for login in ("zj1", "zj2"):
        sheets.deny_conflict(walk.actor(login), assessing.id)
    sheets.give_sheet(walk.actor("zj2"), assessing.id, reviews.sheet_values("80"))
    names["assessing"] = assessing.id
    day = plans.plan_day(prov["clerk"], plans.Planned(
        assessing.campaign_id, clock.today() + timedelta(days=7), "长春市朝阳区、二道区和长春新区一线", walk.actor("kh1").person_id, (),
        {assessing.id: "09:30"}))
    names |= {"plan": day.id, "expert_id": walk.actor("zj1").person_id}
    asked = walk.accepted_case(unit(66, "长春声明创业孵化基地"))
    assessments.assign_expert(prov["clerk"], asked.id, walk.actor("zj1").person_id, seen_version=asked.version)
    names["asked_expert"] = asked.id
    reviewed = [walk.assess(walk.accepted_case(unit(n, f"长春{name}创业孵化基地"))) for n, name in ((62, "通过"), (63, "不过"), (64, "暂缓"), (65, "待议"))]
    held = walk.hold_meeting(reviewed[:1])
    for case, verdict in ((reviewed[1], "not_pass"), (reviewed[2], "hold")):
        meetings.settle_item(prov["clerk"], held, case.id, verdict, REASON, seen_version=walk.fresh(case).version)
    waiting = meetings.open_meeting(prov["clerk"], {
        "held_on": clock.today().isoformat(), "place": "省工信厅 302 会议室",
        "members": [{"name": f"委员{n}", "office": "省工信厅", "present": n != "戊"} for n in "甲乙丙丁戊"],
    })
    names |= {"proposed": reviewed[0].id, "not_passed": reviewed[1].id, "deliberating": reviewed[3].id, "meeting": held,
              "meeting_open": waiting.id}
    names["change"] = _change()
    names |= _older(prov["manager"])
    _ahead(prov["manager"])
    _object(names["running"])
    names |= stand_reports.furnish()
    training.at(datetime.fromisoformat(NOW).date())

    # people: a one-time password, somebody disabled
    names["once_login"], names["once_password"] = "xinren", "Yici-2026-mima"
    fresh = offices.add_person(walk.SEED, login="xinren", name="新来的人", password="Yici-2026-mima", must_change=True)
    offices.add_membership(walk.SEED, fresh.id, "county_clerk", office_id=walk.office_id("220104"))
    gone = walk.person("likai", "离开的人", ("county_clerk", "220104"))
    offices.disable_person(walk.actor("xtgl"), gone.id)
    walk.person("kong", "没有待办的人", ("county_clerk", "220881"))
    clerk = filings.add_base_clerk(walk.actor(names["long_admin"]), name="填报人甲")
    walk.take_up(clerk)
    names |= stand_inspections.furnish(names) | stand_inspections.sanction(names)
    return names | _known(names["to_decide"])


def _filing(unit):
    _, who = walk.open_account(unit)
    return walk.submit_filing(unit, who), who


def _change() -> int:
    """A change of the recognised base, returned once."""
    case = changed.submitted("operator", "base_name", base_name="长春星桥创业孵化基地")
    return walk.act(case, "return", walk.actor("x220104f"), text=REASON, remarks=[
        {"field": "tenants_plan", "label": "在孵企业不受影响的说明和企业签名单", "text": "有三户没有签字"}]).id


def _older(manager) -> dict:
    """An older base whose end waits and whose name is out of form; a base of the city's own level."""
    rows = [older.row(1, name="长春老字号孵化园", valid_to="待核定"), older.row(2)]
    legacy.import_rows(manager, rows, walk.pdf("2014年名单.pdf"))
    listed = schemes.list_base(walk.actor("s220100"), older.city_row(), walk.pdf("市文件.pdf"))
    shown = [*rows, older.row(3, operator_uscc="错的")]
    heads = list(HEADS)
    text = "\n".join("\t".join(line) for line in [heads, *([str(r[h]) for h in heads] for r in shown)])
    base = db.session.scalar(select(Base.id).where(Base.name == "长春老字号孵化园"))
    return {"legacy": base, "city_base": listed.id, "legacy_rows": text}


def _login(who) -> str:
    return db.session.scalar(select(Person.login).where(Person.id == who.person_id))


def _running() -> int:
    return db.session.scalar(select(Notice.id).order_by(Notice.id.desc()))


def _ahead(manager) -> None:
    materials = [
        {"key": m.key, "name": m.name, "compulsory": m.compulsory, "accept": list(m.accept), "max_files": m.max_files,
         "applies_to": list(m.applies_to), "parties": list(m.parties)}
        for m in default_materials("recognition")
    ]
    campaigns.create_campaign(manager, {
        "year": "2027", "kind": "recognition", "title": "2027年第一批认定", "opens_on": "2027-03-01",
        "closes_on": "2027-09-30", "materials": materials,
    }, walk.pdf("2027年申报指南.pdf"))


def _object(notice_id: int) -> None:
    notice = db.session.get(Notice, notice_id)
    case = db.session.scalar(select(Case).where(Case.state == "on_notice").order_by(Case.id))
    notices.submit_objection(notice.id, {
        "case_id": str(case.id), "objector": "person", "name": "王异议", "phone": "13612345678",
        "facts": "公示的场地面积和现场看到的不一致，二层东侧现在是仓库，没有在孵企业入驻，请实地核实。"}, walk.pdf("现场照片.pdf"))


def _known(to_decide: int) -> dict:
    """What the training province has, by name."""
    def case_of(name: str, kind: str) -> int:
        return db.session.scalar(
            select(Case.id).join(Base, Base.id == Case.base_id).where(Base.name == name, Case.kind == kind).order_by(Case.id.desc()))

    def request_of(name: str) -> int:
        return db.session.scalar(select(AccountRequest.case_id).where(AccountRequest.base_name == name))

    star = db.session.scalar(select(Base.id).where(Base.name == "长春星桥创业孵化基地"))
    plaque = db.session.scalar(select(Plaque).where(Plaque.base_id == star))
    return {
        "plaque": plaque.id, "plaque_code": plaque.code, "region": db.session.get(Base, star).region_id,
        "star": star, "star_case": case_of("长春星桥创业孵化基地", "recognition"),
        "star_filing": case_of("长春星桥创业孵化基地", "filing"), "on_notice": case_of("长春知行创业孵化基地", "recognition"),
        "county": case_of("长春市朝阳区大学生返乡与退役军人综合服务创业孵化基地", "recognition"),
        "correction": case_of("长春云杉创业孵化基地", "recognition"), "accepted": case_of("延吉海兰创业孵化基地", "recognition"),
        "request": request_of("长春拾光创业孵化基地"), "dispatching": request_of("长春望海创业孵化基地"),
        "dispatched": request_of("长春青柚创业孵化基地"),
        "cloud_admin": db.session.scalar(select(Base.code).where(Base.name == "长春云杉创业孵化基地")),
        "to_decide_version": db.session.get(Case, to_decide).version,
        "decision": db.session.scalar(select(Decision.id)), "round": db.session.scalar(select(Campaign.id).order_by(Campaign.id)),
        "ahead": db.session.scalar(select(Campaign.id).order_by(Campaign.id.desc())),
        "notice_over": db.session.scalar(select(Notice.id).order_by(Notice.id)),
        "meeting_first": db.session.scalar(select(Meeting.id).order_by(Meeting.id)),
    }


__all__ = ["LONG_NAME", "NOW", "OnSqlite", "settle"]
