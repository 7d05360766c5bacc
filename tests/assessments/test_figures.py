"""Mean, spread and outliers (§6, T53): what the meeting sees, computed once the review is closed."""

from decimal import Decimal

import pytest

from incubator.kernel import clock as portal_clock
from incubator.kernel.database import db
from incubator.kernel.parameters import ParameterValue
from incubator.policy.fields.score_sheet import left_out, mean, outliers
from tests.assessments import steps
from tests.visits.pages import Visitor

TOTALS = [Decimal(x) for x in ("80", "75", "71.5", "95", "60")]


def test_an_outlier_lies_further_from_the_mean_than_the_gap():
    """The mean is 76.30: 95 is 18.7 away, 60 is 16.3, 71.5 is 4.8."""
    assert outliers(TOTALS, Decimal(10)) == [False, False, False, True, True]
    assert outliers(TOTALS, Decimal("16.3")) == [False, False, False, True, False], "as far as the gap is not yet far"
    assert outliers([], Decimal(10)) == []


def test_highest_and_lowest_are_dropped_from_five_on():
    assert mean(TOTALS, drop_extremes=True) == Decimal("75.50") and left_out(5, drop_extremes=True) == 2
    assert mean(TOTALS[:4], drop_extremes=True) == mean(TOTALS[:4]) and left_out(4, drop_extremes=True) == 0
    assert left_out(5, drop_extremes=False) == 0


@pytest.mark.parametrize(("drop", "expected", "out"), [(0, "76.30", 0), (1, "75.50", 2)])
def test_the_province_may_drop_extremes(app, clock, drop, expected, out):
    with app.app_context():
        db.session.add(ParameterValue(key="score_drop_extremes", value=drop, from_on=portal_clock.today(), at=portal_clock.now()))
        db.session.commit()
        case = steps.accepted()
        people = steps.experts(*"甲乙丙丁戊")
        steps.assign(case, people)
        for person, total in zip(people, ("80", "75", "71.5", "95", "60"), strict=True):
            steps.score(case, person, total)
        review = steps.close(case)
        assert (str(review.mean), review.left_out, str(review.spread)) == (expected, out, "35.0")
    page = Visitor(app, "sheng1").get(f"/cases/{case.id}?tab=review")
    assert page.count("偏离较大") == 2 and ("去掉了最高和最低各一份" in page) == bool(drop)
