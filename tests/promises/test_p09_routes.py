"""P9 leaves out nothing: every writing route of the program is an act that was made to fail, or says why there is none."""

from tests.changes import test_record as changes
from tests.promises import test_p09, test_p09_reports, test_p09_review
from tests.sanctions import test_record as sanctions

TABLES = (test_p09, test_p09_review, test_p09_reports)

# acts of tests/changes/test_record.py and tests/sanctions/test_record.py, by route
ELSEWHERE = {
    "changes.start": changes._open, "changes.edit": changes._submit, "changes.approve": changes._approve,
    "changes.implement": changes._implement, "changes.dispatch": changes._dispatch,
    "inspections.new": sanctions._plan, "inspections.conclude": sanctions._conclude,
    "decisions.new": sanctions._rectify, "sanctions.report": sanctions._report, "sanctions.direct": sanctions._direct,
    "sanctions.notify": sanctions._tell, "sanctions.defend": sanctions._defend, "sanctions.follow_up": sanctions._follow,
    "sanctions.serve": sanctions._serve, "sanctions.issue_list": sanctions._list,
}
# their events are shown by their modules' tests; that nothing is left when the record fails is not shown for each yet
NOT_YET = {
    "changes.autosave", "changes.autosave_event", "changes.comment", "changes.confirm_profile", "changes.correct_for", "changes.edit_event",
    "changes.implement_for", "changes.open_for", "changes.profile", "changes.report_event", "changes.verify_event",
    "changes.withdraw_for", "insight.ahead_remind",
    "inspections.add_finding", "inspections.adhoc", "inspections.arrange", "inspections.confirm", "inspections.draw",
    "inspections.explain", "inspections.take_lead", "inspections.withdraw_finding",
    "legacy.accounts", "legacy.city", "legacy.import_page", "legacy.normalise_name", "legacy.settle_end", "legacy.strike",
    "sanctions.answer", "sanctions.apply", "sanctions.checks", "sanctions.contract", "sanctions.export",
    "sanctions.open_application", "sanctions.propose", "sanctions.tax_stop", "sanctions.waive",
}


def _told() -> list[str]:
    return [route for table in TABLES for route in (*table.ROUTES, *table.NO_EVENT)]


def test_every_writing_route_is_an_act_or_says_why_not(sqlite_app):
    writing = {r.endpoint for r in sqlite_app.url_map.iter_rules() if r.methods - {"GET", "HEAD", "OPTIONS"}}
    told = _told()
    assert len(told) == len(set(told)), "a route stands in two tables"
    assert not NOT_YET & {*told, *ELSEWHERE}
    assert writing == {*told, *ELSEWHERE} | NOT_YET


def test_every_act_of_the_tables_is_tried():
    assert {act for acts in test_p09.ROUTES.values() for act in acts} <= set(test_p09.ACTS)
    for table in TABLES[1:]:
        assert {act for acts in table.ROUTES.values() for act in acts} == set().union(*table.WALKS.values())
    tried = {*sanctions.ACTS.values(), *changes.ACTS}
    assert set(ELSEWHERE.values()) <= tried
