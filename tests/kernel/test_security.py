"""Personal data lie sealed: nowhere in the database file, its log or any table stands a number in plain."""

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import inspect, text

from incubator.kernel import security
from incubator.kernel.database import db
from tests import walk
from tests.filings import steps

PHONE = "13944556677"
IDNO = "11010519491231002X"


@pytest.fixture
def walked(app, clock):
    """One base through draft, two versions, approval: everywhere that a number passes."""
    with app.app_context():
        told = steps.unit(phone=PHONE, changes={
            "investor_type": "individual", "investor_idno": IDNO, "investor_name": "王示例"})
        _, admin = walk.open_account(told)
        case = walk.submit_filing(told, admin)
        walk.act(case, "return", steps.county(), text=steps.REASON, remarks=[steps.REMARK])
        steps.resubmit(case, admin, area_total="3800")
        case = walk.act(case, "approve", steps.county())
        yield case


def everything(connection) -> str:
    tables = inspect(connection).get_table_names()
    return "\n".join(
        repr(tuple(row)) for table in tables for row in connection.execute(text(f'SELECT * FROM "{table}"'))
    )


def test_no_number_in_plain_in_any_table(walked):
    db.session.commit()
    with db.engine.connect() as connection:
        stored = everything(connection)
    assert PHONE not in stored and IDNO not in stored
    assert "王示例" in stored and stored.count("v1.seal-1.") >= 8, "the search finds what is there"


def test_nor_in_the_file_and_its_log(sqlite_app, clock, request):
    request.getfixturevalue("_sqlite_portal")
    with sqlite_app.app_context():
        told = steps.unit(phone=PHONE)
        walk.open_account(told)
        walk.submit_filing(told, walk.actor("jd220104001"))
        folder = sqlite_app.config["PORTAL"].INSTANCE_DIR
        content = b"".join(path.read_bytes() for path in folder.glob("portal.sqlite3*"))
    assert PHONE.encode() not in content and told.operator.encode() in content


def test_sealing_is_fresh_each_time_and_comes_back(sqlite_app):
    with sqlite_app.app_context():
        vault = security.vault()
        one, two = vault.seal(PHONE), vault.seal(PHONE)
        assert one != two and vault.open(one) == vault.open(two) == PHONE
        assert vault.blind(PHONE) == vault.blind(PHONE) != vault.blind(IDNO) and PHONE not in vault.blind(PHONE)
        with pytest.raises(InvalidTag):
            vault.open(one[:-6] + "AAAAA=")


def test_the_base_reads_what_was_sealed(walked):
    from incubator.bases.models import Base

    base = db.session.get(Base, walked.base_id, populate_existing=True)
    assert base.contact_phone == PHONE and base.investor_idno == IDNO


@pytest.mark.parametrize("made", [security.receipt_code, security.one_time_password, security.random_token])
def test_codes_do_not_repeat(made):
    codes = {made() for _ in range(500)}
    assert len(codes) == 500


def test_a_one_time_password_meets_the_policy():
    from incubator.offices.commands import password_problem

    assert not any(password_problem(security.one_time_password(), "jd220104001") for _ in range(300))
