"""The Celery application, made from the same Config as the portal.

The database is the queue: what must happen stands in the outbox and among the obligations.
A message through Redis is only a doorbell, so its loss costs ten seconds and nothing else.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from typing import Any

from celery import Celery, Task
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from config import Config
from incubator.kernel.database import db
from incubator.kernel.outbox import Outbox
from tasks import jobs

# A task that its worker never acknowledged comes back after this time. Said in all three
# places, since each part of Celery reads another one.
VISIBILITY_TIMEOUT = 300

# Keeps no file: what is due is read from the database, never from what was rung before.
SCHEDULER = "celery.beat:Scheduler"

SCHEDULE = {
    "drain": {"task": "tasks.drain", "schedule": 10.0, "options": {"expires": 10}},
    "tick": {"task": "tasks.tick", "schedule": 60.0, "options": {"expires": 60}},
}


def make_celery(app: Flask, config: Config) -> Celery:
    """A Celery application whose tasks run inside an application context of `app`."""

    class InContext(Task):
        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            with app.app_context():
                return self.run(*args, **kwargs)

    celery = Celery("tasks", task_cls=InContext, set_as_current=False)
    celery.conf.update(_settings(config))
    for name, command in jobs.COMMANDS.items():
        celery.task(command, name=f"tasks.{name}")
    # Without these two, a worker in a thread takes messages and loses the tasks without a word.
    celery.finalize()
    celery.set_default()
    return celery


def _settings(config: Config) -> dict[str, Any]:
    if config.REDIS_URL:
        transport: dict[str, Any] = {
            "visibility_timeout": VISIBILITY_TIMEOUT,
            "socket_timeout": 5,
            "socket_connect_timeout": 2,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
        }
    else:
        transport = {"polling_interval": 0.05}
    return {
        "broker_url": config.REDIS_URL or "memory://localhost/",
        "broker_transport_options": transport,
        "result_backend_transport_options": {"visibility_timeout": VISIBILITY_TIMEOUT},
        "visibility_timeout": VISIBILITY_TIMEOUT,
        "broker_connection_retry_on_startup": True,
        "accept_content": ["json"],
        "task_serializer": "json",
        "result_serializer": "json",
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_time_limit": 120,
        "task_soft_time_limit": 90,
        "worker_prefetch_multiplier": 1,
        "worker_max_tasks_per_child": 500,
        "worker_hijack_root_logger": False,
        "timezone": "UTC",
        "beat_schedule": SCHEDULE,
        "beat_scheduler": SCHEDULER,
    }


class Doorbell:
    """Tells the worker, from a thread of its own, that the outbox has something.

    `ring()` returns at once and never raises. While one ring is on its way others melt into
    it, and a broker that is down or silent costs the thread its patience, the request nothing.
    """

    def __init__(self, celery: Celery) -> None:
        self._celery = celery
        self._rung = threading.Event()
        self._thread: threading.Thread | None = None
        self._pid = 0
        self._lock = threading.Lock()

    def ring(self) -> None:
        self._rung.set()
        if self._pid != os.getpid():  # first ring, or the server has forked since
            with self._lock:
                if self._pid != os.getpid():
                    self._pid = os.getpid()
                    self._thread = threading.Thread(target=self._listen, name="doorbell", daemon=True)
                    self._thread.start()

    def _listen(self) -> None:
        connection = None
        while True:
            self._rung.wait()
            self._rung.clear()
            try:
                if connection is None:
                    connection = self._celery.connection_for_write(
                        connect_timeout=1,
                        transport_options=self._patience(),
                    )
                self._celery.send_task("tasks.drain", connection=connection, retry=False, expires=60)
            except Exception:  # whatever it is: the drainer comes by within ten seconds anyway
                with suppress(Exception):
                    if connection is not None:
                        connection.release()
                connection = None

    def _patience(self) -> dict[str, Any]:
        options = dict(self._celery.conf.broker_transport_options)
        if "socket_timeout" in options:
            options |= {"socket_timeout": 1, "socket_connect_timeout": 1, "max_retries": 1}
        return options


def attach(app: Flask, config: Config) -> Celery:
    """Give the portal its bell: it rings after each commit that put something into the outbox."""
    celery = make_celery(app, config)
    app.extensions["celery"] = celery
    app.extensions["doorbell"] = bell = Doorbell(celery)

    def note(session: Session, flush: object) -> None:
        if any(isinstance(row, Outbox) for row in session.new):
            session.info["ring"] = True

    def ring(session: Session) -> None:
        if session.info.pop("ring", False):
            bell.ring()

    def forget(session: Session) -> None:
        session.info.pop("ring", None)

    event.listen(db.session, "after_flush", note)
    event.listen(db.session, "after_commit", ring)
    event.listen(db.session, "after_rollback", forget)
    return celery
