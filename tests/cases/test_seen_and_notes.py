"""What changed since I looked, and notes inside the office: each for whom it is, and for nobody else."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from incubator.bases.models import Base
from incubator.cases import notes, relocations
from incubator.cases.models import CaseNote, Seen
from incubator.kernel import access
from incubator.kernel.database import db
from incubator.kernel.errors import Denied, NotVisible, Refused
from incubator.kernel.ledger import Event
from incubator.policy.fields.recognition import RECOGNITION
from incubator.recognitions import commands as recognitions
from tests import walk
from tests.cases.apart import signed_in

UNIT = walk.Unit("长春星桥创业孵化基地", "220104", 17)
REASON = "有两处材料和申报表对不上，请改齐"
REMARK = [{"field": "floor_plan", "label": "功能分区平面图", "text": "面积和图纸不一致"}]
CANARY = "负责人电话里说材料周五补"


@pytest.fixture
def case(app, clock):
    with app.app_context():
        today = clock.today()
        walk.open_round(today.year, today, today.replace(month=12, day=31))
        walk.province()
        yield walk.submitted_case(UNIT)


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", page)))


# ------------------------------------------------------------------------------ since I looked


def test_the_row_and_the_entries_that_are_new(app, case, clock):
    """Nothing at the first look; after a return and an answer both are new, and the two versions compare."""
    number = case.id
    visitor = signed_in(app, "x220104")
    assert "有新动静" not in visitor.get("/work").text, "what nobody looked at has no news"
    assert "新动静" not in plain(visitor.get(f"/cases/{number}").text)
    clock.forward(minutes=10)
    case = walk.act(walk.fresh(case), "return", walk.actor("x220104f"), text=REASON, remarks=REMARK)
    admin = walk.admin_of(case)
    walk.fill(case, RECOGNITION, {"floor_plan": walk.upload(admin, case, "改.pdf")}, admin)
    recognitions.submit_application(admin, case.id, seen_version=walk.fresh(case).version)
    row = visitor.get("/work").text
    assert row.count("有新动静") == 1
    page = visitor.get(f"/cases/{number}").text
    assert "上次看过之后有 2 条新动静：补正后再次提交，版本 2、退回补正。" in plain(page)
    assert page.count('<span class="tag tag--blue">新</span>') == 2
    assert f'href="/cases/{number}/compare/1/2">版本 2 和版本 1 比' in page
    assert "新动静" not in plain(visitor.get(f"/cases/{number}").text), "seen now"
    assert "有新动静" not in visitor.get("/work").text
    assert "有新动静" not in signed_in(app, "x220104f").get("/work").text, "a colleague who never looked has none"


def test_a_look_is_no_act(app, case, db_digest, query_counter):
    """GET writes the look only, once; the whole rest of the database stays as it is."""
    visitor, number = signed_in(app, "x220104"), case.id
    db.session.remove()
    before = db_digest(app)
    with query_counter() as asked:
        visitor.get(f"/cases/{number}")
    assert [s for s in asked.statements if s.startswith("INSERT INTO seen")] and not asked.writes
    with query_counter() as asked:
        visitor.get(f"/cases/{number}")
    assert not [s for s in asked.statements if s.startswith("INSERT")], "nothing new, nothing written"
    assert db_digest(app) == before
    base = db.session.scalar(select(Base.code))
    signed_in(app, base).get(f"/cases/{number}")
    looks = db.session.scalars(select(Seen.person_id)).all()
    assert looks == [walk.actor("x220104").person_id], "whose desk it is not has no look"


def test_a_busy_database_leaves_the_look_out(app, case, monkeypatch):
    from sqlalchemy.exc import OperationalError

    from incubator.cases import seen

    def busy():
        raise OperationalError("", {}, Exception("database is locked"))

    monkeypatch.setattr(seen, "side_note", busy)
    assert signed_in(app, "x220104").get(f"/cases/{case.id}").status_code == 200


# -------------------------------------------------------------------------------------- notes


def test_a_note_is_for_the_people_of_that_office_and_station_only(app, case):
    """Canary: every role, every page that names the case, before and after."""
    visitor, number, local = signed_in(app, "x220104"), case.id, walk.staff("220104")
    answer = visitor.post(f"/cases/{number}/notes", {"note": CANARY, "idem": "n1"})
    assert answer.status_code == 302 and answer.headers["Location"].endswith("tab=notes#tabs")
    visitor.post(f"/cases/{number}/notes", {"note": CANARY, "idem": "n1"})
    assert len(list(db.session.scalars(select(CaseNote.id)))) == 1, "sent twice, written once (P24)"
    page = signed_in(app, "x220104f").get(f"/cases/{number}?tab=notes").text
    assert CANARY in page and "朝阳经办" in page and "办内备注 <b>1</b>" in page
    assert CANARY not in signed_in(app, "x220104f").get(f"/cases/{number}").text, "not before the tab is opened"
    base = db.session.scalar(select(Base.code))
    walk.experts(("zj1",))
    for login in (base, local.city[0], local.city_lead[0], "sheng1", "shengf", "shengg", "zj1", "x220102"):
        if login == "x220102":
            walk.staff("220102")
        other = signed_in(app, login)
        for url in (f"/cases/{number}?tab=notes", f"/cases/{number}", "/work", "/search?q=星桥", "/messages"):
            assert CANARY not in other.get(url).text, f"{login} {url}"
    page = signed_in(app, base).get(f"/cases/{number}?tab=notes").text
    assert "办内备注" not in page
    assert "办内备注 <b>0</b>" in signed_in(app, "sheng1").get(f"/cases/{number}?tab=notes").text, "each office has its own"
    visit = signed_in(app, "x220104").get(f"/cases/{number}").text
    assert "已在时间线" not in visit and "note_added" not in visit


def test_who_has_no_desk_or_does_not_see_the_case_writes_none(app, case):
    number = case.id
    walk.staff("220102")
    with pytest.raises(NotVisible):
        notes.add(walk.actor("x220102"), number, CANARY)
    with pytest.raises(Denied):
        notes.add(walk.admin_of(case), number, CANARY)
    for wrong, reason in (("", "备注没有写"), ("   ", "备注没有写"), ("字" * 501, "备注最多 500 字")):
        with pytest.raises(Refused) as refused:
            notes.add(walk.actor("x220104"), number, wrong)
        assert (refused.value.article, refused.value.reason) == ("3", reason)
    assert notes.add(walk.actor("x220104"), number, "字" * 500).id


def test_notes_stay_with_the_office_that_wrote_them(app, case, clock):
    """ADR 0013: after a transfer the new office starts with none, the old one no longer sees the case."""
    number = case.id
    notes.add(walk.actor("x220104"), number, CANARY)
    walk.staff("222401")
    base = db.session.get(Base, case.base_id, populate_existing=True)
    region = db.session.scalar(select(access.Region.id).where(access.Region.code == "222401"))
    relocations.order_base(walk.actor("shengg"), base.id, region, from_on=clock.today(), reason="区划调整，依据吉民发〔2026〕12号文件",
                           seen_version=base.version)
    db.session.expire_all()
    assert CANARY not in signed_in(app, "x222401").get(f"/cases/{number}?tab=notes").text
    assert signed_in(app, "x220104").get(f"/cases/{number}?tab=notes").status_code == 404
    assert list(db.session.scalars(access.visible(walk.actor("x220104"), CaseNote))) == []


def test_the_record_says_that_it_was_written_not_what(app, case):
    row = notes.add(walk.actor("x220104"), case.id, CANARY)
    event = db.session.scalar(select(Event).where(Event.kind == "note_added"))
    assert event.chain_id == "system" and event.facts["facts"]["note"] == row.id and CANARY not in event.body
    assert event.person_id == row.person_id
    for change in ("UPDATE case_note SET text = 'x'", "DELETE FROM case_note"):
        with pytest.raises(DBAPIError):
            db.session.execute(text(change))
        db.session.rollback()
