"""P1, P2 and P3: nobody sees or does what is not theirs; reading changes nothing (reliability §3.1).

The answers stand in tests/permissions.yaml, by hand. Every person of it asks every route, on objects of five
places; whole on PostgreSQL, a sample of the denied requests on SQLite.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import true

from incubator.kernel import access, routing
from incubator.policy.permissions import PERMISSIONS, ROLES
from tests.promises.copied import copied
from tests.promises.matrix import MUTATING, Matrix, Table
from tests.promises.test_p01_roles import told as by_role

pytestmark = pytest.mark.promise("P1")
SAMPLE = 4  # on SQLite one denied cell in so many
TABLE = Table()
MODULES = sorted({line.endpoint.split(".")[0] for line in TABLE.lines})


def _program(app) -> set[tuple[str, str]]:
    return {(r.endpoint, m) for r in app.url_map.iter_rules() for m in r.methods - {"HEAD", "OPTIONS"}}


def test_every_route_and_method_stands_in_the_table(on_sqlite):
    told = {(line.endpoint, line.method) for line in TABLE.lines}
    told |= set(by_role())
    assert _program(on_sqlite.app) - told == set(), "add these to tests/permissions.yaml, by hand"
    assert told - _program(on_sqlite.app) == set(), "these are gone from the program"


def test_the_table_names_only_roles_that_sign_in(on_sqlite):
    assert {who.role for who in TABLE.people} == set(ROLES) - {"service"}
    assert {role for line in TABLE.lines for role in line.allow} <= {who.role for who in TABLE.people}


def _ask_all(matrix: Matrix, lines, everywhere: bool = False, kept=None) -> list[str]:
    """Allowed: 2xx with the object's own canary. Denied: 401, 403 or 404, nothing written. Never a foreign canary."""
    wrong = []
    with kept or matrix.pinned() as pin:
        start = pin.digest()
        for line in lines:
            cells = matrix.cells_of(line, everywhere)
            quiet = [c for c in cells if not (c.allowed and line.method in MUTATING)]
            for cell in quiet:
                wrong += matrix.judge(cell)
            if pin.digest() != start:
                wrong.append(f"{line}: the database is not what it was before")
            pin.undo()
            for cell in (c for c in cells if c not in quiet):
                wrong += matrix.judge(cell)
                pin.undo()
    print("\n".join(wrong))
    return wrong


@pytest.mark.parametrize("module", MODULES)
def test_everybody_asks_every_route(module, on_postgres, clock, promise):
    before = on_postgres.cells
    wrong = _ask_all(on_postgres, [li for li in TABLE.lines if li.endpoint.split(".")[0] == module])
    promise("P1", n=on_postgres.cells - before, failures=len(wrong), module=module, backend="postgresql")


@pytest.mark.promise_full
@pytest.mark.parametrize("module", MODULES)
def test_everybody_asks_every_route_of_every_place(module, on_postgres, clock, promise):
    before = on_postgres.cells
    wrong = _ask_all(on_postgres, [li for li in TABLE.lines if li.endpoint.split(".")[0] == module], everywhere=True)
    promise("P1", n=on_postgres.cells - before, failures=len(wrong), module=module, backend="postgresql", form="full")


@pytest.mark.promise_full
@pytest.mark.parametrize("module", MODULES)
def test_everybody_asks_every_route_on_sqlite(module, on_sqlite, clock, promise):
    before = on_sqlite.cells
    lines = [li for li in TABLE.lines if li.endpoint.split(".")[0] == module]
    wrong = _ask_all(on_sqlite, lines, everywhere=True, kept=copied(on_sqlite))
    promise("P1", n=on_sqlite.cells - before, failures=len(wrong), module=module, backend="sqlite", form="full")


def test_denied_requests_on_sqlite(on_sqlite, clock, promise, db_digest):
    matrix, wrong, before, n = on_sqlite, [], on_sqlite.cells, 0
    start = db_digest(matrix.app)
    with matrix.watched():
        for line in TABLE.lines:
            denied = [c for c in matrix.cells_of(line) if not c.allowed]
            for cell in denied[n % SAMPLE::SAMPLE]:
                wrong += matrix.judge(cell)
            n += 1
    if db_digest(matrix.app) != start:
        wrong.append("the database is not what it was before")
    print("\n".join(wrong))
    promise("P1", n=matrix.cells - before, failures=len(wrong), backend="sqlite")


# P3 -------------------------------------------------------------------------------------------

READING = {"probe", "public.read", "components.read", "file.read", "case.read", "worklist.read", "base.read",
           "campaign.read", "roster.read", "visit.read", "meeting.read", "notice.read", "decision.read", "office.read",
           "parameter.read", "ledger.read"}


def test_no_changing_method_lives_on_a_reading_permission(on_sqlite, promise):
    """Each mutating method declares its own permission, and it is none of reading (PyPI's finding 8)."""
    told = routing.declared()
    changing = [(e, m) for e, m in _program(on_sqlite.app) if m in MUTATING]
    wrong = [f"{e} {m}: {told.get((e, m))}" for e, m in changing if told.get((e, m)) in READING | {None}]
    print("\n".join(wrong))
    promise("P3", n=len(changing), failures=len(wrong), backend="sqlite")


def test_head_answers_as_get_and_other_methods_are_refused(on_sqlite, clock, db_digest, promise):
    matrix, wrong, n = on_sqlite, [], 0
    before = db_digest(matrix.app)
    for line in TABLE.lines:
        cells = matrix.cells_of(line)
        for cell in [next((c for c in cells if c.allowed), None), next((c for c in cells if not c.allowed), None)]:
            if cell is None or line.method != "GET":
                continue
            n += 1
            got, head = matrix.ask(cell), matrix.ask(cell, "HEAD")
            if got.status_code != head.status_code or head.get_data():
                wrong.append(f"{cell}: GET {got.status_code}, HEAD {head.status_code}")
    known = {(line.endpoint, line.method) for line in TABLE.lines} | set(by_role())
    for line in {li.endpoint: li for li in TABLE.lines}.values():
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            if (line.endpoint, method) not in known:
                n += 1
                answer = matrix.ask(next(iter(matrix.cells_of(line))), method)
                if answer.status_code != 405:
                    wrong.append(f"{line.endpoint} {method}: {answer.status_code}")
    if db_digest(matrix.app) != before:
        wrong.append("the database is not what it was before")
    print("\n".join(wrong))
    promise("P3", n=n, failures=len(wrong), backend="sqlite")


# P2 -------------------------------------------------------------------------------------------

# guard → where it is looked for first, to be quick. Where two guards stand behind one another (the step's permission
# and its tier), loosening one of them opens nothing: those are not in this list.
GUARDS = {
    "people.manage": "offices.people", "role.grant": "offices.roles", "ledger.read": "offices.ledger",
    "office.read": "offices.settings", "base.people": "filings.base_people", "account.dispatch": "filings.dispatch",
    "filing.fill": "filings.open", "filing.refuse": "cases.act", "Case": "cases.show", "Base": "bases.show",
    "StoredFile": "cases.download", "Letter": "messages.open_letter",
}


def _loosen(guard: str, monkeypatch) -> None:
    """Give a permission to everybody, or let everybody see all rows of a model."""
    if guard in PERMISSIONS:
        monkeypatch.setitem(PERMISSIONS, guard, replace(PERMISSIONS[guard], roles=tuple(ROLES)))
    else:
        model = next(m for m in access._scopes if m.__name__ == guard)
        monkeypatch.setitem(access._scopes, model, lambda actor: true())


def _first_wrong(matrix: Matrix, guard: str) -> str:
    """What the matrix says first."""
    told, first = routing.declared(), GUARDS.get(guard)
    lines = sorted(TABLE.lines, key=lambda li: (li.endpoint != first, told.get((li.endpoint, li.method)) != guard))
    with matrix.pinned() as pin:
        for line in lines:
            for cell in (c for c in matrix.cells_of(line) if not c.allowed):
                if wrong := matrix.judge(cell):
                    return wrong[0]
                if line.method in MUTATING:
                    pin.undo()
    return ""


@pytest.mark.promise("P2")
def test_a_loosened_guard_turns_the_matrix_red(on_postgres, clock, monkeypatch, promise):
    missed = []
    for guard in GUARDS:
        with monkeypatch.context() as patch:
            _loosen(guard, patch)
            said = _first_wrong(on_postgres, guard)
            print(f"{guard}: {said[:150] or 'nothing noticed'}")
            missed += [] if said else [guard]
    promise("P2", n=len(GUARDS), failures=len(missed), backend="postgresql")


@pytest.mark.promise_full
def test_every_loosened_guard_turns_the_matrix_red(on_postgres, clock, monkeypatch, promise):
    """All permissions that some role lacks and all sights. Those that no route of the table uses are named."""
    guards = [key for key, p in PERMISSIONS.items() if set(ROLES) - set(p.roles) - {"service"}]
    guards += [model.__name__ for model in access._scopes]
    missed = []
    for guard in guards:
        with monkeypatch.context() as patch:
            _loosen(guard, patch)
            missed += [] if _first_wrong(on_postgres, guard) else [guard]
    print("not noticed:", missed)
    promise("P2", n=len(guards), failures=len(missed), backend="postgresql", form="full")
