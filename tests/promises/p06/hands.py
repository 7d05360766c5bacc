"""How each act of the model is done with the product: by the command that its page calls, as that person."""

from __future__ import annotations

from sqlalchemy import select

from incubator.assessments import commands as assessments
from incubator.assessments import sheets
from incubator.bases import commands as bases
from incubator.bases.models import Base
from incubator.campaigns import team
from incubator.cases.tables import form_table
from incubator.changes import deciding, major_events, requests
from incubator.decisions import commands as decisions
from incubator.decisions.models import Decision
from incubator.filings import commands as filings
from incubator.inspections import commands as inspections
from incubator.inspections.models import InspectionItem
from incubator.kernel import access, clock, files, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.parameters import workday
from incubator.kernel.workflow import Case, Given
from incubator.meetings import commands as meetings
from incubator.notices import commands as notices
from incubator.notices import queries as on_notice
from incubator.notices.models import Objection
from incubator.offices.models import Person
from incubator.policy.calendar import notice_end
from incubator.policy.fields import to_stored
from incubator.policy.fields.change import CHANGE
from incubator.policy.fields.filing import FILING
from incubator.policy.fields.major_event import MAJOR_EVENT
from incubator.policy.fields.report import QUARTERLY_REPORT
from incubator.policy.procedures import procedure
from incubator.recognitions import commands as recognitions
from incubator.reports import commands as reports
from incubator.sanctions import queries as sanctions
from incubator.sanctions import rectifications, revocations
from incubator.simulation import reviews
from tests import walk
from tests.changes import steps as changing
from tests.notices import steps as noticing
from tests.promises.p06.measures import Someone
from tests.reports import steps as reporting

TEXT = "事实清楚，材料齐全，依据写在案卷里。"
REMARKED = {"filing": "tenants_now", "recognition": "public_ratio", "promotion": "public_ratio", "renewal": "public_ratio",
            "change": "reason", "major_event": "facts", "quarterly_report": "t_tax"}
UNITS = {
    "star": walk.Unit("长春星桥创业孵化基地", "220104", 17), "old": walk.Unit("长春旧站创业孵化基地", "220104", 18),
    "show": walk.Unit("长春示例创业孵化基地", "220102", 19), "seed": walk.Unit("梅河口新苗创业孵化基地", "220581", 20),
    "new": walk.Unit("长春待建创业孵化基地", "220102", 21),
}
NAMES = {unit.name: key for key, unit in UNITS.items()}


def actor(who: Someone):
    """The actor that this person is now; raises StopIteration where the membership has ended."""
    return access.PUBLIC if who.role == "public" else walk.actor(who.login, who.role)


def fresh(case_id: int) -> Case:
    return db.session.get(Case, case_id, populate_existing=True)


def seen(case_id: int) -> int:
    return fresh(case_id).version


def base_of(case_id: int) -> Base:
    return db.session.get(Base, fresh(case_id).base_id)


def unit_of(case_id: int) -> walk.Unit:
    return UNITS[NAMES[base_of(case_id).name]]


# beginning ------------------------------------------------------------------------------------------


def begin(what: str, who, base_id: int, code: str = "") -> Case:
    """A dossier of that kind on a base, filled as far as it can be before it is submitted."""
    return _BEGIN[what](who, db.session.get(Base, base_id), code)


def _filing(who, base, code):
    case, unit = filings.open_filing(who), UNITS[NAMES[base.name]]
    walk.fill(case, FILING, walk.filing_values(who, case, unit), who)
    return case


def _application(kind):
    def open_it(who, base, code):
        unit = UNITS[NAMES[base.name]]
        if kind == "renewal":
            return walk.draft_renewal(unit, who)
        case = recognitions.open_application(who, kind)
        values = walk.promotion_values if kind == "promotion" else walk.application_values
        walk.fill(case, form_table(kind), values(who, case, unit), who)
        return case

    return open_it


def _report(who, base, code):
    case = reports.open_report(who, code)
    walk.fill(case, QUARTERLY_REPORT, reporting.QUARTER | {"rent_relief": "3"}, who)
    return case


def _event(who, base, code):
    case = major_events.open_event(who)
    walk.fill(case, MAJOR_EVENT, {"kind": "accident", "happened_on": clock.today().isoformat(), "effect": "三户停产一天",
                                  "facts": "二层配电间短路起火，已扑灭，没有伤亡。"}, who)
    return case


def _change(who, base, code):
    """The operator's company is renamed, its code unchanged (AMB-09)."""
    case = requests.open_change(who)
    typed = changing.typed("entity_rename", of=base.name, new_entity_name=f"长春知行{base.id}科技服务有限公司")
    walk.fill(case, CHANGE, {**typed, **changing.papers(who, case, "entity_rename")}, who)
    return case


def _for_investor(who, base, code):
    """The same, filed by the county for an investor whose operator won't (AMB-32)."""
    typed = changing.typed("entity_rename", of=base.name, new_entity_name=f"长春知行{base.id}科技服务有限公司")
    return requests.open_for_investor(
        who, base.id, typed, {name: [walk.pdf(f"{name}.pdf")] for name in ("application_file", "rename_file")})


def _voluntary(who, base, code):
    return revocations.open_application(who)


def _proposed(who, base, code):
    reason = "lapsed" if base.status_now == "lapsed" else "rectification"
    return revocations.propose(who, base.id, {"reason": reason, "facts": TEXT, "tenants_plan": "迁入相邻基地"})


def _direct(who, base, code):
    return revocations.begin_direct(who, base.id, {"codes": ["16(2)2"], "facts": TEXT, "tenants_plan": "迁入相邻基地"},
                                    uploads=[walk.pdf("笔录.pdf")])


def _adhoc(who, base, code):
    return inspections.open_adhoc(who, base.id, {"cause": "accident", "facts": "园区发生一起火情，需要到现场检查。"})


_BEGIN = {
    "filing": _filing, "recognition": _application("recognition"), "promotion": _application("promotion"),
    "renewal": _application("renewal"), "quarterly_report": _report, "major_event": _event, "change": _change,
    "for_investor": _for_investor, "voluntary": _voluntary, "proposed": _proposed, "direct": _direct, "adhoc_inspection": _adhoc,
}


# acting ---------------------------------------------------------------------------------------------


def do(kind: str, act: str, who, case_id: int) -> None:
    """One act on a dossier, on the version that stands now."""
    special = _ACTS.get((kind, act)) or _ACTS.get(("", act))
    if special:
        special(who, case_id)
    else:
        plainly(kind, act, who, case_id)


def plainly(kind: str, act: str, who, case_id: int) -> None:
    """The engine's own step, with all words that any step may ask for."""
    case = fresh(case_id)
    step = procedure(kind).step(case.state, act)
    words = {"text": TEXT, "remarks": [remark(kind)]}
    if step is not None and step.document:
        words |= {"doc_no": f"长工信发〔{clock.today().year}〕{case_id * 100 + case.version}号", "upload": walk.pdf("上报.pdf")}
    if step is not None and step.paper:
        words["upload"] = walk.pdf("申请.pdf")
    if step is None or not step.on_page:
        workflow.advance(case_id, act, who, seen_version=case.version, given=Given(text=TEXT, remarks=[remark(kind)]))
    else:
        walk.act(case, act, who, **words)


def remark(kind: str) -> dict:
    return {"field": REMARKED.get(kind, "text"), "label": "这一项", "text": "和台账不一致，请核对"}


def _typed(kind: str, version: int) -> dict:
    """Another value for the field that was remarked on."""
    name = REMARKED[kind]
    value = {"reason": f"原名称和登记不一致，按第 {version} 次意见改正。", "facts": f"二层配电间短路起火，已扑灭，没有伤亡，{version} 户停产。"}
    return {name: value.get(name, str(3 + version % 40))}


def _submit(kind, command):
    def submit(who, case_id):
        case = fresh(case_id)
        changed = _typed(kind, case.version)
        if kind in ("recognition", "promotion", "renewal"):
            changed["credit_report_on"] = clock.today().isoformat()
        if case.state != "draft" or "credit_report_on" in changed:
            walk.fill(case, form_table(kind), changed, who)
        if kind == "quarterly_report" and (asked := reports.check_report(case).asked):
            reasons = [{"figure": p.field, "reason": "有两户企业集中确认收入，已与台账核对。"} for p in asked if p.field != "diff_note"]
            walk.fill(case, QUARTERLY_REPORT, {"reasons": reasons, "diff_note": TEXT}, who)
        command(who, case_id, seen_version=seen(case_id))

    return submit


def _apply_for_revocation(who, case_id):
    raw = {"facts": f"场地另作他用，双方商定不再办基地，第 {seen(case_id)} 次说明。", "tenants_plan": "企业自愿迁入相邻基地，协助办手续。"}
    uploads = {name: walk.pdf(f"{name}.pdf") for name in ("investor_consent", "operator_consent")}
    revocations.apply(who, case_id, raw, seen_version=seen(case_id), uploads=uploads)


def _visit(who, case_id):
    walk.visit(fresh(case_id), who)


def _review(who, case_id):
    """Three experts judge, none of them with an interest; the review is closed."""
    access.require(who, "expert.assign")
    if fresh(case_id).state != "prov_assessment":  # refused before any expert is asked
        assessments.close_review(who, case_id, seen_version=seen(case_id))
    case = fresh(case_id)
    for expert, total in zip(walk.experts(), ("80", "75", "71.5"), strict=False):
        assessments.assign_expert(who, case_id, expert.person_id, seen_version=seen(case_id))
        sheets.deny_conflict(expert, case_id)
        sheets.give_sheet(expert, case_id, walk.sheet_values(total, case.kind))
    assessments.close_review(who, case_id, seen_version=seen(case_id))


def _settle(verdict):
    def settle(who, case_id):
        meeting = meetings.open_meeting(who, {
            "held_on": clock.today().isoformat(), "place": "省工信厅 301 会议室",
            "members": [{"name": f"委员{n}", "office": "省工信厅", "present": True} for n in "甲乙丙丁戊"],
        })
        meetings.settle_item(who, meeting.id, case_id, verdict, TEXT, seen_version=seen(case_id))
        reviews.form_record(meeting.id)

    return settle


def _publish(who, case_id):
    start = clock.today()
    notices.publish_notice(who, {case_id: seen(case_id)}, noticing.typed(start.isoformat(), notice_end(start, workday).isoformat()))


def _notice(case_id):
    found = on_notice.on_notice([case_id]).get(case_id)
    return found.item.notice if found else None


def _object(who, case_id):
    notice = _notice(case_id)
    noticing.say(notice, fresh(case_id))


def _answer_objection(result):
    def answer(who, case_id):
        access.require(who, "notice.publish")
        row = db.session.scalar(select(Objection).where(Objection.case_id == case_id).order_by(Objection.id.desc()))
        notices.start_checking(who, row.id, {"verifier": str(who.person_id)})
        notices.answer_objection(who, row.id, {"result": result, "reply": noticing.REPLY})

    return answer


def _back(who, case_id):
    notices.send_back(who, case_id, {"outcome": "back_to_city", "reason": TEXT}, seen_version=seen(case_id))


def _issue(kind):
    def issue(who, case_id):
        number = 1000 + 10 * seen(case_id) + case_id * 1000
        decisions.issue(who, kind, {case_id: seen(case_id)}, {
            "document_no": f"吉工信创业〔{clock.today().year}〕{number}号", "document_on": clock.today().isoformat(),
            "title": "关于处理决定的通知"}, walk.pdf("文件.pdf"))

    return issue


def _find(code, fact):
    def find(who, case_id):
        inspections.add_finding(who, case_id, {"code": code, "fact": fact}, seen_version=seen(case_id), uploads=[walk.pdf("照片.pdf")])

    return find


def _conclude(conclusion):
    def conclude(who, case_id):
        inspections.conclude(who, case_id, {"conclusion": conclusion, "reason": TEXT}, seen_version=seen(case_id))

    return conclude


def _contract(who, case_id):
    items = [{"finding_id": str(f.id), "required": "疏散通道畅通，消防验收合格", "proof": "消防检查意见、现场照片"}
             for f in sanctions.contract_findings(fresh(case_id))]
    rectifications.write_contract(who, case_id, {"items": items}, seen_version=seen(case_id))


def _items(case_id):
    row = sanctions.rectification_of(case_id)
    return sanctions.items_of(row.inspection_id) if row else []


def _report_rectified(who, case_id):
    raw = {"items": [{"item_id": str(i.id), "done": "通道清理完毕，门锁拆除"} for i in _items(case_id)],
           "summary": "全部整改到位，制度已经修订上墙。", "pledge": True}
    rectifications.report(who, case_id, raw, seen_version=seen(case_id), uploads=[walk.pdf("消防意见.pdf")])


def _check(met):
    def check(who, case_id):
        raw = {"items": [{"item_id": str(i.id), "met": met, "remark": "现场看到通道畅通"} for i in _items(case_id)]}
        rectifications.check_items(who, case_id, raw, seen_version=seen(case_id))

    return check


def _notify(who, case_id):
    revocations.notify(who, case_id, {"notified_on": clock.today().isoformat(), "method": "direct", "receiver": "刘思远"},
                       seen_version=seen(case_id), upload=walk.pdf("事先告知书.pdf"))


def _waive(who, case_id):
    revocations.waive_notice(who, case_id, {"waived_reason": "运营机构注销，负责人失联，已公告送达"}, seen_version=seen(case_id))


def _defend(who, case_id):
    revocations.defend(who, case_id, {"words": "场地只是临时堆放，已经恢复。"}, seen_version=seen(case_id))


def _answer_defence(who, case_id):
    waiting = [row.id for row in sanctions.defences_of(case_id) if row.answered_at is None]
    for row_id in waiting or [0]:
        revocations.answer(who, case_id, row_id, {"answer": "已核实，堆放超过一年，理由不成立。"}, seen_version=seen(case_id))


def _correct_for_investor(who, case_id):
    case = fresh(case_id)
    raw = to_stored(CHANGE, requests.asked(case)) | _typed("change", case.version)
    requests.correct_for_investor(who, case_id, raw, {}, seen_version=case.version)


def _withdraw_for_investor(who, case_id):
    requests.withdraw_for_investor(who, case_id, {"reason": TEXT}, walk.pdf("说明.pdf"), seen_version=seen(case_id))


def _approve_change(who, case_id):
    on = clock.today()
    deciding.approve(who, case_id, changing.notice(on.isoformat(), case_id * 100 + seen(case_id)), walk.pdf("通知.pdf"), seen_version=seen(case_id))


def _implement(who, case_id):
    deciding.implement(who, case_id, {"implemented_on": clock.today().isoformat()}, seen_version=seen(case_id))


def _check_event(who, case_id):
    major_events.verify_event(who, case_id, {"valid_from": clock.today().isoformat(), "opinion": "现场核对，和报告的一致。", "follow_up": "none"},
                              seen_version=seen(case_id))


def _tick_report(outcome, ticks):
    def review(who, case_id):
        reports.review(who, case_id, outcome, ticks, seen_version=seen(case_id), text=TEXT, remarks=[remark("quarterly_report")])

    return review


def _dispatch(who, case_id):
    slip = filings.dispatch(who, case_id, seen_version=seen(case_id))
    walk.take_up(db.session.scalar(select(Person).where(Person.login == slip.login)))


_ACTS = {
    ("account_request", "dispatch"): _dispatch,
    ("filing", "submit"): _submit("filing", filings.submit_filing),
    **{(kind, "submit"): _submit(kind, recognitions.submit_application) for kind in ("recognition", "promotion", "renewal")},
    ("quarterly_report", "submit"): _submit("quarterly_report", reports.submit_report),
    ("change", "submit"): _submit("change", requests.submit_change),
    ("change", "submit_for"): _correct_for_investor, ("change", "withdraw_for"): _withdraw_for_investor,
    ("major_event", "submit"): _submit("major_event", major_events.submit_event),
    ("revocation", "submit"): _apply_for_revocation,
    ("", "visit"): _visit, ("", "review"): _review, ("", "publish"): _publish, ("", "object"): _object,
    ("", "reject_objection"): _answer_objection("rejected"), ("", "uphold_objection"): _answer_objection("upheld"),
    ("", "back_to_city"): _back,
    **{(kind, verdict): _settle(verdict) for kind in ("recognition", "promotion") for verdict in ("pass", "hold", "not_pass")},
    **{(kind, "decide"): _issue(kind) for kind in ("recognition", "promotion", "renewal")},
    ("", "find_15"): _find("15(5)", "消防通道堆放货物，疏散门上锁。"), ("", "find_16"): _find("16(2)2", "一半场地长期挪作仓库。"),
    **{("", f"conclude_{word}"): _conclude(word) for word in ("passed", "rectify", "downgrade", "both", "revoke")},
    ("", "contract"): _contract, ("", "issue_rectification"): _issue("rectification"), ("", "issue_downgrade"): _issue("downgrade"),
    ("rectification", "report"): _report_rectified, ("", "check_short"): _check("no"), ("rectification", "check"): _check("yes"),
    ("", "notify"): _notify, ("", "waive"): _waive, ("", "defend"): _defend, ("", "answer"): _answer_defence,
    ("", "revoke"): _issue("revocation"), ("change", "approve"): _approve_change, ("change", "implement"): _implement,
    ("change", "implement_for"): _implement, ("major_event", "check"): _check_event,
    ("quarterly_report", "pass"): _tick_report("pass", reporting.GOOD), ("quarterly_report", "archive"): _tick_report("archive", reporting.GOOD),
    ("quarterly_report", "return"): _tick_report("return", reporting.BAD),
}


# the province that every sequence begins with ---------------------------------------------------------


def promote_at_once(base: Base, on) -> None:
    """The document of a promotion entered where it would stand; the walk to it has its own tests."""
    lead = walk.province()["lead"]
    filing = db.session.scalar(select(Case).where(Case.base_id == base.id, Case.kind == "filing"))
    with transaction():
        scan = files.accept(walk.pdf("文件.pdf"), lead, office_id=walk.office_id("220000"))
        decision = Decision(kind="promotion", doc_word="吉工信创业", doc_year=on.year, doc_n=77, document_on=on, file_id=scan.id,
                            title="关于晋级的通知", entered_at=clock.now(), entered_by=lead.person_id)
        db.session.add(decision)
        db.session.flush()
        bases.set_level(base, access.service("test"), decision=decision, case=filing, level="demonstration")


def drawn(case: Case) -> bool:
    """Whether the draw of the year's plan sends somebody there."""
    row = db.session.scalar(select(InspectionItem).where(InspectionItem.case_id == case.id))
    return bool(row and row.drawn)


def named(case_id: int, who) -> None:
    """Whoever visits for the province is on the list of the round's team (A8-1)."""
    case = fresh(case_id)
    if case.campaign_id and not team.is_named(case.campaign_id, who.person_id):
        team.name_member(walk.province()["clerk"], case.campaign_id, who.person_id, "member")
