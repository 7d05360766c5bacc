"""The two rosters side by side: field table, row, version row and the words that differ. All else is the same."""

import json
from dataclasses import dataclass

from incubator.kernel.errors import Refused
from incubator.policy.fields import FieldTable
from incubator.policy.fields.team import TEAM
from incubator.policy.fields.tenant import TENANT
from incubator.rosters.models import TeamChange, TeamMember, Tenant, TenantChange


@dataclass(frozen=True)
class Roster:
    """One roster. ``later`` are proofs that may follow after the row (a J rule never blocks it, domain §1)."""

    key: str
    noun: str
    title: str
    counter: str
    table: FieldTable
    model: type
    change: type
    number: str
    twice: tuple[str, str, str]
    article: str
    later: tuple[str, ...] = ()

    def refuse_twice(self) -> Refused:
        return Refused(*self.twice, field=self.number)


TENANTS = Roster(
    "tenants", "企业", "在孵企业名册", "户", TENANT, Tenant, TenantChange, "uscc",
    ("5(4)", "名册中已有同一代码的在孵企业", "修改原有的一行，不另加行"), "5(4)",
)
PEOPLE = Roster(
    "team", "人员", "服务团队和辅导员名册", "人", TEAM, TeamMember, TeamChange, "idno",
    ("5(3)", "名册中已有这个人", "两者兼任的在原有一行改类别，不另加行"), "5(3)", later=("insurance",),
)
ROSTERS = {r.key: r for r in (TENANTS, PEOPLE)}


def values_of(roster: Roster, row) -> dict:
    """The typed values of a row, as policy reads them."""
    return {f.name: _out(f.kind, getattr(row, f.name)) for f in kept_fields(roster)}


def put(roster: Roster, row, values: dict) -> None:
    """Write typed values into the columns of a row."""
    for field in kept_fields(roster):
        setattr(row, field.name, _in(field.kind, values.get(field.name)))


def kept_fields(roster: Roster):
    return [f for f in roster.table.fields if f.source == "typed"]


def _out(kind: str, value):
    if kind == "file":
        return [value] if value else []
    return json.loads(value) if kind == "multi" else value


def _in(kind: str, value):
    if kind == "file":
        return value[0] if value else None
    if kind == "multi":
        return json.dumps(value or [], ensure_ascii=False)
    return None if value == "" else value
