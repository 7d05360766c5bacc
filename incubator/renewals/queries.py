"""Reads of renewals."""

from sqlalchemy import Date, Integer, cast, literal, null, select

from incubator.bases.facts import dated_facts, standing_of
from incubator.bases.life import told_by
from incubator.bases.models import Base, ValidityPeriod
from incubator.kernel.database import db
from incubator.kernel.workflow import Case, Opinion
from incubator.policy import standing
from incubator.policy.calendar import chinese_date, renewal_window
from incubator.recognitions.queries import words_of
from incubator.renewals.models import Renewal


@dated_facts("renewals", lambda word, from_on, to_on, third: standing.RenewalFiling(from_on, to_on))
def _filings():
    """A renewal filed in time keeps the base in force until it is settled (AMB-26)."""
    return select(Renewal.base_id, literal(""), Renewal.filed_on, Renewal.ended_on, cast(null(), Date))


def _told_renewal(word, from_on, to_on, third):
    yield from_on, "申请续延", f"现有效期到{chinese_date(third)}", ""
    if to_on is not None:
        yield to_on, "续延办结", "", ""


@told_by("renewal", _told_renewal)
def _life():
    return select(
        Renewal.base_id, literal(""), Renewal.filed_on, Renewal.ended_on, Renewal.valid_to, cast(null(), Integer))


def of_cases(case_ids) -> dict[int, Renewal]:
    return {row.case_id: row for row in db.session.scalars(select(Renewal).where(Renewal.case_id.in_(list(case_ids))))}


def approvers(case_ids) -> dict[int, int]:
    """Case → who agreed to it at the province's desk last."""
    return dict(db.session.execute(
        select(Opinion.case_id, Opinion.person_id).where(Opinion.case_id.in_(list(case_ids)), Opinion.outcome == "approve")
        .order_by(Opinion.id)
    ).all())


def of_case(case_id: int) -> Renewal | None:
    return db.session.get(Renewal, case_id)


def period_of(base: Base) -> ValidityPeriod | None:
    """The last period of validity of a base: the one that a renewal follows."""
    return db.session.scalar(
        select(ValidityPeriod).where(ValidityPeriod.base_id == base.id).order_by(ValidityPeriod.to_on.desc()).limit(1)
    )


@words_of("renewal")
def window_words(case: Case) -> str:
    """Until when the renewal may be submitted, or from when."""
    now = standing_of(db.session.get(Base, case.base_id))
    if now.valid_to is None:
        return "有效期待省工信厅核定"
    window = renewal_window(now.valid_to)
    return f"续延申请{chinese_date(window.from_on)}起受理，{chinese_date(window.to_on)} 24:00 截止"
