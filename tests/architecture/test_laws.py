"""Laws of the house about Python files: length, names, the clock, the environment, where state is decided."""

import ast
import re

import pytest

from tests.architecture.source import ROOT, calls, dotted, imports, name, product_files, python_files, tree

LONGEST = 500
EMPTY_NAMES = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "misc", "stuff"}
CLOCK = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns",
    "time.localtime", "time.gmtime", "func.now", "func.current_timestamp", "func.current_date",
}  # fmt: skip


def test_there_is_something_to_read():
    assert len(product_files()) > 10


def test_no_file_is_longer_than_a_person_reads():
    long = {name(path): lines for path in python_files("incubator") if (lines := _lines(path)) > LONGEST}
    assert not long, f"more than {LONGEST} lines; part them by what they decide"


def _lines(path):
    return len(path.read_text("utf-8").splitlines())


def test_no_module_has_a_name_that_says_nothing():
    empty = [
        name(path)
        for path in product_files()
        if EMPTY_NAMES & {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}
    ]
    assert not empty


def test_only_policy_asks_what_kind_a_case_is():
    """Elsewhere the tables answer: a branch on the kind is a rule that nobody finds again."""
    branches = []
    for path in product_files():
        if name(path).startswith("incubator/policy/"):
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
                sides = [dotted(side) for side in (node.left, *node.comparators)]
                if any(re.fullmatch(r"(\w+\.)*case\w*\.kind", side) for side in sides if side):
                    # Comparing two columns in a query asks nothing about one case.
                    if not all(sides):
                        branches.append(f"{name(path)}:{node.lineno}")
            if isinstance(node, ast.Match) and re.fullmatch(r"(\w+\.)*case\w*\.kind", dotted(node.subject)):
                branches.append(f"{name(path)}:{node.lineno}")
    assert not branches


def test_only_the_clock_reads_the_clock():
    reads = [
        f"{name(path)}:{line} calls {called}"
        for path in product_files()
        if name(path) != "incubator/kernel/clock.py"
        for line, called in calls(path)
        if any(called == clock or called.endswith(f".{clock}") for clock in CLOCK)
    ]
    assert not reads


def test_only_the_settings_read_the_environment():
    reads = []
    for path in product_files():
        for node in ast.walk(tree(path)):
            if dotted(node) in {"os.environ", "os.getenv", "os.environb"}:
                reads.append(f"{name(path)}:{node.lineno} reads {dotted(node)}")
        reads += [
            f"{name(path)}:{line} imports {module}"
            for line, module in imports(path)
            if module in {"os.environ", "os.getenv"}
        ]
    assert not reads


def test_views_reach_rows_through_access_only():
    """A row that a view fetches by its id is a row that anybody may ask for."""
    fetches = [
        f"{name(path)}:{line} calls {called}"
        for path in python_files("incubator")
        if path.name == "views.py" or path.parent.name == "views"
        for line, called in calls(path)
        if re.search(r"(db\.session\.get|\.query\.get|get_or_404|first_or_404|one_or_404)$", called)
    ]
    assert not fetches


def test_no_table_of_policy_names_a_key_twice():
    """In a comprehension over the rows the later of two is kept and nobody hears of the earlier."""
    read, twice = {}, []
    for path in python_files("incubator/policy"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.DictComp) and isinstance(node.generators[0].iter, ast.Tuple):
                rows = [row for row in node.generators[0].iter.elts if isinstance(row, ast.Call) and row.args]
                keys = [row.args[0].value for row in rows if isinstance(row.args[0], ast.Constant)]
                read[f"{name(path)}:{node.lineno}"] = len(keys)
                twice += [f"{name(path)} {key}" for key in sorted(set(keys)) if keys.count(key) > 1]
    assert not twice
    assert sum(number > 10 for number in read.values()) >= 3, f"parameters, duties and permissions are such tables: {read}"


def test_every_refusal_names_its_way_out():
    """Law 10: reason, article and way out; a refusal that leaves one standing is half an answer."""
    silent = []
    for path in product_files():
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call) or dotted(node.func).split(".")[-1] not in ("Refused", "Lack"):
                continue
            if any(isinstance(arg, ast.Starred) for arg in node.args):
                continue
            given = [*node.args[2:3], *(k.value for k in node.keywords if k.arg in ("way_out", "cure_label"))]
            if not given or (isinstance(given[0], ast.Constant) and not given[0].value):
                silent.append(f"{name(path)}:{node.lineno}")
    assert not silent


@pytest.mark.parametrize(
    ("written", "called"),
    [("datetime.now(UTC)", "datetime.now"), ("a.b.get_or_404(1)", "a.b.get_or_404"), ("f()()", "")],
)
def test_the_reader_of_these_laws_can_read(written, called):
    node = ast.parse(written, mode="eval").body
    assert dotted(node.func) == called
