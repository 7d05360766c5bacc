"""The page of one act: its words, its document, its confirmation; whoever is refused keeps everything typed."""

from __future__ import annotations

import io
import re

import pytest

from incubator.kernel.database import db
from incubator.kernel.workflow import Case, opinions
from incubator.policy.procedures import PROCEDURES
from tests import walk
from tests.cases.apart import Apart, signed_in

UNIT = walk.Unit("长春星桥创业孵化基地", "220104", 17)
TYPED = {"text": "太短", "lead_name": "王负责", "remarks-0-field": "floor_plan", "remarks-0-text": "图纸和面积不一致",
         "remarks-1-field": "fire_doc", "remarks-1-text": "验收意见看不清"}


@pytest.fixture
def county(sqlite_app, clock):
    """A case at the county, its clerk at a browser."""
    with sqlite_app.app_context():
        today = clock.today()
        walk.open_round(today.year, today, today.replace(month=12, day=31))
        case_id = walk.submitted_case(UNIT).id
        yield signed_in(sqlite_app, "x220104"), case_id


def send(visitor: Apart, case_id: int, outcome: str, data: dict):
    form = visitor.get(f"/cases/{case_id}/act/{outcome}").text
    return visitor.post(f"/cases/{case_id}/act/{outcome}", {"version": re.search(r'name="version" value="(\d+)"', form)[1], **data},
                        content_type="multipart/form-data")


def test_a_refused_act_keeps_everything_typed(county):
    visitor, case_id = county
    answer = send(visitor, case_id, "return", TYPED)
    assert answer.status_code == 422
    page = answer.text
    assert "理由至少写 10 个字" in page and "还不能退回补正" in page and 'href="#f-text"' in page
    assert ">\n太短</textarea>" in page and 'value="王负责"' in page
    for field, text in (("floor_plan", "图纸和面积不一致"), ("fire_doc", "验收意见看不清")):
        assert re.search(rf'<option value="{field}" selected>', page) and f'value="{text}"' in page
    assert not [o for o in opinions(case_id) if o.outcome == "return"]

    without = send(visitor, case_id, "return", {"text": "有两处材料和申报表对不上，请改齐"})
    assert without.status_code == 422 and "至少一处" in without.text and "有两处材料和申报表对不上，请改齐" in without.text

    done = send(visitor, case_id, "return", {**TYPED, "text": "有两处材料和申报表对不上，请改齐"})
    assert done.status_code == 302 and done.location.endswith(f"/cases/{case_id}")
    page = visitor.get(f"/cases/{case_id}").text
    assert "已到申报单位，现在是“退回补正”，应在6月8日前办完。" in re.sub(r"\s", "", page)
    [said] = [o for o in opinions(case_id) if o.outcome == "return"]
    assert said.lead_name == "王负责" and "图纸和面积不一致" in said.remarks and "验收意见看不清" in said.remarks


@pytest.mark.parametrize(("line", "said", "shown"), [
    ({"remarks-1-text": "没有选项目的这一处"}, "第 2 行还没有选项目", 'value="没有选项目的这一处"'),
    ({"remarks-1-text": "选了没有的项目", "remarks-1-field": "nothing"}, "第 2 行还没有选项目", 'value="选了没有的项目"'),
    ({"remarks-1-field": "fire_doc", "remarks-1-text": ""}, "第 2 行还没有写问题", '<option value="fire_doc" selected>'),
], ids=["no field", "an unknown field", "no words"])
def test_a_line_half_filled_in_is_refused_and_kept(county, line, said, shown):
    """A7-11: what was typed as a remark never disappears without a word, and nothing goes out without it."""
    visitor, case_id = county
    lines = {"remarks-0-field": "floor_plan", "remarks-0-text": "图纸和面积不一致", **line}
    answer = send(visitor, case_id, "return", {"text": "有两处材料和申报表对不上，请改齐", **lines})
    assert answer.status_code == 422 and said in answer.text and 'href="#f-remarks"' in answer.text
    assert shown in answer.text and 'value="图纸和面积不一致"' in answer.text
    assert "清空这一行" in answer.text and "第七条（三）" in answer.text
    assert not opinions(case_id)


def test_a_grey_act_says_why_and_keeps_the_words(county):
    visitor, case_id = county
    page = visitor.get(f"/cases/{case_id}/act/recommend").text
    assert "请先登记实地踏查记录" in page and 'aria-disabled="true"' in page and "登记实地踏查" in page
    answer = send(visitor, case_id, "recommend", {"text": "材料齐全，建议推荐。"})
    assert answer.status_code == 422 and ">\n材料齐全，建议推荐。</textarea>" in answer.text
    assert db.session.get(Case, case_id).state == "county_initial"


def test_the_formal_document_is_asked_for_in_its_form(county, sqlite_app):
    """第七条（四）: number after GB/T 9704 and its scan; each lack at its field, the rest stays."""
    _, case_id = county
    walk.recommend(walk.fresh(db.session.get(Case, case_id)), UNIT)
    city = signed_in(sqlite_app, walk.staff(UNIT.region).city[0])
    words = {"text": "复核合格。"}
    for more, field, said in (
        ({}, "doc_no", "文号"), ({"doc_no": "长工信发2026-15"}, "doc_no", ""), ({"doc_no": "长工信发〔2026〕15号"}, "document", "扫描件"),
        ({"doc_no": "长工信发〔2026〕15号", "document": (io.BytesIO(b"MZ..."), "a.pdf")}, "", ""),
    ):
        answer = send(city, case_id, "forward", {**words, **more})
        assert answer.status_code == 422, more
        assert ">\n复核合格。</textarea>" in answer.text and said in answer.text
        if field:
            assert f'href="#f-{field}"' in answer.text, more
        if "doc_no" in more:
            assert f'value="{more["doc_no"]}"' in answer.text
    done = send(city, case_id, "forward", {**words, "doc_no": "长工信发〔2026〕15号", "document": (io.BytesIO(walk.PDF), "上报.pdf")})
    assert done.status_code == 302
    [said] = [o for o in opinions(case_id) if o.outcome == "forward"]
    assert said.doc_no == "长工信发〔2026〕15号" and said.file_id


def test_the_chosen_scan_stays_when_something_else_is_refused(county, sqlite_app):
    """第七条（四）: nobody looks for the same file twice; what is kept belongs to this case and this person."""
    _, case_id = county
    walk.recommend(walk.fresh(db.session.get(Case, case_id)), UNIT)
    local = walk.staff(UNIT.region)
    city = signed_in(sqlite_app, local.city[0])
    answer = send(city, case_id, "forward", {"text": "复核合格。", "doc_no": "长工信发2026-15",
                                             "document": (io.BytesIO(walk.PDF), "上报请示.pdf")})
    assert answer.status_code == 422 and "上报请示.pdf" in answer.text
    kept = re.search(r'name="kept" value="(\d+)"', answer.text)[1]
    stranger = signed_in(sqlite_app, local.city_lead[0])
    assert send(stranger, case_id, "forward", {"text": "复核合格。", "doc_no": "长工信发〔2026〕15号", "kept": kept}).status_code == 404
    again = send(city, case_id, "forward", {"text": "长" * 501, "doc_no": "长工信发〔2026〕15号", "kept": kept})
    assert again.status_code == 422 and "最多 500 字" in again.text and f'name="kept" value="{kept}"' in again.text
    done = send(city, case_id, "forward", {"text": "复核合格。", "doc_no": "长工信发〔2026〕15号", "kept": kept})
    assert done.status_code == 302
    [said] = [o for o in opinions(case_id) if o.outcome == "forward"]
    assert said.file_id == int(kept)


def test_a_scan_that_is_none_is_refused_at_its_field(county, sqlite_app):
    _, case_id = county
    walk.recommend(walk.fresh(db.session.get(Case, case_id)), UNIT)
    city = signed_in(sqlite_app, walk.staff(UNIT.region).city[0])
    for number in ("长工信发2026-15", "长工信发〔2026〕15号"):
        answer = send(city, case_id, "forward", {"text": "复核合格。", "doc_no": number, "document": (io.BytesIO(b"MZ..."), "a.pdf")})
        assert answer.status_code == 422 and 'href="#f-document"' in answer.text and 'name="kept"' not in answer.text


def test_a_recommendation_is_an_opinion(county):
    """第七条（三）: 出具推荐意见; the page says so, and one without is refused. Other opinions stay open."""
    visitor, case_id = county
    walk.visit(walk.fresh(db.session.get(Case, case_id)), walk.actor("x220104"))
    label = re.search(r'<label for="f-text">(.*?)</label>', visitor.get(f"/cases/{case_id}/act/recommend").text)[1]
    assert label == "推荐意见"
    answer = send(visitor, case_id, "recommend", {"text": "  "})
    assert answer.status_code == 422 and "还没有写推荐意见，第七条（三）" in answer.text
    assert send(visitor, case_id, "recommend", {"text": "材料齐全。"}).status_code == 302
    assert PROCEDURES["promotion"].step("county_initial", "recommend").opinion == "推荐意见"
    assert not PROCEDURES["recognition"].step("city_review", "forward").opinion


def test_where_one_lands_after_signing_in(county, sqlite_app):
    walk.person("xtgl", "系统管理员", ("sys_admin", None))
    walk.person("aqgl", "安全管理员", ("sec_admin", None))
    walk.person("sjy", "审计员", ("auditor", None))
    _, case_id = county
    base = db.session.get(Case, case_id).base_id
    from incubator.bases.models import Base

    for login, place in (("xtgl", "/people"), ("aqgl", "/roles"), ("sjy", "/ledger"), ("x220104", "/work"), ("sheng1", "/work"),
                         (db.session.get(Base, base).code, "")):
        home = signed_in(sqlite_app, login).get("/home")
        assert home.status_code == 302 and home.location.endswith(place), login


def test_a_search_finds_what_is_in_sight(county, sqlite_app):
    visitor, case_id = county
    assert "看得见的件里有" in visitor.get("/search?q=星桥").text
    assert f"/cases/{case_id}" in visitor.get("/search?q=星桥").text
    assert "没有查到" in visitor.get("/search?q=%25").text, "signs of a pattern are taken literally"
    walk.staff("220502")
    assert f"/cases/{case_id}" not in signed_in(sqlite_app, "s220500").get("/search?q=星桥").text
