"""What the people of an office do for themselves beside the cases: notes, marks, handover, views, settings."""

from flask import flash, g, redirect, request, url_for

from incubator.cases import notes
from incubator.cases.views import bp
from incubator.kernel.forms import sent_once
from incubator.kernel.routing import route


@route(bp, "/cases/<int:case_id>/notes", perm={"POST": "desk.use"})
def add_note(case_id: int):
    def go() -> str:
        notes.add(g.actor, case_id, request.form.get("note", ""))
        return url_for("cases.show", case_id=case_id, tab="notes", _anchor="tabs")

    place = sent_once(go)
    flash("记下了，本处的同事看得到。", "done")
    return redirect(place)
