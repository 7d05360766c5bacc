"""A province on SQLite that can be put back: what `Pin` is on PostgreSQL."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from incubator.kernel.database import db
from tests.conftest import VOLATILE
from tests.promises.matrix import Matrix


class Copy:
    """The database file as it was, and its way back."""

    def __init__(self, matrix: Matrix) -> None:
        self.app = matrix.app
        self.place = Path(self.app.config["PORTAL"].INSTANCE_DIR) / "portal.sqlite3"
        self.kept = self.place.with_name("kept.sqlite3")
        with contextlib.closing(sqlite3.connect(self.place)) as source, contextlib.closing(sqlite3.connect(self.kept)) as copy:
            source.backup(copy)

    def undo(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        for leftover in ("-wal", "-shm"):
            self.place.with_name(f"{self.place.name}{leftover}").unlink(missing_ok=True)
        shutil.copyfile(self.kept, self.place)

    def digest(self) -> str:
        """One hash over all rows of all tables that are not volatile."""
        whole = hashlib.sha256()
        with contextlib.closing(sqlite3.connect(self.place)) as connection:
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1").fetchall()
            for (table,) in tables:
                if table not in VOLATILE:
                    rows = sorted(map(repr, connection.execute(f'SELECT * FROM "{table}"')))
                    whole.update("\n".join([table, *rows]).encode())
        return whole.hexdigest()


@contextlib.contextmanager
def copied(matrix: Matrix) -> Iterator[Copy]:
    copy = Copy(matrix)
    with matrix.watched():
        try:
            yield copy
        finally:
            copy.undo()
