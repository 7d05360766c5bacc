"""Reads of decisions: what was decided, and what a new document starts with."""

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from incubator.bases.models import Base
from incubator.decisions.kinds import Waiting
from incubator.decisions.models import Decision, DecisionItem
from incubator.kernel import access
from incubator.kernel.database import db
from incubator.notices.models import NoticeItem
from incubator.obligations.models import Obligation
from incubator.policy.fields.decision import LEGACY

PAGE = 20


def page(actor, before: int | None = None) -> tuple[list[tuple[Decision, int]], int | None]:
    """Documents, the newest entry first, with the number of bases; keyset by id."""
    size = select(func.count()).where(DecisionItem.decision_id == Decision.id).correlate(Decision).scalar_subquery()
    query = access.visible(actor, Decision, Decision, size).where(Decision.kind != LEGACY).order_by(Decision.id.desc()).limit(PAGE + 1)
    if before:
        query = query.where(Decision.id < before)
    rows = [tuple(row) for row in db.session.execute(query)]
    return rows[:PAGE], rows[PAGE - 1][0].id if len(rows) > PAGE else None


def latest(most: int) -> list[tuple[Decision, int]]:
    """The documents with the latest dates, for the public home."""
    size = select(func.count()).where(DecisionItem.decision_id == Decision.id).correlate(Decision).scalar_subquery()
    rows = db.session.execute(
        select(Decision, size).where(Decision.kind != LEGACY).order_by(Decision.document_on.desc(), Decision.id.desc()).limit(most)
    )
    return [tuple(row) for row in rows]


def in_full(decision_id: int, actor) -> Decision:
    """One document with its bases, their divisions and their cases."""
    decision = access.load(actor, Decision, decision_id)
    db.session.scalars(
        select(Decision).where(Decision.id == decision.id).options(
            selectinload(Decision.items).options(
                joinedload(DecisionItem.base).joinedload(Base.region), joinedload(DecisionItem.case)
            )
        )
    ).one()
    return decision


def of_base(base_id: int) -> list[DecisionItem]:
    """What was decided on a base, the latest date first: its public page."""
    return list(
        db.session.scalars(
            select(DecisionItem).join(DecisionItem.decision).where(DecisionItem.base_id == base_id)
            .options(joinedload(DecisionItem.decision)).order_by(Decision.document_on.desc(), DecisionItem.id.desc())
            .limit(30)
        )
    )


def recognition_of(base_id: int) -> DecisionItem | None:
    """The item of the document by which a base was recognised, the latest where there are several."""
    return db.session.scalar(
        select(DecisionItem).join(DecisionItem.decision)
        .where(DecisionItem.base_id == base_id, DecisionItem.kind == "recognition")
        .options(joinedload(DecisionItem.decision)).order_by(DecisionItem.document_on.desc()).limit(1)
    )


def plaque_owed(case_id: int, kind: str = "plaque") -> bool:
    """Whether the plaque that a decision on this case gave a right to is still owed, or the return of the old one."""
    return db.session.scalar(
        select(Obligation.id).where(
            Obligation.case_id == case_id, Obligation.kind == kind, Obligation.fulfilled_at.is_(None)
        )
    ) is not None


def earlier(kind: str, most: int = 50) -> list[Decision]:
    """Documents of a kind that a new one may supplement, the latest first."""
    return list(
        db.session.scalars(
            select(Decision).where(Decision.kind == kind).order_by(Decision.document_on.desc(), Decision.id.desc()).limit(most)
        )
    )


def suggest_supplement(rows: list[Waiting]) -> int | None:
    """The document that decided the others of the notice in which all of `rows` stood, if there is one."""
    notice_ids = {row.more.notice_id for row in rows if row.notice_end is not None}
    if len(notice_ids) != 1:
        return None
    return db.session.scalar(
        select(func.max(DecisionItem.decision_id))
        .join(NoticeItem, NoticeItem.case_id == DecisionItem.case_id).where(NoticeItem.notice_id.in_(notice_ids))
    )


def related(decision: Decision) -> tuple[Decision | None, list[Decision]]:
    """What a document supplements, and the documents that supplement it: shown both ways."""
    rows = list(
        db.session.scalars(
            select(Decision).where((Decision.id == decision.supplements_id) | (Decision.supplements_id == decision.id))
            .order_by(Decision.id)
        )
    )
    return (
        next((row for row in rows if row.id == decision.supplements_id), None),
        [row for row in rows if row.supplements_id == decision.id],
    )


def number_taken(word: str, year: int, n: int) -> Decision | None:
    return db.session.scalar(
        select(Decision).where(Decision.doc_word == word, Decision.doc_year == year, Decision.doc_n == n)
    )


def suggest_number(year: int) -> str:
    """The next number after the last one of the year, to be checked against the paper."""
    row = db.session.execute(
        select(Decision.doc_word, func.max(Decision.doc_n)).where(Decision.doc_year == year)
        .group_by(Decision.doc_word).order_by(func.max(Decision.id).desc()).limit(1)
    ).first()
    return f"{row[0]}〔{year}〕{row[1] + 1}号" if row else ""
