"""The year's end: the last quarter and the year on one page, the year prefilled from four quarters, each late by itself (AMB-36)."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from incubator.kernel.database import db
from incubator.obligations.commands import tick
from incubator.offices.models import Person
from incubator.policy.periods import Period
from incubator.reports import queries
from incubator.reports.models import Report
from tests.journeys.desk import Desk
from tests.reports import steps

pytestmark = pytest.mark.browser

WHY = "四季度有一户企业补报了收入，年报按审计数填写"
MONTHS = (("2026-04-08", "2026Q1"), ("2026-07-08", "2026Q2"), ("2026-10-08", "2026Q3"))


def year(clock) -> tuple[int, str]:
    base_id, admin = steps.recognised(77, document="2025-12-20", filed="2025-12-01", tenants=3)
    clock.set("2026-01-10 09:00")
    steps.submitted(admin, "2025Q4")
    steps.submitted(admin, "2025")
    for day, code in MONTHS:
        clock.set(f"{day} 09:00")
        steps.submitted(admin, code)
    clock.set("2027-01-12 09:00")
    tick(clock.today())
    return base_id, db.session.scalar(select(Person.login).where(Person.id == admin.person_id))


def _fill(desk: Desk, typed: dict) -> Desk:
    for name, value in typed.items():
        box = desk.page.locator(f"[name='{name}']")
        if box.count():
            desk.fill(**{name: value if isinstance(value, bool) else str(value)})
    return desk


def test_two_reports_on_one_page(live, new_page, clock):
    with live.app.app_context():
        base_id, login = year(clock)
    desk = Desk(live, new_page, login).go("/desk").sees("2026年年终填报")
    page = desk.page
    desk.press("去填报").sees("四个季度报过的数").looks("year-end")
    expect(page.locator("main")).to_contain_text("没有报")  # the last quarter is still to come

    desk.press("填2026年第四季度季报").looks("year-end-quarter")
    expect(page.get_by_role("navigation", name="2026年年终填报")).to_contain_text("2. 2026年年报")
    _fill(desk, steps.QUARTER | {"t_revenue": "130"}).press("报送").sees("县审")

    # five days later the day of both has passed; what came in time stays in time
    clock.set("2027-01-22 09:00")
    with live.app.app_context():
        tick(clock.today())
    desk.sign_in(login).go("/reports/year/2026").sees("已报送").sees("逾期 2 天").looks("year-end-late")
    desk.press("填2026年年报")
    revenue = page.locator("[name='t_revenue']")
    assert revenue.input_value().startswith("430"), "100 + 100 + 100 + 130 are summed, nobody types them"
    _fill(desk, steps.YEAR | {"t_revenue": "480"}).press("报送").sees("还有 1 处要改，改好才能报送").looks("year-end-asked")
    desk.fill(diff_note=WHY)
    desk.press("报送").sees("县审")

    with live.app.app_context():
        filed = {row.period.code: row for row in map(queries.filed_of, db.session.scalars(select(Report).where(Report.base_id == base_id)))}
        quarter, whole = filed["2026Q4"], filed["2026"]
        assert (quarter.late, whole.late, whole.late_days) == (False, True, 2)
        assert queries.figures_of(base_id, [Period(2026)])[Period(2026)]["t_revenue"] == 480
        number = whole.case_id
        steps.county()
    Desk(live, new_page, "x220104").go(f"/cases/{number}").sees("逾期 2 天").sees(WHY)
