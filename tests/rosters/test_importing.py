"""§8.7: rosters come in by spreadsheet, all or nothing, each fault named by row, column and cure (T34)."""

import time
from datetime import date

import pytest
from sqlalchemy import func, select

from incubator.kernel import files
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import NotVisible, Refused
from incubator.kernel.ledger import Event
from incubator.kernel.sheets import read as read_book
from incubator.rosters import commands, importing, queries, sheets
from incubator.rosters.models import TeamMember, Tenant, TenantChange
from incubator.rosters.records import ServiceRecord
from incubator.rosters.tables import GRADUATES, KEPT, PEOPLE, RECORDS, SERVICES, TENANTS
from tests import walk
from tests.policy.entities import INDIVIDUAL
from tests.rosters import steps
from tests.rosters.books import filled, upload, workbook


@pytest.fixture(autouse=True)
def _inside(app, clock):
    with app.app_context():
        yield


@pytest.fixture
def base():
    return steps.filed()


def bring(admin, roster, content, **how):
    return importing.import_sheet(admin, roster, importing.keep_sheet(admin, upload(content)).id, **how)


def tenants(count: int) -> list[dict]:
    return [steps.typed(n) for n in range(1, count + 1)]


def test_t34_a_code_that_stands_twice_names_both_lines(base):
    _, admin = base
    rows = tenants(16)
    rows[15] = rows[15] | {"uscc": rows[3]["uscc"]}
    with pytest.raises(importing.WrongLines) as refused:
        bring(admin, TENANTS, filled(TENANTS, rows))
    wrong = refused.value.sheet.wrong
    assert [line.line for line in wrong] == [17] and "第 5 行、第 17 行重复" in wrong[0].errors[0].message
    assert db.session.scalar(select(func.count(Tenant.id))) == 0
    found = bring(admin, TENANTS, filled(TENANTS, rows), only_right=True)
    assert (found.added, found.left_out) == (15, 1) and "有错的 1 行没有导入" in found.words
    assert db.session.scalar(select(func.count(Tenant.id))) == 15


def test_faults_are_named_by_row_column_and_cure(base):
    _, admin = base
    rows = tenants(3)
    rows[0] |= {"uscc": "9122", "jobs": "七"}
    rows[2] |= {"in_on": "2026-02-30", "kind": "网红"}
    with pytest.raises(importing.WrongLines) as refused:
        bring(admin, TENANTS, filled(TENANTS, rows))
    told = {(line.line, p.field) for line in refused.value.sheet.wrong for p in line.errors}
    assert told == {(2, "uscc"), (2, "jobs"), (4, "in_on"), (4, "kind")}
    assert all(p.way_out for line in refused.value.sheet.wrong for p in line.errors)


def test_five_hundred_rows_in_under_two_seconds_and_one_event(base, both_db):
    base_id, admin = base
    content = filled(TENANTS, tenants(500))
    stored = importing.keep_sheet(admin, upload(content))
    before = db.session.scalar(select(func.count(Event.id)))
    began = time.process_time()  # the wall clock of a machine that others work on says nothing
    found = importing.import_sheet(admin, TENANTS, stored.id)
    took = time.process_time() - began
    assert found.added == 500 and took < 2, took
    assert db.session.scalar(select(func.count(TenantChange.id))) == 500
    events = db.session.scalars(select(Event).order_by(Event.id).offset(before)).all()
    assert [e.kind for e in events] == ["roster_imported"] and events[0].chain_id == f"base:{base_id}"


def test_a_line_with_a_known_number_changes_its_row(base):
    base_id, admin = base
    bring(admin, TENANTS, filled(TENANTS, tenants(2)))
    content = workbook([
        [sheets.heading(f) for f in sheets.columns_of(TENANTS)],
        [{"name": "改了名的企业有限公司", "uscc": steps.typed(1)["uscc"], "jobs": 44}.get(f.name, "") for f in sheets.columns_of(TENANTS)],
    ])
    found = bring(admin, TENANTS, content)
    assert (found.added, found.changed) == (0, 1)
    rows = queries.tenants_now(base_id)
    assert len(rows) == 2 and (rows[0].name, rows[0].jobs, rows[0].version) == ("改了名的企业有限公司", 44, 2)
    assert rows[0].industry == steps.typed(1)["industry"]


@pytest.mark.parametrize("roster", [TENANTS, *RECORDS.values()], ids=lambda r: r.key)
def test_what_is_exported_comes_in_again_unchanged(base, roster):
    base_id, admin = base
    row = steps.typed(1) if roster is TENANTS else steps.record(roster)
    bring(admin, roster, filled(roster, [row | {"in_province": "是", "separate": "是"}]))
    content = sheets.export(roster, queries.lines(roster, base_id))
    if roster.number:
        found = bring(admin, roster, content)
        assert (found.added, found.changed, found.unchanged) == (0, 0, 1)
    else:
        with pytest.raises(importing.WrongLines) as refused:
            bring(admin, roster, content)
        assert "完全一样的一行" in refused.value.sheet.wrong[0].errors[0].message


def test_days_and_numbers_as_excel_keeps_them(base):
    base_id, admin = base
    columns = sheets.columns_of(GRADUATES)
    row = steps.record(GRADUATES) | {"jobs": 35.0, "revenue": 1200.5, "in_province": "是", "criterion": "高新技术企业、其他",
                                     "criterion_note": "行业主管部门认定"}
    content = workbook([[f.label for f in columns], [row.get(f.name, "") for f in columns]])
    assert bring(admin, GRADUATES, content).added == 1
    line = queries.lines(GRADUATES, base_id)[0]
    assert line.criterion == ["high_tech", "other"] and line.grad_on == date(2026, 3, 1) and line.jobs == 35


def test_personal_numbers_are_masked_in_what_goes_out(base):
    base_id, admin = base
    walk.fill_rosters(steps.unit(), admin, tenants=0, team=1, mentors=0)
    number = db.session.scalar(select(TeamMember.idno))
    told = str(read_book(sheets.export(PEOPLE, queries.team_now(base_id))))
    assert number not in told and number[:4] in told and "****" in told


def team(count: int) -> list[dict]:
    return [walk.person_row(steps.unit(), n) for n in range(1, count + 1)]


def test_the_team_comes_in_by_sheet_and_what_goes_out_comes_in_again(base):
    """§8.9: what was masked on its way out is never written; all else of such a line is."""
    base_id, admin = base
    assert bring(admin, PEOPLE, filled(PEOPLE, team(3))).added == 3
    numbers = [(row.idno, row.phone) for row in db.session.scalars(select(TeamMember).order_by(TeamMember.id))]
    assert numbers == [(row["idno"], row["phone"]) for row in team(3)]
    content = sheets.export(PEOPLE, queries.team_now(base_id))
    found = bring(admin, PEOPLE, content)
    assert (found.added, found.changed, found.unchanged) == (0, 0, 3)
    rows = read_book(content)
    rows[2][rows[0].index("职务")] = "副主任"
    found = bring(admin, PEOPLE, workbook(rows))
    assert (found.added, found.changed, found.unchanged) == (0, 1, 2)
    db.session.expire_all()
    after = list(db.session.scalars(select(TeamMember).order_by(TeamMember.id)))
    assert [(row.idno, row.phone) for row in after] == numbers and [row.post == "副主任" for row in after] == [False, True, False]


def test_a_masked_number_that_no_row_has_is_refused(base):
    _, admin = base
    bring(admin, PEOPLE, filled(PEOPLE, team(1)))
    known, new = team(2)
    rows = [new | {"idno": "2201**********9999"}, known | {"phone": "139****0000"}]
    with pytest.raises(importing.WrongLines) as refused:
        bring(admin, PEOPLE, filled(PEOPLE, rows))
    told = {(line.line, p.field): p.message for line in refused.value.sheet.wrong for p in line.errors}
    assert set(told) == {(2, "idno"), (3, "phone")} and all("带星号" in words for words in told.values())


def test_a_person_named_twice_in_a_sheet_names_both_lines(base):
    _, admin = base
    rows = team(3)
    rows[2] |= {"idno": rows[0]["idno"]}
    with pytest.raises(importing.WrongLines) as refused:
        bring(admin, PEOPLE, filled(PEOPLE, rows))
    [wrong] = refused.value.sheet.wrong
    assert wrong.line == 4 and "身份证号在第 2 行、第 4 行重复" in wrong.errors[0].message


def test_an_online_trader_comes_in_by_sheet_and_counts_once_his_proof_is_there(base):
    """A5-6, AMB-10: the proof has no column, so it follows; until then the word alone does not count."""
    base_id, admin = base
    row = steps.typed(1) | {"kind": "电商", "ec_ok": "是", "industry": "5292", "uscc": INDIVIDUAL, "subject": "个体工商户", "contact_phone": "13800000001"}
    assert bring(admin, TENANTS, filled(TENANTS, [row])).added == 1
    [line] = queries.tenants_now(base_id)
    assert line.lacking == ["电商证明"] and not line.verdict.counts and "电商证明还没有上传" in line.verdict.reason
    found = bring(admin, TENANTS, sheets.export(TENANTS, [line]))
    assert found.unchanged == 1  # the masked telephone stays what it is
    with transaction():
        paper = files.accept(walk.pdf("平台店铺证明.pdf"), admin, base_id=base_id)
    commands.change(admin, TENANTS, line.id, {"ec_proof": [paper.id]}, seen_version=1)
    [line] = queries.tenants_now(base_id)
    assert line.lacking == [] and line.verdict.counts and "合规经营的电商" in line.verdict.reason


@pytest.mark.parametrize("roster", KEPT.values(), ids=lambda r: r.key)
def test_the_template_has_the_columns_of_the_table(roster):
    head = read_book(sheets.template(roster))[0]
    assert head == [sheets.heading(f) for f in sheets.columns_of(roster)]
    assert not {f.kind for f in sheets.columns_of(roster)} & {"file", "files"}


def test_sheets_that_are_not_the_roster(base):
    _, admin = base
    head = [f.label for f in sheets.columns_of(SERVICES)]
    for rows, words in (
        ([["甲", "乙"], ["1", "2"]], "第 1 行没有“服务日期”"), ([head], "只有表头"), ([head, [""]], "只有表头"),
        ([[*head, "内容"], ["x"]], "两列“内容”"),
    ):
        with pytest.raises(Refused, match=words):
            bring(admin, SERVICES, workbook(rows))
    row = steps.record(SERVICES)
    extra = workbook([[*head, "备注"], [*[row.get(f.name, "") for f in sheets.columns_of(SERVICES)], "不要的"]])
    stored = importing.keep_sheet(admin, upload(extra))
    assert importing.preview(admin, SERVICES, stored.id).strange == ["备注"]
    assert importing.import_sheet(admin, SERVICES, stored.id).added == 1
    assert db.session.scalar(select(ServiceRecord.ent_n)) == 12


def test_the_file_of_another_base_is_not_imported(base):
    _, admin = base
    stored = importing.keep_sheet(admin, upload(filled(TENANTS, tenants(1)))).id
    _, other = steps.filed(62, "222401")
    with pytest.raises(NotVisible):
        importing.import_sheet(other, TENANTS, stored)
