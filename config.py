"""Settings of the portal: one frozen object, and the only place that reads the environment.

Three editions. *Production* takes everything from the environment and refuses to start with
a switch that makes rehearsing easier. *Training* (``make run``) needs no setting at all: it
keeps its database and its keys in one folder. *Testing* is for the tests.

The fields are upper case so that ``app.config.from_object(config)`` takes them as they are.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

Value = TypeVar("Value")

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
PASSWORD_POLICIES = ("djbh", "asvs")
KEY_BYTES = 32
# What OWASP asks of argon2id at the least: 19 MiB, two passes, one lane.
ARGON2_FLOOR = {"ARGON2_MEMORY_COST": 19_456, "ARGON2_TIME_COST": 2, "ARGON2_PARALLELISM": 1}


class ConfigError(Exception):
    """All that is wrong with the settings, told at once."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("The portal cannot start:\n" + "\n".join(f"  - {line}" for line in self.problems))


@dataclass(frozen=True, kw_only=True)
class Config:
    # where things are
    DATABASE_URL: str = field(repr=False)
    REDIS_URL: str | None = field(default=None, repr=False)  # None: the in-memory transport, one process
    INSTANCE_DIR: Path
    FILES_DIR: Path
    PUBLIC_BASE_URL: str  # links in letters are built from this, never from a request
    TRUSTED_HOSTS: tuple[str, ...]
    PROXY_HOPS: int = 0  # how many proxies of ours stand in front, exactly

    # keys: none may be derived from another, none is stored in the database
    SECRET_KEY: str = field(repr=False)
    LEDGER_KEY: bytes = field(repr=False)  # HMAC of the event chains
    LEDGER_KEY_ID: str = "ledger-1"
    SEAL_KEY: bytes = field(repr=False)  # AES-GCM of ID numbers and telephones
    SEAL_KEY_ID: str = "seal-1"

    # editions and their switches
    TRAINING: bool = False
    TESTING: bool = False
    COOKIE_PLAIN: bool = False  # cookie over plain HTTP; else __Host- and Secure
    SESSION_CAP: int = 2  # sessions at one time for one member of staff; 0: no cap
    SECOND_FACTOR: bool = True  # TOTP for all staff

    # passwords
    ARGON2_TIME_COST: int = 3
    ARGON2_MEMORY_COST: int = 65_536  # KiB
    ARGON2_PARALLELISM: int = 1
    PASSWORD_POLICY: str = "djbh"

    # ways out of the portal; each is off while it is not set
    SMTP_HOST: str | None = None
    SMTP_PORT: int = 25
    SMTP_TLS: str = "starttls"  # or tls, or none
    SMTP_USER: str | None = None
    SMTP_PASSWORD: str | None = field(default=None, repr=False)
    SMTP_SENDER: str | None = None
    SMS_URL: str | None = None  # of the provider's gateway
    SMS_TOKEN: str | None = field(default=None, repr=False)

    # limits and listening
    MAX_CONTENT_LENGTH: int = 60 * 1024 * 1024
    HOST: str = "127.0.0.1"
    PORT: int = 8000

    def __post_init__(self) -> None:
        if problems := _contradictions(self):
            raise ConfigError(problems)

    # -- what follows from the fields ------------------------------------------------------

    @property
    def SQLALCHEMY_DATABASE_URI(self) -> str:
        return self.DATABASE_URL

    @property
    def SESSION_COOKIE_NAME(self) -> str:
        return "portal" if self.COOKIE_PLAIN else "__Host-portal"

    @property
    def SESSION_COOKIE_SECURE(self) -> bool:
        return not self.COOKIE_PLAIN

    @property
    def SESSION_COOKIE_HTTPONLY(self) -> bool:
        return True

    @property
    def SESSION_COOKIE_SAMESITE(self) -> str:
        return "Lax"

    @property
    def is_sqlite(self) -> bool:
        return self.DATABASE_URL.startswith("sqlite")

    # -- the three ways to make one --------------------------------------------------------

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Config:
        """The production edition. Raises one ConfigError that names everything that is wrong."""
        return _Reader(os.environ if environ is None else environ).production()

    @classmethod
    def training_from_env(cls, environ: Mapping[str, str] | None = None) -> Config:
        """The training edition; INSTANCE_DIR and PORT may be set."""
        reader = _Reader(os.environ if environ is None else environ)
        folder = reader.take("INSTANCE_DIR", Path, default=Path(__file__).parent / "instance")
        port = reader.take("PORT", _port, default=8000)
        reader.done()
        return cls.training(folder, port)

    @classmethod
    def training(cls, instance_dir: Path | str, port: int = 8000) -> Config:
        """Database, keys and files in one folder that is made when it is missing."""
        folder = Path(instance_dir).resolve()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys = folder / "keys"
        keys.mkdir(mode=0o700, exist_ok=True)
        files = folder / "files"
        files.mkdir(mode=0o700, exist_ok=True)
        return cls(
            DATABASE_URL=f"sqlite:///{folder / 'portal.sqlite3'}",
            INSTANCE_DIR=folder,
            FILES_DIR=files,
            PUBLIC_BASE_URL=f"http://127.0.0.1:{port}",
            TRUSTED_HOSTS=LOOPBACK,
            SECRET_KEY=base64.b64encode(_key_kept_in(keys / "secret")).decode(),
            LEDGER_KEY=_key_kept_in(keys / "ledger"),
            SEAL_KEY=_key_kept_in(keys / "seal"),
            TRAINING=True,
            COOKIE_PLAIN=True,
            SESSION_CAP=0,
            SECOND_FACTOR=False,
            PORT=port,
        )

    @classmethod
    def testing(cls, instance_dir: Path | str, database_url: str | None = None, **changes: Any) -> Config:
        """Fixed keys and cheap password hashing; any field may be changed by name."""
        folder = Path(instance_dir)
        files = folder / "files"
        files.mkdir(parents=True, exist_ok=True)
        settings: dict[str, Any] = {
            "DATABASE_URL": database_url or f"sqlite:///{folder / 'portal.sqlite3'}",
            "INSTANCE_DIR": folder,
            "FILES_DIR": files,
            "PUBLIC_BASE_URL": "http://localhost",
            "TRUSTED_HOSTS": LOOPBACK,
            "SECRET_KEY": "a secret that only the tests use, long enough",
            "LEDGER_KEY": b"l" * KEY_BYTES,
            "SEAL_KEY": b"s" * KEY_BYTES,
            "TESTING": True,
            "COOKIE_PLAIN": True,
            "SESSION_CAP": 0,
            "SECOND_FACTOR": False,
            "ARGON2_TIME_COST": 1,
            "ARGON2_MEMORY_COST": 64,
        }
        return cls(**(settings | changes))


def _contradictions(config: Config) -> list[str]:
    """What may not stand together, however the object was made."""
    problems = []
    if not (config.TRAINING or config.TESTING):
        if config.COOKIE_PLAIN:
            problems.append("COOKIE_PLAIN is for the training edition only")
        if config.SESSION_CAP < 1:
            problems.append("SESSION_CAP must be 1 or more; 0 is for the training edition only")
        if not config.SECOND_FACTOR:
            problems.append("SECOND_FACTOR may be off in the training edition only")
        for name, floor in ARGON2_FLOOR.items():
            if getattr(config, name) < floor:
                problems.append(f"{name} must be {floor} or more")
    if config.TRAINING and not config.is_sqlite and not config.TESTING:
        problems.append("the training edition keeps its own SQLite file; it never works on a shared database")
    if config.SMTP_HOST and not config.SMTP_SENDER:
        problems.append("SMTP_SENDER is missing: letters need an address that they come from")
    if config.SMTP_USER and not config.SMTP_PASSWORD:
        problems.append("SMTP_PASSWORD is missing")
    if config.SMTP_USER and config.SMTP_TLS == "none" and not config.TESTING:
        problems.append("SMTP_TLS must be starttls or tls where a password is sent")
    if config.SMS_URL and not config.SMS_TOKEN:
        problems.append("SMS_TOKEN is missing")
    if config.LEDGER_KEY == config.SEAL_KEY:
        problems.append("LEDGER_KEY and SEAL_KEY must be different keys")
    return problems


def _key_kept_in(path: Path) -> bytes:
    """The key in the file; a new one, readable by its owner only, when there is none."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    except FileExistsError:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise ConfigError([f"others may read the key file {path}; it must be 0400 or 0600"]) from None
        try:
            return _base64_key(path.read_text("ascii"))
        except ValueError as wrong:
            raise ConfigError([f"the key file {path} {wrong}"]) from None
    key = secrets.token_bytes(KEY_BYTES)
    with os.fdopen(handle, "wb") as file:
        file.write(base64.b64encode(key) + b"\n")
    return key


# -- reading the environment ---------------------------------------------------------------


def _base64_key(text: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not base64") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"must be {KEY_BYTES} bytes in base64 (openssl rand -base64 {KEY_BYTES})")
    return key


def _secret(text: str) -> str:
    if len(text) < 32:
        raise ValueError("must be 32 characters or longer")
    return text


def _flag(text: str) -> bool:
    match text.strip().lower():
        case "1" | "true" | "yes" | "on":
            return True
        case "0" | "false" | "no" | "off" | "":
            return False
    raise ValueError("must be 1 or 0")


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise ValueError("must be a port from 1 to 65535")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ValueError("must be a whole number")
    return int(text)


def _hops(text: str) -> int:
    if _count(text) > 5:
        raise ValueError("must be the exact number of proxies in front, 0 to 5")
    return int(text)


def _key_id(text: str) -> str:
    if not text or len(text) > 20 or not text.replace("-", "").isalnum():
        raise ValueError("must be up to 20 letters, digits and hyphens")
    return text


def _database_url(text: str) -> str:
    if text.startswith(("postgresql://", "postgresql+psycopg://")):
        return text
    if text.startswith("sqlite:////"):
        return text
    raise ValueError("must be postgresql://… or sqlite:////absolute/path")


def _redis_url(text: str) -> str:
    if not text.startswith(("redis://", "rediss://", "redis+socket://")):
        raise ValueError("must be redis://…, rediss://… or redis+socket://…")
    return text


def _base_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("must be https://host without a path")
    return text.rstrip("/")


def _gateway(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be https://host/path")
    return text.rstrip("/")


def _tls(text: str) -> str:
    if text not in ("starttls", "tls", "none"):
        raise ValueError("must be starttls, tls or none")
    return text


def _hosts(text: str) -> tuple[str, ...]:
    hosts = tuple(filter(None, (host.strip() for host in text.split(","))))
    if not hosts or any("*" in host or "/" in host for host in hosts):
        raise ValueError("must be host names parted by commas, without wildcards")
    return hosts


def _policy(text: str) -> str:
    if text not in PASSWORD_POLICIES:
        raise ValueError(f"must be one of {', '.join(PASSWORD_POLICIES)}")
    return text


def _folder(text: str) -> Path:
    path = Path(text)
    if not path.is_absolute() or not path.is_dir():
        raise ValueError("must be the absolute path of a folder that exists")
    if not os.access(path, os.W_OK):
        raise ValueError("must be a folder that the portal may write to")
    return path


class _Reader:
    """Takes settings one by one and remembers what was wrong with each."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []

    def take(self, name: str, parse: Callable[[str], Value], *, default: Any = ...) -> Any:
        text = self._text(name)
        if text is None:
            if default is ...:
                self.problems.append(f"{name} is missing")
                return None
            return default
        try:
            return parse(text)
        except ValueError as wrong:
            self.problems.append(f"{name} {wrong}")
            return None

    def _text(self, name: str) -> str | None:
        """The value, or what stands in the file that NAME_FILE points to (for keys)."""
        if name in self.environ:
            return self.environ[name]
        if file := self.environ.get(f"{name}_FILE"):
            try:
                return Path(file).read_text("utf-8").strip()
            except OSError as wrong:
                self.problems.append(f"{name}_FILE cannot be read: {wrong.strerror}")
                return None
        return None

    def done(self) -> None:
        if self.problems:
            raise ConfigError(self.problems)

    def production(self) -> Config:
        take = self.take
        if take("TRAINING", _flag, default=False):
            self.problems.append("TRAINING is not for production; `make run` starts the training edition")
        instance = take("INSTANCE_DIR", _folder)
        settings: dict[str, Any] = {
            "DATABASE_URL": take("DATABASE_URL", _database_url),
            "REDIS_URL": take("REDIS_URL", _redis_url, default=None),
            "INSTANCE_DIR": instance,
            "FILES_DIR": take("FILES_DIR", _folder, default=instance and instance / "files"),
            "PUBLIC_BASE_URL": take("PUBLIC_BASE_URL", _base_url),
            "TRUSTED_HOSTS": take("TRUSTED_HOSTS", _hosts),
            "PROXY_HOPS": take("PROXY_HOPS", _hops),
            "SECRET_KEY": take("SECRET_KEY", _secret),
            "LEDGER_KEY": take("LEDGER_KEY", _base64_key),
            "LEDGER_KEY_ID": take("LEDGER_KEY_ID", _key_id, default="ledger-1"),
            "SEAL_KEY": take("SEAL_KEY", _base64_key),
            "SEAL_KEY_ID": take("SEAL_KEY_ID", _key_id, default="seal-1"),
            "COOKIE_PLAIN": take("COOKIE_PLAIN", _flag, default=False),
            "SESSION_CAP": take("SESSION_CAP", _count, default=2),
            "SECOND_FACTOR": take("SECOND_FACTOR", _flag, default=True),
            "ARGON2_TIME_COST": take("ARGON2_TIME_COST", _count, default=3),
            "ARGON2_MEMORY_COST": take("ARGON2_MEMORY_COST", _count, default=65_536),
            "ARGON2_PARALLELISM": take("ARGON2_PARALLELISM", _count, default=1),
            "PASSWORD_POLICY": take("PASSWORD_POLICY", _policy, default="djbh"),
            "SMTP_HOST": take("SMTP_HOST", str, default=None),
            "SMTP_PORT": take("SMTP_PORT", _port, default=25),
            "SMTP_TLS": take("SMTP_TLS", _tls, default="starttls"),
            "SMTP_USER": take("SMTP_USER", str, default=None),
            "SMTP_PASSWORD": take("SMTP_PASSWORD", str, default=None),
            "SMTP_SENDER": take("SMTP_SENDER", str, default=None),
            "SMS_URL": take("SMS_URL", _gateway, default=None),
            "SMS_TOKEN": take("SMS_TOKEN", str, default=None),
            "MAX_CONTENT_LENGTH": take("MAX_CONTENT_LENGTH", _count, default=60 * 1024 * 1024),
            "HOST": take("HOST", str, default="127.0.0.1"),
            "PORT": take("PORT", _port, default=8000),
        }
        hosts, base_url = settings["TRUSTED_HOSTS"], settings["PUBLIC_BASE_URL"]
        if hosts and base_url and urlsplit(base_url).hostname not in hosts:
            self.problems.append("PUBLIC_BASE_URL names a host that is not among TRUSTED_HOSTS")
        if not self.problems:
            return Config(**settings)
        # Name the contradictions too, as far as the readable fields tell them.
        readable = _AsFarAsKnown(settings)
        raise ConfigError([*self.problems, *_contradictions(readable)])  # type: ignore[arg-type]


class _AsFarAsKnown:
    """Settings with harmless values in place of those that could not be read."""

    TRAINING = TESTING = False
    is_sqlite = False

    def __init__(self, settings: dict[str, Any]) -> None:
        unread = {
            "LEDGER_KEY": b"1",
            "SEAL_KEY": b"2",
            "COOKIE_PLAIN": False,
            "SESSION_CAP": 1,
            "SECOND_FACTOR": True,
            **ARGON2_FLOOR,
        }
        for name, value in settings.items():
            setattr(self, name, unread.get(name) if value is None else value)
