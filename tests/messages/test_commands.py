"""Letters: to those who have the case now, to the base whenever an office acted; each once (§3.5)."""

import threading

import pytest
from sqlalchemy import select, update

from incubator.filings import commands as filings
from incubator.kernel import access, outbox
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import NotVisible
from incubator.kernel.outbox import Outbox
from incubator.messages import commands, queries
from incubator.messages.models import Letter
from incubator.offices.models import Person
from tests import walk
from tests.filings import steps


@pytest.fixture(autouse=True)
def _inside(app, clock):
    with app.app_context():
        yield


def drain() -> int:
    done = 0
    while some := outbox.drain():
        done += some
    return done


def letters(case) -> set[tuple[str, str]]:
    rows = db.session.execute(select(Person.login, Letter.subject).join(Person, Person.id == Letter.person_id)
                              .where(Letter.case_id == case.id))
    return {tuple(r) for r in rows}


def test_nothing_is_said_before_the_commit_and_all_after():
    case, _ = steps.submitted()
    assert letters(case) == set()
    drain()
    assert letters(case) == {
        ("x220104", "长春青禾101创业孵化基地：审备案"), ("x220104f", "长春青禾101创业孵化基地：审备案"),
    }


def test_a_return_goes_to_the_base_with_its_deadline():
    case, admin = steps.submitted()
    clerk = filings.add_base_clerk(admin, name="填报甲")
    drain()
    walk.act(case, "return", steps.county(), text=steps.REASON, remarks=[steps.REMARK])
    drain()
    got = {login for login, subject in letters(case) if subject == "备案：退回补正"}
    assert got == {"jd220104001", clerk.login}
    body = db.session.scalar(select(Letter.body).where(Letter.subject == "备案：退回补正").limit(1))
    assert "现在是“退回补正”" in body and "办理期限到 6月8日" in body
    assert steps.REASON not in body, "texts of people are read in the dossier, where sight is judged"


def test_the_applicants_own_step_is_not_told_to_him():
    case, _ = steps.submitted()
    drain()
    assert not {login for login, _ in letters(case) if login.startswith("jd")}


def test_an_account_request_waits_at_the_province_after_the_county():
    walk.province()
    case = walk.request_account(steps.unit())
    drain()
    assert {login for login, _ in letters(case)} == set(), "the county has nobody yet"
    walk.act(case, "confirm", steps.county())
    drain()
    assert {login for login, _ in letters(case)} == {"sheng1", "sheng2", "shengf", "shengf2", "shengg"}


def test_neighbours_and_the_disabled_get_nothing():
    walk.staff("220102")
    case, _ = steps.submitted()
    with transaction():
        db.session.execute(update(Person).where(Person.login == "x220104f").values(disabled_at=case.opened_at))
    drain()
    assert {login for login, _ in letters(case)} == {"x220104"}


def test_a_second_delivery_writes_nothing():
    case, _ = steps.submitted()
    drain()
    before = letters(case)
    count = len(list(db.session.scalars(select(Letter.id))))
    with transaction():
        db.session.execute(update(Outbox).values(done_at=None, lease_until=None))
    assert drain() > 0
    assert letters(case) == before and len(list(db.session.scalars(select(Letter.id)))) == count


def test_four_drainers_deliver_each_letter_once(app):
    case, _ = steps.submitted()
    db.session.commit()
    waiting = len(list(db.session.scalars(select(Outbox.id).where(Outbox.done_at.is_(None)))))
    db.session.commit()
    done = []

    def work():
        with app.app_context():
            done.append(drain())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) == waiting > 0
    assert len(letters(case)) == len(list(db.session.scalars(select(Letter.id).where(Letter.case_id == case.id)))) == 2


def test_the_payload_holds_ids_only():
    steps.returned()
    for payload in db.session.scalars(select(Outbox.payload)):
        assert steps.unit().phone not in payload and steps.REASON not in payload and "青禾" not in payload


def test_ones_own_letters_only_and_read_once():
    case, _ = steps.submitted()
    drain()
    county, lead = steps.county(), steps.lead()
    assert queries.unread(county) == queries.unread(lead) == 2, "the account request, then the filing"
    commands.mark_all_read(lead)
    assert queries.unread(lead) == 0
    rows, more = queries.page(county, None)
    assert more is None
    with pytest.raises(NotVisible):
        commands.mark_read(lead, rows[0].id)
    first = commands.mark_read(county, rows[0].id).read_at
    assert commands.mark_read(county, rows[0].id).read_at == first
    assert queries.unread(county) == 1
    assert {row.case_id for row in rows} > {case.id}


def test_pages_of_letters_follow_one_another():
    person = walk.person("viel", "多信", ("county_clerk", "220104"))
    with transaction():
        for n in range(35):
            commands.send(select(Person.id).where(Person.id == person.id), f"k{n}", f"第 {n} 封", "", None)
    who = walk.actor("viel")
    first, more = queries.page(who, None)
    rest, end = queries.page(who, more)
    assert (len(first), len(rest), end) == (30, 5, None)
    assert len({row.id for row in first + rest}) == 35


def test_a_letter_leaves_with_the_sight_of_its_case():
    case, _ = steps.submitted()
    drain()
    county = steps.county()
    assert queries.unread(county) == 2
    other = walk.office_id("220102")
    with transaction():
        db.session.execute(update(access.Route).where(access.Route.region_id == case.region_id).values(county_office_id=other))
    assert queries.unread(county) == 0
