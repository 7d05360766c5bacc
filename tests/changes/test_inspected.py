"""What the county verified of a major event goes to an inspection (A13-7, A14-4, AMB-38): shown, taken over, owed."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select

from incubator.bases.models import Base
from incubator.changes import major_events
from incubator.inspections import commands, leads, queries
from incubator.inspections.figures import sheet
from incubator.kernel.database import db
from incubator.kernel.errors import Denied, Refused
from incubator.obligations.models import Obligation
from incubator.policy.inspections import PASSED
from tests import walk
from tests.changes.test_major_events import areas, submitted, verify
from tests.filings.pages import form_of
from tests.inspections import stand as inspecting
from tests.rosters import steps
from tests.sanctions import stand
from tests.stage import reached
from tests.visitor import Visitor

SMALL = "12.50"


@reached
def recognised():
    return inspecting.recognised(stand.UNIT, date(2023, 11, 20), tenants=3, team=6)


@pytest.fixture
def found(app, clock):
    with app.app_context():
        clock.set("2026-06-01 09:00")
        yield recognised()


def shrunk(base, admin, follow_up: str = "next_inspection"):
    """A public area that fell below the standard, as the county saw it."""
    case = submitted(admin, kind="area", **areas(base, area_public=SMALL, area_maker=SMALL))
    walk.visit(case, walk.actor(*walk.staff("220104").county))
    verify(case, follow_up=follow_up, **areas(base, area_public=SMALL, area_maker=SMALL))
    return case


def owed() -> list[Obligation]:
    return list(db.session.scalars(select(Obligation).where(Obligation.kind == "special_inspection", Obligation.fulfilled_at.is_(None))))


def take(case, event, number=0, who=None):
    return commands.take_lead(who or walk.province()["clerk"], case.id, event.id, number, seen_version=inspecting.fresh(case).version)


def test_a_verified_fact_is_shown_and_taken_over_once(found):
    base, admin = found
    event = shrunk(base, admin)
    assert not owed(), "it can wait for the next inspection"
    case = inspecting.adhoc(base)
    (lead,) = leads.of_case(case)
    assert (lead.case_id, lead.found[0][0]) == (event.id, "15(4)") and sheet(case)["events"] == [f"{lead.words}，列入下次年检"]
    row = take(case, event)
    assert row.code == "15(4)" and row.fact.startswith("2026年5月29日发生的面积事项，2026年6月1日核实：公共服务区") and SMALL in row.fact
    for again in (0, 1):
        with pytest.raises(Refused, match=r"已经写入|没有这一项"):
            take(case, event, again)
    with pytest.raises(Denied):
        take(case, event, who=admin)
    commands.withdraw_finding(walk.province()["clerk"], case.id, row.id, seen_version=inspecting.fresh(case).version)
    assert take(case, event).id != row.id, "withdrawn, it may be taken again"
    assert {r.code for r in inspecting.suggestion(case).reasons} >= {"15(4)"}


def test_what_an_inspection_has_seen_is_not_shown_to_the_next(found, clock):
    """By the moment of the verification: an event verified after the conclusion counts, whenever it happened."""
    base, admin = found
    shrunk(base, admin)
    case = inspecting.adhoc(base)
    inspecting.concluded(inspecting.visited(case), PASSED)
    clock.set("2026-06-01 16:00")
    later = submitted(admin, kind="accident")
    verify(later, follow_up="next_inspection")
    clock.set("2026-06-02 09:00")
    ignored = submitted(admin, kind="other")
    verify(ignored)
    following = inspecting.adhoc(base)
    assert [lead.case_id for lead in leads.of_case(following)] == [later.id]
    assert len(leads.of_base(base.id)) == 2 and leads.of_case(following)[0].cause["cause"] == "accident"


def test_a_special_inspection_is_owed_until_it_begins(found):
    base, admin = found
    event = shrunk(base, admin, "special_inspection")
    (row,) = owed()
    assert (row.tier, row.article, row.case_id, row.title) == ("province", "14", event.id, f"{base.name}：开专项检查")
    assert row.due_on > date(2026, 6, 1) and major_events.owed_inspection(major_events.find_event(event))
    case = inspecting.adhoc(base)
    assert not owed() and not major_events.owed_inspection(major_events.find_event(event))
    other = submitted(admin, kind="accident")
    verify(other, follow_up="special_inspection")
    assert not owed(), "one runs already, and shows it"
    assert [lead.case_id for lead in leads.of_case(case)] == [event.id, other.id]


def test_a_base_that_is_only_filed_is_not_inspected(app, clock):
    with app.app_context():
        clock.set("2026-06-01 09:00")
        _, admin = steps.filed()
        verify(submitted(admin), follow_up="special_inspection")
        assert not owed()


def test_a_revocation_ends_what_was_owed(found, clock):
    base, admin = found
    shrunk(base, admin, "special_inspection")
    stand.revoked(base, clock)
    assert not owed()


def test_on_the_pages(sqlite_app, clock):
    with sqlite_app.app_context():
        clock.set("2026-06-01 09:00")
        base, admin = recognised()
        event = shrunk(base, admin, "special_inspection").id
        fire = submitted(admin, kind="accident")
        verify(fire, follow_up="next_inspection")
        base_id, login, fire = base.id, base.code, fire.id
    clerk, operator = Visitor(sqlite_app), Visitor(sqlite_app)
    clerk.sign_in("sheng1")
    operator.sign_in(login)
    way = f"/bases/{base_id}/inspect?event={event}"
    assert way.replace("&", "&amp;") in clerk.get(f"/cases/{event}").text and way not in operator.get(f"/cases/{event}").text
    page = clerk.get(way).text
    assert "公共服务区建筑面积" in page and re.search(r'value="major_event"[^>]*(checked|selected)', page)
    answer = clerk.post(way, {**form_of(page, "idem"), "cause": "major_event", "facts": "公共服务区面积低于标准，县里已核实。"})
    place = answer.location
    page = clerk.get(place).text
    assert "findings/event" in page and "上次检查以后核实的重大事项" in page and f"event={fire}" in page
    assert "findings/event" not in operator.get(place).text
    taken = clerk.post(f"{place}/findings/event/{event}/0", form_of(page, "version"))
    page = clerk.get(taken.location).text
    assert taken.status_code == 302 and "已写入" in page
    assert "短路起火" not in clerk.get(f"{place}/findings").text
    assert "现场量算" in clerk.get(f"{place}/findings?event={fire}").text
    with sqlite_app.app_context():
        case = inspecting.case_of(db.session.get(Base, base_id))
        assert [f.code for f in queries.findings_of(case)] == ["15(4)"]
    assert way not in clerk.get(f"/cases/{event}").text
