"""The province in place of a county or city that can't act (A3-5): who acts in this request, and for whom."""

from flask import g, request

from incubator.kernel import access
from incubator.kernel.errors import NotVisible
from incubator.kernel.workflow import Case

LOCAL = ("county", "city")


def possible(case: Case, actor) -> bool:
    """Whether this actor may stand in for the office that has the case now."""
    return actor.can("act.on_behalf") and case.station.holder in LOCAL


def asked() -> bool:
    """Whether this request says that it acts on behalf of the office that has the case."""
    return bool(request.values.get("behalf"))


def acting(case: Case):
    """Who acts: the person signed in, or that person in place of the office, with the reason typed."""
    if not asked():
        return g.actor
    if not possible(case, g.actor):
        raise NotVisible("behalf")
    return access.stand_in(g.actor, case.office, case.station.holder, request.form.get("behalf_reason", ""))
