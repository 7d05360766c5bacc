"""P9 for the acts of a change: when the record fails nothing has happened; undisturbed it leaves its events."""

import pytest
from sqlalchemy import select

from incubator.changes import deciding, requests
from incubator.kernel.database import db
from incubator.kernel.ledger import Event
from incubator.policy.fields.change import CHANGE
from tests import walk
from tests.changes import steps
from tests.promises.test_p09 import RECORD, Broken, _planned, inserts
from tests.recognised import admin


class Act:
    def __init__(self, run, *events):
        self.run, self.events = run, events


def _open():
    who = admin()
    return Act(lambda: requests.open_change(who), "open")


def _submit():
    who = admin()
    case = requests.open_change(who)
    walk.fill(case, CHANGE, {**steps.typed("investor"), **steps.papers(who, case, "investor")}, who)
    version, number = steps.fresh(case).version, case.id
    return Act(lambda: requests.submit_change(who, number, seen_version=version), "submit")


def _approve():
    case = steps.passed_on(steps.submitted("investor"))
    lead, number, version = steps.province()["lead"], case.id, case.version
    return Act(lambda: deciding.approve(lead, number, steps.notice("2025-03-03"), walk.pdf(), seen_version=version), "approve")


def _implement():
    who, case = admin(), steps.approved("operator", "base_name")
    number, version = case.id, steps.fresh(case).version
    people = ("role_withdrawn", "role_granted")
    return Act(lambda: deciding.implement(who, number, {"implemented_on": "2025-03-03"}, seen_version=version),
               "implement", "base_changed", *["roster_left"] * 9, *people)


def _dispatch():
    number, manager = steps.implemented("operator").id, steps.province()["manager"]
    return Act(lambda: deciding.dispatch_once(manager, "key", number), "person_added", "role_granted", "account_redispatched")


ACTS = (_open, _submit, _approve, _implement, _dispatch)


@pytest.mark.parametrize("make", ACTS)
@pytest.mark.parametrize("both_db", ["sqlite"], indirect=True)
def test_p9_a_change_fails_with_its_record(recognised, db_digest, make):
    act = make()
    last = db.session.scalar(select(Event.id).order_by(Event.id.desc()).limit(1))
    db.session.remove()
    before, planned = db_digest(recognised), _planned(act)
    assert db_digest(recognised) == before and planned["event"] == len(act.events)
    for table in RECORD:
        for number in {1, planned[table]} - {0} if planned[table] else ():
            with inserts(fail_at=(table, number)), pytest.raises(Broken):
                act.run()
            db.session.remove()
            assert db_digest(recognised) == before, (table, number)
    act.run()
    written = db.session.scalars(select(Event).where(Event.id > last).order_by(Event.id)).all()
    assert sorted(e.kind for e in written) == sorted(act.events)
