"""The second factor and the pages of settings in a real browser, wide and on a telephone."""

from __future__ import annotations

import os
import re

import pytest

from tests import walk
from tests.browser import SHOTS, _serve, axe
from tests.offices import test_editions as values
from tests.offices.codes import Telephone

pytestmark = pytest.mark.browser
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
SIDEWAYS = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


def look(page, name: str) -> None:
    """At both widths: nothing runs off sideways, one main heading, accessible; a picture where they are wanted."""
    for size in (PHONE, WIDE):
        page.set_viewport_size(size)
        assert not page.evaluate(SIDEWAYS), f"{name} scrolls sideways at {size['width']}"
        assert page.locator("h1").count() == 1
        axe(page)
        if os.environ.get("PICTURES"):
            SHOTS.mkdir(exist_ok=True)
            page.screenshot(path=SHOTS / f"offices-{name}-{size['width']}.png", full_page=True)


def sign_in(page, base: str, login: str) -> None:
    page.goto(base + "/login")
    page.fill("#f-username", login)
    page.fill("#f-password", walk.PASSWORD)
    with page.expect_navigation():
        page.press("#f-password", "Enter")


def give(page, code: str) -> None:
    page.fill("#f-code", code)
    with page.expect_navigation():
        page.press("#f-code", "Enter")


def test_a_security_administrators_first_days(make_app, clock, new_page):
    """Sets the telephone, keeps the codes, grants a role, is asked again later and loses nothing."""
    app = make_app(SECOND_FACTOR=True)
    with app.app_context():
        walk.person("aqgl", "安全管理员", ("sec_admin", None))
        walk.person("xin", "新来的人")
    base, page = _serve(app), new_page()
    sign_in(page, base, "aqgl")
    assert page.get_by_role("heading", name="设置动态验证码").is_visible() and page.locator("svg.qr").is_visible()
    page.locator("summary", has_text="不能扫").click()
    look(page, "set")
    phone = Telephone(page.locator(".secret").inner_text())
    give(page, "000000")
    look(page, "set-wrong")
    give(page, phone.code())
    codes = page.locator(".codes li").all_inner_texts()
    assert len(codes) == 10
    look(page, "codes")
    page.get_by_role("link", name="存好了").click()
    page.goto(base + "/account/second-factor")
    look(page, "factor")
    page.goto(base + "/account/sessions")
    look(page, "sessions")
    page.goto(base + "/roles")
    look(page, "roles")
    page.fill("#f-login", "xin")
    page.select_option("#f-role", "auditor")
    clock.forward(minutes=6)
    with page.expect_navigation():
        page.get_by_role("button", name="授予").click()
    assert page.get_by_role("heading", name="再填一次动态验证码").is_visible()
    look(page, "again")
    give(page, phone.code())
    look(page, "resume")
    with page.expect_navigation():
        page.get_by_role("button", name="提交刚才的内容").click()
    assert page.get_by_text("新来的人现在是审计员").is_visible()
    with page.expect_navigation():
        page.evaluate("() => document.querySelector('form[action=\"/logout\"]').submit()")
    clock.forward(minutes=1)
    sign_in(page, base, "aqgl")
    look(page, "code")
    give(page, codes[0].lower())
    page.goto(base + "/account/second-factor")
    assert page.get_by_role("heading", name=re.compile("恢复码还有 9")).is_visible()
    page.watch.faults[:] = [f for f in page.watch.faults if not re.search(r"status of 4(01|22)", f)]


def test_pages_of_settings(live, clock, new_page):
    with live.app.app_context():
        walk.province()
        first = values.put()
        values.put(value="15", from_on="2026-08-01", replaces=first.id)
        values.put(key="base:jobs", value="120", from_on="2026-10-01", document_no="吉工信创业〔2026〕12号")
        values.editions.set_days(values.manager(), values.days(last="2026-06-09"))
    page = new_page()
    sign_in(page, live.url(""), "shengg")
    for name, path in (
        ("settings", "/settings"), ("parameters", "/settings/parameters"), ("past", "/settings/parameters?on=2025-01-01"),
        ("parameter", "/settings/parameters/station_days"), ("threshold", "/settings/parameters/base:jobs"),
        ("holidays", "/settings/holidays"), ("matrix", "/settings/roles"),
    ):
        page.goto(live.url(path))
        look(page, name)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 674, "height": 980})
    assert not page.evaluate(SIDEWAYS), "the matrix runs off the sheet"
    assert page.evaluate("() => [...document.querySelectorAll('.rail,.segs,.btn')].every(e => !e.getClientRects().length)")
    if os.environ.get("PICTURES"):
        page.screenshot(path=SHOTS / "offices-matrix-paper.png", full_page=True)
    page.emulate_media(media="screen")
    page.set_viewport_size(WIDE)
    page.goto(live.url("/settings/parameters/station_days"))
    page.fill("#f-value", "0")
    page.fill("#f-from_on", "2026年9月1日")
    page.fill("#f-reason", "年中办件量大，适当放宽时限")
    with page.expect_navigation():
        page.get_by_role("button", name="设这个值").click()
    look(page, "parameter-wrong")
    page.fill("#f-value", "20")
    with page.expect_navigation():
        page.get_by_role("button", name="设这个值").click()
    assert page.get_by_text("2026年9月1日起改为").is_visible()
    page.watch.faults[:] = [f for f in page.watch.faults if "status of 422" not in f]
