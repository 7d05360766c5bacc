"""Rows of a workbook or pasted from one: cells parted by tabs, the first line the headings of the template."""

import csv
import io

from incubator.kernel import files, sheets
from incubator.kernel.database import transaction
from incubator.kernel.errors import Refused
from incubator.policy.fields.legacy import HEADS, LEGACY, OPEN_END

LONGEST = 400_000


def pasted(text: str) -> list[dict[str, str]]:
    """The rows as dicts by heading; empty lines are left out. Refuses where a heading of the template is missing."""
    if len(text) > LONGEST:
        raise Refused("20", "贴进来的内容太长", "分几次导入", field="rows")
    table = [[cell.strip() for cell in line] for line in csv.reader(io.StringIO(text.strip("\ufeff\n")), delimiter="\t")]
    table = [line for line in table if any(line)]
    if not table:
        return []
    heads = table[0]
    missing = [head for head in HEADS if head not in heads]
    if missing:
        raise Refused("20", f"表头缺少：{'、'.join(missing)}", "连同表头一起复制，表头和模板一致", field="rows")
    return [dict(zip(heads, line + [""] * (len(heads) - len(line)), strict=False)) for line in table[1:]]


def workbook(actor, upload) -> str:
    """The first sheet of a workbook as pasted text; it is kept as a file first, then read in the limited child."""
    with transaction():
        row = files.accept(upload, actor, office_id=actor.office_id, kinds=("xlsx",), again=True)
    lines = sheets.read(files.read(row))
    return "\n".join("\t".join(_cell(cell) for cell in line) for line in lines)


def _cell(cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).removesuffix("T00:00:00").split())


def template() -> bytes:
    """A workbook with the headings, what may be chosen, and a line of explanation for each column."""
    columns = [
        sheets.Column(f.label, 22, tuple(label for _, label in f.choices), f.help or "") for f in LEGACY.fields
    ]
    told = [sheets.Column("列", 22), sheets.Column("必填", 10), sheets.Column("怎么填", 60)]
    rows = [(f.label, "必填" if f.required else f"没有的写“{OPEN_END}”", f.help or "、".join(label for _, label in f.choices))
            for f in LEGACY.fields]
    return sheets.write([sheets.Sheet("旧办法认定的基地", columns), sheets.Sheet("填写说明", told, rows)])
