"""P9: every act is on record, in one transaction with the act: when the record fails, nothing has happened.

The event, the outbox rows and the obligations of every act are made to fail one by one; the whole database must
then be as before. Carried out undisturbed, the act leaves the event that it must: kind, case, version, person.
"""

from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import event as hooks
from sqlalchemy import select, update
from sqlalchemy.engine import Engine

from incubator.cases import batches, notes, relocations, saved_views, taking
from incubator.cases.queries import Filters
from incubator.filings import commands as filings
from incubator.filings import many
from incubator.kernel import access, clock, outbox, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.ledger import Event
from incubator.kernel.outbox import Outbox
from incubator.messages import commands as messages
from incubator.messages import posting
from incubator.obligations import feeds, urgings
from incubator.offices import commands as offices
from incubator.offices import editions, second_factor
from incubator.offices.models import Membership, Person, SecondFactor
from tests import walk
from tests.filings import steps
from tests.obligations.steps import owe_report
from tests.offices.codes import CODES, SECRET, Telephone, half_in

RECORD = ("event", "outbox", "obligation")


@dataclass
class Act:
    """One act, ready to be done: `events` are the kinds that it must leave, in order."""

    run: Any
    actor: access.Actor
    events: tuple[str, ...]
    case: Any = None


def _step(place, outcome, who, *events, **words):
    def make():
        case, admin = place()
        case = steps.fresh(case)
        actor = who(admin) if who is _admin else who()
        given = workflow.Given(text=steps.REASON, remarks=[steps.REMARK])
        return Act(
            lambda: workflow.advance(case.id, outcome, actor, seen_version=case.version, given=given), actor,
            (outcome, *events), case,
        )

    return make


def _admin(admin):
    return admin


def _requested():
    walk.province()
    return walk.request_account(steps.unit()), None


def _confirmed():
    return walk.act(_requested()[0], "confirm", steps.county()), None


def _request():
    told = steps.unit()
    typed = {
        "operator_name": told.operator, "operator_uscc": told.uscc, "base_name": told.name, "contact_name": "刘思远",
        "division_code": told.region, "address": told.address, "contact_phone": told.phone,
    }
    return Act(
        lambda: filings.submit_once(access.PUBLIC, "key", typed, walk.pdf("执照.pdf")), access.PUBLIC, ("submit",)
    )


def _reissue():
    case, _ = _confirmed()
    filings.dispatch(steps.manager(), case.id, seen_version=case.version)
    who = steps.manager()
    return Act(lambda: filings.reissue_slip(who, case.id), who, ("password_reissued", "slip_reissued"), steps.fresh(case))


def _account():
    return walk.open_account(steps.unit())[1]


def _open_filing():
    admin = _account()
    return Act(lambda: filings.open_filing(admin), admin, ("open",))


def _submit(place, **typed):
    def make():
        case, admin = place()
        walk.fill(case, steps.FILING, typed or walk.filing_values(admin, case, steps.unit()), admin)
        case = steps.fresh(case)
        return Act(
            lambda: filings.submit_filing(admin, case.id, seen_version=case.version), admin, ("submit",), case
        )

    return make


def _opened():
    admin = _account()
    return filings.open_filing(admin), admin


def _add_clerk():
    admin = _account()
    return Act(
        lambda: filings.add_base_clerk_once(admin, "key", name="填报甲"), admin,
        ("person_added", "role_granted", "clerk_added"),
    )


def _stop_clerk():
    admin = _account()
    filings.add_base_clerk(admin, name="填报甲")
    member = db.session.scalar(select(Membership.id).where(Membership.role == "base_clerk"))
    return Act(lambda: filings.stop_base_clerk(admin, member), admin, ("role_withdrawn", "clerk_stopped"))


def _record():
    case, _ = steps.submitted()
    who = steps.county()

    def run():
        with transaction():
            workflow.record(steps.fresh(case), "visit_registered", who, {})

    return Act(run, who, ("visit_registered",), steps.fresh(case))


def _office(role, prepare, run, *events):
    """An act of an administrator on somebody else."""
    def make():
        walk.person("verw", "管理员", (role, None))
        who = walk.actor("verw")
        other = walk.person("neu", "新人")
        thing = prepare(other)
        return Act(lambda: run(who, thing), who, events)

    return make


def _password():
    person = walk.person("alt", "旧人", ("county_clerk", "220104"))
    who = walk.actor(person.login)
    return Act(lambda: offices.change_password(who, walk.PASSWORD, "Xin-mima-2026"), who, ("password_changed",))


def _disabled(person):
    walk.person("verw2", "管理员乙", ("sys_admin", None))
    offices.disable_person(walk.actor("verw2"), person.id)
    return person


def _membership(person):
    return offices.add_membership(walk.SEED, person.id, "county_clerk", office_id=walk.office_id("220104"))


def _move_base():
    base, _ = walk.filed_base(steps.unit())
    who, region = steps.manager(), db.session.scalar(select(access.Region.id).where(access.Region.code == "222401"))
    return Act(
        lambda: relocations.order_base(who, base.id, region, from_on=clock.today(), reason=steps.REASON, seen_version=base.version),
        who, ("relocation_ordered", "base_moved", "relocation_applied"),
    )


def _change_route():
    steps.submitted()
    who, ids = steps.manager(), {o.code: o.id for o in db.session.scalars(select(access.Office))}
    region = db.session.scalar(select(access.Region.id).where(access.Region.code == steps.unit().region))
    return Act(
        lambda: relocations.order_route(who, region, ids["220100"], ids["220100"], from_on=clock.today(), reason=steps.REASON),
        who, ("relocation_ordered", "relocated", "relocation_applied"),
    )


def _manager():
    walk.province()
    return steps.manager()


def _set_value(replacing: bool):
    def make():
        who = _manager()
        typed = {"value": "12", "from_on": "2026-07-01", "reason": "年中办件量大，适当放宽时限"}
        first = editions.set_value(who, "station_days", typed, seen=0).id if replacing else None
        return Act(
            lambda: editions.set_value(who, "station_days", typed | {"value": "15"}, seen=first or 0, replaces=first), who,
            ("parameter_set",))

    return make


def _set_days():
    who = _manager()
    typed = {"first_on": "2026-06-08", "last_on": "2026-06-09", "works": "no", "name": "停工", "reason": "全省停电检修，见专项通知"}
    return Act(lambda: editions.set_days(who, typed), who, ("days_set",))


def _with_factor(person):
    with transaction():
        db.session.add(SecondFactor(person_id=person.id, secret=second_factor.new_secret(), set_at=clock.now()))
    return person


def _codes():
    person = _with_factor(walk.person("alt", "旧人", ("county_clerk", "220104")))
    who = walk.actor(person.login)
    return Act(lambda: second_factor.renew_codes(who), who, ("recovery_codes_made",))


def _order_batch():
    case, _ = _requested()
    who = steps.county()
    return Act(
        lambda: batches.order(who, "account_request:county_check:confirm", [(case.id, case.version)]), who, ("batch_ordered",)
    )


def _cancel_batch():
    held = _order_batch().run()
    who = steps.lead()
    return Act(lambda: batches.cancel(who, held.id), who, ("batch_cancelled",))


def _at_the_desk(run, *events, taken: bool = False):
    """An act inside the office on a request that waits there; a lead does what concerns a colleague."""
    def make():
        case, _ = _requested()
        who, lead = steps.county(), steps.lead()
        if taken:
            taking.take(who, case.id)
        return Act(lambda: run(who, lead, case), lead if events == ("work_handed_over",) else who, events)

    return make


def _change_view():
    walk.province()
    who = steps.county()
    view = saved_views.save(who, "待核验", Filters(kind="filing"))
    return Act(lambda: saved_views.change(who, view.id, "rename", "要审的"), who, ("view_changed",))


def _dispatch_many():
    case, _ = _confirmed()
    who = steps.manager()
    return Act(
        lambda: many.dispatch_all(who, "key", [(case.id, case.version)]), who,
        ("dispatch", "base_opened", "person_added", "role_granted"),
    )


def _urge():
    base = walk.open_account(steps.unit())[0]
    row = owe_report(base)
    who = steps.county()
    return Act(lambda: urgings.urge(who, [row.id], means="phone", text=steps.REASON), who, ("urged",))


def _contact():
    who = _account()
    return Act(lambda: posting.choose(who, address="liu@example.cn", mail="daily", text="legal"), who, ("contact_changed",))


def _feed(act, event):
    def make():
        who = _account()
        feeds.renew(who)
        return Act(lambda: act(who), who, (event,))

    return make


def _resend():
    with transaction():
        outbox.put("batch_told", "given-up", {"batch": 0})
        db.session.execute(update(Outbox).values(dead_at=clock.now(), attempts=8))
    walk.person("xt", "系统管理员", ("sys_admin", None))
    who = walk.actor("xt")
    row = db.session.scalar(select(Outbox.id).where(Outbox.dedup_key == "given-up"))
    return Act(lambda: messages.resend(who, row), who, ("message_resent",))


ACTS = {
    "resend": _resend,
    "contact": _contact,
    "renew feed": _feed(feeds.renew, "feed_renewed"),
    "withdraw feed": _feed(feeds.withdraw, "feed_withdrawn"),
    "urge": _urge,
    "account request": _request,
    "confirm": _step(_requested, "confirm", steps.county),
    "reject": _step(_requested, "reject", steps.county),
    "dispatch": _step(_confirmed, "dispatch", steps.manager, "base_opened", "person_added", "role_granted"),
    "note": _at_the_desk(lambda who, lead, case: notes.add(who, case.id, "电话里说周五补"), "note_added"),
    "take up": _at_the_desk(lambda who, lead, case: taking.take(who, case.id), "case_taken_up"),
    "put back": _at_the_desk(lambda who, lead, case: taking.put_back(who, case.id), "case_put_back", taken=True),
    "hand over": _at_the_desk(
        lambda who, lead, case: taking.hand_over(lead, who.person_id, lead.person_id), "work_handed_over", taken=True),
    "save a view": _at_the_desk(lambda who, lead, case: saved_views.save(who, "待核验", Filters(kind="filing")), "view_saved"),
    "change a view": _change_view,
    "dispatch many": _dispatch_many, "order a batch": _order_batch, "cancel a batch": _cancel_batch,
    "reject the dispatch": _step(_confirmed, "reject", steps.manager),
    "new slip": _reissue,
    "open a filing": _open_filing,
    "submit a filing": _submit(_opened),
    "submit it again": _submit(steps.returned, area_total="3800"),
    "approve": _step(steps.submitted, "approve", steps.county, "base_filed"),
    "return": _step(steps.submitted, "return", steps.county),
    "refuse": _step(steps.submitted, "refuse", steps.lead, "base_closed"),
    "reopen": _step(steps.approved, "reopen", steps.city),
    "cancel": _step(steps.approved, "cancel", _admin, "base_closed"),
    "record without a move": _record,
    "add a clerk": _add_clerk,
    "stop a clerk": _stop_clerk,
    "add a person": _office(
        "sys_admin", lambda p: p, lambda who, p: offices.give_person(who, login="neu2", name="新人乙"), "person_added"),
    "disable a person": _office(
        "sys_admin", lambda p: p, lambda who, p: offices.disable_person(who, p.id), "person_disabled"),
    "enable a person": _office("sys_admin", _disabled, lambda who, p: offices.enable_person(who, p.id), "person_enabled"),
    "grant a role": _office(
        "sec_admin", lambda p: p, lambda who, p: offices.grant_role(who, p.id, "county_clerk", office_id=walk.office_id("220104")),
        "role_granted"),
    "withdraw a role": _office("sec_admin", _membership, lambda who, m: offices.withdraw_role(who, m.id), "role_withdrawn"),
    "move a base": _move_base,
    "change a route": _change_route,
    "unlock an account": _office("sec_admin", lambda p: p, lambda who, p: offices.unlock(who, p.login), "account_unlocked"),
    "change a password": _password,
    "set a parameter": _set_value(False), "replace a parameter": _set_value(True), "set days": _set_days,
    "reset a factor": _office(
        "sec_admin", _with_factor, lambda who, p: second_factor.reset(who, p.login), "second_factor_reset"),
    "make recovery codes": _codes,
}

# every writing route of offices, cases, filings, messages and obligations (test_p09_routes.py asks for all), and the act that stands for it, or why it leaves no event
ROUTES = {
    "messages.resend": ("resend",),
    "messages.notices": ("contact",),
    "obligations.feed": ("renew feed", "withdraw feed"),
    "obligations.urge": ("urge",),
    "cases.act": ("confirm", "reject", "approve", "return", "refuse", "reopen", "cancel", "reject the dispatch"),
    "cases.add_note": ("note",), "cases.take": ("take up",), "cases.put_back": ("put back",), "cases.handover": ("hand over",),
    "cases.views": ("save a view",), "cases.change_view": ("change a view",),
    "cases.batch_new": ("order a batch",), "cases.cancel_batch": ("cancel a batch",), "filings.dispatch_many": ("dispatch many",),
    "filings.apply": ("account request",), "filings.dispatch": ("dispatch",), "filings.reissue": ("new slip",),
    "filings.open": ("open a filing",), "filings.edit": ("submit a filing", "submit it again"),
    "cases.move_base": ("move a base",), "cases.change_route": ("change a route",),
    "filings.base_people": ("add a clerk",), "filings.stop_clerk": ("stop a clerk",),
    "offices.add_person": ("add a person",), "offices.disable_person": ("disable a person",),
    "offices.enable_person": ("enable a person",), "offices.roles": ("grant a role",),
    "offices.withdraw_role": ("withdraw a role",), "offices.unlock": ("unlock an account",),
    "offices.password": ("change a password",),
    "offices.parameter": ("set a parameter", "replace a parameter"), "offices.set_holidays": ("set days",),
    "offices.reset_factor": ("reset a factor",), "offices.renew_codes": ("make recovery codes",),
}
NO_EVENT = {
    "cases.comfort": "how one person wants the pages to look",
    "cases.add_file": "a file of a draft; its hash enters the record with the submission",
    "filings.autosave": "a working copy (A7-9)",
    "filings.progress": "reads by a receipt that must not stand in an address",
    "messages.open_letter": "one's own mark of having read",
    "messages.read_all": "one's own mark of having read",
    "offices.sign_in": "access log", "offices.sign_out": "access log", "offices.membership": "access log",
    "offices.end_sessions": "access log", "offices.change_factor": "shown to one session, holds for nobody yet",
    **dict.fromkeys(
        ("offices.second_factor", "offices.fresh_code", "offices.factor"),
        "counts the attempt first; its events are shown in test_a_factor_fails_with_its_record",
    ),
    "offices.clock": "training only; its event is shown in test_the_clock_of_a_training_instance",
}


class Broken(Exception):
    """The record cannot be written."""


@contextmanager
def inserts(fail_at: tuple[str, int] | None = None):
    """Counts the INSERTs into the tables of the record; the one named raises instead."""
    seen = dict.fromkeys(RECORD, 0)

    def watch(connection, cursor, statement, parameters, context, executemany):
        for table in RECORD:
            if statement.startswith(f"INSERT INTO {table} "):
                seen[table] += 1
                if fail_at == (table, seen[table]):
                    raise Broken(table)

    hooks.listen(Engine, "before_cursor_execute", watch)
    try:
        yield seen
    finally:
        hooks.remove(Engine, "before_cursor_execute", watch)


@pytest.mark.promise("P9")
@pytest.mark.parametrize("name", ACTS)
def test_p9_the_act_fails_with_its_record(app, clock, db_digest, promise, name):
    with app.app_context():
        act = ACTS[name]()
        db.session.remove()
        last = db.session.scalar(select(Event.id).order_by(Event.id.desc()).limit(1)) or 0
        version = act.case.version if act.case is not None else None
        db.session.remove()
        before = db_digest(app)
        planned, tried, failures = _planned(act), 0, 0
        assert db_digest(app) == before and planned["event"] == len(act.events)
        for table in RECORD:
            for number in range(1, planned[table] + 1):
                with inserts(fail_at=(table, number)), pytest.raises(Broken):
                    act.run()
                db.session.remove()
                tried += 1
                failures += db_digest(app) != before
        act.run()
        written = list(db.session.scalars(select(Event).where(Event.id > last).order_by(Event.id)))
        assert sorted(e.kind for e in written) == sorted(act.events)
        assert {e.person_id for e in written} == {act.actor.person_id}
        if act.case is not None:
            now = steps.fresh(act.case)
            on_case = [e for e in written if e.case_id == now.id]
            assert [e.seq for e in on_case] == [now.seq] and now.version == version + 1
        db.session.remove()
    promise("P9", n=tried, failures=failures, act=name)


def _planned(act) -> dict[str, int]:
    """How many rows the act writes into the record: run whole, then taken back at the commit."""
    class TakenBack(Exception):
        pass

    def stop(session):
        raise TakenBack

    session = db.session()
    hooks.listen(session, "before_commit", _after_the_first(stop))
    with inserts() as seen, pytest.raises(TakenBack):
        act.run()
    db.session.remove()
    return seen


def _after_the_first(stop):
    """The first commit only ends what was read before the act."""
    calls = []

    def hook(session):
        calls.append(1)
        if len(calls) > 1:
            stop(session)

    return hook


def test_a_factor_fails_with_its_record(make_app, both_db, clock, db_digest):
    """Setting a factor and using a recovery code: the attempt stays counted, and nothing else has happened."""
    app = make_app(SECOND_FACTOR=True, on=both_db)
    with app.app_context():
        walk.person("alt", "旧人", ("county_clerk", "220104"))
    someone = half_in(app, "alt")
    phone = Telephone(SECRET.search(someone.get("/login/code").text)[1])
    given = {"code": phone.code()}
    for event in ("second_factor_set", "recovery_code_used"):
        before = db_digest(app)
        with inserts(fail_at=("event", 1)), pytest.raises(Broken):
            someone.post("/login/code", given)
        assert db_digest(app) == before
        page = someone.post("/login/code", given)
        assert page.status_code in (200, 302)
        with app.app_context():
            assert db.session.scalar(select(Event.kind).order_by(Event.id.desc()).limit(1)) == event
        given = {"code": (CODES.findall(page.text) or [""])[0]}
        someone = half_in(app, "alt")


def test_the_clock_of_a_training_instance(make_app, clock, db_digest):
    app = make_app(TRAINING=True)
    with app.app_context():
        walk.person("verw", "管理员", ("sys_admin", None))
        who = walk.actor("verw")
        db.session.remove()
        before = db_digest(app)
        with inserts(fail_at=("event", 1)), pytest.raises(Broken):
            offices.move_clock(who, 3600)
        db.session.remove()
        assert db_digest(app) == before
        offices.move_clock(who, 3600)
        assert db.session.scalar(select(Event.kind).order_by(Event.id.desc()).limit(1)) == "clock_moved"
        assert db.session.get(Person, who.person_id)
