"""催报: asking in writing for what is owed, one by one or all that is missing; kept for ever (A13-6, AMB-17)."""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import select

from incubator.kernel import access, clock, ledger, outbox
from incubator.kernel.access import Actor
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import NotVisible, Refused
from incubator.obligations.models import Obligation, Urging, within_reach
from incubator.policy.duties import urging_refusal

AT_ONCE = 200


def owed_under(actor: Actor):
    """The condition of what may be urged by this office: what bases under it owe, and the offices below it."""
    below = {"county": (), "city": ("county",), "province": ("county", "city")}.get(actor.tier, ())
    debtors = Obligation.base_id.is_not(None) | (Obligation.office_id.is_not(None) & Obligation.tier.in_(below))
    return within_reach(actor) & debtors & Obligation.fulfilled_at.is_(None)


def urge(actor: Actor, obligation_ids: Iterable[int], *, means: str, text: str) -> list[Urging]:
    """Record one urging for each obligation that is still open, with an event and a letter to whoever owes it.

    What was fulfilled meanwhile is left out. Raises `Refused` where nothing is left or the words don't do,
    `NotVisible` where one is out of sight.
    """
    access.require(actor, "obligation.urge")
    ids = sorted(set(obligation_ids))
    if refusal := urging_refusal(means, text):
        raise Refused(refusal.article, refusal.reason, refusal.way_out, field="text")
    if len(ids) > AT_ONCE:
        raise Refused("13", f"一次最多催报 {AT_ONCE} 项", "分几次催报", field="obligation")
    with transaction():
        seen = set(db.session.scalars(select(Obligation.id).where(Obligation.id.in_(ids), within_reach(actor))))
        if seen != set(ids):
            raise NotVisible("obligation")
        rows = db.session.scalars(
            select(Obligation).where(Obligation.id.in_(ids), owed_under(actor)).order_by(Obligation.id)
            .with_for_update(of=Obligation).execution_options(populate_existing=True)
        ).all()
        if not rows:
            raise Refused("13", "没有可以催报的，都已经办了，或者不归本处催报", "回到催报名单核对")
        return [_record(actor, row, means, text.strip()) for row in rows]


def _record(actor: Actor, row: Obligation, means: str, text: str) -> Urging:
    urging = Urging(
        obligation_id=row.id, means=means, text=text, by_person_id=actor.person_id, office_id=actor.office_id,
        office_name=actor.office_name, due_on=row.due_on, at=clock.now(),
    )
    db.session.add(urging)
    db.session.flush()
    base_id = row.base_id or (row.case.base_id if row.case else None)
    facts = {"obligation": row.id, "urging": urging.id, "kind": row.kind, "key": row.key, "due_on": row.due_on,
             "means": means, **({"case": row.case_id} if row.case_id else {})}
    ledger.append(f"base:{base_id}" if base_id else "system", "urged", actor, facts)
    outbox.put("urged", f"urged:{urging.id}", {"urging": urging.id})
    return urging


def urgings_of(obligation_ids: Iterable[int]) -> dict[int, list[Urging]]:
    """The urgings of each obligation, the oldest first; those without any are left out. One query."""
    found = defaultdict(list)
    ids = list(obligation_ids)
    if ids:
        for row in db.session.scalars(select(Urging).where(Urging.obligation_id.in_(ids)).order_by(Urging.id)):
            found[row.obligation_id].append(row)
    return dict(found)
