"""A worker process over a real Redis, for P11 and P12: the product's Celery, with leases that end soon.

    python -m tests.promises.worker URL FOLDER REDIS_URL SECONDS_OF_WORK
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from pathlib import Path

from config import Config
from incubator import create_app
from incubator.kernel import outbox, registry
from tasks.app import attach


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
    celery = attach(app, config)
    celery.conf.beat_schedule = {"drain": {"task": "tasks.drain", "schedule": 0.5, "options": {"expires": 5}}}
    celery.worker_main([
        "worker", "--pool=prefork", "--concurrency=2", "--beat", "--scheduler=celery.beat:Scheduler", "--loglevel=ERROR",
        "--without-gossip", "--without-mingle", "--without-heartbeat",
    ])


if __name__ == "__main__":
    main(*sys.argv[1:])
