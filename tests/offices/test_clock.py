"""The date on screen is moved in training only, by two roles, for everybody (design §7)."""

from datetime import date

import pytest

from incubator.kernel import clock as portal_clock
from incubator.kernel.errors import Denied, Refused
from incubator.offices import commands as offices
from tests import walk
from tests.visitor import Visitor


@pytest.fixture
def training(make_app):
    app = make_app(TRAINING=True)
    with app.app_context():
        walk.province()
        walk.person("xtgl", "系统管理员", ("sys_admin", None))
    return app


def test_moving_the_date_for_everybody(training):
    manager, other = Visitor(training), Visitor(training)
    manager.sign_in("shengg")
    answer = manager.post("/training/clock", {"day": "2031-03-05"})
    assert answer.status_code == 302
    assert portal_clock.today() == date(2031, 3, 5)
    portal_clock.set_shift(0)  # another process, which only knows the database
    assert "2031年3月5日" in other.get("/login").text.replace(" ", "")
    assert portal_clock.today() == date(2031, 3, 5)


def test_nobody_is_signed_out_by_a_leap(training):
    manager, clerk = Visitor(training), Visitor(training)
    manager.sign_in("shengg")
    clerk.sign_in("sheng1")
    for day in ("2031-03-05", "2030-01-01"):
        manager.post("/training/clock", {"day": day})
        assert manager.is_in() and clerk.is_in(), day


def test_a_date_that_is_none_is_refused(training):
    manager = Visitor(training)
    manager.sign_in("shengg")
    for typed in ("", "morgen", "2031-02-30", "5.3.2031"):
        answer = manager.post("/training/clock", {"day": typed})
        assert (answer.status_code, "日期没有看懂" in answer.text) == (422, True), typed
    assert manager.post("/training/clock", {"day": "2031-02-28"}).status_code == 302


def test_production_refuses_both_page_and_command(sqlite_app, clock):
    with sqlite_app.app_context():
        walk.person("xtgl", "系统管理员", ("sys_admin", None))
        with pytest.raises(Refused) as refused:
            offices.move_clock(walk.actor("xtgl"), 3600)
        assert (refused.value.article, refused.value.reason) == ("22", "正式环境不能调整日期")
    admin = Visitor(sqlite_app)
    admin.sign_in("xtgl")
    assert admin.get("/training/clock").status_code == admin.post("/training/clock", {"day": "2031-03-05"}).status_code == 422
    assert portal_clock.shift_seconds() == 0


def test_two_roles_only(training):
    with training.app_context():
        walk.person("aqgl", "安全管理员", ("sec_admin", None))
        for login in ("sheng1", "shengf", "aqgl"):
            with pytest.raises(Denied):
                offices.move_clock(walk.actor(login), 60)
        offices.move_clock(walk.actor("xtgl"), 60)
