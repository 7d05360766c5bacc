"""Visits and the facts they verify: T41, T42, T108, T109, A5-9 (第七条（三）（四）、第八条)."""

from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from incubator.assessments import commands as assessments
from incubator.cases.commands import act
from incubator.kernel import registry
from incubator.kernel.access import load
from incubator.kernel.database import db
from incubator.kernel.errors import Conflict, Denied, Invalid, NotVisible, Refused
from incubator.kernel.ledger import Event
from incubator.kernel.workflow import Case
from incubator.obligations.models import Obligation
from incubator.policy.criteria import FAIL, PASS, RELAXABLE
from incubator.simulation import applications, reviews, steps
from incubator.simulation.steps import Unit, pdf
from incubator.visits import commands, queries
from incubator.visits.models import SiteVisit
from tests.assessments.steps import deliberating

CHAOYANG = Unit("长春青禾创业孵化基地", "220104", 101)
YANJI = Unit("延吉海兰创业孵化基地", "222401", 102)


@pytest.fixture
def inside(app, clock):
    with app.app_context():
        applications.open_round(2026, clock.today(), clock.today().replace(month=12))
        yield app


def record(**changes) -> dict:
    return {
        "visited_on": "2026-06-01",
        "visitors": [{"name": "王晓芸", "office": "朝阳区工信局"}, {"name": "李强", "office": "朝阳区工信局"}],
        "base_reps": [{"name": "刘思远"}],
        "check_rows": [{"item": "area_total", "agrees": "yes"}, {"item": "safety", "agrees": "yes"}],
        "opinion": "现场和申报一致，孵化用途没有改变。", **changes,
    }


def register(case: Case, who, raw: dict | None = None, *, signed: bool = True) -> SiteVisit:
    case = load(who, Case, case.id, fresh=True)
    return commands.register_visit(
        who, case.id, raw or record(), seen_version=case.version,
        uploads={"signatures": [pdf("签字页.pdf")]} if signed else None,
    )


def county(unit=CHAOYANG):
    return steps.actor(*steps.staff(unit.region).county)


def city(unit=CHAOYANG):
    return steps.actor(*steps.staff(unit.region).city)


def fact(case: Case, key: str):
    return queries.facts_of(load(steps.province()["clerk"], Case, case.id, fresh=True))[key]


def finding(case: Case, key: str):
    return next(f for f in queries.findings_of(case) if f.key == key)


def test_t41_no_recommendation_without_a_visit(inside):
    """A7-5."""
    case = applications.submitted_case(CHAOYANG)
    with pytest.raises(Refused) as refused:
        act(county(), case.id, "recommend", seen_version=case.version, text="材料齐全，建议推荐。")
    assert refused.value.article == "7(3)"
    assert (refused.value.reason, refused.value.way_out) == ("请先登记实地踏查记录", "登记实地踏查")
    [lack] = registry.lacks(("visit_county",), case)
    assert lack.cure_url == f"/cases/{case.id}/visit"

    visit = register(case, county())
    assert (visit.kind, visit.visitor_count, visit.version_no, visit.office_name) == (
        "initial_review", 2, 1, "朝阳区工信局")
    event = db.session.scalar(select(Event).where(Event.kind == "visit_registered"))
    assert event.facts["facts"]["visit"] == visit.id and "王晓芸" not in event.body
    moved = steps.act(case, "recommend", county(), text="材料齐全，建议推荐。")
    assert moved.state == "city_review"


def test_t42_a_visit_before_the_submission_proves_nothing(inside, clock):
    """A7-5."""
    clock.set("2026-06-03 09:00")
    case = applications.submitted_case(CHAOYANG)
    clock.set("2026-06-04 09:00")
    with pytest.raises(Refused) as refused:
        register(case, county(), record(visited_on="2026-06-02"))
    assert (refused.value.article, refused.value.field) == ("7(3)", "visited_on")
    assert refused.value.reason == "踏查日期2026年6月2日早于提交申请的2026年6月3日"
    with pytest.raises(Invalid) as invalid:
        register(case, county(), record(visited_on="2026-06-05"))
    assert invalid.value.problems[0].field == "visited_on"
    for day in ("2026-06-03", "2026-06-04"):
        assert register(case, county(), record(visited_on=day))


def test_what_a_record_must_hold(inside):
    case = applications.submitted_case(CHAOYANG)
    one = record()["visitors"][:1]
    for changes, field in (
        ({"visitors": one}, "visitors"), ({"visitors": one * 2}, "visitors"),
        ({"check_rows": []}, "check_rows"), ({"opinion": "相符"}, "opinion"),
        ({"check_rows": [{"item": "jobs"}, {"item": "safety", "agrees": "no"}]}, "check_rows-1-remark"),
        ({"check_rows": [{"item": "jobs", "verified": "90", "agrees": "yes"}]}, "check_rows-0-agrees"),
        ({"check_rows": [{"item": "jobs", "agrees": "no", "remark": "人数不足"}]}, "check_rows-0-verified"),
    ):
        with pytest.raises(Invalid) as invalid:
            register(case, county(), record(**changes))
        assert [p.field for p in invalid.value.problems] == [field]
    bare = register(case, county(), record(base_reps=[]), signed=False)
    assert bare.visitor_count == 2, "§8.10 does not call the signatures or the base's people compulsory"
    case, other = reviews.fresh(case), applications.submitted_case(Unit("长春青柚创业孵化基地", "220104", 103))
    borrowed = steps.upload(county(), other, "别家的签字页.pdf")
    with pytest.raises(Refused, match="不属于这个案卷"):
        register(case, county(), record(signatures=borrowed), signed=False)
    assert register(case, county(), record(signatures=steps.upload(county(), case, "签字页.pdf")), signed=False)


def test_only_the_office_that_holds_the_case(inside):
    case = applications.submitted_case(CHAOYANG)
    version = case.version
    for who in (city(), steps.province()["clerk"]):
        with pytest.raises(Denied):
            register(case, who)
    with pytest.raises(Denied):
        register(case, applications.admin_of(case))
    register(case, county())
    with pytest.raises(Conflict, match=r"李强|王晓芸|另一个人|朝阳"):
        commands.register_visit(county(), case.id, record(), seen_version=version)
    steps.act(case, "recommend", county(), text="材料齐全，建议推荐。")
    with pytest.raises(Denied):
        register(case, county())
    assert register(case, city()).kind == "second_review"
    steps.act(case, "not_forward", steps.actor(*steps.staff("220104").city_lead), text="和县级意见不一致，不予上报。")
    with pytest.raises(Refused, match="这一环节不登记踏查"):
        register(case, city())


def test_a_member_of_the_team_registers_the_visit_of_the_province(inside):
    case = applications.accepted_case(CHAOYANG)
    steps.person("kh9", "考核组员", ("site_team", None))
    member, clerk = steps.actor("kh9"), steps.province()["clerk"]
    assert [x.text for x in registry.lacks(("visit_province",), case)] == ["还差省级考核组的踏查记录"]
    with pytest.raises(Refused, match="不在这一批次的考核组里"):
        assessments.assign_team(clerk, case.id, member.person_id, seen_version=case.version)
    reviews.named(case, member)
    assignment = assessments.assign_team(clerk, case.id, member.person_id, seen_version=case.version)
    owed = select(Obligation).where(Obligation.kind == "site_visit", Obligation.fulfilled_at.is_(None))
    assert db.session.scalar(owed).person_id == member.person_id
    visit = register(case, member, record(visitors=[{"name": "考核组员", "office": "考核组"},
                                                    {"name": "王处长", "office": "省工信厅"}]))
    assert (visit.kind, visit.office_name) == ("assessment", "考核组成员")
    assert registry.lacks(("visit_province",), case) == [] and db.session.scalar(owed) is None
    assessments.release(clerk, case.id, assignment.id, "", seen_version=load(clerk, Case, case.id, fresh=True).version)
    with pytest.raises(NotVisible):
        register(case, member)


def test_the_last_visit_by_date_then_by_entry_holds(inside, clock):
    case = applications.submitted_case(CHAOYANG)
    assert fact(case, "tenants_countable").declared == 16
    assert finding(case, "tenants_countable").conclusion == PASS

    def seen(day, **verified):
        register(case, county(), record(visited_on=day, check_rows=[
            {"item": item, "verified": value, "remark": "现场清点"} for item, value in verified.items()]))

    clock.set("2026-06-05 09:00")
    seen("2026-06-05", tenants_countable="14", area_total="3,600.50")
    seen("2026-06-04", tenants_countable="15")
    known = fact(case, "tenants_countable")
    assert (known.declared, known.verified, known.source) == (16, 14, "踏查记录 6月5日 朝阳区工信局")
    assert finding(case, "tenants_countable").conclusion == FAIL
    assert fact(case, "area_total").verified == Decimal("3600.50")
    seen("2026-06-05", tenants_countable="16")
    assert fact(case, "tenants_countable").verified == 16
    assert fact(case, "area_total").verified == Decimal("3600.50"), "what a visit leaves open stands as seen before"


def test_facts_of_a_complete_application_reach_every_standard(inside):
    case = applications.submitted_case(CHAOYANG)
    found = queries.findings_of(case)
    assert {f.conclusion for f in found} == {PASS} and len(found) == 17
    assert queries.tally(found).words == "17 项，17 项符合"


def test_t108_a_verified_shortfall_keeps_the_meeting_from_passing(inside):
    """朝阳区: 14 countable tenants seen on site, 16 declared; nothing is relaxed in urban Changchun."""
    case = applications.accepted_case(CHAOYANG)
    case = deliberating(case, tenants_countable=14)
    [lack] = registry.lacks(("standards_to_pass",), case)
    assert lack.article == "5(4)"
    assert "14 户" in lack.text and "15 户" in lack.text and "长春市区不适用放宽" in lack.text
    register(case, steps.province()["clerk"], record(check_rows=[
        {"item": "tenants_countable", "verified": "15", "remark": "又迁入一户"}]))
    assert registry.lacks(("standards_to_pass",), case) == []


def test_t109_outside_changchun_the_city_needs_a_relaxation(inside):
    """延吉市, 13 tenants: refused like a FAIL until a relaxation can be proposed; the text names whom to write to."""
    case = applications.recommend(applications.submitted_case(YANJI, tenants=13), YANJI)
    assert finding(case, "tenants_countable").conclusion == RELAXABLE
    with pytest.raises(Refused) as refused:
        applications.forward(case, YANJI)
    assert refused.value.article == "5(4)" and "13 户" in refused.value.reason
    assert refused.value.way_out == "提出放宽建议"
    register(case, city(YANJI), record(check_rows=[
        {"item": "tenants_countable", "verified": "15", "remark": "新入驻两户，执照已核"},
        {"item": "jobs", "verified": "120", "remark": "按新名册清点"}]))
    assert applications.forward(load(city(YANJI), Case, case.id, fresh=True), YANJI).state == "prov_acceptance"


@pytest.mark.parametrize("written", ["UPDATE site_visit SET visited_on = '2026-06-09'", "DELETE FROM site_visit"])
def test_a_visit_is_never_changed(inside, written):
    case = applications.submitted_case(CHAOYANG)
    register(case, county())
    with pytest.raises(DBAPIError):
        db.session.execute(text(written))
    db.session.rollback()


def test_the_database_asks_for_two_visitors(inside):
    case = applications.submitted_case(CHAOYANG)
    visit = register(case, county())
    values = {c.name: getattr(visit, c.name) for c in SiteVisit.__table__.columns if c.name != "id"}
    db.session.add(SiteVisit(**{**values, "visitor_count": 1}))
    with pytest.raises(DBAPIError, match="two_visitors"):
        db.session.flush()
    db.session.rollback()
