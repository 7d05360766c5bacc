"""P5: two reviewers press at the same instant: one transition, one event, the other learns of it; no text is lost."""

import pytest
from sqlalchemy import func, select

from incubator.cases import queries
from incubator.filings import commands as filings
from incubator.kernel import workflow
from incubator.kernel.database import db
from incubator.kernel.errors import Conflict
from incubator.kernel.ledger import Event
from incubator.kernel.workflow import Case, Opinion
from incubator.policy.procedures import PROCEDURES
from tests import walk
from tests.filings import steps
from tests.filings.pages import Visitor, form_of
from tests.promises.races import is_conflict, lost, race, won
from tests.promises.walking import LATER, Copies, People, Walker, bare_engine, given, path, steps_of

TRANSITIONS = [(kind, step) for kind in PROCEDURES for step in steps_of(kind)]
# a type of transition is an outcome of a kind: withdrawing is one, from whichever of seven states
TYPES = list({(kind, step.outcome): (kind, step) for kind, step in TRANSITIONS}.values())


def races(app, each: int, chosen) -> tuple[int, list[str]]:
    """Race `each` times over every chosen transition; returns the number of races and what went wrong."""
    wrong: list[str] = []
    tried = 0
    with app.app_context(), bare_engine():
        people = People()
        walkers = {kind: Walker(kind, people, 1000 * n) for n, kind in enumerate(PROCEDURES, 1)}
        for kind, step in in_good_order(chosen):
            for case_id, admin, seen in _each(walkers[kind], step, each):
                able = people.for_step(step, admin)
                pair = [able[0], able[1] if len(able) > 1 else able[0]]
                db.session.remove()
                answers = race(app, *(_press(case_id, step.outcome, who, seen) for who in pair))
                tried += 1
                wrong += [f"{kind} {step.from_state} {step.outcome}: {fault}" for fault in faults(case_id, step, seen, answers)]
    return tried, wrong


def _each(walker: Walker, step, number: int):
    """As many cases at the step's state: walked there one after another, or copies of one that was."""
    if walker.kind not in LATER:
        for _ in range(number):
            case = walker.at(step.from_state)
            yield case.id, walker.admin, case.version
        return
    case = walker.at(step.from_state)
    seen = case.version
    copies = Copies(case, walker.admin, number)
    for case_id, admin in zip(copies.ids, copies.admins, strict=True):
        yield case_id, admin, seen


def in_good_order(chosen):
    """Each transition once, so that a case goes on from one to the next where it can."""
    waiting, kind, state = list(chosen), "", ""
    while waiting:
        nearest = min(waiting, key=lambda one: _far(kind, state, *one))
        waiting.remove(nearest)
        kind, state = nearest[0], nearest[1].to_state
        yield nearest


def _far(kind, state, its_kind, step) -> int:
    way = path(its_kind, state, step.from_state) if kind == its_kind else None
    return len(way) if way is not None else 20 + len(path(its_kind, "", step.from_state))


def _press(case_id, outcome, who, seen):
    return lambda: workflow.advance(case_id, outcome, who, seen_version=seen, given=given()).seq


def faults(case_id, step, seen, answers):
    case = db.session.scalar(select(Case).where(Case.id == case_id).execution_options(populate_existing=True))
    if len(won(answers)) != 1 or not all(isinstance(e, Conflict) for e in lost(answers)):
        yield f"answers {answers}"
    if (case.state, case.version) != (step.to_state, seen + 1):
        yield f"state {case.state}, version {case.version}"
    events = db.session.scalar(select(func.count()).select_from(Event).where(Event.case_id == case_id))
    if events != case.seq or case.seq != won(answers)[0]:
        yield f"{events} events for seq {case.seq}"


def alternating(both_db: str):
    """The database alternates from transition to transition."""
    return TYPES[both_db == "postgresql" :: 2]


@pytest.mark.promise("P5")
def test_p5_twenty_races_a_transition(app, both_db, clock, promise):
    tried, wrong = races(app, 20, alternating(both_db))
    assert not wrong, wrong[:5]
    promise("P5", n=tried, failures=len(wrong), transitions=len(alternating(both_db)))


def test_p5_every_step_of_every_table_is_raced():
    """The births of cases are left out: before them there is nothing that two could hold (their pairs are P7's)."""
    raced = {(kind, step.outcome) for half in ("sqlite", "postgresql") for kind, step in alternating(half)}
    told = {(kind, step.outcome) for kind, table in PROCEDURES.items() for step in table.steps if step.from_state}
    assert told - raced == set()


@pytest.mark.promise_full
def test_p5_a_thousand_races_a_transition_on_both(app, clock, promise):
    tried, wrong = races(app, 1000, TRANSITIONS)
    assert not wrong, wrong[:5]
    promise("P5", n=tried, failures=len(wrong), transitions=len(TRANSITIONS), form="full")


def _submit(admin, case_id, seen):
    return lambda: filings.submit_filing(admin, case_id, seen_version=seen).version


@pytest.mark.promise("P5")
def test_p5_two_submit_one_version(app, clock, promise):
    """The real command: of two submissions one version stays, and it is whole."""
    wrong = 0
    with app.app_context():
        case, admin = steps.returned()
        for lap in range(10):
            walk.fill(case, steps.FILING, {"area_total": str(3700 + lap)}, admin)
            seen, case_id = steps.fresh(case).version, case.id
            db.session.remove()
            answers = race(app, *[_submit(admin, case_id, seen)] * 2)
            wrong += len(won(answers)) != 1 or not all(map(is_conflict, lost(answers)))
            case = walk.act(steps.fresh(case), "return", steps.lead(), text=steps.REASON, remarks=[steps.REMARK])
        assert [v.version_no for v in queries.submissions(case.id)] == list(range(1, 12))
    promise("P5", n=10, failures=wrong, form="submit")


@pytest.mark.promise("P5")
def test_p5_the_loser_gets_a_page_and_keeps_the_words(app, clock, promise):
    with app.app_context():
        case, _ = steps.submitted()
        case_id = case.id
        steps.lead()
    people = [Visitor(app, "x220104"), Visitor(app, "x220104f")]
    url = f"/cases/{case_id}/act/return"
    typed = [{**form_of(p.get(url), "version"), "text": f"{steps.REASON}，第{n}人", "remarks-0-field": "area_total",
              "remarks-0-text": "和权属证明不一样"} for n, p in enumerate(people)]
    answers = race(app, *(lambda p=p, t=t: p.client.post(url, data=t) for p, t in zip(people, typed, strict=True)))
    by_status = {answer.status_code: (n, answer.get_data(as_text=True)) for n, answer in enumerate(answers)}
    assert set(by_status) == {302, 409}, by_status
    loser, page = by_status[409]
    assert f"{steps.REASON}，第{loser}人" in page and "朝阳区工信局" in page and "没有生效" in page
    with app.app_context():
        said = [o.text for o in db.session.scalars(select(Opinion).where(Opinion.outcome == "return"))]
        assert said == [f"{steps.REASON}，第{1 - loser}人"]
    promise("P5", n=1, failures=0, form="page")
