"""T57, T58, T61 and their twins; what a document changes in the register (A8-5, A10-1, AMB-24, AMB-25)."""

from datetime import date

import pytest
from sqlalchemy import select

from incubator.bases.facts import standing_of
from incubator.bases.models import Base
from incubator.decisions import commands, queries
from incubator.decisions.models import Decision
from incubator.decisions.noticed import waiting as noticed_waiting
from incubator.kernel import files, ledger
from incubator.kernel.database import db
from incubator.kernel.errors import Conflict, Denied, Invalid, Refused
from incubator.notices.models import NoticeItem
from tests import walk
from tests.notices import steps


@pytest.fixture
def inside(app, clock):
    clock.set("2024-11-04 09:30")
    with app.app_context():
        yield app


def noticed(clock, count: int = 1, on: str = "2024-11-12 09:30"):
    """Cases whose notice of T55 has run out; the day's run has not come by."""
    cases = steps.proposed(count)
    notice = steps.published(cases)
    clock.set(on)
    return cases, notice


def paper(number="吉工信创业〔2024〕92号", on="2024-11-12", **changes) -> dict:
    return {"document_no": number, "document_on": on, "title": "关于认定2024年第一批吉林省创业孵化基地的通知", "late_reason": "",
            **changes}


def issue(cases, actor=None, upload="认定文件.pdf", confirm=False, **changes) -> Decision:
    return commands.issue_decision(
        actor or steps.lead(), steps.versions(cases), paper(**changes), walk.pdf(upload) if upload else None,
        confirm_year=confirm,
    )


def problems(cases, **changes):
    with pytest.raises(Invalid) as caught:
        issue(cases, **changes)
    assert steps.count(Decision) == 0 and all(steps.now(c).state in ("to_decide", "on_notice") for c in cases)
    return caught.value.problems


def test_t57_a_document_of_a_day_within_the_notice(inside, clock):
    cases, _ = noticed(clock)
    for day in ("2024-11-10", "2024-11-11"):
        found = problems(cases, on=day)
        assert [(p.field, p.article) for p in found] == [("document_on", "8")]
        assert found[0].message == f"不能登记认定文件：文件日期2024年11月{int(day[-2:])}日，公示到2024年11月11日 24:00 止"
        assert found[0].way_out.endswith("文件日期应为2024年11月12日或以后")
    decision = issue(cases)
    assert decision.document_on == date(2024, 11, 12) and steps.now(cases[0]).state == "recognised"


def test_nothing_is_issued_while_the_notice_runs(inside, clock):
    cases = steps.proposed()
    steps.published(cases)
    clock.set("2024-11-11 23:59:59")
    found = problems(cases, on="2024-11-11")
    assert {p.field for p in found} == {"cases", "document_on"}
    assert "公示到2024年11月11日 24:00 止，还没有期满" in next(p for p in found if p.field == "cases").message
    assert next(p for p in found if p.field == "document_on").message.startswith("不能登记认定文件")
    clock.set("2024-11-12 00:00:01")
    assert issue(cases).items[0].notice_end == date(2024, 11, 11), "ended on the way, without the day's run"


def test_what_a_document_changes(inside, clock):
    """Two bases at once: item, step, level, validity from the year after, in the register from the document's date."""
    cases, notice = noticed(clock, 2)
    decision = issue(cases)
    assert decision.document_no == "吉工信创业〔2024〕92号" and len(decision.items) == 2
    for case, item in zip(cases, decision.items, strict=True):
        assert (item.case_id, item.base_id, item.notice_end) == (case.id, case.base_id, notice.ends_on)
        assert (item.valid_from, item.valid_to) == (date(2025, 1, 1), date(2029, 12, 31))
        assert item.initiator_id == walk.actor("sheng1").person_id and item.approver_id == steps.lead().person_id
        base = db.session.get(Base, case.base_id)
        assert (base.status_now, base.level_now) == ("valid", "base")
        assert standing_of(base).text == "有效（有效期自2025-01-01起算）"
        assert standing_of(base, date(2024, 11, 11)).state == "filed" and standing_of(base, date(2029, 12, 31)).in_force
        assert not standing_of(base, date(2030, 1, 1)).in_force
        last = db.session.scalar(select(ledger.Event).where(ledger.Event.case_id == case.id).order_by(ledger.Event.id.desc()))
        assert last.kind == "decide" and last.facts["facts"]["decision"] == decision.id
    entered = db.session.scalar(select(ledger.Event).where(ledger.Event.kind == "decision_entered"))
    assert entered.facts["facts"]["cases"] == [case.id for case in cases]
    assert all(item.closed_at for item in db.session.scalars(select(NoticeItem)))
    assert db.session.get(files.StoredFile, decision.file_id).is_public
    assert not ledger.verify().faults


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        ("吉工信创业[2024]92号", "年份应使用六角括号〔〕"), ("吉工信创业〔2024〕092号", "序号从1起，不编虚位"),
        ("吉工信创业〔2024〕第92号", "序号前不加“第”"), ("〔2024〕92号", "缺少机关代字"), ("吉工信创业92号", "按“机关代字〔年份〕序号号”填写"),
    ],
)
def test_t61_wrong_numbers_are_refused_with_the_right_form(inside, clock, number, hint):
    cases, _ = noticed(clock)
    found = [p for p in problems(cases, number=number) if p.field == "document_no"]
    assert found and hint in found[0].message + found[0].way_out and found[0].article == "GB/T 9704-2012"


def test_t61_the_right_number_once(inside, clock):
    cases, _ = noticed(clock, 2)
    assert issue(cases[:1], number="吉工信创业〔2024〕 92 号").doc_n == 92, "spaces are no fault"
    with pytest.raises(Invalid) as caught:
        issue(cases[1:])
    assert caught.value.problems[0].field == "document_no" and "已经登记过" in caught.value.problems[0].message
    assert queries.suggest_number(2024) == "吉工信创业〔2024〕93号"
    assert issue(cases[1:], number=queries.suggest_number(2024)).doc_n == 93


def test_a_late_entry_needs_a_reason_and_a_future_date_does_not_exist(inside, clock):
    """R-2.13: 30 days are free, the 31st asks why."""
    cases, _ = noticed(clock, 2, on="2024-12-12 09:30")
    assert issue(cases[:1], on="2024-11-12").late_reason == ""
    clock.set("2024-12-13 09:30")
    with pytest.raises(Invalid) as caught:
        issue(cases[1:], number="吉工信创业〔2024〕93号", on="2024-11-12")
    late = caught.value.problems[0]
    assert (late.field, late.article) == ("late_reason", "10") and "距今 31 天" in late.message
    with pytest.raises(Invalid) as caught:
        issue(cases[1:], number="吉工信创业〔2024〕93号", on="2024-12-14")
    assert "document_on" in {p.field for p in caught.value.problems}
    reason = "文件原件在机要室，12月13日才转到处里"
    assert issue(cases[1:], number="吉工信创业〔2024〕93号", on="2024-11-12", late_reason=reason).late_reason == reason


def test_amb_25_the_year_of_the_number_is_confirmed(inside, clock):
    cases, _ = noticed(clock, on="2025-01-03 09:30")
    with pytest.raises(Refused) as caught:
        issue(cases, number="吉工信创业〔2024〕120号", on="2025-01-02")
    assert (caught.value.article, caught.value.field) == ("10", "confirm_year")
    assert "文号年份为2024年，文件日期为2025年1月2日" in caught.value.reason
    decision = issue(cases, number="吉工信创业〔2024〕120号", on="2025-01-02", confirm=True)
    item = decision.items[0]
    assert (item.valid_from, item.valid_to) == (date(2026, 1, 1), date(2030, 12, 31)), "the document's date counts"


def test_the_scan_is_compulsory_and_ones_own(inside, clock):
    cases, _ = noticed(clock)
    assert [p.field for p in problems(cases, upload=None)] == ["file"]
    foreign = db.session.scalar(select(files.StoredFile).where(files.StoredFile.case_id == cases[0].id).limit(1))
    with pytest.raises(Refused) as caught:
        commands.issue_decision(steps.lead(), steps.versions(cases), paper(), file_id=foreign.id)
    assert caught.value.field == "file" and steps.count(Decision) == 0
    kept = commands.keep_scan(steps.lead(), walk.pdf("认定文件.pdf"), public=False)
    assert commands.issue_decision(steps.lead(), steps.versions(cases), paper(), file_id=kept.id).file_id == kept.id


def test_t58_one_objected_base_refuses_the_whole_document(inside, clock):
    cases = steps.proposed(3)
    notice = steps.published(cases)
    clock.set("2024-11-11 23:00")
    row = steps.say(notice, cases[0])
    clock.set("2024-11-12 09:30")
    found = problems(cases)
    assert [(p.field, p.article) for p in found] == [("cases", "8")]
    assert "长春知行创业孵化基地" in found[0].message and "有 1 件实名异议没有答复" in found[0].message
    assert "移出这份文件" in found[0].way_out
    issue(cases[1:])
    assert [steps.now(c).state for c in cases] == ["on_notice", "recognised", "recognised"]

    steps.answer(row)
    assert issue(cases[:1], number="吉工信创业〔2024〕93号").id, "the objected one follows later"


def test_a_second_person_issues_it(inside, clock):
    """P26, R-2.1: not who recorded the deliberation, not who published; a clerk never."""
    case = steps.proposed()[0]
    notice = steps.published([case])
    clock.set("2024-11-12 09:30")
    for who in (steps.clerk(), walk.province()["manager"], walk.actor("x220104")):
        with pytest.raises(Denied):
            issue([case], actor=who)
    row = noticed_waiting("recognition", steps.lead(), [case.id])[0]
    assert row.lacks == () and row.initiator_id == steps.clerk().person_id
    own = noticed_waiting("recognition", walk.actor("sheng1"), [case.id])[0]
    assert [lack.text for lack in own.lacks] == ["集中审议是本人登记的"]
    assert issue([case]).items[0].approver_id != row.initiator_id and notice.id


def test_a_lead_who_recorded_or_published_does_not_issue(inside, clock):
    case = walk.assess(accepted())
    lead, lead2 = walk.province()["lead"], walk.province()["lead2"]
    meeting = walk.meetings.open_meeting(lead2, {
        "held_on": "2024-11-04", "place": "省工信厅 301 会议室",
        "members": [{"name": f"委员{n}", "office": "省工信厅", "present": True} for n in "甲乙丙"],
    })
    walk.meetings.settle_item(lead2, meeting.id, case.id, "pass", seen_version=steps.now(case).version)
    notice = walk.notices.publish_notice(lead, steps.versions([case]), steps.typed())
    clock.set("2024-11-12 09:30")
    for who, why in ((lead2, "集中审议是本人登记的"), (lead, "公示是本人发布的")):
        with pytest.raises(Invalid) as caught:
            issue([case], actor=who)
        assert why in caught.value.problems[0].message and caught.value.problems[0].article == "8"
    third = walk.person("shengf3", "省厅负责丙", ("prov_lead", "220000"))
    with pytest.raises(Refused, match="集中审议还没有形成记录") as caught:  # A8-3: the record stands before the decision
        issue([case], actor=walk.actor(third.login))
    assert caught.value.article == "8" and "会议纪要" in caught.value.way_out
    walk.form_record(meeting.id)
    assert issue([case], actor=walk.actor(third.login)).items[0].initiator_id == lead2.person_id and notice.id


def accepted():
    today = walk.clock.today()
    walk.open_round(today.year, today, date(today.year, 12, 31))
    return walk.accepted_case(walk.Unit(steps.NAMES[0], "220104", 101))


def test_who_acted_since_refuses_the_whole_document(inside, clock):
    cases, notice = noticed(clock, 2)
    seen = steps.versions(cases)
    with pytest.raises(Conflict):
        commands.issue_decision(steps.lead(), {**seen, cases[1].id: seen[cases[1].id] - 1}, paper(), walk.pdf("认定文件.pdf"))
    assert steps.count(Decision) == 0 and steps.now(cases[0]).state == "on_notice"
    with pytest.raises(Invalid) as caught:
        commands.issue_decision(steps.lead(), {}, paper(), walk.pdf("认定文件.pdf"))
    assert [p.field for p in caught.value.problems] == ["cases"]
    assert commands.issue_decision(steps.lead(), seen, paper(), walk.pdf("认定文件.pdf")).id and notice.id
