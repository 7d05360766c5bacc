"""Workbooks as clerks send them."""

import io

import xlsxwriter
from werkzeug.datastructures import FileStorage

from incubator.rosters.sheets import columns_of, heading


def workbook(rows: list[list]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        page = book.add_worksheet()
        for line, row in enumerate(rows):
            for place, cell in enumerate(row):
                page.write(line, place, cell)
    return out.getvalue()


def filled(roster, rows: list[dict]) -> bytes:
    """The template of a roster with these rows, as they would be typed."""
    columns = columns_of(roster)
    return workbook([
        [heading(f) for f in columns],
        *[["、".join(v) if isinstance(v := row.get(f.name), list) else v or "" for f in columns] for row in rows],
    ])


def upload(content: bytes, name: str = "名册.xlsx") -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name)
