"""Cases and the one function that moves them.

`advance` is the only code that writes `case_.state`. The database repeats it: a case can only stand where one
of its events led, each event starts where the one before ended, and only listed steps exist (reliability §3.2).
"""

import json
from dataclasses import dataclass, field

from sqlalchemy import func, select, update

from incubator.kernel import access, clock, ledger, once, registry, security
from incubator.kernel.case import Case, Draft, Opinion, Submission
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Conflict, Denied, Refused
from incubator.policy.articles import article
from incubator.policy.fields.opinion import OPINION_LENGTH, REASON_AT_LEAST
from incubator.policy.procedures import Step, procedure

_OFFICES = ("county", "city", "province")


@dataclass
class Given:
    """What the person gave with an act: reason or opinion, remarks on fields, formal document."""

    text: str = ""
    remarks: list[dict] = field(default_factory=list)
    doc_no: str = ""
    file_id: int | None = None
    lead_name: str = ""
    facts: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Action:
    """A step that the table offers here, for this actor: enabled, or grey with its reasons."""

    step: Step
    lacks: tuple[registry.Lack, ...]

    @property
    def enabled(self) -> bool:
        return not self.lacks


def open_case(kind, actor, *, region_id, subject, base_id=None, campaign_id=None, outcome="open", facts=None,
              edition_on=None) -> Case:
    """Create a case by the first step of its procedure, inside the caller's transaction.

    `edition_on`: the day whose edition governs it, for what an office opens; it is seen by all from the start.
    """
    step = procedure(kind).step("", outcome)
    access.require(actor, step.permission)
    at = clock.now()
    number = f"{clock.today().year}-{registry.next_number(f'case:{kind}:{clock.today().year}'):04d}"
    station = procedure(kind).station(step.to_state)
    case = Case(
        kind=kind, number=number, region_id=region_id, base_id=base_id, subject=subject, state=step.to_state,
        seq=1, version=1, campaign_id=campaign_id, opened_at=at, arrived_at=at,
        office_id=access.office_at(region_id, station.holder),
        submitted_at=None if station.holder == "applicant" and edition_on is None else at, edition_on=edition_on,
    )
    db.session.add(case)
    db.session.flush()
    _refuse_lacks(registry.lacks(step.needs, case))
    event = ledger.append(
        f"case:{case.id}", step.outcome, actor, {"number": number, **(facts or {})},
        case=case, from_state="", to_state=step.to_state,
    )
    registry.run_effects(step, case, actor, Given())
    registry.moved(case, step, event, actor)
    return case


def advance(case_id: int, outcome: str, actor, *, seen_version: int, given: Given | None = None) -> Case:
    """Move a case by `outcome` in one transaction, or raise and write nothing.

    Raises `Refused` where the table offers no such step or something is missing, `Denied` where the actor may
    not, `Conflict` where somebody else acted since `seen_version`.
    """
    given = given or Given()
    with transaction():
        case = access.load(actor, Case, case_id, fresh=True)
        expect_version(case, seen_version)
        step = case.procedure.step(case.state, outcome)
        if step is None:
            raise _no_such_step(case, outcome)
        _refuse_lacks(_obstacles(case, step, actor))
        _judge_words(case, step, actor, given)
        return _move(case, step, actor, given)


def _no_such_step(case: Case, outcome: str) -> Refused:
    """The table has no such step here: whose it is now, where the table says so."""
    for told in case.procedure.elsewhere_from(case.state):
        if told.outcome == outcome:
            return Refused(told.article, told.reason, told.way_out)
    return Refused(case.procedure.article, f"{case.station.label}这一环节没有这一步", "回到案卷，按现在的环节办理")


def _move(case: Case, step: Step, actor, given: Given) -> Case:
    at = clock.now()
    arrives = step.from_state != step.to_state
    station = case.procedure.station(step.to_state)
    office_id = access.office_at(case.region_id, station.holder)
    values = {"state": step.to_state, "seq": case.seq + 1, "version": case.version + 1, "office_id": office_id}
    if arrives:
        values["arrived_at"] = at
        values["ended_at"] = at if station.holder == "end" else None
    if case.submitted_at is None and station.holder != "applicant":
        values |= {"submitted_at": at, "edition_on": clock.today()}
    moved = db.session.execute(
        update(Case)
        .where(Case.id == case.id, Case.version == case.version, Case.state == step.from_state)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:
        db.session.refresh(case)
        raise Conflict(who_acted(case))
    db.session.refresh(case)
    facts = dict(given.facts)
    if given.text or given.remarks or given.doc_no or actor.tier in _OFFICES:
        opinion = _keep_opinion(case, step, actor, given)
        facts["opinion"] = opinion.id
        facts["opinion_hash"] = security.digest(opinion.text + opinion.remarks)
    event = ledger.append(
        f"case:{case.id}", step.outcome, actor, facts, case=case, from_state=step.from_state, to_state=step.to_state
    )
    registry.run_effects(step, case, actor, given)
    registry.moved(case, step, event, actor)
    return case


def _keep_opinion(case, step, actor, given) -> Opinion:
    before = db.session.scalar(
        select(func.count()).select_from(Opinion).where(Opinion.case_id == case.id, Opinion.station == step.from_state)
    )
    beside = neighbours(case, step.from_state) if step.four_eyes else ()
    # whoever is one of them is the one the database compares with
    previous = actor.person_id if actor.person_id in beside else next(iter(beside), None)
    opinion = Opinion(
        case_id=case.id, station=step.from_state, round=before + 1, outcome=step.outcome, seq=case.seq,
        person_id=actor.person_id, prev_person_id=previous, person_name=actor.name, office_name=actor.office_name,
        by_office=actor.tier in _OFFICES, behalf_reason=actor.behalf_reason,
        lead_name=given.lead_name, text=given.text, remarks=json.dumps(given.remarks, ensure_ascii=False),
        doc_no=given.doc_no, file_id=given.file_id, at=clock.now(),
    )
    db.session.add(opinion)
    db.session.flush()
    return opinion


@once.per_page
def opinions(case_id: int) -> list[Opinion]:
    """All words said on a case, the oldest first."""
    return list(db.session.scalars(select(Opinion).where(Opinion.case_id == case_id).order_by(Opinion.id)))


def neighbours(case: Case, station: str) -> tuple[int, ...]:
    """Who may not take a step under four eyes at `station` (R-2.1): the person who last sent the case on to it, and,
    where it has come back to it since, the person who sent it back. Whoever opened it there counts as having sent it.
    """
    table = case.procedure
    here, sent, back = table.place(station), (), ()
    for said in reversed(opinions(case.id)):
        step = table.step(said.station, said.outcome)
        if step is None or said.person_id is None or not said.by_office or said.station == station:
            continue
        if table.place(said.station) > here:
            back = back or (said.person_id,)
        elif table.place(step.to_state) > table.place(said.station):
            sent = (*sent, said.person_id)
            if table.station(said.station).holder != "applicant":  # a correction of the county's own hides nobody behind it
                return (*sent, *back)
    return (*sent, *_opener(case, station), *back)


def _opener(case: Case, station: str) -> tuple[int, ...]:
    """The person of an office who opened the case at this very station: a proposal of the county lies at the city's."""
    if not any(s.to_state == station and s.by in _OFFICES for s in case.procedure.steps_from("")):
        return ()
    first = db.session.execute(
        select(ledger.Event.person_id, ledger.Event.to_state).where(ledger.Event.case_id == case.id, ledger.Event.seq == 1)
    ).one()
    return (first.person_id,) if first.to_state == station and first.person_id is not None else ()


def expect_version(case: Case, seen_version: int) -> None:
    """`Conflict` where somebody acted since: asked before anything else is said about what was sent."""
    if case.version != seen_version:
        raise Conflict(who_acted(case))


def who_acted(case: Case) -> str:
    """The sentence for the one who came second (T49)."""
    last = last_event(case.id)
    opinion = db.session.scalar(
        select(Opinion).where(Opinion.case_id == case.id).order_by(Opinion.id.desc()).limit(1)
    )
    when = clock.local(last.occurred_at)
    who = f"{opinion.office_name} {opinion.person_name}" if opinion and opinion.seq == last.seq else "另一个人"
    return f"该事项已由{who} 于 {when:%H:%M} 处理，现在是“{case.station.label}”。刚才写的内容还在，没有写入案卷。"


def _holder_lack(case: Case, step: Step, actor) -> registry.Lack | None:
    """The tier's office must be the actor's; the applicant must be the case's own base."""
    if step.by == "applicant":
        ok = actor.tier == "base" and actor.base_id == case.base_id
    elif step.by in ("county", "city"):
        ok = actor.tier == step.by and actor.office_id == access.office_at(case.region_id, step.by)
    elif step.by == "province":
        ok = actor.tier == "province"
    else:
        ok = actor.tier == "service"
    return None if ok else registry.Lack(step.article, "这一步由别的机构办理", "等在办的机构办理")


def _obstacles(case: Case, step: Step, actor) -> list[registry.Lack]:
    """All that stands between the actor and the step: the button's reasons and the refusal are this list."""
    if not actor.can(step.permission) or _holder_lack(case, step, actor):
        raise Denied(step.permission)
    found = []
    if step.four_eyes and actor.person_id is not None and actor.person_id in neighbours(case, case.state):
        found.append(registry.Lack(step.article, "相邻环节也是本人办的，这一环节须由另一个人办理", "请本单位另一个人办理"))
    if step.outcome == "return" and returns(case.id) >= 2 and not actor.can("return.third"):
        found.append(registry.Lack(step.article, "同一事项已退回两次，第三次退回须由负责人办理", "请本单位负责人办理"))
    return found + registry.lacks(step.needs, case)


def returns(case_id: int) -> int:
    """How often the case was returned for correction so far (A7-11)."""
    return sum(o.outcome == "return" for o in opinions(case_id))


def _refuse_lacks(found: list[registry.Lack]) -> None:
    if found:
        rest = "；".join(lack.text for lack in found)
        raise Refused(found[0].article, rest, next((lack.cure_label for lack in found if lack.cure_label), ""))


def judge_behalf(actor) -> None:
    """Whoever acts on behalf of another office says why (A3-5)."""
    if actor.own_role and len(actor.behalf_reason) < 10:
        raise Refused("3", "代办的理由至少写 10 个字", "写明这个机构为什么办不了", field="behalf_reason")


def judge_text(step: Step, text: str) -> None:
    """The reason or the opinion that a step demands (§8.2); pages of their own judge their words themselves."""
    if step.reason and len(text) < REASON_AT_LEAST:
        raise Refused(step.article, f"理由至少写 {REASON_AT_LEAST} 个字", "说清事实和依据", field="text")
    if step.opinion and not text:
        raise Refused(step.article, f"还没有写{step.opinion}", f"写明{step.opinion}，最多 {OPINION_LENGTH} 字", field="text")
    if step.on_page and len(text) > OPINION_LENGTH:
        raise Refused(step.article, f"写了 {len(text)} 字，最多 {OPINION_LENGTH} 字", "写得短一些，细节放进附件", field="text")


def _judge_words(case, step, actor, given: Given) -> None:
    judge_behalf(actor)
    judge_text(step, given.text.strip())
    if step.remarks and not given.remarks:
        raise Refused(step.article, "退回补正要在具体项目上写出问题，至少一处", "在要改的项目旁写明怎么改", field="remarks")
    for number, remark in enumerate(given.remarks, 1):
        if not remark["field"]:
            raise Refused(step.article, f"第 {number} 行还没有选项目", "选这处问题所在的项目，或者清空这一行", field="remarks")
        if not remark["text"]:
            raise Refused(step.article, f"第 {number} 行还没有写问题", "写明怎么改，或者清空这一行", field="remarks")


def actions(case: Case, actor) -> list[Action]:
    """What the table offers here to this actor; steps that need words are judged without them."""
    offered = []
    for step in case.procedure.steps_from(case.state):
        if not step.on_page or not actor.can(step.permission) or _holder_lack(case, step, actor):
            continue
        offered.append(Action(step, tuple(_obstacles(case, step, actor))))
    return offered


def last_event(case_id: int) -> ledger.Event:
    """What happened last on a case: for what is closed with it by the program, which is no person (§3.5)."""
    return db.session.scalar(select(ledger.Event).where(ledger.Event.case_id == case_id).order_by(ledger.Event.seq.desc()).limit(1))


def record(case: Case, kind: str, actor, facts: dict) -> ledger.Event:
    """An event on a case that moves nothing (a visit registered, a sheet given); bumps the version."""
    moved = db.session.execute(
        update(Case)
        .where(Case.id == case.id, Case.version == case.version)
        .values(seq=case.seq + 1, version=case.version + 1)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:
        db.session.refresh(case)
        raise Conflict(who_acted(case))
    db.session.refresh(case)
    told = {**facts, "behalf_reason": actor.behalf_reason} if actor.own_role else facts
    return ledger.append(
        f"case:{case.id}", kind, actor, told, case=case, from_state=case.state, to_state=case.state
    )


def relocate(case: Case, region_id: int, actor, facts: dict) -> None:
    """Put a case into another region, with the office that holds it there (R-2.10); one event if it is still open.

    Only the transfer of a base and the change of a route call this.
    """
    open_ = case.ended_at is None
    moved = db.session.execute(
        update(Case)
        .where(Case.id == case.id, Case.version == case.version)
        .values(
            region_id=region_id, version=case.version + (0 if open_ else 1),
            office_id=access.office_at(region_id, case.station.holder),
        )
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:
        raise Conflict(who_acted(case))
    db.session.refresh(case)
    if open_:
        record(case, "relocated", actor, facts)


def label_of(code: str) -> str:
    return article(code).label


__all__ = [
    "Action", "Case", "Draft", "Given", "Opinion", "Submission", "actions", "advance", "expect_version", "judge_behalf",
    "judge_text", "label_of", "last_event", "neighbours", "open_case", "opinions", "record", "returns", "who_acted",
]
