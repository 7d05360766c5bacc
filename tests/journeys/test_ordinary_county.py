"""From nothing to a recognised base in an ordinary county, in a browser, beside one from 梅河口 (第五至十条)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from incubator.simulation import steps
from tests.journeys.desk import Desk

pytestmark = pytest.mark.browser

NAME = "长春春晓创业孵化基地"
USCC = steps.uscc(77)


def staff(app) -> steps.Local:
    with app.app_context():
        steps.province()
        return steps.staff("220104")


def ask_for_account(desk: Desk) -> str:
    """The public form; returns the receipt code."""
    desk.go("/accounts/apply").press("提交申请").sees("还有")
    desk.fill(
        operator_name="长春春晓企业管理有限公司", operator_uscc=USCC.lower(), base_name=NAME, division_code="220104",
        address="示例街 77 号", contact_name="林春晓", contact_phone="138 0000 0077",
    ).attach("f-licence", "营业执照.pdf").press("提交申请").sees("申请收到了")
    return desk.page.locator(".receipt").inner_text()


def dispatch(live, new_page, local) -> tuple[str, str]:
    """County confirms, province dispatches; returns sign-in name and one-time password of the slip."""
    county = Desk(live, new_page, local.county[0]).open_work(NAME)
    county.press("核验属实，报省厅派发").press("核验属实，报省厅派发").sees("已到省工信厅")
    manager = Desk(live, new_page, "shengg").open_work(NAME).press("派发账号").press("派发账号")
    login, password = manager.page.locator("dd b.code").all_inner_texts()
    return login, password


def first_sign_in(live, new_page, login: str, password: str) -> Desk:
    """The one-time password opens nothing but the page that changes it."""
    desk = Desk(live, new_page).sign_in(login, password)
    desk.go("/desk").sees("一次性密码只能用这一回")
    desk.fill(current=password, new="Chunxiao-77-lin", again="Chunxiao-77-lin").press("改密码")
    return desk.sign_in(login, "Chunxiao-77-lin").sees("填备案表")


def file_base(desk: Desk) -> None:
    desk.press("填备案表").press("提交备案").sees("改好才能提交")
    desk.fill(
        investor_type="legal_person", investor_name="长春春晓置业有限公司", investor_idno=steps.uscc(78),
        operator_is_legal=True, legal_rep="张建国", operator_founded="2019年5月20日", relation="entrusted",
        coop_agreement_end="2035-12-31", property_kind="owned", property_no="吉（2020）示例不动产权第 0000077 号",
        area_total="3,620", area_incub="3050", area_public="530", area_maker="120", base_type="comprehensive",
        main_industry="65", operation_start="2020-03-01", invest_total="1200", tenants_now="17", jobs_now="120",
        contact_email="lin@example.cn",
    )
    desk.page.locator("input[name=invest_source]").first.check()
    desk.attach("f-coop_agreement", "合作协议.pdf").attach("f-lic_file", "营业执照.pdf").attach("f-prop_file", "权属.pdf")
    desk.press("提交备案").sees("提交好了").sees("县审")


def test_account_and_filing_with_a_return(live, new_page, clock):
    """Account request → dispatch → forced change → filing → return → version 2 → approved, with its number."""
    local = staff(live.app)
    code = ask_for_account(Desk(live, new_page))
    assert re.fullmatch(r"(\w{8}-){3}\w{8}", code)
    login, password = dispatch(live, new_page, local)
    operator = first_sign_in(live, new_page, login, password)
    file_base(operator)

    county = Desk(live, new_page, local.county[0]).open_work(NAME).press("退回补正")
    county.press("退回补正").sees("至少写 10 个字")
    county.fill(text="权属证明不清楚，请重新上传后再提交。")
    county.page.locator("select[name='remarks-0-field']").select_option("prop_file")
    county.page.locator("input[name='remarks-0-text']").fill("扫描件第 2 页看不清，请重新扫描")
    county.press("退回补正").sees("退回补正")

    operator.go("/desk").sees("补正备案表").press("去补正").sees("扫描件第 2 页看不清")
    operator.press("提交备案").sees("没有改动")
    operator.attach("f-prop_file", "权属新.pdf").press("提交备案").sees("提交好了")
    county.open_work(NAME).sees("版本 2")
    county.page.get_by_role("link", name="和版本 1 比较").click()
    county.sees("权属证明").sees("已改")
    county.open_work(NAME).press("备案通过").press("备案通过").sees("备案通过")
    operator.go("/desk").sees("备案（培育中）").sees("BA-220104-2026-001")
    expect(operator.page.locator("body")).to_contain_text("申请认定")
