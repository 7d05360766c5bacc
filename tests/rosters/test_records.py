"""第五、六、九、十一、十三条: records come, change and are struck out; the figures follow."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Conflict, Invalid, NotVisible, Refused
from incubator.kernel.ledger import Event
from incubator.policy.calendar import q_span
from incubator.rosters import commands, figures, history
from incubator.rosters.record_queries import graduates
from incubator.rosters.records import ServiceRecord, ServiceRecordChange
from incubator.rosters.tables import ACTIVITIES, GRADUATES, RECORDS, SERVICES, TAXES, TENANTS, values_of
from tests import walk
from tests.rosters import steps

Q2 = q_span(2026, 2)


@pytest.fixture(autouse=True)
def _inside(app, clock):
    with app.app_context():
        yield


@pytest.fixture
def base():
    return steps.filed()


def test_rows_of_each_record_come_and_are_struck_out(base):
    base_id, admin = base
    for roster in RECORDS.values():
        row = commands.add(admin, roster, steps.record(roster)).row
        assert (row.base_id, row.version, row.status) == (base_id, 1, "active")
        changed = commands.change(admin, roster, row.id, {roster.called: "改过的写法一二"}, seen_version=1).row
        assert changed.version == 2 and getattr(changed, roster.called) == "改过的写法一二"
        with pytest.raises(Conflict, match="刚刚被另一个人改过"):
            commands.leave(admin, roster, row.id, {"out_kind": "重复登记"}, seen_version=1)
        with pytest.raises(Invalid) as wrong:
            commands.leave(admin, roster, row.id, {"out_kind": ""}, seen_version=2)
        assert [p.field for p in wrong.value.problems] == ["out_kind"]
        gone = commands.leave(admin, roster, row.id, {"out_kind": "重复登记"}, seen_version=2).row
        assert (gone.status, gone.out_on, gone.version) == ("left", date(2026, 6, 1), 3)
        moments, _ = history.changes(roster, base_id)
        assert [m.what for m in moments] == ["划去", "改", "添上"] and moments[0].name == "改过的写法一二"
    kinds = db.session.scalars(select(Event.kind).where(Event.chain_id == f"base:{base_id}", Event.kind.startswith("roster_")))
    assert list(kinds) == ["roster_added", "roster_changed", "roster_left"] * 4


def test_a_graduate_stands_once_and_may_come_back_after_it_was_struck(base):
    _, admin = base
    row = commands.add(admin, GRADUATES, steps.record(GRADUATES)).row
    with pytest.raises(Refused, match="已有同一代码"):
        commands.add(admin, GRADUATES, steps.record(GRADUATES))
    commands.leave(admin, GRADUATES, row.id, {"out_kind": "重复登记"}, seen_version=1)
    assert commands.add(admin, GRADUATES, steps.record(GRADUATES)).row.id != row.id
    with pytest.raises(Refused, match="已有同一代码"):
        commands.change(admin, GRADUATES, row.id, {"status": "active", "out_on": "", "out_kind": ""}, seen_version=2)


def test_a_row_of_another_base_is_out_of_sight(base):
    _, admin = base
    row = commands.add(admin, SERVICES, steps.record(SERVICES)).row
    _, other = steps.filed(62, "222401")
    with pytest.raises(NotVisible):
        commands.change(other, SERVICES, row.id, {"people": "9"}, seen_version=1)


def test_versions_are_never_changed(base):
    _, admin = base
    row = commands.add(admin, SERVICES, steps.record(SERVICES)).row
    assert db.session.scalar(select(ServiceRecordChange.version)) == 1
    for statement in ("UPDATE service_record_change SET content = '{}'", "DELETE FROM service_record_change", "DELETE FROM service_record"):
        with pytest.raises(DBAPIError, match=r"append-only|never deleted"), transaction():
            db.session.execute(text(statement))
        db.session.rollback()
    with pytest.raises(DBAPIError), transaction():
        db.session.execute(text("UPDATE service_record SET status = 'left'"))
    db.session.rollback()
    assert db.session.get(ServiceRecord, row.id).status == "active"


def test_several_papers_of_a_relief_are_kept(base):
    base_id, admin = base
    papers = [commands.keep_file(admin, walk.pdf(f"{name}.pdf")).id for name in ("权属", "合同")]
    row = commands.add(admin, TAXES, steps.record(TAXES, papers=papers)).row
    assert values_of(TAXES, row)["papers"] == papers and values_of(TAXES, row)["kept"] == ["title", "value", "lease", "agreement"]
    _, other = steps.filed(62, "222401")
    with pytest.raises((NotVisible, Refused)):
        commands.add(other, TAXES, steps.record(TAXES, papers=papers))
    assert [n.field for n in commands.noticed(row_base(base_id), TAXES, row)] == []


def row_base(base_id):
    from incubator.bases.models import Base

    return db.session.get(Base, base_id)


# figures ----------------------------------------------------------------------------------------


def test_the_ledger_gives_the_figures_of_its_period(base):
    base_id, admin = base
    for day in ("2026-03-31", "2026-04-01", "2026-05-31"):
        commands.add(admin, SERVICES, steps.record(SERVICES, served_on=day))
    finance = {"kind": "finance_result", "targets": "甲公司", "fin_amount": "80.00", "fin_source": "吉林银行", "fee": ""}
    commands.add(admin, SERVICES, steps.record(SERVICES, **finance))
    commands.add(admin, SERVICES, steps.record(SERVICES, kind="safety_check", hazards="3", fixed="1", fixed_on="2026-05-21"))
    struck = commands.add(admin, SERVICES, steps.record(SERVICES)).row
    commands.leave(admin, SERVICES, struck.id, {"out_kind": "重复登记"}, seen_version=1)
    assert figures.ledger_figures(base_id, Q2) == {
        "svc_ent_times": 24, "train_n": 2, "train_p": 80, "match_n": 0, "fin_n": 1, "fin_amt": Decimal("80.00"),
        "safe_n": 1, "haz_n": 3, "haz_fixed": 1,
    }
    assert {k.key: k.times for k in figures.services_by_kind(base_id, Q2)}["training"] == 2
    assert figures.ledger_figures(base_id, q_span(2026, 1))["train_n"] == 1


def test_graduates_accumulate_by_their_day(base):
    base_id, admin = base
    commands.add(admin, GRADUATES, steps.record(GRADUATES, grad_on="2026-03-31"))
    second = commands.add(admin, GRADUATES, steps.record(GRADUATES, n=2, grad_on="2026-04-01")).row
    assert [graduates(base_id, day) for day in (date(2026, 3, 30), date(2026, 3, 31), date(2026, 6, 1))] == [0, 1, 2]
    commands.leave(admin, GRADUATES, second.id, {"out_kind": "没有毕业"}, seen_version=1)
    assert graduates(base_id, date(2026, 6, 1)) == 1


def test_the_roster_of_a_day_and_what_moved(base, clock):
    base_id, admin = base
    clock.set("2026-04-10 09:00")
    first = steps.keyed(admin, 1, in_on="2022-04-01", jobs="10", size="micro", area="96.50")
    gone = steps.keyed(admin, 2, in_on="2022-04-01", jobs="8", size="large")
    clock.set("2026-07-01 09:00")
    commands.change(admin, TENANTS, first.id, {"jobs": "14"}, seen_version=1)
    steps.keyed(admin, 3, in_on="2026-05-04", jobs="6", industry="6513", size="")  # §10.2: micro by its people
    commands.leave(admin, TENANTS, gone.id, {"status": "graduated", "out_on": "2026-06-30", "out_kind": "迁出"}, seen_version=1)
    begin, end = figures.roster_on(base_id, date(2026, 3, 31)), figures.roster_on(base_id, Q2.to_on)
    moved = figures.movements(base_id, Q2)
    assert (begin.count, end.count, end.countable, end.small) == (2, 2, 2, 2)
    assert (moved.new, moved.graduated, moved.left) == (1, 1, 0)
    assert end.count == begin.count + moved.new - moved.graduated - moved.left
    assert (end.jobs_all, figures.roster_on(base_id, date(2026, 7, 1)).jobs_all) == (16, 20)
    assert end.area == sum(line.area for line in end.tenants) and figures.jobs_added(base_id, Q2) == 6
    assert figures.jobs_added(base_id, q_span(2026, 3)) == 4


def test_an_activity_is_kept(base):
    _, admin = base
    assert commands.add(admin, ACTIVITIES, steps.record(ACTIVITIES)).row.organiser == "吉林省工业和信息化厅"
