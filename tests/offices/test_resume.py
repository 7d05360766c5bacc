"""An expired session keeps what was typed: sign in, press once, and the form arrives (domain §11)."""

import re
from html import unescape

import pytest
from sqlalchemy import select

from incubator.cases.queries import latest_submission
from incubator.kernel import drafts
from incubator.kernel.database import db
from incubator.kernel.workflow import Case, Opinion
from incubator.offices.models import Person
from incubator.policy.fields.filing import FILING
from tests import walk
from tests.visitor import Visitor

FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
ACTION = re.compile(r'<form method="post" action="([^"]+)"')


def _hidden(page) -> list[tuple[str, str]]:
    return [(name, unescape(value)) for name, value in FIELD.findall(page.text)]


def _again(someone, page, login: str):
    """Sign in on the page that kept the form, then press its one button."""
    assert page.status_code == 401
    kept = [(k, v) for k, v in _hidden(page) if k.startswith("resume") or k == "next"]
    signed = someone.client.post("/login", data=_multi([*kept, ("csrf_token", someone.token), ("username", login),
                                                        ("password", walk.PASSWORD)]))
    assert signed.status_code == 200
    assert "接着办" in signed.text
    target = _target(signed.text)
    return target, someone.client.post(target, data=_multi(_hidden_of_main(signed.text)))


def _multi(pairs) -> dict:
    found: dict[str, list] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def _main(text: str) -> str:
    return text[text.index('<main'):]


def _target(text: str) -> str:
    return unescape(ACTION.search(_main(text))[1])


def _hidden_of_main(text: str) -> list[tuple[str, str]]:
    return [(k, unescape(v)) for k, v in FIELD.findall(_main(text))]


@pytest.fixture
def filing(app, clock):
    """A base with a filing draft, its admin's login."""
    with app.app_context():
        _, admin = walk.open_account(walk.Unit("长春续填创业孵化基地", "220104", 17))
        case = walk.filings.open_filing(admin)
        return case.id, db.session.get(Person, admin.person_id).login


def test_a_long_form_comes_back_and_arrives(app, clock, filing):
    case_id, login = filing
    someone = Visitor(app)
    someone.sign_in(login)
    clock.forward(hours=13)
    typed = {"do": "save", "version": "1", "legal_rep": "张“建”国 <b>&", "jobs_now": "121",
             "invest_source": ["fiscal", "loan"], "property_no": "第一行\n第二行"}
    page = someone.post(f"/filing/{case_id}", typed)
    assert "填的内容还在" in page.text
    target, answer = _again(someone, page, login)
    assert target == f"/filing/{case_id}"
    assert answer.status_code == 302
    with app.app_context():
        stored, _ = drafts.read(case_id, FILING)
    assert stored["legal_rep"] == "张“建”国 <b>&"
    assert stored["jobs_now"] == 121
    assert stored["invest_source"] == ["fiscal", "loan"]


def test_an_opinion_arrives_too(app, clock, filing):
    with app.app_context():
        unit = walk.Unit("长春接着审创业孵化基地", "220104", 18)
        _, admin = walk.open_account(unit)
        case = walk.submit_filing(unit, admin)
        case_id, version = case.id, case.version
        assert latest_submission(case_id)
    someone = Visitor(app)
    someone.sign_in("x220104")
    clock.forward(minutes=31)
    page = someone.post(f"/cases/{case_id}/act/approve", {"version": version, "text": "现场看过，面积属实"})
    _, answer = _again(someone, page, "x220104")
    assert answer.status_code == 302
    with app.app_context():
        assert db.session.get(Case, case_id).state == "approved"
        assert db.session.scalar(select(Opinion.text).where(Opinion.case_id == case_id)) == "现场看过，面积属实"


def test_a_wrong_password_in_between_loses_nothing(app, clock, filing):
    case_id, login = filing
    someone = Visitor(app)
    someone.sign_in(login)
    clock.forward(hours=13)
    page = someone.post(f"/filing/{case_id}", {"do": "save", "version": "1", "legal_rep": "张建国"})
    kept = [(k, v) for k, v in _hidden(page) if k.startswith("resume")]
    page = someone.client.post("/login", data=_multi([*kept, ("csrf_token", someone.token), ("username", login), ("password", "falsch")]))
    assert page.status_code == 422
    page.status_code = 401
    _, answer = _again(someone, page, login)
    assert answer.status_code == 302
    with app.app_context():
        assert drafts.read(case_id, FILING)[0]["legal_rep"] == "张建国"


def test_somebody_else_who_signs_in_there_may_not_send_it(app, clock, filing):
    """The kept form is judged anew: by the person who signs in, on what he sees."""
    case_id, login = filing
    with app.app_context():
        walk.staff("220102")
    someone = Visitor(app)
    someone.sign_in(login)
    clock.forward(hours=13)
    page = someone.post(f"/filing/{case_id}", {"do": "save", "version": "1", "legal_rep": "张建国"})
    _, answer = _again(someone, page, "x220102")
    assert answer.status_code == 403
    with app.app_context():
        assert "legal_rep" not in drafts.read(case_id, FILING)[0]


def test_an_autosave_is_told_to_sign_in(app, clock, filing):
    case_id, login = filing
    someone = Visitor(app)
    someone.sign_in(login)
    clock.forward(hours=13)
    answer = someone.post(f"/filing/{case_id}/draft", {"version": "1"}, headers={"X-CSRFToken": someone.token})
    assert answer.status_code == 401
    assert answer.json == {"error": "sign in", "sign_in": "/login"}


def test_passwords_are_not_kept(app, clock):
    with app.app_context():
        walk.person("x220104", "朝阳经办", ("county_clerk", "220104"))
    someone = Visitor(app)
    someone.sign_in("x220104")
    clock.forward(minutes=31)
    page = someone.post("/account/password", {"current": walk.PASSWORD, "new": "Geheim-2027-x", "again": "Geheim-2027-x"})
    assert page.status_code == 401
    assert "Geheim-2027-x" not in page.text
    assert walk.PASSWORD not in page.text
    page = someone.client.post("/account/password", data={"new": "Geheim-2027-x"})  # without a token: 400, what was typed shown
    assert (page.status_code, "Geheim-2027-x" in page.text) == (400, False)


def test_reading_goes_on_where_it_was(app, clock, filing):
    with app.app_context():
        walk.staff("220104")
    someone = Visitor(app)
    someone.sign_in("x220104")
    clock.forward(minutes=31)
    page = someone.get("/work?kind=filing")
    assert page.status_code == 401
    target = dict(_hidden(page))["next"]
    assert someone.sign_in("x220104", next=target).headers["Location"] == "/work?kind=filing"
