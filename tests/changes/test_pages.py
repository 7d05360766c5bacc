"""Pages of a change: what they show, to whom, and what an old one gets."""

import io

import pytest

from incubator.changes import requests
from incubator.kernel.database import db
from tests import walk
from tests.cases.apart import signed_in
from tests.changes import steps
from tests.recognised import admin, base

pytestmark = pytest.mark.parametrize("both_db", ["sqlite"], indirect=True)


def sent(page, *names) -> dict:
    """The hidden fields of a page's form."""
    import re

    return {name: re.search(rf'name="{name}"[^>]* value="([^"]*)"', page.text)[1] for name in names}


def test_the_operator_asks(recognised):
    someone = signed_in(recognised, base().code)
    page = someone.get("/change")
    assert "本有效期已变更 0/1 次" in page.text and "产权和用途不变" in page.text
    assert "申请变更" in someone.get("/desk").text
    page = someone.post("/change", follow_redirects=True)
    case = requests.running_change(base().id)
    assert f"/change/{case.id}" in page.request.path and "变更申请" in page.text
    wrong = someone.post(f"/change/{case.id}", {
        **sent(page, "version", "case_version", "idem"), "do": "submit", "types": ["investor", "operator"], "applicant": "operator"})
    assert wrong.status_code == 422 and "不能同时变更投资主体和运营机构" in wrong.text and "第十八条" in wrong.text
    assert "变更申请还没有提交" in someone.get("/desk").text


def test_who_is_out_of_sight_finds_nothing(recognised):
    case = steps.submitted("operator")
    other = base("延吉海兰创业孵化基地")
    number, mine, theirs = case.id, base().id, other.id
    walk.staff("222401")
    strangers = (other.code, "x222401")
    for login in strangers:
        someone = signed_in(recognised, login)
        for path in (f"/change/{number}", f"/cases/{number}/change/comment", f"/cases/{number}/change/implement",
                     f"/cases/{number}/change/implement-for", f"/bases/{mine}/change"):
            assert someone.get(path).status_code in (403, 404), (login, path)
    county = signed_in(recognised, "x220104")
    assert county.get(f"/bases/{mine}/change").status_code == 200 and county.get(f"/bases/{theirs}/change").status_code == 404


def test_the_county_files_on_one_page(recognised):
    county = signed_in(recognised, "x220104")
    number = base().id
    page = county.get(f"/bases/{number}/change")
    typed = steps.typed("operator")
    files = {name: (io.BytesIO(walk.PDF), f"{name}.pdf") for name in
             ("application_file", "use_pledge", "tenants_plan", "termination_file", "new_operator_files")}
    short = county.post(f"/bases/{number}/change", {**typed, **sent(page, "idem")})
    assert short.status_code == 422 and "变更申请" in short.text and requests.running_change(number) is None
    done = county.post(f"/bases/{number}/change", {**typed, **files, **sent(page, "idem")}, follow_redirects=True)
    assert done.status_code == 200 and "县合规审查" in done.text and "属地工信局代为提交" in done.text, done.text[:3000]
    operator = signed_in(recognised, base().code)
    case = requests.running_change(number).id
    assert "写意见" in operator.get(f"/cases/{case}").text
    said = operator.post(f"/cases/{case}/change/comment", {"comment": "合作协议还有两年，不同意终止。"}, follow_redirects=True)
    assert "合作协议还有两年" in said.text and "写意见</a>" not in said.text


def test_the_province_decides_and_an_old_page_is_409(recognised):
    case = steps.passed_on(steps.submitted("operator"))
    number = case.id
    db.session.remove()
    lead = signed_in(recognised, "shengf")
    page = lead.get(f"/cases/{number}/change/approve")
    typed = {**steps.notice("2025-03-03"), **sent(page, "idem", "case_version")}

    def scan():
        return {"file": (io.BytesIO(walk.PDF), "通知.pdf")}

    wrong = lead.post(f"/cases/{number}/change/approve", {**typed, "notice_no": "15号", **scan()})
    assert wrong.status_code == 422 and "notice_no" in wrong.text
    plain = lead.post(f"/cases/{number}/act/approve", {"version": typed["case_version"], "text": "同意变更。"})
    assert plain.status_code == 422 and "还没有登记通知" in plain.text, "no approval but by the notice"
    walk.act(steps.fresh(case), "examine", steps.province()["clerk2"], text="又看了一遍，没有新的情况，建议同意。")
    old = lead.post(f"/cases/{number}/change/approve", {**typed, **scan()})
    assert old.status_code == 409 and "吉工信创业〔2025〕15号" in old.text
    page = lead.get(f"/cases/{number}/change/approve")
    done = lead.post(f"/cases/{number}/change/approve", {**typed, **sent(page, "idem", "case_version"), **scan()},
                     follow_redirects=True)
    assert done.status_code == 200 and "实施期限到" in done.text and "待实施" in done.text
    operator = signed_in(recognised, base().code)
    assert "实施变更并确认" in operator.get("/desk").text


def test_the_new_operators_slip(recognised, clock):
    case = steps.approved("operator")
    number = case.id
    clock.set("2025-03-10 09:00")
    steps.carried_out(case, who=admin())
    db.session.remove()
    manager = signed_in(recognised, "shengg")
    assert "给新运营机构派发账号" in manager.get(f"/cases/{number}").text
    page = manager.get(f"/cases/{number}/change/dispatch")
    key = sent(page, "idem")
    slip = manager.post(f"/cases/{number}/change/dispatch", key)
    assert "账号派发单" in slip.text and manager.post(f"/cases/{number}/change/dispatch", key).text.count("孙新程") == slip.text.count("孙新程")
    former = signed_in(recognised, base().code)
    assert former.get("/change").status_code == 403 and former.get(f"/cases/{number}").status_code == 200
    assert former.get("/rosters/team").status_code == 200


def test_the_county_corrects_and_withdraws_for_the_investor(recognised):
    """AMB-32 on the pages: the operator is offered neither; what was typed stays when it is refused."""
    case = steps.filed_for_investor()
    walk.act(case, "return", steps.county(lead=True), text="变更原因没有写明合作终止的依据。",
             remarks=[{"field": "reason", "label": "变更原因", "text": "写明解除协议的日期"}])
    number, login = case.id, base().code
    db.session.remove()
    operator, county = signed_in(recognised, login), signed_in(recognised, "x220104")
    assert "补正变更申请" not in operator.get("/desk").text and operator.get(f"/change/{number}").status_code == 302
    assert operator.post(f"/change/{number}/draft", {"reason": "不同意", "version": "1"}).status_code == 409
    page = county.get(f"/cases/{number}")
    assert f"/cases/{number}/change/correct" in page.text and f"/cases/{number}/change/withdraw-for" in page.text
    page = county.get(f"/cases/{number}/change/correct")
    assert "写明解除协议的日期" in page.text and "长春新程企业管理有限公司" in page.text
    typed = {**steps.typed("operator"), **sent(page, "case_version", "idem")}
    same = county.post(f"/cases/{number}/change/correct", typed)
    assert same.status_code == 422 and "没有改，也没有说明" in same.text
    done = county.post(f"/cases/{number}/change/correct", {
        **typed, **sent(same, "idem"), "answer-0": "协议在附件里，日期是二月二十八日。", "new_legal_rep": "孙新程二"})
    assert done.status_code == 302 and "孙新程二" in county.get(f"/cases/{number}?tab=form").text
    page = county.get(f"/cases/{number}/change/withdraw-for")
    done = county.post(f"/cases/{number}/change/withdraw-for", {
        **sent(page, "case_version", "idem"), "reason": "投资主体来函说不再变更。", "file": (io.BytesIO(walk.PDF), "说明.pdf")})
    assert done.status_code == 302 and "已撤回" in county.get(f"/cases/{number}").text
