"""Applying for, proposing and beginning a revocation; telling and hearing the base (A16-1 to A16-5, AMB-15)."""

import json

from sqlalchemy import select

from incubator.bases.facts import standing_of
from incubator.bases.models import Base
from incubator.inspections.commands import on_concluded
from incubator.inspections.queries import findings_of
from incubator.kernel import access, clock, files, registry, security, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Denied, Invalid, NotVisible, Refused
from incubator.kernel.parameters import whole, workday
from incubator.kernel.registry import Lack
from incubator.kernel.workflow import Case
from incubator.obligations.commands import fulfil
from incubator.obligations.models import Obligation
from incubator.policy import inspections as inspected
from incubator.policy import sanctions as policy
from incubator.policy.calendar import chinese_date
from incubator.policy.fields import Problem, clean
from incubator.policy.fields.sanction import (
    ANSWER,
    APPLICATION,
    DEFENCE,
    DEFENCE_RECORD,
    DIRECT,
    PRIOR_NOTICE,
    PROPOSAL,
    WAIVER,
)
from incubator.renewals.events import on_renewal_refused
from incubator.sanctions import queries
from incubator.sanctions.models import Defence, PriorNotice, Revocation
from incubator.sanctions.rectifications import cleaned

CONSENTS = ("investor_consent", "operator_consent")
CONSENT_WORDS = {"investor_consent": "投资主体同意书", "operator_consent": "运营机构同意书"}


def _make_way(base_id: int) -> None:
    """AMB-15: whichever route starts first locks the other; the partial unique index says the same (P7).

    An application that the base has not sent has not started: it ends where an office begins, and keeps nobody from it.
    """
    running = queries.open_revocation(base_id)
    if running is not None and running.state == "draft":
        workflow.advance(running.id, "supersede", access.service("AMB-15"), seen_version=running.version)
    elif running is not None:
        raise Refused("16", f"已经有一件撤销在办，{running.title}，现在是“{running.station.label}”", "在那件案卷里办理")


# voluntary --------------------------------------------------------------------------------------


def open_application(actor) -> Case:
    """The base begins its own application; an open one is taken up again (A16-1)."""
    access.require(actor, "revocation.apply")
    with transaction():
        base = access.load(actor, Base, actor.base_id, lock=True)
        running = queries.open_revocation(base.id)
        if running is not None and db.session.get(Revocation, running.id).voluntary:
            return running
        _make_way(base.id)
        now = standing_of(base)
        if not now.recognised_before or now.state == "revoked":
            raise Refused("16(1)1", f"现在是“{now.label}”，没有可以撤销的认定", "没有认定的，可以注销备案")
        case = workflow.open_case("revocation", actor, region_id=base.region_id, subject=base.name, base_id=base.id)
        db.session.add(Revocation(case_id=case.id, base_id=base.id, route=policy.VOLUNTARY, reasons="[]", facts=""))
        db.session.flush()
        return case


def keep_consents(actor, case_id: int, uploads, *, seen_version: int) -> None:
    """Keep what was uploaded whatever else is missing, so that nobody uploads it twice."""
    access.require(actor, "revocation.apply")
    with transaction():
        case, row = _own_draft(actor, case_id, seen_version)
        for name, upload in uploads.items():
            if upload:
                setattr(row, f"{name}_id", files.accept(upload, actor, case_id=case.id, base_id=case.base_id).id)
        db.session.flush()


def apply(actor, case_id: int, raw: dict, *, seen_version: int, uploads=None) -> Case:
    """Submit the application: without both consents it is refused (T93). Files that came are kept for the next try."""
    access.require(actor, "revocation.apply")
    keep_consents(actor, case_id, uploads or {}, seen_version=seen_version)
    row = db.session.get(Revocation, case_id)
    there = {name: [0] if getattr(row, f"{name}_id") else [] for name in CONSENTS}
    found = clean(APPLICATION, {**raw, **there}, context={"today": clock.today()})
    if not found.ok:
        raise Invalid([_consent_words(p) for p in found.errors])
    with transaction():
        case, row = _own_draft(actor, case_id, seen_version)
        row.facts, row.tenants_plan = found.values["facts"], found.values["tenants_plan"]
        db.session.flush()
        return workflow.advance(
            case.id, "submit", actor, seen_version=seen_version,
            given=workflow.Given(facts={"hash": security.digest(row.facts + row.tenants_plan),
                                        "investor_consent": row.investor_consent_id, "operator_consent": row.operator_consent_id}),
        )


def _own_draft(actor, case_id: int, seen_version: int) -> tuple[Case, Revocation]:
    case = access.load(actor, Case, case_id, lock=True)
    workflow.expect_version(case, seen_version)
    row = db.session.get(Revocation, case.id)
    if row is None:
        raise NotVisible("revocation")
    if case.station.holder != "applicant":
        raise Refused("16(1)1", "已经提交，不能再改", "被退回补正时可以改")
    return case, row


def _consent_words(problem: Problem) -> Problem:
    """T93: the refusal names whose consent is missing."""
    if problem.field not in CONSENT_WORDS:
        return problem
    return Problem(problem.field, f"缺{CONSENT_WORDS[problem.field]}", "16(1)1", "撤销要投资主体和运营机构都同意，上传盖章的同意书")


@registry.evidence("both_consents")
def _both_consents(case: Case):
    row = db.session.get(Revocation, case.id)
    for name in CONSENTS:
        if row is None or getattr(row, f"{name}_id") is None:
            yield Lack("16(1)1", f"缺{CONSENT_WORDS[name]}", "上传盖章的同意书")


@registry.evidence("is_voluntary")
def _is_voluntary(case: Case):
    row = db.session.get(Revocation, case.id)
    if row is None or not row.voluntary:
        yield Lack("16(1)1", "这件撤销不是基地申请的", "可以陈述申辩")


# ex officio -------------------------------------------------------------------------------------


def propose(actor, base_id: int, raw: dict) -> Case:
    """The county proposes: the year of rectification, or the validity, has ended (A16-2)."""
    access.require(actor, "revocation.propose")
    values = cleaned(PROPOSAL, raw)
    with transaction():
        base = access.load(actor, Base, base_id, lock=True)
        if access.office_at(base.region_id, "county") != actor.office_id:
            raise Denied("revocation.propose")
        _make_way(base.id)
        refusal = policy.proposal_refusal(values["reason"], standing_of(base), clock.today())
        if refusal is not None:
            raise Refused(refusal.article, refusal.reason, refusal.way_out, "reason")
        source = queries.running_rectification(base.id) if values["reason"] == policy.EXPIRED else None
        case = workflow.open_case("revocation", actor, region_id=base.region_id, subject=base.name, base_id=base.id,
                                  outcome="propose", facts={"reason": values["reason"]})
        db.session.add(Revocation(
            case_id=case.id, base_id=base.id, route=policy.PROPOSED, reasons=json.dumps([values["reason"]]),
            facts=values["facts"], tenants_plan=values["tenants_plan"], source_id=source.id if source else None,
        ))
        db.session.flush()
        fulfil((Obligation.kind == "propose_revocation") & Obligation.key.startswith(f"{base.id}:"), actor)
        return case


def begin_direct(actor, base_id: int, raw: dict, *, uploads=(), source: Case | None = None) -> Case:
    """The province begins by itself on one of six grounds (A16-3); whoever begins does not issue the document."""
    access.require(actor, "revocation.direct")
    values = cleaned(DIRECT, {**raw, "evidence": [0] * len(uploads)})
    with transaction():
        base = access.load(actor, Base, base_id, lock=True)
        _make_way(base.id)
        refusal = policy.direct_refusal(values["codes"], standing_of(base))
        if refusal is not None:
            raise Refused(refusal.article, refusal.reason, refusal.way_out, "codes")
        case = workflow.open_case("revocation", actor, region_id=base.region_id, subject=base.name, base_id=base.id,
                                  outcome="direct", facts={"grounds": values["codes"]})
        kept = [files.accept(upload, actor, case_id=case.id, office_id=actor.office_id).id for upload in uploads]
        db.session.add(Revocation(
            case_id=case.id, base_id=base.id, route=policy.DIRECT, reasons=json.dumps(values["codes"]), facts=values["facts"],
            tenants_plan=values["tenants_plan"], evidence=json.dumps(kept), initiator_id=actor.person_id,
            source_id=source.id if source else None,
        ))
        db.session.flush()
        fulfil((Obligation.kind == "revoke_directly") & Obligation.key.startswith(f"{base.id}:"), actor)
        return case


@on_concluded
def _after_inspection(case: Case, conclusion, actor) -> None:
    """建议撤销 of an inspection begins the direct route, unless one runs already (A14-3, AMB-15)."""
    if conclusion.conclusion != inspected.REVOKE or queries.running_revocation(case.base_id) is not None:
        return
    found = [f for f in findings_of(case) if f.code in inspected.REVOCATION_CODES]
    begin_direct(actor, case.base_id, {
        "codes": sorted({f.code for f in found}), "facts": "；".join(f.fact for f in found)[:1000],
        "tenants_plan": "由属地工信部门在决定前提出安置意见",
    }, source=case)


@on_renewal_refused
def _after_refusal(case: Case, base: Base, actor) -> None:
    """第十六条（二）3, T12: a renewal refused begins the direct route, unless one runs already."""
    if queries.running_revocation(base.id) is not None:
        return
    begin_direct(actor, base.id, {
        "codes": ["16(2)3"], "facts": f"有效期续延申请审核未通过，{case.title}，理由见案卷。", "tenants_plan": "由属地工信部门在决定前提出安置意见",
    }, source=case)


@registry.on_moved
def _initiator(case: Case, step, event, actor) -> None:
    """P26: who brought a revocation to its decision is another person than who issues the document."""
    if step.to_state == "to_decide" and step.from_state and (row := db.session.get(Revocation, case.id)) is not None:
        row.initiator_id = actor.person_id
        db.session.flush()


# notice and defence -----------------------------------------------------------------------------


def notify(actor, case_id: int, raw: dict, *, seen_version: int, upload=None) -> PriorNotice:
    """The base is told; from the day after it has `defence_days` working days to speak (A16-4)."""
    access.require(actor, "revocation.notify")
    values = cleaned(PRIOR_NOTICE, {**raw, "file": [0] if upload else []})
    with transaction():
        case = _to_decide(actor, case_id, seen_version)
        began = clock.day_of(case.arrived_at)
        refusal = policy.notice_refusal(values["notified_on"], began)
        if refusal is not None:
            raise Refused(refusal.article, refusal.reason, refusal.way_out, "notified_on")
        until = policy.defence_until(values["notified_on"], whole("defence_days", values["notified_on"]), workday)
        kept = files.accept(upload, actor, case_id=case.id, office_id=actor.office_id)
        row = PriorNotice(
            case_id=case.id, notified_on=values["notified_on"], method=values["method"], receiver=values["receiver"],
            file_id=kept.id, defence_until=until, began_on=began, by_person_id=actor.person_id, by_name=actor.name, at=clock.now(),
        )
        db.session.add(row)
        db.session.flush()
        workflow.record(case, "prior_notice_given", actor, {"on": row.notified_on, "until": until, "file": kept.id})
        return row


def waive_notice(actor, case_id: int, raw: dict, *, seen_version: int) -> PriorNotice:
    """The provincial lead decides without telling the base before, with the reason on record (A16-4)."""
    access.require(actor, "revocation.waive")
    values = cleaned(WAIVER, raw)
    with transaction():
        case = _to_decide(actor, case_id, seen_version)
        row = PriorNotice(
            case_id=case.id, waived_reason=values["waived_reason"], began_on=clock.day_of(case.arrived_at), by_person_id=actor.person_id, by_name=actor.name, at=clock.now(),
        )
        db.session.add(row)
        db.session.flush()
        workflow.record(case, "prior_notice_waived", actor, {"reason_hash": security.digest(row.waived_reason)})
        return row


def _to_decide(actor, case_id: int, seen_version: int) -> Case:
    case = access.load(actor, Case, case_id, lock=True)
    workflow.expect_version(case, seen_version)
    row = db.session.get(Revocation, case.id)
    if row is None:
        raise NotVisible("revocation")
    if case.state != "to_decide":
        raise Refused("16", f"{case.station.label}这一环节不办告知", "到“待决定”再办")
    if row.voluntary:
        raise Refused("16(1)1", "双方自己申请的，不用事先告知", "直接登记决定文件")
    if queries.notice_of(case.id) is not None:
        raise Refused("16", "已经告知，或者已经写明不告知", "看案卷里的记录")
    return case


def defend(actor, case_id: int, raw: dict, *, seen_version: int, upload=None) -> Defence:
    """What the base says: by itself within the window, or recorded by the province as it came on paper (A16-4)."""
    access.require(actor, "revocation.defend")
    own = actor.tier == "base"
    values = cleaned(DEFENCE if own else DEFENCE_RECORD, {**raw, "file": [0] if upload else []})
    with transaction():
        case = access.load(actor, Case, case_id, lock=True)
        workflow.expect_version(case, seen_version)
        told = queries.notice_of(case.id)
        if told is None or told.notified_on is None or case.ended_at is not None:
            raise Refused("16", "没有在陈述申辩期内的告知", "收到事先告知书以后再写")
        received = clock.today() if own else values["received_on"]
        if received > told.defence_until:
            raise Refused("16", f"陈述申辩期到{chinese_date(told.defence_until)}为止", "仍要说明的，书面寄省工信厅")
        kept = files.accept(upload, actor, case_id=case.id, base_id=case.base_id if own else None,
                            office_id=actor.office_id) if upload else None
        row = Defence(
            case_id=case.id, received_on=received, by_base=own, words=values["words"], file_id=kept.id if kept else None,
            by_person_id=actor.person_id, by_name=actor.name, at=clock.now(),
        )
        db.session.add(row)
        db.session.flush()
        workflow.record(case, "defence_received", actor, {"defence": row.id, "hash": security.digest(row.words)})
        return row


def answer(actor, case_id: int, defence_id: int, raw: dict, *, seen_version: int) -> Defence:
    """Each statement is answered before the decision."""
    access.require(actor, "revocation.notify")
    values = cleaned(ANSWER, raw)
    with transaction():
        case = access.load(actor, Case, case_id, lock=True)
        workflow.expect_version(case, seen_version)
        row = db.session.scalar(select(Defence).where(Defence.id == defence_id, Defence.case_id == case.id))
        if row is None:
            raise NotVisible("defence")
        if row.answered_at is not None:
            raise Refused("16", "这一份已经答复", "看案卷里的记录")
        row.answer, row.answered_by, row.answered_at = values["answer"], actor.person_id, clock.now()
        db.session.flush()
        workflow.record(case, "defence_answered", actor, {"defence": row.id, "hash": security.digest(row.answer)})
        return row


@registry.evidence("heard")
def _heard(case: Case):
    """A16-4: told and heard, or waived with a reason; a voluntary one skips it."""
    row = db.session.get(Revocation, case.id)
    refusal = policy.hearing_refusal(row.voluntary, queries.heard(case.id), clock.today())
    if refusal is not None:
        yield Lack(refusal.article, refusal.reason, refusal.way_out, f"/cases/{case.id}")
