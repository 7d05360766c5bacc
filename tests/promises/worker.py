"""Worker processes over a real Redis, for P11 and P12: the product's Celery, with leases that end soon.

    python -m tests.promises.worker URL FOLDER REDIS_URL SECONDS_OF_WORK

A mother that has everything imported forks a worker (with its pool and its beat) for each line that it reads, in a
process group of its own, and answers its number: after a kill the next one is there in a second.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from datetime import timedelta
from pathlib import Path

from config import Config
from incubator import create_app
from incubator.kernel import outbox, registry
from tasks.app import attach
from tests.servers import end_with_parent


def main(url: str, folder: str, redis_url: str, work: str) -> None:
    config = Config.testing(Path(folder), url, REDIS_URL=redis_url)
    app = create_app(config)
    outbox.LEASE = timedelta(seconds=2)
    told = registry._topics["reminder"]

    def slowly(row) -> None:
        """There is time to be killed in: before the letter is written, and before it is committed."""
        time.sleep(float(work) / 2)
        told(row)
        time.sleep(float(work) / 2)

    registry._topics["reminder"] = slowly
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever is killed is nobody's zombie
    for _ in sys.stdin:
        pid = os.fork()
        if not pid:
            os.setsid()
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # its banner is no answer
            end_with_parent()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _work(app, config)
            os._exit(0)
        print(pid, flush=True)


def _work(app, config: Config) -> None:
    celery = attach(app, config)
    celery.conf.beat_schedule = {"drain": {"task": "tasks.drain", "schedule": 0.5, "options": {"expires": 5}}}
    celery.worker_main([
        "worker", "--pool=prefork", "--concurrency=2", "--beat", "--scheduler=celery.beat:Scheduler", "--loglevel=ERROR",
        "--without-gossip", "--without-mingle", "--without-heartbeat",
    ])


if __name__ == "__main__":
    main(*sys.argv[1:])
