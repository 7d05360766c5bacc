"""P17: links and redirects never leave the site; no foreign host is believed (reliability §3.9)."""

import re
from html import unescape
from urllib.parse import quote

import pytest
from sqlalchemy import select

from incubator.kernel.database import db
from incubator.offices.models import Membership, Person
from incubator.offices.views import safe_path
from tests import walk
from tests.promises.addresses import addresses
from tests.visitor import Visitor

pytestmark = pytest.mark.promise("P17")
STRINGS = (
    "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example", "\\/evil.example",
    "/\t/evil.example", "/\r\n/evil.example", "https://evil.example", "HTTPS://evil.example", "https:evil.example",
    "https:/evil.example", "http:///evil.example", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)",
    "data:text/html,x", "vbscript:x", "@evil.example", ".evil.example", "https://portal.example@evil.example",
    "https://portal.example.evil.example", "//evil。example", "／／evil.example", "/..//evil.example", "//[::1]/",
    "/;@evil.example", "//evil.example/%2e%2e",
)
CORPUS = tuple(dict.fromkeys(
    variant for s in STRINGS
    for variant in (s, quote(s, safe=""), quote(quote(s, safe=""), safe=""), f" {s}", f"\t{s}", f"\0{s}", quote(s, safe="/"))
))
ON_SITE = re.compile(r"^/(?![/\\])[^\\\x00-\x20\x7f]*$")


def stays(place: str | None) -> bool:
    """Whether a browser that is sent to `place` stays: one slash, then neither slash nor backslash, no controls."""
    return place is None or place == "" or bool(ON_SITE.match(place)) or place.startswith("http://localhost/")


def _given(page: str, name: str) -> list[str]:
    """What a page would send or follow: the values of its hidden fields `name` and the targets of its forms."""
    return [unescape(v) for v in re.findall(rf'name="{name}" value="([^"]*)"', page) + re.findall(r'action="([^"]*)"', page)]


@pytest.fixture
def someone(sqlite_app, clock, monkeypatch):
    from incubator.offices import commands as offices

    monkeypatch.setattr(offices, "PER_ADDRESS", 10_000)
    with sqlite_app.app_context():
        walk.staff("220581")
    return Visitor(sqlite_app)


def test_the_corpus_is_long_enough():
    assert len(CORPUS) >= 60


def test_next_after_signing_in(someone, promise):
    left = [t for t in CORPUS if not stays(someone.sign_in("m220581a", next=t).headers.get("Location"))]
    assert someone.sign_in("m220581a", next="/work?kind=filing").headers["Location"] == "/work?kind=filing"
    promise("P17", n=len(CORPUS), failures=len(left), left=left[:5], route="POST /login next")


def test_next_in_the_address_of_the_sign_in_page(someone, promise):
    left = []
    for target in CORPUS:
        page = someone.get("/login", query_string={"next": target})
        left += [target for place in _given(page.text, "next") if not stays(place)]
    assert _given(someone.get("/login?next=/work").text, "next")[0] == "/work"
    promise("P17", n=len(CORPUS), failures=len(left), left=left[:5], route="GET /login next")


def test_where_a_kept_form_is_sent_after_signing_in(someone, promise):
    left = []
    for target in CORPUS:
        answer = someone.sign_in("m220581a", resume_path=target, **{"resume-name": "x"})
        left += [target for place in [answer.headers.get("Location"), *_given(answer.text, "next")] if not stays(place)]
        answer = someone.sign_in("m220581a", "wrong", resume_path=target, **{"resume-name": "x"})
        left += [target for place in _given(answer.text, "resume_path") if not stays(place)]
        someone.sign_in("m220581a")  # so that the door does not shut
    assert _given(someone.sign_in("m220581a", resume_path="/filing/1", **{"resume-a": "x"}).text, "x")[0]
    promise("P17", n=2 * len(CORPUS), failures=len(left), left=left[:5], route="POST /login resume_path")


def test_next_after_a_change_of_membership(someone, sqlite_app, promise):
    with sqlite_app.app_context():
        held = db.session.scalar(select(Membership.id).join(Person, Person.id == Membership.person_id).where(Person.login == "m220581a"))
    someone.sign_in("m220581a")
    left = [t for t in CORPUS
            if not stays(someone.post("/membership", {"membership": held, "next": t}).headers.get("Location"))]
    promise("P17", n=len(CORPUS), failures=len(left), left=left[:5], route="POST /membership next")


def test_the_address_itself(someone, promise):
    """Asked as a path, no string makes the portal answer with a way out of it."""
    left = []
    for target in CORPUS:
        for path in (target, f"/work/{target}", f"/{target}"):
            raw = path.encode().decode("latin-1")  # as a WSGI server hands it over
            answer = someone.client.get("/", environ_overrides={"PATH_INFO": raw, "REQUEST_URI": raw})
            if not stays(answer.headers.get("Location")) or answer.status_code >= 500:
                left.append(path)
    promise("P17", n=3 * len(CORPUS), failures=len(left), left=left[:5], route="any address")


def test_safe_path_keeps_what_is_ours():
    for good in ("/", "/work", "/work?kind=filing&after=2026-01-01_3", "/cases/1#tabs", "/bases?q=%E9%95%BF"):
        assert safe_path(good) == good
    assert safe_path(None) == safe_path("") == ""


# foreign hosts ---------------------------------------------------------------------------------

HOSTS = (
    "evil.example", "evil.example:80", "localhost.evil.example", "localhost@evil.example", "evil.example#localhost",
    "localhost, evil.example", "localhost evil.example", "evil.example\\localhost", "[::2]", "127.0.0.1.evil.example", "127.1.1.1",
    "LOCALHOST.EVIL.EXAMPLE", "xn--evl-7ma.example", "evil。example", "169.254.169.254", "0.0.0.0", "localhost%00.evil.example",
)
FORWARDED = (
    {"X-Forwarded-Host": "evil.example"}, {"X-Forwarded-Server": "evil.example"}, {"X-Host": "evil.example"},
    {"X-Original-Host": "evil.example"}, {"Forwarded": "host=evil.example;proto=https"}, {"X-Forwarded-Proto": "evil.example"},
    {"X-Forwarded-Prefix": "//evil.example"}, {"X-Original-URL": "//evil.example/"}, {"X-Rewrite-URL": "//evil.example/"},
    {"X-Forwarded-For": "evil.example"}, {"X-Forwarded-Port": "8443"}, {"X-HTTP-Host-Override": "evil.example"},
    {"Referer": "https://evil.example/"}, {"Origin": "https://evil.example"},
)


def test_a_foreign_host_is_refused_everywhere(someone, sqlite_app, promise):
    wrong, n = [], 0
    for page in addresses(sqlite_app):
        for host in HOSTS:
            n += 1
            answer = sqlite_app.test_client().get("/", environ_overrides={"HTTP_HOST": host.encode().decode("latin-1"), "PATH_INFO": page})
            said = answer.get_data(as_text=True) + str(answer.headers)
            if answer.status_code != 400 or "evil" in said:
                wrong.append((page, host, answer.status_code))
    promise("P17", n=n, failures=len(wrong), wrong=wrong[:5], route="Host")


def test_forwarded_headers_are_not_believed(someone, sqlite_app, promise):
    """No proxy of ours stands in front (PROXY_HOPS=0): nobody may say for whom he forwards.

    Each header by itself at three pages, all of them in one request at every page.
    """
    wrong, n = [], 0
    pages = addresses(sqlite_app)
    together = {name: value for headers in FORWARDED for name, value in headers.items()}
    someone.sign_in("m220581a")
    for visitor in (Visitor(sqlite_app), someone):
        for number, page in enumerate(pages):
            for headers in (together, *(FORWARDED if number < 3 else ())):
                n += 1
                answer = visitor.get(page, headers=headers)
                if "evil" in answer.text + str(answer.headers) or answer.status_code >= 500:
                    wrong.append((page, headers, answer.status_code))
    promise("P17", n=n, failures=len(wrong), wrong=wrong[:5], route="X-Forwarded-*")
