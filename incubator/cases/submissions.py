"""Freezing what the applicant submits: immutable, canonical, hashed, with rosters and file hashes."""

import json

from sqlalchemy import func, select

from incubator.cases import corrections
from incubator.kernel import access, clock, files, once, security
from incubator.kernel.database import db
from incubator.kernel.errors import Invalid, Refused
from incubator.kernel.forms import open_values, seal_values
from incubator.kernel.workflow import Case, Submission
from incubator.policy.fields import FieldTable, canonical, differences, from_stored, to_stored
from incubator.policy.fields.reading import row_number


def freeze(case: Case, table: FieldTable, values: dict, actor, *, rosters: dict | None = None, extra=None) -> Submission:
    """Keep version n+1 of `values` (typed) in the caller's transaction.

    A version that changes nothing is refused: there would be nothing to review anew.
    """
    stored = to_stored(table, values)
    body = {"form": stored, "rosters": rosters or {}, **(extra or {})}
    last = db.session.scalar(
        select(Submission).where(Submission.case_id == case.id).order_by(Submission.version_no.desc()).limit(1)
    )
    sealed = {**body, "form": seal_values(table, stored), "files": _hashes(table, stored)}
    if last is not None:
        before = content(last, table)
        if _same(table, before, body):
            raise Refused("7(2)", f"和版本 {last.version_no} 相比没有改动，不能再次提交", "按退回意见改好再提交")
        sealed["answers"], problems = corrections.frozen(case, changed(table, before, body))
        if problems:
            raise Invalid(problems)
    text = canonical(sealed)
    number = db.session.scalar(select(func.count()).select_from(Submission).where(Submission.case_id == case.id)) + 1
    row = Submission(
        case_id=case.id, version_no=number, content=text, hash=security.digest(text), by_person_id=actor.person_id,
        by_name=actor.name, at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    return row


@once.per_page
def content(row: Submission, table: FieldTable) -> dict:
    """The content of a version, secrets readable: {"form": stored values, "rosters": …, "files": …}."""
    body = json.loads(row.content)
    return {**body, "form": open_values(table, body["form"])}


def changed(table: FieldTable, before: dict, after: dict) -> set[str]:
    """Names of the fields that differ between two contents, and ``roster-<key>`` for each roster that does."""
    forms = (from_stored(table, body["form"]) for body in (before, after))
    fields = {difference.field.name for difference in differences(table, *forms)}
    old, new = before.get("rosters") or {}, after.get("rosters") or {}
    return fields | {f"roster-{key}" for key in old.keys() | new.keys() if canonical(old.get(key)) != canonical(new.get(key))}


def _same(table: FieldTable, before: dict, after: dict) -> bool:
    keys = set(after) - {"files"}
    return all(canonical(before.get(k)) == canonical(after.get(k)) for k in keys)


def _hashes(table: FieldTable, stored: dict) -> dict[str, str]:
    """File id → content hash of every file that the form names."""
    return {str(i): row.sha256 for i, row in files.named(file_ids(table.fields, stored)).items()}


def file_ids(fields, stored: dict) -> list[int]:
    found: list[int] = []
    for field in fields:
        value = stored.get(field.name)
        if field.kind in ("file", "files") and value:
            found += [n for i in (value if isinstance(value, list) else [value]) if (n := row_number(i)) is not None]
        elif field.kind == "rows" and value:
            for row in value:
                found += file_ids(field.columns, row)
    return found


def check_files(actor, case: Case, table: FieldTable, stored: dict) -> None:
    """Every file named must be in the actor's sight: an id cannot be borrowed from another dossier."""
    ids = set(file_ids(table.fields, stored))
    if not ids:
        return
    seen = set(db.session.scalars(access.visible(actor, files.StoredFile, files.StoredFile.id)
                                  .where(files.StoredFile.id.in_(ids))))
    if ids - seen:
        raise Refused("7(5)", "有的附件不属于这份申请", "重新上传附件")
