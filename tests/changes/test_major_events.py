"""第十三条: a major event is reported, verified on site, and the register changes from the day verified (A13-7, AMB-38)."""

import json
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from incubator.bases import profile as register
from incubator.bases.models import Base, BaseChange
from incubator.changes import major_events
from incubator.changes.major_models import MajorEvent
from incubator.kernel import workflow
from incubator.kernel.database import db
from incubator.kernel.errors import Invalid, NotVisible, Refused
from incubator.obligations.models import Obligation
from incubator.policy.fields.major_event import MAJOR_EVENT
from tests import walk
from tests.rosters import steps

OPINION = "现场量算，和报告的一致，同意按核实的登记。"


@pytest.fixture(autouse=True)
def _inside(app, clock):
    with app.app_context():
        yield


@pytest.fixture
def base():
    base_id, admin = steps.filed()
    return db.session.get(Base, base_id), admin


def county():
    return walk.actor(*walk.staff("220104").county)


def submitted(admin, **typed):
    case = major_events.open_event(admin)
    values = {"kind": "accident", "happened_on": "2026-05-29", "facts": "二层配电间短路起火，已扑灭，没有伤亡。", "effect": "三户停产一天",
              **typed}
    walk.fill(case, MAJOR_EVENT, values, admin)
    return major_events.submit_event(admin, case.id, seen_version=fresh(case).version)


def areas(base, **changed) -> dict:
    now = {name: str(getattr(base, name) or 0) for name in ("area_total", "area_incub", "area_public", "area_maker")}
    return now | {name: str(value) for name, value in changed.items()}


def verify(case, who=None, **typed):
    raw = {"valid_from": "2026-06-01", "opinion": OPINION, "follow_up": "none", **typed}
    return major_events.verify_event(who or county(), case.id, raw, seen_version=fresh(case).version)


def fresh(case):
    return db.session.get(workflow.Case, case.id, populate_existing=True)


def test_an_accident_is_reported_in_time_and_checked_without_a_visit(base):
    row, admin = base
    case = submitted(admin)
    event = major_events.find_event(case)
    assert (case.state, event.due_on, event.late) == ("county_check", date(2026, 6, 12), False)
    done = verify(case, follow_up="special_inspection")
    assert done.state == "checked" and done.ended_at is not None
    assert [e.case_id for e in major_events.events_to_inspect(row.id)] == [case.id]
    assert db.session.scalar(select(BaseChange.id)) is None
    assert db.session.scalar(select(Obligation.id).where(Obligation.case_id == case.id, Obligation.fulfilled_at.is_(None))) is None


def test_a_report_after_ten_working_days_is_late_and_taken_all_the_same(base):
    case = submitted(base[1], happened_on="2026-05-11")
    assert major_events.find_event(case).late


def test_areas_wait_for_the_visit_and_change_the_register_from_the_day_verified(base, clock):
    row, admin = base
    smaller = (row.area_public * Decimal("0.5")).quantize(Decimal("0.01"))
    case = submitted(admin, kind="area", **areas(row, area_public=smaller))
    with pytest.raises(Refused, match="还差实地踏查记录"):
        verify(case, follow_up="next_inspection", **areas(row, area_public=smaller))
    clock.set("2026-06-03 10:00")
    walk.visit(case, county(), area_public=smaller)
    assert major_events.proposed(fresh(case), major_events.find_event(case))["area_public"] == str(smaller)
    least = register.area_minimums(row)["area_public"]
    assert smaller < least
    with pytest.raises(Refused) as refused:
        verify(case, valid_from="2026-06-03", **areas(row, area_public=smaller))
    assert refused.value.field == "follow_up" and "低于标准" in refused.value.reason
    with pytest.raises(Refused) as refused:
        verify(case, valid_from="2026-05-20", follow_up="next_inspection", **areas(row, area_public=smaller))
    assert refused.value.field == "valid_from"
    verify(case, valid_from="2026-06-03", follow_up="next_inspection", **areas(row, area_public=smaller))
    row = db.session.get(Base, row.id, populate_existing=True)
    event = db.session.get(MajorEvent, case.id, populate_existing=True)
    assert row.area_public == smaller and event.found[0]["code"] == "15(4)" and event.visit_id is not None
    kept = db.session.scalars(select(BaseChange).order_by(BaseChange.id)).all()
    assert [(k.kind, k.case_id) for k in kept] == [("filed", None), ("verified", case.id)]
    assert kept[1].valid_from == date(2026, 6, 3) and register.reviewed_areas(row)["area_public"] == smaller


def test_an_address_is_seen_and_then_registered(base):
    row, admin = base
    with pytest.raises(Invalid) as wrong:
        submitted(admin, kind="address", address=row.address)
    assert wrong.value.problems[0].field == "address"
    case = submitted(admin, kind="address", address="修正路 9 号")
    walk.visit(case, county())
    verify(case, address="修正路 9 号")
    row = db.session.get(Base, row.id, populate_existing=True)
    assert row.address == "修正路 9 号" and "修正路9号" in row.site_key
    assert json.loads(db.session.get(MajorEvent, case.id).before)["address"] != row.address


def test_a_changed_use_goes_on_to_article_16(base):
    case = submitted(base[1], kind="use", new_use="一层改作超市")
    walk.visit(case, county())
    with pytest.raises(Refused, match="不能选不需要后续处理"):
        verify(case, use_changed="yes")
    verify(case, use_changed="yes", follow_up="revocation")
    assert major_events.events_to_inspect(base[0].id)[0].found[0]["code"] == "16(2)2"


def test_it_may_be_returned_and_comes_again(base):
    _, admin = base
    case = submitted(admin)
    walk.act(case, "return", county(), text="请补充消防部门的认定和停产企业名单。", remarks=[{"field": "facts", "label": "事项经过", "text": "写明起火原因"}])
    case = fresh(case)
    assert case.state == "correction"
    walk.fill(case, MAJOR_EVENT, {"facts": "二层配电间插座老化短路起火，已扑灭，没有伤亡。"}, admin)
    again = major_events.submit_event(admin, case.id, seen_version=fresh(case).version)
    assert again.state == "county_check" and db.session.get(MajorEvent, case.id).reported_on == date(2026, 6, 1)


def test_a_bare_act_cannot_skip_the_facts(base):
    case = submitted(base[1])
    with pytest.raises(Refused, match="还没有填核实的情况"):
        walk.act(fresh(case), "check", county(), text=OPINION)


def test_another_county_and_another_base_see_nothing(base):
    case = submitted(base[1])
    _, other = steps.filed(62, "222401")
    with pytest.raises(NotVisible):
        verify(case, who=walk.actor(*walk.staff("222401").county))
    with pytest.raises(NotVisible):
        major_events.submit_event(other, case.id, seen_version=case.version)
