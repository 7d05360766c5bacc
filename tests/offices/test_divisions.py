"""The divisions of the province as they were loaded (R-2.11, AMB-01), and the standards through real regions (§7.2)."""

import pytest
from sqlalchemy import func, select

from incubator.kernel import clock as portal_clock
from incubator.kernel.access import Office, Region, Route
from incubator.kernel.database import db
from incubator.policy.criteria import FAIL, PASS, RELAXABLE
from incubator.visits.queries import findings_of
from tests import walk

DISTRICTS = {"220102", "220103", "220104", "220105", "220106", "220112", "220113"}  # 双阳 and 九台 among them
ZONES = {"220171", "220172", "220173", "220174"}  # 经开 净月 高新 汽开
NOT_CHOSEN = {
    "220000", "220100", "220200", "220300", "220400", "220500", "220600", "220700", "220800", "222400", "JL-CBS",
}


@pytest.fixture
def inside(app, clock):
    with app.app_context():
        yield app


def test_as_many_as_the_domain_counts(inside):
    assert db.session.scalar(select(func.count()).select_from(Region)) == 83
    assert db.session.scalar(select(func.count()).select_from(Region).where(Region.selectable)) == 72
    assert set(db.session.scalars(select(Region.code).where(Region.selectable.is_(False)))) == NOT_CHOSEN
    local = set(db.session.scalars(select(Office.code).where(Office.is_province.is_(False))))
    assert len(local) == 70 and local <= set(db.session.scalars(select(Region.code)))


def test_each_division_has_one_open_route_and_no_other(inside):
    routes = db.session.execute(
        select(Region.code, Route.from_on, Office.code).join(Route, Route.region_id == Region.id)
        .join(Office, Office.id == Route.city_office_id).where(Route.to_on.is_(None))
    ).all()
    assert len(routes) == len({code for code, _, _ in routes}) == 72
    assert {day.isoformat() for _, day, _ in routes} == {"2023-04-21"}
    over = {code: office for code, _, office in routes}
    assert over["220581"] == "220581" and over["JL-CBS-CB"] == over["JL-CBS-CX"] == over["JL-CBS-CN"] == "JL-CBS"
    assert over["220184"] == "220100", "公主岭 lost its own channel in 2020"


def test_urban_changchun(inside):
    """AMB-01: the seven districts and the zones inside them; never 公主岭, 农安, 榆树, 德惠, nor what lies elsewhere."""
    assert set(db.session.scalars(select(Region.code).where(Region.urban))) == DISTRICTS | ZONES


def submitted(name: str, region: str, number: int, *, tenants: int = 15, team: int = 5, **areas: str):
    """An application with these areas and rosters, and what is found of it."""
    unit, today = walk.Unit(name, region, number), portal_clock.today()
    walk.open_round(today.year, today, today.replace(month=12, day=31))
    _, admin = walk.filed_base(unit)
    walk.fill_rosters(unit, admin, tenants=tenants, team=team, mentors=3)
    sizes = {"area_total": "3500", "area_incub": "3000", "area_public": "500", **areas}
    return {f.key: f.conclusion for f in findings_of(walk.submit_application(unit, admin, **sizes))}


SHORT = {"area_total": "3499.99", "area_incub": "2999.99"}


@pytest.mark.parametrize(("place", "given", "expected"), [
    pytest.param(("长春星桥创业孵化基地", "220104", 17), {}, {
        "area_total": PASS, "area_incub": PASS, "area_public": PASS, "service_team": PASS, "mentors": PASS,
        "tenants_countable": PASS, "jobs": PASS}, id="T17"),
    pytest.param(("长春星桥创业孵化基地", "220104", 17), SHORT, {"area_total": FAIL, "area_incub": FAIL}, id="T18"),
    pytest.param(("长春双阳创业孵化基地", "220112", 22), SHORT, {"area_total": FAIL}, id="T18 in 双阳"),
    pytest.param(("延吉海兰创业孵化基地", "222401", 21), SHORT, {"area_total": RELAXABLE, "area_incub": RELAXABLE}, id="T19"),
    pytest.param(("延吉海兰创业孵化基地", "222401", 21), {"team": 4}, {"service_team": FAIL}, id="T21"),
    pytest.param(("公主岭响铃创业孵化基地", "220184", 23), {"tenants": 14}, {"tenants_countable": RELAXABLE}, id="T23"),
])
def test_standards_where_the_base_lies(sqlite_app, clock, place, given, expected):
    with sqlite_app.app_context():
        found = submitted(*place, **given)
    assert {key: found[key] for key in expected} == expected
