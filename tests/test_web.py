"""What answers when something is wrong: pages in Chinese, without a trace, with what was typed, and who may call at all."""

from __future__ import annotations

import contextlib
import logging
import re
import sqlite3
import time
from pathlib import Path

import pytest
from flask import Blueprint
from sqlalchemy import select, text

from incubator import create_app, web
from incubator.kernel import routing
from incubator.kernel.database import db
from incubator.kernel.errors import Conflict, TooMany
from incubator.offices.models import AccessLog
from incubator.policy.permissions import ROLES
from tests import walk
from tests.conftest import OnPostgres
from tests.visitor import TOKEN, Visitor

TRACE = re.compile(r"Traceback|File \"|\.py\b|sqlalchemy|psycopg|sqlite3|werkzeug", re.IGNORECASE)
TYPED = "只有我写得出的一句话"
PATIENCE = 5.0  # P22


def chinese(answer) -> str:
    text = answer.get_data(as_text=True)
    assert 'lang="zh-CN"' in text and not TRACE.search(text), text[:600]
    return text


@pytest.fixture
def county(app, clock) -> Visitor:
    with app.app_context():
        walk.staff("220104")
    visitor = Visitor(app)
    visitor.sign_in("x220104")
    return visitor


@pytest.fixture
def thrown(app, monkeypatch):
    """thrown(error): the next pages of /search raise it."""
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)

    def put(error) -> None:
        def view():
            raise error

        monkeypatch.setitem(app.view_functions, "cases.search", view)

    return put


def test_an_unknown_address_and_a_row_out_of_sight_look_alike(app, county):
    nowhere, unseen = county.get("/nirgends"), county.get("/cases/4711")
    assert nowhere.status_code == unseen.status_code == 404
    strip = re.compile(r"class=\"code\">[0-9a-f]+|content=\"[^\"]+\"|value=\"[^\"]+\"| aria-current=\"page\"")
    assert strip.sub("", chinese(nowhere)) == strip.sub("", chinese(unseen))
    assert Visitor(app).get("/nirgends").status_code == 404


def test_a_wrong_method_names_the_right_ones(app, county):
    answer = county.client.open("/work", method="DELETE", headers={"Referer": "http://localhost/"})
    assert answer.status_code in (400, 405)
    answer = county.post("/work")
    assert answer.status_code == 405 and {"GET", "HEAD"} <= set(answer.headers["Allow"].split(", "))
    chinese(answer)


def test_too_large_a_request_is_413_and_says_what_fits(make_app, both_db, clock):
    app = make_app(on=both_db, MAX_CONTENT_LENGTH=20_000)
    with app.app_context():
        walk.staff("220104")
    visitor = Visitor(app)
    visitor.sign_in("x220104")
    fits = visitor.post("/cases/1/act/return", {"text": "字" * 2000})
    assert fits.status_code == 404
    answer = visitor.post("/cases/1/act/return", {"text": "字" * 10_000})
    assert answer.status_code == 413 and "文件太大" in chinese(answer) and "20&nbsp;MB" in answer.text


def test_a_fault_shows_a_number_and_no_trace(app, county, thrown, caplog):
    """What was typed stays out of the page and of the log; the number leads from one to the other."""
    thrown(RuntimeError("inner words"))
    with caplog.at_level(logging.DEBUG):
        answer = county.get(f"/search?q={TYPED}")
    text = chinese(answer)
    assert answer.status_code == 500 and "inner words" not in text and TYPED not in text
    number = re.search(r'class="code">([0-9a-f]{12})<', text)[1]
    log = "\n".join(logging.Formatter().format(record) for record in caplog.records)
    assert "RuntimeError: inner words" in log, "whoever runs it finds the fault"
    assert TYPED not in log and "%E5%8F%AA" not in log
    assert f"[{number}] Exception on /search" in log


def test_what_the_database_was_given_stays_out_of_the_log(app, county, monkeypatch, caplog):
    """A statement that fails brings its parameters along in the error; they may be names and telephones."""
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)

    def view():
        db.session.execute(text("SELECT missing FROM person WHERE name = :name"), {"name": TYPED})

    monkeypatch.setitem(app.view_functions, "bases.register", view)
    with caplog.at_level(logging.DEBUG, logger="incubator"):
        answer = county.get("/bases")
    assert answer.status_code in (500, 503) and TYPED not in answer.text
    log = "\n".join(logging.Formatter().format(record) for record in caplog.records)
    assert TYPED not in log
    if answer.status_code == 500:
        assert "SELECT missing FROM person" in log


def test_what_was_typed_stands_on_the_page_of_a_conflict(app, county, thrown, monkeypatch):
    def act(**_):
        raise Conflict("该事项已由另一个人处理")

    monkeypatch.setitem(app.view_functions, "cases.act", act)
    answer = county.post("/cases/1/act/return", {"text": TYPED, "doc_no": "长工信发〔2026〕15号", "password": "geheim"})
    text = chinese(answer)
    assert answer.status_code == 409 and "该事项已由另一个人处理" in text
    assert TYPED in text and "长工信发〔2026〕15号" in text and "geheim" not in text and county.token not in text.split('class="kept"')[1]


def test_too_many_tries_say_when_to_come_back(county, thrown):
    thrown(TooMany(10))
    answer = county.get("/search")
    assert answer.status_code == 429 and answer.headers["Retry-After"] == "600" and "10" in chinese(answer)


def test_a_foreign_host_is_turned_away(app, clock):
    for host in ("evil.example", "localhost.evil.example", "localhost@evil.example"):
        answer = app.test_client().get("/login", headers={"Host": host})
        assert answer.status_code == 400 and "evil" not in answer.text and "主机名" in answer.text, host
    assert app.test_client().get("/login", headers={"Host": "localhost"}).status_code == 200


def test_a_form_without_its_token_is_refused_and_kept(county):
    answer = county.client.post("/cases/1/act/return", data={"text": TYPED}, base_url="http://localhost")
    assert answer.status_code == 400 and TYPED in chinese(answer)


def test_scripts_get_json(app, county, thrown):
    """A fetch call names itself by the token in its head; each refusal is an object with an error."""
    head = {"X-CSRFToken": county.token, "Referer": "http://localhost/"}
    assert county.get("/nirgends", headers=head).get_json() == {"error": "404"}
    for error, status in ((Conflict("先到的人", {"area": "1"}, {"area": "2"}), 409), (TooMany(3), 429), (RuntimeError("x"), 500)):
        thrown(error)
        answer = county.get("/search", headers=head)
        assert answer.status_code == status and answer.is_json and answer.get_json()["error"], status
    thrown(Conflict("先到的人", {"area": "1"}, {"area": "2"}))
    assert county.get("/search", headers=head).get_json()["conflicts"] == [{"field": "area", "yours": "1", "theirs": "2"}]
    gone = Visitor(app)
    answer = gone.get("/work", headers={"X-CSRFToken": gone.token})
    assert answer.status_code == 401 and answer.get_json()["sign_in"] == "/login"


def test_nobody_has_more_than_seven_words(app):
    with app.test_request_context("/work"):
        from incubator.kernel.access import Actor

        for role in ROLES.values():
            words = web._nav(Actor(role=role.key, person_id=1, office_id=1))
            assert len(words) <= 7, role.key
            assert len({w["label"] for w in words}) == len(words)
            assert all(2 <= len(w["label"]) <= 4 for w in words)


def test_a_route_without_a_permission_does_not_start(sqlite_app, monkeypatch):
    bp = Blueprint("stray", __name__)
    bp.add_url_rule("/stray", "stray", lambda: "open")
    monkeypatch.setattr(web, "install", _also(bp, web.install))
    with pytest.raises(RuntimeError, match=r"without a permission: stray\.stray GET"):
        create_app(sqlite_app.config["PORTAL"])


def _also(blueprint, install):
    def both(app):
        install(app)
        app.register_blueprint(blueprint)

    return both


def test_a_permission_that_is_taken_away_is_noticed_at_once(app, county, monkeypatch):
    """Deny by default while it runs: a route that lost its declaration answers 403, and the log says so."""
    assert county.get("/work").status_code == 200
    monkeypatch.delitem(routing._declared, ("cases.worklist", "GET"))
    assert county.get("/work").status_code == 403
    with app.app_context():
        assert db.session.scalars(select(AccessLog.what).where(AccessLog.kind == "denied")).all()[-1].startswith("GET /work")


# ------------------------------------------------------------------------ the database is away

PAGES = ("/", "/register", "/login", "/work", "/cases/1", "/readyz")


def away(client) -> None:
    """Every page says so in five seconds, in Chinese, with when to come back; the process lives.

    The browser brings a cookie: who it is stands in the database.
    """
    client.set_cookie(client.application.config["PORTAL"].SESSION_COOKIE_NAME, "somebody")
    for url in PAGES:
        began = time.monotonic()
        answer = client.get(url, base_url="http://localhost")
        assert answer.status_code == 503, f"{url}: {answer.status_code}"
        assert time.monotonic() - began < PATIENCE, url
        assert int(answer.headers["Retry-After"]) > 0 and "系统正在维护" in chinese(answer)
    assert client.get("/healthz").get_json() == {"status": "ok"}


def test_postgresql_goes_and_comes_back(pg_app, clock, postgres, tmp_path, worker):
    """Cut off in the middle: 503; the first request after its return is answered, without a restart."""
    name = f"comes_and_goes_{worker}"
    postgres.restore(name, OnPostgres.TEMPLATE)
    portal = pg_app.config["PORTAL"]
    app = create_app(type(portal).testing(tmp_path, postgres.url(name)))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.app_context():
        walk.staff("220104")
    visitor = Visitor(app)
    visitor.sign_in("x220104")
    known = visitor.cookie
    assert visitor.get("/work").status_code == visitor.get("/readyz").status_code == 200
    postgres.drop(name)  # ends its connections too
    away(visitor.client)
    postgres.restore(name, OnPostgres.TEMPLATE)
    back = visitor.with_cookie(known)
    assert back.get("/readyz").status_code == 200 and back.get("/register").status_code == 200
    with app.app_context():
        db.engine.dispose()
    postgres.drop(name)


def test_a_port_where_nobody_listens(make_app, clock):
    app = make_app(on="postgresql", DATABASE_URL="postgresql+psycopg://portal@127.0.0.1:1/portal")
    app.config["PROPAGATE_EXCEPTIONS"] = False
    away(app.test_client())


def test_the_file_of_sqlite_goes_and_comes_back(sqlite_app, clock):
    app = create_app(sqlite_app.config["PORTAL"])
    app.config["PROPAGATE_EXCEPTIONS"] = False
    client = app.test_client()
    assert client.get("/readyz").status_code == 200
    with app.app_context():
        place = db.engine.url.database
        db.engine.dispose()
    kept = Path(place).with_name("kept.sqlite3")
    with contextlib.closing(sqlite3.connect(place)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    Path(place).rename(kept)
    Path(place).mkdir()
    try:
        away(client)
    finally:
        Path(place).rmdir()
        kept.rename(place)
    assert client.get("/readyz").status_code == 200 and client.get("/register").status_code == 200


@pytest.mark.slow
def test_a_locked_file_of_sqlite_answers_in_five_seconds(sqlite_app, clock):
    """Reading goes on; who wants to write is told when to come back, and nothing is half written."""
    sqlite_app.config["PROPAGATE_EXCEPTIONS"] = False
    with sqlite_app.app_context():
        walk.staff("220104")
        place = db.engine.url.database
    visitor = Visitor(sqlite_app)
    with contextlib.closing(sqlite3.connect(place, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert visitor.get("/register").status_code == 200
        began = time.monotonic()
        answer = visitor.sign_in("x220104")
        took = time.monotonic() - began
        assert answer.status_code == 503 and took < PATIENCE, f"{answer.status_code} after {took:.1f} s"
        assert answer.headers["Retry-After"] and "系统正在维护" in chinese(answer)
        other.execute("ROLLBACK")
    assert visitor.sign_in("x220104").status_code == 302
    sqlite_app.config["PROPAGATE_EXCEPTIONS"] = None


def test_a_form_token_is_given_to_everybody(client):
    assert TOKEN.search(client.get("/login").text)
