"""P7: one running revocation of a base and one conclusion's document, also when two come in the same instant (AMB-15)."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from incubator.bases.models import Base, SanctionSpan
from incubator.kernel.database import db
from incubator.kernel.errors import Conflict, Invalid, Refused
from incubator.kernel.workflow import Case
from incubator.sanctions import revocations
from tests import walk
from tests.inspections import stand as inspecting
from tests.promises.races import lost, race, won
from tests.sanctions import stand


@pytest.fixture
def portal(app, clock):
    with app.app_context():
        clock.set("2025-06-16 09:00")
        base, admin = stand.base()
        yield app, base.id, admin


@pytest.mark.promise("P7")
def test_two_routes_in_the_same_instant(portal, promise):
    """The province twice and the base itself: one case runs, the others are refused in words or by the index.

    A base that is quicker by a moment has only a draft: it gives way to the province's case (AMB-15), so two may have answered."""
    app, base_id, admin = portal
    people = walk.province()
    db.session.remove()
    typed = {"codes": ["16(2)2"], "facts": stand.LONG, "tenants_plan": "迁入相邻基地"}
    answers = race(
        app, *(lambda who=who: revocations.begin_direct(who, base_id, typed).id for who in (people["clerk"], people["lead"])),
        lambda: revocations.open_application(admin).id,
    )
    assert len(won(answers[:2])) <= 1 and won(answers), answers
    assert all(isinstance(error, Refused | Conflict | DatabaseError) for error in lost(answers)), answers
    cases = db.session.query(Case).filter_by(base_id=base_id, kind="revocation").all()
    running = [case for case in cases if case.ended_at is None]
    promise("P7", n=1, failures=len(running) - 1, what="revocation")
    assert len(running) == 1
    assert {case.id for case in cases} == set(won(answers))
    assert all(case.state == "withdrawn" and answers[2] == case.id for case in cases if case not in running), "only the draft gives way"


@pytest.mark.promise("P7")
def test_two_documents_in_the_same_instant(portal, promise):
    """Two leads enter the rectification of one inspection: one sanction runs."""
    app, base_id, _ = portal
    case = stand.concluded(_base(base_id))
    stand.contract(case)
    people = walk.province()
    seen = inspecting.fresh(case)
    db.session.remove()
    answers = race(app, *(lambda who=who: stand.issue("rectification", seen, who=who).id for who in (people["lead"], people["lead2"])))
    running = db.session.query(SanctionSpan).filter_by(base_id=base_id, kind="rectification", to_on=None).count()
    promise("P7", n=1, failures=running - 1, what="rectification")
    assert (len(won(answers)), running) == (1, 1), answers
    assert all(isinstance(error, Invalid | Refused | Conflict | DatabaseError) for error in lost(answers)), answers


def test_a_second_running_case_is_refused_by_the_index(portal):
    """P7 by raw SQL, beside the twin whose case has ended."""
    _, base_id, _ = portal
    case = stand.direct(_base(base_id))
    copy = ("INSERT INTO case_ (kind, number, base_id, region_id, office_id, state, seq, version, subject, opened_at, submitted_at, arrived_at, ended_at)"
            " SELECT kind, number || 'x', base_id, region_id, office_id, state, seq, version, subject, opened_at, submitted_at, arrived_at, {ended}"
            " FROM case_ WHERE id = :id")
    with pytest.raises(DatabaseError):
        db.session.execute(text(copy.format(ended="NULL")), {"id": case.id})
    db.session.rollback()
    db.session.execute(text(copy.format(ended="arrived_at")), {"id": case.id})
    db.session.rollback()


def _base(base_id: int):
    return db.session.get(Base, base_id)
