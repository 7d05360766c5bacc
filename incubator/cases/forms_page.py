"""A long form of the applicant: prefilled, autosaved by field, kept without script, submitted as a version."""

import json
from collections import Counter

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from incubator.bases.queries import region_labels
from incubator.cases import commands, corrections, queries, submissions
from incubator.kernel import access, clock, drafts, files
from incubator.kernel.database import transaction
from incubator.kernel.errors import Conflict, Invalid, Refused
from incubator.kernel.forms import answered, form_for, rows_from, sent_once
from incubator.kernel.workflow import Case
from incubator.policy.fields import FieldTable, clean, from_stored, show, to_stored
from incubator.policy.fields.reading import empty, row_number


def typed_changes(table: FieldTable, names=None, form=None) -> dict:
    """What the request brought, read as a draft and in stored form; only fields that came along.

    A whole form (it names what to `do`) brings every field, so an unticked box or an emptied table counts too;
    an autosave brings the changed ones, with ``rows=<field>`` for a table. A wrong value stays as it was typed.
    """
    form = request.form if form is None else form
    whole = "do" in form or "drop" in form
    tables = set(form.getlist("rows"))
    raw = {}
    for spec in table.fields:
        if spec.source == "auto" or (names is not None and spec.name not in names):
            continue
        if spec.kind == "rows":
            if whole or spec.name in tables:
                raw[spec.name] = rows_from(form, spec.name, spec)
        elif spec.kind in ("file", "files", "multi"):
            if spec.name in form:
                raw[spec.name] = [v for v in form.getlist(spec.name) if v]
            elif whole and spec.kind == "multi":
                raw[spec.name] = []
        elif spec.kind == "bool":
            if whole or spec.name in form:
                raw[spec.name] = form.getlist(spec.name)[-1:] in (["y"], ["true"], ["1"], ["on"])
        elif spec.name in form:
            raw[spec.name] = form.get(spec.name)
    return clean_changes(table, raw)


def clean_changes(table: FieldTable, raw: dict) -> dict:
    """What was typed into some fields, read as a draft and in stored form."""
    read = clean(table, raw, draft=True, context={"today": clock.today(), "regions": region_labels()})
    return {name: value for name, value in to_stored(table, read.values).items() if name in raw}


def save_draft(case: Case, table: FieldTable, changes: dict, *, seen_version: int | None = None) -> dict:
    """Keep `changes`, seen at the version that the form names; answers when it was saved and where to go on from."""
    if case.station.holder != "applicant":
        raise Conflict("已经提交，不能再改")
    submissions.check_files(g.actor, case, table, changes)
    corrections.keep(g.actor, case, corrections.typed(request.form))
    stored, _ = drafts.read(case.id, table)
    # a box that was empty and still is was not changed by the whole form that brings it along
    changes = {name: value for name, value in changes.items() if not (empty(value) and empty(stored.get(name)))}
    row = drafts.save(case, table, changes, g.actor, seen_version=request.form.get("version", type=int) or 0
                      if seen_version is None else seen_version)
    saved = clock.local(row.saved_at)
    return {"saved_at": f"{saved:%H:%M}", "version": row.version}


def form_page(case, table, *, template, submit, may_submit, check, choices=None, locked=None, extra=None, part=""):
    """GET shows the form; POST keeps what was typed, takes files without script, and submits when asked.

    With `part` only that group's fields are on the page, and only they are kept; ``do=next`` goes on from there.
    """
    problems, tried = [], False
    names = tuple(f.name for f in table.in_group(part)) if part else None
    if request.method == "POST":
        if before := answered():
            return redirect(before)
        changes = typed_changes(table, names, _with_files_of_rows(case, table))
        moved = _uploads(case, table, changes) | _dropped(case, table)
        try:
            if moved:  # joined to or taken from what is kept now: no text that somebody else could have changed
                save_draft(case, table, moved, seen_version=drafts.read(case.id, table)[1].version)
            save_draft(case, table, changes)
        except Conflict as conflict:
            if before := answered():  # the same form, sent twice in one instant
                return redirect(before)
            if not conflict.yours:
                raise
            save_draft(case, table, {name: value for name, value in changes.items() if name not in conflict.yours})
            return _page(case, table, template, choices, locked, extra, names, conflict=conflict, may=may_submit), 409
        if request.form.get("do") == "submit":
            tried = True
            try:
                return submitted(case, submit)
            except Invalid as invalid:
                problems = invalid.problems
            except Refused as refused:
                problems = [refused.as_problem()]
        elif request.form.get("do") == "next":
            return redirect(url_for(request.endpoint, case_id=case.id, part=next_part(table, part)))
        elif "drop" in request.form:
            flash("文件移除了，其余填的都已保存。", "done")
            field = request.form["drop"].partition(":")[0]
            return redirect(request.full_path.rstrip("?") + (f"#f-{field}" if field in table else ""))
        else:
            flash("已保存，可以接着填，也可以以后再填。", "done")
            return redirect(request.full_path.rstrip("?"))
    elif request.args.get("check") is not None:
        tried, problems = True, check(case).errors
    page = _page(case, table, template, choices, locked, extra, names, problems, may=may_submit)
    return (page, 422) if tried and request.method == "POST" else page


def submitted(case, submit):
    """Send the form on, at most once for the form that came, and say what follows."""
    def go() -> str:
        submit(g.actor, case.id, seen_version=request.form.get("case_version", type=int) or 0)
        return url_for("cases.show", case_id=case.id)

    place = sent_once(go)
    flash(f"提交好了。{queries.after_words(access.load(g.actor, Case, case.id, fresh=True))}", "done")
    return redirect(place)


def next_part(table: FieldTable, part: str) -> str:
    """The group that follows, or the check before submitting."""
    keys = [key for key, _, _ in typed_groups(table)]
    after = keys.index(part) + 1 if part in keys else len(keys)
    return keys[after] if after < len(keys) else "check"


def typed_groups(table: FieldTable) -> list:
    """The groups in which a person types something."""
    return [group for group in table.groups if any(f.source == "typed" for f in table.in_group(group[0]))]


def _with_files_of_rows(case, table) -> MultiDict:
    """The form, with the ids of files that came in cells of its row tables."""
    form = MultiDict(request.form)
    for spec in table.fields:
        for column in (c for c in spec.columns if c.kind in ("file", "files")):
            for key in [k for k in request.files if k.startswith(f"{spec.name}-") and k.endswith(f"-{column.name}")]:
                for upload in (u for u in request.files.getlist(key) if u.filename):
                    row = _take(case, upload, column)
                    if row is not None:
                        form.setlist(key, [str(row.id)] if column.kind == "file" else [*form.getlist(key), str(row.id)])
    return form


def _take(case, upload, spec):
    """Store one upload; a refused one is said in words and leaves the others."""
    try:
        return commands.add_file(g.actor, case.id, upload, _kinds(spec))
    except Refused as refused:
        flash(f"{refused.reason}。{refused.way_out}。", "harm")
        return None


def _uploads(case, table, changes) -> dict:
    """Files that came with the form itself (no script): each failing one leaves the others."""
    found = {}
    for spec in table.fields:
        uploads = [u for u in request.files.getlist(spec.name) if u.filename] if spec.kind in ("file", "files") else []
        for upload in uploads:
            row = _take(case, upload, spec)
            if row is not None:
                kept = found.get(spec.name, changes.get(spec.name) or _kept(case, table, spec.name))
                found[spec.name] = [row.id] if spec.max_files == 1 else [*kept, row.id][: spec.max_files]
    return found


def _dropped(case, table) -> dict:
    """The file field that lost the file named by a 移除 button; the stored file itself stays."""
    name, _, file_id = request.form.get("drop", "").partition(":")
    if name not in table or (number := row_number(file_id)) is None:
        return {}
    return {name: [i for i in _kept(case, table, name) if i != number]}


def keep_file(case: Case, table: FieldTable, name: str, file_id: int) -> None:
    """Put a file that was sent by itself into its field of the draft."""
    if name not in table or table.field(name).kind not in ("file", "files"):
        return
    spec = table.field(name)
    with transaction():  # files of one field may come in one instant: each joins those before it
        stored, draft = drafts.read(case.id, table, lock=True)
        ids = [file_id] if spec.max_files == 1 or spec.kind == "file" else [*(stored.get(name) or []), file_id]
        kept = list(dict.fromkeys(ids))[-spec.max_files:]
        drafts.save(case, table, {name: kept}, g.actor, seen_version=draft.version)


def _kinds(spec) -> tuple[str, ...]:
    return tuple(dict.fromkeys("jpg" if k == "jpeg" else k for k in (spec.accept or ("pdf", "jpg", "png"))))


def _kept(case, table, name) -> list[int]:
    stored, _ = drafts.read(case.id, table)
    return list(stored.get(name) or [])


def _page(case, table, template, choices, locked, extra, names, problems=(), conflict=None, may=""):
    stored, draft = drafts.read(case.id, table)
    known = files.named(submissions.file_ids(table.fields, stored))
    # the form shows what is kept: a POST was merged into the draft before
    form = form_for(table, typed_text(table, stored), names=names, choices=choices, files=known, bound=False)
    form.show(problems)
    returned = corrections.open_return(case)
    by_group = Counter(group_of(table, p.field) for p in problems)
    return render_template(
        template, case=case, form=form, table=table, draft=draft, problems=problems,
        problems_list=[{"field": p.field, "message": p.text} for p in problems], problems_of_group=by_group,
        locked=locked or {}, conflict=conflict, clashes=_clashes(table, conflict) if conflict else [], returned=returned,
        returned_remarks=json.loads(returned.remarks) if returned else [], answers=corrections.answers(returned),
        may_submit=g.actor.can(may),
        todo_links=[{"text": f"{n} 处要改", "url": f"#g-{key}"} for key, n in by_group.items() if key],
        groups=[g for g in typed_groups(table) if names is None or table.in_group(g[0])[0].name in names],
        all_groups=typed_groups(table),
        **(extra or {}),
    )


def _clashes(table: FieldTable, conflict: Conflict) -> list[dict]:
    """Both texts of each field that was changed in two places, as a person reads them."""
    context = {"regions": region_labels()}
    mine, theirs = (from_stored(table, side) for side in (conflict.yours, conflict.theirs))
    return [
        {"field": name, "label": table.field(name).label,
         "mine": show(table.field(name), mine[name], reveal=True, context=context),
         "theirs": show(table.field(name), theirs[name], reveal=True, context=context)}
        for name in mine
    ]


def group_of(table: FieldTable, field: str) -> str:
    """The group of a field or cell named by a problem; empty for the form as a whole."""
    name = field.partition("-")[0]
    return table.field(name).group if name in table else ""


def typed_text(table: FieldTable, stored: dict) -> dict:
    """Stored values as a person reads and types them again (dates and numbers as text)."""
    values = {}
    for spec in table.fields:
        value = stored.get(spec.name)
        if spec.kind == "rows":
            values[spec.name] = [dict(row) for row in value or []]
        elif spec.kind in ("file", "files", "multi"):
            values[spec.name] = list(value or [])
        else:
            values[spec.name] = value
    return values

