"""How long a session lives, how many there may be, and how it ends (reliability §3.9)."""

import pytest
from sqlalchemy import func, select

from incubator.kernel.database import db
from incubator.offices.models import AccessLog, SignIn
from tests import walk
from tests.visitor import Visitor

COUNTY = ("x220104", ("county_clerk", "220104"), 30)
ADMIN = ("xtgl", ("sys_admin", None), 15)


def _signed_in(app, who=COUNTY) -> Visitor:
    with app.app_context():
        walk.person(who[0], "某人", who[1])
    visitor = Visitor(app)
    assert visitor.sign_in(who[0]).status_code == 302
    return visitor


@pytest.mark.parametrize("who", [COUNTY, ADMIN], ids=["staff", "admin"])
def test_an_idle_session_ends(who, app, clock):
    someone = _signed_in(app, who)
    clock.forward(minutes=who[2], seconds=-1)
    assert someone.with_cookie(someone.cookie).is_in()
    clock.forward(minutes=who[2])
    assert not someone.is_in()


def test_what_one_does_keeps_it_alive_reading_and_writing(app, clock):
    """A person who only saves a long form is at work too."""
    for act in (lambda v: v.get("/work"), lambda v: v.post("/messages/read")):
        someone = _signed_in(app)
        for _ in range(4):
            clock.forward(minutes=20)
            assert act(someone).status_code in (200, 302)
        assert someone.is_in()


def test_after_twelve_hours_it_ends_whatever_one_does(app, clock):
    someone = _signed_in(app)
    for _ in range(35):
        clock.forward(minutes=20)
        assert someone.is_in()
    clock.forward(minutes=19, seconds=59)
    assert someone.is_in()
    clock.forward(seconds=1)
    assert not someone.is_in()


def test_last_seen_is_written_every_five_minutes_at_most(app, clock, query_counter):
    someone = _signed_in(app)
    clock.forward(minutes=4, seconds=59)
    with query_counter() as queries:
        someone.get("/messages")
    assert not [s for s in queries.statements if s.startswith("UPDATE")]
    clock.forward(seconds=1)
    with query_counter() as queries:
        someone.get("/messages")
    assert [s for s in queries.statements if s.startswith("UPDATE session")]


def test_signing_out(app, clock):
    someone = _signed_in(app)
    answer = someone.post("/logout")
    assert answer.status_code == 302
    assert someone.cookie is None
    assert not someone.is_in()
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(SignIn)) == 0
        kinds = list(db.session.scalars(select(AccessLog.kind).order_by(AccessLog.id)))
    assert kinds == ["sign_in", "sign_out"]


def test_the_page_is_told_when_it_ends(app, clock):
    someone = _signed_in(app)
    assert someone.get("/session/keep").json == {"left": 30 * 60}
    assert 'data-session-left="' in someone.get("/work").text


def test_staff_hold_two_sessions_the_oldest_ends(make_app, both_db, clock):
    app = make_app(SESSION_CAP=2, on=both_db)
    first, second, third = _signed_in(app), _signed_in(app), _signed_in(app)  # the clock stands: all at one instant
    assert [v.is_in() for v in (first, second, third)].count(True) == 2
    assert third.is_in()
    clock.forward(minutes=1)
    fourth = _signed_in(app)
    assert fourth.is_in()
    assert sum(v.is_in() for v in (first, second, third)) == 1


def test_people_of_a_base_are_not_capped(make_app, both_db, clock):
    app = make_app(SESSION_CAP=2, on=both_db)
    with app.app_context():
        _, admin = walk.open_account(walk.Unit("长春会话创业孵化基地", "220104", 17))
        from incubator.offices.models import Person

        login = db.session.get(Person, admin.person_id).login
    visitors = [Visitor(app) for _ in range(3)]
    for visitor in visitors:
        visitor.sign_in(login)
    assert all(v.is_in() for v in visitors)


def test_without_a_cap_several_share_a_training_account(app, clock):
    assert all(v.is_in() for v in [_signed_in(app) for _ in range(4)])


def test_a_made_up_cookie_is_nobody(app, clock):
    assert not Visitor(app).with_cookie("x" * 43).is_in()
    assert not Visitor(app).with_cookie("'; DROP TABLE session; --").is_in()
