"""The records as people keep and read them, and the way of a spreadsheet in and out (P19)."""

import io
import re

import openpyxl
import pytest
from sqlalchemy import func, select

from incubator.kernel.database import db
from incubator.offices.models import AccessLog
from incubator.rosters import commands
from incubator.rosters.models import Tenant
from incubator.rosters.records import Graduate, ServiceRecord
from incubator.rosters.tables import ACTIVITIES, GRADUATES, RECORDS, SERVICES, TENANTS
from tests import walk
from tests.filings.pages import form_of
from tests.rosters import steps
from tests.rosters.books import filled
from tests.rosters.test_pages import operator, send, staff

STARTS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "＋1", "－1", "＠x")


@pytest.fixture(autouse=True)
def _clock(clock):
    return clock


@pytest.fixture
def base(sqlite_app):
    with sqlite_app.app_context():
        base_id, admin = steps.filed()
        walk.staff("220104"), walk.staff("222401")
        return base_id, admin


@pytest.mark.parametrize("roster", RECORDS.values(), ids=lambda r: r.key)
def test_a_row_is_keyed_changed_and_struck_out(sqlite_app, base, roster):
    app, who, path = sqlite_app, operator(sqlite_app, base), f"/rosters/{roster.key}"
    page = who.get(path)
    assert "这里还没有记录" in page.text and page.text.count('<form class="entry"') == 1
    wrong = send(who, page, path, **(steps.record(roster) | {roster.called: ""}))
    assert wrong.status_code == 422 and f'href="#f-{roster.called}"' in wrong.text
    answer = send(who, page, path, **steps.record(roster))
    assert answer.status_code == 302, re.findall(r'class="wrong".*?</p>', answer.text)
    with app.app_context():
        row_id = db.session.scalar(select(roster.model.id))
    page = who.get(answer.headers["Location"])
    assert "为本省创业孵化基地，本身不是" in page.text or roster.key != "taxes"
    changed = send(who, who.get(f"{path}?edit={row_id}"), f"{path}/{row_id}", **(steps.record(roster) | {roster.called: "改过的写法一二"}))
    assert changed.status_code == 302 and "改过的写法一二" in who.get(path).text
    none = send(who, who.get(f"{path}?leave={row_id}"), f"{path}/{row_id}/leave", out_kind="")
    assert none.status_code == 422 and "划去原因还没有填写" in none.text
    assert send(who, none, f"{path}/{row_id}/leave", out_kind="重复登记").status_code == 302
    assert "这里还没有记录" in who.get(path).text and "重复登记" in who.get(f"{path}?show=left").text
    assert "划去" in who.get(f"{path}/changes").text
    assert "重复登记" in staff(app).get(f"/bases/{base[0]}/rosters?roster={roster.key}&show=left").text


def test_a_tenant_that_graduated_is_offered_to_be_registered(sqlite_app, base):
    with sqlite_app.app_context():
        row = steps.keyed(base[1], 1, jobs="31")
        commands.leave(base[1], TENANTS, row.id, {"status": "graduated", "out_on": "2026-05-20", "out_kind": "自有厂房"}, seen_version=1)
        tenant_id, uscc = row.id, row.uscc
    who = operator(sqlite_app, base)
    page = who.get("/rosters/graduates")
    assert f"from={tenant_id}" in page.text
    page = who.get(f"/rosters/graduates?from={tenant_id}")
    form = form_of(page.text, "uscc")
    assert (form["uscc"], form["grad_on"], form["jobs"]) == (uscc, "2026-05-20", "31")
    assert send(who, page, "/rosters/graduates", **(steps.record(GRADUATES) | {k: v for k, v in form.items() if v})).status_code == 302
    assert "还没有登记毕业情况" not in who.get("/rosters/graduates").text
    with sqlite_app.app_context():
        assert db.session.scalar(select(Graduate.uscc)) == uscc


def test_the_year_narrows_the_ledger(sqlite_app, base):
    with sqlite_app.app_context():
        for day, words in (("2025-05-20", "去年的服务"), ("2026-05-20", "今年的服务")):
            commands.add(base[1], SERVICES, steps.record(SERVICES, served_on=day, content=words))
    page = operator(sqlite_app, base).get("/rosters/services?year=2025")
    assert "去年的服务" in page.text and "今年的服务" not in page.text


# spreadsheets -----------------------------------------------------------------------------------


def post_sheet(who, path: str, content: bytes, name: str = "名册.xlsx", **more):
    form = form_of(who.get(path).text, "idem")
    return who.post(path, {**form, "file": (io.BytesIO(content), name), **more})


def test_a_sheet_comes_in_by_the_page_and_only_its_right_lines_when_asked(sqlite_app, base):
    who, path = operator(sqlite_app, base), "/rosters/tenants/import"
    rows = [steps.typed(n) for n in range(1, 5)]
    rows[1] = rows[1] | {"jobs": "七"}
    rows[3] = rows[3] | {"uscc": rows[0]["uscc"]}
    answer = post_sheet(who, path, filled(TENANTS, rows))
    assert answer.status_code == 422 and "2 行、2 处要改" in answer.text
    assert "第 3 行" in answer.text and "期末从业人员" in answer.text and "第 2 行、第 5 行重复" in answer.text
    with sqlite_app.app_context():
        assert db.session.scalar(select(func.count(Tenant.id))) == 0
    forms = re.findall(r"<form.*?</form>", answer.text, re.DOTALL)
    right = form_of(next(f for f in forms if 'value="right"' in f), "kept")
    done = who.post(path, {**right, "do": "right"})
    assert done.status_code == 302 and "有错的 2 行没有导入" in who.get(done.headers["Location"]).text
    again = who.post(path, {**right, "do": "right"})
    assert again.status_code == 302
    with sqlite_app.app_context():
        assert db.session.scalar(select(func.count(Tenant.id))) == 2


def test_no_file_is_refused_in_words(sqlite_app, base):
    who = operator(sqlite_app, base)
    answer = who.post("/rosters/services/import", form_of(who.get("/rosters/services/import").text, "idem"))
    assert answer.status_code == 422 and "还没有选文件" in answer.text
    answer = post_sheet(who, "/rosters/services/import", b"not a book", "名册.pdf")
    assert answer.status_code == 422 and "只收 xlsx" in answer.text


@pytest.mark.promise("P19")
def test_p19_nothing_in_an_export_runs(sqlite_app, base, promise):
    """Every start that a spreadsheet takes for a formula is found again as text, and the export is on record."""
    with sqlite_app.app_context():
        for n, start in enumerate(STARTS, start=1):
            commands.add(base[1], ACTIVITIES, steps.record(ACTIVITIES, name=f"{start} 活动", organiser=f"{start}主办", result=f"{start}结果"))
            commands.add(base[1], SERVICES, steps.record(SERVICES, content=f"{start} 服务", server=f"{start}人"))
            steps.keyed(base[1], n, name=f"{start} 企业", room=start, legal_rep=f"{start}甲")
        held = db.session.scalar(select(func.count(AccessLog.id)).where(AccessLog.kind == "export"))
    who, found, wrong = operator(sqlite_app, base), 0, 0
    exports = [(who, f"/rosters/{key}/export", f"/rosters/{key}") for key in ("activities", "services", "tenants")]
    county = staff(sqlite_app)
    exports.append((county, f"/bases/{base[0]}/rosters/activities/export", f"/bases/{base[0]}/rosters?roster=activities"))
    for person, path, page in exports:
        assert person.get(path).status_code == 405
        token = form_of(re.search(rf'<form[^>]*action="{re.escape(path)}".*?</form>', person.get(page).text, re.DOTALL)[0])
        answer = person.post(path, token)
        assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"]
        cells = [c for sheet in openpyxl.load_workbook(io.BytesIO(answer.data)) for line in sheet.iter_rows() for c in line]
        wrong += sum(c.data_type == "f" for c in cells)
        texts = [c.value for c in cells if isinstance(c.value, str)]
        for start in STARTS:
            wrong += not any(text.startswith(start.strip()) for text in texts)
        found += len(texts)
    away = staff(sqlite_app, "x222401")
    token = form_of(away.get("/messages").text, "csrf_token")
    assert away.post(f"/bases/{base[0]}/rosters/activities/export", token).status_code == 404
    with sqlite_app.app_context():
        notes = db.session.scalars(select(AccessLog.what).where(AccessLog.kind == "export").order_by(AccessLog.id)).all()[held:]
        assert len(notes) == 4 and all(f"{len(STARTS)} rows" in note for note in notes)
        assert db.session.scalar(select(func.count(ServiceRecord.id))) == len(STARTS)
    promise("P19", n=found, failures=wrong)


def test_the_template_downloads(sqlite_app, base):
    who = operator(sqlite_app, base)
    for key in ("tenants", "team", *RECORDS):
        answer = who.get(f"/rosters/{key}/template")
        book = openpyxl.load_workbook(io.BytesIO(answer.data))
        assert answer.status_code == 200 and book.sheetnames[1] == "填写说明"
