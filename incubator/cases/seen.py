"""What changed since I looked: up to which event a person has read a case. Volatile; no act, and in no record."""

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from incubator.cases.models import Seen
from incubator.kernel import clock
from incubator.kernel.database import side_note
from incubator.kernel.workflow import Case


def look(actor, case: Case, before: int | None) -> None:
    """Note that the actor has read all that has happened on the case; `before` is what was noted last time.

    Written only where there was news, beside the reading itself: a database that is busy leaves it out.
    """
    if not actor.can("desk.use") or (before is not None and before >= case.seq):
        return
    now = clock.now()
    try:
        with side_note() as connection:
            put = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(Seen)
            connection.execute(
                put.values(person_id=actor.person_id, case_id=case.id, seq=case.seq, at=now)
                .on_conflict_do_update(index_elements=["person_id", "case_id"], set_={"seq": case.seq, "at": now})
            )
    except OperationalError:
        return


def news(before: int | None, moments: list) -> list:
    """The entries of the timeline that came after the last look; none at the first one."""
    return [] if before is None else [m for m in moments if m.seq > before]
