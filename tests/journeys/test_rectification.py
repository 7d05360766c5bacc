"""Downgrade and rectification at the browser: contract, documents, proof of service, funds, the loop to acceptance (第十五条)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from incubator.bases.models import Base
from incubator.kernel.database import db
from tests import walk
from tests.inspections import stand as inspecting
from tests.journeys.desk import Desk
from tests.sanctions import stand
from tests.stage import reached

pytestmark = pytest.mark.browser
NAME = stand.UNIT.name
DONE = "通道已经清空，疏散门换成推杆锁"


@reached
def short_of_both() -> tuple:
    """A demonstration base, inspected: 38 tenants and a blocked way out; concluded as 降级并限期整改."""
    base, _ = stand.base("demonstration")
    stand.people()
    case = inspecting.visited(inspecting.adhoc(base), tenants_countable=38, jobs=320)
    inspecting.finding(case)
    return base, inspecting.concluded(case, "both")


@reached
def rectifying() -> tuple:
    base, _ = stand.base()
    stand.people()
    return base, stand.rectifying(base)


def issue(lead: Desk, kind: str, number: int, effect: str) -> Desk:
    """The document of a kind from the desk of decisions; the second page says what it does."""
    lead.go("/decisions").press(f"登记{kind}文件").fill(document_no=f"吉工信创业〔2025〕{number}号", document_on="2025-06-16")
    lead.page.get_by_label(NAME).check()
    return lead.attach_plainly("file", "决定.pdf").press(f"核对要{kind}的内容").sees(effect).press(f"登记，{kind}这 1\u00a0家")


def test_from_the_conclusion_to_the_papers(live, new_page, clock):
    clock.set("2025-06-16 09:00")
    with live.app.app_context():
        base, inspection = short_of_both()
        login, number = base.code, inspection.id
    lead = Desk(live, new_page, "shengf").go("/decisions/new?kind=rectification").sees("1 条问题还没有写整改要求，第十五条")
    lead.looks("rectification-no-contract")
    clerk = Desk(live, new_page, "sheng1").go("/sanctions").looks("sanctions-desk").press(NAME).press("写整改要求").press("保存要求")
    clerk.sees("还有").looks("rectification-contract").row("items", 0, required="疏散通道畅通，疏散门能从里面推开", proof="消防检查意见和照片")
    clerk.press("保存要求").sees("要达到：疏散通道畅通")

    issue(lead, "降级", 61, "有效期不变")
    issue(lead, "限期整改", 62, "不得申报专项扶持资金")
    clerk.go(f"/cases/{number}").looks("rectification-papers").press("登记送达回证，吉工信创业〔2025〕61号")
    clerk.fill(served_on="2025-06-16", method="left", served_by="王某、李某").attach_plainly("file", "回证.pdf").press("登记送达回证")
    clerk.sees("签收人和拒收情况填一项").sees("第十五条").looks("rectification-served")
    clerk.fill(refusal="当面拒收，两名社区工作人员见证").attach_plainly("file", "回证.pdf").press("登记送达回证").sees("拒收：当面拒收")

    clerk.go("/funds").looks("funds").press("出带核验码的名单")
    code = re.search(r"/funds/check/([A-Z0-9-]+)", clerk.page.url)[1]
    anybody = Desk(live, new_page).go("/funds/check").fill(code=code.lower().replace("-", " ")).press("核验")
    anybody.sees("1\u00a0家里 0\u00a0家可以").sees("不能，整改期间").looks("funds-checked")
    operator = Desk(live, new_page, login).go("/desk").sees("限期整改").looks("rectification-desk")
    expect(operator.page.locator("main")).to_contain_text("不得申报专项扶持资金")
    Desk(live, new_page).go("/register?level=demonstration").sees("没有")


def test_the_report_is_sent_back_by_the_county(live, new_page, clock):
    """第十五条: reported, not believed, reported again, checked item by item, and reported upwards."""
    clock.set("2025-06-16 09:00")
    with live.app.app_context():
        base, case = rectifying()
        login, number = base.code, case.id
    clock.set("2025-09-01 09:00")
    operator = Desk(live, new_page, login).go("/desk").press("报整改情况").row("items", 0, done=DONE).press("报送整改报告")
    said = {"summary": "通道和疏散门整改到位，消防制度重新上墙。"}
    operator.fill(**said).attach_plainly("files", "消防意见.pdf").press("报送整改报告").sees("没有确认情况真实").looks("rectification-report")
    said["pledge"] = "y"
    operator.fill(**said).attach_plainly("files", "消防意见.pdf").press("报送整改报告").sees("第 1 次报告").looks("rectification-reported")

    county = Desk(live, new_page, "x220104").open_work(NAME).sees("报告以后还没有到现场核实").looks("rectification-county")
    county.press("没有整改到位").press("没有整改到位").sees("至少写 10 个字")
    county.fill(text="二层通道仍堆着货物，门锁没有换。").press("没有整改到位")
    operator.go(f"/cases/{number}").sees("二层通道仍堆着货物").sees("整改中").looks("rectification-sent-back")
    operator.press("报整改情况").row("items", 0, done=f"{DONE}，二层也清了").fill(**said).attach_plainly("files", "照片.pdf").press("报送整改报告")
    operator.sees("第 2 次报告")

    county.go(f"/cases/{number}").press("登记现场核实").looks("rectification-visit").visit()
    county.go(f"/cases/{number}").press("逐项核实").row("items", 0, met="yes", remark="通道畅通，门能推开").looks("rectification-checks")
    county.press("写入核实结果").press("核实属实，上报").press("核实属实，上报").sees("待市核")


def test_the_city_and_the_province_send_back_before_it_is_accepted(live, new_page, clock):
    clock.set("2025-06-16 09:00")
    with live.app.app_context():
        base, case = rectifying()
        login, number, admin = base.code, case.id, walk.actor(base.code)
        clock.set("2026-01-05 09:00")
        stand.checked(stand.report(case, admin))
    city = Desk(live, new_page, "s220100").open_work(NAME).press("退回县级").press("退回县级").sees("至少写 10 个字")
    city.fill(text="照片只有一层，看不到二层通道，请再核。").press("退回县级")
    county = Desk(live, new_page, "x220104").open_work(NAME).sees("看不到二层通道").looks("rectification-returned")
    county.press("核实属实，上报").press("核实属实，上报").sees("待市核")
    city.open_work(NAME).press("复核同意，报省厅验收").press("复核同意，报省厅验收").sees("待省验收")
    lead = Desk(live, new_page, "shengf").go(f"/cases/{number}").press("验收不合格")
    lead.fill(text="抽查时二层疏散门又上了锁，继续整改。").press("验收不合格")
    operator = Desk(live, new_page, login).go(f"/cases/{number}").sees("验收不合格，继续整改").sees("第十五条").sees("又上了锁")
    operator.looks("rectification-not-accepted")

    with live.app.app_context():
        clock.set("2026-02-02 09:00")
        stand.at_acceptance(stand.running(db.session.get(Base, case.base_id)), admin)
    lead = Desk(live, new_page, "shengf").go(f"/cases/{number}").press("验收合格").press("验收合格").sees("整改合格").looks("rectification-accepted")
    lead.go("/funds?day=2026-02-02").sees("1\u00a0家里 0\u00a0家可以")  # the day of the acceptance is the last of the sanction
    lead.go("/funds?day=2026-02-03").sees("1\u00a0家里 1\u00a0家可以")
    clock.set("2026-02-03 09:00")
    operator = Desk(live, new_page, login).go("/desk").sees("整改合格")
    expect(operator.page.locator("main")).not_to_contain_text("在限期整改")
