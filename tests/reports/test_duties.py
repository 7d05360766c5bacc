"""§7.4 by command: what is owed, when it opens, when it is late, what the province moves, who is silent for a year."""

from datetime import date, datetime

import pytest
from sqlalchemy import select

from incubator.bases.models import Base
from incubator.kernel import clock as kernel_clock
from incubator.kernel import ledger
from incubator.kernel.database import db
from incubator.kernel.errors import Denied, Refused
from incubator.obligations import counted, counts, urgings
from incubator.obligations.commands import tick
from incubator.obligations.models import Obligation
from incubator.reports import commands, duties, queries
from incubator.sanctions import revocations
from tests import walk
from tests.reports import steps
from tests.sanctions import stand as sanctioning


def owed(base_id: int) -> dict[str, date]:
    rows = db.session.scalars(select(Obligation).where(Obligation.kind == "report", Obligation.base_id == base_id).order_by(Obligation.id))
    return {row.key.rpartition(":")[2]: row.due_on for row in rows}


def d(text: str) -> date:
    return date.fromisoformat(text)


def test_t65_t70_the_tick_opens_what_is_owed_once_and_catches_up(app, clock):
    """A13-2, AMB-23."""
    with app.app_context():
        base_id, _ = steps.recognised(document="2026-02-10")
        tick(d("2026-03-31"))
        assert owed(base_id) == {}
        tick(d("2026-04-01"))
        assert owed(base_id) == {"2026Q1": d("2026-04-20")}
        clock.set("2027-01-08 09:00")  # nothing ran for nine months
        for _ in range(2):
            tick(kernel_clock.today())
        assert owed(base_id) == {
            "2026Q1": d("2026-04-20"), "2026Q2": d("2026-07-20"), "2026Q3": d("2026-10-20"), "2026Q4": d("2027-01-20"), "2026": d("2027-01-20"),
        }
        assert not counts.differences()
        row = db.session.scalar(select(Obligation).where(Obligation.key.endswith(":2026Q4")))
        assert (row.title, row.article, row.case_kind) == ("2026年第四季度季报", "13", "quarterly_report")


@pytest.mark.parametrize(("document", "first"), [("2024-11-15", {"2024Q4", "2024"}), ("2024-12-31", {"2024Q4", "2024"})])
def test_t70_t72_a_document_of_the_last_quarter_owes_it_and_the_year(app, clock, document, first):
    """AMB-23: dated amid the quarter, or on its last day."""
    with app.app_context():
        base_id, _ = steps.recognised(document=document, filed="2024-11-04")
        tick(d("2025-01-01"))
        assert owed(base_id) == dict.fromkeys(first, d("2025-01-20"))


def test_r2_13_of_a_document_entered_late_no_report_is_born_overdue(app, clock):
    """What was due before the entry is due five working days after it; what was not keeps its day."""
    with app.app_context():
        base_id, admin = steps.recognised(document="2026-02-10", entered="2026-07-02 09:00")
        tick(d("2026-07-02"))
        assert owed(base_id) == {"2026Q1": d("2026-07-09"), "2026Q2": d("2026-07-20")}
        row = db.session.scalar(select(Obligation).where(Obligation.key.endswith(":2026Q1")))
        words = dict(counted.said(row, admin).lines)
        assert "7月2日" in words["起算"] and "认定文件登记" in words["起算"] and words["规则"].startswith("5 个工作日")
        duties.move_due(steps.manager(), "2026Q1", d("2026-04-22"), "全省系统升级两天，打不开系统")
        assert owed(base_id)["2026Q1"] == d("2026-07-09")
        clock.set("2026-07-09 23:00")
        steps.submitted(admin, "2026Q1")
        assert [row.late for row in queries.punctuality(base_id, 2026)] == [False, False] and not counts.differences()


def test_t68_a_report_opens_on_the_day_after_its_period(app, clock):
    """A13-3."""
    with app.app_context():
        _, admin = steps.recognised()
        clock.set("2026-03-31 23:59")
        with pytest.raises(Refused) as refused:
            steps.opened(admin)
        assert refused.value.article == "13" and "2026年4月1日" in refused.value.reason
        clock.set("2026-04-01 00:00")
        assert steps.opened(admin).state == "draft"


def test_a_report_that_is_not_owed_is_not_opened(app, clock):
    with app.app_context():
        _, admin = steps.recognised()
        clock.set("2026-04-01 09:00")
        with pytest.raises(Refused, match="不用报"):
            steps.opened(admin, "2025Q4")


@pytest.mark.parametrize(("moment", "late"), [("2026-04-20 23:59:59", 0), ("2026-04-21 00:00:00", 1)])
def test_t66_t67_until_24_of_the_20th_and_accepted_afterwards(app, clock, moment, late):
    """A13-2, A13-4, AMB-22."""
    with app.app_context():
        base_id, admin = steps.recognised()
        clock.set("2026-04-18 09:00")
        case = steps.opened(admin)
        steps.fill(admin, case, **steps.QUARTER)
        clock.set(moment)
        commands.submit_report(admin, case.id, seen_version=case.version)
        [row] = queries.punctuality(base_id, 2026)
        assert (row.late_days, row.late, row.missing, row.state) == (late, bool(late), False, "county_review")
        assert row.first_submitted_on == d(moment[:10]) and row.due_on == d("2026-04-20")
        assert not counts.differences()


def test_what_never_came_is_missing_from_the_21st(app, clock):
    with app.app_context():
        base_id, _ = steps.recognised()
        clock.set("2026-04-20 12:00")
        tick(kernel_clock.today())
        assert not queries.punctuality(base_id, 2026)[0].missing
        clock.set("2026-04-21 00:00")
        [row] = queries.punctuality(base_id, 2026)
        assert row.missing and row.late_days == 1 and row.case_id is None


def test_t69_the_province_moves_a_due_day_and_lateness_follows(app, clock):
    """AMB-22, AMB-42."""
    with app.app_context():
        base_id, admin = steps.recognised()
        clock.set("2026-04-21 10:00")
        steps.submitted(admin)
        assert queries.punctuality(base_id, 2026)[0].late_days == 1
        outage = duties.log_outage(steps.manager(), _at("2026-04-20 16:00"), _at("2026-04-20 23:00"), "登录和填报打不开")
        duties.move_due(steps.manager(), "2026Q1", d("2026-04-21"), "四月二十日晚系统故障", outage_id=outage.id)
        assert queries.punctuality(base_id, 2026)[0].late_days == 0 and not counts.differences()
        with pytest.raises(Denied):
            duties.move_due(steps.lead(), "2026Q1", d("2026-04-22"), "四月二十日晚系统故障")


def _at(text):
    return datetime.fromisoformat(text).replace(tzinfo=kernel_clock.SHANGHAI)


def test_a_region_alone_and_what_is_opened_afterwards(app, clock):
    with app.app_context():
        base_id, _ = steps.recognised()
        region = db.session.get(Base, base_id).region_id
        clock.set("2026-03-20 09:00")
        duties.move_due(steps.manager(), "2026Q1", d("2026-04-24"), "当地停电检修两天，打不开系统", region_id=region)
        duties.move_due(steps.manager(), "2026Q1", d("2026-04-22"), "全省系统升级两天，打不开系统")
        tick(d("2026-04-01"))
        assert owed(base_id) == {"2026Q1": d("2026-04-24")}


def test_an_outage_is_over_and_in_order_before_it_is_logged(app, clock):
    """A13-9."""
    with app.app_context():
        clock.set("2026-04-21 10:00")
        for start, end in (("2026-04-20 23:00", "2026-04-20 16:00"), ("2026-04-21 09:00", "2026-04-21 11:00")):
            with pytest.raises(Refused, match="恢复"):
                duties.log_outage(steps.manager(), _at(start), _at(end), "打不开")


@pytest.mark.parametrize(("revoked_on", "owes"), [("2026-04-20", False), ("2026-04-21", True)])
def test_amb37_what_a_revocation_takes_away(app, clock, revoked_on, owes):
    """Revoked on the due day or before, the report is owed no more, by the event of the revocation; a day later it stays missing."""
    with app.app_context():
        base_id, admin = steps.recognised()
        clock.set("2026-04-10 09:00")
        steps.opened(admin)
        clock.set(f"{revoked_on} 09:00")
        case = sanctioning.direct(db.session.get(Base, base_id))
        revocations.waive_notice(walk.province()["lead"], case.id, {"waived_reason": "运营机构注销，负责人失联，已公告送达"},
                                 seen_version=steps.fresh(case).version)
        sanctioning.issue("revocation", case)
        clock.set("2026-04-22 09:00")
        tick(kernel_clock.today())
        assert [row.missing for row in queries.punctuality(base_id, 2026)] == ([True] if owes else []) and not counts.differences()
        row = db.session.scalar(select(Obligation).where(Obligation.key == f"{base_id}:quarterly_report:2026Q1"))
        event = row.fulfilled_by_event and db.session.get(ledger.Event, row.fulfilled_by_event)
        assert (row.fulfilled_at is None) is owes and (owes or (event.case_id, event.to_state) == (case.id, "revoked"))
        clock.set("2026-07-02 09:00")
        tick(kernel_clock.today())
        assert list(owed(base_id)) == ["2026Q1"]


def test_t75_returns_do_not_make_it_late_and_an_overdue_correction_is_a_finding_of_its_own(app, clock):
    """A13-4."""
    with app.app_context():
        base_id, admin = steps.recognised()
        clock.set("2026-04-17 09:00")
        case = steps.submitted(admin)
        clock.set("2026-04-22 09:00")
        case = steps.returned(case)
        clock.set("2026-04-24 09:00")
        steps.fill(admin, case, t_revenue="101")
        case = commands.submit_report(admin, case.id, seen_version=steps.fresh(case).version)
        [row] = queries.punctuality(base_id, 2026)
        assert (row.late_days, row.returns, row.corrections_late) == (0, 1, 0)
        clock.set("2026-04-27 09:00")
        case = steps.returned(case)
        clock.set("2026-05-20 09:00")
        [row] = queries.punctuality(base_id, 2026)
        assert (row.late_days, row.returns, row.corrections_late) == (0, 2, 1)


def test_t81_a_year_of_silence_after_an_urging(app, clock):
    with app.app_context():
        base_id, _ = steps.recognised()
        clock.set("2026-05-20 09:00")
        tick(kernel_clock.today())
        [missed] = queries.punctuality(base_id, 2026)
        assert queries.refusal_flag(base_id, d("2027-04-21")) is None
        urgings.urge(steps.county(), [missed.obligation_id], means="phone", text="电话催报第一季度季报，答应本周报")
        assert queries.refusal_flag(base_id, d("2027-04-20")) is None
        assert queries.refusal_flag(base_id, d("2027-04-21")) == d("2026-04-20")
