"""The pages of rectification, revocation, funds and what is left to people of a revoked base."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from incubator.bases.models import Base
from incubator.kernel.database import db
from incubator.offices.models import AccessLog
from incubator.sanctions import funds, queries
from tests import walk
from tests.inspections import stand as inspecting
from tests.sanctions import stand
from tests.visits.pages import Visitor

IDEM = re.compile(r'name="idem"[^>]*value="([^"]+)"')
VERSION = re.compile(r'name="case_version" value="(\d+)"')


def _form(page: str, **typed) -> dict:
    seen = VERSION.search(page)
    return {"idem": IDEM.search(page)[1], **({"case_version": seen[1]} if seen else {}), **typed}


def _pdf(name: str):
    return io.BytesIO(walk.PDF), f"{name}.pdf"


@pytest.fixture
def found(sqlite_app, clock):
    with sqlite_app.app_context():
        clock.set("2025-06-16 09:00")
        base, _ = stand.base()
        return sqlite_app, base.id, base.code


def test_from_the_conclusion_to_the_acceptance_on_the_pages(found, query_counter):
    app, base_id, login = found
    with app.app_context():
        inspection = stand.concluded(db.session.get(Base, base_id)).id
        items = [f.id for f in queries.contract_findings(inspecting.fresh(stand.case_of(db.session.get(Base, base_id), "adhoc_inspection")))]
    clerk = Visitor(app, "sheng1")
    assert f'href="/cases/{inspection}/contract"' in clerk.get(f"/cases/{inspection}")
    page = clerk.get(f"/cases/{inspection}/contract")
    bad = clerk.post(f"/cases/{inspection}/contract", _form(page, **{"items-0-finding_id": items[0], "items-0-required": "好"}), page)
    assert bad.status_code == 422 and "好</textarea>" in bad.text
    done = clerk.post(f"/cases/{inspection}/contract", _form(page, **{
        "items-0-finding_id": items[0], "items-0-required": "疏散通道畅通", "items-0-proof": "消防检查意见"}), page)
    assert "要达到：疏散通道畅通" in done.text
    lead = Visitor(app, "shengf")
    assert "限期整改" in lead.get(f"/decisions/new?kind=rectification&case={inspection}")
    with app.app_context():
        stand.issue("rectification", inspecting.fresh(stand.case_of(db.session.get(Base, base_id), "adhoc_inspection")))
        case = stand.running(db.session.get(Base, base_id)).id
        item = queries.items_of(inspection)[0].id
        served = queries.decided(inspection)[0].id
    base = Visitor(app, login)
    page = base.get(f"/cases/{case}")
    assert "2026年6月16日" in page and "不得申报" in page and f'href="/cases/{case}/report"' in page
    form = base.get(f"/cases/{case}/report")
    short = base.post(f"/cases/{case}/report", _form(form, **{"items-0-item_id": item, "items-0-done": "清理了通道，拆了锁"}), form)
    assert short.status_code == 422 and "清理了通道" in short.text
    done = base.post(f"/cases/{case}/report", {**_form(form, **{
        "items-0-item_id": item, "items-0-done": "清理了通道，拆了锁", "summary": "全部整改到位，制度已经上墙。", "pledge": "y"}),
        "files": _pdf("消防意见")}, form)
    assert done.status_code == 200 and "第 1 次报告" in done.text and "消防意见.pdf" in done.text
    with app.app_context():
        walk.visit(inspecting.fresh(stand.running(db.session.get(Base, base_id))), stand.people()["county"])
    county = Visitor(app, "x220104")
    assert f'href="/cases/{case}/checks"' in county.get(f"/cases/{case}")
    form = county.get(f"/cases/{case}/checks")
    done = county.post(f"/cases/{case}/checks", _form(form, **{"items-0-item_id": item, "items-0-met": "yes", "items-0-remark": "通道畅通"}), form)
    assert "通道畅通" in done.text and "达到" in done.text
    form = clerk.get(f"/served/{served}")
    typed = {"served_on": "2025-06-16", "method": "left", "served_by": "王某"}
    assert clerk.post(f"/served/{served}", {**_form(form, **typed), "file": _pdf("回证")}, form).status_code == 422
    done = clerk.post(f"/served/{served}", {**_form(form, **typed, refusal="当面拒收，两名见证人在场"), "file": _pdf("回证")}, form)
    assert "拒收：当面拒收" in done.text
    with query_counter() as asked:
        clerk.get(f"/cases/{case}")
    assert asked.count <= 40, asked
    assert "1&nbsp;家在整改" in clerk.get("/sanctions") and "长春星桥" in county.get("/sanctions")


def test_a_revocation_on_the_pages(found, clock):
    app, base_id, login = found
    clerk, base = Visitor(app, "sheng1"), Visitor(app, login)
    form = clerk.get(f"/bases/{base_id}/revocation/direct")
    assert clerk.post(f"/bases/{base_id}/revocation/direct", _form(form, facts=stand.LONG, tenants_plan="迁入相邻基地"), form).status_code == 422
    done = clerk.post(f"/bases/{base_id}/revocation/direct", {**_form(form, codes="16(2)2", facts=stand.LONG, tenants_plan="迁入相邻基地")}, form)
    place = done.request.path
    assert "省厅直接撤销" in done.text and "还没有告知" in done.text
    again = clerk.post(f"/bases/{base_id}/revocation/direct", _form(clerk.get(f"/bases/{base_id}/revocation/direct"), codes="16(2)2", facts=stand.LONG,
                                                                   tenants_plan="迁入相邻基地"), form)
    assert again.status_code == 422 and "已经有一件撤销在办" in again.text
    form = clerk.get(f"{place}/prior-notice")
    done = clerk.post(f"{place}/prior-notice", {**_form(form, notified_on="2025-06-16", method="direct", receiver="刘思远"), "file": _pdf("告知书")}, form)
    assert "陈述申辩到 2025年6月23日" in done.text
    form = base.get(f"{place}/defence")
    done = base.post(f"{place}/defence", _form(form, words="场地只是临时堆放，已经恢复。"), form)
    assert "场地只是临时堆放" in done.text and "省厅经办甲" not in done.text
    answer = re.search(rf'href="({place}/defence/\d+/answer)"', clerk.get(place))[1]
    form = clerk.get(answer)
    assert "不采纳" in clerk.post(answer, _form(form, answer="现场两次核实，用途已经改变，不采纳。"), form).text
    clock.set("2025-06-24 09:00")
    with app.app_context():
        stand.issue("revocation", stand.case_of(db.session.get(Base, base_id), "revocation"))
    county, lead = Visitor(app, "x220104"), Visitor(app, "shengf")
    page = county.get(place)
    assert "2025年7月1日起" in page and f'href="{place}/follow-up/tax_notice"' in page
    form = county.get(f"{place}/follow-up/plaque_recovery")
    assert county.post(f"{place}/follow-up/plaque_recovery", _form(form), form).status_code == 422
    done = county.post(f"{place}/follow-up/plaque_recovery", _form(form, unable_reason="基地搬离，负责人称随装修清走"), form)
    assert "无法收回：基地搬离" in done.text
    form = county.get(f"{place}/follow-up/tax_notice")
    done = county.post(f"{place}/follow-up/tax_notice", {**_form(
        form, document_no="朝工信函〔2025〕12号", done_on="2025-06-24", receiver="朝阳区税务局"), "file": _pdf("回执")}, form)
    assert "朝工信函〔2025〕12号" in done.text
    form = lead.get(f"{place}/tax-stop")
    done = lead.post(f"{place}/tax-stop", _form(form, stop_on="2025-01-01", basis="税收征收管理法第五十一条", document_no="吉税函〔2025〕8号"), form)
    assert "2025年1月1日起" in done.text and "按规则是 2025年7月1日" in done.text
    assert "已撤销" in app.test_client().get(f"/register/{base_id}").get_data(as_text=True)


def test_a_voluntary_one_names_the_missing_consent(found):
    """T93 on the page: what was typed and uploaded stays."""
    app, base_id, login = found
    base = Visitor(app, login)
    page = base.get(f"/bases/{base_id}")
    assert 'action="/revocation"' in page
    form = base.post("/revocation", {"idem": "a-1"}, page)
    place = form.request.path
    typed = {"facts": "场地另作他用，双方商定不再办基地。", "tenants_plan": "企业自愿迁入相邻基地，协助办手续。"}
    bad = base.post(place, {**_form(form.text, **typed), "operator_consent": _pdf("运营同意")}, form.text)
    assert bad.status_code == 422 and "缺投资主体同意书" in bad.text and "双方商定" in bad.text
    page = base.get(place)
    assert "已经上传：运营机构同意书" in page
    done = base.post(place, {**_form(page, **typed), "investor_consent": _pdf("投资同意")}, page)
    assert done.status_code == 200 and "逐级，双方申请" in done.text


def test_the_list_of_funds_and_its_public_check(found):
    app, _, _ = found
    clerk = Visitor(app, "sheng1")
    page = clerk.get("/funds?day=2025-06-15")
    assert "1&nbsp;家可以" in page
    refused = clerk.post("/funds/issue", {"idem": "f-1", "day": "2025-06-17"}, page)
    assert refused.status_code == 422 and "以后某一天" in refused.text
    done = clerk.post("/funds/issue", {"idem": "f-2", "day": "2025-06-16"}, page)
    code = re.search(r"/funds/check/([A-Z0-9-]+)", done.request.path)[1]
    anybody = app.test_client()
    shown = anybody.get(f"/funds/check/{code.lower().replace('-', ' ')}").get_data(as_text=True)
    assert "长春星桥" in shown and code in shown
    assert anybody.get("/funds/check/AAAA-BBBB-CCCC").status_code == 404
    assert anybody.get(f"/funds/check?code={code}").status_code == 302
    assert anybody.get("/funds/check").status_code == 200


def test_people_of_a_revoked_base_take_their_own_data_along(found, clock):
    """A16-6: each download stands in the access log; nobody else's is there."""
    app, base_id, login = found
    with app.app_context():
        case = stand.revoked(db.session.get(Base, base_id), clock)
        inspecting.recognised(stand.OTHER, stand.OLD, tenants=2)
        assert case.state == "revoked"
    who = Visitor(app, login)
    page = who.get("/former")
    assert "已撤销" in page and "申请账号" in page
    token = {"csrf_token": re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]}
    team = who.client.post("/former/team", data=token)
    text = team.get_data().decode("utf-8-sig")
    assert team.headers["Content-Disposition"].endswith("team.csv") and len(text.splitlines()) == 10 and walk.id18(341) not in text
    cases = who.client.post("/former/cases", data=token)
    told = json.loads(cases.get_data(as_text=True))
    assert told["submissions"] and "延吉" not in cases.get_data(as_text=True)
    assert who.client.post("/former/nothing", data=token).status_code == 404
    with app.app_context():
        noted = db.session.scalars(select(AccessLog.what).where(AccessLog.kind == "export")).all()
        assert len(noted) == 2 and f"base {base_id}" in noted[0]
    assert who.status(f"/bases/{base_id}") == 200 and who.client.get("/rosters/tenants").status_code == 200


def test_a_request_of_a_unit_whose_base_was_revoked_says_so(found, clock):
    """T104: the banner for who confirms the account."""
    app, base_id, _ = found
    with app.app_context():
        stand.revoked(db.session.get(Base, base_id), clock)
        request = walk.request_account(stand.UNIT).id
    page = Visitor(app, "x220104").get(f"/cases/{request}")
    assert "曾有基地被撤销" in page and "已撤销" in page


def test_a_cell_that_looks_like_a_formula_is_text():
    from incubator.sanctions.former import _plain

    assert _plain("=1+1") == "'=1+1" and _plain(" ＝A1") == "' ＝A1" and _plain("星桥") == "星桥"


def test_the_day_of_a_list_may_not_be_ahead(found):
    app, _, _ = found
    from incubator.kernel import clock as portal_clock
    from incubator.kernel.errors import Refused

    with app.app_context(), pytest.raises(Refused):
        funds.issue_list(walk.province()["clerk"], portal_clock.today() + timedelta(days=1))
