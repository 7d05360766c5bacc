"""The stand of the province that pages are looked at on, once a worker."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from waitress.server import create_server
from werkzeug.exceptions import RequestEntityTooLarge, ServiceUnavailable

from incubator.kernel.database import db
from incubator.kernel.errors import TooMany
from incubator.simulation.steps import PASSWORD, uscc
from tests.journeys import stand
from tests.journeys.pages import ROLES, Line


class Province:
    """The portal on a copy of the stand; `training` is the same with the switch of the training edition."""

    def __init__(self, run_dir: Path, worker: str) -> None:
        from incubator import create_app

        config, self.names = stand.settle(run_dir, run_dir / f"every-page-{worker}")
        self.names.password, self.names.fresh_uscc = PASSWORD, uscc(90)
        self.app = _with_troubles(create_app(config))
        self.training = create_app(type(config).testing(config.INSTANCE_DIR, TRAINING=True))
        self._bases: dict[int, str] = {}

    def app_of(self, role: str):
        return self.training if role == "training" else self.app

    def base(self, role: str) -> str:
        app = self.app_of(role)
        if id(app) not in self._bases:
            server = create_server(app, host="127.0.0.1", port=0, threads=8)
            threading.Thread(target=server.run, name="every-page", daemon=True).start()
            self._bases[id(app)] = f"http://127.0.0.1:{server.effective_port}"
        return self._bases[id(app)]

    def filled(self, text: str) -> str:
        return text.format(**vars(self.names))

    def posted(self, line: Line) -> dict[str, str]:
        return {self.filled(name): self.filled(value) for name, value in line.post.items()}

    def account(self, role: str) -> tuple[str, str]:
        login = ROLES[role][0]
        if login.startswith("@"):
            login = getattr(self.names, login[1:])
        return login, self.names.once_password if role == "once" else PASSWORD


def _with_troubles(app):
    """What a page of errors answers to is thrown by one view; the rest is the portal as it is."""
    from flask import request
    from sqlalchemy.exc import OperationalError

    calm = app.view_functions["public.accessibility"]
    thrown = {
        "413": RequestEntityTooLarge(), "429": TooMany(10), "500": RuntimeError("thrown by the test"),
        "503": ServiceUnavailable(), "away": OperationalError("", {}, Exception("thrown by the test")),
    }

    def view():
        if trouble := thrown.get(request.args.get("trouble", "")):
            raise trouble
        return calm()

    app.view_functions["public.accessibility"] = view
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.fixture(scope="session")
def province(run_dir, worker) -> Province:
    return Province(run_dir, worker)


@pytest.fixture
def at_work(province, clock):
    """The province on the day on which it is looked at; all who look sign in from one address."""
    clock.set(stand.LOOKED)
    with province.app.app_context():
        db.session.execute(text("DELETE FROM throttle"))
        db.session.commit()
    return province
