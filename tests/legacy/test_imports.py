"""T16, AMB-16, A19-1, A20-2: older bases imported as one act, run again, settled, named right, given accounts."""

from datetime import date

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from incubator.bases import plaques
from incubator.bases.facts import standing_of
from incubator.bases.models import Base, LevelSpan, NameSpan, ValidityPeriod
from incubator.changes import requests
from incubator.decisions import queries as decisions
from incubator.decisions.models import Decision
from incubator.inspections import figures
from incubator.kernel import clock as portal_clock
from incubator.kernel import files
from incubator.kernel.clock import now as clock_now
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Denied, Invalid, NotVisible, Refused
from incubator.kernel.ledger import Event
from incubator.legacy import commands
from incubator.legacy.models import LegacyBase
from incubator.obligations import queries as obligations
from incubator.obligations.commands import tick
from incubator.obligations.models import Obligation
from incubator.policy.calendar import renewal_refusal
from tests import walk
from tests.inspections import stand as inspecting
from tests.legacy.steps import row


@pytest.fixture
def inside(app, clock):
    with app.app_context():
        walk.province()
        yield app


def manager():
    return walk.actor("shengg")


def brought(*rows, scan=True):
    return commands.import_rows(manager(), rows, walk.pdf("2019年名单.pdf") if scan else None)


def base(name: str) -> Base:
    return db.session.scalar(select(Base).where(Base.name == name).execution_options(populate_existing=True))


def owed_plaques(found: Base) -> list[Obligation]:
    """A8-7: what is still owed of a plaque of this base."""
    return db.session.scalars(select(Obligation).where(
        Obligation.kind.in_(("plaque", "plaque_back")), Obligation.key.startswith(f"{found.id}:"), Obligation.fulfilled_at.is_(None))).all()


def count(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model))


def test_t16_an_end_that_is_not_known(inside, clock):
    """Valid, 待核定, no window, no obligation of renewal; it waits for the province, who settles it once."""
    brought(row(1, valid_to="待核定"), row(2))
    waiting, settled = base("长春旧基01创业孵化基地"), base("长春旧基02创业孵化基地")
    [owed] = db.session.scalars(select(Obligation).where(Obligation.kind == "settle_end")).all()
    assert (owed.name, owed.tier, owed.article) == (f"{waiting.name}：核定有效期", "province", "20") and owed.fulfilled_at is None
    assert owed.id in {o.id for o in obligations.mine(manager())}, "it waits in the province's deadlines"
    now = standing_of(waiting)
    assert (now.state, now.text, now.valid_to, now.level) == ("valid", "有效（有效期待核定）", None, "base")
    assert renewal_refusal(date(2026, 6, 1), None) is not None
    assert standing_of(settled).valid_to == date(2028, 12, 31)
    clock.set("2035-06-01 09:00")
    assert standing_of(waiting).in_force and not standing_of(settled).in_force
    clock.set("2026-06-01 09:00")
    with pytest.raises(Refused, match="不晚于原文件日期"):
        commands.settle_end(manager(), waiting.id, {"valid_to": "2019-06-10", "reason": "按2019年文件附件核定。"})
    commands.settle_end(manager(), waiting.id, {"valid_to": "2027-12-31", "reason": "按2019年文件附件核定。"})
    assert standing_of(waiting).valid_to == date(2027, 12, 31)
    db.session.refresh(owed)
    assert owed.fulfilled_by_person == manager().person_id
    with pytest.raises(Refused, match="已经核定"):
        commands.settle_end(manager(), waiting.id, {"valid_to": "2029-12-31", "reason": "再次核定，按补充文件。"})


def test_the_sheet_may_be_run_again(inside):
    """Rows imported before are recognised and skipped, changed ones reported and left alone."""
    brought(row(1), row(2))
    states = [p.state for p in commands.plan(manager(), [row(1), row(2, contact_name="另一人"), row(3)])]
    assert states == ["known", "changed", "new"]
    brought(row(1), row(2, contact_name="另一人"), row(3))
    assert count(LegacyBase) == 3 and base("长春旧基02创业孵化基地").contact_name == "吴旧基"
    before = count(Event)
    brought(row(1), row(2), row(3), scan=False)
    assert count(Event) == before and count(Base) == 3, "nothing new: nothing happened"


def test_all_or_nothing_with_a_report_by_row(inside):
    rows = [row(1), row(2, operator_uscc="91220104MA000002X0"), row(3, valid_to=""), row(4, division_code="火星市"),
            row(1, name="别名创业孵化基地"), row(6, document_no="吉工信30号"), row(7, valid_to="2018-01-01")]
    planned = commands.plan(manager(), rows)
    assert [p.state for p in planned] == ["new", *["wrong"] * 6]
    told = {p.number: p.problems[0].text for p in planned if p.problems}
    assert ("待核定" in told[3] and "火星市" in told[4] and "同一家运营机构、同一处场地" in told[5]) or "已经有账号" in told[5]
    with pytest.raises(Invalid):
        brought(*rows)
    assert count(Base) == count(LegacyBase) == count(Decision) == 0
    with pytest.raises(Refused, match="原文件扫描件"):
        brought(row(1), scan=False)
    with pytest.raises(Denied):
        commands.import_rows(walk.province()["lead"], [row(1)], walk.pdf())


def test_one_paper_stands_behind_all_that_it_named(inside):
    """No level without its decision; the public list of documents is that of these Measures."""
    brought(row(1), row(2, level="省级示范基地"), row(3, document_no="吉工信创业〔2021〕12号", document_on="2021-05-06"))
    papers = {d.document_no: d for d in db.session.scalars(select(Decision))}
    assert set(papers) == {"吉工信创业〔2019〕30号", "吉工信创业〔2021〕12号"} and {d.kind for d in papers.values()} == {"legacy"}
    spans = db.session.scalars(select(LevelSpan).order_by(LevelSpan.base_id)).all()
    assert [s.level for s in spans] == ["base", "demonstration", "base"] and all(s.decision_id for s in spans)
    assert decisions.latest(9) == []
    plaques.issue_plaque(walk.province()["clerk"], base("长春旧基02创业孵化基地").id, {
        "plaque_no": "2019-002", "issued_on": "2019-07-01", "received_by": "吴旧基"})
    again = row(4, document_on="2019-06-11")
    [planned] = commands.plan(manager(), [again])
    assert planned.state == "wrong" and "登记的日期是 2019-06-10" in planned.problems[0].text, "the dry run says it by row"
    with pytest.raises(Invalid, match="登记的日期是 2019-06-10"):
        brought(again)


def test_two_rows_that_date_one_paper_differently_are_told_apart_in_the_dry_run(inside):
    planned = commands.plan(manager(), [row(1), row(2), row(3, document_on="2019-06-11"), row(4, document_no="吉工信创业〔2019〕31号",
                                                                                            document_on="2019-06-11")])
    assert [p.state for p in planned] == ["new", "new", "wrong", "new"]
    assert "第 1 行写的日期是 2019-06-10" in planned[2].problems[0].text and planned[2].problems[0].field == "document_on"


def test_a_paper_of_these_measures_is_no_older_one(inside):
    with transaction():
        file = files.accept(walk.pdf(), manager(), office_id=manager().office_id)
        db.session.add(Decision(kind="recognition", doc_word="吉工信创业", doc_year=2019, doc_n=30, document_on=date(2019, 6, 10), title="x",
                                file_id=file.id, entered_at=clock_now(), entered_by=manager().person_id))
    [planned] = commands.plan(manager(), [row(1)])
    assert planned.state == "wrong" and "现行办法的文件" in planned.problems[0].text


def test_an_old_name_is_flagged_and_set_right_without_the_one_change(inside):
    brought(row(1, name="长春老字号孵化园"))
    old = base("长春老字号孵化园")
    assert db.session.get(LegacyBase, old.id).name_fits is False
    with pytest.raises(Invalid, match="不符合命名格式"):
        commands.normalise_name(manager(), old.id, {"name": "长春老字号园区", "reason": "按第十九条规范名称。"})
    plaques.issue_plaque(walk.province()["clerk"], old.id, {"plaque_no": "2019-001", "issued_on": "2019-07-01", "received_by": "吴旧基"})
    commands.normalise_name(manager(), old.id, {"name": "长春老字号创业孵化基地", "reason": "按第十九条规范名称。"})
    assert {o.kind: o.tier for o in owed_plaques(old)} == {"plaque": "province", "plaque_back": "county"}
    plaques.swap_plaque(walk.province()["clerk"], old.id, {
        "plaque_no": "2026-001", "issued_on": "2026-06-01", "received_by": "吴旧基", "returned_on": "2026-06-01", "return_reason": "名称规范，换发"})
    assert owed_plaques(old) == []
    spans = db.session.scalars(select(NameSpan.name).where(NameSpan.base_id == old.id).order_by(NameSpan.id)).all()
    assert spans == ["长春老字号孵化园", "长春老字号创业孵化基地"] and requests.used(old) == 0
    with pytest.raises(Refused, match="已经合格式"):
        commands.normalise_name(manager(), old.id, {"name": "长春新字号创业孵化基地", "reason": "再次规范名称，不该成。"})
    _, admin = walk.open_account(walk.Unit("长春青柚创业孵化基地", "220104", 501))
    with pytest.raises(NotVisible):
        commands.normalise_name(manager(), admin.base_id, {"name": "长春新字号创业孵化基地", "reason": "这家不是旧办法认定的。"})


def test_accounts_many_at_once(inside):
    """A20-2, P24: the form sent again shows the slips of the first time; the operator signs in, the change counter is 0."""
    brought(row(1), row(2), row(3))
    ids = [r.base_id for r in commands.without_account(manager())]
    slips, failed = commands.dispatch_all(manager(), "key", [*ids, 9999])
    again, _ = commands.dispatch_all(manager(), "key", ids)
    assert [s.password for s in slips] == [s.password for s in again] and len(slips) == 3 and len(failed) == 1
    assert commands.without_account(manager()) == []
    _, failed = commands.dispatch_all(manager(), "other", ids[:1])
    assert failed[0].reason == "这家的账号已经派发"
    who = walk.actor(slips[0].login)
    assert who.role == "base_admin" and requests.open_change(who).state == "draft"


def test_p26_only_an_older_base_waits_for_its_end(inside):
    brought(row(1), row(2, valid_to="待核定"))
    known = db.session.scalar(select(ValidityPeriod).where(ValidityPeriod.to_on.is_not(None)))
    of = {c.name: getattr(known, c.name) for c in ValidityPeriod.__table__.columns if c.name != "id"}
    db.session.remove()

    def put(**changes):
        with db.engine.begin() as connection:
            connection.execute(ValidityPeriod.__table__.insert(), {**of, "from_on": date(2020, 1, 1), **changes})

    with pytest.raises(DBAPIError):
        put(to_on=None, legacy=False)
    put(to_on=None, legacy=True)
    for wrong in ("UPDATE validity_period SET to_on = '2030-01-01' WHERE to_on IS NOT NULL", "DELETE FROM legacy_base",
                  "UPDATE level_span SET decision_id = NULL"):
        with pytest.raises(DBAPIError), db.engine.begin() as connection:
            connection.execute(text(wrong))


def test_graduates_of_before_are_no_shortfall(inside, clock):
    """A6-2, A20-1: what left an older base before it was taken over is in no roster; its count says nothing until it suffices."""
    clock.set("2026-06-01 09:00")
    brought(row(1, level="省级示范基地"))
    older = base("长春旧基01创业孵化基地")
    told = {f.key: f for f in figures.online(inspecting.adhoc(older)).demonstration}
    assert (told["grad_cum"].conclusion, told["tenants_countable"].conclusion) == ("UNKNOWN", "FAIL")


def test_amb16_an_older_base_owes_its_reports_from_its_import_on(inside, clock):
    """Its paper is of 2019; what ended before the portal knew it is no debt, also where a later list names the same paper."""
    clock.set("2027-05-10 09:00")
    brought(row(1))
    clock.set("2027-07-03 09:00")
    brought(row(2))
    clock.set("2027-10-02 09:00")
    tick(portal_clock.today())
    owed = {
        base(f"长春旧基{n:02d}创业孵化基地").id: codes for n, codes in ((1, ["2027Q2", "2027Q3"]), (2, ["2027Q3"]))
    }
    rows = db.session.scalars(select(Obligation).where(Obligation.kind == "report").order_by(Obligation.id)).all()
    assert {n: [r.key.rpartition(":")[2] for r in rows if r.base_id == n] for n in owed} == owed
    assert {r.due_on for r in rows} == {date(2027, 7, 20), date(2027, 10, 20)}
