"""P9 for the review and its public face: walks whose every act is first made to fail at its event, letters and obligations.

One walk is one test: what an act needs is what the acts before it have done. Each act is tried as in `test_p09`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from incubator.assessments import asking, plans, sheets
from incubator.assessments import commands as assessments
from incubator.assessments.queries import own_sheet
from incubator.bases import plaques
from incubator.bases.models import Base
from incubator.campaigns import commands as campaigns
from incubator.campaigns import team
from incubator.decisions import commands as decisions
from incubator.kernel import access
from incubator.kernel import clock as portal_clock
from incubator.kernel.access import Assignment
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.meetings import commands as meetings
from incubator.notices import commands as notices
from incubator.notices import objections
from incubator.notices.models import Objection
from incubator.obligations.commands import tick
from incubator.policy.calendar import notice_end
from incubator.policy.fields.recognition import RECOGNITION
from incubator.recognitions import commands as recognitions
from incubator.recognitions import national
from incubator.relaxations import commands as relaxations
from incubator.visits import commands as visits
from tests import walk
from tests.assessments import steps as assessing
from tests.campaigns import steps as rounds
from tests.notices import steps as noticing
from tests.promises.whole import Act, on_case, version_of, walk_whole
from tests.rosters.steps import unit

REASON = "情况有变，改由别人办理，请知悉"
YANJI = walk.Unit("延吉海兰创业孵化基地", "222401", 21)


# the walks: each yields what is to be done next, and goes on when it is done ---------------------


def a_round() -> Iterator[Act]:
    who = rounds.manager()

    def arrange():
        return campaigns.create_campaign(who, rounds.typed(), walk.pdf("申报指南.pdf"))

    yield Act("arrange a round", arrange, who, ("campaign_created",))
    row = db.session.scalar(select(campaigns.Campaign.id))
    typed = rounds.typed(title="2026年秋季认定")
    yield Act("change a round", lambda: campaigns.change_campaign(who, row, typed, walk.pdf("新指南.pdf"), seen_version=1), who,
              ("campaign_changed",))
    yield Act("lengthen a round", lambda: campaigns.lengthen(who, row, "2026-10-15", rounds.REASON, seen_version=2), who,
              ("campaign_lengthened",))
    yield Act("replace a guide", lambda: campaigns.replace_guide(who, row, walk.pdf("更正.pdf"), rounds.REASON), who,
              ("campaign_guide_replaced",))


def an_application() -> Iterator[Act]:
    """Opened, submitted, visited by the county."""
    today = portal_clock.today()
    walk.open_round(today.year, today, date(today.year, 12, 31))
    told = unit()
    _, who = walk.filed_base(told)
    walk.fill_rosters(told, who)
    yield Act("open an application", lambda: recognitions.open_application(who), who, ("open",))
    case = db.session.scalar(select(Case).where(Case.kind == "recognition"))
    walk.fill(case, RECOGNITION, walk.application_values(who, case, told), who)
    number, version = case.id, version_of(case.id)
    yield Act("submit an application", lambda: recognitions.submit_application(who, number, seen_version=version), who, ("submit",), number)
    county = walk.actor(*walk.staff(told.region).county)
    yield _visit("register a visit", number, county)


def _visit(name: str, case: int, who) -> Act:
    typed = {
        "visited_on": portal_clock.today().isoformat(), "visitors": [{"name": "张三", "office": "工信局"}, {"name": "李四", "office": "工信局"}],
        "base_reps": [{"name": "刘思远"}], "check_rows": [{"item": "address", "agrees": "yes"}, {"item": "use", "agrees": "yes"}],
        "opinion": "现场和申报一致，孵化用途没有改变。",
    }
    return on_case(case, name, lambda seen: visits.register_visit(who, case, typed, seen_version=seen, uploads={"signatures": [walk.pdf("签字.pdf")]}),
               who, "visit_registered")


def the_team() -> Iterator[Act]:
    case = assessing.accepted()
    desk, number, campaign = assessing.desk(), case.id, case.campaign_id
    walk.person("kh9", "考核组员", ("site_team", None))
    member = walk.actor("kh9")
    yield Act("name a member", lambda: team.name_member(desk, campaign, member.person_id, "lead"), desk, ("team_named",))
    yield on_case(number, "assign the team", lambda v: assessments.assign_team(desk, number, member.person_id, seen_version=v), desk, "team_assigned")
    held = db.session.scalar(select(Assignment.id).where(Assignment.kind == "site_team"))
    yield on_case(number, "release the team", lambda v: assessments.release(desk, number, held, REASON, seen_version=v), desk, "team_released")
    given = plans.Planned(campaign, portal_clock.today() + timedelta(days=3), "长春一线", member.person_id, (), {number: "09:30"})
    yield Act("plan a day", lambda: plans.plan_day(desk, given), desk, ("visit_planned", "visits_planned"), number)
    stop = db.session.scalar(select(plans.VisitStop))
    plan, dropped = stop.plan_id, stop.id
    yield Act("drop a stop", lambda: plans.drop_stop(desk, plan, dropped, REASON), desk, ("visit_unplanned",), number)
    plans.plan_day(desk, given)
    yield _visit("register the province's visit", number, member)
    row = db.session.scalar(select(team.AssessmentMember.id))
    yield Act("end a member", lambda: team.end_member(desk, campaign, row), desk, ("team_ended",))


def the_experts() -> Iterator[Act]:
    case, desk = assessing.accepted(), assessing.desk()
    number = case.id
    walk.person("expert甲", "专家甲", ("expert", None))
    first = walk.actor("expert甲")
    typed = {"employer": "吉林示例大学", "employer_uscc": walk.uscc(700_001, "220102", "12"), "fields": ["service"]}
    yield Act("declare a profile", lambda: sheets.declare_profile(first, typed), first, ("expert_profile_declared",))
    people = assessing.experts(*"甲乙丙丁戊")

    def assign(who):
        return lambda seen: assessments.assign_expert(desk, number, who.person_id, seen_version=seen)

    yield on_case(number, "assign an expert", assign(first), desk, "expert_assigned")
    assessing.assign(case, people[1:])
    held = {who: own_sheet(who.person_id, number) for who in people}
    freed, voided = held[people[4]].assignment_id, held[first].assignment_id
    yield on_case(number, "release an expert", lambda v: assessments.release(desk, number, freed, REASON, seen_version=v), desk, "expert_released")
    yield Act("recuse", lambda: sheets.recuse(people[3], number, REASON), people[3], ("sheet_voided",), number)
    yield on_case(number, "urge the experts", lambda v: asking.urge(desk, number, REASON, seen_version=v), desk, "expert_urged")
    yield Act("deny a conflict", lambda: sheets.deny_conflict(first, number), first, ("conflict_denied",), number)
    operator = next(u for u in assessments.queries.units_of(case) if u.part == "运营机构")
    assessing.profile(first, employer=operator.name)
    sheet = held[first].id
    yield on_case(number, "answer an interest", lambda v: asking.answer_interest(desk, number, sheet, REASON, seen_version=v), desk,
              "interest_answered")
    yield Act("give a sheet", lambda: sheets.give_sheet(first, number, assessing.sheet("80")), first, ("sheet_given",), number)
    yield on_case(number, "void a sheet", lambda v: assessments.release(desk, number, voided, REASON, seen_version=v), desk, "sheet_voided")
    more = assessing.experts(*"甲乙丙丁戊己")[5]
    assessing.assign(case, [more])
    for who, total in zip((*people[1:3], more), ("80", "75", "71.5"), strict=True):
        assessing.score(case, who, total)
    yield on_case(number, "close the review", lambda v: assessments.close_review(desk, number, seen_version=v), desk, "review_closed")
    assessing.correct(case)
    yield on_case(number, "ask again", lambda v: asking.ask_again(desk, number, seen_version=v), desk, *["expert_assigned"] * 3)


def the_meeting() -> Iterator[Act]:
    """Two dossiers: the meeting, the notice, an objection that leads one of them back, the document for the other, its plaque."""
    desk, lead = assessing.desk(), walk.province()["lead"]
    case = assessing.deliberating(assessing.accepted())
    typed = {"held_on": portal_clock.today().isoformat(), "place": "厅 602 会议室",
             "members": [{"name": f"委员{n}", "office": "省工信厅", "present": True} for n in "甲乙丙丁戊"]}
    yield Act("open a meeting", lambda: meetings.open_meeting(desk, typed), desk, ("meeting_opened",))
    meeting = db.session.scalar(select(meetings.Meeting.id))
    other = assessing.deliberating(assessing.accepted("长春青柚创业孵化基地", number=102))
    ids = sorted((case.id, other.id))
    first, second = ids
    yield Act("take a dossier in", lambda: meetings.take_in(desk, meeting), desk, ("meeting_extended",))
    yield Act("note a recusal", lambda: meetings.recuse_member(desk, meeting, first, "委员甲", "本人是运营机构的股东"), desk,
              ("member_recused",), first)
    yield on_case(first, "settle an item", lambda v: meetings.settle_item(desk, meeting, first, "pass", seen_version=v), desk, "pass")
    meetings.settle_item(desk, meeting, second, "pass", seen_version=version_of(second))
    yield Act("close a meeting", lambda: meetings.close_meeting(desk, meeting, walk.pdf("纪要.pdf")), desk, ("meeting_closed",))
    versions, typed = {n: version_of(n) for n in ids}, _notice()
    yield Act("publish a notice", lambda: notices.publish_notice(desk, versions, typed), desk, ("notice_published", "publish", "publish"))
    notice = db.session.scalar(select(notices.Notice))
    yield from _an_objection(notice.id, first, desk)
    typed = {"outcome": "back_to_deliberation", "reason": REASON}
    yield on_case(first, "send back", lambda v: objections.send_back(lead, first, typed, seen_version=v), lead, "back_to_deliberation")
    yield from _a_document(second, notice.ends_on, lead, desk)


def _notice() -> dict:
    today = portal_clock.today()
    return noticing.typed(today.isoformat(), notice_end(today, notices.workday).isoformat())


def _an_objection(notice: int, case: int, desk) -> Iterator[Act]:
    said = {"case_id": str(case), **noticing.PERSON}
    yield Act("object", lambda: objections.submit_once("key", notice, said, [walk.pdf("证明.pdf")]), access.PUBLIC, ("objection_received",), case)
    row = db.session.scalar(select(Objection.id))
    verifier = {"verifier": str(desk.person_id)}
    yield Act("check an objection", lambda: objections.start_checking(desk, row, verifier), desk, ("objection_checking",), case)
    answer = {"result": "upheld", "reply": noticing.REPLY}
    yield Act("answer an objection", lambda: objections.answer_objection(desk, row, answer), desk, ("objection_answered",), case)


def _a_document(case: int, ends_on: date, lead, desk) -> Iterator[Act]:
    portal_clock.set_fixed(portal_clock.end_of(ends_on) + timedelta(hours=10))
    tick(portal_clock.today())
    today = portal_clock.today()
    typed = {"document_no": f"吉工信创业〔{today.year}〕92号", "document_on": today.isoformat(), "title": f"关于认定{today.year}年创业孵化基地的通知"}
    yield on_case(case, "issue a document", lambda v: decisions.issue_decision(lead, {case: v}, typed, walk.pdf("认定文件.pdf")), lead,
              "base_recognised", "decision_entered", "decide")
    base = db.session.scalar(select(Case.base_id).where(Case.id == case))
    plaque = {"plaque_no": "2026-001", "issued_on": today.isoformat(), "received_by": "赵领取"}
    yield Act("issue a plaque", lambda: plaques.issue_plaque(desk, base, plaque), desk, ("plaque_issued",))
    back = {"returned_on": today.isoformat(), "return_reason": "牌匾损坏"}
    yield Act("swap a plaque", lambda: plaques.swap_plaque(desk, base, plaque | back | {"plaque_no": "2026-002"}), desk, ("plaque_swapped",))
    out = plaques.valid_plaque(base).id
    county = walk.actor(*walk.staff(db.session.get(Base, base).region.code).county)
    yield Act("take a plaque back", lambda: plaques.return_plaque(county, out, back), county, ("plaque_returned",))
    title = {"title": national.national.TITLE, "document_no": "工信部企业函〔2026〕7号", "document_on": today.isoformat(), "first_year": "2027"}
    yield Act("enter a national title", lambda: national.record_title(desk, base, title), desk, ("national_title_recorded",))


def a_relaxation() -> Iterator[Act]:
    today = portal_clock.today()
    walk.open_round(today.year, today, date(today.year, 12, 31))
    lead, city = walk.province()["lead"], walk.actor(*walk.staff(YANJI.region).city)
    cases = []
    for told in (YANJI, walk.Unit("延吉布尔哈通创业孵化基地", "222401", 22)):
        case = walk.recommended_case(told, tenants=13)
        number = case.id
        typed = {"threshold": "13", "reason": "边境地区企业总量少，这一家在当地规模居首"}

        def propose(seen, number=number, typed=typed):
            return relaxations.propose(city, number, "tenants_countable", typed, seen_version=seen)

        yield on_case(number, "propose a relaxation", propose, city, "relaxation_proposed", moves=False)
        if told is YANJI:
            row = db.session.scalar(select(relaxations.RelaxationProposal.id))
            yield on_case(number, "withdraw a relaxation", lambda v, n=number, r=row: relaxations.withdraw(city, n, r, seen_version=v), city,
                      "relaxation_withdrawn", moves=False)
            propose(version_of(number))
        cases.append(walk.act(walk.forward(case, told), "accept", walk.province()["clerk"]).id)
    first, second = cases
    typed |= {"document_no": f"吉工信创业〔{today.year}〕31号"}
    yield on_case(first, "grant a relaxation", lambda v: relaxations.grant(
        lead, first, "tenants_countable", typed, seen_version=v, upload=walk.pdf("同意放宽.pdf")), lead, "relaxation_granted", moves=False)
    row = relaxations.queries.open_proposals(second)["tenants_countable"].id
    yield on_case(second, "refuse a relaxation", lambda v: relaxations.refuse(
        lead, second, row, {"reason": "差距来自统计口径，应先核清名册"}, seen_version=v), lead, "relaxation_refused", moves=False)


WALKS: dict[Callable[[], Iterator[Act]], set[str]] = {
    a_round: {"arrange a round", "change a round", "lengthen a round", "replace a guide"},
    an_application: {"open an application", "submit an application", "register a visit"},
    the_team: {"name a member", "assign the team", "release the team", "plan a day", "drop a stop",
               "register the province's visit", "end a member"},
    the_experts: {"declare a profile", "assign an expert", "release an expert", "recuse", "urge the experts", "deny a conflict",
                  "answer an interest", "give a sheet", "void a sheet", "close the review", "ask again"},
    the_meeting: {"open a meeting", "take a dossier in", "note a recusal", "settle an item", "close a meeting", "publish a notice",
                  "object", "check an objection", "answer an objection", "send back", "issue a document", "issue a plaque",
                  "swap a plaque", "take a plaque back", "enter a national title"},
    a_relaxation: {"propose a relaxation", "withdraw a relaxation", "grant a relaxation", "refuse a relaxation"},
}

# every writing route of these modules, and the acts that stand for it, or why it leaves no event
ROUTES = {
    "assessments.assign": ("assign an expert",),
    "assessments.experts": (
        "assign an expert", "assign the team", "release an expert", "release the team", "void a sheet", "urge the experts",
        "answer an interest", "ask again", "close the review"),
    "assessments.plan": ("drop a stop",), "assessments.plan_new": ("plan a day",), "assessments.profile": ("declare a profile",),
    "assessments.sheet": ("deny a conflict", "recuse", "give a sheet"),
    "bases.issue": ("issue a plaque", "swap a plaque"), "bases.take_back": ("take a plaque back",),
    "campaigns.new": ("arrange a round",), "campaigns.edit": ("change a round",), "campaigns.lengthen": ("lengthen a round",),
    "campaigns.replace_guide": ("replace a guide",), "campaigns.team_page": ("name a member", "end a member"),
    "decisions.new": ("issue a document",),
    "meetings.new": ("open a meeting",),
    "meetings.show": ("take a dossier in", "note a recusal", "settle an item", "close a meeting"),
    "notices.new": ("publish a notice",), "notices.check": ("check an objection",), "notices.answer": ("answer an objection",),
    "notices.back": ("send back",), "public.notice": ("object",),
    "recognitions.open": ("open an application",), "recognitions.open_promotion": ("open an application",),
    "recognitions.edit": ("submit an application",), "recognitions.national_title": ("enter a national title",),
    "relaxations.propose": ("propose a relaxation",), "relaxations.withdraw": ("withdraw a relaxation",),
    "relaxations.grant": ("grant a relaxation",), "relaxations.refuse": ("refuse a relaxation",),
    "visits.register": ("register a visit", "register the province's visit"),
}
NO_EVENT = {
    "assessments.autosave": "a working copy", "recognitions.autosave": "a working copy (A7-9)",
    "public.objection_progress": "reads by a receipt that must not stand in an address",
}


@pytest.mark.promise("P9")
@pytest.mark.parametrize("walked", WALKS, ids=lambda walked: walked.__name__)
def test_p9_no_act_of_the_walk_without_its_record(app, clock, db_digest, promise, walked):
    with app.app_context():
        tried, failures = walk_whole(app, walked, WALKS[walked], db_digest)
    promise("P9", n=tried, failures=failures, walk=walked.__name__)
