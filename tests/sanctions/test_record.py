"""P9 for inspections and sanctions: each act leaves its event in its transaction; when the record fails, nothing has happened."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from incubator.bases.models import Base
from incubator.inspections import commands, plans
from incubator.kernel import clock as portal_clock
from incubator.kernel.database import db
from incubator.kernel.ledger import Event, verify
from incubator.sanctions import following, funds, queries, revocations
from tests import walk
from tests.inspections import stand as inspecting
from tests.promises.test_p09 import Broken, inserts
from tests.sanctions import stand


def _plan(base, admin, clock):
    clerk = walk.province()["clerk"]
    return lambda: plans.make_plan(clerk, inspecting.plan_raw(2026, decided_on="2025-06-16")), {"inspection_plan_made"}


def _conclude(base, admin, clock):
    case = inspecting.adhoc(base)
    inspecting.finding(case)
    case = inspecting.visited(case)
    seen, clerk = inspecting.fresh(case).version, walk.province()["clerk"]
    return lambda: commands.conclude(clerk, case.id, {"conclusion": "rectify"}, seen_version=seen), {"conclude", "base_inspected"}


def _rectify(base, admin, clock):
    case = stand.concluded(base)
    stand.contract(case)
    lead = walk.province()["lead"]
    return lambda: stand.issue("rectification", case, who=lead), {"order", "sanction_issued", "base_sanctioned", "decision_entered"}


def _report(base, admin, clock):
    case = stand.rectifying(base)
    return lambda: stand.report(case, admin), {"report"}


def _direct(base, admin, clock):
    walk.province()
    base_id = base.id
    return lambda: stand.direct(db.session.get(Base, base_id)), {"direct"}


def _tell(base, admin, clock):
    case = stand.direct(base)
    return lambda: stand.told(case), {"prior_notice_given"}


def _defend(base, admin, clock):
    case = stand.direct(base)
    stand.told(case)
    seen = inspecting.fresh(case).version
    return lambda: revocations.defend(admin, case.id, {"words": "场地已经恢复。"}, seen_version=seen), {"defence_received"}


def _revoke(base, admin, clock):
    case = stand.direct(base)
    clock.set(f"{stand.told(case).defence_until + timedelta(days=1)} 09:00")
    lead = walk.province()["lead"]
    return lambda: stand.issue("revocation", case, who=lead), {
        "revoke", "base_sanctioned", "base_people_read_only", "role_withdrawn", "role_granted", "decision_entered"}


def _follow(base, admin, clock):
    case = stand.revoked(base, clock)
    county = stand.people()["county"]
    return lambda: following.follow_up(county, case.id, "plaque_recovery", {"unable_reason": "基地搬离，负责人称随装修清走"}), {"plaque_recovered"}


def _serve(base, admin, clock):
    case = stand.rectifying(base)
    item, clerk = queries.decided(queries.rectification_of(case.id).inspection_id)[0].id, walk.province()["clerk"]
    typed = {"served_on": portal_clock.today().isoformat(), "method": "direct", "served_by": "王某", "receiver": "刘某"}
    return lambda: following.serve(clerk, item, typed, upload=walk.pdf("回证.pdf")), {"paper_served"}


def _list(base, admin, clock):
    clerk = walk.province()["clerk"]
    return lambda: funds.issue_list(clerk, portal_clock.today()), {"fund_list_issued"}


ACTS = {"plan": _plan, "conclude": _conclude, "rectify": _rectify, "report": _report, "direct": _direct, "tell": _tell, "defend": _defend,
        "revoke": _revoke, "follow": _follow, "serve": _serve, "list": _list}


@pytest.mark.promise("P9")
@pytest.mark.parametrize("name", ACTS)
def test_the_act_fails_with_its_record(app, clock, db_digest, promise, name):
    with app.app_context():
        clock.set("2025-06-16 09:00")
        base, admin = stand.base()
        act, events = ACTS[name](base, admin, clock)
        db.session.remove()
        last = db.session.scalar(select(Event.id).order_by(Event.id.desc()).limit(1))
        db.session.remove()
        before = db_digest(app)
        with inserts(fail_at=("event", 1)), pytest.raises(Broken):
            act()
        db.session.remove()
        failures = int(db_digest(app) != before)
        act()
        found = set(db.session.scalars(select(Event.kind).where(Event.id > last)))
        assert verify().faults == []  # and what its event vouches for is found again
        db.session.remove()
    promise("P9", n=1, failures=failures, act=f"sanctions:{name}")
    assert failures == 0 and events <= found, found
