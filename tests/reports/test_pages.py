"""The pages of a report: the operator fills and sends, county and city tick, the province moves days; a county's day of thirty."""

import re
from datetime import date

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from incubator.kernel import outbox
from incubator.kernel.access import Region
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.offices.models import Person
from incubator.policy.periods import Period, ended
from incubator.reports import commands, queries
from tests import walk
from tests.filings.pages import Visitor, form_of
from tests.reports import steps
from tests.reports.steps import CHAOYANG


def login_of(actor) -> str:
    return db.session.scalar(select(Person.login).where(Person.id == actor.person_id))


@pytest.fixture
def base(app, clock):
    with app.app_context():
        base_id, admin = steps.recognised()
        clock.set("2026-04-10 09:00")
        steps.opened(admin)
        return base_id, admin, login_of(admin)


def follow(who, path: str, form: dict) -> str:
    """Press the button of a form and read the page that it leads to."""
    answer = who.client.post(path, data=form, follow_redirects=True)
    assert answer.status_code == 200, answer.text[-800:]
    return answer.text


def case_of(page: str) -> int:
    return int(re.search(r"/reports/(\d+)/draft", page)[1])


def test_an_operator_fills_sends_prints_and_keeps_the_stamped_scan(app, base, clock):
    _, _, login = base
    who = Visitor(app, login)
    assert "2026年第一季度季报" in who.get("/desk") and "4月20日 24:00 前" in who.get("/desk")
    listed = who.get("/reports")
    assert "还没有报" in listed
    page = follow(who, "/reports/open/2026Q1", form_of(listed, "idem"))
    number = case_of(page)
    assert "期初在孵企业" in page and 'name="heads-2-jobs"' in page and "此前累计带动就业" in page
    form = form_of(page, "case_version")
    saved = who.client.post(f"/reports/{number}/draft", data={"version": form["version"], "t_revenue": "100"},
                            headers={"X-CSRFToken": form["csrf_token"]})
    assert saved.status_code == 200
    typed = {k: ("y" if v is True else v) for k, v in steps.QUARTER.items() if v is not False}
    form = form_of(who.get(f"/reports/{number}/form"), "case_version")
    wrong = who.client.post(f"/reports/{number}/form", data={**form, **typed, "jobs_grad": "99", "do": "submit"})
    assert wrong.status_code == 422 and "多于期末从业人员 24 人" in wrong.text
    form = form_of(who.get(f"/reports/{number}/form"), "case_version")
    done = who.client.post(f"/reports/{number}/form", data={**form, **typed, "do": "submit"}, follow_redirects=True)
    assert done.status_code == 200 and "县审" in done.text and "按时" in done.text
    paper = who.get(f"/reports/{number}/print/1")
    code = re.search(r'code">([0-9a-f]{16})<', paper)[1]
    assert "签字" in paper
    kept = form_of(who.get(f"/cases/{number}?tab=figures"), "hash")
    answer = who.client.post(f"/reports/{number}/scan", data={**kept, "hash": code, "file": (walk.pdf("盖章件.pdf").stream, "盖章件.pdf")},
                             follow_redirects=True)
    assert "盖章件和版本 1 对上了" in answer.text


def test_the_desk_marks_a_report_that_is_late(app, base, clock):
    """The 20th is in time until its end; from the 21st on the desk says so in the colour of what is late."""
    _, _, login = base
    for moment, kind, words in (("2026-04-20 23:59", "soon", "4月20日 24:00 前"), ("2026-04-21 00:00", "late", "已逾期 1 天")):
        clock.set(moment)
        page = Visitor(app, login).get("/desk")
        assert re.search(rf'state--{kind}"><span class="mark" aria-hidden="true"></span>{words}', page), moment


def test_county_and_city_tick_and_the_city_archives(app, base, clock):
    _, admin, login = base
    with app.app_context():
        number = steps.submitted(admin).id
    county, city = Visitor(app, "x220104"), Visitor(app, "s220100")
    page = county.get(f"/reports/{number}/review")
    assert "真实性" in page and "审核通过，报市级" in page and "本期" in page
    form = form_of(page, "version")
    refused = county.client.post(f"/reports/{number}/review", data={**form, "truth": "yes", "outcome": "pass"})
    assert refused.status_code == 422 and "完整性还没有审核" in refused.text
    ticks = dict.fromkeys(("truth", "completeness", "accuracy"), "yes")
    form = form_of(county.get(f"/reports/{number}/review"), "version")
    done = county.client.post(f"/reports/{number}/review", data={**form, **ticks, "truth_note": "抽查了三户", "outcome": "pass"}, follow_redirects=True)
    assert done.status_code == 200 and "市审" in done.text
    assert county.client.get(f"/reports/{number}/review").status_code == 404
    assert city.client.get(f"/reports/{number}/review").status_code == 200
    form = form_of(city.get(f"/reports/{number}/review"), "version")
    done = city.client.post(f"/reports/{number}/review", data={**form, **ticks, "outcome": "archive"}, follow_redirects=True)
    assert "已归档" in done.text
    shown = Visitor(app, login).get(f"/cases/{number}?tab=figures")
    assert "抽查了三户" in shown and "朝阳经办" not in shown  # the base reads offices, not names


def test_sight_of_reports(app, base):
    _, admin, _ = base
    with app.app_context():
        number = steps.submitted(admin).id
        _, other = steps.recognised(73, region="222401")
        stranger = login_of(other)
        walk.staff("222401")
    for who in (Visitor(app, stranger), Visitor(app, "x222401")):
        for path in (f"/reports/{number}/form", f"/reports/{number}/review", f"/reports/{number}/print/1"):
            assert who.client.get(path).status_code in (403, 404), path
    assert Visitor(app, "x220104").client.get(f"/reports/{number}/print/1").status_code == 200


def test_who_has_filed_and_the_days_that_the_province_moves(app, base, query_counter):
    _, admin, _ = base
    with app.app_context():
        steps.submitted(admin)
        walk.province()
    county, manager = Visitor(app, "x220104"), Visitor(app, "shengg")
    with query_counter() as counted:
        page = county.get("/reports?period=2026Q1")
    assert "应报 1 家，已报 1 家" in page and counted.count <= 24, str(counted)
    assert "/obligations/owed" not in page, "nothing is missing, nobody is to be urged"
    assert county.client.get("/reports?period=2026Q9").status_code == 404
    form = form_of(manager.get("/reports/due"), "code")
    done = manager.client.post("/reports/due", data={
        **form, "do": "due_move", "code": "2026Q1", "region": "", "outage": "", "due_on": "2026-04-22", "reason": "四月二十日晚系统故障"},
                               follow_redirects=True)
    assert "截止日改了" in done.text and "4月22日" in done.text
    form = form_of(manager.get("/reports/due"), "from_at")
    typed = {"do": "outage", "from_at": "2026-04-09 16:00", "to_at": "2026-04-09 18:30", "what": "登录和填报打不开"}
    assert "登记了" in manager.client.post("/reports/due", data={**form, **typed}, follow_redirects=True).text
    form = form_of(manager.get("/reports/due"), "from_at")
    assert "时间读不出来" in manager.client.post("/reports/due", data={**form, **typed, "from_at": "昨天"}).text


def test_who_has_filed_by_region(app, clock, query_counter):
    """A city reads its counties, the province its cities, each row leads to its list; more counties ask no more of the database."""
    with app.app_context():
        _, filed = steps.recognised(71)
        for number, region in ((72, CHAOYANG), (73, "220102"), (74, "220581"), (75, "222401")):
            steps.recognised(number, region=region)
        clock.set("2026-04-10 09:00")
        steps.submitted(filed)
        steps.city(), steps.manager()
        clock.set("2026-04-21 09:00")
        regions = {r.code: r.id for r in db.session.scalars(select(Region))}

        def told(who, **chosen):
            with query_counter() as counted:
                found = queries.filing(who, Period(2026, 1), **chosen)
            asked.append(counted.count)
            return [(p.name, p.counts["all"], p.counts["filed"], p.counts["missing"]) for p in found.places], len(found.lines)

        asked = []
        counties = [("长春市南关区", 1, 0, 1), ("长春市朝阳区", 2, 1, 1)]
        assert told(steps.county()) == (counties[1:], 2)
        assert told(steps.city()) == (counties, 3)
        assert told(steps.manager()) == ([
            ("长春市", 3, 1, 2), ("通化市梅河口市", 1, 0, 1), ("延边朝鲜族自治州", 1, 0, 1)], 5), "梅河口 stands beside its prefecture"
        assert told(steps.manager(), region_id=regions["220100"]) == (counties, 3)
        assert told(steps.manager(), region_id=regions["220581"])[1] == 1 and told(steps.manager(), region_id=regions["220500"])[1] == 0
        assert max(asked[:4]) == asked[0], f"one grouped query however many counties: {asked}"
    manager = Visitor(app, "shengg")
    with query_counter() as counted:
        page = manager.get("/reports?period=2026Q1&show=missing")
    assert counted.count <= 25, str(counted)
    assert f'href="/reports?period=2026Q1&amp;region={regions["220100"]}&amp;show=missing">长春市</a>' in page
    page = manager.get(f"/reports?period=2026Q1&region={regions['220100']}")
    assert "长春市，应报 3 家，已报 1 家" in page and f'value="{regions["220100"]}" selected' in page
    assert f"kind=report&amp;period=2026Q1&amp;region={regions['220100']}" in page, "and is urged alone"
    assert "按地区" not in Visitor(app, "x220104").get("/reports?period=2026Q1"), "one county has nothing to compare"


def test_urging_from_the_page_of_a_period_is_about_that_period(app, base, clock):
    clock.set("2026-04-21 09:00")
    page = Visitor(app, "x220104").get("/reports?period=2026Q1")
    assert "逾期未报 1 家" in page and 'href="/obligations/owed?kind=report&amp;period=2026Q1"' in page


def test_year_end_is_one_page(app, base, clock):
    _, _, login = base
    with app.app_context():
        clock.set("2027-01-05 09:00")
        steps.tick(clock.today())
    who = Visitor(app, login)
    assert "2026年年终填报" in who.get("/desk")
    page = who.get("/reports/year/2026")
    assert "1. 2026年第四季度季报" in page and "2. 2026年年报" in page
    page = follow(who, "/reports/open/2026", form_of(page, "idem"))
    assert "年初在孵企业" in page and "取自双创活动台账" in page and not re.search(r'name="(svc|activities|tax_relief)-', page)


def thirty(clock) -> list[int]:
    """The quarters of three bases that report them all on one day, ten each; two carry a reason."""
    numbers = []
    for base in (200, 201, 202):
        _, admin = steps.recognised(base, document="2023-06-20", filed="2023-05-20", tenants=0)
        clock.set("2026-04-10 09:00")
        steps.tick(clock.today())
        quarters = [p.code for p in ended(date(2023, 6, 20), clock.today()) if p.quarter][:10]
        for n, code in enumerate(quarters):
            case = commands.open_report(admin, code)
            typed = steps.QUARTER | {"jobs_grad": "0", "jobs_vet": "0", "jobs_return": "0"}
            if n == 0 and base < 202:
                typed |= {"t_tax": "101", "reasons": [{"figure": "t_tax", "reason": "补缴上年税款"}]}
            steps.fill(admin, case, **typed)
            numbers.append(commands.submit_report(admin, case.id, seen_version=case.version).id)
    return numbers


def test_a_countys_day_of_thirty_reports(sqlite_app, clock):
    """28 are passed in one order, the two that carry a reason are left to be read."""
    app = sqlite_app
    with app.app_context():
        numbers = thirty(clock)
    county = Visitor(app, "x220104")
    ticked = "&".join(f"case={n}" for n in numbers)
    assert "审核通过，报市级" in county.get(f"/work/batch?{ticked}")
    page = county.get(f"/work/batch?{ticked}&act=quarterly_report:county_review:pass")
    assert page.count("写了说明") == 2
    form = next(f for f in re.findall(r"<form\b.*?</form>", page, re.S) if 'name="item"' in f)
    items = re.findall(r'name="([^"]+)" value="([^"]*)"', form)
    assert sum(name == "item" for name, _ in items) == 28
    answer = county.client.post("/work/batch", data=MultiDict(items), follow_redirects=True)
    assert answer.status_code == 200
    clock.forward(minutes=6)
    with app.app_context():
        while outbox.drain():
            pass
        states = [db.session.get(Case, n).state for n in numbers]
    assert (states.count("city_review"), states.count("county_review")) == (28, 2)


def test_a_past_day_of_a_base_knows_its_reports(app, base, clock):
    """R-2.12: what had come by that day, and nothing that came later."""
    base_id, admin, _ = base
    with app.app_context():
        clock.set("2026-04-10 09:00")
        steps.submitted(admin)
        clock.set("2026-05-10 09:00")
        walk.province()
    lead = Visitor(app, "shengf")
    assert "2026年4月10日首次报送" in lead.get(f"/bases/{base_id}?on=2026-04-10")
    assert "首次报送" not in lead.get(f"/bases/{base_id}?on=2026-04-09")
