"""Pages of what is owed: how the day was counted, list and month, 催报."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from incubator.kernel.database import db
from incubator.obligations import counted, urgings
from incubator.obligations.commands import open_obligation
from incubator.obligations.models import Obligation, Urging
from incubator.policy.counting import by_natural_days
from tests import walk
from tests.filings import steps as filing
from tests.obligations.steps import UNIT, WORDS, owe_report
from tests.visitor import Visitor


@pytest.fixture
def base(sqlite_app, clock):
    with sqlite_app.app_context():
        walk.staff("220104")
        walk.staff("220102")
        return walk.open_account(UNIT)[0]


def visitor(app, login):
    someone = Visitor(app)
    assert someone.sign_in(login).status_code == 302
    return someone


def test_how_the_working_days_were_counted_is_kept_and_told(sqlite_app, clock):
    clock.set("2026-06-12 09:00")
    with sqlite_app.app_context():
        filing.submitted()
        row = db.session.scalar(select(Obligation).where(Obligation.state == "county_review"))
        said = counted.said(row, walk.actor("x220104"))
    assert said.lines == (
        ("起算", "2026年6月12日（周五）收到，当天不算，民法典第二百零一条"),
        ("规则", "10 个工作日，中间 7 天不是工作日，不算"), ("到期", "2026年6月29日（周一）24:00 前"),
    )
    assert dict(said.passed)[date(2026, 6, 19)] == "节假日" and dict(said.passed)[date(2026, 6, 13)] == "周六"
    page = visitor(sqlite_app, "x220104").get(f"/obligations/{row.id}")
    assert page.status_code == 200 and "6月19日（节假日）" in page.text and "第二百零一条" in page.text


def test_what_another_module_counted_in_working_days_is_told_too(base, sqlite_app):
    with sqlite_app.app_context():
        row = open_obligation(kind="plaque", key="1", due_on=date(2026, 6, 30), article="8", region_id=base.region_id, base_id=base.id)
        assert dict(counted.said(row, walk.actor("x220104")).lines)["规则"] == "20 个工作日，中间 9 天不是工作日，不算"


def test_a_rolled_day_and_a_fixed_one_say_so(base, sqlite_app):
    works = {date(2026, 10, 3): False, date(2026, 10, 4): False}
    account = by_natural_days(date(2026, 9, 3), 30, lambda day: works.get(day, True))
    with sqlite_app.app_context():
        county = walk.actor("x220104")
        rolled = open_obligation(kind="rectification", key="1", due_on=account.due_on, article="15", region_id=base.region_id,
                                 base_id=base.id, basis=account)
        lines = dict(counted.said(rolled, county).lines)
        assert lines["顺延"].startswith("2026年10月3日（周六）不是工作日，顺延到") and lines["到期"].startswith("2026年10月5日")
        fixed = dict(counted.said(owe_report(base), county).lines)
        assert "不顺延" in fixed["规则"] and "顺延" not in fixed and fixed["起算"].startswith("2026年6月30日")
        old = open_obligation(kind="x", key="1", due_on=date(2026, 7, 1), article="13", region_id=base.region_id, base_id=base.id)
        assert "没有另存算法" in dict(counted.said(old, county).lines)["规则"]


def test_one_obligation_is_seen_by_its_parties_only(base, sqlite_app):
    with sqlite_app.app_context():
        row = owe_report(base)
        urgings.urge(walk.actor("x220104"), [row.id], means="phone", text=WORDS)
    page = visitor(sqlite_app, base.code).get(f"/obligations/{row.id}").text
    assert WORDS in page and "朝阳区工信局" in page and "电话催报" in page
    assert "经办" not in page.split('id="urg"')[1], "applicants read offices, not people"
    assert visitor(sqlite_app, "x220102").get(f"/obligations/{row.id}").status_code == 404
    assert visitor(sqlite_app, "s220100").get(f"/obligations/{row.id}").status_code == 200


def test_my_deadlines_as_list_and_month(base, sqlite_app, query_counter):
    with sqlite_app.app_context():
        for n in range(5):
            owe_report(base, period=f"200{n}Q1")
    who = visitor(sqlite_app, base.code)
    with query_counter() as queries:
        page = who.get("/deadlines?month=2026-07").text
    assert queries.count <= 9, str(queries)
    assert "2026年7月" in page and page.count("2026年第二季度季报") == 5 + 3 and "另 2" in page
    assert "第二季度季报" in who.get("/deadlines?month=2026-13").text, "an unknown month is the present one; the list stays"
    assert visitor(sqlite_app, "x220104").get("/deadlines").text.count("第二季度季报") == 0


def test_urging_by_the_page_all_that_is_missing(base, sqlite_app, clock):
    with sqlite_app.app_context():
        rows = [owe_report(base), owe_report(base, period="2026Q1")]
    clock.set("2026-07-21 09:00")
    who = visitor(sqlite_app, "x220104")
    assert "催报全部逾期的" in who.get("/obligations/owed").text
    assert who.get("/obligations/urge?all=1").text.count('type="hidden" name="id"') == 2
    sent = {"id": [str(r.id) for r in rows], "means": "phone", "text": "短", "idem": "k1"}
    page = who.post("/obligations/urge", sent)
    assert page.status_code == 422 and "10—400" in page.text and ">短</textarea>" in page.text
    for _ in range(2):
        assert who.post("/obligations/urge", {**sent, "text": WORDS}).status_code == 302
    with sqlite_app.app_context():
        assert len(list(db.session.scalars(select(Urging.id)))) == 2, "a double click urges once"
    page = who.get("/obligations/owed").text
    assert "1\u00a0次，7月21日" in page and "其中 2\u00a0项本处今天催报过" in page and "催报全部逾期的" not in page


def test_all_missing_of_a_period_and_nothing_else_and_again_until_the_last(base, sqlite_app, clock, monkeypatch):
    """More than one order can hold: pressing again reaches the rest; what is not asked for is left alone."""
    monkeypatch.setattr(urgings, "AT_ONCE", 2)
    with sqlite_app.app_context():
        bases = [base, *(walk.open_account(walk.Unit(f"长春二道{n}创业孵化基地", "220104", 30 + n))[0] for n in (1, 2))]
        wanted = {owe_report(b).id for b in bases}
        owe_report(base, date(2026, 4, 20), "2026Q1")
    clock.set("2026-07-21 09:00")
    who = visitor(sqlite_app, "x220104")
    place = "/obligations/owed?kind=report&period=2026Q2"
    page = who.get(place).text
    assert "<h1>催报2026年第二季度季报</h1>" in page and "3\u00a0项逾期没有办" in page and "催报最早的 2\u00a0项" in page
    urged = []
    for number in (2, 1):
        page = who.get("/obligations/urge?all=1&kind=report&period=2026Q2").text
        assert "只有2026年第二季度季报" in page and f"登记催报 {number}\u00a0项" in page
        ids = re.findall(r'name="id" value="(\d+)"', page)
        answer = who.post("/obligations/urge", {"id": ids, "means": "phone", "text": WORDS, "kind": "report", "period": "2026Q2"})
        assert answer.status_code == 302 and answer.location == place
        urged += map(int, ids)
    assert set(urged) == wanted and len(urged) == len(wanted), "nobody twice, nobody left out, no other period"
    assert "没有可以催报的" in who.get("/obligations/urge?all=1&kind=report&period=2026Q2").text
    assert who.get("/obligations/owed?kind=reports").status_code == 404
