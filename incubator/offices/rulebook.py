"""Where each article and each rule stands: its pages, the code and the tests that name it, and its flip.

Nothing is kept by hand: permissions say which article a page rests on, sources and tests name rules by their number,
``tests/flips`` says which function carries a rule. Without the folder of tests (an installed portal) the lists of tests
are None.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from incubator.kernel import routing
from incubator.policy.articles import RULES, label_of
from incubator.policy.permissions import PERMISSIONS

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
_NUMBER = re.compile(r"(?<![\w-])(A\d+-\d+[a-z]?|AMB-\d+|R-2\.\d+)(?!\w)")
_RANGE = re.compile(r"(?<![\w-])(A\d+-\d+) to (A\d+-\d+)(?!\w)")
_FLIP = re.compile(r'^([\w.-]+): \{turn: "([^"]+)", test: (\S+)\}', re.M)
_NAMED = re.compile(r"_(?:amb_?(\d\d)|a(\d+)_(\d+[a-z]?))(?=_)")  # test_a9_3_the_title, test_amb_27_returned
_INDEX = "incubator/policy/articles.py"  # lists every rule and carries none


@dataclass(frozen=True)
class Flip:
    """The function whose opposite turns the tests red."""

    turn: str
    test: str


def rules_in(text: str) -> set[str]:
    """The rules that a text names, ranges (A14-1 to A14-4) told out."""
    found = set(_NUMBER.findall(text))
    for first, last in _RANGE.findall(text):
        found |= {rule for rule in RULES if _place(first) <= _place(rule) <= _place(last)}
    return found & set(RULES)


def _place(rule: str) -> tuple[int, ...]:
    """Where a rule of the Measures stands in their order; the others stand in none."""
    match = re.match(r"A(\d+)-(\d+)", rule)
    return tuple(map(int, match.groups())) if match else ()


@lru_cache(maxsize=1)
def code() -> dict[str, list[str]]:
    """Rule → files of the program that name it."""
    files = [*(ROOT / "incubator").rglob("*.py"), *(ROOT / "templates").rglob("*.html")]
    named = ((path.relative_to(ROOT).as_posix(), path.read_text("utf-8")) for path in sorted(files))
    return _by_rule((name, rules_in(text)) for name, text in named if name != _INDEX)


@lru_cache(maxsize=1)
def tests() -> dict[str, list[str]] | None:
    """Rule → tests that name it, as file::test; what a file says of itself stands for the file."""
    if not TESTS.is_dir():
        return None
    found = _by_rule(pair for path in sorted(TESTS.rglob("test_*.py")) for pair in _tests_of(path))
    for rule, flip in flips().items():
        if not any(place.startswith(flip.test) for place in found.setdefault(rule, [])):
            found[rule].append(flip.test)
    return found


def _tests_of(path: Path) -> Iterator[tuple[str, set[str]]]:
    for function, text in _functions(path):
        rules = rules_in(text)
        if function.startswith("test_"):
            named = {f"AMB-{amb}" if amb else f"A{article}-{number}" for amb, article, number in _NAMED.findall(function)}
            yield f"{path.relative_to(ROOT).as_posix()}::{function}", rules | named & set(RULES)
        elif not function:
            yield path.relative_to(ROOT).as_posix(), rules


def _functions(path: Path) -> Iterator[tuple[str, str]]:
    """Each function of a file with its text, decorators included; last what stands outside, without a name."""
    text = path.read_text("utf-8")
    rest = text.splitlines()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)]) - 1
            yield node.name, "\n".join(rest[first : node.end_lineno])
            rest[first : node.end_lineno] = [""] * (node.end_lineno - first)
    yield "", "\n".join(rest)


@lru_cache(maxsize=1)
def own_pages() -> dict[str, list[str]]:
    """Rule → endpoints whose view names it, and templates that do."""
    return _by_rule((place, rules_in(text)) for place, text in _texts_of_pages())


def _by_rule(named: Iterable[tuple[str, set[str]]]) -> dict[str, list[str]]:
    found = defaultdict(list)
    for place, rules in named:
        for rule in rules:
            found[rule].append(place)
    return dict(found)


@lru_cache(maxsize=1)
def flips() -> dict[str, Flip]:
    """Rule → its flip; empty without the folder of tests."""
    table = TESTS / "flips" / "flips.yaml"
    return {rule: Flip(turn, test) for rule, turn, test in _FLIP.findall(table.read_text("utf-8"))} if table.is_file() else {}


def pages(article: str) -> list[str]:
    """What rests on an article: endpoints by the article of their permission, views and templates that cite it."""
    found = defaultdict(set)
    for (endpoint, method), permission in routing.declared().items():
        if PERMISSIONS[permission].article == article:
            found[endpoint].add(method)
    cited = re.compile(rf"article\(\s*['\"]{re.escape(article)}['\"]|Refused\(\s*['\"]{re.escape(article)}['\"]|{label_of(article)}(?![（\d])")
    for place, text in _texts_of_pages():
        if cited.search(text):
            found[place] |= set()
    return [" ".join([place, "/".join(sorted(found[place]))]).strip() for place in sorted(found)]


@lru_cache(maxsize=1)
def _texts_of_pages() -> list[tuple[str, str]]:
    """The source of each view and of each template."""
    endpoints = {endpoint for endpoint, _ in routing.declared()}
    views = [p for p in sorted((ROOT / "incubator").rglob("*.py")) if "views" in (p.stem, p.parent.name)]
    found = [
        (endpoint, text) for path in views for function, text in _functions(path)
        if (endpoint := f"{path.relative_to(ROOT).parts[1]}.{function}") in endpoints
    ]
    folder = ROOT / "templates"
    return found + [(path.relative_to(ROOT).as_posix(), path.read_text("utf-8")) for path in sorted(folder.rglob("*.html"))]
