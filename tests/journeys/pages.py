"""Every page, by who looks at it. A template without a line here fails tests/journeys/test_every_page.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from incubator.cases.forms_page import typed_groups
from incubator.policy.fields.recognition import RECOGNITION


@dataclass(frozen=True)
class Line:
    """One page in one state; `{names}` of the stand are filled into the address and into what is posted."""

    path: str
    post: Mapping[str, str] = field(default_factory=dict)  # sent as a form; the answer is the page
    files: tuple[str, ...] = ()  # fields of it that take a small PDF
    act: str = ""  # selector of the main act, reached by keyboard and at 200 % zoom
    paper: bool = False  # printed


MAIN = "main .btn--main"
TROUBLES = ("413", "429", "500", "503", "away")  # thrown by a view of the test, at /accessibility?trouble=…

PUBLIC = (
    Line("/register/city"), Line("/"), Line("/register", paper=True), Line("/register?q=没有这一家"), Line("/register/{star}", paper=True),
    Line("/public/notices"), Line("/public/notices/{running}", act=MAIN, paper=True), Line("/public/notices/{notice_over}"),
    Line("/public/notices/{running}", {"facts": "短"}),
    Line("/public/notices/{running}", {
        "case_id": "{on_notice}", "objector": "anonymous", "facts": "公示的场地面积和现场看到的不一致，请实地核实后再定。"}, ("proof",)),
    Line("/public/objections", act=MAIN), Line("/public/objections", {"code": "AAAAAAAA-BBBBBBBB"}),
    Line("/public/decisions/{decision}", paper=True), Line("/procedure"), Line("/accessibility"), Line("/privacy"), Line("/guides"),
    Line("/accounts/apply", act=MAIN), Line("/accounts/apply", {"base_name": "长春"}),
    Line("/accounts/apply", {
        "operator_name": "长春新竹企业管理有限公司", "operator_uscc": "{fresh_uscc}", "base_name": "长春新竹创业孵化基地",
        "division_code": "220104", "address": "示例街 90 号", "contact_name": "林新竹", "contact_phone": "13800000090"}, ("licence",)),
    Line("/accounts/progress", act=MAIN), Line("/accounts/progress", {"code": "AAAAAAAA-BBBBBBBB"}),
    Line("/login", act=MAIN), Line("/work"), Line("/login", {"username": "x220104", "password": "cuo"}),
    Line("/cases/{county}/act/return", {"text": "有两处材料和申报表对不上，请一次改齐。"}),
    Line("/plaque"), Line("/plaque/ABCD-1234"), Line("/plaque/{plaque_code}"), Line("/questions"), Line("/complaint"),
    Line("/nothing-here"), Line("/public/objections", {"code": "A", "csrf_token": "stale"}),
    *(Line(f"/accessibility?trouble={code}") for code in TROUBLES),
)
OPERATOR = (
    Line("/desk"), Line("/bases"), Line("/bases/{star}"), Line("/cases/{star_case}", paper=True), Line("/cases/{star_filing}"),
    Line("/rosters/tenants", paper=True), Line("/rosters/team", paper=True), Line("/rosters/tenants/changes"), Line("/campaigns"),
    Line("/messages"), Line("/account/password", act=MAIN), Line("/account/password", {"current": "a", "new": "b", "again": "c"}),
    Line("/desk/people"), Line("/desk/people", {"name": "填报人丙", "idem": "every-page-1"}), Line("/search?q=长春"),
    Line("/cases/{county}"), Line("/components"), Line("/account/second-factor"), Line("/account/sessions"), Line("/login/code"),
    Line("/change"), Line("/change/{change}", act=MAIN), Line("/cases/{change}", paper=True),
    Line("/change/{change}", {"do": "submit", "version": "1", "new_base_name": "长春"}),
)
LONG = (
    Line("/desk"), Line("/bases/{long_base}"), Line("/rosters/tenants", paper=True), Line("/rosters/team"),
    Line("/rosters/tenants", {"name": "缺"}), Line("/rosters/team", {"name": "缺"}), Line("/rosters/tenants/changes"),
    Line("/rosters/graduates", paper=True), Line("/rosters/services", paper=True), Line("/rosters/services", {"content": "缺"}),
    Line("/rosters/activities"), Line("/rosters/taxes"), Line("/rosters/services?show=left"), Line("/rosters/services?leave=1"),
    Line("/profile", act=MAIN), Line("/event", act=MAIN), Line("/event/{event_draft}", act=MAIN), Line("/cases/{event}"),
    Line("/profile", {"version": "1", "contact_phone": "139", "area_total": "很多"}),
    Line("/rosters/tenants/import", act=MAIN), Line("/rosters/tenants/import", {"idem": "every-page-8"}, ("file",)),
    Line("/application/{draft}", act=MAIN),
    *(Line(f"/application/{{draft}}?part={part}") for part in (*(key for key, _, _ in typed_groups(RECOGNITION)), "check")),
    Line("/application/{draft}?part=base&edit=1"), Line("/cases/{draft}"), Line("/cases/{draft}/act/withdraw", act="main .btn--harm"),
)
DRAFTING = (
    Line("/desk"), Line("/filing/{drafting}", act=MAIN), Line("/filing/{drafting}", {"do": "submit", "version": "1", "area_total": "很多"}),
    Line("/rosters/tenants"), Line("/rosters/team"), Line("/messages"), Line("/bases"), Line("/cases/{drafting}"),
)
RETURNED = (Line("/desk"), Line("/filing/{returned}", act=MAIN), Line("/cases/{returned}", paper=True))
CORRECTION = (Line("/desk"), Line("/application/{correction}"), Line("/cases/{correction}"))
COUNTY = (
    Line("/work", act="main table a.row"), Line("/work?kind=filing"), Line("/work?q=没有这一家"), Line("/work?sort=arrived"),
    Line("/work?mine=1"), Line("/work?kind=filing&q=长春", act="main table a.row"), Line("/work/batch?case={request}&case={again}"),
    Line("/work/batch?case={request}&case={again}&act=account_request:county_check:confirm", act=MAIN), Line("/work/batch"),
    Line("/work/batch?case={request}&act=account_request:county_check:reject"), Line("/work/batches"),
    Line("/work/batch", {"act": "account_request:county_check:reject", "item": "{request}-1", "text": "短", "idem": "every-page-3"}),
    Line("/work/batch", {"act": "account_request:county_check:confirm", "item": "{request}-1", "idem": "every-page-4"}),
    Line("/work/handover"), Line("/work/views"), Line("/work/settings", act=MAIN), Line("/cases/{again}?tab=notes"),
    Line("/work/views", {"name": "要审的备案", "kind": "filing", "idem": "every-page-5"}), Line("/work/views"),
    Line("/cases/{again}/notes", {"note": "平面图电话里说周五补", "idem": "every-page-6"}),
    Line("/search?q=长春"), Line("/search?q=没有"), Line("/bases"), Line("/bases/{star}"), Line("/bases/{long_base}"),
    Line("/bases/{long_base}/rosters", paper=True), Line("/bases/{long_base}/rosters?roster=team"),
    Line("/bases/{long_base}/rosters?override=1"), Line("/bases/{long_base}/rosters?day=2026-05-30"),
    Line("/cases/{event}"), Line("/cases/{event}/event/check", act=MAIN),
    Line("/bases/{long_base}/rosters/tenants/changes"), Line("/bases/{long_base}/rosters?roster=services", paper=True),
    Line("/cases/{request}", act=MAIN), Line("/cases/{request}/act/confirm", act=MAIN), Line("/cases/{request}/act/reject"),
    Line("/cases/{rejected}"), Line("/cases/{dispatched}"), Line("/cases/{again}", act=MAIN, paper=True),
    Line("/cases/{again}/compare/1/2", paper=True), Line("/cases/{again}?tab=form"), Line("/cases/{again}/act/return", act=MAIN),
    Line("/cases/{again}/act/return", {"text": "短", "version": "0"}), Line("/cases/{again}/act/approve"),
    Line("/cases/{filing_cancelled}"), Line("/cases/{filing_refused}"),
    Line("/cases/{county}", act=MAIN, paper=True), Line("/cases/{county}?tab=form"), Line("/cases/{county}?tab=tenants"),
    Line("/cases/{county}?tab=people"), Line("/cases/{county}?tab=visits"), Line("/cases/{county}/visit", act=MAIN),
    Line("/cases/{county}/visit", {"version": "0", "opinion": "短"}), Line("/cases/{not_recommended}"), Line("/cases/{withdrawn}"),
    Line("/cases/{city}"), Line("/campaigns"), Line("/campaigns/{round}"), Line("/meetings"), Line("/notices"), Line("/decisions"),
    Line("/settings"), Line("/messages"), Line("/campaigns/new"), Line("/cases/999999"), Line("/cases/{county}/relaxations"),
    Line("/deadlines/feed", act=MAIN), Line("/deadlines/feed", {"do": "renew"}), Line("/deadlines", paper=True), Line("/deadlines?month=2026-06"), Line("/obligations/owed"), Line("/obligations/owed?all=1", act=MAIN),
    Line("/obligations/1", paper=True), Line("/obligations/urge?id=1"), Line("/obligations/urge", {"id": "1", "text": "短"}),
    Line("/cases/{request}/act/confirm", {"version": "999"}), Line("/filing"), Line("/cases/{star_case}?tab=visits"),
)
LEAD = (
    Line("/bases/{star}/change", act=MAIN), Line("/bases/{star}/change", {"reason": "短"}),
    Line("/work/handover"), Line("/work/batches"), Line("/cases/{again}/act/refuse"), Line("/cases/{county}/act/not_recommend"), Line("/work"))
IDLE = (Line("/work"), Line("/bases"), Line("/meetings"), Line("/messages"))
CITY = (
    Line("/ahead", paper=True),
    Line("/city-bases"), Line("/city-bases", {"name": "长春"}), Line("/city-bases/{city_base}/strike", act=MAIN),
    Line("/work"), Line("/cases/{city}", act=MAIN), Line("/cases/{city}/act/forward", act=MAIN), Line("/cases/{city}/act/return_county"),
    Line("/cases/{not_forwarded}"), Line("/bases"), Line("/settings"),
)
MERGED = (Line("/work"), Line("/bases"), Line("/notices"))
PROVINCE = (
    Line("/obligations/1", paper=True), Line("/obligations/owed?all=1"),
    Line("/work", act="main table a.row"), Line("/cases/{acceptance}", act=MAIN), Line("/cases/{acceptance}/act/accept"),
    Line("/cases/{acceptance}/act/return"), Line("/cases/{not_accepted}"), Line("/cases/{accepted}"), Line("/cases/{accepted}?tab=review"),
    Line("/cases/{assessing}", paper=True), Line("/cases/{assessing}/experts"), Line("/cases/{assessing}/experts", {"do": "expert"}),
    Line("/cases/{assessing}/visit"), Line("/cases/{deliberating}"), Line("/cases/{deliberating}?tab=review"), Line("/cases/{not_passed}"),
    Line("/cases/{proposed}?tab=meeting"), Line("/cases/{on_notice}"), Line("/cases/{on_notice}?tab=notice"), Line("/cases/{to_decide}"),
    Line("/cases/{star_case}", paper=True), Line("/cases/{star_case}?tab=review"), Line("/cases/{star_case}?tab=meeting"),
    Line("/cases/{star_case}?tab=notice"), Line("/cases/{star_case}?tab=form"),
    Line("/meetings"), Line("/meetings/new"), Line("/meetings/new", {"place": ""}), Line("/meetings/{meeting}", paper=True),
    Line("/meetings/{meeting_open}", act=MAIN),
    Line("/meetings/{meeting_open}", {"verdict-{deliberating}": "not_pass"}),
    Line("/notices"), Line("/notices/new", act=MAIN), Line("/notices/new", {"title": "", "case": "{proposed}"}),
    Line("/notices/{running}", paper=True), Line("/notices/{running}?answer=1"), Line("/notices/{notice_over}"),
    Line("/decisions"), Line("/decisions/{decision}", paper=True), Line("/bases", paper=True), Line("/bases/{star}"), Line("/bases/{star}?on=2026-05-20"), Line("/bases?on=2026-05-20"), Line("/register?on=2026-05-20"), Line("/national"), Line("/bases/{star}/national"), Line("/bases/{star}/national", {"title": ""}),
    Line("/bases/{long_base}/rosters"), Line("/settings"), Line("/messages"), Line("/components"), Line("/campaigns/{round}"),
    Line("/plaques"), Line("/bases/{star}/plaque", act=MAIN), Line("/plaques/{plaque}", paper=True), Line("/plaques/{plaque}/return"), Line("/experts"), Line("/experts?q=没有"), Line("/experts/{expert_id}"),
    Line("/experts/assign"), Line("/experts/assign", {"do": "preview", "each": "2", "case": "{accepted}"}), Line("/campaigns/{round}/team"),
    Line("/visits/plans"), Line("/visits/plans/new?campaign={round}", act=MAIN), Line("/visits/plans/{plan}"),
    Line("/cases/{assessing}/visit/sheet", paper=True), Line("/meetings/{meeting}/outcomes", paper=True), Line("/notices/back/{on_notice}"),
)
PROVINCE_LEAD = (
    Line("/cases/{change}/change/approve", act=MAIN), Line("/cases/{change}/change/approve", {"notice_no": "x"}),
    Line("/cases/{county}/behalf"), Line("/cases/{county}/act/not_recommend?behalf=1"),
    Line("/cases/{county}/act/not_recommend?behalf=1", {"behalf": "1", "behalf_reason": "短", "text": "材料有两处和现场对不上，不予推荐。"}),
    Line("/work"), Line("/decisions/new", act=MAIN), Line("/decisions/new", {"case": "{to_decide}", "version-{to_decide}": "{to_decide_version}", "title": ""}),
    Line("/decisions/new", {
        "case": "{to_decide}", "version-{to_decide}": "{to_decide_version}", "document_no": "吉工信创业〔2025〕93号",
        "document_on": "2026-06-01", "title": "关于认定2026年第一批吉林省创业孵化基地的通知"}, ("file",)),
    Line("/cases/{to_decide}"), Line("/cases/{on_notice}/act/refuse"), Line("/cases/{deliberating}"),
)
MANAGER = (
    Line("/rehearsal", act=MAIN), Line("/rehearsal?key=base:jobs&value=200&from_on=2026-07-01"), Line("/rehearsal?key=base:jobs&value=很多"),
    Line("/legacy"), Line("/legacy/import", act=MAIN), Line("/legacy/import", {"rows": "{legacy_rows}", "do": "check"}),
    Line("/legacy/{legacy}/end", act=MAIN), Line("/legacy/{legacy}/name", act=MAIN), Line("/legacy/{legacy}/name", {"name": "老名字"}),
    Line("/cases/{change}/change/dispatch", act=MAIN),
    Line("/bases/{star}/move", act=MAIN), Line("/bases/{star}/move", {"division_code": "", "from_on": "昨天", "reason": "短"}),
    Line("/regions/{region}/route"), Line("/relocations"),
    Line("/accounts/dispatch", act=MAIN),
    Line("/accounts/dispatch", {"case": "{dispatching}", "version-{dispatching}": "0", "idem": "every-page-7"}),
    Line("/work"), Line("/cases/{dispatching}", act=MAIN), Line("/cases/{dispatching}/dispatch", act=MAIN), Line("/cases/{dispatched}"),
    Line("/cases/{dispatched}/reissue", act=MAIN), Line("/cases/{dispatched}/reissue", {"idem": "every-page-2"}, paper=True),
    Line("/campaigns"), Line("/campaigns/new", act=MAIN), Line("/campaigns/new", {"year": "2028", "materials-0-key": "a"}),
    Line("/campaigns/{ahead}"), Line("/campaigns/{ahead}/edit", act=MAIN), Line("/campaigns/{round}"),
    Line("/campaigns/{round}/lengthen", {"closes_on": "2026-06-02", "reason": "停"}), Line("/settings"),
    Line("/settings/parameters", paper=True), Line("/settings/parameters/base:jobs", act=MAIN), Line("/settings/parameters/station_days", {"value": "0"}),
    Line("/settings/holidays", act=MAIN), Line("/settings/holidays/set", {"first_on": "2020-01-01"}), Line("/settings/roles", paper=True),
    Line("/account/sessions"),
)
EXPERT = (
    Line("/work"), Line("/cases/{assessing}"), Line("/cases/{assessing}/sheet", act=MAIN), Line("/cases/{assessing}/sheet", {"overall": "短"}),
    Line("/cases/{asked_expert}/sheet", act=MAIN), Line("/expert", act=MAIN), Line("/expert", {"employer": ""}), Line("/cases/{deliberating}/sheet"),
)
TEAM = (Line("/work"), Line("/cases/{assessing}"), Line("/bases"), Line("/visits/plans"), Line("/visits/plans/{plan}"))
SYSTEM = (
    Line("/account/notices", act=MAIN), Line("/account/notices", {"address": "不是邮箱", "mail": "each", "text": "legal"}),
    Line("/outbox"),
    Line("/settings/roles"),
    Line("/people"), Line("/people?q=没有"), Line("/people/add", {"login": "X"}), Line("/people/add", {"login": "zhuren", "name": "新主任"}), Line("/settings"),
)
SECURITY = (Line("/roles"), Line("/roles", {"login": "x"}), Line("/messages"))
AUDITOR = (Line("/ledger"), Line("/ledger?verify=1"))
ONCE = (Line("/work"), Line("/account/password", {"current": "", "new": "a", "again": "b"}))
RESUME = (Line("/login", {"username": "sheng2", "password": "{password}", "resume_path": "/cases/{acceptance}/act/return", "resume-text": "材料不全，请一次补齐。"}),)
TRAINING = (Line("/training/clock", act=MAIN), Line("/training/clock", {"day": "x"}), Line("/work"))
INSPECTIONS = (
    Line("/inspections"), Line("/inspections/new", act=MAIN), Line("/inspections/new", {"year": "2026", "idem": "every-page-30"}),
    Line("/inspections/{plan_drawn}", paper=True), Line("/inspections/{plan_drawn}/draw", paper=True), Line("/inspections/{plan_open}"),
    Line("/inspections/{plan_open}/draw", act=MAIN), Line("/bases/{star}/inspect", act=MAIN), Line("/cases/{inspecting}", paper=True),
    Line("/cases/{inspecting}/findings", act=MAIN), Line("/cases/{inspecting}/findings", {"fact": "短", "idem": "every-page-31"}),
    Line("/cases/{inspecting}/conclusion", act=MAIN),
)
INSPECTED = (Line("/cases/{inspecting}"), Line("/cases/{inspecting}/findings/{finding}/explain", act=MAIN))
SANCTIONS = (
    Line("/sanctions"), Line("/cases/{contracting_inspection}"), Line("/cases/{contracting_inspection}/contract", act=MAIN),
    Line("/cases/{contracting_inspection}/contract", {"idem": "every-page-40"}), Line("/cases/{rectified}", paper=True),
    Line("/cases/{rectified_inspection}"), Line("/served/{served_item}", act=MAIN), Line("/cases/{untold}"),
    Line("/cases/{untold}/prior-notice", act=MAIN), Line("/cases/{to_revoke}", paper=True), Line("/cases/{to_revoke}/defence"),
    Line("/cases/{to_revoke}/defence/{defence}/answer", act=MAIN), Line("/bases/{star}/revocation/direct", act="main .btn--harm"),
    Line("/bases/{star}/revocation/direct", {"facts": "短", "idem": "every-page-41"}), Line("/cases/{revoked}", paper=True),
    Line("/funds", paper=True), Line("/funds?day=2025-01-01"), Line("/funds/issue", {"day": "2099-01-01", "idem": "every-page-42"}),
)
SANCTION_LEAD = (Line("/cases/{untold}/prior-notice/waive", act="main .btn--harm"), Line("/cases/{revoked}/tax-stop", act=MAIN),
                 Line("/decisions/new?kind=rectification&case={contracting_inspection}"), Line("/decisions/new?kind=revocation&case={to_revoke}"))
SANCTION_COUNTY = (Line("/sanctions"), Line("/cases/{rectified}"), Line("/cases/{rectified}/checks", act=MAIN), Line("/cases/{rectified}/visit"),
                   Line("/cases/{revoked}"), Line("/cases/{revoked}/follow-up/plaque_recovery", act=MAIN),
                   Line("/cases/{revoked}/follow-up/tax_notice", act=MAIN), Line("/cases/{revoked}/follow-up/tax_notice", {"idem": "every-page-43"}))
RECTIFYING = (Line("/desk"), Line("/cases/{rectifying}"), Line("/cases/{rectifying}/report", act=MAIN),
              Line("/cases/{rectifying}/report", {"summary": "短", "idem": "every-page-44"}))
DEFENDING = (Line("/cases/{to_revoke}"), Line("/cases/{to_revoke}/defence", act=MAIN))
FORMER = (Line("/former"), Line("/desk"), Line("/cases/{revoked}"))
APPLYING = (Line("/cases/{applying}/revocation", act=MAIN), Line("/cases/{applying}/revocation", {"facts": "短", "idem": "every-page-45"}))
CHECKING = (Line("/funds/check", act=MAIN), Line("/funds/check/{fund_code}", paper=True), Line("/funds/check/AAAA-BBBB-CCCC"))
REPORTING = (
    Line("/desk"), Line("/reports"), Line("/reports/year/2025", act=MAIN), Line("/reports/{report_quarter}/form", act=MAIN),
    Line("/reports/{report_quarter}/form", {"do": "submit", "version": "1", "t_revenue": "很多"}), Line("/reports/{report_year}/form", act=MAIN),
    Line("/cases/{report}?tab=figures", paper=True), Line("/reports/{report}/print/1", paper=True),
)
REPORT_COUNTY = (
    Line("/reports?period=2025Q4"), Line("/reports?period=2025Q4&show=late"), Line("/reports"), Line("/cases/{report}?tab=figures", act=MAIN),
    Line("/reports/{report}/review", act=MAIN), Line("/reports/{report}/review", {"outcome": "pass", "truth": "yes", "version": "0"}),
    Line("/work?kind=quarterly_report"),
)
REPORT_DUE = (Line("/reports"), Line("/reports/due", act=MAIN), Line("/reports/due", {"do": "due_move", "reason": "短"}))

# who signs in ("" nobody, "@…" by a name of the stand), and what they look at
ROLES: dict[str, tuple[str, tuple[Line, ...]]] = {
    "public": ("", PUBLIC), "operator": ("jd220104001", OPERATOR), "long": ("@long_admin", LONG), "drafting": ("@drafting_admin", DRAFTING),
    "returned": ("@returned_admin", RETURNED), "correction": ("@cloud_admin", CORRECTION), "county": ("x220104", COUNTY),
    "lead": ("x220104f", LEAD), "idle": ("kong", IDLE), "city": ("s220100", CITY), "merged": ("m220581a", MERGED),
    "province": ("sheng1", PROVINCE), "province-lead": ("shengf", PROVINCE_LEAD), "manager": ("shengg", MANAGER),
    "expert": ("zj1", EXPERT), "given": ("zj2", (Line("/cases/{assessing}/sheet"),)),
    "team": ("kh1", TEAM), "system": ("xtgl", SYSTEM), "security": ("aqgl", SECURITY), "auditor": ("sjy", AUDITOR),
    "inspections": ("sheng2", INSPECTIONS), "inspected": ("jd220104001", INSPECTED),
    "sanctions": ("sheng2", SANCTIONS), "sanction-lead": ("shengf", SANCTION_LEAD), "sanction-county": ("x220104", SANCTION_COUNTY),
    "rectifying": ("@rectifying_admin", RECTIFYING), "defending": ("@defending_admin", DEFENDING), "former": ("@revoked_admin", FORMER),
    "applying": ("@applying_admin", APPLYING), "checking": ("", CHECKING),
    "reporting": ("@report_admin", REPORTING), "report-county": ("x220104", REPORT_COUNTY), "report-due": ("shengg", REPORT_DUE),
    "once": ("@once_login", ONCE), "resume": ("", RESUME), "training": ("shengg", TRAINING),
}
