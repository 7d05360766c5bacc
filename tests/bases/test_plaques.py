"""Plaques: out, swapped, back; one valid one a base; the obligation that recognition opens (第八条, A8-6, A8-7)."""

import re
from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from incubator.bases import plaques, queries
from incubator.bases.models import Base, Plaque
from incubator.kernel import access, ledger
from incubator.kernel.database import db
from incubator.kernel.errors import Denied, Invalid, NotVisible, Refused
from incubator.obligations.models import Obligation
from tests import walk
from tests.conftest import Clock
from tests.notices import steps
from tests.stage import reached

CODE = re.compile(r"(?:[2-9A-HJ-NP-Z]{4}-){2}[2-9A-HJ-NP-Z]{4}")


@reached
def recognised():
    """One base recognised by a document of 2024-11-12; the day is 2024-11-20."""
    case = steps.proposed()[0]
    steps.published([case])
    Clock().set("2024-11-12 09:30")
    walk.decide([case])
    Clock().set("2024-11-20 09:30")
    return db.session.get(Base, case.base_id)


@pytest.fixture
def base(app, clock):
    clock.set("2024-11-04 09:30")
    with app.app_context():
        yield recognised()


def typed(number: str = "2024-001", on: str = "2024-11-20", **more) -> dict:
    return {"plaque_no": number, "issued_on": on, "received_by": "赵领取", **more}


def issue(base, **changes) -> Plaque:
    return plaques.issue_plaque(steps.clerk(), base.id, typed(**changes))


def owed():
    return db.session.scalar(select(Obligation).where(Obligation.kind == "plaque", Obligation.fulfilled_at.is_(None)))


def test_recognition_owes_a_plaque_and_the_issue_fulfils_it(base):
    due = owed()
    assert (due.tier, due.article, due.due_on) == ("province", "8", date(2024, 12, 10)), "20 working days after the 12th"
    assert due.office_id == access.province_office().id and due.case_id
    plaque = issue(base)
    assert owed() is None
    assert (plaque.base_name, plaque.level, plaque.wording) == (base.name, "base", "吉林省创业孵化基地")
    assert CODE.fullmatch(plaque.code) and plaque.code not in plaque.plaque_no
    assert plaque.decision_id and plaque.returned_on is None
    event = db.session.scalar(select(ledger.Event).where(ledger.Event.kind == "plaque_issued"))
    assert event.facts["facts"]["number"] == "2024-001" and "赵领取" not in event.body
    assert not ledger.verify().faults


def test_never_two_valid_ones(base):
    first = issue(base)
    with pytest.raises(Refused) as refused:
        issue(base, number="2024-002")
    assert refused.value.article == "8" and "2024-001" in refused.value.reason and "换发" in refused.value.way_out
    with pytest.raises(DBAPIError, match=r"uq_plaque_valid|plaque\.base_id"), db.engine.begin() as connection:
        connection.execute(text(
            "INSERT INTO plaque (base_id, plaque_no, code, level, base_name, wording, issued_on, received_by, decision_id,"
            " registered_at, registered_by, return_reason) SELECT base_id, 'X', 'X', level, base_name, wording, issued_on,"
            " received_by, decision_id, registered_at, registered_by, '' FROM plaque"
        ))
    plaques.return_plaque(steps.clerk(), first.id, {"returned_on": "2024-11-20", "return_reason": "牌匾损坏"})
    assert issue(base, number="2024-002").id != first.id, "after the return another may go out"


def test_the_swap_is_one_act(base, clock):
    old = issue(base)
    clock.set("2025-03-03 10:00")
    back = {"returned_on": "2025-03-03", "return_reason": "牌匾损坏换发"}
    with pytest.raises(Invalid) as caught:
        plaques.swap_plaque(steps.clerk(), base.id, typed("2025-001", "2025-03-02", **back))
    assert [p.field for p in caught.value.problems] == ["issued_on"], "first the old one back, then the new one out"
    with pytest.raises(Invalid) as caught:
        plaques.swap_plaque(steps.clerk(), base.id, typed("2024-001", "2025-03-03", **back))
    assert "已经登记过" in caught.value.problems[0].message
    assert db.session.scalar(select(Plaque.returned_on).where(Plaque.id == old.id)) is None, "nothing half done"

    new = plaques.swap_plaque(steps.clerk(), base.id, typed("2025-001", "2025-03-03", **back))
    assert new.replaces_id == old.id and old.returned_on == date(2025, 3, 3) and new.code != old.code
    assert [p.id for p in queries.plaques_of(base.id)] == [new.id, old.id]
    kinds = list(db.session.scalars(select(ledger.Event.kind).where(ledger.Event.kind.like("plaque%")).order_by(ledger.Event.id)))
    assert kinds == ["plaque_issued", "plaque_swapped"], "one act, one event"


def test_there_is_nothing_to_swap_or_return_twice(base):
    with pytest.raises(Refused, match="没有在外的牌匾"):
        plaques.swap_plaque(steps.clerk(), base.id, typed(returned_on="2024-11-20", return_reason="更名"))
    plaque = issue(base)
    back = {"returned_on": "2024-11-20", "return_reason": "牌匾损坏"}
    with pytest.raises(Invalid) as caught:
        plaques.return_plaque(steps.clerk(), plaque.id, {"returned_on": "2024-11-19", "return_reason": ""})
    assert {p.field for p in caught.value.problems} == {"returned_on", "return_reason"}
    plaques.return_plaque(steps.clerk(), plaque.id, back)
    with pytest.raises(Refused, match="已经收回"):
        plaques.return_plaque(steps.clerk(), plaque.id, back)


@pytest.mark.parametrize(("on", "ok"), [("2024-11-11", False), ("2024-11-12", True), ("2024-11-21", False)])
def test_a_plaque_follows_its_document_and_is_not_of_tomorrow(base, on, ok):
    if ok:
        assert issue(base, on=on).issued_on == date(2024, 11, 12)
        return
    with pytest.raises(Invalid) as caught:
        issue(base, on=on)
    assert [p.field for p in caught.value.problems] == ["issued_on"] and owed() is not None


def test_only_a_base_in_force_gets_one_and_only_from_the_desk(base, clock):
    for who in (walk.province()["manager"], walk.actor("x220104"), walk.actor("sheng1").__class__(role="auditor")):
        with pytest.raises(Denied):
            plaques.issue_plaque(who, base.id, typed())
    clock.set("2030-01-01 09:00")
    with pytest.raises(Refused) as refused:
        issue(base, on="2030-01-01")
    assert "期满未续延" in refused.value.reason
    filed, _ = walk.open_account(walk.Unit("长春另一创业孵化基地", "220104", 777))
    with pytest.raises(Refused):
        issue(filed)


def test_what_a_plaque_says_stays(base):
    """AMB-04: By raw SQL: no row is deleted, nothing engraved changes, a return is not undone."""
    plaque = issue(base)
    db.session.commit()
    for change in ("DELETE FROM plaque", "UPDATE plaque SET wording = '吉林省创业孵化示范基地'", "UPDATE plaque SET returned_on = issued_on"):
        with pytest.raises(DBAPIError), db.engine.begin() as connection:
            connection.execute(text(change))
    plaques.return_plaque(steps.clerk(), plaque.id, {"returned_on": "2024-11-20", "return_reason": "牌匾损坏"})
    with pytest.raises(DBAPIError), db.engine.begin() as connection:
        connection.execute(text(
            "UPDATE plaque SET returned_on = NULL, return_reason = '', returned_at = NULL, returned_by = NULL"))


def test_who_sees_a_plaque(base):
    plaque = issue(base)
    case_admin = walk.actor(base.code)
    assert access.load(case_admin, Plaque, plaque.id).id == access.load(walk.actor("x220104"), Plaque, plaque.id).id
    walk.staff("220202")
    with pytest.raises(NotVisible):
        access.load(walk.actor("x220202"), Plaque, plaque.id)


@pytest.mark.parametrize("written", ["{}", " {} ", "lower", "plain", "wide"])
def test_a_code_is_found_however_it_is_typed(base, written):
    plaque = issue(base)
    plain = plaque.code.replace("-", "")
    how = {"lower": plaque.code.lower(), "plain": plain, "wide": "".join(chr(ord(c) + 0xFEE0) for c in plain)}
    assert queries.plaque_by_code(how.get(written, written.format(plaque.code))).id == plaque.id
    assert queries.plaque_by_code(plaque.code[:-1]) is None and queries.plaque_by_code("") is None
