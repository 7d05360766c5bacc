"""Each expert has his own deadline, and is asked for what he owes (A7-8, A8-2)."""

from datetime import date

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from incubator.assessments import asking, commands, queries
from incubator.assessments.models import ScoreUrging
from incubator.kernel import outbox
from incubator.kernel.database import db
from incubator.kernel.errors import Refused
from incubator.messages.models import Letter
from incubator.obligations.models import Obligation
from tests.assessments import steps
from tests.visits.pages import Visitor

WORDS = "评审会提前到下周三，请在周一以前交评审表。"


@pytest.fixture
def case(app, clock):
    with app.app_context():
        yield steps.accepted()


def version(case) -> int:
    return steps.fresh(case, steps.desk()).version


def letters(person) -> list[str]:
    while outbox.drain():
        pass
    return list(db.session.scalars(select(Letter.body).where(Letter.person_id == person.person_id).order_by(Letter.id)))


def test_an_own_deadline(case):
    first, second = steps.experts(*"甲乙")
    steps.assign(case, [first])
    for due in ("2026-06-01", "2026-05-20"):
        with pytest.raises(Refused) as refused:
            commands.assign_expert(steps.desk(), case.id, second.person_id, seen_version=version(case),
                                   due_on=date.fromisoformat(due))
        assert (refused.value.article, refused.value.field) == ("8", "due_on")
    commands.assign_expert(steps.desk(), case.id, second.person_id, seen_version=version(case), due_on=date(2026, 6, 2))
    owed = db.session.execute(select(Obligation.person_id, Obligation.due_on).where(
        Obligation.kind == "score_sheet").order_by(Obligation.id)).all()
    assert [tuple(row) for row in owed] == [(first.person_id, date(2026, 6, 15)), (second.person_id, date(2026, 6, 2))]
    assert "请在 6月2日前交评审表" in letters(second)[0]


def test_one_or_all_missing_are_urged_in_the_provinces_words(case):
    people = steps.experts(*"甲乙丙")
    steps.assign(case, people)
    steps.score(case, people[0])
    sheet = queries.own_sheet(people[1].person_id, case.id)
    with pytest.raises(Refused) as refused:
        asking.urge(steps.desk(), case.id, "快点", seen_version=version(case))
    assert (refused.value.field, refused.value.reason) == ("urge", "催的话至少写 10 个字")
    assert len(asking.urge(steps.desk(), case.id, WORDS, seen_version=version(case), sheet_id=sheet.id)) == 1
    assert len(asking.urge(steps.desk(), case.id, WORDS, seen_version=version(case))) == 2
    assert [sum(WORDS in body for body in letters(person)) for person in people] == [0, 2, 1]
    assert db.session.scalar(select(func.count()).select_from(ScoreUrging)) == 3
    given = queries.own_sheet(people[0].person_id, case.id)
    with pytest.raises(Refused, match="没有要催的专家"):
        asking.urge(steps.desk(), case.id, WORDS, seen_version=version(case), sheet_id=given.id)
    for written in ("UPDATE score_urging SET text = 'another text'", "DELETE FROM score_urging"):
        with pytest.raises(DBAPIError):
            db.session.execute(text(written))
        db.session.rollback()


def test_the_chaser_on_the_page(app, case):
    people = steps.experts(*"甲乙")
    steps.assign(case, people)
    db.session.commit()
    desk, url = Visitor(app, "sheng1"), f"/cases/{case.id}/experts"
    assert "催全部没有交的 2 位" in desk.get(url)
    done = desk.post(url, {"do": "urge", "text": WORDS}).get_data(as_text=True)
    assert "催了 2 位专家" in done and done.count("催过 1 次，最近") == 2 and done.count(f"：{WORDS}") == 2
    wrong = desk.post(url, {"do": "expert", "person": "1", "due_on": "下周"})
    assert wrong.status_code == 422 and "读成日期" in wrong.get_data(as_text=True)
