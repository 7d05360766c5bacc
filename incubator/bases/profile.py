"""The information of a base as its operator keeps it: values, versions, and writing the next one (A13-1)."""

import json
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from incubator.bases.models import Base, BaseChange, Relaxation
from incubator.bases.queries import Told, told_on
from incubator.kernel import clock, ledger, security
from incubator.kernel.database import db
from incubator.kernel.forms import open_values, seal_values
from incubator.kernel.parameters import editions
from incubator.policy.criteria import edition_of
from incubator.policy.fields import canonical, from_stored, show, to_stored
from incubator.policy.fields.profile import AREAS, PROFILE

COLUMNS = ("contact_name", "contact_phone", "area_total", "area_incub", "area_public", "area_maker")


def values_of(base: Base) -> dict:
    """The typed values of the fields that the operator keeps."""
    stored = json.loads(base.profile or "{}")
    values = from_stored(PROFILE, {f.name: stored.get(f.name) for f in PROFILE.fields if f.name not in COLUMNS})
    return values | {name: getattr(base, name) for name in COLUMNS}


def kept_since(base: Base) -> date | None:
    """The day from which the operator keeps its information: of the filing, of the import for an older base (第二十条).

    None where the base is neither filed nor recognised.
    """
    if base.filed_on is not None or base.status_now == "account":
        return base.filed_on
    return clock.day_of(base.created_at)


def versions(base_id: int, limit: int = 40) -> list[tuple[BaseChange, dict]]:
    """The newest versions with their values."""
    rows = db.session.scalars(
        select(BaseChange).where(BaseChange.base_id == base_id).order_by(BaseChange.id.desc()).limit(limit)
    )
    return [(row, from_stored(PROFILE, open_values(PROFILE, json.loads(row.content)))) for row in rows]


def reviewed_areas(base: Base) -> dict[str, Decimal | None]:
    """The areas that an office last reviewed: at the filing, or with a major event."""
    row = db.session.scalar(
        select(BaseChange).where(BaseChange.base_id == base.id, BaseChange.kind != "edited").order_by(BaseChange.id.desc()).limit(1)
    )
    if row is None:
        return {name: getattr(base, name) for name in AREAS}
    values = from_stored(PROFILE, open_values(PROFILE, json.loads(row.content)))
    return {name: values.get(name) for name in AREAS}


def area_minimums(base: Base) -> dict[str, Decimal]:
    """The standards of the areas for this base, with what the province granted it (AMB-02)."""
    found = {s.key: Decimal(s.minimum) for s in edition_of(clock.today(), editions()).base if s.key in AREAS}
    granted = db.session.execute(
        select(Relaxation.standard, Relaxation.threshold)
        .where(Relaxation.base_id == base.id, Relaxation.in_force_on.is_not(None)).order_by(Relaxation.id)
    )
    return found | {key: threshold for key, threshold in granted if key in found}


def amend(base: Base, actor, values: dict, *, kind: str = "edited", case=None, valid_from: date | None = None,
          more: tuple[str, ...] = ()) -> list[str]:
    """Write the next version in the caller's transaction; answers the fields that changed. Nothing when none did.

    ``more`` names what changed beside these fields (the address of a major event): then a version is kept too.
    """
    before = values_of(base)
    old, new = to_stored(PROFILE, before), to_stored(PROFILE, {**before, **values})
    changed = [name for name in old if (old[name] or None) != (new[name] or None)] + list(more)
    if not changed:
        return []
    if db.session.scalar(select(BaseChange.id).where(BaseChange.base_id == base.id).limit(1)) is None:
        _keep(base, actor, "filed", [], old, None, kept_since(base) or clock.today(),
              by_name="备案登记" if base.filed_on else "按原办法导入")
    for name in COLUMNS:
        setattr(base, name, {**before, **values}[name])
    kept = json.loads(base.profile or "{}") | {name: new[name] for name in new if name not in COLUMNS}
    base.profile = json.dumps(kept, ensure_ascii=False, sort_keys=True)
    base.version += 1
    content = _keep(base, actor, kind, changed, new, case, valid_from or clock.today())
    db.session.flush()
    ledger.append(
        f"base:{base.id}", f"profile_{kind}", actor,
        {"version": base.version, "fields": changed, "hash": security.digest(content), "case": case.id if case else None},
    )
    return changed


def _keep(base: Base, actor, kind: str, changed: list[str], stored: dict, case, valid_from: date, by_name: str = "") -> str:
    content = canonical(seal_values(PROFILE, stored))
    db.session.add(
        BaseChange(
            base_id=base.id, version=base.version, kind=kind, fields=canonical(changed), content=content,
            case_id=case.id if case else None, valid_from=valid_from, at=clock.now(),
            by_person_id=actor.person_id, by_name=by_name or actor.name,
        )
    )
    return content


@told_on
def _areas_on(actor, base: Base, day: date) -> list[Told]:
    """The areas that held on a day, of the version that was valid then."""
    row = db.session.scalar(
        select(BaseChange).where(BaseChange.base_id == base.id, BaseChange.valid_from <= day)
        .order_by(BaseChange.valid_from.desc(), BaseChange.id.desc()).limit(1)
    )
    values = from_stored(PROFILE, open_values(PROFILE, json.loads(row.content))) if row is not None else values_of(base)
    return [Told(f.label, f"{show(f, values[f.name])} {f.unit}") for f in PROFILE.fields if f.name in AREAS and values.get(f.name) is not None]
