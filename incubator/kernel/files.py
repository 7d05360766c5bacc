"""Uploaded files: checked, stored by content, served only to those who see the case or base (§3.7)."""

import hashlib
import io
import os
import re
import secrets
import unicodedata
import zipfile
from pathlib import Path

import puremagic
from flask import current_app
from PIL import Image
from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, false, or_, select, true
from sqlalchemy.orm import Mapped, mapped_column

from incubator.kernel import access, clock
from incubator.kernel.database import Base, Instant, db
from incubator.kernel.errors import Refused
from incubator.kernel.workflow import Case
from incubator.policy.fields.reading import row_number

MAX_BYTES = 20 * 1024 * 1024
KINDS = {
    "pdf": ("application/pdf", (".pdf",)),
    "jpg": ("image/jpeg", (".jpg", ".jpeg")),
    "png": ("image/png", (".png",)),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", (".docx",)),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (".xlsx",)),
}
MAX_PIXELS = 40_000_000
# what runs or hides something in a PDF; names are read as a viewer reads them, with #xx for any letter
_PDF_ACTIVE = re.compile(rb"/JavaScript|/Launch|/EmbeddedFile|/XFA[\s\[\d<]")
_PDF_HEX = re.compile(rb"#([0-9A-Fa-f]{2})")
_OOXML_ROOT = {"docx": "word/", "xlsx": "xl/"}


class StoredFile(Base):
    """One uploaded file: its content's hash, and whose it is."""

    __tablename__ = "stored_file"
    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(160))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"))
    base_id: Mapped[int | None] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id", ondelete="RESTRICT"))
    is_public: Mapped[bool] = mapped_column(Boolean, default=False)
    by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    at: Mapped[object] = mapped_column(Instant)
    __table_args__ = (
        Index("ix_stored_file_case", "case_id"),
        Index("ix_stored_file_base", "base_id"),
        CheckConstraint("size > 0", name="size"),
    )

    @property
    def url(self) -> str:
        from flask import url_for

        return url_for("cases.download", file_id=self.id)


@access.scope(StoredFile)
def _file_sight(actor):
    """A file of a case is seen with the case and not otherwise: not before the case is submitted, and not by
    somebody who uploaded it and has lost the case from sight (P4). Other files are their base's, office's, person's.
    """
    if actor.tier == "service":
        return true()
    cases = select(Case.id).where(access.sight(actor, Case))
    loose = []
    if actor.person_id is not None:
        loose.append((StoredFile.by_person_id == actor.person_id) & access.in_time(actor, StoredFile.at))
    if actor.office_id is not None:
        loose.append(StoredFile.office_id == actor.office_id)
    if actor.tier in ("county", "city"):
        loose.append(StoredFile.base_id.in_(select(Case.base_id).where(access.sight(actor, Case))))
    if actor.tier == "province":
        loose.append(StoredFile.base_id.is_not(None))
    conditions = [StoredFile.is_public.is_(True), StoredFile.case_id.in_(cases)]
    if actor.base_id is not None:
        conditions.append((StoredFile.base_id == actor.base_id) & access.in_time(actor, StoredFile.at))
    return or_(*conditions, StoredFile.case_id.is_(None) & or_(false(), *loose))


def clean_name(name: str) -> str:
    """The name a person gave, as text only: NFC, no control or bidi characters, no path, at most 150."""
    name = unicodedata.normalize("NFC", name or "").replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp")).strip(". ")
    stem, dot, suffix = name.rpartition(".")
    return f"{(stem or '文件')[:140]}{dot}{suffix[:8]}" if dot else (name or "文件")[:150]


def accept(upload, actor, *, case_id=None, base_id=None, office_id=None, kinds=("pdf", "jpg", "png"), public=False,
           again=False) -> StoredFile:
    """Check and store an upload (a werkzeug FileStorage); adds the row in the caller's transaction.

    With `again`, the same content under the same name in the same place is the row that it made before.

    Raises `Refused` with the reason in plain words. Nothing of the client's claims is trusted but the name.
    """
    name = clean_name(upload.filename)
    content = upload.stream.read(MAX_BYTES + 1)
    kind = _judge(content, name, kinds)
    digest = hashlib.sha256(content).hexdigest()
    _keep(content, digest)
    whose = {
        "sha256": digest, "kind": kind, "name": name, "case_id": case_id, "base_id": base_id, "office_id": office_id,
        "is_public": public, "by_person_id": actor.person_id,
    }
    if again and (known := db.session.scalar(select(StoredFile).filter_by(**whose).order_by(StoredFile.id).limit(1))):
        return known
    row = StoredFile(**whose, size=len(content), at=clock.now())
    db.session.add(row)
    db.session.flush()
    return row


def _refuse(name: str, why: str, way_out: str):
    raise Refused("7(5)", f"“{name}”没有传上去：{why}", way_out, field="file")


def _judge(content: bytes, name: str, kinds) -> str:
    wanted = "、".join(kinds)
    if not content:
        _refuse(name, "文件是空的", "换一个有内容的文件")
    if len(content) > MAX_BYTES:
        _refuse(name, "超过 20 MB", "压缩或拆成几个文件再传")
    suffix = "." + name.rpartition(".")[2].lower()
    kind = next((k for k in kinds if suffix in KINDS[k][1]), None)
    if kind is None:
        _refuse(name, f"这里只收 {wanted}", "换成这些格式再传")
    try:
        ok = _matches(content, kind)
    except Exception:  # any parser fault means that the file is not what its name says
        ok = False
    if not ok:
        _refuse(name, f"内容不是完好的 {kind} 文件", "用原来的软件另存一份再传")
    return kind


def _matches(content: bytes, kind: str) -> bool:
    if kind == "pdf":
        return content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:] and not _active_pdf(content)
    if kind in ("jpg", "png"):
        with Image.open(io.BytesIO(content), formats=["JPEG" if kind == "jpg" else "PNG"]) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                return False
            picture.load()  # a cut picture fails here; `verify` looks at its head only
        return True
    found = {m.extension for m in puremagic.magic_string(content)}
    return bool(found & {".docx", ".xlsx", ".zip"}) and _sound_ooxml(content, _OOXML_ROOT[kind])


def _active_pdf(content: bytes) -> bool:
    plain = _PDF_HEX.sub(lambda found: bytes([int(found[1], 16)]), content)
    return bool(_PDF_ACTIVE.search(content) or _PDF_ACTIVE.search(plain))


def _sound_ooxml(content: bytes, root: str) -> bool:
    """Reliability §3.7 point 2: no bombs, macros, external links or odd names, and the parts of its kind."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        names = [e.filename for e in entries]
        total = sum(e.file_size for e in entries)
        if len(entries) > 200 or len(set(names)) != len(names) or total > 50_000_000:
            return False
        if any(e.flag_bits & 1 or e.compress_type not in (0, 8) or e.file_size > 20_000_000 for e in entries):
            return False
        if total > 10_000_000 and total > 100 * len(content):
            return False
        banned = ("vbaProject", "externalLinks/", "embeddings/", "activeX/")
        if any(n.startswith("/") or ".." in n or "\\" in n or any(b in n for b in banned) for n in names):
            return False
        if "[Content_Types].xml" not in names or not any(n.startswith(root) for n in names):
            return False
        return all(_plain_xml(archive.read(n)) for n in names if n.endswith((".xml", ".rels")))


def _plain_xml(part: bytes) -> bool:
    """No document type, and no UTF-16 that would hide one from this look."""
    return b"<!DOCTYPE" not in part and b"\0" not in part


def _keep(content: bytes, digest: str) -> None:
    folder = Path(current_app.config["PORTAL"].FILES_DIR)
    place = folder / digest[:2] / digest
    if place.exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    part = folder / f"part-{secrets.token_hex(8)}"
    with open(part, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    os.replace(part, place)


def read(row: StoredFile) -> bytes:
    """The bytes of a file; refuses when they no longer match their hash."""
    content = (Path(current_app.config["PORTAL"].FILES_DIR) / row.sha256[:2] / row.sha256).read_bytes()
    if hashlib.sha256(content).hexdigest() != row.sha256:
        raise Refused("13", f"“{row.name}”的内容和登记时不一致，已停止下载", "告诉系统管理员核对备份")
    return content


def named(ids) -> dict[int, StoredFile]:
    """Rows by id, for pages that show lists of files."""
    ids = [n for i in ids if (n := row_number(i)) is not None]
    if not ids:
        return {}
    return {row.id: row for row in db.session.scalars(select(StoredFile).where(StoredFile.id.in_(ids)))}
