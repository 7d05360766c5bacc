"""第十三条: the quarterly and the annual report, from the draft to the archive and back."""

from incubator.policy.procedures.model import Procedure, Station, Step


def _report(kind: str, label: str) -> Procedure:
    """Both kinds walk one way (A13-5): county, city, archive; only the province unlocks."""
    asks = {"needs": ("base_can_answer",), "reason": True}
    submit = {"needs": ("report_complete",), "effects": ("keep_report",), "on_page": False}
    return Procedure(
        kind=kind,
        label=label,
        article="13",
        stations=(
            Station("draft", "草稿", "applicant", "13", f"填{label}"),
            Station("county_review", "县审", "county", "13", f"审{label}", "station_days"),
            Station("city_review", "市审", "city", "13", f"审{label}", "station_days"),
            Station("correction", "退回补正", "applicant", "13", "去补正", "correction_days"),
            Station("unlocked", "解锁更正", "applicant", "13", "去更正", "correction_days"),
            Station("archived", "已归档", "end", "13"),
        ),
        steps=(
            Step("open", "", "draft", f"填{label}", f"开始填{label}", "report.fill", "applicant", "13", on_page=False),
            Step("submit", "draft", "county_review", f"报送{label}", f"报送{label}", "report.submit", "applicant", "13", **submit),
            Step("submit", "correction", "county_review", "再次报送", "补正后再次报送", "report.submit", "applicant", "13", **submit),
            Step("submit", "unlocked", "county_review", "再次报送", "更正后再次报送", "report.submit", "applicant", "13", **submit),
            Step("pass", "county_review", "city_review", "审核通过，报市级", "县审通过", "report.review_county", "county", "13",
                 effects=("keep_ticks",), main=True, tone="good"),
            Step("return", "county_review", "correction", "退回补正", "退回补正", "report.review_county", "county", "13",
                 effects=("keep_ticks",), remarks=True, tone="bad", **asks),
            Step("archive", "city_review", "archived", "审核通过，归档", "市审通过，归档", "report.review_city", "city", "13",
                 effects=("keep_ticks",), four_eyes=True, main=True, tone="good"),
            Step("return", "city_review", "correction", "退回补正", "退回补正", "report.review_city", "city", "13",
                 effects=("keep_ticks",), remarks=True, four_eyes=True, tone="bad", **asks),
            Step("unlock", "archived", "unlocked", "解锁更正", "省工信厅解锁更正", "report.unlock", "province", "13",
                 harm=True, tone="bad", **asks),
        ),
        track=(("填报", ("draft", "correction", "unlocked")), ("县审", ("county_review",)), ("市审", ("city_review",)),
               ("归档", ("archived",))),
    )


QUARTERLY_REPORT = _report("quarterly_report", "季报")
ANNUAL_REPORT = _report("annual_report", "年报")

RECORDED = {
    "scan_matched": "盖章件和版本对上",
}
