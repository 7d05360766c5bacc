"""A draft of a standard tried on the register."""

from flask import g, render_template, request

from incubator.insight import rehearsal
from incubator.insight.views import bp
from incubator.kernel import clock
from incubator.kernel.errors import Refused
from incubator.kernel.routing import route
from incubator.policy.parameters import THRESHOLDS


@route(bp, "/rehearsal", perm={"GET": "insight.rehearse"}, endpoint="rehearsal")
def page():
    """The draft stands in the address, so that it can be sent to a colleague; nothing is written."""
    key, value, day = (request.args.get(name, "")[:30] for name in ("key", "value", "from_on"))
    found, problem = None, None
    if value:
        try:
            found = rehearsal.rehearse(g.actor, key, value, day)
        except Refused as refused:
            problem = refused
    page = render_template("insight/rehearsal.html", found=found, problem=problem, key=key, value=value,
                           day=day or clock.today().isoformat(), thresholds=THRESHOLDS, today=clock.today())
    return (page, 422) if problem else page
