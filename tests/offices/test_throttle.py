"""The window of attempts, counted in the database (reliability §3.10)."""

from sqlalchemy import select

from incubator.kernel.database import db, transaction
from incubator.offices import commands as offices
from incubator.offices.models import AccessLog
from tests import walk
from tests.visitor import Visitor


def _tries(app, clock, minutes: list[float], limit: int = 5) -> list[bool]:
    """One attempt at each of these minutes after nine."""
    found = []
    for minute in minutes:
        clock.set("2026-06-01 09:00")
        clock.forward(minutes=minute)
        with app.app_context(), transaction():
            found.append(offices.count_attempt("x", limit))
    return found


def test_five_pass_and_the_sixth_does_not(app, clock):
    assert _tries(app, clock, [0, 1, 2, 3, 4, 5]) == [True] * 5 + [False]


def test_the_door_is_shut_for_a_quarter_of_an_hour_from_the_fifth(app, clock):
    assert _tries(app, clock, [0, 10, 11, 12, 14, 16, 28.9, 29.1]) == [True] * 5 + [False, False, True]


def test_trying_on_does_not_lengthen_it(app, clock):
    assert _tries(app, clock, [0, 0, 0, 0, 0, 5, 10, 14.9, 15.1]) == [True] * 5 + [False] * 3 + [True]


def test_slow_attempts_are_forgotten(app, clock):
    assert all(_tries(app, clock, [0, 16, 32, 48, 64, 80, 96]))


def test_a_right_password_begins_anew(app, clock):
    with app.app_context():
        walk.person("x220104", "朝阳经办", ("county_clerk", "220104"))
    someone = Visitor(app)
    for _ in range(3):
        assert [someone.sign_in("x220104", "falsch").status_code for _ in range(4)] == [422] * 4
        assert someone.sign_in("x220104").status_code == 302
    assert [someone.sign_in("x220104", "falsch").status_code for _ in range(6)] == [422] * 5 + [429]
    assert someone.sign_in("x220104", "falsch").headers["Retry-After"] == "900"
    with app.app_context():
        assert "locked" in set(db.session.scalars(select(AccessLog.kind)))


def test_one_address_may_hold_a_county_office_and_no_army(app, clock):
    """A whole office shares one address: a hundred attempts, then shut for that address."""
    answers = [Visitor(app).sign_in(f"niemand{n}", "falsch").status_code for n in range(102)]
    assert answers == [422] * 100 + [429] * 2


def test_a_security_administrator_opens_the_account_again_but_not_his_own(app, clock):
    with app.app_context():
        walk.person("x220104", "朝阳经办", ("county_clerk", "220104"))
        walk.person("aqgl", "安全管理员", ("sec_admin", None))
    someone, keeper = Visitor(app), Visitor(app)
    keeper.sign_in("aqgl")
    assert [someone.sign_in("x220104", "falsch").status_code for _ in range(6)][-1] == 429
    answer = keeper.post("/roles/unlock", {"login": "aqgl"})
    assert answer.status_code == 422 and "不能给自己解锁" in answer.text
    assert keeper.post("/roles/unlock", {"login": "niemand"}).status_code == 422
    assert someone.sign_in("x220104").status_code == 429
    assert keeper.post("/roles/unlock", {"login": "X220104"}).status_code == 302
    assert someone.sign_in("x220104").status_code == 302


def test_old_windows_and_ended_sessions_are_removed_by_the_day(app, clock):
    with app.app_context():
        walk.person("x220104", "朝阳经办", ("county_clerk", "220104"))
    old, new = Visitor(app), Visitor(app)
    old.sign_in("x220104")
    clock.forward(hours=13)
    new.sign_in("x220104")
    with app.app_context():
        assert offices.end_expired_sessions(clock.today()) == 1
        assert offices.end_expired_sessions(clock.today()) == 0
    assert new.is_in() and not old.is_in()
