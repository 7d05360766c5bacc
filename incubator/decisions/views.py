"""The province's desk of documents: what waits, a document typed and looked over, the documents entered."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

from incubator.bases.plaques import valid_plaque
from incubator.cases.views import special_act
from incubator.decisions import commands, kinds, queries
from incubator.kernel import access, clock, files
from incubator.kernel.errors import Invalid, Refused
from incubator.kernel.forms import answered, form_for, sent_once
from incubator.kernel.routing import route
from incubator.notices.views import chosen_cases
from incubator.policy.fields.decision import DECISION
from incubator.policy.fields.reading import row_number

bp = Blueprint("decisions", __name__)
TYPED = ("document_no", "document_on", "title", "file", "late_reason", "supplements")


@special_act
def _decide_act(case, actor):
    """The way from a case that waits for a document to the page where documents are entered."""
    if not actor.can(kinds.ISSUE):
        return None
    found = kinds.of_case(actor, case)
    if not found:
        return None
    kind, row = found[0]
    reasons = [
        {"text": lack.text, "article": lack.article, "cure_url": lack.cure_url, "cure_label": lack.cure_label}
        for lack in row.lacks
    ]
    return {"label": f"登记{kind.words.label}文件", "url": url_for("decisions.new", kind=kind.key, case=case.id), "kind": "main",
            "enabled": not reasons, "reasons": reasons}


@special_act
def _plaque_act(case, actor):
    """The way from a recognised case, whose plaque is owed, to the page where the issue is registered (A8-6)."""
    if not actor.can("plaque.register") or case.base_id is None or not queries.plaque_owed(case.id):
        return None
    return {"label": "登记发牌", "url": url_for("bases.issue", base_id=case.base_id), "kind": "main", "enabled": True,
            "reasons": []}


@special_act
def _plaque_back_act(case, actor):
    """The county's way from a promoted case to the plaque that it is to bring back (A8-7)."""
    if actor.tier != "county" or not actor.can("plaque.return") or case.base_id is None:
        return None
    if not queries.plaque_owed(case.id, "plaque_back"):
        return None
    return {"label": "登记收回旧牌匾", "url": url_for("bases.take_back", plaque_id=valid_plaque(case.base_id).id), "kind": "main",
            "enabled": True, "reasons": []}


@route(bp, "/decisions", perm={"GET": "decision.read"})
def index():
    rows, more = queries.page(g.actor, request.args.get("before", type=int))
    return render_template("decisions/index.html", rows=rows, more=more, ready=kinds.ready(g.actor))


@route(bp, "/decisions/<int:decision_id>", perm={"GET": "decision.read"})
def show(decision_id: int):
    decision = queries.in_full(decision_id, g.actor)
    scan = files.named([decision.file_id]).get(decision.file_id)
    supplemented, later = queries.related(decision)
    return render_template("decisions/show.html", decision=decision, scan=scan, supplemented=supplemented, later=later)


def _kind(waits: dict[kinds.Kind, list]) -> kinds.Kind:
    """The kind that the page is about; without a word of it the first one for which something waits."""
    asked = request.values.get("kind", "")
    return kinds.get(asked) if asked else next(iter(waits), kinds.every()[0])


@route(bp, "/decisions/new", perm={"GET": "decision.issue", "POST": "decision.issue"}, step_up={"do": "issue"})
def new():
    """One document for many bases: typed, then looked over with what follows from it, then entered."""
    if request.method == "GET":
        waits = _waits()
        kind = _kind(waits)
        ready = waits.get(kind, [])
        free = {row.case.id for row in ready if not row.lacks}
        chosen = set(request.args.getlist("case", type=int)) & {row.case.id for row in ready} or free
        today = clock.today()
        form = form_for(DECISION, {
            "title": kind.words.title.format(year=today.year), "document_on": "",
            "document_no": queries.suggest_number(today.year),
            "supplements": queries.suggest_supplement([row for row in ready if row.case.id in chosen]) or "",
        }, names=TYPED)
        return _form_page(kind, form, chosen, waits=waits)
    kind = _kind({})
    if before := answered():
        return redirect(before)
    cases, kept = chosen_cases(), None
    form = form_for(DECISION, names=TYPED)
    do = request.form.get("do", "check")
    try:
        kept = _kept()
        if do == "issue":
            return _issue(kind, form, cases, kept)
        if do == "edit":
            return _form_page(kind, form, set(cases), kept=kept)
        judged = commands.judge(g.actor, cases, form.raw(), has_file=kept is not None, kind=kind.key)
    except Invalid as invalid:
        return _form_page(kind, form, set(cases), form.show(invalid.problems), kept=kept), 422
    except Refused as refused:
        if refused.field == "confirm_year":
            return _look_over(kind, form, cases, kept, refused), 422
        return _form_page(kind, form, set(cases), form.show([refused.as_problem()]), kept=kept), 422
    if judged.problems:
        return _form_page(kind, form, set(cases), form.show(judged.problems), kept=kept), 422
    return _look_over(kind, form, cases, kept, judged=judged)


def _kept() -> files.StoredFile | None:
    """The scan that came along now, or with an earlier look at the same document."""
    upload = next((item for item in request.files.getlist("file") if item.filename), None)
    if upload is not None:
        return commands.keep_scan(g.actor, upload, public=False)
    ids = [n for i in request.form.getlist("file") if (n := row_number(i)) is not None]
    return access.load(g.actor, files.StoredFile, ids[0]) if ids else None


def _issue(kind, form, cases, kept):
    place = sent_once(
        lambda: url_for("decisions.show", decision_id=commands.issue(
            g.actor, kind.key, cases, form.raw(), file_id=kept.id if kept else None,
            confirm_year=bool(request.form.get("confirm_year")),
        ).id),
    )
    flash(f"登记好了，{kind.words.label} {len(cases)} 家，名录里已经能查到。", "done")
    return redirect(place)


def _waits() -> dict[kinds.Kind, list]:
    return dict(kinds.ready(g.actor))


def _form_page(kind, form, chosen, homeless=(), *, waits=None, kept=None):
    form["file"].files = [kept] if kept else []
    waits = _waits() if waits is None else waits
    rows, others = waits.get(kind, []), [other for other in waits if other is not kind]
    return render_template(
        "decisions/new.html", kind=kind, form=form, ready=rows, chosen=chosen, homeless=list(homeless),
        earlier=queries.earlier(kind.key), others=others,
    )


def _look_over(kind, form, cases, kept, refused=None, judged=None):
    """The document with its bases, what each gets and the conclusion in words, before anything is written."""
    judged = judged or commands.judge(g.actor, cases, form.raw(), has_file=kept is not None, kind=kind.key)
    return render_template(
        "decisions/look_over.html", kind=kind, form=form, judged=judged, kept=kept, refused=refused,
        versions=cases, typed=[(name, form[name].data or "") for name in TYPED if name != "file"],
    )
