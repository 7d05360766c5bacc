"""The desk of an office: who works on what, handover, saved views, columns by person, the next item."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from incubator.assessments import commands as assessments
from incubator.cases import personal, queries, relocations, saved_views, taking
from incubator.cases.models import SavedView, TakenUp
from incubator.kernel import access
from incubator.kernel.access import Assignment
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Denied, NotVisible, Refused
from incubator.kernel.ledger import Event
from incubator.kernel.workflow import Case
from incubator.notices.models import Objection
from incubator.obligations import counts
from incubator.obligations.models import Obligation
from incubator.offices import commands as offices
from incubator.offices.models import Membership
from incubator.simulation import reviews
from tests import walk
from tests.cases import crowd
from tests.cases.apart import signed_in
from tests.filings import steps
from tests.notices import steps as noticing

ROW = re.compile(r'<a class="row" href="/cases/(\d+)["?]')
HEADS = re.compile(r'<th scope="col" role="columnheader"[^>]*>(?:<span[^>]*>)?([^<]+)<')


@pytest.fixture
def inside(app, clock):
    with app.app_context():
        walk.province()
        for region in ("220104", "220102"):
            walk.staff(region)
        walk.person("x220104b", "朝阳经办乙", ("county_clerk", "220104"))
        yield app


def asked(number: int, region: str = "220104") -> Case:
    return walk.request_account(walk.Unit(f"示例{number}创业孵化基地", region, number))


def hands() -> dict[int, int]:
    return dict(db.session.execute(select(TakenUp.case_id, TakenUp.person_id)).all())


def kinds(like: str) -> list[str]:
    return list(db.session.scalars(select(Event.kind).where(Event.kind.like(like)).order_by(Event.id)))


# --------------------------------------------------------------------------------------- 我来办


def test_a_mark_is_seen_by_colleagues_and_binds_nobody(inside):
    case, mine, other = asked(1), walk.actor("x220104"), walk.actor("x220104b")
    number = case.id
    visitor = signed_in(inside, "x220104")
    assert "我来办" in visitor.get(f"/cases/{number}").text
    assert visitor.post(f"/cases/{number}/take", {"idem": "t1"}).status_code == 302
    assert hands() == {number: mine.person_id}
    assert "我在办" in visitor.get("/work").text and ROW.findall(visitor.get("/work?mine=1").text) == [str(number)]
    colleague = signed_in(inside, "x220104b")
    assert "朝阳经办在办" in colleague.get("/work").text and "朝阳经办在办" in colleague.get(f"/cases/{number}").text
    assert ROW.findall(colleague.get("/work?mine=1").text) == []
    assert taking.take(other, number) == "朝阳经办", "taken over: who had it is told"
    assert hands() == {number: other.person_id}
    assert walk.act(case, "confirm", mine).state == "dispatch", "R-2.2: it binds nobody"
    assert hands() == {}, "at the next station it is nobody's"
    assert "在办</" not in signed_in(inside, "s220100").get(f"/cases/{number}").text
    assert kinds("case_%") == ["case_taken_up", "case_taken_up"]


def test_marks_of_another_desk_are_not_seen_and_who_has_no_desk_marks_nothing(inside):
    case = asked(1)
    taking.take(walk.actor("x220104"), case.id)
    for login in ("s220100", "sheng1"):
        assert "朝阳经办在办" not in signed_in(inside, login).get(f"/cases/{case.id}").text
        with pytest.raises(Refused, match="不在本处办"):
            taking.take(walk.actor(login), case.id)
    with pytest.raises(NotVisible):
        taking.take(walk.actor("x220102"), case.id)
    with pytest.raises(Denied):
        taking.put_back(walk.actor("x220104b"), case.id)
    taking.put_back(walk.actor("x220104"), case.id)
    assert hands() == {} and kinds("case_put_back") == ["case_put_back"]
    with pytest.raises(Refused) as refused:
        taking.put_back(walk.actor("x220104"), case.id)
    assert (refused.value.article, refused.value.reason) == ("3", "这件没有人标“我来办”")


def test_who_leaves_has_nothing_in_hand(inside):
    """Disabled, or the role withdrawn: the marks go, the cases stay in the queue."""
    first, second = asked(1), asked(2)
    taking.take(walk.actor("x220104"), first.id)
    taking.take(walk.actor("x220104b"), second.id)
    walk.person("verw", "系统管理", ("sys_admin", None))
    offices.disable_person(walk.actor("verw"), walk.actor("x220104b").person_id)
    assert set(hands()) == {first.id}
    walk.person("aq", "安全管理", ("sec_admin", None))
    member = db.session.scalar(select(Membership.id).where(Membership.person_id == walk.actor("x220104").person_id))
    offices.withdraw_role(walk.actor("aq"), member)
    assert hands() == {}
    assert len(queries.rows_of(walk.actor("x220104f"), queries.Filters())[0]) == 2


# ------------------------------------------------------------------------------------- handover


def test_all_that_a_colleague_has_in_hand_goes_to_another_with_a_record(inside):
    mine, other, lead = (walk.actor(n) for n in ("x220104", "x220104b", "x220104f"))
    cases = [asked(n) for n in (1, 2, 3)]
    for case in cases[:2]:
        taking.take(mine, case.id)
    taking.take(other, cases[2].id)
    with pytest.raises(Denied):
        taking.hand_over(other, mine.person_id, other.person_id)
    assert taking.hand_over(lead, mine.person_id, other.person_id) == taking.Handed(2)
    assert set(hands().values()) == {other.person_id}
    event = db.session.scalar(select(Event).where(Event.kind == "work_handed_over"))
    assert event.person_id == lead.person_id
    assert event.facts["facts"] == {"from": mine.person_id, "to": other.person_id, "cases": sorted(c.id for c in cases[:2])}
    for to, reason in ((other.person_id, "接手的就是本人"), (walk.actor("x220102").person_id, "没有选接手的同事"),
                       (walk.actor("s220100").person_id, "没有选接手的同事"), (0, "没有选接手的同事")):
        with pytest.raises(Refused) as refused:
            taking.hand_over(other, other.person_id, to)
        assert (refused.value.article, refused.value.reason, refused.value.field) == ("3", reason, "to")
    with pytest.raises(NotVisible):
        taking.hand_over(lead, walk.actor("x220102").person_id, other.person_id)
    with pytest.raises(Refused, match="没有在办"):
        taking.hand_over(mine, mine.person_id, other.person_id)
    assert taking.hand_over(other, other.person_id, mine.person_id).moved == 3, "the person himself may"


def test_the_handover_page(inside):
    case, mine, other = asked(1), walk.actor("x220104"), walk.actor("x220104b")
    taking.take(mine, case.id)
    name, number = case.subject, mine.person_id
    lead = signed_in(inside, "x220104f")
    page = lead.get(f"/work/handover?from={number}").text
    assert name.removesuffix("创业孵化基地") in page and "移交 1" in page
    assert name not in signed_in(inside, "x220104b").get(f"/work/handover?from={number}").text, "only a lead looks at others'"
    answer = lead.post("/work/handover", {"from": number, "to": other.person_id, "idem": "h1"})
    assert answer.status_code == 302 and set(hands().values()) == {other.person_id}
    again = lead.post("/work/handover", {"from": number, "to": other.person_id, "idem": "h1"})
    assert again.status_code == 302 and kinds("work_handed_over") == ["work_handed_over"], "P24"


def test_what_stands_under_a_name_goes_along(inside, clock):
    """R-2.2, A8-1, A8-5: verification and visit go to the colleague with their day; the sheet of an expert never does."""
    clock.set("2026-06-01 09:00")
    noticed, visited = noticing.proposed()[0], walk.accepted_case(walk.Unit("长春星桥创业孵化基地", "220104", 17))
    mine, other, lead = (walk.actor(n) for n in ("sheng2", "sheng1", "shengf"))
    said = noticing.say(noticing.published([noticed], starts_on="2026-06-01", ends_on="2026-06-08"), noticed)
    number, place, subject = noticing.check(said, mine).id, visited.id, visited.subject
    for who in (mine, other):
        offices.add_membership(walk.SEED, who.person_id, "site_team")
    walk.named(visited, mine)
    assessments.assign_team(lead, visited.id, mine.person_id, seen_version=reviews.fresh(visited).version)
    due = _owed_by(mine)
    page = signed_in(inside, "shengf").get(f"/work/handover?from={mine.person_id}").text
    assert "核查异议" in page and "考核组成员" in page and "移交 2" in page
    handed = taking.hand_over(lead, mine.person_id, other.person_id)
    assert handed.moved == 1 and handed.stays == (f"{subject}的考核组成员没有移交：接手的不在这一批次的考核组里",)
    row = db.session.get(Objection, number, populate_existing=True)
    assert (row.status, row.verifier_id) == ("checking", other.person_id)
    assert _owed_by(mine) == due and _owed_by(other) == [], "who is not on the list takes no visit"
    with pytest.raises(Refused) as refused:
        taking.hand_over(mine, mine.person_id, other.person_id)
    assert (refused.value.article, refused.value.reason) == ("3", handed.stays[0])
    walk.named(db.session.get(Case, place), other)
    assert taking.hand_over(mine, mine.person_id, other.person_id) == taking.Handed(1)
    assert (_owed_by(mine), _owed_by(other)) == ([], due), "by the same day"
    told = [e.kind for e in db.session.scalars(select(Event).where(Event.case_id == place).order_by(Event.seq))]
    assert told[-2:] == ["team_released", "team_assigned"]
    assert counts.differences() == {}


def _owed_by(who) -> list:
    return db.session.scalars(select(Obligation.due_on).where(
        Obligation.person_id == who.person_id, Obligation.kind == "site_visit", Obligation.fulfilled_at.is_(None))).all()


def test_an_experts_sheet_is_shown_and_not_moved(inside, clock):
    today = clock.today()
    walk.open_round(today.year, today, today.replace(month=12, day=31))
    case = walk.accepted_case(walk.Unit("长春星桥创业孵化基地", "220104", 17))
    who = walk.actor("sheng2")
    with transaction():
        db.session.add(Assignment(case_id=case.id, person_id=who.person_id, kind="expert", from_at=clock.now()))
    page = signed_in(inside, "shengf").get(f"/work/handover?from={who.person_id}").text
    assert "评审专家" in page and case.subject in page and "不随移交走" in page
    with pytest.raises(Refused, match="没有在办的件"):
        taking.hand_over(walk.actor("shengf"), who.person_id, walk.actor("sheng1").person_id)


def test_marks_do_not_follow_a_base_to_another_county(inside, clock):
    """P4: after a transfer the old county neither sees nor hands over what it had in hand."""
    case, _ = steps.submitted(301)
    mine, other = walk.actor("x220104"), walk.actor("x220104b")
    taking.take(mine, case.id)
    walk.staff("222401")
    from incubator.bases.models import Base

    base = db.session.get(Base, case.base_id, populate_existing=True)
    region = db.session.scalar(select(access.Region.id).where(access.Region.code == "222401"))
    relocations.order_base(walk.actor("shengg"), base.id, region, from_on=clock.today(), reason=steps.REASON, seen_version=base.version)
    db.session.expire_all()
    assert taking.in_hand(mine, mine.person_id) == []
    with pytest.raises(Refused, match="没有在办"):
        taking.hand_over(mine, mine.person_id, other.person_id)
    number = case.id
    assert "在办</span>" not in signed_in(inside, "x222401").get("/work").text
    taking.take(walk.actor("x222401"), number)
    assert hands() == {number: walk.actor("x222401").person_id}


# ---------------------------------------------------------------------------------- saved views


def test_a_view_is_the_address_under_a_name_with_its_count(inside):
    asked(1)
    steps.submitted(301)
    visitor = signed_in(inside, "x220104")
    page = visitor.get("/work?kind=filing&sort=arrived").text
    assert "存为视图" in page and '<input type="hidden" name="kind" value="filing">' in page
    answer = visitor.post("/work/views", {"name": " 要审的  备案 ", "kind": "filing", "sort": "arrived", "idem": "v1"})
    assert answer.headers["Location"] == "/work?kind=filing&sort=arrived"
    page = visitor.get("/work").text
    assert re.search(r'href="/work\?kind=filing&amp;sort=arrived">要审的 备案 <b>1</b>', page)
    assert 'aria-current="page">要审的 备案' in visitor.get("/work?kind=filing&sort=arrived").text
    assert "要审的" not in signed_in(inside, "x220104b").get("/work").text, "one's own"
    visitor.post("/work/views", {"name": "找星桥", "q": "星桥", "idem": "v2"})
    assert re.search(r'href="/work\?q=[^"]+">找星桥</a>', visitor.get("/work").text), "no count where only a count of rows could tell"
    assert visitor.post("/work/views", {"name": "空的", "idem": "v3"}).status_code == 422


def test_shared_views_are_read_by_the_desk_and_changed_by_their_maker_or_a_lead(inside):
    maker, lead = walk.actor("x220104"), walk.actor("x220104f")
    view = saved_views.save(maker, "待核验", queries.Filters(kind="account_request"), shared=True)
    number = view.id
    assert [v.name for v in saved_views.of_desk(walk.actor("x220104b"))] == ["待核验"]
    for login in ("x220102", "s220100", "sheng1"):
        assert saved_views.of_desk(walk.actor(login)) == []
        with pytest.raises(NotVisible):
            saved_views.change(walk.actor(login), number, "delete")
    with pytest.raises(Refused, match="同事共享"):
        saved_views.change(walk.actor("x220104b"), number, "rename", "改")
    saved_views.change(lead, number, "rename", "等核验的")
    saved_views.change(maker, number, "unshare")
    assert saved_views.of_desk(lead) == [] and [v.name for v in saved_views.of_desk(maker)] == ["等核验的"]
    with pytest.raises(NotVisible):
        saved_views.change(lead, number, "delete")
    saved_views.change(maker, number, "delete")
    assert db.session.scalar(select(SavedView.id)) is None
    assert kinds("view_%") == ["view_saved"] + ["view_changed"] * 3


def test_views_keep_an_order_and_have_one_name_each(inside):
    maker = walk.actor("x220104")
    ids = {name: saved_views.save(maker, name, queries.Filters(q=name)).id for name in ("甲", "乙", "丙")}
    saved_views.change(maker, ids["丙"], "up")
    assert [v.name for v in saved_views.of_desk(maker)] == ["甲", "丙", "乙"]
    saved_views.change(maker, ids["甲"], "up")
    saved_views.change(maker, ids["甲"], "down")
    assert [v.name for v in saved_views.of_desk(maker)] == ["丙", "甲", "乙"]
    for name in ("甲", "", "字" * 21):
        with pytest.raises(Refused) as refused:
            saved_views.save(maker, name, queries.Filters(q="x"))
        assert refused.value.field == "name"
    with pytest.raises(Refused) as refused:
        saved_views.change(maker, ids["乙"], "rename", "甲")
    assert (refused.value.article, refused.value.reason) == ("3", "已经有一个视图叫“甲”")
    for n in range(saved_views.MOST - 3):
        saved_views.save(maker, f"第{n}个", queries.Filters(q="x"))
    with pytest.raises(Refused, match="最多存"):
        saved_views.save(maker, "再一个", queries.Filters(q="x"))
    page = signed_in(inside, "x220104").get("/work/views").text
    assert page.index("丙") < page.index("甲") and "“甲”" in page


def test_a_view_of_made_up_filters_hurts_nothing(inside):
    saved_views.save(walk.actor("x220104"), "怪", queries.Filters.of({"kind": "filing", "state": "nonsense"}))
    visitor = signed_in(inside, "x220104")
    assert visitor.get("/work").status_code == visitor.get("/work/views").status_code == 200


# ------------------------------------------------------------------------------------- settings


def test_columns_and_length_are_kept_by_person(inside):
    crowd.multiply(asked(1), 29)
    visitor, other = signed_in(inside, "x220104"), signed_in(inside, "x220104b")
    usual = ["时限", "基地", "事项", "环节", "收到", "依据", "办理"]
    assert HEADS.findall(visitor.get("/work").text) == usual and len(ROW.findall(visitor.get("/work").text)) == 20
    visitor.post("/work/settings", {"column": ["number", "state", "nonsense"], "size": "50", "idem": "s1"})
    page = visitor.get("/work").text
    assert HEADS.findall(page) == ["时限", "基地", "环节", "件号", "办理"] and len(ROW.findall(page)) == 30
    assert HEADS.findall(other.get("/work").text) == usual
    assert "键盘操作" not in page, "the box was not ticked"
    visitor.post("/work/settings", {"size": "4711", "keys": "y", "idem": "s2"})
    page = visitor.get("/work").text
    assert HEADS.findall(page) == ["时限", "基地", "办理"] and len(ROW.findall(page)) == 20 and "键盘操作" in page
    assert personal.wants(walk.actor("x220104")).size == 20


# ------------------------------------------------------------------------------------- the next


def test_the_next_item_of_the_same_worklist(inside):
    """By the link of the case page, with the filters, also after the case was done; the end says so."""
    cases = [asked(n) for n in (1, 2, 3)]
    filing, _ = steps.submitted(301)
    ids, filing_id = [c.id for c in cases], filing.id
    visitor = signed_in(inside, "x220104")
    listed = ROW.findall(visitor.get("/work?kind=account_request").text)
    assert listed == [str(i) for i in ids]
    page = visitor.get("/work?kind=account_request").text
    assert f'href="/cases/{ids[0]}?list=kind%3Daccount_request"' in page
    page = visitor.get(f"/cases/{ids[0]}?list=kind%3Daccount_request").text
    link = re.search(r'data-next href="([^"]+)"', page)[1].replace("&amp;", "&")
    assert visitor.get(link).headers["Location"] == f"/cases/{ids[1]}?list=kind%3Daccount_request"
    assert f'/cases/{ids[0]}/act/confirm?list=kind%3Daccount_request"' in page, "the act carries it along"
    version = re.search(r'name="version" value="(\d+)"', visitor.get(f"/cases/{ids[0]}/act/confirm").text)[1]
    answer = visitor.post(f"/cases/{ids[0]}/act/confirm?list=kind%3Daccount_request", {"version": version, "idem": "a1"})
    assert answer.headers["Location"] == f"/cases/{ids[0]}?list=kind%3Daccount_request"
    assert visitor.get(link).headers["Location"] == f"/cases/{ids[1]}?list=kind%3Daccount_request", "though it has left the list"
    assert visitor.get(f"/work/next?case={ids[2]}&kind=account_request").headers["Location"] == "/work?kind=account_request"
    assert visitor.get(f"/work/next?case={ids[2]}").headers["Location"] == f"/cases/{filing_id}"


def test_the_pages_cost_the_same_with_many(inside, query_counter):
    for n in range(1, 4):
        taking.take(walk.actor("x220104"), asked(n).id)
    visitor = signed_in(inside, "x220104")

    def cost(url: str) -> int:
        visitor.get(url)
        with query_counter() as asked_:
            assert visitor.get(url).status_code == 200
        return asked_.count

    urls = ("/work/handover", "/work/views", "/work/settings", "/work/batches", "/work?mine=1")
    few = {url: cost(url) for url in urls}
    for n in range(4, 14):
        taking.take(walk.actor("x220104"), asked(n).id)
        saved_views.save(walk.actor("x220104"), f"第{n}个", queries.Filters(q="x"))
    assert {url: cost(url) for url in urls} == few
    assert max(few.values()) <= 8, few
