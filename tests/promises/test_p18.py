"""P18: bad workbooks never break the site: refused in words, no 5xx, nothing written, no part of a file left behind.

The corpus is short and made here; each is sent where a roster is imported, as an operator would.
"""

import io
import re
import struct
import time
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import func, select

from incubator.kernel import sheets
from incubator.kernel.database import db
from incubator.kernel.errors import Refused
from incubator.kernel.files import StoredFile
from incubator.offices.models import Person
from incubator.rosters.models import Tenant
from incubator.rosters.tables import TENANTS
from tests import walk
from tests.rosters import steps
from tests.rosters.books import filled, workbook
from tests.visitor import Visitor

SLOW = 10.0


def good() -> bytes:
    return filled(TENANTS, [steps.typed(1)])


def rebuilt(change=None, extra=(), method=zipfile.ZIP_DEFLATED) -> bytes:
    """The good workbook with a part changed by ``change(name, content)`` and more parts added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good())) as old, zipfile.ZipFile(out, "w", method) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(name, content) if change else content)
        for name, content in extra:
            new.writestr(name, content)
    return out.getvalue()


def _sheet(content: bytes):
    return rebuilt(lambda name, old: content if name == "xl/worksheets/sheet1.xml" else old)


def _with(words: bytes):
    return lambda name, old: old.replace(b"?>", b"?>" + words, 1) if name == "xl/worksheets/sheet1.xml" else old


def _cells(*references: str) -> bytes:
    cells = "".join(f'<row r="{re.sub("[A-Z]", "", r)}"><c r="{r}" t="inlineStr"><is><t>x</t></is></c></row>' for r in references)
    head = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    return f"{head}<sheetData>{cells}</sheetData></worksheet>".encode()


def _forged_size() -> bytes:
    """Declared sizes of a few bytes over a part of megabytes."""
    book = bytearray(rebuilt(extra=[("xl/worksheets/sheet9.xml", b"<a/>" * 2_000_000)]))
    place = book.rfind(b"PK\x01\x02")
    while place >= 0:
        struct.pack_into("<I", book, place + 24, 10)
        place = book.rfind(b"PK\x01\x02", 0, place)
    return bytes(book)


def _encrypted(content: bytes) -> bytes:
    book = bytearray(content)
    place = book.find(b"PK\x01\x02")
    while place >= 0:
        struct.pack_into("<H", book, place + 8, struct.unpack_from("<H", book, place + 8)[0] | 1)
        place = book.find(b"PK\x01\x02", place + 4)
    return bytes(book)


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
HOSTILE: dict[str, bytes] = {
    "empty": b"", "text": b"name,uscc\n1,2\n", "svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "html": b"<html><script>alert(1)</script></html>", "exe": b"MZ" + b"\0" * 400, "ole": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "pdf": walk.PDF, "polyglot": walk.PDF + good(), "zip head only": b"PK\x03\x04" + b"\0" * 60, "cut": good()[:-40],
    "cut in the middle": good()[: len(good()) // 2], "noise": good()[:200] + bytes(range(256)) * 8,
    "zip bomb": rebuilt(extra=[(f"xl/media/{n}.bin", b"\0" * 15_000_000) for n in range(3)]),
    "one large part": rebuilt(extra=[("xl/media/a.bin", b"\0" * 21_000_000)]),
    "many parts": rebuilt(extra=[(f"xl/x{n}.bin", b"x") for n in range(250)]),
    "forged sizes": _forged_size(), "encrypted": _encrypted(good()),
    "lzma": rebuilt(method=zipfile.ZIP_LZMA), "bzip2": rebuilt(method=zipfile.ZIP_BZIP2),
    "traversal": rebuilt(extra=[("xl/../../../etc/cron.d/x", b"x")]), "absolute": rebuilt(extra=[("/etc/passwd", b"x")]),
    "backslash": rebuilt(extra=[("xl\\..\\x", b"x")]),
    "macros": rebuilt(extra=[("xl/vbaProject.bin", b"x")]), "external links": rebuilt(extra=[("xl/externalLinks/e1.xml", b"<a/>")]),
    "embedded": rebuilt(extra=[("xl/embeddings/o.bin", b"x")]), "activex": rebuilt(extra=[("xl/activeX/a.xml", b"<a/>")]),
    "xxe": rebuilt(_with(b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>')), "entities": rebuilt(_with(BOMB)),
    "xxe in utf-16": _sheet('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY e "x">]><a/>'.encode("utf-16")),
    "far cell": _sheet(_cells("A1", "XFD1048576")), "far row": _sheet(_cells("A1", "A900000")), "far column": _sheet(_cells("A1", "ZZ2")),
    "many rows": _sheet(_cells(*(f"A{n}" for n in range(1, 5300)))),
    "rows without numbers": _sheet(b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
                                   + b"<row><c/></row>" * 9000 + b"</sheetData></worksheet>"),
    "not xml": _sheet(b"\x01\x02 not xml"), "no sheet": rebuilt(lambda name, old: b"" if "sheet1" in name else old),
    "no workbook": rebuilt(lambda name, old: b"<a/>" if name == "xl/workbook.xml" else old),
    "docx": rebuilt(lambda name, old: b"<a/>", [("word/document.xml", b"<a/>")]), "another table": workbook([["a", "b"], [1, 2]]),
    "only a head": workbook([["企业名称"]]), "errors in cells": workbook([["企业名称", "#REF!"], ["#N/A", "#DIV/0!"]]),
    "long text": workbook([["企业名称"], ["长" * 32_000]]), "wide": workbook([[str(n) for n in range(140)]]),
    "control characters": workbook([["企业\u202e名称", "\u0007"], ["\u202e甲", "x"]]),
}
NAMES = ("名册.xlsx", "../../etc/passwd.xlsx", "x" * 300 + ".xlsx", "\u202excod.xlsx", "a.xlsx.exe", "名册.xls", "名册.xlsm", "", ".xlsx")


@pytest.fixture
def operator(sqlite_app, clock):
    with sqlite_app.app_context():
        _, admin = steps.filed()
        login = db.session.scalar(select(Person.login).where(Person.id == admin.person_id))
    someone = Visitor(sqlite_app)
    someone.sign_in(login)
    return someone


def send(who, content: bytes, name: str = "名册.xlsx"):
    token = re.search(r'csrf-token" content="([^"]+)"', who.get("/rosters/tenants/import").text)[1]
    began = time.monotonic()
    answer = who.post("/rosters/tenants/import", {"csrf_token": token, "file": (io.BytesIO(content), name)})
    return answer, time.monotonic() - began


@pytest.mark.promise("P18")
def test_p18_hostile_workbooks_are_refused_in_words(sqlite_app, operator, promise):
    wrong = []
    for name, content in HOSTILE.items():
        answer, took = send(operator, content)
        if answer.status_code != 422 or took > SLOW or not re.search(r'id="summary-h">[^<]+<', answer.text):
            wrong.append((name, answer.status_code, took))
    for name in NAMES[1:]:
        answer, took = send(operator, HOSTILE["far cell"], name)
        if answer.status_code != 422 or took > SLOW:
            wrong.append((name, answer.status_code, took))
    with sqlite_app.app_context():
        assert db.session.scalar(select(func.count(Tenant.id))) == 0
        folder = Path(sqlite_app.config["PORTAL"].FILES_DIR)
        kept = {row.sha256 for row in db.session.scalars(select(StoredFile))}
        stray = [p.name for p in folder.rglob("*") if p.is_file() and p.name not in kept]
    assert not wrong, wrong
    assert not stray, stray
    answer, _ = send(operator, good())
    assert answer.status_code == 302, "the corpus proves nothing while the good workbook is refused too"
    promise("P18", n=len(HOSTILE) + len(NAMES) - 1, failures=len(wrong) + len(stray))


@pytest.mark.promise("P18")
def test_p18_the_child_is_stopped_by_its_limits(monkeypatch, promise):
    """What the look at the references would refuse first: the child ends by itself, this process goes on."""
    monkeypatch.setattr(sheets, "_look", lambda content: None)
    for name in ("far cell", "no workbook", "cut"):
        with pytest.raises(Refused, match="文件无法读取"):
            sheets.read(HOSTILE[name])
    monkeypatch.setattr(sheets, "WALL_SECONDS", 0.001)
    with pytest.raises(Refused, match="文件无法读取"):
        sheets.read(good())
    promise("P18", n=4, failures=0, form="child")
