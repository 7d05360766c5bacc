"""The rosters and records side by side: field table, row, version row and the words that differ. All else is the same."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from incubator.kernel.errors import Refused
from incubator.policy.fields import FieldTable, parse, show
from incubator.policy.fields.activity import ACTIVITY
from incubator.policy.fields.graduate import GRADUATE
from incubator.policy.fields.service import SERVICE, prefilled
from incubator.policy.fields.tax_relief import NOTICE, TAX_RELIEF
from incubator.policy.fields.team import TEAM
from incubator.policy.fields.tenant import TENANT
from incubator.policy.identifiers import subject_of
from incubator.rosters.models import TeamChange, TeamMember, Tenant, TenantChange
from incubator.rosters.records import (
    Activity,
    ActivityChange,
    Graduate,
    GraduateChange,
    ServiceRecord,
    ServiceRecordChange,
    TaxRelief,
    TaxReliefChange,
)


@dataclass(frozen=True)
class Roster:
    """One roster. ``later`` are proofs that may follow after the row (a J rule never blocks it, domain §1).

    ``number`` is the field that occurs once among the rows ("" where rows may be alike) and ``taken`` the name under
    which the table's check finds the others. A record (``struck``) does not leave, it is struck out. ``called``
    names the field by which a row is spoken of, ``by_day`` the date that orders the records; of those ``columns`` are
    shown in the table and ``keyed`` stand in sight while one is written.
    """

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
    taken: str = "taken"
    called: str = "name"
    struck: bool = False
    by_day: str = "in_on"
    prefill: Callable[[Mapping], dict] | None = None
    note: str = ""
    columns: tuple[str, ...] = ()
    keyed: tuple[str, ...] = ()

    def refuse_twice(self) -> Refused:
        return Refused(*self.twice, field=self.number or None)

    @property
    def leaving(self) -> str:
        return "划去" if self.struck else "离开名册"

    def name_of(self, values: Mapping) -> str:
        """How a row is spoken of."""
        return show(self.table.field(self.called), values.get(self.called))


_TWICE = ("13", "这一行刚刚已经登记", "看过名册再添")
TENANTS = Roster(
    "tenants", "企业", "在孵企业名册", "户", TENANT, Tenant, TenantChange, "uscc",
    ("5(4)", "名册中已有同一代码的在孵企业", "修改原有的一行，不另加行"), "5(4)", later=("ec_proof",), taken="active_usccs",
)
PEOPLE = Roster(
    "team", "人员", "服务团队和辅导员名册", "人", TEAM, TeamMember, TeamChange, "idno",
    ("5(3)", "名册中已有这个人", "两者兼任的在原有一行改类别，不另加行"), "5(3)", later=("insurance",), taken="active_idnos",
)
GRADUATES = Roster(
    "graduates", "企业", "毕业企业名册", "户", GRADUATE, Graduate, GraduateChange, "uscc",
    ("6(2)", "毕业企业名册中已有同一代码", "修改原有的一行，不另加行"), "6(2)", later=("proof",), struck=True, by_day="grad_on",
    columns=("in_on", "grad_on", "criterion", "revenue", "jobs", "now_at", "in_province"),
    keyed=("name", "uscc", "in_on", "grad_on", "criterion", "criterion_note", "revenue", "jobs", "in_province", "proof"),
)
SERVICES = Roster(
    "services", "服务", "服务台账", "项", SERVICE, ServiceRecord, ServiceRecordChange, "", _TWICE, "13",
    called="content", struck=True, by_day="served_on", prefill=prefilled,
    columns=("served_on", "kind", "targets", "ent_n", "people", "server", "fee"),
    keyed=("served_on", "kind", "content", "targets", "ent_n", "people", "server", "fee", "matching"),
)
ACTIVITIES = Roster(
    "activities", "活动", "双创活动", "项", ACTIVITY, Activity, ActivityChange, "", _TWICE, "9", later=("proof",),
    struck=True, by_day="held_on", columns=("held_on", "organiser", "role", "level", "people", "result"),
    keyed=("name", "held_on", "organiser", "role", "level", "people", "proof"),
)
TAXES = Roster(
    "taxes", "优惠", "税收优惠登记", "项", TAX_RELIEF, TaxRelief, TaxReliefChange, "", _TWICE, "11",
    called="basis", struck=True, by_day="start_on", note=NOTICE,
    columns=("tax", "qualification", "start_on", "year", "amount", "kept", "separate"),
    keyed=("tax", "tax_note", "basis", "qualification", "qualification_no", "start_on", "year", "amount", "kept", "separate"),
)
ROSTERS = {r.key: r for r in (TENANTS, PEOPLE)}
RECORDS = {r.key: r for r in (GRADUATES, SERVICES, ACTIVITIES, TAXES)}
KEPT = {**ROSTERS, **RECORDS}


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
    return json.loads(value) if kind in ("multi", "files") else value


def _in(kind: str, value):
    if kind == "file":
        return value[0] if value else None
    if kind in ("multi", "files"):
        return json.dumps(value or [], ensure_ascii=False)
    return None if value == "" else value


def with_defaults(roster: Roster, raw: Mapping) -> dict:
    """What follows from other answers where nothing was chosen (§8.7: the subject from the code)."""
    found = {**raw, "status": raw.get("status") or "active"}
    if roster.prefill is not None:
        return roster.prefill(found)
    if roster is TENANTS:
        found["kind"] = raw.get("kind") or "ordinary"
        if not raw.get("subject"):
            code = number_in(roster, raw)
            found["subject"] = subject_of(code) if code else ""
    return found


def number_in(roster: Roster, raw: Mapping) -> str | None:
    """The number that tells rows apart, None where there is none or it cannot be read."""
    if not roster.number:
        return None
    try:
        return parse(roster.table.field(roster.number), raw.get(roster.number))
    except ValueError:
        return None
