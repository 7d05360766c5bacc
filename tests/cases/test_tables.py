"""Every kind of case answers what its form is."""

from incubator.cases.tables import FORM_TABLES, NO_FORM, form_table
from incubator.policy.procedures import PROCEDURES


def test_a_kind_without_a_form_has_an_empty_one():
    assert {kind for kind in PROCEDURES if form_table(kind) is NO_FORM} == set(PROCEDURES) - set(FORM_TABLES)
    assert form_table("adhoc_inspection").fields == ()
