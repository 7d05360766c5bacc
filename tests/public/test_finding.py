"""What search engines and browsers are told: robots, sitemap, canonical addresses, data, and what may be kept."""

import json
import re
from xml.etree import ElementTree

import pytest

from incubator.kernel.routing import declared
from incubator.public import finding
from incubator.simulation.steps import PASSWORD
from tests import walk
from tests.public.test_pages import decided, text_of  # noqa: F401  a fixture
from tests.visits.pages import TOKEN

KEPT = ("/", "/register", "/register?q=海兰", "/public/notices", "/procedure", "/questions", "/complaint", "/plaque",
        "/accessibility", "/privacy", "/robots.txt", "/sitemap.xml", "/register/download")


def allowed(robots: str, path: str) -> bool:
    """RFC 9309: the longest rule that matches holds."""
    best = (-1, True)
    for line in robots.splitlines():
        rule, _, pattern = line.partition(": ")
        if rule in ("Allow", "Disallow"):
            hit = path == pattern[:-1] if pattern.endswith("$") else path.startswith(pattern)
            if hit:
                best = max(best, (len(pattern), rule == "Allow"))
    return best[1]


def test_robots_shut_whatever_asks_to_sign_in(sqlite_app):
    robots = sqlite_app.test_client().get("/robots.txt").get_data(as_text=True)
    public = {endpoint for (endpoint, method), perm in declared().items() if method == "GET" and perm in ("public.read", "public.ask")}
    rules = [rule for rule in sqlite_app.url_map.iter_rules() if "GET" in rule.methods and rule.endpoint != "static"]
    shut = [r.rule for r in rules if r.endpoint not in public and allowed(robots, re.sub(r"<[^>]*>", "1", r.rule))]
    assert shut == [], "a signed-in page that a crawler may ask for"
    for path in ("/", "/register", "/register/7", "/public/notices/7", "/questions", "/guides", "/plaque"):
        assert allowed(robots, path), path
    for path in ("/plaque/ABCD-EFGH-JKMN", "/public/objections", "/work", "/cases/1", "/login", "/healthz"):
        assert not allowed(robots, path), path


def test_the_sitemap_names_what_is_there(app, decided, query_counter):  # noqa: F811
    client = app.test_client()
    with query_counter() as queries:
        answer = client.get("/sitemap.xml")
    assert queries.count <= 3, queries
    site = app.config["PORTAL"].PUBLIC_BASE_URL
    places = [e.text for e in ElementTree.fromstring(answer.get_data()).iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert all(place.startswith(site + "/") for place in places)
    paths = {place.removeprefix(site) for place in places}
    assert {"/", "/register", f"/register/{decided['bases'][1]}", f"/public/notices/{decided['notice']}",
            f"/public/decisions/{decided['decision']}"} <= paths
    assert f"/register/{decided['bases'][0]}" not in paths, "not recognised, not there"
    robots = client.get("/robots.txt").get_data(as_text=True)
    for path in paths:
        assert client.get(path).status_code == 200 and allowed(robots, path), path


def test_each_page_says_what_it_is(app, decided):  # noqa: F811
    client = app.test_client()
    site = app.config["PORTAL"].PUBLIC_BASE_URL
    base = f"/register/{decided['bases'][1]}"
    titles = set()
    for url in (*KEPT[:2], *KEPT[3:10], base, f"/public/notices/{decided['notice']}", f"/public/decisions/{decided['decision']}"):
        page = text_of(client, url)
        assert f'<link rel="canonical" href="{site}{url}">' in page, url
        assert re.search(r'<meta name="description" content="[^"]{15,}">', page), url
        assert page.count("<h1") == 1 and '<html lang="zh-CN">' in page and '<main id="main"' in page, url
        titles.add(re.search(r"<title>([^<]+)", page)[1])
    assert len(titles) == 12, titles
    assert 'name="robots" content="noindex' in text_of(client, "/register?q=海兰")
    told = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', text_of(client, base))[1])
    assert told["name"] == "延吉海兰创业孵化基地" and told["hasCertification"]["certificationStatus"].endswith("CertificationActive")
    assert told["hasCertification"]["validFrom"] == "2025-01-01" and told["url"] == site + base
    asked = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', text_of(client, "/questions"))[1])
    assert len(asked["mainEntity"]) >= 15


def test_every_answer_names_its_article(sqlite_app):
    from incubator.policy.articles import ARTICLES
    from incubator.public.questions import all_questions

    assert all(q.article in ARTICLES and len(q.answer) > 10 for q in all_questions())
    assert finding.of_questions(all_questions())["mainEntity"][0]["name"].endswith("？")


@pytest.mark.parametrize("url", KEPT)
def test_anonymous_pages_may_be_kept_a_minute(sqlite_app, clock, url):
    client = sqlite_app.test_client()
    answer = client.get(url)
    assert answer.headers["Cache-Control"] in ("public, max-age=60", "max-age=60, public") and "Cookie" in answer.headers["Vary"]
    assert "Set-Cookie" not in answer.headers and "csrf" not in answer.get_data(as_text=True)
    again = client.get(url, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304 and not again.get_data()


def test_nothing_personal_is_kept(sqlite_app, clock, make_app):
    clock.set("2026-06-01 23:59:40")
    client = sqlite_app.test_client()
    assert client.get("/").cache_control.max_age == 20, "not past midnight"
    for url in ("/login", "/accounts/apply", "/public/objections", "/plaque/ABCD-EFGH-JKMN", "/register/1", "/healthz"):
        assert client.get(url).headers["Cache-Control"] == "no-store", url
    with sqlite_app.app_context():
        walk.province()
    page = client.get("/login").get_data(as_text=True)
    client.post("/login", data={"csrf_token": TOKEN.search(page)[1], "username": "sheng1", "password": PASSWORD})
    signed = client.get("/")
    assert signed.headers["Cache-Control"] == "no-store" and "进入系统" in signed.get_data(as_text=True)
    training = make_app(TRAINING=True)
    assert training.test_client().get("/").headers["Cache-Control"] == "no-store", "its day is moved by hand"
