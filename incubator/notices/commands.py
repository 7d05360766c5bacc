"""Publishing, what time does to a notice, and the objections (第八条)."""

from sqlalchemy import select, update

from incubator.bases.models import Base
from incubator.kernel import access, clock, files, ledger, registry, security, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Conflict, Invalid, Refused
from incubator.kernel.parameters import whole, workday
from incubator.kernel.registry import Lack
from incubator.kernel.workflow import Case, Given
from incubator.notices import queries
from incubator.notices.models import Notice, NoticeItem, Objection
from incubator.obligations.commands import fulfil, open_obligation
from incubator.obligations.models import Obligation
from incubator.policy.calendar import chinese_date, station_due
from incubator.policy.fields import Problem, clean
from incubator.policy.fields.notice import NOTICE
from incubator.policy.fields.objection import OBJECTION, OBJECTION_ANSWER, objection_kind

LEVELS = {"recognition": "base"}  # what a case of a kind is published for
IN_NOTICE = ("on_notice", "to_decide")


def publish_notice(actor, cases: dict[int, int], raw: dict) -> Notice:
    """Publish one notice for cases that passed (`cases`: id → version seen), all or none of them (A8-4)."""
    access.require(actor, "notice.publish")
    if not cases:
        raise Refused("8", "还没有选公示哪几家", "在名单里至少勾选一家", field="cases")
    with transaction():
        chosen = _chosen(actor, cases)
        values = _judge(raw, chosen)
        year = clock.today().year
        notice = Notice(
            number=f"{year}-{registry.next_number(f'notice:{year}'):02d}", published_at=clock.now(),
            published_by=actor.person_id,
            **{key: values[key] for key in ("title", "body", "starts_on", "ends_on", "contact_unit", "contact_phone",
                                            "contact_address")},
        )
        db.session.add(notice)
        db.session.flush()
        for case, base in chosen:
            db.session.add(
                NoticeItem(
                    notice_id=notice.id, case_id=case.id, base_id=base.id, base_name=base.name,
                    operator_name=base.operator_name, investor_name=queries.investor_as_published(base),
                    region_name=case.region.full_name, level=LEVELS[case.kind],
                )
            )
            workflow.advance(
                case.id, "publish", actor, seen_version=cases[case.id],
                given=Given(facts={"notice": notice.id, "ends_on": notice.ends_on}),
            )
        ledger.append("system", "notice_published", actor, {"notice": notice.id, "cases": [c.id for c, _ in chosen]})
        return notice


def _chosen(actor, cases: dict[int, int]) -> list[tuple[Case, Base]]:
    """The cases in sight with their bases; whoever moved meanwhile refuses the whole notice."""
    found = []
    for case_id in sorted(cases):
        case = access.load(actor, Case, case_id, fresh=True)
        if case.version != cases[case_id]:
            raise Conflict(workflow.who_acted(case))
        if case.procedure.step(case.state, "publish") is None:
            raise Refused("8", f"“{case.subject}”现在是“{case.station.label}”，不能公示", "去掉这一家再发布", "cases")
        found.append((case, db.session.get(Base, case.base_id)))
    return found


def _judge(raw: dict, chosen) -> dict:
    """The notice as typed, with its list taken from the cases."""
    rows = [
        {"case_id": case.id, "base_name": base.name, "operator_name": base.operator_name, "level": LEVELS[case.kind]}
        for case, base in chosen
    ]
    cleaned = clean(NOTICE, {**raw, "items": rows}, context={"today": clock.today(), "workday": workday})
    problems = cleaned.errors
    start = cleaned.values.get("starts_on")
    if start is not None and start < clock.today():
        problems = [
            *problems,
            Problem("starts_on", f"起始日不能早于今天，现在填的是{chinese_date(start)}", "8", "从今天或以后起公示"),
        ]
    if problems:
        raise Invalid(problems)
    return cleaned.values


# what time does -----------------------------------------------------------------------------


@registry.daily(10, "notices")
def end_notices(day) -> int:
    """From the day after the last one, cases that still stand on notice wait for their document (AMB-20)."""
    due = list(
        db.session.scalars(
            select(NoticeItem.case_id)
            .join(Notice, Notice.id == NoticeItem.notice_id)
            .join(Case, Case.id == NoticeItem.case_id)
            .where(NoticeItem.closed_at.is_(None), Notice.ends_on < day, Case.state == "on_notice")
            .order_by(NoticeItem.case_id)
        )
    )
    return sum(end_notice(case_id, day) for case_id in due)


def end_notice(case_id: int, day) -> bool:
    """End the notice of one case if it has run out by `day`; False when there is nothing to end."""
    rule = access.service("AMB-20")
    with transaction():
        case = access.load(rule, Case, case_id, fresh=True)
        found = queries.on_notice([case_id]).get(case_id)
        if case.state != "on_notice" or found is None or not found.item.notice.over(day):
            return False
        workflow.advance(
            case_id, "notice_ended", rule, seen_version=case.version,
            given=Given(facts={"notice": found.item.notice_id}),
        )
        return True


@registry.on_moved
def _close_item(case, step, event, actor) -> None:
    """A case that leaves notice and decision has no present notice any more; back again, it needs a new one."""
    if step.from_state in IN_NOTICE and case.state not in IN_NOTICE:
        db.session.execute(
            update(NoticeItem)
            .where(NoticeItem.case_id == case.id, NoticeItem.closed_at.is_(None))
            .values(closed_at=clock.now())
        )


@registry.evidence("notice_over")
def _notice_over(case):
    yield from queries.notice_lacks(queries.on_notice([case.id]).get(case.id), clock.today())


@registry.evidence("no_open_objection")
def _no_open_objection(case):
    yield from queries.objection_lacks(queries.on_notice([case.id]).get(case.id))


@registry.evidence("objection_upheld")
def _objection_upheld(case):
    found = queries.on_notice([case.id]).get(case.id)
    if found is None or not found.upheld_any:
        yield Lack("8", "没有成立的异议", "先在公示页答复异议")


# what the public says -----------------------------------------------------------------------


def submit_objection(notice_id: int, raw: dict, upload=None) -> str:
    """Keep what somebody says to a notice; returns the receipt code, shown once (AMB-21, T58–T60).

    Named and in time it is an objection, anonymous a tip, after the end a complaint; it is never refused unread.
    The sender acts as the public, whoever may be signed in: nothing leads from the record to a person.
    """
    sender = access.PUBLIC
    with transaction():
        notice = access.load(sender, Notice, notice_id)
        cleaned = clean(OBJECTION, {**raw, "proof": [0] if upload else []}, context={"today": clock.today()})
        if not cleaned.ok:
            raise Invalid(cleaned.errors)
        values = cleaned.values
        item = db.session.scalar(
            select(NoticeItem).where(NoticeItem.notice_id == notice.id, NoticeItem.case_id == values["case_id"])
        )
        if item is None:
            raise Refused("8", "这一家不在这次公示的名单里", "从名单里选一家", field="case_id")
        case = _locked(item.case_id)
        received = clock.now()
        named = values["objector"] != "anonymous"
        proof = files.accept(upload, sender, office_id=access.province_office().id) if upload else None
        code = security.receipt_code()
        row = Objection(
            kind=objection_kind(named=named, in_time=received <= notice.deadline), notice_id=notice.id,
            case_id=case.id, notice_deadline=notice.deadline, received_at=received, objector=values["objector"],
            name=values.get("name") if named else None, phone=values.get("phone") if named else None,
            facts=values["facts"], file_id=proof.id if proof else None, receipt_hash=security.digest(code),
            status="received",
        )
        db.session.add(row)
        db.session.flush()
        _note(case, row, "objection_received", sender)
        _owe_answer(case, row)
        return code


def submit_once(idem: str, notice_id: int, raw: dict, upload=None) -> str:
    """Like `submit_objection`, at most once per form: a repeated POST gets the same code, kept sealed (P24)."""
    def act() -> str:
        return security.vault().seal(submit_objection(notice_id, raw, upload))

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


def answer_objection(actor, objection_id: int, raw: dict) -> Objection:
    """The province's answer: 成立 or 不成立, with words that the sender reads by the receipt code."""
    access.require(actor, "notice.publish")
    cleaned = clean(OBJECTION_ANSWER, raw)
    if not cleaned.ok:
        raise Invalid(cleaned.errors)
    with transaction():
        row = access.load(actor, Objection, objection_id, fresh=True)
        case = _locked(row.case_id)
        changed = db.session.execute(
            update(Objection)
            .where(Objection.id == row.id, Objection.status == "received")
            .values(status=cleaned.values["result"], reply=cleaned.values["reply"], handled_by=actor.person_id,
                    handled_at=clock.now())
        )
        if changed.rowcount != 1:
            raise Conflict("这一件刚刚由另一个人答复了，刚才写的没有写入")
        db.session.refresh(row)
        _note(case, row, "objection_answered", actor)
        fulfil((Obligation.kind == "objection") & (Obligation.key == str(row.id)), actor)
        return row
