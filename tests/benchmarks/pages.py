"""CPU of one request in b: server and PostgreSQL together, divided by one bare Flask string under the same gunicorn.

    make bench                      1,000 and 100,000 cases, 200 requests a page
    make bench ARGS="--sizes 1000 --requests 50"

Not part of the tests: it takes minutes and wants the machine for itself. CPU is read from /proc, so what else runs
disturbs it less than a stopwatch; the bare string is measured beside each page, in the same minute.
"""

from __future__ import annotations

import argparse
import http.client
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

from config import Config
from incubator import create_app
from incubator.kernel import clock
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from tests import servers, walk
from tests.cases import crowd
from tests.conftest import prepare
from tests.visitor import Visitor

TICK = os.sysconf("SC_CLK_TCK")
NOW = "2026-06-01T09:00:00+08:00"
ROOT = Path(__file__).parent.parent.parent
UNIT = walk.Unit("长春星桥创业孵化基地", "220104", 17)


def cpu(roots: list[int]) -> float:
    """Seconds of CPU that the processes below `roots` have used, those that ended included."""
    parents, used = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
            used[int(entry.name)] = sum(int(n) for n in fields[11:15]) / TICK
    total = 0.0
    for pid in used:
        up = pid
        while up and up not in roots:
            up = parents.get(up, 0)
        total += used[pid] if up else 0
    return total


@contextmanager
def gunicorn(target: str, **environ: str):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-w", "2", "-b", f"127.0.0.1:{port}", "--log-level", "error", target],
        cwd=ROOT, env={**os.environ, **environ}, preexec_fn=servers.end_with_parent,
    )
    try:
        for _ in range(600):
            try:
                ask(port, "GET", "/healthz" if environ else "/", {})
                break
            except OSError:
                time.sleep(0.1)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait(20)


def ask(port: int, method: str, path: str, head: dict, body: str = "") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, body=body or None, headers={"Host": "localhost", **head})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def per_request(port: int, pids: list[int], requests: list, number: int) -> float:
    for method, path, head, body in requests[:20]:
        status = ask(port, method, path, head, body)
        if status != 200:
            raise SystemExit(f"{method} {path}: {status}")
    before = cpu(pids)
    for n in range(number):
        ask(port, *requests[n % len(requests)])
    return (cpu(pids) - before) / number


def build(app) -> dict:
    """Real cases by real commands: one at the county, one at the province, a filing in the making."""
    today = clock.today()
    walk.open_round(today.year, today, today.replace(month=12, day=31))
    case = walk.accepted_case(UNIT)
    waiting = walk.request_account(walk.Unit("长春月桥创业孵化基地", "220104", 18))
    sent_up = walk.act(walk.request_account(walk.Unit("长春日桥创业孵化基地", "220104", 19)), "confirm", walk.actor("x220104"))
    _, admin = walk.open_account(walk.Unit("长春云桥创业孵化基地", "220104", 20))
    from incubator.bases.models import Base
    from incubator.filings import commands as filings

    filing = filings.open_filing(admin)
    return {"case": case.id, "models": (waiting.id, sent_up.id), "filing": filing.id,
            "admin": db.session.get(Base, admin.base_id).code}


def head_of(app, login: str) -> tuple[dict, str]:
    visitor = Visitor(app)
    visitor.sign_in(login)
    visitor.get("/work")
    cookies = "; ".join(f"{c.key}={c.value}" for c in visitor.client._cookies.values())
    token = visitor.token
    return {"Cookie": cookies, "Referer": "http://localhost/"}, token


def pages(app, known: dict) -> dict[str, list]:
    county, _ = head_of(app, "x220104")
    province, _ = head_of(app, "sheng1")
    base, token = head_of(app, known["admin"])
    form = {**base, "X-CSRFToken": token, "Content-Type": "application/x-www-form-urlencoded"}
    version = [0]

    def saves(number: int):
        for n in range(number):
            version[0] += 1
            yield ("POST", f"/filing/{known['filing']}/draft", form,
                   urlencode({"area_total": str(3000 + n), "version": str(version[0])}))

    return {
        "worklist, county": [("GET", "/work", county, "")],
        "worklist, province": [("GET", "/work", province, "")],
        "worklist, filtered": [("GET", "/work?kind=account_request&sort=arrived", county, "")],
        "case page": [("GET", f"/cases/{known['case']}", province, "")],
        "public register": [("GET", "/register?q=长春".replace("长春", "%E9%95%BF%E6%98%A5"), {}, "")],
        "autosave": saves,
    }


def measure(cluster, folder: Path, size: int, number: int) -> None:
    name = f"bench_{size}"
    cluster.create(name)
    config = Config.testing(folder / name, cluster.url(name))
    clock.set_fixed(clock.datetime.fromisoformat(NOW))
    prepare(config)
    app = create_app(config)
    with app.app_context():
        known = build(app)
        for model in known["models"]:
            crowd.multiply(db.session.get(Case, model), size // 2, first_due=date(2026, 5, 25))
        crowd.analyse()
        db.session.remove()
    postmaster = int((cluster.home / "data" / "postmaster.pid").read_text().split()[0])
    environ = {"BENCH_FOLDER": str(folder / name), "BENCH_DATABASE": cluster.url(name), "BENCH_NOW": NOW}
    with gunicorn("tests.benchmarks.serving:bare") as (bare, bare_pid), \
            gunicorn("tests.benchmarks.serving:portal()", **environ) as (port, pid):
        for title, requests in pages(app, known).items():
            if callable(requests):
                requests = list(requests(number + 20))
                own = per_request_in_order(port, [pid, postmaster], requests)
            else:
                own = per_request(port, [pid, postmaster], requests * 20, number)
            one = per_request(bare, [bare_pid], [("GET", "/", {}, "")] * 20, 600)
            print(f"{size:>9,}  {title:<22} {own * 1000:8.2f} ms  {one * 1000:6.2f} ms  {own / one:7.1f} b", flush=True)
    with app.app_context():
        db.engine.dispose()


def per_request_in_order(port: int, pids: list[int], requests: list) -> float:
    """Requests that each go on from the one before (versions of a draft)."""
    for request in requests[:20]:
        status = ask(port, *request)
        if status != 200:
            raise SystemExit(f"{request[:2]}: {status}")
    before = cpu(pids)
    for request in requests[20:]:
        ask(port, *request)
    return (cpu(pids) - before) / len(requests[20:])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 100_000])
    parser.add_argument("--requests", type=int, default=200)
    chosen = parser.parse_args()
    folder = servers.make_run_dir()
    (folder / "owner.pid").write_text(str(os.getpid()))
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'cases':>9}  {'page':<22} {'CPU':>11}  {'bare':>9}  {'':>9}")
    try:
        cluster = servers.Postgres(folder).start()
        for size in chosen.sizes:
            measure(cluster, folder, size, chosen.requests)
    finally:
        servers.end_run(folder)
    print(f"load after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
