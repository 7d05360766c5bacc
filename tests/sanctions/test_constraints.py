"""P26 by raw SQL: what the database asks of rectification, revocation and what is inspected outside the plan.

Each attempt is made from a row that passes, and the passing row is tried too; nothing of it stays.
"""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from incubator.inspections import plans
from incubator.inspections.models import AdhocInspection, InspectionDraw
from incubator.kernel import clock as portal_clock
from incubator.kernel.database import db
from incubator.sanctions import queries
from incubator.sanctions.models import (
    Defence,
    Rectification,
    RectificationCheck,
    RectificationItem,
    Revocation,
    TaxStopOverride,
)
from tests import walk
from tests.inspections import stand as inspecting
from tests.sanctions import stand
from tests.stage import reached

DAY = date(2025, 6, 16)
# model → the row that passes; names of `ids` stand for their values
WHOLE = {
    TaxStopOverride: {"case_id": "case", "stop_on": DAY, "basis": "税收征收管理法", "document_no": "吉税函〔2025〕8号"},
    Revocation: {"case_id": "case", "base_id": "base", "route": "direct", "reasons": "[]", "facts": "事实", "tenants_plan": "",
                 "evidence": "[]", "initiator_id": "person"},
    Rectification: {"case_id": "case", "inspection_id": "case", "base_id": "base", "from_on": DAY, "due_on": date(2026, 6, 16)},
    RectificationItem: {"inspection_id": "case", "finding_id": "free_finding", "required": "通道要畅通", "proof": "照片"},
    RectificationCheck: {"case_id": "case", "item_id": "item", "version_no": 1, "tier": "county", "met": True, "remark": "通畅",
                         "office_name": "区工信局"},
    Defence: {"case_id": "case", "received_on": DAY, "by_base": True, "words": "已经恢复", "answer": "", "answered_by": None, "answered_at": None},
    InspectionDraw: {"plan_id": "plan", "seed": "种子", "share": 20, "content": "[]", "hash": "h", "drawn_by": "person", "drawn_name": "甲",
                     "drawn_at": "now"},
    AdhocInspection: {"case_id": "case", "cause": "accident", "facts": "园区发生一起火情，到现场检查。"},
}
# what is wrong, and the constraint that says so; SQLite names the columns of a key instead
WRONG = [
    (TaxStopOverride, {"basis": "短"}, "basis"), (TaxStopOverride, {"document_no": ""}, "basis"),
    (Revocation, {"route": "other"}, "route"), (Revocation, {"initiator_id": None}, "initiator"),
    (Rectification, {"due_on": DAY}, "order"), (Rectification, {"inspection_id": "inspection"}, "inspection_id"),
    (RectificationItem, {"required": "短"}, "written"), (RectificationItem, {"proof": "照"}, "written"),
    (RectificationItem, {"finding_id": "finding"}, "finding_id"),
    (RectificationCheck, {"remark": "好"}, "remark"),
    (Defence, {"answer": "不采纳"}, "answered"), (Defence, {"answered_by": "person"}, "answered"), (Defence, {"answered_at": "now"}, "answered"),
    (InspectionDraw, {"plan_id": "drawn_plan"}, "plan_id"),
    (AdhocInspection, {"cause": "whim"}, "cause"), (AdhocInspection, {"facts": "短"}, "facts"),
]
ALSO = [
    (Revocation, {"route": "proposed", "initiator_id": None}), (Revocation, {"route": "voluntary", "initiator_id": None}),
    (Defence, {"answer": "不采纳", "answered_by": "person", "answered_at": "now"}),
]


@reached
def _there() -> dict[str, int]:
    """A base in rectification, another that is inspected outside the plan, one plan that was drawn and one that was not."""
    base, _ = stand.base()
    clerk = walk.province()["clerk"]
    drawn = plans.make_plan(clerk, inspecting.plan_raw(2025))
    plans.draw(clerk, drawn.id, {"seed": "2025-06-16 收盘", "share": "50"}, seen_version=drawn.version)
    case = stand.rectifying(base)
    inspection = queries.rectification_of(case.id).inspection_id
    item = queries.items_of(inspection)[0]
    other, _ = stand.other()
    adhoc = inspecting.adhoc(other)
    free = inspecting.finding(adhoc, "15(5)")
    plan = plans.make_plan(clerk, inspecting.plan_raw(2026, decided_on="2025-06-16"))
    without = db.session.scalar(text("SELECT min(id) FROM case_ WHERE base_id = :base AND kind = 'filing'"), {"base": other.id})
    return {"base": base.id, "person": clerk.person_id, "inspection": inspection, "item": item.id, "finding": item.finding_id,
            "free_finding": free.id, "drawn_plan": drawn.id, "plan": plan.id, "adhoc": adhoc.id, "case": without}


@pytest.fixture
def ids(app, clock):
    clock.set("2025-06-16 09:00")
    with app.app_context():
        yield _there() | {"now": portal_clock.now()}


def put(connection, ids, model, **changes) -> None:
    row = {**WHOLE[model], **changes}
    if "by_person_id" in model.__table__.c:
        row |= {"by_person_id": "person", "by_name": "甲", "at": "now"}
    row = {k: ids.get(v, v) if isinstance(v, str) else v for k, v in row.items()}
    connection.execute(model.__table__.insert(), row)


@pytest.mark.promise("P26")
def test_p26_each_row_needs_what_its_rule_asks(ids, promise):
    db.session.remove()
    for model, changes in [*((m, {}) for m in WHOLE), *ALSO]:
        with db.engine.connect() as connection:
            put(connection, ids, model, **changes)
            connection.rollback()
    for model, wrong, constraint in WRONG:
        with db.engine.connect() as connection:
            with pytest.raises(DatabaseError, match=constraint):
                put(connection, ids, model, **wrong)
            connection.rollback()
    promise("P26", n=len(WRONG), failures=0, twins=len(WHOLE) + len(ALSO))


@pytest.mark.parametrize("table", ["inspection_draw", "rectification"])
def test_what_was_drawn_and_ordered_stays(ids, table):
    db.session.remove()
    changed = {"inspection_draw": "seed = 'x'", "rectification": "due_on = '2030-01-01'"}
    for statement in (f"UPDATE {table} SET {changed[table]}", f"DELETE FROM {table}"):
        with db.engine.connect() as connection:
            with pytest.raises(DatabaseError, match=r"append-only|stays as it is|never deleted"):
                connection.execute(text(statement))
            connection.rollback()


@pytest.mark.promise("P7")
def test_p7_one_running_inspection_outside_the_plan(ids, promise):
    """A14-4: a second one is held off by the index; beside one that has ended it may stand."""
    copy = ("INSERT INTO case_ (kind, number, base_id, region_id, office_id, state, seq, version, subject, opened_at, submitted_at, arrived_at, ended_at)"
            " SELECT kind, number || 'x', base_id, region_id, office_id, state, seq, version, subject, opened_at, submitted_at, arrived_at, {ended}"
            " FROM case_ WHERE id = :id")
    db.session.remove()
    with db.engine.connect() as connection:
        with pytest.raises(DatabaseError, match=r"uq_case_running_application|base_id"):
            connection.execute(text(copy.format(ended="NULL")), {"id": ids["adhoc"]})
        connection.rollback()
        connection.execute(text(copy.format(ended="arrived_at")), {"id": ids["adhoc"]})
        connection.rollback()
    promise("P7", n=1, failures=0, what="adhoc_inspection")
