"""第十三条: the major-event report (A13-7, domain.md §5 Major event). The county verifies, nothing is decided."""

from incubator.policy.procedures.model import Procedure, Station, Step

MAJOR_EVENT = Procedure(
    kind="major_event",
    label="重大事项报告",
    article="13",
    stations=(
        Station("draft", "草稿", "applicant", "13", "填重大事项报告"),
        Station("county_check", "待县核", "county", "13", "去核实", "station_days"),
        Station("correction", "退回补正", "applicant", "13", "去补正", "correction_days"),
        Station("checked", "已核", "end", "13"),
    ),
    steps=(
        Step("open", "", "draft", "填重大事项报告", "开始填重大事项报告", "profile.keep", "applicant", "13", on_page=False),
        Step("submit", "draft", "county_check", "提交报告", "提交重大事项报告", "major_event.submit", "applicant", "13",
             needs=("event_complete",), on_page=False),
        Step("submit", "correction", "county_check", "再次提交", "补正后再次提交", "major_event.submit", "applicant", "13",
             needs=("event_complete",), on_page=False),
        Step("return", "county_check", "correction", "退回补正", "退回补正", "major_event.check", "county", "13",
             reason=True, remarks=True, tone="bad"),
        Step("check", "county_check", "checked", "核实完毕", "县工信局核实完毕", "major_event.check", "county", "13",
             needs=("visit_event",), effects=("take_over_event",), main=True, tone="good"),
    ),
    track=(("报告", ("draft", "correction")), ("县核实", ("county_check",)), ("已核", ("checked",))),
)

VISITED_AT = {("major_event", "county_check"): "major_event"}
