"""What the public says to a notice, and how the province handles it (第八条, AMB-21, §8.17).

收到 → 核查 (a verifier is named) → 成立 / 部分成立 / 不成立, each with an answer that the sender reads by the receipt
code. Nothing leads from the record of the case to the person who objected.
"""

from sqlalchemy import select, update

from incubator.kernel import access, clock, files, ledger, registry, security, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Conflict, Invalid, Refused
from incubator.kernel.parameters import whole, workday
from incubator.kernel.workflow import Case, Given
from incubator.notices import queries
from incubator.notices.models import Notice, NoticeItem, Objection, ObjectionFile
from incubator.obligations.commands import fulfil, open_obligation
from incubator.obligations.models import Obligation
from incubator.policy.calendar import station_due
from incubator.policy.fields import Problem, clean
from incubator.policy.fields.objection import (
    BACK,
    MOST_PROOFS,
    OBJECTION,
    OBJECTION_ANSWER,
    OBJECTION_CHECK,
    UNANSWERED,
    objection_kind,
)


def submit_objection(notice_id: int, raw: dict, uploads=(), *, seal=None) -> str:
    """Keep what somebody says to a notice; returns the receipt code, shown once (AMB-21, T58–T60).

    Named and in time it is an objection, anonymous a tip, after the end a complaint; it is never refused unread.
    `uploads` are the proofs (one or several), `seal` the statement of a unit with its seal. The sender acts as the
    public, whoever may be signed in: nothing leads from the record to a person.
    """
    sender = access.PUBLIC
    proofs = [uploads] if hasattr(uploads, "filename") else list(uploads or ())
    with transaction():
        notice = access.load(sender, Notice, notice_id)
        values = _judge(raw, proofs, seal)
        item = db.session.scalar(
            select(NoticeItem).where(NoticeItem.notice_id == notice.id, NoticeItem.case_id == values["case_id"])
        )
        if item is None:
            raise Refused("8", "这一家不在这次公示的名单里", "从名单里选一家", field="case_id")
        case = _locked(item.case_id)
        received = clock.now()
        named = values["objector"] != "anonymous"
        unit = values["objector"] == "unit"
        office = access.province_office().id
        kept = [("seal", files.accept(seal, sender, office_id=office))] if unit else []
        kept += [("proof", files.accept(each, sender, office_id=office)) for each in proofs]
        code = security.receipt_code()
        row = Objection(
            kind=objection_kind(named=named, in_time=received <= notice.deadline), notice_id=notice.id,
            case_id=case.id, notice_deadline=notice.deadline, received_at=received, objector=values["objector"],
            name=values.get("name") if named else None, phone=values.get("phone") if named else None,
            contact=values.get("contact") if unit else None, facts=values["facts"],
            file_id=kept[0][1].id if kept else None, receipt_hash=security.digest(code), status="received",
            files=[ObjectionFile(file_id=stored.id, what=what) for what, stored in kept],
        )
        db.session.add(row)
        db.session.flush()
        _note(case, row, "objection_received", sender)
        _owe_answer(case, row)
        return code


def _judge(raw: dict, proofs: list, seal) -> dict:
    """The message as typed; files count by their number, they are looked at when they are kept."""
    cleaned = clean(
        OBJECTION, {**raw, "proof": list(range(1, len(proofs) + 1)), "seal": [0] if seal else []},
        context={"today": clock.today()},
    )
    problems = list(cleaned.errors)
    if len(proofs) > MOST_PROOFS and not any(p.field == "proof" for p in problems):
        problems.append(Problem("proof", f"证明材料选了 {len(proofs)} 个，最多 {MOST_PROOFS} 个", "8", "合并成几个文件再传"))
    if problems:
        raise Invalid(problems)
    return cleaned.values


def submit_once(idem: str, notice_id: int, raw: dict, uploads=(), *, seal=None) -> str:
    """Like `submit_objection`, at most once per form: a repeated POST gets the same code, kept sealed (P24)."""
    def act() -> str:
        return security.vault().seal(submit_objection(notice_id, raw, uploads, seal=seal))

    return security.vault().open(registry.once("public", idem, act))


def _locked(case_id: int) -> Case:
    """The case, its row locked: two objections at one moment are both kept."""
    return db.session.scalars(
        select(Case).where(Case.id == case_id).with_for_update(of=Case).execution_options(populate_existing=True)
    ).one()


def _owe_answer(case: Case, row: Objection) -> None:
    """Whatever was said is owed an answer by the province, in its usual time; it stands in the worklist (A7-8)."""
    today = clock.today()
    open_obligation(
        kind="objection", key=str(row.id), due_on=station_due(today, whole("station_days_province", today), workday),
        article="8", region_id=case.region_id, case=case, office_id=access.province_office().id, tier="province",
    )


def _note(case: Case, row: Objection, kind: str, actor) -> None:
    """On the case's own record stand the named objections; of tips and complaints the base learns nothing."""
    facts = {"objection": row.id, "notice": row.notice_id, "said_as": row.kind}
    if row.kind == "objection":
        workflow.record(case, kind, actor, facts)
    else:
        ledger.append("system", kind, actor, {**facts, "case": case.id})


def start_checking(actor, objection_id: int, raw: dict) -> Objection:
    """核查 starts: one colleague of the province is named, who verifies and prepares the answer. Again: another one."""
    access.require(actor, "notice.publish")
    cleaned = clean(OBJECTION_CHECK, raw)
    if not cleaned.ok:
        raise Invalid(cleaned.errors)
    verifier = cleaned.values["verifier"]
    if verifier not in dict(queries.verifiers()):
        raise Invalid([Problem("verifier", "核查人不是省厅的经办人或负责人", "8", "从名单里选一位")])
    with transaction():
        row = access.load(actor, Objection, objection_id, fresh=True)
        case = _locked(row.case_id)
        changed = db.session.execute(
            update(Objection)
            .where(Objection.id == row.id, Objection.status.in_(UNANSWERED))
            .values(status="checking", verifier_id=verifier, verifying_at=clock.now())
        )
        if changed.rowcount != 1:
            raise Conflict("这一件已经答复了，不用再核查")
        db.session.refresh(row)
        _note(case, row, "objection_checking", actor)
        return row


def answer_objection(actor, objection_id: int, raw: dict) -> Objection:
    """The province's answer after 核查: 成立, 部分成立 or 不成立, with words that the sender reads by the receipt code."""
    access.require(actor, "notice.publish")
    cleaned = clean(OBJECTION_ANSWER, raw)
    if not cleaned.ok:
        raise Invalid(cleaned.errors)
    with transaction():
        row = access.load(actor, Objection, objection_id, fresh=True)
        if row.status == "received":
            raise Refused("8", "这一件还没有开始核查", "先确定核查人，核实后再答复", field="result")
        case = _locked(row.case_id)
        changed = db.session.execute(
            update(Objection)
            .where(Objection.id == row.id, Objection.status == "checking")
            .values(status=cleaned.values["result"], reply=cleaned.values["reply"], handled_by=actor.person_id,
                    handled_at=clock.now())
        )
        if changed.rowcount != 1:
            raise Conflict("这一件刚刚由另一个人答复了，刚才写的没有写入")
        db.session.refresh(row)
        _note(case, row, "objection_answered", actor)
        fulfil((Obligation.kind == "objection") & (Obligation.key == str(row.id)), actor)
        return row


def send_back(actor, case_id: int, raw: dict, *, seen_version: int) -> Case:
    """After an upheld objection to the station that it concerns; after a change of published facts to a new notice."""
    offered = [(step.outcome, step.label) for step in queries.ways_back(access.load(actor, Case, case_id), actor)]
    cleaned = clean(BACK, {**raw, "outcome": raw.get("outcome", "")})
    problems = [p for p in cleaned.errors if p.field != "outcome"]
    if raw.get("outcome") not in dict(offered):
        problems.insert(0, Problem("outcome", "还没有选退回哪一环节", "8", "选异议所涉及的环节"))
    if problems:
        raise Invalid(problems)
    return workflow.advance(
        case_id, raw["outcome"], actor, seen_version=seen_version, given=Given(text=cleaned.values["reason"])
    )
