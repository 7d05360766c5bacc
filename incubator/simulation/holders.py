"""Habits of recognised bases (第六、十条): the strong ask for promotion, all ask for renewal in its window, a few forget."""

from datetime import date, timedelta

from sqlalchemy import func, select

from incubator.bases import plaques
from incubator.bases.facts import facts_of_bases, standing_of
from incubator.bases.models import Base
from incubator.campaigns.queries import open_campaign
from incubator.decisions import commands as decisions
from incubator.decisions import kinds
from incubator.kernel import clock
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.obligations.models import Obligation
from incubator.policy.calendar import renewal_window
from incubator.policy.standing import BASE, IN_FORCE, status
from incubator.recognitions.commands import running_application
from incubator.renewals import commands as renewals
from incubator.rosters.models import Tenant
from incubator.rosters.record_queries import graduates
from incubator.simulation import applications, founders, reviews, steps
from incubator.simulation.life import Life, each_day, habit

SOON = (3, 9, 15, 21, 27)  # with troubles, while something of a promotion was never seen
FORGET = 0.1  # how many bases let their validity run out
SAID = {"text": "业绩持续达到标准，场地稳定，材料齐全。"}


@each_day(25)
def open_more_rounds(life: Life) -> None:
    """A round of promotion from April, the guide for renewals in September (A7-7)."""
    if life.day.year > life.last_round:
        return
    if (life.day.month, life.day.day) == (4, 1):
        applications.open_promotion_round(life.day, date(life.day.year, 9, 30))
    if (life.day.month, life.day.day) == (9, 1) and open_campaign("renewal", clock.now()) is None:
        applications.open_renewal_round(life.day)


@each_day(50)
def ask_for_promotion(life: Life) -> None:
    """Whoever has 42 tenants and five graduates tries once."""
    if life.day.day not in (SOON if life.troubles and life.unseen("promotion") else (15,)) or open_campaign("promotion", clock.now()) is None:
        return
    held = select(Base).where(Base.status_now == "valid", Base.level_now == BASE).order_by(Base.id)
    for base in db.session.scalars(held).all():
        who = life.population.homes.get(base.id)
        here = db.session.scalar(select(func.count()).select_from(Tenant).where(Tenant.base_id == base.id, Tenant.out_on.is_(None)))
        if who is None or here < 43 or graduates(base.id) < 5 or standing_of(base).rectifying:
            continue
        if not _free(life, base):
            continue
        with life.trying("promotion asked"):
            applications.submit_promotion(who.unit, founders.admin_of_base(base.id))
            life.done["promotion asked"] += 1


def _free(life: Life, base: Base) -> bool:
    """Nothing of weight was under way; with troubles, nothing is and the last try is long ago."""
    of_weight = select(Case).where(Case.base_id == base.id, Case.kind.in_(("promotion", "change", "revocation")))
    if not life.troubles:
        return db.session.scalar(of_weight) is None
    rows = db.session.scalars(of_weight.where(Case.submitted_at.is_not(None))).all()
    rest = timedelta(days=30) if life.unseen("promotion") else founders.NEXT_TIME
    return all(c.ended_at is not None and clock.day_of(c.ended_at) + rest < life.day for c in rows)


@each_day(60)
def ask_for_renewal(life: Life) -> None:
    """In the three months before the end, on a day of its own; a few forget."""
    if life.day.month < 10:
        return
    asked = select(Base.id, Base.code, Base.filed_on, Base.closed_at).where(Base.status_now.in_(IN_FORCE))
    held = db.session.execute(asked.order_by(Base.id)).all()
    facts = facts_of_bases(held)
    for base in held:
        who, now = life.population.homes.get(base.id), status(facts[base.id], life.day)
        if who is None or now.valid_to is None or life.day not in renewal_window(now.valid_to):
            continue
        luck = life.draw("renewal", base.code, now.valid_to)
        if luck.random() < FORGET or life.day < now.valid_to - timedelta(days=luck.randrange(1, 85)):
            continue
        if not _renewal_runs(base.id) and not _asked_since(base.id, renewal_window(now.valid_to).from_on):
            with life.trying("renewal asked"):
                admin = founders.admin_of_base(base.id)
                case = applications.draft_renewal(who.unit, admin)
                renewals.submit_renewal(admin, case.id, seen_version=reviews.fresh(case, admin).version)
                life.done["renewal asked"] += 1


def _renewal_runs(base_id: int) -> bool:
    """One is under way; a form that lies there is taken up again."""
    case = running_application(base_id, "renewal")
    return case is not None and case.submitted_at is not None


def _asked_since(base_id: int, day: date) -> bool:
    return db.session.scalar(
        select(Case.id).where(Case.base_id == base_id, Case.kind == "renewal", Case.state != "withdrawn", Case.submitted_at >= clock.start_of(day))) is not None


@habit("renewal", "correction_county", "correction_city", "correction_province")
def correct_renewal(life: Life, row: Obligation) -> None:
    founders.correct_application(life, row)


@habit("renewal", "county_review")
def county_of_renewal(life: Life, row: Obligation) -> None:
    steps.act(row.case, "forward", founders.county(row.case), **SAID)


@habit("renewal", "city_review")
def city_of_renewal(life: Life, row: Obligation) -> None:
    steps.act(row.case, "forward", founders.city(row.case), **SAID)


@habit("renewal", "prov_review")
def province_of_renewal(life: Life, row: Obligation) -> None:
    prov = steps.province()
    if standing_of(db.session.get(Base, row.base_id or row.case.base_id)).rectifying:
        return  # waits for the end of the rectification (AMB-29)
    if life.draw("renewal refused", row.case.subject, life.day.year).random() < 0.08:
        steps.act(row.case, "refuse", prov["lead"], text="连续两年业绩下降，服务能力达不到要求，不予续延。")
        return
    steps.act(row.case, "approve", prov["clerk"], **SAID)


@habit("renewal", "to_decide")
def decide_renewals(life: Life, row: Obligation) -> None:
    """One document for all that were agreed to."""
    lead = steps.province()["lead"]
    waiting = select(Case.id).where(Case.kind == "renewal", Case.state == "to_decide").order_by(Case.id)
    agreed = [w.case for w in kinds.get("renewal").waiting(lead, db.session.scalars(waiting).all()) if not w.lacks]
    if agreed:
        issue(life, "renewal", agreed, "关于同意部分创业孵化基地有效期续延的通知")


def issue(life: Life, kind: str, cases: list[Case], title: str, by: str = "lead") -> None:
    """A document of the province, dated today; numbers run within the year."""
    life.numbers[life.day.year] += 1
    lead = steps.province()[by]
    decisions.issue(lead, kind, {case.id: reviews.fresh(case, lead).version for case in cases}, {
        "kind": kind, "document_no": f"吉工信创业〔{life.day.year}〕{100 + life.numbers[life.day.year]}号",
        "document_on": life.day.isoformat(), "title": title}, steps.pdf("文件.pdf"))


# promotion walks as recognition does ----------------------------------------------------------

habit("promotion", "county_initial")(founders.recommend)
habit("promotion", "city_review")(founders.forward)
habit("promotion", "prov_acceptance")(founders.accept)
habit("promotion", "prov_assessment")(founders.assess)
habit("promotion", "deliberation")(founders.deliberate)
habit("promotion", "proposed")(founders.publish)
habit("promotion", "to_decide")(founders.decide)
for _state in ("correction_county", "correction_city", "correction_acceptance", "correction_assessment"):
    habit("promotion", _state)(founders.correct_application)


@habit("plaque_back")
def plaque_back(life: Life, row: Obligation) -> None:
    """The county brings the old one back (A8-7)."""
    held = plaques.valid_plaque(row.case.base_id)
    if held is not None:
        plaques.return_plaque(founders.county(row.case), held.id, {"returned_on": life.day.isoformat(), "return_reason": "等级或名称变化换发"})

