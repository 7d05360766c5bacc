"""Standards that a place can't reach: proposed by the city, granted or not by the province (第五条（二）（四）)."""

from incubator.kernel import clock, registry
from incubator.kernel.access import Actor
from incubator.kernel.workflow import Case
from incubator.policy.criteria import RELAXABLE
from incubator.relaxations import commands, queries
from incubator.simulation import reviews, steps
from incubator.simulation.life import Life
from incubator.visits.queries import facts_of, findings_of

WHY = "边境地区企业总量少，这一家在当地规模居首，服务做得实。"


def propose(case: Case, who: Actor) -> bool:
    """Propose what is short; False where the dossier can't go up all the same (长春市区)."""
    for finding in findings_of(case):
        if finding.conclusion == RELAXABLE and finding.key not in queries.open_proposals(case.id) and queries.proposed_here(case):
            case = reviews.fresh(case, who)
            reached = facts_of(case)[finding.key].actual
            commands.propose(who, case.id, finding.key, {"threshold": str(reached), "reason": WHY}, seen_version=case.version)
    return not registry.lacks(case.procedure.step(case.state, "forward").needs, case)


def grant(life: Life, case: Case) -> None:
    """What was proposed is granted, now and then refused, before the meeting settles the case."""
    lead = steps.province()["lead"]
    for key, row in list(queries.open_proposals(case.id).items()):
        case = reviews.fresh(case, lead)
        if life.draw("relaxation", case.id, key).random() < 0.15:
            commands.refuse(lead, case.id, row.id, {"reason": WHY}, seen_version=case.version)
            continue
        life.numbers["relaxation"] += 1
        commands.grant(
            lead, case.id, key,
            {"threshold": str(row.threshold), "reason": WHY, "document_no": f"吉工信创业〔{clock.today().year}〕{5000 + life.numbers['relaxation']}号"},
            seen_version=case.version, upload=steps.pdf("同意放宽.pdf"))
        life.done["relaxation granted"] += 1
