"""Account request (public), its progress, dispatch slip, and the filing form."""

from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, url_for
from sqlalchemy import select

from incubator.bases.queries import own_base, region_choices
from incubator.cases import queries as case_queries
from incubator.cases.forms_page import form_page, save_draft, typed_changes
from incubator.cases.tables import form_table
from incubator.cases.views import page_of, special_act
from incubator.filings import commands
from incubator.kernel import access
from incubator.kernel.database import db
from incubator.kernel.errors import Invalid, Refused
from incubator.kernel.forms import form_for, sent_key, sent_once
from incubator.kernel.routing import route
from incubator.kernel.workflow import Case
from incubator.offices import commands as offices
from incubator.offices.models import Membership, Person
from incubator.policy.fields.account_request import ACCOUNT_REQUEST
from incubator.policy.fields.filing import FILING

bp = Blueprint("filings", __name__)


@route(bp, "/accounts/apply", perm={"GET": "public.read", "POST": "public.ask"})
def apply():
    """第七条（一）: a new base asks for an account; the receipt code is shown once."""
    form = form_for(ACCOUNT_REQUEST, choices={"division_code": region_choices()})
    if request.method == "GET":
        return render_template("filings/apply.html", form=form, homeless=[])
    upload = next(iter(form.licence.uploads), None)
    offices.throttle_public(request.remote_addr or "")
    try:
        answer = commands.submit_once(g.actor, sent_key(), form.raw(), upload)
    except Invalid as invalid:
        homeless = form.show(invalid.problems)
        return render_template("filings/apply.html", form=form, homeless=homeless), 422
    except Refused as refused:
        homeless = form.show([refused.as_problem()])
        return render_template("filings/apply.html", form=form, homeless=homeless), 422
    return render_template("filings/applied.html", code=answer, row=commands.follow(answer))


@route(bp, "/accounts/progress", perm={"GET": "public.read", "POST": "public.ask"})
def progress():
    """Where an account request is, by its receipt code, which never stands in an address."""
    code = request.form.get("code", "").strip()[:60]
    row = None
    if code:
        offices.throttle_public(request.remote_addr or "", "progress", 60)
        row = commands.follow(code)
    moments = case_queries.timeline(row.case, access.PUBLIC) if row else []
    return render_template(
        "filings/progress.html", code=code, row=row, moments=moments,
        track=case_queries.track(row.case) if row else [],
    )


@special_act
def _dispatch_act(case, actor):
    if case.state != "dispatched" or not actor.can("account.dispatch"):
        return None
    return {"label": "重发一次性密码", "url": url_for("filings.reissue", case_id=case.id), "kind": "plain",
            "enabled": True, "reasons": []}


page_of("account_request", "dispatch", "filings.dispatch")


@route(bp, "/cases/<int:case_id>/dispatch", perm={"GET": "account.dispatch", "POST": "account.dispatch"})
def dispatch(case_id: int):
    """Dispatch one account; the slip with the one-time password is shown once."""
    case = access.load(g.actor, Case, case_id)
    if request.method == "GET":
        return render_template("filings/dispatch.html", case=case, row=commands.request_of(case))
    seen = request.form.get("version", type=int) or 0
    slip = commands.slip_once(
        g.actor, sent_key(), case_id, lambda: commands.dispatch(g.actor, case_id, seen_version=seen)
    )
    return render_template("filings/slip.html", slip=slip)


@route(bp, "/cases/<int:case_id>/reissue", perm={"GET": "account.dispatch", "POST": "account.dispatch"})
def reissue(case_id: int):
    case = access.load(g.actor, Case, case_id)
    if request.method == "GET":
        return render_template("filings/reissue.html", case=case)
    slip = commands.slip_once(g.actor, sent_key(), case_id, lambda: commands.reissue_slip(g.actor, case_id))
    return render_template("filings/slip.html", slip=slip)


# the filing -----------------------------------------------------------------------------------


@route(bp, "/filing", perm={"POST": "filing.fill"}, endpoint="open")
def open_filing():
    case = commands.open_filing(g.actor)
    return redirect(url_for("filings.edit", case_id=case.id) if case.station.holder == "applicant"
                    else url_for("cases.show", case_id=case.id))


@route(bp, "/filing/<int:case_id>", perm={"GET": "filing.fill", "POST": "filing.fill"})
def edit(case_id: int):
    """The filing form; POST keeps it (also without script), `submit` sends it."""
    case = access.load(g.actor, Case, case_id)
    if form_table(case.kind) is not FILING or case.station.holder != "applicant":
        return redirect(url_for("cases.show", case_id=case.id))
    return form_page(
        case, FILING, template="filings/edit.html", submit=commands.submit_filing, may_submit="filing.submit",
        check=commands.check_filing, choices={"division_code": region_choices()},
        locked={"operator_uscc": "账号属于这家运营机构，换运营机构要另行申请账号",
                "division_code": "所在地决定由哪里审核，换地方要另行申请账号"},
    )


@route(bp, "/filing/<int:case_id>/draft", perm={"POST": "filing.fill"})
def autosave(case_id: int):
    case = access.load(g.actor, Case, case_id)
    return jsonify(save_draft(case, FILING, typed_changes(FILING)))


# the base's own people --------------------------------------------------------------------------


@route(bp, "/desk/people", perm={"GET": "base.people", "POST": "base.people"})
def base_people():
    slip = None
    if request.method == "POST":
        name = request.form.get("name", "").strip()[:20]
        if not name:
            raise Refused("7(1)", "还没有写姓名", "写上填报人的姓名", field="name")
        slip = commands.add_base_clerk_once(g.actor, sent_key(), name=name)
    base = own_base(g.actor)
    rows = db.session.execute(
        select(Membership, Person).join(Person, Person.id == Membership.person_id)
        .where(Membership.base_id == base.id, Membership.to_on.is_(None)).order_by(Membership.id)
    ).all()
    return render_template("filings/people.html", base=base, rows=rows, slip=slip)


@route(bp, "/desk/people/<int:membership_id>/stop", perm={"POST": "base.people"})
def stop_clerk(membership_id: int):
    sent_once(lambda: _stopped(membership_id))
    flash("已停用，他不能再登录；填过的内容都在。", "done")
    return redirect(url_for("filings.base_people"))


def _stopped(membership_id: int) -> str:
    commands.stop_base_clerk(g.actor, membership_id)
    return str(membership_id)


from incubator.filings import many  # noqa: E402,F401  more routes of the same blueprint
