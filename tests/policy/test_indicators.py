"""§7.4 T77–T80 and the other checks on the figures of a report; balances by property."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incubator.policy import indicators
from incubator.policy.fields import clean
from incubator.policy.fields.report import ANNUAL_REPORT, QUARTERLY_REPORT, TYPED_OF_A_QUARTER

Q_AUTO = {
    "t_begin": 20, "t_new": 3, "t_grad": 1, "t_exit": 2, "t_end": 20, "t_count": 18, "t_small": 19, "grad_cum": 7,
    "area_used": Decimal("900.00"), "occupancy": Decimal("30.0"), "jobs_end": 120, "jobs": 110, "jobs_cum": 300, "team_n": 5,
    "mentor_n": 3, "svc_ent_times": 12, "train_n": 2, "train_p": 60, "match_n": 1, "fin_n": 0, "fin_amt": Decimal("0.00"),
    "safe_n": 1, "haz_n": 2, "haz_fixed": 2,
}
Q_TYPED = {
    "heads": [{"tenant": "1", "name": "甲", "jobs": "120"}], "jobs_grad": "10", "jobs_vet": "2", "jobs_return": "5", "t_revenue": "100", "t_tax": "5", "rent_relief": "3",
    "maker_visits": "40", "incident": "false", "filler": "刘思远", "filler_phone": "13800000017", "in_charge": "张建国",
    "pledge": "true",
}


def quarter(auto=(), context=(), **typed):
    return clean(QUARTERLY_REPORT, Q_TYPED | typed, context={"computed": Q_AUTO | dict(auto), **dict(context)})


def errors(read) -> dict[str, str]:
    return {p.field: p.message for p in read.errors}


def test_a_quiet_quarter_passes():
    read = quarter()
    assert read.ok and not read.warnings


def test_seven_figures_are_typed_in_a_quarter():
    numbers = [f.name for f in QUARTERLY_REPORT.fields if f.source == "typed" and f.kind in ("int", "decimal") and f.required]
    assert tuple(sorted(numbers)) == tuple(sorted(TYPED_OF_A_QUARTER)) and len(numbers) == 7


def test_t77_the_end_is_what_the_beginning_and_the_movements_make():
    wrong = errors(quarter({"t_end": 21}))
    assert list(wrong) == ["t_end"] and "应为 20 户" in wrong["t_end"]


def test_t78_cumulative_figures_do_not_fall():
    assert "累计毕业企业上期 7 户，本期 6 户" in errors(quarter({"grad_cum": 6}, {"before": {"grad_cum": 7}}))["grad_cum"]
    assert quarter({"grad_cum": 7}, {"before": {"grad_cum": 7}}).ok
    assert "jobs_cum" in errors(quarter({"jobs_cum": 299}, {"before": {"jobs_cum": 300}}))


def test_t78_money_raised_in_all_years_does_not_fall_and_holds_this_years():
    before = {"before": {"fin_n_cum": 4, "fin_amt_cum": Decimal("120.50")}}
    told = errors(year(context=before))
    assert set(told) == {"fin_n_cum", "fin_amt_cum"} and "上期 120.5 万元，本期 100 万元" in told["fin_amt_cum"]
    assert year(context=before, fin_n_cum="4", fin_amt_cum="120.50").ok
    assert "当年获投融资金额 50 万元，多于累计 49.99 万元" in errors(year(fin_amt_cum="49.99"))["fin_amt"]


@pytest.mark.parametrize(("now", "asked"), [("130", False), ("130.01", True), ("70", False), ("69.99", True), ("350", True)])
def test_t79_more_than_30_percent_asks_for_a_reason(now, asked):
    read = quarter(context={"before": {"t_revenue": Decimal("100")}}, t_revenue=now)
    assert bool(read.warnings) is asked and ("reason-t_revenue" in errors(read)) is asked
    told = quarter(context={"before": {"t_revenue": Decimal("100")}}, t_revenue=now,
                   reasons=[{"figure": "t_revenue", "reason": "两户企业新签大额合同"}])
    assert told.ok and bool(told.warnings) is asked


@pytest.mark.parametrize(("now", "said"), [("1000", "本期按千元"), ("1000000", "本期按元"), ("10", "上期按千元"), ("0.01", "上期按元"), ("350", "增加了 250%")])
def test_another_unit_is_told_by_its_order_of_magnitude(now, said):
    [asked] = [w for w in quarter(context={"before": {"t_revenue": Decimal("100")}}, t_revenue=now).warnings if w.field == "t_revenue"]
    assert said in asked.message


def test_parts_are_at_most_their_whole():
    assert "多于期末从业人员 120 人" in errors(quarter(jobs_grad="100", jobs_vet="20", jobs_return="1"))["jobs_grad"]
    assert quarter(jobs_grad="100", jobs_vet="20", jobs_return="0").ok
    assert "haz_fixed" in errors(quarter({"haz_fixed": 3})) and "t_count" in errors(quarter({"t_count": 21}))


def test_what_else_is_asked_about():
    read = quarter({"area_used": Decimal("3051")}, {"area_incub": Decimal("3050"), "twins": ["长春甲公司"]}, t_tax="101")
    assert {w.field for w in read.warnings} == {"area_used", "t_count", "t_tax"}
    assert {f.removeprefix("reason-") for f in errors(read)} == {"area_used", "t_count", "t_tax"}


def test_an_accident_is_described_and_the_pledge_is_given():
    assert "incident_note" in errors(quarter(incident="true")) and "pledge" in errors(quarter(pledge="false"))


Y_AUTO = {
    "t_begin": 10, "t_new": 10, "t_grad": 1, "t_exit": 2, "t_end": 17, "t_count": 15, "grad_cum": 7, "jobs_end": 120,
    "jobs_cum": 300, "fin_n": 1, "fin_amt": Decimal("50.00"), "svc": [],
}
Y_TYPED = {
    "inc_total": "100", "inc_service": "60", "inc_property": "30", "inc_invest": "0", "inc_other": "10", "profit": "-3", "tax": "4",
    "subsidy": "0", "asset_g": "200", "asset_n": "150", "fund": "20", "area_total": "3620", "area_incub": "3000",
    "area_public": "500", "area_maker": "60", "area_office": "40", "area_other": "20", "staff_total": "8", "staff_college": "6",
    "staff_prof": "4", "staff_trained": "3", "t_revenue": "400", "t_tax": "20", "t_rd": "5", "t_subsidy": "0", "fin_n_cum": "3",
    "fin_amt_cum": "100", "ip_total": "9", "ip_invent": "2", "n_tech": "3", "n_high": "1", "n_special": "0", "n_above": "0",
    "sat_n": "17", "sat_rate": "98", "safety_year": "检查四次，没有事故", "incident": "false", "decl_tenants": "true",
    "summary": "全年新入孵十户，毕业一户，服务企业四十八户次，培训八场。", "filler": "刘思远", "filler_phone": "13800000017",
    "in_charge": "张建国", "pledge": "true",
}


def year(auto=(), context=(), **typed):
    return clean(ANNUAL_REPORT, Y_TYPED | typed, context={"computed": Y_AUTO | dict(auto), **dict(context)})


QUARTERS = [{"t_new": n, "t_end": 17} for n in (3, 3, 3, 0)]


def test_t80_a_year_that_is_not_the_sum_of_its_quarters_is_explained():
    read = year(context={"quarters": QUARTERS})
    assert "新入孵全年 10 户，各季合计 9 户" in errors(read)["diff_note"] and [w.field for w in read.warnings] == ["diff_note"]
    assert year(context={"quarters": QUARTERS}, diff_note="一户补登在第四季度之后").ok
    assert year({"t_new": 9, "t_end": 16}, {"quarters": [q | {"t_end": 16} for q in QUARTERS]}).ok


def test_a_year_is_measured_by_the_quarters_that_were_reported():
    """AMB-36: sent before its last quarter, the end of the third is not held against it, and the sum says what it is of."""
    before_the_last = {"quarters": [*QUARTERS[:3], {}]}
    assert errors(year({"t_end": 17, "t_new": 11}, before_the_last))["diff_note"].startswith("新入孵全年 11 户，已报的 3 季合计 9 户")
    assert year({"t_new": 9, "t_end": 16, "t_count": 16}, before_the_last).ok


def test_after_a_skipped_period_the_last_report_is_named():
    known = {"before": {"t_revenue": Decimal("100"), "grad_cum": 8}, "before_label": "2026年第一季度"}
    told = errors(quarter(context=known, t_revenue="350"))
    assert "累计毕业企业2026年第一季度 8 户，本期 7 户" in told["grad_cum"] and "2026年第一季度 100 万元" in told["reason-t_revenue"]
    assert "像是2026年第一季度按千元填的" in errors(quarter(context=known, t_revenue="10"))["reason-t_revenue"]


def test_sums_and_parts_of_a_year():
    assert year().ok
    assert "各项相加是 100 万元" in errors(year(inc_total="101"))["inc_total"]
    assert {"asset_n"} == set(errors(year(asset_n="200.01"))) and {"area_incub"} == set(errors(year(area_other="80.01")))  # 3000 + 500 + 40 + 80 = 3620: the maker space is within the 500
    assert {"staff_college"} == set(errors(year(staff_college="9"))) and {"ip_invent"} == set(errors(year(ip_invent="10")))


def test_amb40_a_change_of_more_than_a_tenth_is_of_substance():
    assert indicators.misstated({"t_revenue": Decimal("100")}, {"t_revenue": Decimal("110")}) == {}
    assert list(indicators.misstated({"t_revenue": Decimal("100")}, {"t_revenue": Decimal("110.01")})) == ["t_revenue"]
    assert indicators.misstated({"grad_cum": 0}, {"grad_cum": 1}) == {"grad_cum": 1} and not indicators.misstated({}, {"t_end": 3})


heads = st.dictionaries(st.integers(1, 40), st.integers(0, 500), max_size=30)
counts = st.integers(0, 500)


@given(counts, counts, counts, counts)
def test_the_balance_holds_for_what_it_makes_and_for_nothing_else(begin, new, graduated, left):
    end = indicators.closing(begin, new, graduated, left)
    row = dict(zip(indicators.BALANCE, (begin, new, graduated, left, end), strict=True))
    assert not list(indicators.balance(row, {}))
    for slip in (-1, 1):
        assert [p.field for p in indicators.balance(row | {"t_end": end + slip}, {})] == ["t_end"]


@given(heads, heads)
def test_cumulative_jobs_grow_by_increases_alone(before, after):
    added = indicators.increases(before, after)
    assert added >= 0 and added >= sum(after.values()) - sum(before.values())
    assert indicators.increases(before, before) == 0 and indicators.increases({}, after) == sum(after.values())
    assert not list(indicators.never_falls({"jobs_cum": indicators.jobs_cum(50, added)}, {"before": {"jobs_cum": 50}}))


@given(st.decimals("0.01", "100000", places=2), st.decimals("0", "100000", places=2))
def test_a_reason_is_asked_for_exactly_beyond_30_percent(last, now):
    asked = list(indicators.jumps("t_revenue", "收入")({"t_revenue": now}, {"before": {"t_revenue": last}}))
    assert bool(asked) == (not Decimal("0.7") * last <= now <= Decimal("1.3") * last)
