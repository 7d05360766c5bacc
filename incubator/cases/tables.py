"""Which field table is the form of which kind of case."""

from incubator.policy.fields import FieldTable
from incubator.policy.fields.account_request import ACCOUNT_REQUEST
from incubator.policy.fields.change import CHANGE
from incubator.policy.fields.filing import FILING
from incubator.policy.fields.major_event import MAJOR_EVENT
from incubator.policy.fields.promotion import PROMOTION
from incubator.policy.fields.recognition import RECOGNITION
from incubator.policy.fields.renewal import RENEWAL
from incubator.policy.fields.report import REPORTS
from incubator.policy.procedures import APPLIED
from incubator.rosters.tables import ROSTERS

FORM_TABLES: dict[str, FieldTable] = {
    "account_request": ACCOUNT_REQUEST,
    "filing": FILING,
    "recognition": RECOGNITION,
    **REPORTS,
    "promotion": PROMOTION,
    "renewal": RENEWAL,
    "change": CHANGE,
    "major_event": MAJOR_EVENT,
}


# inspections, rectifications and revocations have rows and papers, and no form of the applicant's
NO_FORM = FieldTable("none", "没有申请表", (), ())


def form_table(kind: str) -> FieldTable:
    """The form of a kind of case; an empty one where nothing is filled in."""
    return FORM_TABLES.get(kind, NO_FORM)


# the rosters that a submission of a kind freezes beside its form (§8.7, §8.9)
FORM_ROSTERS: dict[str, tuple[str, ...]] = dict.fromkeys(APPLIED, ("tenants", "team"))


def remark_choices(kind: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Fields and rosters that a remark can be anchored to, by group (A7-11); none where there is no form."""
    if kind not in FORM_TABLES:
        return []
    table = form_table(kind)
    rosters = [(f"roster-{key}", ROSTERS[key].title) for key in FORM_ROSTERS.get(kind, ())]
    return [
        *((title, [(f.name, f.label) for f in table.in_group(key)]) for key, title, _ in table.groups),
        *([("名册", rosters)] if rosters else []),
    ]
