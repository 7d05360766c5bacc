"""States that many tests begin with: walked once a run by real commands, copied from then on.

    @reached
    def proposed(count=1): ...

The first test that asks for a state on a fresh database walks to it; the database and the files are kept under the
function, what it was given and the instant. Whoever asks for the same on a fresh database gets the copy, with the
clock where the walk left it. On a database where something has been done already the function just runs.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import pickle
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import inspect

from tests import servers

COUNTED = (
    ("holiday", "day"), ("parameter", "from_on"), ("event", "id"), ("case_", "id"), ("person", "id"), ("inbox", "id"), ("outbox", "done_at"), ("access_log", "id"))
MOST_ON_POSTGRES = 80  # databases of some 12 MB


class _Test:
    """Where the running test stands: its portal, the way that led here, and the rows that it was given."""

    def __init__(self) -> None:
        self.portal: Any = None
        self.way, self.mark, self.given = "", None, []


_test = _Test()


def begins(portal: Any) -> None:
    """A test has its fresh portal: its first walks may be copies."""
    over()
    _test.portal = portal


def over() -> None:
    _test.__init__()


def reached(walk: Callable) -> Callable:
    @functools.wraps(walk)
    def arrive(*given: Any, **named: Any) -> Any:
        portal = _test.portal
        if portal is None or not _is_its_own(portal):
            return walk(*given, **named)
        with _inside(portal):
            key = _key(walk, given, named) if _nothing_was_done(portal) else ""
            _test.portal = None  # what the walk itself calls is part of it
            if not key:
                return walk(*given, **named)
            result = _copied(portal, key, lambda: walk(*given, **named))
            _test.portal, _test.way, _test.mark = portal, key, counted(portal)
            return result

    return arrive


@contextlib.contextmanager
def _inside(portal: Any):
    from flask import current_app

    if current_app:
        yield
    else:
        with portal.app.app_context():
            yield


def _is_its_own(portal: Any) -> bool:
    """No other portal is being built, on another database."""
    from flask import current_app

    return not current_app or current_app.config["PORTAL"].DATABASE_URL == portal.config.DATABASE_URL


def _nothing_was_done(portal: Any) -> bool:
    """Since the test began, or since its last copy: no act without its record, so the record tells."""
    return counted(portal) == (_test.mark or portal.at_first)


def counted(portal: Any) -> tuple:
    """Counted beside the portal's own connections, whose transactions and rows stay as they are."""
    return portal.ask("SELECT " + ", ".join(f"(SELECT count(*) FROM {t}), (SELECT max({key}) FROM {t})" for t, key in COUNTED))


def _key(walk: Callable, given: tuple, named: dict) -> str:
    from incubator.kernel import clock

    if not clock.is_moved():
        return ""
    told = repr((_test.way, walk.__module__, walk.__qualname__, given, sorted(named.items()), clock.now()))
    return "" if " at 0x" in told else hashlib.sha256(told.encode()).hexdigest()[:20]


def _copied(portal: Any, key: str, walk: Callable) -> Any:
    from incubator.kernel import clock, parameters
    from incubator.kernel.database import db

    place = portal.stages / key
    with servers.locked(portal.stages, key):
        if not (place / "found").exists():
            result = _packed(walk())
            db.session.commit()
            portal.keep(place, key)
            if place.exists():
                (place / "found").write_bytes(pickle.dumps((result, clock.now())))
            return _handed_over(result)
    result, instant = pickle.loads((place / "found").read_bytes())
    db.session.remove()
    db.engine.dispose()
    with portal.app.app_context():
        db.engine.dispose()
    portal.put_back(place, key)
    parameters.forget()
    clock.set_fixed(instant)
    return _handed_over(result)


def _handed_over(result: Any) -> Any:
    """With no transaction left open: on SQLite a mere read would keep the others of a race out."""
    from incubator.kernel.database import db

    _hold_on()
    given = _unpacked(result)
    db.session.commit()
    return given


def _hold_on() -> None:
    """The rows that the test holds already go on with the database that is there now."""
    from incubator.kernel.database import db

    for row in _test.given:
        if row not in db.session:
            db.session.add(row)
        db.session.refresh(row)


class _Row(tuple):
    """A row by its class and key."""


class _Who(tuple):
    """An actor by person and membership."""


def _packed(value: Any) -> Any:
    from incubator.kernel.access import Actor

    if isinstance(value, Actor):
        return _Who((value.person_id, value.membership_id))
    if isinstance(value, tuple | list):
        return type(value)(map(_packed, value)) if type(value) in (tuple, list) else value
    if isinstance(value, dict):
        return {key: _packed(each) for key, each in value.items()}
    if hasattr(type(value), "__table__"):
        return _Row((type(value), inspect(value).identity))
    return value


def _unpacked(value: Any) -> Any:
    from incubator.kernel.database import db
    from incubator.offices import sessions
    from incubator.offices.models import Person

    if isinstance(value, _Row):
        _test.given.append(row := db.session.get(value[0], value[1]))
        return row
    if isinstance(value, _Who):
        held = sessions.memberships_of(value[0])
        return sessions.actor_of(db.session.get(Person, value[0]), next(m for m in held if m.id == value[1]), held)
    if type(value) in (tuple, list):
        return type(value)(map(_unpacked, value))
    if isinstance(value, dict):
        return {key: _unpacked(each) for key, each in value.items()}
    return value


def keep_sqlite(database: Path, files: Path, place: Path) -> None:
    making = place.with_name(f"{place.name}.new")
    making.mkdir()
    with contextlib.closing(sqlite3.connect(database)) as source, contextlib.closing(sqlite3.connect(making / "portal.sqlite3")) as copy:
        source.backup(copy)
    shutil.copytree(files, making / "files")
    making.replace(place)


def keep_files(files: Path, place: Path) -> None:
    making = place.with_name(f"{place.name}.new")
    shutil.copytree(files, making / "files")
    making.replace(place)


def put_files(files: Path, place: Path) -> None:
    shutil.copytree(place / "files", files, dirs_exist_ok=True)
