"""A tenant is keyed with nothing but the keyboard; Enter adds it and the next one can be keyed (§8.7)."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from incubator.kernel.database import db
from incubator.offices.models import Person
from incubator.rosters.models import Tenant
from incubator.simulation import steps
from tests.browser import axe, shot
from tests.journeys.desk import Desk

pytestmark = pytest.mark.browser

UNIT = steps.Unit("长春春晓创业孵化基地", "220104", 77)
# The boxes in the order of the page; "" leaves a box as it is.
FIRST = ("长春小满食品科技有限公司", steps.uscc(77001), "企", "", "1491", "2021-03-01", "2022-04-01", "2022年4月1日", "20301231",
         "96.5", "赵明", "7")
SECOND = ("九台区老街小面馆", steps.uscc(77002, kind="92"), "", "", "6210", *FIRST[5:])


def operator(live, new_page, **settings) -> Desk:
    with live.app.app_context():
        _, admin = steps.filed_base(UNIT)
        login = db.session.scalar(select(Person.login).where(Person.id == admin.person_id))
    return Desk(live, new_page, login, **settings)


def key(desk: Desk, words: tuple[str, ...]) -> None:
    """Type box after box, Tab between them, Enter at the end."""
    for place, word in enumerate(words):
        if place:
            desk.page.keyboard.press("Tab")
        if word == "企":
            desk.page.keyboard.press("ArrowDown")  # the first choice of the list
        elif word:
            desk.page.keyboard.insert_text(word)
    with desk.page.expect_navigation():
        desk.page.keyboard.press("Enter")


def focus(desk: Desk) -> str:
    return desk.page.evaluate("document.activeElement.id")


def test_rows_are_keyed_by_keyboard_alone(live, new_page):
    desk = operator(live, new_page).go("/rosters/tenants")
    axe(desk.page)
    link = desk.page.locator("main").get_by_role("link", name="添一户")
    link.focus()
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("#f-name")).to_be_focused()

    key(desk, FIRST)
    expect(desk.page.locator("#f-name")).to_be_focused()
    expect(desk.page.locator("#f-name")).to_have_value("")
    expect(desk.page.locator("#f-name")).to_be_in_viewport()
    key(desk, SECOND)
    expect(desk.page.locator("#f-name")).to_be_focused()
    desk.sees("合计 2 户").sees("计入 1 户，7 人").sees("从事餐饮的个体工商户不计入")
    axe(desk.page)
    shot(desk.page, "roster")
    with live.app.app_context():
        assert [t.subject for t in db.session.scalars(select(Tenant).order_by(Tenant.id))] == ["company", "individual"]

    key(desk, (FIRST[0], FIRST[1][:4], *FIRST[2:]))
    assert focus(desk) == "wrong"
    expect(desk.page.locator("#f-uscc")).to_have_value(FIRST[1][:4])
    expect(desk.page.locator("#f-legal_rep")).to_have_value("赵明")
    desk.page.keyboard.press("Tab")
    desk.page.keyboard.press("Enter")
    assert focus(desk) == "f-uscc"
    axe(desk.page)
    shot(desk.page, "roster-fault")


def test_focus_comes_back_without_a_script(live, new_page):
    desk = operator(live, new_page, java_script_enabled=False).go("/rosters/tenants#f-name")
    desk.page.locator("#f-name").focus()
    key(desk, FIRST)
    expect(desk.page.locator("tr[id^=r] th")).to_contain_text(FIRST[0])
    desk.page.keyboard.insert_text("下一户")
    expect(desk.page.locator("#f-name")).to_have_value("下一户")


def test_a_phone_scrolls_the_table_and_keeps_its_first_column(live, new_page):
    desk = operator(live, new_page, width=390, height=800).go("/rosters/tenants")
    desk.page.locator("#f-name").focus()
    key(desk, FIRST)
    axe(desk.page)
    page = desk.page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    name = page.locator("tr[id^=r] th").bounding_box()
    page.evaluate("document.querySelector('.scroll').scrollLeft = 300")
    after = page.locator("tr[id^=r] th").bounding_box()
    assert after["x"] == name["x"] and page.evaluate("document.querySelector('.scroll').scrollLeft") > 100
    box = page.locator("#f-name").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
