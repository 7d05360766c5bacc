"""A county's day with thirty reports: the missing are urged, the plain ones passed in one order, the others read one by one."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from incubator.kernel import outbox
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.obligations.commands import tick
from incubator.obligations.models import Urging
from incubator.offices.models import Person
from incubator.reports import commands
from tests.journeys.desk import Desk
from tests.reports import steps

pytestmark = pytest.mark.browser

FIRST, MISSING, ASKED = 101, 2, 2
WHY = "补缴上年税款，已经核对过完税证明"


def thirty(clock) -> list[tuple[int, str]]:
    """Thirty bases of one county that owe the first quarter: 28 reported in time, two of these gave a reason."""
    admins = [steps.recognised(FIRST + n, document="2026-02-10", filed="2026-02-01", tenants=1)[1] for n in range(30)]
    clock.set("2026-04-16 09:00")
    tick(clock.today())
    sent = []
    for n, admin in enumerate(admins[:-MISSING]):
        case = commands.open_report(admin, "2026Q1")
        typed = steps.QUARTER | {"jobs_grad": "0", "jobs_vet": "0", "jobs_return": "0"}
        if n < ASKED:
            typed |= {"t_tax": "101", "reasons": [{"figure": "t_tax", "reason": WHY}]}
        steps.fill(admin, case, **typed)
        login = db.session.scalar(select(Person.login).where(Person.id == admin.person_id))
        sent.append((commands.submit_report(admin, case.id, seen_version=case.version).id, login))
    return sent


def _order(desk: Desk) -> Desk:
    """Tick the whole page of the worklist and open the preview of passing it."""
    for box in desk.page.locator("input[name=case]").all():
        box.check()
    desk.press("批量办理勾选的")
    with desk.page.expect_navigation():
        desk.page.get_by_role("link", name="审核通过，报市级").click()
    return desk


def _released(live, clock) -> None:
    clock.forward(minutes=6)
    with live.app.app_context():
        while outbox.drain():
            pass


def _review(desk: Desk, number: int) -> Desk:
    desk.go(f"/cases/{number}").sees(WHY)
    with desk.page.expect_navigation():
        desk.page.get_by_role("link", name="审核通过，报市级").first.click()
    return desk


def test_thirty_reports_in_a_day(live, new_page, clock):
    with live.app.app_context():
        sent = thirty(clock)
        clock.set("2026-04-21 08:40")
        tick(clock.today())
        steps.county(), steps.city()
    (first, _), (second, asked_again) = sent[:ASKED]

    desk = Desk(live, new_page, "x220104")
    page = desk.page
    desk.go("/work").looks("county-30-worklist")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"待办 {len(sent)}")

    # who has not filed is known without counting, and both are urged at once
    desk.go("/reports?period=2026Q1&show=missing").looks("county-30-missing")
    desk.sees(f"应报 30 家，已报 {len(sent)} 家").sees(f"逾期未报 {MISSING} 家")
    desk.press("催报").sees("催报2026年第一季度季报").looks("county-30-owed").press("催报全部逾期的").sees(f"登记催报 {MISSING}").press("登记催报").sees("催报")
    with live.app.app_context():
        assert len(db.session.scalars(select(Urging)).all()) == MISSING

    # what needed no word goes on, a page in one order; the two that gave a reason are named with why they stay
    _order(desk.go("/work"))
    desk.looks("county-30-preview")
    expect(page.locator(".left-out li")).to_have_count(ASKED)
    expect(page.locator(".left-out")).to_contain_text("写了说明")
    page.locator("main .btn--main").click()
    desk.sees("撤下这一批").looks("county-30-batch")
    _released(live, clock)
    _order(desk.go("/work")).page.locator("main .btn--main").click()
    desk.sees("撤下这一批")
    _released(live, clock)

    # these are read: one stands, one goes back with its remark
    _review(desk, first).looks("county-30-review")
    for name in ("truth", "completeness", "accuracy"):
        page.check(f"#f-{name}")
    desk.press("审核通过，报市级").sees("市审")
    _review(desk, second)
    for name in ("truth", "completeness"):
        page.check(f"#f-{name}")
    page.check("#f-accuracy-1")
    page.fill("#f-accuracy_note", "完税证明没有附上，和税务数据对不上")
    page.fill("#f-text", "请补上完税证明，或者改正税额。")
    page.locator("details.how summary").click()
    page.locator("select[name='remarks-0-field']").select_option("t_tax")
    page.fill("input[name='remarks-0-text']", "和税务数据差得多，请核对")
    desk.press("退回补正").sees("补正")

    desk.go("/work").looks("county-30-done")
    expect(page.get_by_role("heading", level=1)).to_have_text("待办 0")
    with live.app.app_context():
        states = [db.session.get(Case, number).state for number, _ in sent]
    assert (states.count("city_review"), states.count("correction")) == (len(sent) - 1, 1), states
    Desk(live, new_page, asked_again).go("/desk").sees("补正").go(f"/reports/{second}/form").sees("和税务数据差得多")
