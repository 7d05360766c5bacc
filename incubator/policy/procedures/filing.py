"""第七条（一）: the account request and the filing."""

from incubator.policy.procedures.model import Procedure, Station, Step

ACCOUNT_REQUEST = Procedure(
    kind="account_request",
    label="账号申请",
    article="7(1)",
    stations=(
        Station("county_check", "属地核验", "county", "7(1)", "去核验", "station_days"),
        Station("dispatch", "待省厅派发", "province", "7(1)", "派发账号", "station_days_province"),
        Station("dispatched", "已派发", "end", "7(1)"),
        Station("rejected", "已驳回", "end", "7(1)"),
    ),
    steps=(
        Step("submit", "", "county_check", "提交账号申请", "提交账号申请", "account_request.submit", "public",
             "7(1)", on_page=False),
        Step("confirm", "county_check", "dispatch", "核验属实，报省厅派发", "核验属实，报省厅派发",
             "account_request.confirm", "county", "7(1)", main=True, tone="good"),
        Step("reject", "county_check", "rejected", "驳回申请", "驳回账号申请", "account_request.confirm", "county",
             "7(1)", effects=("end_account_request",), reason=True, harm=True, tone="bad"),
        Step("dispatch", "dispatch", "dispatched", "派发账号", "派发账号", "account.dispatch", "province", "7(1)",
             effects=("open_base_account",), main=True, tone="good"),
        Step("reject", "dispatch", "rejected", "驳回申请", "驳回账号申请", "account.dispatch", "province", "7(1)",
             effects=("end_account_request",), reason=True, harm=True, tone="bad"),
    ),
    track=(("申请", ()), ("属地核验", ("county_check",)), ("省厅派发", ("dispatch",)),
           ("已派发", ("dispatched", "rejected"))),
)

FILING = Procedure(
    kind="filing",
    label="备案",
    article="7(1)",
    stations=(
        Station("draft", "草稿", "applicant", "7(1)", "填备案表"),
        Station("county_review", "县审", "county", "7(1)", "审备案", "station_days"),
        Station("correction", "退回补正", "applicant", "7(1)", "去补正", "correction_days"),
        Station("approved", "备案通过", "end", "7(1)"),
        Station("refused", "不予备案", "end", "7(1)"),
        Station("cancelled", "已注销", "end", "7(1)"),
    ),
    steps=(
        Step("open", "", "draft", "填备案表", "开始填备案表", "filing.fill", "applicant", "7(1)", on_page=False),
        Step("submit", "draft", "county_review", "提交备案", "提交备案", "filing.submit", "applicant", "7(1)",
             needs=("filing_complete",), on_page=False),
        Step("submit", "correction", "county_review", "再次提交", "补正后再次提交", "filing.submit", "applicant",
             "7(1)", needs=("filing_complete",), on_page=False),
        Step("approve", "county_review", "approved", "备案通过", "备案通过", "filing.review", "county", "7(1)",
             effects=("assign_filing_no",), main=True, tone="good"),
        Step("return", "county_review", "correction", "退回补正", "退回补正", "filing.review", "county", "7(1)",
             reason=True, remarks=True, tone="bad"),
        Step("refuse", "county_review", "refused", "不予备案", "不予备案", "filing.refuse", "county", "7(1)",
             effects=("close_base",), reason=True, harm=True, tone="bad"),
        Step("reopen", "approved", "county_review", "退回县里再审", "市工信局退回县里再审", "filing.reopen", "city",
             "7(1)", needs=("no_application_yet",), reason=True, harm=True, tone="bad"),
        Step("cancel", "approved", "cancelled", "注销备案", "注销备案", "filing.cancel", "applicant", "7(1)",
             needs=("no_application_yet",), effects=("close_base",), reason=True, harm=True),
    ),
    track=(("填报", ("draft", "correction")), ("县审", ("county_review",)),
           ("备案通过", ("approved", "refused", "cancelled"))),
)

RECORDED = {
    "slip_reissued": "重发一次性密码",
}
