"""Reads of decisions: what waits for a document, what was decided."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from incubator.bases.models import Base
from incubator.decisions.models import Decision, DecisionItem
from incubator.kernel import access, clock
from incubator.kernel.database import db
from incubator.kernel.registry import Lack
from incubator.kernel.workflow import Case, Opinion
from incubator.notices import queries as notices
from incubator.notices.models import NoticeItem
from incubator.obligations.models import Obligation

PAGE = 20
READY_MOST = 200
STATES = ("to_decide", "on_notice")


@dataclass(frozen=True)
class Waiting:
    """A case that a document could decide, and what stands against it."""

    case: Case
    base: Base
    item: NoticeItem | None
    initiator_id: int | None
    lacks: tuple[Lack, ...]


def waiting(actor, ids=None) -> list[Waiting]:
    """Cases in sight that wait for their document or whose notice still runs, in four queries."""
    query = (
        access.visible(actor, Case, Case, Base)
        .join(Base, Base.id == Case.base_id)
        .where(Case.state.in_(STATES))
        .options(joinedload(Case.region))
        .order_by(Case.state.desc(), Case.id)
        .limit(READY_MOST)
    )
    if ids is not None:
        query = query.where(Case.id.in_(list(ids)))
    rows = db.session.execute(query.execution_options(populate_existing=True)).all()
    found = notices.on_notice([case.id for case, _ in rows])
    recorded, latest = _opinions([case.id for case, _ in rows])
    today = clock.today()
    result = []
    for case, base in rows:
        noticed, by = found.get(case.id), recorded.get(case.id)
        lacks = notices.notice_lacks(noticed, today) + notices.objection_lacks(noticed)
        lacks += notices.changed_lacks(case, noticed, base)
        lacks += second_person_lacks(actor, by, latest.get(case.id))
        result.append(Waiting(case, base, noticed.item if noticed else None, by, tuple(lacks)))
    return result


def second_person_lacks(actor, recorded: int | None, before: int | None) -> list[Lack]:
    """P26, R-2.1: neither who recorded the deliberation nor who acted last before issues the document."""
    if recorded is None:
        return [Lack("8", "没有集中审议的记录", "先登记集中审议")]
    if actor.person_id == recorded:
        return [Lack("8", "集中审议是本人登记的", "由另一位负责人登记认定文件")]
    if actor.person_id == before:
        return [Lack("8", "公示是本人发布的", "由另一位负责人登记认定文件")]
    return []


def _opinions(case_ids) -> tuple[dict[int, int], dict[int, int]]:
    """Who recorded the latest deliberation of each case, and whose opinion at another station is the latest."""
    recorded, latest = {}, {}
    rows = db.session.execute(
        select(Opinion.case_id, Opinion.station, Opinion.person_id)
        .where(Opinion.case_id.in_(list(case_ids)), Opinion.by_office.is_(True), Opinion.person_id.is_not(None))
        .order_by(Opinion.id)
    )
    for case_id, station, person_id in rows:
        if station == "deliberation":
            recorded[case_id] = person_id
        if station not in STATES:
            latest[case_id] = person_id
    return recorded, latest


def page(actor, before: int | None = None) -> tuple[list[tuple[Decision, int]], int | None]:
    """Documents, the newest entry first, with the number of bases; keyset by id."""
    size = select(func.count()).where(DecisionItem.decision_id == Decision.id).correlate(Decision).scalar_subquery()
    query = access.visible(actor, Decision, Decision, size).order_by(Decision.id.desc()).limit(PAGE + 1)
    if before:
        query = query.where(Decision.id < before)
    rows = [tuple(row) for row in db.session.execute(query)]
    return rows[:PAGE], rows[PAGE - 1][0].id if len(rows) > PAGE else None


def latest(most: int) -> list[tuple[Decision, int]]:
    """The documents with the latest dates, for the public home."""
    size = select(func.count()).where(DecisionItem.decision_id == Decision.id).correlate(Decision).scalar_subquery()
    rows = db.session.execute(
        select(Decision, size).order_by(Decision.document_on.desc(), Decision.id.desc()).limit(most)
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


def plaque_owed(case_id: int) -> bool:
    """Whether the province still owes the plaque that a decision on this case gave a right to."""
    return db.session.scalar(
        select(Obligation.id).where(
            Obligation.case_id == case_id, Obligation.kind == "plaque", Obligation.fulfilled_at.is_(None)
        )
    ) is not None


def earlier(most: int = 50) -> list[Decision]:
    """Documents that a new one may supplement, the latest first."""
    return list(
        db.session.scalars(select(Decision).order_by(Decision.document_on.desc(), Decision.id.desc()).limit(most))
    )


def suggest_supplement(rows: list[Waiting]) -> int | None:
    """The document that decided the others of the notice in which all of `rows` stood, if there is one."""
    notice_ids = {row.item.notice_id for row in rows if row.item is not None}
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


def notice_end_of(rows: list[Waiting]) -> date | None:
    """The latest last day among the notices of `rows`: a document after it is after each."""
    ends = [row.item.notice.ends_on for row in rows if row.item is not None]
    return max(ends) if ends else None
