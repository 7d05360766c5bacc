"""第十八、十九条: change of name, investor or operator (domain.md §5 Change)."""

from incubator.policy.procedures.model import Procedure, Station, Step


def _returned(station: str, correction: str, by: str, permission: str) -> tuple[Step, ...]:
    """Who filed it corrects it: what the county filed for the investor is not the operator's to rewrite (AMB-32)."""
    return (
        Step("return", station, correction, "退回补正", "退回补正", permission, by, "18", reason=True, remarks=True,
             four_eyes=by != "province", tone="bad"),
        Step("submit", correction, station, "再次提交", "补正后再次提交", "change.submit", "applicant", "18",
             needs=("not_for_investor", "change_complete"), on_page=False),
        Step("submit_for", correction, station, "代为再次提交", "县工信局代为补正后再次提交", "change.open_for", "county", "18",
             needs=("for_investor",), on_page=False),
    )


def _withdrawn(*states: str) -> tuple[Step, ...]:
    """Each by who filed it; for the investor the county, on the investor's word (AMB-32)."""
    return (
        *(
            Step("withdraw", state, "withdrawn", "撤回申请", "撤回变更申请", "change.withdraw", "applicant", "18",
                 needs=("not_for_investor",), reason=True, harm=True)
            for state in ("draft", *states)
        ),
        *(
            Step("withdraw_for", state, "withdrawn", "代投资主体撤回", "县工信局凭投资主体的书面意思撤回", "change.open_for", "county",
                 "18", needs=("for_investor",), reason=True, harm=True, on_page=False)
            for state in states
        ),
    )


# where a request may lie; what the county files for the investor is opened and sent in one act
_RUNNING = ("draft", "county_compliance", "city_compliance", "prov_review", "to_implement",
            "correction_county", "correction_city", "correction_province")
_FREE = ("major_item_free", "change_left")
CHANGE = Procedure(
    kind="change",
    label="变更申请",
    article="18",
    stations=(
        Station("draft", "草稿", "applicant", "18", "填变更申请"),
        Station("county_opening", "代为提交", "county", "18", "代为提交", "station_days"),
        Station("county_compliance", "县合规审查", "county", "18", "审合规", "station_days"),
        Station("city_compliance", "市合规审查", "city", "18", "审合规", "station_days"),
        Station("prov_review", "省审核", "province", "18", "去审核", "station_days_province"),
        Station("to_implement", "待实施", "applicant", "18", "确认已实施"),
        Station("correction_county", "退回补正", "applicant", "18", "去补正", "correction_days"),
        Station("correction_city", "退回补正", "applicant", "18", "去补正", "correction_days"),
        Station("correction_province", "退回补正", "applicant", "18", "去补正", "correction_days"),
        Station("implemented", "已实施", "end", "18"),
        Station("annulled", "已作废", "end", "18"),
        Station("not_agreed", "不同意", "end", "18"),
        Station("not_compliant", "合规审查不通过", "end", "18"),
        Station("withdrawn", "已撤回", "end", "18"),
        Station("terminated", "因撤销终止", "end", "16"),
    ),
    steps=(
        Step("open", "", "draft", "填变更申请", "开始填变更申请", "change.fill", "applicant", "18", needs=_FREE[:1], on_page=False),
        Step("open_for", "", "county_opening", "代投资主体提出", "代投资主体提出变更", "change.open_for", "county", "18",
             needs=_FREE[:1], on_page=False),
        Step("submit", "draft", "county_compliance", "提交变更申请", "提交变更申请", "change.submit", "applicant", "18",
             needs=("change_complete", *_FREE), on_page=False),
        Step("submit_for", "county_opening", "county_compliance", "代为提交", "县工信局代投资主体提交", "change.open_for",
             "county", "18", needs=_FREE, on_page=False),
        Step("pass", "county_compliance", "city_compliance", "合规，报市里", "县合规审查通过", "change.review_county", "county",
             "18", needs=_FREE, four_eyes=True, main=True, tone="good"),
        *_returned("county_compliance", "correction_county", "county", "change.review_county"),
        Step("refuse", "county_compliance", "not_compliant", "不合规", "县合规审查不通过", "change.refuse_county", "county", "18",
             reason=True, four_eyes=True, harm=True, tone="bad"),
        Step("forward", "city_compliance", "prov_review", "以正式文件上报省厅", "市合规审查通过，正式文件上报",
             "change.review_city", "city", "18", needs=_FREE, four_eyes=True, main=True, tone="good", document=True),
        *_returned("city_compliance", "correction_city", "city", "change.review_city"),
        Step("refuse", "city_compliance", "not_compliant", "不合规", "市合规审查不通过", "change.refuse_city", "city", "18",
             reason=True, four_eyes=True, harm=True, tone="bad"),
        Step("examine", "prov_review", "prov_review", "写审核意见", "省厅已审核，待负责人决定", "change.review", "province", "18",
             effects=("change_examined",), reason=True),
        Step("approve", "prov_review", "to_implement", "同意变更", "同意变更，通知实施", "change.decide", "province", "18",
             needs=("change_was_examined", *_FREE), effects=("notify_change",), four_eyes=True, main=True, tone="good"),
        *_returned("prov_review", "correction_province", "province", "change.review"),
        Step("disagree", "prov_review", "not_agreed", "不同意变更", "不同意变更", "change.decide", "province", "18",
             reason=True, harm=True, tone="bad"),
        Step("implement", "to_implement", "implemented", "确认已实施", "确认已实施", "change.implement", "applicant", "18",
             effects=("carry_out_change",), main=True, tone="good"),
        Step("implement_for", "to_implement", "implemented", "代为确认已实施", "县工信局代为确认已实施", "change.implement_for",
             "county", "18", effects=("carry_out_change",)),
        Step("annul", "to_implement", "annulled", "作废同意", "过期没有实施，同意作废", "change.decide", "province", "18",
             needs=("implement_overdue",), effects=("annul_change",), reason=True, harm=True, tone="bad"),
        Step("supersede", "draft", "withdrawn", "草稿终止", "县工信局代投资主体提交，没有提交的草稿终止", "time.tick", "time", "18",
             on_page=False),
        *_withdrawn("county_compliance", "city_compliance", "correction_county", "correction_city",
                    "correction_province"),
        # a revocation closes what runs on the base (A16-6, AMB-30)
        *(
            Step("terminate", state, "terminated", "因撤销终止", "因基地被撤销终止", "time.tick", "time", "16", effects=("end_change",),
                 on_page=False)
            for state in _RUNNING
        ),
    ),
    track=(("申请", ("draft", "county_opening", "correction_county", "correction_city", "correction_province")),
           ("县合规审查", ("county_compliance",)), ("市合规审查", ("city_compliance",)), ("省审核", ("prov_review",)),
           ("实施", ("to_implement",)),
           ("办结", ("implemented", "annulled", "not_agreed", "not_compliant", "withdrawn", "terminated"))),
)

RECORDED = {
    "operator_commented": "运营机构写了意见",
    "account_redispatched": "给新运营机构派发账号",
}
