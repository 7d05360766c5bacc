"""What the documents of recognition and promotion give a base (第六、八、十条): level, validity, a plaque that is owed."""

from functools import partial

from incubator.bases import commands as bases
from incubator.bases.models import Base
from incubator.decisions import kinds, noticed
from incubator.decisions.commands import owe_plaque
from incubator.decisions.models import Decision
from incubator.kernel import registry
from incubator.kernel.database import db
from incubator.kernel.workflow import Case, Given
from incubator.policy.calendar import initial_validity
from incubator.policy.standing import BASE, DEMONSTRATION


def _validity(row: kinds.Waiting, document_on) -> dict:
    """A10-1: five calendar years from 1 January after the document."""
    span = initial_validity(document_on)
    return {"valid_from": span.from_on, "valid_to": span.to_on}


kinds.register(kinds.Kind(
    "recognition", at=tuple(("recognition", state) for state in noticed.STATES), waiting=partial(noticed.waiting, "recognition"),
    columns=_validity, prepare=noticed.prepare, note="自文件日期起有效；有效期自文件次年 1月1日起算 5 年，第十条",
))


@registry.effect("recognise_base")
def _recognise_base(case: Case, step, actor, given: Given) -> None:
    """A10-1, AMB-24: in force from the document's date, validity from 1 January after it."""
    decision = db.session.get(Decision, given.facts["decision"])
    base = db.session.get(Base, case.base_id)
    bases.recognise(
        base, actor, decision=decision, case=case, validity=initial_validity(decision.document_on), level=BASE,
    )
    owe_plaque(case, base, decision)


kinds.register(kinds.Kind(
    "promotion", at=tuple(("promotion", state) for state in noticed.STATES), waiting=partial(noticed.waiting, "promotion"),
    prepare=noticed.prepare, note="自文件日期起为示范基地，有效期不变，第十条",
))


@registry.effect("promote_base")
def _promote_base(case: Case, step, actor, given: Given) -> None:
    """AMB-05, T14: the level from the document's date; the validity stays, the plaque is to be swapped (A8-7)."""
    decision = db.session.get(Decision, given.facts["decision"])
    base = db.session.get(Base, case.base_id)
    bases.set_level(base, actor, decision=decision, case=case, level=DEMONSTRATION)
    owe_plaque(case, base, decision)
