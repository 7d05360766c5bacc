"""How a day was counted (民法典 200—204): the account that a page shows beside each deadline.

The same counting as `policy.calendar`, with what it passed over kept; ``workday`` is a callable(date) → bool.
"""

from dataclasses import dataclass
from datetime import date

from .calendar import ONE_DAY, Workday, add_months, roll

WORKING, NATURAL, FIXED = "working", "natural", "fixed"


@dataclass(frozen=True)
class Account:
    """``due_on`` and what led to it: the days passed over, and the day from which it was rolled, if any.

    ``event`` says what happened on ``event_on`` where a kind has more than one beginning.
    """

    unit: str
    event_on: date
    due_on: date
    number: int = 0
    skipped: tuple[date, ...] = ()
    rolled_from: date | None = None
    event: str = ""


def by_working_days(event_on: date, number: int, workday: Workday) -> Account:
    """``number`` working days after ``event_on``, which is not counted; what was no working day stands in skipped."""
    if number < 0:
        raise ValueError("a period has no negative length")
    skipped, day, left = [], event_on, number
    while left:
        day += ONE_DAY
        if workday(day):
            left -= 1
        else:
            skipped.append(day)
    return Account(WORKING, event_on, day, number, tuple(skipped))


def up_to(event_on: date, due_on: date, workday: Workday) -> Account | None:
    """The account of a day that was counted in working days elsewhere; None where it can't have been (no working day)."""
    if due_on < event_on or (due_on != event_on and not workday(due_on)):
        return None
    number = sum(workday(event_on + n * ONE_DAY) for n in range(1, (due_on - event_on).days + 1))
    return by_working_days(event_on, number, workday)


def by_natural_days(event_on: date, number: int, workday: Workday) -> Account:
    """``number`` days after ``event_on``, which is not counted; a last day that is none is rolled (203)."""
    last = event_on + number * ONE_DAY
    due = roll(last, workday)
    return Account(NATURAL, event_on, due, number, rolled_from=last if due != last else None)


def by_months(event_on: date, months: int, workday: Workday) -> Account:
    """Up to the corresponding day so many months after ``event_on`` (202), rolled where it is none (203)."""
    last = add_months(event_on, months)
    due = roll(last, workday)
    return Account(NATURAL, event_on, due, rolled_from=last if due != last else None)


def on_fixed_day(event_on: date, due_on: date) -> Account:
    """A day that the Measures name themselves: it never rolls (Article 13)."""
    return Account(FIXED, event_on, due_on)
