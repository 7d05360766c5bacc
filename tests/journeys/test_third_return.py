"""Three returns of one application: answers, differences with rosters, and the third by the lead alone (A7-11)."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from incubator.kernel import clock as portal_clock
from incubator.simulation import applications, steps
from tests.browser import axe
from tests.journeys.desk import Desk

pytestmark = pytest.mark.browser
CHAOYANG = steps.Unit("长春星桥创业孵化基地", "220104", 17)


def _return(desk: Desk, *remarks: tuple[str, str]) -> Desk:
    return desk.open_work(CHAOYANG.name).send_back("有几处对不上，请一次改齐后再提交。", *remarks)


def test_three_returns(live, new_page, clock):
    with live.app.app_context():
        today = portal_clock.today()
        applications.open_round(today.year, today, today.replace(month=12, day=31))
        number = applications.submitted_case(CHAOYANG).id
    operator, county = Desk(live, new_page, "jd220104001"), Desk(live, new_page, "x220104")

    _return(county, ("public_ratio", "和服务台账不一致"), ("safety_officer", "写全名"), ("roster-tenants", "第 1 户人数不符"))
    operator.go("/desk").press("去补正").sees("一次说了 3 处").sees("在孵企业名册")
    axe(operator.page)
    operator.go(f"/application/{number}?part=check").press("提交认定申请").sees("没有改动")
    operator.go(f"/application/{number}?part=services")
    operator.fill(public_ratio="42").page.locator("#f-answer-1").fill("身份证上就是这三个字")
    operator.press("保存").sees("已保存")
    expect(operator.page.locator("#f-answer-1")).to_have_value("身份证上就是这三个字")
    operator.go(f"/application/{number}?part=check").press("提交认定申请").sees("第 3 条“在孵企业名册”没有改，也没有说明")
    with live.app.app_context():
        from sqlalchemy import select

        from incubator.kernel.database import db
        from incubator.rosters import commands as rosters
        from incubator.rosters.models import Tenant
        from incubator.rosters.tables import TENANTS, values_of

        row = db.session.scalars(select(Tenant).order_by(Tenant.id)).first()
        name = row.name
        rosters.change(steps.actor("jd220104001"), TENANTS, row.id, {**values_of(TENANTS, row), "jobs": "12"}, seen_version=row.version)
    operator.go(f"/application/{number}?part=check").press("提交认定申请").sees("提交好了")

    county.open_work(CHAOYANG.name).sees("版本 2").page.get_by_role("link", name="和版本 1 比较").click()
    county.sees("身份证上就是这三个字").sees("已改").sees(name).sees("从业人员")
    axe(county.page)

    for n in (2, 3):
        if n == 3:
            county.open_work(CHAOYANG.name).sees("第三次退回须由负责人办理")
            county = Desk(live, new_page, "x220104f")
        _return(county, ("public_ratio", f"第 {n} 次核对，仍不一致"))
        operator.go(f"/application/{number}?part=services").fill(public_ratio=str(50 + n)).press("保存")
        operator.go(f"/application/{number}?part=check").press("提交认定申请").sees("提交好了")
    county.open_work(CHAOYANG.name).sees("版本 4")
