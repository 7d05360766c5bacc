"""Reading what was typed, pasted or imported into typed values.

Any spacing, case and full width is accepted; several ways of writing a date,
thousands separators and units too. What cannot be read becomes a Problem
that names the field, the fault and the way out.
"""

from collections.abc import Mapping

from ..identifiers import WrongIdentifier
from .model import Cleaned, Field, FieldTable, Problem
from .reading import Unreadable, empty, read, row_number


def clean(
    table: FieldTable, raw: Mapping, *, draft: bool = False, context: Mapping | None = None
) -> Cleaned:
    """Read ``raw`` by the table; unknown keys are ignored.

    In a draft a wrong value stays as typed (its problem is reported) and
    missing fields are no problem. ``context`` may hold ``today`` (date),
    ``regions`` (mapping code → label), ``computed`` (values of automatic
    fields) and what the table's own checks ask for. Never raises for input.
    """
    context = context or {}
    result, typed = Cleaned(), {}
    for item in table.fields:
        if item.source == "auto":
            _take_computed(item, raw, context, result, typed)
            continue
        if item.name not in raw:
            continue
        value, problems, good = _read(item, _raw_value(item, raw), draft, context, item.name)
        result.problems += problems
        if good:
            typed[item.name] = value
        if good or draft:
            result.values[item.name] = value
    if not draft:
        wrong = {p.field.split("-")[0] for p in result.problems}
        for item in table.fields:
            if item.source == "typed" and item.name not in wrong:
                if empty(typed.get(item.name)) and item.is_required(typed):
                    result.problems.append(_missing(item, item.name, item.label))
    for check in table.checks:
        result.problems += check(typed, context)
    order = {f.name: i for i, f in enumerate(table.fields)}
    result.problems.sort(key=lambda p: order.get(p.field.split("-")[0], len(order)))
    return result


class CannotRead(ValueError):
    """One value that cannot be read; `problem` says why and what to write instead."""

    def __init__(self, problem: Problem):
        super().__init__(problem.text)
        self.problem = problem


def parse(item: Field, raw: object, context: Mapping | None = None) -> object:
    """Typed value of one field, None when empty. Raises `CannotRead` when it cannot be read."""
    value, problems, good = _read(item, raw, False, context or {}, item.name)
    if not good:
        raise CannotRead(problems[0])
    return value


def _raw_value(item: Field, raw: Mapping) -> object:
    if item.kind in ("multi", "file", "files") and hasattr(raw, "getlist"):
        return raw.getlist(item.name)
    return raw[item.name]


def _missing(item: Field, path: str, label: str) -> Problem:
    if item.kind in ("file", "files"):
        return Problem(path, f"{label}还没有上传", item.article, "上传后再提交")
    if item.kind == "rows":
        return Problem(path, f"{label}还没有填写", item.article, "至少填写 1 行")
    verb = "选择" if item.kind in ("choice", "multi", "region", "bool") else "填写"
    return Problem(path, f"{label}还没有{verb}", item.article, f"{verb}后再提交")


def _take_computed(item: Field, raw: Mapping, context: Mapping, result: Cleaned, typed: dict):
    computed = context.get("computed") or {}
    if item.name not in computed:
        return
    value = computed[item.name]
    result.values[item.name] = typed[item.name] = value
    if not empty(raw.get(item.name)):
        given, problems, good = _read(item, raw[item.name], False, context, item.name)
        if not good or given != value:
            result.problems += problems or [
                Problem(
                    item.name,
                    f"{item.label}填的是 {given}，系统计算为 {value}",
                    item.article,
                    "本项由系统计算，改名册或台账后会随之变化",
                )
            ]


def _read(item: Field, raw: object, draft: bool, context: Mapping, path: str, label: str = ""):
    label = label or item.label
    if item.kind == "rows":
        return _read_rows(item, raw, draft, context, path)
    try:
        return read(item, raw, context), [], True
    except WrongIdentifier as wrong:
        problem = Problem(path, _told(label, wrong.reason), wrong.article, wrong.way_out)
    except Unreadable as wrong:
        problem = Problem(
            path, f"{label}{wrong.fault}", wrong.article or item.article, wrong.way_out
        )
    return _as_typed(item, raw), [problem], False


def _told(label: str, reason: str) -> str:
    """`reason` with the field's label before it; what both say is said once."""
    shared = next((n for n in range(min(len(label), len(reason)), 1, -1) if label.endswith(reason[:n])), 0)
    return label + reason[shared:] if shared else f"{label}：{reason}"


def _as_typed(item: Field, raw: object) -> object:
    if item.kind in ("file", "files"):  # the page writes the numbers of files, nobody types them: what is none is dropped
        return [n for r in (raw if isinstance(raw, (list, tuple)) else [raw]) if (n := row_number(r)) is not None]
    return [str(r) for r in raw] if isinstance(raw, (list, tuple)) else str(raw).strip()


def _read_rows(item: Field, raw: object, draft: bool, context: Mapping, path: str):
    entries = list(raw.values()) if isinstance(raw, Mapping) else list(raw or [])
    rows, problems, kept = [], [], 0
    for index, entry in enumerate(entries):
        if not isinstance(entry, Mapping):
            problems.append(Problem(path, f"{item.label}第 {index + 1} 行不能读取", item.article))
            continue
        row, row_problems = {}, []
        for column in item.columns:
            if column.name not in entry:
                continue
            value, found, good = _read(
                column,
                _raw_value(column, entry),
                draft,
                context,
                f"{path}-{index}-{column.name}",
                f"{item.label}第 {index + 1} 行{column.label}",
            )
            row_problems += found
            if good or draft:
                row[column.name] = value
        if not row_problems and all(empty(v) or v is False for v in row.values()):
            continue
        if not draft:
            for column in item.columns:
                if column.kind == "bool" and row.get(column.name) is None:
                    row[column.name] = False  # an empty box in a row that holds other answers
            wrong = {p.field for p in row_problems}
            for column in item.columns:
                cell = f"{path}-{index}-{column.name}"
                if cell not in wrong and column.source == "typed":
                    if empty(row.get(column.name)) and column.is_required(row):
                        row_problems.append(
                            _missing(column, cell, f"{item.label}第 {index + 1} 行{column.label}")
                        )
        problems += row_problems
        rows.append(row)
        kept += 1
    if item.minimum and not draft and 0 < kept < item.minimum:
        problems.append(
            Problem(path, f"{item.label}现有 {kept} 行，至少 {item.minimum} 行", item.article, "补足后再提交")
        )
    return rows, problems, not problems
