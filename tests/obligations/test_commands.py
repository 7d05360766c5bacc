"""What is owed until when: opened and closed by the steps, on working days, by whom it is seen (A7-8)."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from incubator.kernel import access, clock, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.parameters import Holiday
from incubator.obligations import commands
from incubator.obligations.models import Obligation
from tests import walk
from tests.filings import steps


@pytest.fixture(autouse=True)
def _inside(app, clock):
    with app.app_context():
        yield


def rows(case) -> list[Obligation]:
    query = select(Obligation).where(Obligation.case_id == case.id).order_by(Obligation.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def test_each_station_opens_one_and_closes_the_one_before():
    case, admin = steps.returned()
    told = [(r.state, r.due_on, r.article, r.fulfilled_at is not None) for r in rows(case)]
    assert told == [
        ("county_review", date(2026, 6, 15), "7(1)", True),
        ("correction", date(2026, 6, 8), "7(1)", False),
    ], "ten working days for the county, five for the correction"
    steps.resubmit(case, admin, area_total="3800")
    walk.act(case, "approve", steps.county())
    assert [r.fulfilled_at is not None for r in rows(case)] == [True, True, True]
    assert commands.due_of(case.id) is None, "who has finished owes nothing"


def test_the_province_has_twenty_working_days():
    case = walk.act(walk.request_account(steps.unit()), "confirm", steps.county())
    assert commands.due_of(case.id).due_on == date(2026, 6, 30), "端午 (19 June) does not count"


@pytest.mark.parametrize(("arrival", "due"), [
    ("2026-06-01 09:00", date(2026, 6, 15)),
    ("2026-06-06 23:59", date(2026, 6, 22)),
    ("2026-09-28 09:00", date(2026, 10, 16)),
    ("2026-12-28 09:00", date(2027, 1, 12)),
], ids=["plain", "from a Saturday over 端午", "over the national days, the 10th being worked", "over the new year"])
def test_days_of_the_county_are_working_days(clock, arrival, due):
    clock.set(arrival)
    case = walk.request_account(steps.unit())
    assert commands.due_of(case.id).due_on == due


def test_a_holiday_that_the_province_adds_counts_for_what_comes_after():
    with transaction():
        db.session.add(Holiday(day=date(2026, 6, 2), works=False, name="停工"))
    assert commands.due_of(walk.request_account(steps.unit()).id).due_on == date(2026, 6, 16)


def test_an_event_that_moves_nothing_leaves_the_deadline():
    case, _ = steps.submitted()
    due = commands.due_of(case.id)
    with transaction():
        workflow.record(steps.fresh(case), "visit_registered", steps.county(), {})
    assert commands.due_of(case.id).id == due.id and len(rows(case)) == 1


def test_who_closed_it_and_by_which_event():
    case, _ = steps.submitted()
    walk.act(case, "approve", steps.county())
    closed = rows(case)[-1]
    assert closed.fulfilled_by_person == steps.county().person_id
    event = db.session.get(workflow.ledger.Event, closed.fulfilled_by_event)
    assert (event.kind, event.case_id) == ("approve", case.id)


def test_each_sees_what_waits_for_him():
    case, admin = steps.submitted()
    returned, other = steps.submitted(102)
    walk.act(returned, "return", steps.county(), text=steps.REASON, remarks=[steps.REMARK])

    def seen(who):
        open_ones = access.visible(who, Obligation, Obligation.case_id).where(Obligation.fulfilled_at.is_(None))
        return set(db.session.scalars(open_ones))

    assert seen(steps.county()) == {case.id}
    assert seen(other) == {returned.id} and seen(admin) == set()
    assert seen(steps.city()) == seen(walk.province()["clerk"]) == set()
    assert seen(walk.actor(*walk.staff("220102").county)) == set()


def test_one_office_with_two_stations_sees_each_at_its_own():
    """梅河口: what waits at the county's station is not in the worklist of the city's."""
    case, _ = steps.submitted(104, "220581")
    local = walk.staff("220581")

    def seen(login, role):
        return set(db.session.scalars(access.visible(walk.actor(login, role), Obligation, Obligation.case_id).where(
            Obligation.fulfilled_at.is_(None))))

    assert seen(local.county[0], "county_lead") == {case.id} and seen(local.city[0], "city_lead") == set()


def test_the_tick_may_run_twice_late_and_after_a_week(clock, db_digest, app):
    steps.approved()
    commands.tick()
    before = db_digest(app)
    assert set(commands.tick().values()) == {0}
    clock.forward(days=8)
    commands.tick()
    again = commands.tick()
    assert set(again.values()) == {0}
    assert {t for t, h in db_digest(app).items() if before[t] != h} == set()
    assert clock.today() == date(2026, 6, 9)


def test_nothing_is_decided_by_the_passing_of_a_deadline(clock):
    case, _ = steps.submitted()
    clock.set("2026-09-01 09:00")
    commands.tick()
    assert steps.fresh(case).state == "county_review"
    assert walk.act(case, "approve", steps.county()).state == "approved", "late is still lawful"


def test_the_tables_key_is_unique():
    case, _ = steps.submitted()
    row = rows(case)[-1]
    with pytest.raises(IntegrityError), transaction():
        commands.open_obligation(kind=row.kind, key=row.key, due_on=row.due_on, article="7(1)",
                                 region_id=row.region_id, office_id=row.office_id)
    with pytest.raises(IntegrityError), transaction():
        commands.open_obligation(kind="x", key="1", due_on=clock.today(), article="7(1)", region_id=row.region_id)
    with pytest.raises(IntegrityError), transaction():
        commands.open_obligation(kind="x", key="1", due_on=clock.today(), article="7(1)", region_id=row.region_id,
                                 office_id=row.office_id, base_id=case.base_id)
