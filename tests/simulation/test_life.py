"""A province from a seed (design §7): the same seed gives the same one, and its record is whole."""

from __future__ import annotations

import hashlib
import re
from datetime import date

import pytest
from sqlalchemy import select

from incubator.kernel import clock
from incubator.kernel.database import db
from incubator.kernel.ledger import Event, verify
from incubator.policy.procedures import PROCEDURES
from incubator.simulation import coverage, invariants, reviews, steps
from incubator.simulation.habits import founders
from incubator.simulation.life import Life, dawn, live

STEPS = sum(len(table.steps) for table in PROCEDURES.values())


def played(app, seed: int, *, troubles: bool, each=None) -> tuple[dict, str]:
    """Half a year with three bases in two places; what was done, and one hash over the record."""
    with app.app_context(), clock.simulated():
        life = Life(seed, date(2025, 3, 3), troubles=troubles)
        dawn(life.day)
        steps.province()
        reviews.experts()
        founders.found(life, 3, date(2025, 3, 20), ["220104", "220581"])
        for newcomer in life.population.newcomers.values():
            newcomer.ready_after = 3
        done = live(life, date(2025, 8, 20), each)
        told = db.session.execute(select(Event.chain_id, Event.seq, Event.kind, Event.occurred_at).order_by(Event.id)).all()
        return dict(done), hashlib.sha256(repr(told).encode()).hexdigest()


def simulated(app, *args: str):
    return app.test_cli_runner().invoke(args=["simulate", *args], catch_exceptions=False)


@pytest.mark.slow  # half a year by real commands
def test_a_province_lives_and_its_record_is_whole(sqlite_app):
    """P6 in its short form: with all that goes wrong, each day's invariants and the record hold."""
    broken = []
    done, _ = played(sqlite_app, 5, troubles=True, each=lambda life: broken.extend(invariants.broken(life.day)))
    assert broken == [] and done["asked"] >= 3
    with sqlite_app.app_context():
        assert verify().faults == [] and invariants.broken(date(2025, 9, 1)) == []
        taken = {line.name: line.taken for line in coverage.lines()}
    assert len(taken) == STEPS and 15 <= sum(map(bool, taken.values())) < STEPS
    assert taken["filing: county_review → approved, approve"] >= 2 and taken["recognition: draft → county_initial, submit"] >= 1


def test_a_step_that_was_never_taken_fails_the_run(sqlite_app):
    shown = simulated(sqlite_app, "--seed", "5", "--bases", "1", "--from", "2025-03-03", "--to", "2025-03-05", "--check", "--coverage")
    said = shown.output.splitlines()
    taken = int(re.search(rf"(\d+) of {STEPS} steps taken", shown.output)[1])
    faults = said[next(n for n, line in enumerate(said) if re.search(r"\d+ faults:$", line)) + 1 :]
    assert shown.exit_code == 1 and 0 < taken < 20
    assert len(faults) == STEPS - taken and all(line.startswith("never taken: ") for line in faults)
    assert re.search(r"[1-9]\d* events in \d+ chains, 0 faults", shown.output)


def test_a_calm_province_sees_nothing_else_and_no_real_one_is_played(sqlite_app):
    shown = simulated(sqlite_app, "--bases", "1", "--from", "2025-03-03", "--to", "2025-03-05", "--plain", "--check")
    assert shown.exit_code == 0 and "refused" not in shown.output
    object.__setattr__(sqlite_app.config["PORTAL"], "TESTING", False)
    try:
        assert "only on a training instance" in simulated(sqlite_app, "--from", "2025-03-03", "--to", "2025-03-05").output
    finally:
        object.__setattr__(sqlite_app.config["PORTAL"], "TESTING", True)


@pytest.mark.promise_full
@pytest.mark.parametrize("troubles", [False, True])
def test_the_same_seed_gives_the_same_province(request, troubles):
    portal = request.getfixturevalue("_sqlite_portal")
    first, second = (played(portal.fresh(), 5, troubles=troubles) for _ in range(2))
    assert first == second and first != played(portal.fresh(), 6, troubles=troubles)


@pytest.mark.promise_full  # an hour or more
def test_ten_years_go_through_every_step_of_every_table(sqlite_app, promise):
    """P6, issue D: a smaller province than `make decade`, every transition taken, all invariants each day, the record verified."""
    shown = simulated(sqlite_app, "--bases", "60", "--from", "2024-01-02", "--to", "2033-12-31", "--check", "--coverage")
    print(shown.output)
    promise("P6", n=STEPS, failures=shown.output.count("never taken: "), faults=shown.exit_code)
    assert shown.exit_code == 0
