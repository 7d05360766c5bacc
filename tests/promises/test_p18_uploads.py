"""P18: files that are not what they say are refused in words wherever one may upload: by the public, by an office, by the province.

Each is sent with an otherwise good form; the database is as before and no part of the file is left behind.
"""

from __future__ import annotations

import io
import struct
import time
import zipfile
import zlib
from pathlib import Path

import pytest
from PIL import Image

from tests import walk
from tests.promises.matrix import Matrix, Pin
from tests.promises.test_p18 import rebuilt

pytestmark = pytest.mark.promise("P18")
SLOW = 10.0
PLACES = ("public.notice POST", "visits.register POST county", "campaigns.new POST")  # the last one takes docx too


def _picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((200, 200), 80).save(out, kind)
    return out.getvalue()


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _png(width: int, height: int, rows: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")


def _docx(extra=(), **parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<a/>", **parts}.items():
            new.writestr(name, content)
        for name, content in extra:
            new.writestr(name, content)
    return out.getvalue()


JPG, PNG, PDF, DOCX = _picture("JPEG"), _picture("PNG"), walk.PDF, _docx()
HOSTILE: dict[str, bytes] = {
    "空.pdf": b"", "程序.pdf": b"MZ" + b"\0" * 400, "网页.pdf": b"<html><script>alert(1)</script></html>", "图.pdf": JPG, "文稿.pdf": DOCX,
    "没有结尾.pdf": b"%PDF-1.4\n" + b"0" * 4_000, "前面有别的.pdf": b"GIF89a" + PDF, "结尾很远.pdf": PDF + b"\0" * 4_000,
    "脚本.pdf": PDF.replace(b"%%EOF", b"1 0 obj<</S/JavaScript/JS(app.alert\\(1\\))>>endobj\n%%EOF"),
    "暗脚本.pdf": PDF.replace(b"%%EOF", b"1 0 obj<</S/J#61vaScript>>endobj\n%%EOF"),
    "启动.pdf": PDF.replace(b"%%EOF", b"1 0 obj<</S/Launch/F(cmd.exe)>>endobj\n%%EOF"), "超大.pdf": b"%PDF-1.4\n" + b"0" * 20_971_600 + b"\n%%EOF",
    "半张.jpg": JPG[: len(JPG) // 2], "半张.png": PNG[: len(PNG) // 2], "其实是.jpg": PNG, "其实是.png": JPG, "矢量.png":
    b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "压缩包.jpg": DOCX, "网页在前.jpg": b"<html>" + JPG,
    "极宽.png": _png(60_000, 60_000, b"\0" * 1_000), "炸弹.png": _png(7_000, 7_000, b"\0" * (7_001 * 7_000)),
    "动图.gif": b"GIF89a" + b"\0" * 200, "矢量.svg": b"<svg/>", "页面.html": b"<html/>", "双名.pdf.exe": PDF, "宏.docm": DOCX, "无名": PDF,
    "炸弹.docx": _docx([(f"word/media/{n}.bin", b"\0" * 15_000_000) for n in range(3)]), "大件.docx": _docx([("word/a.bin", b"\0" * 21_000_000)]),
    "宏.docx": _docx([("word/vbaProject.bin", b"x")]), "实体.docx": _docx(**{"word/document.xml": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><a/>'}),
    "暗实体.docx": _docx(**{"word/document.xml": '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x []><a/>'.encode("utf-16")}),
    "越界.docx": _docx([("../../etc/cron.d/x", b"x")]), "一半.docx": DOCX[: len(DOCX) // 2], "名册.docx": rebuilt(), "只有头.docx": b"PK\x03\x04" + b"\0" * 60,
    "外链.docx": _docx([("word/externalLinks/e1.xml", b"<a/>")]), "其实是.docx": PDF,
}


def test_p18_files_that_are_not_what_they_say(on_postgres, clock, promise):
    matrix, wrong, n = on_postgres, [], 0
    lines = [line for line in matrix.table.lines if str(line) in PLACES]
    assert len(lines) == len(PLACES)
    folder = Path(matrix.app.config["PORTAL"].FILES_DIR)
    with matrix.pinned() as pin:
        start, kept = pin.digest(), _all(folder)
        for line in lines:
            cell = next(c for c in matrix.cells_of(line) if c.allowed)
            for name, content in HOSTILE.items():
                n += 1
                wrong += [f"{cell}, {name}: {said}" for said in _judge(matrix, pin, cell, name, content, start)]
        stray = _all(folder) - kept
        wrong += [f"stray: {path}" for path in stray]
        for line in lines:
            cell = next(c for c in matrix.cells_of(line) if c.allowed)
            if _send(matrix, cell, "好的.pdf", PDF).status_code >= 400:
                wrong.append(f"{cell}: proves nothing while a good file is refused too")
            pin.undo()
    print("\n".join(wrong))
    promise("P18", n=n, failures=len(wrong), form="hostile files")


def _all(folder: Path) -> set[Path]:
    return {p for p in folder.rglob("*") if p.is_file()}


def _send(matrix: Matrix, cell, name: str, content: bytes):
    data = matrix.form(cell) | {cell.line.upload: (io.BytesIO(content), name)}
    return matrix.send(cell, "POST", data=data, content_type="multipart/form-data")


def _judge(matrix: Matrix, pin: Pin, cell, name: str, content: bytes, start: str) -> list[str]:
    matrix.writes.take()
    began = time.monotonic()
    try:
        answer = _send(matrix, cell, name, content)
    except Exception as fault:  # the tests let faults of the program through
        pin.undo()
        return [f"{type(fault).__name__}: {str(fault)[:200]}"]
    wrong = [] if answer.status_code in (413, 422) else [f"answered {answer.status_code}"]
    if time.monotonic() - began > SLOW:
        wrong.append("took too long")
    if answer.status_code == 422 and name and name not in answer.text:
        wrong.append("the refusal does not name the file")
    if matrix.writes.take() and pin.digest() != start:
        wrong.append("the database is not what it was")
    pin.undo()
    return wrong
