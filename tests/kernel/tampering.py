"""What a person with the database superuser's rights can do: guards, keys and checks out of the way."""

from sqlalchemy import text


def lift_guards(session) -> None:
    """For the present transaction (PostgreSQL) or for good (SQLite): no trigger and no foreign key stands."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL session_replication_role = replica"))
        return
    session.commit()
    connection = session.connection()
    names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
    for name in names:
        connection.execute(text(f'DROP TRIGGER "{name}"'))
    session.commit()
    raw = session.connection().connection.dbapi_connection
    raw.commit()
    raw.execute("PRAGMA foreign_keys=OFF")
    raw.execute("PRAGMA ignore_check_constraints=ON")
