"""Is the record as it was written? Every chain replayed, and compared with what stands beside it (P10).

Compared are: numbering and links; hash, MAC and columns of each event; the tip of each chain; each case's state
and number; the submissions and opinions whose hashes events hold; and the daily roots outside the database.
Rows are read as they are stored: one that cannot be read any more is a fault like others, not a crash.
"""

import json
from collections import defaultdict, namedtuple
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path

from sqlalchemy import String, select, type_coerce

from incubator.kernel import roots, security
from incubator.kernel.database import begin_reading, db, end_reading
from incubator.kernel.ledger import GENESIS, ChainHead, Event, sealed_line
from incubator.kernel.workflow import Case, Opinion, Submission

_COLUMNS = (
    Event.id, Event.chain_id, Event.seq, Event.prev_seq, Event.prev_hash, Event.case_id, Event.case_kind, Event.kind,
    Event.from_state, Event.to_state, Event.body, Event.body_hash, Event.mac, Event.alg, Event.key_id,
    type_coerce(Event.occurred_at, String).label("occurred_at"), Event.person_id,
)


# a row of SQLAlchemy is slow to read column by column, and there are millions
_Stored = namedtuple("_Stored", [column.key for column in _COLUMNS])


@dataclass
class Verification:
    """What a run of `verify` saw."""

    events: int = 0
    chains: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass
class _Tip:
    seq: int = 0
    mac: str = GENESIS
    row_id: int = 0
    state: str | None = None


def replay(limit: int | None = None, root_files: Path | None = None) -> Verification:
    """Verify everything, or the last `limit` events without what only the whole can tell."""
    found = Verification()
    token = begin_reading()
    try:
        db.session.commit()
        if db.session.get_bind().dialect.name == "postgresql":  # one picture, while others go on writing
            db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        said, faults = ({}, []) if limit else roots.read(root_files)
        found.faults += faults
        cases = {row.id: row for row in db.session.execute(select(Case.id, Case.kind, Case.seq, Case.state))}
        vouched = _Vouched()
        tips = _replay_chains(found, limit, cases, said, vouched)
        if not limit:
            found.faults += [
                f"{chain} #{seq}: stands in the root of {day}, and is missing" for (chain, seq), (_, day) in said.items()
            ]
            found.faults += [
                f"case:{row.id}: state or seq differs from its record" for row in cases.values()
                if (tip := tips.get(f"case:{row.id}", _Tip())) and (tip.seq, tip.state) != (row.seq, row.state)
            ]
            found.faults += vouched.faults()
        _compare_heads(found, tips, whole=not limit)
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        end_reading(token)
    return found


def _replay_chains(found, limit, cases, said, vouched) -> dict[str, _Tip]:
    tips: dict[str, _Tip] = {}
    vault = security.vault()
    query = select(*_COLUMNS)
    if limit:
        oldest = select(Event.id).order_by(Event.id.desc()).offset(limit - 1).limit(1).scalar_subquery()
        query = query.where(Event.id >= oldest) if db.session.scalar(select(oldest)) is not None else query
    rows = db.session.execute(query.order_by(Event.chain_id, Event.seq).execution_options(yield_per=1000))
    for row in map(_Stored._make, rows):
        found.events += 1
        tip = tips.get(row.chain_id)
        if tip is None:
            tip = tips[row.chain_id] = _Tip(row.seq - 1, row.prev_hash) if limit else _Tip()
        wrong = list(_judge(row, tip, cases.get(row.case_id), vouched, vault))
        rooted = said.pop((row.chain_id, row.seq), None)
        if rooted is not None and rooted[0] != row.mac:
            wrong.append(f"differs from the root of {rooted[1]}")
        found.faults += [f"{row.chain_id} #{row.seq}: {what}" for what in wrong]
        tip.seq, tip.mac, tip.row_id, tip.state = row.seq, row.mac, row.id, row.to_state
    return tips


def _judge(row, tip: _Tip, case, vouched, vault) -> Iterator[str]:
    """What is wrong with one event that follows `tip`."""
    if row.seq != tip.seq + 1:
        yield f"expected #{tip.seq + 1}"
    if row.prev_hash != tip.mac:
        yield "does not follow the event before it"
    if row.prev_seq != (row.seq - 1 if row.seq != 1 else None):
        yield "names another event before it"
    if row.id <= tip.row_id:
        yield "is stored before the event that it follows"
    if security.digest(row.body) != row.body_hash:
        yield "body was changed"
    states = f"{row.from_state}>{row.to_state}" if row.case_id is not None else ""
    line = sealed_line(row.chain_id, row.seq, row.prev_hash, row.body_hash, states)
    if row.key_id != vault.ledger_key_id or not vault.mac_matches(line, row.alg, row.mac):
        yield "MAC does not match"
    yield from _judge_columns(row, case, vouched)


def _judge_columns(row, case, vouched) -> Iterator[str]:
    """Columns that repeat the body, and whose chain it is."""
    try:
        body = json.loads(row.body)
        facts, who = body["facts"], body["who"]
        if body["act"] != row.kind or body["at"] != _instant(row.occurred_at):
            yield "kind or time differs from its body"
        if who["person"] != row.person_id:
            yield "person differs from its body"
        if case is not None:
            vouched.note(row.case_id, row.seq, facts)
    except (ValueError, KeyError, TypeError):
        yield "body cannot be read"
    whose = f"case:{row.case_id}"
    if (row.case_id is None) == row.chain_id.startswith("case:") or (row.case_id is not None and row.chain_id != whose):
        yield "stands in the wrong chain"
    if row.case_id is not None and (case is None or case.kind != row.case_kind):
        yield "is of another kind than its case"
    if row.case_id is None and (row.case_kind, row.from_state, row.to_state) != (None, None, None):
        yield "tells of a case without one"


def _instant(stored) -> str:
    """The stored instant as bodies write it; SQLite keeps UTC as text without saying so."""
    if isinstance(stored, str):
        return f"{stored[:10]}T{stored[11:].removesuffix('.000000')}+00:00"
    return stored.astimezone(UTC).isoformat()


def _compare_heads(found: Verification, tips: dict[str, _Tip], *, whole: bool) -> None:
    for head in db.session.execute(select(ChainHead.chain_id, ChainHead.seq, ChainHead.tip)):
        found.chains += 1
        tip = tips.pop(head.chain_id, None)
        if tip is not None and (tip.seq, tip.mac) != (head.seq, head.tip):
            found.faults.append(f"{head.chain_id}: its tip is not the last event")
        elif tip is None and head.seq and whole:
            found.faults.append(f"{head.chain_id}: all events are missing")
    found.faults += [f"{chain}: has no tip" for chain in tips]


class _Vouched:
    """Hashes that events hold of submissions and opinions, kept apart from what they vouch for."""

    def __init__(self):
        self.submissions: dict[tuple[int, int], str] = {}
        self.opinions: dict[int, str] = {}

    def note(self, case_id: int, seq: int, facts: dict) -> None:
        if "version" in facts and "hash" in facts:
            self.submissions[case_id, facts["version"]] = facts["hash"]
        if "opinion" in facts:
            self.opinions[facts["opinion"]] = facts["opinion_hash"]

    def faults(self) -> list[str]:
        """Submissions and opinions that are not as their events say, or that no event knows."""
        found = defaultdict(list)
        rows = select(Submission.case_id, Submission.version_no, Submission.content, Submission.hash)
        for row in db.session.execute(rows.execution_options(yield_per=200)):
            hashed = self.submissions.pop((row.case_id, row.version_no), None)
            if not hashed == row.hash == security.digest(row.content):
                found[row.case_id].append(f"version {row.version_no} differs from its record")
        for row in db.session.execute(select(Opinion.id, Opinion.case_id, Opinion.text, Opinion.remarks)):
            if self.opinions.pop(row.id, None) != security.digest(row.text + row.remarks):
                found[row.case_id].append(f"opinion {row.id} differs from its record")
        for case_id, number in self.submissions:
            found[case_id].append(f"version {number} is missing")
        lost = [f"opinion {number} is missing" for number in self.opinions]
        return [f"case:{case_id}: {what}" for case_id, whats in found.items() for what in whats] + lost
