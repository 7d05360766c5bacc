"""The worklist costs the same with 20 and with 20,000 cases: the same queries, and no more rows read."""

from __future__ import annotations

import re
from datetime import date

import pytest

from incubator.kernel.database import db
from incubator.obligations import counts
from tests import walk
from tests.cases import crowd
from tests.visitor import Visitor

CHAOYANG, NANGUAN = "220104", "220102"
FEW, MANY = 20, 20_000
QUERIES = 7  # session and person, memberships, counts, views and settings, rows, marks, unread letters
COUNTY, SMALL, PROVINCE = "x220104", "x220102", "sheng1"
KINDS = {COUNTY: ("account_request", "county_check"), SMALL: ("account_request", "county_check"),
         PROVINCE: ("account_request", "dispatch")}


def asked(number: int, region: str):
    return walk.request_account(walk.Unit(f"示例{number}创业孵化基地", region, number))


@pytest.fixture
def few(app, clock):
    """Twenty cases at one county, at another, and at the province; answers the three that were walked."""
    with app.app_context():
        walk.province()
        walk.staff(CHAOYANG)
        walk.staff(NANGUAN)
        models = [asked(1, CHAOYANG), asked(2, NANGUAN), walk.act(asked(3, CHAOYANG), "confirm", walk.actor(COUNTY))]
        for case in models:
            crowd.multiply(case, FEW - 1, first_due=date(2026, 5, 25))
        crowd.analyse()
        return [case.id for case in models]


def grow(ids: list[int]) -> None:
    """20,000 at the county and at the province; the other county keeps its twenty."""
    from incubator.kernel.workflow import Case

    for case_id in (ids[0], ids[2]):
        crowd.multiply(db.session.get(Case, case_id), MANY - FEW, first_due=date(2026, 5, 25))
    crowd.analyse()


def addresses(who: str) -> list[str]:
    kind, state = KINDS[who]
    plain = ["/work", f"/work?kind={kind}", f"/work?state={state}", f"/work?kind={kind}&state={state}"]
    return plain + [f"{url}{'&' if '?' in url else '?'}sort=arrived" for url in plain]


def page_of(visitor: Visitor, url: str) -> tuple[crowd.Asked, str]:
    visitor.get(url)
    with crowd.Asked() as asked_:
        answer = visitor.get(url)
    assert answer.status_code == 200
    return asked_, answer.text


@pytest.mark.slow
def test_the_same_queries_and_no_more_rows(app, few, both_db):
    """County and province hold 20, then 20,000; a small county holds 20 of them all."""
    visitors = {}
    for login in KINDS:
        visitors[login] = Visitor(app)
        visitors[login].sign_in(login)
    before, after = {}, {}
    for measured in (before, after):
        if measured is after:
            with app.app_context():
                grow(few)
                assert counts.differences() == {}
        for login, visitor in visitors.items():
            for url in [*addresses(login), "/work?after=2026-06-20_1"]:
                found, text = page_of(visitor, url)
                with app.app_context():
                    if both_db == "postgresql":
                        measured[login, url] = (found.count, found.rows_examined())
                    else:
                        ways = found.ways("obligation")
                        assert not [w for w in ways if "TEMP B-TREE FOR ORDER BY" in w], (url, ways)
                        assert any("ix_obligation_office" in w for w in ways), (url, ways)
                        assert not [w for w in ways if re.match(r"SCAN (obligation|case_)", w)], (url, ways)
                        measured[login, url] = (found.count, 0)
                if measured is after and "after" not in url:
                    assert f"待办 {20 if login == SMALL else 20000}<" in text
    # a page without a row asks one thing less
    assert max(n for n, _ in after.values()) == max(n for n, _ in before.values()) == QUERIES
    assert {n for n, _ in after.values()} <= {QUERIES - 1, QUERIES}
    for (login, url), (_, examined) in after.items():
        most = before[login, "/work"][1]
        assert examined <= most, f"{login} {url}: {examined} rows of 20,000 cases, {most} of 20"
