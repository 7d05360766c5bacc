"""P28: personal numbers stay masked: on pages, in the database, in files, in messages, in logs and on error pages.

The province of the matrix holds a telephone or an ID number for every base, person and objector; each is looked for
as it stands, and any other number of that shape is looked for by its pattern.
"""

import inspect as code
import logging
import re

import pytest
from sqlalchemy import inspect, text

from incubator.filings import commands as filings
from incubator.kernel import ledger, logs, outbox, roots
from incubator.kernel.database import db
from incubator.policy.identifiers import id18_check_char
from incubator.rosters import commands as rosters
from tasks import jobs
from tests import walk
from tests.filings import steps
from tests.filings.pages import Guest, Visitor, form_of
from tests.promises.matrix import MUTATING, Table, read

pytestmark = pytest.mark.promise("P28")
ID18 = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx](?![0-9A-Za-z])")
MOBILE = re.compile(r"(?<![0-9A-Za-z.])1[3-9]\d{9}(?![0-9A-Za-z])")
CANARY_ID = "22010219700101999" + id18_check_char("22010219700101999")
CANARY_PHONE = "13712399999"
TABLE = Table()


def numbers(words: str) -> set[str]:
    """What looks like a citizen's number (its check digit is right) or a mobile number."""
    found = {m for m in ID18.findall(words) if id18_check_char(m[:17]) == m[17].upper()}
    return found | set(MOBILE.findall(words))


@pytest.fixture(scope="module")
def heard():
    """Everything that any logger says while the tests of this module run, formatted as a handler would."""
    lines: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record):
            lines.append(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s").format(record))

    ear, root = Ear(), logging.getLogger()
    before = root.level
    root.addHandler(ear)
    root.setLevel(logging.INFO)  # more than any edition writes
    yield lines
    root.setLevel(before)
    root.removeHandler(ear)


@pytest.mark.parametrize("form", ["allowed", pytest.param("all", marks=pytest.mark.promise_full)])
def test_p28_pages_of_everybody(form, on_sqlite, heard, clock, promise):
    """Every page, by everybody who may read it: only a base's own people, and who unmasks one, see a number whole.

    What the others are answered is in the full form; P1 looks for the numbers of the bases there too.
    """
    matrix, wrong, n = on_sqlite, [], 0
    for line in (li for li in TABLE.lines if li.method not in MUTATING):
        for cell in (c for c in matrix.cells_of(line) if c.allowed or form == "all"):
            body = read(matrix.ask(cell))
            n += 1
            mine = matrix.own_numbers(cell) if cell.who.role.startswith("base_") else set()
            may = {s for s, number in matrix.secrets.items() if number in mine} if cell.who.role not in line.unmasks else set(matrix.secrets)
            wrong += [f"{cell}: {each}" for each in numbers(body) - may]
    print("\n".join(wrong))
    assert heard is not None
    promise("P28", n=n, failures=len(wrong), form=f"pages, {form}", backend="sqlite")


def _stored(app) -> tuple[int, set[str]]:
    """Every value of every column of every table, as the database holds it."""
    n, found = 0, set()
    with app.app_context(), db.engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):
                for value in (v for v in row if isinstance(v, str)):
                    n += 1
                    found |= {f"{table}: {each}" for each in numbers(value)}
        db.session.remove()
    return n, found


@pytest.mark.parametrize("base", ["on_sqlite", "on_postgres"])
def test_p28_what_the_database_holds(base, request, heard, promise):
    """Events, letters, outbox, drafts, submissions, receipts, access log: a stolen copy shows no number."""
    app = request.getfixturevalue(base).app
    n, found = _stored(app)
    with app.app_context():
        assert db.session.scalar(text("SELECT count(*) FROM event")) > 100
        assert db.session.scalar(text("SELECT count(*) FROM inbox")) > 10
        db.session.remove()
    print("\n".join(sorted(found)))
    promise("P28", n=n, failures=len(found), form="database", backend=base.removeprefix("on_"))


def test_p28_root_files(on_sqlite, clock, promise):
    """The files that leave the host every day."""
    with on_sqlite.app.app_context():
        roots.write_root(clock.today())
        words = [path.read_text("utf-8") for path in roots.files()]
        db.session.remove()
    assert words
    promise("P28", n=len(words), failures=sum(len(numbers(w)) for w in words), form="roots", backend="sqlite")


def test_p28_messages_to_the_worker_carry_nothing(promise):
    """A task takes no argument but numbers of rows: nothing personal can ride on a message."""
    taken = {name: list(code.signature(fn).parameters.values()) for name, fn in jobs.COMMANDS.items()}
    wrong = [f"{name}: {p}" for name, ps in taken.items() for p in ps if p.annotation not in (int, "int", code.Parameter.empty)]
    assert taken
    promise("P28", n=len(taken), failures=len(wrong), form="tasks")


# failures ---------------------------------------------------------------------------------------


def _typed(told) -> dict:
    return {"operator_name": told.operator, "operator_uscc": told.uscc, "base_name": f"{told.name}{CANARY_ID}",
            "division_code": told.region, "address": told.address, "contact_name": told.contact, "contact_phone": CANARY_PHONE}


def _break(monkeypatch, module, name: str, fault) -> None:
    def broken(*args, **kwargs):
        raise fault()

    monkeypatch.setattr(module, name, broken)


FAULTS = {
    "a fault that names what was typed": lambda: ValueError(f"cannot read {CANARY_ID} of {CANARY_PHONE}"),
    "a fault of the database": lambda: _database_fault(),
}


def _database_fault():
    """A real one, with what was typed among its parameters."""
    try:
        with db.engine.begin() as connection:
            connection.execute(text("SELECT * FROM no_such_table WHERE a = :a AND b = :b"), {"a": CANARY_ID, "b": CANARY_PHONE})
    except Exception as fault:
        return RuntimeError(f"while saving: {fault}")
    raise AssertionError


@pytest.mark.parametrize("name", FAULTS)
def test_p28_a_failing_form_says_nothing(name, app, clock, heard, monkeypatch, promise):
    """500 with an ID number in the form: neither the page nor the log shows it; the log still says where it broke."""
    guest = Guest(app)
    form = {**form_of(guest.get("/accounts/apply"), "operator_name"), **_typed(steps.unit())}
    _break(monkeypatch, filings, "submit_account_request", FAULTS[name])
    app.config["PROPAGATE_EXCEPTIONS"] = False
    del heard[:]
    try:
        answer = guest.client.post("/accounts/apply", data=form)
    finally:
        app.config["PROPAGATE_EXCEPTIONS"] = None
    page, said = answer.get_data(as_text=True), "\n".join(heard)
    assert answer.status_code == 500
    assert "Traceback" in said and "submit_account_request" in said
    found = numbers(page) | numbers(said)
    promise("P28", n=2, failures=len(found), form=name)


def test_p28_the_log_of_a_walk(app, clock, heard, promise):
    """What the server, the database and the worker write while people work: sign-in, forms, searches, reminders."""
    del heard[:]
    with app.app_context():
        _, admin = walk.open_account(steps.unit(1))
        rosters.add(admin, walk.TENANTS, walk.tenant_row(steps.unit(1), 1))
        while outbox.drain():
            pass
        waiting = " ".join(f"{r.payload} {r.last_error}" for r in db.session.scalars(db.select(outbox.Outbox)))
        bodies = " ".join(db.session.scalars(db.select(ledger.Event.body)))
        db.session.remove()
    person = Visitor(app, "jd220104001")
    for path in (f"/search?q={CANARY_PHONE}", f"/no/such/{CANARY_ID}", "/desk", "/rosters/team"):
        person.client.get(path)
        logging.getLogger("werkzeug").info('127.0.0.1 - - "GET %s HTTP/1.1" 200 -', path)
    logging.getLogger("sqlalchemy.engine").info("[generated in 0.0001s] %r", (CANARY_ID, CANARY_PHONE))
    logging.getLogger("celery.app.trace").error("Task failed: %s", CANARY_PHONE)
    said = "\n".join(heard)
    assert "/search" in said and "celery" in said
    found = numbers(said) | numbers(waiting) | numbers(bodies)
    promise("P28", n=len(heard), failures=len(found), form="log")


@pytest.mark.parametrize(("words", "shown"), [
    (f"身份证 {CANARY_ID} 不对", "身份证 […] 不对"), (f"q={CANARY_PHONE}&a=1", "q=[…]&a=1"), ("+8613712399999", "[…]"),
    ("91220104MA17Y1Y14X", "91220104MA17Y1Y14X"), ("case 1371239 at 2026-06-01", "case 1371239 at 2026-06-01"),
    ("a" * 30 + CANARY_PHONE, "a" * 30 + CANARY_PHONE),
])
def test_what_a_log_covers(words, shown):
    assert logs.masked(words) == shown
