"""第十条: the renewal of the validity, filed by the base and reviewed upwards (A10-2 to A10-5)."""

from incubator.policy.procedures.model import Procedure, Station, Step

_REVIEWS = (  # station, correction, tier, permission
    ("county_review", "correction_county", "county", "renewal.review_county"),
    ("city_review", "correction_city", "city", "renewal.review_city"),
    ("prov_review", "correction_province", "province", "renewal.review"),
)
_OPEN = ("draft", *(state for row in _REVIEWS for state in row[:2]), "to_decide")


def _returns(station: str, correction: str, by: str, permission: str) -> tuple[Step, Step]:
    """A return for correction; the first submission stays the one that counts (AMB-27)."""
    return (
        Step("return", station, correction, "退回补正", "退回补正", permission, by, "10", reason=True, remarks=True,
             four_eyes=by != "province", tone="bad"),
        Step("submit", correction, station, "再次提交", "补正后再次提交", "recognition.submit", "applicant", "10",
             needs=("application_complete",), on_page=False),
    )


def _sent_up(station: str, to: str, by: str, permission: str, office: str) -> tuple[Step, Step]:
    """County and city say what they think; both opinions go up, for the province decides (Article 3)."""
    return (
        Step("forward", station, to, "审核通过，上报", f"{office}审核，建议续延", permission, by, "10", four_eyes=True, main=True,
             tone="good"),
        Step("forward_against", station, to, "建议不予续延，上报", f"{office}审核，建议不予续延", permission, by, "10", reason=True,
             four_eyes=True, tone="bad"),
    )


RENEWAL = Procedure(
    kind="renewal",
    label="续延申请",
    article="10",
    stations=(
        Station("draft", "草稿", "applicant", "10", "填续延申请"),
        Station("county_review", "县审", "county", "10", "审续延", "station_days"),
        Station("city_review", "市审", "city", "10", "审续延", "station_days"),
        Station("prov_review", "省审", "province", "10", "审续延", "station_days_province"),
        Station("to_decide", "待发文", "province", "10", "去发文", "station_days_province"),
        Station("renewed", "已续延", "end", "10"),
        Station("correction_county", "退回补正", "applicant", "10", "去补正", "correction_days"),
        Station("correction_city", "退回补正", "applicant", "10", "去补正", "correction_days"),
        Station("correction_province", "退回补正", "applicant", "10", "去补正", "correction_days"),
        Station("refused", "不予续延", "end", "10"),
        Station("withdrawn", "已撤回", "end", "10"),
        Station("terminated", "因撤销终止", "end", "16"),
    ),
    steps=(
        Step("open", "", "draft", "填续延申请", "开始填续延申请", "recognition.fill", "applicant", "10",
             needs=("renewable",), on_page=False),
        Step("submit", "draft", "county_review", "提交续延申请", "提交续延申请", "recognition.submit", "applicant", "10",
             needs=("renewal_window", "application_complete"), effects=("file_renewal",), on_page=False),
        *_sent_up("county_review", "city_review", "county", "renewal.review_county", "县"),
        *_returns(*_REVIEWS[0]),
        *_sent_up("city_review", "prov_review", "city", "renewal.review_city", "市"),
        Step("return_county", "city_review", "county_review", "退回县级", "退回县级再审", "renewal.review_city", "city", "10",
             reason=True, four_eyes=True, tone="bad"),
        *_returns(*_REVIEWS[1]),
        Step("approve", "prov_review", "to_decide", "同意续延", "省审同意续延，待发文", "renewal.review", "province", "10",
             needs=("not_rectifying",), four_eyes=True, main=True, tone="good"),
        Step("hold", "prov_review", "prov_review", "暂缓", "暂缓，整改期满或验收后再定", "renewal.review", "province", "10", reason=True),
        Step("return_city", "prov_review", "city_review", "退回市级", "退回市级再审", "renewal.review", "province", "10",
             reason=True, tone="bad"),
        *_returns(*_REVIEWS[2]),
        Step("decide", "to_decide", "renewed", "发文续延", "发文续延", "decision.issue", "province", "10",
             needs=("not_rectifying",), effects=("renew_base", "end_renewal"), four_eyes=True, tone="good", on_page=False),
        Step("back", "to_decide", "prov_review", "退回再审", "退回省审", "renewal.refuse", "province", "10", reason=True, tone="bad"),
        *(
            Step("refuse", state, "refused", "不予续延", "不予续延", "renewal.refuse", "province", "10",
                 effects=("end_renewal", "refuse_renewal"), reason=True, harm=True, tone="bad")
            for state in ("prov_review", "to_decide")
        ),
        *(
            Step("withdraw", state, "withdrawn", "撤回申请", "撤回续延申请", "recognition.withdraw", "applicant", "10",
                 effects=("end_renewal",), reason=True, harm=True)
            for state in ("draft", "county_review", "city_review", "correction_county", "correction_city")
        ),
        # a revocation closes what runs on the base (A16-6)
        *(
            Step("terminate", state, "terminated", "因撤销终止", "因基地被撤销终止", "time.tick", "time", "16",
                 effects=("end_renewal",), on_page=False)
            for state in _OPEN
        ),
    ),
    track=(
        ("提交", ("draft", "correction_county")),
        ("县审", ("county_review",)),
        ("市审", ("city_review", "correction_city")),
        ("省审", ("prov_review", "correction_province", "refused")),
        ("发文", ("to_decide",)),
        ("续延", ("renewed",)),
    ),
)

VISITED_AT: dict[tuple[str, str], str] = {
    ("renewal", "county_review"): "initial_review",
    ("renewal", "city_review"): "second_review",
}
APPLIED: tuple[str, ...] = ("renewal",)
