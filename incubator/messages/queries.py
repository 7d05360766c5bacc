"""Reads of the inbox."""

from sqlalchemy import func, select

from incubator.kernel import access
from incubator.kernel.database import db
from incubator.messages.models import Letter

PAGE = 30


def unread(actor) -> int:
    """Number of unread letters, counted up to 100."""
    some = select(Letter.id).where(access.sight(actor, Letter), Letter.read_at.is_(None)).limit(100).subquery()
    return db.session.scalar(select(func.count()).select_from(some))


def page(actor, before: int | None) -> tuple[list[Letter], int | None]:
    """Newest first, keyset by id; returns the rows and the id to go on from."""
    query = access.visible(actor, Letter).order_by(Letter.id.desc()).limit(PAGE + 1)
    if before:
        query = query.where(Letter.id < before)
    rows = list(db.session.scalars(query))
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None
