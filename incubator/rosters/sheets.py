"""Rosters and records as spreadsheets: template, export, and what a sheet that comes in says (§8.7, T34).

All three are made from the field table: the same columns, the same headings, the same judge. Proofs are uploaded on
the page and don't stand in a sheet.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from incubator.kernel import clock, sheets
from incubator.kernel.errors import Refused
from incubator.policy.articles import cite
from incubator.policy.fields import Field, Problem, clean, mask, show
from incubator.policy.identifiers import plain
from incubator.policy.tenants import duplicates
from incubator.rosters.tables import TENANTS, Roster, kept_fields, number_in, with_defaults

MAX_LINES = 2000
STAR = "*"
_WIDTHS = {"uscc": 22, "id18": 22, "date": 12, "int": 10, "decimal": 12, "bool": 8, "phone": 14}
_LEFT_OUT = ("file", "files", "rows")


def columns_of(roster: Roster) -> list[Field]:
    """What stands in the sheet of a roster: everything that is typed but proofs and the words of leaving."""
    return [f for f in kept_fields(roster) if f.kind not in _LEFT_OUT and f.group != "status"]


def heading(item: Field) -> str:
    return f"{item.label}（{item.unit}）" if item.unit else item.label


def _columns(roster: Roster) -> list[sheets.Column]:
    return [
        sheets.Column(
            heading(f), _WIDTHS.get(f.kind, 30 if (f.max_length or 0) >= 80 else 16),
            ("是", "否") if f.kind == "bool" else tuple(label for _, label in f.choices) if f.kind == "choice" else (),
        )
        for f in columns_of(roster)
    ]


def template(roster: Roster) -> bytes:
    """An empty sheet and, beside it, what goes into each column."""
    told = [sheets.Column("列", 22), sheets.Column("必填", 10), sheets.Column("怎么填", 60), sheets.Column("依据", 14)]
    rows = [(heading(f), _asked(f), _how(f), cite(f.article)) for f in columns_of(roster)]
    return sheets.write([
        sheets.Sheet(roster.title, _columns(roster)), sheets.Sheet("填写说明", told, rows),
    ])


def _asked(item: Field) -> str:
    return "视情况" if item.required_if else "必填" if item.required else "选填"


def _how(item: Field) -> str:
    kinds = {
        "date": "日期，例如 2026-03-01", "int": "整数", "decimal": f"数字，最多 {2 if item.places is None else item.places} 位小数",
        "bool": "填“是”或“否”", "uscc": "18 位", "id18": "18 位", "phone": "11 位手机号",
    }
    parts = [kinds.get(item.kind, ""), item.help]
    if item.choices:
        names = "、".join(label for _, label in item.choices)
        parts.insert(0, f"从中选{'一项或几项，用顿号隔开' if item.kind == 'multi' else '一项'}：{names}")
    if item.kind == "text" and item.max_length:
        parts.append(f"最多 {item.max_length} 字")
    return "；".join(part for part in parts if part)


def export(roster: Roster, lines) -> bytes:
    """The rows with the columns of the template; personal numbers masked as on the page."""
    rows = [[_cell(f, line.values.get(f.name)) for f in columns_of(roster)] for line in lines]
    return sheets.write([sheets.Sheet(roster.title, _columns(roster), rows)])


def _cell(item: Field, value):
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return value
    if item.kind == "date" and value:
        return value.isoformat()
    return show(item, value)


# what comes in ------------------------------------------------------------------------------------


@dataclass
class Read:
    """One line of a sheet: its number there, what it says, and what is wrong with it."""

    line: int
    raw: dict
    number: str | None = None
    row_id: int | None = None
    values: dict = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def errors(self) -> list[Problem]:
        return [p for p in self.problems if p.level == "error"]


@dataclass
class Sheet:
    """A sheet that came in: its lines, and the headings that the roster has no column for."""

    roster: Roster
    lines: list[Read]
    strange: list[str]

    @property
    def right(self) -> list[Read]:
        return [line for line in self.lines if not line.errors]

    @property
    def wrong(self) -> list[Read]:
        return [line for line in self.lines if line.errors]


def judge(roster: Roster, rows: list[list], known: dict, same) -> Sheet:
    """What the rows of a workbook say, line by line.

    ``known``: number → the values of the row that has it now; such a line changes that row, an empty cell leaves the
    field as it is. ``same(values)`` says whether a record with just these values is there already.
    """
    names, strange = _headings(roster, rows[0])
    lines = [
        Read(number, {name: cell for name, cell in zip(names, row, strict=False) if name})
        for number, row in enumerate(rows[1:], start=2)
        if any(cell not in (None, "") for cell in row)
    ]
    if not lines:
        raise Refused("13", "表格里只有表头，没有内容", "从第 2 行起填写后再传", field="file")
    if len(lines) > MAX_LINES:
        raise Refused("13", f"表格有 {len(lines)} 行，一次最多 {MAX_LINES} 行", "分成几个文件导入", field="file")
    for line in lines:
        _judge(roster, line, known, same)
    _refuse_twice(roster, lines)
    return Sheet(roster, lines, strange)


def _headings(roster: Roster, head: list) -> tuple[list[str], list[str]]:
    by_label = {plain(word): f.name for f in columns_of(roster) for word in (f.label, heading(f))}
    names = [by_label.get(plain(cell or "").rstrip("*"), "") for cell in head]
    lacking = [f.label for f in columns_of(roster) if f.required and not f.required_if and f.name not in names]
    if lacking:
        words = "、".join(f"“{label}”" for label in lacking[:4]) + (f"等 {len(lacking)} 列" if len(lacking) > 4 else "")
        raise Refused(roster.article, f"表格第 1 行没有{words}", "下载模板，不改动表头，把内容贴进去再传", field="file")
    twice = {name for name in names if name and names.count(name) > 1}
    if twice:
        label = roster.table.field(min(twice)).label
        raise Refused(roster.article, f"表格第 1 行有两列“{label}”", "删去一列再传", field="file")
    return names, [str(cell) for cell, name in zip(head, names, strict=True) if cell not in (None, "") and not name]


def _judge(roster: Roster, line: Read, known: dict, same) -> None:
    line.number = number_in(roster, line.raw) or _meant(roster, line.raw, known)
    before = known.get(line.number) if line.number else None
    raw = {name: cell for name, cell in line.raw.items() if cell not in (None, "")}
    hidden = _hidden(roster, raw, before)
    raw = {name: cell for name, cell in raw.items() if name not in hidden}
    if before is not None:
        line.row_id, raw = before["id"], {**before["values"], **raw}
    raw = with_defaults(roster, raw | {"status": "active", "out_on": "", "out_kind": ""})
    judged = clean(roster.table, raw, context={"today": clock.today()})
    line.values, line.problems = judged.values, [p for p in judged.problems if not _unasked(roster, p, raw) and p.field not in hidden]
    line.problems += [
        Problem(name, f"{roster.table.field(name).label}带星号，是导出时隐去的，不是完整的号码", roster.article, "填完整的号码；名册里已有的，从导出的表格原样带回")
        for name, known_one in hidden.items() if not known_one
    ]
    for item in columns_of(roster):
        line.values.setdefault(item.name, None)
    if not line.errors and before is None and same(line.values):
        line.problems.append(Problem("", "台账中已有完全一样的一行", roster.article, "不重复登记；确实是两次的，在内容里写明第几次"))


def _meant(roster: Roster, raw: dict, known: dict) -> str | None:
    """The number behind a masked one: of the row that is exported so, where only one is, by its name where several are."""
    cell = plain(raw.get(roster.number) or "") if roster.number else ""
    if STAR not in cell:
        return None
    alike = [number for number in known if mask(number) == cell]
    if len(alike) > 1:
        alike = [n for n in alike if known[n]["values"][roster.called] == str(raw.get(roster.called) or "").strip()]
    return alike[0] if len(alike) == 1 else None


def _hidden(roster: Roster, raw: dict, before: dict | None) -> dict[str, bool]:
    """Secret cells that hold a masked number → whether it is the one that the row has: that stays as it is, never written."""
    return {
        f.name: before is not None and mask(before["values"].get(f.name) or "") == plain(raw[f.name])
        for f in columns_of(roster) if f.secret and STAR in str(raw.get(f.name) or "")
    }


def _unasked(roster: Roster, problem: Problem, raw: dict) -> bool:
    """Proofs that may follow, and the subject while its code is wrong."""
    if raw.get(problem.field):
        return False
    return problem.field in roster.later or (roster is TENANTS and problem.field == "subject" and not raw.get("subject"))


def _refuse_twice(roster: Roster, lines: list[Read]) -> None:
    """T34: of lines with one number the first stands, each later one is refused with all their numbers."""
    if not roster.number:
        return
    label = roster.table.field(roster.number).label
    first = {}
    for twice in duplicates((line.line, line.number) for line in lines):
        first.update(dict.fromkeys(twice.lines[1:], twice.lines))
    for line in lines:
        if line.line in first:
            places = "、".join(f"第 {n} 行" for n in first[line.line])
            line.problems.append(Problem(roster.number, f"{label}在{places}重复，只能保留 1 行", roster.article, "删去多余的一行"))
