"""Renewal by commands and days: T05 to T12, T16, AMB-26 to AMB-29, P7 and P26 beside their twins (第十条)."""

from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from incubator.bases.commands import impose, lift
from incubator.bases.facts import standing_of
from incubator.bases.models import Base, Relaxation, ValidityPeriod
from incubator.cases import submissions
from incubator.cases.queries import latest_submission
from incubator.cases.tables import form_table
from incubator.decisions import commands as decisions
from incubator.decisions import kinds
from incubator.decisions.models import Decision
from incubator.kernel import access, ledger, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Invalid, Refused
from incubator.kernel.workflow import Case
from incubator.obligations.commands import tick
from incubator.obligations.models import Obligation
from incubator.recognitions.commands import checklist
from incubator.renewals import commands, events
from incubator.renewals.models import Renewal
from incubator.rosters.models import Tenant
from tests import walk
from tests.inspections import stand as inspecting
from tests.recognitions import steps
from tests.stage import reached

UNIT = steps.STAR
END = date(2029, 12, 31)


@pytest.fixture
def inside(app, clock):
    clock.set("2024-11-01 10:00")
    with app.app_context():
        yield app


@reached
def drafted() -> Base:
    """A base whose validity ends on 2029-12-31, with its renewal written in September and ready to be submitted."""
    base = steps.recognised()
    steps.at("2029-09-20")
    walk.open_renewal_round(date(2029, 9, 1))
    walk.draft_renewal(UNIT, walk.actor(base.code))
    return db.session.get(Base, base.id)


@reached
def filed(day: str = "2029-12-20") -> Base:
    base = drafted()
    steps.at(day)
    submit(base)
    return db.session.get(Base, base.id)


def running(base) -> Case:
    return db.session.scalar(select(Case).where(Case.base_id == base.id, Case.kind == "renewal").order_by(Case.id.desc()))


def submit(base) -> Case:
    case = running(base)
    return commands.submit_renewal(walk.actor(base.code), case.id, seen_version=case.version)


def up(case: Case, outcome: str = "forward") -> Case:
    """Through county and city to the province."""
    local = walk.staff(UNIT.region)
    words = {"text": "业绩持续达到标准，场地稳定，建议续延。"}
    case = walk.act(case, outcome, walk.actor(*local.county), **words)
    return walk.act(case, outcome, walk.actor(*local.city), **words)


def approved(case: Case) -> Case:
    return walk.act(up(case), "approve", walk.province()["clerk"])


def owed(kind: str) -> list[Obligation]:
    return list(db.session.scalars(select(Obligation).where(Obligation.kind == kind, Obligation.fulfilled_at.is_(None))))


def refused(act) -> Refused:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value


def test_t06_t07_t08_t09_the_window(inside, clock):
    """The first instant of 1 October and the last of 31 December are inside; a second before and after are not."""
    base = drafted()
    clock.set("2029-09-30 23:59:59")
    found = refused(lambda: submit(base))
    assert found.article == "10" and "续延申请自2029-10-01起受理" in found.reason, "T06"
    clock.set("2030-01-01 00:00:00")
    found = refused(lambda: submit(base))
    assert "届满" in found.reason and standing_of(base).state == "lapsed", "T09"
    assert refused(lambda: walk.act(running(base), "submit", walk.actor(base.code))).article == "10"
    clock.set("2029-10-01 00:00:00")
    assert submit(base).state == "county_review", "T07"


def test_the_form_tells_of_reports_and_inspections_by_itself(inside, clock):
    """§8.14: counted from the record when it is read, frozen with the version that is filed; nobody types them."""
    base = drafted()
    tick(date(2029, 10, 8))
    clock.set("2029-10-08 10:00")
    inspected = inspecting.visited(inspecting.adhoc(base))
    inspecting.concluded(inspected, "passed")
    case = submit(base)
    form = submissions.content(latest_submission(case.id), form_table("renewal"))["form"]
    assert form["report_punctuality"] == "0%，到期 10 份，按期 0 份"  # eight quarters and two years, none of them filed
    assert form["inspections"] == "2029年10月8日 专项检查：合格"


def test_t08_the_last_second(inside, clock):
    """AMB-33."""
    base = drafted()
    clock.set("2029-12-31 23:59:59")
    assert submit(base).state == "county_review"
    assert db.session.scalar(select(Renewal.filed_on)) == END


def test_t09_not_filed_the_county_owes_a_proposal(inside, clock):
    base = drafted()
    clock.set("2029-12-31 10:00")
    tick(END)
    assert [o.due_on for o in owed("renewal")] == [END] and not owed("propose_revocation")
    clock.set("2030-01-01 00:30")
    for _ in range(2):
        tick(date(2030, 1, 1))
    assert db.session.get(Base, base.id).status_now == "lapsed" and not owed("renewal")
    (found,) = owed("propose_revocation")
    assert (found.tier, found.article, found.due_on) == ("county", "16(1)2", date(2030, 1, 31))
    assert found.office_id == access.office_at(base.region_id, "county") and base.name in found.title


def test_the_proposal_comes_after_a_week_of_downtime_too(inside, clock):
    drafted()
    clock.set("2030-01-08 00:30")
    tick(date(2030, 1, 8))
    assert len(owed("propose_revocation")) == 1


def test_a_reminder_is_owed_from_120_days_before(inside):
    base = steps.recognised()
    steps.at("2029-09-01")
    tick(date(2029, 9, 1))
    assert not owed("renewal")
    steps.at("2029-09-02")
    tick(date(2029, 9, 2))
    (found,) = owed("renewal")
    assert (found.base_id, found.due_on, found.article) == (base.id, END, "10")


def test_t11_filed_in_time_and_approved_after_the_end(inside, clock):
    """A10-5, AMB-26: provisional between; three years from the day after the old end, retroactively; the next guide's materials."""
    base = filed()
    admin = walk.actor(base.code)
    assert running(base).campaign_id is not None and not owed("renewal")
    assert standing_of(base, END).text == "有效"
    steps.at("2030-01-10")
    tick(date(2030, 1, 10))
    assert standing_of(base).text == "有效（续延审核中）" and db.session.get(Base, base.id).status_now == "provisional"
    assert not owed("propose_revocation")
    steps.at("2030-02-10")
    case = approved(running(base))
    lead = walk.province()["lead"]
    (row,) = kinds.get("renewal").waiting(lead)
    assert row.lacks == () and row.where == "现有效期到 2029年12月31日"
    decision = walk.decide([case], number=11, document_on=date(2030, 2, 10))
    item = decision.items[0]
    assert (item.valid_from, item.valid_to) == (date(2030, 1, 1), date(2032, 12, 31))
    assert walk.fresh(case).state == "renewed" and standing_of(base, date(2030, 2, 10)).text == "有效"
    assert standing_of(base, date(2030, 2, 9)).text == "有效（续延审核中）", "as it stood on that day"
    assert standing_of(base, date(2032, 12, 31)).in_force and standing_of(base, date(2033, 1, 1)).state == "lapsed"
    assert db.session.get(Base, base.id).status_now == "valid"
    steps.at("2032-09-01")
    assert commands.open_renewal(admin).state == "draft", "no limit of times (A10-3)"
    assert not ledger.verify().faults


def test_t12_refused_opens_the_direct_revocation(inside, monkeypatch):
    """A10-4."""
    heard = []
    monkeypatch.setattr(events, "_refused", [lambda case, base, actor: heard.append((case.id, base.id))])
    base = filed()
    steps.at("2030-02-10")
    case = up(running(base), "forward_against")
    clerk, lead = walk.province()["clerk"], walk.province()["lead"]
    assert not [a for a in workflow.actions(walk.fresh(case, clerk), clerk) if a.step.outcome == "refuse"], "the lead refuses"
    case = walk.act(case, "refuse", lead, text="场地一半改作他用，业绩连续两年低于标准，不予续延。")
    assert case.state == "refused" and heard == [(case.id, base.id)]
    (found,) = owed("revoke_directly")
    assert (found.tier, found.article, found.case_id) == ("province", "16(2)3", case.id)
    assert standing_of(base, date(2030, 2, 9)).state == "provisional" and standing_of(base).state == "lapsed"
    tick(date(2030, 2, 11))
    assert not owed("propose_revocation"), "one way to revocation, not two"


def test_amb_27_returned_after_the_end_stays_in_time(inside, clock):
    base = drafted()
    clock.set("2029-12-31 23:00")
    case = submit(base)
    clock.set("2030-01-04 10:00")
    case = walk.act(case, "return", walk.actor(*walk.staff(UNIT.region).county), text="工作总结没有写年检情况，请补上。",
                    remarks=[{"field": "work_summary", "label": "工作总结", "text": "没有写年检情况"}])
    assert case.state == "correction_county" and standing_of(base).state == "provisional"
    admin = walk.actor(base.code)
    walk.fill(case, walk.RENEWAL, {"work_summary": walk.upload(admin, case, "工作总结（补）.pdf")}, admin)
    clock.set("2030-01-08 10:00")
    case = commands.submit_renewal(admin, case.id, seen_version=walk.fresh(case, admin).version)
    assert case.state == "county_review" and db.session.scalar(select(Renewal.filed_on)) == END
    assert standing_of(base).state == "provisional"


def test_amb_29_held_while_rectifying(inside):
    base = filed()
    steps.at("2030-01-10")
    lead = walk.province()["lead"]
    source = db.session.scalar(select(Decision)), db.session.scalar(select(Case).where(Case.kind == "recognition"))
    with transaction():
        impose(base, lead, kind="rectification", decision=source[0], case=source[1], from_on=date(2029, 6, 1),
               due_on=date(2030, 6, 3))
    case = up(running(base))
    clerk = walk.province()["clerk"]
    found = refused(lambda: walk.act(case, "approve", clerk))
    assert found.article == "15" and "整改到2030年6月3日" in found.reason and "暂缓" in found.way_out
    case = walk.act(case, "hold", clerk, text="基地在限期整改，等整改验收以后再定。")
    assert case.state == "prov_review" and standing_of(base).text == "有效（续延审核中）"
    with transaction():
        lift(base, lead, kind="rectification", case=source[1], on=date(2030, 1, 9))
    assert walk.act(case, "approve", clerk).state == "to_decide"


def test_withdrawn_after_the_end_it_lapses_and_the_county_owes_the_proposal(inside):
    base = filed()
    steps.at("2030-01-10")
    walk.act(running(base), "withdraw", walk.actor(base.code), text="投资主体决定不再续延，场地收回。")
    assert standing_of(base).state == "lapsed"
    tick(date(2030, 1, 11))
    assert len(owed("propose_revocation")) == 1


def reports_of(base) -> set[str]:
    rows = db.session.scalars(select(Obligation.key).where(Obligation.kind == "report", Obligation.base_id == base.id))
    return {key.rpartition(":")[2] for key in rows}


def test_amb_28_a_lapsed_base_owes_what_ended_by_its_end(inside):
    base = drafted()
    steps.at("2030-04-02")
    tick(date(2030, 4, 2))
    assert standing_of(base).state == "lapsed"
    assert {"2029Q4", "2029"} <= reports_of(base) and not {"2030Q1", "2030"} & reports_of(base)


def test_amb_28_while_its_renewal_is_pending_a_base_goes_on_reporting(inside):
    base = filed()
    steps.at("2030-04-02")
    tick(date(2030, 4, 2))
    assert standing_of(base).state == "provisional" and {"2029Q4", "2029", "2030Q1"} <= reports_of(base)
    walk.act(running(base), "withdraw", walk.actor(base.code), text="投资主体决定不再续延，场地收回。")
    steps.at("2030-07-02")
    tick(date(2030, 7, 2))
    assert standing_of(base).state == "lapsed" and "2030Q2" not in reports_of(base)


def test_a_revocation_closes_it(inside):
    base = filed()
    case = workflow.advance(running(base).id, "terminate", access.service("A16-6"), seen_version=running(base).version)
    assert case.state == "terminated" and db.session.scalar(select(Renewal.ended_on)) == date(2029, 12, 20)


def test_the_standards_stand_beside_it_with_what_was_granted(inside):
    """§8.14, T26: standard, now, conclusion; a granted threshold judges at the renewal too."""
    base = drafted()
    found = checklist(running(base))
    assert {f.article[:1] for f in found} == {"5"} and all(f.passed for f in found), [f for f in found if not f.passed]


def test_t26_a_granted_threshold_judges_at_the_renewal(inside):
    """延吉, 14 countable tenants: below the standard, unless the province granted 12 at the recognition."""
    base = steps.recognised(number=18, place="222401", name=steps.SEA.name)
    steps.at("2029-10-08")
    admin = walk.actor(base.code)
    for row in list(db.session.scalars(select(Tenant).where(Tenant.status == "active").order_by(Tenant.id).limit(2))):
        walk.rosters.leave(admin, walk.TENANTS, row.id, {"out_on": "2029-10-01", "out_kind": "迁出"}, seen_version=row.version)
    walk.open_renewal_round(date(2029, 9, 1))
    case = walk.draft_renewal(steps.SEA, admin)
    assert {f.key: f.conclusion for f in checklist(case) if not f.passed} == {"tenants_countable": "RELAXABLE"}
    recognition = db.session.scalar(select(Case).where(Case.kind == "recognition"))
    decision = db.session.scalar(select(Decision))
    with transaction():
        db.session.add(Relaxation(
            base_id=base.id, case_id=recognition.id, standard="tenants_countable", minimum=15, threshold=12, actual=13,
            reason="边境地区创业企业少，发展势头好", document_no="吉工信创业函〔2024〕5号", file_id=decision.file_id,
            granted_by=walk.province()["lead"].person_id, granted_name="省厅负责甲", granted_at=decision.entered_at,
            in_force_on=decision.document_on))
    assert all(f.passed for f in checklist(case))


def test_p26_one_person_does_not_agree_and_issue(inside):
    base = filed()
    lead = walk.province()["lead"]
    case = walk.act(up(running(base)), "approve", lead)
    with pytest.raises(Invalid) as caught:
        decisions.issue(lead, "renewal", {case.id: walk.fresh(case).version}, {
            "document_no": "吉工信创业〔2029〕99号", "document_on": "2029-12-20", "title": "续延"}, walk.pdf("续延.pdf"))
    assert "省审同意是本人办的" in caught.value.problems[0].message
    other = walk.province()["lead2"]
    assert decisions.issue(other, "renewal", {case.id: walk.fresh(case).version}, {
        "document_no": "吉工信创业〔2029〕99号", "document_on": "2029-12-20", "title": "续延"}, walk.pdf("续延.pdf")).items[0].valid_to


ROW = ("INSERT INTO renewal (case_id, base_id, window_from, valid_to, filed_on, ended_on)"
       " VALUES (:case, :base, '2029-10-01', '2029-12-31', :filed, :ended)")


@pytest.mark.promise("P7")
def test_p7_one_renewal_runs_and_none_is_filed_late(inside):
    """By raw SQL, beside rows that pass."""
    base = steps.recognised()
    case = db.session.scalar(select(Case.id).where(Case.kind == "recognition"))
    filing = db.session.scalar(select(Case.id).where(Case.kind == "filing"))
    third = db.session.scalar(select(Case.id).where(Case.kind == "account_request"))
    base_id = base.id
    db.session.commit()

    def put(case=case, filed="2029-12-31", ended=None):
        with db.engine.begin() as connection:
            connection.execute(text(ROW), {"case": case, "base": base_id, "filed": filed, "ended": ended})

    for wrong, constraint in (({"filed": "2030-01-01"}, "in_time"), ({"filed": "2029-09-30"}, "in_time"),
                              ({"ended": "2029-12-30"}, "order")):
        with pytest.raises(DBAPIError, match=constraint):
            put(**wrong)
    put(ended="2029-12-31")
    put(case=filing)
    with pytest.raises(DBAPIError, match=r"uq_renewal_running|UNIQUE"):
        put(case=third)
    for statement in ("UPDATE renewal SET filed_on = '2029-11-01'", "DELETE FROM renewal",
                      "UPDATE renewal SET ended_on = NULL WHERE ended_on IS NOT NULL"):
        with pytest.raises(DBAPIError, match="append-only"), db.engine.begin() as connection:
            connection.execute(text(statement))
    assert db.session.scalar(select(ValidityPeriod.to_on)) == END
