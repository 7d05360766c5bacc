"""The beginning of a renewal; its form is that of all applications."""

from flask import Blueprint, g, redirect, url_for

from incubator.kernel.routing import route
from incubator.renewals import commands

bp = Blueprint("renewals", __name__)


@route(bp, "/renewal", perm={"POST": "recognition.fill"}, endpoint="open")
def open_renewal():
    case = commands.open_renewal(g.actor)
    return redirect(url_for("recognitions.edit", case_id=case.id) if case.station.holder == "applicant"
                    else url_for("cases.show", case_id=case.id))
