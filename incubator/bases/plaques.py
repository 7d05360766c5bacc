"""Plaques out and back (第八条, A8-6, A8-7). A base never has two valid ones; the code of a returned one says so.

What a plaque being out closes elsewhere (the obligation to issue it) stands with later modules: `on_plaque`.
"""

from sqlalchemy import select

from incubator.bases.facts import standing_of
from incubator.bases.models import Base, LevelSpan, Plaque
from incubator.kernel import access, clock, ledger, security
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Invalid, Refused
from incubator.policy.fields import Problem, clean
from incubator.policy.fields.plaque import PLAQUE, PLAQUE_RETURN, PLAQUE_SWAP, WORDINGS

_out = []
_back = []


def on_plaque(fn):
    """Register ``fn(base, plaque, actor)``, called in the transaction in which a plaque goes out."""
    _out.append(fn)
    return fn


def on_plaque_back(fn):
    """Register ``fn(base_id, plaque, actor)``, called in the transaction in which a plaque comes back."""
    _back.append(fn)
    return fn


def valid_plaque(base_id: int) -> Plaque | None:
    return db.session.scalar(select(Plaque).where(Plaque.base_id == base_id, Plaque.returned_on.is_(None)))


def level_in_force(base: Base) -> LevelSpan:
    """The level that a plaque may say today, with its decision; refuses where the base is not in force."""
    now = standing_of(base)
    span = db.session.scalar(select(LevelSpan).where(LevelSpan.base_id == base.id, LevelSpan.to_on.is_(None)))
    if span is None or not now.in_force:
        raise Refused("8", f"“{base.name}”现在是“{now.text}”，不发牌匾", "认定生效后再登记")
    return span


def issue_plaque(actor, base_id: int, raw: dict) -> Plaque:
    """Register the first plaque, or the next one after the last came back. Refused while a valid one is out."""
    access.require(actor, "plaque.register")
    with transaction():
        base = access.load(actor, Base, base_id, lock=True)
        span = level_in_force(base)
        held = valid_plaque(base.id)
        if held is not None:
            raise Refused("8", f"已有一块有效的牌匾，编号 {held.plaque_no}", "收回旧的同时发新的，用“换发”")
        values = _read(PLAQUE, raw, {"decided_on": span.from_on})
        plaque = _put_out(base, span, values, actor)
        ledger.append(f"base:{base.id}", "plaque_issued", actor, _facts(plaque))
        return plaque


def swap_plaque(actor, base_id: int, raw: dict) -> Plaque:
    """The old plaque back and the new one out in one act (A8-7): promotion, downgrade, new name, damage."""
    access.require(actor, "plaque.register")
    with transaction():
        base = access.load(actor, Base, base_id, lock=True)
        span = level_in_force(base)
        old = valid_plaque(base.id)
        if old is None:
            raise Refused("8", "没有在外的牌匾可以换", "直接登记发放")
        values = _read(PLAQUE_SWAP, raw, {"decided_on": span.from_on, "old_issued_on": old.issued_on})
        _take_back(old, values, actor)
        plaque = _put_out(base, span, values, actor, replaces=old)
        ledger.append(
            f"base:{base.id}", "plaque_swapped", actor, {**_facts(plaque), "back": old.id, "back_on": old.returned_on}
        )
        return plaque


def return_plaque(actor, plaque_id: int, raw: dict) -> Plaque:
    """The plaque came back: the county's part of a swap (A8-7), or none follows (撤销, 损毁)."""
    access.require(actor, "plaque.return")
    with transaction():
        plaque = access.load(actor, Plaque, plaque_id, lock=True)
        if plaque.returned_on is not None:
            raise Refused("17", f"编号 {plaque.plaque_no} 的牌匾已经收回", "不用再登记")
        values = _read(PLAQUE_RETURN, raw, {"old_issued_on": plaque.issued_on})
        _take_back(plaque, values, actor)
        ledger.append(
            f"base:{plaque.base_id}", "plaque_returned", actor,
            {"plaque": plaque.id, "number": plaque.plaque_no, "on": plaque.returned_on},
        )
        return plaque


def _read(table, raw: dict, context: dict) -> dict:
    cleaned = clean(table, raw, context={"today": clock.today(), **context})
    problems = list(cleaned.errors)
    number = cleaned.values.get("plaque_no")
    if number and db.session.scalar(select(Plaque.id).where(Plaque.plaque_no == number)):
        problems.append(Problem("plaque_no", f"编号 {number} 已经登记过", "8", "核对牌匾上刻的编号"))
    if problems:
        raise Invalid(problems)
    return cleaned.values


def _put_out(base: Base, span: LevelSpan, values: dict, actor, replaces: Plaque | None = None) -> Plaque:
    plaque = Plaque(
        base_id=base.id, plaque_no=values["plaque_no"], code=security.plaque_code(), level=span.level,
        base_name=base.name, wording=WORDINGS[span.level], issued_on=values["issued_on"],
        received_by=values["received_by"], decision_id=span.decision_id, replaces_id=replaces.id if replaces else None,
        registered_at=clock.now(), registered_by=actor.person_id,
    )
    db.session.add(plaque)
    db.session.flush()
    for fn in _out:
        fn(base, plaque, actor)
    return plaque


def _take_back(plaque: Plaque, values: dict, actor) -> None:
    plaque.returned_on, plaque.return_reason = values["returned_on"], values["return_reason"]
    plaque.returned_at, plaque.returned_by = clock.now(), actor.person_id
    db.session.flush()
    for fn in _back:
        fn(plaque.base_id, plaque, actor)


def _facts(plaque: Plaque) -> dict:
    return {"plaque": plaque.id, "number": plaque.plaque_no, "level": plaque.level, "on": plaque.issued_on,
            "decision": plaque.decision_id}
