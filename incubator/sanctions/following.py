"""After the decision: the proof of service, the plaque, the tax office, the day on which the relief ends (A15-7, 第十七条)."""

from incubator.bases.models import Base
from incubator.bases.plaques import valid_plaque
from incubator.decisions.models import DecisionItem
from incubator.kernel import access, clock, files, ledger, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Denied, NotVisible, Refused
from incubator.kernel.workflow import Case
from incubator.obligations.commands import fulfil
from incubator.obligations.models import Obligation
from incubator.policy import sanctions as policy
from incubator.policy.calendar import chinese_date
from incubator.policy.fields.sanction import RECOVERY, SERVICE, TAX_NOTICE, TAX_STOP
from incubator.sanctions import queries
from incubator.sanctions.models import FollowUp, ServedPaper, TaxStopOverride
from incubator.sanctions.rectifications import cleaned

TABLES = {policy.RECOVERY: RECOVERY, policy.TAX: TAX_NOTICE}
EVENTS = {policy.RECOVERY: "plaque_recovered", policy.TAX: "tax_notified"}


def serve(actor, item_id: int, raw: dict, *, upload=None) -> ServedPaper:
    """送达回证: received, or refused with what happened; the decision holds from its date all the same (A15-7)."""
    access.require(actor, "sanction.serve")
    values = cleaned(SERVICE, {**raw, "file": [0] if upload else []})
    with transaction():
        item = access.load(actor, DecisionItem, item_id, lock=True)
        if item.kind not in queries.SANCTIONS:
            raise NotVisible("service")
        case = access.load(actor, Case, item.case_id, lock=True)
        if queries.services_of([item.id]):
            raise Refused("15", "这份文件的送达回证已经登记", "看案卷里的记录")
        if values["served_on"] < item.document_on:
            raise Refused("15", f"送达日期早于文件日期{chinese_date(item.document_on)}", "核对送达回证", "served_on")
        receiver, refusal = values.get("receiver") or "", (values.get("refusal") or "").strip()
        if bool(receiver) == bool(refusal):
            raise Refused("15", "签收人和拒收情况填一项", "拒收的写明经过，不少于 10 个字", "receiver")
        kept = files.accept(upload, actor, case_id=case.id, office_id=actor.office_id)
        row = ServedPaper(
            item_id=item.id, case_id=case.id, served_on=values["served_on"], method=values["method"], served_by=values["served_by"],
            receiver=receiver, refusal=refusal, file_id=kept.id, by_person_id=actor.person_id, by_name=actor.name, at=clock.now(),
        )
        db.session.add(row)
        db.session.flush()
        event = workflow.record(case, "paper_served", actor, {"item": item.id, "on": row.served_on, "refused": bool(refusal)})
        fulfil((Obligation.kind == "service") & (Obligation.key == str(item.id)), actor, event.id)
        return row


def follow_up(actor, case_id: int, kind: str, raw: dict, *, upload=None) -> FollowUp:
    """One of the county's two duties after a revocation (A17-1, T96)."""
    access.require(actor, "revocation.follow_up")
    if kind not in TABLES:
        raise NotVisible("follow_up")
    values = cleaned(TABLES[kind], {**raw, "file": [0] if upload else []})
    with transaction():
        case = access.load(actor, Case, case_id, lock=True)
        if actor.office_id != access.office_at(case.region_id, "county"):
            raise Denied("revocation.follow_up")
        stop = queries.tax_stop(case.id)
        if stop is None:
            raise Refused("17", "还没有撤销", "决定文件登记以后再办")
        if kind in queries.follow_ups(case.id):
            raise Refused("17", f"{policy.FOLLOW_UPS[kind]}已经登记", "看案卷里的记录")
        unable = (values.get("unable_reason") or "").strip()
        lack = policy.follow_up_refusal(
            kind, values.get("done_on"), unable, proof=upload is not None, condition=values.get("condition") or "",
            decided_on=queries.document_of(case.id, "revocation").document_on)
        if lack is not None:
            field, refusal = lack
            raise Refused(refusal.article, refusal.reason, refusal.way_out, field)
        kept = files.accept(upload, actor, case_id=case.id, office_id=actor.office_id) if upload else None
        row = FollowUp(
            case_id=case.id, kind=kind, done_on=values.get("done_on"), condition=values.get("condition") or "",
            unable_reason=unable, document_no=values.get("document_no") or "", receiver=values.get("receiver") or "",
            file_id=kept.id if kept else None, by_person_id=actor.person_id, by_name=actor.name, at=clock.now(),
        )
        db.session.add(row)
        db.session.flush()
        if kind == policy.RECOVERY and row.done_on is not None:
            _plaque_back(db.session.get(Base, case.base_id), row, actor)
        event = workflow.record(case, EVENTS[kind], actor, {"kind": kind, "on": row.done_on, "unable": bool(unable)})
        fulfil((Obligation.kind == kind) & (Obligation.key == str(case.id)), actor, event.id)
        return row


def _plaque_back(base: Base, row: FollowUp, actor) -> None:
    """The code of a plaque that came back says so from now on (A8-7)."""
    plaque = valid_plaque(base.id)
    if plaque is None:
        return
    plaque.returned_on, plaque.return_reason = max(row.done_on, plaque.issued_on), f"撤销，{row.condition or '已收回'}"
    plaque.returned_at, plaque.returned_by = clock.now(), actor.person_id
    db.session.flush()
    ledger.append(f"base:{base.id}", "plaque_returned", actor,
                  {"plaque": plaque.id, "number": plaque.plaque_no, "on": plaque.returned_on})


def override_tax_stop(actor, case_id: int, raw: dict) -> TaxStopOverride:
    """Another law gives another day; the day of the rule stays visible beside it (A17-2)."""
    access.require(actor, "revocation.tax_stop")
    values = cleaned(TAX_STOP, raw)
    with transaction():
        case = access.load(actor, Case, case_id, lock=True)
        if queries.tax_stop(case.id) is None:
            raise Refused("17", "还没有撤销", "决定文件登记以后再定")
        row = TaxStopOverride(
            case_id=case.id, stop_on=values["stop_on"], basis=values["basis"], document_no=values["document_no"],
            by_person_id=actor.person_id, by_name=actor.name, at=clock.now(),
        )
        db.session.add(row)
        db.session.flush()
        workflow.record(case, "tax_stop_overridden", actor, {"stop": row.stop_on, "basis": row.basis, "document": row.document_no})
        return row
