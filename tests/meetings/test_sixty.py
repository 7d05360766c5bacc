"""Sixty dossiers in one meeting: the page costs no more queries than with one, and a late one holds nobody."""

import json

import pytest
from sqlalchemy import insert, select, text

from incubator.assessments.models import ExpertReview, ScoreSheet
from incubator.kernel.access import Assignment
from incubator.kernel.database import db
from incubator.kernel.ledger import ChainHead, Event
from incubator.kernel.workflow import Case, Submission
from incubator.meetings import commands, queries
from incubator.meetings.models import MeetingItem
from incubator.visits.models import SiteVisit
from tests.assessments import steps
from tests.visits.pages import Visitor

from .test_commands import REASON, named, settle

DOSSIERS = 60


def copy(case: Case, number: int) -> int:
    """One more dossier that looks like `case`, row by row: walked sixty times it would take minutes."""
    def rows(model, **same):
        for row in db.session.execute(select(model.__table__).filter_by(**same)).mappings():
            yield {k: v for k, v in row.items() if k != "id"}

    new_id = 90_000 + number
    base = dict(db.session.execute(select(Case.__table__).filter_by(id=case.id)).mappings().one())
    db.session.execute(insert(Case), [{**base, "id": new_id, "number": f"9{number:03d}", "base_id": None,
                                       "subject": f"长春第{number}创业孵化基地"}])
    for row in rows(Event, case_id=case.id):
        db.session.execute(insert(Event), [{**row, "case_id": new_id, "chain_id": f"case:{new_id}"}])
    for row in rows(ChainHead, chain_id=f"case:{case.id}"):
        db.session.execute(insert(ChainHead), [{**row, "chain_id": f"case:{new_id}"}])
    for row in rows(Submission, case_id=case.id):
        db.session.execute(insert(Submission), [{**row, "case_id": new_id}])
    for row in rows(SiteVisit, case_id=case.id):
        db.session.execute(insert(SiteVisit), [{**row, "case_id": new_id}])
    given = []
    for row in rows(ScoreSheet, case_id=case.id):
        old = db.session.execute(select(Assignment.__table__).filter_by(id=row["assignment_id"])).mappings().one()
        made = db.session.execute(insert(Assignment).returning(Assignment.id), [
            {**{k: v for k, v in old.items() if k != "id"}, "case_id": new_id}]).scalar_one()
        given.append(db.session.execute(insert(ScoreSheet).returning(ScoreSheet.id), [
            {**row, "case_id": new_id, "assignment_id": made}]).scalar_one())
    for row in rows(ExpertReview, case_id=case.id):
        db.session.execute(insert(ExpertReview), [{**row, "case_id": new_id, "sheets": json.dumps(given)}])
    return new_id


@pytest.fixture
def meeting(app, clock):
    with app.app_context():
        case = steps.deliberating(steps.accepted(), tenants_countable=15)
        for number in range(1, DOSSIERS):
            copy(case, number)
        db.session.commit()
        yield commands.open_meeting(steps.desk(), named())


def test_sixty_dossiers_within_the_budget(app, meeting, query_counter):
    desk = Visitor(app, "sheng1")
    for path in (f"/meetings/{meeting.id}", f"/meetings/{meeting.id}/outcomes"):
        with query_counter() as count:
            page = desk.get(path)
        assert count.count <= 20, count
        assert page.count("创业孵化基地") >= DOSSIERS and "75.50" in page


def test_a_late_one_holds_nobody(app, meeting):
    """All but one settle; the late one is held, and is the only dossier of the next meeting."""
    lines = queries.lines(meeting)
    first, late = lines[0].case, lines[-1].case
    assert settle(meeting, first, "pass").state == "proposed"
    db.session.execute(text("UPDATE meeting_item SET verdict = 'pass', named_count = 9, present_count = 9, settled_at ="
                            " (SELECT min(opened_at) FROM case_), settled_by = (SELECT min(id) FROM person)"
                            f" WHERE verdict = '' AND case_id <> {late.id}"))
    db.session.execute(text(f"UPDATE case_ SET office_id = NULL WHERE id NOT IN ({late.id}, {first.id})"))
    db.session.commit()
    assert settle(meeting, late, "hold", REASON).state == "deliberation"
    left = db.session.scalars(select(MeetingItem.id).where(MeetingItem.meeting_id == meeting.id, MeetingItem.verdict == ""))
    assert not list(left)
    assert late.id in {case.id for case in queries.waiting(steps.desk())}
