"""The list of rounds, one round, a new one; and the public page of guides."""

import io
import re

import pytest
from sqlalchemy import func, select

from incubator.campaigns.models import Campaign
from incubator.kernel.database import db
from incubator.kernel.files import StoredFile
from tests import walk
from tests.campaigns.steps import REASON, arranged
from tests.visitor import Visitor

HIDDEN = re.compile(r'<input id="(?:idem|version)" name="(idem|version)" type="hidden" value="([^"]*)"')


@pytest.fixture
def place(app, clock):
    with app.app_context():
        walk.province(), walk.staff("220104")
    return app


def at_desk(app, login: str = "shengg") -> Visitor:
    someone = Visitor(app)
    someone.sign_in(login)
    return someone


def boxes(page) -> dict:
    """What the form of a round shows, as a browser would send it back."""
    text = page.text[page.text.index('enctype="multipart/form-data"'):]
    typed: dict = dict(HIDDEN.findall(text))
    for name, value in re.findall(r'<input class="input[^"]*" id="[^"]*" name="([^"]+)"[^>]* value="([^"]*)"', text):
        typed[name] = value
    for name, value in re.findall(r'name="([^"]+)" value="([^"]*)" checked', text):
        typed.setdefault(name, [])
        typed[name] = [*typed[name], value]
    return typed


def guide(name: str = "申报指南.pdf"):
    return io.BytesIO(walk.PDF), name


def test_from_an_empty_list_to_a_round(place, query_counter):
    who = at_desk(place)
    assert "还没有安排申报批次" in who.get("/campaigns").text
    form = who.get("/campaigns/new")
    typed = boxes(form)
    assert typed["materials-0-name"] == "申报报告" and typed["year"] == "2026"
    wrong = who.post("/campaigns/new", {**typed, "opens_on": "2026-09-01", "closes_on": "2026-08-01"})
    assert wrong.status_code == 422
    assert "截止日早于开始日" in wrong.text and "申报指南还没有上传" in wrong.text and 'value="2026-08-01"' in wrong.text
    assert boxes(wrong)["materials-0-name"] == "申报报告"
    good = {**boxes(wrong), "opens_on": "2026-09-01", "closes_on": "2026-09-30"}
    made = who.post("/campaigns/new", {**good, "guide_file": guide()})
    assert made.status_code == 302, made.text[:500]
    again = who.post("/campaigns/new", {**good, "guide_file": guide()})
    assert again.headers["Location"] == made.headers["Location"], "a double click makes one round"
    with place.app_context():
        assert db.session.scalar(select(func.count()).select_from(Campaign)) == 1
    shown = who.get(made.headers["Location"])
    assert "还没有开始" in shown.text and "2026年9月30日（周三） 24:00" in shown.text and "申报指南.pdf" in shown.text
    with query_counter() as queries:
        who.get(made.headers["Location"])
    assert queries.count <= 12, queries


def test_a_round_ahead_is_changed_and_its_guide_stays(place):
    with place.app_context():
        row_id = arranged().id
    who = at_desk(place)
    page = who.get(f"/campaigns/{row_id}/edit")
    typed = boxes(page) | {"closes_on": "2026-10-15"}
    wrong = who.post(f"/campaigns/{row_id}/edit", {**typed, "title": ""})
    assert wrong.status_code == 422 and "名称还没有填写" in wrong.text and 'value="2026-10-15"' in wrong.text
    assert who.post(f"/campaigns/{row_id}/edit", boxes(wrong) | {"title": "2026年认定"}).status_code == 302
    assert who.post(f"/campaigns/{row_id}/edit", typed).status_code == 409, "the version seen is an old one"
    shown = who.get(f"/campaigns/{row_id}").text
    assert "2026年认定" in shown and "10月15日" in shown and "申报指南.pdf" in shown


def test_an_open_round_is_lengthened_and_gets_another_guide(place, clock):
    with place.app_context():
        row_id = arranged().id
    clock.set("2026-09-20 09:00")
    who, path = at_desk(place), f"/campaigns/{row_id}"
    page = who.get(path)
    assert "改批次" not in page.text
    version = re.search(r'name="version" value="(\d+)"', page.text)[1]
    short = who.post(f"{path}/lengthen", {"version": version, "closes_on": "2026-10-08", "reason": "停机"})
    assert short.status_code == 422 and 'value="2026-10-08"' in short.text
    assert 'id="f-reason-e"' in short.text and ">\n停机</textarea>" in short.text
    assert who.post(f"{path}/lengthen", {"version": version, "closes_on": "2026-10-08", "reason": REASON}).status_code == 302
    none = who.post(f"{path}/guide", {"note": "补充了报告的格式要求"})
    assert none.status_code == 422 and 'id="f-guide_file-e"' in none.text and "补充了报告的格式要求" in none.text
    given = {"note": "补充了报告的格式要求", "guide_file": guide("新指南.pdf")}
    assert who.post(f"{path}/guide", given).status_code == 302
    shown = who.get(path).text
    assert "从 9月30日延到 10月8日" in shown and REASON in shown
    assert "新指南.pdf" in shown and "申报指南.pdf" in shown


def test_a_renewal_round_may_get_another_guide_too(place, clock):
    with place.app_context():
        row_id = arranged(kind="renewal", title="2026年续延", closes_on="").id
    clock.set("2026-09-20 09:00")
    page = at_desk(place).get(f"/campaigns/{row_id}").text
    assert "更换指南" in page and "延长截止日" not in page


def test_others_read_and_arrange_nothing(place, clock):
    with place.app_context():
        row_id = arranged().id
        walk.filed_base(walk.Unit("长春启明创业孵化基地", "220104", 91))
    clock.set("2026-09-20 09:00")
    for login in ("x220104", "sheng1", "jd220104001"):
        who = at_desk(place, login)
        page = who.get(f"/campaigns/{row_id}")
        assert page.status_code == 200 and "延长截止日" not in page.text, login
        assert "安排批次" not in who.get("/campaigns").text
        assert who.get("/campaigns/new").status_code == 403
        assert who.post(f"/campaigns/{row_id}/lengthen", {"closes_on": "2026-10-08", "reason": REASON}).status_code == 403
    assert at_desk(place).get("/campaigns/99").status_code == 404


def test_the_public_reads_the_guide(place, clock, query_counter):
    someone = Visitor(place)
    assert "今年还没有批次" in someone.get("/guides").text
    with place.app_context():
        arranged()
        arranged(kind="renewal", title="2026年续延", closes_on="")
    assert "2026年9月1日开始" in someone.get("/guides").text
    clock.set("2026-09-30 23:59:59")
    with query_counter() as queries:
        page = someone.get("/guides")
    assert queries.count <= 6, queries
    assert "正在申报" in page.text and "申报报告" in page.text and "2026年续延" in page.text
    link = re.search(r'href="(/guides/\d+/file)"', page.text)[1]
    file = someone.get(link)
    assert file.status_code == 200 and file.data == walk.PDF
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert someone.get("/guides/99/file").status_code == 404
    assert someone.get("/campaigns").status_code in (302, 401)
    clock.set("2026-10-01 00:00")
    with query_counter() as queries:
        page = someone.get("/guides").text
    assert queries.count <= 6, queries
    assert "2026年第一批认定" in page and "已截止" in page and "正在申报" in page and link in page
    assert page.index("2026年续延") < page.index("2026年第一批认定"), "what is open comes first"
    assert "2026年第一批认定" not in someone.get("/").text, "no news any more"
    clock.set("2027-01-01 00:00")
    assert "2026年第一批认定" not in someone.get("/guides").text


def test_a_long_list_is_paged_with_the_same_queries(place, query_counter):
    who = at_desk(place)

    def years(first: int, last: int) -> None:
        with place.app_context():
            for year in range(first, last + 1):
                arranged(year=str(year), title=f"{year}年认定", opens_on=f"{year}-07-01", closes_on=f"{year}-07-31")

    years(2026, 2027)
    who.get("/campaigns")
    with query_counter() as few:
        who.get("/campaigns")
    years(2028, 2057)
    with query_counter() as many:
        page = who.get("/campaigns")
    assert few.count == many.count <= 12, many
    more = re.search(r'href="(/campaigns\?after=\d+)"', page.text)[1]
    assert "2057年认定" in page.text and "2026年认定" not in page.text
    assert "2026年认定" in who.get(more).text


KEYS = re.compile(r'name="(materials-\d+-key)" value="([^"]*)"')


def test_the_list_of_materials_is_a_line_an_item(place):
    """No code is shown or typed; an item ticked 不要 goes, a new one gets its key by itself."""
    who = at_desk(place)
    page = who.get("/campaigns/new")
    seen = re.sub(r"<[^>]+>", "", page.text)
    assert "申报报告" in seen and "PDF、DOCX · 最多" in seen
    assert "report_body" not in seen and "代号" not in seen
    typed = boxes(page) | dict(KEYS.findall(page.text))
    kept = len([name for name, value in typed.items() if name.endswith("-name") and value])
    new = {f"materials-{kept}-{name}": value for name, value in (
        ("key", ""), ("name", "场地照片"), ("accept", "jpg"), ("max_files", "9"), ("applies_to", "recognition"), ("parties", "operator"))}
    made = who.post("/campaigns/new", {
        **typed, **new, "materials-0-gone": "y", "opens_on": "2026-09-01", "closes_on": "2026-09-30", "guide_file": guide()})
    assert made.status_code == 302, made.text[:500]
    with place.app_context():
        items = db.session.scalar(select(Campaign)).material_items
    assert items[0]["key"] == "lic_file" and items[-1]["name"] == "场地照片" and items[-1]["key"] == "own_1"
    assert len(items) == kept


def test_a_refused_round_keeps_its_guide(place):
    who = at_desk(place)
    typed = boxes(who.get("/campaigns/new"))
    wrong = who.post("/campaigns/new", {**typed, "opens_on": "2027-09-01", "closes_on": "2027-09-30", "guide_file": guide()})
    assert wrong.status_code == 422 and "开始日不在2026年里" in wrong.text and "申报指南.pdf" in wrong.text
    kept = re.search(r'name="guide_file" value="(\d+)"', wrong.text)[1]
    again = {**boxes(wrong), "opens_on": "2026-09-01", "closes_on": "2026-09-30", "guide_file": kept}
    assert at_desk(place, "x220104").get(f"/files/{kept}").status_code == 404, "it is not public before there is a round"
    made = who.post("/campaigns/new", again)
    assert made.status_code == 302, made.text[:500]
    assert "申报指南.pdf" in who.get(made.headers["Location"]).text
    assert at_desk(place, "x220104").get(f"/files/{kept}").status_code == 200


def test_a_file_of_somebody_else_is_no_guide(place):
    with place.app_context():
        walk.filed_base(walk.Unit("长春启明创业孵化基地", "220104", 91))
        foreign = db.session.scalar(select(StoredFile.id).where(StoredFile.case_id.is_not(None)))
    who = at_desk(place)
    typed = boxes(who.get("/campaigns/new"))
    refused = who.post("/campaigns/new", {**typed, "opens_on": "2026-09-01", "closes_on": "2026-09-30", "guide_file": str(foreign)})
    assert refused.status_code in (404, 422)
