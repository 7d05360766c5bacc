"""Who may ask for funds on a day, with its public check (A15-3)."""

from datetime import date

from flask import flash, g, make_response, redirect, render_template, request, url_for

from incubator.bases import queries as bases
from incubator.kernel import clock
from incubator.kernel.errors import Refused
from incubator.kernel.forms import sent_once
from incubator.kernel.routing import route
from incubator.offices import commands as offices
from incubator.sanctions import funds, queries
from incubator.sanctions.views import bp


def _day() -> date:
    try:
        return date.fromisoformat(request.values.get("day", ""))
    except ValueError:
        return clock.today()


@route(bp, "/funds", perm={"GET": "fund.read"}, endpoint="funds")
def fund_page():
    """Each base in sight on a day: may it apply for the special funds (A15-3)."""
    day = _day()
    return render_template("sanctions/funds.html", day=day, lines=queries.funds_on(g.actor, day), lists=queries.latest_lists(), refused=None)


@route(bp, "/funds/issue", perm={"POST": "fund.issue"})
def issue_list():
    """Keep the list of the day with a code that anybody may check."""
    try:
        place = sent_once(lambda: url_for("sanctions.fund_list", code=funds.issue_list(g.actor, _day()).code))
    except Refused as refused:
        return render_template("sanctions/funds.html", day=_day(), lines=queries.funds_on(g.actor, _day()), lists=queries.latest_lists(),
                               refused=refused), 422
    flash("名单出好了，凭核验码可以核对。", "done")
    return redirect(place)


@route(bp, "/funds/check", perm={"GET": "public.read"})
def fund_check():
    code = "".join(request.args.get("code", "").split())[:40].replace("/", "")
    if code:
        return redirect(url_for("sanctions.fund_list", code=code))
    return render_template("sanctions/fund_check.html", code="", missing=False)


@route(bp, "/funds/check/<code>", perm={"GET": "public.read"})
def fund_list(code: str):
    """A list as it was printed, by its code, however it is typed."""
    offices.throttle_public(request.remote_addr or "", "funds", 120)
    letters = bases.code_letters(code[:40])
    row = queries.list_by_code("-".join(letters[i : i + 4] for i in range(0, len(letters), 4)))
    if row is None:
        response = make_response(render_template("sanctions/fund_check.html", code=code[:40], missing=True), 404)
    else:
        response = make_response(render_template("sanctions/fund_list.html", row=row))
    response.headers["X-Robots-Tag"] = "noindex"
    return response
