"""A browser for tests that keep an application context open: each request runs outside it, as in the portal."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from incubator.kernel.database import db
from tests.visitor import Visitor


class Apart(Visitor):
    """A `Visitor` whose requests share neither ``g`` nor the session with the test."""

    def get(self, path: str, **more):
        return self._alone(super().get, path, **more)

    def post(self, path: str, data: dict | None = None, **more):
        return self._alone(super().post, path, data, **more)

    @staticmethod
    def _alone(ask, *args, **more):
        db.session.remove()  # what the test has read is old afterwards
        with ThreadPoolExecutor(1) as other:
            return other.submit(ask, *args, **more).result()


def signed_in(app, login: str) -> Apart:
    visitor = Apart(app)
    assert visitor.sign_in(login).status_code == 302, login
    return visitor
