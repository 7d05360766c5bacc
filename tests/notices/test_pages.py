"""The province's desk of notices and the tab of a case, as pages."""

import re

import pytest
from sqlalchemy import select

from incubator.kernel.database import db
from incubator.offices.models import AccessLog
from tests import walk
from tests.notices import steps
from tests.visits.pages import Visitor

VERSIONS = re.compile(r'name="(version-\d+)" value="(\d+)"')
IDEM = re.compile(r'name="idem"[^>]*value="([^"]+)"')


@pytest.fixture
def cases(app, clock):
    clock.set("2024-11-04 09:30")
    with app.app_context():
        return [case.id for case in steps.proposed(2)]


def sent(page: str, cases, **changes) -> dict:
    return {**dict(VERSIONS.findall(page)), "idem": IDEM.search(page)[1], "case": [str(c) for c in cases],
            **steps.typed(), **changes}


def test_from_the_worklist_to_a_published_notice(app, cases, query_counter):
    desk = Visitor(app, "sheng1")
    assert "2 家拟认定，等着公示" in desk.get("/notices").replace("\xa0", " ").replace("&nbsp;", " ")
    assert f'href="/notices/new?case={cases[0]}"' in desk.get(f"/cases/{cases[0]}")
    page = desk.get("/notices/new")
    assert 'value="2024-11-11"' in page, "the end is prefilled"
    assert page.count('name="case"') == 2 and page.count("checked") >= 2

    early = desk.post("/notices/new", sent(page, cases, ends_on="2024-11-10", title="自己写的标题"), page)
    shown = early.get_data(as_text=True)
    assert early.status_code == 422 and "截止日不能早于2024年11月11日" in shown and "自己写的标题" in shown
    assert shown.count("checked") >= 2, "the ticks stay"

    form = sent(page, cases)
    done = desk.post("/notices/new", form, page)
    assert done.status_code == 200 and re.fullmatch(r"/notices/\d+", done.request.path)
    again = desk.post("/notices/new", form, page)
    assert again.request.path == done.request.path, "a double click leads to the same notice"
    with app.app_context():
        assert steps.count(walk.notices.Notice) == 1
    with query_counter() as queries:
        desk.get(done.request.path)
    assert queries.count <= 12, queries
    assert "现在没有拟认定的" in desk.get("/notices/new")


def test_objections_are_answered_on_the_page_of_the_notice(app, cases, query_counter):
    with app.app_context():
        rows = [walk.access.load(steps.clerk(), walk.Case, i) for i in cases]
        notice = steps.published(rows)
        row_id = steps.say(notice, rows[0]).id
        steps.say(notice, rows[1], **steps.TIP)
        notice_id, admin = notice.id, "jd220104001"
        db.session.commit()
    desk = Visitor(app, "sheng2")
    page = desk.get(f"/notices/{notice_id}")
    assert "王小明" in page and "139****1234" in page and "没有留姓名" in page and "2&nbsp;件待答复" in page
    assert "13900001234" not in page
    url = f"/notices/{notice_id}/objections/{row_id}"
    form = desk.get(f"/notices/{notice_id}?answer={row_id}")
    assert "13900001234" in form  # in full for the one who answers, and the access log says so (P28)
    with app.app_context():
        assert db.session.scalar(select(AccessLog.what).where(AccessLog.kind == "unmask")) == f"objection {row_id} phone"
    early = desk.post(url, {"result": "rejected", "reply": steps.REPLY}, form)
    assert early.status_code == 422 and "开始核查" in early.get_data(as_text=True)
    naming = desk.get(f"/notices/{notice_id}?check={row_id}")
    assert "省厅经办甲" in naming
    assert desk.post(f"{url}/check", {"verifier": ""}, naming).status_code == 422
    with app.app_context():
        verifier = str(steps.clerk().person_id)
    started = desk.post(f"{url}/check", {"verifier": verifier}, naming).get_data(as_text=True)
    assert "正在核查，核查人 省厅经办甲" in started.replace("</span>", "")
    form = desk.get(f"/notices/{notice_id}?answer={row_id}")
    short = desk.post(url, {"result": "rejected", "reply": "不成立"}, form)
    assert short.status_code == 422 and "不成立</textarea>" in short.get_data(as_text=True)
    done = desk.post(url, {"result": "rejected", "reply": steps.REPLY}, form)
    assert "答复了，结论是不成立" in done.get_data(as_text=True)
    assert desk.post(url, {"result": "upheld", "reply": steps.REPLY}, form).status_code == 409

    base = Visitor(app, admin)
    tab = base.get(f"/cases/{cases[0]}?tab=notice")
    assert "收到实名异议 1 件" in tab.replace("&nbsp;", " ") and "都已答复" in tab
    for secret in ("王小明", "13900001234", "租给培训学校", "没有留姓名"):
        assert secret not in tab
    assert base.status(f"/notices/{notice_id}") == 403 and base.client.post(url, data={}).status_code in (400, 403)
    with query_counter() as queries:
        base.get(f"/cases/{cases[0]}?tab=notice")
    assert queries.count <= 26, queries


def test_an_empty_desk_says_so(app, clock):
    with app.app_context():
        walk.province()
    desk = Visitor(app, "sheng1")
    assert "还没有公示" in desk.get("/notices") and "现在没有拟认定的" in desk.get("/notices/new")
    assert Visitor(app, "shengg").status("/notices/new") == 403
