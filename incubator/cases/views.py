"""Worklist, case page, acts, files."""

from urllib.parse import parse_qsl, quote, urlencode

from flask import Blueprint, Response, flash, g, jsonify, redirect, render_template, request, url_for
from sqlalchemy.orm import joinedload

from incubator.cases import (
    batches,
    behalf,
    beside,
    commands,
    personal,
    queries,
    remarks,
    seen,
    submissions,
    taking,
)
from incubator.cases.forms_page import keep_file
from incubator.cases.tables import form_table
from incubator.kernel import access, clock, files, once, registry, workflow
from incubator.kernel.errors import Conflict, NotVisible, Refused
from incubator.kernel.forms import sent_once
from incubator.kernel.routing import route
from incubator.kernel.workflow import Case
from incubator.obligations.commands import due_of
from incubator.policy.fields import differences, from_stored
from incubator.policy.fields.opinion import OPINION_LENGTH, REASON_AT_LEAST
from incubator.policy.procedures import PROCEDURES
from incubator.rosters.compare import changes as roster_changes

bp = Blueprint("cases", __name__)


@route(bp, "/home", perm={"GET": "self.use"})
def home():
    """Where one lands after signing in."""
    if g.actor.tier == "base":
        return redirect(url_for("bases.desk"))
    if g.actor.role in ("sys_admin",):
        return redirect(url_for("offices.people"))
    if g.actor.role == "sec_admin":
        return redirect(url_for("offices.roles"))
    if g.actor.role == "auditor":
        return redirect(url_for("offices.ledger"))
    return redirect(url_for("cases.worklist"))


@route(bp, "/work", perm={"GET": "worklist.read"})
def worklist():
    filters = queries.Filters.of(request.args)
    wants, views = personal.of_worklist(g.actor)
    found = queries.worklist(g.actor, filters, wants.size)
    today, desk = clock.today(), g.actor.can("desk.use")
    return render_template(
        "cases/worklist.html", found=found, filters=filters, groups=queries.grouped(found.rows, today), today=today,
        procedures=PROCEDURES, desk=desk, marks=beside.marks(g.actor, [row.case for row in found.rows]),
        wants=wants, columns=personal.COLUMNS, views=[
            {"name": name, "params": (asked := queries.Filters.of(dict(parse_qsl(query)))).params(), "shared": shared,
             "count": queries.how_many(asked, found.states)} for _, name, query, shared in views
        ], params=filters.params(), listed=urlencode(filters.params()),
    )


@route(bp, "/search", perm={"GET": "case.read"})
def search():
    text = request.args.get("q", "").strip()[:60]
    return render_template("cases/search.html", q=text, rows=queries.search(g.actor, text))


@route(bp, "/cases/<int:case_id>", perm={"GET": "case.read"})
def show(case_id: int):
    with once.page():
        case = access.load(g.actor, Case, case_id, options=(joinedload(Case.region), joinedload(Case.office)))
        for fn in _gates:
            if elsewhere := fn(case, g.actor):
                return redirect(elsewhere)
        chosen = request.args.get("tab", "")[:24]
        context = case_context(case, chosen)
        seen.look(g.actor, case, context["beside"].seen)
        return render_template("cases/show.html", **context)


def case_context(case: Case, chosen: str = "") -> dict:
    """All that the case page shows."""
    made = [(fn, p) for fn in registry.panels_of(case.kind) if (p := fn(case, g.actor, chosen)) is not None]
    panels = [p for _, p in made]
    tabs = [p for p in panels if p.place == "tab"]
    current = next((p for p in tabs if chosen.startswith(p.key)), None)
    if current is None and tabs:  # the first tab stands open: only it is asked again, for all that it shows
        current = next(fn for fn, p in made if p is tabs[0])(case, g.actor, tabs[0].key)
    moments, desk = queries.timeline(case, g.actor), beside.of(g.actor, case.id)
    return {
        "case": case, "track": queries.track(case, moments), "due": due_of(case.id), "moments": moments,
        "beside": desk, "news": seen.news(desk.seen, moments), "on_desk": taking.on_desk(case, g.actor), "listed": listed(),
        "actions": action_bar(case), "tops": [p for p in panels if p.place == "top"], "tabs": tabs, "current": current,
        "today": clock.today(),
    }


def listed() -> str:
    """The filters of the worklist that one came from, carried along from page to page."""
    return urlencode(queries.Filters.of(dict(parse_qsl(request.args.get("list", "")[:400]))).params())


def action_bar(case: Case, who=None) -> list[dict]:
    """The acts that the procedure table offers here, with the reason under each grey one."""
    offered = workflow.actions(case, who or g.actor)
    more = {**({"behalf": 1} if who else {}), **({"list": listed()} if listed() else {})}
    bar = [
        {
            "label": a.step.label,
            "url": _act_url(case, a.step.outcome, **more),
            "kind": "main" if a.step.main else "harm" if a.step.harm else "plain",
            "enabled": a.enabled,
            "reasons": [
                {"text": lack.text, "article": workflow.label_of(lack.article) if lack.article else "",
                 "cure_url": f"{lack.cure_url}?behalf=1" if who and lack.cure_url else lack.cure_url,
                 "cure_label": lack.cure_label}
                for lack in a.lacks
            ],
        }
        for a in offered
    ]
    return bar + special_acts(case, who or g.actor)


_gates = []


def gate(fn):
    """Register ``fn(case, actor) -> URL | None``: what comes before the dossier opens (A8-2: the declaration)."""
    _gates.append(fn)
    return fn


_pages: dict[tuple[str, str], str] = {}
_special = []


def page_of(kind: str, outcome: str, endpoint: str, *, many: bool = False) -> None:
    """Let the act of a step have a page of its own instead of the general one; with `many` it may be batched all the same."""
    _pages[kind, outcome] = endpoint
    if not many:
        batches.page_of_many(kind, outcome, None)


def _act_url(case: Case, outcome: str, **more) -> str:
    endpoint = _pages.get((case.kind, outcome))
    if endpoint:
        return url_for(endpoint, case_id=case.id, **more)
    return url_for("cases.act", case_id=case.id, outcome=outcome, **more)


def special_act(fn):
    """Register ``fn(case, actor) -> dict | None``: an act of the panel that has a page of its own."""
    _special.append(fn)
    return fn


def special_acts(case: Case, actor) -> list[dict]:
    return [act for act in (fn(case, actor) for fn in _special) if act]


@special_act
def _behalf_act(case, actor):
    if not behalf.possible(case, actor):
        return None
    return {"label": f"代{case.office.short_name}办理", "url": url_for("cases.on_behalf", case_id=case.id), "kind": "plain",
            "enabled": True, "reasons": []}


@special_act
def _not_here_any_more(case, actor):
    """An act that the applicant had until now stays in sight, with the one who has it from here on."""
    if actor.tier != "base" or actor.base_id != case.base_id:
        return None
    for told in case.procedure.elsewhere_from(case.state):
        before = next(s for s in case.procedure.steps if s.outcome == told.outcome)
        if actor.can(before.permission):
            return {"label": before.label, "url": url_for("cases.show", case_id=case.id), "kind": "plain", "enabled": False,
                    "reasons": [{"text": told.reason, "article": workflow.label_of(told.article), "cure_url": "",
                                 "cure_label": told.way_out}]}
    return None


@route(bp, "/cases/<int:case_id>/behalf", perm={"GET": "act.on_behalf"})
def on_behalf(case_id: int):
    """What the office that has the case could do now, offered to the provincial lead in its place (A3-5)."""
    case = access.load(g.actor, Case, case_id)
    if not behalf.possible(case, g.actor):
        raise NotVisible("behalf")
    who = access.stand_in(g.actor, case.office, case.station.holder, "")
    return render_template("cases/on_behalf.html", case=case, actions=action_bar(case, who), due=due_of(case.id),
                           today=clock.today())


@route(bp, "/cases/<int:case_id>/act/<outcome>", perm={"GET": "case.act", "POST": "case.act"})
def act(case_id: int, outcome: str):
    """One step: its words, its document, its confirmation; on refusal everything typed stays."""
    case = access.load(g.actor, Case, case_id)
    who = behalf.acting(case)
    action = next((a for a in workflow.actions(case, who) if a.step.outcome == outcome), None)
    if request.method == "GET":
        if action is None:
            raise NotVisible(outcome)
        return _act_page(case, action)
    typed = {"text": request.form.get("text", ""), "doc_no": request.form.get("doc_no", ""),
             "lead_name": request.form.get("lead_name", "")[:20], "remarks": remarks.typed(case),
             "kept": request.form.get("kept", type=int)}
    upload = request.files.get("document")
    upload = upload if upload and upload.filename else None

    def go() -> str:
        commands.act(
            who, case_id, outcome, seen_version=request.form.get("version", type=int) or 0,
            upload=upload, **typed,
        )
        return url_for("cases.show", case_id=case_id, list=listed() or None)

    try:
        place = sent_once(go)
    except Refused as refused:
        if action is None:
            raise
        if upload and (action.step.document or action.step.paper) and refused.field != "document":
            refused = _keep_scan(who, case_id, upload, typed) or refused
        return _act_page(case, action, typed, refused), 422
    flash(queries.after_words(access.load(g.actor, Case, case_id, fresh=True)), "done")
    return redirect(place)


def _keep_scan(who, case_id: int, upload, typed: dict) -> Refused | None:
    """Keep the scan that came with a refused act; what the file itself is refused for comes first."""
    try:
        typed["kept"] = commands.keep_scan(who, case_id, upload).id
    except Refused as unfit:
        unfit.field = "document"
        return unfit
    return None


def _act_page(case, action, typed=None, refused=None):
    return render_template(
        "cases/act.html", case=case, action=action, step=action.step, typed=typed or {}, refused=refused,
        behalf=behalf.asked(), longest=OPINION_LENGTH, at_least=REASON_AT_LEAST,
        scan=access.load(g.actor, files.StoredFile, typed["kept"]) if typed and typed.get("kept") else None,
        **remarks.shown(case, (typed or {}).get("remarks", []), 4),
    )


@route(bp, "/cases/<int:case_id>/compare/<int:old>/<int:new>", perm={"GET": "case.read"})
def compare(case_id: int, old: int, new: int):
    """Two versions side by side: only what changed, and how the remarks were answered."""
    case = access.load(g.actor, Case, case_id)
    table = form_table(case.kind)
    rows = [queries.version(case.id, n) for n in (old, new)]
    if None in rows:
        raise NotVisible("version")
    contents = [submissions.content(row, table) for row in rows]
    typed = [from_stored(table, c["form"]) for c in contents]
    changed = differences(table, *typed)
    returned = queries.return_between(case.id, rows[0], rows[1])
    rosters = roster_changes(contents[0].get("rosters") or {}, contents[1].get("rosters") or {})
    return render_template(
        "cases/compare.html", case=case, old=rows[0], new=rows[1], changed=changed,
        rosters=rosters, unchanged=len(table.fields) - len({c.field.name for c in changed}), returned=returned,
        remarks=queries.answered(
            returned, changed=submissions.changed(table, *contents), said=contents[1].get("answers") or []
        ),
    )


@route(bp, "/files/<int:file_id>", perm={"GET": "file.read"})
def download(file_id: int):
    row = access.load(g.actor, files.StoredFile, file_id)
    return send(row)


def send(row: files.StoredFile) -> Response:
    """The bytes as an attachment that can run nothing in our origin (reliability §3.7)."""
    response = Response(files.read(row), mimetype=files.KINDS[row.kind][0])
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(row.name)}"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@route(bp, "/cases/<int:case_id>/files", perm={"POST": "file.add"}, endpoint="add_file")
def add_file(case_id: int):
    """One file of a form, sent while the person goes on; the answer names its id."""
    upload = request.files.get("file") or next(iter(request.files.values()), None)
    if upload is None:
        raise Refused("7(5)", "没有收到文件", "重新选择文件")
    try:
        row = commands.add_file(g.actor, case_id, upload, kinds=("pdf", "jpg", "png", "docx", "xlsx"))
        case = access.load(g.actor, Case, case_id)
        if g.actor.tier == "base":
            keep_file(case, form_table(case.kind), request.form.get("field", ""), row.id)
    except Refused as refused:
        return jsonify({"error": refused.reason, "way_out": refused.way_out}), 422
    except Conflict as conflict:
        return jsonify({"error": conflict.message}), 409
    return jsonify({"id": row.id, "name": row.name, "size": row.size, "url": row.url})


from incubator.cases import batch_pages, desk_pages, moving  # noqa: E402,F401  more routes of the same blueprint
