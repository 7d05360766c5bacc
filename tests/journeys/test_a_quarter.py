"""An operator's whole quarter, from the reminder to the archive: thirty tenants, two come, one leaves, three head counts change.

The browser counts what it costs: every click and every input event, on every page on the way.
"""

from __future__ import annotations

from collections import Counter

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from incubator.kernel import outbox
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.obligations.commands import tick
from incubator.offices.models import Person
from incubator.reports.models import ReportFigures
from incubator.rosters.models import Tenant
from tests import walk
from tests.browser import axe, shot
from tests.journeys.desk import Desk
from tests.reports import steps

pytestmark = pytest.mark.browser

LISTEN = """for (const kind of ['click', 'input']) addEventListener(kind, e => {
  if (e.isTrusted) window.counted(kind, e.target.name || '');
}, true);"""
HEADS = {"heads-3-jobs": "20", "heads-7-jobs": "9", "heads-12-jobs": "2"}
FIGURES = {"t_revenue": "110", "t_tax": "6", "rent_relief": "3.5", "maker_visits": "44", "jobs_grad": "12", "jobs_vet": "3", "jobs_return": "6"}
TICKS = ("truth", "completeness", "accuracy")


class Count:
    """Clicks and input events of a page, over all it goes to; the names of what was typed into."""

    def __init__(self, page: Page) -> None:
        self.events, self.typed = Counter(), set()
        page.expose_binding("counted", self._take)
        page.add_init_script(LISTEN)

    def _take(self, _, kind: str, name: str) -> None:
        self.events[kind] += 1
        if kind == "input" and name:
            self.typed.add(name)

    def passed(self) -> tuple[int, int, set[str]]:
        """Clicks, input events and names since the last call."""
        found = self.events["click"], self.events["input"], self.typed
        self.events, self.typed = Counter(), set()
        return found


def owing(live, clock) -> tuple[int, str]:
    """A base with thirty tenants that has reported before; its operator's name to sign in with."""
    with live.app.app_context():
        base_id, admin = steps.recognised(76, document="2025-12-20", filed="2025-12-01", tenants=30)
        clock.set("2026-01-10 09:00")
        steps.submitted(admin, "2025Q4")
        return base_id, db.session.scalar(select(Person.login).where(Person.id == admin.person_id))


def keep_roster(desk: Desk) -> None:
    """Two tenants come in and one leaves, keyed on the roster as it happens."""
    page = desk.page
    desk.go("/rosters/tenants#f-name")
    for n in (31, 32):
        row = {**walk.tenant_row(steps.unit(76), n), "in_on": "2026-02-16", "status": None, "out_on": None}
        for name, value in row.items():
            box = page.locator(f"[id='f-{name}']")
            if value not in (None, "", [], True, False) and box.count() and box.is_visible():
                desk.fill(**{name: str(value)})
        with page.expect_navigation():
            page.locator("#f-name").press("Enter")
        desk.sees(row["name"])
    with page.expect_navigation():
        page.get_by_role("link", name="毕业、退出").first.click()
    desk.fill(status="left", out_on="2026-02-18", out_kind="搬到别处").press("记下离开").sees("离开")


def reviewed(desk: Desk, number: int, act: str, after: str) -> None:
    desk.go(f"/cases/{number}")
    with desk.page.expect_navigation():
        desk.page.get_by_role("link", name=act).first.click()
    for name in TICKS:
        desk.page.check(f"#f-{name}")
    desk.press(act).sees(after)


def test_from_the_reminder_to_the_archive(live, new_page, clock):
    base_id, login = owing(live, clock)
    clock.set("2026-02-20 09:00")
    desk = Desk(live, new_page, login)
    page, count = desk.page, Count(desk.page)
    keep_roster(desk)
    roster = count.passed()

    clock.set("2026-04-10 09:00")
    with live.app.app_context():
        tick(clock.today())
        while outbox.drain():
            pass
    desk.sign_in(login).go("/messages")
    count.passed()
    letter = page.locator("button.letter", has_text="2026年第一季度季报")
    expect(letter).to_have_count(1)
    letter.click()
    desk.sees("2026年第一季度季报")
    desk.sees("期限怎么算的").press("去填报")
    expect(page.get_by_role("heading", level=1)).to_contain_text("2026年第一季度季报")
    assert page.locator("input[name^=heads-][name$=-jobs]").count() == 31
    for name, value in (HEADS | FIGURES).items():
        page.locator(f"[name='{name}']").fill(value)
    page.locator("#f-pledge").check()
    axe(page)
    shot(page, "reports-form")
    page.get_by_role("button", name="报送", exact=True).click()
    expect(page.locator("main")).to_contain_text("县审")
    shot(page, "reports-case")
    clicks, inputs, typed = count.passed()
    figures = typed - set(HEADS) - {"pledge"}
    print(f"\n  a quarter: {len(HEADS)} head counts and {len(figures)} figures typed, {clicks} clicks and {inputs} input events from the"
          f" reminder to the report; {roster[0]} clicks and {roster[1]} input events for the roster's changes before")
    assert figures == set(FIGURES) and len(figures) <= 8 and clicks <= 8, (clicks, typed)

    with live.app.app_context():
        row = db.session.scalar(select(ReportFigures).where(ReportFigures.base_id == base_id).order_by(ReportFigures.period_start.desc()))
        assert (row.t_begin, row.t_new, row.t_exit, row.t_end) == (30, 2, 1, 31)
        assert db.session.scalar(select(Tenant.jobs).where(Tenant.base_id == base_id, Tenant.jobs == 20)) == 20
        steps.county(), steps.city()
    reviewed(Desk(live, new_page, "x220104"), desk.case_id, "审核通过，报市级", "市审")
    reviewed(Desk(live, new_page, "s220100"), desk.case_id, "审核通过，归档", "已归档")
    with live.app.app_context():
        assert db.session.get(Case, desk.case_id).state == "archived"
    desk.go(f"/cases/{desk.case_id}").sees("已归档")
