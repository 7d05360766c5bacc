"""P24: double click, back button, retry: one record and the same answer.

Every form of the program is sent again and again under its own key; those that create something also many times in
one instant.
"""

import io
import re

import pytest
from sqlalchemy import func, select

from incubator.bases.models import Base
from incubator.filings import commands as filings
from incubator.filings.models import AccountRequest
from incubator.kernel import drafts
from incubator.kernel.database import db
from incubator.kernel.files import StoredFile
from incubator.kernel.ledger import Event
from incubator.kernel.workflow import Case
from incubator.offices.models import Membership
from incubator.rosters.models import Tenant
from tests import walk
from tests.conftest import ROOT
from tests.filings import steps
from tests.filings.pages import Guest, Visitor, form_of
from tests.promises.copied import copied
from tests.promises.matrix import MUTATING, Table
from tests.promises.races import race

CODE = re.compile(r"[2-9A-Z]{8}(?:-[2-9A-Z]{8}){3}")
SLIP = re.compile(r'<b class="code">([^<]+)</b>')


def repeat(app, people, send, times: int) -> list:
    """What each of `times` sendings of one form answered; a fifth of them (at most 20) come in the same instant."""
    at_once = min(20, max(2, times // 5))
    answers = race(app, *(lambda n=n: send(people[n % 2]) for n in range(at_once)))
    return answers + [send(people[n % 2]) for n in range(times - at_once)]


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
    """Also twenty times in one instant: each is led to the case, one opinion and one event stand on it."""
    with app.app_context():
        case, _ = steps.submitted()
        case_id = case.id
    people = twice(app, "x220104")
    url = f"/cases/{case_id}/act/approve"
    form = form_of(people[0].get(url), "version")
    assert form["idem"]
    answers = repeat(app, people, lambda p: p.client.post(url, data=form), max(times, 100))
    places = {a.headers["Location"] for a in answers}
    judge(promise, "act", answers, places, count(app, Event, Event.kind == "approve"), len(answers))


@pytest.mark.promise("P24")
def test_p24_other_words_under_the_same_key_are_not_swallowed(app, clock, promise):
    """Back to a page kept by the browser, and sent with another text: 409, and the text is on the page."""
    with app.app_context():
        case, _ = steps.submitted()
        case_id = case.id
    person = Visitor(app, "x220104")
    url = f"/cases/{case_id}/act/approve"
    form = form_of(person.get(url), "version")
    assert person.client.post(url, data=form).status_code == 302
    again = person.client.post(url, data={**form, "text": "想了想，再补一句话"})
    assert again.status_code == 409 and "想了想，再补一句话" in again.get_data(as_text=True)
    promise("P24", n=1, failures=0, form="other words")


@pytest.mark.promise("P24")
def test_p24_a_file_is_kept_once(app, times, promise):
    """Sent by itself while the form is filled in: one file, and it stands in its field once."""
    with app.app_context():
        case, _ = steps.returned()
        case_id, held = case.id, count(app, StoredFile)
    people = twice(app, "jd220104001")
    token = form_of(people[0].get(f"/filing/{case_id}"), "version")["csrf_token"]
    answers = repeat(app, people, lambda p: p.client.post(
        f"/cases/{case_id}/files", content_type="multipart/form-data", headers={"Accept": "application/json"},
        data={"csrf_token": token, "field": "prop_file", "file": (io.BytesIO(walk.PDF), "权属证明.pdf")},
    ), times)
    told = {a.json["id"] for a in answers}
    judge(promise, "file", answers, told, count(app, StoredFile) - held, times)
    with app.app_context():
        kept, _ = drafts.read(case_id, steps.FILING)
        assert kept["prop_file"].count(told.pop()) == 1


@pytest.mark.promise("P24")
def test_p24_a_row_of_a_roster(app, account, times, promise):
    people = twice(app, "jd220104001")
    form = form_of(people[0].get("/rosters/tenants"), "uscc")
    row = {k: v for k, v in walk.tenant_row(steps.unit(), 1).items() if isinstance(v, str)}
    answers = repeat(app, people, lambda p: p.client.post("/rosters/tenants", data={**form, **row}), times)
    places = {a.headers.get("Location") for a in answers}
    judge(promise, "roster row", answers, places, count(app, Tenant), times)


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


# every form -------------------------------------------------------------------------------------

TABLE = Table()
# these end or change the very session that sends them
OF_THE_SESSION = {"offices.sign_in", "offices.sign_out", "offices.membership", "offices.password"}
FORMS = [li for li in TABLE.lines
         if li.method in MUTATING and li.allow and not li.answers and li.endpoint not in OF_THE_SESSION]


def _shown(answer) -> tuple:
    """What is the same for a person when the same act is answered again."""
    told, text = answer.get_json(silent=True), answer.get_data().decode(errors="replace")  # some answer with a workbook
    return answer.status_code, answer.headers.get("Location"), told and told.get("id"), tuple(SLIP.findall(text))


def _again(matrix, digest, undo, times: int) -> tuple[int, list[str]]:
    """Every form by somebody who may send it: the second to the last sending answer and leave what the first did."""
    wrong, sent = [], 0
    for line in FORMS:
        cell = next(c for c in matrix.cells_of(line) if c.allowed)
        first = _shown(matrix.ask(cell, also={"idem": "k" * 22}))
        after = digest()
        others = {_shown(matrix.ask(cell, also={"idem": "k" * 22})) for _ in range(times - 1)}
        sent += times
        if first[0] >= 400 or others != {first}:
            wrong.append(f"{line}: {first}, then {others}")
        if digest() != after:
            wrong.append(f"{line}: sent again, it wrote something more")
        undo()
    print("\n".join(wrong))
    return sent, wrong


@pytest.mark.promise("P24")
def test_p24_every_form_sent_again_on_postgresql(on_postgres, times, promise):
    with on_postgres.pinned() as pin:
        sent, wrong = _again(on_postgres, pin.digest, pin.undo, times)
    promise("P24", n=sent, failures=len(wrong), form="every", forms=len(FORMS), backend="postgresql")


@pytest.mark.promise("P24")
def test_p24_every_form_sent_again_on_sqlite(on_sqlite, times, promise):
    with copied(on_sqlite) as copy:
        sent, wrong = _again(on_sqlite, copy.digest, copy.undo, times)
    promise("P24", n=sent, failures=len(wrong), form="every", forms=len(FORMS), backend="sqlite")


# they only look something up, mark as read, or belong to the session; the last is a picture of all components.
# `ASKS` knows such forms on pages that have others.
NO_KEY = {
    "layouts/app.html", "offices/sign_in.html", "offices/resume.html", "offices/change_password.html",
    "filings/progress.html", "filings/applied.html", "public/objection_progress.html", "public/objection_received.html",
    "messages/inbox.html", "components/ui.html",
    "messages/notices.html", "obligations/feed.html",  # said twice, the second holds
}
ASKS = re.compile(r"export_url|rosters\.base_export|sanctions\.export|offices\.(?:sign_out|end_sessions)|resume_path|value=\"preview\"")
KEY = re.compile(r'name="idem"|form\.idem|hidden_tag\(\)|\{\{ head\(|\{\{ hidden\(\) \}\}')


def test_every_form_that_writes_has_a_key():
    """The macro `head` of a page brings the key of its forms."""
    bare = []
    for place in sorted((ROOT / "templates").rglob("*.html")):
        name = place.relative_to(ROOT / "templates").as_posix()
        forms = re.findall(r'<form\b[^>]*method="post".*?</form>', place.read_text("utf-8"), re.S)
        bare += [f"{name}: {form[:90]}" for form in forms if name not in NO_KEY and not (KEY.search(form) or ASKS.search(form))]
    assert not bare, bare
