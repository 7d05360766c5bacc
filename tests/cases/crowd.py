"""Many cases for tests of speed and paging: real ones, walked by commands, copied by the thousand."""

from __future__ import annotations

import json
import re
from datetime import timedelta

from sqlalchemy import event, func, insert, select, text
from sqlalchemy.engine import Engine

from incubator.kernel.database import db
from incubator.kernel.ledger import Event
from incubator.kernel.workflow import Case
from incubator.obligations import counts
from incubator.obligations.models import Obligation

DAYS = 40  # the copies fall due on so many different days


def multiply(case: Case, copies: int, *, first_due=None) -> list[int]:
    """Copy a case with its events and what is open on it; the copies fall due from `first_due` on, day after day.

    Answers the ids of the copies. They belong to no base: a base has one running application only.
    """
    model = _row(Case, Case.id == case.id)[0]
    events = _row(Event, Event.case_id == case.id)
    open_ = _row(Obligation, (Obligation.case_id == case.id) & Obligation.fulfilled_at.is_(None))
    start = db.session.scalar(select(func.max(Case.id))) or 0
    mark = db.session.scalar(select(func.count()).select_from(Case))
    first_due = first_due or open_[0]["due_on"]
    ids = [start + n for n in range(1, copies + 1)]
    cases, told, owed = [], [], []
    for n, new in enumerate(ids):
        cases.append(model | {"id": new, "base_id": None, "number": f"{model['number']}-{mark + n}",
                              "subject": f"第{n:05d}号{model['subject']}"[:80]})
        for row in events:
            told.append(row | {"case_id": new, "chain_id": f"case:{new}", "body": row["body"]})
        for row in open_:
            owed.append(row | {"case_id": new, "base_id": None, "key": f"{row['key']}-{mark + n}",
                               "due_on": first_due + timedelta(days=n % DAYS)})
    for model_, rows in ((Case, cases), (Event, told), (Obligation, owed)):
        if model_ is not Case:
            for row in rows:
                row.pop("id")
        for at in range(0, len(rows), 5000):
            db.session.execute(insert(model_), rows[at:at + 5000])
    db.session.commit()
    counts.recount()
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SELECT setval(pg_get_serial_sequence('case_', 'id'), (SELECT max(id) FROM case_))"))
    db.session.commit()
    return ids


def analyse() -> None:
    """What the database's own daemon does in time: look at how the rows are spread."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def _row(model, condition) -> list[dict]:
    return [dict(row) for row in db.session.execute(select(model.__table__).where(condition)).mappings()]


class Asked:
    """The statements of what runs inside, with their parameters, to be explained afterwards."""

    def __init__(self) -> None:
        self.statements: list[tuple[str, object]] = []

    def __enter__(self) -> Asked:
        event.listen(Engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_) -> None:
        event.remove(Engine, "before_cursor_execute", self._note)

    def _note(self, connection, cursor, statement, parameters, context, executemany) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")) and "pg_catalog" not in statement:
            self.statements.append((statement, parameters))

    @property
    def count(self) -> int:
        return len(self.statements)

    def rows_examined(self) -> int:
        """PostgreSQL: rows that any node of the plans touched, those thrown away by a filter included."""
        return sum(_examined(plan) for plan in self._plans())

    def shown(self) -> str:
        """The plans as text, for whoever has to find out."""
        return "\n\n".join(
            f"{re.sub(' +', ' ', statement)[:300]}\n{json.dumps(plan, indent=1)}"
            for (statement, _), plan in zip(self.statements, self._plans(), strict=True)
        )

    def _plans(self):
        with db.engine.connect() as connection:
            for statement, parameters in self.statements:
                answer = connection.exec_driver_sql(
                    f"EXPLAIN (ANALYZE, BUFFERS OFF, FORMAT JSON) {statement}", parameters
                ).scalar()
                yield (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]

    def ways(self, about: str) -> list[str]:
        """SQLite: how the statements that begin at table `about` are carried out, one line a step."""
        with db.engine.connect() as connection:
            return [
                row[-1] for statement, parameters in self.statements if f"FROM {about} " in statement.replace("\n", " ")
                for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            ]


def _examined(plan: dict) -> int:
    loops = plan["Actual Loops"]
    own = sum(plan.get(key, 0) for key in ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck",
                                           "Rows Removed by Join Filter"))
    return round(own * loops) + sum(_examined(below) for below in plan.get("Plans", ()))
