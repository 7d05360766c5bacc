"""Letters that leave the portal: by the channel that a person chose, once, with every attempt on record (§3.5.3)."""

import json

import pytest
from sqlalchemy import select

from incubator.bases.models import Base
from incubator.kernel import outbox
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Refused
from incubator.kernel.ledger import Event
from incubator.kernel.outbox import LEASE, Outbox
from incubator.messages import channels, commands, posting
from incubator.messages.models import Contact, Delivery, DeliveryAttempt, Letter
from incubator.obligations import urgings
from incubator.offices.models import Person
from tests import walk
from tests.messages.post import Gateway, MailServer
from tests.obligations.steps import UNIT, WORDS, owe_report
from tests.visitor import Visitor

ADDRESS = "liu@example.cn"


@pytest.fixture
def mail():
    server = MailServer()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def gateway():
    server = Gateway()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def portal(make_app, mail, gateway, clock, both_db, monkeypatch):
    monkeypatch.setattr(channels, "ANSWER", 0.4)
    app = make_app(on=both_db, SMTP_HOST="127.0.0.1", SMTP_PORT=mail.port, SMTP_TLS="none", SMTP_SENDER="portal@example.cn",
                   SMS_URL=gateway.url, SMS_TOKEN="secret")
    with app.app_context():
        yield app


@pytest.fixture
def who(portal, mail, gateway):
    """Somebody with a telephone, who gave an address; what was told on the way here is forgotten."""
    _, admin = walk.open_account(UNIT)
    drain()
    mail.letters.clear()
    gateway.taken.clear()
    gateway.calls.clear()
    choose(admin)
    return admin


def choose(who, mail="each", text="legal", address=ADDRESS):
    posting.choose(who, address=address, mail=mail, text=text)


def write(who, n: int = 1, *, legal: bool = False, subject: str = "退回补正") -> None:
    with transaction():
        commands.send(select(Person.id).where(Person.id == who.person_id), f"test:{n}", subject, "材料要补。到 6月8日。", None,
                      "/obligations/7", legal=legal)


def drain() -> int:
    done = 0
    while some := outbox.drain():
        done += some
    return done


def text_of(letter) -> str:
    return letter.get_content().replace("\r\n", "\n")


def attempts() -> list[tuple[str, str]]:
    query = (
        select(DeliveryAttempt.result, DeliveryAttempt.provider_id).join(Delivery, Delivery.id == DeliveryAttempt.delivery_id)
        .join(Letter, Letter.id == Delivery.letter_id).where(Letter.dedup_key.like("test:%")).order_by(DeliveryAttempt.id)
    )
    return [tuple(row) for row in db.session.execute(query)]


def undone() -> list[str]:
    return list(db.session.scalars(select(Outbox.dedup_key).where(Outbox.done_at.is_(None)).order_by(Outbox.id)))


def test_an_email_really_arrives_and_says_where_it_leads(who, mail, gateway):
    write(who, subject="退回\r\nBcc: other@example.cn")
    assert drain() == 1 and gateway.calls == []
    [letter] = mail.letters
    assert letter["To"] == ADDRESS and letter["From"] == "portal@example.cn" and letter["Bcc"] is None
    assert letter["Subject"] == "退回 Bcc: other@example.cn", "no header can be smuggled in"
    assert text_of(letter) == "材料要补。到 6月8日。\nhttp://localhost/obligations/7\n"
    assert attempts() == [("sent", letter["Message-ID"])] and drain() == 0


def test_no_address_and_no_words_wait_in_the_outbox(who):
    write(who, legal=True)
    stored = json.dumps([[r.dedup_key, r.payload] for r in db.session.scalars(select(Outbox).where(Outbox.topic == "post"))])
    phone = db.session.get(Person, who.person_id).phone
    assert stored.count("post:") >= 2 and ADDRESS not in stored and phone not in stored and "材料" not in stored
    drain()
    kept = " ".join(f"{d.message} {d.provider_id}" for d in db.session.scalars(select(Delivery)))
    assert kept.count("post:") >= 2
    assert ADDRESS not in kept and phone not in kept


@pytest.mark.parametrize(("chosen_mail", "chosen_text", "legal", "ways"), [
    ("each", "legal", False, {"mail"}), ("each", "each", False, {"mail", "text"}), ("daily", "legal", False, set()),
    ("legal", "legal", False, set()), ("legal", "legal", True, {"mail", "text"}), ("daily", "legal", True, {"mail", "text"}),
])
def test_the_person_chooses_and_legal_notices_go_out_whatever_was_chosen(who, mail, gateway, chosen_mail, chosen_text, legal, ways):
    choose(who, chosen_mail, chosen_text)
    write(who, legal=legal)
    drain()
    assert {name for name, got in (("mail", mail.letters), ("text", gateway.taken)) if got} == ways


def test_an_urging_reaches_whoever_wants_legal_notices_only(who, mail, gateway):
    """第十六条（二）4 rests on it: it goes out by mail and text, names base, period and day, and leads to the deadline."""
    choose(who, "legal", "legal")
    base = db.session.get(Base, who.base_id)
    owed = owe_report(base)
    urgings.urge(walk.actor("x220104"), [owed.id], means="phone", text=WORDS)
    drain()
    [letter] = mail.letters
    told = text_of(letter)
    assert f"{base.name}的2026年第二季度季报，期限是2026年7月20日（周一）24:00 前。" in told
    assert told.endswith(f"\n“{WORDS}”\nhttp://localhost/obligations/{owed.id}\n")
    [(_, said)] = gateway.taken.values()
    assert base.name in said["text"] and f"/obligations/{owed.id}" in said["text"]


def test_without_an_address_nothing_goes_out_by_mail(who, mail):
    choose(who, address="")
    write(who, legal=True)
    drain()
    assert mail.letters == []


@pytest.mark.parametrize("wrong", ["liu", "liu@example", "a b@example.cn", "liu@example.cn\nBcc: x@y.cn", "x" * 120 + "@example.cn"])
def test_an_address_that_is_none(who, wrong):
    with pytest.raises(Refused, match="电子邮箱写得不对") as refused:
        choose(who, address=wrong)
    assert (refused.value.article, refused.value.field) == ("13", "address")


def test_a_server_that_refuses_is_asked_again_and_names_nobody(who, mail, clock):
    mail.answers = "full"
    write(who)
    assert drain() == 0 and attempts() == [("refused", "")]
    [row] = db.session.scalars(select(Outbox).where(Outbox.done_at.is_(None)))
    assert row.last_error == "Undelivered: SMTP 452", "what the server said may name people"
    mail.answers = "ok"
    assert drain() == 0, "not before a minute"
    clock.forward(seconds=61)
    assert drain() == 1 and len(mail.letters) == 1 and [a for a, _ in attempts()] == ["refused", "sent"]


def test_a_silent_mail_server_costs_the_patience_only(who, mail, clock):
    mail.answers = "silence"
    write(who)
    assert drain() == 0 and attempts() == [("unknown", "")]
    mail.answers = "ok"
    clock.forward(seconds=61)
    assert drain() == 1
    assert len({letter["Message-ID"] for letter in mail.letters}) == 1, "a second one can be told by its number"


def test_the_gateway_that_fails_and_then_takes(who, gateway, clock):
    choose(who, "legal", "each", "")
    gateway.answers = "broken"
    write(who)
    assert drain() == 0 and attempts() == [("failed", "")]
    gateway.answers = "ok"
    clock.forward(seconds=61)
    assert drain() == 1 and [a for a, _ in attempts()] == ["failed", "sent"]
    [(number, said)] = gateway.taken.values()
    assert said["to"] == db.session.get(Person, who.person_id).phone and "http://localhost/obligations/7" in said["text"]
    assert db.session.scalar(select(Delivery.provider_id).order_by(Delivery.id.desc())) == number


def test_taken_but_nobody_heard_is_asked_about_before_it_is_sent_again(who, gateway, clock):
    choose(who, "legal", "each", "")
    gateway.answers = "silence"
    write(who)
    assert drain() == 0 and attempts() == [("unknown", "")]
    clock.forward(seconds=61)
    assert drain() == 1
    assert [verb for verb, _ in gateway.calls] == ["POST", "GET"] and len(gateway.taken) == 1
    assert attempts()[-1] == ("known", "m1")


def test_killed_between_call_and_answer(who, gateway, clock, monkeypatch):
    """The attempt is on record without a result; the next worker asks the provider by the key, and sends nothing twice."""
    choose(who, "legal", "each", "")
    write(who)
    real = channels.TextMessage.send

    class Killed(BaseException):
        pass

    def dies(self, *args):
        real(self, *args)
        raise Killed

    monkeypatch.setattr(channels.TextMessage, "send", dies)
    with pytest.raises(Killed):
        outbox.drain()
    db.session.remove()
    assert attempts() == [("", "")] and len(undone()) == 1
    monkeypatch.setattr(channels.TextMessage, "send", real)
    assert drain() == 0, "the lease of the one who died still runs"
    clock.forward(seconds=LEASE.total_seconds() + 1)
    assert drain() == 1 and attempts() == [("", ""), ("known", "m1")] and [v for v, _ in gateway.calls] == ["POST", "GET"]


def test_a_key_that_the_provider_has_is_no_second_message(who, gateway, clock):
    choose(who, "legal", "each", "")
    write(who)
    key = next(key for key in undone() if key.startswith("post:"))
    gateway.taken[key] = ("m9", {})
    assert drain() == 1 and attempts() == [("sent", "m9")]


def test_one_email_a_day_for_those_who_want_it_so(who, mail, clock):
    choose(who, "daily")
    for n in (1, 2):
        write(who, n, subject=f"消息{n}")
    drain()
    assert mail.letters == []
    clock.forward(days=5)
    assert posting.collect(clock.today()) == 1 and posting.collect(clock.today()) == 0
    drain()
    [letter] = mail.letters
    assert "1. 消息1\n2. 消息2" in text_of(letter) and "/messages" in text_of(letter)
    clock.forward(days=1)
    assert posting.collect(clock.today()) == 0, "nothing came since"


def test_the_page_keeps_the_choice_and_the_record_no_address(portal, who):
    login = db.session.get(Person, who.person_id).login
    someone = Visitor(portal)
    someone.sign_in(login)
    page = someone.post("/account/notices", {"address": "wang", "mail": "daily", "text": "each"})
    assert page.status_code == 422 and 'value="wang"' in page.text and "写成 name@example.cn" in page.text
    assert someone.post("/account/notices", {"address": "wang@example.cn", "mail": "daily", "text": "each"}).status_code == 302
    row = db.session.get(Contact, who.person_id, populate_existing=True)
    assert (row.address, row.mail, row.text) == ("wang@example.cn", "daily", "each")
    event = db.session.scalars(select(Event).where(Event.kind == "contact_changed").order_by(Event.id.desc())).first()
    assert event.facts["facts"] == {"person": who.person_id, "fields": ["address", "mail", "text"]}
    raw = db.session.connection().exec_driver_sql("SELECT address FROM contact").scalar()
    assert "wang" not in raw, "sealed at rest"


def test_off_while_nothing_is_set_up(sqlite_app, clock):
    with sqlite_app.app_context():
        _, admin = walk.open_account(UNIT)
        choose(admin)
        write(admin, legal=True)
        assert undone() and not [key for key in undone() if key.startswith("post:")]
