"""Engine settings, column types and the transaction.

SQLite: one writer at a time by BEGIN IMMEDIATE (the driver's default protects nothing, reliability F3, F4);
requests that only read use a plain BEGIN. PostgreSQL: READ COMMITTED; what must be unique is unique by index.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC

from flask import has_request_context
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, MetaData, String, Text, event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from incubator.kernel import security


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


# rows stay readable after the commit; commands load what they judge anew
db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})

_reading: ContextVar[bool] = ContextVar("reading", default=False)
_depth: ContextVar[int] = ContextVar("depth", default=0)


class Instant(TypeDecorator):
    """An aware UTC instant on both databases (SQLite keeps no zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value, dialect):
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value, dialect):
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Sealed(TypeDecorator):
    """Text that is encrypted at rest: ID numbers, phones (reliability §3.2)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return None if value in (None, "") else security.vault().seal(value)

    def process_result_value(self, value, dialect):
        return None if value is None else security.vault().open(value)


Key = String(64)


def begin_reading() -> object:
    """What follows only reads, until a `transaction` begins: SQLite takes no write lock for it."""
    return _reading.set(True)


def end_reading(token) -> None:
    _reading.reset(token)


@contextmanager
def transaction():
    """One act, one transaction. A command called by another command joins the one that is open.

    What the request read before is ended first, so that the act starts on the present state and, on SQLite,
    with the write lock.
    """
    outermost = _depth.get() == 0
    token = _depth.set(_depth.get() + 1)
    writing = _reading.set(False)
    if outermost:
        db.session.commit()
    try:
        yield db.session
        if outermost:
            db.session.commit()
        else:
            db.session.flush()
    except BaseException:
        if outermost:
            db.session.rollback()
        raise
    finally:
        _depth.reset(token)
        _reading.reset(writing)


def again_if_taken(act):
    """Run `act`; where a unique index says that another did the same in that instant, run it once more.

    The second run finds what the other made and takes it up, or refuses in words. Only for the outermost act.
    """
    try:
        return act()
    except IntegrityError:
        return act()


@contextmanager
def side_note():
    """A short transaction of its own for what is no act: last_seen, throttle, access log.

    It uses a connection beside the session's, so a refused act leaves its note all the same.
    """
    token = _reading.set(False)
    try:
        with db.engine.begin() as connection:
            yield connection
    finally:
        _reading.reset(token)


@event.listens_for(Engine, "connect")
def _on_connect(connection, record):
    if type(connection).__module__.startswith("sqlite3"):
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


@event.listens_for(Engine, "begin")
def _on_begin(connection):
    if connection.dialect.name == "sqlite":
        # a person gets an answer within five seconds (P22); what runs by itself may wait longer
        connection.exec_driver_sql(f"PRAGMA busy_timeout={4000 if has_request_context() else 10000}")
        connection.exec_driver_sql("BEGIN" if _reading.get() else "BEGIN IMMEDIATE")


def engine_options(url: str) -> dict:
    """Pool and server settings for `url` (reliability §3.3). What was sent stands in no error's text (P28)."""
    if url.startswith("sqlite"):
        return {"hide_parameters": True, "connect_args": {"timeout": 10, "check_same_thread": False}}
    settings = " ".join(
        f"-c {name}={value}"
        for name, value in {
            "statement_timeout": "15s",
            "lock_timeout": "3s",
            "idle_in_transaction_session_timeout": "30s",
            "timezone": "UTC",
        }.items()
    )
    return {
        "hide_parameters": True,  # what a person typed stays out of the log
        "pool_pre_ping": True, "pool_recycle": 900, "connect_args": {"connect_timeout": 4, "options": settings},
    }
