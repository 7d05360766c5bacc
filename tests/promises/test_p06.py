"""P6: no sequence of acts by anybody, on any day, reaches a state that the Measures do not know.

A machine plays a small province: people of every role do what they may and what they may not, days pass, the worker
works, a commit fails. A model written from the Measures (tests/promises/p06/measures.py) says each time what must
happen. After each step the register, the record, what is owed and what is seen are compared with it.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from incubator.bases.facts import facts_of_bases
from incubator.bases.models import Base, LevelSpan, ValidityPeriod
from incubator.changes.models import ChangeRequest
from incubator.kernel import access, clock, outbox, workflow
from incubator.kernel.database import db
from incubator.kernel.errors import PortalError
from incubator.kernel.ledger import Event, verify
from incubator.kernel.workflow import Case, Given
from incubator.obligations import counts
from incubator.obligations.commands import tick
from incubator.obligations.models import Obligation
from incubator.policy.standing import status
from tests import walk
from tests.conftest import Clock
from tests.inspections import stand as inspecting
from tests.promises.p06 import hands, measures
from tests.promises.p06.measures import Dossier, Firm, Someone, World
from tests.stage import reached

FIRST = date(2026, 9, 10)
LAST = FIRST + timedelta(days=600)
PLACES = ("220104", "220102", "220581")
JUMPS = (1, 1, 2, 3, 7, 12, 25, 45, 100, 370)
TURNS_BACK = {"withdraw", "withdraw_for", "return", "return_county", "return_city", "refuse", "reject", "not_recommend", "not_forward", "not_accept", "not_pass",
              "disagree", "cancel", "reopen", "hold", "not_done", "order_visit", "back", "back_to_city", "annul", "unlock",
              "forward_against", "check_short", "object"}
NO_ONE = (Someone("xtgl", "sys_admin"), Someone("sjy", "auditor"), Someone("zj1", "expert"), Someone("shengg", "prov_manager"))
PROVINCE = (Someone("sheng1", "prov_clerk"), Someone("sheng2", "prov_clerk"), Someone("shengf", "prov_lead"), Someone("shengf2", "prov_lead"))


def _worth(way: measures.Way, d: Dossier) -> float:
    """How likely it is done: what turns back or changes nothing seldom, so that a sequence gets on."""
    if way.state == way.to and set(way.gives) <= d.marks and not set(way.takes) & d.marks:
        return 0.05
    return 0.12 if way.act in TURNS_BACK else 1


@reached
def founded() -> None:
    """Five bases: promotable, near its end, demonstration, filed in 梅河口, and one that asks for its account."""
    walk.province()
    walk.experts()
    walk.person("xtgl", "系统管理员", ("sys_admin", None))
    walk.person("sjy", "审计员", ("auditor", None))
    for place in PLACES:
        walk.staff(place)
    today, units = clock.today(), hands.UNITS
    walk.open_round(2026, today, measures.ROUND_ENDS)
    walk.open_promotion_round(today, measures.ROUND_ENDS)
    walk.open_renewal_round(today)
    _, admin = inspecting.recognised(units["star"], date(2024, 11, 20), tenants=42, team=6)
    walk.graduate(units["star"], admin, 5)
    inspecting.recognised(units["old"], date(2021, 11, 19), tenants=17, team=6)
    show, admin = inspecting.recognised(units["show"], date(2023, 11, 20), tenants=42, team=6)
    walk.graduate(units["show"], admin, 5)
    hands.promote_at_once(show, date(2024, 6, 3))
    _, admin = walk.filed_base(units["seed"])
    walk.fill_rosters(units["seed"], admin)
    walk.request_account(units["new"])
    inspecting.confirmed(2026, share="50")
    Clock().set(f"{FIRST} 09:30")
    tick(FIRST)
    while outbox.drain():
        pass


def people() -> list[Someone]:
    found = [*PROVINCE, *NO_ONE, Someone("", "public")]
    for place in PLACES:
        local = walk.staff(place)
        for login, role in dict.fromkeys((local.county, local.county_lead, local.city, local.city_lead)):
            found.append(Someone(login, role, place if role.startswith("county") else measures.SAME_CITY[place]))
    return list(dict.fromkeys(found))


class Province(RuleBasedStateMachine):
    """One sequence; `portal` is set by the test."""

    portal = None
    tried: dict[str, int] = {}

    @initialize()
    def begin(self):
        app = self.portal.fresh()
        self.context = app.app_context()
        self.context.push()
        Clock().set("2026-09-01 09:30")  # walked once, copied from then on
        founded()
        self.world = World(clock.today())
        self.people = people()
        self.obligations: set[int] = set()
        self.last = self.turn = 0
        self._know_bases()
        star, show = (self.world.firms[hands.UNITS[key].name] for key in ("star", "show"))
        star.strong, show.strong, show.level = True, True, measures.DEMONSTRATION
        self._adopt(by_time=True)

    def teardown(self):
        if hasattr(self, "context"):
            assert verify().faults == []
            assert counts.differences() == {}
            db.session.remove()
            self.context.pop()

    # what is there ------------------------------------------------------------------------------

    def _know_bases(self):
        for row in db.session.scalars(select(Base).order_by(Base.id)):
            if row.name in self.world.firms:
                continue
            facts = facts_of_bases([row])[row.id]
            firm = Firm(row.name, row.region.code, filed=row.filed_on is not None,
                        periods=[(p.from_on, p.to_on, p.decided_on) for p in facts.validity], level=measures.BASE if facts.validity else "")
            self.world.firms[row.name] = firm
            self.people.append(Someone(row.code, "base_admin", base=row.name))

    def _adopt(self, by_time: bool = False) -> list[int]:
        """Dossiers that came by themselves or with an act."""
        known = select(Case).where(Case.id.not_in(list(self.world.dossiers))).order_by(Case.id).execution_options(populate_existing=True)
        new = []
        for case in db.session.scalars(known):
            d = Dossier(case.kind, db.session.get(Base, case.base_id).name if case.base_id else "", case.state, place=case.region.code)
            if hands.drawn(case):
                d.marks.add("drawn")
            if case.kind == "revocation" and case.state != "draft":
                d.marks.add("sent")
            self.world.dossiers[case.id] = d
            new.append(case.id)
            if by_time and case.kind == "inspection":
                assert self.world.firms[d.base].in_force(self.world.today), "only a base in force is inspected (A14-1)"
        return new

    def _lawful(self) -> list[tuple]:
        """Every act that the model allows now, with one who may do it."""
        found = []
        for number, d in self.world.dossiers.items():
            for way in measures.WAYS[d.kind]:
                if way.state == d.state:
                    found += [(number, way, who) for who in self.people if measures.judge(self.world, who, way, d)]
        return found

    def _openings(self, lawful: bool) -> list[tuple]:
        return [
            (what, name, who) for name in self.world.firms for what in measures.OPENINGS for who in self.people
            if measures.may_open(self.world, who, what, name) is lawful
        ]

    # acts ------------------------------------------------------------------------------------------

    @rule(luck=st.integers(0, 2**48))
    def something_happens(self, luck):
        """Drawn here and not as rules of their own: most of it is lawful, else no sequence gets anywhere."""
        self.turn += 1
        chance = Random(f"{luck} {self.turn}")  # small numbers are drawn again and again
        happenings = {
            self.somebody_does_what_may_be_done: 60, self.somebody_begins: 9, self.days_pass: 8, self.somebody_does_what_may_not_be_done: 12,
            self.somebody_begins_what_may_not_be_begun: 4, self.an_old_page_is_sent: 3, self.the_machine_fails_before_the_commit: 3,
            self.the_worker_works: 1,
        }
        chance.choices(list(happenings), list(happenings.values()))[0](chance)

    def somebody_does_what_may_be_done(self, chance: Random):
        """Mostly on the dossier that moved last, and mostly on: so that one gets far within a sequence."""
        acts = sorted({(number, way) for number, way, _ in self._lawful()}, key=lambda pair: (pair[0], pair[1].act))
        if not acts:
            return
        open_ones = sorted({number for number, _ in acts})
        number = self.last if self.last in open_ones and chance.random() < 0.75 else chance.choice(open_ones)
        ways = [way for n, way in acts if n == number]
        d = self.world.dossiers[number]
        way = chance.choices(ways, [_worth(way, d) for way in ways])[0]
        able = [who for who in self.people if measures.judge(self.world, who, way, d)]
        self._do(number, way, chance.choice(able))
        self.last = number

    def _do(self, number: int, way, who: Someone):
        d = self.world.dossiers[number]
        note(f"{self.world.today} {who.login or who.role} · {d.base or number} #{number} · {way!r}")
        if way.act == "visit" and who.role.startswith("prov") and d.kind in ("recognition", "promotion"):
            hands.named(number, hands.actor(who))
        clock.set_fixed(clock.now() + timedelta(minutes=1))
        hands.do(d.kind, way.act, hands.actor(who), number)
        measures.record(self.world, who, way, d)
        self._count(f"{d.kind}:{way.state}:{way.act}")
        new = self._adopt()
        self._expect(new, d, way, who)
        if way.act == "dispatch":
            self._know_bases()

    def _expect(self, new: list[int], d: Dossier, way, who: Someone):
        """What an act begins: a rectification by its document, a direct revocation by a refusal or a conclusion."""
        kinds = [self.world.dossiers[number].kind for number in new]
        revokes = (d.kind, way.act) == ("renewal", "refuse") or way.act == "conclude_revoke"
        if way.act == "issue_rectification":
            assert kinds == ["rectification"]
        elif revokes and not any(not r.over and not measures.unsent(r) for r in self.world.of(d.base, "revocation")
                                 if r not in [self.world.dossiers[n] for n in new]):
            assert kinds == ["revocation"]
            measures.make_way(self.world, d.base)
            self.world.dossiers[new[0]].prepared_by = who.login
        else:
            assert kinds == [], f"{way.act} began {kinds}"

    def somebody_begins(self, chance: Random):
        openings = sorted({(what, name) for what, name, _ in self._openings(True)})
        if not openings:
            return
        what, name = chance.choice(openings)
        able = [who for who in self.people if measures.may_open(self.world, who, what, name)]
        who = chance.choice(able)
        note(f"{self.world.today} {who.login} begins {what} on {name}")
        clock.set_fixed(clock.now() + timedelta(minutes=1))
        code, _ = measures.quarter_before(self.world.today)
        case = hands.begin(what, hands.actor(who), self._id(name), code)
        if what in measures.BY_AN_OFFICE:
            measures.make_way(self.world, name, measures.CASE_OF[what])
        self._adopt()
        d = self.world.dossiers[case.id]
        assert d.state == measures.OPENINGS[what][1]
        if what == "voluntary":
            d.marks.add("voluntary")
        if what == "for_investor":
            d.marks |= {"for_investor", "sent"}
            d.said.append(("county_opening", who.login))
        if what == "direct":
            d.prepared_by = who.login
        if what == "quarterly_report":
            self.world.firms[name].reported.add(code)
        self._count(f"begin:{what}")
        self.last = case.id

    def somebody_does_what_may_not_be_done(self, chance: Random):
        """An act of the same table out of its station, without what it needs, or by another person."""
        number = chance.choice(sorted(self.world.dossiers))
        d = self.world.dossiers[number]
        here = [w for w in measures.WAYS[d.kind] if w.state == d.state]
        way = chance.choice(here if here and chance.random() < 0.5 else measures.WAYS[d.kind])
        who = chance.choice(self.people)
        if any(w.act == way.act and measures.judge(self.world, who, w, d) is not False
               for w in measures.WAYS[d.kind] if w.state == d.state):
            return
        self._refused(f"{d.kind} {d.state} {way.act} by {who.role}", lambda: hands.do(d.kind, way.act, hands.actor(who), number))
        self._refused(f"engine: {d.kind} {d.state} {way.act} by {who.role}", lambda: workflow.advance(
            number, way.act, hands.actor(who), seen_version=hands.seen(number), given=Given(text=hands.TEXT, remarks=[hands.remark(d.kind)])))

    def somebody_begins_what_may_not_be_begun(self, chance: Random):
        openings = sorted(self._openings(False), key=str)
        if openings:
            what, name, who = chance.choice(openings)
            code, _ = measures.quarter_before(self.world.today)
            self._refused(f"begin {what} by {who.role}", lambda: hands.begin(what, hands.actor(who), self._id(name), code))

    def an_old_page_is_sent(self, chance: Random):
        """What was read before somebody acted moves nothing (T49)."""
        acts = [(number, way, who) for number, way, who in self._lawful() if way.act not in ("visit", "review")]
        if acts:
            number, way, who = chance.choice(acts)
            self._refused("old version", lambda: workflow.advance(
                number, way.act, hands.actor(who), seen_version=hands.seen(number) - 1, given=Given(text=hands.TEXT)))

    def the_machine_fails_before_the_commit(self, chance: Random):
        acts = sorted(self._lawful(), key=lambda act: (act[0], act[1].act, act[2].login))
        acts = [act for act in acts if act[1].act not in ("visit", "review", "dispatch", "pass", "hold", "not_pass", "check", "check_short",
                                                          "reject_objection", "uphold_objection", "submit")]
        if not acts:
            return
        number, way, who = chance.choice(acts)
        actor, before = hands.actor(who), self._record()

        def fail(session):
            if session.scalar(select(func.count(Event.id))) > before[0]:
                raise RuntimeError("the machine stops here")

        event.listen(Session, "before_commit", fail)
        try:
            with pytest.raises(RuntimeError, match="stops here"):
                hands.do(self.world.dossiers[number].kind, way.act, actor, number)
        finally:
            event.remove(Session, "before_commit", fail)
            db.session.rollback()
        assert self._record() == before, f"{way.act} left something behind"

    def _refused(self, what: str, act):
        before = self._record()
        try:
            act()
        except (PortalError, StopIteration):  # StopIteration: the membership has ended, nobody signs in under it
            db.session.rollback()
        else:
            raise AssertionError(f"not refused: {what}")
        assert self._record() == before, f"refused, but something was written: {what}"
        self._count("refused")

    def _record(self):
        db.session.rollback()
        return db.session.execute(select(func.count(Event.id), select(func.count(Obligation.id)).scalar_subquery(),
                                         select(func.sum(Case.version)).scalar_subquery())).one()

    # time and the worker ---------------------------------------------------------------------------

    def days_pass(self, chance: Random):
        jump = chance.choice(JUMPS)
        if self.world.today + timedelta(days=jump) > LAST:
            return
        self.world.today += timedelta(days=jump)
        note(f"it is {self.world.today}")
        Clock().set(f"{self.world.today} 09:30")
        tick(self.world.today)
        self._adopt(by_time=True)
        for number, d in self.world.dossiers.items():
            if d.state == "on_notice":
                state, over = hands.fresh(number).state, measures.notice_over(d, self.world.today)
                assert over is None or (state == "to_decide") is over, f"{state} {self.world.today - d.since} after the notice began"
                d.state = state
        self._count("day")

    def the_worker_works(self, chance: Random):
        while outbox.drain():
            pass

    # what always holds -----------------------------------------------------------------------------

    @precondition(lambda self: hasattr(self, "world"))
    @invariant()
    def the_register_is_what_the_model_says(self):
        rows = list(db.session.scalars(select(Base).execution_options(populate_existing=True)))
        facts = facts_of_bases(rows)
        for row in rows:
            firm, now = self.world.firms[row.name], status(facts[row.id], self.world.today)
            told = firm.status(self.world.today)
            assert (row.status_now, now.state) == (told, told), f"{row.name}: {row.status_now}, {now.state}, model {told}"
            if now.in_force:
                assert (row.level_now, now.level) == (firm.level, firm.level), row.name
                assert now.rectifying is firm.is_rectifying(self.world.today), row.name

    @precondition(lambda self: hasattr(self, "world"))
    @invariant()
    def every_dossier_stands_where_the_model_says(self):
        rows = db.session.execute(select(Case.id, Case.state, Case.kind, Case.ended_at)).all()
        assert {r.id: r.state for r in rows} == {number: d.state for number, d in self.world.dossiers.items()}
        last = select(func.max(Event.id)).where(Event.case_id.is_not(None), Event.to_state.is_not(None), Event.to_state != "").group_by(Event.case_id)
        led = dict(db.session.execute(select(Event.case_id, Event.to_state).where(Event.id.in_(last))).all())
        assert {r.id: r.state for r in rows} == led, "a case stands where its last event led"

    @precondition(lambda self: hasattr(self, "world"))
    @invariant()
    def no_level_without_its_decision(self):
        spans = list(db.session.scalars(select(LevelSpan).order_by(LevelSpan.base_id, LevelSpan.from_on, LevelSpan.id)))
        held: dict[int, list[str]] = {}
        for span in spans:
            assert span.decision_id is not None
            assert span.level == measures.BASE or measures.BASE in held.get(span.base_id, []), "a demonstration base was a base before"
            held.setdefault(span.base_id, []).append(span.level)

    @precondition(lambda self: hasattr(self, "world"))
    @invariant()
    def one_change_in_each_period(self):
        periods = {(p.base_id, p.id) for p in db.session.scalars(select(ValidityPeriod))}
        counted = [(r.base_id, r.validity_period_id) for r in db.session.scalars(
            select(ChangeRequest).where(ChangeRequest.approved_on.is_not(None), ChangeRequest.counted.is_(True), ChangeRequest.annulled_on.is_(None)))]
        assert len(counted) == len(set(counted)) and set(counted) <= periods

    @precondition(lambda self: hasattr(self, "world"))
    @invariant()
    def what_is_owed_is_open_or_closed_and_never_lost(self):
        rows = db.session.execute(select(Obligation.id, Obligation.kind, Obligation.base_id, Obligation.due_on, Obligation.fulfilled_at,
                                         Obligation.case_id, Obligation.state)).all()
        now = {row.id for row in rows}
        assert self.obligations <= now, "an obligation has vanished"
        self.obligations = now
        ended = {number for number, d in self.world.dossiers.items() if d.over and d.state not in ("concluded", "approved", "archived")}
        revoked = {self._id(name): firm.revoked_on for name, firm in self.world.firms.items() if firm.revoked_on}
        for row in rows:
            if row.fulfilled_at is None:
                assert row.base_id not in revoked or row.due_on < revoked[row.base_id], f"a revoked base owes {row.kind}"
                assert not (row.kind == "station" and row.case_id in ended), "nobody holds what is over"

    @precondition(lambda self: hasattr(self, "world"))
    @invariant()
    def an_office_sees_what_lies_under_it(self):
        who = walk.actor("x220104")
        seen = set(db.session.scalars(access.visible(who, Case, Case.id)))
        sent = set(db.session.scalars(select(Case.id).where(Case.submitted_at.is_not(None))))
        assert seen == {number for number, d in self.world.dossiers.items() if number in sent and self._place(d) == "220104"}

    def _place(self, d: Dossier) -> str:
        return self.world.firms[d.base].place if d.base in self.world.firms else d.place

    def _id(self, name: str) -> int:
        return db.session.scalar(select(Base.id).where(Base.name == name))

    def _count(self, what: str):
        self.tried[what] = self.tried.get(what, 0) + 1


def play(portal, sequences: int, steps: int, **more) -> dict[str, int]:
    """That many sequences on one database; what was done, by act."""
    machine = type("Province", (Province,), {"portal": portal, "tried": {}})
    run_state_machine_as_test(machine, settings=settings(
        max_examples=sequences, stateful_step_count=steps, deadline=None, database=None, phases=[Phase.generate],
        report_multiple_bugs=False, suppress_health_check=list(HealthCheck), **more))
    return machine.tried


@pytest.fixture
def portal(request, both_db):
    return request.getfixturevalue("_pg_portal" if both_db == "postgresql" else "_sqlite_portal")


@pytest.mark.promise("P6")
def test_p6_twenty_sequences(portal, both_db, clock, promise):
    tried = play(portal, 20, 30, derandomize=True)
    promise("P6", n=20, failures=0, steps=sum(tried.values()), acts=len(tried))


@pytest.mark.promise_full
def test_p6_two_thousand_sequences(portal, both_db, clock, promise):
    tried = play(portal, 2000, 50)
    known = {f"{way.kind}:{way.state}:{way.act}" for ways in measures.WAYS.values() for way in ways}
    promise("P6", n=2000, failures=0, form="full", steps=sum(tried.values()), acts=len(set(tried) & known), of=len(known))
