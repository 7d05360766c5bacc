"""Everything that is owed by a date (待办期限): stations of cases, corrections, and what later issues add.

Deadlines are shown and escalated; nothing is decided by their passing (A7-8). Reminders, worklist and "until
when" all read this one table.
"""

from incubator.obligations import commands, reminders  # noqa: F401  register what follows each step and each day
