"""The append-only record: chained, keyed events (reliability §3.6).

Chains: ``case:<id>`` for all that happens on a case, ``base:<id>`` for what happens to a base outside a case,
``system`` for the rest. A body holds ids, hashes and names of fields, never personal data or typed text.
"""

import json

from flask import g, has_request_context, request
from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from incubator.kernel import clock, security
from incubator.kernel.database import Base, Instant, db

GENESIS = "0" * 64


class ChainHead(Base):
    """Tip and length of each chain; its row lock serialises the writers of that chain."""

    __tablename__ = "chain_head"
    chain_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, default=0)
    tip: Mapped[str] = mapped_column(String(64), default=GENESIS)


class AllowedTransition(Base):
    """Lawful pairs of states, filled from policy after every upgrade; rows are retired, never deleted."""

    __tablename__ = "allowed_transition"
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    from_state: Mapped[str] = mapped_column(String(32), primary_key=True)
    to_state: Mapped[str] = mapped_column(String(32), primary_key=True)
    retired_on: Mapped[object | None] = mapped_column(Instant)


class Event(Base):
    """One fact of the record. The composite keys make an unlawful step impossible even by raw SQL."""

    __tablename__ = "event"
    id: Mapped[int] = mapped_column(primary_key=True)
    chain_id: Mapped[str] = mapped_column(String(40))
    seq: Mapped[int] = mapped_column(Integer)
    prev_seq: Mapped[int | None] = mapped_column(Integer)
    prev_hash: Mapped[str] = mapped_column(String(64))
    case_id: Mapped[int | None] = mapped_column(Integer)
    case_kind: Mapped[str | None] = mapped_column(String(24))
    kind: Mapped[str] = mapped_column(String(40))
    from_state: Mapped[str | None] = mapped_column(String(32))
    to_state: Mapped[str | None] = mapped_column(String(32))
    body: Mapped[str] = mapped_column(Text)
    body_hash: Mapped[str] = mapped_column(String(64))
    mac: Mapped[str] = mapped_column(String(64))
    alg: Mapped[str] = mapped_column(String(16))
    key_id: Mapped[str] = mapped_column(String(16))
    occurred_at: Mapped[object] = mapped_column(Instant)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))

    __table_args__ = (
        UniqueConstraint("chain_id", "seq"),
        UniqueConstraint("chain_id", "prev_hash"),
        UniqueConstraint("case_id", "seq", "to_state"),
        UniqueConstraint("case_id", "seq"),
        CheckConstraint(
            "(case_id IS NULL) = (case_kind IS NULL) AND (case_id IS NULL) = (from_state IS NULL)"
            " AND (case_id IS NULL) = (to_state IS NULL)",
            name="case_facts",
        ),
        CheckConstraint(
            "CASE WHEN seq = 1 THEN prev_seq IS NULL ELSE prev_seq IS NOT NULL AND prev_seq = seq - 1 END",
            name="prev_seq",
        ),
        ForeignKeyConstraint(
            ["case_id", "prev_seq", "from_state"], ["event.case_id", "event.seq", "event.to_state"],
            ondelete="RESTRICT", name="fk_event_previous",
        ),
        ForeignKeyConstraint(
            ["case_kind", "from_state", "to_state"],
            ["allowed_transition.kind", "allowed_transition.from_state", "allowed_transition.to_state"],
            ondelete="RESTRICT", name="fk_event_allowed",
        ),
        ForeignKeyConstraint(
            ["case_id", "case_kind"], ["case_.id", "case_.kind"], ondelete="RESTRICT", name="fk_event_case"
        ),
        Index("ix_event_case", "case_id", "seq"),
    )

    @property
    def facts(self) -> dict:
        return json.loads(self.body)


def canonical(body: dict) -> str:
    """The text that is hashed: sorted keys, no spaces, no floats."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain)


def _plain(value):
    if isinstance(value, float):
        raise TypeError("no floats in the record")
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def sealed_line(chain_id: str, seq: int, prev_hash: str, body_hash: str, states: str) -> str:
    return f"{chain_id}|{seq}|{prev_hash}|{states}|{body_hash}"


def append(chain_id, kind, actor, facts=None, *, case=None, from_state=None, to_state=None) -> Event:
    """Add one event to `chain_id` in the caller's transaction; the act fails if this fails (P9)."""
    session = db.session
    insert = (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert
    session.execute(insert(ChainHead).values(chain_id=chain_id, seq=0, tip=GENESIS).on_conflict_do_nothing())
    seq, tip = session.execute(
        update(ChainHead)
        .where(ChainHead.chain_id == chain_id)
        .values(seq=ChainHead.seq + 1)
        .returning(ChainHead.seq, ChainHead.tip)
    ).one()
    at = clock.now()
    body = canonical({"act": kind, "at": at.isoformat(), "who": actor.as_record(), "facts": facts or {}, **_request()})
    body_hash = security.digest(body)
    vault = security.vault()
    states = f"{from_state or ''}>{to_state or ''}" if case is not None else ""
    mac = vault.mac(sealed_line(chain_id, seq, tip, body_hash, states), vault.ledger_alg)
    event = Event(
        chain_id=chain_id, seq=seq, prev_seq=seq - 1 if seq > 1 else None, prev_hash=tip, kind=kind,
        case_id=case.id if case is not None else None, case_kind=case.kind if case is not None else None,
        from_state=from_state, to_state=to_state, body=body, body_hash=body_hash, mac=mac,
        alg=vault.ledger_alg, key_id=vault.ledger_key_id, occurred_at=at, person_id=actor.person_id,
    )
    session.add(event)
    session.flush()
    session.execute(update(ChainHead).where(ChainHead.chain_id == chain_id, ChainHead.seq == seq).values(tip=mac))
    return event


def _request() -> dict:
    if not has_request_context():
        return {}
    return {"request": getattr(g, "request_id", ""), "ip": request.remote_addr or ""}


def verify(limit: int | None = None, roots=None):
    """Replay the record and compare it with all that vouches for it; `limit` looks at the last events only."""
    from incubator.kernel.verification import replay

    return replay(limit, roots)
