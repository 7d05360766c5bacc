"""`make run` makes its province on any day of the year, by real commands (design §7)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from incubator.bases.models import Base, Plaque
from incubator.kernel.database import db
from incubator.kernel.ledger import verify
from incubator.kernel.workflow import Case
from incubator.obligations import counts
from incubator.offices.models import Person
from incubator.simulation import training

STATES = {"recognised", "on_notice", "prov_assessment", "county_initial", "correction_county", "dispatch", "county_check",
          "county_review", "approved", "dispatched"}


# every run makes it on 1 June (tests/journeys/stand.py); here a round that opened in the year before, the end of a
# long holiday and of February
@pytest.mark.promise_full
@pytest.mark.parametrize("today", ["2027-01-10", "2026-10-08", "2027-02-20", "2028-02-29"])
def test_the_province_of_a_day(make_app, clock, today):
    app = make_app(TRAINING=True)
    clock.set(f"{today} 14:00")
    with app.app_context():
        assert training.seed() == "the training province is made"
        assert training.seed() == "the training province stands already"
        assert {state for state, in db.session.execute(select(Case.state))} >= STATES
        logins = set(db.session.scalars(select(Person.login)))
        assert {login for login, *_ in training.ACCOUNTS} <= logins
        assert verify().faults == [] and counts.differences() == {}
        star = db.session.scalar(select(Base).where(Base.name == "长春星桥创业孵化基地"))
        assert star.status_now == "valid"
        assert db.session.scalar(select(Plaque.id).where(Plaque.base_id == star.id, Plaque.returned_on.is_(None))) is not None
