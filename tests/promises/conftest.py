"""A province with everybody and everything in it, for the promises that ask every route (P1, P2, P3, P24, P28)."""

from __future__ import annotations

import contextlib
import pickle
import shutil
import sqlite3

import pytest

from incubator.kernel.database import db
from tests import servers
from tests.conftest import Clock
from tests.promises import province
from tests.promises.matrix import Matrix


def _founded(portal, run_dir, keep, take) -> Matrix:
    """The province is founded once a run; every worker takes a copy of its database and files."""
    store = run_dir / f"province-{type(portal).__name__}"

    def make() -> None:
        app = portal.fresh()
        with app.app_context():
            made = province.found(Clock().set)
            db.engine.dispose()
        keep(store)
        shutil.copytree(portal.config.FILES_DIR, store / "files")
        (store / "province.pickle").write_bytes(pickle.dumps(made))

    store.mkdir(exist_ok=True)
    servers.once(run_dir, store.name, make)
    portal.fresh()
    with portal.app.app_context():
        db.engine.dispose()
    take(store)
    shutil.copytree(store / "files", portal.config.FILES_DIR, dirs_exist_ok=True)
    Clock().set(Clock.START)
    return Matrix(portal.app, pickle.loads((store / "province.pickle").read_bytes()))


@pytest.fixture(scope="module")
def on_postgres(_pg_portal, run_dir) -> Matrix:
    cluster, name = _pg_portal.cluster, _pg_portal.database
    return _founded(_pg_portal, run_dir, lambda store: cluster.create("province", name), lambda store: cluster.restore(name, "province"))


@pytest.fixture(scope="module")
def on_sqlite(_sqlite_portal, run_dir) -> Matrix:
    place = _sqlite_portal.folder / "portal.sqlite3"

    def keep(store) -> None:
        with contextlib.closing(sqlite3.connect(place)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(place, store / "portal.sqlite3")

    def take(store) -> None:
        for leftover in ("-wal", "-shm"):
            place.with_name(f"{place.name}{leftover}").unlink(missing_ok=True)
        shutil.copyfile(store / "portal.sqlite3", place)

    return _founded(_sqlite_portal, run_dir, keep, take)
