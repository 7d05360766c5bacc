"""P10: the record cannot be quietly changed: every edit, deletion, swap, insertion and re-hash is refused or found.

The hand that edits here holds the whole database (guards, keys and checks out of the way) but not the ledger's key
and not the root files kept elsewhere. Named limits: what was written since the last root may be cut off together
with its tip; `event.id` numbers rows and is no part of the record, only its order is compared.
"""

import contextlib
import hashlib
import hmac
import time
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from incubator.kernel import access, ledger, roots, security
from incubator.kernel import clock as portal_clock
from incubator.kernel.database import db
from incubator.kernel.ledger import Event, sealed_line
from tests import walk
from tests.filings import steps

COLUMNS = [column.name for column in Event.__table__.columns if column.name != "id"]
REFUSED = "refused"


class Intruder:
    """Raw SQL beside the session, with nothing in the way; each edit can be taken back."""

    def __init__(self):
        self.postgres = db.engine.dialect.name == "postgresql"

    @contextlib.contextmanager
    def shell(self):
        db.session.remove()
        with db.engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            if self.postgres:
                raw.execute("SET session_replication_role = replica")
                raw.commit()
            else:
                raw.execute("PRAGMA foreign_keys=OFF")
                raw.execute("PRAGMA ignore_check_constraints=ON")
            try:
                with connection.begin():
                    yield connection
            finally:
                if self.postgres:
                    raw.rollback()
                    raw.execute("SET session_replication_role = DEFAULT")
                    raw.commit()
                else:
                    raw.execute("PRAGMA ignore_check_constraints=OFF")
                    raw.execute("PRAGMA foreign_keys=ON")

    def lift_triggers(self) -> None:
        if self.postgres:
            return
        with self.shell() as connection:
            for (name,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                connection.execute(text(f'DROP TRIGGER "{name}"'))

    def run(self, *statements) -> str:
        """"" when all were carried out, REFUSED when the database itself would not."""
        try:
            with self.shell() as connection:
                for statement, values in statements:
                    connection.execute(text(statement), values)
        except DBAPIError:
            return REFUSED
        return ""

    def rows(self, table: str, **where) -> list[dict]:
        said = " AND ".join(f"{name} = :{name}" for name in where) or "1 = 1"
        with self.shell() as connection:
            return [dict(r) for r in connection.execute(text(f'SELECT * FROM {table} WHERE {said}'), where).mappings()]


@pytest.fixture
def record(app, clock):
    """A walked record with its root of yesterday, clean before and after."""
    with app.app_context():
        case, admin = steps.returned()
        clock.forward(minutes=7)
        steps.resubmit(case, admin, area_total="3800")
        clock.forward(minutes=7)
        walk.act(case, "approve", steps.county())
        steps.submitted(102)
        roots.write_root(portal_clock.today())
        assert ledger.verify().faults == []
        hand = Intruder()
        hand.lift_triggers()
        yield hand


def found() -> bool:
    return bool(ledger.verify().faults)


def edits(value) -> list:
    """Every way to change one character of a stored value, as far as its kind allows."""
    if value is None:
        return [1, "x"]
    if isinstance(value, datetime):
        return [value + timedelta(microseconds=1), value + timedelta(days=1), value - timedelta(hours=8)]
    if isinstance(value, int):
        digits = str(value)
        return [int(digits[:i] + str((int(d) + 1) % 10) + digits[i + 1:]) for i, d in enumerate(digits)] + [None, -value]
    return [value[:i] + _other(c) + value[i + 1:] for i, c in enumerate(value)] + [value[:-1], value + "0", None]


def _other(char: str) -> str:
    return chr(ord(char) ^ 1) if char not in "\0\1" else "0"


def byte_edits(hand, events, per_column) -> tuple[int, list[str]]:
    missed, tried = [], 0
    for event in events:
        for column in COLUMNS:
            chosen = edits(event[column])
            if per_column and len(chosen) > per_column:
                step = len(chosen) / per_column
                chosen = [chosen[int(i * step)] for i in range(per_column)]
            for value in chosen:
                if value == event[column]:
                    continue
                tried += 1
                update = f"UPDATE event SET {column} = :value WHERE id = :id"
                if hand.run((update, {"value": value, "id": event["id"]})) == REFUSED:
                    continue
                if not found():
                    missed.append(f"{event['chain_id']} #{event['seq']} {column}: {event[column]!r} -> {value!r}")
                hand.run((update, {"value": event[column], "id": event["id"]}))
    return tried, missed


def sample(hand) -> list[dict]:
    """The first of each chain's kind, one in the middle, the last."""
    events = hand.rows("event")
    by_chain: dict[str, list[dict]] = {}
    for event in events:
        by_chain.setdefault(event["chain_id"], []).append(event)
    longest = max((c for n, c in by_chain.items() if n.startswith("case:")), key=len)
    base = next(c for n, c in by_chain.items() if n.startswith("base:"))
    return [longest[0], longest[len(longest) // 2], longest[-1], base[0], by_chain["system"][-1]]


@pytest.mark.promise("P10")
def test_p10_single_byte_edits(record, promise):
    tried, missed = byte_edits(record, sample(record), per_column=4)
    assert not missed, missed[:10]
    assert not found(), "all was put back"
    promise("P10", n=tried, failures=len(missed), form="byte edits")


@pytest.mark.promise_full
def test_p10_every_byte_of_every_event(record, promise):
    tried, missed = byte_edits(record, record.rows("event"), per_column=None)
    assert not missed, missed[:10]
    promise("P10", n=tried, failures=len(missed), form="every byte")


# speed ------------------------------------------------------------------------------------------

EVENTS, CHAINS = 1_000_000, 10_000
PATIENCE = 30  # seconds for a million events


def grow(events: int, chains: int) -> None:
    """Chains as `append` would have written them, in one go."""
    vault, at = security.vault(), portal_clock.now()
    who, length = access.service("test").as_record(), events // chains

    def rows(chain: str):
        tip = ledger.GENESIS
        for seq in range(1, length + 1):
            body = ledger.canonical({"act": "counted", "at": at.isoformat(), "who": who, "facts": {"n": seq}})
            hashed = security.digest(body)
            mac = vault.mac(ledger.sealed_line(chain, seq, tip, hashed, ""), vault.ledger_alg)
            yield {
                "chain_id": chain, "seq": seq, "prev_seq": seq - 1 if seq > 1 else None, "prev_hash": tip, "case_id": None,
                "case_kind": None, "kind": "counted", "from_state": None, "to_state": None, "body": body,
                "body_hash": hashed, "mac": mac, "alg": vault.ledger_alg, "key_id": vault.ledger_key_id,
                "occurred_at": at, "person_id": None,
            }
            tip = mac
        heads.append({"chain_id": chain, "seq": length, "tip": tip})

    heads: list[dict] = []
    with db.engine.begin() as connection:
        for n in range(chains):
            connection.execute(insert(Event.__table__), list(rows(f"base:{n + 1_000_000}")))
        connection.execute(insert(ledger.ChainHead.__table__), heads)


def timed(events: int, chains: int) -> tuple[int, float, list[str]]:
    grow(events, chains)
    began = time.monotonic()
    seen = ledger.verify()
    return seen.events, time.monotonic() - began, seen.faults


@pytest.mark.promise("P10")
def test_p10_a_long_record_is_verified(app, clock, promise):
    with app.app_context():
        events, took, faults = timed(5_000, 50)
    assert events >= 5_000 and not faults, faults[:5]
    promise("P10", n=events, failures=0, form="speed", events_a_second=int(events / took))


@pytest.mark.promise_full
def test_p10_a_million_events_in_half_a_minute(app, clock, promise):
    with app.app_context():
        events, took, faults = timed(EVENTS, CHAINS)
    assert events >= EVENTS and not faults, faults[:5]
    promise("P10", n=events, failures=int(took > PATIENCE), form="speed", took=round(took, 1), events_a_second=int(events / took))


INSERT = "INSERT INTO event ({}) VALUES ({})"


def put(event: dict) -> tuple[str, dict]:
    return INSERT.format(", ".join(event), ", ".join(f":{name}" for name in event)), event


def forged(event: dict, key: bytes, **changes) -> dict:
    """An event as somebody without the key would write it, hashed anew throughout."""
    made = {**event, **changes}
    made["body_hash"] = security.digest(made["body"])
    states = f"{made['from_state']}>{made['to_state']}" if made["case_id"] is not None else ""
    line = sealed_line(made["chain_id"], made["seq"], made["prev_hash"], made["body_hash"], states)
    made["mac"] = hmac.new(key, line.encode(), made["alg"].removeprefix("hmac-")).hexdigest()
    return made


SET = "UPDATE event SET body = :body, body_hash = :body_hash, mac = :mac, prev_hash = :prev_hash WHERE id = :id"
HEAD = "UPDATE chain_head SET seq = :seq, tip = :tip WHERE chain_id = :chain"


def deletions(hand, chain):
    """Each event of the chain gone; the last one also with its tip put back, and the case set back with it."""
    for event in chain:
        yield f"delete #{event['seq']}", [("DELETE FROM event WHERE id = :id", event)]
    last, before = chain[-1], chain[-2]
    cut = [("DELETE FROM event WHERE id = :id", last), (HEAD, {"seq": before["seq"], "tip": before["mac"], "chain": last["chain_id"]})]
    yield "cut the last with its tip", cut
    if last["case_id"]:
        set_back = ("UPDATE case_ SET seq = :seq, state = :to_state WHERE id = :case_id", before)
        words = ("DELETE FROM opinion WHERE case_id = :case_id AND seq = :seq", last)
        yield "cut the last with tip, case and opinion", [*cut, set_back, words]


def swaps(hand, chain):
    a, b = chain[0], chain[-1]
    for name in ("body", "mac", "kind", "occurred_at"):
        if a[name] == b[name]:
            continue
        yield f"swap {name}", [(f"UPDATE event SET {name} = :{name} WHERE id = :to", {name: x[name], "to": y["id"]})
                               for x, y in ((a, b), (b, a))]
    contents = ("body", "body_hash", "mac", "kind", "occurred_at", "person_id")
    put_all = "UPDATE event SET " + ", ".join(f"{n} = :{n}" for n in contents) + " WHERE id = :to"
    yield "swap whole contents", [(put_all, {**x, "to": y["id"]}) for x, y in ((a, b), (b, a))]


def forgeries(hand, chain):
    last = chain[-1]
    new = {**last, "id": last["id"] + 1000, "seq": last["seq"] + 1, "prev_seq": last["seq"], "prev_hash": last["mac"]}
    if last["case_id"]:
        new |= {"from_state": last["to_state"]}
    new = forged(new, b"a guess" * 5)
    yield "append one without a tip", [put(new)]
    yield "append one with its tip", [put(new), (HEAD, {"seq": new["seq"], "tip": new["mac"], "chain": new["chain_id"]})]
    edited = forged(chain[0], b"a guess" * 5, body=chain[0]["body"].replace('"act"', '"ACT"'))
    again, previous = [(SET, edited)], edited["mac"]
    for event in chain[1:]:
        made = forged(event, b"a guess" * 5, prev_hash=previous)
        again.append((SET, made))
        previous = made["mac"]
    yield "re-hash the whole chain", [*again, (HEAD, {"seq": last["seq"], "tip": previous, "chain": last["chain_id"]})]
    plain = forged(last, b"a guess" * 5)
    plain["body"] = last["body"].replace('"at"', '"AT"')
    plain["body_hash"] = hashlib.sha256(plain["body"].encode()).hexdigest()
    yield "hash without a key", [(SET, {**plain, "mac": plain["body_hash"]})]
    yield "an algorithm of one's own", [("UPDATE event SET alg = 'hmac-md5' WHERE id = :id", last)]
    yield "a whole chain gone", [("DELETE FROM event WHERE chain_id = :chain_id", last),
                                 ("DELETE FROM chain_head WHERE chain_id = :chain_id", last)]


def beside(hand, chain):
    """What stands beside the record and is vouched for by it."""
    case = {"id": chain[-1]["case_id"]}
    if case["id"] is None:
        return
    yield "a submission's content", [("UPDATE submission SET content = replace(content, '3', '4') WHERE case_id = :id", case)]
    yield "content and its hash", [("UPDATE submission SET content = 'x', hash = :h WHERE case_id = :id",
                                    {**case, "h": security.digest("x")})]
    yield "a version gone", [("DELETE FROM submission WHERE case_id = :id AND version_no = 1", case)]
    yield "an opinion's words", [("UPDATE opinion SET text = 'x' WHERE case_id = :id", case)]
    yield "an opinion gone", [("DELETE FROM opinion WHERE case_id = :id", case)]
    yield "the state of a case", [("UPDATE case_ SET state = 'refused' WHERE id = :id", case)]


@pytest.mark.promise("P10")
def test_p10_deletion_swap_insertion_and_forgery(record, promise):
    events = record.rows("event")
    chains = {e["chain_id"] for e in sample(record)}
    missed, tried = [], 0
    for name in sorted(chains):
        chain = sorted((e for e in events if e["chain_id"] == name), key=lambda e: e["seq"])
        for family in (deletions, swaps, forgeries, beside):
            if len(chain) < 2 and family in (deletions, swaps):
                continue
            for what, statements in family(record, chain):
                tried += 1
                with _taken_back(record):
                    if record.run(*statements) != REFUSED and not found():
                        missed.append(f"{name}: {what}")
    assert not missed, missed
    assert not found(), "all was put back"
    promise("P10", n=tried, failures=len(missed), form="deletion, swap, insertion, re-hash")


TOUCHED = ("event", "chain_head", "submission", "opinion", "case_")


@contextlib.contextmanager
def _taken_back(hand):
    kept = {table: hand.rows(table) for table in TOUCHED}
    yield
    now = {table: hand.rows(table) for table in TOUCHED}
    statements = []
    for table in TOUCHED:
        if now[table] != kept[table]:
            statements.append((f"DELETE FROM {table}", {}))
            statements += [(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(f':{n}' for n in row)})", row)
                           for row in kept[table]]
    if statements:
        assert hand.run(*statements) == ""


@pytest.mark.promise("P10")
def test_p10_within_the_day_is_the_named_limit(record, clock):
    """Shown, not hidden: what came after the last root can be cut off with its tip, until the next root."""
    clock.forward(hours=1)
    walk.person("neu", "新人")
    chain = sorted(record.rows("event", chain_id="system"), key=lambda e: e["seq"])
    last, before = chain[-1], chain[-2]
    cut = [("DELETE FROM event WHERE id = :id", last), (HEAD, {"seq": before["seq"], "tip": before["mac"], "chain": "system"})]
    with _taken_back(record):
        record.run(*cut)
        assert not found()
    clock.forward(days=1)
    roots.write_root(portal_clock.today())
    record.run(*cut)
    assert found(), "the next day's root ends the limit"


def _refused(statement: str, event_id: int) -> bool:
    try:
        with db.engine.begin() as connection:
            connection.execute(text(statement), {"id": event_id})
    except DBAPIError as error:
        return "append-only" in str(error)
    return False


@pytest.mark.promise("P10")
def test_p10_the_portals_own_hand_is_stopped_by_the_guards(app, clock, promise):
    """With the guards in place nothing at all is changed or deleted."""
    tried = failures = 0
    with app.app_context():
        steps.submitted()
        ids = list(db.session.scalars(select(Event.id)))
        db.session.commit()
        for event_id in ids:
            for statement in ("UPDATE event SET kind = kind WHERE id = :id", "DELETE FROM event WHERE id = :id"):
                tried += 1
                failures += not _refused(statement, event_id)
        assert ledger.verify().faults == []
    promise("P10", n=tried, failures=failures, form="guards")
