"""An ordinary county and 梅河口: application, both local stations, province, notice, one document (第五至十条)."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from incubator.kernel import clock as portal_clock
from incubator.simulation import applications, reviews, steps
from tests.journeys.desk import Desk

pytestmark = pytest.mark.browser

ORDINARY = steps.Unit("长春春晓创业孵化基地", "220104", 77)
MERGED = steps.Unit("梅河口春晓创业孵化基地", "220581", 78, contact="林梅", phone="13800000078")


def prepare(app) -> None:
    """Two filed bases with full rosters in an open round; the merged one has applied already."""
    with app.app_context():
        today = portal_clock.today()
        applications.open_round(today.year, today, today.replace(month=12))
        _, admin = steps.filed_base(ORDINARY)
        applications.fill_rosters(ORDINARY, admin)
        applications.submitted_case(MERGED)
        reviews.experts()


def apply(operator: Desk) -> None:
    """Group by group; what the filing and the rosters know is not typed again."""
    operator.go("/desk").press("填认定申请").sees("这些不用再填").press("没有变化，下一步")
    operator.fill(decl_law=True, decl_credit=True, decl_property=True, decl_dispute=True, credit_report_on="2026-05-28")
    operator.attach("f-credit_reports", "运营机构信用报告.pdf").attach("f-credit_reports", "投资主体信用报告.pdf").press("保存，下一步")
    operator.attach("f-floor_plan", "平面图.pdf").row("facilities", 0, name="会议室", area="120", count="2").press("保存，下一步")
    operator.row("services", 0, service="property", desc="物业、水电和网络", fee="low", svc_times="200", svc_people="600")
    operator.page.locator("button[data-add-row=services]").click()
    operator.row("services", 1, service="tutoring", desc="每周创业门诊", fee="free", svc_times="48", svc_people="320")
    operator.fill(public_ratio="35").press("保存，下一步").sees("可计入 16 户").press("保存，下一步")
    for n, kind in enumerate(("entry", "exit", "safety")):
        if n:
            operator.page.locator("button[data-add-row=rules_files]").click()
        operator.row("rules_files", n, rule_kind=kind).attach(f"f-rules_files-{n}-file", f"制度{n}.pdf")
    operator.attach("f-fire_doc", "消防.pdf").attach("f-decl_tenants", "承诺书.pdf")
    operator.fill(safety_officer="周平安", last_check="2026-05-20", accidents_3y="0").press("保存，下一步")
    operator.press("保存，下一步")
    operator.attach("f-report_body", "申请报告.pdf").attach("f-truth_pledge", "承诺.pdf").press("保存，下一步")
    operator.sees("17 项达到").press("提交认定申请").sees("提交好了").sees("县初审")


def test_two_bases_one_decision(live, new_page, clock):
    prepare(live.app)
    operator = Desk(live, new_page, "jd220104001")
    apply(operator)

    # 县初审: 推荐 is grey until the visit stands (第七条（三）)
    county = Desk(live, new_page, "x220104").open_work(ORDINARY.name)
    expect(county.page.get_by_role("button", name="推荐上报")).to_have_attribute("aria-disabled", "true")
    case_id = county.case_id
    county.press("登记实地踏查")
    county.visit()
    county.go(f"/cases/{case_id}").press("推荐上报").fill(text="材料齐全，现场相符。").press("推荐上报").sees("已到长春市工信局")

    # 市复核: a formal document (第七条（四）)
    city = Desk(live, new_page, "s220100").open_work(ORDINARY.name).press("上报省厅").press("上报省厅").sees("还没有写正式文件的文号")
    city.fill(doc_no="长工信发〔2026〕15号").attach("f-document", "上报文件.pdf").press("上报省厅").sees("已到省工信厅")

    # 梅河口: one office, two persons; never 通化
    first = Desk(live, new_page, "m220581a").open_work(MERGED.name)
    merged_id = first.case_id
    first.press("登记实地踏查")
    first.visit()
    first.go(f"/cases/{merged_id}").press("推荐上报").press("推荐上报").sees("还没有写推荐意见")
    first.fill(text="材料齐全，现场相符。").press("推荐上报").sees("市复核")
    first.page.locator("details.menu summary").first.click()
    first.press("梅河口市工信局 市级负责人")
    first.open_work(MERGED.name).sees("须由另一个人办理")
    second = Desk(live, new_page, "m220581b")
    second.page.locator("details.menu summary").first.click()
    second.press("梅河口市工信局 市级负责人").open_work(MERGED.name).press("上报省厅")
    second.fill(doc_no="梅工信发〔2026〕3号").attach("f-document", "上报文件.pdf").press("上报省厅").sees("已到省工信厅")

    # 省受理, 踏查, 评审 (第八条)
    clerk = Desk(live, new_page, "sheng1")
    for name in (ORDINARY.name, MERGED.name):
        clerk.open_work(name).press("受理").press("受理").sees("考核评审")
    clerk.go(f"/cases/{case_id}/visit")
    clerk.visit()
    with live.app.app_context():
        merged = steps.access.load(steps.actor("sheng1"), steps.Case, merged_id)
        reviews.assess(merged)
    review(live, new_page, clerk, case_id)
    lead = Desk(live, new_page, "shengf").go(f"/cases/{case_id}").press("提请集中审议").press("提请集中审议").sees("集中审议")

    # 集中审议: one meeting, two dossiers
    clerk.go("/meetings/new").fill(held_on="2026-06-01", place="省工信厅 301 会议室")
    for n, name in enumerate(("委员甲", "委员乙", "委员丙")):
        if n:
            clerk.page.locator("button[data-add-row=members]").click()
        clerk.row("members", n, name=name, present=True)
    clerk.press("登记会议，列入 2 家")
    for each in (case_id, merged_id):
        clerk.page.locator(f"input[name='verdict-{each}'][value=pass]").check()
    clerk.press("记下选好的结论").sees("通过 2").sees("会议同意拟认定")
    clerk.attach_plainly("minutes", "纪要.pdf").press("形成审议记录").sees("审议记录已形成")

    # 公示: seven days, the first not counted (AMB-20)
    clerk.go("/notices/new")
    for box in clerk.page.locator("input[name=case]").all():
        box.check()
    clerk.fill(contact_phone="0431-88900000", contact_address="长春市示例大路 1 号").press("发布公示").sees("6月8日")
    public = Desk(live, new_page).go("/public/notices")
    public.page.locator("main a", has_text="公示").first.click()
    public.sees(ORDINARY.name).sees(MERGED.name).sees("6月8日")

    # 认定文件: not on the last day of the notice; both bases in one document, valid from 1 January after
    lead.go("/decisions/new").sees("公示")
    clock.set("2026-06-09 09:00")
    lead = Desk(live, new_page, "shengf").go("/decisions/new")
    for box in lead.page.locator("input[name=case]").all():
        box.check()
    lead.fill(document_no="吉工信创业〔2026〕92号", document_on="2026-06-08", title="关于认定2026年第一批吉林省创业孵化基地的通知")
    lead.attach("f-file", "认定文件.pdf").press("核对要认定的内容").sees("不能登记认定文件")
    lead.fill(document_on="2026-06-09").press("核对要认定的内容").sees("2027年1月1日")
    lead.press("登记，认定这 2\u00a0家").sees("吉工信创业〔2026〕92号")

    public.go("/register").sees(ORDINARY.name).sees(MERGED.name)
    operator = Desk(live, new_page, "jd220104001").go("/desk")
    operator.sees("有效期自2027-01-01起算")
    assert live.app.test_cli_runner().invoke(args=["ledger", "verify"]).exit_code == 0


def review(live, new_page, clerk: Desk, case_id: int) -> None:
    """Three experts; one works in the browser, and nobody sees a score before the review is closed."""
    for name in ("专家甲", "专家乙", "专家丙"):
        clerk.go(f"/cases/{case_id}/experts")
        value = clerk.page.locator("#f-person option", has_text=name).get_attribute("value")
        clerk.page.locator("#f-person").select_option(value)
        clerk.press("指派专家")
    expert = Desk(live, new_page, "zj1", width=390, height=800).go("/work")
    expert.page.locator("a.row", has_text=ORDINARY.name).first.click()
    expert.go(f"/cases/{case_id}/sheet").press("声明没有利害关系，打开案卷")
    expert.go(f"/cases/{case_id}/sheet")
    with live.app.app_context():
        typed = reviews.sheet_values("80")
    expert.fill(**typed).press("交评审表").sees("评审表")
    with live.app.app_context():
        case = steps.access.load(steps.actor("sheng1"), steps.Case, case_id)
        for login, total in (("zj2", "75"), ("zj3", "71.5")):
            reviews.sheets.deny_conflict(steps.actor(login), case.id)
            reviews.sheets.give_sheet(steps.actor(login), case.id, reviews.sheet_values(total))
    for path in (f"/cases/{case_id}", f"/cases/{case_id}/experts", f"/cases/{case_id}?tab=review"):
        clerk.go(path)
        assert "75.50" not in clerk.page.content()
    clerk.go(f"/cases/{case_id}/experts").press("结束评审").sees("75.50")
