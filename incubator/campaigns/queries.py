"""Which round is open, which comes next, and how that is said."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from incubator.campaigns.models import Campaign, CampaignGuide
from incubator.kernel import access, clock
from incubator.kernel.database import db
from incubator.policy.calendar import chinese_date

PAGE = 30
_WITH_GUIDES = selectinload(Campaign.guides).joinedload(CampaignGuide.file)


def open_campaign(kind: str, at: datetime | None = None) -> Campaign | None:
    """The round of that kind in which something may be submitted at that instant."""
    at = at or clock.now()
    return db.session.scalar(
        select(Campaign)
        .where(Campaign.kind == kind, Campaign.opens_at <= at, or_(Campaign.closes_at.is_(None), Campaign.closes_at > at))
        .order_by(Campaign.opens_at.desc())
        .limit(1)
    )


def next_campaign(kind: str, at: datetime | None = None) -> Campaign | None:
    """The round of that kind that opens next."""
    return db.session.scalar(
        select(Campaign)
        .where(Campaign.kind == kind, Campaign.opens_at > (at or clock.now()))
        .order_by(Campaign.opens_at)
        .limit(1)
    )


def closed_words(kind: str, at: datetime | None = None) -> str:
    """Why the button is grey outside a round; empty while one is open."""
    at = at or clock.now()
    if open_campaign(kind, at) is not None:
        return ""
    ahead = next_campaign(kind, at)
    if ahead is None:
        return "现在没有开放的申报批次，还没有安排下一批"
    return f"现在没有开放的申报批次，下一批 {chinese_date(ahead.opens_on)}开始"


def rounds(actor, after: int | None = None) -> tuple[list[Campaign], int | None]:
    """Rounds in sight, newest first, keyset-paged; and where the next page begins."""
    query = access.visible(actor, Campaign).options(_WITH_GUIDES).order_by(Campaign.id.desc()).limit(PAGE + 1)
    if after:
        query = query.where(Campaign.id < after)
    rows = list(db.session.scalars(query))
    return rows[:PAGE], (rows[PAGE - 1].id if len(rows) > PAGE else None)


def current_guides(actor) -> list[Campaign]:
    """For the public page: rounds that are open or ahead, the open ones first."""
    at = clock.now()
    rows = db.session.scalars(
        access.visible(actor, Campaign)
        .where(or_(Campaign.closes_at.is_(None), Campaign.closes_at > at))
        .options(_WITH_GUIDES)
        .order_by(Campaign.opens_at)
        .limit(PAGE)
    )
    newest: dict[tuple, Campaign] = {}
    for row in rows:  # a renewal round without an end is over when the next one of its kind has opened
        newest[(row.kind, row.id if row.closes_at or row.is_ahead(at) else "open")] = row
    return sorted(newest.values(), key=lambda c: (c.is_ahead(at), c.opens_at))


def guides_of_year(actor) -> list[Campaign]:
    """For the page of guides: what is open or ahead, and after it this year's rounds that have closed, the last first (A7-7)."""
    closed = access.visible(actor, Campaign).where(
        Campaign.year == clock.today().year, Campaign.closes_at <= clock.now()
    ).options(_WITH_GUIDES).order_by(Campaign.closes_at.desc()).limit(PAGE)
    return [*current_guides(actor), *db.session.scalars(closed)]


def rounds_before(year: int, kind: str) -> int:
    """How many rounds of that kind the year has already (A3-2)."""
    return len(db.session.scalars(select(Campaign.id).where(Campaign.year == year, Campaign.kind == kind)).all())


def overlapping(kind: str, opens_at: datetime, closes_at: datetime | None, but: int | None) -> Campaign | None:
    """Another round of that kind that would be open at the same time."""
    if closes_at is None:
        return None
    query = select(Campaign).where(Campaign.kind == kind, Campaign.opens_at < closes_at, Campaign.closes_at > opens_at)
    if but:
        query = query.where(Campaign.id != but)
    return db.session.scalar(query.limit(1))
