"""Who may import whom. The sentences themselves stand in pyproject.toml."""

import subprocess
import sys

from tests.architecture.source import ROOT, imports, name, python_files


def test_import_contracts_are_kept():
    """lint-imports reads the contracts; its report says which sentence is broken and where."""
    run = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_policy_imports_the_standard_library_only():
    allowed = sys.stdlib_module_names | {"incubator"}
    foreign = [
        f"{name(path)}:{line} imports {module}"
        for path in python_files("incubator/policy")
        for line, module in imports(path)
        if module.split(".")[0] not in allowed
    ]
    assert not foreign


def test_the_date_oracle_knows_nothing_of_the_portal():
    """The tables of tests/policy/dates are the judge of the calendar: their counter imports the standard library only (P25)."""
    counter = ROOT / "tests" / "policy" / "dates" / "count.py"
    found = [module for _, module in imports(counter)]
    assert found and not [module for module in found if module.split(".")[0] not in sys.stdlib_module_names]
