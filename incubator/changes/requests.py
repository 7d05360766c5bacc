"""Asking for a change: opened by the base, or by the county for the investor (A18-1 to A18-5, AMB-08, AMB-30, AMB-32)."""

import json

from sqlalchemy import select

from incubator.bases import commands as bases
from incubator.bases.facts import facts_of_base, standing_of
from incubator.bases.models import Base
from incubator.cases import corrections, submissions
from incubator.cases.queries import latest_submission
from incubator.changes.models import ChangeRequest
from incubator.kernel import access, clock, drafts, files, registry, security, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Invalid, Refused
from incubator.kernel.parameters import whole
from incubator.kernel.registry import Lack
from incubator.kernel.workflow import Case, Given
from incubator.obligations.commands import in_place_of_applicant
from incubator.policy import changes
from incubator.policy.articles import Refusal
from incubator.policy.fields import clean, from_stored, to_stored
from incubator.policy.fields.change import CHANGE, CHANGE_WITHDRAW, CHANGE_WORD

CORRECTIONS = ("correction_county", "correction_city", "correction_province")
FILES = tuple(f for f in CHANGE.fields if f.kind in ("file", "files"))


def raise_if(refusal: Refusal | None, field: str | None = None) -> None:
    if refusal is not None:
        raise Refused(refusal.article, refusal.reason, refusal.way_out, field=field)


def running_change(base_id: int) -> Case | None:
    return db.session.scalar(select(Case).where(Case.base_id == base_id, Case.kind == "change", Case.ended_at.is_(None)))


def find_request(case: Case) -> ChangeRequest | None:
    """The row of a case, if it is a change that was submitted."""
    return db.session.get(ChangeRequest, case.id)


def request_of(case: Case) -> ChangeRequest:
    """The row of a case that is in sight; a change has one from its first submission on."""
    row = db.session.get(ChangeRequest, case.id, populate_existing=True)
    if row is None:
        raise Refused("18", "这件变更还没有提交", "回到案卷")
    return row


def approvals(base_id: int, but: int = 0) -> list[changes.Approval]:
    """Every change of a base that was approved, as policy counts them; `but` one case."""
    rows = db.session.execute(
        select(ChangeRequest.approved_on, ChangeRequest.counted, ChangeRequest.annulled_on)
        .where(ChangeRequest.base_id == base_id, ChangeRequest.approved_on.is_not(None), ChangeRequest.case_id != but)
    )
    return [changes.Approval(on, counted, annulled is not None) for on, counted, annulled in rows]


def used(base: Base) -> int:
    """本有效期已变更 n/1."""
    return changes.used(facts_of_base(base), approvals(base.id), clock.today())


def rename_counts(on) -> bool:
    return bool(whole("rename_counts", on))


def _free(base: Base, on=None) -> None:
    """What keeps a base from any change: its standing, another major item, the one change of the period."""
    on = on or clock.today()
    facts = facts_of_base(base)
    raise_if(changes.standing_refusal(standing_of(base, on)))
    raise_if(changes.exclusion_refusal(_major_running(base.id)))
    if rename_counts(on):
        raise_if(changes.second_refusal(facts, approvals(base.id), on))


def _major_running(base_id: int) -> list[str]:
    """Kinds of major items of the base that were submitted and are not over (AMB-30)."""
    return list(db.session.scalars(
        select(Case.kind).where(
            Case.base_id == base_id, Case.kind.in_(sorted(changes.MAJOR)), Case.ended_at.is_(None), Case.submitted_at.is_not(None),
        ).order_by(Case.id)
    ))


@registry.evidence("major_item_free")
def _major_item_free(case: Case):
    found = changes.exclusion_refusal(_major_running(case.base_id))
    if found:
        yield Lack.of(found)


@registry.evidence("change_left")
def _change_left(case: Case):
    """T97, asked at each station: another one may have been approved, or the standing may have changed meanwhile."""
    base = db.session.get(Base, case.base_id)
    now = changes.standing_refusal(standing_of(base))
    if now:
        yield Lack.of(now)
    row = db.session.get(ChangeRequest, case.id)
    if row is not None and not changes.counts(row.main_type, rename_counts(clock.today())):
        return
    found = changes.second_refusal(facts_of_base(base), approvals(base.id, case.id), clock.today())
    if found and (row is not None or rename_counts(clock.today())):
        yield Lack.of(found)


# by the base ------------------------------------------------------------------------------------


def open_change(actor) -> Case:
    """The base's own request; one that runs is taken up again."""
    access.require(actor, "change.fill")
    with transaction():
        base = access.load(actor, Base, actor.base_id, lock=True)
        running = running_change(base.id)
        if running is not None:
            return running
        _free(base)
        case = workflow.open_case("change", actor, region_id=base.region_id, subject=base.name, base_id=base.id)
        drafts.begin(case, CHANGE, {"address": base.address}, actor)
        return case


def context_of(base: Base) -> dict:
    return {
        "today": clock.today(), "site_key": base.site_key, "base_name": base.name, "operator_uscc": base.operator_uscc,
        "operator_name": base.operator_name, "investor_name": base.investor_name, "investor_idno": base.investor_idno,
    }


def check_change(case: Case):
    """The draft read as a submission would be."""
    stored, _ = drafts.read(case.id, CHANGE)
    return clean(CHANGE, from_stored(CHANGE, stored), context=context_of(db.session.get(Base, case.base_id)))


@registry.evidence("not_for_investor")
def _not_for_investor(case: Case):
    if is_for_investor(case):
        yield Lack("18(1)", "这件由县工信局代投资主体提交，运营机构不能改动和撤回", "有不同意见的，写进案卷")


@registry.evidence("for_investor")
def _for_investor(case: Case):
    if not is_for_investor(case):
        yield Lack("18(1)", "这件由基地自己提交", "由基地补正或撤回")


def is_for_investor(case: Case) -> bool:
    """Whether the county filed it for an investor whose operator won't (AMB-32)."""
    row = find_request(case)
    return row is not None and row.for_investor


@in_place_of_applicant("change")
def _county_corrects(case: Case) -> str:
    return "county" if case.state in CORRECTIONS and is_for_investor(case) else ""


@registry.evidence("change_complete")
def _change_complete(case: Case):
    for problem in check_change(case).errors:
        yield Lack.of(problem, "18")


def submit_change(actor, case_id: int, *, seen_version: int) -> Case:
    """Freeze the request and send it to the station that waits for it."""
    access.require(actor, "change.submit")
    with transaction():
        case = access.load(actor, Case, case_id, lock=True)
        workflow.expect_version(case, seen_version)
        base = access.load(actor, Base, case.base_id, lock=True)
        checked = check_change(case)
        if not checked.ok:
            raise Invalid(checked.errors)
        submissions.check_files(actor, case, CHANGE, to_stored(CHANGE, checked.values))
        return _send(actor, case, base, checked.values, "submit", seen_version)


def _send(actor, case: Case, base: Base, values: dict, outcome: str, seen_version: int, **facts) -> Case:
    types = set(values["types"])
    if changes.counts(_main(types), rename_counts(clock.today())):
        raise_if(changes.second_refusal(facts_of_base(base), approvals(base.id), clock.today()), "types")
    if values.get("new_base_name") and changes.BASE_NAME in types:
        try:
            bases.refuse_taken_name(values["new_base_name"], except_base=base.id)
        except Refused as refused:
            refused.field = "new_base_name"
            raise
    if changes.OPERATOR in types:
        bases.refuse_double_account(values["new_operator_uscc"], base.address)
    version = submissions.freeze(case, CHANGE, values, actor)
    row = db.session.get(ChangeRequest, case.id) or ChangeRequest(case_id=case.id, base_id=base.id)
    row.main_type, row.with_name = _main(types), changes.BASE_NAME in types and len(types) > 1
    row.applicant, row.examined_by, row.for_investor = values["applicant"], None, bool(row.for_investor) or actor.tier == "county"
    row.before = json.dumps({"base_name": base.name, "operator_name": base.operator_name,
                             "operator_uscc": base.operator_uscc, "investor_name": base.investor_name}, ensure_ascii=False)
    db.session.add(row)
    db.session.flush()
    return workflow.advance(
        case.id, outcome, actor, seen_version=seen_version,
        given=Given(facts={"version": version.version_no, "hash": version.hash, "type": row.main_type, **facts}),
    )


def _main(types: set[str]) -> str:
    return next((kind for kind in (changes.OPERATOR, changes.INVESTOR, changes.ENTITY_RENAME) if kind in types),
                changes.BASE_NAME)


def asked(case: Case) -> dict:
    """What the newest version asks for, secrets readable."""
    return from_stored(CHANGE, submissions.content(latest_submission(case.id), CHANGE)["form"])


# by the county, for the investor -------------------------------------------------------------------


def open_for_investor(actor, base_id: int, raw: dict, uploads: dict) -> Case:
    """The county files what the investor signed and the operator will not (AMB-32); another person of it reviews.

    `uploads`: field → files, the investor's signed application among them.
    """
    access.require(actor, "change.open_for")
    with transaction():
        base = access.load(actor, Base, base_id, lock=True)
        _make_way(base.id)
        _free(base)
        values = _signed(base, raw, given := _sent(uploads), {})
        case = workflow.open_case("change", actor, region_id=base.region_id, subject=base.name, base_id=base.id,
                                  outcome="open_for")
        drafts.begin(case, CHANGE, to_stored(CHANGE, _kept(actor, case, values, given)), actor)
        return _send(actor, case, base, values, "submit_for", case.version, for_investor=True)


def _make_way(base_id: int) -> None:
    """What the base has not sent keeps no investor waiting: its draft ends where the county begins."""
    running = running_change(base_id)
    if running is not None and running.state == "draft":
        workflow.advance(running.id, "supersede", access.service("AMB-32"), seen_version=running.version)
    elif running is not None:
        raise Refused("18", f"这家基地已有一件变更在办，现在是“{running.station.label}”", "等那一件办结")


def _sent(uploads: dict) -> dict[str, list]:
    return {name: [u for u in sent if u and u.filename] for name, sent in uploads.items()}


def _signed(base: Base, raw: dict, given: dict[str, list], before: dict) -> dict:
    """The investor's request as typed, judged; a file of the version `before` stays where none is sent anew."""
    held = {f.name: [0] * len(given[f.name]) if given.get(f.name) else before.get(f.name) or [] for f in FILES}
    checked = clean(CHANGE, {**raw, "applicant": "investor", **held}, context=context_of(base))
    if not checked.ok:
        raise Invalid(checked.errors)
    return dict(checked.values)


def _kept(actor, case: Case, values: dict, given: dict[str, list]) -> dict:
    """The same with the files that were sent kept on the case."""
    for field in FILES:
        if given.get(field.name):
            values[field.name] = [files.accept(u, actor, case_id=case.id).id for u in given[field.name]]
        values[field.name] = values.get(field.name) or None
    return values


def correct_for_investor(actor, case_id: int, raw: dict, uploads: dict, *, seen_version: int, answers: dict[int, str] | None = None) -> Case:
    """The county corrects what it filed and what was returned, from the version that was returned (AMB-32, A7-11).

    `answers`: number of a remark → why nothing was changed for it.
    """
    access.require(actor, "change.open_for")
    with transaction():
        case = access.load(actor, Case, case_id, lock=True)
        workflow.expect_version(case, seen_version)
        if case.state not in CORRECTIONS or not is_for_investor(case):
            raise Refused("18(1)", "这件现在不由县工信局补正", "回到案卷，按现在的环节办理")
        base = access.load(actor, Base, case.base_id, lock=True)
        values = _signed(base, raw, given := _sent(uploads), asked(case))
        corrections.keep(actor, case, answers or {})
        return _send(actor, case, base, _kept(actor, case, values, given), "submit_for", seen_version, for_investor=True)


def withdraw_for_investor(actor, case_id: int, raw: dict, upload, *, seen_version: int) -> Case:
    """The investor wants it no more: the county withdraws what it filed, with the investor's signed word (AMB-32)."""
    access.require(actor, "change.open_for")
    typed = clean(CHANGE_WITHDRAW, {**raw, "file": [0] if upload and upload.filename else []})
    if not typed.ok:
        raise Invalid(typed.errors)
    with transaction():
        case = access.load(actor, Case, case_id, lock=True)
        workflow.expect_version(case, seen_version)
        scan = files.accept(upload, actor, case_id=case.id)
        return workflow.advance(case.id, "withdraw_for", actor, seen_version=seen_version,
                                given=Given(text=typed.values["reason"], file_id=scan.id))


def comment(actor, case_id: int, raw: dict) -> ChangeRequest:
    """The operator's word on what was filed over its head; until the province decides, once."""
    access.require(actor, "change.submit")
    typed = clean(CHANGE_WORD, raw)
    if not typed.ok:
        raise Invalid(typed.errors)
    with transaction():
        case = access.load(actor, Case, case_id, lock=True)
        row = request_of(case)
        if not may_comment(case, row, actor):
            raise Refused("18(1)", "现在不能写意见", "只有代为提交的变更在省厅决定以前可以写，写一次")
        row.comment, row.commented_at, row.commented_by = typed.values["comment"], clock.now(), actor.person_id
        db.session.flush()
        workflow.record(case, "operator_commented", actor, {"hash": security.digest(row.comment)})
        return row


def may_comment(case: Case, row: ChangeRequest | None, actor) -> bool:
    return (
        row is not None and row.for_investor and not row.comment and actor.can("change.submit")
        and actor.base_id == case.base_id and case.state in ("county_compliance", "city_compliance", "prov_review")
    )
