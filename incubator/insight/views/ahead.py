"""The next 90 days of an office."""

from flask import flash, g, redirect, render_template, request, url_for

from incubator.insight.ahead import SHOWN, foresee, remind
from incubator.insight.views import bp
from incubator.kernel import clock
from incubator.kernel.errors import Refused
from incubator.kernel.forms import sent_once
from incubator.kernel.routing import route
from incubator.reports.queries import regions_of


@route(bp, "/ahead", perm={"GET": "insight.foresee"}, endpoint="ahead")
def page():
    region = request.args.get("region", type=int)
    regions = regions_of(g.actor)
    return render_template(
        "insight/ahead.html", found=foresee(g.actor, region), today=clock.today(), can_urge=g.actor.can("obligation.urge"),
        region=region, regions=regions if len(regions) > 1 else [], most=SHOWN,
    )


@route(bp, "/ahead/remind/<int:base_id>", perm={"POST": "obligation.urge"}, endpoint="ahead_remind")
def remind_base(base_id: int):
    """One click: the line as it stands now goes to the people of the base."""
    def go() -> str:
        remind(g.actor, base_id, request.form.get("what", ""))
        return str(base_id)

    try:
        sent_once(go)
    except Refused as refused:
        flash(f"{refused.reason}。{refused.way_out}。", "harm")
    else:
        flash("提醒发出去了，记在这家基地的记录里。", "done")
    return redirect(url_for("insight.ahead", region=request.form.get("region", type=int)))
