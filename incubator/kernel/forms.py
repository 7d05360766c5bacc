"""WTForms made from the field tables of policy, and the sealing of secret fields in stored content.

A form holds what was typed; `policy.fields.clean` judges it; problems are shown at their fields.
"""

import hashlib
import json
import secrets
from collections.abc import Callable

from flask import g, request
from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage
from wtforms import Field as WTField
from wtforms import HiddenField

from incubator.kernel import registry, security
from incubator.policy.fields import Field, FieldTable, Problem
from incubator.policy.fields.reading import row_number


class SpecField(WTField):
    """One input whose label, kind and rules are those of its policy `Field`."""

    def __init__(self, spec: Field, **kwargs):
        super().__init__(label=spec.label, **kwargs)
        self.spec = spec
        self.files = []
        self.rows = []
        self.uploads: list[FileStorage] = []
        self.choices = list(spec.choices)
        self.errors = []

    def process_formdata(self, valuelist):
        kind = self.spec.kind
        if kind in ("file", "files"):
            self.uploads = [item for item in valuelist if isinstance(item, FileStorage) and item.filename]
            self.data = [n for item in valuelist if isinstance(item, str) and (n := row_number(item)) is not None]
        elif kind == "multi":
            self.data = list(valuelist)
        elif kind == "bool":
            self.data = bool(valuelist and valuelist[-1] not in ("", "false", "0", "n"))
        else:
            self.data = valuelist[0] if valuelist else ""

    def process(self, formdata, data=None, extra_filters=None):
        if self.spec.kind == "rows":
            self.rows = rows_from(formdata, self.name, self.spec) if formdata else list(data or [])
            self.data = self.rows
            return
        super().process(formdata, *(() if data is None else (data,)))

    def _value(self):
        return "" if self.data is None or isinstance(self.data, list) else str(self.data)


def rows_from(formdata, name: str, spec: Field) -> list[dict]:
    """Rows typed as ``<field>-<n>-<column>``; wholly empty ones are dropped."""
    indexes = set()
    prefix = f"{name}-"
    for key in formdata:
        head, _, tail = key.removeprefix(prefix).partition("-")
        if key.startswith(prefix) and tail and (index := row_number(head)) is not None:
            indexes.add(index)
    found = []
    for index in sorted(indexes)[:500]:
        row = {}
        for column in spec.columns:
            values = formdata.getlist(f"{prefix}{index}-{column.name}")
            several = column.kind in ("multi", "file", "files")
            row[column.name] = [v for v in values if v] if several else (values[0] if values else "")
        if any(row.values()):
            found.append(row)
    return found


class PolicyForm(FlaskForm):
    """A form over a field table; `idem` makes a repeated POST answer with the first receipt (P24)."""

    idem = HiddenField()
    version = HiddenField()

    table: FieldTable

    def specs(self) -> list[SpecField]:
        return [field for field in self if isinstance(field, SpecField)]

    def raw(self) -> dict:
        """What was typed, by field name, as `policy.fields.clean` takes it."""
        return {field.name: field.data for field in self.specs()}

    def show(self, problems: list[Problem]) -> list[Problem]:
        """Put each problem at its field; returns those that have no field on this page."""
        homeless = []
        for problem in problems:
            if not self._place(problem):
                homeless.append(problem)
        return homeless

    def _place(self, problem: Problem) -> bool:
        name, _, rest = problem.field.partition("-")
        field = next((f for f in self.specs() if f.name == name), None)
        if field is None:
            return False
        index, _, column = rest.partition("-")
        if index.isdigit() and int(index) < len(field.rows) and column:
            row = field.rows[int(index)]
            row.setdefault("errors", {}).setdefault(column, []).append(problem.beside(field.spec.article))
        else:
            field.errors = [*field.errors, problem.beside(field.spec.article)]
        return True

    def group(self, key: str) -> list[SpecField]:
        return [field for field in self.specs() if field.spec.group == key]


_classes: dict[tuple, type[PolicyForm]] = {}


def form_class(table: FieldTable, names: tuple[str, ...] | None = None) -> type[PolicyForm]:
    """The form class of a table (or of some of its fields), made once."""
    made = _classes.get((table.key, names))
    if made is None:
        made = _classes[table.key, names] = _make_class(table, names)
    return made


def _make_class(table: FieldTable, names: tuple[str, ...] | None) -> type[PolicyForm]:
    fields = {f.name: SpecField(f) for f in table.fields if names is None or f.name in names}
    return type(f"{table.key.title()}Form", (PolicyForm,), {**fields, "table": table})


def form_for(table: FieldTable, values=None, *, names=None, choices=None, files=None, bound=True) -> PolicyForm:
    """The form of `table` with stored `values`, region `choices` by field and uploaded `files` by id.

    ``bound`` false: it shows `values` even in a POST (they were merged with what was typed before).
    """
    made = form_class(table, tuple(names) if names is not None else None)
    form = made(data=dict(values or {})) if bound else made(formdata=None, data=dict(values or {}))
    if not form.idem.data:
        form.idem.data = secrets.token_urlsafe(16)
    for field in form.specs():
        if choices and field.name in choices:
            field.choices = choices[field.name]
        if field.spec.kind in ("file", "files"):
            ids = [*(values or {}).get(field.name, []), *(field.data or [])]
            field.files = [files[i] for i in dict.fromkeys(ids) if files and i in files]
    return form


def sent_key() -> str:
    """The key of the form that came, bound to all that came with it; empty where the form has none.

    The same form sent again is the same act. Another text under the same key is another act, which the version
    that it names or the rule itself judges: nothing typed is lost in silence (P8).
    """
    idem = request.form.get("idem", "")
    if not idem:
        return ""
    typed = [pair for pair in request.form.items(multi=True) if pair[0] != "csrf_token"]
    files = []
    for name, upload in request.files.items(multi=True):
        upload.stream.seek(0)  # the view may have read it before
        files.append((name, upload.filename or "", hashlib.file_digest(upload.stream, "sha256").hexdigest()))
        upload.stream.seek(0)
    return security.digest(json.dumps([request.path, typed, files]))


def sent_once(act: Callable[[], str], part: str = "") -> str:
    """Run `act` at most once for the form that came; returns the place or number that it led to (P24).

    Double click, back button and retry get the answer of the first. `part` names one act of a form that does several.
    """
    key = sent_key()
    return registry.once(g.actor.key, security.digest(key + part) if key and part else key, act)


def answered() -> str | None:
    """What the form that came led to before; None when it is new. For views that keep files before they judge."""
    return registry.answer_of(g.actor.key, sent_key())


def seal_values(table: FieldTable, stored: dict) -> dict:
    """Stored content with its secret fields encrypted."""
    return _map_secrets(table.fields, stored, lambda v: v if security.is_sealed(v) else security.vault().seal(v))


def open_values(table: FieldTable, stored: dict) -> dict:
    """Stored content with its secret fields readable again."""
    return _map_secrets(table.fields, stored, lambda v: security.vault().open(v) if security.is_sealed(v) else v)


def _map_secrets(fields, stored: dict, change) -> dict:
    result = dict(stored)
    for field in fields:
        value = stored.get(field.name)
        if field.kind == "rows" and value:
            result[field.name] = [_map_secrets(field.columns, row, change) for row in value]
        elif field.secret and isinstance(value, str) and value:
            result[field.name] = change(value)
    return result
