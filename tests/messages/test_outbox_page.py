"""Who looks after the portal sees what was given up and what waits too long, and sends it again (§3.5.4)."""

import pytest
from sqlalchemy import select

from incubator.kernel import clock as portal_clock
from incubator.kernel import outbox, registry
from incubator.kernel.database import db, transaction
from incubator.kernel.ledger import Event
from incubator.kernel.outbox import BACKOFF_MINUTES, Outbox
from tests import walk
from tests.visitor import Visitor


@pytest.fixture
def post(sqlite_app, clock, monkeypatch):
    state = {"broken": True, "carried": 0}

    def carry(row):
        if state["broken"]:
            raise RuntimeError("the post is away")
        state["carried"] += 1

    monkeypatch.setitem(registry._topics, "test", carry)
    with sqlite_app.app_context():
        walk.person("xtgl", "系统管理员", ("sys_admin", None))
        with transaction():
            outbox.put("test", "test:1", {"n": 1})
    return state


def visitor(app):
    someone = Visitor(app)
    assert someone.sign_in("xtgl").status_code == 302
    return someone


def give_up(app, clock):
    with app.app_context():
        for minutes in BACKOFF_MINUTES:
            assert outbox.drain() == 0
            clock.forward(minutes=minutes, seconds=1)
        assert outbox.drain() == 0


def test_a_message_that_was_given_up_is_shown_and_sent_again(post, sqlite_app, clock):
    someone = visitor(sqlite_app)
    assert "没有发不出去的消息" in someone.get("/outbox").text
    give_up(sqlite_app, clock)
    someone = visitor(sqlite_app)
    page = someone.get("/outbox").text
    assert "RuntimeError: the post is away" in page and "重发" in page
    with sqlite_app.app_context():
        row_id = db.session.scalar(select(Outbox.id).where(Outbox.topic == "test"))
    post["broken"] = False
    for _ in range(2):
        assert someone.post(f"/outbox/{row_id}/resend", {"idem": "k"}).status_code == 302
    with sqlite_app.app_context():
        assert outbox.drain() == 1 and post["carried"] == 1
        event = db.session.scalar(select(Event).where(Event.kind == "message_resent"))
        assert event.facts["facts"] == {"outbox": row_id} and event.chain_id == "system"
    assert someone.post(f"/outbox/{row_id}/resend").status_code == 404, "what was carried out is not sent again"


def test_the_alarm_after_ten_minutes(post, sqlite_app, clock):
    someone, runner = visitor(sqlite_app), sqlite_app.test_cli_runner()
    clock.forward(minutes=10)
    assert someone.get("/readyz").get_json() == {"status": "ready", "messages": "ok"}
    assert runner.invoke(args=["outbox", "status"]).exit_code == 0
    clock.forward(seconds=1)
    assert someone.get("/readyz").get_json()["messages"] == "late"
    assert "有消息等了 10 分钟以上" in someone.get("/outbox").text
    told = runner.invoke(args=["outbox", "status"])
    assert told.exit_code == 1 and "oldest waits: 601 s" in told.output
    post["broken"] = False
    assert "carried out: 1" in runner.invoke(args=["outbox", "drain"]).output
    assert someone.get("/readyz").get_json()["messages"] == "ok"


def test_trying_again_does_not_make_it_younger(post, sqlite_app, clock):
    with sqlite_app.app_context():
        for _ in range(4):
            outbox.drain()
            clock.forward(minutes=6)
        assert outbox.oldest_undone().total_seconds() == 24 * 60


def test_what_is_to_come_later_does_not_wait_yet(sqlite_app, clock):
    with sqlite_app.app_context():
        assert outbox.oldest_undone() is None
        with transaction():
            outbox.put("test", "later", {}, not_before=portal_clock.now().replace(hour=23))
        assert outbox.oldest_undone() is None
