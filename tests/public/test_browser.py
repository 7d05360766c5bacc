"""The public site and the desks behind it in a real browser: readable by everybody, no sideways scroll at 360 px."""

import pytest

from incubator.bases import plaques
from incubator.kernel.database import db
from incubator.notices.models import Objection
from incubator.simulation.steps import PASSWORD
from tests import walk
from tests.browser import axe, shot
from tests.notices import steps

pytestmark = pytest.mark.browser


@pytest.fixture
def stand(live, clock):
    """One recognised base, one on notice with an objection, one that waits for its notice."""
    clock.set("2024-11-04 09:30")
    with live.app.app_context():
        cases = steps.proposed(3)
        first = steps.published(cases[:1])
        clock.set("2024-11-12 09:30")
        decision = walk.decide(cases[:1])
        second = steps.published(cases[1:2], starts="2024-11-12", ends="2024-11-19")
        row = steps.check(steps.say(second, cases[1]))
        waiting = steps.say(second, cases[1], **steps.TIP)
        first_out = {"plaque_no": "2024-001", "issued_on": "2024-11-12", "received_by": "赵领取"}
        plaque = plaques.issue_plaque(steps.clerk(), cases[0].base_id, first_out)
        db.session.commit()
        return {"notices": (first.id, second.id), "decision": decision.id, "base": cases[0].base_id, "objection": row.id,
                "case": cases[1].id, "plaque": plaque.id, "code": plaque.code, "tip": waiting.id}


def look(page, live, url: str, name: str, *, scan: bool = True) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(live.url(url))
    if scan:
        axe(page)
    shot(page, name)
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, url


def sign_in(page, live, login: str) -> None:
    page.goto(live.url("/login"))
    page.fill("[name=username]", login)
    page.fill("[name=password]", PASSWORD)
    page.click('form[action="/login"] button')
    page.wait_for_url(lambda url: "/login" not in url)


def test_public_pages_read_well(live, stand, page):
    over, running = stand["notices"]
    for url, name in (
        ("/", "home"), ("/register", "register"), ("/register?q=zzz", "register-none"), (f"/register/{stand['base']}", "base"),
        ("/public/notices", "notices"), (f"/public/notices/{running}", "notice"), (f"/public/notices/{over}", "notice-over"),
        (f"/public/decisions/{stand['decision']}", "decision"), ("/public/objections", "objections"),
        ("/procedure", "procedure"), ("/accessibility", "accessibility"), ("/privacy", "privacy"),
        ("/questions", "questions"), ("/complaint", "complaint"), ("/complaint?q=知行", "complaint-found"),
        ("/plaque", "plaque-check"), (f"/plaque/{stand['code']}", "plaque"),
    ):
        look(page, live, url, f"public-{name}")


def test_an_objection_without_leaving_the_page(live, stand, page):
    page.goto(live.url(f"/public/notices/{stand['notices'][1]}"))
    page.click("text=提交异议")
    page.wait_for_selector(".summary")
    axe(page)
    assert all("422" in fault for fault in page.watch.faults)
    page.watch.faults.clear()  # the refused form is an answer; its address carries the anchor of the form
    page.select_option("[name=case_id]", str(stand["case"]))
    page.check("[value=anonymous]")
    page.fill("[name=facts]", steps.FACTS)
    page.click("text=提交异议")
    page.wait_for_selector(".receipt")
    assert page.locator("h1").inner_text() == "线索收到了"
    axe(page)
    page.locator("main").get_by_role("button", name="查办理结果").click()
    assert "收到，还没有开始核查" in page.locator("main").inner_text()


def test_the_desks_read_well(live, stand, page):
    running = stand["notices"][1]
    sign_in(page, live, "sheng2")
    for url, name in (
        ("/notices", "index"), ("/notices/new", "new"), (f"/notices/{running}", "show"),
        (f"/notices/{running}?answer={stand['objection']}", "answer"), (f"/cases/{stand['case']}?tab=notice", "panel"),
        (f"/notices/{running}?check={stand['tip']}", "check"), ("/plaques", "plaques"),
        (f"/bases/{stand['base']}/plaque", "plaque-swap"), (f"/plaques/{stand['plaque']}", "plaque-label"),
        (f"/plaques/{stand['plaque']}/return", "plaque-return"), (f"/bases/{stand['base']}", "base"),
    ):
        look(page, live, url, f"notices-{name}")


def test_a_plaque_is_checked_from_its_code_to_its_return(live, stand, page):
    """The whole life of a code in a real browser: typed, valid, swapped, returned."""
    page.goto(live.url("/plaque"))
    page.fill("[name=code]", stand["code"].lower().replace("-", " "))
    page.get_by_role("button", name="核验").click()
    assert "牌匾有效" in page.locator("main").inner_text()
    page.goto(live.url("/plaque/ABCD-EFGH-JKMN"))
    axe(page)
    sign_in(page, live, "sheng1")
    page.goto(live.url(f"/bases/{stand['base']}/plaque"))
    for name, value in (("returned_on", "2024-11-12"), ("return_reason", "牌匾损坏换发"), ("plaque_no", "2024-002"),
                        ("issued_on", "2024-11-12"), ("received_by", "钱领取")):
        page.fill(f"[name={name}]", value)
    page.get_by_role("button", name="登记换发").click()
    page.wait_for_selector("svg.qr")
    code = page.locator("b.code").inner_text()
    page.goto(live.url(f"/plaque/{stand['code']}"))
    assert "牌匾已收回" in page.locator("main").inner_text()
    axe(page)
    page.goto(live.url(f"/plaque/{code}"))
    assert "牌匾有效" in page.locator("main").inner_text() and "2024-002" in page.locator("main").inner_text()


def test_data_for_search_engines_passes_the_policy(live, stand, page):
    """A data block is no script: Chromium lets it stand under script-src 'self' and reports nothing."""
    page.goto(live.url(f"/register/{stand['base']}"))
    told = page.evaluate("JSON.parse(document.querySelector('script[type=\"application/ld+json\"]').textContent)")
    assert told["@type"] == "Organization" and page.watch.faults == []


def test_an_upheld_one_goes_back_on_its_page(live, stand, page):
    with live.app.app_context():
        steps.answer(db.session.get(Objection, stand["objection"]), "upheld", "现场核实，孵化场所少了 1 200 平方米，异议成立。")
        db.session.commit()
    sign_in(page, live, "shengf")
    look(page, live, f"/notices/back/{stand['case']}", "notices-back")
    page.select_option("[name=outcome]", "back_to_assessment")
    page.fill("[name=reason]", "异议成立，场地面积需要重新踏查和评审")
    page.get_by_role("button", name="退回").click()
    page.wait_for_url(lambda url: "/notices/back" not in url)
    assert "考核评审" in page.locator("main").inner_text()


def test_the_desk_of_documents_reads_well(live, stand, page):
    sign_in(page, live, "shengf")
    for url, name in (
        ("/decisions", "index"), ("/decisions/new", "new"), (f"/decisions/{stand['decision']}", "show"),
    ):
        look(page, live, url, f"decisions-{name}")
