"""A base becomes a demonstration base (第六条), and another time renews its validity (第十条), at the browser."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from incubator.bases.facts import standing_of
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.policy.fields.promotion import PROMOTION
from incubator.recognitions import commands
from tests import walk
from tests.journeys.desk import Desk
from tests.recognitions import steps
from tests.renewals import test_renewal as renewing
from tests.renewals.test_renewal import drafted
from tests.stage import reached

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


@reached
def applied() -> Case:
    """A strong base has applied for promotion."""
    base = steps.strong()
    return walk.submit_promotion(steps.STAR, walk.actor(base.code))


def answered(case: Case, **changes: str) -> Case:
    """What was returned is changed and submitted again."""
    who, case = walk.admin_of(case), walk.fresh(case)
    walk.fill(case, PROMOTION, changes, who)
    return commands.submit_application(who, case.id, seen_version=walk.fresh(case).version)


def test_a_promotion_is_sent_back_at_each_station_and_not_accepted(live, new_page, clock):
    clock.set("2024-11-01 10:00")
    with live.app.app_context():
        case = applied()
        login, number = db.session.get(walk.Base, case.base_id).code, case.id
        db.session.remove()
    county = Desk(live, new_page, "x220104").go(f"/cases/{number}").sees("请先登记实地踏查记录")
    county.send_back("公共服务的比例和台账对不上，请核对。", ("public_ratio", "台账是 42 %"))
    operator = Desk(live, new_page, login).go("/desk").press("去补正").sees("台账是 42 %").looks("promotion-returned")
    with live.app.app_context():
        walk.recommend(answered(case, public_ratio="42"), steps.STAR)
    city = Desk(live, new_page, "s220100").go(f"/cases/{number}").press("退回县级").press("退回县级").sees("至少写 10 个字")
    city.fill(text="踏查没有写创客空间的开放情况，请再看。").press("退回县级").sees("县初审")
    operator.go(f"/cases/{number}").sees("退回县级再审").sees("第七条（四）").sees("没有写创客空间")
    with live.app.app_context():
        walk.recommend(walk.fresh(case), steps.STAR)
    city.go(f"/cases/{number}").send_back("示范效应写得空，请补数字。", ("demo_statement", "写帮带了几户"))
    with live.app.app_context():
        walk.forward(answered(case, demo_statement="服务本市大学生创业，三年帮带四十户，导师帮带做法在全省推广，两家基地来学。"), steps.STAR)
    clerk = Desk(live, new_page, "sheng1").go(f"/cases/{number}").press("退回市级")
    clerk.fill(text="市级上报文件没有附复核意见，请补。").press("退回市级").sees("市复核")
    with live.app.app_context():
        walk.forward(walk.fresh(case), steps.STAR)
    clerk.go(f"/cases/{number}")
    expect(clerk.page.get_by_role("button", name="不予受理")).to_have_count(0)  # that is for the lead
    lead = Desk(live, new_page, "shengf").go(f"/cases/{number}").press("不予受理").press("不予受理").sees("至少写 10 个字")
    lead.fill(text="今年晋级名额已满，请明年申报窗口再报。").press("不予受理").sees("不予受理")
    operator.go(f"/cases/{number}").sees("不予受理").sees("第八条").sees("今年晋级名额已满").looks("promotion-not-accepted")
    operator.go("/desk").sees("有效").sees("申请晋级示范基地")


def test_a_renewal_is_sent_back_and_refused(live, new_page, clock):
    """A10-5: two opinions against it, sent back once by each office above; the refusal begins the direct revocation (T12)."""
    clock.set("2024-11-01 10:00")
    with live.app.app_context():
        base = renewing.filed("2029-11-20")
        login, number, local = base.code, renewing.running(base).id, walk.staff(steps.STAR.region)
        case = walk.fresh(renewing.running(base))
        db.session.remove()
    clock.set("2029-11-21 10:00")
    county = Desk(live, new_page, local.county[0]).open_work(NAME).press("建议不予续延，上报").press("建议不予续延，上报").sees("至少写 10 个字")
    county.fill(text="近两年在孵企业持续减少，场地一半空置。").press("建议不予续延，上报").sees("市审")
    city = Desk(live, new_page, local.city[0]).open_work(NAME).sees("建议不予续延").press("退回县级")
    city.fill(text="没有写清空置的面积和时间，请再核。").press("退回县级").sees("县审")
    county.open_work(NAME).sees("没有写清空置的面积").looks("renewal-returned").send_back("请写明空置的原因和面积。", ("next_plan", "空置怎么用"))
    operator = Desk(live, new_page, login).go("/desk").press("去补正").sees("空置怎么用").looks("renewal-correction")
    with live.app.app_context():
        who = walk.actor(login)
        walk.fill(walk.fresh(case), walk.RENEWAL, {"next_plan": "空置的 1500 平方米改作公共实验室，明年六月前启用，三年内再毕业十家企业。"}, who)
        renewing.submit(base)
        renewing.up(walk.fresh(case), "forward_against")
    clerk = Desk(live, new_page, "sheng1").go(f"/cases/{number}").press("退回市级")
    clerk.fill(text="两级意见都没有附现场照片，请补。").press("退回市级").sees("市审")
    with live.app.app_context():
        walk.act(walk.fresh(case), "forward_against", walk.actor(*local.city), text="照片已补，仍建议不予续延。")
    lead = Desk(live, new_page, "shengf").go(f"/cases/{number}").press("不予续延")
    lead.fill(text="场地长期空置，业绩低于标准，审核不通过。").press("不予续延").sees("不予续延").looks("renewal-refused")
    operator.go(f"/cases/{number}").sees("不予续延").sees("第十条").sees("业绩低于标准")
    operator.go("/desk").press("撤销 2029-0001").sees("第十六条（二）3").looks("renewal-then-revocation")
