"""Alembic environment: the same scripts on SQLite and PostgreSQL, guards made anew after each run (F15)."""

from alembic import context
from flask import current_app
from sqlalchemy import text

from incubator.kernel import guards
from incubator.kernel.database import db

config = context.config


def run() -> None:
    engine = db.engine
    with engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:  # batch mode rebuilds tables that others refer to; must be said outside a transaction
            connection.commit()
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection, target_metadata=db.metadata,
            transaction_per_migration=False, **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()
            guards.install(connection)
            if sqlite:
                broken = connection.execute(text("PRAGMA foreign_key_check")).fetchall()
                if broken:
                    raise RuntimeError(f"foreign keys broken by the migration: {broken[:5]}")
        connection.commit()
        if sqlite:
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=ON")


run()
