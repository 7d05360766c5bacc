"""Revocation on three routes, the hearing, and what ends with the base (第十六、十七条; T93, T94, T96, T104; AMB-15)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from incubator.bases.facts import standing_of
from incubator.bases.models import Base
from incubator.bases.queries import former_of
from incubator.kernel import clock as portal_clock
from incubator.kernel.database import db
from incubator.kernel.errors import Denied, Invalid, NotVisible, Refused
from incubator.kernel.ledger import verify
from incubator.kernel.workflow import Case
from incubator.obligations.commands import open_obligation, tick
from incubator.obligations.models import Obligation
from incubator.offices.models import Membership
from incubator.sanctions import following, queries, revocations
from incubator.sanctions.models import FollowUp, PriorNotice
from tests import walk
from tests.inspections import stand as inspecting
from tests.sanctions import stand


@pytest.fixture
def province(app, clock):
    with app.app_context():
        clock.set("2025-03-03 09:00")
        yield walk.province()


def test_a_voluntary_revocation_needs_both_consents(province):
    """T93, A16-1: the operator's alone is refused; what was uploaded stays for the next try."""
    base, admin = stand.base()
    with pytest.raises(Invalid) as refused:
        stand.voluntary(admin, ("operator_consent",))
    assert [p.message for p in refused.value.problems] == ["缺投资主体同意书"]
    case = revocations.open_application(admin)
    assert queries.revocation_of(case.id).operator_consent_id
    case = stand.voluntary(admin, ("investor_consent",))
    assert case.state == "county_review"
    who = stand.people()
    case = walk.act(case, "pass", who["county"], text="双方同意，安置方案可行。")
    case = walk.act(case, "forward", who["city_lead"], text="复核同意。")
    case = walk.act(case, "agree", province["clerk"], text="拟撤销。")
    with pytest.raises(Refused):  # nobody has to be told of what they ask for
        stand.told(case)
    stand.issue("revocation", case)
    assert inspecting.fresh(case).state == "revoked"
    assert standing_of(db.session.get(Base, base.id)).state == "revoked"


def test_the_base_takes_its_own_application_back_and_no_other(province):
    base, admin = stand.base()
    case = stand.voluntary(admin)
    assert walk.act(case, "withdraw", admin, text="双方改变了主意，继续办基地。").state == "withdrawn"
    stand.direct(base)
    with pytest.raises(Refused):
        revocations.open_application(admin)


def test_the_county_proposes_when_the_year_is_over(province, clock):
    """A16-2, T87: not before; by the lead; then city and province."""
    base, _ = stand.base()
    stand.rectifying(base)
    with pytest.raises(Refused) as refused:
        stand.proposed(base)
    assert "整改期还没有满" in refused.value.reason
    clock.set("2026-03-04 09:00")
    tick()
    with pytest.raises(Denied):
        revocations.propose(stand.people()["county"], base.id, {})
    case = stand.proposed(base)
    assert case.state == "city_review"
    assert db.session.scalar(select(Obligation.fulfilled_at).where(Obligation.kind == "propose_revocation"))
    with pytest.raises(Denied):
        walk.act(case, "forward", stand.people()["city"], text="复核同意。")
    case = walk.act(case, "forward", stand.people()["city_lead"], text="复核同意。")
    case = walk.act(case, "agree", province["clerk"], text="拟撤销。")
    assert queries.revocation_of(case.id).initiator_id == province["clerk"].person_id
    stand.revoked(base, clock, case)
    assert inspecting.fresh(case).state == "revoked"
    assert stand.case_of(base, "rectification").state == "terminated"


def test_the_county_of_another_place_proposes_nothing(province):
    base, _ = stand.other()
    with pytest.raises(NotVisible):
        stand.proposed(base)


def test_whichever_route_begins_first_locks_the_other(province, clock):
    """A16-5, AMB-15, P7: one running case a base, by command and by index."""
    base, _ = stand.base()
    stand.rectifying(base)
    clock.set("2026-03-04 09:00")
    case = stand.direct(base, ["16(2)3"])
    with pytest.raises(Refused) as refused:
        stand.proposed(base)
    assert "已经有一件撤销在办" in refused.value.reason
    with pytest.raises(Refused):
        stand.direct(base)
    sql = text("UPDATE case_ SET kind = 'revocation' WHERE id = :id")
    with pytest.raises(DatabaseError):
        db.session.execute(sql, {"id": stand.case_of(base, "rectification").id})
    db.session.rollback()
    walk.act(case, "refuse", province["lead"], text="情形不成立，不予撤销。")
    assert stand.proposed(base).state == "city_review"


def test_while_it_runs_a_rectification_is_not_accepted(province, clock):
    base, admin = stand.base()
    case = stand.at_acceptance(stand.rectifying(base), admin)
    revoking = stand.direct(base)
    with pytest.raises(Refused) as refused:
        walk.act(case, "accept", province["lead"])
    assert "撤销的程序已经开始" in refused.value.reason
    walk.act(revoking, "refuse", province["lead2"], text="情形不成立，不予撤销。")
    assert walk.act(case, "accept", province["lead"]).state == "accepted"


def test_a_direct_revocation_names_a_ground(province):
    """A16-3."""
    base, _ = stand.base()
    with pytest.raises(Invalid):
        stand.direct(base, [])
    filed, _ = walk.filed_base(walk.Unit("长春新竹创业孵化基地", "220104", 90))
    with pytest.raises(Refused) as refused:
        stand.direct(filed)
    assert "备案" in refused.value.reason
    with pytest.raises(Denied):
        revocations.begin_direct(stand.people()["county_lead"], base.id, {})


def test_the_base_is_told_heard_and_answered_before(province, clock):
    """A16-4: five working days, the record of the defence, another person than who began it."""
    base, admin = stand.base()
    case = stand.direct(base)
    with pytest.raises(Invalid) as refused:
        stand.issue("revocation", case)
    assert "还没有事先告知" in str(refused.value)
    until = stand.told(case).defence_until
    assert until == date(2025, 3, 10)
    with pytest.raises(Refused):
        stand.told(case)
    with pytest.raises(Invalid) as refused:
        stand.issue("revocation", case)
    assert "陈述申辩期" in str(refused.value)
    row = revocations.defend(admin, case.id, {"words": "场地只是临时堆放，已经恢复。"}, seen_version=inspecting.fresh(case).version)
    clock.set(f"{until + timedelta(days=1)} 09:00")
    with pytest.raises(Refused):
        revocations.defend(admin, case.id, {"words": "再补充一份材料说明。"}, seen_version=inspecting.fresh(case).version)
    with pytest.raises(Invalid) as refused:
        stand.issue("revocation", case)
    assert "还没有答复" in str(refused.value)
    revocations.answer(province["clerk"], case.id, row.id, {"answer": "现场两次核实，用途已经改变，不采纳。"}, seen_version=inspecting.fresh(case).version)
    with pytest.raises(Refused) as refused:
        stand.issue("revocation", case, on=until)
    assert refused.value.field == "document_on"
    stand.issue("revocation", case)
    assert inspecting.fresh(case).state == "revoked"


def test_the_window_to_speak_does_not_begin_before_the_case(province, clock):
    """A16-4: a notice of a day before the province began would let it decide at once."""
    base, _ = stand.base()
    case = stand.direct(base)
    began = portal_clock.today()
    for day, stands in ((began - timedelta(days=1), False), (began, True)):
        raw = {"notified_on": day.isoformat(), "method": "direct", "receiver": "刘思远"}
        seen = inspecting.fresh(case).version
        if stands:
            assert revocations.notify(province["clerk"], case.id, raw, seen_version=seen, upload=walk.pdf()).began_on == began
            continue
        with pytest.raises(Refused) as refused:
            revocations.notify(province["clerk"], case.id, raw, seen_version=seen, upload=walk.pdf())
        assert (refused.value.field, refused.value.article) == ("notified_on", "16") and queries.notice_of(case.id) is None


def test_a_proposed_one_is_told_of_after_it_came_to_its_decision(province, clock):
    """Not from the day of the proposal, but from that on which the province agreed to it."""
    base, _ = stand.base()
    stand.rectifying(base)
    due = queries.rectification_of(queries.running_rectification(base.id).id).due_on
    clock.set(f"{due + timedelta(days=1)} 09:00")
    case = stand.proposed(base)
    proposed_on = portal_clock.today()
    case = walk.act(case, "forward", stand.people()["city_lead"], text="复核属实，同意上报。", doc_no="长工信发〔2026〕77号", upload=walk.pdf())
    clock.set(f"{due + timedelta(days=3)} 09:00")
    case = walk.act(case, "agree", province["clerk"], text="审核属实，拟撤销。")
    with pytest.raises(Refused, match="早于拟决定的日期"):
        revocations.notify(province["clerk"], case.id, {"notified_on": proposed_on.isoformat(), "method": "direct", "receiver": "刘思远"},
                           seen_version=inspecting.fresh(case).version, upload=walk.pdf())


def test_the_notice_is_waived_by_the_lead_with_a_reason(province):
    base, _ = stand.base()
    case = stand.direct(base)
    version = inspecting.fresh(case).version
    reason = {"waived_reason": "运营机构注销，负责人失联，已公告送达"}
    with pytest.raises(Denied):
        revocations.waive_notice(province["clerk"], case.id, reason, seen_version=version)
    with pytest.raises(Invalid):
        revocations.waive_notice(province["lead"], case.id, {"waived_reason": "失联"}, seen_version=version)
    revocations.waive_notice(province["lead"], case.id, reason, seen_version=version)
    stand.issue("revocation", case)
    assert inspecting.fresh(case).state == "revoked"


def test_the_database_wants_a_notice_with_its_window_or_a_reason(province):
    """P26, beside passing twins."""
    base, _ = stand.base()
    case = stand.direct(base)
    who = {"by_person_id": province["clerk"].person_id, "by_name": "甲", "at": portal_clock.now()}
    file_id = db.session.scalar(text("SELECT min(id) FROM stored_file"))
    wrong = (
        {}, {"waived_reason": "失联"}, {"notified_on": date(2025, 3, 3), "file_id": file_id},
        {"notified_on": date(2025, 3, 3), "defence_until": date(2025, 3, 3), "file_id": file_id},
        {"notified_on": date(2025, 3, 3), "defence_until": date(2025, 3, 10)},
        {"notified_on": date(2025, 3, 3), "defence_until": date(2025, 3, 10), "file_id": file_id, "began_on": date(2025, 3, 4)},
    )
    for more in wrong:
        db.session.add(PriorNotice(case_id=case.id, **who, **more))
        with pytest.raises(DatabaseError):
            db.session.commit()
        db.session.rollback()
    db.session.add(PriorNotice(case_id=case.id, notified_on=date(2025, 3, 3), defence_until=date(2025, 3, 10), file_id=file_id,
                               began_on=date(2025, 3, 3), **who))
    db.session.commit()
    with pytest.raises(DatabaseError, match="append-only"):
        db.session.execute(text("UPDATE prior_notice SET defence_until = '2025-03-04'"))
    db.session.rollback()


def test_who_began_it_does_not_issue_the_document(province, clock):
    base, _ = stand.base()
    lead = province["lead"]
    case = revocations.begin_direct(lead, base.id, {"codes": ["16(2)5"], "facts": stand.LONG, "tenants_plan": "迁入相邻基地"})
    until = stand.told(case).defence_until
    clock.set(f"{until + timedelta(days=1)} 09:00")
    with pytest.raises(Invalid):
        stand.issue("revocation", case, who=lead)
    assert stand.issue("revocation", case, who=province["lead2"])


def test_an_inspection_that_proposes_it_begins_it(province):
    """A14-3: 建议撤销 opens the direct route with the grounds found."""
    base, _ = stand.base()
    stand.concluded(base, "revoke", "16(2)2")
    case = queries.running_revocation(base.id)
    row = queries.revocation_of(case.id)
    assert case.state == "to_decide" and row.codes == ["16(2)2"] and row.source_id == stand.case_of(base, "adhoc_inspection").id


def test_a_draft_of_the_base_locks_nobody(province):
    """AMB-15: what the base has not sent has not started; it ends where the province begins, and can't be sent after."""
    base, admin = stand.base()
    draft = revocations.open_application(admin)
    case = stand.direct(base)
    assert (inspecting.fresh(draft).state, queries.running_revocation(base.id).id) == ("withdrawn", case.id)
    with pytest.raises(Refused, match="不能再改"):
        revocations.apply(admin, draft.id, {"facts": stand.LONG, "tenants_plan": stand.LONG}, seen_version=inspecting.fresh(draft).version)
    with pytest.raises(Refused, match="已经有一件撤销在办"):
        revocations.open_application(admin)
    assert verify().faults == []


def test_a_conclusion_begins_the_direct_route_beside_a_draft(province):
    """A14-3: 建议撤销 is not kept from its course by an application that was only begun."""
    base, admin = stand.base()
    draft = revocations.open_application(admin)
    assert stand.concluded(base, "revoke", "16(2)2").state == "concluded"
    assert queries.running_revocation(base.id).state == "to_decide" and inspecting.fresh(draft).state == "withdrawn"


def test_what_ends_with_the_base(province, clock):
    """A16-6: what waits ends, its people only read, two duties of the county, the standing for everybody."""
    base, _ = stand.base()
    pending = inspecting.adhoc(base)
    open_obligation(kind="profile_check", key=f"{base.id}:2030", due_on=date(2030, 3, 31), article="13", region_id=base.region_id,
                    base_id=base.id)
    open_obligation(kind="plaque", key=f"{base.id}:late", due_on=date(2030, 3, 31), article="8", region_id=base.region_id, case=pending,
                    tier="province", office_id=walk.office_id("220000"))
    case = stand.revoked(base, clock)
    closed = db.session.scalars(select(Obligation).where(Obligation.fulfilled_at.is_not(None), Obligation.fulfilled_by_person.is_(None)))
    assert {(o.kind, o.fulfilled_by_event is not None) for o in closed} >= {("profile_check", True), ("plaque", True)}
    assert db.session.scalar(select(Obligation.id).where(
        Obligation.fulfilled_at.is_not(None), Obligation.fulfilled_by_person.is_(None), Obligation.fulfilled_by_event.is_(None))) is None
    assert inspecting.fresh(pending).state == "terminated"
    found = db.session.get(Base, base.id)
    assert found.status_now == "revoked" and not found.account_open
    held = db.session.scalars(select(Membership.role).where(Membership.base_id == base.id, Membership.to_on.is_(None))).all()
    assert held == ["base_former"]
    who = walk.actor(found.code)
    assert who.role == "base_former"
    with pytest.raises(Denied):
        revocations.open_application(who)
    duties = {o.kind: o for o in db.session.scalars(select(Obligation).where(Obligation.case_id == case.id, Obligation.fulfilled_at.is_(None)))}
    assert set(duties) == {"plaque_recovery", "tax_notice", "service"}
    assert {duties[kind].tier for kind in ("plaque_recovery", "tax_notice")} == {"county"}
    assert db.session.scalar(select(Case.id).where(Case.base_id == base.id, Case.ended_at.is_(None))) is None


def test_the_county_takes_the_plaque_back_and_tells_the_tax_office(province, clock):
    """T96, A17-1: two duties; a plaque that can't be had needs its reason."""
    base, _ = stand.base()
    from incubator.bases import plaques
    from incubator.bases.models import Plaque

    plaque = plaques.issue_plaque(province["clerk"], base.id, {"plaque_no": "2025-900", "issued_on": "2025-03-03", "received_by": "刘思远"})
    case = stand.revoked(base, clock)
    county = stand.people()["county"]
    with pytest.raises(Refused) as refused:
        following.follow_up(county, case.id, "plaque_recovery", {})
    assert refused.value.field == "unable_reason"
    with pytest.raises(Denied):
        following.follow_up(province["clerk"], case.id, "plaque_recovery", {})
    back = portal_clock.today().isoformat()
    before = (portal_clock.today() - timedelta(days=1)).isoformat()
    for field, said, photo in (
        ("file", {"done_on": back, "condition": "完好"}, None), ("condition", {"done_on": back}, walk.pdf("照片.pdf")),
        ("done_on", {"done_on": before, "condition": "完好"}, walk.pdf("照片.pdf")),
    ):
        with pytest.raises(Refused) as refused:
            following.follow_up(county, case.id, "plaque_recovery", said, upload=photo)
        assert refused.value.field == field
    assert db.session.get(Plaque, plaque.id).returned_on is None
    following.follow_up(county, case.id, "plaque_recovery", {"done_on": back, "condition": "完好"}, upload=walk.pdf("照片.pdf"))
    assert db.session.get(Plaque, plaque.id).returned_on == portal_clock.today()
    with pytest.raises(Invalid):
        following.follow_up(county, case.id, "tax_notice", {"done_on": back, "receiver": "朝阳区税务局"})
    following.follow_up(county, case.id, "tax_notice", {"document_no": "朝工信函〔2025〕12号", "done_on": back, "receiver": "朝阳区税务局"},
                        upload=walk.pdf("回执.pdf"))
    left = db.session.scalars(select(Obligation.kind).where(Obligation.case_id == case.id, Obligation.fulfilled_at.is_(None))).all()
    assert left == ["service"]


def test_what_is_overdue_is_shown_to_the_province(province, clock):
    base, _ = stand.base()
    case = stand.revoked(base, clock)
    due = db.session.scalar(select(Obligation.due_on).where(Obligation.kind == "tax_notice"))
    clock.set(f"{due + timedelta(days=1)} 09:00")
    owed = [o for o, c in queries.overview(province["clerk"]).owed if c.id == case.id and o.due_on < portal_clock.today()]
    assert {o.kind for o in owed} == {"plaque_recovery", "tax_notice", "service"}
    reason = {"unable_reason": "基地搬离，负责人称随装修垃圾清走"}
    following.follow_up(stand.people()["county"], case.id, "plaque_recovery", reason)
    assert {o.kind for o, _ in queries.overview(province["clerk"]).owed} == {"tax_notice", "service"}


def test_the_database_wants_the_plaque_or_the_reason(province, clock):
    """P26, T96."""
    base, _ = stand.base()
    case = stand.revoked(base, clock)
    who = {"by_person_id": province["clerk"].person_id, "by_name": "甲", "at": portal_clock.now()}
    for more in (
        {"kind": "plaque_recovery"}, {"kind": "plaque_recovery", "unable_reason": "丢了"},
        {"kind": "tax_notice", "done_on": date(2025, 3, 20)}, {"kind": "tax_notice", "unable_reason": "税务机关不收，没有办法送达"},
        {"kind": "other", "done_on": date(2025, 3, 20)}, {"kind": "plaque_recovery", "done_on": date(2025, 3, 20), "condition": "完好"},
        {"kind": "tax_notice", "done_on": date(2025, 3, 20), "document_no": "朝工信函〔2025〕12号", "receiver": "税务局"},
    ):
        db.session.add(FollowUp(case_id=case.id, **who, **more))
        with pytest.raises(DatabaseError):
            db.session.commit()
        db.session.rollback()
    file_id = db.session.scalar(text("SELECT min(id) FROM stored_file"))
    db.session.add(FollowUp(case_id=case.id, kind="plaque_recovery", unable_reason="基地搬离，负责人称随装修清走", **who))
    db.session.add(FollowUp(case_id=case.id, kind="tax_notice", done_on=date(2025, 3, 20), document_no="朝工信函〔2025〕12号", receiver="税务局",
                            file_id=file_id, **who))
    db.session.commit()


def test_relief_ends_with_the_month_after_unless_another_law_says_so(province, clock):
    """T94, A17-2: both days are kept; only the province says another."""
    base, _ = stand.base()
    clock.set("2025-03-20 09:00")
    case = stand.direct(base)
    assert queries.tax_stop(case.id) is None
    revocations.waive_notice(province["lead"], case.id, {"waived_reason": "运营机构注销，负责人失联，已公告送达"},
                             seen_version=inspecting.fresh(case).version)
    clock.set("2025-03-31 09:00")
    stand.issue("revocation", case)
    assert queries.tax_stop(case.id).holds == date(2025, 4, 1)
    other = {"stop_on": "2025-01-01", "basis": "税收征收管理法第五十一条", "document_no": "吉税函〔2025〕8号"}
    with pytest.raises(Denied):
        following.override_tax_stop(stand.people()["county_lead"], case.id, other)
    following.override_tax_stop(province["lead"], case.id, other)
    stop = queries.tax_stop(case.id)
    assert (stop.computed, stop.holds) == (date(2025, 4, 1), date(2025, 1, 1)) and "第五十一条" in stop.why


def test_a_revoked_base_applies_again_with_a_new_number_and_its_past_is_shown(province, clock):
    """T104, AMB-31: same operator, site and name."""
    base, _ = stand.base()
    stand.revoked(base, clock)
    again, _ = walk.filed_base(stand.UNIT)
    assert again.id != base.id and again.code != base.code and again.filing_no != base.filing_no
    assert [b.id for b in former_of(again)] == [base.id]
    assert standing_of(again).state == "filed" and standing_of(db.session.get(Base, base.id)).state == "revoked"


def test_a_renewal_refused_begins_it(province):
    """A10-4, T12, 第十六条（二）3: the event of the renewals; once, and the province's duty is met by it."""
    from incubator.renewals import events

    base, _ = stand.base()
    source = inspecting.adhoc(base)  # any case of the base stands for the renewal here
    events.renewal_refused(source, base, province["lead"])
    row = queries.revocation_of(queries.running_revocation(base.id).id)
    assert row.codes == ["16(2)3"] and row.source_id == source.id and row.initiator_id == province["lead"].person_id
    events.renewal_refused(source, base, province["lead"])
    assert db.session.query(Case).filter_by(base_id=base.id, kind="revocation").count() == 1
