"""What a scheduler does when it wakes: the days that nobody has done yet, in order, then today once an hour.

Any number of schedulers may wake at once; a slot is leased to one of them (kernel.jobs), and every step is
idempotent item by item, so a slot that is done twice changes nothing.
"""

import secrets
from datetime import date

from flask import current_app

from incubator.kernel import clock, jobs, registry
from incubator.kernel.database import db

DAY, HOUR = "tick", "tick_again"


def run_due() -> dict[str, dict[str, int]]:
    """Do what is due and not done; answers by slot what each step did. Nothing to do is an empty answer."""
    owner, today, done = secrets.token_hex(8), clock.today(), {}
    for day in jobs.days_to_do(DAY, today):
        if (found := _slot(DAY, day.isoformat(), day, owner)) is None:
            return done  # another one is at it, and the later days come after
        done[day.isoformat()] = found
    if not done:
        hour = f"{clock.local(clock.now()):%Y-%m-%dT%H}"
        if found := _slot(HOUR, hour, today, owner):
            done[hour] = found
    return done


def _slot(name: str, slot: str, day: date, owner: str) -> dict[str, int] | None:
    """Run all steps of a day under the lease of its slot; None while another has it."""
    claimed = jobs.claim(name, slot, owner)
    if claimed != jobs.MINE:
        return {} if claimed == jobs.DONE else None
    found, failed = {}, []
    for _, step_name, step in registry.daily_steps():
        try:
            found[step_name] = step(day) or 0
        except Exception as error:  # the other steps have nothing to do with it, and the slot stays open
            db.session.rollback()
            current_app.logger.exception("the daily step %s failed on %s", step_name, slot)
            failed.append(f"{step_name}: {type(error).__name__}")
        if not jobs.renew(name, slot, owner):
            return found  # it took longer than the lease, and another one does the rest
    if failed:
        jobs.leave(name, slot, owner, "; ".join(failed))
    else:
        jobs.finish(name, slot, owner)
    return found
