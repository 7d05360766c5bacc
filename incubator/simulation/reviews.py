"""Steps at the province: visit, experts, deliberation, notice and decision."""

from datetime import date, timedelta

from sqlalchemy import func, select

from incubator.assessments import commands as assessments
from incubator.assessments import sheets
from incubator.assessments.models import ExpertProfile
from incubator.bases.models import Base
from incubator.campaigns import team
from incubator.decisions import commands as decisions
from incubator.kernel import access, clock
from incubator.kernel.access import Actor
from incubator.kernel.database import db
from incubator.kernel.parameters import workday
from incubator.kernel.workflow import Case
from incubator.meetings import commands as meetings
from incubator.meetings.models import MeetingItem
from incubator.notices import commands as notices
from incubator.obligations.commands import tick
from incubator.policy.calendar import notice_end
from incubator.policy.fields.decision import DECISIONS
from incubator.policy.fields.expert import declared_refusal
from incubator.policy.fields.score_sheet import WEIGHTS
from incubator.simulation.applications import accepted_case, visit
from incubator.simulation.steps import Unit, act, actor, pdf, person, province, uscc

EXPERTS = ("zj1", "zj2", "zj3", "zj4")
OVERALL = "基地定位清楚，场地和设施符合要求，服务团队稳定，在孵企业质量较好，制度健全并得到执行，建议按程序认定为省级创业孵化基地，今后加强投融资服务。"


def fresh(case: Case, who: Actor | None = None) -> Case:
    return access.load(who or province()["clerk"], Case, case.id, fresh=True)


def experts(logins=EXPERTS) -> list[Actor]:
    """Experts with a profile that is kept current (R-2.8)."""
    found = []
    for n, login in enumerate(logins, 1):
        person(login, f"专家{'甲乙丙丁戊己'[n - 1]}", ("expert", None))
        who = actor(login)
        known = db.session.scalar(select(ExpertProfile).where(ExpertProfile.person_id == who.person_id))
        if known is None or declared_refusal(known.declared_on, clock.today()):
            sheets.declare_profile(who, {
                "employer": f"吉林示例大学第{n}学院", "employer_uscc": uscc(900_000 + n, "220102", "12"), "fields": "创业服务",
            })
        found.append(who)
    return found


def named(case: Case, *people: Actor) -> None:
    """Put people on the list of the case's assessment team (A8-1)."""
    for who in people:
        if not team.is_named(case.campaign_id, who.person_id):
            team.name_member(province()["clerk"], case.campaign_id, who.person_id, "member")


def sheet_values(total: str, kind: str = "recognition") -> dict:
    """A complete sheet whose scores add up to `total` (half points), at least six tenths in each dimension."""
    weights = WEIGHTS[kind]
    left = sum(weights.values()) - float(total)
    scores = {}
    for key, most in weights.items():
        less = min(left, int(most * 0.4))
        scores[key] = most - less
        left -= less
    return {
        **{f"score_{key}": f"{value:g}" for key, value in scores.items()},
        "conclusion": "recommended", "overall": OVERALL, "signed_on": clock.today().isoformat(),
    }


def score(case: Case, totals=("80", "75", "71.5")) -> Case:
    """Assign as many experts as there are totals; each declares, scores and gives the sheet."""
    clerk = province()["clerk"]
    for who, total in zip(experts(EXPERTS[: len(totals)]), totals, strict=True):
        case = fresh(case)
        assessments.assign_expert(clerk, case.id, who.person_id, seen_version=case.version)
        sheets.deny_conflict(who, case.id)
        sheets.give_sheet(who, case.id, sheet_values(total, case.kind))
    return fresh(case)


def assess(case: Case, **verified) -> Case:
    """The province's visit and a closed review; then the dossier goes to the meeting."""
    clerk, lead = province()["clerk"], province()["lead"]
    case = visit(fresh(case), clerk, **verified)
    case = score(case)
    assessments.close_review(clerk, case.id, seen_version=case.version)
    return act(case, "conclude", lead)


def hold_meeting(cases: list[Case], verdict: str = "pass") -> int:
    """One meeting that takes in what waits and settles `cases`; its record is formed where nothing is left."""
    meeting = open_meeting()
    for case in cases:
        settle(meeting, case, verdict)
    form_record(meeting)
    return meeting


def form_record(meeting: int) -> None:
    """The minutes come in, unless a dossier that is still open has no verdict."""
    waiting = select(func.count()).select_from(MeetingItem).join(Case, Case.id == MeetingItem.case_id).where(
        MeetingItem.meeting_id == meeting, MeetingItem.verdict == "", Case.ended_at.is_(None))
    if not db.session.scalar(waiting):
        meetings.close_meeting(province()["clerk"], meeting, pdf("会议纪要.pdf"))


def open_meeting() -> int:
    return meetings.open_meeting(province()["clerk"], {
        "held_on": clock.today().isoformat(), "place": "省工信厅 301 会议室",
        "members": [{"name": f"委员{n}", "office": "省工信厅", "present": True} for n in "甲乙丙丁戊"],
    }).id


def settle(meeting: int, case: Case, verdict: str, reason: str = "") -> Case:
    return meetings.settle_item(province()["clerk"], meeting, case.id, verdict, reason, seen_version=fresh(case).version)


def proposed_case(unit: Unit, **rows) -> Case:
    """拟认定: through county, city, province and the meeting, all on one day."""
    case = assess(accepted_case(unit, **rows))
    hold_meeting([case])
    return fresh(case)


def publish(cases: list[Case]):
    """One notice for all of them, from today on."""
    clerk = province()["clerk"]
    start = clock.today()
    return notices.publish_notice(
        clerk, {case.id: fresh(case).version for case in cases},
        {
            "title": f"关于{start.year}年第一批吉林省创业孵化基地拟认定名单的公示",
            "body": "经县、市推荐，省工信厅考核评审和集中审议，拟认定下列单位为吉林省创业孵化基地，现予公示。",
            "starts_on": start.isoformat(), "ends_on": notice_end(start, workday).isoformat(),
            "contact_unit": "省工信厅创业服务处", "contact_phone": "0431-88900000", "contact_address": "长春市示例大路 1 号",
        },
    )


def decide(cases: list[Case], number: int = 92, document_on: date | None = None):
    """One document for all of them, dated `document_on` (today unless said)."""
    lead = province()["lead"]
    tick(clock.today())
    on = document_on or clock.today()
    kind = cases[0].kind
    return decisions.issue(
        lead, kind, {case.id: fresh(case, lead).version for case in cases},
        {
            "kind": kind, "document_no": f"吉工信创业〔{on.year}〕{number}号", "document_on": on.isoformat(),
            "title": DECISIONS[kind].title.format(year=on.year),
        },
        pdf("认定文件.pdf"),
    )


def recognised_base(unit: Unit, *, walk, first_day: date) -> Base:
    """From nothing to a recognised base; `walk(day)` moves the clock."""
    walk(first_day)
    case = proposed_case(unit)
    start = next(d for d in (first_day + timedelta(days=n) for n in range(20)) if workday(d))
    walk(start)
    notice = publish([case])
    walk(notice.ends_on + timedelta(days=1))
    decide([case])
    return db.session.get(Base, case.base_id)
