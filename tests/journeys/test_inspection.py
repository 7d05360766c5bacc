"""A year's inspection at the browser: plan, draw, the site on a phone, what is suggested, what a person concludes (第十四条)."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import expect

from incubator.obligations.commands import tick
from tests import walk
from tests.inspections import stand
from tests.journeys.desk import PHONE, Desk
from tests.stage import reached

pytestmark = pytest.mark.browser
WEAK = walk.Unit("长春星桥创业孵化基地", "220104", 17)
SOUND = walk.Unit("长春南湖创业孵化基地", "220104", 18)
LATE = walk.Unit("延吉海兰创业孵化基地", "222401", 21)


@reached
def two() -> tuple:
    """An older base with 3 tenants, and one of last December with 17, of which no report is asked yet."""
    walk.province()
    return tuple(stand.recognised(unit, day, tenants=n, team=6)[0]
                 for unit, day, n in ((WEAK, date(2023, 11, 20), 3), (SOUND, date(2025, 12, 22), 17)))


def test_the_plan_of_a_year_and_a_base_that_is_not_visited(live, new_page, clock):
    clock.set("2026-03-02 09:00")
    with live.app.app_context():
        two()
    clerk = Desk(live, new_page, "sheng1").go("/inspections").press("做一份计划").looks("inspection-new").press("建立计划")
    plan = clerk.sees("一家不漏").sees("应检 2 家 = 分批 2 家").page.url.split(live.base)[1]
    with live.app.app_context():
        stand.recognised(LATE, date(2025, 12, 30))  # its document is entered after the plan was made
    clerk.go(plan).sees("对不上").sees("漏了 1 家：延吉海兰创业孵化基地").looks("inspection-missing")
    clerk.press("补进第一批").sees("应检 3 家 = 分批 3 家")
    clerk.press("下达计划").sees("还没有抽取踏查名单").sees("第十四条").looks("inspection-plan-refused")
    clerk.press("踏查名单").fill(seed="双色球", share="10").press("抽取踏查名单").sees("种子").looks("inspection-draw")
    clerk.fill(seed="双色球第2026012期 03 08 11 17 25 31").press("抽取踏查名单").sees("不能重抽").sees("踏查，风险分高")
    clerk.looks("inspection-drawn").go(plan).press("下达计划").sees("计划下达了")
    county = Desk(live, new_page, "x220104").go(plan).sees(WEAK.name)
    expect(county.page.locator("main")).not_to_contain_text("应检")

    clock.set("2026-04-01 08:30")
    with live.app.app_context():
        tick()
    # without a visit only 合格 can be written
    clerk = Desk(live, new_page, "sheng1").open_work(SOUND.name).sees("没有抽中实地踏查").looks("inspection-online")
    clerk.press("没有抽中踏查，直接写结论").press("没有抽中踏查，直接写结论").press("写结论").sees("系统建议“合格”")
    clerk.fill(conclusion="rectify", reason="去年有人投诉，想让它整改。").press("写入结论")
    clerk.sees("没有实地踏查，不能结论为限期整改").sees("第十四条").sees("先安排踏查").looks("inspection-no-visit")
    clerk.fill(conclusion="passed", reason="").press("写入结论").sees("结论：合格")


def test_the_site_on_a_phone_and_the_conclusion(live, new_page, clock):
    """Two problems suggest a revocation; a person concludes otherwise, and only with the reason."""
    clock.set("2026-03-02 09:00")
    with live.app.app_context():
        login = two()[0].code
        stand.confirmed()
        clock.set("2026-04-01 08:30")
        tick()
    clerk = Desk(live, new_page, "sheng1").open_work(WEAK.name).sees("差 12 户")
    number = clerk.press("线上审查完成，去踏查").press("线上审查完成，去踏查").case_id
    phone = Desk(live, new_page, "sheng2", **PHONE).go(f"/cases/{number}").sees("还差实地踏查记录").looks("inspection-to-visit")
    phone.press("登记实地踏查").looks("inspection-visit").visit(tenants_countable="4", safety="no")
    for code, fact in (("15(5)", "消防通道堆放货物，疏散门上锁。"), ("16(2)2", "二层一半改作仓库，和孵化无关。")):
        phone.go(f"/cases/{number}").press("写一条问题").fill(code=code, fact=fact).attach_plainly("evidence", "现场.pdf")
        phone.press("写入这一条").sees(fact)
    phone.press("踏查完成，写结论").press("踏查完成，写结论").looks("inspection-visited")

    base = Desk(live, new_page, login, **PHONE).go("/desk").sees("年检发现 2 条问题").press("去说明").sees("消防通道堆放货物").press("作说明")
    base.fill(explanation="货物当天已经清走，门锁拆了。").press("提交说明").sees("基地说明：货物当天已经清走").looks("inspection-explained")

    clerk.go(f"/cases/{number}").press("写结论").sees("系统建议“建议撤销”").sees("第十六条（二）2").sees("差 11 户")
    clerk.fill(conclusion="rectify", reason="情节轻").press("写入结论").sees("结论和系统建议的“建议撤销”不同")
    clerk.looks("inspection-conclude").fill(reason="仓库只占一间，当场答应腾空，先责令整改。").press("写入结论").sees("结论：限期整改")
    clerk.looks("inspection-concluded")
    base.go(f"/cases/{number}").sees("结论：限期整改").sees("系统建议“建议撤销”，没有采用：仓库只占一间")
    expect(base.page.locator("main")).not_to_contain_text("省厅经办")
