"""Which field table is the form of which kind of case."""

from incubator.policy.fields import FieldTable
from incubator.policy.fields.account_request import ACCOUNT_REQUEST
from incubator.policy.fields.filing import FILING
from incubator.policy.fields.recognition import RECOGNITION

FORM_TABLES: dict[str, FieldTable] = {
    "account_request": ACCOUNT_REQUEST,
    "filing": FILING,
    "recognition": RECOGNITION,
}


def form_table(kind: str) -> FieldTable:
    return FORM_TABLES[kind]


def remark_choices(table: FieldTable) -> list[tuple[str, list[tuple[str, str]]]]:
    """Fields that a remark can be anchored to, by group."""
    return [(title, [(f.name, f.label) for f in table.in_group(key)]) for key, title, _ in table.groups]
