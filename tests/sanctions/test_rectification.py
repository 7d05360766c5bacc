"""Downgrade and rectification: two documents, a year, the loop to acceptance (第十五条; T85–T87, T89, T90; A15-7)."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from incubator.bases.facts import standing_of
from incubator.bases.models import Base, ValidityPeriod
from incubator.kernel import clock as portal_clock
from incubator.kernel.database import db
from incubator.kernel.errors import Denied, Invalid, NotVisible, Refused
from incubator.obligations.commands import tick
from incubator.obligations.models import Obligation
from incubator.sanctions import following, funds, queries, rectifications
from incubator.sanctions.models import RectificationItem, ServedPaper
from tests import walk
from tests.inspections import stand as inspecting
from tests.sanctions import stand


@pytest.fixture
def province(app, clock):
    with app.app_context():
        clock.set("2025-06-16 09:00")
        yield walk.province()


def owed(kind: str, **where) -> Obligation | None:
    query = select(Obligation).where(Obligation.kind == kind, Obligation.fulfilled_at.is_(None))
    for key, value in where.items():
        query = query.where(getattr(Obligation, key) == value)
    return db.session.scalar(query)


def test_a_downgrade_takes_the_level_and_leaves_the_validity(province):
    """T85, A15-1, A8-7: a base from the document's date, a new plaque owed, the paper to be served."""
    base, _ = stand.base("demonstration")
    case = inspecting.visited(inspecting.adhoc(base), tenants_countable=38, jobs=320)
    case = inspecting.concluded(case, "downgrade")
    before = db.session.scalar(select(ValidityPeriod.to_on).where(ValidityPeriod.base_id == base.id))
    stand.issue("downgrade", case)
    now = standing_of(db.session.get(Base, base.id))
    assert (now.level, now.in_force, now.rectifying, now.valid_to) == ("base", True, False, before)
    assert owed("plaque", case_id=case.id) and owed("service", case_id=case.id)
    with pytest.raises(Invalid):
        stand.issue("downgrade", case)


def test_both_means_two_documents(province):
    """T86, AMB-14."""
    base, _ = stand.base("demonstration")
    case = inspecting.visited(inspecting.adhoc(base), tenants_countable=12, jobs=320)
    inspecting.finding(case, "15(1)", "在孵企业现场核实 12 户，低于 15 户。")
    case = inspecting.concluded(case, "both")
    stand.contract(case)
    first, second = stand.issue("downgrade", case), stand.issue("rectification", case)
    assert first.id != second.id and {i.kind for i in queries.decided(case.id)} == {"downgrade", "rectification"}
    now = standing_of(db.session.get(Base, base.id))
    assert (now.level, now.rectifying) == ("base", True) and not now.funds_open


def test_the_document_needs_the_contract_and_another_person(province):
    base, _ = stand.base()
    case = stand.concluded(base)
    with pytest.raises(Invalid) as refused:
        stand.issue("rectification", case)
    assert "1 条问题还没有写整改要求" in str(refused.value)
    with pytest.raises(Invalid):
        rectifications.write_contract(province["clerk"], case.id, {"items": [{"finding_id": "999", "required": "要达到的", "proof": "证明"}]},
                                      seen_version=inspecting.fresh(case).version)
    stand.contract(case)
    stand.contract(case)  # may be written anew until the document is entered
    assert db.session.query(RectificationItem).count() == 1
    stand.issue("rectification", case)
    with pytest.raises(Refused) as refused:
        stand.contract(case)
    assert "不能再改" in refused.value.reason


def test_who_concluded_does_not_issue(province):
    """P26 by command; by raw SQL it is a CHECK of the item."""
    base, _ = stand.base()
    case = inspecting.adhoc(base)
    inspecting.finding(case)
    case = inspecting.visited(case)
    lead = province["lead"]
    from incubator.inspections import commands

    case = commands.conclude(lead, case.id, {"conclusion": "rectify"}, seen_version=inspecting.fresh(case).version)
    stand.contract(case)
    with pytest.raises(Invalid) as refused:
        stand.issue("rectification", case, who=lead)
    assert "另一位负责人" in str(refused.value.problems[0].way_out)
    assert stand.issue("rectification", case, who=province["lead2"])


def test_a_year_runs_from_the_document_and_its_end_is_the_countys_to_answer(province, clock):
    """T87, A15-5, A15-6: 2025-06-16 → 2026-06-16; from the 17th the county owes a proposal, once."""
    base, _ = stand.base()
    case = stand.rectifying(base)
    row = queries.rectification_of(case.id)
    assert (row.from_on, row.due_on) == (date(2025, 6, 16), date(2026, 6, 16))
    assert owed("rectification", base_id=base.id).due_on == row.due_on
    now = standing_of(db.session.get(Base, base.id))
    assert now.in_force and now.rectifying and now.rectification_due == row.due_on
    clock.set("2026-06-16 23:00")
    assert tick()["revocation_proposals"] == 0
    clock.set("2026-06-17 00:30")
    assert tick()["revocation_proposals"] == 1 and tick()["revocation_proposals"] == 0
    proposal = owed("propose_revocation")
    assert proposal.tier == "county" and proposal.due_on == date(2026, 7, 16) and proposal.case_id == case.id


def test_found_late_the_county_is_not_late_at_once(province, clock):
    base, _ = stand.base()
    stand.rectifying(base)
    clock.set("2026-09-01 09:00")
    tick()
    assert owed("propose_revocation").due_on >= portal_clock.today()


def test_from_the_report_to_the_acceptance(province, clock):
    """T90: accepted early closes it that day; T89: funds again from the day after."""
    base, admin = stand.base()
    case = stand.rectifying(base)
    clock.set("2026-01-10 10:00")
    case = stand.accepted(case, admin)
    assert case.state == "accepted"
    assert owed("rectification", base_id=base.id) is None

    def may(day):
        return {line.base.id: line.may for line in queries.funds_on(province["clerk"], day)}.get(base.id)

    assert may(date(2025, 6, 15)) and not may(date(2025, 12, 1)) and not may(date(2026, 1, 10)) and may(date(2026, 1, 11))
    clock.set("2026-07-01 09:00")
    assert tick()["revocation_proposals"] == 0
    assert not standing_of(db.session.get(Base, base.id)).rectifying


def test_the_county_goes_there_after_the_report(province, clock):
    base, admin = stand.base()
    case = stand.rectifying(base)
    who = stand.people()
    with pytest.raises(Refused):
        walk.visit(case, who["county"])
    clock.set("2025-09-01 09:00")
    case = stand.report(case, admin)
    with pytest.raises(Refused) as refused:
        walk.act(case, "verify", who["county"])
    assert "现场核实" in refused.value.reason and "逐项核实" in refused.value.reason
    case = walk.visit(case, who["county"])
    stand.check(case, who["county"], "no")
    case = walk.act(case, "not_done", who["county"], text="二层通道仍有货物，限期清走。")
    assert case.state == "rectifying"
    clock.set("2025-10-01 09:00")
    case = stand.report(case, admin)
    with pytest.raises(Refused):  # the visit was of the report before
        walk.act(case, "verify", who["county"])
    assert queries.report_of(case).version_no == 2


def test_an_item_that_is_not_met_is_not_accepted(province, clock):
    base, admin = stand.base()
    case = stand.at_acceptance(stand.rectifying(base), admin, met="no")
    with pytest.raises(Refused) as refused:
        walk.act(case, "accept", province["lead"])
    assert "1 项没有达到要求" in refused.value.reason
    with pytest.raises(Denied):
        walk.act(case, "not_accept", province["clerk"], text="通道仍然堵塞，继续整改。")
    stand.check(case, province["clerk"])
    assert walk.act(case, "accept", province["lead"]).state == "accepted"


def test_one_rectification_at_a_time(province):
    """P7 by command and by index."""
    base, _ = stand.base()
    stand.rectifying(base)
    case = stand.concluded(base)
    stand.contract(case)
    with pytest.raises(Invalid) as refused:
        stand.issue("rectification", case)
    assert "已经在整改" in str(refused.value)
    span = db.session.execute(text("SELECT base_id, decision_id, from_on, due_on, kind, case_id FROM sanction_span")).mappings().one()
    sql = text("INSERT INTO sanction_span (base_id, decision_id, from_on, due_on, kind, case_id)"
               " VALUES (:base_id, :decision_id, :from_on, :due_on, :kind, :case_id)")
    with pytest.raises(DatabaseError):
        db.session.execute(sql, dict(span))
    db.session.rollback()
    db.session.execute(text("UPDATE sanction_span SET to_on = :due_on"), {"due_on": span["due_on"]})
    db.session.execute(sql, dict(span))  # the twin: once the first has ended
    db.session.rollback()


def test_a_base_that_refuses_the_paper_is_sanctioned_all_the_same(province):
    """A15-7: the proof is an obligation, not a condition; receiver or refusal, one of them."""
    base, _ = stand.base()
    case = stand.rectifying(base)
    assert standing_of(db.session.get(Base, base.id)).rectifying
    item = queries.decided(queries.rectification_of(case.id).inspection_id)[0]
    typed = {"served_on": "2025-06-16", "method": "left", "served_by": "王某、李某"}
    with pytest.raises(Refused):
        following.serve(province["clerk"], item.id, typed, upload=walk.pdf("回证.pdf"))
    with pytest.raises(Refused):
        following.serve(province["clerk"], item.id, {**typed, "receiver": "刘某", "refusal": "当面拒收，两名见证人在场"}, upload=walk.pdf("回证.pdf"))
    row = following.serve(province["clerk"], item.id, {**typed, "refusal": "当面拒收，两名见证人在场"}, upload=walk.pdf("回证.pdf"))
    assert row.refusal and owed("service") is None
    with pytest.raises(Refused):
        following.serve(province["clerk"], item.id, {**typed, "receiver": "刘某"}, upload=walk.pdf("回证.pdf"))


def test_the_database_wants_a_receiver_or_a_refusal(province):
    """P26."""
    base, _ = stand.base()
    case = stand.rectifying(base)
    item = queries.decided(queries.rectification_of(case.id).inspection_id)[0]
    clerk, file_id = province["clerk"], db.session.scalar(text("SELECT min(id) FROM stored_file"))

    def row(**more):
        return ServedPaper(item_id=item.id, case_id=item.case_id, served_on=date(2025, 6, 16), method="left", served_by="甲", file_id=file_id,
                             by_person_id=clerk.person_id, by_name="甲", at=portal_clock.now(), **more)

    for more in ({}, {"receiver": "乙", "refusal": "当面拒收，两名见证人在场"}, {"refusal": "短"}):
        db.session.add(row(**more))
        with pytest.raises(DatabaseError):
            db.session.commit()
        db.session.rollback()
    db.session.add(row(receiver="乙"))
    db.session.commit()


def test_the_list_of_a_day_has_a_code_that_anybody_may_check(province, clock):
    """A15-3, T89."""
    base, _ = stand.base()
    clock.set("2025-12-01 09:00")
    stand.rectifying(base, on=date(2025, 11, 28))
    row = funds.issue_list(province["clerk"], date(2025, 12, 1))
    assert (row.total, row.eligible) == (1, 0) and "整改期间" in row.lines[0]["why_not"]
    assert queries.list_by_code(row.code).id == row.id
    assert funds.issue_list(province["clerk"], date(2025, 11, 27)).eligible == 1
    with pytest.raises(Refused):
        funds.issue_list(province["clerk"], date(2025, 12, 2))
    with pytest.raises(Denied):
        funds.issue_list(stand.people()["county"], date(2025, 12, 1))
    with pytest.raises(DatabaseError, match="append-only"):
        db.session.execute(text("UPDATE fund_list SET eligible = 0"))
    db.session.rollback()


def test_only_the_base_itself_reports(province):
    base, _ = stand.base()
    _, stranger = inspecting.recognised(stand.OTHER, stand.OLD)
    case = stand.rectifying(base)
    with pytest.raises(NotVisible):
        stand.report(case, stranger)
    with pytest.raises(Denied):
        stand.report(case, stand.people()["county"])
