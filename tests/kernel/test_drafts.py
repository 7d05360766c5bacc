"""Working copies: fields that differ are merged, the same field changed twice is a conflict with both texts (A7-9)."""

import json

import pytest

from incubator.filings import commands as filings
from incubator.kernel import drafts
from incubator.kernel.database import db
from incubator.kernel.errors import Conflict
from incubator.kernel.workflow import Draft
from incubator.policy.fields.filing import FILING
from tests import walk
from tests.filings import steps


@pytest.fixture
def case(app, clock):
    with app.app_context():
        _, admin = walk.open_account(steps.unit())
        made = filings.open_filing(admin)
        made.admin = admin
        yield made


def save(case, seen, **changes):
    return drafts.save(case, FILING, changes, case.admin, seen_version=seen).version


def test_different_fields_are_merged(case):
    assert save(case, 1, legal_rep="张建国") == 2
    assert save(case, 1, property_no="吉 1 号") == 3, "typed on the first version too"
    values, draft = drafts.read(case.id, FILING)
    assert (values["legal_rep"], values["property_no"], draft.version) == ("张建国", "吉 1 号", 3)


def test_the_same_field_is_a_conflict_with_both_texts(case):
    save(case, 1, legal_rep="张建国")
    with pytest.raises(Conflict) as conflict:
        save(case, 1, legal_rep="李国强", property_no="吉 1 号")
    assert conflict.value.yours == {"legal_rep": "李国强"} and conflict.value.theirs == {"legal_rep": "张建国"}
    values, draft = drafts.read(case.id, FILING)
    assert values["legal_rep"] == "张建国" and not values.get("property_no") and draft.version == 2, "nothing is written"
    assert save(case, 2, legal_rep="李国强") == 3, "who has seen it may change it"


def test_the_same_text_twice_is_no_conflict(case):
    save(case, 1, legal_rep="张建国")
    assert save(case, 1, legal_rep="张建国") == 2


def test_what_changed_nothing_makes_no_version(case):
    save(case, 1, legal_rep="张建国")
    assert save(case, 2, legal_rep="张建国") == 2
    assert db.session.get(Draft, case.id).saved_by == case.admin.person_id


def test_secrets_lie_sealed_and_come_back_readable(case):
    save(case, 1, investor_idno="11010519491231002X")
    stored = json.loads(db.session.get(Draft, case.id).content)
    assert stored["investor_idno"].startswith("v1.") and stored["contact_phone"].startswith("v1.")
    assert drafts.read(case.id, FILING)[0]["investor_idno"] == "11010519491231002X"
