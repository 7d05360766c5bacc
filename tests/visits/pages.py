"""A person in front of the pages: signs in, reads, fills the form that a page shows."""

import re

from incubator.simulation.steps import PASSWORD

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
VERSION = re.compile(r'name="version"[^>]*value="(\d+)"')


class Visitor:
    def __init__(self, app, login: str):
        self.client = app.test_client()
        page = self.client.get("/login").get_data(as_text=True)
        answer = self.client.post(
            "/login", data={"csrf_token": TOKEN.search(page)[1], "username": login, "password": PASSWORD}
        )
        assert answer.status_code == 302, answer.get_data(as_text=True)[:500]

    def get(self, url: str) -> str:
        answer = self.client.get(url)
        assert answer.status_code == 200, f"{url}: {answer.status_code}"
        return answer.get_data(as_text=True)

    def status(self, url: str) -> int:
        return self.client.get(url).status_code

    def post(self, url: str, data: dict, page: str | None = None, follow: bool = True):
        """Send the form that `page` (or `url` itself) shows, with its token and version."""
        shown = page if page is not None else self.get(url)
        found = VERSION.search(shown)
        hidden = {"csrf_token": TOKEN.search(shown)[1], **({"version": found[1]} if found else {})}
        return self.client.post(
            url, data={**hidden, **data}, follow_redirects=follow, content_type="multipart/form-data"
        )
