"""What anybody may check or complain of: a plaque by its code, an answer to the usual question, a unit once published."""

from flask import g, make_response, redirect, render_template, request, url_for

from incubator.bases import queries as bases
from incubator.bases.facts import standing_of
from incubator.decisions import queries as decisions
from incubator.kernel import clock
from incubator.kernel.routing import route
from incubator.notices import queries as notices
from incubator.offices import commands as offices
from incubator.policy.fields.plaque import WORDINGS
from incubator.public import finding, questions
from incubator.public.caching import shared
from incubator.public.views import bp


@route(bp, "/plaque", perm={"GET": "public.read"})
@shared
def plaque_check():
    """The form for a verification code; the code is engraved for everybody, so it may stand in the address."""
    code = "".join(request.args.get("code", "").split())[:40].replace("/", "")
    if code:
        return redirect(url_for("public.plaque", code=code))
    return render_template("public/plaque_check.html", code="", missing=False)


@route(bp, "/plaque/<code>", perm={"GET": "public.read"})
def plaque(code: str):
    """What the plaque says, and what the base is today (A8-7): also after downgrade, lapse or revocation."""
    offices.throttle_public(request.remote_addr or "", "plaque", 120)
    row = bases.plaque_by_code(code[:40])
    if row is None:
        response = make_response(render_template("public/plaque_check.html", code=code[:40], missing=True), 404)
    else:
        now = standing_of(row.base)
        response = make_response(render_template(
            "public/plaque.html", plaque=row, base=row.base, standing=now, wordings=WORDINGS,
            decision=decisions.in_full(row.decision_id, g.actor),
        ))
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@route(bp, "/questions", perm={"GET": "public.read"}, endpoint="questions")
@shared
def frequent():
    """常见问题, each answer with its article."""
    return render_template(
        "public/questions.html", groups=questions.GROUPS, told=finding.of_questions(questions.all_questions())
    )


@route(bp, "/complaint", perm={"GET": "public.read"})
@shared
def complaint():
    """The way to a complaint: how it is handled, and the unit once published that it is about (AMB-21)."""
    q = request.args.get("q", "").strip()[:40]
    return render_template(
        "public/complaint.html", q=q, rows=notices.ever_published(q) if q else [], today=clock.today()
    )
