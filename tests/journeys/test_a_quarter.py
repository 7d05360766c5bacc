"""An operator's whole quarter: thirty tenants, two come, one leaves, three head counts change; what is typed is counted."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from incubator.kernel.database import db
from incubator.obligations.commands import tick
from incubator.offices.models import Person
from incubator.reports.models import ReportFigures
from incubator.rosters import commands as rosters
from incubator.rosters.models import Tenant
from incubator.rosters.tables import TENANTS
from tests import walk
from tests.browser import axe, shot
from tests.journeys.desk import Desk
from tests.reports import steps

pytestmark = pytest.mark.browser

COUNT = """() => {
  window.typed = new Set();
  document.addEventListener('input', e => { if (e.isTrusted && e.target.type !== 'checkbox') window.typed.add(e.target.name); }, true);
}"""


def test_what_is_typed_in_a_quarter(live, new_page, clock):
    """The roster's own changes are keyed on the roster as they happen; the report asks for seven figures and what changed."""
    with live.app.app_context():
        base_id, admin = steps.recognised(76, document="2025-12-20", filed="2025-12-01", tenants=30)
        clock.set("2026-01-10 09:00")
        steps.submitted(admin, "2025Q4")
        clock.set("2026-02-20 09:00")
        for n in (31, 32):
            rosters.add(admin, TENANTS, {**walk.tenant_row(steps.unit(76), n), "in_on": "2026-02-16"})
        gone = db.session.scalar(select(Tenant).order_by(Tenant.id))
        rosters.leave(admin, TENANTS, gone.id, {"status": "left", "out_on": "2026-02-18", "out_kind": "搬到别处"}, seen_version=gone.version)
        clock.set("2026-04-10 09:00")
        tick(clock.today())
        login = db.session.scalar(select(Person.login).where(Person.id == admin.person_id))
    desk = Desk(live, new_page, login)
    page = desk.page
    desk.go("/desk")
    page.get_by_role("button", name="去填报").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2026年第一季度季报")
    assert page.locator("input[name^=heads-][name$=-jobs]").count() == 31
    page.evaluate(COUNT)
    heads = {"heads-3-jobs": "20", "heads-7-jobs": "9", "heads-12-jobs": "2"}
    figures = {"t_revenue": "110", "t_tax": "6", "rent_relief": "3.5", "maker_visits": "44", "jobs_grad": "12", "jobs_vet": "3", "jobs_return": "6"}
    for name, value in (heads | figures).items():
        page.locator(f"[name='{name}']").fill(value)
    page.locator("#f-pledge").check()
    typed = set(page.evaluate("() => [...window.typed]"))
    beside = typed - set(heads)
    axe(page)
    shot(page, "reports-form")
    page.get_by_role("button", name="报送", exact=True).click()
    expect(page.locator("main")).to_contain_text("县审")
    shot(page, "reports-case")
    print(f"\n  a quarter: {len(heads)} head counts and {len(beside)} figures typed of 31 tenants and 7 figures")
    assert len(beside) <= 8 and typed == set(heads) | set(figures)
    with live.app.app_context():
        row = db.session.scalar(select(ReportFigures).where(ReportFigures.base_id == base_id).order_by(ReportFigures.period_start.desc()))
        assert (row.t_begin, row.t_new, row.t_exit, row.t_end) == (30, 2, 1, 31)
        assert db.session.scalar(select(Tenant.jobs).where(Tenant.base_id == base_id, Tenant.jobs == 20)) == 20
