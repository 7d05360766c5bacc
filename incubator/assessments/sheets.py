"""What an expert does: the profile, the declaration of interests, the sheet (第八条; A8-2, AMB-35, R-2.8)."""

from collections.abc import Mapping

from sqlalchemy import select

from incubator.assessments import interests, queries
from incubator.assessments.commands import owed, refuse_closed, void, written_reason
from incubator.assessments.models import ExpertProfile, ScoreSheet
from incubator.kernel import access, clock, ledger, security, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Conflict, Invalid, NotVisible, Refused
from incubator.kernel.workflow import Case
from incubator.obligations.commands import fulfil
from incubator.policy.fields import canonical, clean, to_stored
from incubator.policy.fields.expert import EXPERT, LABELS
from incubator.policy.fields.score_sheet import total


def declare_profile(actor, raw: Mapping) -> ExpertProfile:
    """The expert says where he works; what he says is dated (R-2.8)."""
    access.require(actor, "expert.profile")
    cleaned = clean(EXPERT, raw, context={"today": clock.today()})
    if not cleaned.ok:
        raise Invalid(cleaned.errors)
    stored = to_stored(EXPERT, cleaned.values)
    posts = stored.get("posts") or []
    with transaction():
        row = db.session.get(ExpertProfile, actor.person_id) or ExpertProfile(person_id=actor.person_id)
        for name in ("employer", "employer_uscc"):
            setattr(row, name, cleaned.values[name])
        row.fields = "、".join(LABELS[key] for key in cleaned.values.get("fields") or ())
        row.titles, row.phone = cleaned.values.get("titles") or "", cleaned.values.get("phone")
        row.posts, row.declared_on = canonical(posts), clock.today()
        db.session.add(row)
        db.session.flush()
        ledger.append("system", "expert_profile_declared", actor, {
            "person": actor.person_id, "posts": len(posts), "hash": security.digest(row.employer_uscc + row.posts),
        })
        return row


def deny_conflict(actor, case_id: int) -> ScoreSheet:
    """The expert declares that there is no interest; the dossier and the sheet open, unless the codes say otherwise."""
    with transaction():
        case, sheet = _own_open(actor, case_id)
        if sheet.declared_at is None:
            _refuse_interest(case, sheet, certain=True)
            sheet.declared_at = clock.now()
            db.session.flush()
            workflow.record(case, "conflict_denied", actor, {"sheet": sheet.id})
        return sheet


def _refuse_interest(case: Case, sheet: ScoreSheet, *, certain: bool) -> None:
    """R-2.8 with the newest profile and the newest version, whatever was found at the assignment."""
    for hit in interests.of_sheet(case, sheet):
        words = hit.words.replace("专家", "您", 1)
        if hit.sure:
            raise Refused("8", words, "申报回避，由省工信厅另请专家", "reason")
        if not certain:
            raise Refused("8", f"{words}，省工信厅还没有书面核对", "告诉省工信厅，核对以后再交；已填的都在")


def recuse(actor, case_id: int, reason: str) -> None:
    """The expert declares an interest: the sheet is void, the assignment ends, both with the reason (AMB-35)."""
    with transaction():
        case, sheet = _own_live(actor, case_id)
        refuse_closed(case)
        void(sheet, actor, written_reason(reason))
        workflow.record(case, "sheet_voided", actor, {"sheet": sheet.id, "recused": True})


def save_sheet(actor, case_id: int, changes: Mapping, *, seen_version: int) -> ScoreSheet:
    """Keep what was typed so far (stored form); the sheet stays the expert's own."""
    with transaction():
        _, sheet = _own_declared(actor, case_id)
        kept = sheet.stored
        changed = {name: value for name, value in changes.items() if kept.get(name) != value}
        if not changed:
            return sheet
        if sheet.version != seen_version:
            raise Conflict("这份评审表在另一个页面刚刚保存过，刷新后再改", yours=changed,
                           theirs={name: kept.get(name) for name in changed})
        sheet.content, sheet.version, sheet.saved_at = canonical({**kept, **changed}), sheet.version + 1, clock.now()
        return sheet


def give_sheet(actor, case_id: int, raw: Mapping) -> ScoreSheet:
    """Give the sheet: complete, dated, and immutable from then on."""
    with transaction():
        case, sheet = _own_declared(actor, case_id)
        _refuse_interest(case, sheet, certain=False)
        table = queries.table_of(case)
        cleaned = clean(table, {**raw, "no_conflict": True}, context={"today": clock.today()})
        if not cleaned.ok:
            raise Invalid(cleaned.errors)
        text = canonical(to_stored(table, cleaned.values))
        sheet.content, sheet.hash, sheet.total = text, security.digest(text), total(cleaned.values)
        sheet.version_no = sheet.asked_version
        sheet.status, sheet.given_at, sheet.saved_at = "given", clock.now(), clock.now()
        sheet.version += 1
        db.session.flush()
        event = workflow.record(case, "sheet_given", actor, {"sheet": sheet.id, "hash": sheet.hash})
        fulfil(owed(case.id, sheet.assignment_id), actor, event.id)
        return sheet


def _own_live(actor, case_id: int) -> tuple[Case, ScoreSheet]:
    """The case, locked so that experts who act at the same time wait for each other, and the expert's live sheet."""
    access.require(actor, "sheet.score")
    access.load(actor, Case, case_id)
    db.session.execute(select(Case.id).where(Case.id == case_id).with_for_update())
    case = access.load(actor, Case, case_id, fresh=True)
    sheet = queries.own_sheet(actor.person_id, case_id)
    if sheet is None or sheet.status == "void":
        raise NotVisible("score_sheet")
    return case, sheet


def _own_open(actor, case_id: int) -> tuple[Case, ScoreSheet]:
    case, sheet = _own_live(actor, case_id)
    if sheet.status == "given":
        raise Refused("8", "评审表已经交了，不能再改", "确有错误的告诉省工信厅，由省工信厅作废后另行指派")
    refuse_closed(case)
    if not queries.scored_here(case):
        raise Refused("8", f"申请现在在{case.station.label}，不能评分", "等申请回到考核评审再评")
    return case, sheet


def _own_declared(actor, case_id: int) -> tuple[Case, ScoreSheet]:
    case, sheet = _own_open(actor, case_id)
    if sheet.declared_at is None:
        raise Refused("8", "打分前要先声明和申报单位有没有利害关系", "先声明", "no_conflict")
    return case, sheet
