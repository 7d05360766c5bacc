"""Worklist, case page, acts, files."""

from urllib.parse import quote

from flask import Blueprint, Response, flash, g, jsonify, redirect, render_template, request, url_for

from incubator.cases import commands, queries, submissions
from incubator.cases.forms_page import keep_file
from incubator.cases.tables import form_table, remark_choices
from incubator.kernel import access, clock, files, registry, workflow
from incubator.kernel.errors import Conflict, NotVisible, Refused
from incubator.kernel.forms import sent_once
from incubator.kernel.routing import route
from incubator.kernel.workflow import Case
from incubator.obligations.commands import due_of
from incubator.policy.fields import differences, from_stored
from incubator.policy.procedures import PROCEDURES

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
    found = queries.worklist(g.actor, filters)
    today = clock.today()
    return render_template(
        "cases/worklist.html", found=found, filters=filters, groups=queries.grouped(found.rows, today), today=today,
        procedures=PROCEDURES,
    )


@route(bp, "/search", perm={"GET": "case.read"})
def search():
    text = request.args.get("q", "").strip()[:60]
    return render_template("cases/search.html", q=text, rows=queries.search(g.actor, text))


@route(bp, "/cases/<int:case_id>", perm={"GET": "case.read"})
def show(case_id: int):
    case = access.load(g.actor, Case, case_id)
    for fn in _gates:
        if elsewhere := fn(case, g.actor):
            return redirect(elsewhere)
    chosen = request.args.get("tab", "")[:24]
    return render_template("cases/show.html", **case_context(case, chosen))


def case_context(case: Case, chosen: str = "") -> dict:
    """All that the case page shows."""
    panels = [p for p in (fn(case, g.actor, chosen) for fn in registry.panels_of(case.kind)) if p is not None]
    tabs = [p for p in panels if p.place == "tab"]
    current = next((p for p in tabs if chosen.startswith(p.key)), None)
    if current is None and tabs:
        fresh = [fn(case, g.actor, tabs[0].key) for fn in registry.panels_of(case.kind)]
        current = next(p for p in fresh if p is not None and p.key == tabs[0].key)
    return {
        "case": case, "track": queries.track(case), "due": due_of(case.id), "moments": queries.timeline(case, g.actor),
        "actions": action_bar(case), "tops": [p for p in panels if p.place == "top"], "tabs": tabs, "current": current,
        "today": clock.today(),
    }


def action_bar(case: Case) -> list[dict]:
    """The acts that the procedure table offers here, with the reason under each grey one."""
    offered = workflow.actions(case, g.actor)
    bar = [
        {
            "label": a.step.label,
            "url": _act_url(case, a.step.outcome),
            "kind": "main" if a.step.main else "harm" if a.step.harm else "plain",
            "enabled": a.enabled,
            "reasons": [
                {"text": lack.text, "article": workflow.label_of(lack.article) if lack.article else "",
                 "cure_url": lack.cure_url, "cure_label": lack.cure_label}
                for lack in a.lacks
            ],
        }
        for a in offered
    ]
    return bar + special_acts(case)


_gates = []


def gate(fn):
    """Register ``fn(case, actor) -> URL | None``: what comes before the dossier opens (A8-2: the declaration)."""
    _gates.append(fn)
    return fn


_pages: dict[tuple[str, str], str] = {}
_special = []


def page_of(kind: str, outcome: str, endpoint: str) -> None:
    """Let the act of a step have a page of its own instead of the general one."""
    _pages[kind, outcome] = endpoint


def _act_url(case: Case, outcome: str) -> str:
    endpoint = _pages.get((case.kind, outcome))
    if endpoint:
        return url_for(endpoint, case_id=case.id)
    return url_for("cases.act", case_id=case.id, outcome=outcome)


def special_act(fn):
    """Register ``fn(case, actor) -> dict | None``: an act of the panel that has a page of its own."""
    _special.append(fn)
    return fn


def special_acts(case: Case) -> list[dict]:
    return [act for act in (fn(case, g.actor) for fn in _special) if act]


@route(bp, "/cases/<int:case_id>/act/<outcome>", perm={"GET": "case.act", "POST": "case.act"})
def act(case_id: int, outcome: str):
    """One step: its words, its document, its confirmation; on refusal everything typed stays."""
    case = access.load(g.actor, Case, case_id)
    action = next((a for a in workflow.actions(case, g.actor) if a.step.outcome == outcome), None)
    if request.method == "GET":
        if action is None:
            raise NotVisible(outcome)
        return _act_page(case, action)
    typed = {"text": request.form.get("text", ""), "doc_no": request.form.get("doc_no", ""),
             "lead_name": request.form.get("lead_name", "")[:20], "remarks": _remarks(case)}

    def go() -> str:
        commands.act(
            g.actor, case_id, outcome, seen_version=request.form.get("version", type=int) or 0,
            upload=request.files.get("document"), **typed,
        )
        return url_for("cases.show", case_id=case_id)

    try:
        place = sent_once(go)
    except Refused as refused:
        if action is None:
            raise
        return _act_page(case, action, typed, refused), 422
    flash(queries.after_words(access.load(g.actor, Case, case_id, fresh=True)), "done")
    return redirect(place)


def _act_page(case, action, typed=None, refused=None):
    table = form_table(case.kind)
    return render_template(
        "cases/act.html", case=case, action=action, step=action.step, typed=typed or {}, refused=refused,
        remark_choices=remark_choices(table), spare=max(0, 4 - len((typed or {}).get("remarks", []))),
    )


def _remarks(case) -> list[dict]:
    """Remarks typed as pairs remark-<n>-field and remark-<n>-text."""
    labels = {f.name: f.label for f in form_table(case.kind).fields}
    found = []
    for key in request.form:
        if key.startswith("remarks-") and key.endswith("-text"):
            index = key.split("-")[1]
            text = request.form[key].strip()[:300]
            name = request.form.get(f"remarks-{index}-field", "")
            if text and name in labels:
                found.append({"field": name, "label": labels[name], "text": text})
    return found


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
    return render_template(
        "cases/compare.html", case=case, old=rows[0], new=rows[1], changed=changed,
        rosters=roster_changes(contents[0].get("rosters", {}), contents[1].get("rosters", {})),
        unchanged=len(table.fields) - len({c.field.name for c in changed}), returned=returned,
        remarks=queries.answered(returned, changed={c.field.name for c in changed}),
    )


def roster_changes(old: dict, new: dict) -> list[dict]:
    """Rows that came, went or changed between two frozen rosters, by their name."""
    found = []
    for key in sorted(set(old) | set(new)):
        before = {str(r.get("id", i)): r for i, r in enumerate(old.get(key, []))}
        after = {str(r.get("id", i)): r for i, r in enumerate(new.get(key, []))}
        for row_id in before.keys() | after.keys():
            a, b = before.get(row_id), after.get(row_id)
            if a != b:
                found.append({"roster": key, "name": (b or a).get("name", ""),
                              "kind": "新增" if a is None else "减少" if b is None else "修改"})
    return found


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


