"""Cases brought to any state of any procedure by `advance`, for promises about the engine itself.

Evidence is left out (other tests ask for it), and so are the effects of what those kinds decide in later modules.
"""

from collections import deque
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from unittest import mock

from sqlalchemy import func, insert, select

from incubator.bases.models import Base
from incubator.cases import submissions
from incubator.filings import commands as filings
from incubator.kernel import access, registry, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.ledger import ChainHead, Event
from incubator.kernel.workflow import Case, Given
from incubator.policy.procedures import PROCEDURES, Step, procedure
from tests import walk
from tests.filings import steps

REGION = steps.CHAOYANG
FAR = 100_000
LATER = frozenset(PROCEDURES) - {"account_request", "filing"}


@contextmanager
def bare_engine():
    """No evidence asked for; effects only of the kinds that these modules own."""
    run = registry.run_effects

    def effects(step, case, actor, given):
        if case.kind not in LATER:
            run(step, case, actor, given)

    with mock.patch.object(registry, "lacks", return_value=[]), mock.patch.object(registry, "run_effects", effects):
        yield


def steps_of(kind: str) -> list[Step]:
    """Every way from a state to another, without the birth."""
    return [step for step in procedure(kind).steps if step.from_state]


@cache
def path(kind: str, start: str, goal: str) -> list[Step] | None:
    """The shortest lawful way between two states."""
    waiting, seen = deque([(start, [])]), {start}
    while waiting:
        state, way = waiting.popleft()
        if state == goal:
            return way
        for step in procedure(kind).steps_from(state):
            if step.to_state not in seen:
                seen.add(step.to_state)
                waiting.append((step.to_state, [*way, step]))
    return None


class People:
    """Two people for each tier; whoever has the permission acts."""

    def __init__(self):
        local, prov = walk.staff(REGION), walk.province()
        self.staff = {
            "county": [walk.actor(*local.county), walk.actor(*local.county_lead)],
            "city": [walk.actor(*local.city), walk.actor(*local.city_lead)],
            "province": [prov[key] for key in ("clerk", "clerk2", "lead", "lead2", "manager")],
            "time": [access.service("test")],
        }

    def for_step(self, step: Step, admin) -> list:
        tier = "applicant" if step.by == "public" else step.by
        able = [a for a in ([admin] if tier == "applicant" else self.staff[tier]) if a.can(step.permission)]
        # cases walk in circles here, and a third return is the leads'
        return [a for a in able if a.can("return.third")] if step.outcome == "return" else able


class Walker:
    """Hands out cases at a state, going on with one that can still get there."""

    def __init__(self, kind: str, people: People, first: int):
        self.kind, self.people, self.number = kind, people, first
        self.case_id = self.admin = self.base_id = None

    def at(self, state: str) -> Case:
        case = self._now()
        way = path(self.kind, case.state, state) if case else None
        if way is None:
            case = self._born(state)
            way = path(self.kind, case.state, state)
        for step in way:
            case = take(case, step, self._other(case, step))
        return case

    def _other(self, case: Case, step: Step):
        """Who takes the step: another person than at the stations beside (R-2.1)."""
        before = workflow.neighbours(case, case.state) if step.four_eyes else ()
        return next(a for a in self.people.for_step(step, self.admin) if a.person_id not in before)

    def _now(self) -> Case | None:
        if self.case_id is None:
            return None
        return db.session.scalar(
            select(Case).where(Case.id == self.case_id).execution_options(populate_existing=True)
        )

    def _born(self, goal: str) -> Case:
        """A new case, by the birth that leads to `goal`."""
        self.number += 1
        if self.kind == "account_request":
            case = walk.request_account(steps.unit(self.number))
        elif self.kind == "filing":
            _, self.admin = walk.open_account(steps.unit(self.number))
            case = filings.open_filing(self.admin)
            typed = walk.filing_values(self.admin, case, steps.unit(self.number))
            walk.fill(case, steps.FILING, typed, self.admin)
            with transaction():  # what an approval takes over into the register
                submissions.freeze(case, steps.FILING, filings.check_filing(case).values, self.admin)
        else:
            self._end()
            if self.base_id is None:
                base, self.admin = walk.open_account(steps.unit(self.number))
                self.base_id = base.id
            birth = next(s for s in procedure(self.kind).steps_from("") if path(self.kind, s.to_state, goal) is not None)
            with transaction():
                case = workflow.open_case(
                    self.kind, self.people.for_step(birth, self.admin)[0], outcome=birth.outcome, region_id=db.session.scalar(
                        select(access.Region.id).where(access.Region.code == REGION)),
                    subject=f"{self.number}", base_id=self.base_id,
                )
        self.case_id = case.id
        return case

    def _end(self) -> None:
        """A base has one running case of a kind: the one before is walked to its nearest end."""
        case = self._now()
        if case is None or case.ended_at is not None:
            return
        ends = [s.state for s in procedure(self.kind).stations if s.holder == "end"]
        ways = [way for end in ends if (way := path(self.kind, case.state, end))]
        for step in min(ways, key=len):
            case = take(case, step, self._other(case, step))


class Copies:
    """Cases that stand where one walked case stands, each of a base of its own: one to each race.

    Only of kinds whose effects are left out here: what an effect reads is not copied.
    """

    def __init__(self, case: Case, admin, number: int):
        self.admins, self.ids = [], []
        # above all ids that stand, and out of the way of those that PostgreSQL counts up to
        first = max(FAR, *(db.session.scalar(select(func.max(table.id))) for table in (Case, Base))) + 1
        model, base = _one(Case, case.id), _one(Base, case.base_id)
        events = [dict(r) for r in db.session.execute(select(Event.__table__).where(Event.case_id == case.id).order_by(Event.seq)).mappings()]
        head = dict(db.session.execute(select(ChainHead.__table__).where(ChainHead.chain_id == f"case:{case.id}")).mappings().one())
        for n in range(first, first + number):
            bases = {"id": n, "code": f"kopie{n}", "name": f"{n}", "name_key": f"{n}", "site_key": f"{n}", "filing_no": None}
            new = n
            db.session.execute(insert(Base), [base | bases])
            db.session.execute(insert(ChainHead), [head | {"chain_id": f"case:{new}"}])
            db.session.execute(insert(Case), [model | {"id": new, "base_id": bases["id"], "number": f"k{n}"}])
            db.session.execute(insert(Event), [{k: v for k, v in e.items() if k != "id"} | {"case_id": new, "chain_id": f"case:{new}"} for e in events])
            self.ids.append(new)
            self.admins.append(replace(admin, base_id=bases["id"]))
        db.session.commit()


def _one(model, row_id: int) -> dict:
    return dict(db.session.execute(select(model.__table__).where(model.id == row_id)).mappings().one())


def given() -> Given:
    return Given(text=steps.REASON, remarks=[dict(steps.REMARK)])


def take(case: Case, step: Step, actor) -> Case:
    return workflow.advance(case.id, step.outcome, actor, seen_version=case.version, given=given())
