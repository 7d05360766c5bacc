"""The next 90 days of an office."""

from flask import g, render_template

from incubator.insight.ahead import foresee
from incubator.insight.views import bp
from incubator.kernel import clock
from incubator.kernel.routing import route


@route(bp, "/ahead", perm={"GET": "insight.foresee"}, endpoint="ahead")
def page():
    found = foresee(g.actor)
    return render_template("insight/ahead.html", found=found, today=clock.today(), can_urge=g.actor.can("obligation.urge"))
