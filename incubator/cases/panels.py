"""Panels that every submitted case has: the form as submitted, and what was said at each station."""

from dataclasses import dataclass, field

from incubator.bases.queries import region_labels
from incubator.cases import beside, notes, queries, submissions
from incubator.cases.tables import FORM_TABLES, form_table
from incubator.kernel import files, registry
from incubator.policy.fields import from_stored, show
from incubator.policy.fields.reading import row_number
from incubator.policy.procedures import PROCEDURES

# an account request is shown by its own module
FORMS_ON_PAGE = set(FORM_TABLES) - {"account_request"}


@dataclass(frozen=True)
class Panel:
    """One part of the case page. ``place`` is ``top`` (always shown) or ``tab`` (shown when chosen)."""

    key: str
    title: str
    template: str
    count: int | None = None
    place: str = "tab"
    data: dict = field(default_factory=dict)


@registry.panel(*sorted(FORMS_ON_PAGE), order=10)
def submitted_form(case, actor, chosen: str) -> Panel | None:
    """The latest version as submitted, group by group; earlier versions by their number."""
    number = row_number(chosen.partition("form")[2].partition("-")[0])
    if case.submitted_at is None:
        return None
    data = {}
    if chosen.startswith("form"):
        row = queries.version(case.id, number) if number is not None else queries.latest_submission(case.id)
        if row is None:
            return None
        data = {"version": row, "groups": readable(case.kind, submissions.content(row, form_table(case.kind))["form"])}
    return Panel("form", "申报表", "cases/panel_form.html", data=data)


@registry.panel(*PROCEDURES, order=90)
def office_notes(case, actor, chosen: str) -> Panel | None:
    """Notes inside the office: a tab for its own people, nothing at all for others."""
    if not actor.can("desk.use"):
        return None
    data = {"rows": notes.of(actor, case.id), "longest": notes.LONGEST} if chosen.startswith("notes") else {}
    return Panel("notes", "办内备注", "cases/panel_notes.html", count=beside.of(actor, case.id).notes, data=data)


def readable(kind: str, stored: dict, only: str = "") -> list[dict]:
    """A stored form (or one group of it) as rows of label and shown value; secrets stay masked."""
    table = form_table(kind)
    values = from_stored(table, stored)
    known = files.named(submissions.file_ids(table.fields, stored))
    context = {"regions": region_labels()}
    groups = []
    for key, title, _ in table.groups:
        if only and key != only:
            continue
        rows = []
        for spec in table.in_group(key):
            value = values.get(spec.name)
            row = {"spec": spec, "text": "", "files": [], "rows": []}
            if spec.kind in ("file", "files"):
                row["files"] = [known[i] for i in value or [] if i in known]
            elif spec.kind == "rows":
                row["rows"] = [
                    [
                        {"text": "" if c.kind in ("file", "files") else show(c, r.get(c.name), context=context),
                         "files": [known[i] for i in r.get(c.name) or [] if i in known]
                         if c.kind in ("file", "files") else []}
                        for c in spec.columns
                    ]
                    for r in value or []
                ]
            else:
                row["text"] = show(spec, value, context=context)
            rows.append(row)
        groups.append({"key": key, "title": title, "rows": rows})
    return groups


def computed(table, part: str, values: dict) -> list[dict]:
    """What the system fills in by itself in a part of a form, in the same shape, from typed values."""
    return [
        {"spec": f, "text": show(f, value), "rows": [
            [{"text": show(c, row.get(c.name)), "files": ()} for c in f.columns] for row in value
        ] if f.kind == "rows" else []}
        for f in table.in_group(part) if f.source == "auto" and (value := values.get(f.name)) is not None
    ]
