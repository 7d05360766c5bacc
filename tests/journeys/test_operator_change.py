"""An operator is replaced, in a browser: asked by the base, looked at by county and city, agreed, carried out (第十八条)."""

from __future__ import annotations

import pytest

from tests import walk
from tests.changes import steps
from tests.journeys.desk import Desk
from tests.recognised import NAMES, NOW, _found, base

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

    operator.go("/desk").sees("实施变更并确认")
    operator.press("确认已实施")
    operator.looks("change-implement").press("确认已实施")
    operator.sign_in(code).go(f"/cases/{number}").sees("已实施")
    operator.looks("change-former")
    manager = Desk(live, new_page, "shengg").go(f"/cases/{number}").press("给新运营机构派发账号")
    manager.looks("change-dispatch").press("派发账号").sees("账号派发单")

    Desk(live, new_page).go("/register").sees("长春新程企业管理有限公司").sees(NAMES[0])
