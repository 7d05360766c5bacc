"""A18-6: the people of an operator that was replaced take along what stood on the day they left, and nothing later."""

import json
from datetime import date

import pytest

from incubator.changes import deciding
from incubator.kernel import access
from incubator.kernel.database import db
from incubator.rosters import commands, history, queries
from incubator.rosters.models import TeamMember, Tenant
from incubator.rosters.tables import PEOPLE, TENANTS
from tests import walk
from tests.cases.apart import signed_in
from tests.changes import steps
from tests.recognised import NAMES, admin, base
from tests.rosters.steps import person

pytestmark = pytest.mark.usefixtures("recognised")
UNIT = walk.Unit(NAMES[0], steps.REGION, 61)
DAY = date(2025, 3, 5)
NEW_TENANT, NEW_MEMBER = "长春后来科技有限公司", "郑后来"


def tenant(n: int, **changes) -> dict:
    return {**walk.tenant_row(UNIT, n), **changes}


@pytest.fixture
def replaced(clock):
    """(login of the old admin, actor of the new one), on the day of the change, with what the old one had that morning."""
    old = admin()
    first = commands.add(old, TENANTS, tenant(71, name="长春原有科技有限公司")).row.id
    case = steps.approved("operator")
    clock.set("2025-03-10 09:00")
    steps.carried_out(case, "2025-03-10", who=old)
    clock.set("2025-03-10 11:00")
    slip = deciding.dispatch_once(steps.province()["manager"], "one", case.id)
    return base().code, walk.actor(slip.login), first


def add_later(new) -> None:
    """What the new operator enters of its own, the day of entry written far back."""
    commands.add(new, TENANTS, tenant(72, name=NEW_TENANT, in_on="2024-06-01"))
    commands.add(new, PEOPLE, person(name=NEW_MEMBER, in_on="2024-06-01"))


def taken(app, login: str, kind: str) -> str:
    return signed_in(app, login).post(f"/former/{kind}").get_data().decode("utf-8-sig")


@pytest.mark.parametrize("day", ["2025-03-10 14:00", "2025-03-20 09:00"], ids=["on the same day", "later"])
def test_nothing_of_the_new_operator_goes_along(replaced, clock, recognised, day):
    login, new, first = replaced
    clock.set(day)
    add_later(new)
    row = db.session.get(Tenant, first)
    commands.change(new, TENANTS, first, {"jobs": "77", "contact_name": NEW_MEMBER}, seen_version=row.version)
    tenants, team = taken(recognised, login, "tenants"), taken(recognised, login, "team")
    assert "长春原有科技有限公司" in tenants and NEW_TENANT not in tenants and NEW_MEMBER not in tenants and '"77"' not in tenants
    assert len(team.splitlines()) == 10 and NEW_MEMBER not in team, "the team as it stood when the old operator left"
    cases = json.loads(taken(recognised, login, "cases"))
    assert cases["until"] == "2025年3月10日" and cases["submissions"]


def test_a_past_day_shows_no_row_that_was_entered_later(replaced, clock):
    _, new, first = replaced
    clock.set("2025-03-20 09:00")
    add_later(new)
    row = db.session.get(Tenant, first)
    commands.change(new, TENANTS, first, {"jobs": "77"}, seen_version=row.version)
    former = walk.actor(base().code)
    seen = queries.roster_on(base().id, DAY, former)
    names = {line.name for line in [*seen["tenants"], *seen["team"]]}
    assert "长春原有科技有限公司" in names and not names & {NEW_TENANT, NEW_MEMBER}
    assert NEW_TENANT in {line.name for line in queries.roster_on(base().id, DAY)["tenants"]}
    assert not db.session.scalars(access.visible(former, Tenant).where(Tenant.id == first)).all()


def test_later_words_of_reviewers_are_not_for_the_old_operator(replaced, clock):
    login, new, first = replaced
    clock.set("2025-03-20 09:00")
    commands.override_tenant(steps.county(), first, counts=False, reason="现场看过，经营的是线上商城。")
    former = walk.actor(login)
    assert history.words_of_reviewers(former, base().id) == [] and len(history.words_of_reviewers(new, base().id)) == 1
    assert not db.session.scalars(access.visible(former, TeamMember).where(TeamMember.name == NEW_MEMBER)).all()
