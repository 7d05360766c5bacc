"""Rows pasted from a spreadsheet: cells parted by tabs, the first line the headings of the template."""

import csv
import io

from incubator.kernel.errors import Refused
from incubator.policy.fields.legacy import HEADS

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


def template() -> str:
    """The headings, for a sheet of one's own."""
    return "\t".join(HEADS)
