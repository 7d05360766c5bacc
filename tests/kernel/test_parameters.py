"""Values with editions by date, and working days."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from incubator.kernel import clock as portal_clock
from incubator.kernel import parameters
from incubator.kernel.database import db, transaction
from incubator.kernel.parameters import Holiday, ParameterValue
from incubator.policy.criteria import edition_of
from tests.filings import steps


@pytest.fixture(autouse=True)
def _inside(app, clock):
    with app.app_context():
        yield


def edition(value, from_on: date) -> None:
    with transaction():
        db.session.add(ParameterValue(key="station_days", value=Decimal(value), from_on=from_on, at=portal_clock.now()))


def test_the_default_holds_before_the_first_edition():
    edition(5, date(2026, 7, 1))
    assert parameters.whole("station_days", date(2026, 6, 30)) == 10
    assert parameters.whole("station_days", date(2026, 7, 1)) == 5


def test_the_later_edition_of_a_day_wins_and_the_past_stays():
    edition(5, date(2026, 7, 1))
    edition(7, date(2026, 7, 1))
    edition(9, date(2026, 9, 1))
    found = [parameters.whole("station_days", day) for day in (date(2026, 6, 1), date(2026, 8, 31), date(2027, 1, 1))]
    assert found == [10, 7, 9]


def test_what_was_replaced_before_it_began_never_holds():
    edition(5, date(2026, 7, 1))
    first = db.session.scalar(select(ParameterValue.id))
    with transaction():
        db.session.add(ParameterValue(
            key="station_days", value=Decimal(8), from_on=date(2026, 9, 1), at=portal_clock.now(), replaces_id=first))
    found = [parameters.whole("station_days", day) for day in (date(2026, 7, 1), date(2026, 8, 31), date(2026, 9, 1))]
    assert found == [10, 10, 8]
    assert [row.value for row in parameters.holding()["station_days"]] == [8]


def test_a_row_is_replaced_once():
    edition(5, date(2026, 7, 1))
    first = db.session.scalar(select(ParameterValue.id))
    for _ in range(2):
        db.session.add(ParameterValue(
            key="station_days", value=Decimal(8), from_on=date(2026, 9, 1), at=portal_clock.now(), replaces_id=first))
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_thresholds_have_editions_too():
    with transaction():
        db.session.add(ParameterValue(key="base:jobs", value=Decimal(120), from_on=date(2026, 7, 1), at=portal_clock.now()))
    parameters.forget()
    found = [
        next(s.minimum for s in edition_of(day, parameters.editions()).base if s.key == "jobs")
        for day in (date(2026, 6, 30), date(2026, 7, 1))
    ]
    assert found == [100, 120]
    assert parameters.value("base:jobs", date(2026, 7, 1)) == 120


def test_a_case_keeps_the_edition_of_its_first_submission(clock):
    """Design law 7: what is set later holds for what is submitted later."""
    from incubator.obligations.commands import due_of

    case, _ = steps.returned()
    assert case.edition_on == date(2026, 6, 1)
    edition(20, date(2026, 6, 2))
    clock.forward(days=1)
    again = steps.resubmit(case, case_admin(case), area_total="3800")
    assert again.edition_on == date(2026, 6, 1)
    assert due_of(again.id).due_on == date(2026, 6, 16), "ten working days, not twenty"


def case_admin(case):
    from incubator.offices.models import Membership, Person
    from tests import walk

    login = db.session.scalar(
        select(Person.login).join(Membership, Membership.person_id == Person.id)
        .where(Membership.base_id == case.base_id, Membership.role == "base_admin")
    )
    return walk.actor(login)


@pytest.mark.parametrize(("day", "works"), [
    (date(2026, 10, 1), False), (date(2026, 6, 1), True), (date(2026, 6, 6), False), (date(2026, 2, 14), True),
], ids=["national day", "a Monday", "a Saturday", "a Saturday that is worked"])
def test_working_days_follow_the_table(day, works):
    assert parameters.workday(day) is works


def test_the_provinces_own_correction_survives_the_seed(app):
    with transaction():
        db.session.merge(Holiday(day=date(2026, 6, 3), works=False, name="停工"))
    with app.app_context():
        assert parameters.workday(date(2026, 6, 3)) is False
        with transaction():
            parameters.seed_holidays()
        assert parameters.workday(date(2026, 6, 3)) is False
