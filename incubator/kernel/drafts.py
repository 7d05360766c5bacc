"""Working copies of forms: merged by field, never overwritten in silence (A7-9, P8)."""

import json

from sqlalchemy import update

from incubator.kernel import clock
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Conflict
from incubator.kernel.forms import open_values, seal_values
from incubator.kernel.workflow import Case, Draft
from incubator.policy.fields import FieldTable


def begin(case: Case, table: FieldTable, values: dict, actor) -> Draft:
    """The first draft of a case, prefilled, in the caller's transaction."""
    draft = Draft(
        case_id=case.id, content=_dump(seal_values(table, values)), version=1, saved_at=clock.now(),
        saved_by=actor.person_id, changed_by="{}",
    )
    db.session.add(draft)
    db.session.flush()
    return draft


def read(case_id: int, table: FieldTable, lock: bool = False) -> tuple[dict, Draft]:
    """The stored values of a draft, secrets readable, and its row; with `lock` others wait to save it."""
    draft = db.session.get(Draft, case_id, populate_existing=True, with_for_update=lock or None)
    return open_values(table, json.loads(draft.content)), draft


def save(case: Case, table: FieldTable, changes: dict, actor, *, seen_version: int) -> Draft:
    """Merge `changes` (stored form) into the draft.

    Fields that differ are merged; a field that somebody changed since `seen_version` to another value raises
    `Conflict` with both texts, and nothing is written.
    """
    with transaction():
        values, draft = read(case.id, table, lock=True)
        touched = json.loads(draft.changed_by)
        clashes = {
            name: (changes[name], values.get(name))
            for name in changes
            if touched.get(name, 0) > seen_version and values.get(name) != changes[name]
        }
        if clashes:
            raise Conflict(
                "同一项内容刚刚被改过，两种写法都在下面，选一种再保存",
                yours={n: pair[0] for n, pair in clashes.items()},
                theirs={n: pair[1] for n, pair in clashes.items()},
            )
        changed = {name: value for name, value in changes.items() if values.get(name) != value}
        if not changed:
            return draft
        version = draft.version + 1
        saved = db.session.execute(
            update(Draft)
            .where(Draft.case_id == case.id, Draft.version == draft.version)
            .values(
                content=_dump(seal_values(table, {**values, **changed})), version=version, saved_at=clock.now(),
                saved_by=actor.person_id, changed_by=_dump({**touched, **dict.fromkeys(changed, version)}),
            )
        )
        if saved.rowcount != 1:
            raise Conflict("另一处刚刚保存过，再保存一次即可")
        db.session.refresh(draft)
        return draft


def _dump(values: dict) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True)
