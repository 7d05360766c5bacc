"""T55 with its twins: a notice runs one week, all or none are published, and its end comes by itself (A8-4, AMB-20)."""

from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from incubator.kernel import ledger
from incubator.kernel.database import db
from incubator.kernel.errors import Conflict, Denied, Invalid, Refused
from incubator.kernel.parameters import Holiday
from incubator.notices import commands, queries
from incubator.notices.models import Notice, NoticeItem
from incubator.obligations.commands import due_of, tick
from tests import walk
from tests.notices import steps


@pytest.fixture
def inside(app, clock):
    clock.set("2024-11-04 09:30")
    with app.app_context():
        yield app


def refused(cases, actor=None, **changes) -> Invalid:
    with pytest.raises(Invalid) as caught:
        commands.publish_notice(actor or steps.clerk(), steps.versions(cases), steps.typed(**changes))
    assert steps.count(Notice) == 0
    assert all(steps.now(case).state == "proposed" for case in cases), "nothing was written"
    return caught.value


def test_t55_a_week_from_monday_to_monday(inside, clock):
    cases = steps.proposed(2)
    notice = steps.published(cases)
    assert (notice.starts_on, notice.ends_on) == (date(2024, 11, 4), date(2024, 11, 11))
    assert [item.base_name for item in notice.items] == list(steps.NAMES[:2])
    assert [item.region_name for item in notice.items] == ["长春市朝阳区", "延边朝鲜族自治州延吉市"]
    assert all(steps.now(case).state == "on_notice" for case in cases)

    clock.set("2024-11-11 23:59:59")
    assert tick()["notices"] == 0
    clock.set("2024-11-12 00:00:01")
    assert tick()["notices"] == 2
    assert tick()["notices"] == 0, "a second run finds nothing to do"
    for case in cases:
        assert steps.now(case).state == "to_decide" and due_of(case.id).article == "8"
        last = db.session.scalar(select(ledger.Event).where(ledger.Event.case_id == case.id).order_by(ledger.Event.id.desc()))
        assert last.kind == "notice_ended" and last.facts["who"]["rule"] == "AMB-20"


def test_the_tick_may_come_a_week_late(inside, clock):
    cases = steps.proposed()
    steps.published(cases)
    clock.set("2024-11-20 08:00")
    assert commands.end_notices(date(2024, 11, 11)) == 0
    assert commands.end_notices(date(2024, 11, 20)) == 1
    assert steps.now(cases[0]).state == "to_decide"


def test_a_shorter_notice_is_refused_with_article_and_day(inside):
    cases = steps.proposed()
    short = refused(cases, ends="2024-11-10")
    problem = next(p for p in short.problems if p.field == "ends_on")
    assert problem.article == "8"
    assert problem.message == "不能发布公示：2024年11月4日起公示1周，截止日不能早于2024年11月11日"
    assert problem.way_out == "可以把截止日改为2024年11月11日或以后"
    assert steps.published(cases).ends_on == date(2024, 11, 11)


def test_the_last_day_is_a_working_day(inside):
    db.session.add(Holiday(day=date(2024, 11, 11), works=False, name="示例假日"))
    db.session.commit()
    cases = steps.proposed()
    with_saturday = refused(cases, ends="2024-11-16")
    assert with_saturday.problems[0].message == "不能发布公示：截止日2024年11月16日不是工作日"
    rolled = refused(cases)
    assert rolled.problems[0].way_out == "可以把截止日改为2024年11月12日或以后", "the holiday table decides"
    assert queries.prefill(1)["ends_on"] == "2024-11-12"
    assert steps.published(cases, ends="2024-11-12").ends_on == date(2024, 11, 12)


def test_a_notice_may_be_longer_and_may_not_begin_in_the_past(inside):
    cases = steps.proposed()
    past = refused(cases, starts="2024-11-01")
    assert (past.problems[0].field, past.problems[0].article) == ("starts_on", "8")
    assert past.problems[0].message.startswith("起始日不能早于今天")
    assert steps.published(cases, ends="2024-11-25").ends_on == date(2024, 11, 25)


def test_all_or_none(inside):
    """One case that somebody acted on meanwhile, or that is no longer 拟认定, holds back the whole notice."""
    first, second = steps.proposed(2)
    seen = steps.versions([first, second])
    with pytest.raises(Conflict):
        commands.publish_notice(steps.clerk(), {**seen, second.id: seen[second.id] - 1}, steps.typed())
    assert steps.count(Notice) == 0 and steps.now(first).state == "proposed"
    steps.published([second])
    with pytest.raises(Refused) as caught:
        commands.publish_notice(steps.clerk(), steps.versions([first, second]), steps.typed())
    assert caught.value.article == "8" and "延吉海兰创业孵化基地" in caught.value.reason
    assert steps.now(first).state == "proposed" and steps.count(NoticeItem) == 1
    with pytest.raises(Refused, match="还没有选"):
        commands.publish_notice(steps.clerk(), {}, steps.typed())


def test_only_the_desk_of_the_province_publishes(inside):
    cases = steps.proposed()
    for who in (walk.actor("x220104"), walk.province()["manager"]):
        with pytest.raises(Denied):
            commands.publish_notice(who, steps.versions(cases), steps.typed())
    assert steps.published(cases).id


def _notice_row(starts: str, ends: str, number: str) -> str:
    return (
        "INSERT INTO notice (number, title, body, starts_on, ends_on, contact_unit, contact_phone, contact_address,"
        f" published_at, published_by) SELECT '{number}', 't', 'b', '{starts}', '{ends}', 'u', 'p', 'a',"
        " published_at, published_by FROM notice LIMIT 1"
    )


@pytest.mark.parametrize(
    ("starts", "early", "right"),
    [
        ("2024-11-04", "2024-11-10", "2024-11-11"),
        ("2024-02-26", "2024-03-03", "2024-03-04"),  # over the 29th
        ("2023-02-26", "2023-03-04", "2023-03-05"),
        ("2024-12-28", "2025-01-03", "2025-01-04"),
    ],
)
def test_the_database_knows_the_week(inside, starts, early, right):
    """AMB-20 by raw SQL, over months, leap days and years; the twin stands."""
    steps.published(steps.proposed())
    db.session.commit()
    with pytest.raises(DBAPIError, match="one_week"), db.engine.begin() as connection:
        connection.execute(text(_notice_row(starts, early, "x-1")))
    with db.engine.begin() as connection:
        connection.execute(text(_notice_row(starts, right, "x-2")))
    assert steps.count(Notice) == 2


def test_the_database_keeps_what_was_published(inside):
    steps.published(steps.proposed())
    db.session.commit()
    for statement in ("UPDATE notice SET title = 'x'", "DELETE FROM notice_item", "UPDATE notice_item SET base_name = 'x'"):
        with pytest.raises(DBAPIError, match="append-only"), db.engine.begin() as connection:
            connection.execute(text(statement))
    with db.engine.begin() as connection:
        connection.execute(text(_notice_row("2024-11-04", "2024-11-11", "x-1")))
    names = "case_id, base_id, base_name, operator_name, investor_name, region_name, level"
    again = f"INSERT INTO notice_item (notice_id, {names}) SELECT (SELECT max(id) FROM notice), {names} FROM notice_item"
    with pytest.raises(DBAPIError, match=r"uq_notice_item_open|notice_item\.case_id"), db.engine.begin() as connection:
        connection.execute(text(again))  # one present notice a case
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE notice_item SET closed_at = (SELECT max(published_at) FROM notice)"))
        connection.execute(text(again))


def test_the_investor_as_published(inside):
    case = steps.proposed()[0]
    base = db.session.get(walk.Base, case.base_id)
    assert queries.investor_as_published(base) == base.investor_name
    base.investor_name = base.operator_name
    assert queries.investor_as_published(base) == "同运营机构"
    base.investor_name, base.profile = "李示例", '{"investor_type": "individual"}'
    assert queries.investor_as_published(base) == "李××（个人）"
