"""Habits of recognised bases (第六、十条): the strong ask for promotion, all ask for renewal in its window, a few forget."""

from datetime import date, timedelta

from sqlalchemy import func, select

from incubator.bases import plaques
from incubator.bases.facts import standing_of
from incubator.bases.models import Base
from incubator.campaigns.queries import open_campaign
from incubator.decisions import commands as decisions
from incubator.kernel import clock
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.obligations.models import Obligation
from incubator.policy.calendar import renewal_window
from incubator.policy.standing import BASE, IN_FORCE
from incubator.recognitions.commands import running_application
from incubator.renewals import commands as renewals
from incubator.rosters.figures import grad_cum
from incubator.rosters.models import Tenant
from incubator.simulation import applications, founders, reviews, steps
from incubator.simulation.life import Life, each_day, habit, pass_time

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
    if life.day.day != 15 or open_campaign("promotion", clock.now()) is None:
        return
    held = select(Base).where(Base.status_now == "valid", Base.level_now == BASE).order_by(Base.id)
    for base in db.session.scalars(held).all():
        who = life.population.newcomers.get(base.name)
        here = db.session.scalar(select(func.count()).select_from(Tenant).where(Tenant.base_id == base.id, Tenant.out_on.is_(None)))
        if who is None or here < 43 or grad_cum(base.id, life.day) < 5 or standing_of(base).rectifying:
            continue
        if db.session.scalar(select(Case.id).where(Case.base_id == base.id, Case.kind.in_(("promotion", "change", "revocation")))):
            continue
        pass_time()
        applications.submit_promotion(who.unit, steps.actor(who.admin))
        life.done["promotion asked"] += 1


@each_day(60)
def ask_for_renewal(life: Life) -> None:
    """In the three months before the end, on a day of its own; a few forget."""
    if life.day.month < 10:
        return
    for base in db.session.scalars(select(Base).where(Base.status_now.in_(IN_FORCE)).order_by(Base.id)).all():
        who, now = life.population.newcomers.get(base.name), standing_of(base)
        if who is None or now.valid_to is None or life.day not in renewal_window(now.valid_to):
            continue
        luck = life.draw("renewal", base.code, now.valid_to)
        if luck.random() < FORGET or life.day < now.valid_to - timedelta(days=luck.randrange(1, 85)):
            continue
        if running_application(base.id, "renewal") is None and not _asked_since(base, renewal_window(now.valid_to).from_on):
            pass_time()
            case = applications.draft_renewal(who.unit, steps.actor(who.admin))
            renewals.submit_renewal(steps.actor(who.admin), case.id, seen_version=reviews.fresh(case).version)
            life.done["renewal asked"] += 1


def _asked_since(base: Base, day: date) -> bool:
    return db.session.scalar(
        select(Case.id).where(Case.base_id == base.id, Case.kind == "renewal", Case.opened_at >= clock.start_of(day))) is not None


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
    agreed = [c for c in db.session.scalars(select(Case).where(Case.kind == "renewal", Case.state == "to_decide").order_by(Case.id))
              if not standing_of(db.session.get(Base, c.base_id)).rectifying]
    if agreed:
        issue(life, "renewal", agreed, "关于同意部分创业孵化基地有效期续延的通知")


def issue(life: Life, kind: str, cases: list[Case], title: str) -> None:
    """A document of the province, dated today; numbers run within the year."""
    life.numbers[life.day.year] += 1
    lead = steps.province()["lead"]
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

