"""A person at a browser: what the journeys do with a page, in the words of the page."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from incubator.policy.fields.visit import CHECK_ROWS
from incubator.simulation.steps import PASSWORD, PDF
from tests.browser import axe, shot

PHONE = {"width": 360, "height": 740}


class Desk:
    """One person with a browser of its own."""

    def __init__(self, live, new_page: Callable[..., Page], login: str = "", password: str = PASSWORD, **settings):
        self.live, self.page, self.login = live, new_page(**settings), login
        if login:
            self.sign_in(login, password)

    def sign_in(self, login: str, password: str = PASSWORD) -> Desk:
        self.go("/login")
        self.page.fill("#f-username", login)
        self.page.fill("#f-password", password)
        self.page.click("main form button")
        self.page.wait_for_load_state()
        return self

    def go(self, path: str) -> Desk:
        self.page.goto(self.live.url(path))
        return self

    def fill(self, **fields: str) -> Desk:
        """Type into fields by name; a value of a choice or a tick is chosen instead."""
        for name, value in fields.items():
            self._set(f"f-{name}", name, value)
        return self

    def _set(self, control: str, name: str, value) -> None:
        radios = self.page.locator(f"input[type=radio][name='{name}'][value='{value}']")
        if radios.count():
            radios.first.check()
            return
        target = self.page.locator(f"[id='{control}']")
        kind = target.evaluate("e => e.tagName + ':' + (e.type || '')")
        if kind.startswith("SELECT"):
            target.select_option(str(value))
        elif kind == "INPUT:checkbox":
            target.set_checked(bool(value))
        else:
            target.fill(str(value))

    def row(self, table: str, index: int, **cells) -> Desk:
        for column, value in cells.items():
            self._set(f"f-{table}-{index}-{column}", f"{table}-{index}-{column}", value)
        return self

    def attach(self, control: str, name: str = "材料.pdf") -> Desk:
        """Choose a file for the control with this id; waits until one that travels by itself has arrived."""
        target = self.page.locator(f"[id='{control}']")
        target.set_input_files({"name": name, "mimeType": "application/pdf", "buffer": PDF})
        if target.get_attribute("data-upload"):
            expect(self.page.locator(f".field:has([id='{control}']) .uploads a", has_text=Path(name).stem).last).to_be_visible()
        return self

    def attach_plainly(self, field: str, name: str = "材料.pdf") -> Desk:
        """Choose a file that travels with the form, as without script."""
        self.page.set_input_files(f"#f-{field}", {"name": name, "mimeType": "application/pdf", "buffer": PDF})
        return self

    def press(self, label: str) -> Desk:
        """Press the button or link with this text and wait for the next page."""
        button = self.page.locator("main, .menu-body").get_by_role("button", name=label, exact=True)
        link = self.page.locator("main").get_by_role("link", name=label, exact=True)
        (button if button.count() else button.or_(link)).first.click()
        self.page.wait_for_load_state()
        return self

    def sees(self, text: str) -> Desk:
        expect(self.page.locator("body")).to_contain_text(text)
        return self

    def send_back(self, text: str, *remarks: tuple[str, str]) -> Desk:
        """Return the case that is open for correction, with what is wrong at each field."""
        self.press("退回补正").fill(text=text)
        for n, (field, wrong) in enumerate(remarks):
            self.page.locator(f"select[name='remarks-{n}-field']").select_option(field)
            self.page.locator(f"input[name='remarks-{n}-text']").fill(wrong)
        return self.press("退回补正").sees("退回补正")

    def visit(self, **found: str) -> Desk:
        """Fill and send the form of a visit: everything agrees but `found`, a figure or a mere no by the key of its row."""
        self.fill(opinion="现场看过，情况写在各项里，孵化用途没有改变。")
        self.row("visitors", 1, name="同行人员").row("base_reps", 0, name="林春晓")
        for n, row in enumerate(CHECK_ROWS):
            if row.key in found:
                figure = {} if row.kind == "bool" else {"verified": found[row.key]}
                self.row("check_rows", n, remark="以现场看到的为准", **figure)
            self.row("check_rows", n, agrees="no" if row.key in found else "yes")
        return self.attach("f-signatures", "签字页.pdf").press("登记踏查").sees("已登记")

    def looks(self, name: str) -> Desk:
        """Nothing hinders people on this page, and it holds at 360 without sideways scroll; with PICTURES it is kept to look at."""
        axe(self.page)
        before = self.page.viewport_size
        self.page.set_viewport_size(PHONE)
        assert self.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], self.page.url
        self.page.set_viewport_size(before)
        if os.environ.get("PICTURES"):
            shot(self.page, name, (1280, 360))
        return self

    def open_work(self, name: str) -> Desk:
        """From the worklist into the case of the base with this name."""
        self.go("/work")
        self.page.locator("table.table--work a.row", has_text=name).first.click()
        self.page.wait_for_load_state()
        return self

    @property
    def case_id(self) -> int:
        return int(self.page.url.split("/cases/")[1].split("/")[0].split("?")[0].split("#")[0])
