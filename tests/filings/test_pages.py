"""The pages of §7.1 as people use them: request, progress, dispatch slip, filing form, clerks."""

import io
import re

import pytest
from sqlalchemy import select

from incubator.bases.models import Base
from incubator.filings.models import AccountRequest
from incubator.kernel import clock
from incubator.kernel.database import db, transaction
from incubator.kernel.workflow import Case
from incubator.offices.models import Person
from tests import walk
from tests.filings import steps
from tests.filings.pages import Guest, Visitor, form_of

CODE = re.compile(r"[2-9A-Z]{8}(?:-[2-9A-Z]{8}){3}")
SECRET = re.compile(r'一次性密码</dt><dd><b class="code">([^<]+)</b>')


@pytest.fixture(autouse=True)
def _clock(clock):
    return clock


def ask(app, **changes):
    guest = Guest(app)
    told = steps.unit()
    typed = {
        "operator_name": told.operator, "operator_uscc": told.uscc, "base_name": told.name,
        "division_code": told.region, "address": told.address, "contact_name": told.contact,
        "contact_phone": told.phone, "licence": (io.BytesIO(walk.PDF), "营业执照.pdf"), **changes,
    }
    form = form_of(guest.get("/accounts/apply"), "operator_name")
    return guest, form, guest.client.post("/accounts/apply", data={**form, **typed}, content_type="multipart/form-data")


def test_a_guest_asks_and_follows_by_the_receipt(app, query_counter):
    guest, _, answer = ask(app)
    page = answer.get_data(as_text=True)
    code = CODE.search(page)[0]
    assert answer.status_code == 200 and "Location" not in answer.headers
    form = form_of(guest.get("/accounts/progress"), "code")
    with query_counter() as queries:
        shown = guest.client.post("/accounts/progress", data={**form, "code": code}).get_data(as_text=True)
    assert "属地核验" in shown and "长春青禾101" in shown and steps.unit().phone not in shown
    assert queries.count <= 20, queries
    wrong = guest.client.post("/accounts/progress", data={**form, "code": code[:-1] + "2"}).get_data(as_text=True)
    assert "长春青禾101" not in wrong


def test_a_refused_request_keeps_what_was_typed_and_names_the_field(app):
    _, _, answer = ask(app, operator_uscc=walk.uscc(101, kind="92"))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "属个体工商户，不能作为运营机构" in page
    assert steps.unit().name in page and 'id="f-operator_uscc-e"' in page
    with app.app_context():
        assert steps.count(Case) == 0


def test_the_slip_is_shown_to_the_one_who_dispatched_and_on_no_page_after(app):
    with app.app_context():
        case = walk.act(walk.request_account(steps.unit()), "confirm", steps.county())
        walk.province()
        case_id = case.id
    manager = Visitor(app, "shengg")
    form = form_of(manager.get(f"/cases/{case_id}/dispatch"), "version")
    answer = manager.client.post(f"/cases/{case_id}/dispatch", data=form)
    page = answer.get_data(as_text=True)
    secret = SECRET.search(page)[1]
    assert "jd220104001" in page and "2026年7月1日" in page and answer.headers["Cache-Control"] == "no-store"
    assert secret not in manager.get(f"/cases/{case_id}")
    again = manager.client.post(f"/cases/{case_id}/dispatch", data={**form, "idem": "another"})
    assert again.status_code == 409 and secret not in again.get_data(as_text=True)

    guest = Guest(app)
    token = form_of(guest.get("/login"), "username")
    signed = guest.client.post("/login", data={**token, "username": "jd220104001", "password": secret})
    assert signed.status_code == 302
    first = guest.client.get("/desk").get_data(as_text=True)
    assert "新密码" in first, "a one-time password opens nothing but the page that changes it"
    changed = guest.client.post("/account/password", data={
        **form_of(first, "new"), "current": secret, "new": "Xin-mima-2026", "again": "Xin-mima-2026"})
    assert changed.status_code == 302
    with app.app_context():
        assert db.session.scalar(select(Person.must_change_by).where(Person.login == "jd220104001")) is None


def test_reissuing_shows_another_password(app):
    with app.app_context():
        case = walk.act(walk.request_account(steps.unit()), "confirm", steps.county())
        walk.province()
        from incubator.filings import commands

        old = commands.dispatch(steps.manager(), case.id, seen_version=case.version)
        case_id = case.id
    manager = Visitor(app, "shengg")
    assert "重发一次性密码" in manager.get(f"/cases/{case_id}")
    form = form_of(manager.get(f"/cases/{case_id}/reissue"), "idem")
    answer = manager.client.post(f"/cases/{case_id}/reissue", data=form).get_data(as_text=True)
    assert SECRET.search(answer)[1] != old.password


@pytest.fixture
def filing(app):
    with app.app_context():
        told = steps.unit()
        _, admin = walk.open_account(told)
        from incubator.filings import commands

        case = commands.open_filing(admin)
        walk.fill(case, steps.FILING, walk.filing_values(admin, case, told), admin)
        return case.id


def test_the_form_is_autosaved_kept_and_submitted(app, filing, query_counter):
    base = Visitor(app, "jd220104001")
    url = f"/filing/{filing}"
    with query_counter() as queries:
        page = base.get(url)
    assert queries.count <= 25, queries
    form = form_of(page, "case_version")
    assert form["area_total"] and steps.unit().address in page
    token = {"X-CSRFToken": form["csrf_token"]}
    saved = base.client.post(f"{url}/draft", data={"version": form["version"], "legal_rep": "李国强"}, headers=token)
    assert saved.status_code == 200 and saved.json["version"] == int(form["version"]) + 1
    kept = base.client.post(url, data={**form, "version": saved.json["version"], "legal_rep": "李国强", "do": "keep"})
    assert kept.status_code == 302
    form = form_of(base.get(url), "case_version")
    sent = base.client.post(url, data={**form, "do": "submit"}, follow_redirects=True).get_data(as_text=True)
    assert "提交好了" in sent and "县审" in sent
    late = base.client.post(f"{url}/draft", data={"version": 99, "legal_rep": "王"}, headers=token)
    assert late.status_code == 409 and late.json["error"] == "已经提交，不能再改"


def test_an_incomplete_form_says_what_is_missing_at_its_field(app, filing):
    base = Visitor(app, "jd220104001")
    form = form_of(base.get(f"/filing/{filing}"), "case_version")
    answer = base.client.post(f"/filing/{filing}", data={**form, "property_no": "", "do": "submit"})
    assert answer.status_code == 422 and 'id="f-property_no-e"' in answer.get_data(as_text=True)
    with app.app_context():
        assert db.session.get(Case, filing).state == "draft"


def test_another_bases_form_is_not_there(app, filing):
    with app.app_context():
        walk.open_account(steps.unit(102))
    stranger = Visitor(app, "jd220104002")
    assert stranger.status(f"/filing/{filing}") == 404
    county = Visitor(app, "x220104")
    assert county.status(f"/filing/{filing}") == 403


def test_the_county_reviews_on_the_case_page(app, query_counter):
    with app.app_context():
        case, _ = steps.submitted()
        case_id = case.id
    county = Visitor(app, "x220104")
    with query_counter() as queries:
        page = county.get(f"/cases/{case_id}")
    assert "备案通过" in page and "不予备案" not in page.replace("不予备案</", ""), "the clerk is not offered the lead's outcome"
    assert queries.count <= 45, queries
    form = form_of(county.get(f"/cases/{case_id}/act/return"), "version")
    short = county.client.post(f"/cases/{case_id}/act/return", data={**form, "text": "不行"})
    assert short.status_code == 422 and "理由至少写 10 个字" in short.get_data(as_text=True)
    assert "不行" in short.get_data(as_text=True), "what was typed stays"
    done = county.client.post(f"/cases/{case_id}/act/return", data={
        **form, "text": steps.REASON, "remarks-0-field": "area_total", "remarks-0-text": "和权属证明不一样"},
        follow_redirects=True).get_data(as_text=True)
    assert "退回补正" in done
    base = Visitor(app, "jd220104001").get(f"/filing/{case_id}")
    assert "退回意见：和权属证明不一样" in base


def test_both_versions_and_their_difference_are_pages(app):
    with app.app_context():
        case, admin = steps.returned()
        steps.resubmit(case, admin, area_total="3800")
        case_id = case.id
    county = Visitor(app, "x220104")
    page = county.get(f"/cases/{case_id}/compare/1/2")
    assert "总建筑面积" in page and "620" in page and "800" in page
    assert county.status(f"/cases/{case_id}/compare/1/3") == 404


def test_the_bases_people(app):
    with app.app_context():
        walk.open_account(steps.unit())
    base = Visitor(app, "jd220104001")
    form = form_of(base.get("/desk/people"), "name")
    added = base.client.post("/desk/people", data={**form, "name": "填报甲"}).get_data(as_text=True)
    assert "jd220104001-1" in added and "只显示这一次" in added
    assert "一次性密码" not in base.get("/desk/people")
    with app.app_context():
        member = db.session.scalar(select(walk.Membership.id).where(walk.Membership.role == "base_clerk"))
    stop = base.client.post(f"/desk/people/{member}/stop", data={"csrf_token": form["csrf_token"]}, follow_redirects=True)
    assert "已停用" in stop.get_data(as_text=True)


def test_the_receipt_and_the_licence_are_kept(app):
    ask(app)
    with app.app_context():
        row = db.session.scalar(select(AccountRequest))
        assert row.licence_file_id and row.case.state == "county_check"
        assert db.session.scalar(select(Base)) is None, "no base before dispatch"


def test_reviewers_read_which_live_base_claims_the_same_certificate(app, query_counter):
    """A2-2: a warning with both addresses for whoever reviews, nothing for the base, nothing once the other one is closed."""
    with app.app_context():
        first, _ = steps.approved(301)
        case, admin = steps.returned(302)
        steps.resubmit(case, admin, property_no="吉(2020)示例不动产权第0000301号")
        case_id, other = case.id, steps.submitted(303)[0].id
        login = db.session.scalar(select(Base.code).where(Base.id == case.base_id))
        claimed, address = "同一不动产权证号或租赁合同号已有基地", steps.unit(301).address
        first_id = first.base_id
    county = Visitor(app, "x220104")
    with query_counter() as queries:
        page = county.get(f"/cases/{case_id}")
    assert claimed in page and "长春青禾301" in page and address in page and "第二条" in page
    assert queries.count <= 22, queries
    assert claimed in Visitor(app, "s220100").get(f"/cases/{case_id}")
    assert claimed not in Visitor(app, login).get(f"/cases/{case_id}")
    assert claimed not in county.get(f"/cases/{other}")
    with app.app_context(), transaction():
        db.session.get(Base, first_id).closed_at = clock.now()
    assert claimed not in county.get(f"/cases/{case_id}")
