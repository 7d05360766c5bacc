"""The inbox."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

from incubator.kernel import jobs, outbox
from incubator.kernel.errors import Refused
from incubator.kernel.forms import sent_once
from incubator.kernel.routing import route
from incubator.messages import commands, posting, queries
from incubator.policy.posting import LEGAL_KINDS, MAIL_CHOICES, TEXT_CHOICES

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


@route(bp, "/account/notices", perm={"GET": "self.use", "POST": "self.use"})
def notices():
    """Where I am told outside the portal, and how often."""
    problem, said = None, request.form
    row = posting.choices_of(g.actor.person_id)
    if request.method == "POST":
        try:
            posting.choose(g.actor, address=said.get("address", ""), mail=said.get("mail", ""), text=said.get("text", ""))
        except Refused as refused:
            problem = refused
        else:
            flash(f"存好了。{LEGAL_KINDS}照样会发。", "done")
            return redirect(url_for("messages.notices"))
    page = render_template(
        "messages/notices.html", row=row, problem=problem, said=said if problem else None, ways=posting.ways(),
        mail_choices=MAIL_CHOICES, text_choices=TEXT_CHOICES, legal_kinds=LEGAL_KINDS,
    )
    return page, 422 if problem else 200


@route(bp, "/outbox", perm={"GET": "outbox.manage"})
def undelivered():
    """What was given up, what waits too long, and days that time left open; for whoever looks after the portal."""
    waits = outbox.oldest_undone()
    return render_template(
        "messages/outbox.html", dead=outbox.dead(), waits=waits, alarm=waits is not None and waits > outbox.ALARM,
        slots=jobs.open_slots(), unsent=posting.unanswered(),
    )


@route(bp, "/outbox/<int:row_id>/resend", perm={"POST": "outbox.manage"})
def resend(row_id: int):
    def go() -> str:
        commands.resend(g.actor, row_id)
        return url_for("messages.undelivered")

    place = sent_once(go)
    flash("放回去了，一分钟内重发。", "done")
    return redirect(place)
