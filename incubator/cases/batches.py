"""One act for many cases: offered where it is lawful, held five minutes, then done case by case (A8-3b).

Each case goes by `workflow.advance`, as the person who ordered, on the version that was seen: four eyes, evidence
and everything else hold as on the case page. What moved meanwhile or is refused is left out and listed with the reason.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from incubator.cases.models import WorkBatch, WorkBatchItem
from incubator.kernel import access, clock, ledger, once, outbox, registry, security, workflow
from incubator.kernel.access import Office
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Conflict, Denied, NotVisible, Refused
from incubator.kernel.workflow import Case, Given
from incubator.obligations import counts
from incubator.obligations.commands import due_if_it_came
from incubator.offices import sessions
from incubator.offices.models import Person
from incubator.policy.procedures import PROCEDURES, Step

HOLD = timedelta(minutes=5)  # A8-3b
MOST = 50
TRIES = 3  # an item that fails by a fault of the machine is tried so often, then left to a person

_pages: dict[tuple[str, str], str | None] = {}


def page_of_many(kind: str, outcome: str, endpoint: str | None) -> None:
    """Steps with a page of their own are no plain batch; `endpoint` does many at once, if there is such a page."""
    _pages[kind, outcome] = endpoint


_alone: list = []


def alone(fn):
    """Register ``fn(case, step) -> str``: why this case is not done together with others; empty where it may be."""
    _alone.append(fn)
    return fn


def _by_itself(case: Case, step: Step) -> str:
    return next((why for fn in _alone if (why := fn(case, step))), "")


@dataclass(frozen=True)
class Choice:
    """An act that some of the ticked cases allow."""

    kind: str
    state: str
    step: Step
    able: int
    endpoint: str | None

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.state}:{self.step.outcome}"


@dataclass
class Planned:
    """What would happen to one ticked case: where to and until when, or why not."""

    case: Case
    why: str = ""
    station: str = ""
    office: str = ""
    until: date | None = None


@dataclass
class Plan:
    choice: Choice
    able: list[Planned] = field(default_factory=list)
    left_out: list[Planned] = field(default_factory=list)


def ticked(actor, ids: list[int]) -> list[Case]:
    """The ticked cases that are in sight, in the order of the ticks."""
    ids = list(dict.fromkeys(ids))[:MOST]
    found = {c.id: c for c in db.session.scalars(access.visible(actor, Case).where(Case.id.in_(ids)))} if ids else {}
    return [found[i] for i in ids if i in found]


def takes_many(kind: str, step: Step) -> bool:
    """Whether one order may do this step for many: no paper, no remarks, nothing to say of each case alone."""
    return step.on_page and not (step.document or step.paper or step.remarks) and _pages.get((kind, step.outcome), "") is not None


def offered(actor, cases: list[Case]) -> list[Choice]:
    """The acts that at least one of the cases allows now, the usual ones first."""
    found: dict[tuple, list] = {}
    with once.page():
        for case in cases:
            for action in workflow.actions(case, actor):
                if action.enabled and takes_many(case.kind, action.step) and not _by_itself(case, action.step):
                    found.setdefault((case.kind, case.state, action.step), []).append(case)
    choices = [Choice(kind, state, step, len(able), _pages.get((kind, step.outcome))) for (kind, state, step), able in found.items()]
    return sorted(choices, key=lambda c: (c.step.harm, not c.step.main))


def choice_of(key: str) -> Choice | None:
    """The act that a key names, if it is one that may be ordered for many."""
    kind, _, rest = key.partition(":")
    state, _, outcome = rest.partition(":")
    step = PROCEDURES[kind].step(state, outcome) if kind in PROCEDURES else None
    if step is None or not takes_many(kind, step) or (kind, outcome) in _pages:
        return None
    return Choice(kind, state, step, 0, None)


def plan(actor, cases: list[Case], choice: Choice) -> Plan:
    """What would happen to each case if the act were done now."""
    made = Plan(choice)
    with once.page():
        for case in cases:
            why = _stands_against(actor, case, choice)
            if why:
                made.left_out.append(Planned(case, why))
                continue
            station = case.procedure.station(choice.step.to_state)
            office = db.session.get(Office, access.office_at(case.region_id, station.holder) or 0)
            made.able.append(Planned(
                case, "", station.label, office.short_name if office else "" if station.holder == "end" else "申报单位",
                due_if_it_came(case, station),
            ))
    return made


def _stands_against(actor, case: Case, choice: Choice) -> str:
    if (case.kind, case.state) != (choice.kind, choice.state):
        return f"{case.procedure.label}，现在是“{case.station.label}”，没有这一步"
    action = next((a for a in workflow.actions(case, actor) if a.step is choice.step), None)
    if action is None:
        return "这一步由别的机构或别的角色办理"
    lacks = "；".join(f"{lack.text}，{workflow.label_of(lack.article)}" if lack.article else lack.text for lack in action.lacks)
    return lacks or _by_itself(case, action.step)


def order(actor, key: str, items: list[tuple[int, int]], text: str = "") -> WorkBatch:
    """Order an act for many cases, each with the version that was seen; nothing happens to them before `release_at`.

    Refused without a case, over fifty, or without the reason that the step needs; a case out of sight is `NotVisible`.
    """
    access.require(actor, "desk.use")
    with transaction():
        choice, text = choice_of(key), text.strip()
        if choice is None:
            raise Refused("3", "这一步不能批量办理", "逐件打开案卷办理")
        access.require(actor, choice.step.permission)
        items = list(dict(items).items())
        if not items or len(items) > MOST:
            raise Refused(choice.step.article, "没有可以办的件" if not items else f"一批最多 {MOST} 件", "回到待办重新勾选")
        workflow.judge_text(choice.step, text)
        now = clock.now()
        batch = WorkBatch(
            office_id=actor.office_id, tier=actor.tier, person_id=actor.person_id, membership_id=actor.membership_id,
            person_name=actor.name, case_kind=choice.kind, from_state=choice.state, outcome=choice.step.outcome, text=text,
            ordered_at=now, release_at=now + HOLD,
        )
        db.session.add(batch)
        db.session.flush()
        if len(ticked(actor, [case_id for case_id, _ in items])) != len(items):
            raise NotVisible("case")
        for case_id, version in items:
            db.session.add(WorkBatchItem(batch_id=batch.id, case_id=case_id, seen_version=version))
            outbox.put("batch_item", f"batch:{batch.id}:{case_id}", {"batch": batch.id, "case": case_id},
                       not_before=batch.release_at)
        db.session.flush()
        ledger.append("system", "batch_ordered", actor, {
            "batch": batch.id, "act": choice.key, "items": dict(items), "text_hash": security.digest(text), "release_at": batch.release_at,
        })
        return batch


def may_cancel(actor, batch: WorkBatch) -> bool:
    return batch.cancelled_at is None and clock.now() < batch.release_at and (
        actor.person_id == batch.person_id or actor.can("desk.lead")
    )


def cancel(actor, batch_id: int) -> WorkBatch:
    """Take back a batch that is still held: by who ordered it, or by a lead of the office."""
    access.require(actor, "desk.use")
    with transaction():
        batch = access.load(actor, WorkBatch, batch_id, lock=True)
        if actor.person_id != batch.person_id:
            access.require(actor, "desk.lead")
        if batch.cancelled_at is not None:
            return batch
        if not may_cancel(actor, batch):
            raise Refused("3", "五分钟已过，这一批已经放行", "逐件看办理结果；办错的按各自的环节处理")
        batch.cancelled_at, batch.cancelled_by = clock.now(), actor.person_id
        db.session.flush()
        ledger.append("system", "batch_cancelled", actor, {"batch": batch.id})
        return batch


# the release ----------------------------------------------------------------------------------


@registry.topic("batch_item")
def release(row) -> None:
    """One item, in a transaction of its own. An item with a result is done with: a second delivery changes nothing."""
    facts = row.facts
    batch = db.session.scalar(
        select(WorkBatch).where(WorkBatch.id == facts["batch"]).with_for_update().execution_options(populate_existing=True)
    )
    item = db.session.get(WorkBatchItem, (batch.id, facts["case"]), populate_existing=True)
    if batch.cancelled_at is not None or item.result:
        return
    item.reason = "系统没有办成，请打开案卷单独办理" if row.attempts > TRIES else _carry_out(batch, item)
    item.result, item.settled_at = "skipped" if item.reason else "done", clock.now()
    db.session.flush()
    _finish(batch)


def _carry_out(batch: WorkBatch, item: WorkBatchItem) -> str:
    """Do the act; answers why it was not done, or nothing."""
    actor = _who_ordered(batch)
    if actor is None:
        return "下这一批的人已经停用，或不再担任这个角色"
    try:
        with counts.part():
            workflow.advance(
                item.case_id, batch.outcome, actor, seen_version=item.seen_version,
                given=Given(text=batch.text, facts={"batch": batch.id}),
            )
    except Refused as refused:
        return refused.reason
    except Conflict as conflict:
        return conflict.message.partition("。")[0]
    except NotVisible:
        return "已经转到别的机构"
    except Denied:
        return "这一步由别的机构或别的角色办理"
    except IntegrityError:
        return "另一处刚刚办过同一件事"
    return ""


def _who_ordered(batch: WorkBatch) -> access.Actor | None:
    """The person under the membership of the order, while both hold."""
    person = db.session.get(Person, batch.person_id, populate_existing=True)
    held = sessions.memberships_of(batch.person_id) if person.disabled_at is None else []
    membership = next((m for m in held if m.id == batch.membership_id), None)
    return sessions.actor_of(person, membership, held) if membership else None


def _finish(batch: WorkBatch) -> None:
    results = dict(db.session.execute(
        select(WorkBatchItem.result, func.count()).where(WorkBatchItem.batch_id == batch.id).group_by(WorkBatchItem.result)
    ).all())
    if results.get(""):
        return
    batch.finished_at = clock.now()
    db.session.flush()
    ledger.append("system", "batch_finished", access.service("A8-3b"), {"batch": batch.id, "results": results})
    outbox.put("batch_told", f"batch_told:{batch.id}", {"batch": batch.id})


def items(batch: WorkBatch) -> list[WorkBatchItem]:
    """The items of a batch, those with a reason first."""
    return list(db.session.scalars(
        select(WorkBatchItem).where(WorkBatchItem.batch_id == batch.id).order_by(WorkBatchItem.result.desc(), WorkBatchItem.case_id)
    ))


def results(batch_ids: list[int]) -> dict[int, dict[str, int]]:
    """Batch → how many items stand at which result."""
    found: dict[int, dict[str, int]] = {number: {} for number in batch_ids}
    rows = db.session.execute(
        select(WorkBatchItem.batch_id, WorkBatchItem.result, func.count())
        .where(WorkBatchItem.batch_id.in_(batch_ids)).group_by(WorkBatchItem.batch_id, WorkBatchItem.result)
    ).all() if batch_ids else []
    for batch_id, result, number in rows:
        found[batch_id][result] = number
    return found
