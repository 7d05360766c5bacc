"""The record: appending, replaying, and the daily roots. The tamper suite stands in tests/promises/test_p10.py."""

import json
from datetime import date

import pytest
from sqlalchemy import select, text

from incubator.kernel import access, ledger, roots
from incubator.kernel.database import db, transaction
from incubator.kernel.ledger import ChainHead, Event
from tests import walk

UNIT = walk.Unit("长春青禾创业孵化基地", "220104", 101)


@pytest.fixture
def filed(app, clock):
    with app.app_context():
        base, _ = walk.filed_base(UNIT)
        yield base


def test_a_walked_record_verifies_and_holds_no_typed_text(filed):
    seen = ledger.verify()
    assert seen.faults == [] and seen.events > 10 and seen.chains >= 4
    for body in db.session.scalars(select(Event.body)):
        assert UNIT.phone not in body and UNIT.contact not in body and UNIT.address not in body


def test_an_event_names_who_acted_for_which_office_and_what(filed):
    approve = db.session.scalar(select(Event).where(Event.kind == "approve"))
    body = approve.facts
    assert body["who"]["office"] == "朝阳区工信局" and body["who"]["role"] == "county_clerk"
    assert body["who"]["person"] == approve.person_id
    assert (approve.from_state, approve.to_state, approve.case_kind) == ("county_review", "approved", "filing")
    assert set(body["facts"]) == {"opinion", "opinion_hash"}


def test_chains_of_one_case_and_of_the_system_count_apart(app, clock):
    with app.app_context():
        with transaction():
            for number in (1, 2, 3):
                assert ledger.append("system", "tried", access.service("test"), {"n": number}).seq >= number
            assert ledger.append("base:77", "tried", access.service("test")).seq == 1
        head = db.session.get(ChainHead, "base:77")
        assert head.seq == 1 and head.tip == db.session.scalar(select(Event.mac).where(Event.chain_id == "base:77"))
        assert ledger.verify().faults == []


def test_no_float_enters_the_record(app, clock):
    with app.app_context(), pytest.raises((TypeError, ValueError)):
        ledger.canonical({"x": float("nan")})


def test_the_last_events_can_be_looked_at_alone(filed):
    assert (ledger.verify(limit=5).events, ledger.verify(limit=5).faults) == (5, [])
    assert ledger.verify(limit=10_000).faults == []


# daily roots ------------------------------------------------------------------------------


def test_one_root_a_day_naming_what_grew(filed, clock):
    assert roots.write_root(clock.today()) == 1
    assert roots.write_root(clock.today()) == 0, "the day has its root"
    assert roots.write_root(date(2026, 5, 1)) == 0, "the clock was set back"
    clock.forward(days=1)
    walk.person("neu", "新人")
    assert roots.write_root(clock.today()) == 1
    first, second = (json.loads(path.read_bytes()) for path in roots.files())
    assert second["day"] == "2026-06-02" and set(second["chains"]) == {"system"}
    assert len(first["chains"]) == first["number_of_chains"] == second["number_of_chains"]
    assert ledger.verify().faults == []


def test_a_root_shows_a_cut_chain_even_when_the_tip_was_put_back(filed, clock):
    roots.write_root(clock.today())
    _lift_guards()
    chain = f"base:{filed.id}"
    last = db.session.scalar(select(Event).where(Event.chain_id == chain).order_by(Event.seq.desc()).limit(1))
    db.session.execute(text("DELETE FROM event WHERE id = :id"), {"id": last.id})
    db.session.execute(text("UPDATE chain_head SET seq = :s, tip = :t WHERE chain_id = :c"),
                       {"s": last.seq - 1, "t": last.prev_hash, "c": chain})
    db.session.commit()
    assert ledger.verify().faults == [f"{chain} #{last.seq}: stands in the root of 2026-06-01, and is missing"]


@pytest.mark.parametrize(("change", "fault"), [
    (lambda path: path.write_text(path.read_text().replace('"number_of_events":', '"number_of_event":')), "MAC does not match"),
    (lambda path: path.write_text("{"), "cannot be read"),
    (lambda path: path.rename(path.with_name("2026-05-30.json")), "carries another day"),
    (lambda path: path.unlink(), "does not follow the file before it"),
], ids=["edited", "broken", "renamed", "removed"])
def test_the_root_files_vouch_for_one_another(sqlite_app, clock, change, fault):
    with sqlite_app.app_context():
        for _ in range(3):
            walk.person(f"p{clock.today().day}", "新人")
            roots.write_root(clock.today())
            clock.forward(days=1)
        assert roots.read()[1] == []
        change(roots.files()[1])
        assert any(fault in line for line in ledger.verify().faults), ledger.verify().faults


def test_roots_by_command_and_by_the_tick(app, clock):
    runner = app.test_cli_runner()
    assert "2026-06-01.json" in runner.invoke(args=["ledger", "root"]).output
    clock.forward(days=1)
    assert "ledger_root: 1" in runner.invoke(args=["tick"]).output
    assert "ledger_root: 0" in runner.invoke(args=["tick"]).output
    verified = runner.invoke(args=["ledger", "verify"])
    assert verified.exit_code == 0 and "0 faults" in verified.output


def test_verify_reads_the_copies_kept_elsewhere(app, clock, tmp_path):
    with app.app_context():
        walk.person("neu", "新人")
        roots.write_root(clock.today())
        copy = tmp_path / "2026-06-01.json"
        copy.write_bytes(roots.files()[0].read_bytes())
        roots.files()[0].unlink()
        _lift_guards()
        db.session.execute(text("DELETE FROM event WHERE chain_id = 'system'"))
        db.session.execute(text("DELETE FROM chain_head WHERE chain_id = 'system'"))
        db.session.commit()
        assert ledger.verify().faults == [], "without the file nothing speaks for a chain that is gone altogether"
    answer = app.test_cli_runner().invoke(args=["ledger", "verify", "--roots", str(tmp_path)])
    assert answer.exit_code == 1 and "stands in the root of 2026-06-01" in answer.output


def _lift_guards() -> None:
    """What somebody with the whole database in hand can do."""
    from tests.kernel.tampering import lift_guards

    lift_guards(db.session)
