"""P27: migrations go up, down and up again on both databases; schema and triggers are compared as text."""

import contextlib
import sqlite3

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text

from config import Config
from incubator import create_app
from incubator.kernel import guards
from incubator.kernel.database import db
from incubator.offices import divisions
from incubator.offices.cli import sync_policy
from tests.conftest import ROOT
from tests.filings import steps

MIGRATIONS = str(ROOT / "migrations")


@pytest.fixture
def empty(both_db, tmp_path, request, worker):
    """A portal on a database of its own in which nothing stands yet."""
    if both_db == "sqlite":
        app = create_app(Config.testing(tmp_path))
        with app.app_context():
            yield app
            db.session.remove()
            db.engine.dispose()
        return
    cluster = request.getfixturevalue("postgres")
    name = f"migrations_{worker}"
    cluster.drop(name)
    cluster.create(name)
    app = create_app(Config.testing(tmp_path, cluster.url(name)))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    cluster.drop(name)


def schema() -> dict[str, str]:
    """Everything that stands in the database, as the database itself writes it."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            rows = connection.execute(text("SELECT type || ' ' || name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
            return {name: sql for name, sql in rows if name != "table alembic_version"}
        found = {}
        for query in (
            "SELECT 'column ' || table_name || '.' || column_name, concat_ws(' ', data_type, character_maximum_length,"
            " numeric_precision, numeric_scale, is_nullable, column_default) FROM information_schema.columns"
            " WHERE table_schema = 'public'",
            "SELECT 'constraint ' || conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) ||"
            " condeferrable || condeferred FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
            "SELECT 'index ' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
            "SELECT 'trigger ' || tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
            "SELECT 'function ' || proname, pg_get_functiondef(oid) FROM pg_proc"
            " WHERE pronamespace = 'public'::regnamespace",
        ):
            found |= dict(connection.execute(text(query)).all())
        return {name: body for name, body in found.items() if "alembic_version" not in name}


def tables() -> set[str]:
    with db.engine.connect() as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


@pytest.mark.promise("P27")
def test_p27_up_down_up(empty, promise):
    upgrade(directory=MIGRATIONS)
    first = schema()
    triggers = [name for name in first if name.startswith("trigger ")]
    assert len(triggers) > 30 and tables() == set(db.metadata.tables)
    with db.engine.connect() as connection:
        differences = compare_metadata(
            MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True}),
            db.metadata,
        )
    assert not differences, differences[:5]
    downgrade(directory=MIGRATIONS, revision="base")
    left = schema()
    assert not left, sorted(left)[:10]
    upgrade(directory=MIGRATIONS)
    second = schema()
    changed = [name for name in first.keys() | second.keys() if first.get(name) != second.get(name)]
    assert not changed, changed[:10]
    promise("P27", n=len(first), failures=len(changed), triggers=len(triggers))


@pytest.mark.promise("P27")
def test_p27_models_and_migrations_agree_on_partial_indexes(empty):
    """Reflection by itself would not see the condition of an index."""
    upgrade(directory=MIGRATIONS)
    stands = schema()
    for table in db.metadata.tables.values():
        for index in table.indexes:
            where = index.dialect_options[db.engine.dialect.name].get("where")
            text_of = stands[f"index {index.name}"].upper()
            assert (where is not None) == (" WHERE " in text_of), index.name
            assert index.unique == ("CREATE UNIQUE" in text_of), index.name


@pytest.mark.promise("P27")
def test_p27_an_upgrade_leaves_the_data(empty, db_digest, clock, promise):
    """Run again over a database with a walked base in it: every row stays, guards stand again."""
    upgrade(directory=MIGRATIONS)
    sync_policy()
    divisions.seed()
    steps.approved()
    db.session.commit()
    before, stood = db_digest(empty), schema()
    if db.engine.dialect.name == "sqlite":
        _drop_triggers()
        assert schema() != stood
    upgrade(directory=MIGRATIONS)
    assert db_digest(empty) == before and schema() == stood
    promise("P27", n=len(before), failures=0, form="data")


def _drop_triggers() -> None:
    """What Alembic's batch mode does in silence (reliability F15)."""
    db.session.remove()
    db.engine.dispose()
    place = db.engine.url.database
    with contextlib.closing(sqlite3.connect(place)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.commit()


def test_every_guard_of_the_list_is_a_trigger(empty):
    upgrade(directory=MIGRATIONS)
    named = {name.removeprefix("trigger ") for name in schema() if name.startswith("trigger ")}
    assert {f"guard_{table}_no_delete" for table in (*guards.APPEND_ONLY, *guards.NO_DELETE)} <= named
