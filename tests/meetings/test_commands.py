"""The meeting: T52, T108, quorum, one by one, nothing changes once settled (A8-3, A8-3a, 第八条)."""

from unittest import mock

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from incubator.cases.commands import act
from incubator.kernel import registry
from incubator.kernel.database import db
from incubator.kernel.errors import Conflict, Denied, Invalid, Refused
from incubator.kernel.ledger import Event
from incubator.kernel.workflow import Opinion
from incubator.meetings import commands, queries
from incubator.meetings.models import Meeting, MeetingItem
from incubator.simulation import applications
from incubator.simulation.steps import pdf
from tests import walk
from tests.assessments import steps

REASON = "场地权属还要核对，下一次会议再审"


def recuse(meeting, case, name, reason="本人是运营机构的股东"):
    return commands.recuse_member(steps.desk(), meeting.id, case.id, name, reason)


@pytest.fixture
def inside(app, clock):
    with app.app_context():
        yield app


def named(there: int = 9, of: int = 9) -> dict:
    return {
        "held_on": "2026-06-01", "place": "厅 602 会议室",
        "members": [{"name": f"委员{n}", "office": "省工信厅", "present": n <= there} for n in range(1, of + 1)],
    }


def settle(meeting, case, verdict, reason="", **more):
    version = steps.fresh(case, steps.desk()).version
    return commands.settle_item(steps.desk(), meeting.id, case.id, verdict, reason, seen_version=version, **more)


def test_t52_and_t108_refuse_one_dossier_and_leave_the_others(inside):
    """One lacks the province's visit, one has 14 tenants as verified: both are refused, the third passes."""
    sound = steps.deliberating(steps.accepted("长春青禾创业孵化基地", number=101))
    short = steps.deliberating(steps.accepted("长春青柚创业孵化基地", number=102), tenants_countable=14)
    unseen = steps.reviewed(steps.accepted("长春青松创业孵化基地", number=103))
    with pytest.raises(Refused, match="还差省级考核组的踏查记录"):
        act(steps.desk(), unseen.id, "conclude", seen_version=unseen.version)
    unseen = steps.fresh(unseen, steps.desk())
    _to_deliberation_without_a_visit(unseen)

    meeting = commands.open_meeting(steps.desk(), named())
    assert len(queries.lines(meeting)) == 3
    with pytest.raises(Refused) as refused:
        settle(meeting, unseen, "pass")
    assert refused.value.article == "8" and refused.value.reason == "还差省级考核组的踏查记录"
    with pytest.raises(Refused) as refused:
        settle(meeting, short, "pass")
    assert refused.value.article == "5(4)"
    assert "14 户" in refused.value.reason and "低于 15 户" in refused.value.reason
    assert "长春市区不适用放宽" in refused.value.reason and refused.value.way_out == "可以记为不通过或暂缓"

    assert settle(meeting, sound, "pass").state == "proposed"
    kept = db.session.scalar(select(MeetingItem.reason).where(MeetingItem.case_id == sound.id))
    assert kept.endswith("会议同意拟认定") and "评审均分" in kept, "a pass keeps its reason too (A8-3)"
    assert settle(meeting, short, "not_pass", "在孵企业核实 14 户，长春市区不能放宽").state == "not_passed"
    assert settle(meeting, unseen, "hold", REASON).state == "deliberation"
    opinions = db.session.scalars(select(Opinion).where(Opinion.station == "deliberation").order_by(Opinion.id))
    assert [(o.outcome, o.person_id) for o in opinions] == [
        (verdict, steps.desk().person_id) for verdict in ("pass", "not_pass", "hold")]

    walked = applications.visit(unseen, steps.desk())
    after = commands.open_meeting(steps.desk(), named())
    assert [line.case.id for line in queries.lines(after)] == [unseen.id], "a held one enters the next meeting"
    assert settle(after, walked, "pass").state == "proposed"


def _to_deliberation_without_a_visit(case):
    """T52 asks what the meeting does when the assessment let a dossier through: the step's evidence is left out once."""
    with mock.patch.object(registry, "lacks", return_value=[]):
        act(steps.desk(), case.id, "conclude", seen_version=case.version)


def test_a_verdict_against_somebody_needs_its_reason(inside):
    case = steps.deliberating(steps.accepted())
    meeting = commands.open_meeting(steps.desk(), named())
    for verdict in ("hold", "not_pass"):
        with pytest.raises(Refused) as refused:
            settle(meeting, case, verdict, "再看看")
        assert (refused.value.article, refused.value.reason) == ("8", "理由至少写 10 个字")
    with pytest.raises(Refused, match="还没有选结论"):
        settle(meeting, case, "", REASON)
    assert settle(meeting, case, "hold", REASON).state == "deliberation"
    with pytest.raises(Conflict, match="已经记为“暂缓”"):
        settle(meeting, case, "pass")


def test_quorum_is_counted_after_recusals(inside):
    """Nine named, five there: one recusal leaves four of nine, which is not more than half."""
    case = steps.deliberating(steps.accepted())
    with pytest.raises(Invalid) as invalid:
        commands.open_meeting(steps.desk(), named(there=4))
    assert "应到 9 人，实到 4 人，没有超过半数" in invalid.value.reason
    meeting = commands.open_meeting(steps.desk(), named(there=5))
    with pytest.raises(Refused, match="不在到会人员里"):
        recuse(meeting, case, "委员9")
    recuse(meeting, case, "委员1")
    for verdict, reason in (("pass", ""), ("hold", REASON)):
        with pytest.raises(Refused) as refused:
            settle(meeting, case, verdict, reason)
        assert refused.value.article == "8" and "回避后到会 4 人，应到 9 人" in refused.value.reason


def test_a_recusal_that_leaves_a_majority(inside):
    case = steps.deliberating(steps.accepted())
    meeting = commands.open_meeting(steps.desk(), named(there=6))
    recuse(meeting, case, "委员1")
    assert settle(meeting, case, "pass").state == "proposed"
    item = db.session.scalar(select(MeetingItem))
    assert (item.recused_names, item.present_count, item.named_count) == (["委员1"], 5, 9)


def test_a_recusal_comes_before_the_verdict(inside):
    case = steps.deliberating(steps.accepted())
    meeting = commands.open_meeting(steps.desk(), named())
    with pytest.raises(Refused, match="回避的理由至少写 4 个字"):
        recuse(meeting, case, "委员1", "亲属")
    recuse(meeting, case, "委员1", "亲属任职")
    with pytest.raises(Refused, match="已经记了回避"):
        recuse(meeting, case, "委员1")
    settle(meeting, case, "pass")
    with pytest.raises(Refused) as refused:
        recuse(meeting, case, "委员2")
    assert refused.value.article == "8" and "回避要在结论以前记" in refused.value.reason
    kinds = [e.kind for e in db.session.scalars(select(Event).where(Event.case_id == case.id).order_by(Event.seq))]
    assert kinds[-2:] == ["member_recused", "pass"]
    item = db.session.scalar(select(MeetingItem))
    for written in (
        f"INSERT INTO meeting_recusal (item_id, name, reason, by_person_id, at) SELECT {item.id}, '委员2', '亲属任职',"
        " by_person_id, at FROM meeting_recusal",
        "UPDATE meeting_recusal SET name = '委员3'", "DELETE FROM meeting_recusal",
    ):
        with pytest.raises(DBAPIError):
            db.session.execute(text(written))
        db.session.rollback()


def test_the_record_is_formed_when_all_is_there_and_stays(inside):
    case = steps.deliberating(steps.accepted())
    meeting = commands.open_meeting(steps.desk(), named())
    with pytest.raises(Refused, match="还有 1 家没有结论"):
        commands.close_meeting(steps.desk(), meeting.id, pdf("纪要.pdf"))
    settle(meeting, case, "pass")
    with pytest.raises(Refused, match="还没有上传签字的会议纪要"):
        commands.close_meeting(steps.desk(), meeting.id, None)
    commands.close_meeting(steps.desk(), meeting.id, pdf("纪要.pdf"))
    with pytest.raises(Refused, match="审议记录已经形成"):
        commands.close_meeting(steps.desk(), meeting.id, pdf("纪要.pdf"))
    for written in ("UPDATE meeting_item SET verdict = 'hold', reason = 'a reason of ten'", "DELETE FROM meeting_item",
                    "UPDATE meeting SET place = 'elsewhere'", "DELETE FROM meeting"):
        with pytest.raises(DBAPIError):
            db.session.execute(text(written))
        db.session.rollback()


def test_a_dossier_stands_in_one_open_item_and_new_ones_are_taken_in(inside):
    first = steps.deliberating(steps.accepted("长春青禾创业孵化基地", number=101))
    meeting = commands.open_meeting(steps.desk(), named())
    with pytest.raises(Refused, match="没有等着审议的申请"):
        commands.open_meeting(steps.desk(), named())
    with pytest.raises(Refused, match="没有新到的申请"):
        commands.take_in(steps.desk(), meeting.id)
    second = steps.deliberating(steps.accepted("长春青柚创业孵化基地", number=102))
    assert commands.take_in(steps.desk(), meeting.id) == 1
    settle(meeting, first, "hold", REASON)
    with pytest.raises(Refused, match="没有新到的申请"):
        commands.take_in(steps.desk(), meeting.id)
    assert settle(meeting, second, "pass").state == "proposed"
    assert db.session.get(Meeting, meeting.id).named_count == 9


def test_who_may_record(inside):
    case = steps.deliberating(steps.accepted())
    manager = walk.province()["manager"]
    with pytest.raises(Denied):
        commands.open_meeting(manager, named())
    meeting = commands.open_meeting(steps.desk(), named())
    with pytest.raises(Conflict, match="该事项已由"):
        commands.settle_item(steps.desk(), meeting.id, case.id, "pass", seen_version=1)
