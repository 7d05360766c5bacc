"""The public site and the desks behind it in a real browser: readable by everybody, no sideways scroll at 360 px."""

import pytest

from incubator.kernel.database import db
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
        row = steps.say(second, cases[1])
        db.session.commit()
        return {"notices": (first.id, second.id), "decision": decision.id, "base": cases[0].base_id, "objection": row.id,
                "case": cases[1].id}


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
    assert "正在核实" in page.locator("main").inner_text()


def test_the_desks_read_well(live, stand, page):
    running = stand["notices"][1]
    sign_in(page, live, "sheng2")
    for url, name in (
        ("/notices", "index"), ("/notices/new", "new"), (f"/notices/{running}", "show"),
        (f"/notices/{running}?answer={stand['objection']}", "answer"), (f"/cases/{stand['case']}?tab=notice", "panel"),
    ):
        look(page, live, url, f"notices-{name}")


def test_the_desk_of_documents_reads_well(live, stand, page):
    sign_in(page, live, "shengf")
    for url, name in (
        ("/decisions", "index"), ("/decisions/new", "new"), (f"/decisions/{stand['decision']}", "show"),
    ):
        look(page, live, url, f"decisions-{name}")
