"""The pages of the inspection: the plan and its count, the draw to compute again, the problems, the conclusion."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest

from incubator.inspections import plans, queries
from incubator.kernel.database import db
from incubator.obligations.commands import tick
from tests import walk
from tests.inspections import stand
from tests.visits.pages import Visitor

IDEM = re.compile(r'name="idem"[^>]*value="([^"]+)"')
VERSION = re.compile(r'name="(?:case_|plan_)?version"[^>]*value="(\d+)"')
QUERIES = 30
A = walk.Unit("长春星桥创业孵化基地", "220104", 17)
B = walk.Unit("延吉海兰创业孵化基地", "222401", 21)


@pytest.fixture
def bases(sqlite_app, clock):
    with sqlite_app.app_context():
        clock.set("2026-03-02 09:00")
        return [stand.recognised(unit, date(2023, 11, 20), tenants=3, team=6)[0].id for unit in (A, B)]


def _form(page: str, **typed) -> dict:
    found = VERSION.search(page)
    key = re.search(r'name="(case_version|plan_version|version)"', page)
    return {"idem": IDEM.search(page)[1], **({key[1]: found[1]} if found and key else {}), **typed}


def test_a_plan_from_the_form_to_its_confirmation(sqlite_app, bases, query_counter):
    clerk = Visitor(sqlite_app, "sheng1")
    page = clerk.get("/inspections/new")
    bad = clerk.post("/inspections/new", _form(page, year="2026", decided_on="2026-03-02"), page)
    assert bad.status_code == 422 and "批次" in bad.text
    typed = _form(page, year="2026", decided_on="2026-03-02")
    for n, (title, start, end) in enumerate((("第一批", "2026-04-01", "2026-06-30"), ("第二批", "2026-07-01", "2026-09-30"))):
        typed |= {f"batches-{n}-title": title, f"batches-{n}-starts_on": start, f"batches-{n}-ends_on": end}
    done = clerk.post("/inspections/new", typed, page)
    assert done.status_code == 200 and "应检 2 家 = 分批 2 家 + 本年未安排 0 家" in done.text and "一家不漏" in done.text
    place = done.request.path
    short = clerk.post(f"{place}/arrange", _form(done.text, base=bases[1], batch="", skip_reason="不查"), done.text)
    assert short.status_code == 422 and "不查" in short.text
    moved = clerk.post(f"{place}/arrange", _form(done.text, base=bases[1], batch="", skip_reason="停业装修，年底前不具备检查条件"), done.text)
    assert "本年未安排 1 家" in moved.text and "停业装修" in moved.text
    page = clerk.get(f"{place}/draw")
    assert "SHA-256" in page
    drawn = clerk.post(f"{place}/draw", _form(page, seed="双色球第2026012期", share="50"), page)
    assert "双色球第2026012期" in drawn.text and "不能重抽" in drawn.text
    with sqlite_app.app_context():
        line = queries.draw_of(int(place.rsplit("/", 1)[1])).lines[0]
    assert line["number"] in drawn.text and len(line["number"]) == 16
    page = clerk.get(place)
    done = clerk.post(f"{place}/confirm", _form(page), page)
    assert "计划下达了" in done.text
    yanji = Visitor(sqlite_app, "x222401")
    seen = yanji.get(place)
    assert "延吉海兰" in seen and "长春星桥" not in seen and "应检" not in seen
    with query_counter() as found:
        clerk.get(place)
    assert found.count <= QUERIES, found


def test_an_inspection_on_its_case_page(sqlite_app, bases, clock, query_counter):
    with sqlite_app.app_context():
        stand.confirmed()
        clock.set("2026-07-01 09:00")
        tick()
        case_id = stand.case_of(db.session.get(plans.Base, bases[0])).id
    clerk = Visitor(sqlite_app, "sheng1")
    with query_counter() as found:
        page = clerk.get(f"/cases/{case_id}")
    assert found.count <= 60, found
    assert "线上审查" in page and "3 户" in page and "线上审查完成，去踏查" in page
    form = clerk.get(f"/cases/{case_id}/act/reviewed")
    clerk.post(f"/cases/{case_id}/act/reviewed", _form(form, text="线上审查完成"), form)
    page = clerk.get(f"/cases/{case_id}")
    assert f'href="/cases/{case_id}/visit"' in page, "the grey button leads to the visit"
    assert "在孵企业" in clerk.get(f"/cases/{case_id}/visit")
    form = clerk.get(f"/cases/{case_id}/findings")
    bad = clerk.post(f"/cases/{case_id}/findings", _form(form, code="15(5)", fact="短"), form)
    assert bad.status_code == 422
    done = clerk.post(f"/cases/{case_id}/findings", {**_form(form, code="15(5)", fact="疏散通道堵塞，门上锁。"),
                                                     "evidence": (io.BytesIO(walk.PDF), "现场.pdf")}, form)
    assert "疏散通道堵塞" in done.text and "现场.pdf" in done.text and "第十五条（五）" in done.text
    base = Visitor(sqlite_app, _login(sqlite_app, bases[0]))
    page = base.get(f"/cases/{case_id}")
    assert "作说明" in page and "省厅经办甲" not in page
    explain = re.search(rf'href="(/cases/{case_id}/findings/\d+/explain)"', page)[1]
    form = base.get(explain)
    done = base.post(explain, _form(form, explanation="当天已经清走并拆锁。"), form)
    assert "当天已经清走" in done.text and "作说明" not in done.text
    with sqlite_app.app_context():
        stand.visited(stand.fresh(stand.case_of(db.session.get(plans.Base, bases[0]))))
    form = clerk.get(f"/cases/{case_id}/conclusion")
    assert "系统建议“限期整改”" in form and "差 12 户" in form and "降级" not in re.search(r"<form.*", form, re.S)[0].split("写入结论")[0]
    bad = clerk.post(f"/cases/{case_id}/conclusion", _form(form, conclusion="passed", reason="好"), form)
    assert bad.status_code == 422 and "理由至少写 10 个字" in bad.text
    done = clerk.post(f"/cases/{case_id}/conclusion", _form(form, conclusion="rectify", reason=""), form)
    assert "结论：限期整改" in done.text and "差 12 户" in done.text
    assert clerk.client.get(f"/cases/{case_id}/conclusion").status_code == 404


def test_an_inspection_outside_the_plan_begins_at_the_base(sqlite_app, bases):
    clerk = Visitor(sqlite_app, "sheng1")
    form = clerk.get(f"/bases/{bases[0]}/inspect")
    assert clerk.post(f"/bases/{bases[0]}/inspect", _form(form, cause="accident", facts="火情"), form).status_code == 422
    done = clerk.post(f"/bases/{bases[0]}/inspect", _form(form, cause="accident", facts="园区发生火情，消防已经到场。"), form)
    assert "专项检查，发生事故" in done.text


def test_what_stays_with_a_report_is_on_the_page_and_becomes_a_finding_at_one_press(sqlite_app, clock, query_counter):
    with sqlite_app.app_context():
        case_id = stand.adhoc(stand.reported_with_remarks()).id
    clerk = Visitor(sqlite_app, "sheng1")
    with query_counter() as found:
        page = clerk.get(f"/cases/{case_id}")
    assert found.count <= 60, found
    assert "逾期 1 次" in page and stand.WHY in page and "营业收入由 99.00 改为 150.00" in page
    report = re.search(r'<a href="(/cases/\d+)">2025年第一季度季报</a>', page)[1]
    assert "版本 3" in clerk.get(report)
    places = re.findall(rf'action="(/cases/{case_id}/findings/event/\d+/\d)"', page)
    assert len(places) == 2
    done = clerk.post(places[1], _form(page), page)
    assert "写入了一条问题" in done.text and "已写入" in done.text
    county = Visitor(sqlite_app, "x220104").get(f"/cases/{case_id}")
    assert stand.WHY in county and "/findings/event/" not in county


def _login(app, base_id: int) -> str:
    with app.app_context():
        return db.session.get(plans.Base, base_id).code
