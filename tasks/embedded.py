"""The training edition in one process: ``python -m tasks.embedded`` (what ``make run`` starts).

Web server, worker and scheduler are threads over the in-memory transport, the database is a
SQLite file, and nothing needs installing. One process per instance folder: a second one would
run the schedule twice.
"""

from __future__ import annotations

import ctypes
import fcntl
import importlib
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from celery import Celery
from celery.beat import EmbeddedService
from flask import Flask
from waitress.server import create_server

from config import Config, ConfigError
from incubator import create_app
from tasks.app import SCHEDULER, attach

# After this many seconds a stop is no longer polite. A kill at any instant is safe: what was
# committed is kept, and what was not is done again from the outbox.
PATIENCE = 1.5
TRAINING = "incubator.simulation.training"  # plays in the training province and names its accounts
SEEDS = (("policy", "sync"), ("seed", "divisions"), ("seed", "training"))


def portal() -> Flask:
    """For the command line on a training instance: ``flask --app tasks.embedded:portal …``."""
    return create_app(Config.training_from_env())


def main() -> None:
    began = time.monotonic()
    if "--with-parent" in sys.argv:
        _end_with_parent()
    try:
        config = Config.training_from_env()
    except ConfigError as wrong:
        _give_up(str(wrong))
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    with _alone_in(config.INSTANCE_DIR):
        _free(config.HOST, config.PORT)
        app = create_app(config)
        prepare(app)
        celery = attach(app, config)
        _say(config, began)
        serve(app, celery, config)


def prepare(app: Flask) -> None:
    """Bring the database up to date; on a new one that makes everything, on an old one it keeps the data."""
    from flask_migrate import upgrade

    with app.app_context():
        upgrade()
    for command in SEEDS:
        result = app.test_cli_runner().invoke(args=list(command), catch_exceptions=False)
        if result.exit_code:
            _give_up(f"flask {' '.join(command)} failed:\n{result.output}")


def serve(app: Flask, celery: Celery, config: Config) -> None:
    """Serve until SIGINT or SIGTERM; then end everything within two seconds."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    server = create_server(app, host=config.HOST, port=config.PORT, threads=8, ident="portal")
    worker = _start_worker(celery)
    beat = EmbeddedService(celery, thread=True, scheduler_cls=SCHEDULER)
    beat.daemon = True
    beat.start()
    celery.send_task("tasks.tick")  # what came due while the portal was off
    try:
        server.run()
    except (KeyboardInterrupt, SystemExit):
        pass
    finally:
        threading.Timer(PATIENCE, os._exit, (0,)).start()
        beat.stop()
        worker.stop()
        sys.stdout.flush()
        os._exit(0)  # threads of requests that still run are not waited for


def _start_worker(celery: Celery):
    ready = threading.Event()

    class Worker(celery.WorkController):
        def on_consumer_ready(self, consumer: object) -> None:
            ready.set()

    worker = Worker(
        app=celery,
        hostname="embedded@localhost",
        pool="threads",
        concurrency=4,
        without_heartbeat=True,
        without_mingle=True,
        without_gossip=True,
    )
    threading.Thread(target=worker.start, name="worker", daemon=True).start()
    if not ready.wait(30):
        _give_up("The background worker did not start within 30 seconds.")
    return worker


def _stop(number: int, frame: object) -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # The web server itself waits up to five seconds for running requests; that is too long.
    timer = threading.Timer(PATIENCE, os._exit, (0,))
    timer.daemon = True
    timer.start()
    raise KeyboardInterrupt


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            _give_up(
                f"A portal already runs on {folder} (process {lock.read().strip() or 'unknown'}).\n"
                "Stop that one, or set INSTANCE_DIR to another folder."
            )
        lock.seek(0)
        lock.truncate()
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def _free(host: str, port: int) -> None:
    """Say at once that the port is taken, before the database is made ready."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as wrong:
            _give_up(f"Port {port} cannot be used ({wrong.strerror}). Choose another: PORT=8080 make run")


def _end_with_parent() -> None:
    """When `make` is killed without a chance to pass it on, the portal gets SIGTERM all the same."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def _say(config: Config, began: float) -> None:
    lines = ["", f"  吉林省创业孵化基地服务和管理系统（培训版）  {config.PUBLIC_BASE_URL}", ""]
    lines += _accounts()
    seconds = time.monotonic() - began
    lines += [f"  Ready after {seconds:.1f} s. Ctrl-C stops it. The data stay in {config.INSTANCE_DIR}", ""]
    print("\n".join(lines), flush=True)


def _accounts() -> list[str]:
    """The training accounts as a table, one a line: sign-in name, password, who it is."""
    try:
        accounts = importlib.import_module(TRAINING).ACCOUNTS
    except (ModuleNotFoundError, AttributeError):
        return []
    lines = ["  Training accounts:"]
    lines += ["    " + "  ".join(str(part) for part in _parts(account)) for account in accounts]
    return [*lines, ""]


def _parts(account: object) -> list[object]:
    if isinstance(account, dict):
        return list(account.values())
    if hasattr(account, "_asdict"):
        return list(account._asdict().values())
    if hasattr(account, "__dataclass_fields__"):
        return [getattr(account, name) for name in account.__dataclass_fields__]
    return list(account)  # type: ignore[call-overload]


def _give_up(message: str) -> NoReturn:
    print(message, file=sys.stderr, flush=True)
    raise SystemExit(1)


if __name__ == "__main__":
    main()
