"""One meeting, three dossiers: one passes, one after a recusal does not, one is held and passes at the next (第八条; A8-3, A8-3a)."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.assessments import steps
from tests.journeys.desk import Desk

pytestmark = pytest.mark.browser

NAMES = {"sound": "长春青禾创业孵化基地", "short": "长春青柚创业孵化基地", "held": "长春青松创业孵化基地"}
HELD = "场地权属还要核对，下一次会议再审"


def prepare(app) -> dict[str, int]:
    with app.app_context():
        found = {}
        for number, (key, name) in enumerate(NAMES.items(), 101):
            verified = {"tenants_countable": 14} if key == "short" else {}
            found[key] = steps.deliberating(steps.accepted(name, number=number), **verified).id
        return found


def open_meeting(desk: Desk, members: str, dossiers: int) -> None:
    desk.go("/meetings/new").fill(held_on="2026-06-01", place="省工信厅 301 会议室")
    for n, letter in enumerate(members):
        if desk.page.locator(f"[id='f-members-{n}-name']").count() == 0:
            desk.page.locator("button[data-add-row=members]").click()
        desk.row("members", n, name=f"委员{letter}", office="省工信厅", present=True)
    desk.press(f"登记会议，列入 {dossiers} 家").sees("集中审议记录")


def verdict(desk: Desk, case_id: int, key: str, reason: str = "") -> None:
    desk.page.locator(f"input[name='verdict-{case_id}'][value={key}]").check()
    if reason:
        desk.page.locator(f"#r{case_id}").fill(reason)


def test_three_dossiers_a_recusal_and_a_held_one(live, new_page, clock):
    ids = prepare(live.app)
    clerk = Desk(live, new_page, "sheng1")
    open_meeting(clerk, "甲乙丙丁戊", 3)
    record = clerk.page.url

    # what the meeting sees: mean, spread, standards short, differences; a grey 通过 where the evidence does not bear it
    clerk.sees("75.50").sees("相差 8.5").sees("踏查 1 项和申报不同")
    expect(clerk.page.locator(f"input[name='verdict-{ids['short']}'][value=pass]")).to_be_disabled()

    # the recusal comes first; a verdict chosen meanwhile stays on the page
    verdict(clerk, ids["sound"], "pass")
    row = clerk.page.locator(f"#c{ids['short']}")
    row.locator("summary", has_text="记回避").click()
    row.locator("select").select_option("委员乙")
    row.get_by_label("什么关系").fill("亲属在运营机构任职")
    row.get_by_role("button", name="回避").click()
    clerk.page.wait_for_load_state()
    clerk.sees("委员乙的回避记下了").sees("委员乙回避：亲属在运营机构任职")
    expect(clerk.page.locator(f"input[name='verdict-{ids['sound']}'][value=pass]")).to_be_checked()

    verdict(clerk, ids["short"], "not_pass", "在孵企业核实 14 户，长春市区不能放宽")
    verdict(clerk, ids["held"], "hold", "再看看")
    clerk.press("记下选好的结论").sees("有 1 家没有记下，其余不受影响").sees("记下 2 家的结论")
    verdict(clerk, ids["held"], "hold", HELD)
    clerk.press("记下选好的结论")
    for counted in ("通过 1", "不通过 1", "暂缓 1"):
        clerk.sees(counted)
    clerk.page.locator(f"#c{ids['short']}").get_by_text("到会 4 人").wait_for()

    clerk.page.get_by_role("link", name="打印结论清单").click()
    clerk.page.wait_for_load_state()
    clerk.sees("集中审议结论清单").sees("委员乙").sees(HELD)
    clerk.page.goto(record)
    clerk.attach_plainly("minutes", "纪要.pdf").press("形成审议记录").sees("审议记录已形成")
    assert clerk.page.locator("input[type=radio]").count() == 0, "a formed record is not changed"

    # the held one is all that the next meeting takes in
    open_meeting(clerk, "甲乙丙", 1)
    clerk.sees(NAMES["held"].removesuffix("创业孵化基地"))
    assert NAMES["sound"].removesuffix("创业孵化基地") not in clerk.page.locator("main").inner_text()
    verdict(clerk, ids["held"], "pass")
    clerk.press("记下选好的结论").sees("通过 1")
    clerk.go(f"/cases/{ids['held']}").sees("拟认定")
    assert live.app.test_cli_runner().invoke(args=["ledger", "verify"]).exit_code == 0
