"""The desk in a real browser: keys, ticks and pages at both widths, without script too."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from incubator.cases import batches, notes, saved_views, taking
from incubator.cases.queries import Filters
from tests import walk
from tests.browser import axe, shot
from tests.filings import steps

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(live, clock):
    """Five requests and a filing at one county, one of them moved on at the province."""
    with live.app.app_context():
        walk.province()
        walk.staff("220104")
        walk.person("x220104b", "朝阳经办乙", ("county_clerk", "220104"))
        cases = [walk.request_account(walk.Unit(f"长春示例{n}创业孵化基地", "220104", n)) for n in range(1, 6)]
        filing, _ = steps.submitted(301)
        mine = walk.actor("x220104")
        taking.take(mine, cases[0].id)
        taking.take(walk.actor("x220104b"), cases[1].id)
        notes.add(mine, filing.id, "负责人电话里说平面图周五补")
        saved_views.save(mine, "待核验", Filters(kind="account_request"), shared=True)
        held = batches.order(mine, "account_request:county_check:reject", [(cases[4].id, cases[4].version)], steps.REASON)
        walk.act(cases[3], "confirm", mine)
        return SimpleNamespace(live=live, url=live.url, app=live.app, ids=[c.id for c in cases], filing=filing.id, batch=held.id)


def sign_in(page, live, login: str) -> None:
    page.goto(live.url("/login"))
    page.fill("[name=username]", login)
    page.fill("[name=password]", walk.PASSWORD)
    page.click("main .btn--main")
    page.wait_for_url("**/work")


def focused(page) -> str:
    return page.evaluate("document.activeElement.getAttribute('href') || document.activeElement.tagName")


def test_keys_walk_the_worklist_and_the_case(page, desk):
    """j k x Enter, then n p r; the list of them by ?; nothing while something is typed (WCAG 2.1.4)."""
    sign_in(page, desk, "x220104")
    page.keyboard.press("j")
    first = focused(page)
    page.keyboard.press("j")
    second = focused(page)
    assert first.startswith("/cases/") and second.startswith("/cases/") and first != second
    page.keyboard.press("ArrowUp")
    assert focused(page) == first
    page.keyboard.press("x")
    assert page.locator(".tick input:checked").count() == 1
    page.focus("[name=q]")
    page.keyboard.type("jkx?")
    assert page.input_value("[name=q]") == "jkx?" and page.locator("dialog[open]").count() == 0
    page.locator("h1").click()
    page.keyboard.press("?")
    assert page.locator("dialog#keys[open]").count() == 1
    axe(page)
    page.keyboard.press("Escape")
    page.locator(f"a.row[href^='{first}']").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{first}")
    page.keyboard.press("n")
    page.wait_for_url(f"**{second}")
    page.goto(desk.url(f"/cases/{desk.filing}"))
    page.keyboard.press("r")
    page.wait_for_url("**/act/return")
    page.focus("[name=text]")
    page.keyboard.type("p?nr")
    assert page.input_value("[name=text]").endswith("p?nr")
    page.goto(desk.url(f"/cases/{desk.filing}"))
    page.keyboard.press("p")
    page.wait_for_url("**/act/approve")
    page.goto(desk.url("/work/settings"))
    page.uncheck("[name=keys]")
    page.click("main .btn--main")
    page.wait_for_url("**/work")
    page.keyboard.press("j")
    assert focused(page) == "BODY" and page.locator("dialog#keys").count() == 0, "switched off"


def test_ticks_become_a_batch_without_script(new_page, browser, desk):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, desk, "x220104")
    for number in desk.ids[:2]:
        page.check(f"input[name=case][value='{number}']")
    page.click("text=批量办理勾选的")
    page.click("text=核验属实，报省厅派发")
    page.click("main .btn--main")
    assert "第" in page.inner_text(".crumb") and "撤下这一批" in page.inner_text("main")
    page.click("text=撤下这一批")
    assert "一件也没有办" in page.inner_text("main")
    page.goto(desk.url(f"/cases/{desk.ids[0]}"))
    page.click("text=下一件")
    assert f"/cases/{desk.ids[1]}" in page.url
    context.close()


PAGES = (
    ("x220104", "worklist", "/work"), ("x220104", "worklist-kind", "/work?kind=account_request&q=长春"),
    ("x220104", "case", "/cases/{filing}"), ("x220104", "notes", "/cases/{filing}?tab=notes"),
    ("x220104", "acts", "/work/batch?case={a}&case={b}&case={filing}"),
    ("x220104", "preview", "/work/batch?case={a}&case={b}&case={filing}&act=account_request:county_check:confirm"),
    ("x220104", "reject", "/work/batch?case={a}&act=account_request:county_check:reject"),
    ("x220104", "batch", "/work/batches/{batch}"), ("x220104", "batches", "/work/batches"),
    ("x220104f", "handover", "/work/handover?from={who}"), ("x220104", "views", "/work/views"), ("x220104", "settings", "/work/settings"),
    ("shengg", "dispatch", "/accounts/dispatch"),
)


def test_every_page_of_the_desk_at_both_widths(new_page, desk):
    with desk.app.app_context():
        who = walk.actor("x220104").person_id
    names = {"filing": desk.filing, "a": desk.ids[0], "b": desk.ids[1], "batch": desk.batch, "who": who}
    for login in dict.fromkeys(line[0] for line in PAGES):
        page = new_page()
        sign_in(page, desk, login)
        for _, name, path in (line for line in PAGES if line[0] == login):
            page.set_viewport_size({"width": 1280, "height": 900})
            page.goto(desk.url(path.format(**names)))
            axe(page)
            page.set_viewport_size({"width": 360, "height": 740})
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 360, f"{name}: {wide}"
            axe(page)
            shot(page, f"desk-{name}")
