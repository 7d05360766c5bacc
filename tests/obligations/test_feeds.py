"""The calendar feed: behind a secret that is kept as a hash, renewed and withdrawn; lines as RFC 5545 wants them."""

import re

import pytest
from sqlalchemy import select, update

from incubator.kernel import security
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import NotVisible
from incubator.kernel.ledger import Event
from incubator.obligations import feeds
from incubator.obligations.commands import fulfil
from incubator.obligations.feeds import CalendarFeed
from incubator.obligations.models import Obligation
from incubator.offices.models import Membership, Person
from tests import walk
from tests.obligations.steps import UNIT, owe_report
from tests.visitor import Visitor


@pytest.fixture(autouse=True)
def _inside(app, clock):
    with app.app_context():
        yield


@pytest.fixture
def base(_inside):
    return walk.open_account(UNIT)[0]


def events(text: str) -> list[dict[str, str]]:
    """The feed read back by the rules: unfolded, parted at the first colon, text unescaped."""
    assert text.endswith("\r\n") and all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    lines = re.sub(r"\r\n[ \t]", "", text).split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR" and lines[-2] == "END:VCALENDAR" and "VERSION:2.0" in lines
    found, here = [], None
    for line in lines:
        if line == "BEGIN:VEVENT":
            here = {}
        elif line == "END:VEVENT":
            found.append(here)
            here = None
        elif here is not None:
            name, _, value = line.partition(":")
            here[name] = re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], value)
    return found


def test_deadlines_as_whole_days(base):
    admin = walk.actor(base.code)
    row = owe_report(base)
    [event] = events(feeds.calendar(admin))
    assert event["SUMMARY"] == "2026年第二季度季报" and event["UID"] == f"obligation-{row.id}@localhost"
    assert (event["DTSTART;VALUE=DATE"], event["DTEND;VALUE=DATE"]) == ("20260720", "20260721")
    assert event["DTSTAMP"] == "20260601T010000Z" and event["URL"].endswith(f"/obligations/{row.id}")
    with transaction():
        fulfil(Obligation.id == row.id, admin)
    assert events(feeds.calendar(admin)) == []


@pytest.mark.parametrize("title", ["短", "一" * 40, "季报，带, 逗号; 分号\\ 和\n换行", "a" * 76, "é" * 60, "𠮷" * 30])
def test_long_and_strange_titles_come_back_as_they_were(base, title):
    with transaction():
        owe_report(base).title = title
    [event] = events(feeds.calendar(walk.actor(base.code)))
    assert event["SUMMARY"] == title


def test_a_line_is_folded_at_seventy_five_octets():
    assert feeds.folded("a" * 75) == "a" * 75 + "\r\n"
    assert feeds.folded("a" * 76) == "a" * 75 + "\r\n a\r\n"
    assert feeds.folded("a" * 150) == "a" * 75 + "\r\n " + "a" * 74 + "\r\n a\r\n"
    assert feeds.folded("a" * 73 + "一") == "a" * 73 + "\r\n 一\r\n", "no character is cut"


def test_the_secret_is_kept_as_a_hash_and_can_be_renewed_and_withdrawn(base):
    admin = walk.actor(base.code)
    first = feeds.renew(admin)
    assert db.session.scalar(select(CalendarFeed.token_hash)) == security.digest(first) and len(first) >= 43
    assert feeds.of_secret(first).membership_id == admin.membership_id
    second = feeds.renew(admin)
    with pytest.raises(NotVisible):
        feeds.of_secret(first)
    assert feeds.of_secret(second).base_id == base.id and feeds.open_since(admin)
    feeds.withdraw(admin)
    feeds.withdraw(admin)
    with pytest.raises(NotVisible):
        feeds.of_secret(second)
    kinds = list(db.session.scalars(select(Event.kind).where(Event.kind.like("feed%")).order_by(Event.id)))
    assert kinds == ["feed_renewed", "feed_renewed", "feed_withdrawn"]
    assert not [e for e in db.session.scalars(select(Event.body)) if first in e or second in e]


@pytest.mark.parametrize("ended", ["membership", "person"])
def test_it_ends_with_whoever_it_was_made_for(base, ended, clock):
    admin = walk.actor(base.code)
    secret = feeds.renew(admin)
    with transaction():
        if ended == "person":
            db.session.execute(update(Person).where(Person.id == admin.person_id).values(disabled_at=clock.now()))
        else:
            db.session.execute(update(Membership).where(Membership.id == admin.membership_id).values(to_on=clock.today()))
    with pytest.raises(NotVisible):
        feeds.of_secret(secret)


def test_by_the_page_and_without_signing_in(base, app):
    owe_report(base)
    someone, nobody = Visitor(app), Visitor(app)
    someone.sign_in(base.code)
    page = someone.post("/deadlines/feed", {"do": "renew"}).text
    address = re.search(r"data-feed>http://localhost([^<]+)<", page)[1]
    assert address not in someone.get("/deadlines/feed").text, "shown once"
    answer = nobody.get(address)
    assert answer.status_code == 200 and answer.content_type == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store" and len(events(answer.get_data(as_text=True))) == 1
    assert nobody.get("/calendar/AAAA.ics").status_code == 404
    assert someone.post("/deadlines/feed", {"do": "withdraw"}).status_code == 302
    assert nobody.get(address).status_code == 404


def test_an_office_and_an_expert_have_their_own(base):
    walk.staff("220104")
    walk.request_account(walk.Unit("长春二道创业孵化基地", "220104", 18))
    county = events(feeds.calendar(walk.actor("x220104")))
    assert len(county) == 1 and county[0]["SUMMARY"].startswith("长春二道创业孵化基地")
    [expert] = walk.experts(["zj1"])
    assert events(feeds.calendar(expert)) == []
