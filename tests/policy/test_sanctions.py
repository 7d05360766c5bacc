"""Downgrade, rectification and revocation as rules (第十五至十七条; T87, T89, T94, T96; AMB-15)."""

from datetime import date, timedelta

import pytest

from incubator.policy import sanctions as policy
from incubator.policy.calendar import rectification_end
from incubator.policy.procedures import PROCEDURES, TERMINATE, TERMINATED
from incubator.policy.standing import BaseFacts, LevelSpan, SanctionSpan, ValidityPeriod, status


def weekday(day: date) -> bool:
    return day.weekday() < 5


VALID = ValidityPeriod(date(2024, 1, 1), date(2028, 12, 31), date(2023, 11, 20))


def base(*sanctions, revoked=None, validity=VALID):
    return BaseFacts(filed_on=date(2023, 5, 1), validity=(validity,), levels=(LevelSpan("base", date(2023, 11, 20)),),
                     sanctions=sanctions, revoked_on=revoked)


NOTICE = SanctionSpan("rectification", date(2025, 6, 16), None, date(2026, 6, 16))


def test_a_year_ends_on_the_corresponding_day():
    """T87: 2025-06-16 → 2026-06-16; from the 17th the county owes a proposal. A Saturday rolls to Monday."""
    assert rectification_end(date(2025, 6, 16), weekday) == date(2026, 6, 16)
    assert rectification_end(date(2025, 6, 13), weekday) == date(2026, 6, 15)
    assert not policy.expired(date(2026, 6, 16), date(2026, 6, 16)) and policy.expired(date(2026, 6, 16), date(2026, 6, 17))


@pytest.mark.parametrize(("on", "open_"), [(date(2025, 6, 15), True), (date(2025, 6, 16), False), (date(2025, 12, 1), False)])
def test_no_funds_while_it_is_being_put_right(on, open_):
    """T89: not eligible on 2025-12-01."""
    assert (policy.funds_refusal(status(base(NOTICE), on)) is None) is open_


def test_funds_from_the_day_after_acceptance():
    """T89, T90: accepted on 2026-01-10, that day is the last of the sanction."""
    closed = SanctionSpan("rectification", date(2025, 6, 16), date(2026, 1, 10), date(2026, 6, 16))
    assert policy.funds_refusal(status(base(closed), date(2026, 1, 10))).reason.startswith("整改期间")
    assert policy.funds_refusal(status(base(closed), date(2026, 1, 11))) is None


def test_no_funds_for_who_is_not_in_force():
    assert "已撤销" in policy.funds_refusal(status(base(revoked=date(2026, 3, 1)), date(2026, 3, 1))).reason
    assert "期满未续延" in policy.funds_refusal(status(base(), date(2029, 1, 1))).reason


@pytest.mark.parametrize(("on", "may"), [(date(2026, 6, 16), False), (date(2026, 6, 17), True)])
def test_the_county_proposes_from_the_day_after_the_end(on, may):
    assert (policy.proposal_refusal(policy.EXPIRED, status(base(NOTICE), on), on) is None) is may


def test_a_lapse_is_a_reason_and_being_in_force_is_none():
    lapsed = date(2029, 1, 1)
    assert policy.proposal_refusal(policy.LAPSE, status(base(), lapsed), lapsed) is None
    assert policy.proposal_refusal(policy.LAPSE, status(base(), date(2028, 12, 31)), date(2028, 12, 31)) is not None
    revoked = status(base(revoked=date(2026, 1, 1)), date(2026, 6, 1))
    assert "已经撤销" in policy.proposal_refusal(policy.LAPSE, revoked, date(2026, 6, 1)).reason


def test_the_county_has_thirty_days():
    assert policy.proposal_due(date(2026, 6, 16), 30, weekday).due_on == date(2026, 7, 16)
    assert policy.proposal_due(date(2026, 6, 4), 30, weekday).due_on == date(2026, 7, 6)  # a Saturday


def test_a_direct_revocation_has_a_ground_and_somebody_to_revoke():
    now = status(base(), date(2026, 6, 1))
    assert policy.direct_refusal(["16(2)2"], now) is None
    assert policy.direct_refusal([], now) is not None and policy.direct_refusal(["15(1)"], now) is not None
    assert policy.direct_refusal(["16(2)2"], status(BaseFacts(filed_on=date(2023, 5, 1)), date(2026, 6, 1))) is not None


def test_the_base_is_told_and_heard_before():
    """A16-4: five working days; the decision from the day after."""
    until = policy.defence_until(date(2026, 6, 5), 5, weekday)  # a Friday
    assert until == date(2026, 6, 12)
    told = policy.Heard(date(2026, 6, 5), until)
    assert "还没有事先告知" in policy.hearing_refusal(False, policy.Heard(), until).reason
    assert "6月12日" in policy.hearing_refusal(False, told, until).reason
    assert policy.hearing_refusal(False, told, until + timedelta(days=1)) is None
    asked = policy.Heard(date(2026, 6, 5), until, unanswered=1)
    assert "没有答复" in policy.hearing_refusal(False, asked, until + timedelta(days=1)).reason
    assert policy.hearing_refusal(False, policy.Heard(waived_reason="基地下落不明，已公告送达"), until) is None
    assert policy.hearing_refusal(True, policy.Heard(), until) is None


@pytest.mark.parametrize(("revoked_on", "stop"), [
    (date(2025, 3, 31), date(2025, 4, 1)), (date(2025, 4, 1), date(2025, 5, 1)), (date(2025, 12, 15), date(2026, 1, 1)),
])
def test_relief_ends_with_the_month_after(revoked_on, stop):
    """T94; another law may say another day, and both are kept."""
    assert policy.tax_stop_of(revoked_on) == policy.TaxStop(stop, stop)
    other = policy.tax_stop_of(revoked_on, date(2025, 1, 1), "财税〔2018〕120号第一条")
    assert (other.computed, other.holds, other.why) == (stop, date(2025, 1, 1), "财税〔2018〕120号第一条")


def test_what_cannot_be_recovered_says_why():
    """T96."""
    gone = "基地搬离，负责人说已随装修垃圾清走"

    def field(kind, done_on, reason, **more):
        lack = policy.follow_up_refusal(kind, done_on, reason, **{"decided_on": DECIDED, "proof": True, "condition": "完好"} | more)
        return lack and lack[0]

    assert field(policy.RECOVERY, None, "") == "unable_reason"
    assert field(policy.RECOVERY, None, "丢了找不到") == "unable_reason"
    assert field(policy.RECOVERY, None, gone, proof=False, condition="") is None
    assert field(policy.RECOVERY, DECIDED, gone) == "unable_reason"
    assert field(policy.TAX, None, gone) == "unable_reason"


DECIDED = date(2025, 6, 24)


@pytest.mark.parametrize("kind", [policy.RECOVERY, policy.TAX])
def test_what_was_done_is_proved_and_not_of_a_day_before_the_decision(kind):
    """A17-1: no day alone closes the county's duty; the document's own day will do."""
    def field(done_on=DECIDED, proof=True, condition="完好"):
        lack = policy.follow_up_refusal(kind, done_on, "", decided_on=DECIDED, proof=proof, condition=condition)
        return lack and lack[0]

    assert field() is None and field(date(2025, 6, 23)) == "done_on" and field(proof=False) == "file"
    assert field(condition=" ") == ("condition" if kind == policy.RECOVERY else None)


def test_nobody_was_told_before_the_case_came_to_its_decision():
    """A16-4: else the window to speak would be over when it begins."""
    assert policy.notice_refusal(date(2025, 6, 15), date(2025, 6, 16)).article == "16"
    assert policy.notice_refusal(date(2025, 6, 16), date(2025, 6, 16)) is None


PASSED_THROUGH = {("change", "county_opening")}  # what the county files is opened and sent in one act: nothing waits there


@pytest.mark.parametrize("kind", ["rectification", "inspection", "adhoc_inspection", "change", "renewal", "promotion"])
def test_what_is_pending_ends_with_the_base(kind):
    """A16-6: from each state where something waits, by the program alone."""
    table = PROCEDURES[kind]
    for station in table.stations:
        step = table.step(station.state, TERMINATE)
        assert (step is None) is (station.holder == "end" or (kind, station.state) in PASSED_THROUGH)
        if step:
            assert step.to_state == TERMINATED and step.by == "time" and not step.on_page
    assert PROCEDURES["revocation"].step("to_decide", TERMINATE) is None
