"""Every page at 1280 and 360 px, magnified, on paper and by keyboard (look.md “Reach”); no template is left out."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from incubator.simulation.steps import PDF
from tests.browser import SHOTS, axe
from tests.journeys.pages import ROLES, Line
from tests.visitor import Visitor

WIDE, PHONE, ZOOMED, A4 = (1280, 900), (360, 740), (640, 450), (674, 980)  # A4 less its margins at 96 dpi
TEMPLATES = Path(__file__).parent.parent.parent / "templates"
NOT_OURS = {"errors/static_503.html"}  # sent as it is: looked at, never rendered
# walked through at both widths in tests/offices/test_browser.py, where the second factor is on
ELSEWHERE = {
    "offices/_carried.html", "offices/_code_field.html", "offices/factor.html", "offices/recovery_codes.html",
    "offices/second_factor.html", "offices/second_factor_set.html",
    "filings/panel_premises.html",  # two live bases that claim one certificate: tests/filings
}
PICTURES = bool(os.environ.get("PICTURES"))  # keep a picture of each page to look at, in tests/.shots


# ------------------------------------------------------------------------- no page is left out


def test_every_template_has_a_line(at_work):
    for role, (_, lines) in ROLES.items():
        visitor = Visitor(at_work.app_of(role))
        login, password = at_work.account(role)
        if login:
            assert visitor.sign_in(login, password).status_code == 302, role
        for line in lines:
            token = re.search(r'name="csrf-token" content="([^"]+)"', visitor.get("/home", follow_redirects=True).text)
            visitor.token = token[1] if token else visitor.token  # nobody's home without the frame
            path = at_work.filled(line.path)
            if line.post:
                files = {name: (io.BytesIO(PDF), "材料.pdf") for name in line.files}
                answer = visitor.post(path, {**at_work.posted(line), **files}, follow_redirects=True)
            else:
                answer = visitor.get(path, follow_redirects=True)
            assert answer.status_code < 500 or "trouble" in path, f"{role} {path}"
    rendered = {name for app in (at_work.app, at_work.training) for _, name in app.jinja_env.cache}
    there = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html")}
    assert there - rendered - NOT_OURS - ELSEWHERE == set(), "a template that no line of tests/journeys/pages.py shows"


# ------------------------------------------------------------------------------- what it costs

BUDGET = 20  # statements of one page, the frame's included
DEARER = {  # what a page may cost that shows more than one thing
    "/cases/<int:case_id>": 34, "/cases/<int:case_id>/act/<outcome>": 24, "/cases/<int:case_id>/experts": 26,
    "/cases/<int:case_id>/visit": 24, "/application/<int:case_id>": 30, "/desk": 24,
    "/decisions/new": 26, "/cases/<int:case_id>/conclusion": 28, "/reports/<int:case_id>/form": 25,  # with the other report of the year's end
    "/cases/<int:case_id>/behalf": 26,  # what the office could do, and a relaxation in its place
}


@pytest.mark.parametrize("role", ROLES)
def test_no_page_asks_more_than_its_budget(at_work, query_counter, role):
    """Most pages have a budget of their own in their module's tests; none goes beyond these."""
    app = at_work.app_of(role)
    visitor = Visitor(app)
    login, password = at_work.account(role)
    if login:
        assert visitor.sign_in(login, password).status_code == 302
    found = {}
    for line in (line for line in ROLES[role][1] if not line.post and "trouble" not in line.path):
        path = at_work.filled(line.path)
        rules = app.url_map.bind("localhost")
        with query_counter() as queries:
            answer = visitor.get(path)
        if answer.status_code == 200:
            rule, _ = rules.match(path.partition("?")[0], return_rule=True)
            found[path] = (queries.count, DEARER.get(rule.rule, BUDGET))
    print("\n".join(f"{count:3} of {most:3}  {path}" for path, (count, most) in found.items()))
    assert {path: told for path, told in found.items() if told[0] > told[1]} == {}


# ------------------------------------------------------------------------------- looking at it


class Reader:
    """One person with one browser context, who goes from line to line."""

    def __init__(self, province, role: str, page: Page) -> None:
        self.province, self.role, self.page, self.faults = province, role, page, []
        self.base = province.base(role)
        login, password = province.account(role)
        if login:
            page.goto(self.base + "/login")
            page.fill("#f-username", login)
            page.fill("#f-password", password)
            with page.expect_navigation():
                page.press("#f-password", "Enter")

    def open(self, line: Line) -> None:
        path = self.province.filled(line.path)
        if not line.post:
            self.page.goto(self.base + path)
            return
        self.page.goto(self.base + "/home")
        with self.page.expect_navigation():
            self.page.evaluate(SEND, [path, self.province.posted(line), list(line.files), PDF.decode("latin-1")])

    def size(self, size: tuple[int, int]) -> None:
        self.page.set_viewport_size({"width": size[0], "height": size[1]})

    def expect(self, line: Line, what: str, held: bool) -> None:
        if not held:
            self.faults.append(f"{self.role} {line.path} {dict(line.post) or ''}: {what}")

    def judge(self, line: Line) -> None:
        """What holds at every width."""
        page, width = self.page, self.page.viewport_size["width"]
        wide = page.evaluate(WIDEST)
        self.expect(line, f"scrolls sideways at {width}: {wide}", not wide)
        self.expect(line, f"{page.locator('h1').count()} h1", page.locator("h1").count() == 1)
        self.expect(line, "no title", bool(page.title().strip(" ·")))
        fills = page.evaluate(FILLED)
        self.expect(line, f"more than one main act at {width}: {fills}", len(fills) <= 1)
        if width == WIDE[0] and not PICTURES:
            return  # axe once a page: on the phone, where targets stand closest; `make pages` asks at both widths
        try:
            axe(page)
        except AssertionError as found:
            self.faults.append(f"{self.role} {line.path} at {width}: {found}")

    def picture(self, line: Line, number: int) -> None:
        if PICTURES:
            SHOTS.mkdir(exist_ok=True)
            width = self.page.viewport_size["width"]
            self.page.screenshot(path=SHOTS / f"every-{self.role}-{number:02d}-{width}.png", full_page=True)


def _place(line: Line) -> tuple[str, bool]:
    """A page in a state, whoever looks at it."""
    return line.path.partition("?")[0], bool(line.post)


FIRST = {_place(line): role for role, (_, lines) in reversed(ROLES.items()) for line in reversed(lines)}

SEND = """([path, fields, files, bytes]) => {
  const form = document.createElement('form');
  form.method = 'post'; form.action = path; form.enctype = 'multipart/form-data';
  const token = document.querySelector('meta[name=csrf-token]').content;
  for (const [name, value] of Object.entries({csrf_token: token, ...fields})) {
    const box = document.createElement('input'); box.type = 'hidden'; box.name = name; box.value = value; form.append(box);
  }
  for (const name of files) {
    const box = document.createElement('input'); box.type = 'file'; box.name = name;
    const held = new DataTransfer();
    held.items.add(new File([Uint8Array.from(bytes, c => c.charCodeAt(0))], '材料.pdf', {type: 'application/pdf'}));
    box.files = held.files; form.append(box);
  }
  document.body.append(form); form.submit();
}"""
WIDEST = """() => {
  const most = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= most + 1) return '';  // half a pixel is rounded up
  const over = [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > most + 1 && e.getClientRects().length);
  return document.documentElement.scrollWidth + ' px, ' + over.slice(0, 4).map(e => e.tagName + '.' + e.className).join(' ');
}"""
FILLED = """() => location.pathname === '/components' ? [] : [...document.querySelectorAll('main .btn--main')]
  .filter(e => e.getClientRects().length && e.getAttribute('aria-disabled') !== 'true').map(e => e.textContent.trim())"""


def clear_refusals(page: Page, line: Line) -> None:
    """An error page that was asked for is no fault of the browser's."""
    if "trouble" in line.path or line.post or page.watch.faults:
        page.watch.faults[:] = [
            f for f in page.watch.faults
            if not ("trouble=" in f or re.search(r"status of 4(00|01|03|04|09|13|22)", f))
        ]


def looked_at(role: str) -> list[tuple[int, Line]]:
    """Each page in each state once, with the first who opens it; `make pages` looks at everybody's."""
    return [(number, line) for number, line in enumerate(ROLES[role][1]) if PICTURES or FIRST[_place(line)] == role]


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("role", [role for role in ROLES if looked_at(role)])
def test_every_page_reads_well(at_work, new_page, role):
    page = new_page(width=WIDE[0], height=WIDE[1])
    reader = Reader(at_work, role, page)
    for number, line in looked_at(role):
        reader.size(WIDE)
        reader.open(line)
        reader.judge(line)
        reader.picture(line, number)
        reader.size(ZOOMED)
        reader.expect(line, f"scrolls sideways at 640: {page.evaluate(WIDEST)}", not page.evaluate(WIDEST))
        reader.size(PHONE)  # the same page: what a phone sees is said by the style sheet alone
        if PICTURES and not line.post:
            reader.open(line)
        reader.judge(line)
        reader.picture(line, number)
        clear_refusals(page, line)
    assert not reader.faults, "\n".join(reader.faults)


def marked(name: str) -> list:
    return [role for role, (_, lines) in ROLES.items() if any(getattr(line, name) for line in lines)]


@pytest.mark.browser
@pytest.mark.pages_full
@pytest.mark.parametrize("role", marked("act"))
def test_the_main_act_is_reached(at_work, new_page, role):
    """At 200 % the main act can be scrolled to and nothing lies over it; Tab reaches it and shows where it is."""
    page = new_page(width=ZOOMED[0], height=ZOOMED[1], device_scale_factor=2)
    reader = Reader(at_work, role, page)
    for line in (line for line in ROLES[role][1] if line.act):
        reader.open(line)
        act = page.locator(line.act).first
        if not act.count():
            reader.faults.append(f"{role} {line.path}: no main act")
            continue
        act.scroll_into_view_if_needed()
        reader.expect(line, "something lies over the main act at 200 %", act.evaluate(ON_TOP))
        reached = page.evaluate("() => { document.activeElement.blur(); scrollTo(0, 0); return false; }")
        for _ in range(300):
            page.keyboard.press("Tab")
            reached = act.evaluate("e => e === document.activeElement")
            if reached:
                break
        reader.expect(line, "Tab does not reach the main act", reached)
        ring = act.evaluate("e => { const s = getComputedStyle(e); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2; }")
        reader.expect(line, "no ring around the main act", ring)
        reader.expect(line, "the focused main act is covered", act.evaluate(ON_TOP))
        clear_refusals(page, line)
    assert not reader.faults, "\n".join(reader.faults)


ON_TOP = """e => {
  const r = e.getBoundingClientRect();
  const top = document.elementFromPoint(r.left + Math.min(r.width / 2, 40), r.top + r.height / 2);
  return Boolean(top) && (e === top || e.contains(top));
}"""
GONE = ".rail,.bottom,.topbar .search,.topbar .who,.site-nav,.skip,.acts,.btn,.filters,.pager,.segs,.next,.file,.flashes,input[type=file]"
PAPER = """(gone) => {
  const seen = e => e.getClientRects().length && getComputedStyle(e).visibility !== 'hidden';
  return {
    left: [...document.querySelectorAll(gone)].filter(seen).map(e => e.tagName + '.' + e.className).slice(0, 5),
    heads: [...document.querySelectorAll('main thead')].filter(e => getComputedStyle(e).display !== 'table-header-group').length,
  };
}"""


@pytest.mark.browser
@pytest.mark.pages_full
@pytest.mark.parametrize("role", marked("paper"))
def test_it_prints(at_work, new_page, role):
    """On A4 navigation, acts and filters vanish, heads repeat, nothing runs off the sheet."""
    page = new_page(width=A4[0], height=A4[1])
    reader = Reader(at_work, role, page)
    for number, line in enumerate(ROLES[role][1]):
        if not line.paper:
            continue
        reader.open(line)
        page.emulate_media(media="print")
        wide, found = page.evaluate(WIDEST), page.evaluate(PAPER, GONE)
        reader.expect(line, f"runs off the sheet: {wide}", not wide)
        reader.expect(line, f"still on paper: {found['left']}", not found["left"])
        reader.expect(line, f"{found['heads']} heads do not repeat", not found["heads"])
        reader.picture(line, number)
        page.emulate_media(media="screen")
        clear_refusals(page, line)
    assert not reader.faults, "\n".join(reader.faults)


