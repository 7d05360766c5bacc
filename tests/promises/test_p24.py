"""P24: double click, back button, retry: one record and the same answer, ten times over, two of them at once."""

import io
import re

import pytest
from sqlalchemy import func, select

from incubator.bases.models import Base
from incubator.filings import commands as filings
from incubator.filings.models import AccountRequest
from incubator.kernel.database import db
from incubator.kernel.ledger import Event
from incubator.kernel.workflow import Case
from incubator.offices.models import Membership
from tests import walk
from tests.filings import steps
from tests.filings.pages import Guest, Visitor, form_of
from tests.promises.races import race

CODE = re.compile(r"[2-9A-Z]{8}(?:-[2-9A-Z]{8}){3}")
SLIP = re.compile(r'<b class="code">([^<]+)</b>')


def repeat(app, people, send, times: int) -> list:
    """What each of `times` sendings of one form answered, the first two of them in the same instant."""
    answers = race(app, *(lambda p=p: send(p) for p in people))
    return answers + [send(people[n % 2]) for n in range(times - 2)]


def twice(app, login: str | None = None) -> list:
    """Two windows of one person: one session in two browsers' worth of connections."""
    first = Visitor(app, login) if login else Guest(app)
    first.get("/desk" if login and login.startswith("jd") else "/accounts/apply")
    second = Guest(app)
    for cookie in first.client._cookies.values():
        second.client.set_cookie(cookie.key, cookie.value)
    return [first, second]


def count(app, model, *where) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model).where(*where))


def judge(promise, name: str, answers: list, seen: set, records: int, times: int) -> None:
    broken = [a for a in answers if isinstance(a, Exception) or a.status_code >= 400]
    assert not broken, [getattr(b, "status_code", b) for b in broken]
    promise("P24", n=times, failures=int(len(seen) != 1) + int(records != 1), form=name)


@pytest.fixture(params=[10, pytest.param(100, marks=pytest.mark.promise_full)])
def times(request, clock):
    return request.param


@pytest.mark.promise("P24")
def test_p24_the_account_request(app, times, promise):
    people = twice(app)
    told = steps.unit()
    form = {
        **form_of(people[0].get("/accounts/apply"), "operator_name"), "operator_name": told.operator,
        "operator_uscc": told.uscc, "base_name": told.name, "division_code": told.region, "address": told.address,
        "contact_name": told.contact, "contact_phone": told.phone,
    }

    def send(person):
        _forget_throttle(app)
        return person.client.post("/accounts/apply", content_type="multipart/form-data",
                                  data={**form, "licence": (io.BytesIO(walk.PDF), "营业执照.pdf")})

    answers = repeat(app, people, send, times)
    codes = {CODE.search(a.get_data(as_text=True))[0] for a in answers}
    judge(promise, "account request", answers, codes, count(app, AccountRequest), times)


def _forget_throttle(app) -> None:
    """Thirty requests from one address in a quarter of an hour are another promise's matter."""
    from sqlalchemy import delete

    from incubator.offices.models import Throttle

    with app.app_context(), db.engine.begin() as connection:
        connection.execute(delete(Throttle))


@pytest.fixture
def confirmed(app, clock):
    with app.app_context():
        walk.province()
        return walk.act(walk.request_account(steps.unit()), "confirm", steps.county()).id


@pytest.mark.promise("P24")
def test_p24_the_dispatch(app, confirmed, times, promise):
    people = twice(app, "shengg")
    url = f"/cases/{confirmed}/dispatch"
    form = form_of(people[0].get(url), "version")
    answers = repeat(app, people, lambda p: p.client.post(url, data=form), times)
    slips = {tuple(SLIP.findall(a.get_data(as_text=True))) for a in answers}
    judge(promise, "dispatch", answers, slips, count(app, Base), times)
    assert len(slips.pop()) == 2


@pytest.mark.promise("P24")
def test_p24_a_new_slip(app, confirmed, times, promise):
    with app.app_context():
        filings.dispatch(steps.manager(), confirmed, seen_version=2)
    people = twice(app, "shengg")
    url = f"/cases/{confirmed}/reissue"
    form = form_of(people[0].get(url), "idem")
    answers = repeat(app, people, lambda p: p.client.post(url, data=form), times)
    slips = {tuple(SLIP.findall(a.get_data(as_text=True))) for a in answers}
    judge(promise, "slip", answers, slips, count(app, Event, Event.kind == "slip_reissued"), times)


@pytest.fixture
def account(app, clock):
    with app.app_context():
        walk.open_account(steps.unit())


@pytest.mark.promise("P24")
def test_p24_a_clerk_of_the_base(app, account, times, promise):
    people = twice(app, "jd220104001")
    form = form_of(people[0].get("/desk/people"), "name") | {"name": "填报甲"}
    answers = repeat(app, people, lambda p: p.client.post("/desk/people", data=form), times)
    slips = {tuple(SLIP.findall(a.get_data(as_text=True))) for a in answers}
    judge(promise, "clerk", answers, slips, count(app, Membership, Membership.role == "base_clerk"), times)


@pytest.mark.promise("P24")
def test_p24_the_filing_is_opened_once(app, account, times, promise):
    people = twice(app, "jd220104001")
    form = {"csrf_token": form_of(people[0].get("/desk"), "csrf_token")["csrf_token"]}
    answers = repeat(app, people, lambda p: p.client.post("/filing", data=form), times)
    places = {a.headers["Location"] for a in answers}
    judge(promise, "filing", answers, places, count(app, Case, Case.kind == "filing"), times)


@pytest.mark.promise("P24")
def test_p24_an_act_is_done_once(app, times, promise):
    """An act has no receipt of its own: the repeat is told who did it (T49), and nothing is written twice."""
    with app.app_context():
        case, _ = steps.submitted()
        case_id = case.id
    people = twice(app, "x220104")
    url = f"/cases/{case_id}/act/approve"
    form = form_of(people[0].get(url), "version")
    answers = repeat(app, people, lambda p: p.client.post(url, data=form), times)
    status = sorted(a.status_code for a in answers)
    assert status == [302] + [409] * (times - 1)
    done = count(app, Event, Event.kind == "approve")
    promise("P24", n=times, failures=int(done != 1), form="act")


@pytest.mark.promise("P24")
def test_p24_two_fresh_pages_for_the_same_thing(app, clock, promise):
    people = [Guest(app), Guest(app)]
    told = steps.unit()
    forms = [{
        **form_of(p.get("/accounts/apply"), "operator_name"), "operator_name": told.operator,
        "operator_uscc": told.uscc, "base_name": told.name, "division_code": told.region, "address": told.address,
        "contact_name": told.contact, "contact_phone": told.phone} for p in people]
    assert forms[0]["idem"] != forms[1]["idem"]

    def send(person, form):
        return lambda: person.client.post("/accounts/apply", content_type="multipart/form-data",
                                          data={**form, "licence": (io.BytesIO(walk.PDF), "营业执照.pdf")})

    answers = race(app, *(send(p, f) for p, f in zip(people, forms, strict=True)))
    assert sorted(a.status_code for a in answers) == [200, 422]
    refused = next(a for a in answers if a.status_code == 422).get_data(as_text=True)
    assert "已有一份账号申请正在办" in refused and told.operator in refused
    promise("P24", n=1, failures=int(count(app, AccountRequest) != 1), form="two pages")
