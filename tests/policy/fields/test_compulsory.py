"""Which fields are compulsory: domain.md §8 read by hand, and not by the code under test.

Listed are the fields whose row says "req", a condition, or a least number; below them those that a rule of another
section computes from. A judgement may ask, default or demand a reason, and never stops what the Measures allow.
"""

import pytest

from incubator.policy.fields.filing import FILING
from incubator.policy.fields.recognition import BASE_FIELDS, RECOGNITION
from incubator.policy.fields.team import TEAM
from incubator.policy.fields.tenant import TENANT
from incubator.policy.fields.visit import VISIT
from incubator.rosters.tables import PEOPLE

# values under which each condition of the tables holds
RENTED = {"relation": "entrusted", "property_kind": "leased"}
TRADER = {"kind": "ecommerce", "ec_ok": True, "status": "left"}
FULL_TIME = {"employment": "full_time", "category": "both", "status": "left"}

FILING_SAYS = {
    "base_name", "division_code", "address", "investor_type", "investor_name", "investor_idno", "operator_name",
    "operator_uscc", "operator_is_legal", "legal_rep", "relation", "coop_agreement", "coop_agreement_end",
    "property_kind", "property_no", "lease_end", "base_type", "main_industry", "operation_start", "contact_name",
    "contact_phone", "contact_email", "lic_file", "prop_file",
}
FILING_RULES = {"area_total", "area_incub", "area_public"}  # A5-2
RECOGNITION_SAYS = {
    "decl_law", "decl_credit", "decl_property", "decl_dispute", "credit_reports", "credit_report_on", "floor_plan",
    "facilities", "services", "rules_files", "fire_doc", "safety_officer", "last_check", "accidents_3y", "decl_tenants",
    "truth_pledge",
}
RECOGNITION_RULES = {"report_body"}  # A7-7: the default list of the guide
TENANT_SAYS = {"name", "uscc", "kind", "ec_ok", "ec_proof", "industry"}
# A5-6 subject; A13-3 entry and exit; AMB-11 agreement; AMB-12 head count
TENANT_RULES = {"subject", "in_on", "agr_start", "agr_end", "jobs", "status", "out_on", "out_kind"}
# §8.9 marks nothing: who somebody is, in which roster (AMB-13), at which post and since when (A13-3)
TEAM_RULES = {"name", "gender", "idno", "phone", "category", "post", "employment", "in_on", "status", "out_on"}
VISIT_SAYS = {"visitors"}  # at least two
VISIT_RULES = {"visit_kind", "visited_on", "check_rows", "opinion"}  # A7-5: date, people, findings


@pytest.mark.parametrize(("table", "values", "says"), [
    pytest.param(FILING, RENTED, FILING_SAYS | FILING_RULES, id="8.1"),
    pytest.param(RECOGNITION, RENTED, RECOGNITION_SAYS | RECOGNITION_RULES, id="8.2"),
    pytest.param(TENANT, TRADER, TENANT_SAYS | TENANT_RULES, id="8.7"),
    pytest.param(TEAM, FULL_TIME, TEAM_RULES | {"insurance"}, id="8.9"),
    pytest.param(VISIT, {}, VISIT_SAYS | VISIT_RULES, id="8.10"),
])
def test_only_what_the_domain_calls_compulsory_is(table, values, says):
    prefilled = {f.name for f in BASE_FIELDS} if table is RECOGNITION else set()
    asked = {f.name for f in table.fields if f.source == "typed" and f.name not in prefilled and f.is_required(values)}
    assert asked == says


def test_the_insurance_of_full_time_staff_may_follow():
    """§8.9 marks it J: the roster says that it is missing and takes the row all the same."""
    assert PEOPLE.later == ("insurance",) and not TEAM.field("insurance").is_required({"employment": "part_time"})


@pytest.mark.parametrize(("table", "column", "asked"), [
    (RECOGNITION, "services", {"service", "desc", "fee"}),
    (RECOGNITION, "facilities", {"name", "count", "open_to_tenants"}),
    (VISIT, "visitors", {"name", "office"}),
    (VISIT, "base_reps", {"name"}),
])
def test_what_a_line_cannot_do_without(table, column, asked):
    assert {c.name for c in table.field(column).columns if c.is_required({})} == asked
