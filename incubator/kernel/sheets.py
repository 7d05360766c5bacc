"""Workbooks out and in (reliability §3.7, §3.8). They are written here and read in a limited child, never in this process."""

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import xlsxwriter

from incubator.kernel.errors import Refused

MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_ROWS, MAX_COLUMNS = 5000, 100
WALL_SECONDS = 30
_READER = Path(__file__).with_name("sheet_reader.py")
# every reference of a row or a cell, whatever the sheet's own `dimension` says
_CELL = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,4})?([0-9]{1,9})["']""")
_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
# Excel's own limit for the words of one list; a longer one is explained and not offered
_LIST_LETTERS = 255


@dataclass(frozen=True)
class Column:
    """One column of a sheet: its heading, width in letters, what may be chosen, whether it holds codes."""

    heading: str
    width: int = 14
    choices: tuple[str, ...] = ()
    hint: str = ""


@dataclass(frozen=True)
class Sheet:
    """One sheet: columns and rows of text, numbers or None."""

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[object]] = field(default_factory=tuple)


def write(sheets: Sequence[Sheet]) -> bytes:
    """A workbook: text as text and numbers as numbers, so that nothing in it runs in anybody's Excel (P19)."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        text = book.add_format({"num_format": "@"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.title[:31])
            page.freeze_panes(1, 1)
            for place, column in enumerate(sheet.columns):
                page.set_column(place, place, column.width, text)
                page.write_string(0, place, column.heading, head)
                if column.hint:
                    page.write_comment(0, place, column.hint)
                if column.choices and len(",".join(column.choices)) <= _LIST_LETTERS:
                    page.data_validation(1, place, MAX_ROWS - 1, place, {"validate": "list", "source": list(column.choices)})
            for line, row in enumerate(sheet.rows, start=1):
                for place, cell in enumerate(row):
                    _put(page, line, place, cell, text)
    return out.getvalue()


def _put(page, line: int, place: int, cell, text) -> None:
    if isinstance(cell, (int, float, Decimal)) and not isinstance(cell, bool):
        page.write_number(line, place, cell)
    elif cell not in (None, ""):
        page.write_string(line, place, str(cell), text)


def read(content: bytes) -> list[list]:
    """The rows of the first sheet, from its first row. Raises `Refused` for whatever cannot be read safely."""
    _look(content)
    try:
        child = subprocess.run(  # noqa: S603  our own program and nothing of the file in its words
            [sys.executable, "-I", str(_READER)], input=content, capture_output=True, timeout=WALL_SECONDS, check=False,
            env={},
        )
    except subprocess.TimeoutExpired:
        raise unreadable() from None
    if child.returncode != 0:
        raise unreadable()
    rows = [json.loads(line) for line in child.stdout.splitlines()]
    while rows and not any(cell not in (None, "") for cell in rows[-1]):
        rows.pop()
    if not rows:
        raise Refused("13", "表格里没有内容", "下载模板，按模板填写后再传", field="file")
    return rows


def unreadable() -> Refused:
    return Refused("13", "文件无法读取", "用 Excel 或 WPS 打开，另存为 .xlsx 后再传", field="file")


def _look(content: bytes) -> None:
    """How far the sheets reach, read as a stream before anybody builds the table that they claim to be."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                if name.lower().startswith("xl/worksheets/") and name.lower().endswith(".xml"):
                    _measure(archive, name)
    except Refused:
        raise
    except Exception:  # whatever a forged archive raises, it is no workbook
        raise unreadable() from None


def _measure(archive: zipfile.ZipFile, name: str) -> None:
    rows, rest = 0, b""
    with archive.open(name) as part:
        while piece := part.read(1 << 20):
            piece, rest = rest + piece, piece[-64:]
            rows += len(_ROW.findall(piece))
            for letters, number in _CELL.findall(piece):
                if int(number) > MAX_ROWS or _column(letters) > MAX_COLUMNS:
                    raise _too_large()
    if rows > MAX_ROWS + 100:
        raise _too_large()


def _column(letters: bytes) -> int:
    place = 0
    for letter in letters.upper():
        place = place * 26 + letter - 64
    return place


def _too_large() -> Refused:
    return Refused(
        "13", f"表格超过 {MAX_ROWS} 行或 {MAX_COLUMNS} 列", "删去空行、空列和多余的表，分几次传；空白处有格式的另存一份再传", field="file"
    )
