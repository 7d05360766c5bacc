"""Where a base does what it owes: the module that knows a kind of obligation says so, the deadline's page shows the button."""

from dataclasses import dataclass

from incubator.obligations.models import Obligation


@dataclass(frozen=True)
class Way:
    """The address and the words of the button; `post` where opening it begins a case."""

    url: str
    label: str
    post: bool = False


_ways = {}


def way_of(kind: str):
    """Register ``fn(actor, obligation) -> Way | None`` for a kind of obligation."""
    def register(fn):
        _ways[kind] = fn
        return fn
    return register


def way(actor, row: Obligation) -> Way | None:
    """What the people of the base that owes it may press; None for others, and once it is fulfilled."""
    fn = _ways.get(row.kind)
    if fn is None or row.fulfilled_at is not None or actor.base_id is None or actor.base_id != row.base_id:
        return None
    return fn(actor, row)
