"""A test that passes proves a rule only if it goes red when the rule is turned round (reliability §2, honesty)."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from incubator.policy.articles import RULES
from tests.conftest import ROOT
from tests.flips.turn import function_of, table

FLIPS = table()
SHORT = ("A10-1",)


def goes_red(rule: str) -> str:
    """What is wrong with the flip of a rule: empty when its tests fail, as they must."""
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", FLIPS[rule]["test"]],
        cwd=ROOT, env=os.environ | {"FLIP": rule}, capture_output=True, text=True, check=False,
    )
    return "" if run.returncode == 1 else f"{rule}: {run.stdout[-300:]}"


def test_each_flip_names_a_rule_its_function_and_its_tests():
    assert set(FLIPS) <= set(RULES)
    for rule, said in FLIPS.items():
        module, name = function_of(said)
        assert callable(getattr(module, name)), rule
        assert (ROOT / said["test"]).exists(), rule


@pytest.mark.parametrize("rule", SHORT)
def test_a_turned_rule_turns_its_tests_red(rule):
    assert goes_red(rule) == ""


@pytest.mark.promise_full
def test_every_turned_rule_turns_its_tests_red(promise):
    wrong = [fault for rule in FLIPS if (fault := goes_red(rule))]
    print("\n".join(wrong))
    promise("flips", n=len(FLIPS), failures=len(wrong), rules=len(RULES))
