"""R-2.8: an interest is declared by the expert and checked by the program, at assignment, at scoring, before the meeting."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from incubator.assessments import asking, commands, queries, sheets
from incubator.assessments.models import ExpertProfile, InterestAnswer
from incubator.kernel import registry
from incubator.kernel.database import db
from incubator.kernel.errors import Invalid, Refused
from incubator.policy.fields.expert import declared_refusal, suits
from incubator.simulation.steps import uscc
from tests.assessments import steps

ANSWER = "已电话核实，是另一家同名单位"
CONFLICT = "专家在申报材料里的单位任职，评审表作废"


@pytest.fixture
def case(app, clock):
    with app.app_context():
        yield steps.accepted()


def unit(case, part: str):
    return next(u for u in queries.units_of(case) if u.part == part)


def version(case) -> int:
    return steps.fresh(case, steps.desk()).version


@pytest.mark.parametrize("part", ["运营机构", "投资主体", "合作服务机构", "在孵企业"])
def test_a_post_in_any_unit_of_the_dossier_blocks(case, part):
    if part == "合作服务机构":
        case = steps.correct(case, partners=[{"name": "长春合作财税事务所", "uscc": uscc(55), "service": "代理记账"}])
    [person] = steps.experts("甲")
    its = unit(case, part)
    post = {"name": "另一个写法", "uscc": its.code, "from_on": "2024-01-01", "to_on": ""}
    steps.profile(person, posts=[post])
    with pytest.raises(Refused) as refused:
        steps.assign(case, [person])
    assert refused.value.article == "8"
    assert refused.value.reason == f"专家任职的“另一个写法”就是申报材料里的{part}“{its.name}”，有利害关系"
    steps.profile(person, posts=[{**post, "to_on": "2026-05-31"}])  # left the day before
    steps.assign(case, [person])


def test_a_post_that_ends_today_still_counts(case):
    [person] = steps.experts("甲")
    steps.profile(person, posts=[{"name": "顾问", "uscc": unit(case, "运营机构").code, "to_on": "2026-06-01"}])
    with pytest.raises(Refused, match="有利害关系"):
        steps.assign(case, [person])
    with pytest.raises(Invalid, match="截止日早于起始日"):
        steps.profile(person, posts=[{"name": "顾问", "uscc": uscc(9), "from_on": "2026-05-02", "to_on": "2026-05-01"}])


def test_a_profile_of_more_than_twelve_months_is_not_enough(case, clock):
    [person] = steps.experts("甲")
    profile = db.session.get(ExpertProfile, person.person_id)
    profile.declared_on = profile.declared_on.replace(year=2025, day=1, month=6)
    db.session.commit()
    steps.assign(case, [person])
    [other] = steps.experts("乙")
    db.session.get(ExpertProfile, other.person_id).declared_on = profile.declared_on.replace(day=31, month=5)
    db.session.commit()
    with pytest.raises(Refused) as refused:
        steps.assign(case, [other])
    assert refused.value.article == "8" and "2025年5月31日登记的，已超过 12 个月，不能指派" in refused.value.reason
    steps.profile(other)
    steps.assign(case, [other])
    assert declared_refusal(None, profile.declared_on).reason.startswith("没有登记单位和任职")


def test_an_interest_found_after_the_assignment_stops_declaration_and_sheet(case):
    first, second = steps.experts(*"甲乙")
    steps.assign(case, [first, second])
    sheets.deny_conflict(second, case.id)
    for person in (first, second):
        steps.profile(person, posts=[{"name": "青禾运营", "uscc": unit(case, "运营机构").code}])
    with pytest.raises(Refused) as refused:
        sheets.deny_conflict(first, case.id)
    assert refused.value.reason.startswith("您任职的“青禾运营”就是") and "申报回避" in refused.value.way_out
    with pytest.raises(Refused, match="有利害关系"):
        sheets.give_sheet(second, case.id, steps.sheet("80"))
    steps.profile(second)
    assert sheets.give_sheet(second, case.id, steps.sheet("80")).status == "given"
    sheets.recuse(first, case.id, "本人是运营机构的顾问")


def test_a_name_alone_is_answered_in_writing_and_the_answer_kept(case):
    [person] = steps.experts("甲")
    steps.assign(case, [person])
    sheets.deny_conflict(person, case.id)
    operator = unit(case, "运营机构")
    steps.profile(person, employer=operator.name)
    with pytest.raises(Refused, match="同名，代码不同，省工信厅还没有书面核对"):
        sheets.give_sheet(person, case.id, steps.sheet("80"))
    sheet = queries.own_sheet(person.person_id, case.id)
    with pytest.raises(Refused) as refused:
        asking.answer_interest(steps.desk(), case.id, sheet.id, "没关系", seen_version=version(case))
    assert (refused.value.field, refused.value.reason) == ("interest", "核对情况至少写 10 个字")
    asking.answer_interest(steps.desk(), case.id, sheet.id, ANSWER, seen_version=version(case))
    with pytest.raises(Refused, match="没有同名待核对的单位"):
        asking.answer_interest(steps.desk(), case.id, sheet.id, ANSWER, seen_version=version(case))
    assert sheets.give_sheet(person, case.id, steps.sheet("80")).status == "given"
    kept = db.session.scalar(select(InterestAnswer))
    assert (kept.unit_name, kept.text, kept.by_person_id) == (operator.name, ANSWER, steps.desk().person_id)
    for written in ("UPDATE interest_answer SET text = 'another text'", "DELETE FROM interest_answer",
                    "INSERT INTO interest_answer (sheet_id, unit_name, text, by_person_id, at) SELECT sheet_id, 'x', 'short',"
                    " by_person_id, at FROM interest_answer"):
        with pytest.raises(DBAPIError):
            db.session.execute(text(written))
        db.session.rollback()


def test_a_given_sheet_in_conflict_keeps_the_dossier_from_the_meeting(case):
    people = steps.experts(*"甲乙丙丁")
    steps.assign(case, people)
    for person, total in zip(people, ("80", "75", "71.5", "90"), strict=True):
        steps.score(case, person, total)
    steps.close(case)
    assert registry.lacks(("expert_review_closed",), case) == []
    given = queries.own_sheet(people[3].person_id, case.id)
    with pytest.raises(Refused, match="专家评审已经结束"):
        commands.release(steps.desk(), case.id, given.assignment_id, CONFLICT, seen_version=version(case))

    steps.profile(people[3], posts=[{"name": "孵化公司", "uscc": unit(case, "在孵企业").code}])
    [found] = registry.lacks(("expert_review_closed",), case)
    assert found.article == "8" and found.text.startswith("专家丁任职的“孵化公司”就是") and "评审表要作废" in found.text
    commands.release(steps.desk(), case.id, given.assignment_id, CONFLICT, seen_version=version(case))
    assert [x.text for x in registry.lacks(("expert_review_closed",), case)] == ["专家评审还没有结束"]
    again = steps.close(case)
    assert (again.number, str(again.mean), again.valid_count) == (2, "75.50", 3)
    assert registry.lacks(("expert_review_closed",), case) == []

    # one more: two are left, the review stays open until another expert has judged
    third = queries.own_sheet(people[2].person_id, case.id)
    steps.profile(people[2], posts=[{"name": "孵化公司", "uscc": unit(case, "在孵企业").code}])
    commands.release(steps.desk(), case.id, third.assignment_id, CONFLICT, seen_version=version(case))
    with pytest.raises(Refused, match="有效评审表 2 份，至少 3 份"):
        steps.close(case)
    [fifth] = steps.experts("戊")
    steps.assign(case, [fifth])
    steps.score(case, fifth, "71.5")
    assert str(steps.close(case).mean) == "75.50"


def test_which_field_suits_which_industry():
    assert suits(["信息技术", "创业服务"], "65") == (2, "信息技术")
    assert suits(["创业服务"], "65") == (1, "创业服务")
    assert suits(["文化创意"], "65") == (0, "")
    assert suits(["文化创意"], "") == (0, "") and suits(["农业食品", "先进制造"], "14") == (2, "农业食品")
