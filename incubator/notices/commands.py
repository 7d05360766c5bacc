"""Publishing, what time does to a notice, and what stands in the way of the document (第八条)."""

from sqlalchemy import select, update

from incubator.bases.models import Base
from incubator.kernel import access, clock, ledger, registry, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Conflict, Invalid, Refused
from incubator.kernel.parameters import whole, workday
from incubator.kernel.registry import Lack
from incubator.kernel.workflow import Case, Given
from incubator.notices import queries
from incubator.notices.models import Notice, NoticeItem
from incubator.notices.objections import (
    answer_objection,
    send_back,
    start_checking,
    submit_objection,
    submit_once,
)
from incubator.policy.calendar import chinese_date
from incubator.policy.fields import Problem, clean
from incubator.policy.fields.notice import NOTICE

LEVELS = queries.LEVELS
IN_NOTICE = ("on_notice", "to_decide")
__all__ = [
    "answer_objection", "end_notice", "end_notices", "publish_notice", "send_back", "start_checking", "submit_objection",
    "submit_once",
]


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
    cleaned = clean(NOTICE, {**raw, "items": rows}, context={
        "today": clock.today(), "workday": workday, "notice_days": whole("notice_days", clock.today()),
    })
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


@registry.evidence("published_as_is")
def _published_as_is(case):
    yield from queries.changed_lacks(case, queries.on_notice([case.id]).get(case.id))


@registry.evidence("published_facts_changed")
def _published_facts_changed(case):
    found = queries.on_notice([case.id]).get(case.id)
    if found is not None and not queries.changed_lacks(case, found):
        yield Lack("8", "公示的内容没有变化", "期满后直接发文")
