"""T58–T60 with their twins: who blocks, who does not, until which second, and what the base learns (AMB-21)."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from incubator.cases import queries as case_queries
from incubator.cases.commands import act
from incubator.kernel import access, files, ledger, security, workflow
from incubator.kernel.database import db
from incubator.kernel.errors import Conflict, Denied, Invalid, NotVisible, Refused
from incubator.kernel.registry import lacks
from incubator.notices import commands, queries
from incubator.notices.models import NoticeItem, Objection
from incubator.notices.panels import notice_panel
from incubator.obligations.models import Obligation
from tests import walk
from tests.notices import steps

REASON = "异议核实成立，孵化场所面积不足，需要重新审议"


@pytest.fixture
def inside(app, clock):
    clock.set("2024-11-04 09:30")
    with app.app_context():
        yield app


def blocking(case) -> list[str]:
    return [lack.text for lack in lacks(("no_open_objection",), steps.now(case))]


def test_t58_a_named_objection_blocks_its_applicant_only(inside, clock):
    first, second, third = steps.proposed(3)
    notice = steps.published([first, second, third])
    clock.set("2024-11-11 23:00")
    row = steps.say(notice, first)
    assert (row.kind, row.status, row.name, row.phone) == ("objection", "received", "王小明", "13900001234")
    assert blocking(first) == ["有 1 件实名异议没有答复"]
    assert lacks(("no_open_objection",), steps.now(first))[0].article == "8"
    assert blocking(second) == blocking(third) == []

    owed = select(Obligation).where(Obligation.kind == "objection", Obligation.fulfilled_at.is_(None))
    due = db.session.scalar(owed)
    assert (due.case_id, due.tier, due.article, due.key) == (first.id, "province", "8", str(row.id))

    steps.answer(row)
    assert db.session.scalar(owed) is None
    assert blocking(first) == [], "不成立: the decision may issue"


def test_t59_an_anonymous_one_is_a_tip_and_does_not_block(inside):
    case, other = steps.proposed(2)
    notice = steps.published([case, other])
    row = steps.say(notice, case, **steps.TIP)
    assert (row.kind, row.name, row.phone) == ("tip", None, None)
    assert blocking(case) == []
    # whoever ticks anonymous and still writes a name is anonymous
    assert steps.say(notice, case, **{**steps.TIP, "name": "王小明", "phone": "13900001234"}).name is None
    assert steps.say(notice, other).kind == "objection", "twin: named, it blocks"
    assert blocking(other)


@pytest.mark.parametrize(
    ("moment", "kind"),
    [
        ("2024-11-11 23:59:58", "objection"), ("2024-11-11 23:59:59", "objection"),
        ("2024-11-11 23:59:59.999999", "objection"),
        ("2024-11-12 00:00:00", "complaint"), ("2024-11-12 00:00:01", "complaint"),
    ],
)
def test_t60_until_24_o_clock_of_the_last_day(inside, clock, moment, kind):
    case = steps.proposed()[0]
    notice = steps.published([case])
    clock.set(moment)
    row = steps.say(notice, case)
    assert row.kind == kind and bool(blocking(case)) is (kind == "objection")
    assert row.notice_deadline == notice.deadline
    anonymous = steps.say(notice, case, **steps.TIP)
    assert anonymous.kind == ("tip" if kind == "objection" else "complaint")


def test_the_database_repeats_the_deadline(inside):
    """reliability §3.2 by raw SQL: a late objection does not exist, a late complaint does; a nameless one neither."""
    case = steps.proposed()[0]
    notice = steps.published([case])
    row = steps.say(notice, case)
    late = row.notice_deadline + timedelta(seconds=1)
    in_time = row.notice_deadline - timedelta(seconds=1)
    db.session.commit()

    def insert(kind: str, at, mark: str, name="name") -> None:
        with db.engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO objection (kind, notice_id, case_id, notice_deadline, received_at, objector, name, phone,"
                    f" facts, receipt_hash, status, reply) SELECT '{kind}', notice_id, case_id, notice_deadline, :at,"
                    f" objector, {name}, phone, facts, '{mark}', status, reply FROM objection WHERE id = {row.id}"
                ).bindparams(at=at if db.engine.dialect.name == "postgresql" else f"{at:%Y-%m-%d %H:%M:%S.%f}")
            )

    for kind, at, name, constraint in (
        ("objection", late, "name", "in_time|late"), ("objection", in_time, "NULL", "named"), ("tip", late, "NULL", "late"),
    ):
        with pytest.raises(DBAPIError, match=constraint):
            insert(kind, at, "1" * 64, name)
    insert("complaint", late, "2" * 64)
    insert("objection", in_time, "3" * 64)
    insert("tip", in_time, "4" * 64, "NULL")
    with pytest.raises(DBAPIError, match="answered"), db.engine.begin() as connection:
        connection.execute(text("UPDATE objection SET status = 'rejected'"))
    with pytest.raises(DBAPIError, match="verifier"), db.engine.begin() as connection:
        connection.execute(text("UPDATE objection SET status = 'checking'"))
    with pytest.raises(DBAPIError, match="sealed"), db.engine.begin() as connection:
        connection.execute(text("UPDATE objection SET objector = 'unit' WHERE kind = 'objection'"))
    assert steps.count(Objection) == 4


def test_what_a_named_one_must_bring(inside):
    case = steps.proposed()[0]
    notice = steps.published([case])

    def problems(**changes):
        with pytest.raises(Invalid) as caught:
            steps.say(notice, case, **changes)
        return {p.field for p in caught.value.problems}

    assert problems(name="", phone="") == {"name", "phone"}
    assert problems(phone="12345") == {"phone"}
    assert problems(facts="不行") == {"facts"}
    assert problems(objector="unit") == {"contact", "seal"}, "a unit brings its seal"
    unit = {"objector": "unit", "name": "长春示例商会", "contact": "李联系"}
    assert problems(**unit) == {"seal"}
    with pytest.raises(Invalid) as caught:
        steps.say(notice, case, [walk.pdf(f"{n}.pdf") for n in range(6)])
    assert {p.field for p in caught.value.problems} == {"proof"}, "five files at most"
    assert steps.count(Objection) == 0
    row = steps.say(notice, case, [walk.pdf("甲.pdf"), walk.pdf("乙.pdf")], seal=walk.pdf("盖章异议.pdf"), **unit)
    assert row.kind == "objection" and row.contact == "李联系" and row.file_id == row.files[0].file_id
    assert [each.what for each in row.files] == ["seal", "proof", "proof"]
    with pytest.raises(Refused) as caught:
        steps.say(notice, case, case_id=str(case.id + 999))
    assert caught.value.article == "8" and "名单" in caught.value.reason


def test_an_upheld_one_leads_back_and_a_new_notice_starts_clean(inside, clock):
    case = steps.proposed()[0]
    notice = steps.published([case])
    with pytest.raises(Refused, match="没有成立的异议"):
        workflow.advance(case.id, "back_to_deliberation", steps.lead(), seen_version=steps.now(case).version, given=workflow.Given(text=REASON))
    row = steps.answer(steps.say(notice, case), "upheld", "现场核实，孵化场所少了 1 200 平方米，异议成立。")
    assert blocking(case) == ["有 1 件异议成立"]
    commands.send_back(steps.lead(), case.id, {"outcome": "back_to_deliberation", "reason": REASON}, seen_version=steps.now(case).version)
    assert steps.now(case).state == "deliberation"
    assert db.session.scalar(select(NoticeItem.closed_at)) is not None and row.status == "upheld"

    walk.hold_meeting([case])
    steps.published([case])
    assert blocking(case) == [], "the new notice has its own objections"
    assert len(queries.items_of_case(case.id)) == 2


def test_an_upheld_one_may_end_in_refusal(inside):
    case = steps.proposed()[0]
    steps.answer(steps.say(steps.published([case]), case), "upheld", "现场核实，孵化场所少了 1 200 平方米，异议成立。")
    act(steps.lead(), case.id, "refuse", seen_version=steps.now(case).version, text="异议成立，场地面积低于标准，第五条（二）")
    assert steps.now(case).state == "refused"


def test_answered_once_by_the_province(inside):
    case = steps.proposed()[0]
    row = steps.say(steps.published([case]), case)
    given = {"result": "rejected", "reply": steps.REPLY}
    with pytest.raises(Refused, match="还没有开始核查"):
        commands.answer_objection(steps.clerk(), row.id, given)
    steps.check(row)
    with pytest.raises(Denied):
        commands.answer_objection(walk.province()["manager"], row.id, given)
    with pytest.raises(Invalid) as caught:
        commands.answer_objection(steps.clerk(), row.id, {"result": "", "reply": "不成立"})
    assert {p.field for p in caught.value.problems} == {"result", "reply"}
    answered = steps.answer(row)
    assert (answered.status, answered.handled_by) == ("rejected", steps.clerk().person_id)
    with pytest.raises(Conflict):
        steps.answer(row, "upheld")
    assert db.session.get(Objection, row.id, populate_existing=True).status == "rejected"


def test_who_objected_stays_with_the_province(inside):
    """The base learns that an objection exists; name, phone, facts, file and receipt stay out of its sight and of the record."""
    case = steps.proposed()[0]
    notice = steps.published([case])
    row = steps.say(notice, case, walk.pdf("证据.pdf"))
    steps.say(notice, case, **{**steps.TIP, "facts": "匿名线索的内容，谁也不给看。"})
    base = walk.admin_of(case)
    county = walk.actor("x220104")
    for who in (base, county):
        with pytest.raises(NotVisible):
            access.load(who, Objection, row.id)
        with pytest.raises(NotVisible):
            access.load(who, files.StoredFile, row.file_id)
        shown = notice_panel(steps.now(case), who, "notice").data
        assert shown["said"] == {notice.id: (1, 1)} and not shown["may_read"]
    assert access.load(steps.clerk(), files.StoredFile, row.file_id).id == row.file_id

    moments = case_queries.timeline(steps.now(case), base)
    heard = [m for m in moments if m.what == "收到异议"]
    assert len(heard) == 1, "of the tip the base learns nothing"
    assert not heard[0].who and not heard[0].said
    for event in db.session.scalars(select(ledger.Event).where(ledger.Event.kind.like("objection%"))):
        assert event.person_id is None
        for secret in ("王小明", "13900001234", "租给", "匿名线索", row.receipt_hash):
            assert secret not in event.body
    kept = db.session.execute(text("SELECT name, phone FROM objection WHERE name IS NOT NULL")).one()
    assert all(security.is_sealed(value) for value in kept)


def test_the_receipt_code_opens_one_message(inside):
    case = steps.proposed()[0]
    notice = steps.published([case])
    raw = {"case_id": str(case.id), **steps.PERSON}
    code = commands.submit_once("key-1", notice.id, raw)
    assert commands.submit_once("key-1", notice.id, raw) == code, "a double click gives one objection"
    assert steps.count(Objection) == 1
    assert queries.follow(code.lower()).case_id == case.id and queries.follow("X" * 35) is None
