"""One objection upheld and one rejected, in a browser: each stands in the way of its applicant only (第八条, AMB-21)."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import axe
from tests.journeys.desk import Desk
from tests.notices import steps

pytestmark = pytest.mark.browser
FALSE = "有人说这家基地把场地租给了培训学校，请核实。"
TRUE = "这家基地申报的孵化面积把地下车库算了进去，附盖章的测绘说明。"


def _object(live, new_page, notice: int, case: int, **typed) -> str:
    """The public form; answers the receipt code."""
    sender = Desk(live, new_page, width=390, height=800).go(f"/public/notices/{notice}").fill(case_id=str(case), **typed)
    if typed["objector"] == "unit":
        sender.attach_plainly("seal", "盖章意见.pdf")
    sender.press("提交异议").sees("收到了")
    axe(sender.page)
    return sender.page.locator(".receipt").inner_text()


def _answer(desk: Desk, notice: int, facts: str, result: str, reply: str) -> None:
    said = desk.go(f"/notices/{notice}").page.locator("article", has_text=facts)
    with desk.page.expect_navigation():
        said.get_by_role("link", name="开始核查").click()
    desk.press("开始核查").sees("正在核查")
    with desk.page.expect_navigation():
        desk.page.locator("article", has_text=facts).get_by_role("link", name="答复这一件").click()
    axe(desk.page)
    desk.press("答复").sees("还没有")
    desk.fill(result=result, reply=reply).press("答复").sees("答复了")


def test_one_upheld_and_one_rejected(live, new_page, clock):
    clock.set("2024-11-04 09:30")
    with live.app.app_context():
        cases = steps.proposed(2)
        first, second = (case.id for case in cases)
        notice = steps.published(cases).id
        steps.lead()
    names = steps.NAMES
    clock.set("2024-11-06 10:00")
    said = _object(live, new_page, notice, first, objector="person", name="王小明", phone="139 0000 1234", facts=FALSE)
    meant = _object(live, new_page, notice, second, objector="unit", name="延吉示例测绘有限公司", contact="金测绘",
                    phone="13900005678", facts=TRUE)

    base = Desk(live, new_page, "jd220104001").go(f"/cases/{first}?tab=notice").sees("实名异议")
    for secret in ("王小明", "13900001234", FALSE):
        assert secret not in base.page.content(), "nobody who objected is known to the base"

    clerk = Desk(live, new_page, "sheng1")
    _answer(clerk, notice, FALSE, "rejected", "到现场核实，租出去的是另一栋楼，和孵化场所无关。")
    clock.set("2024-11-12 09:00")
    with live.app.app_context():
        steps.commands.end_notices(clock.today())

    lead = Desk(live, new_page, "shengf").go("/decisions/new")
    expect(lead.page.locator(f"input[name=case][value='{first}']")).to_be_enabled()
    expect(lead.page.locator("tr", has_text=names[1].removesuffix("创业孵化基地"))).to_contain_text("不能")

    clerk = Desk(live, new_page, "sheng1")  # days later the session is over
    _answer(clerk, notice, TRUE, "upheld", "测绘后核减地下车库，孵化面积要按核实的数重新审议。")
    lead.go(f"/notices/{notice}").page.get_by_role("link", name="退回重新办理").click()
    axe(lead.page)
    lead.press("退回").sees("还没有选退回哪一环节")
    lead.fill(outcome="back_to_deliberation", reason="面积核减后请集中审议重新判断。").press("退回").sees("集中审议")

    lead.go("/decisions/new").fill(document_no="吉工信创业〔2024〕92号", document_on="2024-11-12",
                                   title="关于认定2024年第一批吉林省创业孵化基地的通知")
    lead.page.locator(f"input[name=case][value='{first}']").check()
    lead.attach("f-file", "认定文件.pdf").press("核对要认定的内容").press("登记，认定这 1\u00a0家").sees("吉工信创业〔2024〕92号")

    public = Desk(live, new_page)
    public.go("/register").sees(names[0])
    assert names[1] not in public.page.content()
    for code, words in ((said, "不成立"), (meant, "成立")):
        public.go("/public/objections").fill(code=code).page.locator("main form button").first.click()
        public.sees(words)
