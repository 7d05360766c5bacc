"""P12: Redis is silent or away: no page fails or waits for it, throttle and sign-in hold, and the backlog is drained after.

The portal and its worker look at the same address. Behind it stands nothing that answers (silent), nothing at all
(stopped), or the real Redis (back).
"""

from __future__ import annotations

import contextlib
import select
import socket
import statistics
import threading
import time

import pytest
from sqlalchemy import text

from incubator.kernel.database import db
from incubator.obligations import urgings
from tasks.app import attach
from tests import walk
from tests.obligations.steps import WORDS, owe_report
from tests.promises import workers
from tests.visitor import Visitor

pytestmark = pytest.mark.promise("P12")
PAGES = ("/", "/register", "/work", "/messages", "/deadlines", "/obligations/owed", "/bases", "/settings", "/account/sessions", "/readyz")


class Line:
    """The way to Redis, which somebody may cut: `silent` takes calls and never answers, `stopped` takes none."""

    def __init__(self, target) -> None:
        self.target, self.mode, self.calls, self.open = str(target), "silent", 0, []
        self.server = self._listen(0)
        self.port = self.server.getsockname()[1]

    def _listen(self, port: int) -> socket.socket:
        server = socket.socket()
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", port))
        server.listen(64)
        threading.Thread(target=self._accept, args=(server,), daemon=True).start()
        return server

    def _accept(self, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _ = server.accept()
                self.calls += 1
                self.open.append(caller)
                if self.mode == "back":
                    threading.Thread(target=self._carry, args=(caller,), daemon=True).start()

    def _carry(self, caller: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), socket.socket(socket.AF_UNIX) as redis:
            redis.connect(self.target)
            while True:
                for ready in select.select([caller, redis], [], [])[0]:
                    said = ready.recv(65_536)
                    if not said:
                        return caller.close()
                    (redis if ready is caller else caller).sendall(said)

    def turn(self, mode: str) -> None:
        """From now on it is silent, stopped or back; who was being served is hung up on."""
        if mode == "stopped":
            self.server.shutdown(socket.SHUT_RDWR)
            self.server.close()
        elif self.mode == "stopped":
            self.server = self._listen(self.port)
        self.mode = mode
        for caller in self.open:
            with contextlib.suppress(OSError):
                caller.shutdown(socket.SHUT_RDWR)
            caller.close()
        self.open = []

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


@pytest.fixture
def line(redis_server):
    line = Line(redis_server.socket)
    yield line
    with contextlib.suppress(OSError):
        line.turn("stopped")


def seconds_of(visitor, rounds: int) -> tuple[list[float], list[str]]:
    """How long each page took, and those that failed."""
    took, failed = [], []
    for _ in range(rounds):
        for path in PAGES:
            began = time.perf_counter()
            status = visitor.get(path).status_code
            took.append(time.perf_counter() - began)
            failed += [f"{path} {status}"] if status != 200 else []
    return took, failed


def p95(took: list[float]) -> float:
    return statistics.quantiles(took, n=20)[-1]


def away(make_app, line, promise, *, modes: tuple[str, ...], rounds: int, reminders: int, on: str = "postgresql") -> None:
    app = make_app(on=on, REDIS_URL=line.url)
    attach(app, app.config["PORTAL"])
    with app.app_context():
        due = workers.remind(reminders)
        county = walk.actor("x220104")
        base = db.session.execute(text("SELECT id, region_id FROM base")).one()
        owed = [owe_report(base, period=f"urged{n}").id for n in range(rounds * len(modes) + 2)]
        db.session.remove()
    someone = Visitor(app)
    assert someone.sign_in("x220104").status_code == 302
    seconds_of(someone, 1)
    normal, _ = seconds_of(someone, max(rounds, 2))  # nothing has rung yet: this is the portal by itself
    worker = workers.Workers(app, line.url, 0.001)
    failures, tried, most, urged = [], 0, 0.0, 0
    try:
        worker.start()
        for mode in modes:
            line.turn(mode)
            for _ in range(rounds):
                began = time.perf_counter()
                answer = someone.post("/obligations/urge", {"id": str(owed[urged]), "means": "phone", "text": WORDS})
                most = max(most, time.perf_counter() - began)  # the commit rings the bell
                failures += [] if answer.status_code == 302 else [f"urging {answer.status_code}"]
                urged += 1
                took, failed = seconds_of(someone, 2)
                tried += len(took) + 1
                failures += failed
                limit = max(1.2 * p95(normal), p95(normal) + 0.15)  # a page of 20 ms on a busy machine wavers by more
                failures += [f"{mode}: p95 {p95(took):.3f} s, {p95(normal):.3f} s before"] if p95(took) > limit else []
            failures += _throttle_holds(app, mode)
        assert most < 1.5, "an act waited for the bell"
        assert line.calls > 0, "nothing called Redis: the test shows nothing"
        with app.app_context():
            assert workers.letters() == {}, "no worker could be rung while Redis was away"
        line.turn("back")
        with app.app_context():
            drained = workers.wait_for(lambda: workers.undone() == 0, 120)
            found = workers.letters()
    finally:
        worker.end()
        app.extensions["doorbell"].ring = lambda: None  # the session of all portals of this process would go on ringing
    failures += [key for key in due if found[key] != 1]
    with app.app_context():
        assert len(urgings.urgings_of(owed)) == urged and county
    promise("P12", n=tried + len(due), failures=len(failures), modes=list(modes), p95_ms=round(p95(normal) * 1000),
            act_ms=round(most * 1000), drained_seconds=round(drained, 1), what=failures[:5])


def _throttle_holds(app, mode: str) -> list[str]:
    """Wrong passwords are counted, the right one still opens."""
    stranger = Visitor(app)
    answers = [stranger.sign_in(f"nobody-{mode}", "wrong").status_code for _ in range(12)]
    friend = Visitor(app)
    return [f"{mode}: no throttle {answers}"] * (429 not in answers) + [f"{mode}: no sign-in"] * (
        friend.sign_in("s220100").status_code != 302)


@pytest.mark.slow  # a worker process has to start, and to find the way back
def test_redis_silent_then_stopped_for_a_moment(make_app, line, promise):
    away(make_app, line, promise, modes=("silent", "stopped"), rounds=1, reminders=20)


@pytest.mark.promise_full
@pytest.mark.parametrize("on", ["sqlite", "postgresql"])
def test_redis_silent_and_stopped(make_app, line, promise, on):
    away(make_app, line, promise, modes=("silent", "stopped"), rounds=60, reminders=500, on=on)
