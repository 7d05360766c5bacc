"""Secrets: sealing of personal data, blind indexes, MACs, password hashes, random codes.

Every sealed value and MAC names its algorithm and key, so that another provider can stand beside this one.
"""

import base64
import hashlib
import hmac
import os
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LEDGER_ALGS = tuple(f"hmac-{name}" for name in ("sm3", "sha256") if name in hashlib.algorithms_available)


class Vault:
    """The keys of one instance and what is done with them."""

    def __init__(self, config):
        self._aead = AESGCM(config.SEAL_KEY)
        self._seal_key_id = config.SEAL_KEY_ID
        self._blind_key = hmac.new(config.SEAL_KEY, b"blind index", hashlib.sha256).digest()
        self._ledger_key = config.LEDGER_KEY
        self.ledger_key_id = config.LEDGER_KEY_ID
        self.ledger_alg = LEDGER_ALGS[0]
        self._hasher = PasswordHasher(
            time_cost=config.ARGON2_TIME_COST,
            memory_cost=config.ARGON2_MEMORY_COST,
            parallelism=config.ARGON2_PARALLELISM,
        )
        self._dummy = self._hasher.hash("no such person")

    # personal data at rest
    def seal(self, text: str) -> str:
        """AES-GCM under a fresh nonce: ``v1.<key id>.<base64 of nonce and ciphertext>``."""
        nonce = os.urandom(12)
        blob = nonce + self._aead.encrypt(nonce, text.encode(), self._seal_key_id.encode())
        return f"v1.{self._seal_key_id}.{base64.urlsafe_b64encode(blob).decode()}"

    def open(self, sealed: str) -> str:
        _, key_id, body = sealed.split(".", 2)
        blob = base64.urlsafe_b64decode(body)
        return self._aead.decrypt(blob[:12], blob[12:], key_id.encode()).decode()

    def blind(self, text: str) -> str:
        """Keyed index for equality search on a sealed value."""
        return hmac.new(self._blind_key, text.encode(), hashlib.sha256).hexdigest()

    # ledger
    def mac(self, text: str, alg: str) -> str:
        return hmac.digest(self._ledger_key, text.encode(), alg.removeprefix("hmac-")).hex()

    def mac_matches(self, text: str, alg: str, mac: str) -> bool:
        """Whether `mac` is that of `text`; an algorithm we never used matches nothing."""
        return alg in LEDGER_ALGS and hmac.compare_digest(self.mac(text, alg).encode(), str(mac).encode())

    # passwords
    def hash_password(self, password: str) -> str:
        return self._hasher.hash(password)

    def verify_password(self, stored: str | None, password: str) -> bool:
        """True if it matches; takes the same time when there is nothing to compare with (P15)."""
        try:
            ok = self._hasher.verify(stored or self._dummy, password)
        except (VerificationError, InvalidHashError):
            return False
        return ok and stored is not None

    def stale(self, stored: str) -> bool:
        return self._hasher.check_needs_rehash(stored)


def vault() -> Vault:
    return current_app.extensions["vault"]


def is_sealed(value) -> bool:
    return isinstance(value, str) and value.startswith("v1.") and value.count(".") == 2


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def random_token() -> str:
    """256 bits for cookies and links."""
    return secrets.token_urlsafe(32)


def receipt_code() -> str:
    """160 bits in groups a person can copy: the key to an application made without an account."""
    raw = "".join(secrets.choice(CODE_ALPHABET) for _ in range(32))
    return "-".join(raw[i : i + 8] for i in range(0, 32, 8))


def plaque_code() -> str:
    """60 bits in three groups: short enough to type from a plaque, too many to guess through the throttle."""
    raw = "".join(secrets.choice(CODE_ALPHABET) for _ in range(12))
    return "-".join(raw[i : i + 4] for i in range(0, 12, 4))


def one_time_password() -> str:
    """Twelve easily read characters (60 bits), with all the classes that the password policy wants."""
    letters = "abcdefghjkmnpqrstuvwxyz"
    body = "".join(secrets.choice(CODE_ALPHABET) for _ in range(7))
    return f"{secrets.choice(letters)}{secrets.choice(letters)}{body[:4]}-{body[4:]}{secrets.choice('23456789')}"
