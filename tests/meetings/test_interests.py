"""R-2.8 at the meeting: whose unit stands in the dossier leaves for it; who is only called alike is answered for."""

import pytest
from sqlalchemy import select

from incubator.assessments import commands as assessing
from incubator.assessments import queries as assessments
from incubator.assessments import sheets
from incubator.kernel.database import db
from incubator.kernel.errors import Refused
from incubator.meetings import commands, queries
from incubator.meetings.models import MeetingItem
from incubator.simulation.steps import uscc
from tests.assessments import steps

from .test_commands import REASON, named, recuse, settle

NOTE = "已核对身份证件，不是同一个人"


@pytest.fixture
def case(app, clock):
    with app.app_context():
        yield steps.deliberating(steps.accepted())


def unit(case, part="运营机构"):
    return next(u for u in assessments.units_of(case) if u.part == part)


def opened(**first):
    raw = named()
    raw["members"][0] |= first
    return commands.open_meeting(steps.desk(), raw)


@pytest.mark.parametrize("part", ["运营机构", "在孵企业"])
def test_the_unit_beside_the_name_asks_for_a_recusal(case, part):
    meeting = opened(office="顾问单位", uscc=unit(case, part).code)
    for verdict, reason in (("pass", ""), ("not_pass", REASON), ("hold", REASON)):
        with pytest.raises(Refused) as refused:
            settle(meeting, case, verdict, reason, interest_note=NOTE)
        assert (refused.value.article, refused.value.field) == ("8", "recused")
        assert refused.value.reason == f"委员1所在单位就是申报材料里的{part}“{unit(case, part).name}”，有利害关系"
    [line] = queries.lines(meeting)
    assert [c.sure for c in line.concerns] == [True]
    recuse(meeting, case, "委员1")
    assert settle(meeting, case, "pass").state == "proposed"


def test_a_unit_of_the_same_name_is_answered_and_kept(case):
    meeting = opened(office=unit(case).name)
    with pytest.raises(Refused) as refused:
        settle(meeting, case, "pass")
    assert refused.value.field == "interest" and "同名，代码不同" in refused.value.reason
    settle(meeting, case, "pass", interest_note=NOTE)
    assert db.session.scalar(select(MeetingItem.interest_note)) == NOTE


def test_a_member_who_is_an_expert_brings_his_posts(case):
    """Named with his employer he is that expert, and recuses himself; a name alone is a question."""
    [person] = steps.experts("戊")
    steps.profile(person, employer="吉林示例大学", posts=[{"name": "孵化公司", "uscc": unit(case).code}])
    alike = opened(name="专家戊")
    [line] = queries.lines(alike)
    assert [c.sure for c in line.concerns] == [False] and "和专家库里的一位专家同名" in line.concerns[0].words
    with pytest.raises(Refused) as refused:
        settle(alike, case, "pass")
    assert refused.value.field == "interest"
    settle(alike, case, "hold", REASON, interest_note=NOTE)
    sure = opened(name="专家戊", office="吉林示例大学")
    with pytest.raises(Refused, match="专家戊任职的“孵化公司”就是"):
        settle(sure, case, "pass", interest_note=NOTE)
    recuse(sure, case, "专家戊")
    assert settle(sure, case, "pass").state == "proposed"


def test_who_is_absent_or_works_elsewhere_is_no_question(case):
    meeting = opened(office="别的单位", uscc=uscc(66), present=True)
    assert queries.lines(meeting)[0].concerns == ()
    assert settle(meeting, case, "pass").state == "proposed"


def test_a_tainted_sheet_blocks_pass_and_not_pass_until_it_is_void(case):
    """The item waits; the others go on. Held, voided, closed again, it comes back and passes (AMB-35)."""
    other = steps.deliberating(steps.accepted("长春青柚创业孵化基地", number=102))
    first, _, _, fourth = steps.experts(*"甲乙丙丁")
    meeting = commands.open_meeting(steps.desk(), named())
    steps.profile(first, posts=[{"name": "孵化公司", "uscc": unit(case).code}])
    for verdict, reason in (("pass", ""), ("not_pass", REASON)):
        with pytest.raises(Refused) as refused:
            settle(meeting, case, verdict, reason)
        assert refused.value.article == "8" and "专家甲任职的“孵化公司”就是" in refused.value.reason
    assert settle(meeting, other, "pass").state == "proposed", "the others are not held"
    sheet = assessments.own_sheet(first.person_id, case.id)
    now = steps.fresh(case, steps.desk()).version
    assessing.release(steps.desk(), case.id, sheet.assignment_id, "专家在运营机构任职，评审表作废", seen_version=now)
    with pytest.raises(Refused, match="专家评审还没有结束"):
        settle(meeting, case, "pass")
    steps.assign(case, [fourth])
    sheets.deny_conflict(fourth, case.id)
    sheets.give_sheet(fourth, case.id, steps.sheet("80"))
    assert steps.close(case).number == 2
    assert settle(meeting, case, "pass").state == "proposed"
