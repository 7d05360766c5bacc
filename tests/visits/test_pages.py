"""The form of a visit, the standards on the case page, and who sees what of a record."""

import io

import pytest
from PIL import Image

from incubator.simulation import applications, steps
from incubator.simulation.steps import PDF, Unit
from tests.visits.pages import Visitor

UNIT = Unit("长春青禾创业孵化基地", "220104", 101)


@pytest.fixture
def case_id(app, clock):
    with app.app_context():
        applications.open_round(2026, clock.today(), clock.today().replace(month=12))
        return applications.submitted_case(UNIT).id


def typed(**changes) -> dict:
    return {
        "visited_on": "2026-06-01", "visitors-0-name": "王晓芸", "visitors-0-office": "朝阳区工信局",
        "visitors-1-name": "李强", "visitors-1-office": "朝阳区工信局", "base_reps-0-name": "刘思远",
        "check_rows-0-item": "address", "check_rows-0-agrees": "yes",
        "check_rows-1-item": "area_total", "check_rows-2-item": "area_incub",
        "check_rows-9-item": "tenants_countable", "check_rows-9-verified": "14",
        "opinion": "现场和申报一致，孵化用途没有改变。", **changes,
    }


def test_from_the_grey_button_to_the_verified_value(app, case_id, query_counter):
    county = Visitor(app, "x220104")
    page = county.get(f"/cases/{case_id}")
    assert "请先登记实地踏查记录" in page and f'href="/cases/{case_id}/visit"' in page
    assert "17 项，17 项符合" in page and "待踏查" in page

    form = county.get(f"/cases/{case_id}/visit")
    assert "3\u2009620.00 ㎡" in form and "16 户" in form, "declared values stand beside the rows"
    assert 'value="2026-06-01"' in form

    refused = county.post(f"/cases/{case_id}/visit", typed(
        signatures=(io.BytesIO(PDF), "签字页.pdf")), form)
    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "可计入的在孵企业选的是不符，没有写现场情况" in page and 'id="f-check_rows-9-remark"' in page
    assert "王晓芸" in page and "签字页.pdf" in page, "what was typed and uploaded stays"

    kept = page.split('name="signatures" value="')[1].split('"')[0]
    done = county.post(f"/cases/{case_id}/visit",
                       typed(signatures=kept, **{"check_rows-9-remark": "两户已搬离"}), page)
    page = done.get_data(as_text=True)
    assert done.status_code == 200 and "已登记2026年6月1日的踏查" in page
    assert "1 项不符合" in page and "差 1 户，不能放宽" in page and "踏查记录 6月1日 朝阳区工信局" in page
    assert "王晓芸" in page and "两户已搬离" in page
    assert "再登记一次踏查" in page

    with query_counter() as queries:
        county.get(f"/cases/{case_id}?tab=visits")
    assert queries.count <= 40, queries

    base = Visitor(app, "jd220104001")
    page = base.get(f"/cases/{case_id}?tab=visits")
    assert "差 1 户，不能放宽" in page and "两户已搬离" in page
    assert "王晓芸" not in page and "朝阳区工信局 2 人" in page
    assert base.status(f"/cases/{case_id}/visit") == 403


def test_a_second_writer_keeps_what_was_typed(app, case_id):
    county, lead = Visitor(app, "x220104"), Visitor(app, "x220104f")
    mine, theirs = county.get(f"/cases/{case_id}/visit"), lead.get(f"/cases/{case_id}/visit")
    files = {"signatures": (io.BytesIO(PDF), "签字页.pdf"), "check_rows-9-remark": "两户已搬离"}
    assert lead.post(f"/cases/{case_id}/visit", typed(**files), theirs).status_code == 200
    files["signatures"] = (io.BytesIO(PDF), "签字页.pdf")
    second = county.post(f"/cases/{case_id}/visit", typed(**files), mine)
    page = second.get_data(as_text=True)
    assert second.status_code == 409 and "该事项已由" in page and "两户已搬离" in page
    kept = page.split('name="signatures" value="')[1].split('"')[0]
    again = county.post(f"/cases/{case_id}/visit", typed(**{**files, "signatures": kept}), page)
    assert again.status_code == 200


def test_other_offices_find_no_form(app, case_id):
    with app.app_context():
        steps.staff("222401")
    assert Visitor(app, "s220100").status(f"/cases/{case_id}/visit") == 404
    assert Visitor(app, "x222401").status(f"/cases/{case_id}/visit") == 404
    assert Visitor(app, "x222401").status(f"/cases/{case_id}") == 404


def photo() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (40, 30)).save(out, "PNG")
    return io.BytesIO(out.getvalue())


def test_a_photo_beside_its_row(app, case_id):
    """§8.10: taken at the site, kept over a refusal, shown beside what it proves; a scan that is no photo is not."""
    county, url = Visitor(app, "x220104"), f"/cases/{case_id}/visit"
    form = county.get(url)
    assert 'name="check_rows-0-photo"' in form and "加照片" in form
    refused = county.post(url, typed(signatures=(io.BytesIO(PDF), "签字页.pdf"),
                                      **{"check_rows-0-photo": (photo(), "门牌.png")}), form)
    page = refused.get_data(as_text=True)
    assert refused.status_code == 422 and "门牌.png" in page
    kept = {name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("signatures", "check_rows-0-photo")}
    wrong = county.post(url, typed(**{**kept, "check_rows-1-photo": (io.BytesIO(PDF), "图纸.pdf")}), page)
    assert wrong.status_code == 422 and 'id="f-check_rows-1-photo-e"' in wrong.get_data(as_text=True)
    again = {**kept, "check_rows-9-remark": "两户已搬离"}
    done = county.post(url, typed(**again), page)
    assert done.status_code == 200 and "已登记2026年6月1日的踏查" in done.get_data(as_text=True)
    for who in (county, Visitor(app, "jd220104001")):
        seen = who.get(f"/cases/{case_id}?tab=visits")
        assert "门牌.png" in seen
        assert who.status(seen.split('">门牌.png')[0].rpartition('href="')[2]) == 200
