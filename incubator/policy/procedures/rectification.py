"""第十五条: a year to put things right, as a loop of report, verification and acceptance (A15-2, A15-5)."""

from incubator.policy.procedures.model import Procedure, Station, Step

_NOT_YET = ("no_revocation_running",)

RECTIFICATION = Procedure(
    kind="rectification",
    label="限期整改",
    article="15",
    stations=(
        Station("rectifying", "整改中", "applicant", "15", "报整改情况"),
        Station("county_check", "待县核", "county", "15", "去核实整改", "station_days"),
        Station("city_check", "待市核", "city", "15", "复核整改", "station_days"),
        Station("prov_acceptance", "待省验收", "province", "15", "验收整改", "station_days_province"),
        Station("accepted", "整改合格", "end", "15"),
    ),
    steps=(
        Step("order", "", "rectifying", "限期整改", "责令限期整改", "decision.issue", "province", "15", on_page=False),
        Step("report", "rectifying", "county_check", "报整改情况", "报送整改报告", "rectification.report", "applicant", "15",
             on_page=False),
        Step("verify", "county_check", "city_check", "核实属实，上报", "现场核实，上报市工信局", "rectification.verify", "county",
             "15", needs=("visit_rectification", "items_checked"), main=True, tone="good"),
        Step("not_done", "county_check", "rectifying", "没有整改到位", "没有整改到位，退回继续整改", "rectification.verify",
             "county", "15", reason=True, tone="bad"),
        Step("forward", "city_check", "prov_acceptance", "复核同意，报省厅验收", "复核同意，报省厅验收", "rectification.forward",
             "city", "15", four_eyes=True, main=True, tone="good"),
        Step("return_county", "city_check", "county_check", "退回县级", "退回县级再核", "rectification.forward", "city", "15",
             reason=True, four_eyes=True, tone="bad"),
        Step("accept", "prov_acceptance", "accepted", "验收合格", "验收合格，整改结束", "rectification.accept", "province", "15",
             needs=("items_met", *_NOT_YET), effects=("lift_rectification",), four_eyes=True, main=True, tone="good"),
        Step("not_accept", "prov_acceptance", "rectifying", "验收不合格", "验收不合格，继续整改", "rectification.refuse",
             "province", "15", reason=True, harm=True, tone="bad"),
    ),
    track=(("整改", ("rectifying",)), ("县核", ("county_check",)), ("市核", ("city_check",)),
           ("省验收", ("prov_acceptance", "accepted"))),
)

VISITED_AT: dict[tuple[str, str], str] = {("rectification", "county_check"): "rectification",
                                          ("rectification", "prov_acceptance"): "rectification"}

RECORDED = {
    "contract_written": "写明整改要求",
    "sanction_issued": "登记处理决定文件",
    "items_checked": "逐项核实整改",
    "paper_served": "登记送达回证",
    "proposal_owed": "整改期满没有验收合格，属地应提出撤销",
}
