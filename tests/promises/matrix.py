"""Drives the access matrix: every person of tests/permissions.yaml against every route and place.

`Matrix(app, province)` signs everybody in once, by the sign-in page. Inside ``matrix.pinned()`` all of the
portal's connections are one, whose commits are savepoints: an allowed act is really done and then undone.
"""

from __future__ import annotations

import contextlib
import html
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml
from sqlalchemy import create_engine, event, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.pool import StaticPool

from incubator.kernel import clock, security
from incubator.kernel.database import db, engine_options
from incubator.offices import commands as offices
from incubator.offices.models import Membership, Person, SignIn
from tests import walk
from tests.conftest import VOLATILE
from tests.promises.province import PLACES, Province, Unit, pdf

TABLE = Path(__file__).parent.parent / "permissions.yaml"
CANARY = re.compile(r"CANARY-([A-Z0-9-]+?)-([a-z]+)-(\d+)")
WRITE = re.compile(r'\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE)\s+"?(\w+)', re.IGNORECASE)
MUTATING = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Line:
    """One line of the table: a request, and who may make it."""

    endpoint: str
    variant: str
    allow: frozenset[str]
    object: dict[str, str]
    args: dict[str, Any]
    query: dict[str, str]
    form: dict[str, str]
    upload: str
    answers: int | None
    shows: tuple[str, ...]
    shows_to: frozenset[str]
    lists: frozenset[str]
    open: frozenset[str]
    only: frozenset[str]
    denied: int | None
    unmasks: frozenset[str]

    @property
    def method(self) -> str:
        return self.variant.split()[0]

    def __str__(self) -> str:
        return f"{self.endpoint} {self.variant}"


@dataclass(frozen=True)
class Somebody:
    """A person of the table under one role."""

    login: str
    role: str
    places: dict[str, str] = field(hash=False)
    switch: bool = False
    was: str = ""

    def relation(self, place: str) -> str:
        return self.places.get(place, self.places["default"])

    def __str__(self) -> str:
        return f"{self.role} {self.was or self.login or 'nobody'}"


class Table:
    """tests/permissions.yaml, read."""

    def __init__(self, path: Path = TABLE) -> None:
        told = yaml.safe_load(path.read_text("utf-8"))
        self.groups: dict[str, list[str]] = told["groups"]
        self.sees: dict[str, bool] = told["sees"]
        self.private = {model: self.roles(names) for model, names in told["private"].items()}
        self.people = [
            Somebody(
                row["login"], row["role"], {k: v for k, v in row.items() if k in PLACES or k == "default"},
                row.get("switch", False), row.get("was", ""),
            )
            for row in told["people"]
        ]
        self.lines = [
            self._line(endpoint, variant, said)
            for endpoint, variants in told["routes"].items() for variant, said in variants.items()
        ]

    def roles(self, names) -> frozenset[str]:
        return frozenset(role for name in names or () for role in self.groups.get(name, [name]))

    def _line(self, endpoint: str, variant: str, said: dict) -> Line:
        known = {"allow", "object", "args", "query", "form", "upload", "answers", "shows", "shows_to", "lists", "open", "only", "denied", "unmasks"}
        assert set(said) <= known, f"{endpoint} {variant}: {set(said) - known}"
        return Line(
            endpoint, variant, self.roles(said["allow"]), said.get("object", {}), said.get("args", {}),
            said.get("query", {}), said.get("form", {}), said.get("upload", ""), said.get("answers"),
            tuple(said.get("shows", ())), self.roles(said.get("shows_to")) or self.roles(said["allow"]),
            self.roles(said.get("lists")), frozenset(said.get("open", ())), self.roles(said.get("only")), said.get("denied"),
            self.roles(said.get("unmasks")),
        )


@dataclass
class Cell:
    """One request: who, what, on which unit, and whether it is allowed."""

    line: Line
    who: Somebody
    unit: Unit | None
    allowed: bool
    hidden: bool  # the role may, but the object is out of sight: then it is a 404

    def __str__(self) -> str:
        where = f" on {self.unit.place}/{self.unit.slot}" if self.unit else ""
        return f"{self.line} as {self.who}{where}"


class Writes:
    """Statements that wrote to a table which is not volatile, since the last look."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def note(self, connection, cursor, statement, parameters, context, executemany) -> None:
        found = WRITE.match(statement)
        if found and found[1].lower() not in VOLATILE:
            self.seen.append(statement)

    def take(self) -> list[str]:
        taken, self.seen = self.seen, []
        return taken


class Matrix:
    def __init__(self, app: Any, province: Province) -> None:
        self.app, self.province, self.table = app, province, Table()
        self.cookies: dict[tuple[str, str], dict[str, str]] = {}
        self.memberships: dict[tuple[str, str], int] = {}
        self.writes = Writes()
        self.cells = 0
        self.secrets = province.secrets()
        self._sign_everybody_in()

    # ------------------------------------------------------------------------- signing in

    def _sign_everybody_in(self) -> None:
        for who in self.table.people:
            if not who.login.startswith("@") and (who.login, who.role) not in self.cookies:
                self._sign_in(who.login, who.role, who.switch)
        for unit in self.province.units:
            if unit.admin and unit.place == "own":
                for login, role in ((unit.admin, "base_admin"), (unit.clerk, "base_clerk"), (unit.former, "base_former")):
                    self._sign_in(login, role)
        self._end_some()

    def _sign_in(self, login: str, role: str, switch: bool = False) -> None:
        client = self.app.test_client()
        page = client.get("/login")
        token = token_of(page)
        if login:
            answer = client.post("/login", data={"username": login, "password": walk.PASSWORD, "csrf_token": token})
            assert answer.status_code == 302, f"{login} cannot sign in: {answer.status_code}"
            with self.app.app_context():
                held = dict(db.session.execute(
                    select(Membership.role, Membership.id).join(Person, Person.id == Membership.person_id)
                    .where(Person.login == login)).all())
            if switch:
                answer = client.post("/membership", data={"membership": held[role], "csrf_token": token})
                assert answer.status_code == 302
            self.memberships[login, role] = held.get(role, 0)
        jar = {c.key: c.value for c in client._cookies.values()} if hasattr(client, "_cookies") else {}
        self.cookies[login, role] = {**jar, "csrf": token}

    def _end_some(self) -> None:
        """Disable one, withdraw another's role, let a third one's session run out: their cookies stay."""
        with self.app.app_context():
            ids = dict(db.session.execute(select(Person.login, Person.id)).all())
            offices.disable_person(walk.actor("xtgl"), ids["tingyong"])
            held = db.session.scalar(select(Membership.id).where(Membership.person_id == ids["shouhui"]))
            offices.withdraw_role(walk.actor("aqgl"), held)
            db.session.execute(update(SignIn).where(SignIn.person_id == ids["chaoshi"]).values(abs_expiry=clock.now()))
            # what the database would do if the two had not been signed out at once
            for login in ("tingyong", "shouhui"):
                token = self._portal_cookie(login)
                db.session.add(SignIn(
                    id_hash=security.digest(token), person_id=ids[login], created_at=clock.now(), last_seen=clock.now(),
                    membership_id=db.session.scalar(select(Membership.id).where(Membership.person_id == ids[login])),
                    abs_expiry=clock.end_of(clock.today())))
            db.session.commit()
            db.session.remove()

    def _portal_cookie(self, login: str) -> str:
        return self.cookies[login, "public"]["portal"]

    # -------------------------------------------------------------------------- the cells

    def cells_of(self, line: Line, everywhere: bool = False) -> list[Cell]:
        """Everybody, on one object of each relation (`everywhere`: on every place's), taken from places in turn."""
        people = [w for w in self.table.people if not line.only or w.role in line.only or w.role == "public"]
        if not line.object:
            return [Cell(line, w, None, w.role in line.allow, False) for w in people]
        slot = next(iter(line.object.values())).split(".")[0]
        units = [u for u in self.province.units if u.slot == slot]
        turn = self.table.lines.index(line) % len(units)
        found = []
        for who in people:
            asked = set()
            for unit in units[turn:] + units[:turn]:
                relation = who.relation(unit.place)
                if relation not in asked or everywhere:
                    asked.add(relation)
                    may, sees = who.role in line.allow, self.table.sees[relation]
                    found.append(Cell(line, who, unit, may and sees, may and not sees))
        return found

    def login_of(self, cell: Cell) -> str:
        """The person of a cell: a base's people are those of the base that is asked about."""
        if not cell.who.login.startswith("@"):
            return cell.who.login
        slot = cell.unit.slot if cell.unit and self.province.unit("own", cell.unit.slot).admin else "filed"
        if cell.who.login == "@neighbour":
            slot = "filed" if slot == "drafted" else "drafted"
        unit = self.province.unit("own", slot)
        return {"@admin": unit.admin, "@neighbour": unit.admin, "@clerk": unit.clerk, "@former": unit.former}[cell.who.login]

    def own_numbers(self, cell: Cell) -> set[int]:
        """Numbers of the units whose canaries the person of a cell may read."""
        who = cell.who
        if who.login.startswith("@"):
            login = self.login_of(cell)
            return {u.number for u in self.province.units if login in (u.admin, u.clerk, u.former)}
        return {u.number for u in self.province.units if self.table.sees[who.relation(u.place)]}

    def ask(self, cell: Cell, method: str = "", also: dict[str, str] | None = None):
        """Make the request of a cell; `also` is sent with its form."""
        method = method or cell.line.method
        data = None
        if method in MUTATING:
            data = self.form(cell) | (also or {})
            if cell.line.upload:
                data[cell.line.upload] = (io.BytesIO(pdf("x.pdf", "plain").stream.read()), "材料.pdf")
        return self.send(cell, method, data=data)

    def form(self, cell: Cell) -> dict[str, Any]:
        """What the form of a cell says, with the token of its person."""
        login, things = self.login_of(cell), self._things(cell)
        said = {_filled(k, things): _filled(v, things) for k, v in cell.line.form.items()}
        return said | {"csrf_token": self.cookies[login, cell.who.role]["csrf"]}

    def send(self, cell: Cell, method: str, **more: Any):
        """Ask the address of a cell as its person; `more` is what the test client takes."""
        line, things = cell.line, self._things(cell)
        args = {name: cell.unit.objects[path.split(".")[1]] for name, path in line.object.items()} if cell.unit else {}
        args |= {k: _filled(v, things) for k, v in line.args.items()}
        query = {k: _filled(v, things) for k, v in line.query.items()}
        with self.app.test_request_context():
            url = self.app.url_for(line.endpoint, **args, **query, _external=False)
        kept = self.cookies[self.login_of(cell), cell.who.role]
        cookie = "; ".join(f"{k}={v}" for k, v in kept.items() if k != "csrf")
        self.cells += 1
        return self.app.test_client(use_cookies=False).open(url, method=method, headers={"Cookie": cookie}, **more)

    def _things(self, cell: Cell) -> dict[str, Any]:
        """What the blanks of a line are filled with. `version` and `draft_version` are those of the case asked about."""
        things = {
            "password": walk.PASSWORD, "membership": self.memberships.get((self.login_of(cell), cell.who.role), 0),
            "uscc": walk.uscc(900_001), **self.province.common,
        }
        if cell.unit:
            name = next(iter(cell.line.object.values())).split(".")[1]
            things |= cell.unit.objects | {
                "version": cell.unit.objects.get(f"{name}_version", 1), "draft_version": cell.unit.objects.get(f"{name}_draft", 0),
            }
        return things

    def judge(self, cell: Cell) -> list[str]:
        """What is wrong with one cell, in words; empty when all is well."""
        self.writes.take()
        try:
            answer = self.ask(cell)
        except Exception as fault:  # the tests let faults of the program through
            return [f"{cell}: {type(fault).__name__}: {str(fault)[:200]}"]
        wrote = self.writes.take()
        body = read(answer)
        wrong = []
        if cell.allowed:
            wrong += self._judge_allowed(cell, answer, body)
            if wrote and cell.line.method not in MUTATING:
                wrong.append(f"a reading request wrote: {wrote[0][:120]}")
        else:
            expected = (401,) if cell.who.role == "public" else (404,) if cell.hidden else (403, 404)
            if cell.line.denied:
                expected = (cell.line.denied,)
            if answer.status_code not in expected:
                wrong.append(f"answered {answer.status_code} instead of {expected}")
            if wrote:
                wrong.append(f"a denied request wrote: {wrote[0][:120]}")
        return [f"{cell}: {words}" for words in wrong + self._leaks(cell, body)]

    def _judge_allowed(self, cell: Cell, answer, body: str) -> list[str]:
        line = cell.line
        if line.answers:
            return [] if answer.status_code == line.answers else [f"answered {answer.status_code} instead of {line.answers}"]
        if not 200 <= answer.status_code < 400:
            return [f"answered {answer.status_code}: {_words(body)}"]
        if answer.status_code >= 300:
            away = answer.headers.get("Location", "")
            return [] if away.startswith("/") and not away.startswith("//") else [f"leads away to {away}"]
        if line.object and line.shows and cell.who.role in line.shows_to:
            return [f"does not show {cell.unit.canary(m)}" for m in line.shows if cell.unit.canary(m) not in body]
        if cell.who.role in line.lists and not cell.who.switch and self._expects_some(cell) and not CANARY.search(body):
            return ["lists nothing of its own"]
        return []

    def _expects_some(self, cell: Cell) -> bool:
        return bool(self.own_numbers(cell)) and cell.who.login in self.table_first(cell.who.role)

    def table_first(self, role: str) -> set[str]:
        """The first person of each role: the one who has something to see on every page."""
        return {next(w.login for w in self.table.people if w.role == role)}

    def _leaks(self, cell: Cell, body: str) -> list[str]:
        mine = self.own_numbers(cell)
        found = []
        for region, model, number in {m.groups() for m in CANARY.finditer(body)}:
            if model in cell.line.open:
                continue
            unit = self.province.by_number(int(number))
            private = cell.who.role not in self.table.private.get(model, (cell.who.role,))
            if unit.number not in mine or private:
                found.append(f"shows CANARY-{region}-{model}-{number} of {unit.place}/{unit.slot}")
        for secret, number in self.secrets.items():
            own = cell.who.role.startswith("base_") and number in mine
            if secret in body and not own and cell.who.role not in cell.line.unmasks:
                found.append(f"shows the personal number {secret} of base {number} (P28)")
        return found

    # ------------------------------------------------------------------ one pinned connection

    @contextlib.contextmanager
    def pinned(self) -> Iterator[Pin]:
        with self.app.app_context():
            url = db.engine.url
        engine = create_engine(url, poolclass=StaticPool, connect_args=engine_options(str(url)).get("connect_args", {}))
        pin = Pin(engine)
        engines = db._app_engines[self.app]
        before, engines[None] = engines[None], engine
        event.listen(Engine, "before_cursor_execute", self.writes.note)
        try:
            yield pin
        finally:
            event.remove(Engine, "before_cursor_execute", self.writes.note)
            engines[None] = before
            pin.close()

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Only the hook, for cells that must write nothing."""
        event.listen(Engine, "before_cursor_execute", self.writes.note)
        try:
            yield
        finally:
            event.remove(Engine, "before_cursor_execute", self.writes.note)


class Pin:
    """One PostgreSQL connection for the whole portal: commit sets a savepoint, `undo` goes back to the first."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        engine.dialect.do_commit = self._commit  # type: ignore[method-assign]
        engine.dialect.do_rollback = self._rollback  # type: ignore[method-assign]
        engine.dialect.set_isolation_level = lambda *_: None  # type: ignore[method-assign]  # it stays one transaction
        with engine.connect() as connection:
            raw = connection.connection.dbapi_connection
        self.raw = raw  # only now: before, there was no savepoint to go back to
        self.undo()

    def _say(self, words: str) -> None:
        with self.raw.cursor() as cursor:
            cursor.execute(words)

    def _commit(self, dbapi_connection) -> None:
        self._say("SET CONSTRAINTS ALL IMMEDIATE")
        self._say("SET CONSTRAINTS ALL DEFERRED")
        self._say("RELEASE SAVEPOINT act")
        self._say("SAVEPOINT act")

    def _rollback(self, dbapi_connection) -> None:
        if hasattr(self, "raw"):
            self._say("ROLLBACK TO SAVEPOINT act")

    def undo(self) -> None:
        self.raw.rollback()
        self._say("SAVEPOINT act")

    def digest(self, without: frozenset[str] = frozenset()) -> str:
        """One hash over all rows of all tables that are not volatile."""
        with self.raw.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
            tables = [row[0] for row in cursor.fetchall() if row[0] not in VOLATILE | without]
            cursor.execute("SELECT md5(string_agg(h, ',' ORDER BY h)) FROM (" + " UNION ALL ".join(
                f"SELECT '{name} ' || md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) h FROM \"{name}\" t" for name in tables
            ) + ") all_tables")
            return cursor.fetchone()[0]

    def close(self) -> None:
        self.raw.rollback()
        del self.engine.dialect.do_commit, self.engine.dialect.do_rollback, self.engine.dialect.set_isolation_level
        self.engine.dispose()


def token_of(page) -> str:
    return re.search(r'name="csrf-token" content="([^"]+)"', page.text)[1]


def read(answer) -> str:
    """All that a response says: headers and body, its escapes undone."""
    head = "\n".join(f"{k}: {v}" for k, v in answer.headers.items() if k != "Set-Cookie")
    return unquote(head) + "\n" + html.unescape(answer.get_data().decode("utf-8", "replace"))


def _filled(value: Any, things: dict[str, Any]) -> Any:
    return value.format(**things) if isinstance(value, str) else value


def _words(body: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))[:300]


__all__ = ["CANARY", "MUTATING", "Cell", "Line", "Matrix", "Somebody", "Table", "read", "token_of"]
