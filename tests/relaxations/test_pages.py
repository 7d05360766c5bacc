"""The page of relaxations: what each office sees, what stays typed, how many queries it costs."""

from __future__ import annotations

import io
import re

import pytest

from incubator.kernel import access
from incubator.kernel.workflow import Case
from tests import walk
from tests.relaxations.test_commands import PAPER, WHY, YANJI
from tests.visits.pages import Visitor

IDEM = re.compile(r'name="idem"[^>]*value="([^"]+)"')
SEEN = re.compile(r'name="case_version" value="(\d+)"')
QUERIES = 22


@pytest.fixture
def case_id(sqlite_app, clock):
    with sqlite_app.app_context():
        today = clock.today()
        walk.open_round(today.year, today, today.replace(month=12, day=31))
        return walk.recommended_case(YANJI, tenants=13).id


def _case(case_id: int):
    return access.load(walk.province()["clerk"], Case, case_id)


def _sent(page: str, **typed) -> dict:
    return {"idem": IDEM.search(page)[1], "case_version": SEEN.search(page)[1], **typed}


def test_from_the_grey_button_to_the_granted_threshold(sqlite_app, case_id, query_counter):
    city = Visitor(sqlite_app, "s222400")
    address = f"/cases/{case_id}/relaxations"
    assert f'href="{address}"' in city.get(f"/cases/{case_id}"), "the grey button leads to what cures it"
    page = city.get(address)
    assert "在孵企业" in page and 'value="13"' in page and "同意放宽" not in page
    short = city.post(f"{address}/tenants_countable/propose", _sent(page, threshold="13", reason="太短"), page)
    assert short.status_code == 422 and "太短" in short.text and 'class="wrong"' in short.text
    done = city.post(f"{address}/tenants_countable/propose", _sent(page, threshold="13", reason=WHY), page)
    assert done.request.path == address and "延边" in done.text and WHY in done.text and "收回" in done.text
    with sqlite_app.app_context():
        case = walk.act(walk.forward(_case(case_id), YANJI), "accept", walk.province()["clerk"])
        assert case.state == "prov_assessment"
    clerk, lead = Visitor(sqlite_app, "sheng1"), Visitor(sqlite_app, "shengf")
    assert "看放宽建议" in clerk.get(f"/cases/{case_id}") and "同意放宽</button>" not in clerk.get(address)
    with query_counter() as queries:
        page = lead.get(address)
    assert queries.count <= QUERIES, queries
    none = lead.post(f"{address}/tenants_countable/grant",
                     _sent(page, threshold="13", reason=WHY, document_no="吉工信创业[2026]31号"), page)
    assert none.status_code == 422 and "六角括号" in none.text and "扫描件还没有上传" in none.text
    typed = _sent(page, threshold="13", reason=WHY, document_no=PAPER)
    done = lead.post(f"{address}/tenants_countable/grant", {**typed, "file": (io.BytesIO(walk.PDF), "同意放宽.pdf")}, page)
    assert done.status_code == 200 and PAPER in done.text and "省工信厅同意放宽到 13" in done.text
    assert PAPER in lead.get(f"/cases/{case_id}"), "beside the standard it relaxes"


def test_nothing_to_relax_is_said(sqlite_app, clock):
    with sqlite_app.app_context():
        today = clock.today()
        walk.open_round(today.year, today, today.replace(month=12, day=31))
        case = walk.recommended_case(YANJI)
        number = case.id
    city = Visitor(sqlite_app, "s222400")
    assert "没有低于标准而可以放宽的项目" in city.get(f"/cases/{number}/relaxations")
    assert "提出放宽建议" not in city.get(f"/cases/{number}")
    walk_by = Visitor(sqlite_app, "sheng1").get(f"/cases/{number}/relaxations")
    assert "没有低于标准" in walk_by and "<form method=\"post\" action=\"/cases" not in walk_by


def test_who_may_not_grant_reads_who_may(sqlite_app, case_id):
    """T27: the city and the province's clerk send the grant all the same; the page names the permission and the role."""
    address = f"/cases/{case_id}/relaxations"
    city = Visitor(sqlite_app, "s222400")
    page = city.get(address)
    city.post(f"{address}/tenants_countable/propose", _sent(page, threshold="13", reason=WHY), page)
    with sqlite_app.app_context():
        walk.act(walk.forward(_case(case_id), YANJI), "accept", walk.province()["clerk"])
    for who in (city, Visitor(sqlite_app, "sheng1")):
        page = who.get(address)
        denied = who.post(f"{address}/tenants_countable/grant", {"threshold": "13", "reason": WHY, "document_no": PAPER}, page)
        assert denied.status_code == 403
        assert "没有“同意或不同意放宽”这一项权限，第五条（二）" in denied.text
        assert "这件事由省厅负责人办，请他们办；本人应当有这个身份的，找安全管理员授予" in denied.text
    lead = Visitor(sqlite_app, "shengf")
    page = lead.get(address)
    typed = _sent(page, threshold="13", reason=WHY, document_no=PAPER)
    done = lead.post(f"{address}/tenants_countable/grant", {**typed, "file": (io.BytesIO(walk.PDF), "同意放宽.pdf")}, page)
    assert done.status_code == 200 and "省工信厅同意放宽到 13" in done.text
