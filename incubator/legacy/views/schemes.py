"""The list of a city's own level, kept by its office, and the public list."""

from flask import flash, g, redirect, render_template, request, url_for

from incubator.kernel import access, clock, files
from incubator.kernel.errors import Invalid, Refused
from incubator.kernel.forms import form_for, sent_once
from incubator.kernel.routing import route
from incubator.legacy import schemes
from incubator.legacy.models import CityBase
from incubator.legacy.views import bp
from incubator.policy.fields.legacy import CITY_BASE, CITY_STRIKE


@route(bp, "/city-bases", perm={"GET": "scheme.keep", "POST": "scheme.keep"})
def city():
    """What stands on the own list, and one more."""
    form = form_for(CITY_BASE, choices={"division_code": {"": list(schemes.own_regions(g.actor.office_id).items())}})
    homeless, status = [], 200
    if request.method == "POST":
        try:
            sent_once(lambda: str(schemes.list_base(g.actor, form.raw(), next(iter(form.file.uploads), None)).id))
        except Invalid as invalid:
            homeless, status = form.show(invalid.problems), 422
        except Refused as refused:
            homeless, status = form.show([refused.as_problem()]), 422
        else:
            flash("登记好了，公开的市（州）级名单上能查到。", "done")
            return redirect(url_for("legacy.city"))
    rows = schemes.listed(g.actor.office_id)
    return render_template("legacy/city.html", form=form, homeless=homeless, rows=rows, today=clock.today(),
                           scans=files.named(row.file_id for row in rows)), status


@route(bp, "/city-bases/<int:row_id>/strike", perm={"GET": "scheme.keep", "POST": "scheme.keep"})
def strike(row_id: int):
    row = access.load(g.actor, CityBase, row_id)
    form = form_for(CITY_STRIKE)
    homeless, status = [], 200
    if request.method == "POST":
        try:
            sent_once(lambda: str(schemes.strike_base(g.actor, row.id, form.raw()).id))
        except Invalid as invalid:
            homeless, status = form.show(invalid.problems), 422
        except Refused as refused:
            homeless, status = form.show([refused.as_problem()]), 422
        else:
            flash("移出名单了，记录都在。", "done")
            return redirect(url_for("legacy.city"))
    return render_template("legacy/form.html", form=form, homeless=homeless, title="移出名单", subject=row.name,
                           answer="写明原因，记录保留，第二十一条", back=url_for("legacy.city"), crumb="市（州）级基地"), status


@route(bp, "/register/city", perm={"GET": "public.read"}, endpoint="public_list")
def public_list():
    """Apart from the provincial register: each city's list with document, date and end."""
    rows = schemes.listed()
    return render_template("legacy/public.html", rows=rows, today=clock.today())
