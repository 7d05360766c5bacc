"""Habits around a notice (第八条): objections, what they lead back to, and bases that move meanwhile."""

from sqlalchemy import select

from incubator.cases import relocations
from incubator.kernel import registry
from incubator.kernel.access import Region
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.notices import objections
from incubator.notices.models import NoticeItem, Objection
from incubator.notices.queries import follow
from incubator.obligations.models import Obligation
from incubator.policy.procedures import RENOTICE, REOPENED
from incubator.simulation import founders, reviews, steps
from incubator.simulation.life import Life, each_day, habit

OBJECTED, ANONYMOUS, UPHELD, MOVED = 0.08, 0.3, 0.4, 0.01
KINDS = ("recognition", "promotion")
FACTS = "这家基地的场地有一半在九月已经租给培训学校，不再用于孵化。"
BACK = tuple(outcome for outcome, _, _ in REOPENED)
REASON = "异议经核查成立，有一项情况要重新审核。"


def _on_notice() -> list[Case]:
    return list(db.session.scalars(
        select(Case).where(Case.kind.in_(KINDS), Case.state.in_(("on_notice", "to_decide"))).order_by(Case.id)))


def _unseen(life: Life, case: Case, outcomes) -> list[str]:
    return [o for o in outcomes if not life.taken[case.kind, case.state, o]]


@each_day(35)
def say(life: Life) -> None:
    """On the third day of a notice somebody says something about one of the list, in ten per cent without a name."""
    if not life.troubles:
        return
    for case in _on_notice():
        item = db.session.scalar(
            select(NoticeItem).where(NoticeItem.case_id == case.id, NoticeItem.closed_at.is_(None)).order_by(NoticeItem.id.desc()))
        if case.state != "on_notice" or item is None or (life.day - item.notice.starts_on).days != 2:
            continue
        luck = life.draw("objection", case.id, item.id)
        wanted = any(not life.taken[case.kind, state, o] for state in ("on_notice", "to_decide") for o in BACK)
        if luck.random() < (0.6 if wanted else OBJECTED):
            anonymous = luck.random() < ANONYMOUS and not wanted
            raw = {"case_id": str(case.id), "facts": FACTS} | (
                {"objector": "anonymous", "name": "", "phone": ""} if anonymous
                else {"objector": "person", "name": "王小明", "phone": "139 0000 1234"})
            with life.trying("objection"):
                code = objections.submit_objection(item.notice_id, raw)
                life.done["objection"] += 1
                if _unseen(life, case, BACK):  # at once, while the notice runs
                    _answer(life, follow(code), upheld=True)


@habit("objection")
def answer(life: Life, row: Obligation) -> None:
    """Verified by one, answered; what holds leads back to the station that it concerns, or ends the application."""
    found, luck = db.session.get(Objection, int(row.key)), life.draw("answer", row.key)
    case = db.session.get(Case, found.case_id, populate_existing=True)
    wanted = case.kind in KINDS and _unseen(life, case, BACK)
    _answer(life, found, upheld=luck.random() < (0.9 if wanted else UPHELD))


def _answer(life: Life, found: Objection, *, upheld: bool) -> None:
    clerk = steps.province()["clerk"]
    if found.status == "received":
        objections.start_checking(clerk, found.id, {"verifier": str(clerk.person_id)})
    result = ("upheld" if life.draw("how far", found.id).random() < 0.6 else "partly") if upheld else "rejected"
    objections.answer_objection(clerk, found.id, {"result": result, "reply": "已到现场核实，结果写在答复里，请查收。"})
    life.done[f"objection {result}"] += 1


@each_day(36)
def lead_back(life: Life) -> None:
    """The day after: an upheld objection is followed by a way back or by the end."""
    if not life.troubles:
        return
    for case in _on_notice():
        step = case.procedure.step(case.state, BACK[0])
        if registry.lacks(step.needs, case):
            continue
        luck = life.draw("back", case.id, case.version)
        lead, ways = steps.province()["lead"], _unseen(life, case, BACK) or list(BACK)
        with life.trying("back"):
            if luck.random() < 0.1 or life.chance((case.kind, case.state, "refuse"), 0.1, case.id, case.version):
                steps.act(case, "refuse", lead, text=REASON)
            else:
                objections.send_back(lead, case.id, {"outcome": luck.choice(ways), "reason": REASON}, seen_version=reviews.fresh(case).version)
            life.done["led back"] += 1


@each_day(37)
def move(life: Life) -> None:
    """A base on notice is moved to the next division: what was published is no longer so, and is published anew (AMB-21)."""
    if not life.troubles:
        return
    for case in _on_notice():
        step = case.procedure.step(case.state, RENOTICE)
        if not registry.lacks(step.needs, case):
            with life.trying("renotice"):
                objections.send_back(steps.province()["lead"], case.id, {"outcome": RENOTICE, "reason": "所在地变更，公示的内容变了，重新公示。"},
                                     seen_version=reviews.fresh(case).version)
                life.done["published anew"] += 1
        elif life.chance((case.kind, case.state, RENOTICE), MOVED, case.id, life.day):
            with life.trying("moved"):
                _move(life, case)


def _move(life: Life, case: Case) -> None:
    base = life.population.homes[case.base_id]
    codes = sorted(db.session.scalars(select(Region.code).where(Region.selectable.is_(True), Region.parent_code == case.region.parent_code)))
    others = [code for code in codes if code != case.region.code]
    if not others:
        return
    to = life.draw("moved", case.id).choice(others)
    steps.staff(to)
    relocations.order_base(
        steps.province()["manager"], case.base_id, db.session.scalar(select(Region.id).where(Region.code == to)),
        from_on=life.day, reason="行政区划调整，改由相邻的县（市、区）办理。", seen_version=_version(case.base_id))
    base.unit.region = to
    life.done["moved"] += 1


def _version(base_id: int) -> int:
    return db.session.scalar(select(founders.Base.version).where(founders.Base.id == base_id))
