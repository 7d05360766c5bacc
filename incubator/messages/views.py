"""The inbox."""

from flask import Blueprint, g, redirect, render_template, request, url_for

from incubator.kernel.routing import route
from incubator.messages import commands, queries

bp = Blueprint("messages", __name__)


@route(bp, "/messages", perm={"GET": "self.use"})
def inbox():
    rows, more = queries.page(g.actor, request.args.get("before", type=int))
    return render_template("messages/inbox.html", rows=rows, more=more)


@route(bp, "/messages/<int:letter_id>/open", perm={"POST": "self.use"})
def open_letter(letter_id: int):
    letter = commands.mark_read(g.actor, letter_id)
    if letter.path:
        return redirect(letter.path)
    return redirect(url_for("cases.show", case_id=letter.case_id) if letter.case_id else url_for("messages.inbox"))


@route(bp, "/messages/read", perm={"POST": "self.use"})
def read_all():
    commands.mark_all_read(g.actor)
    return redirect(url_for("messages.inbox"))
