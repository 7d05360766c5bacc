"""The review by experts: T53, AMB-35, declarations, interests, what is frozen (第八条)."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from incubator.assessments import commands, queries, sheets
from incubator.assessments.models import ScoreSheet
from incubator.kernel import registry
from incubator.kernel.access import Assignment
from incubator.kernel.database import db
from incubator.kernel.errors import Conflict, Denied, Invalid, NotVisible, Refused
from incubator.obligations.models import Obligation
from incubator.simulation.steps import uscc
from tests import walk
from tests.assessments import steps


@pytest.fixture
def case(app, clock):
    with app.app_context():
        yield steps.accepted()


def lack(case):
    return registry.lacks(("expert_review_closed",), case)


def test_t53_mean_of_the_valid_sheets_and_the_floor(case):
    """Four experts, one recuses: 80, 75, 71.5 give 75.50; one more recuses and closing is blocked."""
    people = steps.experts(*"甲乙丙丁")
    steps.assign(case, people)
    for person, total in zip(people, ("80", "75", "71.5"), strict=False):
        steps.score(case, person, total)
    sheets.recuse(people[3], case.id, "本人是运营机构的顾问")
    assert [x.text for x in lack(case)] == ["专家评审还没有结束"]

    sheets.recuse(people[2], case.id, "刚发现配偶在运营机构任职")
    with pytest.raises(Refused) as refused:
        steps.close(case)
    assert refused.value.article == "8" and "有效评审表 2 份，至少 3 份" in refused.value.reason
    with pytest.raises(Refused, match="已经对这家申报单位申报回避"):
        steps.assign(case, [people[2]])

    [fifth] = steps.experts("戊")
    steps.assign(case, [fifth])
    steps.score(case, fifth, "71.5")
    review = steps.close(case)
    assert (str(review.mean), str(review.spread), review.valid_count) == ("75.50", "8.5", 3)
    assert lack(case) == []
    void = [s for s in queries.sheets(case.id) if s.status == "void"]
    assert {s.void_reason for s in void} == {"本人是运营机构的顾问", "刚发现配偶在运营机构任职"}


def test_after_the_closing_nothing_moves_and_nobody_is_assigned(case):
    people = steps.experts(*"甲乙丙丁")
    steps.assign(case, people)
    for person in people[:3]:
        steps.score(case, person)
    steps.close(case)
    late = queries.own_sheet(people[3].person_id, case.id)
    assert (late.status, late.void_reason) == ("void", "评审结束时还没有交")
    open_rows = db.session.scalars(select(Assignment).where(Assignment.case_id == case.id, Assignment.to_at.is_(None)))
    assert not list(open_rows)
    owed = db.session.scalars(
        select(Obligation.id).where(Obligation.kind == "score_sheet", Obligation.fulfilled_at.is_(None))
    )
    assert not list(owed)
    with pytest.raises(NotVisible):
        steps.score(case, people[3])
    for act in (lambda: steps.close(case), lambda: steps.assign(case, steps.experts("戊"))):
        with pytest.raises(Refused, match="专家评审已经结束"):
            act()
    given = queries.own_sheet(people[0].person_id, case.id)
    with pytest.raises(Refused, match="专家评审已经结束"):
        commands.release(steps.desk(), case.id, given.assignment_id, "评审后又发现了问题，要作废",
                         seen_version=steps.fresh(case, steps.desk()).version)


def test_first_the_declaration_then_the_score(case):
    [person] = steps.experts("甲")
    steps.assign(case, [person])
    due = db.session.scalar(select(Obligation).where(Obligation.kind == "score_sheet"))
    assert (due.person_id, due.article, str(due.due_on)) == (person.person_id, "8", "2026-06-15")
    with pytest.raises(Refused) as refused:
        sheets.give_sheet(person, case.id, steps.sheet())
    assert refused.value.article == "8" and "先声明" in refused.value.reason
    sheets.deny_conflict(person, case.id)
    with pytest.raises(Invalid) as invalid:
        sheets.give_sheet(person, case.id, steps.sheet(score_compliance="8.3"))
    assert "0.5 的倍数" in invalid.value.reason
    row = sheets.give_sheet(person, case.id, steps.sheet("80"))
    assert (row.status, str(row.total)) == ("given", "80.0")
    with pytest.raises(Refused, match="已经交了"):
        sheets.give_sheet(person, case.id, steps.sheet("90"))


def test_the_draft_is_kept_and_two_tabs_do_not_overwrite(case):
    [person] = steps.experts("甲")
    steps.assign(case, [person])
    sheets.deny_conflict(person, case.id)
    first = sheets.save_sheet(person, case.id, {"score_service": "20"}, seen_version=1).version
    assert first == 2
    with pytest.raises(Conflict) as conflict:
        sheets.save_sheet(person, case.id, {"score_service": "18"}, seen_version=1)
    assert conflict.value.theirs == {"score_service": "20"}
    sheets.save_sheet(person, case.id, {"score_service": "18"}, seen_version=first)
    assert queries.own_sheet(person.person_id, case.id).stored == {"score_service": "18"}


def test_interests_block_an_assignment(case):
    same, alike, free = steps.experts(*"甲乙丙")
    operator = next(u for u in queries.units_of(case) if u.part == "运营机构")
    tenant = next(u for u in queries.units_of(case) if u.part == "在孵企业")
    sheets.declare_profile(same, {"employer": "别的写法", "employer_uscc": tenant.code})
    sheets.declare_profile(alike, {"employer": operator.name, "employer_uscc": uscc(77)})
    sheets.declare_profile(free, {"employer": "吉林示例大学", "employer_uscc": uscc(78, kind="12")})
    with pytest.raises(Refused) as refused:
        steps.assign(case, [same])
    assert refused.value.article == "8" and tenant.name in refused.value.reason
    with pytest.raises(Refused, match="同名，代码不同"):
        steps.assign(case, [alike])
    commands.assign_expert(steps.desk(), case.id, alike.person_id, note="已电话核实，是另一家同名单位",
                           seen_version=steps.fresh(case, steps.desk()).version)
    steps.assign(case, [free])
    with pytest.raises(Invalid, match="统一社会信用代码"):
        sheets.declare_profile(free, {"employer": "吉林示例大学", "employer_uscc": "123"})


def test_who_may_be_assigned_by_whom(case):
    [person] = steps.experts("甲")
    version = steps.fresh(case, steps.desk()).version
    clerk = walk.actor(*walk.staff(steps.CHAOYANG).county)
    with pytest.raises(Denied):
        commands.assign_expert(clerk, case.id, person.person_id, seen_version=version)
    with pytest.raises(Refused, match="只能指派评审专家"):
        commands.assign_expert(steps.desk(), case.id, clerk.person_id, seen_version=version)
    with pytest.raises(Conflict):
        commands.assign_expert(steps.desk(), case.id, person.person_id, seen_version=version - 1)
    commands.assign_expert(steps.desk(), case.id, person.person_id, seen_version=version)
    with pytest.raises(Refused, match="已经指派过"):
        steps.assign(case, [person])
    sheet = queries.own_sheet(person.person_id, case.id)
    with pytest.raises(Refused, match="理由至少写 10 个字"):
        commands.release(steps.desk(), case.id, sheet.assignment_id, "不合适",
                         seen_version=steps.fresh(case, steps.desk()).version)
    commands.release(steps.desk(), case.id, sheet.assignment_id, "专家出差，改请别人评审",
                     seen_version=steps.fresh(case, steps.desk()).version)
    steps.assign(case, [person])


WRITTEN = (
    "UPDATE score_sheet SET total = 99 WHERE status = 'given'",
    "UPDATE score_sheet SET status = 'open', given_at = NULL WHERE status = 'given'",
    "DELETE FROM score_sheet",
    "UPDATE expert_review SET mean = 99",
    "DELETE FROM expert_review",
)


def test_the_database_keeps_what_was_given(case):
    steps.reviewed(case)
    for written in WRITTEN:
        with pytest.raises(DBAPIError):
            db.session.execute(text(written))
        db.session.rollback()
    assert db.session.scalar(select(ScoreSheet.total).order_by(ScoreSheet.id)) == 80
