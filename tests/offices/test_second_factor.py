"""The second factor of staff: set at the first sign-in, asked at each and before acts of weight (reliability §3.10)."""

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import func, select

from incubator.kernel import clock as portal_clock
from incubator.kernel import routing
from incubator.kernel.database import db
from incubator.kernel.errors import Refused
from incubator.kernel.ledger import Event
from incubator.offices import commands as offices
from incubator.offices import second_factor
from incubator.offices.models import AccessLog, Membership, Person, RecoveryCode, SecondFactor, SignIn
from tests import walk
from tests.offices.codes import CODES, SECRET, Telephone, come_in, enrol, half_in
from tests.visitor import Visitor

STAFF = (("county_clerk", "220104"), ("prov_lead", "220000"), ("sys_admin", None), ("sec_admin", None), ("auditor", None))


@pytest.fixture
def portal(make_app, both_db, clock):
    app = make_app(SECOND_FACTOR=True, on=both_db)
    with app.app_context():
        walk.person("x220104", "朝阳经办", ("county_clerk", "220104"))
        walk.person("aqgl", "安全管理员", ("sec_admin", None))
        walk.person("aqgl2", "安全管理员乙", ("sec_admin", None))
    return app


def events(app) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Event.kind).order_by(Event.id)))


# signing in --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "office"), STAFF)
def test_staff_sign_in_with_two_things(make_app, clock, role, office):
    app = make_app(SECOND_FACTOR=True)
    with app.app_context():
        walk.person("ren", "某人", (role, office))
    someone, phone, codes = enrol(app, "ren")
    assert someone.is_in() and len(set(codes)) == 10
    clock.forward(seconds=30)
    assert come_in(app, "ren", phone).is_in()


def test_people_of_a_base_and_experts_sign_in_as_before(make_app, clock):
    app = make_app(SECOND_FACTOR=True)
    with app.app_context():
        walk.person("zj1", "专家", ("expert", None))
    someone = Visitor(app)
    assert someone.sign_in("zj1").location == "/home"
    assert someone.is_in()
    assert someone.get("/account/second-factor").status_code == 422


def test_off_in_training_nobody_is_asked(sqlite_app, clock):
    with sqlite_app.app_context():
        walk.person("x220104", "朝阳经办", ("county_clerk", "220104"))
    someone = Visitor(sqlite_app)
    assert someone.sign_in("x220104").location == "/home"
    assert "动态验证码" not in someone.get("/work").text


def test_the_password_alone_opens_nothing(portal):
    """Every page that asks for a role asks for the code; only that page and signing out answer."""
    enrol(portal, "x220104")
    half = half_in(portal, "x220104")
    for path in ("/work", "/bases", "/messages", "/account/password", "/account/sessions", "/settings", "/account/second-factor"):
        answer = half.get(path)
        assert answer.status_code == 401 and "6 位数字" in answer.text, path
    assert half.post("/messages/read").status_code == 401
    assert half.post("/membership", {"membership": 1}).status_code == 401
    assert half.get("/login/code").status_code == 200
    assert half.get("/").status_code == 200 and "朝阳经办" not in half.get("/").text
    assert half.post("/logout").status_code == 302
    assert half.cookie is None


def test_the_page_that_was_wanted_comes_after_the_code(portal, clock):
    _, phone, _ = enrol(portal, "x220104")
    clock.forward(minutes=1)
    someone = Visitor(portal)
    answer = someone.sign_in("x220104", next="/bases?q=1")
    assert answer.location == "/login/code?next=/bases?q%3D1" or "next=" in answer.location
    page = someone.get(answer.location)
    wanted = unescape(re.search(r'name="next" value="([^"]*)"', page.text)[1])
    assert someone.post("/login/code", {"code": phone.code(), "next": wanted}).location == "/bases?q=1"


def test_what_was_typed_survives_password_and_code(portal, clock):
    """The session ended over a form: it travels through both pages and arrives whole."""
    _, phone, _ = enrol(portal, "x220104")
    clock.forward(minutes=1)
    someone = Visitor(portal)
    page = someone.sign_in("x220104", **{"resume_path": "/messages/read", "resume-text": "一段“意见”", "resume-idem": "k"})
    assert page.status_code == 200 and 'name="resume-text" value="一段“意见”"' in page.text
    page = someone.post("/login/code", {"code": "000000", "resume_path": "/messages/read", "resume-text": "一段“意见”"})
    assert page.status_code == 422 and 'name="resume-text" value="一段“意见”"' in page.text
    page = someone.post("/login/code", {"code": phone.code(), "resume_path": "/messages/read", "resume-text": "一段“意见”"})
    assert page.status_code == 200 and 'action="/messages/read"' in page.text
    assert 'name="text" value="一段“意见”"' in page.text


def test_a_secret_is_shown_to_the_session_that_has_to_confirm_it_only(portal):
    """Whoever knows the password and looks at the page learns nothing that another session confirms."""
    first, second = half_in(portal, "x220104"), half_in(portal, "x220104")
    secrets = [SECRET.search(v.get("/login/code").text)[1] for v in (first, second)]
    assert secrets[0] != secrets[1]
    assert first.post("/login/code", {"code": Telephone(secrets[1]).code()}).status_code == 422
    assert second.post("/login/code", {"code": Telephone(secrets[1]).code()}).status_code == 200
    answer = first.post("/login/code", {"code": Telephone(secrets[0]).code()})
    assert answer.status_code == 401, "the other sessions end when a factor is set"


def test_the_secret_is_sealed_and_the_codes_are_hashed(portal):
    _, phone, codes = enrol(portal, "x220104")
    with portal.app_context():
        raw = db.session.connection().exec_driver_sql("SELECT secret FROM second_factor").scalar_one()
        assert phone.secret not in raw and raw.startswith("v1.")
        kept = list(db.session.scalars(select(RecoveryCode.code_hash)))
        pending = list(db.session.scalars(select(SignIn.pending)))
    assert len(kept) == 10 and not {c.replace("-", "") for c in codes} & set(kept)
    assert pending == [None]


# codes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_serves_for_its_half_minute_and_the_two_beside_it(portal, clock, steps, right):
    _, phone, _ = enrol(portal, "x220104")
    clock.forward(minutes=5)
    answer = half_in(portal, "x220104").post("/login/code", {"code": phone.code(steps)})
    assert answer.status_code == (302 if right else 422)


def test_a_code_and_those_before_it_serve_once(portal, clock):
    _, phone, _ = enrol(portal, "x220104")
    assert half_in(portal, "x220104").post("/login/code", {"code": phone.code()}).status_code == 422, "the one that set it"
    clock.forward(minutes=1)
    code, earlier = phone.code(), phone.code(-1)
    assert half_in(portal, "x220104").post("/login/code", {"code": code}).status_code == 302
    for used in (code, earlier):
        answer = half_in(portal, "x220104").post("/login/code", {"code": used})
        assert answer.status_code == 422 and "已经用过" in answer.text


@pytest.mark.parametrize("typed", ["{0} {1}", " {0}{1} ", "{0}-{1}", "wide"], ids=["space", "around", "hyphen", "full-width"])
def test_a_code_is_read_as_people_type_it(portal, clock, typed):
    _, phone, _ = enrol(portal, "x220104")
    clock.forward(minutes=1)
    code = phone.code()
    written = code.translate(str.maketrans("0123456789", "０１２３４５６７８９")) if typed == "wide" else typed.format(code[:3], code[3:])
    assert half_in(portal, "x220104").post("/login/code", {"code": written}).status_code == 302


def test_guessing_ends_after_five(portal, clock):
    _, phone, _ = enrol(portal, "x220104")
    clock.forward(minutes=1)
    half = half_in(portal, "x220104")
    answers = [half.post("/login/code", {"code": f"{n:06d}"}).status_code for n in range(6)]
    assert answers == [422] * 5 + [429]
    assert half.post("/login/code", {"code": phone.code()}).status_code == 429
    clock.forward(minutes=15, seconds=1)
    assert half.post("/login/code", {"code": phone.code()}).status_code == 302


def test_a_right_code_forgets_the_wrong_ones(portal, clock):
    _, phone, _ = enrol(portal, "x220104")
    for _ in range(3):
        clock.forward(minutes=1)
        half = half_in(portal, "x220104")
        assert [half.post("/login/code", {"code": f"{n:06d}"}).status_code for n in range(4)] == [422] * 4
        assert half.post("/login/code", {"code": phone.code()}).status_code == 302


def test_a_recovery_code_serves_once_and_is_on_record(portal, clock):
    _, _, codes = enrol(portal, "x220104")
    clock.forward(minutes=1)
    assert half_in(portal, "x220104").post("/login/code", {"code": codes[3].lower()}).status_code == 302
    assert events(portal)[-1] == "recovery_code_used"
    half = half_in(portal, "x220104")
    assert half.post("/login/code", {"code": codes[3]}).status_code == 422
    assert half.post("/login/code", {"code": codes[4].replace("-", " ")}).status_code == 302
    assert "恢复码还有 8&nbsp;个" in half.get("/account/second-factor").text


# a new telephone, new codes -------------------------------------------------------------------------


def test_a_new_telephone_takes_over_and_ends_the_other_sessions(portal, clock):
    someone, old, codes = enrol(portal, "x220104")
    clock.forward(minutes=1)
    other = come_in(portal, "x220104", old)
    assert someone.post("/account/second-factor/change").status_code == 302
    new = Telephone(SECRET.search(someone.get("/account/second-factor").text)[1])
    clock.forward(seconds=30)
    assert half_in(portal, "x220104").post("/login/code", {"code": old.code()}).status_code == 302, "the old one still holds"
    answer = someone.post("/account/second-factor", {"code": new.code()})
    assert answer.status_code == 200 and len(CODES.findall(answer.text)) == 10
    assert someone.is_in() and not other.is_in()
    clock.forward(minutes=1)
    assert half_in(portal, "x220104").post("/login/code", {"code": old.code()}).status_code == 422
    assert half_in(portal, "x220104").post("/login/code", {"code": codes[0]}).status_code == 422
    assert come_in(portal, "x220104", new).is_in()
    assert events(portal).count("second_factor_set") == 2


def test_new_recovery_codes_end_the_old_ones(portal, clock):
    someone, _, codes = enrol(portal, "x220104")
    page = someone.post("/account/second-factor/codes", {"idem": "once"})
    fresh = CODES.findall(page.text)
    assert len(fresh) == 10 and not set(fresh) & set(codes)
    assert CODES.findall(someone.post("/account/second-factor/codes", {"idem": "once"}).text) == fresh, "sent twice, made once"
    assert half_in(portal, "x220104").post("/login/code", {"code": codes[0]}).status_code == 422
    assert half_in(portal, "x220104").post("/login/code", {"code": fresh[0]}).status_code == 302


def test_looking_at_the_page_again_changes_nothing(portal, db_digest):
    half = half_in(portal, "x220104")
    before = db_digest(portal, without=frozenset({"access_log"}))
    assert len({SECRET.search(half.get("/login/code").text)[1] for _ in range(3)}) == 1
    assert db_digest(portal, without=frozenset({"access_log"})) == before


# the lost telephone ---------------------------------------------------------------------------------


def test_the_security_administrator_resets_another_persons_factor(portal, clock):
    someone, phone, codes = enrol(portal, "x220104")
    admin, _, _ = enrol(portal, "aqgl")
    assert admin.post("/roles/factor", {"login": "x220104"}).status_code == 302
    assert not someone.is_in()
    assert events(portal)[-1] == "second_factor_reset"
    half = half_in(portal, "x220104")
    assert "设置动态验证码" in half.get("/login/code").text
    clock.forward(minutes=1)
    assert half.post("/login/code", {"code": phone.code()}).status_code == 422
    assert half.post("/login/code", {"code": codes[0]}).status_code == 422
    with portal.app_context():
        assert db.session.scalar(select(func.count()).select_from(RecoveryCode).join(
            Person, Person.id == RecoveryCode.person_id).where(Person.login == "x220104")) == 0
    _, again, _ = enrol(portal, "x220104")
    assert again.secret != phone.secret


@pytest.mark.parametrize(("login", "words"), [("aqgl", "不能重置自己的"), ("nobody", "没有登录名"), ("aqgl2", "没有设置")])
def test_whom_he_may_not_reset(portal, login, words):
    admin, _, _ = enrol(portal, "aqgl")
    answer = admin.post("/roles/factor", {"login": login})
    assert answer.status_code == 422 and words in answer.text
    with portal.app_context():
        assert db.session.scalar(select(func.count()).select_from(SecondFactor)) == 1


def test_a_new_password_does_not_replace_the_factor(portal, clock):
    _, phone, _ = enrol(portal, "x220104")
    with portal.app_context():
        slip = offices.reissue_password(walk.SEED, db.session.scalar(select(Person.id).where(Person.login == "x220104")))[1]
    clock.forward(minutes=1)
    someone = Visitor(portal)
    assert someone.sign_in("x220104", slip).location.startswith("/login/code")
    assert SECRET.search(someone.get("/login/code").text) is None, "no new secret is offered"
    assert someone.get("/account/password").status_code == 401
    assert someone.post("/login/code", {"code": phone.code()}).status_code == 302
    assert "一次性密码" in someone.get("/work").text


def test_the_last_administrators_factor_is_reset_at_the_machine(portal):
    enrol(portal, "aqgl")
    result = portal.test_cli_runner().invoke(args=["people", "reset-factor", "aqgl"])
    assert result.exit_code == 0, result.output
    assert events(portal)[-1] == "second_factor_reset"
    assert portal.test_cli_runner().invoke(args=["people", "reset-factor", "nobody"]).exit_code == 1
    assert enrol(portal, "aqgl")


def test_resetting_is_the_security_administrators(portal):
    with portal.app_context():
        from incubator.kernel.errors import Denied

        with pytest.raises(Denied):
            second_factor.reset(walk.actor("x220104"), "aqgl")
        with pytest.raises(Refused):
            second_factor.reset(walk.actor("aqgl"), "aqgl2")


# acts of weight -------------------------------------------------------------------------------------


def test_the_routes_that_ask_for_a_fresh_code(sqlite_app):
    """By hand: decisions, approvals, legacy facts, exports of personal data, roles, factors."""
    assert routing.of_weight() == {
        ("decisions.new", "POST"): {"do": "issue"}, ("changes.approve", "POST"): {}, ("legacy.import_page", "POST"): {"do": "import"}, ("offices.roles", "POST"): {}, ("offices.withdraw_role", "POST"): {},
        ("offices.change_factor", "POST"): {}, ("offices.renew_codes", "POST"): {}, ("offices.reset_factor", "POST"): {},
        ("rosters.base_export", "POST"): {},
    }


def test_granting_a_role_asks_again_after_five_minutes(portal, clock):
    admin, phone, _ = enrol(portal, "aqgl")
    with portal.app_context():
        walk.person("xin", "新人")
        office = walk.office_id("220104")
    grant = {"login": "xin", "role": "county_clerk", "office": str(office), "idem": "one"}
    clock.forward(minutes=5)
    assert admin.get("/roles").status_code == 200
    assert admin.post("/roles", grant).status_code == 302, "five minutes are not over yet"
    clock.forward(seconds=1)
    page = admin.post("/roles", {**grant, "role": "county_lead", "idem": "two"})
    assert page.status_code == 401 and "再填一次动态验证码" in page.text
    kept = {k: unescape(v) for k, v in re.findall(r'name="(resume[^"]*)" value="([^"]*)"', page.text)}
    assert kept == {"resume_path": "/roles", "resume-login": "xin", "resume-role": "county_lead",
                    "resume-office": str(office), "resume-idem": "two"}
    with portal.app_context():
        assert db.session.scalar(select(func.count()).select_from(Membership).join(
            Person, Person.id == Membership.person_id).where(Person.login == "xin")) == 1
    before = admin.cookie
    wrong = admin.post("/account/code", {**kept, "code": "000000"})
    assert wrong.status_code == 422 and 'name="resume-role" value="county_lead"' in wrong.text
    page = admin.post("/account/code", {**kept, "code": phone.code()})
    assert page.status_code == 200 and "还没有送出去" in page.text and 'action="/roles"' in page.text
    assert admin.cookie != before and not admin.with_cookie(before).is_in()
    assert admin.post("/roles", {**grant, "role": "county_lead", "idem": "two"}).status_code == 302


def test_an_issued_decision_asks_again_looking_it_over_does_not(portal, clock):
    with portal.app_context():
        walk.person("shengf", "省厅负责", ("prov_lead", "220000"))
    lead, phone, _ = enrol(portal, "shengf")
    clock.forward(minutes=6)
    assert lead.get("/decisions/new").status_code == 200
    assert lead.post("/decisions/new", {"do": "check", "title": ""}).status_code == 422
    page = lead.post("/decisions/new", {"do": "issue", "title": "关于认定的通知"})
    assert page.status_code == 401 and 'name="resume-title" value="关于认定的通知"' in page.text
    assert lead.post("/account/code", {"code": phone.code()}).status_code == 302
    assert lead.post("/decisions/new", {"do": "issue", "title": "关于认定的通知"}).status_code == 422, "judged by its own rules"


def test_staff_takes_a_roster_along_with_a_fresh_code_only(portal, clock):
    """§3.10: names and numbers of a base's people leave the portal; what is asked again goes on afterwards."""
    with portal.app_context():
        walk.staff("220104")
        base, admin = walk.filed_base(walk.Unit("长春星桥创业孵化基地", "220104", 17))
        walk.fill_rosters(walk.Unit("长春星桥创业孵化基地", "220104", 17), admin)
        url = f"/bases/{base.id}/rosters/team/export"
    clerk, phone, _ = enrol(portal, "x220104")
    taken = select(func.count()).select_from(AccessLog).where(AccessLog.kind == "export")
    assert clerk.post(url).status_code == 200
    clock.forward(minutes=6)
    page = clerk.post(url)
    assert page.status_code == 401 and "再填一次动态验证码" in page.text
    with portal.app_context():
        assert db.session.scalar(taken) == 1, "nothing has gone out"
    assert clerk.post("/account/code", {"code": phone.code(), "resume_path": url}).status_code == 200
    answer = clerk.post(url)
    assert answer.status_code == 200 and answer.headers["Content-Disposition"].startswith("attachment")


def test_a_script_is_told_in_its_own_way(portal, clock):
    admin, _, _ = enrol(portal, "aqgl")
    clock.forward(minutes=6)
    answer = admin.post("/roles", {"login": "x"}, headers={"X-CSRFToken": admin.token, "Accept": "application/json"})
    assert answer.status_code == 401 and answer.json == {"error": "code"}


def test_switched_off_nobody_is_asked_twice(sqlite_app, clock):
    with sqlite_app.app_context():
        walk.person("aqgl", "安全管理员", ("sec_admin", None))
    admin = Visitor(sqlite_app)
    admin.sign_in("aqgl")
    clock.forward(minutes=10)
    assert admin.post("/roles", {"login": "x"}).status_code == 422


def test_another_membership_keeps_the_code(portal, clock):
    with portal.app_context():
        walk.staff("220581")
        held = dict(db.session.execute(
            select(Membership.role, Membership.id).join(Person, Person.id == Membership.person_id)
            .where(Person.login == "m220581a")).all())
    someone, _, _ = enrol(portal, "m220581a")
    assert someone.post("/membership", {"membership": held["city_lead"]}).status_code == 302
    assert someone.is_in()
    clock.forward(minutes=6)
    with portal.app_context():
        row = db.session.scalar(select(SignIn))
        assert portal_clock.now() - row.factor_at > timedelta(minutes=5), "not renewed by the way"


# one's own sessions ----------------------------------------------------------------------------------


def test_ones_own_sessions_are_listed_and_ended(app, clock, query_counter):
    with app.app_context():
        walk.person("x220104", "朝阳经办", ("county_clerk", "220104"))
        walk.person("x2", "别人", ("county_clerk", "220104"))
    agents = ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36", "curl/8")
    mine = [Visitor(app) for _ in range(3)]
    for visitor, agent in zip(mine, (agents[0], agents[1], agents[0]), strict=True):
        visitor.post("/login", {"username": "x220104", "password": walk.PASSWORD}, headers={"User-Agent": agent})
    other = Visitor(app)
    other.sign_in("x2")
    with query_counter() as queries:
        page = mine[0].get("/account/sessions")
    assert "登录在 3&nbsp;处" in page.text and "Chrome，Windows" in page.text and "认不出的设备" in page.text
    assert page.text.count(">这里<") == 1
    assert queries.count <= 6, str(queries)
    assert mine[0].post("/account/sessions/end").status_code == 302
    assert [v.is_in() for v in (*mine, other)] == [True, False, False, True]
    assert "登录在 1&nbsp;处" in mine[0].get("/account/sessions").text
    with app.app_context():
        last = db.session.scalars(select(AccessLog).order_by(AccessLog.id.desc())).first()
    assert (last.kind, last.what) == ("sign_out", "2 other sessions")


def test_the_pages_of_the_second_factor_ask_little(portal, query_counter):
    someone, _, _ = enrol(portal, "x220104")
    for path in ("/account/second-factor", "/account/sessions"):
        with query_counter() as queries:
            assert someone.get(path).status_code == 200
        assert queries.count <= 6, f"{path}: {queries}"
    half = half_in(portal, "x220104")
    with query_counter() as queries:
        half.get("/login/code")
    assert queries.count <= 6, str(queries)
