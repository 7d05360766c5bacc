"""A base with its reports: one with the county, one of a year and one of a quarter being filled in (第十三条)."""

from datetime import date, timedelta

from sqlalchemy import select

from incubator.kernel import clock
from incubator.kernel.database import db
from incubator.obligations.commands import tick
from incubator.offices.models import Person
from incubator.reports import commands
from incubator.simulation import training
from tests import walk
from tests.reports import steps


def furnish() -> dict:
    """Recognised in December: the last quarter, the year and the first quarter are owed."""
    today, unit = clock.today(), steps.unit(171)
    training.at(date(2025, 12, 1))
    base, admin = walk.filed_base(unit)
    walk.fill_rosters(unit, admin, tenants=17, team=6, mentors=3)
    training.at(date(2025, 12, 20))
    steps.decide(base, 171, clock.today())
    training.at(today - timedelta(days=1))
    tick(clock.today())
    case = commands.open_report(admin, "2025Q4")
    steps.fill(admin, case, **steps.QUARTER | {"t_tax": "101", "reasons": [{"figure": "t_tax", "reason": "补缴上年税款，已经核对过完税证明"}]})
    sent = commands.submit_report(admin, case.id, seen_version=case.version)
    return {
        "report": sent.id, "report_year": commands.open_report(admin, "2025").id, "report_quarter": commands.open_report(admin, "2026Q1").id,
        "report_admin": db.session.scalar(select(Person.login).where(Person.id == admin.person_id)),
    }
