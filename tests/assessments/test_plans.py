"""The assessment team of a round, and its days on the road (A8-1, R-2.7)."""

from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from incubator.assessments import commands, plans
from incubator.campaigns import team
from incubator.kernel import access
from incubator.kernel.database import db
from incubator.kernel.errors import Conflict, Denied, NotVisible, Refused
from incubator.kernel.workflow import Case
from incubator.obligations.models import Obligation
from incubator.simulation import applications
from incubator.visits.models import VisitStop
from tests import walk
from tests.assessments import steps
from tests.visits.pages import Visitor

REASON = "基地负责人当天外出，改到下周"


@pytest.fixture
def inside(app, clock):
    with app.app_context():
        yield app


@pytest.fixture
def member(inside):
    walk.person("kh9", "考核组员", ("site_team", None))
    return walk.actor("kh9")


def planned(case: Case, leader, **changes) -> plans.Planned:
    given = {"campaign_id": case.campaign_id, "day": date(2026, 6, 5), "title": "长春一线", "leader_id": leader.person_id,
             "people": (), "stops": {case.id: "09:30"}, **changes}
    return plans.Planned(**given)


def name(case: Case, who, part: str = "member"):
    return team.name_member(steps.desk(), case.campaign_id, who.person_id, part)


def test_a_named_list_with_one_leader(inside, member):
    case, desk = steps.accepted(), steps.desk()
    with pytest.raises(Refused) as refused:
        commands.assign_team(desk, case.id, member.person_id, seen_version=case.version)
    assert (refused.value.article, refused.value.reason) == ("8", "不在这一批次的考核组里")
    [expert] = steps.experts("甲")
    with pytest.raises(Refused, match="考核组由省工信厅的人员和考核组成员组成"):
        name(case, expert)
    with pytest.raises(Denied):
        team.name_member(walk.actor(*walk.staff(steps.CHAOYANG).county), case.campaign_id, member.person_id, "member")
    name(case, desk, "lead")
    with pytest.raises(Refused, match="已经是组长"):
        name(case, desk, "lead")
    row = name(case, member)
    name(case, member, "lead")
    assert [(m.person_id, m.part) for m in team.members(case.campaign_id)] == [
        (member.person_id, "lead"), (desk.person_id, "member")]
    commands.assign_team(desk, case.id, member.person_id, seen_version=case.version)
    team.end_member(desk, case.campaign_id, row.id)
    assert not team.is_named(case.campaign_id, member.person_id)
    assert len(team.members(case.campaign_id, ended=True)) == 2
    with pytest.raises(NotVisible):
        team.end_member(desk, case.campaign_id, row.id)
    for written in (
        "DELETE FROM assessment_member", "UPDATE assessment_member SET part = 'chief'",
        "UPDATE assessment_member SET to_on = '2020-01-01'",
        "INSERT INTO assessment_member (campaign_id, person_id, part, from_on, named_by, named_at) SELECT campaign_id,"
        " person_id, part, from_on, named_by, named_at FROM assessment_member WHERE to_on IS NULL",
    ):
        with pytest.raises(DBAPIError):
            db.session.execute(text(written))
        db.session.rollback()


def test_a_day_on_the_road(inside, member, clock):
    """The member of the team sees the dossiers of the route from the planning on; the visit ends the stop."""
    case, desk = steps.accepted(), steps.desk()
    name(case, desk, "lead")
    name(case, member)
    with pytest.raises(NotVisible):
        access.load(member, Case, case.id)
    plan = plans.plan_day(desk, planned(case, desk, people=(member.person_id,)))
    assert access.load(member, Case, case.id).id == case.id
    owed = db.session.scalar(select(Obligation).where(Obligation.kind == "site_visit"))
    assert (owed.person_id, owed.due_on) == (member.person_id, date(2026, 6, 5))
    assert [p.id for p in plans.page(member, None)[0]] == [plan.id] and plans.waiting(desk, case.campaign_id) == []
    clock.set("2026-06-05 11:00")
    applications.visit(steps.fresh(case, desk), member)
    stop = db.session.scalar(select(VisitStop).execution_options(populate_existing=True))
    assert stop.visit_id and stop.ended_at
    with pytest.raises(Conflict, match="已经踏查过"):
        plans.drop_stop(desk, plan.id, stop.id, REASON)
    for written in ("UPDATE visit_stop SET at_time = '10:00'", "DELETE FROM visit_stop", "DELETE FROM visit_plan"):
        with pytest.raises(DBAPIError):
            db.session.execute(text(written))
        db.session.rollback()


def test_what_a_plan_needs(inside, member):
    case, desk = steps.accepted(), steps.desk()
    with pytest.raises(Refused, match="这一批次还没有组成考核组"):
        plans.plan_day(desk, planned(case, desk))
    name(case, desk, "lead")
    early = applications.submitted_case(walk.Unit("长春青柚创业孵化基地", steps.CHAOYANG, 102))
    for changes, field, words in (
        ({"day": date(2026, 5, 31)}, "day", "已经过去"), ({"title": " "}, "title", "路线还没有填写"),
        ({"leader_id": member.person_id}, "leader", "不在考核组里"), ({"people": (member.person_id,)}, "people", "不都在考核组里"),
        ({"stops": {}}, "stops", "还没有选"), ({"stops": {case.id: ""}}, "stops", "没有写时间"),
        ({"stops": {case.id: "25:00"}}, "stops", "读不出来"),
        ({"stops": {case.id: "09:30", early.id: "09:30"}}, "stops", "同一个时间"),
        ({"stops": {early.id: "09:30"}}, "stops", "不由考核组踏查"),
    ):
        with pytest.raises(Refused) as refused:
            plans.plan_day(desk, planned(case, desk, **changes))
        assert (refused.value.article, refused.value.field) == ("8", field) and words in refused.value.reason
    plan = plans.plan_day(desk, planned(case, desk))
    with pytest.raises(Refused, match="已经列在另一天的计划里"):
        plans.plan_day(desk, planned(case, desk, day=date(2026, 6, 8)))
    stop = db.session.scalar(select(VisitStop))
    with pytest.raises(Refused, match="理由至少写 10 个字"):
        plans.drop_stop(desk, plan.id, stop.id, "改期")
    plans.drop_stop(desk, plan.id, stop.id, REASON)
    assert plans.plan_day(desk, planned(case, desk, day=date(2026, 6, 8))).day == date(2026, 6, 8)


def test_who_goes_along_leaves_with_the_stop(inside, member):
    case, desk = steps.accepted(), steps.desk()
    name(case, desk, "lead")
    name(case, member)
    plan = plans.plan_day(desk, planned(case, desk, people=(member.person_id,)))
    plans.drop_stop(desk, plan.id, plan.stops[0].id, REASON)
    with pytest.raises(NotVisible):
        access.load(member, Case, case.id)
    assert db.session.scalar(select(Obligation.fulfilled_at).where(Obligation.kind == "site_visit")) is not None


def test_nobody_drives_to_a_base_that_withdrew(inside, member):
    """A7-10: the stop ends with the application, and the member is let go."""
    case, desk = steps.accepted(), steps.desk()
    name(case, desk, "lead")
    name(case, member)
    plan = plans.plan_day(desk, planned(case, desk, people=(member.person_id,)))
    walk.act(case, "withdraw_for", walk.actor("shengf"), text="申报单位来函，今年不再申报", upload=walk.pdf("撤回申请.pdf"))
    [stop] = plans.load(desk, plan.id).stops
    db.session.refresh(stop)
    assert stop.ended_at is not None and stop.dropped_reason == "认定申请已撤回，不再踏查"
    with pytest.raises(NotVisible):
        access.load(member, Case, case.id)
    assert db.session.scalar(select(Obligation.fulfilled_at).where(Obligation.kind == "site_visit")) is not None


def test_the_plan_on_pages(app, clock, query_counter):
    with app.app_context():
        walk.person("kh9", "考核组员", ("site_team", None))
        member, leader = walk.actor("kh9").person_id, steps.desk().person_id
        case, other = steps.accepted(), steps.accepted("延吉青柚创业孵化基地", steps.YANJI, 102)
        campaign = case.campaign_id
    desk, url = Visitor(app, "sheng1"), f"/campaigns/{campaign}/team"
    assert "这一批次还没有组成考核组" in desk.get(f"/cases/{case.id}/experts")
    assert "还没有组成考核组" in desk.get(f"/visits/plans/new?campaign={campaign}")
    desk.post(url, {"do": "name", "person": leader, "part": "lead"})
    assert "考核组员" in desk.post(url, {"do": "name", "person": member, "part": "member"}).get_data(as_text=True)
    page = desk.get(f"/visits/plans/new?campaign={campaign}")
    assert page.index("长春市") < page.index("延边") and "青禾" in page and "青柚" in page
    typed = {"campaign": campaign, "day": "2026-06-05", "title": "长春一线", "leader": leader,
             "people": member, "case": case.id, f"time-{case.id}": ""}
    wrong = desk.post("/visits/plans/new", typed, page)
    assert wrong.status_code == 422 and "有的基地还没有写时间" in wrong.get_data(as_text=True)
    done = desk.post("/visits/plans/new", typed | {f"time-{case.id}": "9:30"}, page)
    path = done.request.path
    assert "09:30" in done.get_data(as_text=True) and "踏查表" in done.get_data(as_text=True)
    shown = desk.get(f"/cases/{case.id}?tab=visits")
    assert "09:30 到现场踏查" in shown and "当天的路线" in shown
    assert "09:30 到现场踏查" in Visitor(app, "jd220104001").get(f"/cases/{case.id}?tab=visits")
    paper = desk.get(f"/cases/{case.id}/visit/sheet")
    assert "实地踏查表" in paper and "16 户" in paper and "09:30" in paper
    team_page = Visitor(app, "kh9")
    assert "长春一线" in team_page.get("/visits/plans") and "登记踏查" in team_page.get(path)
    assert team_page.status(f"/cases/{other.id}/visit/sheet") == 404
    county = Visitor(app, "x220104")
    assert county.status(path) == 404 and county.status("/visits/plans/new") == 403
    with query_counter() as count:
        desk.get("/visits/plans")
    assert count.count <= 10, count
    with app.app_context():
        stop = db.session.scalar(select(VisitStop.id))
    gone = desk.post(path, {"stop": stop, "reason": REASON})
    assert "从路线上取消了" in gone.get_data(as_text=True) and REASON in gone.get_data(as_text=True)
