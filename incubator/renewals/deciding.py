"""What a document of renewal gives: three more years from the day after the old end, however late it comes (A10-3, T11)."""

from incubator.bases import commands as bases
from incubator.bases.facts import facts_of_bases
from incubator.bases.models import Base
from incubator.decisions import kinds
from incubator.decisions.models import Decision
from incubator.kernel import clock, registry
from incubator.kernel.database import db
from incubator.kernel.registry import Lack
from incubator.kernel.workflow import Case, Given
from incubator.policy.calendar import chinese_date, renewal_validity
from incubator.policy.standing import status
from incubator.renewals import commands, queries

AT = (("renewal", "to_decide"),)


def waiting(actor, ids=None) -> list[kinds.Waiting]:
    """Renewals that the province's desk agreed to; another person issues the document (P26). In four statements."""
    rows = kinds.rows_at(actor, "renewal", ("to_decide",), ids)
    case_ids = [case.id for case, _ in rows]
    filings, approvers = queries.of_cases(case_ids), queries.approvers(case_ids)
    facts = facts_of_bases([base for _, base in rows])
    found = []
    for case, base in rows:
        lacks = commands.rectifying_lacks(status(facts[base.id], clock.today()))
        if approvers.get(case.id) == actor.person_id:
            lacks.append(Lack("10", "省审同意是本人办的", "由另一位负责人登记续延文件"))
        found.append(kinds.Waiting(
            case, base, approvers.get(case.id), tuple(lacks), where=f"现有效期到 {chinese_date(filings[case.id].valid_to)}",
            where_url=f"/cases/{case.id}", more=filings[case.id],
        ))
    return found


def _validity(row: kinds.Waiting, document_on) -> dict:
    span = renewal_validity(row.more.valid_to)
    return {"valid_from": span.from_on, "valid_to": span.to_on}


kinds.register(kinds.Kind(
    "renewal", at=AT, waiting=waiting, columns=_validity, note="有效期自原期满次日起续 3 年，第十条",
))


@registry.effect("renew_base")
def _renew_base(case: Case, step, actor, given: Given) -> None:
    """A10-3: no limit of times; approved after the old end it covers the time between (T11)."""
    decision = db.session.get(Decision, given.facts["decision"])
    filing = queries.of_case(case.id)
    bases.renew(
        db.session.get(Base, case.base_id), actor, decision=decision, case=case, validity=renewal_validity(filing.valid_to),
    )
