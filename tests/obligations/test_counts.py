"""How many items wait for whom: kept by each act, proved by a recount, the same for two who act at once."""

import threading

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import func, select, update

from incubator.kernel import clock
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Refused
from incubator.obligations import commands, counts
from incubator.obligations.models import Obligation
from tests import walk
from tests.conftest import ROOT

CHAOYANG = walk.Unit("长春星桥创业孵化基地", "220104", 17)
REASON = "有两处材料和申报表对不上，请改齐"
REMARK = [{"field": "floor_plan", "label": "功能分区平面图", "text": "面积和图纸不一致"}]


def of(who) -> tuple[dict, int]:
    states, days, _ = counts.counts_of(who, clock.start_of(clock.today()))
    assert sum(states.values()) == sum(days.values())
    return states, counts.counts_of(who, clock.start_of(clock.today()))[2]


def test_every_act_keeps_the_counts(app, clock):
    """Through county, correction, city and province, the kept numbers are the true ones after each step."""
    with app.app_context():
        today = clock.today()
        walk.open_round(today.year, today, today.replace(month=12, day=31))
        case = walk.submitted_case(CHAOYANG)
        county, lead, admin = walk.actor("x220104"), walk.actor("x220104f"), walk.admin_of(case)
        assert of(county)[0] == of(lead)[0] == {("recognition", "county_initial"): 1}, "a queue is the office's"
        assert counts.differences() == {}
        done = of(county)[1]
        case = walk.act(case, "return", county, text=REASON, remarks=REMARK)
        assert of(county) == ({}, done + 1), "what a person finished today is that person's"
        assert of(admin)[0] == {("recognition", "correction_county"): 1}
        walk.fill(case, walk.RECOGNITION, {"floor_plan": walk.upload(admin, case, "平面图2.pdf")}, admin)
        case = walk.recognitions.submit_application(admin, case.id, seen_version=case.version)
        case = walk.assess(walk.act(walk.forward(walk.recommend(case, CHAOYANG), CHAOYANG), "accept", walk.province()["clerk"]))
        assert of(walk.province()["clerk"])[0] == {("recognition", "deliberation"): 1}
        assert of(walk.actor("zj1"))[0] == {}, "given sheets are off the expert's list"
        assert counts.differences() == {}
        kept = db.session.execute(select(func.count()).select_from(counts.WorklistCount)).scalar()
        assert kept > 4, "zeroes stay until the night"
        assert commands.tick()["worklist_counts"] == 0
        assert not db.session.scalars(select(counts.WorklistCount).where(counts.WorklistCount.waiting == 0)).all()


def test_an_act_that_fails_counts_nothing(app, clock):
    with app.app_context():
        walk.staff("220104")
        walk.request_account(CHAOYANG)
        county = walk.actor("x220104")
        before = of(county)

        def act():
            with transaction():
                assert commands.fulfil(Obligation.kind == "station", county) == 1
                raise Refused("7(1)", "不行")

        with pytest.raises(Refused):
            act()
        walk.person("another", "另一个人")  # a commit that follows takes nothing of it along
        assert of(county) == before and counts.differences() == {}


def test_a_wrong_number_is_found_and_mended(app, clock):
    with app.app_context():
        walk.staff("220104")
        walk.request_account(CHAOYANG)
        with transaction():
            db.session.execute(update(counts.WorklistCount).values(waiting=7))
            db.session.add(counts.WorklistCount(debtor="office:0:county", slice="due:2026-06-01", waiting=1))
        assert len(counts.differences()) == 3
        assert commands.tick()["worklist_counts"] == 3
        assert counts.differences() == {}


def test_two_who_pass_one_another_do_not_lock_each_other_out(pg_app, clock):
    """One closes what the other opens and the other way round; each waits its turn, nobody is thrown out."""
    faults = []

    def go(first, second):
        try:
            with pg_app.app_context():
                for _ in range(40):
                    with transaction():
                        for office, change in ((first, +1), (second, +1)):
                            row = Obligation(office_id=office, tier="county", case_kind="filing", state="x",
                                             due_on=clock.today())
                            counts.note(row, change)
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=go, args=pair) for pair in ((1, 2), (2, 1), (1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    with pg_app.app_context():
        rows = dict(db.session.execute(select(counts.WorklistCount.debtor, counts.WorklistCount.waiting)
                                       .where(counts.WorklistCount.slice.like("state:%"))).all())
        assert rows == {"office:1:county": 160, "office:2:county": 160}


def test_an_instance_that_stood_before_is_counted_by_the_migration(app, clock):
    with app.app_context():
        walk.staff("220104")
        walk.request_account(CHAOYANG)
        walk.act(walk.request_account(walk.Unit("长春二道创业孵化基地", "220104", 18)), "confirm", walk.actor("x220104"))
        db.session.remove()
        downgrade(directory=str(ROOT / "migrations"), revision="0001")
        upgrade(directory=str(ROOT / "migrations"))
        assert counts.differences() == {}
        assert of(walk.actor("x220104"))[0] == {("account_request", "county_check"): 1}


def test_a_part_of_an_act_writes_nothing_before_the_act_ends(app, clock):
    """The locks of the counts are taken at the very end, whatever savepoints an act has within."""
    with app.app_context():
        walk.staff("220104")
        walk.request_account(CHAOYANG)
        county = walk.actor("x220104")
        with transaction():
            with db.session.begin_nested():
                commands.fulfil(Obligation.kind == "station", county)
            assert of(county)[0] == {("account_request", "county_check"): 1}, "not yet"
        assert of(county)[0] == {} and counts.differences() == {}
