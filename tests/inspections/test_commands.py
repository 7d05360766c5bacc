"""The year's plan, the draw, findings and the conclusion (第十四条; T84, T85, T86, T92; AMB-14, AMB-18, AMB-19)."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from incubator.bases.models import Base
from incubator.inspections import commands, figures, plans, queries
from incubator.inspections.models import InspectionConclusion, InspectionFinding, InspectionItem
from incubator.kernel import access
from incubator.kernel.database import db
from incubator.kernel.errors import Conflict, Denied, Invalid, NotVisible, Refused
from incubator.kernel.workflow import Case
from incubator.obligations.commands import tick
from incubator.policy import inspections as policy
from incubator.rosters.models import Tenant
from incubator.rosters.tables import GRADUATES
from tests import walk
from tests.inspections import stand
from tests.reports import steps as reports
from tests.rosters.steps import record

CHAOYANG = walk.Unit("长春星桥创业孵化基地", "220104", 17)
YANJI = walk.Unit("延吉海兰创业孵化基地", "222401", 21)
OLD, NOVEMBER = date(2023, 11, 20), date(2024, 11, 15)


@pytest.fixture
def province(app, clock):
    with app.app_context():
        clock.set("2026-03-02 09:00")
        yield walk.province()


def _two():
    return stand.recognised(CHAOYANG, OLD)[0], stand.recognised(YANJI, NOVEMBER)[0]


def test_every_base_of_1_january_is_in_one_batch_or_listed(province, clock):
    """A14-1, AMB-18, T84: 2024-11-15 is in the plan of 2025, not of 2024; a document of this year is not in this year's."""
    old, november = _two()
    young, _ = stand.recognised(walk.Unit("梅河口松江创业孵化基地", "220581", 31), date(2026, 1, 8))
    assert {year: {b.id for b in queries.eligible(year)} for year in (2024, 2025, 2026, 2027)} == {
        2024: {old.id}, 2025: {old.id, november.id}, 2026: {old.id, november.id}, 2027: {old.id, november.id, young.id}}
    clerk = province["clerk"]
    plan = plans.make_plan(clerk, stand.plan_raw())
    number = queries.counted(plan)
    assert number.whole and (number.eligible, number.batched, number.listed) == (2, 2, 0)
    with pytest.raises(Invalid) as refused:
        plans.arrange(clerk, plan.id, november.id, batch=None, skip_reason="今年不查", seen_version=plan.version)
    assert refused.value.field == "skip_reason"
    plans.arrange(clerk, plan.id, november.id, batch=None, skip_reason="2025年底刚做过专项检查，没有问题", seen_version=plan.version)
    number = queries.counted(plan)
    assert number.whole and (number.batched, number.listed) == (1, 1)
    with pytest.raises(NotVisible):
        plans.arrange(clerk, plan.id, young.id, batch=1, seen_version=plan.version)
    with pytest.raises(Conflict):
        plans.arrange(clerk, plan.id, november.id, batch=1, seen_version=1)
    with pytest.raises(Refused):
        plans.make_plan(clerk, stand.plan_raw())


def test_a_document_entered_late_is_missed_until_it_is_taken_in(province):
    """The count is made from the register as it stands, so the plan can't be confirmed with a hole."""
    stand.recognised(CHAOYANG, OLD)
    clerk = province["clerk"]
    plan = plans.make_plan(clerk, stand.plan_raw())
    plans.draw(clerk, plan.id, {"seed": "第2026012期", "share": "30"}, seen_version=plan.version)
    late, _ = stand.recognised(YANJI, date(2025, 12, 30))
    with pytest.raises(Refused) as refused:
        plans.confirm(clerk, plan.id, seen_version=plan.version)
    assert "漏了 1 家" in refused.value.reason and late.name in refused.value.reason
    plans.arrange(clerk, plan.id, late.id, batch=2, seen_version=plan.version)
    assert plans.confirm(clerk, plan.id, seen_version=plan.version).confirmed_at


def test_the_draw_is_kept_with_what_it_takes_to_do_it_again(province):
    _two()
    clerk = province["clerk"]
    plan = plans.make_plan(clerk, stand.plan_raw())
    with pytest.raises(Refused) as refused:
        plans.confirm(clerk, plan.id, seen_version=plan.version)
    assert "踏查名单" in refused.value.reason
    row = plans.draw(clerk, plan.id, {"seed": "第2026012期03", "share": "50"}, seen_version=plan.version)
    again = policy.draw(row.seed, [policy.Candidate(d["code"], d["prefecture"], d["points"]) for d in row.lines], row.share)
    assert [vars(d) for d in again] == row.lines and any(d.why for d in again)
    drawn = set(db.session.scalars(select(InspectionItem.base_id).where(InspectionItem.drawn.is_(True))))
    assert len(drawn) == sum(bool(d.why) for d in again)
    with pytest.raises(Refused) as refused:
        plans.draw(clerk, plan.id, {"seed": "换一个种子试试", "share": "50"}, seen_version=plan.version)
    assert "不能重抽" in refused.value.reason
    with pytest.raises(DatabaseError, match="append-only"):
        db.session.execute(text("UPDATE inspection_draw SET seed = 'x'"))
    db.session.rollback()


def test_batches_begin_on_their_day_and_once(province, clock):
    old, november = _two()
    plan = stand.confirmed()
    assert db.session.scalar(select(Case.id).where(Case.kind == "inspection")) is None
    clock.set("2026-04-01 08:00")
    assert tick()["inspection_batches"] == 1 and tick()["inspection_batches"] == 0
    case = db.session.scalar(select(Case).where(Case.kind == "inspection"))
    assert (case.state, case.edition_on) == ("online_review", plan.decided_on)
    clock.set("2026-07-20 08:00")  # days late, the other one begins
    assert tick()["inspection_batches"] == 1
    assert {c.base_id for c in db.session.scalars(select(Case).where(Case.kind == "inspection"))} == {old.id, november.id}


def _begun(province, clock, **base):
    found = stand.recognised(CHAOYANG, OLD, team=6, **base)
    stand.confirmed()
    clock.set("2026-04-01 08:00")
    tick()
    return (*found, stand.case_of(found[0]))


def test_the_online_part_is_filled_and_frozen(province, clock):
    _, _, case = _begun(province, clock, tenants=17)
    found = queries.figures.online(case)
    assert found.day == date(2025, 12, 31) and {f.key for f in found.base} >= {"jobs", "tenants_countable", "area_total"}
    assert next(f for f in found.base if f.key == "tenants_countable").declared == "17 户"
    case = walk.act(case, "reviewed", province["clerk"], text="线上审查完成")
    kept = json.loads(queries.sheet_of(case).content)
    assert {f["key"]: f["declared"] for f in kept["base"]}["jobs"] == "136 人"


def test_a_base_that_was_not_drawn_may_only_be_concluded_as_passed(province, clock):
    stand.recognised(CHAOYANG, OLD, tenants=17, team=6)
    stand.recognised(walk.Unit("长春南湖创业孵化基地", "220104", 18), OLD, tenants=17, team=6)
    stand.confirmed(share="10")
    clock.set("2026-04-01 08:00")
    tick()
    drawn, left = sorted(
        db.session.scalars(select(InspectionItem)).all(), key=lambda item: not item.drawn
    )
    assert drawn.drawn and not left.drawn
    clerk = province["clerk"]
    with pytest.raises(Refused) as refused:
        walk.act(db.session.get(Case, drawn.case_id), "reviewed_only", clerk)
    assert "抽中" in refused.value.reason
    case = walk.act(db.session.get(Case, left.case_id), "reviewed_only", clerk)
    stand.finding(case)
    with pytest.raises(Refused) as refused:
        stand.concluded(case, "rectify")
    assert refused.value.article == "14" and "没有实地踏查" in refused.value.reason and "安排踏查" in refused.value.way_out
    case = walk.act(stand.fresh(case), "order_visit", clerk, text="线上发现问题，要到现场核实")
    case = stand.visited(case)
    assert stand.concluded(case, "rectify").state == "concluded"


def test_the_field_part_must_be_recorded(province, clock):
    _, _, case = _begun(province, clock, tenants=17)
    case = walk.act(case, "reviewed", province["clerk"])
    with pytest.raises(Refused) as refused:
        walk.act(case, "visited", province["clerk"])
    assert "踏查记录" in refused.value.reason
    county = walk.actor(*walk.staff("220104").county)
    with pytest.raises(Denied):
        walk.visit(case, county)
    case = walk.visit(case, province["clerk"], tenants_countable=12)
    assert walk.act(case, "visited", province["clerk"]).state == "conclusion"
    assert "差 3 户" in stand.suggestion(case).reasons[0].text  # what was verified counts


@pytest.mark.parametrize(("tenants", "jobs", "graduates", "told"), [
    (38, 320, 5, "downgrade"), (12, 320, 5, "both"), (45, 320, 5, "passed"), (45, 320, 4, "downgrade"),
])
def test_what_a_demonstration_base_is_told(province, clock, tenants, jobs, graduates, told):
    """T85, T86, AMB-14; graduates are those of the roster and those of the record, each code once (§8.8)."""
    base, admin = stand.recognised(CHAOYANG, OLD, level="demonstration", tenants=1, team=6)
    walk.graduate(CHAOYANG, admin, graduates - 1)
    left = db.session.scalar(select(Tenant.uscc).where(Tenant.status == "graduated").limit(1))
    for uscc in (left, record(GRADUATES)["uscc"]):
        stand.rosters.add(admin, GRADUATES, record(GRADUATES, uscc=uscc, in_on="2022-01-10", grad_on="2023-12-01"))
    case = stand.adhoc(base)
    sheet = figures.online(case)
    assert [(f.declared, f.passed) for f in sheet.demonstration if f.key == "grad_cum"] == [(f"{graduates} 户", graduates >= 5)]
    case = stand.visited(case, tenants_countable=tenants, jobs=jobs)
    assert stand.suggestion(case).conclusion == told
    if told != "passed":
        if told == "both":
            stand.finding(case, "15(1)", "在孵企业户数低于认定标准，以现场清点为准。")
        assert stand.concluded(case, told).state == "concluded"
        assert queries.conclusion_of(case).conclusion == queries.conclusion_of(case).suggestion == told


def test_a_plain_base_is_never_downgraded(province, clock):
    base, _ = stand.recognised(CHAOYANG, OLD, tenants=17, team=6)
    case = stand.visited(stand.adhoc(base))
    stand.finding(case)
    with pytest.raises(Refused) as refused:
        stand.concluded(case, "downgrade")
    assert "示范" in refused.value.reason


def test_a_person_may_conclude_otherwise_with_a_reason_on_record(province, clock):
    """T92: 15(二) is suggested; 合格 with a reason stands, without one it does not."""
    base, _ = stand.recognised(CHAOYANG, OLD, tenants=17, team=6)
    case = stand.visited(stand.adhoc(base))
    stand.finding(case, "15(2)", "2025年两份季报迟报，最长迟了 6 天。")
    assert stand.suggestion(case).conclusion == "rectify"
    with pytest.raises(Refused) as refused:
        stand.concluded(case, "passed", reason="已经改了")
    assert refused.value.field == "reason"
    assert stand.concluded(case, "passed", reason="两次都因系统停机，停机记录可查").state == "concluded"
    row = queries.conclusion_of(case)
    assert (row.conclusion, row.suggestion) == ("passed", "rectify") and "15" not in row.conclusion
    with pytest.raises(DatabaseError, match="append-only"):
        db.session.execute(text("UPDATE inspection_conclusion SET conclusion = 'revoke'"))
    db.session.rollback()


def test_rectification_needs_a_finding_of_article_15_and_revocation_one_of_16(province, clock):
    """A15-4, A14-3."""
    base, _ = stand.recognised(CHAOYANG, OLD, tenants=17, team=6)
    case = stand.visited(stand.adhoc(base))
    row = stand.finding(case, "16(2)2", "场地的一半改作了仓库，和孵化无关。")
    with pytest.raises(Refused):
        stand.concluded(case, "rectify")
    commands.withdraw_finding(province["clerk"], case.id, row.id, seen_version=stand.fresh(case).version)
    with pytest.raises(Refused):
        stand.concluded(case, "revoke")
    stand.finding(case, "16(2)2", "场地的一半改作了仓库，和孵化无关。")
    assert stand.concluded(case, "revoke").state == "concluded"


def test_the_base_explains_a_finding_once_and_only_its_own(province, clock):
    base, admin = stand.recognised(CHAOYANG, OLD, tenants=17, team=6)
    _, stranger = stand.recognised(YANJI, OLD)
    case = stand.visited(stand.adhoc(base))
    row = stand.finding(case)
    said = {"explanation": "货物当天已清走，附整改照片。"}
    with pytest.raises(NotVisible):
        commands.explain(stranger, case.id, row.id, said, seen_version=stand.fresh(case).version)
    with pytest.raises(Denied):
        commands.explain(province["clerk"], case.id, row.id, said, seen_version=stand.fresh(case).version)
    commands.explain(admin, case.id, row.id, said, seen_version=stand.fresh(case).version)
    with pytest.raises(Refused):
        commands.explain(admin, case.id, row.id, {"explanation": "再补充一句"}, seen_version=stand.fresh(case).version)
    db.session.expire_all()
    assert db.session.get(InspectionFinding, row.id).explanation == said["explanation"]
    for sql in ("fact = 'something else entirely'", "explanation = 'other'", "code = '15(1)'"):
        with pytest.raises(DatabaseError, match="stays as it is"):
            db.session.execute(text(f"UPDATE inspection_finding SET {sql}"))
        db.session.rollback()


def test_no_second_inspection_outside_the_plan_and_none_of_a_base_not_in_force(province, clock):
    """A14-4."""
    base, _ = stand.recognised(CHAOYANG, OLD)
    stand.adhoc(base)
    with pytest.raises(Refused):
        stand.adhoc(base)
    filed, _ = walk.filed_base(YANJI)
    with pytest.raises(Refused) as refused:
        stand.adhoc(filed)
    assert "备案" in refused.value.reason


def test_only_the_province_plans_reviews_and_concludes(province, clock):
    base, admin = stand.recognised(CHAOYANG, OLD, team=6)
    staff = walk.staff("220104")
    case = stand.visited(stand.adhoc(base))
    for who in (walk.actor(*staff.county_lead), walk.actor(*staff.city_lead), admin, province["manager"]):
        for act in (
            lambda who=who: plans.make_plan(who, stand.plan_raw()),
            lambda who=who: commands.open_adhoc(who, base.id, {}),
            lambda who=who: commands.add_finding(who, case.id, {}, seen_version=1),
            lambda who=who: commands.conclude(who, case.id, {}, seen_version=1),
        ):
            with pytest.raises(Denied):
                act()


@pytest.mark.parametrize(("sql", "twin"), [
    ("INSERT INTO inspection_item (plan_id, base_id, batch_id, skip_reason, risk, risk_reasons, drawn, dropped_reason)"
     " VALUES (:plan, :base, NULL, '没有理由', 0, '[]', {no}, '')",
     "INSERT INTO inspection_item (plan_id, base_id, batch_id, skip_reason, risk, risk_reasons, drawn, dropped_reason)"
     " VALUES (:plan, :base, NULL, '没有安排的理由写满十个字', 0, '[]', {no}, '')"),
])
def test_the_database_refuses_a_base_neither_arranged_nor_listed(province, sql, twin):
    """P26: by raw SQL, beside a passing twin; and no base stands in a plan twice."""
    plan = plans.make_plan(province["clerk"], stand.plan_raw())
    base, _ = stand.recognised(CHAOYANG, OLD)
    no = "false" if db.engine.dialect.name == "postgresql" else "0"
    values = {"plan": plan.id, "base": base.id}
    with pytest.raises(DatabaseError):
        db.session.execute(text(sql.format(no=no)), values)
    db.session.rollback()
    db.session.execute(text(twin.format(no=no)), values)
    db.session.commit()
    with pytest.raises(DatabaseError):
        db.session.execute(text(twin.format(no=no)), values)
    db.session.rollback()


def test_the_database_refuses_another_conclusion_without_a_reason(province, clock):
    """P26, T92."""
    base, _ = stand.recognised(CHAOYANG, OLD)
    case, row = stand.adhoc(base), None
    for reason, lands in (("短", False), ("不同于建议的理由写满十个字", True)):
        row = InspectionConclusion(
            case_id=case.id, base_id=base.id, conclusion="passed", suggestion="rectify", suggested="[]", reason=reason,
            by_person_id=province["clerk"].person_id, by_name="甲", at=access_now(),
        )
        db.session.add(row)
        if lands:
            db.session.commit()
        else:
            with pytest.raises(DatabaseError):
                db.session.commit()
            db.session.rollback()


def access_now():
    from incubator.kernel import clock

    return clock.now()


def test_local_offices_see_their_own_lines(province):
    _two()
    plan = plans.make_plan(province["clerk"], stand.plan_raw())
    yanji = walk.actor(*walk.staff("222401").county)
    assert [i.base.name for i in queries.items_of(plan, yanji)] == [YANJI.name]
    assert access.load(yanji, type(plan), plan.id)


def test_reports_that_never_came_are_on_the_sheet_and_suggest(app, clock):
    """A14-2, AMB-19: the reports whose day lies in the year before; one never filed suggests 限期整改 under 15(二)."""
    with app.app_context():
        clock.set("2025-03-03 09:00")
        base, _ = stand.recognised(CHAOYANG, OLD, tenants=17, team=6)
        for day in ("2025-04-21 08:00", "2025-07-21 08:00", "2026-03-02 09:00"):
            clock.set(day)
            tick()
        case = stand.adhoc(base)
        found = queries.figures.online(case).reports
        assert found.year == 2025 and found.known and found.never >= 1
        assert all(line["due_on"].startswith("2025") for line in found.lines)
        assert "15(2)" in {reason.code for reason in stand.suggestion(case).reasons}


def test_reasons_overdue_corrections_and_what_was_changed_after_the_archive_reach_the_inspector(app, clock):
    """A13-4, AMB-40, T79: on the sheet with the report itself; offered as findings under 15(2) and 15(3), each taken once."""
    with app.app_context():
        case = stand.adhoc(stand.reported_with_remarks())
        [line, *missing] = figures.sheet(case)["reports"]["lines"]
        assert (line["returns"], line["corrections_late"], [reason for _, reason in line["explained"]]) == (1, 1, [stand.WHY])
        assert line["misstated"] == ["在孵企业本季营业收入由 99.00 改为 150.00", "在孵企业本季上缴税金由 101.00 改为 151.00"]
        assert db.session.get(Case, line["case_id"]).kind == "quarterly_report"
        assert len(missing) == 2 and all((m["case_id"], m["explained"], m["corrections_late"]) == (None, [], 0) for m in missing)
        [lead] = figures.offered(case)
        assert [code for code, _ in lead.facts] == ["15(2)", "15(3)"]
        clerk = walk.province()["clerk"]
        for number, said in ((0, "2025年第一季度季报，退回或解锁后逾期补正 1 次"), (1, "营业收入由 99.00 改为 150.00")):
            row = commands.take_lead(clerk, case.id, lead.case_id, number, seen_version=stand.fresh(case).version)
            assert said in row.fact and row.code == lead.facts[number][0]
        for number in (0, 2):
            with pytest.raises(Refused):
                commands.take_lead(clerk, case.id, lead.case_id, number, seen_version=stand.fresh(case).version)
        assert {"15(2)", "15(3)"} <= {reason.code for reason in stand.suggestion(case).reasons}


def test_a_report_that_came_right_is_no_lead(app, clock):
    with app.app_context():
        base_id, admin = reports.recognised(document="2025-02-10", filed="2025-02-01")
        clock.set("2025-04-10 09:00")
        reports.archived(reports.submitted(admin, "2025Q1"))
        clock.set("2026-03-02 09:00")
        case = stand.adhoc(db.session.get(Base, base_id))
        assert figures.offered(case) == [] and figures.sheet(case)["reports"]["lines"][0]["explained"] == []
