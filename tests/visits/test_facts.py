"""What the team verified holds everywhere that decides, with its source (A5-9, design §4)."""

from decimal import Decimal

import pytest

from incubator.cases.commands import act
from incubator.kernel import clock as portal_clock
from incubator.kernel import registry
from incubator.kernel.errors import Refused
from incubator.meetings import commands as meetings
from incubator.meetings import queries as meeting_queries
from incubator.relaxations import queries as relaxations
from incubator.simulation import applications
from incubator.visits import queries
from tests import walk
from tests.assessments import steps
from tests.meetings.test_commands import named, settle
from tests.visits.pages import Visitor

SOURCE = "踏查记录 6月1日 省工信厅"


@pytest.fixture
def case(app, clock):
    with app.app_context():
        case = steps.reviewed(steps.accepted())
        yield applications.visit(case, steps.desk(), tenants_countable=14, area_total="3600.5")


def test_pages_show_the_verified_value_with_its_source(app, clock):
    """The checklist of the case page for everybody, the form of the next visit, the sheet to take along."""
    with app.app_context():
        case = applications.visit(steps.accepted(), steps.desk(), tenants_countable=14)
    for login in ("sheng1", "x220104", "s220100", "jd220104001"):
        page = Visitor(app, login).get(f"/cases/{case.id}")
        assert "14 户" in page.replace("\u2009", " ") and SOURCE in page, login
    desk = Visitor(app, "sheng1")
    assert "上次核实 14" in desk.get(f"/cases/{case.id}/visit") and "上次核实 14" in desk.get(f"/cases/{case.id}/visit/sheet")


def test_every_rule_takes_the_verified_value(case):
    facts = queries.facts_of(case)
    assert (facts["tenants_countable"].declared, facts["tenants_countable"].actual) == (16, 14)
    assert facts["area_total"].actual == Decimal("3600.5") and facts["area_total"].source == SOURCE
    found = next(f for f in queries.findings_of(case) if f.key == "tenants_countable")
    assert not found.passed and found.source == SOURCE
    assert [(d.label, d.declared, d.verified) for d in queries.differences_of(case)] == [
        ("总建筑面积", facts["area_total"].declared, Decimal("3600.5")), ("可计入的在孵企业", 16, 14)]
    [lack] = registry.lacks(("standards_to_pass",), case)
    assert "核实 14 户" in lack.text

    case = act(steps.desk(), case.id, "conclude", seen_version=case.version)
    meeting = meetings.open_meeting(steps.desk(), named())
    [line] = meeting_queries.lines(meeting)
    assert [f.label for f in line.failing] and [d.verified for d in line.differences] == [Decimal("3600.5"), 14]
    with pytest.raises(Refused) as refused:
        settle(meeting, case, "pass")
    assert refused.value.article == "5(4)" and "14 户" in refused.value.reason


def test_a_relaxation_starts_from_the_verified_value(app, clock):
    """延吉市: 16 declared, the county verifies 13: what may be relaxed is judged by 13."""
    with app.app_context():
        today = portal_clock.today()
        applications.open_round(today.year, today, today.replace(month=12))
        unit = walk.Unit("延吉青禾创业孵化基地", steps.YANJI, 103)
        county = walk.actor(*walk.staff(steps.YANJI).county)
        case = applications.visit(applications.submitted_case(unit), county, tenants_countable=13)
        [item] = [i for i in relaxations.items_of(county, case) if i.standard.key == "tenants_countable"]
        assert item.short and item.finding.actual.startswith("13") and item.finding.source.startswith("踏查记录")
