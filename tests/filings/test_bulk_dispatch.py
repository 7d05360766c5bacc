"""Many accounts dispatched at once: one transaction each, each slip once, errors beside the rest (A7-1c, P24)."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from incubator.bases.models import Base
from incubator.filings import commands as filings
from incubator.filings import many
from incubator.filings.models import AccountRequest
from incubator.kernel.database import db
from incubator.kernel.errors import Denied, Refused
from incubator.kernel.ledger import Event
from incubator.kernel.workflow import Case
from incubator.offices.models import Person
from tests import walk
from tests.cases.apart import signed_in
from tests.filings import steps

PASSWORDS = re.compile(r"一次性密码</dt><dd><b class=\"code\">([^<]+)</b>")
LOGINS = re.compile(r"登录名</dt><dd><b class=\"code\">([^<]+)</b>")


@pytest.fixture
def confirmed(app, clock):
    """Four requests that wait for the province."""
    with app.app_context():
        walk.province()
        walk.staff("220104")
        cases = [walk.request_account(steps.unit(n)) for n in (201, 202, 203, 204)]
        yield app, [walk.act(case, "confirm", walk.actor("x220104")) for case in cases]


def form(*cases: Case, idem: str = "many") -> dict:
    return {"idem": idem, "case": [c.id for c in cases], **{f"version-{c.id}": c.version for c in cases}}


def people() -> int:
    return db.session.scalar(select(func.count()).select_from(Person))


def test_each_ticked_request_gets_its_account_and_its_slip(confirmed):
    app, cases = confirmed
    manager = signed_in(app, "shengg")
    page = manager.get(f"/accounts/dispatch?case={cases[0].id}").text
    assert len(re.findall(r'name="case" value="\d+" checked', page)) == 1 and page.count('name="case"') == 4
    assert manager.get("/accounts/dispatch").text.count(" checked") == 4, "without ticks from the worklist: all"
    answer = manager.post("/accounts/dispatch", form(*cases[:3])).text
    logins, passwords = LOGINS.findall(answer), PASSWORDS.findall(answer)
    assert len(set(logins)) == len(set(passwords)) == 3 and answer.count('class="slip"') == 3
    assert sorted(logins) == sorted(db.session.scalars(select(Base.code)))
    states = [steps.fresh(c).state for c in cases]
    assert states == ["dispatched"] * 3 + ["dispatch"]
    assert signed_in_first(app, logins[0], passwords[0]) == 200, "the page that changes it"
    events = db.session.scalars(select(Event.kind).where(Event.case_id == cases[0].id).order_by(Event.seq)).all()
    assert events == ["submit", "confirm", "dispatch"]
    assert cases[0].subject not in manager.get("/accounts/dispatch").text


def signed_in_first(app, login: str, password: str) -> int:
    from tests.cases.apart import Apart

    someone = Apart(app)
    someone.sign_in(login, password)
    return someone.get("/account/password").status_code


def test_the_form_sent_twice_makes_no_second_password(confirmed):
    """P24: the same slips again, the same persons, the same events."""
    app, cases = confirmed
    manager = signed_in(app, "shengg")
    first = manager.post("/accounts/dispatch", form(*cases)).text
    before = people()
    for _ in range(3):
        again = manager.post("/accounts/dispatch", form(*cases)).text
        assert PASSWORDS.findall(again) == PASSWORDS.findall(first) and LOGINS.findall(again) == LOGINS.findall(first)
    assert people() == before
    other = manager.post("/accounts/dispatch", form(*cases, idem="another page")).text
    assert PASSWORDS.findall(other) == [] and "没有派发 4" in other, "another form is another act: refused, no password shown"


def test_one_that_fails_is_listed_and_leaves_the_others(confirmed):
    app, cases = confirmed
    manager = walk.province()["manager"]
    seen = {c.id: c.version for c in cases}
    filings.dispatch(manager, cases[1].id, seen_version=seen[cases[1].id])
    slips, failed = many.dispatch_all(manager, "k", [(c.id, seen[c.id]) for c in cases[:3]] + [(4711, 1)])
    assert len(slips) == 2 and [f.name for f in failed] == [cases[1].subject, ""]
    assert "已由省工信厅 省厅业务管理员" in failed[0].reason
    typed = form(cases[1], cases[3]) | {f"version-{cases[1].id}": seen[cases[1].id]}
    page = signed_in(app, "shengg").post("/accounts/dispatch", typed).text
    assert page.count('class="slip"') == 1 and "没有派发 1" in page and "已由省工信厅" in page


def test_nothing_ticked_is_refused_and_only_the_manager_may(confirmed):
    app, cases = confirmed
    assert signed_in(app, "shengg").post("/accounts/dispatch", {"idem": "x"}).status_code == 422
    for login in ("sheng1", "shengf", "x220104"):
        with pytest.raises(Denied):
            many.dispatch_all(walk.actor(login), "k", [(cases[0].id, cases[0].version)])
        assert signed_in(app, login).get("/accounts/dispatch").status_code == 403
    assert not [c for c in cases if steps.fresh(c).state != "dispatch"]


def test_the_worklist_leads_there_instead_of_to_a_batch(confirmed):
    """A password is shown once: no hold, no release in the night."""
    app, cases = confirmed
    page = signed_in(app, "shengg").get("/work/batch", query_string={"case": [cases[0].id, cases[1].id]})
    assert f"/accounts/dispatch?case={cases[0].id}&amp;case={cases[1].id}" in page.text
    assert "驳回申请" in page.text
    from incubator.cases import batches

    with pytest.raises(Refused):
        batches.order(walk.actor("shengg"), "account_request:dispatch:dispatch", [(cases[0].id, cases[0].version)])


def test_the_page_costs_the_same_with_many(confirmed, query_counter):
    app, cases = confirmed
    manager = signed_in(app, "shengg")

    def cost() -> int:
        manager.get("/accounts/dispatch")
        with query_counter() as asked:
            assert manager.get("/accounts/dispatch").status_code == 200
        return asked.count

    four = cost()
    many.dispatch_all(walk.actor("shengg"), "k", [(c.id, c.version) for c in cases[:3]])
    assert cost() == four <= 6
    assert db.session.scalar(select(func.count()).select_from(AccountRequest).where(AccountRequest.running)) == 1
