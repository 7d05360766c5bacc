"""Reminders: on their days, once, by name to whoever owes and as a list to the offices; after silence superseded (A13-6, §3.5)."""

from datetime import date

import pytest
from sqlalchemy import delete, select, update

from incubator.kernel import outbox
from incubator.kernel.database import db, transaction
from incubator.kernel.outbox import Outbox
from incubator.kernel.parameters import ParameterValue
from incubator.messages.models import Letter
from incubator.obligations import reminders
from incubator.obligations.commands import fulfil
from incubator.obligations.models import Obligation
from incubator.obligations.reminders import Reminder
from incubator.offices.models import Person
from tests import walk
from tests.obligations.steps import UNIT, fresh, owe_report


@pytest.fixture(autouse=True)
def _inside(app, clock):
    with app.app_context():
        yield


@pytest.fixture
def base(_inside):
    walk.staff("220104")
    walk.province()
    base = walk.open_account(UNIT)[0]
    drain()
    return base


def drain() -> None:
    while outbox.drain():
        pass


def day(clock, moment: str) -> int:
    clock.set(f"{moment} 00:10")
    done = reminders.remind(clock.today())
    drain()
    return done


def letters(*logins) -> list[tuple[str, str]]:
    rows = db.session.execute(
        select(Person.login, Letter.subject).join(Letter, Letter.person_id == Person.id)
        .where(Letter.dedup_key.like("remind:%") | Letter.dedup_key.like("list:%")).order_by(Letter.id)
    )
    return [tuple(row) for row in rows if not logins or row.login in logins]


def became() -> dict[str, str]:
    return dict(db.session.execute(select(Reminder.step, Reminder.became)).all())


def test_each_on_its_day_and_each_once(base, clock):
    owe_report(base)
    heard = {}
    for moment in ("2026-07-09", "2026-07-10", "2026-07-11", "2026-07-17", "2026-07-19", "2026-07-20", "2026-07-21", "2026-07-22"):
        before = len(letters(base.code))
        day(clock, moment)
        assert day(clock, moment) == 0, "a second run finds nothing to do"
        heard[moment[5:]] = [subject for _, subject in letters(base.code)[before:]]
    title = "2026年第二季度季报"
    assert heard == {
        "07-09": [], "07-10": [f"还有 10 天到期：{title}"], "07-11": [], "07-17": [f"还有 3 天到期：{title}"],
        "07-19": [f"还有 1 天到期：{title}"], "07-20": [f"今天到期：{title}"], "07-21": [f"已逾期 1 天：{title}"], "07-22": [],
    }
    assert letters("x220104", "x220104f") == [("x220104", "1 项逾期没有办"), ("x220104f", "1 项逾期没有办")]


def test_words_name_base_what_day_and_place(base, clock):
    owed = owe_report(base)
    day(clock, "2026-07-20")
    day(clock, "2026-07-21")
    body, path, legal = db.session.execute(select(Letter.body, Letter.path, Letter.legal).where(Letter.subject.like("今天%"))).one()
    assert body.startswith(f"{base.name}：2026年第二季度季报今天到期，期限是2026年7月20日（周一）24:00 前。")
    assert body.count("。") == 2 and path == f"/obligations/{owed.id}" and legal, "day T can't be switched off"
    body, path, legal = db.session.execute(
        select(Letter.body, Letter.path, Letter.legal).where(Letter.dedup_key.like("list:%")).limit(1)).one()
    assert "季报和年报 1 项" in body and base.name not in body and path == "/obligations/owed" and not legal


def test_the_list_goes_up_as_it_stays_open(base, clock):
    owe_report(base)
    for moment in ("2026-07-21", "2026-07-28", "2026-08-04", "2026-08-30"):
        day(clock, moment)
    walk.staff("220104")
    heard = [login for login, subject in letters() if "逾期没有办" in subject]
    assert {*heard} == {"x220104", "x220104f", "s220100", "s220100f", "sheng1", "sheng2", "shengf", "shengf2", "shengg"}
    assert len(heard) == len(set(heard)), "each office once for the same deadline"


@pytest.mark.parametrize("back", ["2026-07-23", "2026-08-20"])
def test_after_silence_one_letter_and_the_rest_superseded(base, clock, back):
    owe_report(base)
    day(clock, "2026-07-10")
    assert len(reminders.differences(date.fromisoformat(back))) >= 5
    day(clock, back)
    assert [subject[:3] for _, subject in letters(base.code)] == ["还有 ", "已逾期"]
    told = became()
    assert {k: v for k, v in told.items() if k.startswith("debtor")} == {
        "debtor:-10": "said", "debtor:-3": "superseded", "debtor:-1": "superseded", "debtor:0": "superseded", "debtor:1": "said"}
    assert {v for k, v in told.items() if not k.startswith("debtor")} == {"listed"}
    assert reminders.differences(clock.today()) == []


def test_a_missed_day_itself_says_nothing(base, clock):
    owe_report(base)
    clock.set("2026-07-21 09:00")
    assert [reminders.remind(date(2026, 7, n)) for n in (10, 17, 20)] == [0, 0, 0]
    assert reminders.remind(date(2026, 7, 21)) > 0


def test_what_was_fulfilled_or_moved_is_not_said(base, clock):
    owed = owe_report(base)
    clock.set("2026-07-10 00:10")
    reminders.remind(clock.today())
    with transaction():
        fulfil(Obligation.id == owed.id, walk.actor(base.code))
    drain()
    assert letters(base.code) == []
    day(clock, "2026-07-21")
    assert letters() == []
    later = owe_report(base, date(2026, 8, 1), "2026Q1")
    clock.set("2026-07-22 00:10")
    reminders.remind(clock.today())
    with transaction():
        fresh(later).due_on = date(2026, 8, 5)
    drain()
    assert letters(base.code) == [], "the day was moved before the letter went out"
    day(clock, "2026-07-26")
    assert letters(base.code) == [(base.code, "还有 10 天到期：2026年第二季度季报")], "the new day has steps of its own"


def test_the_province_sets_the_days(base, clock):
    owe_report(base)
    with transaction():
        db.session.add(ParameterValue(key="remind_first", value=5, from_on=clock.today(), at=clock.now()))
    day(clock, "2026-07-14")
    assert letters() == []
    day(clock, "2026-07-15")
    assert letters() == [(base.code, "还有 5 天到期：2026年第二季度季报")]


def test_offices_get_a_number_for_what_they_owe(base, clock):
    walk.request_account(walk.Unit("长春二道创业孵化基地", "220104", 18))
    drain()
    day(clock, "2026-06-12")
    assert letters("x220104") == [("x220104", "本处 1 项到期或快到期")]
    day(clock, "2026-06-16")
    assert letters("s220100") == [] and letters("x220104")[-1][1] == "本处 1 项到期或快到期"
    day(clock, "2026-06-23")
    assert letters("s220100") == [("s220100", "1 项逾期没有办")]


def test_the_reconciliation_finds_what_was_lost(base, clock):
    owe_report(base)
    day(clock, "2026-07-10")
    assert reminders.differences(clock.today()) == []
    with transaction():
        db.session.execute(delete(Outbox).where(Outbox.topic == "reminder"))
    assert len(reminders.differences(clock.today())) == 1, "marked as said, but no message was ever stored"
    with transaction():
        db.session.execute(update(Obligation).values(due_on=date(2026, 7, 12)))
    assert len(reminders.differences(clock.today())) > 1
