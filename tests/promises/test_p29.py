"""P29: the browser is locked down: headers on every answer, cookie flags, a token on every form."""

import pytest

from incubator.kernel import routing
from tests import walk
from tests.offices.codes import SECRET, Telephone, enrol, half_in
from tests.promises.addresses import address_of, addresses
from tests.promises.matrix import MUTATING
from tests.visitor import Visitor

pytestmark = pytest.mark.promise("P29")
CSP = {
    "default-src": {"'none'"}, "script-src": {"'self'"}, "style-src": {"'self'"}, "img-src": {"'self'", "data:"},
    "font-src": {"'self'"}, "connect-src": {"'self'"}, "form-action": {"'self'"}, "base-uri": {"'none'"},
    "object-src": {"'none'"}, "frame-ancestors": {"'none'"},
}
ALWAYS = {
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}
SITE = "https://portal.example"


@pytest.fixture
def production(make_app, clock):
    """The switches of production: __Host- cookie, HSTS, two sessions, a second factor for all staff."""
    return make_app(COOKIE_PLAIN=False, SESSION_CAP=2, SECOND_FACTOR=True, TRUSTED_HOSTS=("portal.example",), PUBLIC_BASE_URL=SITE)


def _policy(answer) -> dict[str, set[str]]:
    parts = (part.split() for part in answer.headers["Content-Security-Policy"].split(";") if part.strip())
    return {words[0]: set(words[1:]) for words in parts}


def _wrong(answer, where: str) -> list[str]:
    said = [f"{where}: {k}={answer.headers.get(k)}" for k, v in ALWAYS.items() if answer.headers.get(k) != v]
    if "max-age=31536000" not in answer.headers.get("Strict-Transport-Security", ""):
        said.append(f"{where}: no HSTS")
    if "camera=()" not in answer.headers.get("Permissions-Policy", ""):
        said.append(f"{where}: no Permissions-Policy")
    if _policy(answer) != CSP and "sandbox" not in answer.headers["Content-Security-Policy"]:
        said.append(f"{where}: policy {answer.headers['Content-Security-Policy']}")
    kept = answer.headers.get("Cache-Control", "")
    shared = "public" in kept and "Set-Cookie" not in answer.headers and b"csrf" not in answer.get_data()
    if not where.startswith("/static") and "no-store" not in kept and not shared:
        said.append(f"{where}: Cache-Control {kept}")
    if answer.get_data() and "charset=utf-8" not in answer.headers["Content-Type"] and answer.mimetype.startswith("text/"):
        said.append(f"{where}: {answer.headers['Content-Type']}")
    if "Access-Control-Allow-Origin" in answer.headers or "Werkzeug" in answer.headers.get("Server", ""):
        said.append(f"{where}: too open")
    return said


def test_headers_on_every_answer(production, promise):
    """Every address as five kinds of people, one of whom owes the code, and the answers that are no page: 400, 404, 405, 401, 422."""
    with production.app_context():
        walk.staff("220104")
        walk.province()
        walk.person("xtgl", "系统管理员", ("sys_admin", None))
    visitors = [Visitor(production, SITE), half_in(production, "x220104f", SITE)]
    visitors += [enrol(production, login, SITE)[0] for login in ("x220104", "sheng1", "xtgl")]
    wrong, n, answered = [], 0, set()
    pages = [*addresses(production), "/static/portal.css", "/static/nothing.css", "/no/such/page"]
    for visitor in visitors:
        for page in pages[::4] if visitor is visitors[1] else pages:  # before the code nearly all answer alike
            n += 1
            answer = visitor.get(page)
            answered.add(answer.status_code)
            wrong += _wrong(answer, page)
    assert {200, 302, 401, 403, 404} <= answered
    for answer, where in (
        (half_in(production, "shengf", SITE).post("/login/code", {"code": "000000"}), "a wrong code, setting it"),
        (visitors[1].post("/cases/1/act/approve"), "an act before the code"),
        (visitors[2].post("/account/code", {"code": "000000"}), "a wrong code, again"),
        (Visitor(production, SITE).post("/account/code", {"code": "000000"}), "a code from nobody"),
        (visitors[0].client.put("/work", base_url=SITE), "PUT /work"),
        (visitors[0].client.post("/login", base_url=SITE), "POST without token"),
        (visitors[0].sign_in("nobody"), "refused sign-in"),
        (production.test_client().get("/", base_url="https://evil.example"), "foreign host"),
        (visitors[0].client.options("/login", base_url=SITE), "OPTIONS"),
        (visitors[0].client.head("/login", base_url=SITE), "HEAD"),
    ):
        n += 1
        wrong += _wrong(answer, where)
    print("\n".join(sorted(set(wrong))))
    promise("P29", n=n, failures=len(wrong))


def test_cookies_of_production(production, promise):
    with production.app_context():
        walk.person("x220104", "朝阳经办", ("county_clerk", "220104"))
    someone = Visitor(production, SITE)
    answers = [production.test_client().get("/login", base_url=SITE), someone.sign_in("x220104")]
    half = someone.cookie
    phone = Telephone(SECRET.search(someone.get("/login/code").text)[1])
    answers.append(someone.post("/login/code", {"code": phone.code()}))
    assert someone.is_in() and someone.cookie != half, "the session is a new one with the code"
    cookies = [cookie for answer in answers for cookie in answer.headers.getlist("Set-Cookie")]
    named = {c.split("=")[0] for c in cookies}
    wrong = [c for c in cookies if not all(flag in c for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/")) or "Domain" in c]
    assert named == {"__Host-portal", "__Host-portal-form"}
    gone = someone.post("/logout")
    assert gone.headers["Clear-Site-Data"] == '"cache", "storage"'
    promise("P29", n=len(cookies), failures=len(wrong))


def test_every_form_needs_its_token(sqlite_app, clock, promise):
    """Without a token, with an empty, a made-up and another visitor's one: 400, whoever asks."""
    with sqlite_app.app_context():
        walk.staff("220104")
        walk.province()
    changing = [(r.endpoint, r) for r in sqlite_app.url_map.iter_rules() if r.methods & set(MUTATING)]
    wrong, n = [], 0
    stranger = Visitor(sqlite_app)
    for login in (None, "x220104", "sheng1"):
        someone = Visitor(sqlite_app)
        if login:
            someone.sign_in(login)
        for endpoint, rule in changing:
            path = address_of(rule)
            for token in (None, "", "made-up", stranger.token):
                n += 1
                data = {} if token is None else {"csrf_token": token}
                answer = someone.client.post(path, data=data)
                if answer.status_code != 400:
                    wrong.append(f"{endpoint} as {login} with {token}: {answer.status_code}")
    print("\n".join(wrong))
    assert len(changing) == len({e for e, m in routing.declared() if m in MUTATING})
    promise("P29", n=n, failures=len(wrong))
