"""第七、八条: recognition from the application to the document."""

from incubator.policy.procedures.model import Elsewhere, Procedure, Station, Step

# where an upheld objection leads back to, as the province names it (AMB-21); the last is the usual one
REOPENED: tuple[tuple[str, str, str], ...] = (
    ("back_to_county", "county_initial", "县初审"), ("back_to_city", "city_review", "市复核"),
    ("back_to_acceptance", "prov_acceptance", "省受理"), ("back_to_assessment", "prov_assessment", "考核评审"),
    ("back_to_deliberation", "deliberation", "集中审议"),
)
RENOTICE = "renotice"
# from the acceptance on a withdrawal is asked of the province, which then takes it (A7-10)
ACCEPTED: tuple[str, ...] = (
    "prov_assessment", "correction_assessment", "deliberation", "proposed", "on_notice", "to_decide",
)


def _reopened(state: str) -> tuple[Step, ...]:
    """The ways back from notice or decision: an upheld objection, or published facts that have changed (AMB-21)."""
    back = tuple(
        Step(outcome, state, to, f"退回{label}", f"异议成立，退回{label}", "recognition.refuse", "province", "8",
             needs=("objection_upheld",), reason=True, tone="bad", on_page=False)
        for outcome, to, label in REOPENED
    )
    again = Step(RENOTICE, state, "proposed", "重新公示", "公示的内容有变化，重新公示", "notice.publish", "province", "8",
                 needs=("published_facts_changed",), reason=True, on_page=False)
    return (*back, again)


def _returns(station: str, correction: str, by: str, permission: str, article: str) -> tuple[Step, Step]:
    """The return for correction of one reviewing station and the way back to that same station (A7-11)."""
    return (
        Step("return", station, correction, "退回补正", "退回补正", permission, by, article,
             reason=True, remarks=True, four_eyes=by != "province", tone="bad"),
        Step("submit", correction, station, "再次提交", "补正后再次提交", "recognition.submit", "applicant", "7(2)",
             needs=("application_complete", "filing_approved"), on_page=False),
    )


RECOGNITION = Procedure(
    kind="recognition",
    label="认定申请",
    article="7(2)",
    stations=(
        Station("draft", "草稿", "applicant", "7(2)", "填认定申请"),
        Station("county_initial", "县初审", "county", "7(3)", "去初审", "station_days"),
        Station("city_review", "市复核", "city", "7(4)", "去复核", "station_days"),
        Station("prov_acceptance", "省受理", "province", "8", "去受理", "station_days_province"),
        Station("prov_assessment", "考核评审", "province", "8", "组织考核", "station_days_province"),
        Station("deliberation", "集中审议", "province", "8", "提交审议", "station_days_province"),
        Station("proposed", "拟认定", "province", "8", "安排公示", "station_days_province"),
        Station("on_notice", "公示中", "time", "8"),
        Station("to_decide", "待发文", "province", "8", "去发文", "station_days_province"),
        Station("recognised", "已认定", "end", "8"),
        Station("correction_county", "退回补正", "applicant", "7(3)", "去补正", "correction_days"),
        Station("correction_city", "退回补正", "applicant", "7(4)", "去补正", "correction_days"),
        Station("correction_acceptance", "退回补正", "applicant", "8", "去补正", "correction_days"),
        Station("correction_assessment", "退回补正", "applicant", "8", "去补正", "correction_days"),
        Station("withdrawn", "已撤回", "end", "7(2)"),
        Station("not_recommended", "不予推荐", "end", "7(3)"),
        Station("not_forwarded", "不予上报", "end", "7(4)"),
        Station("not_accepted", "不予受理", "end", "8"),
        Station("not_passed", "审议不通过", "end", "8"),
        Station("refused", "不予认定", "end", "8"),
    ),
    steps=(
        Step("open", "", "draft", "填认定申请", "开始填认定申请", "recognition.fill", "applicant", "7(2)",
             needs=("filing_approved", "not_in_force"), on_page=False),
        Step("submit", "draft", "county_initial", "提交认定申请", "提交认定申请", "recognition.submit", "applicant",
             "7(2)", needs=("filing_approved", "campaign_open", "application_complete"), on_page=False),
        # county
        Step("recommend", "county_initial", "city_review", "推荐上报", "推荐上报", "recognition.review_county",
             "county", "7(3)", needs=("visit_county",), opinion="推荐意见", four_eyes=True, main=True,
             tone="good"),
        *_returns("county_initial", "correction_county", "county", "recognition.review_county", "7(3)"),
        Step("not_recommend", "county_initial", "not_recommended", "不予推荐", "不予推荐",
             "recognition.refuse_county", "county", "7(3)", reason=True, four_eyes=True, harm=True, tone="bad"),
        # city
        Step("forward", "city_review", "prov_acceptance", "上报省厅", "复核合格，上报省厅",
             "recognition.review_city", "city", "7(4)", needs=("standards_to_forward",), four_eyes=True,
             main=True, tone="good", document=True),
        Step("return_county", "city_review", "county_initial", "退回县级", "退回县级再审",
             "recognition.review_city", "city", "7(4)", reason=True, four_eyes=True, tone="bad"),
        *_returns("city_review", "correction_city", "city", "recognition.review_city", "7(4)"),
        Step("not_forward", "city_review", "not_forwarded", "不予上报", "不予上报", "recognition.refuse_city",
             "city", "7(4)", reason=True, four_eyes=True, harm=True, tone="bad"),
        # province: acceptance
        Step("accept", "prov_acceptance", "prov_assessment", "受理", "受理", "recognition.accept", "province", "8",
             four_eyes=True, main=True, tone="good"),
        Step("return_city", "prov_acceptance", "city_review", "退回市级", "退回市级再核", "recognition.accept",
             "province", "8", reason=True, tone="bad"),
        *_returns("prov_acceptance", "correction_acceptance", "province", "recognition.accept", "8"),
        Step("not_accept", "prov_acceptance", "not_accepted", "不予受理", "不予受理", "recognition.refuse",
             "province", "8", reason=True, harm=True, tone="bad"),
        # province: assessment
        Step("conclude", "prov_assessment", "deliberation", "提请集中审议", "考核评审完成，提请集中审议",
             "recognition.assess", "province", "8", needs=("visit_province", "expert_review_closed"),
             main=True, tone="good"),
        *_returns("prov_assessment", "correction_assessment", "province", "recognition.assess", "8"),
        # province: deliberation
        Step("pass", "deliberation", "proposed", "通过", "集中审议通过，拟认定", "meeting.record", "province", "8",
             needs=("visit_province", "expert_review_closed", "standards_to_pass"), reason=True, tone="good", on_page=False),
        Step("hold", "deliberation", "deliberation", "暂缓", "集中审议暂缓", "meeting.record", "province", "8",
             reason=True, on_page=False),
        Step("not_pass", "deliberation", "not_passed", "不通过", "集中审议不通过", "meeting.record", "province", "8",
             reason=True, harm=True, tone="bad", on_page=False),
        # province: notice and decision
        Step("publish", "proposed", "on_notice", "开始公示", "开始公示", "notice.publish", "province", "8",
             on_page=False),
        Step("notice_ended", "on_notice", "to_decide", "公示期满", "公示期满", "time.tick", "time", "8",
             on_page=False),
        Step("decide", "to_decide", "recognised", "发文认定", "发文认定", "decision.issue", "province", "8",
             needs=("minutes_formed", "notice_over", "no_open_objection", "published_as_is"), effects=("recognise_base",), four_eyes=True,
             tone="good", on_page=False),
        Step("refuse", "on_notice", "refused", "不予认定", "不予认定", "recognition.refuse", "province", "8",
             reason=True, harm=True, tone="bad"),
        Step("refuse", "to_decide", "refused", "不予认定", "不予认定", "recognition.refuse", "province", "8",
             reason=True, harm=True, tone="bad"),
        *_reopened("on_notice"),
        *_reopened("to_decide"),
        # the applicant may withdraw until the province has accepted (A7-10)
        *(
            Step("withdraw", state, "withdrawn", "撤回申请", "撤回申请", "recognition.withdraw", "applicant",
                 "7(2)", reason=True, harm=True)
            for state in ("draft", "county_initial", "city_review", "prov_acceptance", "correction_county",
                          "correction_city", "correction_acceptance")
        ),
        *(
            Step("withdraw_for", state, "withdrawn", "按申请撤回", "申报单位书面申请撤回，准予撤回", "recognition.refuse",
                 "province", "7(2)", reason=True, harm=True, paper="申报单位盖章的撤回申请")
            for state in ACCEPTED
        ),
    ),
    track=(
        ("提交", ("draft", "correction_county")),
        ("县初审", ("county_initial", "not_recommended")),
        ("市复核", ("city_review", "correction_city", "not_forwarded")),
        ("省受理", ("prov_acceptance", "correction_acceptance", "not_accepted")),
        ("考核评审", ("prov_assessment", "correction_assessment")),
        ("集中审议", ("deliberation", "proposed", "not_passed")),
        ("公示", ("on_notice", "to_decide", "refused")),
        ("认定", ("recognised",)),
    ),
    elsewhere=(
        Elsewhere("withdraw", ACCEPTED, "7(2)", "省工信厅已经受理，受理以后的撤回，向省工信厅提出",
                  "写一份盖章的撤回申请交省工信厅，由省工信厅办理撤回"),
    ),
)

# which visit the office that holds a case may register there (A7-5, A7-6, A8-1; §8.10)
VISITED_AT: dict[tuple[str, str], str] = {
    ("recognition", "county_initial"): "initial_review",
    ("recognition", "city_review"): "second_review",
    ("recognition", "prov_assessment"): "assessment",
    ("recognition", "deliberation"): "assessment",
}
# where experts are assigned and score, and which score sheet they fill (A8-2; §8.11)
# (at the meeting's station only where a sheet had to be voided after the closing and the review is open again)
SCORED_AT: dict[tuple[str, str], str] = {
    ("recognition", "prov_assessment"): "recognition",
    ("recognition", "deliberation"): "recognition",
}
# where the county or the city proposes a relaxation, and where the province grants one (第五条（二）（四）, AMB-02)
RELAXATION_PROPOSED_AT: tuple[tuple[str, str], ...] = (("recognition", "county_initial"), ("recognition", "city_review"))
RELAXATION_GRANTED_AT: tuple[tuple[str, str], ...] = tuple(
    ("recognition", state) for state in ("prov_acceptance", "prov_assessment", "deliberation")
)
# where a dossier waits for the meeting (A8-3)
DELIBERATED_AT: tuple[tuple[str, str], ...] = (("recognition", "deliberation"),)

# applied for with the long form of the base and its rosters (第七条（二）)
APPLIED: tuple[str, ...] = ("recognition",)

# what the timeline says of events that move nothing
RECORDED = {
    "visit_registered": "登记实地踏查",
    "expert_assigned": "指派评审专家",
    "expert_released": "撤下评审专家",
    "team_assigned": "指派考核组成员",
    "team_released": "撤下考核组成员",
    "conflict_denied": "专家声明无利害关系",
    "sheet_given": "交了专家评审表",
    "sheet_voided": "专家评审表作废",
    "review_closed": "专家评审结束",
    "expert_urged": "催专家交评审表",
    "interest_answered": "书面核对专家的同名单位",
    "member_recused": "审议人员回避",
    "visit_planned": "列入考核组踏查计划",
    "visit_unplanned": "从踏查计划取消",
    "tenant_overridden": "改判一户在孵企业是否计入",
    "relaxation_proposed": "提出放宽建议",
    "relaxation_withdrawn": "收回放宽建议",
    "relaxation_granted": "同意放宽",
    "relaxation_refused": "不同意放宽",
    "objection_received": "收到异议",
    "objection_checking": "开始核查异议",
    "objection_answered": "答复异议",
}
