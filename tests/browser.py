"""Fixtures for tests in a real Chromium.

    live       the portal on SQLite behind a web server; live.url("/login"), live.app
    live_pg    the same on PostgreSQL
    page       a fresh browser page; new_page() makes further ones, each a visitor of its own

At the end of a test a page fails it for every error in its console, every breach of the content security
policy, every script error, every request to another host and every answer of 500 or more.

    axe(page)               fails for serious and critical findings of WCAG 2.2 A and AA
    shot(page, "worklist")  screenshots at 1440 and 390 px into tests/.shots, which git ignores
"""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, Response, sync_playwright
from waitress.server import create_server

ROOT = Path(__file__).parent.parent
SHOTS = ROOT / "tests" / ".shots"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FLAGS = [
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Live:
    """A portal that answers on a port."""

    app: Any
    base: str

    def url(self, path: str = "/") -> str:
        return self.base + path


def _serve(app: Any) -> str:
    """Serve `app` from a daemon thread until the tests end; returns its address."""
    server = create_server(app, host="127.0.0.1", port=0, threads=8)
    threading.Thread(target=server.run, name="live", daemon=True).start()
    return f"http://127.0.0.1:{server.effective_port}"


@pytest.fixture(scope="session")
def _sqlite_address(_sqlite_portal: Any) -> str:
    return _serve(_sqlite_portal.app)


@pytest.fixture(scope="session")
def _pg_address(_pg_portal: Any) -> str:
    return _serve(_pg_portal.app)


@pytest.fixture
def live(sqlite_app: Any, _sqlite_address: str) -> Live:
    return Live(sqlite_app, _sqlite_address)


@pytest.fixture
def live_pg(pg_app: Any, _pg_address: str) -> Live:
    return Live(pg_app, _pg_address)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if not program:
        raise RuntimeError("Chromium is missing; `make test` says how to install it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


class Watch:
    """Notes what must not happen on a page; a test may empty `faults` after it has looked at them."""

    def __init__(self, page: Page) -> None:
        self.faults: list[str] = []
        self._refusals: set[str] = set()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        page.on("request", self._request)
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        where = message.location.get("url", "")
        # Chromium reports every answer of 4xx; a refused form (409, 422) is an answer, not a fault.
        if message.text.startswith("Failed to load resource") and urldefrag(where).url in self._refusals:
            return
        self.faults.append(f"console: {message.text} ({where})")

    def _request(self, request: Request) -> None:
        host = urlsplit(request.url).hostname
        if host not in (None, "", "127.0.0.1", "localhost"):
            self.faults.append(f"asked another host: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.faults.append(f"{response.status} from {response.request.method} {response.url}")
        if 400 <= response.status < 500 and response.request.is_navigation_request():
            self._refusals.add(urldefrag(response.url).url)


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """new_page(width=390): another visitor, with cookies of its own. `page.watch.faults` is what it saw."""
    pages: list[Page] = []

    def make(*, width: int = 1440, height: int = 900, **settings: Any) -> Page:
        settings = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai"} | settings
        context = browser.new_context(viewport={"width": width, "height": height}, **settings)
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.watch = Watch(page)  # type: ignore[attr-defined]
        pages.append(page)
        return page

    yield make
    faults = []
    for page in pages:
        faults += page.watch.faults  # type: ignore[attr-defined]
        with contextlib.suppress(Exception):
            page.context.close()
    assert not faults, "the browser saw:\n" + "\n".join(f"  {fault}" for fault in faults)


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()


def axe(page: Page, *, within: str | None = None, allow: tuple[str, ...] = ()) -> None:
    """Fail for what hinders people seriously; `allow` names rules that a test explains away."""
    if not AXE.exists():
        raise RuntimeError("axe-core is missing; `make test` installs it")
    try:
        result = _judged(page, within)
    except Error:  # the page was on its way to the next one: that one is meant
        page.wait_for_load_state()
        result = _judged(page, within)
    findings = [
        f"{found['impact']} {found['id']}: {found['help']}\n"
        + "\n".join(f"      {' '.join(map(str, node['target']))}: {node['html'][:160]}" for node in found["nodes"][:5])
        for found in result["violations"]
        if found["impact"] in ("serious", "critical") and found["id"] not in allow
    ]
    assert result["passes"] or findings or result["violations"] == [], "axe looked at nothing"
    assert not findings, f"axe on {page.url}:\n" + "\n".join(f"    {finding}" for finding in findings)


def _judged(page: Page, within: str | None) -> dict:
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(AXE.read_text("utf-8") + "\n;null")
    return page.evaluate(
        "([within, tags]) => axe.run(within ? {include: [within]} : document,"
        " {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations'], preload: false})",
        [within, WCAG],
    )


def shot(page: Page, name: str, widths: tuple[int, ...] = (1440, 390)) -> list[Path]:
    """Pictures of the whole page for people to look at."""
    SHOTS.mkdir(exist_ok=True)
    before = page.viewport_size
    taken = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        path = SHOTS / f"{name}-{width}.png"
        page.screenshot(path=path, full_page=True)
        taken.append(path)
    if before:
        page.set_viewport_size(before)
    return taken
