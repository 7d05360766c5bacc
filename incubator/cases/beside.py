"""What stands beside the cases of a desk: who has them in hand, what moved since one looked, how one wants the pages.

One query for a page of the worklist, one for a case page: neither grows with the cases.
"""

from dataclasses import dataclass

from sqlalchemy import func, literal, null, select

from incubator.cases.models import CaseNote, PersonSetting, Seen, TakenUp
from incubator.kernel import access, once
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.offices.models import Person


@dataclass(frozen=True)
class Mark:
    """What a row of the worklist says beside the case itself."""

    news: bool = False
    taken_by: str = ""
    mine: bool = False


def marks(actor, cases: list[Case]) -> dict[int, Mark]:
    """Case id → whether it moved since the actor looked, and who of the desk has it in hand."""
    if not cases or not actor.can("desk.use"):
        return {}
    seqs = {case.id: case.seq for case in cases}
    looks = select(Seen.case_id, Seen.seq, null().label("who"), literal("")).where(
        Seen.person_id == actor.person_id, Seen.case_id.in_(seqs))
    hands = (
        select(TakenUp.case_id, literal(0), TakenUp.person_id, Person.name).join(Person, Person.id == TakenUp.person_id)
        .where(TakenUp.case_id.in_(seqs), access.sight(actor, TakenUp))
    )
    news, hand = set(), {}
    for case_id, seq, who, name in db.session.execute(looks.union_all(hands)):
        if who is not None:
            hand[case_id] = (who, name)
        elif seq < seqs[case_id]:
            news.add(case_id)
    return {
        case_id: Mark(case_id in news, hand.get(case_id, (0, ""))[1], hand.get(case_id, (0, ""))[0] == actor.person_id)
        for case_id in news | hand.keys()
    }


@dataclass(frozen=True)
class Beside:
    """What the desk keeps beside one case: its notes, the last look, who has it in hand, whether keys are wanted."""

    notes: int = 0
    seen: int | None = None
    taken_by: int | None = None
    taker: str = ""
    keys: bool = True


@once.per_page
def of(actor, case_id: int) -> Beside:
    """All of it in one query; nothing for those who have no desk."""
    if not actor.can("desk.use"):
        return Beside()
    parts = (
        select(literal("notes"), func.count(), literal("")).where(access.sight(actor, CaseNote), CaseNote.case_id == case_id),
        select(literal("seen"), Seen.seq, literal("")).where(Seen.person_id == actor.person_id, Seen.case_id == case_id),
        select(literal("taken"), TakenUp.person_id, Person.name).join(Person, Person.id == TakenUp.person_id)
        .where(TakenUp.case_id == case_id, access.sight(actor, TakenUp)),
        select(literal("keys"), literal(0), PersonSetting.value)
        .where(PersonSetting.person_id == actor.person_id, PersonSetting.key == "keys"),
    )
    found = {what: (number, word) for what, number, word in db.session.execute(parts[0].union_all(*parts[1:]))}
    taken = found.get("taken", (None, ""))
    return Beside(
        notes=found["notes"][0], seen=found.get("seen", (None, ""))[0], taken_by=taken[0], taker=taken[1],
        keys=found.get("keys", (0, "on"))[1] != "off",
    )
