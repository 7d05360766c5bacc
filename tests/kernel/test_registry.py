"""Receipts, numbers, and the start-up check of tables against registrations."""

import pytest
from sqlalchemy import select

from incubator.kernel import registry
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Refused
from incubator.kernel.registry import Receipt


@pytest.fixture
def inside(app, clock):
    with app.app_context():
        yield


def test_once_per_key_and_actor(inside):
    made = []

    def act():
        made.append(len(made))
        return f"/cases/{len(made)}"

    assert registry.once("p1", "k", act) == registry.once("p1", "k", act) == "/cases/1"
    assert registry.once("p2", "k", act) == "/cases/2" and registry.once("p1", "other", act) == "/cases/3"
    assert registry.once("p1", "", act) == "/cases/4" and registry.once("p1", "", act) == "/cases/5", "no key, no receipt"


def test_a_refused_act_uses_up_no_key(inside):
    def refuse():
        raise Refused("7(1)", "还不行")

    with pytest.raises(Refused):
        registry.once("p1", "k", refuse)
    assert db.session.scalar(select(Receipt)) is None
    assert registry.once("p1", "k", lambda: "/done") == "/done"


def test_numbers_run_without_a_gap_even_after_a_rollback(inside):
    with transaction():
        assert [registry.next_number("a"), registry.next_number("a"), registry.next_number("b")] == [1, 2, 1]
    def act():
        with transaction():
            registry.next_number("a")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()
    with transaction():
        assert registry.next_number("a") == 3


@pytest.mark.parametrize(("names", "words"), [
    ("_evidence", "evidence nobody_named is registered but no table names it"),
    ("_effects", "effect nobody_named is registered but no table names it"),
])
def test_start_refuses_what_no_table_names(sqlite_app, monkeypatch, names, words):
    registry.check()
    monkeypatch.setitem(getattr(registry, names), "nobody_named", lambda *_: None)
    with pytest.raises(RuntimeError, match=words):
        registry.check()


@pytest.mark.parametrize(("names", "name"), [("_evidence", "filing_complete"), ("_effects", "assign_filing_no")])
def test_start_refuses_what_nobody_registered(sqlite_app, monkeypatch, names, name):
    monkeypatch.delitem(getattr(registry, names), name)
    with pytest.raises(RuntimeError, match=f"{name} is in a table but nobody registered it"):
        registry.check()
