"""Many accounts dispatched at once: ticked, dispatched one by one, their slips on one printable page (A7-1c)."""

from dataclasses import dataclass

from flask import g, render_template, request
from sqlalchemy.orm import joinedload

from incubator.cases import batches
from incubator.filings import commands
from incubator.filings.models import AccountRequest
from incubator.filings.views import bp
from incubator.kernel import access, security
from incubator.kernel.database import again_if_taken, db
from incubator.kernel.errors import Conflict, NotVisible, Refused
from incubator.kernel.forms import sent_key
from incubator.kernel.routing import route
from incubator.kernel.workflow import Case

PAGE = 50
batches.page_of_many("account_request", "dispatch", "filings.dispatch_many")


@dataclass
class Failed:
    """A request that could not be dispatched, and why."""

    name: str
    reason: str
    way_out: str = ""


def waiting(actor, ids: list[int] | None = None) -> list[AccountRequest]:
    """Requests at 待省厅派发 in sight, the oldest first; only those of `ids` if given."""
    query = (
        access.visible(actor, AccountRequest).join(Case, Case.id == AccountRequest.case_id)
        .where(Case.state == "dispatch").order_by(Case.arrived_at, Case.id).limit(PAGE)
        .options(joinedload(AccountRequest.case).joinedload(Case.region))
    )
    return list(db.session.scalars(query.where(Case.id.in_(ids)) if ids else query))


def dispatch_all(actor, key: str, items: list[tuple[int, int]]) -> tuple[list[commands.Slip], list[Failed]]:
    """Dispatch each request in its own transaction, at most once for the form that `key` names.

    The form sent again shows the slips of the first time: a password is made once (P24). What fails leaves the others.
    """
    access.require(actor, "account.dispatch")
    names = {c.id: c.subject for c in db.session.scalars(access.visible(actor, Case).where(Case.id.in_([i for i, _ in items])))}
    slips, failed = [], []
    for case_id, version in dict(items).items():
        part = security.digest(f"{key}:{case_id}") if key else ""
        try:
            slips.append(again_if_taken(lambda c=case_id, v=version, k=part: commands.slip_once(
                actor, k, c, lambda: commands.dispatch(actor, c, seen_version=v))))
        except Refused as refused:
            failed.append(Failed(names.get(case_id, ""), refused.reason, refused.way_out))
        except Conflict as conflict:
            failed.append(Failed(names.get(case_id, ""), conflict.message.partition("。")[0]))
        except NotVisible:
            failed.append(Failed("", "没有这份申请，或已经转走"))
    return slips, failed


@route(bp, "/accounts/dispatch", perm={"GET": "account.dispatch", "POST": "account.dispatch"})
def dispatch_many():
    """GET: the requests that wait, those from the worklist ticked. POST: all slips, one to a sheet."""
    if request.method == "GET":
        ticked = set(request.args.getlist("case", type=int)[:PAGE])
        return render_template("filings/dispatch_many.html", rows=waiting(g.actor), ticked=ticked, most=PAGE)
    items = []
    for case_id in request.form.getlist("case", type=int)[:PAGE]:
        items.append((case_id, request.form.get(f"version-{case_id}", type=int) or 0))
    if not items:
        raise Refused("7(1)", "没有勾选", "勾选要派发的申请", field="case")
    slips, failed = dispatch_all(g.actor, sent_key(), items)
    return render_template("filings/slips.html", slips=slips, failed=failed)


