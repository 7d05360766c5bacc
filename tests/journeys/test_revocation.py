"""Revocation at the browser: told and heard, decided, what is left; proposed by the county; asked for by the base (第十六、十七条)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from incubator.bases import plaques
from incubator.bases.models import Base
from incubator.kernel import clock as portal_clock
from incubator.kernel.database import db
from incubator.obligations.commands import tick
from incubator.sanctions import queries
from tests import walk
from tests.journeys.desk import Desk
from tests.sanctions import stand
from tests.stage import reached

pytestmark = pytest.mark.browser
NAME = stand.UNIT.name
FACTS = {"facts": "两次现场核实，二层和三层都改成了仓库。", "tenants_plan": "由区工信局协助迁入相邻基地"}
PROPOSED = {"facts": "整改期满，疏散通道仍堵塞，两次催办没有结果。", "tenants_plan": "企业迁入相邻基地"}


@reached
def found() -> Base:
    """A base with its plaque, and the people around it."""
    base, _ = stand.base()
    stand.people()
    plaques.issue_plaque(walk.province()["clerk"], base.id, {
        "plaque_no": "2025-900", "issued_on": portal_clock.today().isoformat(), "received_by": "刘思远"})
    return base


@reached
def revoked():
    """Told on the base's day of 2025-06-16, the window run out, the document of the day after."""
    base = found()
    case = stand.direct(base)
    until = stand.told(case).defence_until
    portal_clock.set_fixed(portal_clock.now() + timedelta(days=(until - portal_clock.today()).days + 1))
    stand.issue("revocation", case)
    return base, case


@reached
def overdue() -> Base:
    """The year of a rectification is over and nothing was accepted."""
    base = found()
    stand.rectifying(base)
    portal_clock.set_fixed(portal_clock.now() + timedelta(days=366))
    tick()
    return base


def test_the_province_revokes_directly(live, new_page, clock):
    """第十六条（二）: a ground, the notice, the defence answered, the document after the window."""
    clock.set("2025-06-16 09:00")
    with live.app.app_context():
        base = found()
        login, place = base.code, f"/bases/{base.id}"
    clerk = Desk(live, new_page, "sheng1").go(place).press("直接撤销").fill(**FACTS).press("开始直接撤销").sees("情形还没有")
    clerk.looks("revocation-direct").page.get_by_label("第十六条（二）2").check()
    number = clerk.press("开始直接撤销").sees("还没有告知").case_id
    lead = Desk(live, new_page, "shengf").go("/decisions/new?kind=revocation").sees("还没有事先告知，第十六条").looks("revocation-untold")
    clerk.press("登记事先告知").fill(method="direct", receiver="刘思远").attach_plainly("file", "告知书.pdf").press("登记事先告知")
    clerk.sees("陈述申辩到 2025年6月23日").looks("revocation-told")
    expect(clerk.page.locator(".stations li")).to_have_text(["提出（已过）", "决定"])  # no county and no city on this way

    operator = Desk(live, new_page, login).go("/desk").sees("6月23日前").looks("revocation-desk").press("陈述申辩")
    operator.fill(words="三层只是临时堆放展会物料，已经搬空。").press("提交陈述申辩").sees("三层只是临时堆放").looks("revocation-defended")
    clerk.go(f"/cases/{number}").press("答复这一份").fill(answer="6月17日复查，三层仍是货架和叉车，不采纳。").press("答复").sees("不采纳")

    clock.set("2025-06-24 09:00")
    lead = Desk(live, new_page, "shengf").go("/decisions").press("登记撤销文件")
    lead.fill(document_no="吉工信创业〔2025〕71号", document_on="2025-06-23").attach_plainly("file", "撤销.pdf")
    lead.page.get_by_label(NAME).check()
    lead.press("核对要撤销的内容").sees("文件日期不晚于陈述申辩期的最后一天").looks("revocation-too-early")
    lead.fill(document_on="2025-06-24").press("核对要撤销的内容").press("登记，撤销这 1\u00a0家").sees("撤销")
    operator = Desk(live, new_page, login).go(f"/cases/{number}").sees("已撤销").sees("不采纳").looks("revocation-of-the-base")


def test_what_is_left_of_a_revoked_base(live, new_page, clock):
    """第十七条: read-only people, plaque and tax office by the county with proof, everybody can see it."""
    clock.set("2025-06-16 09:00")
    with live.app.app_context():
        base, case = revoked()
        login, place, number, code = base.code, base.id, case.id, plaques.valid_plaque(base.id).code
        paper = queries.decided(case.id)[0].decision.document_no
    operator = Desk(live, new_page, login).go("/desk").looks("revocation-former-desk").press("去下载").sees("已撤销").looks("revocation-former")
    with operator.page.expect_download() as taken:
        operator.page.get_by_role("button", name="下载在孵企业名册").click()
    assert taken.value.suggested_filename == f"{login}-tenants.csv"
    assert operator.page.goto(live.url("/change")).status == 403
    operator.go("/desk")
    expect(operator.page.get_by_role("link", name="申请变更")).to_have_count(0)

    county = Desk(live, new_page, "x220104").go("/sanctions").sees("收回牌匾").sees("通知主管税务机关").looks("revocation-owed")
    county.go(f"/cases/{number}").looks("revocation-follow-up").press("登记收回牌匾").press("登记")
    county.sees("无法收回的，理由至少写 10 个字").sees("第十七条").looks("revocation-plaque")
    county.fill(done_on="2025-06-24", condition="完好，存区工信局").press("登记").sees("没有照片、回执的不算办完")
    county.attach_plainly("file", "照片.pdf").press("登记").sees("2025年6月24日，完好，存区工信局")
    county.press("登记通知主管税务机关").fill(document_no="朝工信函〔2025〕12号", done_on="2025-06-24", receiver="朝阳区税务局").press("登记")
    county.sees("税务机关回执还没有上传").attach_plainly("file", "回执.pdf").press("登记").sees("朝工信函〔2025〕12号，朝阳区税务局")
    county.press(f"登记送达回证，{paper}").fill(served_on="2025-06-24", method="post", served_by="王某", receiver="刘思远")
    county.attach_plainly("file", "回证.pdf").press("登记送达回证").sees("邮寄送达，签收 刘思远").sees("2025年7月1日起").looks("revocation-done")

    anybody = Desk(live, new_page).go(f"/register/{place}").sees("已撤销").looks("revocation-public")
    anybody.go(f"/plaque/{code}").sees("已撤销").looks("revocation-plaque-check")


def test_a_proposal_of_the_county_is_sent_back_and_refused(live, new_page, clock):
    """第十六条（一）2: by the lead when the year is over; the city sends it back, the province sends it back and refuses."""
    clock.set("2025-06-16 09:00")
    with live.app.app_context():
        base = overdue()
        login, name, people = base.code, base.name, stand.people()
    county = Desk(live, new_page, "x220104f").go("/sanctions").sees("提出撤销").press("去提出")
    county.fill(reason="lapsed", **PROPOSED).press("提出撤销").sees("不是期满未续延").sees("第十六条（一）2").looks("revocation-propose")
    number = county.fill(reason="rectification").press("提出撤销").sees("待市复核").case_id
    assert Desk(live, new_page, "s220100").go(f"/cases/{number}").page.get_by_role("button", name="退回县级").count() == 0
    city = Desk(live, new_page, "s220100f").open_work(name).press("退回县级").fill(text="没有附第二次催办的记录，请补齐再报。").press("退回县级")
    county.open_work(name).sees("没有附第二次催办的记录").looks("revocation-sent-back").press("同意，上报").press("同意，上报")
    city.open_work(name).press("复核同意，上报省厅").press("复核同意，上报省厅").sees("待省审")
    clerk = Desk(live, new_page, "sheng1").go(f"/cases/{number}").press("退回市级").fill(text="安置方案没有写接收的基地，请补。").press("退回市级")
    with live.app.app_context():
        case = stand.case_of(db.session.merge(base), "revocation")
        walk.act(case, "forward", people["city_lead"], text="接收的基地补上了。")
    lead = Desk(live, new_page, "shengf").go(f"/cases/{number}").press("不予撤销").looks("revocation-refuse")
    lead.press("不予撤销").sees("至少写 10 个字").fill(text="整改材料年前已到，县里没有及时核实，不予撤销。").press("不予撤销")
    operator = Desk(live, new_page, login).go(f"/cases/{number}").sees("不予撤销").sees("第十六条").sees("县里没有及时核实")
    operator.looks("revocation-refused").go("/desk").sees("有效")
    assert clerk.go(f"/cases/{number}").page.get_by_role("button", name="不予撤销").count() == 0


def test_the_base_asks_for_it_and_names_both_consents(live, new_page, clock):
    """第十六条（一）1: without the investor's consent it is refused; what was uploaded stays."""
    clock.set("2025-06-16 09:00")
    with live.app.app_context():
        base = found()
        login, place = base.code, f"/bases/{base.id}"
    operator = Desk(live, new_page, login).go(place).looks("revocation-base").press("申请撤销")
    operator.fill(facts="场地另作他用，双方商定不再办基地。", tenants_plan="企业自愿迁入相邻基地，协助办手续。")
    operator.attach_plainly("operator_consent", "运营机构同意书.pdf").press("提交撤销申请").sees("缺投资主体同意书")
    operator.sees("第十六条（一）1").looks("revocation-one-consent")
    operator.go("/desk").sees("撤销申请还没有提交").press("接着填").sees("已经上传：运营机构同意书")
    operator.fill(facts="场地另作他用，双方商定不再办基地。", tenants_plan="企业自愿迁入相邻基地，协助办手续。")
    operator.attach_plainly("investor_consent", "投资主体同意书.pdf").press("提交撤销申请").sees("待县审")
    county = Desk(live, new_page, "x220104").open_work(NAME).send_back("同意书没有写日期，请重新盖章。")
    operator.go("/desk").sees("补正撤销申请").press("去补正").attach_plainly("investor_consent", "新同意书.pdf").press("提交撤销申请")
    county.open_work(NAME).sees("新同意书.pdf").looks("revocation-voluntary").press("同意，上报").press("同意，上报").sees("待市复核")
    operator.go(f"/cases/{county.case_id}").press("撤回申请").fill(text="双方改了主意，继续办基地。").press("撤回申请").sees("已撤回")
    operator.looks("revocation-withdrawn")
