"""The province sets values and days by date; what has begun is never changed behind its back (第二十二条)."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from incubator.kernel import parameters
from incubator.kernel.database import db
from incubator.kernel.errors import Conflict, Denied, Invalid, NotVisible, Refused
from incubator.kernel.ledger import Event
from incubator.kernel.parameters import HolidayChange, ParameterValue
from incubator.offices import editions
from incubator.policy.parameters import SETTINGS
from tests import walk
from tests.filings import steps
from tests.promises.races import lost, race, won

REASON = "年中办件量大，适当放宽时限"


@pytest.fixture(autouse=True)
def _inside(app, clock):
    with app.app_context():
        walk.province()
        yield


def manager():
    return walk.actor("shengg")


def typed(value="12", from_on="2026-07-01", **more) -> dict:
    return {"value": value, "from_on": from_on, "reason": REASON, "document_no": "", **more}


def put(key="station_days", replaces=None, seen=None, actor=None, **fields) -> ParameterValue:
    rows = editions.rows_of(key)
    latest = rows[-1].id if rows else 0
    return editions.set_value(
        actor or manager(), key, typed(**fields), seen=latest if seen is None else seen, replaces=replaces)


def at(*days: str, key="station_days") -> list[int]:
    return [parameters.whole(key, date.fromisoformat(day)) for day in days]


# values -------------------------------------------------------------------------------------------


def test_a_value_holds_from_its_day_on_and_is_on_record():
    row = put()
    assert at("2026-06-30", "2026-07-01", "2027-01-01") == [10, 12, 12]
    assert (row.decided_by, row.reason, row.document_no) == (manager().person_id, REASON, None)
    event = db.session.scalar(select(Event).where(Event.kind == "parameter_set"))
    assert event.chain_id == "system" and event.person_id == manager().person_id
    assert event.facts["facts"] == {"parameter": row.id, "key": "station_days", "value": "12", "from_on": "2026-07-01", "replaces": None}
    assert REASON not in event.body, "typed text stays out of the record"


def test_a_value_may_begin_today():
    put(from_on="2026-06-01")
    assert at("2026-05-31", "2026-06-01") == [10, 12]


@pytest.mark.parametrize(("fields", "field", "words"), [
    ({"from_on": "2026-05-31"}, "from_on", "2026年5月31日已经过去"),
    ({"value": "0"}, "value", "1—60"), ({"value": "61"}, "value", "1—60"), ({"value": "10.5"}, "value", "整数"),
    ({"value": "10"}, "value", "本来就是 10"),
    ({"reason": "一二三四五六七八九"}, "reason", "至少 10 字"), ({"reason": ""}, "reason", "理由"),
    ({"value": ""}, "value", "新的值"), ({"from_on": "六月"}, "from_on", ""),
])
def test_what_is_refused(fields, field, words):
    with pytest.raises(Refused) as refused:
        put(**fields)
    assert refused.value.field == field and words in refused.value.reason and refused.value.way_out
    if not isinstance(refused.value, Invalid):
        assert refused.value.article == (SETTINGS["station_days"].article if words in ("1—60", "整数") else "22")
    assert db.session.scalar(select(func.count()).select_from(ParameterValue)) == 0


def test_the_reason_at_its_shortest_passes():
    assert put(reason="一二三四五六七八九十").id


@pytest.mark.parametrize("login", ["shengf", "sheng1"])
def test_only_the_business_administrator_sets(login):
    with pytest.raises(Denied):
        put(actor=walk.actor(login))
    with pytest.raises(Denied):
        editions.set_days(walk.actor(login), days())


def test_a_key_that_policy_does_not_know():
    with pytest.raises(NotVisible):
        put(key="secret_days")


def test_one_value_a_day():
    put()
    with pytest.raises(Refused, match="已经设过") as refused:
        put(value="15")
    assert "换掉" in refused.value.way_out
    put(value="15", from_on="2026-07-02")
    put(value="14", from_on="2026-06-01")
    with pytest.raises(Refused, match="已经设过") as refused:
        put(value="13", from_on="2026-06-01")
    assert refused.value.way_out == "从明天起改"
    assert at("2026-06-01", "2026-06-30", "2026-07-01", "2026-07-02") == [14, 14, 12, 15]


# what has not begun may be replaced ---------------------------------------------------------------


def test_a_coming_value_is_replaced_by_a_newer_row(clock):
    first = put()
    second = put(value="15", from_on="2026-08-01", replaces=first.id)
    assert second.replaces_id == first.id
    assert at("2026-07-01", "2026-07-31", "2026-08-01") == [10, 10, 15]
    third = put(value="20", from_on="2026-08-01", replaces=second.id)
    assert at("2026-08-01") == [20]
    assert [r.id for r in editions.rows_of("station_days")] == [first.id, second.id, third.id], "every row stays"
    clock.set("2026-09-01 09:00")
    assert at("2026-07-01", "2026-08-01") == [10, 20], "the same on any later day"


def test_a_coming_value_is_taken_back_by_the_present_one():
    first = put()
    put(value="10", from_on="2026-07-01", replaces=first.id)
    assert at("2026-07-01") == [10]


def test_what_has_begun_or_was_replaced_is_not_replaced(clock):
    first = put(from_on="2026-06-01")
    with pytest.raises(Refused, match="已经生效"):
        put(value="15", replaces=first.id)
    coming = put(value="15")
    put(value="16", replaces=coming.id)
    with pytest.raises(Refused, match="已经换过"):
        put(value="17", replaces=coming.id)
    other = put(key="correction_days", value="6", from_on="2026-07-01")
    with pytest.raises(Refused):
        put(value="17", from_on="2026-09-01", replaces=other.id)


@pytest.mark.parametrize("act", ["UPDATE parameter SET value = 1", "DELETE FROM parameter"])
def test_the_database_keeps_every_row(act):
    put()
    with pytest.raises(DatabaseError):
        db.session.execute(text(act))
    db.session.rollback()
    assert at("2026-07-01") == [12]


def test_an_old_page_changes_nothing():
    put()
    with pytest.raises(Conflict):
        put(value="15", from_on="2026-09-01", seen=0)


def test_two_administrators_at_once(app):
    who = manager()
    db.session.remove()
    acts = [lambda n=n: editions.set_value(who, "station_days", typed(str(20 + n)), seen=0) for n in range(4)]
    answers = race(app, *acts)
    assert len(won(answers)) == 1 and all(isinstance(a, Conflict) for a in lost(answers)), answers
    assert db.session.scalar(select(func.count()).select_from(ParameterValue)) == 1


# thresholds -----------------------------------------------------------------------------------------


def test_a_threshold_of_the_measures_needs_a_document():
    with pytest.raises(Refused) as refused:
        put(key="base:jobs", value="120")
    assert (refused.value.field, refused.value.article) == ("document_no", "5(4)")
    row = put(key="base:jobs", value="120", document_no="吉工信创业〔2026〕12号")
    assert row.document_no == "吉工信创业〔2026〕12号"


def test_a_case_is_judged_by_the_standards_of_its_day(app, clock):
    """Handed in before the change: the old threshold, whatever the day on which it is looked at."""
    from incubator.visits import queries as visits

    walk.open_round(2026, date(2026, 6, 1), date(2026, 6, 30))
    early = walk.submitted_case(walk.Unit("长春先交创业孵化基地", "220104", 31))
    put(key="base:mentors", value="12", document_no="吉工信创业〔2026〕12号", from_on="2026-06-02")
    clock.forward(days=1)
    late = walk.submitted_case(walk.Unit("长春后交创业孵化基地", "220104", 32))
    found = {}
    for name, case in (("early", early), ("late", late)):
        with app.app_context():
            from incubator.kernel.workflow import Case

            row = db.session.get(Case, case.id)
            found[name] = next(f for f in visits.findings_of(row) if f.key == "mentors")
    assert [found[n].required for n in ("early", "late")] == ["≥3 人", "≥12 人"]
    assert [found[n].conclusion for n in ("early", "late")] == ["PASS", "FAIL"]


def test_thresholds_are_asked_once_a_request(query_counter):
    put(key="base:jobs", value="120", document_no="吉工信创业〔2026〕12号")
    with query_counter() as queries:
        for _ in range(5):
            parameters.editions()
    assert queries.count == 1
    put(key="base:jobs", value="130", document_no="吉工信创业〔2026〕13号", from_on="2026-07-02")
    assert len(parameters.editions()) == 3, "what was set is not forgotten in the same request"


# days ----------------------------------------------------------------------------------------------


def days(first="2026-06-08", last="", works="no", name="停工", **more) -> dict:
    return {"first_on": first, "last_on": last, "works": works, "name": name, "reason": "全省停电检修，见专项通知", **more}


def test_days_become_holidays_and_are_on_record():
    change = editions.set_days(manager(), days(last="2026-06-10"))
    worked = [parameters.workday(date(2026, 6, n)) for n in range(5, 12)]
    assert worked == [True, False, False, False, False, False, True]
    assert (change.first_on, change.last_on, change.works, change.name) == (date(2026, 6, 8), date(2026, 6, 10), False, "停工")
    event = db.session.scalar(select(Event).where(Event.kind == "days_set"))
    assert event.chain_id == "system" and event.facts["facts"]["first"] == "2026-06-08"


def test_a_saturday_is_worked_and_becomes_free_again():
    saturday = date(2026, 6, 13)
    assert not parameters.workday(saturday)
    editions.set_days(manager(), days("2026-06-13", works="yes", name="调休"))
    assert parameters.workday(saturday)
    editions.set_days(manager(), days("2026-06-13", works="no", name="恢复"))
    assert not parameters.workday(saturday)
    assert [c.works for c in editions.day_changes()] == [False, True]
    parameters.seed_holidays()
    assert not parameters.workday(saturday)


@pytest.mark.parametrize(("fields", "field"), [
    ({"first": "2026-05-29"}, "first_on"), ({"first": "2026-06-10", "last": "2026-06-09"}, "last_on"),
    ({"last": "2026-07-09"}, "first_on"), ({"reason": "停电"}, "reason"), ({"name": ""}, "name"),
    ({"works": "maybe"}, "works"),
])
def test_days_that_are_refused(fields, field):
    with pytest.raises(Refused) as refused:
        editions.set_days(manager(), days(**fields))
    assert refused.value.field == field
    assert db.session.scalar(select(func.count()).select_from(HolidayChange)) == 0


def test_a_change_that_changes_nothing_is_refused():
    editions.set_days(manager(), days())
    with pytest.raises(Refused, match="本来就休息") as refused:
        editions.set_days(manager(), days())
    assert refused.value.field == "works"
    editions.set_days(manager(), days(name="停电"))


def test_due_dates_that_were_counted_stay():
    from incubator.obligations.commands import due_of

    case, _ = steps.submitted()
    assert due_of(case.id).due_on == date(2026, 6, 15)
    editions.set_days(manager(), days(last="2026-06-12"))
    assert due_of(case.id).due_on == date(2026, 6, 15)
    later, _ = steps.submitted(102)
    assert due_of(later.id).due_on == date(2026, 6, 23), "what is counted now takes the new days; the 19th is a holiday anyway"


@pytest.mark.parametrize("act", ["UPDATE holiday_change SET works = works", "DELETE FROM holiday_change"])
def test_changes_of_days_are_kept(act):
    editions.set_days(manager(), days())
    with pytest.raises(DatabaseError):
        db.session.execute(text(act))
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(HolidayChange)) == 1


# what the values do ----------------------------------------------------------------------------------


def test_a_notice_runs_as_long_as_the_province_has_set(clock):
    """AMB-20: the province may lengthen, not shorten."""
    from incubator.notices import queries as notices

    assert notices.prefill(1)["ends_on"] == "2026-06-08"
    put(key="notice_days", value="10", from_on="2026-06-01")
    assert notices.prefill(1)["ends_on"] == "2026-06-11"


def test_the_lines_of_a_day():
    put()
    put(value="15", from_on="2026-09-01")
    lines = editions.lines(date(2026, 6, 1))["station_days"], editions.lines(date(2026, 7, 1))["station_days"]
    assert [(x.value, x.since, [r.value for r in x.coming]) for x in lines] == [
        (Decimal(10), None, [Decimal(12), Decimal(15)]), (Decimal(12), date(2026, 7, 1), [Decimal(15)])]


