"""P15: nobody can find out who has an account: same status, text, headers and cookies, in the same time."""

import re
import statistics
import time

import pytest

from incubator.offices import commands as offices
from tests import walk
from tests.visitor import Visitor

pytestmark = pytest.mark.promise("P15")
# same length, so that the length of the answer says nothing either
KNOWN, DISABLED, ROLELESS, EXPIRED, UNKNOWN = "x220104", "x220105", "x220106", "x220112", "x999999"
EVERYBODY = (KNOWN, DISABLED, ROLELESS, EXPIRED, UNKNOWN)


def _people() -> None:
    walk.person(KNOWN, "朝阳经办", ("county_clerk", "220104"))
    disabled = walk.person(DISABLED, "已停用", ("county_clerk", "220104"))
    walk.person(ROLELESS, "没有角色")
    walk.person("xtgl", "系统管理员", ("sys_admin", None))
    offices.disable_person(walk.actor("xtgl"), disabled.id)
    offices.add_person(walk.SEED, login=EXPIRED, name="没有来领", password=walk.PASSWORD)


def _seen(answer, login: str) -> tuple:
    """Everything that a visitor can compare, without the login typed, the form's token and the request's number."""
    body = re.sub(r'(csrf[-_]token"[^>]*(?:content|value)=")[^"]+', r"\1", answer.text).replace(login, "LOGIN")
    body = re.sub(r'(<span class="code">)[0-9a-f]{12}', r"\1", body)  # the number of the request
    headers = sorted((k, v if k != "Set-Cookie" else re.sub(r"=[^;]*", "=", v, count=1)) for k, v in answer.headers.items())
    return answer.status_code, body, headers


def test_a_refused_sign_in_says_the_same_of_everybody(app, clock, promise):
    with app.app_context():
        _people()
    clock.forward(days=60)  # the one-time password has run out
    wrong = n = 0
    for attempt in range(7):  # five judged, then shut: for those who do not exist too
        seen = {login: _seen(Visitor(app).sign_in(login, "Falsch-2026!"), login) for login in EVERYBODY}
        n += len(seen)
        for login in EVERYBODY:
            if seen[login] != seen[UNKNOWN]:
                wrong += 1
                print(attempt, login, [pair for pair in zip(str(seen[login]).split(), str(seen[UNKNOWN]).split(), strict=False) if pair[0] != pair[1]])
        assert seen[UNKNOWN][0] == (422 if attempt < 5 else 429)
    promise("P15", n=n, failures=wrong)


def test_the_right_password_of_somebody_who_may_not_is_as_wrong_as_any(app, clock, promise):
    with app.app_context():
        _people()
    clock.forward(days=60)
    nobody = _seen(Visitor(app).sign_in(UNKNOWN), UNKNOWN)
    seen = [_seen(Visitor(app).sign_in(login), login) for login in (DISABLED, ROLELESS, EXPIRED)]
    assert Visitor(app).sign_in(KNOWN).status_code == 302
    promise("P15", n=len(seen), failures=sum(s != nobody for s in seen))


def test_a_wrong_receipt_code_says_nothing(app, clock, promise):
    """Made up, misspelt and empty codes are answered alike: with no application."""
    with app.app_context():
        unit = walk.Unit("长春回执创业孵化基地", "220104", 17)
        walk.staff(unit.region)
        _, code = walk.filings.submit_account_request(
            walk.access.PUBLIC,
            {"operator_name": unit.operator, "operator_uscc": unit.uscc, "base_name": unit.name,
             "division_code": unit.region, "address": unit.address, "contact_name": unit.contact,
             "contact_phone": unit.phone}, walk.pdf())
    assert unit.name in Visitor(app).post("/accounts/progress", {"code": code}).text.replace("<wbr>", "")
    near = code[:-1] + ("A" if code[-1] != "A" else "B")
    seen = [_seen(Visitor(app).post("/accounts/progress", {"code": c}), c)
            for c in (near, "A" * len(code), "AAAAAAAA-BBBBBBBB-CCCCCCCC-DDDDDDDD", f"{'x' * 34}-")]
    promise("P15", n=len(seen), failures=sum(s != seen[0] for s in seen))


def test_there_is_no_other_way_to_ask(sqlite_app):
    """No reset and no registration by oneself: one-time passwords are handed out by people (A7-1c)."""
    paths = " ".join(rule.rule for rule in sqlite_app.url_map.iter_rules())
    assert not re.search(r"reset|forgot|sign.?up|invite", paths)


@pytest.mark.promise_full
def test_the_time_says_nothing(sqlite_app, clock, promise, monkeypatch):
    """The median gap of known and unknown is no larger than that of two unknown, and 5 ms."""
    monkeypatch.setattr(offices, "PER_ACCOUNT", 10_000)
    monkeypatch.setattr(offices, "PER_ADDRESS", 100_000)
    with sqlite_app.app_context():
        _people()
    took = {login: [] for login in (KNOWN, UNKNOWN, "x888888")}
    someone = Visitor(sqlite_app)
    for _ in range(500):
        for login, times in took.items():
            began = time.perf_counter()
            someone.sign_in(login, "Falsch-2026!")
            times.append(time.perf_counter() - began)
    known, one, other = (statistics.median(times) for times in took.values())
    promise("P15", n=1500, failures=int(abs(known - one) > abs(one - other) + 0.005), gap_ms=round(abs(known - one) * 1000, 2))
