"""Whatever else a table allows on the page of a case: returns, refusals, withdrawals, second thoughts.

Nothing is listed here: the steps come from the tables, and the one who may take a step is found by its permission. What
has a page of its own stands with the habits of its article.
"""

from sqlalchemy import select

from incubator.bases.models import Base
from incubator.kernel import registry, workflow
from incubator.kernel.access import Actor
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.obligations.models import Obligation
from incubator.policy.procedures import procedure
from incubator.policy.procedures.model import Step
from incubator.simulation import founders, steps
from incubator.simulation.life import Life, each_day, otherwise

SHARES = {"return": 0.08, "withdraw": 0.01, "withdraw_for": 0.005, "hold": 0.05, "reopen": 0.05, "cancel": 0.05, "unlock": 0.15, "refuse": 0.05}
SELDOM = 0.02
BEHIND = 40  # of what lies closed only the latest are looked at again
# these steps need more than words, or are the habit itself
OWN_PAGE = frozenset((
    ("quarterly_report", "return"), ("annual_report", "return"), ("change", "examine"), ("change", "implement_for"),
    ("inspection", "order_visit"), ("adhoc_inspection", "order_visit"), ("inspection", "reviewed_only"),
))
# what somebody does with a case on which nobody owes anything
LYING = (
    ("filing", "approved", "reopen"), ("filing", "approved", "cancel"),
    ("quarterly_report", "archived", "unlock"), ("annual_report", "archived", "unlock"),
    ("recognition", "on_notice", "refuse"), ("promotion", "on_notice", "refuse"),
    ("recognition", "on_notice", "withdraw_for"), ("promotion", "on_notice", "withdraw_for"),
    ("recognition", "draft", "withdraw"), ("promotion", "draft", "withdraw"), ("renewal", "draft", "withdraw"),
    ("change", "draft", "withdraw"),
)
# what a return complains of: the field that the habit of correcting it changes
REMARKED = {
    "filing": ("tenants_now", "现有在孵企业"), "change": ("reason", "变更原因"), "major_event": ("effect", "对在孵企业的影响"),
    **dict.fromkeys(("recognition", "promotion", "renewal"), ("public_ratio", "公益性服务占比")),
}
WORDS = "核对材料和现场以后，情况和依据已经逐项说明，按这个意见办理。"


def someone(case: Case, step: Step) -> Actor | None:
    """Who may take this step here: of two people of an office the one who did not take the step before."""
    local = steps.staff(case.region.code)
    prov = steps.province()
    if step.by == "applicant":
        found = [founders.admin_of(case)]
    elif step.by == "province":
        found = [prov["clerk"], prov["lead"], prov["clerk2"], prov["lead2"], prov["manager"]]
    else:
        found = [steps.actor(*getattr(local, f"{step.by}{end}")) for end in ("", "_lead")]
    before = workflow.neighbours(case, case.state) if step.four_eyes else ()
    third = step.outcome == "return" and workflow.returns(case.id) >= 2
    return next((who for who in found if who.can(step.permission) and who.person_id not in before
                 and (not third or who.can("return.third"))), None)


def say(case: Case, step: Step) -> bool:
    """Take the step if it is open to somebody."""
    who = someone(case, step)
    if who is None or registry.lacks(step.needs, case):
        return False
    more = {}
    if step.remarks:
        field, label = REMARKED.get(case.kind, ("facts", "事实和依据"))
        more["remarks"] = [{"field": field, "label": label, "text": "和现场看到的对不上，请核对后改正"}]
    if step.paper:
        more["upload"] = steps.pdf("撤回申请.pdf")
    steps.act(case, step.outcome, who, text=WORDS, **more)
    return True


@otherwise
def wander(life: Life, row: Obligation) -> bool:
    """Instead of what is usual: one of the other steps from this station."""
    case = row.case
    if case is None or case.state != row.state:
        return False
    for step in case.procedure.steps_from(case.state):
        if not step.on_page or step.main or (case.kind, step.outcome) in OWN_PAGE:
            continue
        seen = (case.kind, case.state, step.outcome)
        if life.chance(seen, SHARES.get(step.outcome, SELDOM), case.id, case.version) and say(case, step):
            after(life, case)
            return True
    return False


@each_day(70)
def look_again(life: Life) -> None:
    """What is closed or not yet sent comes up once more."""
    if not life.troubles:
        return
    for kind, state, outcome in LYING:
        luck = life.draw("again", kind, state, outcome, life.day)
        if luck.random() > (SHARES.get(outcome, SELDOM) / 5 if life.taken[kind, state, outcome] else 0.1):
            continue
        ids = db.session.scalars(
            select(Case.id).where(Case.kind == kind, Case.state == state).order_by(Case.id.desc()).limit(BEHIND)).all()
        if not ids:
            continue
        with life.trying(f"{kind}:{outcome}"):
            case = db.session.get(Case, luck.choice(ids), populate_existing=True)
            if say(case, procedure(kind).step(state, outcome)):
                life.done[f"{kind}:{state}:{outcome}"] += 1
                after(life, case)


def after(life: Life, case: Case) -> None:
    """Whoever has no account any more comes again as somebody new (AMB-31)."""
    case = db.session.get(Case, case.id, populate_existing=True)
    base = db.session.get(Base, case.base_id, populate_existing=True) if case.base_id else None
    gone = case.ended_at if base is None else base.closed_at
    if gone is not None and (base is None or base.id in life.population.homes):
        founders.come_again(life, life.population.of(case))
