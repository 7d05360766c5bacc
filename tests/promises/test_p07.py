"""P7: what may exist once exists once, also when two come in the same instant, by command and by raw SQL.

Here: the open account per operator and site, the running request for one, the name of a base, the running filing
of a base. What later modules add (changes, reports, sanctions) has its pairs there.
"""

from types import SimpleNamespace

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from incubator.bases import commands as bases
from incubator.bases.models import Base
from incubator.filings import commands as filings
from incubator.filings.models import AccountRequest
from incubator.kernel import access, workflow
from incubator.kernel.access import Region
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Refused
from incubator.kernel.workflow import Case
from tests import walk
from tests.filings import steps
from tests.promises.races import lost, race, won


def count(model, *where) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*where))


# by command -----------------------------------------------------------------------------------


def two_requests(app, n):
    """The same operator and site, from two fresh pages with two keys."""
    told = steps.unit(n)
    typed = {
        "operator_name": told.operator, "operator_uscc": told.uscc, "base_name": told.name, "contact_name": "刘思远",
        "division_code": told.region, "address": told.address, "contact_phone": told.phone,
    }

    def act(key):
        return lambda: filings.submit_once(access.PUBLIC, key, typed, walk.pdf("营业执照.pdf"))

    answers = race(app, act(f"a{n}"), act(f"b{n}"))
    return answers, count(AccountRequest, AccountRequest.operator_uscc == told.uscc)


def two_accounts(app, n):
    region, case = _region(), SimpleNamespace(id=0)
    told = steps.unit(n)

    answers = race(app, *(_named(region, case, told, f"长春{x}{n}创业孵化基地") for x in "甲乙"))
    return answers, count(Base, Base.operator_uscc == told.uscc)


def two_names(app, n):
    region, case = _region(), SimpleNamespace(id=0)
    one, other = steps.unit(n), steps.unit(n + 5000)
    answers = race(app, *(_named(region, case, told, one.name) for told in (one, other)))
    return answers, count(Base, Base.name == one.name)


def _named(region, case, told, name):
    def go():
        with transaction():
            return bases.open_base(
                access.service("test"), region=region, name=name, address=told.address, contact_name="刘思远",
                operator_name=told.operator, operator_uscc=told.uscc, contact_phone=told.phone, case=case,
            ).id
    return go


def two_filings(app, n):
    """Here the second takes up what the first opened: both are answered, with one case."""
    base, admin = walk.open_account(steps.unit(n))
    base_id = base.id
    db.session.remove()
    answers = race(app, *[lambda: filings.open_filing(admin).id] * 2)
    assert len(won(answers)) == 2 and len(set(answers)) == 1, answers
    return [answers[0], Refused("7(1)", "")], count(Case, Case.base_id == base_id, Case.kind == "filing")


def _region():
    region = db.session.scalar(select(Region).where(Region.code == steps.CHAOYANG))
    db.session.remove()
    return region


# by raw SQL ---------------------------------------------------------------------------------


def _row(model, of, **changes) -> dict:
    values = {c.name: getattr(of, c.name) for c in model.__table__.columns if c.name != "id"}
    return {**values, **changes}


def _pair(app, model, rows):
    def put(row):
        def go():
            with db.engine.begin() as connection:
                connection.execute(insert(model.__table__), row)
            return True
        return go

    db.session.remove()
    return race(app, *map(put, rows))


def raw_accounts(app, n, base, case):
    rows = [_row(Base, base, code=f"r{n}{x}", name_key=f"r{n}{x}", site_key=f"r{n}", filing_no=None) for x in "ab"]
    return _pair(app, Base, rows), count(Base, Base.site_key == f"r{n}")


def raw_names(app, n, base, case):
    rows = [_row(Base, base, code=f"n{n}{x}", name_key=f"n{n}", site_key=f"n{n}{x}", filing_no=None) for x in "ab"]
    return _pair(app, Base, rows), count(Base, Base.name_key == f"n{n}")


def raw_requests(app, n, base, case):
    ids = []
    with transaction():
        for _ in "ab":
            ids.append(workflow.open_case("account_request", access.PUBLIC, region_id=base.region_id, subject="x",
                                          outcome="submit").id)
    first = db.session.scalar(select(AccountRequest).order_by(AccountRequest.case_id).limit(1))
    rows = [_row(AccountRequest, first, case_id=i, receipt_hash=f"{i:064d}", site_key=f"q{n}", running=True) for i in ids]
    return _pair(app, AccountRequest, rows), count(AccountRequest, AccountRequest.site_key == f"q{n}")


def raw_filings(app, n, base, case):
    """Two cases with their first events; the database lets one stand."""
    with transaction():
        mine = bases.open_base(
            access.service("test"), region=base.region, name=f"裸{n}", address=f"裸 {n}", operator_name="x",
            operator_uscc=walk.uscc(n + 9000), contact_name="x", contact_phone="13800000000", case=case,
        )
    case = steps.fresh(case)
    rows = [_row(Case, case, base_id=mine.id, number=f"raw-{n}-{x}", ended_at=None, state="draft", seq=1) for x in "ab"]

    def put(row):
        def go():
            with transaction():
                made = Case(**row)
                db.session.add(made)
                db.session.flush()
                workflow.ledger.append(f"case:{made.id}", "open", access.service("test"), case=made, from_state="",
                                       to_state="draft")
            return True
        return go

    base_id = mine.id
    db.session.remove()
    return race(app, *map(put, rows)), count(Case, Case.base_id == base_id)


COMMANDS = (two_requests, two_accounts, two_names, two_filings)
RAW = (raw_accounts, raw_names, raw_requests, raw_filings)


def pairs(app, each: int) -> tuple[int, list[str]]:
    wrong: list[str] = []
    tried = 0
    with app.app_context():
        filed = SimpleNamespace(id=steps.submitted(1)[0].id)
        for kind in (*COMMANDS, *RAW):
            for n in range(each):
                if kind in RAW:
                    case = steps.fresh(filed)
                    answers, rows = kind(app, n, db.session.get(Base, case.base_id), case)
                else:
                    answers, rows = kind(app, 2000 + 10_000 * COMMANDS.index(kind) + n)
                tried += 1
                if rows != 1 or len(won(answers)) != 1 or not isinstance(lost(answers)[0], Refused | IntegrityError):
                    wrong.append(f"{kind.__name__} {n}: {rows} rows, {answers}")
                db.session.rollback()
    return tried, wrong


@pytest.mark.promise("P7")
def test_p7_twenty_pairs_of_each(app, clock, promise):
    tried, wrong = pairs(app, 20)
    assert not wrong, wrong[:5]
    promise("P7", n=tried, failures=len(wrong))


@pytest.mark.promise_full
def test_p7_a_thousand_pairs_of_each(app, clock, promise):
    tried, wrong = pairs(app, 1000)
    assert not wrong, wrong[:5]
    promise("P7", n=tried, failures=len(wrong), form="full")
