"""Triggers: what is on record stays as it was written, on both databases, also by raw SQL."""

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from incubator.kernel import guards
from incubator.kernel.database import db
from tests.filings import steps

TOUCHED = {"event": "body", "submission": "content", "opinion": "text"}


@pytest.fixture
def case(app, clock):
    with app.app_context():
        made, _ = steps.returned()
        db.session.commit()  # on SQLite the session lets go of its lock
        yield made


@pytest.mark.parametrize("table", TOUCHED)
def test_append_only(case, table):
    column = TOUCHED[table]
    for statement in (f"UPDATE {table} SET {column} = 'x'", f"DELETE FROM {table}",
                      f"UPDATE {table} SET {column} = {column}"):
        with pytest.raises(IntegrityError, match="append-only"), db.engine.begin() as connection:
            assert connection.execute(text(statement)).rowcount


@pytest.mark.parametrize("table", ["case_", "base", "person", "stored_file"])
def test_never_deleted(case, table):
    with pytest.raises(IntegrityError, match="never deleted"), db.engine.begin() as connection:
        connection.execute(text(f"DELETE FROM {table}"))


def test_a_span_may_be_closed_once_and_changed_in_nothing_else(app, clock):
    with app.app_context():
        steps.approved()
        db.session.commit()
        for statement in ("UPDATE name_span SET name = 'x'", "UPDATE name_span SET to_on = '2026-07-01', name = 'x'"):
            with pytest.raises(IntegrityError, match="append-only"), db.engine.begin() as connection:
                connection.execute(text(statement))
        with db.engine.begin() as connection:
            connection.execute(text("UPDATE name_span SET to_on = '2026-07-01'"))
        with pytest.raises(IntegrityError, match="append-only"), db.engine.begin() as connection:
            connection.execute(text("UPDATE name_span SET to_on = '2026-07-02'"))


def test_roles_that_exclude_one_another_are_refused_by_the_database(case):
    with db.engine.begin() as connection:
        person = connection.execute(text("SELECT person_id FROM membership WHERE role = 'prov_clerk'")).scalar()
    row = "INSERT INTO membership (person_id, role, from_on) VALUES (:p, :r, '2026-06-01')"
    with pytest.raises(IntegrityError, match="exclude one another"), db.engine.begin() as connection:
        connection.execute(text(row), {"p": person, "r": "auditor"})
    with db.engine.begin() as connection:
        connection.execute(text(row), {"p": person, "r": "site_team"})


def test_every_name_in_the_lists_is_a_table(app):
    """A table renamed would lose its guard without a word."""
    with app.app_context(), db.engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
    assert not (set(guards.APPEND_ONLY) | set(guards.NO_DELETE) | set(guards.CLOSABLE)) - tables


def test_installing_again_changes_nothing(app):
    with app.app_context():
        with db.engine.connect() as connection:
            before = texts(connection)
        with db.engine.begin() as connection:
            guards.install(connection)
        with db.engine.connect() as connection:
            assert texts(connection) == before and len(before) > 20


def texts(connection) -> dict[str, str]:
    """Each trigger's text, with its function's on PostgreSQL."""
    if connection.dialect.name == "sqlite":
        return dict(connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all())
    return dict(connection.execute(text(
        "SELECT t.tgname, pg_get_triggerdef(t.oid) || pg_get_functiondef(t.tgfoid) FROM pg_trigger t"
        " WHERE NOT t.tgisinternal"
    )).all())
