"""One act for many cases: offered where lawful, held five minutes, released case by case (A8-3b)."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from incubator.cases import batches
from incubator.cases.models import WorkBatch, WorkBatchItem
from incubator.kernel import access, outbox, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Denied, NotVisible, Refused
from incubator.kernel.ledger import Event, verify
from incubator.kernel.workflow import Case
from incubator.messages.models import Letter
from incubator.obligations import counts
from incubator.offices import commands as offices
from incubator.offices.models import Membership
from tests import walk
from tests.cases.apart import signed_in
from tests.filings import steps

CONFIRM, REJECT = "account_request:county_check:confirm", "account_request:county_check:reject"
REASON = "场地登记在别的单位名下，材料和现场不符"


@pytest.fixture
def inside(app, clock):
    with app.app_context():
        walk.province()
        for region in ("220104", "220102"):
            walk.staff(region)
        yield app


def asked(number: int, region: str = "220104") -> Case:
    return walk.request_account(walk.Unit(f"示例{number}创业孵化基地", region, number))


def pairs(*cases: Case) -> list[tuple[int, int]]:
    return [(case.id, steps.fresh(case).version) for case in cases]


def results(batch) -> dict[int, tuple[str, str]]:
    db.session.expire_all()
    return {item.case_id: (item.result, item.reason) for item in batches.items(db.session.get(WorkBatch, batch.id))}


def release(clock, batch) -> dict[int, tuple[str, str]]:
    clock.forward(minutes=5)
    while outbox.drain():
        pass
    return results(batch)


# --------------------------------------------------------------------------------- what is offered


def test_only_lawful_acts_are_offered_and_none_that_needs_words_of_its_own(inside):
    requests, county = [asked(1), asked(2)], walk.actor("x220104")
    filing, _ = steps.submitted(301)
    found = {c.key: c.able for c in batches.offered(county, batches.ticked(county, [c.id for c in (*requests, filing)]))}
    assert found == {CONFIRM: 2, REJECT: 2, "filing:county_review:approve": 1}
    lead = {c.key for c in batches.offered(walk.actor("x220104f"), batches.ticked(county, [filing.id]))}
    assert lead == {"filing:county_review:approve", "filing:county_review:refuse"}, "a lead's act, with one common reason"
    assert not {key for key in lead if "return" in key}, "remarks are of each case alone"
    assert batches.offered(walk.actor("sheng1"), batches.ticked(walk.actor("sheng1"), [filing.id])) == []
    for key in ("filing:county_review:return", "recognition:city_review:forward", "account_request:dispatch:dispatch", "x", "filing:x:y"):
        assert batches.choice_of(key) is None, key


def test_the_preview_says_of_each_where_to_and_until_when_or_why_not(inside, clock):
    county, one, filing = walk.actor("x220104"), asked(1), steps.submitted(301)[0]
    plan = batches.plan(county, [one, filing], batches.choice_of(CONFIRM))
    [able], [left] = plan.able, plan.left_out
    assert (able.station, able.office) == ("待省厅派发", "省工信厅")
    assert left.why == "备案，现在是“县审”，没有这一步"
    made = walk.act(one, "confirm", county)
    from incubator.obligations.commands import due_of

    assert able.until == due_of(made.id).due_on, "what was foretold is what came"
    page = signed_in(inside, "x220104").get("/work/batch", query_string={"case": [filing.id], "act": "filing:county_review:approve"})
    assert page.status_code == 200 and "备案通过 1" in page.text and f'value="{filing.id}-{filing.version}"' in page.text


def test_the_worklist_ticks_without_script_and_leads_to_the_acts(inside):
    first, second = asked(1), asked(2)
    visitor = signed_in(inside, "x220104")
    page = visitor.get("/work").text
    assert len(re.findall(r'type="checkbox" name="case"', page)) == 2
    page = visitor.get("/work/batch", query_string={"case": [first.id, second.id]}).text
    assert "核验属实，报省厅派发" in page and "驳回申请" in page
    foreign = asked(3, "220102")
    page = visitor.get("/work/batch", query_string={"case": [foreign.id], "act": CONFIRM}).text
    assert foreign.subject not in page, "out of sight"
    assert visitor.get("/work/batch", query_string={"case": [first.id], "act": "nonsense"}).status_code == 404
    assert 'name="case"' not in signed_in(inside, "zj1" if walk.experts(("zj1",)) else "").get("/work").text


# ------------------------------------------------------------------------------ held, then released


def test_held_five_minutes_then_each_by_the_same_act(inside, clock):
    county, cases = walk.actor("x220104"), [asked(n) for n in (1, 2, 3)]
    batch = batches.order(county, CONFIRM, pairs(*cases), "场地和登记相符")
    clock.forward(minutes=4, seconds=59)
    outbox.drain()
    assert {r for r, _ in results(batch).values()} == {""} and steps.fresh(cases[0]).state == "county_check"
    clock.forward(seconds=1)
    while outbox.drain():
        pass
    assert results(batch) == {case.id: ("done", "") for case in cases}
    for case in cases:
        assert steps.fresh(case).state == "dispatch"
        event = db.session.scalar(select(Event).where(Event.case_id == case.id, Event.kind == "confirm"))
        assert event.person_id == county.person_id and event.facts["facts"]["batch"] == batch.id
        assert event.facts["who"]["membership"] == county.membership_id
        assert workflow.opinions(case.id)[-1].text == "场地和登记相符"
    assert db.session.get(WorkBatch, batch.id).finished_at is not None
    assert counts.differences() == {} and verify().faults == []
    [letter] = db.session.scalars(select(Letter).where(Letter.person_id == county.person_id, Letter.dedup_key.like("batch_told%")))
    assert letter.subject == "批量核验属实，报省厅派发办完了" and "办了 3 件。" in letter.body
    assert not [c.subject for c in cases if c.subject in letter.body], "a letter without a case names none (P4)"


def test_what_moved_or_is_refused_meanwhile_is_left_out_with_its_reason(inside, clock):
    """Moved by a colleague, gone to another county, refused by the rule: each skipped, the others done."""
    county = walk.actor("x220104")
    moved, gone, good = asked(1), asked(2), asked(3)
    batch = batches.order(county, CONFIRM, pairs(moved, gone, good))
    walk.act(moved, "reject", walk.actor("x220104f"), text=REASON)
    other = db.session.scalar(select(access.Region.id).where(access.Region.code == "220102"))
    with transaction():
        workflow.relocate(steps.fresh(gone), other, access.service("R-2.3"), {})
    found = release(clock, batch)
    assert found[good.id] == ("done", "")
    assert found[moved.id][0] == "skipped" and "已由朝阳区工信局 朝阳负责 于 09:00 处理" in found[moved.id][1]
    assert found[gone.id] == ("skipped", "已经转到别的机构")
    page = signed_in(inside, "x220104").get(f"/work/batches/{batch.id}").text
    assert "另有 1 件已经转到别的机构" in page and "朝阳负责 于 09:00 处理" in page and gone.subject not in page


def test_a_refusal_after_the_first_writes_takes_back_that_item_only(inside, clock):
    """The effect of a step may refuse when much is written: nothing of it stays, neither rows nor counts."""
    county, good, bad = walk.actor("x220104"), steps.submitted(301)[0], steps.submitted(302)[0]
    batch = batches.order(county, "filing:county_review:approve", pairs(good, bad))
    effect = batches.registry._effects["assign_filing_no"]

    def refuses(case, step, actor, given):
        if case.id == bad.id:
            effect(case, step, actor, given)
            raise Refused("7(1)", "备案编号用完了", "请省厅处理")
        return effect(case, step, actor, given)

    batches.registry._effects["assign_filing_no"] = refuses
    try:
        found = release(clock, batch)
    finally:
        batches.registry._effects["assign_filing_no"] = effect
    assert found == {good.id: ("done", ""), bad.id: ("skipped", "备案编号用完了")}
    assert steps.fresh(bad).state == "county_review" and steps.fresh(good).state == "approved"
    assert counts.differences() == {} and verify().faults == []
    assert [o.outcome for o in workflow.opinions(bad.id)] == []


def test_four_eyes_hold_in_a_batch(inside, clock):
    """R-2.1: who acted at the station before may not act at the next, one by one or many at once."""
    today = clock.today()
    walk.open_round(today.year, today, today.replace(month=12, day=31))
    unit = walk.Unit("梅河口星桥创业孵化基地", "220581", 17)
    case = walk.submitted_case(unit)
    local = walk.staff("220581")
    walk.visit(case, walk.actor(*local.county))
    walk.act(walk.fresh(case), "recommend", walk.actor(*local.county), text="材料齐全，建议推荐。")
    same = next(m for m in db.session.scalars(select(Membership).where(Membership.person_id == walk.actor(*local.county).person_id))
                if m.role == "city_lead")
    who = walk.actor(local.county[0], same.role)
    key = "recognition:city_review:not_forward"
    plan = batches.plan(who, [walk.fresh(case, who)], batches.choice_of(key))
    assert "相邻环节也是本人办的" in plan.left_out[0].why
    batch = batches.order(who, key, pairs(case), REASON)  # whoever sends it all the same
    assert "相邻环节也是本人办的" in release(clock, batch)[case.id][1]
    assert steps.fresh(case).state == "city_review"


def test_a_person_who_left_acts_no_more(inside, clock):
    county, case = walk.actor("x220104"), asked(1)
    batch = batches.order(county, CONFIRM, pairs(case))
    with transaction():
        offices.end_membership(walk.SEED, db.session.get(Membership, county.membership_id))
    assert release(clock, batch)[case.id] == ("skipped", "下这一批的人已经停用，或不再担任这个角色")
    assert steps.fresh(case).state == "county_check"


def test_a_crash_between_items_goes_on_where_it_stopped(inside, clock, monkeypatch):
    """The second item fails by a fault of the machine; the first stays done, the second is tried again, and only once done."""
    county, cases = walk.actor("x220104"), [asked(n) for n in (1, 2, 3)]
    batch = batches.order(county, CONFIRM, pairs(*cases))
    real, calls = workflow.advance, []

    def fails_once(case_id, *args, **more):
        calls.append(case_id)
        if case_id == cases[1].id and calls.count(case_id) == 1:
            raise RuntimeError("the machine stopped")
        return real(case_id, *args, **more)

    monkeypatch.setattr(workflow, "advance", fails_once)
    found = release(clock, batch)
    assert [found[c.id][0] for c in cases] == ["done", "", "done"]
    clock.forward(minutes=2)
    while outbox.drain():
        pass
    assert {r for r, _ in results(batch).values()} == {"done"}
    for row in db.session.scalars(select(outbox.Outbox).where(outbox.Outbox.topic == "batch_item")):
        with transaction():
            batches.release(row)  # delivered twice
    assert [calls.count(c.id) for c in cases] == [1, 2, 1]
    assert len(list(db.session.scalars(select(Event).where(Event.kind == "confirm")))) == 3


def test_an_item_that_always_fails_is_left_to_a_person(inside, clock, monkeypatch):
    case = asked(1)
    batch = batches.order(walk.actor("x220104"), CONFIRM, pairs(case))

    def breaks(*args, **more):
        raise RuntimeError("broken")

    monkeypatch.setattr(workflow, "advance", breaks)
    clock.forward(minutes=5)
    for _ in range(4):
        outbox.drain()
        clock.forward(minutes=20)
    assert results(batch)[case.id] == ("skipped", "系统没有办成，请打开案卷单独办理")
    assert db.session.get(WorkBatch, batch.id).finished_at is not None


# ------------------------------------------------------------------------------------- cancelling


def test_cancelled_while_held_nothing_happens(inside, clock):
    county, case = walk.actor("x220104"), asked(1)
    batch = batches.order(county, CONFIRM, pairs(case))
    clock.forward(minutes=4)
    batches.cancel(county, batch.id)
    assert release(clock, batch)[case.id] == ("", "") and steps.fresh(case).state == "county_check"
    kinds = [e.kind for e in db.session.scalars(select(Event).where(Event.kind.like("batch_%")).order_by(Event.id))]
    assert kinds == ["batch_ordered", "batch_cancelled"]


def test_after_five_minutes_it_is_too_late_to_cancel(inside, clock):
    batch = batches.order(walk.actor("x220104"), CONFIRM, pairs(asked(1)))
    clock.forward(minutes=5)
    with pytest.raises(Refused, match="已经放行"):
        batches.cancel(walk.actor("x220104"), batch.id)


def test_a_lead_cancels_a_colleague_does_not_a_stranger_sees_nothing(inside):
    walk.person("x220104b", "朝阳经办乙", ("county_clerk", "220104"))
    first, second = (batches.order(walk.actor("x220104"), CONFIRM, pairs(asked(n))) for n in (1, 2))
    with pytest.raises(Denied):
        batches.cancel(walk.actor("x220104b"), first.id)
    with pytest.raises(NotVisible):
        batches.cancel(walk.actor("x220102f"), first.id)
    with pytest.raises(NotVisible):
        batches.cancel(walk.actor("s220100f"), first.id)
    assert batches.cancel(walk.actor("x220104f"), second.id).cancelled_by == walk.actor("x220104f").person_id
    number, stranger = first.id, signed_in(inside, "x220102")
    assert stranger.get(f"/work/batches/{number}").status_code == 404
    assert "还没有批量办过" in stranger.get("/work/batches").text


# ------------------------------------------------------------------------------ refusals and record


@pytest.mark.parametrize(("key", "text_", "field"), [
    (REJECT, "太短", "text"), (REJECT, "", "text"), ("account_request:county_check:nonsense", "", ""),
    ("filing:county_review:return", REASON, ""), ("account_request:dispatch:dispatch", "", ""),
])
def test_refused_orders_beside_their_twin(inside, key, text_, field):
    case, county = asked(1), walk.actor("x220104")
    with pytest.raises(Refused) as refused:
        batches.order(county, key, pairs(case), text_)
    assert refused.value.field == field and refused.value.article
    assert batches.order(county, REJECT, pairs(case), REASON).id


def test_who_may_not_do_the_step_may_not_order_it(inside):
    case, filing = asked(1), steps.submitted(301)[0]
    for login, key, thing in (("s220100", CONFIRM, case), ("sheng1", CONFIRM, case), ("x220104", "filing:county_review:refuse", filing)):
        with pytest.raises(Denied):
            batches.order(walk.actor(login), key, pairs(thing), REASON)
    with pytest.raises(NotVisible):
        batches.order(walk.actor("x220102"), CONFIRM, pairs(case))
    with pytest.raises(Refused, match="最多 50 件"):
        batches.order(walk.actor("x220104"), CONFIRM, [(n, 1) for n in range(1, 52)])


def test_one_form_is_one_batch_and_the_pages_say_what_comes(inside, clock):
    """P24: sent twice it is the same batch; cancelled by its button; a wrong reason keeps what was typed."""
    case = asked(1)
    visitor = signed_in(inside, "x220104")
    form = {"act": REJECT, "item": f"{case.id}-{case.version}", "text": "短", "idem": "k1"}
    answer = visitor.post("/work/batch", form)
    assert answer.status_code == 422 and "理由至少写 10 个字" in answer.text and "短" in answer.text
    form |= {"text": REASON, "idem": "k2"}
    places = {visitor.post("/work/batch", form).headers["Location"] for _ in range(3)}
    assert len(places) == 1 and len(list(db.session.scalars(select(WorkBatch.id)))) == 1
    page = visitor.get(places.pop()).text
    assert "09:05 开始一件一件办" in page and "撤下这一批" in page
    batch = db.session.scalar(select(WorkBatch))
    assert visitor.post(f"/work/batches/{batch.id}/cancel", {"idem": "k3"}).status_code == 302
    assert "撤下了，一件也没有办" in visitor.get(f"/work/batches/{batch.id}").text
    assert "撤下" in visitor.get("/work/batches").text


def test_the_database_keeps_what_was_ordered_and_what_became_of_it(inside, clock):
    case = asked(1)
    batch = batches.order(walk.actor("x220104"), CONFIRM, pairs(case))
    release(clock, batch)
    for change in (
        update(WorkBatchItem).values(result="skipped", reason="x"), update(WorkBatch).values(text="x"),
        update(WorkBatch).values(finished_at=None), text("DELETE FROM work_batch_item"), text("DELETE FROM work_batch"),
    ):
        with pytest.raises(DBAPIError):
            db.session.execute(change)
        db.session.rollback()


def test_the_order_is_on_record_with_its_items(inside):
    case, county = asked(1), walk.actor("x220104")
    batch = batches.order(county, CONFIRM, pairs(case), "场地和登记相符")
    event = db.session.scalar(select(Event).where(Event.kind == "batch_ordered"))
    facts = event.facts["facts"]
    assert (event.person_id, facts["batch"], facts["act"], facts["items"]) == (
        county.person_id, batch.id, CONFIRM, {str(case.id): case.version})
    assert "场地和登记相符" not in json.dumps(event.facts, ensure_ascii=False), "typed text is not in the record"
