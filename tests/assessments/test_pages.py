"""Pages of the review: nobody reads a score before the closing (A8-2), and each finds the way."""

import re

import pytest

from incubator.assessments import sheets
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.simulation import reviews
from tests import walk
from tests.assessments import steps
from tests.visits.pages import Visitor

# a total, its scores and the words of a sheet that nobody may meet before the closing
SECRET = "本页总评是只有评审专家自己看得到的一段话，场地规整，团队稳定，台账齐全，企业成长较快，建议认定并加强安全检查。"


@pytest.fixture
def case_id(app, clock):
    with app.app_context():
        case = steps.accepted()
        people = steps.experts(*"甲乙丙丁")
        steps.assign(case, people)
        for person, total in zip(people[:3], ("97.5", "63.5", "88.5"), strict=True):
            sheets.deny_conflict(person, case.id)
            sheets.give_sheet(person, case.id, steps.sheet(total, overall=SECRET))
        return case.id


def traces(page: str) -> list[str]:
    """What of the sheets stands on a page: totals, the mean and spread, words, conclusions."""
    text = re.sub(r"<[^>]+>", " ", page)
    return [t for t in ("97.5", "63.5", "88.5", "83.17", "34.0", SECRET[:12], "有条件推荐") if t in text]


def test_before_the_closing_nobody_reads_a_score(app, case_id):
    pages = [f"/cases/{case_id}", f"/cases/{case_id}?tab=review", "/work", "/search?q=青禾", "/messages"]
    for login in ("sheng1", "shengf", "shengg", "x220104", "s220100"):
        seen = Visitor(app, login)
        more = [f"/cases/{case_id}/experts", "/meetings"] if login in ("sheng1", "shengf") else []
        for url in pages + more:
            page = seen.get(url)
            assert traces(page) == [], f"{login} {url}"
            named = "专家甲" in page
            assert not named or login.startswith("sheng"), f"names of experts are the province's: {login} {url}"
    base = Visitor(app, "jd220104001")
    for url in (f"/cases/{case_id}", f"/cases/{case_id}?tab=review"):
        page = base.get(url)
        assert traces(page) == [] and "专家甲" not in page and "专家乙" not in page
    assert "已交 3 份" in base.get(f"/cases/{case_id}?tab=review")


def test_an_expert_reads_his_own_sheet_only(app, case_id):
    first, last = Visitor(app, "expert甲"), Visitor(app, "expert丁")
    assert "97.5" in first.get(f"/cases/{case_id}/sheet")
    for url in (f"/cases/{case_id}", f"/cases/{case_id}?tab=review"):
        page = first.get(url)
        assert traces(page) == [] and "专家乙" not in page
    declare = last.client.get(f"/cases/{case_id}")
    assert declare.status_code == 302 and declare.location == f"/cases/{case_id}/sheet"
    assert traces(last.get(f"/cases/{case_id}/sheet")) == []
    with app.app_context():
        other = steps.accepted("长春青柚创业孵化基地", number=102)
        steps.experts("戊")
    assert last.status(f"/cases/{other.id}") == 404
    assert Visitor(app, "expert戊").status(f"/cases/{case_id}/sheet") == 404


def test_after_the_closing_the_province_reads_them_all(app, case_id, query_counter):
    desk = Visitor(app, "sheng1")
    closed = desk.post(f"/cases/{case_id}/experts", {"do": "close"})
    assert closed.status_code == 200 and "3 份有效，均分 83.17" in closed.get_data(as_text=True)
    page = desk.get(f"/cases/{case_id}?tab=review")
    assert set(traces(page)) >= {"97.5", "63.5", "88.5", "83.17", "34.0", SECRET[:12]}
    order = [page.index(total) for total in ("97.5", "63.5", "88.5")]
    assert order == sorted(order), "in the order of assignment"
    for login in ("x220104", "s220100", "jd220104001"):
        page = Visitor(app, login).get(f"/cases/{case_id}?tab=review")
        assert traces(page) == [] and "3 份有效评审表" in page
    assert Visitor(app, "expert甲").status(f"/cases/{case_id}") == 404
    with query_counter() as queries:
        desk.get(f"/cases/{case_id}?tab=review")
    assert queries.count <= 40, queries
    with query_counter() as queries:
        desk.get(f"/cases/{case_id}/experts")
    assert queries.count <= 20, queries


def test_an_expert_declares_saves_and_gives(app, case_id):
    expert = Visitor(app, "expert丁")
    work = expert.get("/work")
    assert ("填评审表" in work and "6月15日" in work) or "还有" in work
    url = f"/cases/{case_id}/sheet"
    declare = expert.get(url)
    assert "声明没有利害关系" in declare and "长春青禾企业管理有限公司" in declare
    opened = expert.post(url, {"do": "clear"}, declare)
    assert opened.request.path == f"/cases/{case_id}" and "填评审表" in opened.get_data(as_text=True)

    form = expert.get(url)
    saved = expert.post(url, {"do": "save", "score_service": "8"}, form)
    assert "已保存" in saved.get_data(as_text=True) and 'value="8.0"' in saved.get_data(as_text=True)
    refused = expert.post(url, {"do": "give"})
    page = refused.get_data(as_text=True)
    assert refused.status_code == 422 and "服务能力评语还没有填写" in page and 'href="#f-score_premises"' in page
    given = expert.post(url, {"do": "give", **steps.sheet("71")}, page)
    page = given.get_data(as_text=True)
    assert given.status_code == 200 and "已交，不能再改" in page and "71.0" in page
    assert "现在没有等着办的" in expert.get("/work")


def test_recusal_on_the_page(app, case_id):
    expert = Visitor(app, "expert丁")
    url = f"/cases/{case_id}/sheet"
    short = expert.post(url, {"do": "recuse", "reason": "认识"})
    assert short.status_code == 422 and "理由至少写 10 个字" in short.get_data(as_text=True)
    done = expert.post(url, {"do": "recuse", "reason": "本人是运营机构的顾问"})
    assert "已申报回避" in done.get_data(as_text=True)
    assert expert.status(f"/cases/{case_id}") == 404
    assert "申报回避：本人是运营机构的顾问" in Visitor(app, "sheng1").get(f"/cases/{case_id}/experts")


def test_the_desk_assigns_and_releases(app, case_id):
    with app.app_context():
        fifth = steps.experts("戊")[0].person_id
        walk.person("kh9", "考核组员", ("site_team", None))
        member = walk.actor("kh9").person_id
        reviews.named(db.session.get(Case, case_id), walk.actor("kh9"))
    desk, url = Visitor(app, "sheng1"), f"/cases/{case_id}/experts"
    assert "还没有选评审专家" in desk.post(url, {"do": "expert"}).get_data(as_text=True)
    assert "专家应在2026年6月15日前交评审表" in desk.post(url, {"do": "expert", "person": fifth}).get_data(as_text=True)
    assert "已指派，考核组成员" in desk.post(url, {"do": "team", "member": member}).get_data(as_text=True)
    team = Visitor(app, "kh9")
    assert "登记踏查" in team.get("/work") and "登记实地踏查" in team.get(f"/cases/{case_id}")
    page = desk.get(url)
    assignment = page.split("<summary>撤下")[1].split('name="assignment" value="')[1].split('"')[0]
    done = desk.post(url, {"do": "release", "assignment": assignment, "reason": "专家出差，改请别人评审"})
    assert "已撤下" in done.get_data(as_text=True)
    assert Visitor(app, "x220104").status(url) == 403


def test_an_expert_keeps_a_profile(app, case_id):
    expert = Visitor(app, "expert甲")
    wrong = expert.post("/expert", {"employer": "吉林示例大学", "employer_uscc": "123"})
    assert wrong.status_code == 422
    done = expert.post("/expert", {"employer": "吉林示例大学", "employer_uscc": walk.uscc(78, kind="12")})
    assert "已登记" in done.get_data(as_text=True)
    assert "吉林示例大学" in Visitor(app, "sheng1").get(f"/cases/{case_id}/experts")
