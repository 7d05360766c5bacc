"""The inbox."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

from incubator.kernel import jobs, outbox
from incubator.kernel.forms import sent_once
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


@route(bp, "/outbox", perm={"GET": "outbox.manage"})
def undelivered():
    """What was given up, what waits too long, and days that time left open; for whoever looks after the portal."""
    waits = outbox.oldest_undone()
    return render_template(
        "messages/outbox.html", dead=outbox.dead(), waits=waits, alarm=waits is not None and waits > outbox.ALARM,
        slots=jobs.open_slots(),
    )


@route(bp, "/outbox/<int:row_id>/resend", perm={"POST": "outbox.manage"})
def resend(row_id: int):
    def go() -> str:
        commands.resend(g.actor, row_id)
        return url_for("messages.undelivered")

    place = sent_once(go)
    flash("放回去了，一分钟内重发。", "done")
    return redirect(place)
