"""Relaxations outside urban Changchun: proposed locally, granted by the province, kept with the base (A5-3, AMB-02)."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from incubator.bases.models import Relaxation
from incubator.kernel import access
from incubator.kernel import clock as portal_clock
from incubator.kernel.database import db
from incubator.kernel.errors import Denied, Invalid, NotVisible, Refused
from incubator.meetings import commands as meetings
from incubator.meetings.models import MeetingItem
from incubator.relaxations import commands, queries
from incubator.relaxations.models import RelaxationProposal
from incubator.simulation import reviews
from incubator.visits.queries import findings_of
from tests import walk

YANJI = walk.Unit("延吉海兰创业孵化基地", "222401", 21)
CHAOYANG = walk.Unit("长春星桥创业孵化基地", "220104", 17)
WHY = "边境地区企业总量少，这一家在当地规模居首"
PAPER = "吉工信创业〔2026〕31号"


@pytest.fixture
def province(app, clock):
    """An application context in an open round."""
    with app.app_context():
        today = portal_clock.today()
        walk.open_round(today.year, today, today.replace(month=12, day=31))
        yield walk.province()


def _county(unit: walk.Unit):
    return walk.actor(*walk.staff(unit.region).county)


def _city(unit: walk.Unit):
    return walk.actor(*walk.staff(unit.region).city)


def _at_city(unit: walk.Unit = YANJI, tenants: int = 13):
    """Recommended by the county."""
    return walk.recommended_case(unit, tenants=tenants)


def _propose(who, case, threshold="13", standard="tenants_countable", reason=WHY):
    case = reviews.fresh(case, who)
    return commands.propose(who, case.id, standard, {"threshold": threshold, "reason": reason}, seen_version=case.version)


def _grant(who, case, threshold="13", standard="tenants_countable", **more):
    case = reviews.fresh(case, who)
    raw = {"threshold": threshold, "reason": WHY, "document_no": PAPER, **more}
    return commands.grant(who, case.id, standard, raw, seen_version=case.version, upload=walk.pdf("同意放宽.pdf"))


def _finding(case, key="tenants_countable"):
    return next(f for f in findings_of(case) if f.key == key)


def test_sent_up_with_a_proposal_passed_with_a_grant_only(province):
    """T109: 延吉市, 13 tenants."""
    case = _at_city()
    assert _finding(case).conclusion == "RELAXABLE"
    with pytest.raises(Refused) as refused:
        walk.forward(case, YANJI)
    assert refused.value.article == "5(4)" and "13 户，低于 15 户" in refused.value.reason
    assert "提出放宽建议" in refused.value.way_out
    _propose(_city(YANJI), case)
    case = walk.act(walk.forward(case, YANJI), "accept", province["clerk"])
    case = reviews.assess(case)
    with pytest.raises(Refused) as refused:
        reviews.hold_meeting([case])
    assert "低于 15 户" in refused.value.reason
    _grant(province["lead"], case)
    assert _finding(case).passed and PAPER in _finding(case).gap
    meeting = db.session.scalar(select(MeetingItem.meeting_id).where(MeetingItem.case_id == case.id))
    seen = reviews.fresh(case)
    assert meetings.settle_item(province["clerk"], meeting, case.id, "pass", seen_version=seen.version).state == "proposed"


def test_a_threshold_above_what_is_reached_does_not_let_it_pass(province):
    case = _at_city()
    _propose(_city(YANJI), case)
    case = walk.act(walk.forward(case, YANJI), "accept", province["clerk"])
    _grant(province["lead"], case, "14")
    assert _finding(case).conclusion == "RELAXABLE" and "低于已批准的放宽标准" in _finding(case).why


def test_only_the_province_grants(province):
    """T27: the city may propose only; so may no clerk of the province grant; the lead may, with reason and document."""
    case = _at_city()
    _propose(_city(YANJI), case)
    for who in (_city(YANJI), _county(YANJI), province["clerk"], province["manager"], walk.admin_of(case)):
        with pytest.raises(Denied) as denied:
            _grant(who, case)
        assert denied.value.permission == "relaxation.grant"
    for who in (province["lead"], walk.admin_of(case)):
        with pytest.raises(Denied) as denied:
            _propose(who, case)
        assert denied.value.permission == "relaxation.propose"
    assert db.session.scalar(select(Relaxation.id)) is None
    case = walk.act(walk.forward(case, YANJI), "accept", province["clerk"])
    granted = _grant(province["lead"], case)
    assert (granted.threshold, granted.document_no, granted.reason) == (13, PAPER, WHY)


def test_the_county_proposes_before_it_recommends_and_the_city_may_replace_it(province):
    case = walk.submitted_case(YANJI, tenants=13)
    first = _propose(_county(YANJI), case, "12")
    case = walk.recommend(case, YANJI)
    with pytest.raises(Refused) as refused:  # the dossier has left the county
        _propose(_county(YANJI), case)
    assert (refused.value.article, refused.value.reason) == ("5(2)", "市复核这一环节不提放宽建议")
    second = _propose(_city(YANJI), case)
    told = {p.id: p.status for p in queries.proposals_of(case.id)}
    assert told == {first.id: "withdrawn", second.id: "open"}
    assert walk.forward(case, YANJI).state == "prov_acceptance"


def test_a_proposal_taken_back_does_not_carry_the_dossier(province):
    case = _at_city()
    row = _propose(_city(YANJI), case)
    case = reviews.fresh(case)
    commands.withdraw(_city(YANJI), case.id, row.id, seen_version=case.version)
    with pytest.raises(Refused) as refused:
        walk.forward(case, YANJI)
    assert refused.value.article == "5(4)" and "13 户，低于 15 户" in refused.value.reason
    _propose(_city(YANJI), case)
    assert walk.forward(case, YANJI).state == "prov_acceptance"


@pytest.mark.parametrize(("standard", "threshold", "said"), [
    ("service_team", "4", "创业服务团队不能建议放宽"),
    ("mentors", "2", "创业辅导员不能建议放宽"),
    ("jobs", "100", "要低于原标准"),
    ("jobs", "90.5", "应为整数"),
    ("area_total", "3000", "不用建议放宽"),
])
def test_what_cannot_be_relaxed(province, standard, threshold, said):
    """A5-3: (三) never, only downwards, whole firms and people, only what falls short; the twin passes."""
    case = _at_city()
    with pytest.raises(Refused) as refused:
        _propose(_city(YANJI), case, threshold, standard)
    assert said in refused.value.reason and refused.value.article.startswith("5(")
    assert _propose(_city(YANJI), case).status == "open"


def test_urban_changchun_is_not_relaxed(province):
    case = _at_city(CHAOYANG)
    with pytest.raises(Refused) as refused:
        _propose(_city(CHAOYANG), case)
    assert "长春市区不适用放宽" in refused.value.reason


def test_reason_and_paper_are_compulsory(province):
    case = _at_city()
    with pytest.raises(Invalid):
        _propose(_city(YANJI), case, reason="太短")
    _propose(_city(YANJI), case)
    case = walk.act(walk.forward(case, YANJI), "accept", province["clerk"])
    seen = reviews.fresh(case)
    with pytest.raises(Invalid) as invalid:
        commands.grant(province["lead"], case.id, "tenants_countable", {"threshold": "13", "reason": WHY},
                       seen_version=seen.version)
    assert {p.field for p in invalid.value.problems} == {"document_no", "file"}
    with pytest.raises(Invalid):
        _grant(province["lead"], case, document_no="吉工信创业[2026]31号")


def test_nobody_proposed_nobody_grants_and_a_refused_one_stays_refused(province):
    case = walk.act(walk.forward(walk.recommended_case(YANJI), YANJI), "accept", province["clerk"])
    case = walk.visit(case, province["clerk"], tenants_countable=13)
    with pytest.raises(Refused) as refused:
        _grant(province["lead"], case)
    assert (refused.value.article, refused.value.reason) == ("5(2)", "县、市没有对这一项提出放宽建议")
    other = walk.Unit("延吉布尔哈通创业孵化基地", "222401", 22)
    case = _at_city(other)
    row = _propose(_city(other), case)
    case = walk.act(walk.forward(case, other), "accept", province["clerk"])
    commands.refuse(province["lead"], case.id, row.id, {"reason": "差距来自统计口径，应先核清名册"}, seen_version=case.version)
    assert _finding(case).conclusion == "RELAXABLE"
    with pytest.raises(Refused) as refused:
        _grant(province["lead"], case)
    assert (refused.value.article, refused.value.reason) == ("5(2)", "县、市没有对这一项提出放宽建议")


def test_the_base_keeps_its_threshold_from_the_recognition_on(province, clock):
    """T26: what was granted judges the base later, and no other base; before the decision it judges its dossier alone."""
    case = _at_city()
    _propose(_city(YANJI), case)
    case = walk.act(walk.forward(case, YANJI), "accept", province["clerk"])
    row = _grant(province["lead"], case)
    assert row.in_force_on is None
    case = reviews.assess(reviews.fresh(case))
    reviews.hold_meeting([case])
    notice = reviews.publish([case])
    clock.set(f"{notice.ends_on} 09:00")
    clock.forward(days=1)
    decision = reviews.decide([reviews.fresh(case)])
    db.session.expire_all()
    row = db.session.get(Relaxation, row.id)
    assert row.in_force_on == decision.document_on
    other = walk.submitted_case(walk.Unit("延吉布尔哈通创业孵化基地", "222401", 22), tenants=13)
    from incubator.bases.queries import relaxations_of

    assert relaxations_of([other])[other.id] == []
    later = access.load(province["lead"], type(case), case.id)
    assert [r.id for r in relaxations_of([later])[later.id]] == [row.id]


_SECOND_PROPOSAL = (
    "INSERT INTO relaxation_proposal (case_id, standard, threshold, actual, reason, office_id, office_name, by_person_id,"
    " by_name, at, status, answer) SELECT case_id, standard, threshold, actual, reason, office_id, office_name,"
    " by_person_id, by_name, at, 'open', '' FROM relaxation_proposal ORDER BY id LIMIT 1"
)


def test_the_database_says_the_same(province):
    case = _at_city()
    _propose(_city(YANJI), case)
    case = walk.act(walk.forward(case, YANJI), "accept", province["clerk"])
    row = _grant(province["lead"], case)
    db.session.execute(text(_SECOND_PROPOSAL))  # an open one beside an answered one is right
    for attempt in (
        f"UPDATE relaxation SET threshold = 1 WHERE id = {row.id}",
        f"DELETE FROM relaxation WHERE id = {row.id}",
        "DELETE FROM relaxation_proposal",
        f"INSERT INTO relaxation SELECT {row.id + 1}, base_id, case_id, standard, minimum, minimum, actual, reason, document_no,"
        " file_id, granted_by, granted_name, granted_at, in_force_on FROM relaxation",  # as high as the standard
        _SECOND_PROPOSAL,  # two open ones for one standard
    ):
        with pytest.raises(DatabaseError), db.session.begin_nested():
            db.session.execute(text(attempt))
    db.session.rollback()
    assert db.session.get(Relaxation, row.id).threshold == 13


def test_out_of_sight_is_out_of_reach(province):
    case = _at_city()
    row = _propose(_city(YANJI), case)
    walk.staff("220104")
    with pytest.raises(NotVisible):
        access.load(walk.actor("x220104"), RelaxationProposal, row.id)
    assert access.load(_county(YANJI), RelaxationProposal, row.id)
