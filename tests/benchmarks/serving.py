"""What gunicorn serves during a measurement: the portal on the private cluster, or one bare string."""

import os
from pathlib import Path

from flask import Flask

from config import Config
from incubator import create_app

bare = Flask("bare")


@bare.get("/")
def string():
    return "ok"


def portal():
    from incubator.kernel import clock

    clock.set_fixed(clock.local(clock.datetime.fromisoformat(os.environ["BENCH_NOW"])))
    return create_app(Config.testing(Path(os.environ["BENCH_FOLDER"]), os.environ["BENCH_DATABASE"]))
