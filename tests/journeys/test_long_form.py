"""Long forms: saved by themselves, merged from two places, nothing lost (look.md “Forms”; P8, P10; A7-9)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from incubator.filings import commands as filings
from incubator.kernel import clock as portal_clock
from incubator.kernel import drafts
from incubator.kernel.database import db
from incubator.offices.models import Person
from incubator.policy.fields.filing import FILING
from incubator.policy.fields.recognition import RECOGNITION
from incubator.recognitions import commands as recognitions
from incubator.simulation import applications, steps
from tests.journeys.desk import Desk

pytestmark = pytest.mark.browser

UNIT = steps.Unit("长春春晓创业孵化基地", "220104", 77)
SAVED = re.compile(r"已保存 \d{1,2}:\d{2}")


class Form:
    """One form in the making: where it is, whose it is, and what is kept of it."""

    def __init__(self, app, table, path: str, case_id: int, login: str) -> None:
        self.app, self.table, self.path, self.case_id, self.login = app, table, path, case_id, login

    def kept(self) -> dict:
        with self.app.app_context():
            return drafts.read(self.case_id, self.table)[0]

    def files(self, field: str) -> int:
        return len(self.kept().get(field) or [])

    def open(self, live, new_page, **settings) -> Desk:
        return Desk(live, new_page, self.login, **settings).go(self.path)


def begin(app, key: str) -> Form:
    with app.app_context():
        if key == "filing":
            _, admin = steps.open_account(UNIT)
            case, table, path = filings.open_filing(admin), FILING, "/filing/{}"
        else:
            today = portal_clock.today()
            applications.open_round(today.year, today, today.replace(month=12))
            _, admin = steps.filed_base(UNIT)
            case, table, path = recognitions.open_application(admin), RECOGNITION, "/application/{}?part=management"
        login = db.session.scalar(select(Person.login).where(Person.id == admin.person_id))
        return Form(app, table, path.format(case.id), case.id, login)


# of each form: a text, another text, a file field that takes several, the button that ends the page
FORMS = {
    "filing": {"text": "legal_rep", "other": "property_no", "file": "prop_file", "act": "提交备案"},
    "recognition": {"text": "safety_officer", "other": "accidents_3y", "file": "fire_doc", "act": "保存，下一步"},
}


# both are drawn by the same table and script: every run walks the first, `make pages` the other too
@pytest.fixture(params=["filing", pytest.param("recognition", marks=pytest.mark.pages_full)])
def form(request, live, clock):
    found = begin(live.app, request.param)
    found.__dict__.update(FORMS[request.param])
    return found


def saved(desk: Desk) -> Desk:
    """The foot of the form says in words when it was saved."""
    expect(desk.page.locator("[data-saved]").first).to_have_text(SAVED)
    return desk


def leave(desk: Desk, field: str, value: str) -> Desk:
    """Type and leave the box, as by Tab."""
    desk.page.fill(f"#f-{field}", value)
    desk.page.press(f"#f-{field}", "Tab")
    return desk


def other_tab(desk: Desk, form: Form, live) -> Desk:
    """A second tab of the same browser."""
    twin = object.__new__(Desk)
    twin.live, twin.login = live, desk.login
    twin.page = desk.page.context.new_page()
    twin.page.goto(live.url(form.path))
    return twin


def test_it_saves_itself_and_says_so(live, new_page, form):
    desk = form.open(live, new_page)
    leave(desk, form.text, "张建国")
    saved(desk).page.reload()
    expect(desk.page.locator(f"#f-{form.text}")).to_have_value("张建国")
    saved(desk)
    assert form.kept()[form.text] == "张建国"


def test_two_tabs_that_change_different_fields_are_merged(live, new_page, form):
    one = form.open(live, new_page)
    two = other_tab(one, form, live)
    saved(leave(one, form.text, "张建国"))
    saved(leave(two, form.other, "2"))
    two.page.reload()
    expect(two.page.locator(f"#f-{form.text}")).to_have_value("张建国")
    expect(two.page.locator(f"#f-{form.other}")).to_have_value("2")


@pytest.mark.parametrize("take", ["留这里的", "用对方的"])
def test_the_same_field_in_two_tabs_shows_both_texts(live, new_page, form, take):
    one = form.open(live, new_page)
    two = other_tab(one, form, live)
    saved(leave(one, form.text, "张建国"))
    two.page.fill(f"#f-{form.other}", "2")
    with two.page.expect_response(lambda r: r.status == 409 and r.request.method == "POST"):
        leave(two, form.text, "李为民")
    rows = two.page.locator(".conflicts li")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("这里：李为民")
    expect(rows).to_contain_text("对方：张建国")
    expect(two.page.locator(f"#f-{form.text}")).to_have_value("李为民")
    assert form.kept()[form.text] == "张建国"
    rows.get_by_role("button", name=take).click()
    saved(two)
    wanted = "李为民" if take == "留这里的" else "张建国"
    expect(two.page.locator(f"#f-{form.text}")).to_have_value(wanted)
    kept = form.kept()
    assert kept[form.text] == wanted and str(kept[form.other]) == "2"


def test_without_script_both_texts_are_shown_and_the_rest_is_kept(live, new_page, form):
    one = form.open(live, new_page, java_script_enabled=False)
    two = other_tab(one, form, live)
    one.fill(**{form.text: "张建国"}).press("保存" if form.table is FILING else form.act)
    two.fill(**{form.text: "李为民", form.other: "2"}).press("保存").sees("同一项内容刚刚在另一处改过")
    expect(two.page.locator(".note--harm li")).to_have_text(re.compile("刚才写的“李为民”，另一处写的“张建国”"))
    expect(two.page.locator(f"#f-{form.other}")).to_have_value("2")
    assert form.kept()[form.text] == "张建国" and str(form.kept()[form.other]) == "2"
    two.fill(**{form.text: "李为民"}).press("保存")
    assert form.kept()[form.text] == "李为民"


def uploads(desk: Desk, field: str):
    return desk.page.locator(f".field:has([id='f-{field}']) .uploads")


def test_a_file_is_shown_and_removed_and_stays_removed(live, new_page, form):
    desk = form.open(live, new_page)
    leave(desk, form.text, "张建国")
    desk.attach(f"f-{form.file}", "甲.pdf").attach(f"f-{form.file}", "乙.pdf")
    assert form.files(form.file) == 2
    desk.page.reload()
    expect(uploads(desk, form.file).locator("a")).to_have_text(["甲.pdf", "乙.pdf"])
    with desk.page.expect_navigation():
        desk.page.get_by_role("button", name="移除 甲.pdf").click()
    expect(uploads(desk, form.file).locator("a")).to_have_text(["乙.pdf"])
    expect(desk.page.locator(f"#f-{form.text}")).to_have_value("张建国")
    desk.attach(f"f-{form.file}", "丙.pdf")
    with desk.page.expect_navigation():  # also in the moment after it was sent, without another load
        desk.page.get_by_role("button", name="移除 丙.pdf").click()
    desk.page.reload()
    expect(uploads(desk, form.file).locator("a")).to_have_text(["乙.pdf"])
    assert form.files(form.file) == 1


def test_enter_in_a_box_removes_no_file(live, new_page, form):
    desk = form.open(live, new_page).attach(f"f-{form.file}", "甲.pdf")
    desk.page.reload()
    desk.page.fill(f"#f-{form.text}", "张建国")
    with desk.page.expect_navigation():
        desk.page.press(f"#f-{form.text}", "Enter")
    assert form.files(form.file) == 1 and form.kept()[form.text] == "张建国"


WRONG = {
    "kind": {"name": "压缩.zip", "mimeType": "application/zip", "buffer": b"PK\x03\x04"},
    "size": {"name": "太大.pdf", "size": 21 * 1024 * 1024},
    "content": {"name": "不是.pdf", "mimeType": "application/pdf", "buffer": b"MZ\x90\x00 no paper at all"},
}


@pytest.mark.parametrize("why", WRONG)
def test_a_refused_file_leaves_the_rest(live, new_page, form, why, tmp_path):
    desk = form.open(live, new_page)
    leave(desk, form.text, "张建国")
    desk.attach(f"f-{form.file}", "好的.pdf")
    chosen = WRONG[why]
    if "size" in chosen:
        chosen = tmp_path / chosen["name"]
        with chosen.open("wb") as file:
            file.truncate(WRONG[why]["size"])
    desk.page.set_input_files(f"#f-{form.file}", chosen)
    refused = uploads(desk, form.file).locator("li", has_text="没有上传")
    expect(refused).to_contain_text(WRONG[why]["name"])
    expect(refused.get_by_role("alert")).not_to_be_empty()
    leave(desk, form.other, "2")
    saved(desk)
    desk.page.watch.faults[:] = [f for f in desk.page.watch.faults if "status of 422" not in f]
    desk.page.reload()
    expect(uploads(desk, form.file).locator("a")).to_have_text(["好的.pdf"])
    expect(desk.page.locator(f"#f-{form.text}")).to_have_value("张建国")
    expect(desk.page.locator(f"#f-{form.other}")).to_have_value("2")


def test_a_session_that_ended_keeps_what_was_typed(live, new_page, form, clock):
    """The form says so, a sign-in in another tab is enough, and saving goes on in place."""
    desk = form.open(live, new_page)
    clock.forward(minutes=31)
    leave(desk, form.text, "张建国")
    desk.sees("登录已过期，填的内容还在这一页")
    expect(desk.page.locator(f"#f-{form.text}")).to_have_value("张建国")
    with desk.page.expect_popup() as popup:
        desk.page.get_by_role("link", name="在新标签页登录").click()
    door = popup.value
    door.fill("#f-username", form.login)
    door.fill("#f-password", steps.PASSWORD)
    with door.expect_navigation():
        door.press("#f-password", "Enter")
    door.close()
    desk.page.bring_to_front()
    desk.page.evaluate("dispatchEvent(new Event('focus'))")
    saved(desk)
    expect(desk.page.get_by_text("登录已过期")).to_have_count(0)
    desk.page.watch.faults[:] = [f for f in desk.page.watch.faults if "status of 401" not in f]
    assert form.kept()[form.text] == "张建国"


def test_a_whole_form_sent_after_the_session_ended_goes_on(live, new_page, form, clock):
    """Without script: what was sent waits behind the sign-in and is sent on from there."""
    desk = form.open(live, new_page, java_script_enabled=False)
    clock.forward(minutes=31)
    desk.fill(**{form.text: "张建国"}).press("保存").sees("还在")
    desk.page.fill("#f-username", form.login)
    desk.page.fill("#f-password", steps.PASSWORD)
    desk.press("登录，接着办").press("提交刚才的内容")
    expect(desk.page.locator(f"#f-{form.text}")).to_have_value("张建国")
    assert form.kept()[form.text] == "张建国"


def test_without_script_the_main_act_works(live, new_page, form):
    """Files, saving and the act itself, with nothing but the browser's own form."""
    desk = form.open(live, new_page, java_script_enabled=False)
    desk.fill(**{form.text: "张建国"}).attach_plainly(form.file).press("保存").sees("已保存")
    expect(uploads(desk, form.file).locator("a")).to_have_count(1)
    if form.table is RECOGNITION:
        desk.press(form.act)
        assert "part=management" not in desk.page.url
        return
    desk.press(form.act).sees("改好才能提交")
    with live.app.app_context():
        case = db.session.get(steps.Case, form.case_id)
        who = steps.actor(form.login)
        steps.fill(case, FILING, steps.filing_values(who, case, UNIT), who)
    desk.go(form.path).press(form.act).sees("提交好了")
