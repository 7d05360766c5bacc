"""People are opened and disabled by the system administrator; one-time passwords open one page only (A7-1c)."""

import pytest
from sqlalchemy import select

from incubator.kernel.database import db
from incubator.kernel.errors import Denied
from incubator.kernel.ledger import Event
from incubator.offices import commands as offices
from incubator.offices.models import Person
from tests import walk
from tests.visitor import Visitor

NEW = "Xinde-2027-mima"


@pytest.fixture
def admin(app, clock):
    with app.app_context():
        walk.person("xtgl", "系统管理员", ("sys_admin", None))
        walk.person("aqgl", "安全管理员", ("sec_admin", None))
    visitor = Visitor(app)
    visitor.sign_in("xtgl")
    return visitor


def _told(app) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Event.kind).where(Event.chain_id == "system").order_by(Event.seq)))


def test_a_new_person_has_no_right_and_a_password_for_one_use(app, admin):
    page = admin.post("/people/add", {"login": "Xinren", "name": "新来的人"})
    assert page.status_code == 200
    assert _told(app)[-1] == "person_added"
    with app.app_context():
        person = db.session.scalar(select(Person).where(Person.login == "xinren"))
        assert person.must_change_by is not None
        assert walk.sessions.memberships_of(person.id) == []
        _, slip = offices.reissue_password(walk.SEED, person.id)
        offices.grant_role(walk.actor("aqgl"), person.id, "prov_clerk", office_id=walk.office_id("220000"))
    someone = Visitor(app)
    assert someone.sign_in("xinren", slip).status_code == 302
    # until it is changed, every address shows that one page and does nothing
    for path in ("/work", "/bases", "/messages", "/settings"):
        assert "新密码再写一遍" in someone.get(path).text
    assert "新密码再写一遍" in someone.post("/messages/read").text
    assert someone.post("/account/password", {"current": slip, "new": NEW, "again": NEW}).status_code == 302
    assert someone.sign_in("xinren", NEW).status_code == 302
    assert someone.get("/work").status_code == 200


def test_a_slip_runs_out(app, admin, clock):
    with app.app_context():
        person = offices.give_person(walk.actor("xtgl"), login="xinren", name="新来的人")
        slip, until = person.slip, person.must_change_by
        offices.grant_role(walk.actor("aqgl"), person.id, "prov_clerk", office_id=walk.office_id("220000"))
    clock.set(until)
    assert Visitor(app).sign_in("xinren", slip).status_code == 302
    clock.forward(seconds=1)
    assert Visitor(app).sign_in("xinren", slip).status_code == 422


def test_a_login_is_given_once(app, admin):
    admin.post("/people/add", {"login": "xinren", "name": "新来的人"})
    again = admin.post("/people/add", {"login": "XINREN", "name": "另一个"})
    assert again.status_code == 422
    assert "已经有人用了" in again.text
    assert admin.post("/people/add", {"login": "xinren2", "name": "另一个"}).status_code == 200


def test_disabling_and_enabling(app, admin):
    with app.app_context():
        person_id = walk.person("x220104", "朝阳经办", ("county_clerk", "220104")).id
    someone = Visitor(app)
    someone.sign_in("x220104")
    assert admin.post(f"/people/{person_id}/disable").status_code == 302
    assert not someone.is_in()
    assert someone.sign_in("x220104").status_code == 422
    assert "已经停用" in admin.post(f"/people/{person_id}/disable").text
    assert admin.post(f"/people/{person_id}/enable").status_code == 302
    assert someone.sign_in("x220104").status_code == 302
    assert "没有停用" in admin.post(f"/people/{person_id}/enable").text
    assert _told(app)[-2:] == ["person_disabled", "person_enabled"]


def test_nobody_else_opens_or_disables(app, clock):
    with app.app_context():
        walk.province()
        for login, role in (("aqgl", "sec_admin"), ("sjy", "auditor")):
            walk.person(login, login, (role, None))
        person = walk.person("ren1", "甲")
        for login in ("aqgl", "sjy", "sheng1", "shengf", "shengg"):
            for act in (lambda who: offices.give_person(who, login="ren2", name="乙"),
                        lambda who: offices.disable_person(who, person.id), lambda who: offices.enable_person(who, person.id)):
                with pytest.raises(Denied):
                    act(walk.actor(login))


@pytest.mark.parametrize(("password", "why"), [
    ("Kurz-1", "至少 10 位"), ("nurkleinbuchstaben", "三种"), ("X220104-geheim", "登录名"), ("Password-2026", "太常见"),
    (walk.PASSWORD, "一样"),
])
def test_a_weak_password_is_refused_with_the_reason(password, why, sqlite_app, clock):
    with sqlite_app.app_context():
        walk.person("x220104", "朝阳经办", ("county_clerk", "220104"))
    someone = Visitor(sqlite_app)
    someone.sign_in("x220104")
    page = someone.post("/account/password", {"current": walk.PASSWORD, "new": password, "again": password})
    assert page.status_code == 422
    assert why in page.text
    assert password not in page.text
    page = someone.post("/account/password", {"current": "falsch", "new": NEW, "again": NEW})
    assert (page.status_code, "现在的密码不对" in page.text) == (422, True)
    assert someone.post("/account/password", {"current": walk.PASSWORD, "new": NEW, "again": NEW}).status_code == 302
