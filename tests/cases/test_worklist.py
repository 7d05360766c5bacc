"""The worklist: what waits for whom, in which order, page by page, and all of it in the address."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from incubator.cases import queries
from incubator.kernel import access
from incubator.kernel.database import db, transaction
from incubator.kernel.workflow import Case
from incubator.obligations import commands as obligations
from incubator.obligations.models import Obligation
from tests import walk
from tests.cases import crowd
from tests.cases.apart import signed_in
from tests.visitor import Visitor

ROW = re.compile(r'<a class="row" href="/cases/(\d+)["?]')
AHEAD = re.compile(r'href="(/work\?[^"]*after=[^"]+)">看后面的')
PAGES_BUDGET = 7  # session and person, memberships, counts, views and settings, rows, marks, unread letters


def asked(number: int, region: str = "220104") -> Case:
    return walk.request_account(walk.Unit(f"示例{number}创业孵化基地", region, number))


@pytest.fixture
def inside(app, clock):
    with app.app_context():
        walk.province()
        for region in ("220104", "220102"):
            walk.staff(region)
        yield app


def rows_of(who, **wanted) -> list[int]:
    return [r.case_id for r in queries.worklist(who, queries.Filters.of(wanted)).rows]


# -------------------------------------------------------------------------------- who sees what


def test_each_office_sees_what_it_owes_and_nobody_else(inside):
    here, there = asked(1), asked(2, "220102")
    sent_up = walk.act(asked(3), "confirm", walk.actor("x220104"))
    assert rows_of(walk.actor("x220104")) == rows_of(walk.actor("x220104f")) == [here.id]
    assert rows_of(walk.actor("x220102")) == [there.id]
    assert rows_of(walk.actor("s220100")) == [], "the city sees the cases, but they do not wait for it"
    assert rows_of(walk.actor("sheng1")) == rows_of(walk.actor("shengf")) == [sent_up.id]


def test_bases_and_experts_see_their_own(inside, clock):
    today = clock.today()
    walk.open_round(today.year, today, today.replace(month=12, day=31))
    unit = walk.Unit("长春星桥创业孵化基地", "220104", 17)
    case = walk.accepted_case(unit)
    walk.experts()
    from incubator.assessments import commands as assessments

    assessments.assign_expert(walk.province()["clerk"], case.id, walk.actor("zj1").person_id, seen_version=case.version)
    assert rows_of(walk.actor("zj1")) == [case.id] and rows_of(walk.actor("zj2")) == []
    page = signed_in(inside, "zj1").get("/work").text
    assert "待办 1<" in page and "填评审表：" in page, "the act is named as the expert's"
    assert rows_of(walk.admin_of(case)) == []
    walk.act(walk.fresh(case), "return", walk.province()["clerk"], text="有两处材料和申报表对不上，请改齐",
             remarks=[{"field": "floor_plan", "label": "功能分区平面图", "text": "面积和图纸不一致"}])
    assert rows_of(walk.admin_of(case)) == [case.id]


# -------------------------------------------------------------------------------- days and counts


def owe(case: Case, due_on: date) -> None:
    with transaction():
        obligations.fulfil(Obligation.case_id == case.id, access.service("test"))
        obligations.open_obligation(kind="station", key=f"{case.id}:x{due_on}", due_on=due_on, article="7(1)",
                                    region_id=case.region_id, case=case, office_id=case.office_id, tier="county")


def test_late_soon_and_later_go_by_the_day_of_the_calendar(inside, clock):
    """Until 24:00 of the last day nothing is late; a second later it is. Three days ahead are soon, four are not."""
    cases = [asked(n) for n in range(1, 5)]
    for case, due in zip(cases, ("2026-06-09", "2026-06-10", "2026-06-13", "2026-06-14"), strict=True):
        owe(case, date.fromisoformat(due))
    county = walk.actor("x220104")
    for moment, late, soon, groups in (
        ("2026-06-10 00:00:00", 1, 2, [1, 2, 1]), ("2026-06-10 23:59:59", 1, 2, [1, 2, 1]),
        ("2026-06-11 00:00:00", 2, 2, [2, 2]), ("2026-06-09 23:59:59", 0, 2, [2, 2]),
    ):
        clock.set(moment)
        found = queries.worklist(county, queries.Filters())
        assert (found.total, found.late, found.soon) == (4, late, soon), moment
        assert [len(rows) for _, rows in queries.grouped(found.rows, clock.today())] == groups, moment
    clock.set("2026-06-11 09:00")
    page = signed_in(inside, "x220104").get("/work").text
    assert "已逾期 2" in page and "3 天内到期 2" in page and page.index("逾期\xa02\xa0天") < page.index("逾期\xa01\xa0天")
    headings = re.findall(r'<tr class="group".*?>([^<>]+) <span class="muted">(\d)', page)
    assert headings == [("已逾期", "2"), ("3 天内到期", "2")]


def test_counts_of_kinds_states_and_today(inside, clock):
    cases = [asked(n) for n in range(1, 4)]
    county = walk.actor("x220104")
    walk.act(cases[0], "confirm", county)
    found = queries.worklist(county, queries.Filters())
    assert (found.total, found.matching, found.done_today) == (2, 2, 1)
    assert found.kinds == {"account_request": 2} and found.states == {("account_request", "county_check"): 2}
    assert queries.worklist(walk.actor("x220104f"), queries.Filters()).done_today == 0, "done is one's own"
    clock.set("2026-06-02 00:00:00")
    assert queries.worklist(county, queries.Filters()).done_today == 0


def test_an_empty_worklist_says_so_and_an_empty_answer_says_another_thing(inside):
    visitor = signed_in(inside, "x220104")
    page = visitor.get("/work").text
    assert "待办 0<" in page and "现在没有等着办的" in page and "<form class=\"filters\"" not in page
    with inside.app_context():
        asked(1)
    page = visitor.get("/work?q=nirgends").text
    assert "没有符合的件" in page and "看全部待办" in page and "<form class=\"filters\"" in page
    assert "到底了" not in page


# -------------------------------------------------------------------------------- the address


def test_everything_asked_stands_in_the_address(inside, clock):
    today = clock.today()
    walk.open_round(today.year, today, today.replace(month=12, day=31))
    unit = walk.Unit("长春星桥创业孵化基地", "220104", 17)
    _, admin = walk.open_account(unit)
    filing = walk.submit_filing(unit, admin)
    request = asked(1)
    county = walk.actor("x220104")
    assert rows_of(county, kind="filing") == [filing.id] and rows_of(county, state="county_check") == [request.id]
    assert rows_of(county, kind="filing", state="county_check") == []
    assert rows_of(county, q="星桥") == [filing.id] and rows_of(county, q=filing.number) != []
    assert rows_of(county, q="%") == [] and rows_of(county, q="_") == [], "signs of a pattern are taken literally"
    assert set(rows_of(county, kind="nonsense", sort="nonsense", after="nonsense")) == {filing.id, request.id}
    page = signed_in(inside, "x220104").get("/work?kind=filing&sort=arrived&q=星桥").text
    assert '<option value="filing" selected>' in page and '<option value="arrived" selected>' in page
    assert 'value="星桥"' in page and ROW.findall(page) == [str(filing.id)]
    assert re.search(r'href="/work\?q=[^"]+sort=arrived"[^>]*>全部', page), "the other views keep what was asked"


@pytest.mark.parametrize("after", ["_", "2026-06-01_", "_7", "2026-13-01_7", "2026-06-01_x", "2026-06-01_" + "9" * 40,
                                   "2026-06-01T00:00:00_7", "2026-06-01_²", "'; --_1", "0001-01-01T00:00:00+00:00_1"])
def test_a_place_that_was_made_up_hurts_nothing(inside, after):
    asked(1)
    visitor = signed_in(inside, "x220104")
    for sort in ("due", "arrived"):
        assert visitor.get("/work", query_string={"after": after, "sort": sort}).status_code == 200


# -------------------------------------------------------------------------------- page by page


def walk_pages(visitor: Visitor, url: str, between=None) -> list[int]:
    seen = []
    for _ in range(60):
        page = visitor.get(url).text
        seen += [int(n) for n in ROW.findall(page)]
        ahead = AHEAD.search(page)
        if not ahead:
            return seen
        url = ahead[1].replace("&amp;", "&")
        if between:
            between(seen)
    raise AssertionError("the pages never end")


@pytest.mark.parametrize("sort", ["due", "arrived"])
def test_paging_meets_every_row_once_in_order(app, clock, sort):
    """55 rows of which many share their day and their instant; then again while rows come and go."""
    with app.app_context():
        walk.staff("220104")
        model = asked(1)
        ids = [model.id, *crowd.multiply(model, 54, first_due=date(2026, 6, 3))]
        with transaction():  # several on one day
            for row in db.session.scalars(select(Obligation)):
                row.due_on = date(2026, 6, 3) + timedelta(days=row.id % 7)
        order = (Obligation.due_on, Obligation.id) if sort == "due" else (Obligation.opened_at, Obligation.id)
        expected = list(db.session.scalars(
            select(Obligation.case_id).where(Obligation.fulfilled_at.is_(None)).order_by(*order)))
    visitor = Visitor(app)
    visitor.sign_in("x220104")
    seen = walk_pages(visitor, f"/work?sort={sort}")
    assert seen == expected and sorted(seen) == sorted(ids)

    closed, opened = [], []

    def come_and_go(seen):
        with app.app_context():
            county = walk.actor("x220104")
            gone, ahead = seen[len(closed)], expected[-1 - len(closed)]
            with transaction():
                for case_id in (gone, ahead):  # one that was shown and one that is still to come
                    obligations.fulfil(Obligation.case_id == case_id, county)
            closed.append(ahead)
            opened.append(asked(100 + len(opened)).id)

    seen = walk_pages(visitor, f"/work?sort={sort}", come_and_go)
    assert closed and len(seen) == len(set(seen)), "nothing twice"
    assert set(expected) - set(closed) <= set(seen), "nothing that stayed is left out"
    assert not set(closed) & set(seen), "what went is not shown"
    assert set(opened) <= set(seen), "what came late stands far back and is met too"


def test_a_page_costs_the_same_with_one_row_and_with_many(app, clock, query_counter):
    with app.app_context():
        walk.staff("220104")
        case_id = asked(1).id
    visitor = Visitor(app)
    visitor.sign_in("x220104")

    def cost() -> int:
        visitor.get("/work")
        with query_counter() as asked_:
            assert visitor.get("/work").status_code == 200
        return asked_.count

    one = cost()
    with app.app_context():
        crowd.multiply(db.session.get(Case, case_id), 60)
    assert cost() == one == PAGES_BUDGET


def test_the_number_on_the_pager_is_of_what_was_asked(inside):
    model = asked(1)
    crowd.multiply(model, 29)
    visitor = signed_in(inside, "x220104")
    assert "共 30 件" in visitor.get("/work?kind=account_request").text
    assert "件，共" not in visitor.get("/work?q=示例").text, "how many match a word nobody counted"
