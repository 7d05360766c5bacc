"""The province's decision, carrying it out, annulling what was not carried out (A18-2, A18-3, A18-6, A18-7, A8-7)."""

from sqlalchemy import select

from incubator.bases import commands as bases
from incubator.bases.facts import facts_of_base, standing_of
from incubator.bases.models import Base, ValidityPeriod
from incubator.changes.models import ChangeRequest
from incubator.changes.requests import approvals, asked, raise_if, rename_counts, request_of
from incubator.decisions.commands import owe_plaque
from incubator.filings.commands import Slip, login_once
from incubator.kernel import access, clock, files, registry, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Invalid, Refused
from incubator.kernel.parameters import whole, workday
from incubator.kernel.registry import Lack
from incubator.kernel.workflow import Case, Given
from incubator.obligations.commands import fulfil, open_obligation
from incubator.obligations.models import Obligation
from incubator.offices import commands as offices
from incubator.offices.models import Person
from incubator.policy import changes
from incubator.policy.calendar import station_due
from incubator.policy.counting import by_natural_days
from incubator.policy.fields import clean
from incubator.policy.fields.change import CHANGE_DONE, CHANGE_NOTICE
from incubator.rosters.commands import end_team


@registry.effect("change_examined")
def _examined(case: Case, step, actor, given: Given) -> None:
    request_of(case).examined_by = actor.person_id
    db.session.flush()


@registry.evidence("change_was_examined")
def _was_examined(case: Case):
    row = db.session.get(ChangeRequest, case.id)
    if row is None or row.examined_by is None:
        yield Lack("18", "省厅还没有写审核意见", "先由一人写审核意见，再由负责人决定")


def approve(actor, case_id: int, raw: dict, upload, *, seen_version: int, text: str = "") -> Case:
    """The notice to both parties: its date decides the period, and the day until which it is carried out (A18-7)."""
    access.require(actor, "change.decide")
    with transaction():
        case = access.load(actor, Case, case_id, lock=True)
        workflow.expect_version(case, seen_version)
        base = access.load(actor, Base, case.base_id, lock=True)
        typed = clean(CHANGE_NOTICE, {**raw, "file": [0] if upload and upload.filename else []},
                      context={"today": clock.today(), "submitted_on": clock.day_of(case.submitted_at)})
        if not typed.ok:
            raise Invalid(typed.errors)
        row, values = request_of(case), typed.values
        if row.examined_by == actor.person_id:
            raise Refused("18", "审核意见是本人写的，要由另一个人决定", "请另一位负责人办理")
        on, facts = values["notice_on"], facts_of_base(base)
        raise_if(changes.standing_refusal(standing_of(base, on)), "notice_on")
        counted = changes.counts(row.main_type, rename_counts(on))
        if counted:
            raise_if(changes.second_refusal(facts, approvals(base.id), on), "notice_on")
        period = changes.period_of(facts, on)
        period_id = db.session.scalar(
            select(ValidityPeriod.id).where(ValidityPeriod.base_id == base.id, ValidityPeriod.from_on == period.from_on)
        )
        due = changes.implement_due(on, whole("implement_days", on), workday)
        scan = files.accept(upload, actor, case_id=case.id, office_id=actor.office_id)
        row.approved_on, row.approved_by, row.counted, row.validity_period_id = on, actor.person_id, counted, period_id
        row.notice_no, row.notice_file_id, row.implement_due = values["notice_no"], scan.id, due
        row.investor_told = values["investor_told"]
        db.session.flush()
        return workflow.advance(
            case.id, "approve", actor, seen_version=seen_version,
            given=Given(text=text.strip(), doc_no=row.notice_no, file_id=scan.id,
                        facts={"on": on, "counted": counted, "implement_due": row.implement_due}),
        )


@registry.effect("notify_change")
def _notify(case: Case, step, actor, given: Given) -> None:
    """No approval without its notice: the obligation to carry it out begins with it."""
    row = request_of(case)
    if row.approved_on is None:
        raise Refused("18", "还没有登记通知", "在“同意变更”的页面上填通知的文号、日期并上传扫描件")
    open_obligation(kind="implement", key=str(case.id), due_on=row.implement_due, article="18", region_id=case.region_id,
                    case=case, base_id=case.base_id,
                    basis=by_natural_days(row.approved_on, whole("implement_days", row.approved_on), workday))


def implement(actor, case_id: int, raw: dict, *, seen_version: int) -> Case:
    """已实施, with its day: only now does the register change (A18-2). The county may say it for an operator who won't."""
    with transaction():
        case = access.load(actor, Case, case_id, lock=True)
        workflow.expect_version(case, seen_version)
        row = request_of(case)
        typed = clean(CHANGE_DONE, raw, context={"today": clock.today()})
        if not typed.ok:
            raise Invalid(typed.errors)
        on = typed.values["implemented_on"]
        if row.approved_on is not None:
            raise_if(changes.implement_refusal(on, row.approved_on, clock.today()), "implemented_on")
        outcome = "implement_for" if actor.tier == "county" else "implement"
        return workflow.advance(case.id, outcome, actor, seen_version=seen_version, given=Given(facts={"on": on}))


@registry.effect("carry_out_change")
def _carry_out(case: Case, step, actor, given: Given) -> None:
    """Spans at that date; a plaque for a new name; other people for another operator."""
    on = given.facts.get("on")
    if on is None:
        raise Refused("18", "还没有写实施日期", "写上实施的日期", field="implemented_on")
    row, wants = request_of(case), asked(case)
    base = db.session.get(Base, case.base_id, populate_existing=True)
    named = changes.BASE_NAME in wants["types"]
    operator = investor = None
    if row.main_type == changes.OPERATOR:
        operator = (wants["new_operator_name"], wants["new_operator_uscc"])
    elif row.main_type == changes.INVESTOR:
        investor = (wants["new_investor_name"], wants["new_investor_idno"])
    elif row.main_type == changes.ENTITY_RENAME and wants["rename_party"] == "operator":
        operator = (wants["new_entity_name"], base.operator_uscc)
    elif row.main_type == changes.ENTITY_RENAME:
        investor = (wants["new_entity_name"], base.investor_idno)
    replaced = row.main_type == changes.OPERATOR
    bases.change_identity(base, actor, case=case, on=on, base_name=wants["new_base_name"] if named else "", operator=operator,
                          investor=investor, new_people=replaced)
    if named:
        owe_plaque(case, base)
        case.subject = base.name
    if replaced:
        base.contact_name, base.contact_phone = wants["new_contact_name"], wants["new_contact_phone"]
        end_team(base.id, actor, on)
        offices.to_former(actor, base.id, on)
        _owe_account(case)
    row.implemented_on = on
    db.session.flush()
    fulfil((Obligation.kind == "implement") & (Obligation.case_id == case.id), actor)


def _owe_account(case: Case) -> None:
    """The new operator waits for its account (A18-6)."""
    today = clock.today()
    open_obligation(
        kind="account", key=f"change:{case.id}", article="18(1)", region_id=case.region_id, case=case, tier="province",
        due_on=station_due(today, whole("station_days_province", today), workday), office_id=access.province_office().id,
    )


@registry.evidence("implement_overdue")
def _overdue(case: Case):
    row = db.session.get(ChangeRequest, case.id)
    found = changes.annul_refusal(row.implement_due, clock.today())
    if found:
        yield Lack(found.article, found.reason, found.way_out)


@registry.effect("annul_change")
def _annul(case: Case, step, actor, given: Given) -> None:
    """A18-7: what was not carried out in time counts no more."""
    request_of(case).annulled_on = clock.today()
    db.session.flush()
    fulfil((Obligation.kind == "implement") & (Obligation.case_id == case.id), actor)


@registry.effect("end_change")
def _end(case: Case, step, actor, given: Given) -> None:
    """A revocation closed it: nothing is owed any more."""
    fulfil((Obligation.kind == "implement") & (Obligation.case_id == case.id), actor, workflow.last_event(case.id).id)


# the new operator's account -----------------------------------------------------------------------


def awaits_account(case: Case, row: ChangeRequest | None) -> bool:
    return (row is not None and case.state == "implemented" and row.main_type == changes.OPERATOR
            and row.account_person_id is None)


def dispatch_once(actor, idem: str, case_id: int) -> Slip:
    """The first account of the new operator, its slip once for the form sent (A18-6, P24)."""
    login, password = login_once(actor, idem, lambda: _dispatch(actor, case_id))
    case = access.load(actor, Case, case_id)
    person = db.session.get(Person, request_of(case).account_person_id)
    until = clock.day_of(person.must_change_by) if person.must_change_by else None
    return Slip(login, password, person.name, case.subject, until)


def _dispatch(actor, case_id: int) -> tuple[str, str]:
    access.require(actor, "account.dispatch")
    with transaction():
        case = access.load(actor, Case, case_id, lock=True)
        row = request_of(case)
        if not awaits_account(case, row):
            raise Refused("18(1)", "这件变更不用派发账号，或已经派发", "回到案卷核对")
        base, wants = db.session.get(Base, case.base_id), asked(case)
        number = registry.next_number(f"operator:{base.id}")
        person = offices.add_person(actor, login=f"{base.code}b{number}", name=wants["new_contact_name"],
                                    phone=wants["new_contact_phone"])
        offices.add_membership(actor, person.id, "base_admin", base_id=base.id)
        row.account_person_id = person.id
        db.session.flush()
        workflow.record(case, "account_redispatched", actor, {"person": person.id})
        fulfil((Obligation.kind == "account") & (Obligation.case_id == case.id), actor)
        return person.login, person.slip
