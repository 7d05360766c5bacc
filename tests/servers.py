"""Private servers of the tests: PostgreSQL and Redis on sockets of their own.

Whoever needs one first starts it; all workers of a run share it. A guard process owns the
servers and ends them when the run ends, also when the run is killed. Nothing that is already
running on the machine is used or touched.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import glob
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

OWNER = "portal"
PATIENCE = 30.0  # seconds for a server to come up
ROOM = 6 << 30  # bytes that a run may need


def make_run_dir() -> Path:
    """A folder for one run, short enough for socket paths and open to the servers' user; in memory where that has room."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM
    folder = Path(tempfile.mkdtemp(prefix="portal-tests-", dir=memory if roomy else "/tmp"))
    folder.chmod(0o755)
    return folder


@contextlib.contextmanager
def locked(folder: Path, name: str) -> Iterator[None]:
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def once(folder: Path, name: str, make: Callable[[], None]) -> None:
    """Let the first worker that comes make something; the others wait and find it."""
    done = folder / f"{name}.done"
    if not done.exists():
        with locked(folder, name):
            if not done.exists():
                make()
                done.touch()


# ------------------------------------------------------------------------------ PostgreSQL


class Postgres:
    """One private cluster of a run; databases are copies of templates."""

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self.home = run_dir / "pg"

    def start(self) -> Postgres:
        once(self.run_dir, "postgres", lambda: _ask_guard(self.run_dir, "postgres", self._answers))
        return self

    def url(self, database: str) -> str:
        return f"postgresql://{OWNER}@/{database}?host={self.home}"

    def _connect(self):
        import psycopg

        return psycopg.connect(f"host={self.home} user={OWNER} dbname=postgres", autocommit=True)

    def ask(self, database: str, query: str) -> tuple:
        """One row of a database."""
        import psycopg

        with psycopg.connect(f"host={self.home} user={OWNER} dbname={database}", autocommit=True) as connection:
            return connection.execute(query).fetchone()

    def _answers(self) -> bool:
        import psycopg

        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def create(self, name: str, template: str = "template0") -> None:
        with self._connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def drop(self, name: str) -> None:
        with self._connect() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def restore(self, name: str, template: str) -> None:
        """`name` as fresh as `template`: about 0.1 s. Append-only tables cannot be emptied, only copied anew."""
        with self._connect() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY wal_log')

    def writes(self) -> int:
        """A number that grows with every writing transaction of the cluster."""
        with self._connect() as connection:
            row = connection.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text").fetchone()
            assert row
            return int(row[0])


def _postgres_bin() -> Path:
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))
    if folders:
        return Path(folders[-1])
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    raise RuntimeError("PostgreSQL is missing; `make test` says how to install it")


def _start_postgres(run_dir: Path) -> subprocess.Popen[bytes]:
    programs, home = _postgres_bin(), run_dir / "pg"
    home.mkdir(mode=0o700)
    user = _another_user()  # PostgreSQL refuses to run as root
    as_user: dict = {}
    if user:
        os.chown(home, user.pw_uid, user.pw_gid)
        as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    environ = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(home)}
    with (run_dir / "postgres.log").open("wb") as log:
        subprocess.run(
            [programs / "initdb", "-D", home / "data", "-U", OWNER, "-A", "trust", "-E", "UTF8",
             "--locale=C.UTF-8", "--no-sync", "--no-instructions"],
            check=True, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=home, env=environ, **as_user,
        )
        settings = {
            "listen_addresses": "", "unix_socket_directories": str(home), "fsync": "off",
            "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200",
            "shared_buffers": "128MB", "max_wal_size": "4GB", "checkpoint_timeout": "1h",
            "autovacuum": "off", "log_min_messages": "error", "log_min_error_statement": "panic",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return subprocess.Popen(
            [programs / "postgres", "-D", home / "data", *options],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=home, env=environ, **as_user,
        )


def _another_user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("neither a user postgres nor a user nobody to run PostgreSQL as")


# ------------------------------------------------------------------------------------ Redis


class Redis:
    """One private redis-server of a run, for the tests that need processes of their own."""

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self.socket = run_dir / "redis" / "redis.sock"

    def start(self) -> Redis:
        once(self.run_dir, "redis", lambda: _ask_guard(self.run_dir, "redis", self._answers))
        return self

    def url(self, number: int = 0) -> str:
        """For Celery (`redis+socket://`); one database number for each worker of the run."""
        return f"redis+socket://{self.socket}?virtual_host={number}"

    def client(self, number: int = 0):
        import redis

        return redis.Redis(unix_socket_path=str(self.socket), db=number)

    def _answers(self) -> bool:
        import redis

        try:
            return bool(self.client().ping())
        except redis.ConnectionError:
            return False


def start_redis(home: Path) -> subprocess.Popen[bytes]:
    """A redis-server on a socket in `home`; tests that stop or freeze it start one for themselves."""
    program = shutil.which("redis-server")
    if not program:
        raise RuntimeError("redis-server is missing; `make test` says how to install it")
    home.mkdir(mode=0o700, exist_ok=True)
    return subprocess.Popen(
        [program, "--port", "0", "--unixsocket", str(home / "redis.sock"), "--dir", str(home),
         "--databases", "64", "--appendonly", "no", "--save", "", "--maxmemory-policy", "noeviction",
         "--logfile", str(home / "redis.log"), "--daemonize", "no"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )


# ---------------------------------------------------------------------------- their guard


def _ask_guard(run_dir: Path, server: str, answers: Callable[[], bool]) -> None:
    """Start the guard if there is none, ask it for a server and wait until that answers."""
    (run_dir / f"{server}.wanted").touch()
    with locked(run_dir, "guard"):
        if not (run_dir / "guard.pid").exists():
            owner = (run_dir / "owner.pid").read_text().strip()
            guard = subprocess.Popen(
                [sys.executable, "-m", "tests.servers", str(run_dir), owner],
                cwd=Path(__file__).parent.parent, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=(run_dir / "guard.log").open("wb"),
            )
            (run_dir / "guard.pid").write_text(str(guard.pid))
    deadline = time.monotonic() + PATIENCE
    while not answers():
        if time.monotonic() > deadline or (run_dir / f"{server}.failed").exists():
            logs = [path.read_text(errors="replace")[-2000:] for path in run_dir.glob("*.log")]
            raise RuntimeError(f"{server} did not start:\n" + "\n".join(logs))
        time.sleep(0.02)


def end_run(run_dir: Path) -> None:
    """Called once, by the process that began the run."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        guard = int((run_dir / "guard.pid").read_text())
        os.kill(guard, signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE
        while run_dir.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
    shutil.rmtree(run_dir, ignore_errors=True)


def _guard(run_dir: Path, owner: int) -> None:
    """Start what is wanted; when asked to or when the owner is gone, stop all and clear away."""
    ends: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, frame: ends.append(number))
    starters = {"postgres": lambda: _start_postgres(run_dir), "redis": lambda: start_redis(run_dir / "redis")}
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        while not ends and _lives(owner) and run_dir.exists():
            for name in [name for name in starters if (run_dir / f"{name}.wanted").exists()]:
                try:
                    running[name] = starters.pop(name)()
                except Exception:
                    (run_dir / f"{name}.failed").touch()
                    raise
            time.sleep(0.02)
    finally:
        for process in running.values():
            process.send_signal(signal.SIGINT)  # PostgreSQL waits for nobody then
        for process in running.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(run_dir, ignore_errors=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def end_with_parent() -> None:
    """For `preexec_fn`: a process started by a test does not outlive it."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


if __name__ == "__main__":
    _guard(Path(sys.argv[1]), int(sys.argv[2]))
