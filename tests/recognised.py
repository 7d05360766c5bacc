"""Two recognised bases with the people around them, walked once a run and copied for each test.

    fixture `recognised`   a portal on each database in which they stand, its context open, on 2025-03-03 09:00

长春知行 lies in 朝阳区, 延吉海兰 in 延吉市; document 2024-11-12, valid from 2025-01-01 to 2029-12-31.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3

import pytest
from sqlalchemy import select

from incubator.bases.models import Base
from incubator.kernel.database import db
from tests import servers, walk
from tests.notices import steps

NAMES = steps.NAMES[:2]
NOW = "2025-03-03 09:00"


def _found(clock) -> None:
    clock.set("2024-11-04 09:30")
    cases = steps.proposed(2)
    steps.published(cases)
    clock.set("2024-11-12 09:30")
    walk.decide(cases)


def settle(portal, run_dir, clock):
    """Put `portal` on a copy of the bases; walks them if nobody has in this run."""
    store = run_dir / f"recognised-{type(portal).__name__}"
    store.mkdir(exist_ok=True)
    cluster = getattr(portal, "cluster", None)
    place = portal.folder / "portal.sqlite3"

    def make() -> None:
        with portal.fresh().app_context():
            _found(clock)
            db.session.remove()
            db.engine.dispose()
        if cluster:
            cluster.create("recognised", portal.database)
        else:
            with contextlib.closing(sqlite3.connect(place)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            shutil.copyfile(place, store / "portal.sqlite3")
        shutil.copytree(portal.config.FILES_DIR, store / "files")

    servers.once(run_dir, store.name, make)
    portal.fresh()
    with portal.app.app_context():
        db.engine.dispose()
    if cluster:
        cluster.restore(portal.database, "recognised")
    else:
        for leftover in ("-wal", "-shm"):
            place.with_name(f"{place.name}{leftover}").unlink(missing_ok=True)
        shutil.copyfile(store / "portal.sqlite3", place)
    portal._mark = object()  # the next test begins anew
    shutil.copytree(store / "files", portal.config.FILES_DIR, dirs_exist_ok=True)
    clock.set(NOW)
    return portal.app


@pytest.fixture
def recognised(both_db, request, run_dir, clock):
    portal = request.getfixturevalue("_pg_portal" if both_db == "postgresql" else "_sqlite_portal")
    app = settle(portal, run_dir, clock)
    with app.app_context():
        yield app
        db.session.remove()


def base(name: str = NAMES[0]) -> Base:
    return db.session.scalar(select(Base).where(Base.name == name).execution_options(populate_existing=True))


def admin(name: str = NAMES[0]):
    return walk.actor(base(name).code)
