"""Habits of revocation (第十六条): asked for by both, proposed by the county, begun by the province; told, heard, decided."""

from datetime import timedelta

from sqlalchemy import select

from incubator.bases.facts import standing_of
from incubator.bases.models import Base
from incubator.kernel.access import Actor
from incubator.kernel.database import db
from incubator.kernel.parameters import workday
from incubator.kernel.workflow import Case
from incubator.obligations.models import Obligation
from incubator.policy import sanctions as policy
from incubator.policy.procedures import PROCEDURES, TERMINATE
from incubator.policy.standing import IN_FORCE, LAPSED
from incubator.sanctions import queries, revocations
from incubator.simulation import founders, holders, reviews, steps
from incubator.simulation.life import Life, each_day, habit

TITLE = "关于撤销部分吉林省创业孵化基地的决定"
FACTS = "事实清楚，依据和材料都在案卷里，已经核对。"
PLAN = "由属地协助迁入相邻基地，企业自愿。"
WISH = 1 / (40 * 365)  # how often both ask on a day: once in forty years of a base
WAIVED = 0.1
SPOKEN = 0.5
SCANDAL = 0.5  # how often a base is gone at once with what was never seen to end so
QUIET = 1600  # days of a base between two of them: 40 days among 40 bases, five among 303
AGREED = {"text": "材料齐全，情形成立，同意按程序办理。"}


# three routes -----------------------------------------------------------------------------------


@each_day(65)
def both_ask(life: Life) -> None:
    if not life.troubles:
        return
    held = founders.standing_in(*IN_FORCE, LAPSED)
    share = WISH * (3 if life.unseen("revocation") and len(held) > _few(life) else 1)
    for base_id in held:
        if life.draw("wish", base_id, life.day).random() < share:
            with life.trying("revocation asked"):
                _ask(life, founders.admin_of_base(base_id))


def _few(life: Life) -> float:
    """With no more bases in force than this, none is driven out for the sake of what was never seen."""
    return len(life.population.newcomers) / 4


def _ask(life: Life, who: Actor) -> None:
    case = revocations.open_application(who)
    if life.chance(("revocation", "draft", "withdraw"), 0.05, case.id):
        steps.act(case, "withdraw", who, text="双方改变了主意，继续办基地。")
        return
    _send(case, who)
    life.done["revocation asked"] += 1


def _send(case: Case, who: Actor) -> None:
    revocations.apply(
        who, case.id, {"facts": "场地另作他用，双方商定不再办基地。", "tenants_plan": "企业自愿迁入相邻基地，协助办手续。"},
        seen_version=reviews.fresh(case, who).version,
        uploads={name: steps.pdf(f"{name}.pdf") for name in revocations.CONSENTS})


@habit("revocation", "correction")
def correct(life: Life, row: Obligation) -> None:
    _send(row.case, founders.admin_of(row.case))


@habit("propose_revocation")
def propose(life: Life, row: Obligation) -> None:
    """A year without acceptance, or an end without a renewal: the county lead begins (A16-2)."""
    base = db.session.get(Base, int(row.key.split(":")[0]), populate_existing=True)
    if queries.running_revocation(base.id) is not None or base.status_now == "revoked":
        life.put_off(row, 30)
        return
    reason = policy.LAPSE if standing_of(base).state == LAPSED else policy.EXPIRED
    lead = steps.actor(*steps.staff(base.region.code).county_lead)
    revocations.propose(lead, base.id, {"reason": reason, "facts": FACTS, "tenants_plan": PLAN})
    life.done[f"proposed: {reason}"] += 1


def begin(life: Life, base: Base, codes: list[str]) -> Case:
    case = revocations.begin_direct(steps.province()["clerk"], base.id, {"codes": codes, "facts": FACTS, "tenants_plan": PLAN},
                                    uploads=[steps.pdf("现场笔录.pdf")])
    life.done["begun directly"] += 1
    return case


# upwards ----------------------------------------------------------------------------------------


@habit("revocation", "county_review")
def county(life: Life, row: Obligation) -> None:
    steps.act(row.case, "pass", founders.county(row.case), **AGREED)


@habit("revocation", "city_review")
def city(life: Life, row: Obligation) -> None:
    steps.act(row.case, "forward", steps.actor(*steps.staff(row.case.region.code).city_lead), **AGREED)


@habit("revocation", "prov_review")
def province(life: Life, row: Obligation) -> None:
    steps.act(row.case, "agree", steps.province()["clerk"], **AGREED)


# told, heard, decided ---------------------------------------------------------------------------


@habit("revocation", "to_decide")
def decide(life: Life, row: Obligation) -> None:
    """First the notice or the waiver; then what the base says is answered; the document comes after its window."""
    case, clerk = reviews.fresh(row.case), steps.province()["clerk"]
    told = queries.notice_of(case.id)
    if not queries.revocation_of(case.id).voluntary and told is None:
        _tell(life, case, row)
        return
    for said in queries.defences_of(case.id):
        if said.answered_at is None:
            revocations.answer(clerk, case.id, said.id, {"answer": "所述情况已经核实，不影响事实的认定，理由已当面说明。"},
                               seen_version=reviews.fresh(case).version)
    if not workday(life.day):
        return
    began = queries.revocation_of(case.id).initiator_id
    by = "lead2" if began == steps.province()["lead"].person_id else "lead"
    holders.issue(life, "revocation", [case], TITLE, by)


def _tell(life: Life, case: Case, row: Obligation) -> None:
    luck, prov = life.draw("told", case.id), steps.province()
    if luck.random() < WAIVED:
        revocations.waive_notice(prov["lead2"], case.id, {"waived_reason": "负责人失联，两次公告无人应答，不作事先告知。"},
                                 seen_version=case.version)
        life.done["notice waived"] += 1
        return
    until = revocations.notify(
        prov["clerk"], case.id, {"notified_on": life.day.isoformat(), "method": "direct", "receiver": "基地负责人"},
        seen_version=case.version, upload=steps.pdf("事先告知书.pdf")).defence_until
    if luck.random() < SPOKEN:
        revocations.defend(founders.admin_of(case), case.id, {"words": "问题已经在改，请再给三个月时间。"},
                           seen_version=reviews.fresh(case).version)
        life.done["defence"] += 1
    life.put_off(row, (until - life.day + timedelta(days=1)).days)


# what ends with a base --------------------------------------------------------------------------


@each_day(90)
def scandals(life: Life) -> None:
    """A base is found to have lied: told nothing before, revoked at once, with all that runs on it (A16-6)."""
    if not life.troubles or not workday(life.day) or (life.day - life.day.min).days - life.numbers["scandal"] < _quiet(life):
        return
    if len(founders.standing_in(*IN_FORCE)) <= _few(life):
        return
    unseen = {(table.kind, step.from_state) for table in PROCEDURES.values() for step in table.steps
              if step.outcome == TERMINATE and not life.taken[table.kind, step.from_state, TERMINATE]}
    for case_id, kind, state, version in _running() if unseen else ():
        if (kind, state) in unseen and life.draw("scandal", case_id, version, life.day).random() < SCANDAL:
            with life.trying("scandal"):
                _at_once(life, db.session.get(Case, case_id, populate_existing=True))
            return


def _quiet(life: Life) -> int:
    return max(QUIET // len(life.population.newcomers), 5)


def _running() -> list[tuple[int, str, str, int]]:
    """What runs on bases that may still be revoked, the youngest first: the others are to come to their renewal."""
    rows = db.session.execute(
        select(Case.id, Case.kind, Case.state, Case.version).join(Base, Base.id == Case.base_id)
        .where(Case.ended_at.is_(None), Base.status_now.in_((*IN_FORCE, LAPSED))).order_by(Base.id.desc(), Case.id))
    return [tuple(row) for row in rows]


def _at_once(life: Life, case: Case) -> None:
    base, prov = db.session.get(Base, case.base_id), steps.province()
    if queries.running_revocation(base.id) is not None or base.status_now == "revoked":
        return
    revoking = begin(life, base, ["16(2)5"])
    revocations.waive_notice(prov["lead2"], revoking.id, {"waived_reason": "造假事实清楚，负责人已被采取强制措施，不作事先告知。"},
                             seen_version=reviews.fresh(revoking).version)
    holders.issue(life, "revocation", [reviews.fresh(revoking)], TITLE)
    life.done["scandal"] += 1
    life.numbers["scandal"] = (life.day - life.day.min).days
