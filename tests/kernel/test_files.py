"""Uploads: what is accepted, what is refused and in which words, how they are kept and handed out (§3.7)."""

import hashlib
import io
import zipfile

import pytest
from PIL import Image
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from incubator.kernel import access, files
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Refused
from incubator.kernel.files import StoredFile
from tests import walk

KINDS = ("pdf", "jpg", "png", "docx", "xlsx")
TYPES = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


@pytest.fixture(autouse=True)
def _inside(sqlite_app, clock):
    with sqlite_app.app_context():
        yield


def accept(content: bytes, name: str, kinds=KINDS) -> StoredFile:
    upload = FileStorage(stream=io.BytesIO(content), filename=name, content_type="application/pdf")
    with transaction():
        return files.accept(upload, access.service("test"), kinds=kinds)


def picture(kind: str, size=(40, 30)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, kind)
    return out.getvalue()


def office(root: str = "word/document.xml", extra=(), body: bytes = b"<w/>", compress=zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compress) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr(root, body)
        for name, content in extra:
            archive.writestr(name, content)
    return out.getvalue()


def pdf(inside: bytes) -> bytes:
    return walk.PDF.replace(b"/Type/Catalog", b"/Type/Catalog" + inside, 1)


def encrypted() -> bytes:
    content = bytearray(office())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = 0
        while (at := content.find(mark, at)) >= 0:
            content[at + offset] |= 1
            at += 4
    return bytes(content)


SOUND = {
    "材料.pdf": walk.PDF,
    "照片.jpg": picture("JPEG"),
    "照片.JPEG": picture("JPEG"),
    "截图.png": picture("PNG"),
    "说明.docx": office(),
    "名单.xlsx": office("xl/workbook.xml"),
}


@pytest.mark.parametrize("name", SOUND)
def test_what_is_sound_is_kept_by_its_content(name):
    row = accept(SOUND[name], name)
    assert row.name == name and row.size == len(SOUND[name])
    assert row.sha256 == hashlib.sha256(SOUND[name]).hexdigest()
    assert files.read(row) == SOUND[name]


HOSTILE = {
    "empty.pdf": (b"", "文件是空的"),
    "over 20 MB.pdf": (walk.PDF + b" " * files.MAX_BYTES + b"%%EOF", "超过 20 MB"),
    "html renamed.pdf": (b"<html><script>alert(1)</script></html>", "不是完好的 pdf"),
    "png renamed.pdf": (picture("PNG"), "不是完好的 pdf"),
    "cut off.pdf": (walk.PDF[:-20], "不是完好的 pdf"),
    "html first.pdf": (b"<html>" + walk.PDF, "不是完好的 pdf"),
    "javascript.pdf": (pdf(b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"), "不是完好的 pdf"),
    "hex javascript.pdf": (pdf(b"/OpenAction<</S/J#61vaScript/JS(x)>>"), "不是完好的 pdf"),
    "launch.pdf": (pdf(b"/OpenAction<</S/Launch/F(cmd.exe)>>"), "不是完好的 pdf"),
    "embedded.pdf": (pdf(b"/Names<</EmbeddedFiles 9 0 R>>"), "不是完好的 pdf"),
    "xfa.pdf": (pdf(b"/AcroForm<</XFA[1 0 R]>>"), "不是完好的 pdf"),
    "pdf renamed.jpg": (walk.PDF, "不是完好的 jpg"),
    "png renamed.jpg": (picture("PNG"), "不是完好的 jpg"),
    "cut.jpg": (picture("JPEG", (800, 600))[:2000], "不是完好的 jpg"),
    "cut.png": (picture("PNG")[:60], "不是完好的 png"),
    "svg.png": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "不是完好的 png"),
    "drawing.svg": (b"<svg/>", "这里只收"),
    "page.html": (b"<html/>", "这里只收"),
    "archive.zip": (office(), "这里只收"),
    "program.exe": (b"MZ", "这里只收"),
    "macro.docm": (office(), "这里只收"),
    "pdf.exe": (walk.PDF, "这里只收"),
    "none": (walk.PDF, "这里只收"),
    "macro.docx": (office(extra=[("word/vbaProject.bin", b"x")]), "不是完好的 docx"),
    "external.xlsx": (office("xl/workbook.xml", [("xl/externalLinks/externalLink1.xml", b"<x/>")]), "不是完好的 xlsx"),
    "embedding.docx": (office(extra=[("word/embeddings/ole.bin", b"x")]), "不是完好的 docx"),
    "activex.docx": (office(extra=[("word/activeX/a.bin", b"x")]), "不是完好的 docx"),
    "up.docx": (office(extra=[("../../etc/passwd", b"x")]), "不是完好的 docx"),
    "absolute.docx": (office(extra=[("/etc/passwd", b"x")]), "不是完好的 docx"),
    "backslash.docx": (office(extra=[("word\\..\\x", b"x")]), "不是完好的 docx"),
    "doctype.docx": (office(body=b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"), "不是完好的 docx"),
    "utf16 doctype.docx": (office(body="<!DOCTYPE x []><x/>".encode("utf-16")), "不是完好的 docx"),
    "workbook.docx": (office("xl/workbook.xml"), "不是完好的 docx"),
    "any zip.xlsx": (office("readme.txt"), "不是完好的 xlsx"),
    "many.docx": (office(extra=[(f"word/{n}.xml", b"<x/>") for n in range(250)]), "不是完好的 docx"),
    "bomb.docx": (office(extra=[("word/a.xml", b"0" * 19_000_000)]), "不是完好的 docx"),
    "big bomb.docx": (office(extra=[(f"word/{n}.bin", b"0" * 18_000_000) for n in range(3)]), "不是完好的 docx"),
    "lzma.docx": (office(compress=zipfile.ZIP_LZMA), "不是完好的 docx"),
    "encrypted.docx": (encrypted(), "不是完好的 docx"),
    "cut.xlsx": (office("xl/workbook.xml")[:-30], "不是完好的 xlsx"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_not_sound_is_refused_in_words(name, sqlite_app):
    content, words = HOSTILE[name]
    with pytest.raises(Refused) as refused:
        accept(content, name)
    assert refused.value.article == "7(5)" and words in refused.value.reason and refused.value.way_out
    assert db.session.scalar(select(StoredFile)) is None
    assert not list(sqlite_app.config["PORTAL"].FILES_DIR.iterdir()), "nothing is left on the disk"


def test_a_huge_picture_is_refused_unread():
    out = io.BytesIO()
    Image.new("1", (8_000, 5_001)).save(out, "PNG")
    with pytest.raises(Refused):
        accept(out.getvalue(), "x.png")
    out = io.BytesIO()
    Image.new("1", (8_000, 5_000)).save(out, "PNG")
    accept(out.getvalue(), "x.png")


def test_twenty_megabytes_exactly_are_accepted():
    padding = b"%" + b" " * (files.MAX_BYTES - len(walk.PDF) - 2) + b"\n"
    content = walk.PDF.replace(b"%PDF-1.4\n", b"%PDF-1.4\n" + padding, 1)
    assert len(content) == files.MAX_BYTES
    accept(content, "x.pdf")


@pytest.mark.parametrize(("given", "kept"), [
    ("../../etc/passwd.pdf", "passwd.pdf"),
    ("C:\\Users\\张\\合同.pdf", "合同.pdf"),
    ("合同\u202efdp.exe.pdf", "合同fdp.exe.pdf"),
    ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
    ("合\u200b同\ufeff.pdf", "合同.pdf"),
    ("..pdf", "pdf"),
    ("e\u0301.pdf", "é.pdf"),
    ("长" * 300 + ".pdf", "长" * 140 + ".pdf"),
    ("  a .pdf ", "a .pdf"),
    ("", "文件"),
])
def test_a_name_is_only_a_text(given, kept):
    assert files.clean_name(given) == kept


def test_a_hostile_name_reaches_no_path(sqlite_app):
    row = accept(walk.PDF, "../../../../tmp/evil.pdf")
    folder = sqlite_app.config["PORTAL"].FILES_DIR
    stored = [p for p in folder.rglob("*") if p.is_file()]
    assert row.name == "evil.pdf" and [p.relative_to(folder).as_posix() for p in stored] == [f"{row.sha256[:2]}/{row.sha256}"]


def test_the_same_content_is_kept_once_and_belongs_to_two(sqlite_app):
    one, two = accept(walk.PDF, "a.pdf"), accept(walk.PDF, "b.pdf")
    assert one.sha256 == two.sha256 and one.id != two.id
    assert len([p for p in sqlite_app.config["PORTAL"].FILES_DIR.rglob("*") if p.is_file()]) == 1


def test_a_file_changed_on_the_disk_is_not_handed_out(sqlite_app):
    row = accept(walk.PDF, "a.pdf")
    place = sqlite_app.config["PORTAL"].FILES_DIR / row.sha256[:2] / row.sha256
    place.write_bytes(walk.PDF + b"x")
    with pytest.raises(Refused) as refused:
        files.read(row)
    assert "和登记时不一致" in refused.value.reason
    place.write_bytes(walk.PDF)
    assert files.read(row) == walk.PDF
