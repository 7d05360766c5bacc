"""`flask articles`: each rule that is carried out has a test that names it; which have no flip is said."""

from __future__ import annotations

import pytest

from incubator.offices import rulebook
from incubator.policy.articles import ARTICLES, RULES
from tests.conftest import ROOT
from tests.flips.turn import table

UNTURNED = ROOT / "tests" / "flips" / "unturned.txt"


def unturned() -> list[str]:
    return " ".join(line for line in UNTURNED.read_text("utf-8").splitlines() if not line.startswith("#")).split()


def test_ranges_and_single_rules_are_read():
    assert rulebook.rules_in("Article 14 (A14-1 to A14-4, AMB-18); R-2.10, and A7-1a") == {
        "A14-1", "A14-2", "A14-3", "A14-4", "AMB-18", "R-2.10", "A7-1a"}
    assert rulebook.rules_in("A16-5 to A17-2") == {"A16-5", "A16-6", "A17-1", "A17-2"}
    assert rulebook.rules_in("AMB-99, XA7-1, A7-12") == set()


def test_every_rule_with_code_has_a_test_that_names_it():
    assert len(rulebook.code()) > 130
    assert [rule for rule in RULES if rule in rulebook.code() and rule not in rulebook.tests()] == []


def test_flips_are_those_of_the_table_and_the_rest_is_listed():
    """The list shrinks: a rule that gets a flip is taken out of it, and none is put in silently."""
    assert {rule: (flip.turn, flip.test) for rule, flip in rulebook.flips().items()} == {
        rule: (said["turn"], said["test"]) for rule, said in table().items()}
    assert unturned() == [rule for rule in RULES if rule not in rulebook.flips()]
    assert len(unturned()) <= 113


def test_the_command_lists_articles_pages_rules_tests_and_flips(sqlite_app):
    shown = sqlite_app.test_cli_runner().invoke(args=["articles"])
    assert shown.exit_code == 0, shown.output
    lines = shown.output.splitlines()
    assert {article.label for article in ARTICLES.values()} <= {line.split("  ")[0] for line in lines}
    own = lines[lines.index(f"    A10-1  {RULES['A10-1'].summary}") :]
    rule = own[1 : next(n for n, line in enumerate(own[1:], 1) if not line.startswith("        "))]
    assert "        code  incubator/policy/calendar.py" in rule
    assert "        test  tests/recognitions/test_walk.py::test_one_document_for_a_base_of_every_kind_of_route" in rule
    assert "        flip  incubator.policy.calendar:initial_validity, tests/policy/test_calendar.py" in rule
    plaques = lines[lines.index(next(line for line in lines if line.startswith(ARTICLES["8"].label))) :]
    assert any(line.startswith("    page  ") for line in plaques[:80])


def test_without_the_folder_of_tests_it_says_so(sqlite_app, monkeypatch, tmp_path):
    for kept in (rulebook.tests, rulebook.flips):
        kept.cache_clear()
    monkeypatch.setattr(rulebook, "TESTS", tmp_path / "none")
    try:
        shown = sqlite_app.test_cli_runner().invoke(args=["articles"])
        assert shown.output.startswith("the folder of tests is not here") and "        test  " not in shown.output
    finally:
        for kept in (rulebook.tests, rulebook.flips):
            kept.cache_clear()


@pytest.mark.parametrize("endpoint", ["inspections.index", "sanctions.index"])
def test_pages_stand_under_the_article_of_their_permission(sqlite_app, endpoint):
    found = {page.split()[0]: code for code in ARTICLES for page in rulebook.pages(code) if " " in page}
    assert endpoint in found
