"""P9 for reports, rosters and renewals, act by act along walks (tests/promises/whole.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from incubator.kernel import clock as portal_clock
from incubator.kernel import files
from incubator.kernel.database import db
from incubator.kernel.workflow import Case, Submission
from incubator.obligations.commands import tick
from incubator.policy.fields.report import REPORTS
from incubator.renewals import commands as renewals
from incubator.reports import commands as reports
from incubator.reports import duties
from incubator.rosters import commands as rosters
from incubator.rosters import importing
from incubator.rosters.models import Tenant
from incubator.rosters.tables import TENANTS
from tests import walk
from tests.promises.whole import Act, on_case, walk_whole
from tests.reports import steps
from tests.rosters import steps as keeping
from tests.rosters.books import filled, upload


def a_report() -> Iterator[Act]:
    """A quarter: opened, submitted, returned, submitted again, passed, archived, its stamped print kept."""
    _, who = steps.recognised()
    steps.at("2026-04-02")
    tick(portal_clock.today())
    yield Act("open a report", lambda: reports.open_report(who, "2026Q1"), who, ("open",))
    case = db.session.scalar(select(Case).where(Case.kind.in_(REPORTS)))
    number = case.id
    steps.fill(who, case, **steps.QUARTER)
    yield on_case(number, "submit a report", lambda v: reports.submit_report(who, number, seen_version=v), who, "submit")
    county, city = steps.county(), steps.city()
    yield on_case(number, "return a report", lambda v: reports.review(
        county, number, "return", steps.BAD, seen_version=v, text=steps.REASON, remarks=[steps.REMARK]), county, "return")
    steps.fill(who, db.session.get(Case, number), t_revenue="120")
    yield on_case(number, "submit a report", lambda v: reports.submit_report(who, number, seen_version=v), who, "submit")
    yield on_case(number, "pass a report", lambda v: reports.review(county, number, "pass", steps.GOOD, seen_version=v), county, "pass")
    yield on_case(number, "archive a report", lambda v: reports.review(city, number, "archive", steps.GOOD, seen_version=v), city, "archive")
    printed = db.session.scalar(select(Submission.hash).where(Submission.case_id == number, Submission.version_no == 2))
    yield Act("keep the stamped print", lambda: reports.keep_scan(who, number, printed[:16], walk.pdf("盖章件.pdf")), who,
              ("scan_matched",), number)
    who = steps.manager()
    from_at, to_at = (portal_clock.now() - timedelta(hours=n) for n in (9, 2))
    yield Act("log an outage", lambda: duties.log_outage(who, from_at, to_at, "登录和填报打不开"), who, ("outage_logged",))
    on = portal_clock.today().replace(day=24)
    yield Act("move a due day", lambda: duties.move_due(who, "2026Q1", on, "全省系统升级两天，打不开系统"), who, ("report_due_moved",))


def a_roster() -> Iterator[Act]:
    number, who = keeping.filed()
    yield Act("add a row", lambda: rosters.add(who, TENANTS, keeping.typed(1)), who, ("roster_added",))
    row = db.session.scalar(select(Tenant.id))
    yield Act("change a row", lambda: rosters.change(who, TENANTS, row, {"jobs": "9"}, seen_version=1), who, ("roster_changed",))
    county = keeping.county()
    yield Act("count a tenant otherwise", lambda: rosters.override_tenant(county, row, counts=False, reason=keeping.REASON), county,
              ("tenant_overridden",))
    gone = {"status": "left", "out_on": portal_clock.today().isoformat(), "out_kind": "迁到别处"}
    yield Act("take a row off", lambda: rosters.leave(who, TENANTS, row, gone, seen_version=2), who, ("roster_left",))
    book = importing.keep_sheet(who, upload(filled(TENANTS, [keeping.typed(n) for n in (2, 3)]))).id
    yield Act("take a sheet in", lambda: importing.import_sheet(who, TENANTS, book), who, ("roster_imported",))
    assert db.session.scalar(select(files.StoredFile.base_id).where(files.StoredFile.id == book)) == number


def a_renewal() -> Iterator[Act]:
    _, who = steps.recognised()
    yield Act("open a renewal", lambda: renewals.open_renewal(who), who, ("open",))


WALKS: dict[Callable[[], Iterator[Act]], set[str]] = {
    a_report: {"open a report", "submit a report", "return a report", "pass a report", "archive a report", "keep the stamped print",
               "log an outage", "move a due day"},
    a_roster: {"add a row", "change a row", "count a tenant otherwise", "take a row off", "take a sheet in"},
    a_renewal: {"open a renewal"},
}

# every writing route of these modules, and the acts that stand for it, or why it leaves no event
ROUTES = {
    "reports.open": ("open a report",), "reports.edit": ("submit a report",),
    "reports.review": ("return a report", "pass a report", "archive a report"), "reports.scan": ("keep the stamped print",),
    "reports.due": ("log an outage", "move a due day"),
    "rosters.page": ("add a row",), "rosters.change": ("change a row",), "rosters.leave": ("take a row off",),
    "rosters.override": ("count a tenant otherwise",), "rosters.take_in": ("take a sheet in",),
    "renewals.open": ("open a renewal",),
}
NO_EVENT = {
    "reports.autosave": "a working copy", "reports.unchanged": "fills the working copy with the last quarter's",
    **dict.fromkeys(("rosters.export", "rosters.base_export"), "access log"),
}


@pytest.mark.promise("P9")
@pytest.mark.parametrize("walked", WALKS, ids=lambda walked: walked.__name__)
def test_p9_no_act_of_the_walk_without_its_record(app, clock, db_digest, promise, walked):
    with app.app_context():
        tried, failures = walk_whole(app, walked, WALKS[walked], db_digest)
    promise("P9", n=tried, failures=failures, walk=walked.__name__)


