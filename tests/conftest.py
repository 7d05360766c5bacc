"""Fixtures that every test may ask for.

    app             the portal on SQLite, then on PostgreSQL: what must hold on both databases
    sqlite_app      on one of them only
    pg_app
    make_app        another portal beside it, with settings changed by name
    clock           the portal's clock, stopped; clock.set("2026-03-01 09:30"), clock.forward(days=3)
    query_counter   with query_counter() as queries: ... ; assert queries.count <= 12
    db_digest       db_digest(app): one hash a table, to compare before and after
    redis_server    a private Redis; redis_server.url()
    postgres        the private cluster itself, for tests that need connections or databases of their own
    promise         promise("P5", n=..., failures=...): print and keep the figure, then judge it

Browser fixtures (live, page, new_page) stand in tests/browser.py.

Each test gets its portal with a database as fresh as after set-up: migrated, procedures synced, divisions
seeded. No application context is open; a test that needs one opens it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, inspect, text
from sqlalchemy.engine import Engine

from config import Config
from tests import servers, stage

pytest_plugins = ["tests.browser"]

ROOT = Path(__file__).parent.parent
SEEDS = (("policy", "sync"), ("seed", "divisions"))
# What moves by itself: never compared (reliability promises P1, P3, P9).
VOLATILE = frozenset({"session", "session_", "throttle", "access_log", "seen"})
RUN_DIR = pytest.StashKey[Path]()


# ------------------------------------------------------------------------ one run, its folder


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        config.stash[RUN_DIR] = Path(config.workerinput["run_dir"])
    else:
        config.stash[RUN_DIR] = run_dir = servers.make_run_dir()
        (run_dir / "owner.pid").write_text(str(os.getpid()))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long journeys first: what a worker takes from another near the end is small then."""
    items.sort(key=lambda item: "/journeys/" not in item.path.as_posix())


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each worker of pytest-xdist where the run's folder is."""
    node.workerinput["run_dir"] = str(node.config.stash[RUN_DIR])


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and (run_dir := config.stash.get(RUN_DIR, None)):
        servers.end_run(run_dir)


@pytest.fixture(scope="session")
def run_dir(request: pytest.FixtureRequest) -> Path:
    """The folder that all workers of this run share."""
    return request.config.stash[RUN_DIR]


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    """gw0, gw1, ... or `main`: for names that must not clash."""
    return getattr(request.config, "workerinput", {}).get("workerid", "main")


@pytest.fixture(scope="session")
def postgres(run_dir: Path) -> servers.Postgres:
    return servers.Postgres(run_dir).start()


@pytest.fixture(scope="session")
def _redis(run_dir: Path) -> servers.Redis:
    return servers.Redis(run_dir).start()


@pytest.fixture
def redis_server(_redis: servers.Redis) -> servers.Redis:
    _redis.client().flushall()
    return _redis


# ------------------------------------------------------------------------------- the portal


def _do_not_wait_for_the_disk(connection: Any, record: Any) -> None:
    """What SQLite does at each commit no test can tell; PostgreSQL does not either (tests/servers.py)."""
    if type(connection).__module__.startswith("sqlite3"):
        connection.execute("PRAGMA synchronous=OFF")


class Portal:
    """One application and its database, put back to the template before each test."""

    def __init__(self, folder: Path) -> None:
        from incubator import create_app

        self.folder = folder
        self.config = self.settings()
        self.restore_database()
        self.app = create_app(self.config)
        if not event.contains(Engine, "connect", _do_not_wait_for_the_disk):  # after the portal's own settings
            event.listen(Engine, "connect", _do_not_wait_for_the_disk)
        self._mark = self.mark()
        self.at_first = stage.counted(self)  # in a fresh database

    def settings(self, **changes: Any) -> Config:
        raise NotImplementedError

    def restore_database(self) -> None:
        raise NotImplementedError

    def mark(self) -> object:
        """Equal to the mark before when certainly nothing was written."""
        return object()

    def fresh(self) -> Any:
        from incubator.kernel.database import db

        if self.mark() != self._mark:
            with self.app.app_context():
                db.engine.dispose()
            self.restore_database()
            self._mark = self.mark()
        files = self.config.FILES_DIR
        if any(files.iterdir()):
            shutil.rmtree(files)
            files.mkdir()
        shutil.rmtree(self.config.INSTANCE_DIR / "roots", ignore_errors=True)
        stage.begins(self)
        return self.app

    def keep(self, place: Path, key: str) -> None:
        """Keep database and files as they are under `place` (tests/stage.py)."""
        raise NotImplementedError

    def put_back(self, place: Path, key: str) -> None:
        raise NotImplementedError

    def ask(self, query: str) -> tuple:
        """One row, over a connection of its own."""
        raise NotImplementedError


class OnSqlite(Portal):
    def __init__(self, folder: Path, run_dir: Path) -> None:
        self.template = run_dir / "template" / "portal.sqlite3"
        self.stages = run_dir / "stages-sqlite"
        self.stages.mkdir(exist_ok=True)
        servers.once(run_dir, "template-sqlite", self._make_template)
        super().__init__(folder)

    def settings(self, **changes: Any) -> Config:
        return Config.testing(self.folder, **changes)

    def _make_template(self) -> None:
        self.template.parent.mkdir()
        prepare(Config.testing(self.template.parent))
        with contextlib.closing(sqlite3.connect(self.template)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def restore_database(self, template: Path | None = None) -> None:
        place = self.folder / "portal.sqlite3"
        for leftover in ("-wal", "-shm", "-journal"):
            Path(f"{place}{leftover}").unlink(missing_ok=True)
        shutil.copyfile(template or self.template, f"{place}.new")
        Path(f"{place}.new").replace(place)

    def keep(self, place: Path, key: str) -> None:
        stage.keep_sqlite(self.folder / "portal.sqlite3", self.config.FILES_DIR, place)

    def ask(self, query: str) -> tuple:
        with contextlib.closing(sqlite3.connect(self.folder / "portal.sqlite3")) as connection:
            return connection.execute(query).fetchone()

    def put_back(self, place: Path, key: str) -> None:
        self.restore_database(place / "portal.sqlite3")
        stage.put_files(self.config.FILES_DIR, place)


class OnPostgres(Portal):
    TEMPLATE = "portal_template"

    def __init__(self, folder: Path, run_dir: Path, cluster: servers.Postgres, worker: str) -> None:
        self.cluster = cluster
        self.database = f"portal_{worker}"
        self.stages = run_dir / "stages-postgres"
        self.stages.mkdir(exist_ok=True)
        servers.once(run_dir, "template-postgres", lambda: self._make_template(run_dir))
        super().__init__(folder)

    def settings(self, **changes: Any) -> Config:
        return Config.testing(self.folder, self.cluster.url(self.database), **changes)

    def _make_template(self, run_dir: Path) -> None:
        self.cluster.create(self.TEMPLATE)
        prepare(Config.testing(run_dir / "template-postgres", self.cluster.url(self.TEMPLATE)))

    def restore_database(self) -> None:
        self.cluster.restore(self.database, self.TEMPLATE)

    def keep(self, place: Path, key: str) -> None:
        from incubator.kernel.database import db

        if sum(1 for _ in self.stages.glob("*/found")) >= stage.MOST_ON_POSTGRES:
            return
        db.session.remove()
        db.engine.dispose()
        self.cluster.create(f"stage_{key}", self.database)
        stage.keep_files(self.config.FILES_DIR, place)

    def ask(self, query: str) -> tuple:
        return self.cluster.ask(self.database, query)

    def put_back(self, place: Path, key: str) -> None:
        self.cluster.restore(self.database, f"stage_{key}")
        stage.put_files(self.config.FILES_DIR, place)

    def mark(self) -> object:
        return self.cluster.writes()


def prepare(config: Config) -> None:
    """What set-up does to a new database, by the same commands."""
    from flask_migrate import upgrade

    from incubator import create_app
    from incubator.kernel.database import db

    app = create_app(config)
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"))
    runner = app.test_cli_runner()
    for command in SEEDS:
        result = runner.invoke(args=list(command), catch_exceptions=False)
        assert result.exit_code == 0, f"flask {' '.join(command)} failed:\n{result.output}"
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def _sqlite_portal(run_dir: Path, worker: str) -> OnSqlite:
    return OnSqlite(run_dir / f"sqlite-{worker}", run_dir)


@pytest.fixture(scope="session")
def _pg_portal(run_dir: Path, worker: str, postgres: servers.Postgres) -> OnPostgres:
    return OnPostgres(run_dir / f"pg-{worker}", run_dir, postgres, worker)


@pytest.fixture
def sqlite_app(_sqlite_portal: OnSqlite) -> Any:
    return _sqlite_portal.fresh()


@pytest.fixture
def pg_app(_pg_portal: OnPostgres) -> Any:
    return _pg_portal.fresh()


@pytest.fixture(params=["sqlite", "postgresql"])
def both_db(request: pytest.FixtureRequest) -> str:
    """The name of the database that this round of the test works on."""
    return request.param


@pytest.fixture
def app(request: pytest.FixtureRequest, both_db: str) -> Any:
    return request.getfixturevalue("pg_app" if both_db == "postgresql" else "sqlite_app")


@pytest.fixture
def client(app: Any) -> Any:
    return app.test_client()


@pytest.fixture
def make_app(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """make_app(TRAINING=True, on="postgresql"): a second portal on this test's fresh database."""
    from incubator import create_app

    made = []

    def make(*, on: str = "sqlite", **changes: Any) -> Any:
        portal: Portal = request.getfixturevalue("_pg_portal" if on == "postgresql" else "_sqlite_portal")
        if not made and not {"app", "pg_app", "sqlite_app"} & set(request.fixturenames):
            portal.fresh()
        another = create_app(portal.settings(**changes))
        made.append(another)
        return another

    yield make

    from incubator.kernel.database import db

    for another in made:
        with another.app_context():
            db.engine.dispose()


# --------------------------------------------------------------------------------- the clock


class Clock:
    """The portal's clock for a test. Times without a zone are meant in Asia/Shanghai."""

    START = "2026-06-01 09:00"  # a Monday

    def set(self, moment: str | datetime) -> datetime:
        from incubator.kernel import clock

        if isinstance(moment, str):
            moment = datetime.fromisoformat(moment)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=clock.SHANGHAI)
        clock.set_fixed(moment)
        return moment

    def forward(self, **delta: float) -> datetime:
        return self.set(self.now() + timedelta(**delta))

    def now(self) -> datetime:
        from incubator.kernel import clock

        return clock.now()

    def today(self) -> Any:
        from incubator.kernel import clock

        return clock.today()


@pytest.fixture
def clock() -> Clock:
    stopped = Clock()
    stopped.set(Clock.START)
    return stopped


@pytest.fixture(autouse=True, scope="session")
def _rule_turned_round() -> None:
    """FLIP names a rule that says its opposite for this run (tests/flips)."""
    if rule := os.environ.get("FLIP"):
        from tests.flips.turn import turn

        assert turn(rule), rule


@pytest.fixture(autouse=True)
def _clock_runs_again() -> Iterator[None]:
    yield
    stage.over()
    import sys

    if clock := sys.modules.get("incubator.kernel.clock"):
        clock.set_fixed(None)
        clock.set_shift(0)


# --------------------------------------------------------------------- looking at the database


@dataclass
class Queries:
    """The statements that ran while it watched."""

    statements: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.statements)

    @property
    def writes(self) -> list[str]:
        """Those that write to a table which is not volatile."""
        found = []
        for statement in self.statements:
            verb = re.match(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', statement, re.IGNORECASE)
            if verb and verb[1].lower() not in VOLATILE:
                found.append(statement)
        return found

    def __str__(self) -> str:
        return f"{self.count} statements:\n" + "\n".join(f"  {line}" for line in self.statements)


@pytest.fixture
def query_counter() -> Callable[..., contextlib.AbstractContextManager[Queries]]:
    @contextlib.contextmanager
    def count() -> Iterator[Queries]:
        queries = Queries()
        lock = threading.Lock()

        def note(connection, cursor, statement, parameters, context, executemany) -> None:
            if not statement.lstrip().upper().startswith(("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SAVEPOINT")):
                with lock:
                    queries.statements.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        try:
            yield queries
        finally:
            event.remove(Engine, "before_cursor_execute", note)

    return count


@pytest.fixture
def db_digest() -> Callable[..., dict[str, str]]:
    def digest(app: Any, without: frozenset[str] = VOLATILE) -> dict[str, str]:
        from incubator.kernel.database import db

        found = {}
        with app.app_context(), db.engine.connect() as connection:
            for table in sorted(set(inspect(connection).get_table_names()) - without):
                rows = sorted(repr(tuple(row)) for row in connection.execute(text(f'SELECT * FROM "{table}"')))
                found[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        return found

    return digest


# ------------------------------------------------------------------------------ the promises


@pytest.fixture
def promise(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Put a figure on record as one JSON line and fail the test if it is not the promised one."""
    began = time.monotonic()

    def report(number: str, *, n: int, failures: int, **more: Any) -> None:
        line = {
            "promise": number,
            "n": n,
            "failures": failures,
            "seconds": round(time.monotonic() - began, 2),
            "backend": request.getfixturevalue("both_db") if "both_db" in request.fixturenames else None,
            "commit": _commit(),
            **more,
        }
        print(json.dumps(line, ensure_ascii=False))
        with (ROOT / "promises.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        assert n > 0, f"{number}: nothing was tried"
        assert failures == 0, f"{number}: {failures} of {n} broke the promise"

    return report


def _commit() -> str:
    asked = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or "unknown"
