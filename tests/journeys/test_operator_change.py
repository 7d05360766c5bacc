"""An operator is replaced, in a browser: asked by the base, looked at by county and city, agreed, carried out (第十八条)."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from incubator.changes import requests
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.policy.fields.change import CHANGE
from tests import walk
from tests.changes import steps
from tests.journeys.desk import Desk
from tests.recognised import NAMES, NOW, _found, base
from tests.stage import reached

pytestmark = pytest.mark.browser


def test_an_operator_is_replaced(live, new_page, clock):
    with live.app.app_context():
        _found()
        code, address = base().code, base().address
        steps.staff()
    clock.set(NOW)
    operator = Desk(live, new_page, code).go("/desk").press("申请变更")
    operator.looks("change-start").press("填变更申请")
    operator.page.check("input[name=types][value=operator]")
    operator.page.check("input[name=types][value=investor]")
    operator.fill(applicant="operator", reason=steps.REASON, site_moved="no", address=address).press("提交变更申请")
    operator.sees("不能同时变更投资主体和运营机构").looks("change-refused")
    operator.page.uncheck("input[name=types][value=investor]")
    typed = {
        "new_operator_name": "长春新程企业管理有限公司", "new_operator_uscc": walk.uscc(7001), "new_legal_rep": "孙新程",
        "new_contact_name": "孙新程", "new_contact_phone": "13800007001", "coop_ended_on": "2025-02-28"}
    operator.fill(applicant="investor", **typed)
    for field in ("application_file", "use_pledge", "tenants_plan", "termination_file", "new_operator_files"):
        operator.attach(f"f-{field}", f"{field}.pdf")
    operator.press("提交变更申请").sees("县合规审查")
    number = operator.case_id

    county = Desk(live, new_page, "x220104").go(f"/cases/{number}").sees("本有效期已变更 0/1 次")
    county.looks("change-county").press("合规，报市里").press("合规，报市里").sees("市合规审查")
    city = Desk(live, new_page, "s220100").go(f"/cases/{number}").press("以正式文件上报省厅")
    city.fill(doc_no="长工信发〔2025〕9号").attach("f-document", "上报.pdf").press("以正式文件上报省厅").sees("省审核")
    clerk = Desk(live, new_page, "sheng1").go(f"/cases/{number}").press("写审核意见")
    clerk.fill(text="材料齐全，产权和用途没有变化，建议同意。").press("写审核意见").sees("待负责人决定")
    lead = Desk(live, new_page, "shengf").go(f"/cases/{number}").press("同意变更")
    lead.press("同意变更").sees("还没有").looks("change-approve")
    lead.fill(notice_no="吉工信创业〔2025〕15号", notice_on="2025-03-03", investor_told="当日邮寄").attach_plainly("file", "通知.pdf")
    lead.press("同意变更").sees("实施期限到")

    clock.forward(minutes=10)  # the change takes effect after what was asked for
    operator.go("/desk").sees("实施变更并确认")
    operator.press("确认已实施")
    operator.looks("change-implement").press("确认已实施")
    operator.sign_in(code).go(f"/cases/{number}").sees("已实施")
    operator.looks("change-former")
    manager = Desk(live, new_page, "shengg").go(f"/cases/{number}").press("给新运营机构派发账号")
    manager.looks("change-dispatch").press("派发账号").sees("账号派发单")

    Desk(live, new_page).go("/register").sees("长春新程企业管理有限公司").sees(NAMES[0])


@reached
def asked() -> Case:
    """The base that stands asks for another operator."""
    return steps.submitted("operator")


def at_the_county(live, clock) -> tuple:
    """The base's sign-in name, its case at the county, and who works at both stations."""
    with live.app.app_context():
        _found()
        local = steps.staff()
    clock.set(NOW)
    with live.app.app_context():
        return base().code, asked().id, local


def answered(number: int, reason: str) -> Case:
    """What was returned is changed and submitted again."""
    who, case = walk.actor(base().code), db.session.get(Case, number)
    walk.fill(case, CHANGE, {"reason": reason}, who)
    return requests.submit_change(who, case.id, seen_version=steps.fresh(case).version)


def test_a_change_is_sent_back_at_each_station_and_not_agreed(live, new_page, clock):
    code, number, local = at_the_county(live, clock)
    county = Desk(live, new_page, local.county[0]).go(f"/cases/{number}").press("退回补正").press("退回补正").sees("至少写 10 个字")
    county.go(f"/cases/{number}").send_back("终止合作的文件没有写日期。", ("reason", "写明终止的日期"))
    operator = Desk(live, new_page, code).go("/desk").sees("补正变更申请").press("去补正").sees("写明终止的日期").looks("change-returned")
    operator.fill(reason=f"{steps.REASON}原合作2025年2月28日终止。").press("提交变更申请").sees("县合规审查")
    with live.app.app_context():
        walk.act(db.session.get(Case, number), "pass", steps.county())
    city = Desk(live, new_page, local.city[0]).go(f"/cases/{number}")
    city.send_back("在孵企业的安排写得不够。", ("reason", "逐户写明去留"))
    operator.go(f"/cases/{number}").sees("退回补正").sees("第十八条").sees("逐户写明去留")
    with live.app.app_context():
        case = answered(number, f"{steps.REASON}原合作终止，企业全部留下，逐户见附件。")
        walk.act(case, "forward", steps.city(), doc_no="长工信发〔2025〕9号", upload=walk.pdf("上报文件.pdf"))
    Desk(live, new_page, "sheng1").go(f"/cases/{number}").sees("第三次退回须由负责人办理")
    lead = Desk(live, new_page, "shengf").go(f"/cases/{number}")
    lead.send_back("新运营机构的材料不齐。", ("reason", "写明新机构的团队"))
    with live.app.app_context():
        case = answered(number, f"{steps.REASON}原合作终止，新机构团队五人。")
        walk.act(case, "examine", steps.province()["clerk"], text="新机构没有孵化经验，团队不足五人，建议不同意。")
    lead.go(f"/cases/{number}").press("不同意变更").looks("change-disagree").press("不同意变更").sees("至少写 10 个字")
    lead.fill(text="新运营机构团队不足五人，不能保证原有服务功能。").press("不同意变更").sees("不同意")
    operator.go(f"/cases/{number}").sees("不同意变更").sees("第十八条").sees("团队不足五人").looks("change-not-agreed")
    operator.go("/desk").press("申请变更").sees("填变更申请")  # nothing was used up: it may be asked again


def test_an_office_finds_a_change_not_compliant(live, new_page, clock):
    """County and city can each end it; who asked sees by which article."""
    code, number, local = at_the_county(live, clock)
    lead = Desk(live, new_page, local.county_lead[0]).go(f"/cases/{number}").press("不合规").press("不合规").sees("至少写 10 个字")
    lead.fill(text="场地用途已改作仓储，不属于可以变更的情形。").press("不合规").sees("合规审查不通过")
    operator = Desk(live, new_page, code).go(f"/cases/{number}").sees("县合规审查不通过").sees("第十八条").sees("用途已改作仓储")
    expect(operator.page.locator(".stations li")).to_have_text(["申请（已过）", "县合规审查（已过）", "办结（已过）"])  # it never was at the city
    operator.looks("change-not-compliant")
    with live.app.app_context():
        case = walk.act(steps.submitted("operator"), "pass", steps.county())
    city = Desk(live, new_page, local.city_lead[0]).go(f"/cases/{case.id}").press("不合规")
    city.fill(text="和另一家基地共用同一场地，材料互相矛盾。").press("不合规").sees("合规审查不通过")
    operator.go(f"/cases/{case.id}").sees("市合规审查不通过").sees("共用同一场地")
