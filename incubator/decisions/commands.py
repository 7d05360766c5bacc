"""Issuing a document with legal effect: all or nothing (第八、十条, A8-3b)."""

from collections.abc import Mapping

from sqlalchemy import select

from incubator.bases import commands as bases
from incubator.bases.models import Base
from incubator.decisions.models import Decision, DecisionItem
from incubator.kernel import access, clock, files, ledger, registry, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Invalid, Refused
from incubator.kernel.workflow import Case, Given, Opinion
from incubator.notices.commands import end_notice
from incubator.notices.models import Notice, NoticeItem
from incubator.policy.calendar import initial_validity
from incubator.policy.fields import clean
from incubator.policy.fields.decision import DECISION
from incubator.policy.identifiers import document_number

LEVEL = {"recognition": "base"}


def issue_decision(actor, cases: Mapping[int, int], raw: Mapping, upload=None) -> Decision:
    """One document for all of `cases` (id → version seen); one base that may not be decided refuses the whole.

    The number follows GB/T 9704 and is unique per agency word and year; the date lies after every notice's end
    (T57), a late entry needs a reason (R-2.13), and whoever recorded the deliberation may not issue it.
    """
    access.require(actor, "decision.issue")
    if not cases:
        raise Refused("8", "还没有选认定哪几家", "在名单里至少勾选一家", "cases")
    with transaction():
        chosen = [access.load(actor, Case, case_id, fresh=True) for case_id in sorted(cases)]
        seen = {case.id: cases[case.id] + end_notice(case.id, clock.today()) for case in chosen}
        ends = {case.id: _notice_end(case) for case in chosen}
        values = _judge(raw, chosen, max(ends.values()), upload)
        _refuse_recorder(actor, chosen)
        number = document_number(values["document_no"])
        _refuse_taken(number)
        decision = Decision(
            kind="recognition", doc_word=number.agency, doc_year=number.year, doc_n=number.n,
            document_on=values["document_on"], title=values["title"], late_reason=values.get("late_reason") or "",
            file_id=files.accept(upload, actor, office_id=actor.office_id).id, entered_at=clock.now(),
            entered_by=actor.person_id,
        )
        db.session.add(decision)
        db.session.flush()
        for case in chosen:
            _decide(actor, decision, case, ends[case.id], seen[case.id])
        ledger.append(
            "system", "decision_issued", actor,
            {"decision": decision.id, "on": decision.document_on, "cases": [case.id for case in chosen]},
        )
        return decision


def _decide(actor, decision: Decision, case: Case, notice_end, seen_version: int) -> None:
    validity = initial_validity(decision.document_on)
    db.session.add(
        DecisionItem(
            decision_id=decision.id, case_id=case.id, base_id=case.base_id, kind=decision.kind,
            document_on=decision.document_on, notice_end=notice_end, initiator_id=recorder(case.id),
            approver_id=actor.person_id, valid_from=validity.from_on, valid_to=validity.to_on,
        )
    )
    db.session.flush()
    workflow.advance(
        case.id, "decide", actor, seen_version=seen_version,
        given=Given(doc_no=decision.document_no, file_id=decision.file_id, facts={"decision": decision.id}),
    )


@registry.effect("recognise_base")
def _recognise(case: Case, step, actor, given: Given) -> None:
    """Level and validity from the document's date (A10-1, AMB-24, AMB-25)."""
    decision = db.session.get(Decision, given.facts["decision"])
    base = db.session.get(Base, case.base_id)
    bases.recognise(
        base, actor, decision=decision, case=case, validity=initial_validity(decision.document_on),
        level=LEVEL[case.kind],
    )


def recorder(case_id: int) -> int | None:
    """The person who recorded the deliberation that passed (second person, P26)."""
    return db.session.scalar(
        select(Opinion.person_id)
        .where(Opinion.case_id == case_id, Opinion.station == "deliberation")
        .order_by(Opinion.id.desc())
        .limit(1)
    )


def _refuse_recorder(actor, cases) -> None:
    if any(recorder(case.id) == actor.person_id for case in cases):
        raise Refused("8", "集中审议也是本人记录的，认定文件须由另一位负责人登记", "由另一位省厅负责人登记")


def _notice_end(case: Case):
    """The last day of the case's notice; a case that is not past its notice refuses the document."""
    end = db.session.scalar(
        select(Notice.ends_on)
        .join(NoticeItem, NoticeItem.notice_id == Notice.id)
        .where(NoticeItem.case_id == case.id)
        .order_by(Notice.id.desc())
        .limit(1)
    )
    if end is None or case.state not in ("on_notice", "to_decide"):
        raise Refused("8", f"{case.subject}还不能发文，现在是“{case.station.label}”", "公示期满、没有未处理的异议后再登记")
    return end


def _judge(raw: Mapping, cases, notice_end, upload) -> dict:
    rows = [{"case_id": str(case.id), "base_name": case.subject} for case in cases]
    cleaned = clean(
        DECISION, {**raw, "kind": "recognition", "items": rows, "file": ["1"] if upload is not None else []},
        context={"today": clock.today(), "notice_end": notice_end},
    )
    if not cleaned.ok:
        raise Invalid(cleaned.errors)
    return cleaned.values


def _refuse_taken(number) -> None:
    taken = select(Decision.id).where(
        Decision.doc_word == number.agency, Decision.doc_year == number.year, Decision.doc_n == number.n
    )
    if db.session.scalar(taken) is not None:
        raise Refused("8", f"文号{number}已经登记过", "核对文件原件上的文号", "document_no")


