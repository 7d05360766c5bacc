"""A report from the first draft to the archive and back, by command."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from incubator.bases.models import Base
from incubator.cases import batches
from incubator.cases import commands as cases
from incubator.insight import register
from incubator.kernel import drafts, outbox
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Conflict, Denied, Invalid, NotVisible, Refused
from incubator.kernel.workflow import Submission
from incubator.obligations import counts
from incubator.obligations.models import Obligation
from incubator.policy.fields.report import REPORTS
from incubator.policy.periods import Period
from incubator.reports import commands, queries
from incubator.reports.figures_page import figures_of_case
from incubator.reports.models import Report, ReportFigures, ReportTick
from incubator.rosters import commands as rosters
from incubator.rosters.models import Tenant
from incubator.rosters.tables import GRADUATES, TENANTS
from incubator.sanctions import revocations
from tests import walk
from tests.reports import steps
from tests.rosters.steps import record
from tests.sanctions import stand


@pytest.fixture
def base(app, clock):
    with app.app_context():
        base_id, admin = steps.recognised()
        clock.set("2026-04-10 09:00")
        yield base_id, admin


def figures(case) -> ReportFigures:
    return db.session.get(ReportFigures, case.id, populate_existing=True)


def problems(admin, case, **typed) -> dict[str, str]:
    steps.fill(admin, case, **steps.QUARTER | typed)
    with pytest.raises(Invalid) as wrong:
        commands.submit_report(admin, case.id, seen_version=case.version)
    return {p.field: p.message for p in wrong.value.problems}


def test_the_first_report_takes_its_figures_from_the_rosters(base):
    """A13-3."""
    base_id, admin = base
    case = steps.submitted(admin)
    row = figures(case)
    assert (row.t_begin, row.t_new, row.t_grad, row.t_exit, row.t_end, row.t_count) == (3, 0, 0, 0, 3, 3)
    assert (row.jobs_end, row.jobs, row.team_n, row.mentor_n, row.jobs_cum) == (24, 24, 5, 3, 24)
    assert (row.t_revenue, row.area_used, row.version_no, row.warnings) == (Decimal("100.00"), Decimal("289.50"), 1, 0)
    case = steps.fresh(case)
    assert (case.state, case.edition_on) == ("county_review", date(2026, 3, 31))
    owed = db.session.scalar(select(Obligation).where(Obligation.kind == "report", Obligation.base_id == base_id))
    assert owed.fulfilled_at is not None and owed.fulfilled_by_event is not None and not counts.differences()


def test_opened_twice_it_is_the_same_report_and_no_second_one_can_exist(base):
    base_id, admin = base
    case = steps.opened(admin)
    assert commands.open_report(admin, "2026Q1").id == case.id
    assert db.session.scalar(select(func.count()).select_from(Report)) == 1
    other = case
    row = {"case_id": other.id, "base_id": base_id, "kind": "quarterly_report", "period_start": date(2026, 1, 1)}
    db.session.remove()
    with pytest.raises(IntegrityError), db.engine.begin() as connection:
        connection.execute(insert(Report.__table__), [row | {"case_id": other.id + 1}])
    for number in (other.id, other.id + 1):
        with pytest.raises(IntegrityError), db.engine.begin() as connection:
            connection.execute(insert(ReportFigures.__table__), [row | {"case_id": number, "version_no": 1, "warnings": 0}] * 2)


def test_changed_head_counts_reach_the_roster_by_its_command(base):
    _, admin = base
    case = steps.opened(admin)
    found = commands.check_report(case).sources.heads
    assert [(h.jobs, h.before) for h in found] == [(7, 7), (8, 8), (9, 9)]
    grid = [{"tenant": str(h.tenant), "name": h.name, "jobs": str(h.jobs + (3 if n == 0 else -1 if n == 1 else 0))} for n, h in enumerate(found)]
    steps.fill(admin, case, **steps.QUARTER, heads=grid)
    commands.submit_report(admin, case.id, seen_version=case.version)
    assert [t.jobs for t in db.session.scalars(select(Tenant).order_by(Tenant.id))] == [10, 7, 9]
    assert (figures(case).jobs_end, figures(case).jobs_cum) == (26, 27)  # the fall of one counts nothing


def test_a_row_that_changed_since_is_left_as_it_is(base):
    _, admin = base
    case = steps.opened(admin)
    first = commands.check_report(case).sources.heads[0]
    row = db.session.get(Tenant, first.tenant)
    rosters.change(admin, TENANTS, row.id, {"jobs": "12"}, seen_version=row.version)
    steps.fill(admin, case, **steps.QUARTER, heads=[{"tenant": str(first.tenant), "name": first.name, "jobs": "8"}])
    commands.submit_report(admin, case.id, seen_version=case.version)
    assert db.session.get(Tenant, first.tenant, populate_existing=True).jobs == 12


def test_t77_a_roster_changed_behind_the_last_report_does_not_balance(base, clock):
    _, admin = base
    steps.submitted(admin)
    clock.set("2026-07-05 09:00")
    rosters.add(admin, TENANTS, {**walk.tenant_row(steps.unit(), 30), "in_on": "2026-03-20"})
    case = steps.opened(admin, "2026Q2")
    wrong = problems(admin, case)
    assert "填的是 4 户，应为 3 户" in wrong["t_end"]


def test_t77_movements_of_the_period_balance(base, clock):
    _, admin = base
    steps.submitted(admin)
    clock.set("2026-06-20 09:00")
    for n in (31, 32):
        rosters.add(admin, TENANTS, {**walk.tenant_row(steps.unit(), n), "in_on": "2026-05-06"})
    gone = db.session.scalar(select(Tenant).order_by(Tenant.id))
    rosters.leave(admin, TENANTS, gone.id, {"status": "left", "out_on": "2026-06-15", "out_kind": "搬到别处"}, seen_version=gone.version)
    clock.set("2026-07-05 09:00")
    case = steps.submitted(admin, "2026Q2")
    row = figures(case)
    assert (row.t_begin, row.t_new, row.t_exit, row.t_end) == (3, 2, 1, 4)
    assert row.jobs_cum == 24 + 7 + 8  # whole head counts of the two new ones


def test_graduates_are_counted_in_one_way(base, clock):
    """§8.8, A6-2: who left the roster as graduated and who stands on the record, each code once, for the report and for the register."""
    base_id, admin = base
    clock.set("2026-06-20 09:00")
    first, second = db.session.scalars(select(Tenant).order_by(Tenant.id).limit(2)).all()
    for row in (first, second):
        rosters.leave(admin, TENANTS, row.id, {"status": "graduated", "out_on": "2026-06-15", "out_kind": "毕业"}, seen_version=row.version)
    rosters.add(admin, GRADUATES, record(GRADUATES, name=first.name, uscc=first.uscc, grad_on="2026-06-15"))
    rosters.add(admin, GRADUATES, record(GRADUATES, grad_on="2025-11-03"))
    clock.set("2026-07-05 09:00")
    row = figures(steps.submitted(admin, "2026Q2", jobs_grad="0", jobs_vet="0", jobs_return="0"))
    assert (row.t_grad, row.grad_cum) == (2, 3)
    [looked] = register.in_force(steps.lead(), date(2026, 7, 5))
    assert (looked.base.id, looked.facts["grad_cum"]) == (base_id, 3)


@pytest.mark.parametrize(("day", "code", "named"), [
    ("2026-07-05", "2026Q2", "上期"), ("2026-10-05", "2026Q3", "2026年第一季度"),
], ids=["next quarter", "past a skipped one"])
def test_t78_cumulative_figures_do_not_fall(base, clock, day, code, named):
    _, admin = base
    steps.submitted(admin)
    clock.set(f"{day} 09:00")
    case = steps.opened(admin, code)
    with transaction():
        db.session.scalar(select(ReportFigures)).grad_cum = 2
    assert f"累计毕业企业{named} 2 户，本期 0 户" in problems(admin, case)["grad_cum"]


def test_a_skipped_quarter_does_not_start_the_sums_anew(base, clock):
    """T78, T79, §6: what is cumulative goes on from the last report; what came in the skipped quarter is in it."""
    _, admin = base
    steps.submitted(admin, jobs_start="100")
    clock.set("2026-06-20 09:00")
    for n in (31, 32):
        rosters.add(admin, TENANTS, {**walk.tenant_row(steps.unit(), n), "in_on": "2026-05-06"})
    gone = db.session.scalar(select(Tenant).order_by(Tenant.id.desc()))
    rosters.leave(admin, TENANTS, gone.id, {"status": "left", "out_on": "2026-06-15", "out_kind": "搬到别处"}, seen_version=gone.version)
    clock.set("2026-10-05 09:00")
    case = steps.opened(admin, "2026Q3")
    stored, _ = drafts.read(case.id, REPORTS[case.kind])
    assert not stored.get("jobs_start") and not commands.check_report(case).sources.first
    wrong = problems(admin, case, t_revenue="350")
    assert set(wrong) == {"reason-t_revenue"} and "2026年第一季度 100 万元" in wrong["reason-t_revenue"]
    steps.fill(admin, case, reasons=[{"figure": "t_revenue", "reason": "两户企业新签大额合同"}])
    commands.submit_report(admin, case.id, seen_version=case.version)
    row = figures(case)
    assert (row.t_begin, row.t_new, row.t_end) == (4, 0, 4)  # the roster on the eve: the quarter between told nothing
    assert row.jobs_cum == 100 + 7 + 8  # both that came since the first quarter, also the one that left again
    assert figures_of_case(steps.county(), steps.fresh(case)).before_label == "2026年第一季度"


@pytest.mark.parametrize("quarters", [("2026Q1", "2026Q2", "2026Q3"), ("2026Q1",), ()])
def test_a_year_sent_before_its_last_quarter_goes_on_from_what_is_known(base, clock, quarters):
    """AMB-36: its cumulative jobs are those of the last report and what came since, and the next year's do not fall."""
    _, admin = base
    for code, moment in (("2026Q1", "2026-04-10"), ("2026Q2", "2026-07-10"), ("2026Q3", "2026-10-10")):
        clock.set(f"{moment} 09:00")
        if code in quarters:
            steps.submitted(admin, code, **({"jobs_start": "100"} if code == "2026Q1" else {}))
    rosters.add(admin, TENANTS, {**walk.tenant_row(steps.unit(), 30), "in_on": "2026-10-06"})
    new = walk.tenant_row(steps.unit(), 30)["jobs"]
    clock.set("2027-01-10 09:00")
    case = steps.submitted(admin, "2026", t_revenue="400", t_tax="20", diff_note="第四季度还没有报，合计不是全年")
    known = 100 if quarters else 24
    assert figures(case).jobs_cum == known + int(new)
    with transaction():
        figures(case).jobs_cum += 3
    clock.set("2028-01-10 09:00")
    case = steps.submitted(admin, "2027", t_revenue="400", t_tax="20")
    assert figures(case).jobs_cum == known + int(new) + 3


def test_t78_money_raised_in_all_years_does_not_fall_from_year_to_year(base, clock):
    _, admin = base
    clock.set("2027-01-10 09:00")
    steps.submitted(admin, "2026", t_revenue="400", t_tax="20")
    clock.set("2028-01-10 09:00")
    case = steps.opened(admin, "2027")
    steps.fill(admin, case, **steps.YEAR | {"t_revenue": "400", "t_tax": "20", "fin_amt_cum": "99.99", "fin_n_cum": "2"})
    with pytest.raises(Invalid) as wrong:
        commands.submit_report(admin, case.id, seen_version=case.version)
    assert {p.field for p in wrong.value.problems} == {"fin_n_cum", "fin_amt_cum"}


def test_t79_a_jump_wants_a_reason_that_reaches_the_reviewer(base, clock):
    _, admin = base
    steps.submitted(admin)
    clock.set("2026-07-05 09:00")
    case = steps.opened(admin, "2026Q2")
    assert set(problems(admin, case, t_revenue="350")) == {"reason-t_revenue"}
    steps.fill(admin, case, reasons=[{"figure": "t_revenue", "reason": "两户企业新签大额合同"}])
    commands.submit_report(admin, case.id, seen_version=case.version)
    found = figures_of_case(steps.county(), steps.fresh(case))
    assert [(a["figure"], a["reason"]) for a in found.asked] == [("t_revenue", "两户企业新签大额合同")]
    assert figures(case).warnings == 1 and "增加了 250%" in found.asked[0]["asked"]


def test_t35_a_tenant_of_two_bases_is_asked_about_at_both_and_counts_once(base, clock):
    """AMB-11: in the base with the earlier agreement; both say why, and the reason stays with the report."""
    _, admin = base
    _, other = steps.recognised(72)
    clock.set("2026-03-20 09:00")
    shared = walk.tenant_row(steps.unit(), 40)
    for who, start in ((admin, "2022-04-01"), (other, "2023-01-01")):
        rosters.add(who, TENANTS, shared | {"agr_start": start, "in_on": "2026-03-20"})
    clock.set("2026-04-10 09:00")
    for who, counted in ((admin, 4), (other, 3)):
        case = steps.opened(who)
        wrong = problems(who, case)
        assert set(wrong) == {"reason-t_count"} and f"{shared['name']}也在另一个基地的名册上" in wrong["reason-t_count"]
        steps.fill(who, case, reasons=[{"figure": "t_count", "reason": "两处都有办公，已经核对协议"}])
        commands.submit_report(who, case.id, seen_version=case.version)
        assert (figures(case).t_end, figures(case).t_count, figures(case).warnings) == (4, counted, 1)


def test_unchanged_in_one_click(base, clock):
    _, admin = base
    steps.submitted(admin)
    clock.set("2026-07-05 09:00")
    case = steps.opened(admin, "2026Q2")
    commands.take_unchanged(admin, case.id)
    stored, _ = drafts.read(case.id, REPORTS[case.kind])
    assert (stored["t_revenue"], stored["maker_visits"], stored["incident"]) == ("100.00", 40, False) and not stored.get("pledge")
    steps.fill(admin, case, pledge=True)
    case = commands.submit_report(admin, case.id, seen_version=case.version)
    assert case.state == "county_review" and figures(case).warnings == 0


def test_t80_amb36_the_year_is_prefilled_from_its_quarters_and_judged_apart(base, clock):
    base_id, admin = base
    for moment, code in (("2026-04-10", "2026Q1"), ("2026-07-10", "2026Q2"), ("2026-10-10", "2026Q3")):
        clock.set(f"{moment} 09:00")
        steps.submitted(admin, code)
    clock.set("2027-01-20 23:00")
    steps.submitted(admin, "2026Q4")
    clock.set("2027-01-21 09:00")
    case = steps.opened(admin, "2026")
    stored, _ = drafts.read(case.id, REPORTS[case.kind])
    assert (stored["t_revenue"], stored["t_tax"], stored["area_total"]) == ("400.00", "20.00", "3620.00")
    with transaction():
        db.session.scalar(select(ReportFigures).where(ReportFigures.period_start == date(2026, 4, 1))).t_new = 1
    steps.fill(admin, case, **steps.YEAR)
    with pytest.raises(Invalid) as wrong:
        commands.submit_report(admin, case.id, seen_version=case.version)
    [problem] = wrong.value.problems
    assert problem.field == "diff_note" and "新入孵全年 0 户，各季合计 1 户" in problem.message
    steps.fill(admin, case, diff_note="第二季度多报一户，已申请更正")
    case = commands.submit_report(admin, case.id, seen_version=case.version)
    late = {r.period.code: r.late_days for r in queries.punctuality(base_id, 2027)}
    assert late == {"2026Q4": 0, "2026": 1} and figures(case).warnings == 1


def test_three_ticks_by_county_and_by_city_to_the_archive(base):
    """A3-4, A13-5."""
    _, admin = base
    case = steps.archived(steps.submitted(admin))
    assert steps.fresh(case).state == "archived"
    ticks = [(o.station, t.truth, t.completeness, t.accuracy, t.version_no) for t, o in queries.ticks_of(case.id)]
    assert ticks == [("county_review", True, True, True, 1), ("city_review", True, True, True, 1)]


@pytest.mark.parametrize(("outcome", "ticks", "said"), [
    ("pass", {}, "真实性还没有审核"), ("pass", steps.GOOD | {"truth": (False, "")}, "没有写明"), ("pass", steps.BAD, "有一项没有通过"),
    ("return", steps.GOOD, "三项都没有问题"),
])
def test_ticks_and_outcome_say_the_same(base, outcome, ticks, said):
    """A3-4."""
    case = steps.submitted(base[1])
    with pytest.raises(Refused, match=said):
        commands.review(steps.county(), case.id, outcome, ticks, seen_version=case.version, text=steps.REASON, remarks=[steps.REMARK])
    with pytest.raises(Refused, match="逐项审核"):
        cases.act(steps.county(), case.id, "pass", seen_version=case.version)
    assert db.session.scalar(select(func.count()).select_from(ReportTick)) == 0


def test_a_report_is_sent_from_its_form_alone(base):
    _, admin = base
    case = steps.opened(admin)
    steps.fill(admin, case, **steps.QUARTER)
    with pytest.raises(Refused, match=r"自己的页面|填报页"):
        cases.act(admin, case.id, "submit", seen_version=case.version)
    assert steps.fresh(case).state == "draft"


def test_only_the_province_unlocks_and_every_version_stays(base, clock):
    """A13-5."""
    _, admin = base
    case = steps.archived(steps.submitted(admin))
    for who in (admin, steps.county(lead=True), steps.city(), steps.manager()):
        with pytest.raises((Denied, NotVisible)):
            cases.act(who, case.id, "unlock", seen_version=steps.fresh(case).version, text="营业收入少报了一户企业")
    with pytest.raises(Refused, match="理由"):
        cases.act(steps.lead(), case.id, "unlock", seen_version=steps.fresh(case).version, text="错")
    case = cases.act(steps.lead(), case.id, "unlock", seen_version=steps.fresh(case).version, text="营业收入少报了一户企业")
    assert (case.state, case.ended_at) == ("unlocked", None)
    clock.forward(minutes=30)
    steps.fill(admin, case, t_revenue="112")
    case = commands.submit_report(admin, case.id, seen_version=case.version)
    assert db.session.scalar(select(func.count()).select_from(Submission).where(Submission.case_id == case.id)) == 2
    found = figures_of_case(steps.county(), case)
    assert found.misstated == ["在孵企业本季营业收入由 100.00 改为 112.00"]  # AMB-40: more than a tenth
    assert figures(case).version_no == 2 and case.edition_on == date(2026, 3, 31)


def test_an_unlock_does_not_ask_for_answers_to_an_old_return(base):
    _, admin = base
    case = steps.returned(steps.submitted(admin))
    steps.fill(admin, case, t_revenue="105")
    case = steps.archived(commands.submit_report(admin, case.id, seen_version=steps.fresh(case).version))
    case = cases.act(steps.lead(), case.id, "unlock", seen_version=steps.fresh(case).version, text="团队人数报错了，申请更正")
    steps.fill(admin, case, maker_visits="41")
    assert commands.submit_report(admin, case.id, seen_version=case.version).state == "county_review"


def test_of_a_revoked_base_nothing_more_is_asked(base):
    """A16-6: its people only read, so a report that waits is judged as it stands and stays archived."""
    base_id, admin = base
    case = steps.submitted(admin)
    revocation = stand.direct(db.session.get(Base, base_id))
    revocations.waive_notice(walk.province()["lead"], revocation.id, {"waived_reason": "运营机构注销，负责人失联，已公告送达"},
                             seen_version=steps.fresh(revocation).version)
    stand.issue("revocation", revocation)
    with pytest.raises(Refused, match="基地已撤销") as refused:
        steps.returned(case)
    assert refused.value.article == "16"
    steps.archived(case)
    with pytest.raises(Refused, match="基地已撤销"):
        cases.act(steps.lead(), case.id, "unlock", seen_version=steps.fresh(case).version, text="营业收入少报了一户企业")
    open_duty = select(Obligation.id).where(Obligation.case_id == case.id, Obligation.fulfilled_at.is_(None))
    assert steps.fresh(case).state == "archived" and db.session.scalar(open_duty) is None


def test_a_stamped_scan_belongs_to_the_version_that_was_printed(base):
    _, admin = base
    case = steps.submitted(admin)
    first = queries.latest(case.id)
    row = commands.keep_scan(admin, case.id, first.hash[:16].upper(), walk.pdf("盖章件.pdf"))
    assert row.submission_id == first.id
    assert commands.keep_scan(admin, case.id, first.hash[:16], walk.pdf("盖章件.pdf")).id == row.id  # sent twice (P24)
    case = steps.returned(case)
    steps.fill(admin, case, t_revenue="105")
    commands.submit_report(admin, case.id, seen_version=steps.fresh(case).version)
    with pytest.raises(Refused, match="扫描件是版本 1 的，现在是版本 2"):
        commands.keep_scan(admin, case.id, first.hash[:16], walk.pdf("盖章件.pdf"))
    for wrong in ("", "abc", "0" * 16):
        with pytest.raises(Refused, match="对不上"):
            commands.keep_scan(admin, case.id, wrong, walk.pdf("盖章件.pdf"))


def test_a_batch_passes_what_needed_no_word_and_leaves_the_rest(base, clock):
    _, admin = base
    steps.submitted(admin)
    clock.set("2026-07-05 09:00")
    asked = steps.opened(admin, "2026Q2")
    steps.fill(admin, asked, **steps.QUARTER | {"t_revenue": "350", "reasons": [{"figure": "t_revenue", "reason": "两户企业新签大额合同"}]})
    asked = commands.submit_report(admin, asked.id, seen_version=asked.version)
    plain = commands.report_of(base[0], Period(2026, 1)).case
    county, key = steps.county(), "quarterly_report:county_review:pass"
    [choice] = batches.offered(county, [plain, asked])
    assert (choice.key, choice.able) == (key, 1)
    plan = batches.plan(county, [plain, asked], choice)
    assert [p.case.id for p in plan.able] == [plain.id] and "写了说明" in plan.left_out[0].why
    batches.order(county, key, [(plain.id, plain.version), (asked.id, asked.version)])
    clock.forward(minutes=6)
    while outbox.drain():
        pass
    assert (steps.fresh(plain).state, steps.fresh(asked).state) == ("city_review", "county_review")
    [(tick, _)] = queries.ticks_of(plain.id)
    assert (tick.truth, tick.completeness, tick.accuracy) == (True, True, True)


def test_the_second_reviewer_of_one_version_comes_too_late(base):
    case = steps.submitted(base[1])
    seen = case.version
    steps.passed(case)
    with pytest.raises(Conflict):
        commands.review(steps.county(lead=True), case.id, "pass", steps.GOOD, seen_version=seen)


def test_who_has_filed_in_a_bounded_number_of_queries(base, query_counter):
    base_id, admin = base
    steps.submitted(admin)
    county = steps.county()
    with query_counter() as counted:
        found = queries.filing(county, Period(2026, 1))
    few = counted.count
    assert [(line.base.id, line.filed.late) for line in found.lines] == [(base_id, False)]
    assert found.counts == {"all": 1, "missing": 0, "waiting": 0, "late": 0, "filed": 1} and few <= 8
    assert not queries.filing(steps.county("222401"), Period(2026, 1)).lines
    assert not queries.filing(steps.county(), Period(2026, 1), show="late").lines


