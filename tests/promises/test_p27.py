"""P27: upgrades keep the data, on both databases.

Each migration goes up, down and up again: schema and triggers are compared as text, and under a whole province of
rows (walked by real commands) every column that stands before and after keeps its content. Migrations widen first
and narrow later (expand and contract), so that the version before serves beside this one across the last of them.
"""

import ast
import contextlib
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, select, text

from config import Config
from incubator import create_app
from incubator.bases.models import Base
from incubator.kernel import guards, ledger
from incubator.kernel.database import db
from incubator.offices import divisions
from incubator.offices.cli import sync_policy
from tests import walk
from tests.conftest import ROOT
from tests.filings import steps

MIGRATIONS = str(ROOT / "migrations")


def _revisions() -> list[str]:
    """From the first migration to the last."""
    told = AlembicConfig()
    told.set_main_option("script_location", MIGRATIONS)
    return [step.revision for step in ScriptDirectory.from_config(told).walk_revisions()][::-1]


REVISIONS = _revisions()
# each migration by itself is the full form; in every run the newest is, and those before them in one go
EACH = pytest.mark.parametrize("newest", [1, pytest.param(len(REVISIONS) - 1, marks=pytest.mark.promise_full)])
# what a migration changes on purpose in columns that stay, with its reason: (revision, table, column)
CHANGED: set[tuple[str, str, str]] = {
    ("0004", "objection", "status"),  # a downgrade folds 核查 into 收到 and 部分成立 into 成立: the schema before has neither
}


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


def plain(found: dict[str, str]) -> dict[str, object]:
    """A schema in which the order of what stands in one CREATE TABLE, and its quotes, do not count.

    A table that SQLite built anew says the same in another order; indexes and triggers are compared letter by letter.
    """
    def parts(sql: str) -> list[str]:
        body, depth, item, items = sql.partition("(")[2].rpartition(")")[0], 0, "", []
        for letter in body.replace('"', ""):
            depth += (letter == "(") - (letter == ")")
            if letter == "," and depth == 0:
                items, item = [*items, item], ""
            else:
                item += letter
        return sorted(" ".join(each.split()) for each in [*items, item])

    return {name: parts(sql) if name.startswith("table ") else sql for name, sql in found.items()}


def differing(one: dict, other: dict) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


@EACH
@pytest.mark.promise("P27")
def test_p27_up_down_up(empty, newest, promise):
    """Each migration by itself: what stood at a revision stands there again on the way down and on the way up."""
    stood, wrong = {}, []
    steps_ = REVISIONS[-newest - 1:]
    for revision in steps_:
        upgrade(directory=MIGRATIONS, revision=revision)
        stood[revision] = plain(schema())
    first = stood[REVISIONS[-1]]
    triggers = [name for name in first if name.startswith("trigger ")]
    assert len(triggers) > 30 and tables() == set(db.metadata.tables)
    with db.engine.connect() as connection:
        differences = compare_metadata(
            MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True}),
            db.metadata,
        )
    assert not differences, differences[:5]
    for revision in steps_[-2::-1]:
        downgrade(directory=MIGRATIONS, revision=revision)
        wrong += [f"down to {revision}: {name}" for name in differing(plain(schema()), stood[revision])]
    downgrade(directory=MIGRATIONS, revision="base")
    left = schema()
    assert not left, sorted(left)[:10]
    for revision in steps_:
        upgrade(directory=MIGRATIONS, revision=revision)
        wrong += [f"up again to {revision}: {name}" for name in differing(plain(schema()), stood[revision])]
    print("\n".join(wrong))
    promise("P27", n=sum(map(len, stood.values())), failures=len(wrong), triggers=len(triggers), migrations=len(steps_))


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


# under data -------------------------------------------------------------------------------------


@pytest.fixture
def peopled(both_db, request, run_dir, tmp_path, worker):
    """A portal with a whole province in it, on a database of its own."""
    matrix = request.getfixturevalue("on_sqlite" if both_db == "sqlite" else "on_postgres")
    with matrix.app.app_context():
        db.session.remove()
        db.engine.dispose()
    if both_db == "sqlite":
        shutil.copyfile(run_dir / "province-OnSqlite" / "portal.sqlite3", tmp_path / "portal.sqlite3")
        app = create_app(Config.testing(tmp_path))
    else:
        cluster, name = request.getfixturevalue("postgres"), f"peopled_{worker}"
        cluster.restore(name, "province")
        app = create_app(Config.testing(tmp_path, cluster.url(name)))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    if both_db != "sqlite":
        cluster.drop(name)


def columns() -> dict[str, set[str]]:
    with db.engine.connect() as connection:
        seen = inspect(connection)
        return {name: {c["name"] for c in seen.get_columns(name)} for name in seen.get_table_names() if name != "alembic_version"}


def contents(wanted: dict[str, set[str]]) -> dict[tuple[str, str], str]:
    """One hash for each column: its values in the order of the rows' keys."""
    found = {}
    with db.engine.connect() as connection:
        for table, names in wanted.items():
            keys = inspect(connection).get_pk_constraint(table)["constrained_columns"]
            order = ", ".join(f'"{key}"' for key in keys) or "1"
            for name in names:
                rows = connection.execute(text(f'SELECT "{name}" FROM "{table}" ORDER BY {order}')).scalars()
                found[table, name] = hashlib.sha256("\n".join(map(repr, rows)).encode()).hexdigest()
    return found


def step(go, revision: str, name: str) -> list[str]:
    """One migration; says which columns that stood before and stand after have other content now."""
    db.session.remove()
    before = contents(columns())
    go(directory=MIGRATIONS, revision=revision)
    after = contents(columns())
    return [
        f"{name}: {table}.{column}" for table, column in sorted(before.keys() & after.keys())
        if before[table, column] != after[table, column] and (name, table, column) not in CHANGED
    ]


@EACH
@pytest.mark.promise("P27")
def test_p27_every_migration_keeps_every_column(peopled, newest, clock, promise):
    """Down to the first schema, which has all the rows that it can have, and up again to the last."""
    held = contents(columns())
    wrong = []
    for place in range(len(REVISIONS) - 1, len(REVISIONS) - 1 - newest, -1):
        wrong += step(downgrade, REVISIONS[place - 1], REVISIONS[place])
    for revision in REVISIONS[-newest:]:
        wrong += step(upgrade, revision, revision)
    with db.engine.connect() as connection:
        rows = {name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar() for name in tables()}
    print("\n".join(wrong), rows)
    assert sum(rows.values()) > 1000 and rows["event"] > 100
    promise("P27", n=len(held) * 2 * newest, failures=len(wrong), form="columns",
            rows=sum(rows.values()))


# side by side -----------------------------------------------------------------------------------

ACTS = """
import json, sys
from config import Config
from incubator import create_app
from incubator.kernel import clock
from incubator.kernel.database import db
from datetime import datetime
folder, url, number = sys.argv[1:]
clock.set_fixed(datetime.fromisoformat("2026-06-01T09:00:00+08:00"))
app = create_app(Config.testing(folder, url))
from tests import walk
from tests.filings import steps
with app.app_context():
    base, _ = walk.open_account(steps.unit(int(number)))
    db.session.remove()
pages = [app.test_client().get(path).status_code for path in ("/", "/register", "/public/notices", "/guides", "/login")]
print(json.dumps({"pages": pages, "base": base.id}))
"""


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


STARTS = """
import sys, tempfile
from config import Config
from incubator import create_app
create_app(Config.testing(tempfile.mkdtemp()))
"""


def _python(folder: Path, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", *words], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(folder)},
    )


@pytest.fixture(scope="module")
def version_before(tmp_path_factory) -> Path:
    """The program as it was before the last migration came to it: the latest such commit that starts."""
    last = next(Path(MIGRATIONS, "versions").glob(f"{REVISIONS[-1]}_*.py")).relative_to(ROOT).as_posix()
    added = _git("log", "--diff-filter=A", "--format=%H", "--", last).splitlines()
    for commit in _git("rev-list", "--first-parent", "-n", "60", f"{added[-1]}^" if added else "HEAD").splitlines():
        folder = tmp_path_factory.mktemp("before")
        packed = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x", "-C", str(folder)], input=packed, check=True)
        if _python(folder, STARTS).returncode == 0:
            return folder
    raise AssertionError("no version before the last migration starts")


@pytest.mark.promise("P27")
def test_p27_the_version_before_serves_beside_this_one(empty, version_before, tmp_path, clock, promise):
    """On the schema of this version the one before opens accounts and shows its pages, between acts of this one."""
    upgrade(directory=MIGRATIONS)
    sync_policy()
    divisions.seed()
    ours = [walk.open_account(steps.unit(1))[0].id]
    db.session.remove()
    done = _python(version_before, ACTS, str(tmp_path), db.engine.url.render_as_string(hide_password=False), "2")
    assert done.returncode == 0, done.stderr[-1500:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["pages"] == [200] * 5
    ours.append(walk.open_account(steps.unit(3))[0].id)
    found = list(db.session.scalars(select(Base.id).order_by(Base.id)))
    assert found == [ours[0], told["base"], ours[1]]
    checked = ledger.verify()
    assert not checked.faults
    promise("P27", n=len(found), failures=0, form="side by side", before=_git("rev-parse", "--short", "HEAD"))


# expand and contract ----------------------------------------------------------------------------

NARROWS = ("drop_table", "drop_column", "rename_table")


def narrowing(source: str) -> list[str]:
    """What in `upgrade` would break the version before: it drops, renames, or asks for what was not asked.

    Dropped indexes and constraints ask for less, and are allowed. A column may only come nullable or with a default
    of the database's, as the version before does not fill it.
    """
    found = []
    up = next(n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef) and n.name == "upgrade")
    for call in (n for n in ast.walk(up) if isinstance(n, ast.Call)):
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        said = {k.arg: k.value for k in call.keywords}
        if name in NARROWS:
            found.append(f"line {call.lineno}: {name}")
        if name == "alter_column" and ("new_column_name" in said or _is(said.get("nullable"), False)):
            found.append(f"line {call.lineno}: {name} renames or forbids NULL")
        if name == "add_column":
            column = next((a for a in call.args if isinstance(a, ast.Call)), None)
            told = {k.arg: k.value for k in column.keywords} if column else {}
            if _is(told.get("nullable"), False) and "server_default" not in told:
                found.append(f"line {call.lineno}: a column that must be filled and has no default")
    words = re.findall(r"\b(?:DROP\s+(?:TABLE|COLUMN)|RENAME\s+(?:TO|COLUMN)|SET\s+NOT\s+NULL)\b", ast.unparse(up), re.I)
    return found + words


def _is(node, value) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def test_p27_migrations_expand_before_they_contract():
    wrong = [
        f"{place.name} {fault}" for place in sorted(Path(MIGRATIONS, "versions").glob("*.py"))
        for fault in narrowing(place.read_text("utf-8"))
    ]
    assert not wrong, wrong


@pytest.mark.parametrize("line", [
    'op.drop_column("base", "name")', 'op.rename_table("base", "bases")', 'op.drop_table("base")',
    'op.alter_column("base", "name", new_column_name="title")', 'op.alter_column("base", "name", nullable=False)',
    'op.add_column("base", sa.Column("more", sa.Text(), nullable=False))', 'op.execute("ALTER TABLE base RENAME TO b")',
])
def test_the_lint_finds_what_narrows(line):
    assert narrowing(f"def upgrade():\n    {line}")


def test_the_lint_lets_pass_what_widens():
    widens = (
        'op.add_column("base", sa.Column("more", sa.Text(), nullable=True))',
        'op.add_column("base", sa.Column("more", sa.Text(), nullable=False, server_default=""))',
        'op.drop_index("ix_base_old", "base")', 'op.alter_column("base", "name", type_=sa.String(80))',
    )
    assert not narrowing("def upgrade():\n" + "\n".join(f"    {line}" for line in widens))
