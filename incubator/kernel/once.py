"""What several parts of one page ask is read once.

A page that only reads opens ``with once.page():``; inside, a function marked ``@once.per_page`` answers a repeated
call from its first answer. Acts never run inside, and outside nothing is kept: what an act judges is read anew.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps

_kept: ContextVar[dict | None] = ContextVar("kept", default=None)


@contextmanager
def page():
    """One reading of one page."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def within() -> bool:
    return _kept.get() is not None


def per_page(fn):
    """Keep the answers of `fn` (positional, hashable arguments) as long as the page lasts."""

    @wraps(fn)
    def ask(*args):
        kept = _kept.get()
        if kept is None:
            return fn(*args)
        if (fn, args) not in kept:
            kept[fn, args] = fn(*args)
        return kept[fn, args]

    return ask
