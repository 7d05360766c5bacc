"""P16: signing out, a new password, disabling and a withdrawn role take effect with the next request."""

import pytest
from sqlalchemy import select

from incubator.kernel import security
from incubator.kernel.database import db
from incubator.offices import commands as offices
from incubator.offices import second_factor
from incubator.offices.models import Membership, Person, SignIn
from incubator.policy.permissions import ROLES
from tests import walk
from tests.offices.codes import SECRET, Telephone, come_in, enrol, half_in
from tests.visitor import Visitor

pytestmark = pytest.mark.promise("P16")
NEW = "Xinde-2027-mima"
# one of every role that signs in: login, role, office
STAFF = (
    ("ren1", "county_clerk", "220104"), ("ren2", "county_lead", "220104"), ("ren3", "city_clerk", "220100"),
    ("ren4", "city_lead", "220100"), ("ren5", "prov_clerk", "220000"), ("ren6", "prov_lead", "220000"),
    ("ren7", "prov_manager", "220000"), ("ren8", "site_team", None), ("ren9", "expert", None),
    ("ren10", "sys_admin", None), ("ren11", "sec_admin", None), ("ren12", "auditor", None),
)


def _people() -> list[str]:
    """One person of every role; those of a base are its own."""
    for login, role, office in STAFF:
        walk.person(login, role, (role, office))
    walk.person("xtgl", "系统管理员", ("sys_admin", None))
    walk.person("aqgl", "安全管理员", ("sec_admin", None))
    _, admin = walk.open_account(walk.Unit("长春旧牌创业孵化基地", "220104", 17))
    clerk = walk.filings.add_base_clerk(admin, name="填报人甲")
    walk.take_up(clerk)
    former = walk.person("ren15", "原来的人")
    offices.add_membership(walk.SEED, former.id, "base_former", base_id=admin.base_id)
    logins = [login for login, *_ in STAFF] + [db.session.get(Person, admin.person_id).login, clerk.login, "ren15"]
    db.session.remove()
    return logins


def _sign_out(app, someone, login):
    assert someone.post("/logout").status_code == 302


def _change_password(app, someone, login):
    answer = someone.post("/account/password", {"current": walk.PASSWORD, "new": NEW, "again": NEW})
    assert answer.status_code == 302


def _reissue(app, someone, login):
    with app.app_context():
        offices.reissue_password(walk.SEED, db.session.scalar(select(Person.id).where(Person.login == login)))


def _disable(app, someone, login):
    with app.app_context():
        offices.disable_person(walk.actor("xtgl"), db.session.scalar(select(Person.id).where(Person.login == login)))


def _withdraw(app, someone, login):
    with app.app_context():
        held = db.session.scalar(select(Membership).join(Person, Person.id == Membership.person_id).where(Person.login == login))
        offices.end_membership(walk.SEED, held)


def _grant(app, someone, login):
    """A further membership changes what somebody is: he signs in anew."""
    with app.app_context():
        person = db.session.scalar(select(Person).where(Person.login == login))
        held = db.session.scalar(select(Membership).where(Membership.person_id == person.id))
        if ROLES[held.role].tier == "admin":  # the three exclude one another and everything else: withdrawn and given anew
            offices.end_membership(walk.SEED, held)
        further = {"county_clerk": "county_lead", "county_lead": "county_clerk", "city_clerk": "city_lead", "city_lead": "city_clerk",
                   "prov_clerk": "prov_lead", "prov_lead": "prov_clerk", "prov_manager": "prov_clerk", "base_admin": "base_clerk",
                   "base_clerk": "base_former", "base_former": "base_clerk", "expert": "site_team", "site_team": "expert"}
        offices.add_membership(walk.SEED, person.id, further.get(held.role, held.role), office_id=held.office_id, base_id=held.base_id)


@pytest.mark.parametrize("ending", [_sign_out, _change_password, _reissue, _disable, _withdraw, _grant])
def test_a_captured_cookie_is_refused_afterwards(ending, app, clock, promise):
    with app.app_context():
        logins = _people()
    wrong = 0
    for login in logins:
        someone = Visitor(app)
        assert someone.sign_in(login).status_code == 302
        thief = someone.with_cookie(someone.cookie)
        assert thief.is_in(), f"{login}: the cookie does not work before"
        ending(app, someone, login)
        wrong += thief.is_in() or thief.get("/account/password").status_code != 401
    promise("P16", n=len(logins), failures=wrong, ending=ending.__name__)


@pytest.mark.parametrize("ending", ["disabled", "withdrawn"])
def test_a_session_row_left_behind_opens_nothing(ending, app, clock, promise):
    """Even if the rows had not been deleted: the person and the membership are asked at each request."""
    with app.app_context():
        walk.person("x220104", "朝阳经办", ("county_clerk", "220104"))
    someone = Visitor(app)
    someone.sign_in("x220104")
    with app.app_context():
        row = db.session.get(SignIn, security.digest(someone.cookie))
        kept = {c.name: getattr(row, c.name) for c in SignIn.__table__.columns}
        walk.person("xtgl", "系统管理员", ("sys_admin", None))
        (_disable if ending == "disabled" else _withdraw)(app, someone, "x220104")
        db.session.expunge_all()
        db.session.add(SignIn(**kept))
        db.session.commit()
    promise("P16", n=1, failures=int(someone.is_in()))


def test_the_id_is_new_at_every_sign_in(app, clock, promise):
    """Fixation: a cookie that was there before is never taken over, whoever put it there."""
    with app.app_context():
        walk.person("x220104", "朝阳经办", ("county_clerk", "220104"))
    planted = Visitor(app).with_cookie("a-value-that-somebody-planted")
    planted.sign_in("x220104")
    first = planted.cookie
    planted.sign_in("x220104")
    again = planted.cookie
    wrong = len({"a-value-that-somebody-planted", first, again}) != 3
    promise("P16", n=2, failures=int(wrong))


def test_the_id_is_new_at_a_change_of_membership(app, clock, promise):
    """梅河口: one person, both stations; the cookie of the first membership ends with the change."""
    with app.app_context():
        walk.staff("220581")
        held = dict(db.session.execute(
            select(Membership.role, Membership.id).join(Person, Person.id == Membership.person_id)
            .where(Person.login == "m220581a")).all())
    someone = Visitor(app)
    someone.sign_in("m220581a")
    before = someone.cookie
    assert someone.post("/membership", {"membership": held["city_lead"]}).status_code == 302
    wrong = [someone.cookie == before, someone.with_cookie(before).is_in(), not someone.is_in()]
    # somebody else's membership is none of his
    with app.app_context():
        other = db.session.scalar(select(Membership.id).join(Person, Person.id == Membership.person_id).where(Person.login == "m220581b"))
    kept = someone.cookie
    wrong += [someone.post("/membership", {"membership": other}).status_code != 422, someone.cookie != kept]
    promise("P16", n=len(wrong), failures=sum(wrong))


def test_only_the_hash_of_a_cookie_is_kept(app, clock):
    with app.app_context():
        walk.person("x220104", "朝阳经办", ("county_clerk", "220104"))
    someone = Visitor(app)
    someone.sign_in("x220104")
    with app.app_context():
        hashes = list(db.session.scalars(select(SignIn.id_hash)))
    assert hashes == [security.digest(someone.cookie)]
    assert len(someone.cookie) >= 43  # 256 bits


# the second factor ---------------------------------------------------------------------------------


def _reset_factor(app, someone, phone):
    with app.app_context():
        second_factor.reset(walk.actor("aqgl"), "x220104")


def _new_telephone(app, someone, phone):
    other = come_in(app, "x220104", phone)
    other.post("/account/second-factor/change")
    new = Telephone(SECRET.search(other.get("/account/second-factor").text)[1])
    assert other.post("/account/second-factor", {"code": new.code()}).status_code == 200
    assert other.is_in()


def _end_others(app, someone, phone):
    assert come_in(app, "x220104", phone).post("/account/sessions/end").status_code == 302


@pytest.mark.parametrize("ending", [_reset_factor, _new_telephone, _end_others])
def test_a_captured_cookie_is_refused_after_the_factor_changed(ending, make_app, both_db, clock, promise):
    app = make_app(SECOND_FACTOR=True, on=both_db)
    with app.app_context():
        walk.person("x220104", "朝阳经办", ("county_clerk", "220104"))
        walk.person("aqgl", "安全管理员", ("sec_admin", None))
    someone, phone, _ = enrol(app, "x220104")
    clock.forward(minutes=1)
    half = half_in(app, "x220104")
    clock.forward(minutes=1)
    thief, half_thief = someone.with_cookie(someone.cookie), someone.with_cookie(half.cookie)
    assert thief.is_in()
    ending(app, someone, phone)
    wrong = [thief.is_in(), thief.get("/account/password").status_code != 401]
    clock.forward(minutes=1)
    wrong.append(half_thief.post("/login/code", {"code": phone.code()}).status_code != 401)
    promise("P16", n=len(wrong), failures=sum(wrong), ending=ending.__name__)


def test_the_id_is_new_after_each_code(make_app, both_db, clock, promise):
    """A cookie from before the code never becomes one that is let in."""
    app = make_app(SECOND_FACTOR=True, on=both_db)
    with app.app_context():
        walk.person("aqgl", "安全管理员", ("sec_admin", None))
    _, phone, _ = enrol(app, "aqgl")
    clock.forward(minutes=1)
    someone = half_in(app, "aqgl")
    cookies = [someone.cookie]
    assert someone.post("/login/code", {"code": phone.code()}).status_code == 302
    cookies.append(someone.cookie)
    clock.forward(minutes=6)
    assert someone.post("/account/code", {"code": phone.code()}).status_code == 302
    cookies.append(someone.cookie)
    wrong = [len(set(cookies)) != 3, someone.with_cookie(cookies[0]).is_in(), someone.with_cookie(cookies[1]).is_in(),
             not someone.is_in()]
    promise("P16", n=len(wrong), failures=sum(wrong))
