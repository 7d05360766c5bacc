"""Daily roots: one small file a day outside the database that names the tips of the chains (reliability §3.6).

Each file names the chains that grew since the file before, with the number and MAC of their last event, and the
hash of the file before. Whoever cuts the end off a chain, or writes a whole chain anew, contradicts a file that
the operator has copied off the host. What happened since the last file is the named limit.
"""

import hashlib
import json
import os
import secrets
from datetime import date
from functools import lru_cache
from pathlib import Path

from flask import current_app
from sqlalchemy import select

from incubator.kernel import clock, registry, security
from incubator.kernel.database import begin_reading, db, end_reading
from incubator.kernel.ledger import GENESIS, ChainHead, canonical


def folder() -> Path:
    return Path(current_app.config["PORTAL"].INSTANCE_DIR) / "roots"


def files(place: Path | None = None) -> list[Path]:
    """The root files, oldest first; their names are their days."""
    place = place or folder()
    return sorted(place.glob("????-??-??.json")) if place.is_dir() else []


@registry.daily(95, "ledger_root")
def write_root(day: date) -> int:
    """Write the root of `day`, once. A day that is not after the last root's writes nothing (a clock set back)."""
    known = files()
    if known and known[-1].stem >= day.isoformat():
        return 0
    named: dict[str, int] = {}
    for path in known:
        named |= _named(path, path.stat().st_mtime_ns)
    heads = _heads()
    body = {
        "day": day.isoformat(), "written_at": clock.now().isoformat(),
        "previous": hashlib.sha256(known[-1].read_bytes()).hexdigest() if known else GENESIS,
        "chains": {chain: [seq, tip] for chain, seq, tip in heads if seq > named.get(chain, 0)},
        "number_of_chains": len(heads), "number_of_events": sum(seq for _, seq, _ in heads),
    }
    return _keep(folder() / f"{day.isoformat()}.json", canonical({**body, **_seal(body)}))


@lru_cache(maxsize=8192)
def _named(path: Path, changed_at: int) -> dict[str, int]:
    """Chain → number in one file: what stands is never written again, so that a day's root need not read ten years anew."""
    return {chain: seq for chain, (seq, _) in json.loads(path.read_bytes())["chains"].items()}


def _heads() -> list[tuple[str, int, str]]:
    token = begin_reading()
    try:
        query = select(ChainHead.chain_id, ChainHead.seq, ChainHead.tip).where(ChainHead.seq > 0)
        rows = [tuple(row) for row in db.session.execute(query.order_by(ChainHead.chain_id))]
        db.session.commit()
        return rows
    finally:
        end_reading(token)


def _seal(body: dict) -> dict:
    vault = security.vault()
    return {"mac": vault.mac(canonical(body), vault.ledger_alg), "alg": vault.ledger_alg, "key_id": vault.ledger_key_id}


def _keep(place: Path, text: str) -> int:
    """Whole or not at all, and never over a file that stands: of two writers the second finds it done."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = place.parent / f"part-{secrets.token_hex(8)}"
    try:
        with open(part, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        os.link(part, place)
    except FileExistsError:
        return 0
    finally:
        part.unlink(missing_ok=True)
    return 1


def read(place: Path | None = None) -> tuple[dict[tuple[str, int], tuple[str, str]], list[str]]:
    """What the roots say of the chains, (chain, number) → (MAC, day), and what is wrong with the files themselves."""
    said: dict[tuple[str, int], tuple[str, str]] = {}
    faults: list[str] = []
    previous = GENESIS
    for path in files(place):
        content = path.read_bytes()
        fault, chains = _judge(content, path.stem, previous)
        faults += [f"root {path.stem}: {fault}"] if fault else []
        said |= {(chain, seq): (tip, path.stem) for chain, (seq, tip) in chains.items()}
        previous = hashlib.sha256(content).hexdigest()
    return said, faults


def _judge(content: bytes, day: str, previous: str) -> tuple[str, dict]:
    try:
        body = json.loads(content)
        mac, alg, key_id = body.pop("mac"), body.pop("alg"), body.pop("key_id")
        vault = security.vault()
        if key_id != vault.ledger_key_id or not vault.mac_matches(canonical(body), alg, mac):
            return "MAC does not match", {}
        if body["day"] != day:
            return "carries another day", body["chains"]
        if body["previous"] != previous:
            return "does not follow the file before it", body["chains"]
        return "", body["chains"]
    except (ValueError, KeyError, AttributeError, TypeError):
        return "cannot be read", {}
