"""P14: passwords and codes cannot be guessed; the count stands in the database and is taken before the judgement."""

import http.client
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode, urlsplit

import pytest
from sqlalchemy import func, select
from waitress.server import create_server

from incubator.kernel.database import db
from incubator.kernel.security import Vault
from incubator.offices import commands, second_factor
from incubator.offices.models import SignIn
from tests import walk
from tests.offices.codes import enrol, half_in
from tests.visitor import Visitor

pytestmark = pytest.mark.promise("P14")
GUESSES = 20


def test_twenty_guesses_at_once_verify_at_most_five(app, clock, monkeypatch, promise):
    with app.app_context():
        walk.person("x220104", "朝阳经办", ("county_clerk", "220104"))
    verified = []
    real = Vault.verify_password

    def counting(self, stored, password):
        verified.append(password)
        return real(self, stored, password)

    monkeypatch.setattr(Vault, "verify_password", counting)
    guessers = [Visitor(app) for _ in range(GUESSES)]
    with ThreadPoolExecutor(GUESSES) as pool:
        answers = list(pool.map(lambda pair: pair[1].sign_in("x220104", f"Guess-{pair[0]:04d}!").status_code, enumerate(guessers)))
    wrong = max(0, len(verified) - 5) + sum(a not in (422, 429) for a in answers) + (answers.count(429) < GUESSES - 5)
    # the right password finds the door shut too, and open again after a quarter of an hour
    someone = Visitor(app)
    wrong += someone.sign_in("x220104").status_code != 429
    clock.forward(minutes=14)
    wrong += someone.sign_in("x220104").status_code != 429
    clock.forward(minutes=1, seconds=1)
    wrong += someone.sign_in("x220104").status_code != 302
    promise("P14", n=GUESSES, failures=wrong, verified=len(verified), answers=sorted(set(answers)))


USES = 100
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
WRITINGS = (
    lambda code: code, lambda code: f" {code} ", lambda code: f"{code[:3]} {code[3:]}", lambda code: code.translate(WIDE),
    lambda code: f"{code[:3]}-{code[3:]}", lambda code: f"{code[:3].translate(WIDE)}\u3000{code[3:]}",
)


def _address(app) -> tuple[str, int]:
    server = create_server(app, host="127.0.0.1", port=0, threads=16)
    threading.Thread(target=server.run, name="codes", daemon=True).start()
    return "127.0.0.1", int(server.effective_port)


def _send(address, cookies: str, fields: dict) -> tuple[int, str]:
    """One form over a connection of its own; the status and where it leads."""
    connection = http.client.HTTPConnection(*address, timeout=60)
    headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded", "Host": "localhost"}
    connection.request("POST", "/login/code", urlencode(fields), headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, urlsplit(answer.getheader("Location") or "").path


def _uses(app, code: str) -> list[tuple[int, str]]:
    """The same code a hundred times at once, from a hundred half-open sessions, in every way that people write it."""
    visitors = [half_in(app, "x220104") for _ in range(USES)]
    forms = []
    for n, someone in enumerate(visitors):
        jar = "; ".join(f"{name}={someone.client.get_cookie(name).value}" for name in ("portal", "portal-form"))
        forms.append((jar, {"csrf_token": someone.token, "code": WRITINGS[n % len(WRITINGS)](code)}))
    address, gate = _address(app), threading.Barrier(20)

    def use(form):
        if form[2] < 20:
            gate.wait(30)  # the first twenty begin together; the rest follow as threads are free
        return _send(address, form[0], form[1])

    with ThreadPoolExecutor(20) as pool:
        return list(pool.map(use, [(*form, n) for n, form in enumerate(forms)]))


@pytest.mark.parametrize("throttled", [True, False], ids=["throttled", "not throttled"])
def test_a_code_used_a_hundred_times_at_once_lets_one_in(make_app, both_db, clock, monkeypatch, promise, throttled):
    """With the throttle as it is, and without it: then nothing but the compare-and-set stands between."""
    app = make_app(SECOND_FACTOR=True, on=both_db)
    with app.app_context():
        walk.person("x220104", "朝阳经办", ("county_clerk", "220104"))
    _, phone, _ = enrol(app, "x220104")
    clock.forward(minutes=1)
    monkeypatch.setattr(commands, "PER_ADDRESS", 1000)  # all hundred stand behind one address
    if not throttled:
        monkeypatch.setattr(second_factor, "PER_PERSON", 10_000)
        monkeypatch.setattr(second_factor, "PER_DAY", 10_000)
    answers = _uses(app, phone.code())
    let_in = sum(answer == (302, "/home") for answer in answers)
    with app.app_context():
        whole = db.session.scalar(
            select(func.count()).select_from(SignIn).where(SignIn.factor_at.is_not(None))
        ) - 1  # that in which the factor was set
    statuses = {status for status, _ in answers}
    wrong = (let_in != 1) + (whole != 1) + bool(statuses - ({302, 422, 429} if throttled else {302, 422}))
    promise("P14", n=USES, failures=wrong, let_in=let_in, whole=whole, answers=sorted(statuses), throttled=throttled)


def test_a_hundred_guesses_at_a_code_are_judged_five_times(make_app, both_db, clock, monkeypatch, promise):
    app = make_app(SECOND_FACTOR=True, on=both_db)
    with app.app_context():
        walk.person("x220104", "朝阳经办", ("county_clerk", "220104"))
    _, phone, _ = enrol(app, "x220104")
    clock.forward(minutes=1)
    judged = []
    real = second_factor._step_of
    monkeypatch.setattr(second_factor, "_step_of", lambda secret, code: judged.append(code) or real(secret, code))
    guessers = [half_in(app, "x220104") for _ in range(20)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(
            lambda n: guessers[n % 20].post("/login/code", {"code": f"{n:06d}"}).status_code, range(100)))
    wrong = max(0, len(judged) - 5) + sum(a not in (422, 429) for a in answers) + (answers.count(429) < 95)
    wrong += guessers[0].post("/login/code", {"code": phone.code()}).status_code != 429
    promise("P14", n=100, failures=wrong, judged=len(judged), answers=sorted(set(answers)))
