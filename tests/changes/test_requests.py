"""A change walked by commands: T97, T98, T100, T102, A18-*, AMB-30, AMB-32, on both databases."""

from datetime import date

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from incubator.bases import plaques
from incubator.bases.models import InvestorSpan, NameSpan, OperatorSpan
from incubator.changes import deciding, requests
from incubator.changes.models import ChangeRequest
from incubator.kernel import access, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Denied, Invalid, NotVisible, Refused
from incubator.kernel.workflow import Case
from incubator.obligations.models import Obligation
from incubator.offices.models import Membership, Person
from incubator.policy.fields.change import CHANGE
from incubator.public.queries import Search
from incubator.public.queries import register as public_register
from incubator.rosters.models import TeamMember
from tests import walk
from tests.changes import steps
from tests.promises.races import lost, race, won
from tests.recognised import admin, base

pytestmark = pytest.mark.usefixtures("recognised")


def wrong(*types, applicant="investor", **more) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        steps.submitted(*types, applicant=applicant, **more)
    return {p.field: p.article for p in caught.value.problems}


def row_of(case) -> ChangeRequest:
    return db.session.get(ChangeRequest, case.id, populate_existing=True)


def test_a_second_change_and_one_after_a_refusal(clock):
    """T97: approved on 1 August, asked again on 1 February: refused. T98: refused before, asked again: allowed."""
    case = steps.passed_on(steps.submitted("operator"))
    walk.act(case, "disagree", steps.province()["lead"], text="新的运营机构没有服务团队，不同意变更。")
    clock.set("2025-08-01 09:00")
    case = steps.approved("operator")
    assert row_of(case).approved_on == date(2025, 8, 1) and row_of(case).counted
    clock.set("2025-08-20 09:00")
    steps.carried_out(case, who=admin())
    clock.set("2026-02-02 09:00")
    deciding.dispatch_once(steps.province()["manager"], "key", case.id)
    new = walk.actor(db.session.get(Person, row_of(case).account_person_id).login)
    with pytest.raises(Refused) as caught:
        requests.open_change(new)
    assert caught.value.article == "18" and caught.value.reason.startswith("本有效期内已变更一次")


def test_investor_and_operator_in_one_request():
    """T100."""
    found = wrong("investor", "operator")
    assert found["types"] == "18"


def test_a_name_rides_with_an_operator_and_counts_once(clock):
    """T102, A18-2: nothing in the register moves before the day on which it is carried out."""
    case = steps.approved("operator", "base_name")
    row, before = row_of(case), base()
    assert row.with_name and row.main_type == "operator" and row.counted and before.name == "长春知行创业孵化基地"
    assert requests.used(before) == 1 and row.implement_due == date(2025, 6, 3)  # 1 and 2 June are Sunday and a holiday
    owed = db.session.scalar(select(Obligation).where(Obligation.kind == "implement", Obligation.case_id == case.id))
    assert (owed.base_id, owed.due_on, owed.fulfilled_at) == (before.id, row.implement_due, None)
    clock.set("2025-03-10 09:00")
    with pytest.raises(Refused, match="早于同意变更的日期"):
        steps.carried_out(case, "2025-03-02", who=admin())
    case = steps.carried_out(case, "2025-03-07", who=admin())
    after = base("长春新程创业孵化基地")
    assert (after.operator_name, after.operator_uscc, after.contact_name) == ("长春新程企业管理有限公司", walk.uscc(7001), "孙新程")
    for model, value in ((NameSpan, after.name), (OperatorSpan, after.operator_name)):
        spans = db.session.scalars(select(model).where(model.base_id == after.id).order_by(model.id)).all()
        assert [s.to_on for s in spans] == [date(2025, 3, 7), None] and spans[1].from_on == date(2025, 3, 7)
        assert spans[1].name == value and spans[1].case_id == case.id
    assert len(db.session.scalars(select(InvestorSpan).where(InvestorSpan.base_id == after.id)).all()) == 1
    kinds = dict(db.session.execute(select(Obligation.kind, Obligation.fulfilled_at).where(Obligation.case_id == case.id)
                                    .order_by(Obligation.id)).all())
    assert kinds["plaque"] is None and kinds["account"] is None and kinds["implement"] is not None
    plaques.issue_plaque(steps.province()["clerk"], after.id, {
        "plaque_no": "2025-001", "issued_on": "2025-03-10", "received_by": "孙新程"})
    assert db.session.scalar(select(Obligation.fulfilled_at).where(Obligation.kind == "plaque", Obligation.case_id == case.id))
    found, _, _ = public_register(Search(q="长春新程"))
    assert [entry.base.id for entry in found] == [after.id]


def test_the_old_operators_people_and_the_new_ones(clock):
    """A18-6: from the day on the old see what was until then, the new see the rest without the old staff's data."""
    old = admin()
    clerk = db.session.get(Person, old.person_id)
    team = db.session.scalars(access.visible(old, TeamMember, TeamMember.id)).all()
    assert len(team) == 9
    case = steps.approved("operator")
    clock.set("2025-03-10 09:00")
    steps.carried_out(case, "2025-03-10", who=old)
    former = walk.actor(clerk.login)
    assert former.role == "base_former" and former.until == date(2025, 3, 10)
    roles = db.session.scalars(select(Membership.role).where(Membership.base_id == base().id, Membership.to_on.is_(None))).all()
    assert roles == ["base_former"]
    with pytest.raises(Denied):
        requests.open_change(former)
    slip = deciding.dispatch_once(steps.province()["manager"], "one", case.id)
    assert deciding.dispatch_once(steps.province()["manager"], "one", case.id).password == slip.password
    with pytest.raises(Refused, match="不用派发账号"):
        deciding.dispatch_once(steps.province()["manager"], "two", case.id)
    new = walk.actor(slip.login)
    assert new.role == "base_admin" and new.base_id == base().id and new.since is not None
    seen = set(db.session.scalars(access.visible(new, Case, Case.id)).all())
    assert seen == set(db.session.scalars(access.visible(former, Case, Case.id)).all()) and case.id in seen
    assert not db.session.scalars(access.visible(new, TeamMember)).all(), "the old staff is no business of the new"
    assert not db.session.scalars(select(TeamMember.id).where(TeamMember.base_id == new.base_id, TeamMember.out_on.is_(None))).all()
    clock.set("2025-03-11 00:00:01")
    with transaction():
        later = workflow.open_case("filing", access.service("test"), region_id=base().region_id, subject="x", base_id=base().id)
    assert access.load(new, Case, later.id) and later.id not in set(db.session.scalars(access.visible(former, Case, Case.id)))
    with pytest.raises(NotVisible):
        access.load(former, Case, later.id)


def test_what_may_not_be_asked(clock):
    """A18-1, A18-4, A18-5, A19-1, and another name that is taken."""
    assert wrong("operator", applicant="operator")["applicant"] == "18(1)"
    assert wrong("investor", site_moved="yes")["site_moved"] == "18(1)"
    assert wrong("investor", address="别处 9 号")["address"] == "18(1)"
    assert wrong("base_name", new_base_name="长春新程孵化园")["new_base_name"] == "19"
    assert wrong("operator", new_operator_uscc=base().operator_uscc)["new_operator_uscc"] == "18(1)"
    with pytest.raises(Refused, match="已有基地使用"):
        steps.submitted("base_name", new_base_name="延吉海兰创业孵化基地")


def test_only_what_was_recognised_is_changed():
    _, filed = walk.filed_base(walk.Unit("长春青柚创业孵化基地", "220104", 501))
    with pytest.raises(Refused, match="还没有认定"):
        requests.open_change(filed)


def test_an_investor_by_inheritance(clock):
    """AMB-41: another investor of another kind; the operator stays."""
    case = steps.implemented("investor", new_investor_type="individual", new_investor_name="李继承",
                             new_investor_idno=walk.id18(77))
    after = base()
    assert (after.investor_name, after.investor_idno) == ("李继承", walk.id18(77)) and after.operator_since is None
    assert db.session.scalar(select(InvestorSpan.idno).where(InvestorSpan.case_id == case.id)) == walk.id18(77)
    assert admin().role == "base_admin"


def test_a_rename_may_be_let_off(clock):
    """AMB-09: counts by default; with the province's word it does not."""
    from incubator.offices import editions

    with transaction():
        editions.set_value(steps.province()["manager"], "rename_counts", {
            "value": "0", "from_on": "2025-03-03", "reason": "同一代码的更名不占次数，厅办公会议定。"}, seen=0)
    case = steps.implemented("entity_rename")
    assert row_of(case).counted is False and base().operator_name == "长春知行科技服务有限公司" and requests.used(base()) == 0
    assert steps.approved("investor").state == "to_implement"


def test_not_carried_out_in_time(clock):
    """A18-7: annulled after the deadline, with the reason; the period is free again."""
    case = steps.approved("operator")
    clock.set("2025-06-03 20:00")
    with pytest.raises(Refused, match="还没有过"):
        walk.act(case, "annul", steps.province()["lead"], text="过了期限仍没有实施，通知作废。")
    clock.set("2025-06-04 09:00")
    assert requests.used(base()) == 1
    walk.act(case, "annul", steps.province()["lead"], text="过了期限仍没有实施，通知作废。")
    assert requests.used(base()) == 0 and row_of(case).annulled_on == date(2025, 6, 4)
    assert steps.submitted("investor").state == "county_compliance"


def test_a_revocation_closes_a_change(clock):
    """AMB-30, A16-6: also one that waits to be carried out; nothing is owed any more, the register stays as it was."""
    case = steps.approved("operator")
    case = workflow.advance(case.id, "terminate", access.service("A16-6"), seen_version=steps.fresh(case).version)
    assert case.state == "terminated" and case.ended_at is not None and base().operator_name == "长春知行企业管理有限公司"
    assert db.session.scalar(select(Obligation.fulfilled_at).where(Obligation.kind == "implement", Obligation.case_id == case.id))


def test_one_major_item_at_a_time(clock):
    """AMB-30: asked when it is opened and at each station."""
    case = steps.submitted("operator")
    with pytest.raises(Refused, match="还没有写审核意见"):
        walk.act(walk.act(walk.act(case, "pass", steps.county()), "forward", steps.city(), doc_no="长工信发〔2025〕9号",
                          upload=walk.pdf()), "approve", steps.province()["lead"])
    assert requests.open_change(admin()).id == case.id, "the one that runs is taken up again"
    found = requests._major_running(base().id)
    assert found == ["change"]


def test_two_persons_at_the_province_and_four_eyes(clock):
    case = walk.act(steps.submitted("operator"), "pass", steps.county())
    case = walk.act(case, "forward", steps.city(), doc_no="长工信发〔2025〕9号", upload=walk.pdf())
    lead = steps.province()["lead"]
    case = walk.act(case, "examine", lead, text="材料齐全，产权和用途没有变化，建议同意。")
    with pytest.raises(Refused, match="另一个人"):
        steps.approve(case, who=lead)
    assert steps.approve(case, who=steps.province()["lead2"]).state == "to_implement"


def test_the_county_files_for_an_investor(clock):
    """AMB-32: the operator is told and may comment once; another person of the county reviews."""
    case = steps.filed_for_investor()
    assert case.state == "county_compliance" and row_of(case).for_investor
    with pytest.raises(Refused, match="另一个人"):
        walk.act(case, "pass", steps.county())
    with pytest.raises(NotVisible):
        requests.open_for_investor(walk.actor(*walk.staff("222401").county), base().id, {}, {})
    with pytest.raises(Denied):
        requests.open_for_investor(admin(), base().id, {}, {})
    requests.comment(admin(), case.id, {"comment": "合作协议还有两年，我方不同意终止。"})
    with pytest.raises(Refused, match="现在不能写意见"):
        requests.comment(admin(), case.id, {"comment": "再说一次"})
    case = walk.act(case, "pass", steps.county(lead=True))
    case = walk.act(case, "forward", steps.city(), doc_no="长工信发〔2025〕9号", upload=walk.pdf())
    case = walk.act(case, "examine", steps.province()["clerk"], text="投资主体的申请属实，合作协议已依法解除。")
    case = steps.fresh(deciding.implement(steps.county(), steps.approve(case).id, {"implemented_on": "2025-03-03"},
                                          seen_version=steps.fresh(case).version))
    assert case.state == "implemented" and base().operator_name == "长春新程企业管理有限公司"


def returned_for_investor(at: str = "county_compliance") -> Case:
    """Filed by the county for the investor and returned to it by the station `at`."""
    case = steps.filed_for_investor()
    who = steps.county(lead=True)
    if at == "city_compliance":
        case, who = walk.act(case, "pass", who), steps.city()
    return walk.act(case, "return", who, text="变更原因没有写明合作终止的依据。",
                    remarks=[{"field": "reason", "label": "变更原因", "text": "写明解除协议的日期"}])


@pytest.mark.parametrize("at", ["county_compliance", "city_compliance"])
def test_what_the_county_filed_is_corrected_by_the_county(at):
    """AMB-32: returned, it waits for the county and not for the operator, which can neither rewrite nor send nor end it."""
    case = returned_for_investor(at)
    before = requests.asked(case)
    owed = db.session.scalar(select(Obligation).where(Obligation.case_id == case.id, Obligation.fulfilled_at.is_(None)))
    assert (owed.base_id, owed.tier, owed.state) == (None, "county", case.state)
    assert owed.id in set(db.session.scalars(access.visible(steps.county(), Obligation, Obligation.id)))
    walk.fill(case, CHANGE, {"new_operator_name": "长春自家人有限公司", "reason": "我方自行安排运营机构，另有文件。"}, admin())
    with pytest.raises(Refused, match="运营机构不能改动和撤回"):
        requests.submit_change(admin(), case.id, seen_version=steps.fresh(case).version)
    with pytest.raises(Refused, match="运营机构不能改动和撤回"):
        walk.act(case, "withdraw", admin(), text="我方不同意终止合作协议。")
    same = steps.typed("operator")
    with pytest.raises(Invalid, match="没有改，也没有说明"):
        requests.correct_for_investor(steps.county(), case.id, {**same, "new_legal_rep": "孙新城"}, {}, seen_version=steps.fresh(case).version)
    with pytest.raises(NotVisible):
        requests.correct_for_investor(walk.actor(*walk.staff("222401").county), case.id, same, {}, seen_version=steps.fresh(case).version)
    case = requests.correct_for_investor(
        steps.county(), case.id, {**same, "reason": "合作协议已于二月二十八日依法解除，另选运营机构。"}, {}, seen_version=steps.fresh(case).version)
    now = requests.asked(case)
    assert case.state == at and row_of(case).for_investor and row_of(case).applicant == "investor"
    assert now["reason"].startswith("合作协议已于") and now["new_operator_name"] == before["new_operator_name"]
    assert now["application_file"] == before["application_file"], "what was not sent anew stays"
    reviewed = {steps.county(lead=True).person_id} if at == "city_compliance" else set()
    assert set(workflow.neighbours(case, at)) == {steps.county().person_id} | reviewed, "R-2.1: whoever passed it stays behind the correction"


def test_a_base_that_corrects_its_own_is_not_stood_in_for(clock):
    """The other way round: the county neither rewrites nor ends what a base asked for itself."""
    case = steps.submitted("investor")
    with pytest.raises(Refused, match="由基地自己提交"):
        requests.withdraw_for_investor(steps.county(), case.id, {"reason": "投资主体来函说不再变更。"}, walk.pdf(), seen_version=case.version)
    case = walk.act(case, "return", steps.county(), text="变更原因没有写清楚，补正。",
                    remarks=[{"field": "reason", "label": "变更原因", "text": "写明转让的日期"}])
    owed = db.session.scalar(select(Obligation).where(Obligation.case_id == case.id, Obligation.fulfilled_at.is_(None)))
    assert owed.base_id == base().id
    with pytest.raises(Refused, match="不由县工信局补正"):
        requests.correct_for_investor(steps.county(), case.id, steps.typed("investor"), {}, seen_version=case.version)
    with pytest.raises(Refused, match="由基地自己提交"):
        workflow.advance(case.id, "submit_for", steps.county(), seen_version=case.version)
    assert walk.act(case, "withdraw", admin(), text="转让没有谈成，先不变更。").state == "withdrawn"


def test_the_county_withdraws_on_the_investors_word():
    case = steps.filed_for_investor()
    with pytest.raises(Invalid) as caught:
        requests.withdraw_for_investor(steps.county(), case.id, {"reason": "短"}, None, seen_version=case.version)
    assert {p.field for p in caught.value.problems} == {"reason", "file"}
    with pytest.raises(Denied):
        requests.withdraw_for_investor(admin(), case.id, {"reason": "投资主体来函说不再变更。"}, walk.pdf(), seen_version=case.version)
    case = requests.withdraw_for_investor(steps.county(), case.id, {"reason": "投资主体来函说不再变更。"}, walk.pdf(), seen_version=case.version)
    assert case.state == "withdrawn" and requests.open_change(admin()).state == "draft"


def test_what_a_base_has_not_sent_keeps_no_investor_waiting():
    """A draft that lies about is no running change; one that was sent is."""
    lying = requests.open_change(admin())
    case = steps.filed_for_investor()
    assert steps.fresh(lying).state == "withdrawn" and case.state == "county_compliance"
    with pytest.raises(Refused, match="已有一件变更在办"):
        steps.filed_for_investor()


def test_without_the_investors_signature_the_county_files_nothing():
    with pytest.raises(Invalid) as caught:
        requests.open_for_investor(steps.county(), base().id, steps.typed("operator"), {})
    assert {"application_file", "termination_file"} <= {p.field for p in caught.value.problems}
    assert requests.running_change(base().id) is None


def test_p7_two_at_once(recognised):
    """Two people of one base open in the same instant: one case; two approvals on one version: one is carried out."""
    who = admin()
    db.session.remove()
    answers = race(recognised, *[lambda: requests.open_change(who).id] * 2)
    assert len(set(won(answers))) == 1 and len(db.session.scalars(select(Case.id).where(Case.kind == "change")).all()) == 1
    case = db.session.get(Case, won(answers)[0])
    walk.fill(case, CHANGE, {**steps.typed("operator"), **steps.papers(who, case, "operator")}, who)
    case = steps.passed_on(requests.submit_change(who, case.id, seen_version=case.version))
    version, number, (one, two) = case.version, case.id, (steps.province()["lead"], steps.province()["lead2"])
    db.session.remove()
    answers = race(recognised, *(
        (lambda w=w, n=n: deciding.approve(w, number, steps.notice("2025-03-03", n), walk.pdf(), seen_version=version).id)
        for n, w in ((1, one), (2, two))))
    assert len(won(answers)) == 1 and len(lost(answers)) == 1, answers


BAD = (
    ("a second one counted in the period", "UPDATE change_request SET counted = TRUE WHERE case_id = :second"),
    ("approved by who examined", "UPDATE change_request SET approved_by = examined_by WHERE case_id = :case"),
    ("carried out before approval", "UPDATE change_request SET implemented_on = '2025-03-02' WHERE case_id = :case"),
    ("annulled within the time", "UPDATE change_request SET annulled_on = implement_due WHERE case_id = :case"),
    ("approval without a notice", "UPDATE change_request SET notice_no = '' WHERE case_id = :case"),
    ("an operator at the operator's wish", "UPDATE change_request SET applicant = 'operator' WHERE case_id = :case"),
    ("gone", "DELETE FROM change_request WHERE case_id = :case"),
)
GOOD = (
    "UPDATE change_request SET implemented_on = '2025-03-03' WHERE case_id = :case",
    "UPDATE change_request SET implemented_on = NULL, annulled_on = '2025-06-04' WHERE case_id = :case",
    "UPDATE change_request SET counted = TRUE WHERE case_id = :second",
)


def test_p26_by_raw_sql(recognised):
    """The database says the same as the rules; each refusal has a twin that passes."""
    case = steps.approved("operator")
    of, second = row_of(case), None
    with transaction():
        db.session.execute(update(Case).where(Case.id == 0).values(subject=""))
        made = workflow.open_case("account_request", access.PUBLIC, region_id=case.region_id, subject="x", outcome="submit")
        second = made.id
        values = {c.name: getattr(of, c.name) for c in ChangeRequest.__table__.columns}
        db.session.add(ChangeRequest(**{**values, "case_id": second, "counted": False}))
    ids = {"case": case.id, "second": second}
    db.session.remove()

    def say(statement):
        with db.engine.begin() as connection:
            connection.execute(text(statement), {k: v for k, v in ids.items() if f":{k}" in statement})

    for _, statement in BAD:
        with pytest.raises(DBAPIError):
            say(statement)
    for statement in GOOD:
        say(statement)
