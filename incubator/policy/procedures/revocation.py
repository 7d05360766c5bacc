"""第十六条: revocation, step by step from below or directly by the province; one running case a base (AMB-15).

The base applies with both consents, the county proposes, or the province begins by itself. Whoever decides gives the
prior notice and hears the base: notice, statement and answer are rows of the station 待决定, never states (A16-4).
"""

from incubator.policy.procedures.model import Procedure, Station, Step

REVOCATION = Procedure(
    kind="revocation",
    label="撤销",
    article="16",
    stations=(
        Station("draft", "草稿", "applicant", "16(1)1", "填撤销申请"),
        Station("county_review", "待县审", "county", "16(1)", "审撤销申请", "station_days"),
        Station("city_review", "待市复核", "city", "16(1)", "复核撤销", "station_days"),
        Station("prov_review", "待省审", "province", "16(1)", "审撤销", "station_days_province"),
        Station("to_decide", "待决定", "province", "16", "告知并决定", "station_days_province"),
        Station("correction", "退回补正", "applicant", "16(1)1", "去补正", "correction_days"),
        Station("revoked", "已撤销", "end", "16"),
        Station("refused", "不予撤销", "end", "16"),
        Station("withdrawn", "已撤回", "end", "16(1)1"),
    ),
    steps=(
        Step("open", "", "draft", "申请撤销", "开始填撤销申请", "revocation.apply", "applicant", "16(1)1", on_page=False),
        Step("submit", "draft", "county_review", "提交撤销申请", "提交撤销申请", "revocation.apply", "applicant", "16(1)1",
             needs=("both_consents",), on_page=False),
        Step("supersede", "draft", "withdrawn", "草稿终止", "县里或省厅开始撤销，没有提交的申请终止", "time.tick", "time", "16", on_page=False),
        Step("submit", "correction", "county_review", "再次提交", "补正后再次提交", "revocation.apply", "applicant", "16(1)1",
             needs=("both_consents",), on_page=False),
        Step("pass", "county_review", "city_review", "同意，上报", "审核同意，上报市工信局", "revocation.review_county",
             "county", "16(1)", main=True, tone="good"),
        Step("return", "county_review", "correction", "退回补正", "退回补正", "revocation.review_county", "county",
             "16(1)1", needs=("is_voluntary",), reason=True, tone="bad"),
        Step("propose", "", "city_review", "提出撤销", "属地提出撤销", "revocation.propose", "county", "16(1)2", on_page=False),
        Step("forward", "city_review", "prov_review", "复核同意，上报省厅", "复核同意，上报省厅", "revocation.pass_city", "city",
             "16(1)", four_eyes=True, main=True, tone="good"),
        Step("return_county", "city_review", "county_review", "退回县级", "退回县级再核", "revocation.pass_city", "city",
             "16(1)", reason=True, four_eyes=True, tone="bad"),
        Step("agree", "prov_review", "to_decide", "拟撤销", "审核同意，拟撤销", "revocation.prepare", "province", "16(1)",
             four_eyes=True, main=True, tone="good"),
        Step("return_city", "prov_review", "city_review", "退回市级", "退回市级再核", "revocation.prepare", "province",
             "16(1)", reason=True, tone="bad"),
        Step("refuse", "prov_review", "refused", "不予撤销", "不予撤销", "revocation.refuse", "province", "16", reason=True,
             harm=True, tone="bad"),
        Step("direct", "", "to_decide", "直接撤销", "省厅拟直接撤销", "revocation.direct", "province", "16(2)", on_page=False),
        Step("revoke", "to_decide", "revoked", "发文撤销", "发文撤销", "decision.issue", "province", "16",
             needs=("heard",), effects=("revoke_base",), tone="bad", on_page=False),
        Step("refuse", "to_decide", "refused", "不予撤销", "不予撤销", "revocation.refuse", "province", "16", reason=True,
             harm=True, tone="bad"),
        *(
            Step("withdraw", state, "withdrawn", "撤回申请", "撤回撤销申请", "revocation.apply", "applicant", "16(1)1",
                 needs=("is_voluntary",), reason=True, harm=True)
            for state in ("draft", "correction", "county_review", "city_review", "prov_review")
        ),
    ),
    track=(("提出", ("draft", "correction", "withdrawn")), ("县审", ("county_review",)), ("市复核", ("city_review",)),
           ("省审", ("prov_review",)), ("决定", ("to_decide", "revoked", "refused"))),
)

RECORDED = {
    "prior_notice_given": "送达事先告知书",
    "prior_notice_waived": "不作事先告知",
    "defence_received": "收到陈述申辩",
    "defence_answered": "答复陈述申辩",
    "plaque_recovered": "登记牌匾收回情况",
    "tax_notified": "登记通知税务机关",
    "tax_stop_overridden": "另定停止享受税收优惠的日期",
}
