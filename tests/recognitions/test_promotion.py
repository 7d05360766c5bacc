"""Promotion (第六条, A6-1, A6-2, A7-4, A8-7, AMB-03, AMB-05, AMB-30): who may begin, the walk, what the document gives."""

from datetime import date

import pytest
from sqlalchemy import func, select

from incubator.bases import plaques
from incubator.bases.commands import impose, lift
from incubator.bases.facts import standing_of
from incubator.bases.models import Base, LevelSpan, ValidityPeriod
from incubator.cases import submissions
from incubator.cases.queries import latest_submission
from incubator.cases.tables import form_table
from incubator.decisions import kinds
from incubator.decisions.models import Decision
from incubator.kernel import ledger
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Denied, Refused
from incubator.kernel.workflow import Case, Submission
from incubator.obligations.models import Obligation
from incubator.policy.procedures import PROMOTION, RECOGNITION
from incubator.recognitions import commands
from incubator.rosters import commands as rosters
from incubator.rosters.tables import TENANTS
from incubator.visits.queries import findings_of
from tests import walk
from tests.recognitions import steps

UNIT = steps.STAR


@pytest.fixture
def inside(app, clock):
    clock.set("2024-11-01 10:00")
    with app.app_context():
        yield app


def refused(act):
    with pytest.raises(Refused) as caught:
        act()
    return caught.value


def test_the_same_walk_with_other_words():
    """Every station and way of recognition but the filing and the relaxation; nothing is called 认定 on the way."""
    same = [step for step in PROMOTION.steps if step.to_state != "terminated"]
    assert [s.outcome for s in same] == [s.outcome for s in RECOGNITION.steps]
    assert not [s.label for s in PROMOTION.steps if "认定" in s.label + s.said]
    needs = {n for step in PROMOTION.steps for n in step.needs}
    assert "filing_approved" not in needs and "promotion_open" in PROMOTION.step("to_decide", "decide").needs


def test_t38_a_base_that_is_only_filed(inside):
    _, admin = walk.filed_base(UNIT)
    walk.open_promotion_round(date(2024, 11, 1), date(2024, 12, 31))
    found = refused(lambda: commands.open_application(admin, "promotion"))
    assert (found.article, found.reason) == ("6(1)", "还没有认定为省级创业孵化基地，不能申请晋级")
    assert db.session.scalar(select(func.count(Case.id)).where(Case.kind == "promotion")) == 0


def test_t39_rectification_lapse_and_what_else_stands_against_it(inside):
    base = steps.recognised()
    admin, lead = walk.actor(base.code), walk.province()["lead"]
    steps.at("2026-05-10")
    decision = db.session.scalar(select(Decision))
    case = db.session.scalar(select(Case).where(Case.kind == "recognition"))
    with transaction():
        impose(base, lead, kind="rectification", decision=decision, case=case, from_on=date(2026, 4, 1), due_on=date(2027, 4, 1))
    found = refused(lambda: commands.open_application(admin, "promotion"))
    assert found.article == "15" and "整改到2027年4月1日" in found.reason, "T39 with the end of the rectification"
    assert standing_of(base).rectifying and not standing_of(base).funds_open
    with transaction():
        lift(base, lead, kind="rectification", case=case, on=date(2026, 5, 9))
    assert commands.open_application(admin, "promotion").state == "draft", "and its twin after acceptance"
    assert refused(lambda: commands.open_application(admin)).reason.startswith("已经是省级创业孵化基地")
    walk.act(commands.running_application(base.id, "promotion"), "withdraw", admin, text="今年先不申请晋级，明年再说。")
    steps.at("2030-01-02")
    found = refused(lambda: commands.open_application(admin, "promotion"))
    assert "期满未续延" in found.reason and found.article == "6(1)"


def test_it_is_prefilled_from_the_register_and_shows_both_lists(inside, query_counter):
    """A7-4; A5-8: the checklist before the submission."""
    base = steps.strong()
    admin = walk.actor(base.code)
    with transaction():
        db.session.get(Base, base.id).contact_name = "新联系人"
    case = commands.open_application(admin, "promotion")
    assert commands.open_application(admin, "promotion").id == case.id, "one at a time"
    checked = commands.check_application(case)
    assert checked.values["contact_name"] == "新联系人" and checked.values["operator_uscc"] == UNIT.uscc
    assert checked.values["recog_doc_no"] == "吉工信创业〔2024〕92号" and checked.values["recog_on"] == date(2024, 11, 12)
    assert checked.values["grad_cum"] == 5
    findings = commands.checklist(case)
    assert {"6(1)", "6(2)", "5(1)", "5(2)", "5(3)", "5(4)", "5(5)"} <= {f.article for f in findings}
    assert [f.required for f in findings if f.key == "tenants_countable"] == ["≥40 户", "≥15 户"]
    walk.fill(case, commands.form_table("promotion"), walk.promotion_values(admin, case, UNIT), admin)
    assert all(f.passed for f in commands.checklist(case))
    with pytest.raises(Denied):
        commands.submit_application(walk.province()["clerk"], case.id, seen_version=case.version)
    case = commands.submit_application(admin, case.id, seen_version=case.version)
    assert case.state == "county_initial" and case.campaign_id is not None
    assert all(f.passed for f in findings_of(case))
    assert db.session.scalar(select(func.count()).select_from(Submission).where(Submission.case_id == case.id)) == 1


def test_what_the_rosters_count_is_not_carried_over(inside):
    """A7-4: the earlier application counted 41; since then one more came, and nobody types the number."""
    base = steps.strong()
    admin = walk.actor(base.code)
    rosters.add(admin, TENANTS, walk.tenant_row(steps.STAR, 80))
    case = walk.submit_promotion(steps.STAR, admin)
    assert case.state == "county_initial"
    assert submissions.content(latest_submission(case.id), form_table("promotion"))["form"]["tenants_countable"] == 42


def test_outside_a_round_it_stays_a_draft(inside):
    base = steps.recognised()
    admin = walk.actor(base.code)
    assert "没有开放的申报批次" in refused(lambda: walk.submit_promotion(UNIT, admin)).reason


@pytest.mark.parametrize(("verified", "said"), [({"tenants_countable": 39}, "低于 40"), ({"jobs": 299}, "低于 300")])
def test_a5_9_binds_for_article_6_and_nothing_is_relaxed(inside, verified, said):
    base = steps.strong()
    case = walk.recommend(walk.submit_promotion(UNIT, walk.actor(base.code)), UNIT, **verified)
    found = refused(lambda: walk.forward(case, UNIT))
    assert found.article == "6(2)" and said in found.reason and "放宽建议" not in (found.way_out or "")


def test_t14_promoted(inside, clock):
    """The whole walk; the level changes from the document's date, the validity stays, the plaque is swapped by two offices."""
    base = steps.strong()
    old = plaques.issue_plaque(walk.province()["clerk"], base.id, {
        "plaque_no": "2026-001", "issued_on": "2026-04-01", "received_by": "刘思远"})
    case = walk.forward(walk.recommend(walk.submit_promotion(UNIT, walk.actor(base.code)), UNIT), UNIT)
    case = walk.assess(walk.act(case, "accept", walk.province()["clerk"]))
    walk.hold_meeting([case])
    steps.at("2026-04-02")
    notice = walk.publish([walk.fresh(case)])
    assert notice.items[0].level == "demonstration"
    steps.at("2026-05-11")
    lead = walk.province()["lead"]
    assert [k.key for k, _ in kinds.ready(lead)] == ["promotion"]
    decision = walk.decide([case], number=40, document_on=date(2026, 5, 10))
    case = walk.fresh(case)
    assert case.state == "promoted" and decision.items[0].valid_from is None
    assert decision.items[0].consequence == "自2026年5月10日起，第八条"
    before, after = standing_of(base, date(2026, 5, 9)), standing_of(base, date(2026, 5, 10))
    assert (before.level, after.level) == ("base", "demonstration")
    assert after.valid_to == before.valid_to == date(2029, 12, 31), "T14, AMB-05"
    assert db.session.scalar(select(func.count(ValidityPeriod.id))) == 1
    assert [s.level for s in db.session.scalars(select(LevelSpan).order_by(LevelSpan.id))] == ["base", "demonstration"]
    assert db.session.get(Base, base.id).level_now == "demonstration"
    owed = {o.kind: o.tier for o in db.session.scalars(select(Obligation).where(
        Obligation.kind.in_(("plaque", "plaque_back")), Obligation.fulfilled_at.is_(None)))}
    assert owed == {"plaque": "province", "plaque_back": "county"}, "A8-7: two parts"
    county = walk.actor(*walk.staff(UNIT.region).county)
    plaques.return_plaque(county, old.id, {"returned_on": "2026-05-11", "return_reason": "晋级换牌"})
    with pytest.raises(Denied):
        plaques.issue_plaque(county, base.id, {})
    new = plaques.issue_plaque(walk.province()["clerk"], base.id, {
        "plaque_no": "2026-002", "issued_on": "2026-05-11", "received_by": "刘思远"})
    assert (new.level, plaques.valid_plaque(base.id).id) == ("demonstration", new.id)
    assert not db.session.scalars(select(Obligation).where(
        Obligation.kind.in_(("plaque", "plaque_back")), Obligation.fulfilled_at.is_(None))).all()
    assert "已经是省级示范基地" in refused(lambda: commands.open_application(walk.actor(base.code), "promotion")).reason
    assert not ledger.verify().faults
