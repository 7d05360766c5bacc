from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incubator.policy.calendar import initial_validity, renewal_validity
from incubator.policy.standing import (
    BASE,
    CLOSED,
    DEMONSTRATION,
    FILED,
    LAPSED,
    PROVISIONAL,
    REVOKED,
    VALID,
    BaseFacts,
    LevelSpan,
    NationalSpan,
    RenewalFiling,
    SanctionSpan,
    ValidityPeriod,
    change_period,
    status,
)


def d(text):
    return date.fromisoformat(text)


def recognised(document, **more):
    span = initial_validity(document)
    return BaseFacts(
        filed_on=document - timedelta(days=90),
        validity=(ValidityPeriod(span.from_on, span.to_on, document),),
        levels=(LevelSpan(BASE, document),),
        **more,
    )


TO_2028 = recognised(d("2023-12-28"))


def test_account_filing_closing():
    facts = BaseFacts(filed_on=d("2026-03-02"))
    assert status(facts, d("2026-03-01")).text == "建账"
    assert status(facts, d("2026-03-02")).text == "备案（培育中）"
    assert status(facts, d("2026-03-02")).state == FILED
    assert not status(facts, d("2026-03-02")).in_force
    closed = replace(facts, closed_on=d("2026-04-01"))
    assert status(closed, d("2026-03-31")).state == FILED
    assert status(closed, d("2026-04-01")).state == CLOSED


def test_t04_in_force_from_the_document_before_the_validity_counts():
    facts = recognised(d("2023-06-15"))
    before = status(facts, d("2023-09-01"))
    assert (before.state, before.label) == (VALID, "有效")
    assert before.note == "有效期自2024-01-01起算"
    assert before.text == "有效（有效期自2024-01-01起算）"
    assert (before.valid_from, before.valid_to) == (d("2024-01-01"), d("2028-12-31"))
    assert status(facts, d("2024-01-01")).text == "有效"
    assert status(facts, d("2023-06-14")).state == FILED
    assert status(facts, d("2023-06-15")).state == VALID


def test_t09_lapsed_the_day_after_expiry():
    assert status(TO_2028, d("2028-12-31")).state == VALID
    lapsed = status(TO_2028, d("2029-01-01"))
    assert lapsed.state == LAPSED
    assert lapsed.label == "期满未续延"
    assert lapsed.level is None
    assert not lapsed.in_force
    assert lapsed.recognised_before


def test_t11_provisional_until_approved_then_retroactive():
    pending = replace(TO_2028, renewals=(RenewalFiling(d("2028-12-20")),))
    assert status(pending, d("2028-12-31")).state == VALID
    waiting = status(pending, d("2029-01-01"))
    assert (waiting.state, waiting.text) == (PROVISIONAL, "有效（续延审核中）")
    assert waiting.level == BASE
    span = renewal_validity(d("2028-12-31"))
    approved = replace(
        TO_2028,
        validity=(*TO_2028.validity, ValidityPeriod(span.from_on, span.to_on, d("2029-02-10"))),
        renewals=(RenewalFiling(d("2028-12-20"), d("2029-02-10")),),
    )
    assert status(approved, d("2029-02-09")).state == PROVISIONAL
    renewed = status(approved, d("2029-02-10"))
    assert (renewed.state, renewed.valid_from, renewed.valid_to) == (VALID, d("2029-01-01"), d("2031-12-31"))
    assert status(approved, d("2031-12-31")).state == VALID
    assert status(approved, d("2032-01-01")).state == LAPSED


def test_renewal_approved_early_leaves_the_running_period_shown():
    span = renewal_validity(d("2028-12-31"))
    facts = replace(
        TO_2028, validity=(*TO_2028.validity, ValidityPeriod(span.from_on, span.to_on, d("2028-11-05")))
    )
    running = status(facts, d("2028-12-01"))
    assert (running.text, running.valid_to) == ("有效", d("2028-12-31"))
    assert status(facts, d("2029-01-01")).valid_to == d("2031-12-31")


def test_t12_refused_renewal_ends_the_provisional_standing():
    refused = replace(TO_2028, renewals=(RenewalFiling(d("2028-12-20"), d("2029-02-10")),))
    assert status(refused, d("2029-02-09")).state == PROVISIONAL
    assert status(refused, d("2029-02-10")).state == LAPSED


@pytest.mark.parametrize(("filed", "state"), [
    ("2028-12-31", PROVISIONAL), ("2029-01-01", LAPSED), ("2028-10-01", PROVISIONAL), ("2028-09-30", LAPSED),
])
def test_only_a_renewal_filed_in_its_window_carries_on(filed, state):
    facts = replace(TO_2028, renewals=(RenewalFiling(d(filed)),))
    assert status(facts, d("2029-01-02")).state == state


def test_t14_promotion_keeps_the_validity():
    facts = replace(TO_2028, levels=(
        LevelSpan(BASE, d("2023-12-28"), d("2026-05-09")), LevelSpan(DEMONSTRATION, d("2026-05-10")),
    ))
    assert status(facts, d("2026-05-09")).level == BASE
    promoted = status(facts, d("2026-05-10"))
    assert (promoted.level, promoted.valid_to) == (DEMONSTRATION, d("2028-12-31"))


def test_t16_legacy_end_unknown():
    facts = BaseFacts(validity=(ValidityPeriod(d("2015-01-01"), None, d("2014-06-01")),))
    standing = status(facts, d("2040-01-01"))
    assert (standing.state, standing.note, standing.valid_to) == (VALID, "有效期待核定", None)


def test_revocation_goes_before_everything_from_its_date():
    facts = replace(TO_2028, revoked_on=d("2025-03-31"), renewals=(RenewalFiling(d("2028-12-20")),))
    assert status(facts, d("2025-03-30")).state == VALID
    revoked = status(facts, d("2025-03-31"))
    assert (revoked.state, revoked.label, revoked.level) == (REVOKED, "已撤销", None)
    assert status(facts, d("2029-01-01")).state == REVOKED


def test_t89_t90_funds_are_closed_during_rectification():
    facts = replace(
        TO_2028,
        sanctions=(SanctionSpan("rectification", d("2025-06-16"), d("2026-01-10"), d("2026-06-16")),),
    )
    assert status(facts, d("2025-06-15")).funds_open
    during = status(facts, d("2025-12-01"))
    assert during.rectifying
    assert during.in_force
    assert not during.funds_open
    assert during.rectification_due == d("2026-06-16")
    assert status(facts, d("2026-01-11")).funds_open
    warned = replace(TO_2028, sanctions=(SanctionSpan("warning", d("2025-06-16")),))
    assert status(warned, d("2025-12-01")).funds_open


def test_national_title_changes_nothing_else():
    facts = replace(TO_2028, national=(NationalSpan("国家示范基地", d("2026-01-01"), d("2028-12-31")),))
    with_title, without = status(facts, d("2027-01-01")), status(TO_2028, d("2027-01-01"))
    assert with_title.national == "国家示范基地"
    assert replace(with_title, national=None) == without


def test_amb07_changes_count_in_the_period_of_their_approval():
    span = renewal_validity(d("2028-12-31"))
    first = TO_2028.validity[0]
    second = ValidityPeriod(span.from_on, span.to_on, d("2028-11-05"))
    facts = replace(TO_2028, validity=(first, second))
    assert change_period(facts, d("2023-12-29")) is first
    assert change_period(facts, d("2028-12-31")) is first
    assert change_period(facts, d("2029-01-01")) is second
    assert change_period(facts, d("2023-12-27")) is None


dates = st.dates(date(2024, 1, 1), date(2045, 12, 31))


@given(dates, st.integers(0, 8000), st.integers(0, 8000))
def test_after_revocation_nothing_returns(document, to_revocation, later):
    revoked = document + timedelta(days=to_revocation)
    facts = replace(recognised(document), revoked_on=revoked)
    assert status(facts, revoked + timedelta(days=later)).state == REVOKED


@given(dates, st.integers(-400, 4000))
def test_in_force_exactly_from_document_to_last_day(document, offset):
    facts, on = recognised(document), document + timedelta(days=offset)
    assert status(facts, on).in_force == (document <= on <= initial_validity(document).to_on)
