"""A document as pages: typed, looked over with what follows, entered; nothing typed is lost on the way."""

import io
import re

import pytest

from incubator.kernel.database import db
from incubator.simulation.steps import PDF
from tests import walk
from tests.notices import steps
from tests.notices.test_pages import IDEM, VERSIONS
from tests.visits.pages import Visitor

FILE = re.compile(r'name="file" value="(\d+)"')


@pytest.fixture
def noticed(app, clock):
    """Two cases whose notice has run out; on the first an objection waits."""
    clock.set("2024-11-04 09:30")
    with app.app_context():
        cases = steps.proposed(2)
        steps.say(steps.published(cases), cases[0])
        db.session.commit()
    clock.set("2024-11-12 09:30")
    return [case.id for case in cases]


def hidden(page: str) -> dict:
    kept = FILE.search(page)
    return {**dict(VERSIONS.findall(page)), "idem": IDEM.search(page)[1], **({"file": kept[1]} if kept else {})}


def paper(page: str, cases, do: str, upload=True, **changes) -> dict:
    typed = {
        "document_no": "吉工信创业〔2024〕92号", "document_on": "2024年11月12日", "title": "关于认定第一批基地的通知",
        "late_reason": "", "case": [str(c) for c in cases], "do": do,
    }
    if upload:
        typed["file"] = (io.BytesIO(PDF), "认定文件.pdf")
    return {**hidden(page), **typed, **changes}


def test_typed_looked_over_entered(app, noticed, query_counter):
    objected, free = noticed
    lead = Visitor(app, "shengf")
    page = lead.get("/decisions/new")
    assert "2&nbsp;家，1&nbsp;家可以发文" in page and "有 1 件实名异议没有答复" in page
    assert f'value="{free}" checked' in page and f'value="{objected}" checked' not in page

    refused = lead.post("/decisions/new", paper(page, noticed, "check"), page)
    shown = refused.get_data(as_text=True)
    assert refused.status_code == 422 and "“长春知行创业孵化基地”：有 1 件实名异议没有答复" in shown
    assert "关于认定第一批基地的通知" in shown and "认定文件.pdf" in shown, "what was typed and the scan stay"

    looked = lead.post("/decisions/new", paper(shown, [free], "check", upload=False), shown)
    over = looked.get_data(as_text=True)
    assert looked.status_code == 200 and "有效期 2025年1月1日—2029年12月31日" in over and "还没有登记" in over
    with app.app_context():
        assert steps.count(walk.decisions.Decision) == 0, "looking writes nothing"
    back = lead.post("/decisions/new", paper(over, [free], "edit", upload=False), over).get_data(as_text=True)
    assert "吉工信创业〔2024〕92号" in back and "认定文件.pdf" in back

    form = paper(over, [free], "issue", upload=False)
    done = lead.post("/decisions/new", form, over)
    assert done.status_code == 200 and re.fullmatch(r"/decisions/\d+", done.request.path)
    assert "登记好了，认定 1 家" in done.get_data(as_text=True)
    assert lead.post("/decisions/new", form, over).request.path == done.request.path, "a double click enters it once"
    with query_counter() as queries:
        lead.get(done.request.path)
    assert queries.count <= 10, queries
    with query_counter() as queries:
        assert "吉工信创业〔2024〕92号" in lead.get("/decisions")
    assert queries.count <= 10, queries


def test_the_year_is_confirmed_on_the_page(app, noticed):
    lead = Visitor(app, "shengf")
    page = lead.get("/decisions/new")
    over = lead.post("/decisions/new", paper(page, noticed[1:], "check", document_no="吉工信创业〔2023〕92号"), page)
    over = over.get_data(as_text=True)
    assert "核对过原件，文号年份无误" in over
    form = paper(over, noticed[1:], "issue", upload=False, document_no="吉工信创业〔2023〕92号")
    refused = lead.post("/decisions/new", form, over)
    assert refused.status_code == 422 and "还不能登记" in refused.get_data(as_text=True)
    done = lead.post("/decisions/new", {**form, "confirm_year": "y"}, over)
    assert done.status_code == 200 and "吉工信创业〔2023〕92号" in done.get_data(as_text=True)


def test_the_case_leads_to_the_page_or_says_why_not(app, noticed):
    with app.app_context():
        walk.tick(walk.clock.today())
    lead = Visitor(app, "shengf")
    grey = lead.get(f"/cases/{noticed[0]}")
    assert "登记认定文件" in grey and "有 1 件实名异议没有答复" in grey and 'href="/notices/' in grey
    assert f'href="/decisions/new?kind=recognition&amp;case={noticed[1]}"' in lead.get(f"/cases/{noticed[1]}")
    clerk = Visitor(app, "sheng1")
    assert clerk.status("/decisions") == 200 and clerk.status("/decisions/new") == 403
    assert Visitor(app, "jd220104001").status("/decisions") == 403


def test_an_empty_desk_says_so(app, clock):
    with app.app_context():
        walk.province()
    lead = Visitor(app, "shengf")
    assert "还没有决定文件" in lead.get("/decisions") and "现在没有等着发文的" in lead.get("/decisions/new")
