"""Habits of downgrade, rectification and what follows a sanction (第十五、十七条)."""

from sqlalchemy import select

from incubator.bases.models import Base
from incubator.decisions import kinds
from incubator.decisions.models import DecisionItem
from incubator.inspections.models import InspectionConclusion
from incubator.kernel import registry
from incubator.kernel.access import Actor
from incubator.kernel.database import db
from incubator.kernel.parameters import workday
from incubator.kernel.workflow import Case
from incubator.obligations.models import Obligation
from incubator.policy import sanctions as policy
from incubator.policy.fields.decision import DECISIONS
from incubator.sanctions import following, queries, rectifications
from incubator.simulation import applications, founders, holders, reviews, steps
from incubator.simulation.life import Life, each_day, habit

TAKES = 12  # days from a conclusion to its document
MET = 0.85  # how often an item of a rectification is met
AGREED = {"text": "现场逐项看过，情况属实，按这个意见办理。"}


# the documents ----------------------------------------------------------------------------------


@each_day(55)
def issue(life: Life) -> None:
    """Conclusions become documents about two weeks later, by another person than who concluded."""
    if not life.troubles or not workday(life.day):
        return
    for kind in ("downgrade", "rectification"):
        for case, _, row in queries.to_decide(steps.province()["lead"], kind):
            if (life.day - row.at.date()).days >= TAKES - life.draw("document", case.id).randrange(8):
                _one(life, kind, case, row)


def _one(life: Life, kind: str, case: Case, row: InspectionConclusion) -> None:
    with life.trying(kind):
        if kind == "rectification" and queries.unwritten([case.id]):
            _contract(case)
        lead = steps.province()["lead"]
        if all(not waiting.lacks for waiting in kinds.get(kind).waiting(lead, [case.id])):
            holders.issue(life, kind, [case], DECISIONS[kind].title.format(year=life.day.year))
            life.done[kind] += 1


def _contract(case: Case) -> None:
    clerk = steps.province()["clerk"]
    rectifications.write_contract(
        clerk, case.id,
        {"items": [{"finding_id": str(f.id), "required": "问题消除，有制度、有台账，主管部门认可", "proof": "检查意见、现场照片"}
                   for f in queries.contract_findings(case)]},
        seen_version=reviews.fresh(case).version)


@habit("service")
def serve(life: Life, row: Obligation) -> None:
    """Handed over and signed for; one in eight is refused at the door (A15-7)."""
    luck = life.draw("service", row.key)
    item = db.session.get(DecisionItem, int(row.key))
    signed = {"receiver": "基地负责人"} if luck.random() < 0.88 else {"refusal": "负责人拒绝签字，留置送达，两名社区工作人员见证。"}
    following.serve(
        steps.province()["clerk"], item.id,
        {"served_on": life.day.isoformat(), "method": "direct" if "receiver" in signed else "left", "served_by": "省厅经办甲", **signed},
        upload=steps.pdf("送达回证.pdf"))


# the year to put things right -------------------------------------------------------------------


@habit("rectification", "rectifying")
def report(life: Life, row: Obligation) -> None:
    case, who = reviews.fresh(row.case), founders.admin_of(row.case)
    if case.state != "rectifying":
        return
    rectifications.report(
        who, case.id,
        {"items": [{"item_id": str(i.id), "done": "已经整改，有记录和照片"} for i in _items(case)],
         "summary": "逐项整改到位，制度已经修订上墙，专人负责。", "pledge": True},
        seen_version=case.version, uploads=[steps.pdf("整改证明.pdf")])


def _items(case: Case) -> list:
    return queries.items_of(queries.rectification_of(case.id).inspection_id)


def _check(life: Life, case: Case, who: Actor, share: float) -> bool:
    """Each item as it is seen on site; whether all are met."""
    luck = life.draw("checked", case.id, reviews.fresh(case, who).version)
    met = {i.id: luck.random() < share for i in _items(case)}
    rectifications.check_items(
        who, case.id,
        {"items": [{"item_id": str(key), "met": "yes" if good else "no", "remark": "现场看过实物和台账"} for key, good in met.items()]},
        seen_version=reviews.fresh(case, who).version)
    return all(met.values())


@habit("rectification", "county_check")
def verify(life: Life, row: Obligation) -> None:
    who = founders.county(row.case)
    case = applications.visit(row.case, who)
    if _check(life, case, who, MET):
        steps.act(case, "verify", who, **AGREED)
    else:
        steps.act(case, "not_done", who, text="还有一项没有到位，继续整改后再报。")


@habit("rectification", "city_check")
def forward(life: Life, row: Obligation) -> None:
    steps.act(row.case, "forward", founders.city(row.case), **AGREED)


@habit("rectification", "prov_acceptance")
def accept(life: Life, row: Obligation) -> None:
    """Accepted, early or not; what is not met goes back; where a revocation has begun that decides (AMB-15)."""
    prov = steps.province()
    if queries.running_revocation(row.case.base_id) is not None:
        life.put_off(row)
        return
    if not registry.lacks(("items_met",), row.case) and life.draw("looked again", row.case_id).random() < 0.7:
        steps.act(row.case, "accept", prov["lead"], **AGREED)
        return
    case = applications.visit(row.case, prov["clerk"])
    if _check(life, case, prov["clerk"], MET):
        steps.act(case, "accept", prov["lead"], **AGREED)
    else:
        steps.act(case, "not_accept", prov["lead"], text="复核有一项没有达到要求，继续整改。")


# after a revocation -----------------------------------------------------------------------------


@habit(policy.RECOVERY)
def recover(life: Life, row: Obligation) -> None:
    """The county brings the plaque back, or says why it can't (A17-1)."""
    gone = life.draw("plaque gone", row.key).random() < 0.15
    said = {"unable_reason": "场地已经清空，牌匾下落不明，找过原负责人。"} if gone else {"done_on": life.day.isoformat(), "condition": "完好"}
    following.follow_up(founders.county(row.case), row.case_id, policy.RECOVERY, said, upload=None if gone else steps.pdf("照片.pdf"))


@habit(policy.TAX)
def tell_tax_office(life: Life, row: Obligation) -> None:
    life.numbers["tax"] += 1
    following.follow_up(
        founders.county(row.case), row.case_id, policy.TAX,
        {"document_no": f"示工信函〔{life.day.year}〕{life.numbers['tax']}号", "done_on": life.day.isoformat(), "receiver": "属地税务局"},
        upload=steps.pdf("回执.pdf"))
    if life.draw("another day", row.case_id).random() < 0.1:
        following.override_tax_stop(steps.province()["lead"], row.case_id, {
            "stop_on": life.day.isoformat(), "basis": "税收征收管理法第三十五条", "document_no": f"吉工信函〔{life.day.year}〕{life.numbers['tax']}号"})
        life.done["tax stop overridden"] += 1


@each_day(80)
def begin_anew(life: Life) -> None:
    """Whoever was revoked comes again as somebody new (AMB-31)."""
    if not life.troubles:
        return
    gone = select(Base.id).where(Base.status_now == "revoked", Base.id.in_(list(life.population.homes)))
    for base_id in db.session.scalars(gone.order_by(Base.id)).all():
        founders.come_again(life, life.population.homes[base_id])
