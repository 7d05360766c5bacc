"""P26 by raw SQL: what each kind of decision needs is said by the database too, each attempt beside a row that passes."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from incubator.bases.facts import facts_of_base, standing_of
from incubator.bases.models import Base
from incubator.kernel.database import db
from incubator.policy.fields.decision import DECISIONS
from tests import walk
from tests.filings import steps as filings

DAY = "2026-06-01"
VALID = {"valid_from": "2027-01-01", "valid_to": "2031-12-31"}
NOTICED = {"notice_end": "2026-05-29"}
HEARD = {"voluntary": False, "prior_notice_on": "2026-05-20", "defence_until": "2026-05-27"}
# what an item of each kind has when everything that its kind needs is there
WHOLE = {
    "recognition": VALID | NOTICED, "promotion": NOTICED, "renewal": {"valid_from": "2027-01-01", "valid_to": "2029-12-31"},
    "change": {}, "downgrade": {}, "rectification": {}, "revocation": HEARD,
}
# what is missing or wrong, and the constraint that says so
MISSING = [
    *((kind, {"approver_id": "clerk"}, "second_person") for kind in WHOLE),
    *((kind, {"decision_id": None}, "decision_id|NOT NULL|null value") for kind in WHOLE),
    *((kind, {"document_on": "2026-06-02", "effective_on": "2026-06-02"}, "document|FOREIGN KEY") for kind in WHOLE),
    *((kind, {"effective_on": "2026-05-31"}, "effective") for kind in WHOLE),
    *((kind, {"notice_end": wrong}, "notice_over") for kind in ("recognition", "promotion") for wrong in (None, DAY)),
    *((kind, {"valid_from": None, "valid_to": None}, "validity_kind") for kind in ("recognition", "renewal")),
    *((kind, {"valid_to": None}, "validity") for kind in ("recognition", "renewal")),
    *((kind, VALID, "validity_kind") for kind in ("promotion", "change", "downgrade", "rectification", "revocation")),
    *((kind, {"voluntary": True}, "voluntary") for kind in WHOLE if kind != "revocation"),
    ("revocation", {"voluntary": None}, "voluntary"),
    ("revocation", {"prior_notice_on": None}, "revocation"),
    ("revocation", {"defence_until": None}, "revocation"),
    ("revocation", {"defence_until": DAY}, "revocation"),
    ("revocation", {"defence_until": "2026-05-19"}, "revocation"),
    ("revocation", {"prior_notice_on": None, "defence_until": None, "prior_notice_waived_reason": "太急"}, "revocation"),
    ("revocation", {"voluntary": True}, "revocation"),
    ("revocation", {"voluntary": True, "operator_consent_id": "file"}, "revocation"),
    ("revocation", {"voluntary": True, "investor_consent_id": "file"}, "revocation"),
]
PASSING = [
    *WHOLE.items(),
    ("revocation", {"voluntary": False, "prior_notice_waived_reason": "事先告知书已由县里另行送达并取得回证"}),
    ("revocation", {"voluntary": True, "investor_consent_id": "file", "operator_consent_id": "file"}),
    ("rectification", {"effective_on": "2026-06-02"}),
]


@pytest.fixture
def ids(app, clock):
    """A filed base with its case, two people of the province and a file: what the rows refer to."""
    clock.set("2026-06-01 09:00")
    with app.app_context():
        case = filings.approved()[0]
        people = walk.province()
        db.session.commit()
        with db.engine.connect() as connection:
            file = connection.execute(text("SELECT min(id) FROM stored_file")).scalar()
        yield {"case": case.id, "base": case.base_id, "clerk": people["clerk"].person_id, "lead": people["lead"].person_id,
               "file": file, "region": case.region_id}


def document(connection, ids, kind, n=1):
    return connection.execute(
        text("INSERT INTO decision (kind, doc_word, doc_year, doc_n, document_on, title, file_id, late_reason, entered_at,"
             " entered_by) VALUES (:kind, '吉工信创业', 2026, :n, :on, '文件', :file, '', '2026-06-01 01:00:00', :lead)"
             " RETURNING id"),
        {"kind": kind, "n": n, "on": DAY, **ids},
    ).scalar()


def put(connection, ids, kind, n=1, **columns):
    """One item of a document of its kind; names of people and files stand for their ids."""
    row = {
        "decision_id": document(connection, ids, kind, n), "case_id": ids["case"], "base_id": ids["base"], "kind": kind,
        "document_on": DAY, "initiator_id": ids["clerk"], "approver_id": ids["lead"], **columns,
    }
    row = {k: ids.get(v, v) if isinstance(v, str) else v for k, v in row.items()}
    names = ", ".join(row)
    connection.execute(text(f"INSERT INTO decision_item ({names}) VALUES ({', '.join(':' + k for k in row)})"), row)
    return row["decision_id"]


def refused(ids, constraint, act):
    """What the database answers, and nothing of it stays."""
    with db.engine.connect() as connection:
        with pytest.raises(DBAPIError, match=constraint):
            act(connection)
        connection.rollback()


@pytest.mark.promise("P26")
def test_p26_nothing_takes_effect_without_what_its_kind_needs(ids, promise):
    assert set(WHOLE) == set(DECISIONS), "a new kind stands here too"
    for kind, columns in PASSING:
        with db.engine.connect() as connection:
            put(connection, ids, kind, **columns)
            connection.rollback()
    for kind, wrong, constraint in MISSING:
        refused(ids, constraint, lambda c, kind=kind, wrong=wrong: put(c, ids, kind, **{**WHOLE[kind], **wrong}))
    promise("P26", n=len(MISSING), failures=0, twins=len(PASSING))


def test_a_document_stays_as_it_is(ids):
    with db.engine.begin() as connection:
        put(connection, ids, "recognition", **WHOLE["recognition"])
    for statement in (
        "UPDATE decision_item SET valid_to = '2040-12-31'", "DELETE FROM decision_item", "DELETE FROM decision",
    ):
        refused(ids, "append-only|never deleted", lambda c, s=statement: c.execute(text(s)))
    refused(ids, "case_id", lambda c: put(c, ids, "recognition", n=2, **WHOLE["recognition"]))
    refused(ids, "doc_word|UNIQUE", lambda c: put(c, ids, "renewal", n=1, **WHOLE["renewal"]))
    with db.engine.begin() as connection:
        put(connection, ids, "renewal", n=2, **WHOLE["renewal"])


SANCTION = (
    "INSERT INTO sanction_span (base_id, kind, from_on, due_on, to_on, decision_id, case_id)"
    " VALUES (:base, :kind, :from_on, :due_on, :to_on, :decision, :case)"
)


@pytest.mark.promise("P7")
def test_p7_one_open_sanction_of_a_kind(ids):
    """P7 and P26: a sanction has its document, a rectification its end; a revocation never ends."""
    def span(connection, kind="rectification", from_on=DAY, due_on="2027-06-01", to_on=None, decision=None):
        connection.execute(text(SANCTION), {
            **ids, "kind": kind, "from_on": from_on, "due_on": due_on, "to_on": to_on, "decision": decision})

    with db.engine.begin() as connection:
        paper = put(connection, ids, "rectification")
        span(connection, decision=paper)
    for wrong, constraint in (
        ({"decision": paper}, "uq_sanction_span_open|UNIQUE"), ({"to_on": "2026-07-01"}, "decided"),
        ({"kind": "revocation", "due_on": None}, "decided"), ({"due_on": None, "to_on": "2026-07-01", "decision": paper}, "due"),
        ({"due_on": DAY, "to_on": "2026-07-01", "decision": paper}, "order"),
        ({"to_on": "2026-05-31", "decision": paper}, "end"),
        ({"kind": "revocation", "due_on": None, "to_on": "2026-07-01", "decision": paper}, "end"),
        ({"kind": "downgrade", "due_on": None, "decision": paper}, "kind"),
    ):
        refused(ids, constraint, lambda c, wrong=wrong: span(c, **wrong))
    base = db.session.get(Base, ids["base"])
    assert facts_of_base(base).sanctions[0].due_on.isoformat() == "2027-06-01"
    db.session.commit()
    refused(ids, "append-only", lambda c: c.execute(text("UPDATE sanction_span SET due_on = '2028-06-01'")))
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE sanction_span SET to_on = '2026-12-01'"))
        span(connection, from_on="2027-01-04", due_on="2028-01-04", decision=paper)
        span(connection, kind="revocation", from_on="2027-03-31", due_on=None, decision=paper)
    refused(ids, "append-only", lambda c: c.execute(text("UPDATE sanction_span SET to_on = NULL WHERE to_on IS NOT NULL")))
    db.session.expire_all()
    on = walk.clock.today().replace
    assert facts_of_base(base).revoked_on == on(2027, 3, 31)
    assert standing_of(base, on(2027, 3, 30)).state == "filed" and standing_of(base, on(2027, 3, 31)).state == "revoked"
