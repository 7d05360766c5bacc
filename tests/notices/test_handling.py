"""收到 → 核查 → 成立, 部分成立 or 不成立; what an upheld one reopens; published facts that changed (AMB-21, §5)."""

import pytest
from sqlalchemy import select

from incubator.bases.models import Base
from incubator.decisions import commands as decisions
from incubator.decisions import noticed
from incubator.kernel.database import db
from incubator.kernel.errors import Conflict, Denied, Invalid
from incubator.kernel.registry import lacks
from incubator.kernel.workflow import Opinion, actions
from incubator.notices import commands, queries
from incubator.notices.models import Notice, NoticeItem
from incubator.obligations.models import Obligation
from incubator.policy.procedures import REOPENED
from tests import walk
from tests.decisions.test_issue import paper
from tests.notices import steps
from tests.visits.pages import Visitor

REASON = "异议核实成立，孵化场所面积不足，需要重新办理这一环节"
UPHELD = "现场核实，孵化场所少了 1 200 平方米，异议成立。"


@pytest.fixture
def inside(app, clock):
    clock.set("2024-11-04 09:30")
    with app.app_context():
        yield app


def back(case, outcome: str, who=None, reason: str = REASON):
    return commands.send_back(who or steps.lead(), case.id, {"outcome": outcome, "reason": reason},
                              seen_version=steps.now(case).version)


def outcomes(case, who=None) -> list[str]:
    return [step.outcome for step in queries.ways_back(steps.now(case), who or steps.lead())]


def decide(case, number="吉工信创业〔2024〕92号", on="2024-11-12"):
    return decisions.issue_decision(steps.lead(), steps.versions([case]), paper(number, on), walk.pdf("认定文件.pdf"))


def test_an_objection_to_one_that_withdrew_is_answered_all_the_same(inside):
    """A7-10, A8-5: the application is over, the objector still has an answer due."""
    case = steps.proposed()[0]
    row = steps.say(steps.published([case]), case)
    walk.act(steps.now(case), "withdraw_for", steps.lead(), text="申报单位来函，今年不再申报", upload=walk.pdf("撤回申请.pdf"))
    owed = select(Obligation).where(Obligation.kind == "objection", Obligation.fulfilled_at.is_(None))
    assert db.session.scalar(owed) is not None
    steps.answer(row)
    assert row.status == "rejected" and db.session.scalar(owed) is None
    assert steps.now(case).state == "withdrawn"


def test_a_verifier_is_named_when_checking_starts(inside, clock):
    case = steps.proposed()[0]
    row = steps.say(steps.published([case]), case)
    assert (row.status, row.verifier_id) == ("received", None)
    manager = walk.province()["manager"]
    for wrong in ("", str(manager.person_id), "999999"):
        with pytest.raises(Invalid) as caught:
            commands.start_checking(steps.clerk(), row.id, {"verifier": wrong})
        assert [p.field for p in caught.value.problems] == ["verifier"]
    with pytest.raises(Denied):
        commands.start_checking(manager, row.id, {"verifier": str(steps.clerk().person_id)})
    clock.forward(days=1)
    steps.check(row, steps.lead())
    assert (row.status, row.verifier_id) == ("checking", steps.lead().person_id) and row.verifying_at > row.received_at
    assert lacks(("no_open_objection",), steps.now(case)), "核查 blocks as 收到 does"
    steps.check(row, steps.clerk())
    assert row.verifier_id == steps.clerk().person_id, "another colleague takes over"
    steps.answer(row)
    with pytest.raises(Conflict):
        steps.check(row)


@pytest.mark.parametrize(("result", "blocks"), [("rejected", False), ("partly", True), ("upheld", True)])
def test_only_an_objection_that_holds_in_nothing_lets_the_document_go(inside, clock, result, blocks):
    """公示无异议的 are recognised: what holds in part is an objection too (第八条)."""
    case = steps.proposed()[0]
    steps.answer(steps.say(steps.published([case]), case), result, UPHELD)
    clock.set("2024-11-12 09:30")
    if blocks:
        with pytest.raises(Invalid) as caught:
            decide(case)
        assert "1 件异议成立" in caught.value.problems[0].message
        assert len(outcomes(case)) == 5
    else:
        assert decide(case).id and outcomes(case) == []


@pytest.mark.parametrize(("outcome", "state"), [(outcome, state) for outcome, state, _ in REOPENED])
def test_an_upheld_one_reopens_the_station_that_the_province_names(inside, outcome, state):
    case = steps.proposed()[0]
    notice = steps.published([case])
    with pytest.raises(Invalid) as caught:
        back(case, outcome)
    assert [p.field for p in caught.value.problems] == ["outcome"], "nothing upheld, nowhere to go"
    steps.answer(steps.say(notice, case), "upheld", UPHELD)
    assert outcomes(case, steps.clerk()) == [], "the lead alone"
    with pytest.raises(Invalid) as caught:
        back(case, outcome, reason="太短")
    assert [p.field for p in caught.value.problems] == ["reason"]
    back(case, outcome)
    now = steps.now(case)
    assert now.state == state and now.office_id is not None
    said = db.session.scalar(select(Opinion).where(Opinion.case_id == case.id).order_by(Opinion.id.desc()))
    assert (said.outcome, said.text) == (outcome, REASON)
    assert db.session.scalar(select(NoticeItem.closed_at).where(NoticeItem.case_id == case.id)) is not None
    owed = db.session.scalar(select(Obligation).where(
        Obligation.case_id == case.id, Obligation.kind == "station", Obligation.fulfilled_at.is_(None)))
    assert owed.state == state, "the station that has it again owes its work"


def test_coming_back_it_needs_a_new_notice(inside, clock):
    case = steps.proposed()[0]
    steps.answer(steps.say(steps.published([case]), case), "upheld", UPHELD)
    back(case, "back_to_deliberation")
    walk.hold_meeting([case])
    clock.set("2024-11-12 09:30")
    assert noticed.waiting("recognition", steps.lead(), [case.id]) == [], "passed again, it is not on notice"
    with pytest.raises(Invalid):
        decide(case)
    steps.published([case], starts="2024-11-12", ends="2024-11-19")
    clock.set("2024-11-20 09:30")
    assert decide(case, on="2024-11-20").items[0].notice_end.isoformat() == "2024-11-19"


@pytest.mark.parametrize("what", ["name", "operator_name", "investor_name", "region_id"])
def test_changed_facts_need_a_new_notice(inside, clock, what):
    """Nothing in the portal changes them meanwhile but the transfer of a base; written here as that would."""
    case, other = steps.proposed(2)
    notice = steps.published([case, other])
    assert notice.id and lacks(("published_as_is",), steps.now(case)) == []
    clock.set("2024-11-12 09:30")
    base = db.session.get(Base, case.base_id)
    if what == "region_id":
        region = db.session.get(Base, other.base_id).region_id
        steps.now(case).region_id = region
        label = "所在地"
    else:
        setattr(base, what, "长春改名创业孵化基地")
        label = {"name": "基地名称", "operator_name": "运营机构", "investor_name": "投资主体"}[what]
    db.session.commit()
    with pytest.raises(Invalid) as caught:
        decide(case)
    assert f"{label}和公示的不一样，须重新公示" in caught.value.problems[0].message and caught.value.problems[0].article == "8"
    assert "published_as_is" in {n for a in case.procedure.steps_from("to_decide") for n in a.needs}
    assert decide(other, "吉工信创业〔2024〕93号").id, "twin: what was published is decided"

    assert outcomes(case, steps.clerk()) == ["renotice"]
    back(case, "renotice", steps.clerk(), "公示以后名称有变化，重新公示后再认定")
    assert steps.now(case).state == "proposed"
    steps.published([case], starts="2024-11-12", ends="2024-11-19")
    clock.set("2024-11-20 09:30")
    assert decide(case, "吉工信创业〔2024〕94号", "2024-11-20").id


def test_the_page_of_the_way_back(app, clock):
    clock.set("2024-11-04 09:30")
    with app.app_context():
        case = steps.proposed()[0]
        notice_id = steps.published([case]).id
        steps.answer(steps.say(db.session.get(Notice, notice_id), case), "partly", UPHELD)
        assert "back_to_county" not in {a.step.outcome for a in actions(steps.now(case), steps.lead())}, "one page, not five buttons"
        case_id = case.id
        db.session.commit()
    desk = Visitor(app, "shengf")
    url = f"/notices/back/{case_id}"
    assert f'href="{url}"' in desk.get(f"/cases/{case_id}") and f'href="{url}"' in desk.get(f"/notices/{notice_id}")
    page = desk.get(url)
    assert all(f"退回{label}" in page for _, _, label in REOPENED)
    wrong = desk.post(url, {"outcome": "", "reason": "短"}, page)
    assert wrong.status_code == 422 and "还没有选退回哪一环节" in wrong.get_data(as_text=True)
    done = desk.post(url, {"outcome": "back_to_city", "reason": REASON}, page).get_data(as_text=True)
    assert "退回了，现在是“市复核”" in done and "再次通过后要重新公示" in done
    assert "现在不能退回" in desk.get(url)


def test_the_county_may_do_again_what_it_could_before(inside):
    case = steps.proposed()[0]
    steps.answer(steps.say(steps.published([case]), case), "upheld", UPHELD)
    back(case, "back_to_county")
    lead = walk.actor(*walk.staff("220104").county_lead)
    assert {"recommend", "return", "not_recommend"} <= {a.step.outcome for a in actions(steps.now(case), lead)}
