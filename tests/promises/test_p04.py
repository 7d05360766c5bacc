"""P4: a base moved to another county is out of the old county's sight at once, in whatever order bases are moved.

After each move of a random history every local person's whole sight (cases, bases, files, letters, open work) is
compared with what the routes say, and every page that showed the base is asked again.
"""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import select

from incubator.bases.models import Base
from incubator.cases import relocations
from incubator.kernel import access, outbox
from incubator.kernel.database import db
from incubator.kernel.files import StoredFile
from incubator.kernel.workflow import Case
from incubator.messages.models import Letter
from incubator.obligations import counts
from incubator.obligations.models import Obligation
from tests import walk
from tests.visits.pages import Visitor

REGIONS = ("220104", "222401", "220581", "JL-CBS-CB")
UNITS = (walk.Unit("长春星桥创业孵化基地", "220104", 17), walk.Unit("延吉海兰创业孵化基地", "222401", 21))
WHY = "区划调整，依据吉民发〔2026〕12号文件"
HISTORIES, MOVES = 3, 4


def _people() -> dict[str, access.Actor]:
    found = {}
    for region in REGIONS:
        local = walk.staff(region)
        for login, role in (local.county, local.city):
            found[f"{login}:{role}"] = walk.actor(login, role)
    return found


def _sees(who: access.Actor, model, column) -> set:
    return set(db.session.scalars(access.visible(who, model, column)))


def _should_see(who: access.Actor) -> set[int]:
    """The bases whose division's open route names the office, counted by hand from the rows."""
    found = set()
    for base in db.session.scalars(select(Base)):
        route = db.session.scalar(select(access.Route).where(access.Route.region_id == base.region_id, access.Route.to_on.is_(None)))
        if who.office_id in (route.county_office_id, route.city_office_id):
            found.add(base.id)
    return found


def _differences(people) -> list[str]:
    wrong = []
    for name, who in people.items():
        bases = _should_see(who)
        cases = set(db.session.scalars(select(Case.id).where(Case.base_id.in_(bases), Case.submitted_at.is_not(None))))
        files = set(db.session.scalars(select(StoredFile.id).where(StoredFile.case_id.in_(cases))))
        own = {c.id for c in db.session.scalars(select(Case).where(Case.id.in_(cases), Case.office_id == who.office_id))
               if c.station.holder == who.tier}
        told = {
            "bases": _sees(who, Base, Base.id) == bases,
            "cases": _sees(who, Case, Case.id) == cases,
            "files": files <= _sees(who, StoredFile, StoredFile.id)
                     and not {f for f in _sees(who, StoredFile, StoredFile.case_id) if f} - cases,
            "letters": not {c for c in _sees(who, Letter, Letter.case_id) if c} - cases,
            "work": set(db.session.scalars(
                access.visible(who, Obligation, Obligation.case_id).where(Obligation.fulfilled_at.is_(None)))) == own,
        }
        wrong += [f"{name}: {what}" for what, right in told.items() if not right]
    return wrong


@pytest.mark.promise("P4")
def test_p4_random_histories_of_transfers(app, clock, promise):
    tried, wrong = 0, []
    with app.app_context():
        today = clock.today()
        walk.open_round(today.year, today, today.replace(month=12, day=31))
        walk.province()
        people, manager = _people(), walk.actor("shengg")
        cases = [walk.submitted_case(unit) for unit in UNITS]
        outbox.drain()
        ids = {code: db.session.scalar(select(access.Region.id).where(access.Region.code == code)) for code in REGIONS}
        names = [unit.name for unit in UNITS]
        pages = [f"/cases/{c.id}" for c in cases] + [f"/bases/{c.base_id}" for c in cases]
        pages += ["/work", "/bases", "/search?q=创业孵化基地", "/messages"]
    visitors = {name: Visitor(app, name.split(":")[0]) for name in people if name.endswith(("county_clerk", "county_lead"))}
    for seed in range(HISTORIES):
        order = random.Random(seed)
        for _ in range(MOVES):
            with app.app_context():
                base = db.session.get(Base, order.choice(cases).base_id)
                target = order.choice([code for code in REGIONS if ids[code] != base.region_id])
                relocations.order_base(manager, base.id, ids[target], from_on=clock.today(), reason=WHY, seen_version=base.version)
                db.session.expire_all()
                wrong += _differences(people)
                wrong += [f"counts: {key}" for key in counts.differences()]
                hidden = {name: {b.name for b in db.session.scalars(select(Base)) if b.id not in _should_see(people[name])}
                          for name in visitors}
                db.session.remove()
            for name, visitor in visitors.items():
                for page in pages:
                    tried += 1
                    text = visitor.client.get(page).get_data(as_text=True)
                    wrong += [f"{name} {page}: {other}" for other in hidden[name] & set(names) if other in text]
        clock.set(clock.now() + timedelta(days=1))
    print("\n".join(wrong))
    promise("P4", n=tried, failures=len(wrong))
