"""Somebody at a browser, for tests: keeps cookies, sends the form's token, signs in by the page.

    someone = Visitor(app)
    someone.sign_in("x220104")
    someone.post("/logout")
"""

from __future__ import annotations

import re
from typing import Any

from tests import walk

TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


class Visitor:
    def __init__(self, app: Any, base_url: str = "http://localhost") -> None:
        self.app, self.base_url = app, base_url
        self.client = app.test_client()
        self.token = TOKEN.search(self.get("/login").text)[1]

    def get(self, path: str, **more: Any):
        return self.client.get(path, base_url=self.base_url, **more)

    def post(self, path: str, data: dict | None = None, **more: Any):
        more.setdefault("headers", {"Referer": f"{self.base_url}/"})  # over HTTPS the token is believed only with it
        return self.client.post(path, data={"csrf_token": self.token, **(data or {})}, base_url=self.base_url, **more)

    def sign_in(self, login: str, password: str = walk.PASSWORD, **more: Any):
        return self.post("/login", {"username": login, "password": password, **more})

    @property
    def cookie(self) -> str | None:
        """The value of the cookie that says who is signed in."""
        name = self.app.config["PORTAL"].SESSION_COOKIE_NAME
        found = self.client.get_cookie(name, domain=re.sub(r"https?://", "", self.base_url))
        return found.value if found else None

    def with_cookie(self, value: str) -> Visitor:
        """Another browser that sends a cookie captured from this one."""
        other = Visitor(self.app, self.base_url)
        name = self.app.config["PORTAL"].SESSION_COOKIE_NAME
        other.client.set_cookie(name, value, domain=re.sub(r"https?://", "", self.base_url),
                                secure=self.base_url.startswith("https"))
        return other

    def is_in(self) -> bool:
        return self.get("/messages").status_code == 200
