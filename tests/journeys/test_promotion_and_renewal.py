"""A base becomes a demonstration base (第六条), and another time renews its validity (第十条), at the browser."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from incubator.bases.facts import standing_of
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from tests import walk
from tests.journeys.desk import Desk
from tests.recognitions import steps
from tests.renewals.test_renewal import drafted

pytestmark = pytest.mark.browser
NAME = steps.STAR.name


def case_of(kind: str) -> Case:
    return db.session.scalar(select(Case).where(Case.kind == kind))


def test_promotion(live, new_page, clock):
    """From the operator's home to the plaque that two offices owe; the walk between goes by commands (it is recognition's)."""
    clock.set("2024-11-01 10:00")
    with live.app.app_context():
        login = steps.strong().code
        db.session.remove()
    operator = Desk(live, new_page, login).go("/desk").sees("申请晋级示范基地").press("填晋级申请")
    operator.sees("登记的内容都带过来了").press("没有变化，下一步").sees("吉工信创业〔2024〕92号")
    operator.fill(maker_name="众创咖啡", maker_area="120", maker_seats="36", maker_fee="free", maker_fee_note="免费",
                  demo_statement="服务本市大学生创业，孵化成效在全市领先，导师帮带做法在全省推广。").press("保存，下一步")
    with live.app.app_context():
        case, who = case_of("promotion"), walk.actor(login)
        walk.fill(case, walk.PROMOTION, walk.application_values(who, case, steps.STAR), who)
        db.session.remove()
    operator.go(f"/application/{operator.page.url.split('/application/')[1].split('?')[0]}?part=check")
    operator.sees("≥40 户").sees("≥15 户").sees("≥5 户").press("提交晋级申请").sees("提交好了")
    with live.app.app_context():
        case = walk.forward(walk.recommend(case_of("promotion"), steps.STAR), steps.STAR)
        case = walk.assess(walk.act(case, "accept", walk.province()["clerk"]))
        walk.hold_meeting([case])
        clock.set("2026-04-02 10:00")
        walk.publish([walk.fresh(case)])
        db.session.remove()
    clock.set("2026-04-13 10:00")
    lead = Desk(live, new_page, "shengf").go("/decisions").sees("晋级 1").press("登记晋级文件").sees(NAME)
    lead.fill(document_no="吉工信创业〔2026〕40号", document_on="2026-04-13").attach("f-file", "晋级文件.pdf")
    lead.press("核对要晋级的内容").sees("有效期不变").press("登记，晋级这 1\u00a0家").sees("晋级为吉林省创业孵化示范基地")
    public = Desk(live, new_page).go("/register").sees("示范基地").sees("2029-12-31")
    public.go("/register?on=2026-04-12").sees("那一天有效的基地")
    expect(public.page.locator("table")).not_to_contain_text("示范")


def test_renewal(live, new_page, clock):
    clock.set("2024-11-01 10:00")
    with live.app.app_context():
        login = drafted().code
        db.session.remove()
    clock.set("2029-09-30 10:00")
    operator = Desk(live, new_page, login).go("/desk").press("接着填")
    where = f"{operator.page.url.split('?')[0].split(str(live.url('')).rstrip('/'))[1]}?part=check"
    operator.go(where).sees("续延申请自2029-10-01起受理")
    clock.set("2029-10-08 10:00")
    operator = Desk(live, new_page, login).go(where).press("提交续延申请").sees("提交好了")
    county = Desk(live, new_page, "x220104").open_work(NAME).sees("县审")
    county.press("审核通过，上报").fill(text="五年业绩稳定，场地续租到2033年，建议续延。").press("审核通过，上报")
    city = Desk(live, new_page, "s220100").open_work(NAME)
    city.press("审核通过，上报").fill(text="和县级意见一致，建议续延。").press("审核通过，上报")
    clerk = Desk(live, new_page, "sheng1").go(f"/cases/{city.case_id}").press("同意续延").press("同意续延")
    lead = Desk(live, new_page, "shengf").go(f"/cases/{clerk.case_id}").press("登记续延文件").sees("现有效期到 2029年12月31日")
    lead.fill(document_no="吉工信创业〔2029〕30号", document_on="2029-10-08").attach("f-file", "续延文件.pdf")
    lead.press("核对要续延的内容").sees("有效期 2030年1月1日—2032年12月31日").press("登记，续延这 1\u00a0家")
    Desk(live, new_page, login).go("/desk").sees("2029年12月31日")
    with live.app.app_context():
        base = db.session.scalar(select(walk.Base))
        assert standing_of(base, date(2032, 12, 31)).in_force
