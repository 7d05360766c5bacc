"""Proposing, taking back, granting and refusing a relaxation; the evidence that standards give (A5-9, AMB-02)."""

from collections.abc import Mapping
from decimal import Decimal

from incubator.bases.models import Relaxation
from incubator.kernel import access, clock, files, registry, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Denied, Invalid, NotVisible, Refused
from incubator.kernel.parameters import editions
from incubator.kernel.registry import Lack
from incubator.kernel.workflow import Case
from incubator.policy import criteria
from incubator.policy.criteria import RELAXABLE
from incubator.policy.fields import clean
from incubator.policy.fields.relaxation import RELAXATION_GRANT, RELAXATION_PROPOSAL, RELAXATION_REFUSAL
from incubator.relaxations import queries
from incubator.relaxations.models import RelaxationProposal
from incubator.visits import queries as visits


def relaxations_url(case: Case, actor=None) -> str:
    return f"/cases/{case.id}/relaxations" + ("?behalf=1" if actor is not None and actor.own_role else "")


def propose(actor, case_id: int, standard: str, raw: Mapping, *, seen_version: int) -> RelaxationProposal:
    """The office that has the dossier proposes a threshold for one standard; a new one replaces its open one.

    Refused where the standard is reached, can't be relaxed, or the base lies in urban Changchun (A5-3).
    """
    access.require(actor, "relaxation.propose")
    workflow.judge_behalf(actor)
    values = _clean(RELAXATION_PROPOSAL, raw)
    with transaction():
        case = _case(actor, case_id, seen_version)
        if not queries.proposed_here(case) or not _holds(actor, case):
            raise Refused("5(2)", f"{case.station.label}这一环节不提放宽建议", "初审或复核时由经手的县、市提出")
        actual = _judge(case, standard, values["threshold"], "建议放宽")
        before = queries.open_proposals(case.id).get(standard)
        if before is not None:
            _answer(before, "withdrawn", actor, "由新的建议代替")
        row = RelaxationProposal(
            case_id=case.id, standard=standard, threshold=values["threshold"], actual=actual, reason=values["reason"],
            office_id=actor.office_id, office_name=actor.office_name, by_person_id=actor.person_id, by_name=actor.name,
            at=clock.now(),
        )
        db.session.add(row)
        db.session.flush()
        workflow.record(case, "relaxation_proposed", actor,
                        {"proposal": row.id, "standard": standard, "threshold": values["threshold"]})
        return row


def withdraw(actor, case_id: int, proposal_id: int, *, seen_version: int) -> None:
    """The office takes its open proposal back while it has the dossier."""
    access.require(actor, "relaxation.propose")
    workflow.judge_behalf(actor)
    with transaction():
        case = _case(actor, case_id, seen_version)
        row = _open_proposal(case, proposal_id)
        if not _holds(actor, case) or row.office_id != actor.office_id:
            raise Denied("relaxation.propose")
        _answer(row, "withdrawn", actor, "")
        workflow.record(case, "relaxation_withdrawn", actor, {"proposal": row.id, "standard": row.standard})


def grant(actor, case_id: int, standard: str, raw: Mapping, *, seen_version: int, upload=None) -> Relaxation:
    """The province grants a threshold with reason and document; it may differ from what was proposed (AMB-02).

    What was actually reached is kept beside it. A standard nobody proposed can't be granted: the county or the
    city speaks first.
    """
    access.require(actor, "relaxation.grant")
    values = _clean(RELAXATION_GRANT, {**raw, "file": [0] if upload else []})
    with transaction():
        case = _case(actor, case_id, seen_version)
        if not queries.granted_here(case):
            raise Refused("5(2)", f"{case.station.label}这一环节不决定放宽", "受理以后、审议通过以前决定")
        actual = _judge(case, standard, values["threshold"], "放宽")
        proposal = queries.open_proposals(case.id).get(standard)
        if proposal is None:
            raise Refused("5(2)", "县、市没有对这一项提出放宽建议", "退回市级，由市级逐项提出后再定")
        _another(proposal, actor)
        scan = files.accept(upload, actor, case_id=case.id, office_id=actor.office_id)
        row = Relaxation(
            base_id=case.base_id, case_id=case.id, standard=standard, threshold=values["threshold"], actual=actual,
            minimum=criteria.standard_of(standard, _edition(case), editions()).minimum, reason=values["reason"],
            document_no=values["document_no"], file_id=scan.id, granted_by=actor.person_id, granted_name=actor.name,
            granted_at=clock.now(),
        )
        db.session.add(row)
        _answer(proposal, "granted", actor, values["reason"])
        db.session.flush()
        workflow.record(case, "relaxation_granted", actor,
                        {"relaxation": row.id, "standard": standard, "threshold": row.threshold, "document": row.document_no})
        return row


def refuse(actor, case_id: int, proposal_id: int, raw: Mapping, *, seen_version: int) -> None:
    """The province does not grant what was proposed, with reason; the standard stays as it is."""
    access.require(actor, "relaxation.grant")
    values = _clean(RELAXATION_REFUSAL, raw)
    with transaction():
        case = _case(actor, case_id, seen_version)
        if not queries.granted_here(case):
            raise Refused("5(2)", f"{case.station.label}这一环节不决定放宽", "受理以后、审议通过以前决定")
        row = _open_proposal(case, proposal_id)
        _another(row, actor)
        _answer(row, "refused", actor, values["reason"])
        workflow.record(case, "relaxation_refused", actor, {"proposal": row.id, "standard": row.standard})


def _clean(table, raw: Mapping) -> dict:
    cleaned = clean(table, raw, context={"today": clock.today()})
    if not cleaned.ok:
        raise Invalid(cleaned.errors)
    return cleaned.values


def _case(actor, case_id: int, seen_version: int) -> Case:
    case = access.load(actor, Case, case_id, lock=True)
    workflow.expect_version(case, seen_version)
    return case


def _holds(actor, case: Case) -> bool:
    return actor.tier == case.station.holder and actor.office_id == case.office_id


def _edition(case: Case):
    return case.edition_on or clock.today()


def _judge(case: Case, key: str, threshold: Decimal, act: str) -> Decimal:
    """The value that the dossier reaches on this standard; refused where there is nothing to relax."""
    standard = criteria.standard_of(key, _edition(case), editions())
    if standard is None:
        raise NotVisible("standard")
    refusal = criteria.threshold_refusal(standard, threshold, urban=case.region.urban, act=act)
    if refusal is not None:
        raise Refused(refusal.article, refusal.reason, refusal.way_out, "threshold")
    finding = next(f for f in visits.findings_of(case) if f.key == key)
    if finding.conclusion != RELAXABLE:
        raise Refused(standard.article, f"{standard.label}现在是“{finding.word}”，不用{act}", "只对低于标准的项目提出")
    return Decimal(visits.facts_of(case)[key].actual)


def _open_proposal(case: Case, proposal_id: int) -> RelaxationProposal:
    row = next((p for p in queries.proposals_of(case.id) if p.id == proposal_id), None)
    if row is None:
        raise NotVisible("relaxation_proposal")
    if row.status != "open":
        raise Refused("5(2)", "这一条建议已经答复或收回", "回到放宽页核对")
    return row


def _another(row: RelaxationProposal, actor) -> None:
    """Whoever proposed in place of the county or the city does not decide it as well (R-2.1)."""
    if row.by_person_id == actor.person_id:
        raise Refused("5(2)", "这一条建议是本人代县、市提的，须由另一个人决定", "请另一位负责人决定")


def _answer(row: RelaxationProposal, status: str, actor, words: str) -> None:
    row.status, row.answer, row.answered_by, row.answered_at = status, words, actor.person_id, clock.now()
    db.session.flush()


# evidence ---------------------------------------------------------------------------------


def _lacks(case: Case, refusal, findings):
    if refusal is None:
        return
    cure = any(f.conclusion == RELAXABLE for f in findings)
    yield Lack(refusal.article, refusal.reason, "提出放宽建议" if cure and queries.proposed_here(case) else refusal.way_out,
               relaxations_url(case) if cure else "")


@registry.evidence("standards_to_forward")
def _standards_to_forward(case: Case):
    """A5-9, T109: the city sends up what reaches the standards, as verified, or has proposed a relaxation for."""
    found = visits.findings_of(case)
    yield from _lacks(case, criteria.refusal_forward(found, proposed=queries.open_proposals(case.id)), found)


@registry.evidence("standards_to_pass")
def _standards_to_pass(case: Case):
    """A5-9, T108, T109: the meeting passes what reaches the standards, as verified, or the threshold granted to it."""
    found = visits.findings_of(case)
    yield from _lacks(case, criteria.refusal_pass(found), found)
