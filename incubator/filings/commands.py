"""Account request → confirmation → dispatch → filing (第七条（一））."""

from dataclasses import dataclass

from sqlalchemy import select

from incubator.bases import commands as bases
from incubator.bases.models import Base
from incubator.bases.queries import region_by_code, region_labels
from incubator.cases import submissions
from incubator.cases.queries import latest_submission
from incubator.filings.models import AccountRequest
from incubator.kernel import access, clock, drafts, files, ledger, registry, security, workflow
from incubator.kernel.database import again_if_taken, db, transaction
from incubator.kernel.errors import Invalid, NotVisible, Refused
from incubator.kernel.parameters import whole
from incubator.kernel.registry import Lack
from incubator.kernel.workflow import Case, Given
from incubator.obligations.commands import fulfil
from incubator.obligations.models import Obligation
from incubator.offices import commands as offices
from incubator.offices.models import Membership
from incubator.policy.fields import clean, from_stored, to_stored
from incubator.policy.fields.account_request import ACCOUNT_REQUEST
from incubator.policy.fields.filing import FILING
from incubator.policy.identifiers import site_key


def submit_account_request(actor, raw: dict, upload=None) -> tuple[Case, str]:
    """The public asks for an account; returns the case and the receipt code, shown once (A7-1).

    One open request and one open account per operator and site (A7-1a).
    """
    cleaned = clean(ACCOUNT_REQUEST, {**raw, "licence": [0] if upload else []},
                    context={"today": clock.today(), "regions": region_labels()})
    if not cleaned.ok:
        raise Invalid(cleaned.errors)
    values = cleaned.values
    with transaction():
        bases.refuse_double_account(values["operator_uscc"], values["address"])
        bases.refuse_taken_name(values["base_name"])
        _refuse_double_request(values["operator_uscc"], values["address"])
        region = region_by_code(values["division_code"])
        case = workflow.open_case(
            "account_request", actor, region_id=region.id, subject=values["base_name"], outcome="submit",
            facts={"operator": values["operator_uscc"]},
        )
        licence = files.accept(upload, actor, case_id=case.id) if upload else None
        code = security.receipt_code()
        db.session.add(
            AccountRequest(
                case_id=case.id, receipt_hash=security.digest(code), operator_name=values["operator_name"],
                operator_uscc=values["operator_uscc"], base_name=values["base_name"], address=values["address"],
                site_key=site_key(values["address"]), contact_name=values["contact_name"],
                contact_phone=values["contact_phone"], licence_file_id=licence.id if licence else None,
            )
        )
        db.session.flush()
        return case, code


def submit_once(actor, idem: str, raw: dict, upload=None) -> str:
    """Like `submit_account_request`, at most once per form: a repeated POST gets the same receipt code (P24).

    The code is kept sealed with the form's key.
    """
    def act() -> str:
        if upload:
            upload.stream.seek(0)
        return security.vault().seal(submit_account_request(actor, raw, upload)[1])

    return security.vault().open(again_if_taken(lambda: registry.once("public", idem, act)))


def _refuse_double_request(operator_uscc: str, address: str) -> None:
    """P7: the partial unique index says the same."""
    twin = select(AccountRequest.case_id).where(
        AccountRequest.operator_uscc == operator_uscc, AccountRequest.site_key == site_key(address),
        AccountRequest.running.is_(True),
    )
    if db.session.scalar(twin) is not None:
        raise Refused("7(1)", "这家运营机构在这个地址已有一份账号申请正在办", "凭原来的回执编号查询进度")


def follow(code: str) -> AccountRequest | None:
    """The request that a receipt code belongs to."""
    return db.session.scalar(
        select(AccountRequest).where(AccountRequest.receipt_hash == security.digest(code.strip().upper()))
    )


@dataclass
class Slip:
    """What the printable slip shows, once."""

    login: str
    password: str
    name: str
    base_name: str
    valid_until: object


@registry.effect("open_base_account")
def _open_base_account(case: Case, step, actor, given: Given) -> None:
    """Dispatch: the base row and its first base_admin (A7-1b, A7-1c)."""
    row = db.session.get(AccountRequest, case.id)
    base = bases.open_base(
        actor, region=case.region, name=row.base_name, address=row.address, operator_name=row.operator_name,
        operator_uscc=row.operator_uscc, contact_name=row.contact_name, contact_phone=row.contact_phone, case=case,
    )
    person = offices.add_person(actor, login=base.code, name=row.contact_name, phone=row.contact_phone)
    offices.add_membership(actor, person.id, "base_admin", base_id=base.id)
    row.base_id, row.person_id, row.dispatched_at, row.running = base.id, person.id, clock.now(), False
    row.slip_until = clock.day_of(person.must_change_by)
    case.base_id = base.id  # from now on the request goes where its base goes
    given.facts["slip"] = Slip(person.login, person.slip, person.name, base.name, row.slip_until)
    db.session.flush()


@registry.effect("end_account_request")
def _end_account_request(case: Case, step, actor, given: Given) -> None:
    """A rejected request no longer stands in the way of another one."""
    db.session.get(AccountRequest, case.id).running = False
    db.session.flush()


def dispatch(actor, case_id: int, *, seen_version: int) -> Slip:
    """Dispatch one account; the slip is shown once and never again."""
    given = Given()
    workflow.advance(case_id, "dispatch", actor, seen_version=seen_version, given=given)
    return given.facts["slip"]


def reissue_slip(actor, case_id: int) -> Slip:
    """A new one-time password for an account that was not taken up or was lost (A7-1c)."""
    access.require(actor, "account.dispatch")
    with transaction():
        row = _request(actor, case_id)
        if row.person_id is None:
            raise Refused("7(1)", "这个账号还没有派发", "先派发账号")
        person, password = offices.reissue_password(actor, row.person_id)
        row.slip_until = clock.day_of(person.must_change_by)
        workflow.record(row.case, "slip_reissued", actor, {"person": person.id})
        return Slip(person.login, password, person.name, row.base_name, row.slip_until)


def login_once(actor, idem: str, act) -> list[str]:
    """Login and one-time password that `act` makes, at most once per form (P24).

    A double click shows the same slip, not a refusal in its place. The password is kept sealed with the form's key.
    """
    return security.vault().open(
        registry.once(actor.key, idem, lambda: security.vault().seal(" ".join(act())))
    ).split(" ")


def slip_once(actor, idem: str, case_id: int, act) -> Slip:
    """The slip that `act` makes for an account request, at most once per form."""
    def pair() -> tuple[str, str]:
        slip = act()
        return slip.login, slip.password

    login, password = login_once(actor, idem, pair)
    row = _request(actor, case_id)
    return Slip(login, password, row.contact_name, row.base_name, row.slip_until)


def _request(actor, case_id: int) -> AccountRequest:
    return request_of(access.load(actor, Case, case_id, fresh=True))


def request_of(case: Case) -> AccountRequest:
    """The account request of a case that is in sight."""
    row = db.session.get(AccountRequest, case.id)
    if row is None:
        raise Refused("7(1)", "这不是账号申请", "回到案卷")
    return row


# the filing -------------------------------------------------------------------------------


def open_filing(actor) -> Case:
    """The base's own filing form, prefilled from the account request; an open one is taken up again."""
    return again_if_taken(lambda: _open_filing(actor))


def _open_filing(actor) -> Case:
    with transaction():
        base = access.load(actor, Base, actor.base_id)
        running = db.session.scalar(
            select(Case).where(Case.base_id == base.id, Case.kind == "filing").order_by(Case.id.desc()).limit(1)
        )
        if running is not None and running.state not in ("refused", "cancelled"):
            return running
        if base.closed_at is not None:
            raise Refused("7(1)", "这个基地已经关闭", "重新申请账号")
        case = workflow.open_case("filing", actor, region_id=base.region_id, subject=base.name, base_id=base.id)
        drafts.begin(
            case, FILING,
            {
                "base_name": base.name, "division_code": base.region.code, "address": base.address,
                "operator_name": base.operator_name, "operator_uscc": base.operator_uscc,
                "contact_name": base.contact_name, "contact_phone": base.contact_phone,
            },
            actor,
        )
        return case


def context() -> dict:
    return {"today": clock.today(), "regions": region_labels()}


def check_filing(case: Case):
    """The draft of a filing, read as a submission would be."""
    stored, _ = drafts.read(case.id, FILING)
    return clean(FILING, from_stored(FILING, stored), context=context())


@registry.evidence("filing_complete")
def _filing_complete(case: Case):
    for problem in check_filing(case).errors:
        yield Lack.of(problem, "7(1)")


def submit_filing(actor, case_id: int, *, seen_version: int) -> Case:
    """Submit the filing: freeze version n and send it to the county (A7-2)."""
    with transaction():
        case = access.load(actor, Case, case_id, lock=True)
        access.require(actor, "filing.submit")
        workflow.expect_version(case, seen_version)
        checked = check_filing(case)
        if not checked.ok:
            raise Invalid(checked.errors)
        base = db.session.get(Base, case.base_id)
        _refuse_other_unit(base, checked.values)
        bases.refuse_taken_name(checked.values["base_name"], except_base=base.id)
        submissions.check_files(actor, case, FILING, to_stored(FILING, checked.values))
        row = submissions.freeze(case, FILING, checked.values, actor)
        return workflow.advance(
            case.id, "submit", actor, seen_version=seen_version,
            given=Given(facts={"version": row.version_no, "hash": row.hash}),
        )


def _refuse_other_unit(base: Base, values: dict) -> None:
    """The account belongs to one operator in one division: another one asks for its own (A7-1)."""
    if values["operator_uscc"] != base.operator_uscc:
        raise Refused("7(1)", "运营机构的统一社会信用代码和账号申请时不一样", "由新的运营机构另行申请账号", "operator_uscc")
    if values["division_code"] != base.region.code:
        raise Refused("7(1)", "所在县（市、区）和账号申请时不一样", "按基地现在所在地另行申请账号", "division_code")


@registry.effect("assign_filing_no")
def _assign_filing_no(case: Case, step, actor, given: Given) -> None:
    """A7-2: number, standing 备案（培育中）, register taken over from the version approved."""
    base = db.session.get(Base, case.base_id)
    stored = submissions.content(latest_submission(case.id), FILING)["form"]
    year = clock.today().year
    code = case.region.code.replace("-", "")
    number = base.filing_no or f"BA-{code}-{year}-{registry.next_number(f'filing:{code}:{year}'):03d}"
    bases.record_filing(base, from_stored(FILING, stored), actor, filing_no=number, case=case)
    case_subject(case, base.name)


def case_subject(case: Case, name: str) -> None:
    case.subject = name
    db.session.flush()


@registry.effect("close_base")
def _close_base(case: Case, step, actor, given: Given) -> None:
    base = db.session.get(Base, case.base_id)
    bases.close_base(base, actor, reason=step.outcome, case=case)
    fulfil(Obligation.base_id == base.id, actor, workflow.last_event(case.id).id)  # nobody can do it any more


@registry.evidence("filing_approved")
def _filing_approved(case: Case):
    """A7-3, T40: an application needs an approved filing."""
    approved = select(Case.id).where(Case.base_id == case.base_id, Case.kind == "filing", Case.state == "approved")
    if db.session.scalar(approved.limit(1)) is None:
        yield Lack("7(2)", "还没有审核通过的备案", "去备案")


@registry.evidence("no_application_yet")
def _no_application_yet(case: Case):
    """A7-2: a filing may be sent back or cancelled until an application is submitted."""
    submitted = select(Case.id).where(
        Case.base_id == case.base_id, Case.kind == "recognition", Case.submitted_at.is_not(None)
    )
    if db.session.scalar(submitted.limit(1)) is not None:
        yield Lack("7(1)", "已经提交认定申请，备案不能再退回或注销", "要更正的，在认定申请里补正")


def add_base_clerk(actor, *, name: str, phone: str = ""):
    """The base's admin adds people who fill, at most five (A7-1)."""
    access.require(actor, "base.people")
    with transaction():
        base = access.load(actor, Base, actor.base_id)
        number = registry.next_number(f"clerk:{base.id}")  # first: whoever comes second waits here and counts anew
        held = select(Membership.id).where(
            Membership.base_id == base.id, Membership.role == "base_clerk", Membership.to_on.is_(None)
        )
        most = whole("base_clerks_max", clock.today())
        if len(list(db.session.scalars(held))) >= most:
            raise Refused("7(1)", f"填报人已有 {most} 人，到了上限", "先停用一位不再填报的")
        person = offices.add_person(actor, login=f"{base.code}-{number}", name=name, phone=phone)
        offices.add_membership(actor, person.id, "base_clerk", base_id=base.id)
        ledger.append(f"base:{base.id}", "clerk_added", actor, {"person": person.id})
        return person


def add_base_clerk_once(actor, idem: str, *, name: str) -> dict[str, str]:
    """Like `add_base_clerk`, at most once per form; login and one-time password for the page."""
    def pair() -> tuple[str, str]:
        person = add_base_clerk(actor, name=name)
        return person.login, person.slip

    login, password = login_once(actor, idem, pair)
    return {"login": login, "password": password}


def stop_base_clerk(actor, membership_id: int) -> None:
    access.require(actor, "base.people")
    with transaction():
        membership = db.session.scalar(
            select(Membership).where(
                Membership.id == membership_id, Membership.base_id == actor.base_id, Membership.role == "base_clerk",
                Membership.to_on.is_(None),
            )
        )
        if membership is None:
            raise NotVisible("membership")
        offices.end_membership(actor, membership)
        ledger.append(f"base:{actor.base_id}", "clerk_stopped", actor, {"person": membership.person_id})
