"""What the documents of Articles 15 and 16 need and what takes effect with them (A15-1, A15-2, A16-6, AMB-14)."""

from functools import partial

from sqlalchemy import select

from incubator.bases import commands as bases
from incubator.bases.models import Base
from incubator.decisions import kinds
from incubator.decisions.commands import owe_plaque
from incubator.decisions.models import Decision, DecisionItem
from incubator.inspections.leads import SPECIAL
from incubator.inspections.models import InspectionItem
from incubator.kernel import access, clock, ledger, registry, workflow
from incubator.kernel.database import db
from incubator.kernel.errors import Refused
from incubator.kernel.parameters import whole, workday
from incubator.kernel.registry import Lack
from incubator.kernel.workflow import Case, Given
from incubator.obligations.commands import fulfil, open_obligation
from incubator.obligations.models import Obligation
from incubator.offices.models import Membership
from incubator.offices.people import add_membership, end_membership
from incubator.policy import sanctions as policy
from incubator.policy.calendar import chinese_date, rectification_end, station_due
from incubator.policy.counting import by_months
from incubator.policy.procedures import TERMINATE
from incubator.policy.standing import BASE
from incubator.sanctions import queries
from incubator.sanctions.models import Rectification

_CONCLUDED = (("inspection", "concluded"), ("adhoc_inspection", "concluded"))
_BY_RULE = "A16-6"


def _second_person(actor, initiator_id: int | None, article: str) -> list[Lack]:
    """P26: who concluded or prepared does not issue the document."""
    if actor.person_id is not None and actor.person_id == initiator_id:
        return [Lack(article, "结论或拟办意见是本人写的", "由另一位负责人登记文件")]
    return []


def _concluded(kind: str, actor, ids=None) -> list[kinds.Waiting]:
    """Inspections whose conclusion asks for this document, in three statements at most."""
    rows = queries.to_decide(actor, kind, ids)
    lacking = _nothing_to_take if kind == "downgrade" else _contracts(rows)
    return [
        kinds.Waiting(
            case, base, row.by_person_id, tuple(_second_person(actor, row.by_person_id, "15") + lacking(case, base)),
            where=f"{case.title}，{row.label}", where_url=f"/cases/{case.id}",
        )
        for case, base, row in rows
    ]


def _nothing_to_take(case: Case, base: Base) -> list[Lack]:
    return [] if base.level_now == "demonstration" else [Lack("15", "现在不是省级示范基地", "不用登记降级文件")]


def _contracts(rows):
    """A15-2: the notice lists each problem with the result that is required; one rectification runs at a time (P7)."""
    missing = queries.unwritten([case.id for case, _, _ in rows])
    running = queries.rectifying([base.id for _, base, _ in rows])

    def lacking(case: Case, base: Base) -> list[Lack]:
        if base.id in running:
            return [Lack("15", "这个基地已经在整改", "等这次整改结束")]
        if case.id in missing:
            return [Lack("15", f"{missing[case.id]} 条问题还没有写整改要求", "写整改要求", f"/cases/{case.id}/contract")]
        return []

    return lacking


def _downgrade(actor, decision: Decision, item: DecisionItem, row: kinds.Waiting, version: int) -> None:
    """A15-1: a plain base from the document's date, validity unchanged; the plaque is swapped (A8-7)."""
    bases.set_level(row.base, actor, decision=decision, case=row.case, level=BASE)
    owe_plaque(row.case, row.base, decision)
    _issued(actor, row.case, row.base, decision, item, version)


def _rectify(actor, decision: Decision, item: DecisionItem, row: kinds.Waiting, version: int) -> None:
    """A15-2: a year from the document; the case of the rectification begins, seen by all from the start."""
    due = rectification_end(decision.document_on, workday)
    case = workflow.open_case(
        "rectification", actor, region_id=row.base.region_id, subject=row.base.name, base_id=row.base.id, outcome="order",
        edition_on=decision.document_on, facts={"inspection": row.case.id, "decision": decision.id, "due": due},
    )
    db.session.add(Rectification(
        case_id=case.id, inspection_id=row.case.id, base_id=row.base.id, from_on=decision.document_on, due_on=due))
    bases.impose(row.base, actor, kind="rectification", decision=decision, case=case, from_on=decision.document_on, due_on=due)
    open_obligation(kind="rectification", key=str(case.id), article="15", region_id=row.base.region_id, case=case,
                    base_id=row.base.id, due_on=due, basis=by_months(decision.document_on, 12, workday))
    _issued(actor, row.case, row.base, decision, item, version)


def _issued(actor, case: Case, base: Base, decision: Decision, item: DecisionItem, version: int) -> None:
    """The inspection says which documents came of it; the paper is to be served (A15-7)."""
    workflow.expect_version(access.load(actor, Case, case.id, fresh=True), version)
    workflow.record(case, "sanction_issued", actor, {"decision": decision.id, "kind": item.kind})
    owe_service(case, base, item)


def owe_service(case: Case, base: Base, item: DecisionItem) -> None:
    today = clock.today()
    open_obligation(
        kind="service", key=str(item.id), article="15" if item.kind != "revocation" else "16", region_id=base.region_id,
        case=case, tier="province", office_id=access.province_office().id,
        due_on=station_due(today, whole("followup_days", today), workday),
    )


def _revocations(actor, ids=None) -> list[kinds.Waiting]:
    """Revocations that wait for their document, in three statements."""
    today, found = clock.today(), []
    rows = kinds.rows_at(actor, "revocation", ("to_decide",), ids)
    known = queries.prepared([case.id for case, _ in rows])
    for case, base in rows:
        before = known[case.id]
        row = before.revocation
        lacks = _second_person(actor, row.initiator_id, "16")
        refusal = policy.hearing_refusal(row.voluntary, before.heard, today)
        if refusal is not None:
            lacks.append(Lack(refusal.article, refusal.reason, refusal.way_out, f"/cases/{case.id}"))
        found.append(kinds.Waiting(case, base, row.initiator_id, tuple(lacks), where=row.route_label, where_url=f"/cases/{case.id}", more=before))
    return found


def _revocation_columns(row: kinds.Waiting, document_on) -> dict:
    """What the CHECK of the database judges: both consents, or the notice with its window, or the waiver (P26)."""
    told, facts = row.more.notice, row.more.revocation
    if not row.lacks and told is not None and told.defence_until is not None and document_on <= told.defence_until:
        raise Refused("16", f"文件日期不晚于陈述申辩期的最后一天 {chinese_date(told.defence_until)}", "核对文件原件上的日期", "document_on")
    return {
        "voluntary": facts.voluntary, "investor_consent_id": facts.investor_consent_id,
        "operator_consent_id": facts.operator_consent_id, "prior_notice_on": told.notified_on if told else None,
        "defence_until": told.defence_until if told else None,
        "prior_notice_waived_reason": (told.waived_reason or None) if told else None,
    }


def _take_revocation(actor, decision: Decision, item: DecisionItem, row: kinds.Waiting, version: int) -> None:
    kinds.advance(actor, decision, item, row, version)
    owe_service(row.case, row.base, item)


kinds.register(kinds.Kind("downgrade", at=_CONCLUDED, waiting=partial(_concluded, "downgrade"), take_effect=_downgrade,
                          note="自文件日期起降为省级基地，有效期不变，第十五条"))
kinds.register(kinds.Kind("rectification", at=_CONCLUDED, waiting=partial(_concluded, "rectification"), take_effect=_rectify,
                          note="整改期自文件日期起 1 年，期间不得申报专项扶持资金，第十五条"))
kinds.register(kinds.Kind("revocation", at=(("revocation", "to_decide"),), waiting=_revocations, columns=_revocation_columns,
                          take_effect=_take_revocation, note="自文件日期起撤销，次月起不再享受税收优惠，第十六、十七条"))


# effects ----------------------------------------------------------------------------------------


@registry.effect("lift_rectification")
def _lift(case: Case, step, actor, given: Given) -> None:
    """A15-5, T90: the day of acceptance is the last of the sanction."""
    bases.lift(db.session.get(Base, case.base_id), actor, kind="rectification", case=case, on=clock.today())
    fulfil((Obligation.case_id == case.id) & Obligation.kind.in_(("rectification", "propose_revocation")), actor)


@registry.effect("revoke_base")
def _revoke(case: Case, step, actor, given: Given) -> None:
    """A16-6, A17-1: revoked from the document's date; what waits ends, people become readers, the county has two duties."""
    decision = db.session.get(Decision, given.facts["decision"])
    base = db.session.get(Base, case.base_id)
    bases.impose(base, actor, kind="revocation", decision=decision, case=case, from_on=decision.document_on)
    # a new start is a new account request, under the same name if it likes (AMB-31)
    base.account_open, base.closed_at = False, clock.now()
    _end_what_waits(base, case, decision)
    _make_readers(base, actor)
    today = clock.today()
    due = station_due(today, whole("followup_days", today), workday)
    for kind in policy.FOLLOW_UPS:
        open_obligation(
            kind=kind, key=str(case.id), article="17", region_id=base.region_id, case=case, tier="county",
            office_id=access.office_at(base.region_id, "county"), due_on=due,
        )
    db.session.flush()


def _end_what_waits(base: Base, but: Case, decision: Decision) -> None:
    who, event = access.service(_BY_RULE), workflow.last_event(but.id)
    for case in db.session.scalars(
        select(Case).where(Case.base_id == base.id, Case.ended_at.is_(None), Case.id != but.id).order_by(Case.id)
    ).all():
        if case.procedure.step(case.state, TERMINATE) is not None:
            workflow.advance(case.id, TERMINATE, who, seen_version=case.version,
                             given=Given(text=f"基地已撤销，{decision.document_no}", facts={"decision": decision.id}))
            fulfil(Obligation.case_id == case.id, who, workflow.last_event(case.id).id)
    fulfil((Obligation.base_id == base.id) & (Obligation.due_on >= decision.document_on), who, event.id)
    # no plaque goes out any more, and the one that is out comes back by the duty of its own (A17-1)
    fulfil(Obligation.kind.in_(("plaque", "plaque_back", "propose_revocation", "revoke_directly", "settle_end", SPECIAL)) & Obligation.key.startswith(f"{base.id}:"), who, event.id)
    for item in db.session.scalars(
        select(InspectionItem).where(InspectionItem.base_id == base.id, InspectionItem.case_id.is_(None), InspectionItem.dropped_reason == "")
    ):
        item.dropped_reason = "已撤销"


def _make_readers(base: Base, actor) -> None:
    """The people of the base read and download what was its own, and can do nothing else."""
    held = db.session.scalars(
        select(Membership).where(Membership.base_id == base.id, Membership.to_on.is_(None)).order_by(Membership.id)
    ).all()
    readers = {m.person_id for m in held if m.role == "base_former"}
    for membership in held:
        if membership.role == "base_former":
            continue
        end_membership(actor, membership)
        if membership.person_id not in readers:
            readers.add(membership.person_id)
            add_membership(actor, membership.person_id, "base_former", base_id=base.id)
    ledger.append(f"base:{base.id}", "base_people_read_only", actor, {"people": sorted(readers)})
