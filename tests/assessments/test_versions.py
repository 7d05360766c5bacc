"""A review counts for the version it judged: after a correction the province asks again (A7-11, A8-2)."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from incubator.assessments import asking, queries, sheets
from incubator.assessments.models import ExpertReview
from incubator.cases.commands import act
from incubator.kernel import registry
from incubator.kernel.access import Assignment
from incubator.kernel.database import db
from incubator.kernel.errors import Refused
from incubator.obligations.models import Obligation
from incubator.simulation import applications
from tests.assessments import steps
from tests.visits.pages import Visitor


@pytest.fixture
def case(app, clock):
    with app.app_context():
        yield steps.accepted()


def version(case) -> int:
    return steps.fresh(case, steps.desk()).version


def test_a_new_version_opens_the_review_again(case):
    """Closed on version 1, returned, submitted as version 2: the old sheets count no more, the same experts are asked."""
    people = steps.experts(*"甲乙丙")
    steps.reviewed(case)
    case = steps.correct(case)
    assert queries.review(case.id).version == 2
    assert [x.text for x in registry.lacks(("expert_review_closed",), case)] == ["专家评审还没有结束"]
    with pytest.raises(Refused, match="专家评审还没有结束"):
        act(steps.desk(), applications.visit(case, steps.desk()).id, "conclude", seen_version=version(case))
    with pytest.raises(Refused, match="有效评审表 0 份，至少 3 份"):
        steps.close(case)

    made = asking.ask_again(steps.desk(), case.id, seen_version=version(case))
    assert [s.person_id for s in made] == [p.person_id for p in people] and {s.asked_version for s in made} == {2}
    assert made[0].stored["score_compliance"] and "signed_on" not in made[0].stored, "what was written before is at hand"
    with pytest.raises(Refused, match="没有评过上一版本"):
        asking.ask_again(steps.desk(), case.id, seen_version=version(case))
    with pytest.raises(Refused, match="先声明"):
        sheets.give_sheet(people[0], case.id, steps.sheet("90"))
    for person in people:
        steps.score(case, person, "90")
    review = steps.close(case)
    assert (review.number, review.version_no, str(review.mean)) == (2, 2, "90.00")
    assert act(steps.desk(), case.id, "conclude", seen_version=version(case)).state == "deliberation"
    first = db.session.get(ExpertReview, (case.id, 1))
    assert (str(first.mean), first.version_no) == ("75.50", 1), "the earlier review stays"
    for written in ("UPDATE expert_review SET version_no = 1 WHERE number = 2", "DELETE FROM expert_review",
                    "INSERT INTO expert_review SELECT * FROM expert_review WHERE number = 1"):
        with pytest.raises(DBAPIError):
            db.session.execute(text(written))
        db.session.rollback()


def test_sheets_still_open_go_along_and_ask_for_the_declaration_again(case, clock):
    people = steps.experts(*"甲乙丙丁")
    steps.assign(case, people)
    steps.score(case, people[0], "80")
    sheets.deny_conflict(people[1], case.id)
    sheets.save_sheet(people[1], case.id, {"score_service": "20"}, seen_version=1)
    clock.set("2026-06-03 09:00")
    case = steps.correct(case)
    given, declared = (queries.own_sheet(p.person_id, case.id) for p in people[:2])
    assert (given.status, given.judged) == ("given", 1)
    assert (declared.asked_version, declared.declared_at, declared.stored) == (2, None, {"score_service": "20"})
    assert str(declared.due_on) == "2026-06-17"
    owed = db.session.scalars(select(Obligation).where(
        Obligation.kind == "score_sheet", Obligation.fulfilled_at.is_(None)).order_by(Obligation.id))
    assert [(o.person_id, str(o.due_on)) for o in owed] == [(p.person_id, "2026-06-17") for p in people[1:]]
    open_ones = set(db.session.scalars(select(Assignment.person_id).where(
        Assignment.case_id == case.id, Assignment.to_at.is_(None))))
    assert people[0].person_id not in open_ones, "who judged version 1 sees version 2 only when asked again"
    for person in people[1:]:
        steps.score(case, person, "70")
    assert (queries.progress(case.id).given, queries.progress(case.id).before) == (3, True)
    assert str(steps.close(case).mean) == "70.00"


def test_during_the_correction_nobody_scores(case):
    [person] = steps.experts("甲")
    steps.assign(case, [person])
    sheets.deny_conflict(person, case.id)
    act(steps.desk(), case.id, "return", seen_version=version(case), text="材料前后不一致，请核对后补正",
        remarks=[{"field": "accidents_3y", "label": "近三年安全事故", "text": "和台账不一致"}])
    with pytest.raises(Refused) as refused:
        sheets.give_sheet(person, case.id, steps.sheet("80"))
    assert refused.value.article == "8" and "不能评分" in refused.value.reason


def test_old_sheets_are_read_as_the_review_of_their_version(app, case):
    """Sheets of an unfinished review stay closed until the next one is; those of a closed one stay open."""
    people = steps.experts(*"甲乙丙")
    steps.assign(case, people[:2])
    for person in people[:2]:
        steps.score(case, person, "97.5")
    case = steps.correct(case)
    db.session.commit()
    desk, url = Visitor(app, "sheng1"), f"/cases/{case.id}"
    assert "97.5" not in desk.get(f"{url}?tab=review") and "版本 2的专家评审还没有结束" in desk.get(f"{url}?tab=review")
    page = desk.get(f"{url}/experts")
    assert "评的是上一版本，不再计入" in page and "请原来的 2 位专家评新版本" in page and "97.5" not in page
    asked = desk.post(f"{url}/experts", {"do": "again"}, page)
    assert "请了原来的 2 位专家评新版本" in asked.get_data(as_text=True)
    steps.assign(case, people[2:])
    for person in people:
        steps.score(case, person, "66.5")
    steps.close(case)
    read = desk.get(f"{url}?tab=review")
    assert "版本 1 的评审" in read and "97.5" in read and "66.50" in read
