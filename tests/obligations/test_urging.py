"""催报: recorded for ever with means, words and who; by the office it lies under; a letter to whoever owes (A13-6, AMB-17)."""

from datetime import date

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError

from incubator.bases.models import Base
from incubator.cases import relocations
from incubator.kernel import access, ledger, outbox
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Denied, NotVisible, Refused
from incubator.messages.models import Letter
from incubator.obligations import queries, urgings
from incubator.obligations.commands import fulfil, open_obligation
from incubator.obligations.models import Obligation, Urging
from incubator.offices.models import Person
from tests import walk
from tests.obligations.steps import UNIT, WORDS, owe_report

ALL = queries.Asked(late=False)


@pytest.fixture(autouse=True)
def _inside(app, clock):
    with app.app_context():
        yield


@pytest.fixture
def base(_inside):
    walk.staff("220104")
    walk.staff("220102")
    walk.province()
    return walk.open_account(UNIT)[0]


def test_one_urging_is_kept_with_its_words_event_and_letter(base, clock):
    owed = owe_report(base)
    clock.set("2026-07-22 10:00")
    county = walk.actor("x220104")
    [urging] = urgings.urge(county, [owed.id], means="phone", text=f"  {WORDS} ")
    assert (urging.means, urging.text, urging.by_person_id, urging.office_id) == ("phone", WORDS, county.person_id, county.office_id)
    assert urging.due_on == date(2026, 7, 20) and clock.today() == date(2026, 7, 22)
    event = db.session.scalar(select(ledger.Event).where(ledger.Event.kind == "urged"))
    assert event.chain_id == f"base:{base.id}" and event.person_id == county.person_id
    assert event.facts["facts"] == {"obligation": owed.id, "urging": urging.id, "kind": "report", "key": owed.key,
                                    "due_on": "2026-07-20", "means": "phone"}, "no typed text on the record"
    outbox.drain()
    letters = db.session.execute(select(Person.login, Letter.subject, Letter.body, Letter.path)
                                 .join(Letter, Letter.person_id == Person.id).where(Letter.dedup_key.like("urged:%"))).all()
    assert [(login, subject, path) for login, subject, _, path in letters] == [
        (base.code, "催报：2026年第二季度季报", f"/obligations/{owed.id}")]
    assert letters[0].body == (
        f"朝阳区工信局催报{base.name}的2026年第二季度季报，期限是2026年7月20日（周一）24:00 前，已逾期 2 天。"
        f"打开链接可以去填报，也看得到期限怎么算的。\n“{WORDS}”")


def test_all_missing_at_once_and_what_was_fulfilled_meanwhile_is_left_out(base):
    first, second = owe_report(base), owe_report(base, period="2026Q1")
    county = walk.actor("x220104")
    with transaction():
        fulfil(Obligation.id == second.id, county)
    made = urgings.urge(county, [first.id, second.id], means="portal", text=WORDS)
    assert [u.obligation_id for u in made] == [first.id]
    with pytest.raises(Refused, match="没有可以催报的") as refused:
        urgings.urge(county, [second.id], means="portal", text=WORDS)
    assert refused.value.article == "13"


def test_urgings_of_many_in_one_query(base, query_counter):
    first, second = owe_report(base), owe_report(base, period="2026Q1")
    for who in ("x220104", "s220100"):
        urgings.urge(walk.actor(who), [first.id], means="paper", text=WORDS)
    with query_counter() as queries_:
        found = urgings.urgings_of([first.id, second.id])
    assert queries_.count == 1
    assert {key: [u.office_name for u in rows] for key, rows in found.items()} == {first.id: ["朝阳区工信局", "长春市工信局"]}
    assert urgings.urgings_of([]) == {}


@pytest.mark.parametrize(("means", "text", "wrong"), [
    ("", WORDS, "催报方式"), ("telegram", WORDS, "催报方式"), ("phone", "三日内报送季报吗", "10—400"), ("phone", "催" * 401, "10—400"),
])
def test_means_and_words_belong_to_it(base, means, text, wrong):
    owed = owe_report(base)
    with pytest.raises(Refused, match=wrong) as refused:
        urgings.urge(walk.actor("x220104"), [owed.id], means=means, text=text)
    assert (refused.value.article, bool(refused.value.way_out)) == ("13", True)
    assert urgings.urge(walk.actor("x220104"), [owed.id], means="phone", text="催" * 10)


def test_only_the_offices_it_lies_under(base):
    owed = owe_report(base)
    for who in ("x220104f", "s220100", "sheng1"):
        assert urgings.urge(walk.actor(who), [owed.id], means="portal", text=WORDS)
    with pytest.raises(NotVisible):
        urgings.urge(walk.actor("x220102"), [owed.id], means="portal", text=WORDS)
    with pytest.raises(Denied):
        urgings.urge(walk.actor(base.code), [owed.id], means="portal", text=WORDS)
    assert len(urgings.urgings_of([owed.id])[owed.id]) == 3
    assert access.visible(walk.actor("x220102"), Urging) is not None
    assert list(db.session.scalars(access.visible(walk.actor("x220102"), Urging))) == []


def test_an_office_is_urged_by_those_above_it_only(base):
    """What waits at the county is urged by the city and the province, never by itself."""
    walk.request_account(walk.Unit("长春二道创业孵化基地", "220104", 18))
    station = db.session.scalar(select(Obligation).where(Obligation.kind == "station", Obligation.fulfilled_at.is_(None)))
    assert station.tier == "county"
    with pytest.raises(Refused):
        urgings.urge(walk.actor("x220104"), [station.id], means="portal", text=WORDS)
    assert urgings.urge(walk.actor("s220100"), [station.id], means="portal", text=WORDS)
    outbox.drain()
    told = set(db.session.scalars(select(Person.login).join(Letter, Letter.person_id == Person.id)
                                  .where(Letter.dedup_key.like("urged:%"))))
    assert told == {"x220104", "x220104f"}


def test_a_base_that_moves_takes_what_it_owes_along(base, clock):
    """Reports have no case: the new county lists and urges, the old one sees nothing of it any more (R-2.3, P4)."""
    case = walk.request_account(walk.Unit("长春二道创业孵化基地", "220104", 18))
    owed, done = owe_report(base), owe_report(base, period="2026Q1")
    old, new = walk.actor("x220104"), walk.actor("x220102")
    urgings.urge(old, [owed.id], means="phone", text=WORDS)
    with transaction():
        fulfil(Obligation.id == done.id, walk.actor(base.code))
    past = db.session.scalar(select(Obligation.id).where(Obligation.case_id.is_not(None), Obligation.fulfilled_at.is_not(None)))
    region = db.session.scalar(select(access.Region.id).where(access.Region.code == "220102"))
    relocations.order_base(walk.actor("shengg"), base.id, region, from_on=clock.today(), reason="行政区划调整，转由新的县办理",
                           seen_version=db.session.get(Base, base.id, populate_existing=True).version)
    for number in (owed.id, done.id, past):
        with pytest.raises(NotVisible):
            queries.one(old, number)
        assert queries.one(new, number)
    assert [o.row.id for o in queries.owed(new, ALL).rows] == [owed.id] and queries.owed(old, ALL).number == 0
    assert list(db.session.scalars(access.visible(old, Urging))) == []
    assert urgings.urge(new, [owed.id], means="portal", text=WORDS) and case


def test_the_database_keeps_it_as_it_is(base):
    owed = owe_report(base)
    urgings.urge(walk.actor("x220104"), [owed.id], means="portal", text=WORDS)
    for change in (update(Urging).values(text="改了的话没有说过这些"), delete(Urging)):
        with pytest.raises(DatabaseError, match="append-only"), transaction():
            db.session.execute(change)


def test_the_list_of_what_is_owed_under_an_office(base, clock):
    late, later = owe_report(base), owe_report(base, date(2026, 10, 20), "2026Q3")
    clock.set("2026-07-21 09:00")
    county = walk.actor("x220104")
    urgings.urge(county, [late.id], means="portal", text=WORDS)
    found = queries.owed(county)
    assert [(o.row.id, o.who, o.urged) for o in found.rows] == [(late.id, base.name, 1)] and (found.number, found.left) == (1, 0)
    assert [o.row.id for o in queries.owed(county, ALL).rows] == [later.id, late.id], "what was urged today stands last"
    assert queries.owed(walk.actor("x220102"), ALL).rows == []
    clock.set("2026-07-20 23:59")
    assert queries.owed(county) == queries.Listing([], 0, 0), "the day itself is not late yet"


def test_of_each_office_the_first_who_urge_again_come_to_the_rest(base, clock):
    """What the city urged is still to be urged by the county; the next day everything is."""
    first, second = owe_report(base, date(2026, 4, 20), "2026Q1"), owe_report(base)
    clock.set("2026-07-21 09:00")
    county, city = walk.actor("x220104"), walk.actor("s220100")
    urgings.urge(city, [first.id], means="portal", text=WORDS)

    def left(who):
        return [o.row.id for o in queries.owed(who, again=False).rows]

    assert (left(county), left(city)) == ([first.id, second.id], [second.id])
    clock.set("2026-07-22 00:00")
    assert left(city) == [first.id, second.id]


def test_a_part_of_what_is_owed(base, clock):
    """By kind, period and division; what does not exist is not silently everything."""
    reports = [owe_report(base, date(2026, 4, 20), "2026Q1"), owe_report(base)]
    with transaction():
        check = open_obligation(kind="profile_check", key=f"{base.id}:2026", due_on=date(2026, 3, 31), article="13",
                                region_id=base.region_id, base_id=base.id, title="核对2026年基本信息")
    clock.set("2026-07-21 09:00")
    county, province = walk.actor("x220104"), walk.actor("shengg")

    def ids(who, **said):
        return [o.row.id for o in queries.owed(who, queries.Asked.of(said)).rows]

    region = {r.code: str(r.id) for r in db.session.scalars(select(access.Region))}
    assert ids(county) == [check.id, reports[0].id, reports[1].id]
    assert ids(county, kind="report") == [r.id for r in reports]
    assert ids(county, kind="report", period="2026Q1") == [reports[0].id] and ids(county, kind="report", period="2026") == []
    assert ids(province, kind="report", region=region["220104"]) == ids(province, kind="report", region=region["220100"]) == [
        r.id for r in reports], "a city is all that goes by its office"
    assert ids(province, kind="report", region=region["220102"]) == ids(province, region=region["220581"]) == []
    for wrong in ({"kind": "reports"}, {"period": "2026Q5"}, {"region": "x"}, {"region": "9" * 12}):
        with pytest.raises(NotVisible):
            queries.Asked.of(wrong)
