"""Values in their stored, canonical and shown forms, and how two versions differ."""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..calendar import chinese_date
from .cleaning import parse
from .model import Field, FieldTable

THIN_SPACE = "\u2009"


def to_stored(table: FieldTable, values: Mapping) -> dict:
    """Values as JSON can hold them: dates ISO, decimals as strings, files as ids.

    Secret fields stay plain text here; whoever keeps them seals them by
    ``Field.secret``.
    """
    return {f.name: _store(values[f.name]) for f in table.fields if f.name in values}


def from_stored(table: FieldTable, stored: Mapping) -> dict:
    """The values of :func:`to_stored` again; text that a draft kept as typed stays text."""
    return {f.name: _restore(f, stored[f.name]) for f in table.fields if f.name in stored}


def canonical(obj: object) -> str:
    """The one text of a JSON-able object: sorted keys, NFC, no floats, no spaces.

    Dates and decimals are written as in the stored form. Raises TypeError for
    a float or anything that JSON cannot hold.
    """
    return json.dumps(_canonical(obj), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def mask(value: object) -> str:
    """A secret value with its middle hidden: 2201**********0017, 138****0017."""
    text = str(value)
    if len(text) == 11:
        return f"{text[:3]}****{text[7:]}"
    if len(text) >= 12:
        return f"{text[:4]}{'*' * (len(text) - 8)}{text[-4:]}"
    return "*" * len(text)


def thousands(number: object, places: int | None = None) -> str:
    """A number in groups of three with thin spaces and a real minus sign: 3 620.00."""
    amount = Decimal(number)
    text = f"{abs(amount):,.{places}f}" if places is not None else f"{abs(amount):,}"
    return ("−" if amount < 0 else "") + text.replace(",", THIN_SPACE)


def show(item: Field, value: object, *, reveal: bool = False, context: Mapping | None = None) -> str:
    """A value as a person reads it; "" when empty, without the unit.

    Secret values are masked unless ``reveal``. ``context`` may hold
    ``regions`` (code → label) and ``files`` (id → file name).
    """
    context = context or {}
    if value is None or value == "" or value == []:
        return ""
    if item.secret and not reveal:
        return mask(value)
    if item.kind == "decimal" and isinstance(value, (Decimal, int)):
        return thousands(value, 2 if item.places is None else item.places)
    if item.kind == "int" and isinstance(value, int):
        return thousands(value)
    if item.kind == "date" and isinstance(value, date):
        return chinese_date(value)
    if item.kind == "bool" and isinstance(value, bool):
        return "是" if value else "否"
    if item.kind == "choice":
        return item.choice_label(value)
    if item.kind == "multi" and isinstance(value, (list, tuple)):
        return "、".join(item.choice_label(v) for v in value)
    if item.kind == "region":
        regions = context.get("regions")
        return str(regions.get(value, value)) if isinstance(regions, Mapping) else str(value)
    if item.kind in ("file", "files") and isinstance(value, (list, tuple)):
        names = context.get("files") or {}
        known = [str(names[i]) for i in value if i in names]
        return "、".join(known) if len(known) == len(value) else f"{len(value)} 个文件"
    if item.kind == "rows" and isinstance(value, (list, tuple)):
        return f"{len(value)} 行"
    return str(value)


@dataclass(frozen=True)
class Difference:
    """One change between two versions; ``kind`` is changed, added or removed.

    ``path`` names the field, for a cell also the row's key and the column;
    ``label`` says the same to a person. ``old`` and ``new`` are shown forms.
    """

    field: Field
    path: str
    label: str
    old: str
    new: str
    kind: str = "changed"


def differences(
    table: FieldTable, old: Mapping, new: Mapping, *, context: Mapping | None = None
) -> list[Difference]:
    """The fields that differ, in the table's order; rows are compared by their key column."""
    found = []
    for item in table.fields:
        before, after = old.get(item.name), new.get(item.name)
        if item.kind == "rows":
            found += _row_differences(item, before or [], after or [], context)
        elif not _same(before, after):
            found.append(_difference(item, item.name, item.label, before, after, context))
    return found


def _same(a: object, b: object) -> bool:
    return a == b or (a in (None, "", []) and b in (None, "", []))


def _difference(item, path, label, before, after, context) -> Difference:
    shown_old, shown_new = (show(item, v, context=context) for v in (before, after))
    if shown_old == shown_new and item.kind in ("file", "files"):
        shown_new += "（已更换）"
    kind = "added" if not shown_old else "removed" if not shown_new else "changed"
    return Difference(item, path, label, shown_old, shown_new, kind)


def _row_differences(item: Field, before: list, after: list, context) -> list[Difference]:
    key = item.column(item.key_column)
    old_rows, new_rows = _keyed(before, key.name), _keyed(after, key.name)
    found = []
    for row_key in [*old_rows, *(k for k in new_rows if k not in old_rows)]:
        old_row, new_row = old_rows.get(row_key), new_rows.get(row_key)
        name = show(key, row_key[0], context=context) or "（未填）"
        path, label = f"{item.name}:{row_key[0]}", f"{item.label}：{name}"
        if old_row is None or new_row is None:
            shown = _row_text(item, old_row or new_row, context)
            if new_row is None:
                found.append(Difference(item, path, label, shown, "", "removed"))
            else:
                found.append(Difference(item, path, label, "", shown, "added"))
            continue
        for column in item.columns:
            a, b = old_row.get(column.name), new_row.get(column.name)
            if not _same(a, b):
                found.append(
                    _difference(column, f"{path}.{column.name}", f"{label}，{column.label}", a, b, context)
                )
    return found


def _keyed(rows: list, key: str) -> dict:
    # A key may occur twice in a draft: the occurrence's number keeps both rows.
    keyed, seen = {}, {}
    for row in rows:
        value = row.get(key)
        value = tuple(value) if isinstance(value, list) else value
        seen[value] = seen.get(value, 0) + 1
        keyed[(value, seen[value])] = row
    return keyed


def _row_text(item: Field, row: Mapping, context) -> str:
    shown = ((c.label, show(c, row.get(c.name), context=context)) for c in item.columns)
    return "；".join(f"{label} {text}" for label, text in shown if text)


def _store(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [_store(v) for v in value]
    if isinstance(value, Mapping):
        return {k: _store(v) for k, v in value.items()}
    return value


def _restore(item: Field, stored: object) -> object:
    if stored is None:
        return None
    if item.kind == "rows":
        return [
            {c.name: _restore(c, row[c.name]) for c in item.columns if c.name in row} for row in stored
        ]
    if item.kind == "date" and isinstance(stored, str):
        try:
            return date.fromisoformat(stored)
        except ValueError:
            return stored
    if item.kind == "decimal" and isinstance(stored, str):
        try:
            return parse(Field(item.name, item.label, "decimal", places=item.places), stored)
        except ValueError:
            return stored
    return list(stored) if isinstance(stored, list) else stored


def _canonical(obj: object) -> object:
    if isinstance(obj, float):
        raise TypeError("a float has no exact text: use Decimal")
    if isinstance(obj, str):
        return unicodedata.normalize("NFC", obj)
    if isinstance(obj, Mapping):
        return {unicodedata.normalize("NFC", str(k)): _canonical(v) for k, v in obj.items()}
    if isinstance(obj, (list, tuple)):
        return [_canonical(v) for v in obj]
    return _store(obj)
