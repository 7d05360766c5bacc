"""A relaxation outside Changchun in a browser: the grey button, the proposal, the grant, the meeting (第五条, AMB-02)."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from incubator.kernel import clock as portal_clock
from incubator.simulation import applications, reviews, steps
from tests.browser import axe
from tests.journeys.desk import Desk

pytestmark = pytest.mark.browser
YANJI = steps.Unit("延吉海兰创业孵化基地", "222401", 21)
WHY = "边境地区企业总量少，这一家在当地规模居首"


def test_from_a_short_standard_to_the_passed_dossier(live, new_page, clock):
    with live.app.app_context():
        today = portal_clock.today()
        applications.open_round(today.year, today, today.replace(month=12, day=31))
        case = applications.recommended_case(YANJI, tenants=13)
        number = case.id
        steps.province()

    city = Desk(live, new_page, "s222400").open_work(YANJI.name)
    city.sees("差 2 户").press("提出放宽建议").sees("县、市逐项建议")
    axe(city.page)
    city.fill(threshold="15", reason=WHY).press("提出建议").sees("要低于原标准")
    expect(city.page.locator("#f-reason")).to_have_value(WHY)
    city.fill(threshold="13").press("提出建议").sees("建议提出了").sees("延边朝鲜族自治州工信局建议放宽到 13")
    city.go(f"/cases/{number}").press("上报省厅").fill(doc_no="延工信发〔2026〕21号", text="复核合格，已提出放宽建议。")
    city.attach_plainly("document", "上报文件.pdf").press("上报省厅").sees("已到省工信厅")

    clerk = Desk(live, new_page, "sheng1").open_work(YANJI.name).press("受理").press("受理").sees("考核评审")
    clerk.press("看放宽建议").sees(WHY)
    assert clerk.page.get_by_role("button", name="同意放宽").count() == 0

    with live.app.app_context():
        reviews.assess(reviews.fresh(case))

    lead = Desk(live, new_page, "shengf").go(f"/cases/{number}").press("决定放宽")
    lead.press("同意放宽").sees("还没有")
    lead.fill(document_no="吉工信创业〔2026〕31号").page.locator("#f-reason").first.fill(WHY)
    lead.page.set_input_files("input[type=file]", {"name": "同意放宽.pdf", "mimeType": "application/pdf", "buffer": steps.PDF})
    lead.press("同意放宽").sees("已同意放宽").sees("吉工信创业〔2026〕31号")
    lead.go(f"/cases/{number}").sees("达到放宽后的标准（吉工信创业〔2026〕31号）")
    with live.app.app_context():
        reviews.hold_meeting([reviews.fresh(case)])
        assert reviews.fresh(case).state == "proposed"
