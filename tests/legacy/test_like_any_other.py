"""第二十条, A20-2: an imported base keeps its information, reports and stands on the lists like any other."""

from datetime import date

import pytest
from sqlalchemy import select

from incubator.bases import profile as register
from incubator.bases.models import Base
from incubator.bases.queries import marks
from incubator.changes import major_events, profiles
from incubator.kernel.database import db
from incubator.kernel.errors import Refused
from incubator.legacy import commands
from incubator.obligations.models import Obligation
from incubator.offices.models import Person
from incubator.policy.fields.major_event import MAJOR_EVENT
from incubator.sanctions import queries as sanctions
from tests import walk
from tests.cases.apart import signed_in
from tests.legacy.steps import row

ALL = dict.fromkeys(("profile", "contact", "premises", "team"), "same")


@pytest.fixture
def older(app, clock):
    """An imported base and its people, on 2026-06-01."""
    with app.app_context():
        clock.set("2026-06-01 09:00")
        manager = walk.province() and walk.actor("shengg")
        commands.import_rows(manager, [row(1)], walk.pdf("2019年名单.pdf"))
        found = db.session.scalar(select(Base))
        [slip], _ = commands.dispatch_all(manager, "key", [found.id])
        walk.take_up(db.session.scalar(select(Person).where(Person.login == slip.login)))
        yield found, walk.actor(slip.login)


def fresh(found) -> Base:
    return db.session.get(Base, found.id, populate_existing=True)


def test_it_stands_on_the_list_of_who_may_ask_for_funds(older):
    """A15-3: on every day from its old document on, and on none before."""
    found, _ = older
    clerk = walk.province()["clerk"]
    assert [(line.base.id, line.may) for line in sanctions.funds_on(clerk, date(2026, 6, 1))] == [(found.id, True)]
    assert sanctions.funds_on(clerk, date(2019, 6, 9)) == []
    assert [line.may for line in sanctions.funds_on(clerk, date(2029, 1, 1))] == [False]
    _, admin = walk.open_account(walk.Unit("长春青柚创业孵化基地", "220104", 501))
    assert admin.base_id not in {line.base.id for line in sanctions.funds_on(clerk, date(2026, 6, 1))}, "an account is no recognition"


def test_its_areas_and_contacts_are_entered_in_the_base_information(older):
    found, admin = older
    told = {"area_total": "5600", "area_incub": "4100", "area_public": "800", "area_maker": "200", "property_kind": "owned", "property_no": "长房权证 17 号",
            "base_type": "comprehensive", "main_industry": "65", "operation_start": "2016-03-01", "invest_total": "1200",
            "invest_source": ["enterprise"], "legal_rep": "吴旧基", "contact_email": "lianxi@example.cn"}
    changed = profiles.edit_profile(admin, told, seen_version=found.version)
    assert {"area_total", "area_incub", "area_public"} <= set(changed) and fresh(found).area_incub == 4100
    assert [(kept.kind, kept.by_name) for kept, _ in register.versions(found.id)][-1] == ("filed", "按原办法导入")
    _, unfiled = walk.open_account(walk.Unit("长春青柚创业孵化基地", "220104", 501))
    with pytest.raises(Refused, match="备案通过以后"):
        profiles.edit_profile(unfiled, {"contact_name": "刘新"}, seen_version=1)


def test_it_reports_a_major_event(older):
    _, admin = older
    case = major_events.open_event(admin)
    walk.fill(case, MAJOR_EVENT, {"kind": "accident", "happened_on": "2026-05-29", "facts": "二层配电间短路起火，已扑灭，没有伤亡。",
                                  "effect": "三户停产一天"}, admin)
    case = db.session.get(type(case), case.id, populate_existing=True)
    assert major_events.submit_event(admin, case.id, seen_version=case.version).state == "county_check"
    _, unfiled = walk.open_account(walk.Unit("长春青柚创业孵化基地", "220104", 501))
    with pytest.raises(Refused, match="备案有效"):
        major_events.open_event(unfiled)


def test_it_owes_the_yearly_check_from_the_year_after_its_import(older, clock):
    """A13-8: counted from the import, not from the document of years ago."""
    found, admin = older
    assert marks(found) == [] and profiles.open_checks(date(2026, 3, 1)) == 0
    clock.set("2027-01-01 09:00")
    assert profiles.open_checks(date(2027, 1, 1)) == 1
    owed = db.session.scalar(select(Obligation).where(Obligation.kind == "profile_check"))
    assert (owed.base_id, owed.due_on) == (found.id, date(2027, 3, 31))
    assert profiles.confirm(admin, 2027, ALL)
    db.session.refresh(owed)
    assert owed.fulfilled_at is not None
    clock.set("2028-06-01 09:00")
    assert marks(fresh(found))[0].startswith("待核对：基本情况")


def test_its_home_leads_to_all_of_this(older, clock, app):
    found, _ = older
    clock.set("2027-02-01 09:00")
    who = signed_in(app, found.code)
    home = who.get("/desk")
    assert "/profile" in home.text and "核对2027年基本信息" in home.text and "填备案表" not in home.text
    assert who.get("/profile").status_code == 200
