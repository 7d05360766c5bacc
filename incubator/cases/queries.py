"""Reads of the worklist and of one case."""

import json
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import literal, or_, select, tuple_
from sqlalchemy.orm import contains_eager

from incubator.cases.models import TakenUp
from incubator.kernel import access, clock
from incubator.kernel.database import db
from incubator.kernel.ledger import Event
from incubator.kernel.workflow import Case, Opinion, Submission, opinions
from incubator.obligations.commands import due_of
from incubator.obligations.counts import counts_of
from incubator.obligations.models import Obligation
from incubator.offices.models import Person
from incubator.policy.permissions import ROLES
from incubator.policy.procedures import PROCEDURES, RECORDED, procedure

PAGE = 20
SOON_DAYS = 3
TIMELINE = 60


@dataclass
class Filters:
    """What the worklist's address asks for; every field comes from the URL."""

    q: str = ""
    kind: str = ""
    state: str = ""
    sort: str = "due"
    after: str = ""
    mine: bool = False  # only what I have in hand

    @classmethod
    def of(cls, args) -> "Filters":
        sort = args.get("sort", "due")
        return cls(
            q=args.get("q", "").strip()[:60], kind=args.get("kind", "") if args.get("kind") in PROCEDURES else "",
            state=args.get("state", "")[:32], sort=sort if sort in ("due", "arrived") else "due",
            after=args.get("after", "")[:60], mine=args.get("mine") == "1",
        )

    def params(self, **changes) -> dict:
        chosen = {"q": self.q, "kind": self.kind, "state": self.state, "mine": "1" if self.mine else "", "sort": self.sort,
                  "after": "", **changes}
        return {k: v for k, v in chosen.items() if v and (k, v) != ("sort", "due")}


@dataclass
class Worklist:
    """One page of rows, and the numbers of the whole list. ``matching`` is None where only a count could tell."""

    rows: list[Obligation]
    next_after: str
    total: int
    matching: int | None
    late: int
    soon: int
    done_today: int
    kinds: dict[str, int] = field(default_factory=dict)
    states: dict[tuple[str, str], int] = field(default_factory=dict)


def worklist(actor, filters: Filters, size: int = PAGE) -> Worklist:
    """What waits for this actor, in two queries that read a page of rows, however many cases wait.

    Rows are keyset-paged over the open obligations; the numbers come from `obligations.counts`.
    """
    today = clock.today()
    states, days, done = counts_of(actor, clock.start_of(today))
    states = {key: n for kind, p in PROCEDURES.items() for s in p.stations if (n := states.get(key := (kind, s.state)))}
    rows, next_after = rows_of(actor, filters, size)
    kinds: dict[str, int] = {}
    for (kind, _), number in states.items():
        kinds[kind] = kinds.get(kind, 0) + number
    return Worklist(
        rows, next_after, total=sum(kinds.values()), matching=how_many(filters, states),
        late=sum(n for day, n in days.items() if day < today),
        soon=sum(n for day, n in days.items() if today <= day <= today + timedelta(days=SOON_DAYS)),
        done_today=done, kinds=kinds, states=states,
    )


def how_many(filters: Filters, states: dict[tuple[str, str], int]) -> int | None:
    """How many rows the filters leave, told from the kept counts; None where only a count of rows could tell."""
    if filters.q or filters.mine:
        return None
    return sum(n for (kind, state), n in states.items() if filters.kind in ("", kind) and filters.state in ("", state))


def rows_of(actor, filters: Filters, size: int = PAGE) -> tuple[list[Obligation], str]:
    """One page of rows and the place behind it, empty at the end."""
    query = (
        access.visible(actor, Obligation)
        .join(Case, Case.id == Obligation.case_id)
        .options(contains_eager(Obligation.case))
        .where(Obligation.fulfilled_at.is_(None))
    )
    if filters.kind:
        query = query.where(Obligation.case_kind == filters.kind)
    if filters.state:
        query = query.where(Obligation.state == filters.state)
    if filters.q:
        query = query.where(_matches(filters.q))
    if filters.mine:
        query = query.where(Obligation.case_id.in_(select(TakenUp.case_id).where(
            access.sight(actor, TakenUp), TakenUp.person_id == actor.person_id)))
    first = Obligation.opened_at if filters.sort == "arrived" else Obligation.due_on
    query = query.order_by(first, Obligation.id)
    if (last := _place(filters, first.type)) is not None:
        # as a pair: the index then starts at the row, instead of reading up to it
        query = query.where(tuple_(first, Obligation.id) > last)
    found = list(db.session.scalars(query.limit(size + 1)))
    return found[:size], place_of(found[size - 1], filters) if len(found) > size else ""


def place_of(row: Obligation, filters: Filters) -> str:
    """Where a row stands in the order of the filters: what `after` of the next page says."""
    return f"{(row.opened_at if filters.sort == 'arrived' else row.due_on).isoformat()}_{row.id}"


def next_in_list(actor, case_id: int, filters: Filters) -> Obligation | None:
    """The item that follows a case in a worklist, also when the case has left it meanwhile; None at the end."""
    here = db.session.scalar(
        access.visible(actor, Obligation).where(Obligation.case_id == case_id).order_by(Obligation.id.desc()).limit(1)
    )
    if here is not None:
        filters = replace(filters, after=place_of(here, filters))
    rows, _ = rows_of(actor, filters, 2)
    return next((row for row in rows if row.case_id != case_id), None)


def _place(filters: Filters, type_):
    """The last row that was shown, as the pair that the order goes by; None at the beginning."""
    moment, _, last_id = filters.after.rpartition("_")
    try:
        value = (datetime if filters.sort == "arrived" else date).fromisoformat(moment)
    except ValueError:
        return None
    if not last_id.isdecimal() or not last_id.isascii() or len(last_id) > 18:
        return None
    if filters.sort == "arrived" and value.tzinfo is None:
        return None
    return tuple_(literal(value, type_), literal(int(last_id), Obligation.id.type))


def like(text: str) -> str:
    """`text` as a LIKE pattern anywhere, its own wildcards taken literally."""
    return "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def _matches(text: str):
    return or_(Case.subject.ilike(like(text), escape="\\"), Case.number == text)


def search(actor, text: str) -> list[Case]:
    """Cases in sight by base name or number, newest first."""
    if not text:
        return []
    return list(
        db.session.scalars(access.visible(actor, Case).where(_matches(text)).order_by(Case.id.desc()).limit(50))
    )


def grouped(rows: list[Obligation], today: date) -> list[tuple[str, list[Obligation]]]:
    """Rows of one page under 已逾期, 3 天内到期, 以后."""
    groups = {"已逾期": [], f"{SOON_DAYS} 天内到期": [], "以后": []}
    for row in rows:
        days = (row.due_on - today).days
        groups["已逾期" if days < 0 else f"{SOON_DAYS} 天内到期" if days <= SOON_DAYS else "以后"].append(row)
    return [(title, members) for title, members in groups.items() if members]


# one case ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Moment:
    """One entry of the timeline."""

    what: str
    who: str
    at: object
    article: str
    said: str
    remarks: tuple
    tone: str
    version_no: int | None
    behalf: str = ""  # why another office acted in its place (A3-5)
    seq: int = 0
    reached: str = ""


def timeline(case: Case, actor) -> list[Moment]:
    """What happened, newest first: events with the words said, in two queries whatever their number.

    Applicants see which office acted, not which of its people; offices see names too.
    """
    events = db.session.execute(
        select(Event, Person.name)
        .outerjoin(Person, Person.id == Event.person_id)
        .where(Event.case_id == case.id)
        .order_by(Event.seq.desc())
        .limit(TIMELINE)
    ).all()
    said = {o.seq: o for o in opinions(case.id)}
    return [_moment(case, event, said.get(event.seq), name or "", actor) for event, name in events]


def _moment(case, event, opinion, name, actor) -> Moment:
    table = procedure(case.kind)
    step = next((s for s in table.steps_from(event.from_state or "") if s.outcome == event.kind), None)
    facts = event.facts["facts"]
    who = event.facts["who"]
    place = who.get("office") or (case.subject if event.person_id else "")
    assigned = ROLES[who["role"]].tier == "assigned"  # whose names only the province knows (A8-2)
    before = actor.since is not None and actor.until is None and event.occurred_at < actor.since  # another operator's people
    hidden = (actor.tier == "base" and who.get("office")) or (assigned and actor.tier != "province") or before
    version = facts.get("version")
    what = step.said if step else RECORDED.get(event.kind, event.kind)
    if version and step and step.outcome == "submit":
        what = f"{what}，版本 {version}"
    return Moment(
        what=what, who=" · ".join(p for p in (place, "" if hidden else name) if p), at=event.occurred_at,
        article=step.article if step else "", said=opinion.text if opinion else "",
        remarks=tuple(json.loads(opinion.remarks)) if opinion else (),
        tone=step.tone if step else "", version_no=version, behalf=opinion.behalf_reason if opinion else facts.get("behalf_reason", ""),
        seq=event.seq, reached=event.to_state or "",
    )


def submissions(case_id: int) -> list[Submission]:
    """All versions, oldest first, without their content loaded twice."""
    return list(
        db.session.scalars(select(Submission).where(Submission.case_id == case_id).order_by(Submission.version_no))
    )


def latest_submission(case_id: int) -> Submission | None:
    return db.session.scalar(
        select(Submission).where(Submission.case_id == case_id).order_by(Submission.version_no.desc()).limit(1)
    )


def version(case_id: int, number: int) -> Submission | None:
    return db.session.scalar(
        select(Submission).where(Submission.case_id == case_id, Submission.version_no == number)
    )


def last_return(case_id: int) -> Opinion | None:
    """The remarks that the applicant has to answer now."""
    return db.session.scalar(
        select(Opinion)
        .where(Opinion.case_id == case_id, Opinion.outcome == "return")
        .order_by(Opinion.id.desc())
        .limit(1)
    )


def return_between(case_id: int, old: Submission, new: Submission) -> Opinion | None:
    """The return that the newer of two versions answers."""
    return db.session.scalar(
        select(Opinion)
        .where(
            Opinion.case_id == case_id, Opinion.outcome == "return", Opinion.at >= old.at, Opinion.at <= new.at,
        )
        .order_by(Opinion.id.desc())
        .limit(1)
    )


def answered(returned: Opinion | None, *, changed: set[str], said: list[dict] = ()) -> list[dict]:
    """The remarks of a return, each with whether its field changed and what the applicant said to it."""
    if returned is None:
        return []
    words = dict(enumerate(row.get("answer", "") for row in said))
    return [
        {**remark, "done": remark["field"] in changed, "answer": words.get(number, "")}
        for number, remark in enumerate(json.loads(returned.remarks))
    ]


def track(case: Case, moments: list[Moment] = ()) -> list[dict]:
    """The stations for the progress bar: done, here, todo.

    With the whole of its timeline, what the case never passed is left out: 直接撤销 has no 县审, what the county
    ended never was at the city.
    """
    here = next((i for i, (_, states) in enumerate(case.procedure.track) if case.state in states), 0)
    whole = bool(moments) and moments[-1].seq == 1
    reached = {m.reached for m in moments}
    ended = case.station.holder == "end"
    return [
        {"label": label, "state": "here" if i == here and not ended else "done" if i <= here and (i < here or ended)
         else "todo"}
        for i, (label, states) in enumerate(case.procedure.track) if i == 0 or i >= here or not whole or reached & set(states)
    ]


def after_words(case: Case) -> str:
    """What happened and what follows."""
    due = due_of(case.id)
    station = case.station
    if station.holder == "end":
        return f"已办：{station.label}。申报单位会在消息里看到。"
    who = case.office.short_name if case.office else "申报单位"
    until = f"，应在 {due.due_on.month}月{due.due_on.day}日前办完" if due else ""
    return f"已到{who}，现在是“{station.label}”{until}。"
