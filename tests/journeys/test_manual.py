"""The pictures of docs/使用手册.md are taken here: `PICTURES=1 make test ARGS=tests/journeys/test_manual.py`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.journeys.pages import Line
from tests.journeys.test_every_page import Reader, clear_refusals

pytestmark = pytest.mark.browser
DOCS = Path(__file__).parents[2] / "docs"
FOLDER = "pictures"
TAKE = bool(os.environ.get("PICTURES"))
# the picture's name → who sees it, where, and the words by which the reader knows the place
SHOWN = {
    "desk": ("operator", "/desk", "要办的事"),
    "application": ("long", "/application/{draft}?part=premises", "场地"),
    "correction": ("correction", "/application/{correction}", "退回补正"),
    "roster": ("operator", "/rosters/tenants", "在孵企业名册"),
    "worklist": ("county", "/work", "待办"),
    "case": ("county", "/cases/{county}", "下一步"),
    "return": ("county", "/cases/{again}/act/return", "每一处问题"),
    "compare": ("county", "/cases/{again}/compare/1/2", "改动的项目"),
    "experts": ("province", "/cases/{assessing}/experts", "评审专家"),
    "meeting": ("province", "/meetings/{meeting}", "集中审议"),
    "notice": ("public", "/public/notices/{running}", "公示"),
    "decision": ("province-lead", "/decisions/new", "认定文件"),
    "register": ("public", "/register", "名录"),
    "plaque": ("public", "/plaque", "牌匾"),
    "move": ("manager", "/bases/{star}/move", "转到别的县"),
    "parameters": ("manager", "/settings/parameters", "参数"),
}


@pytest.mark.parametrize("name", SHOWN)
def test_a_picture_of_the_manual(at_work, new_page, name):
    role, path, words = SHOWN[name]
    page = new_page(width=1080, height=760)
    reader = Reader(at_work, role, page)
    reader.open(Line(path))
    assert words in page.locator("body").inner_text()
    picture = DOCS / FOLDER / f"{name}.png"
    if TAKE:
        picture.parent.mkdir(exist_ok=True)
        page.screenshot(path=picture)
    clear_refusals(page, Line(path))
    assert picture.exists(), f"no picture {picture.name} yet: run with PICTURES=1"
    assert f"]({FOLDER}/{name}.png)" in (DOCS / "使用手册.md").read_text("utf-8"), f"the manual does not show {name}.png"
