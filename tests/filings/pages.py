"""Forms as a page shows them: every hidden field, and what stands in the visible ones."""

import re
from html.parser import HTMLParser

from tests.visits.pages import Visitor


class _Fields(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._area = self._select = None

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag == "input" and a.get("name") and a.get("type") not in ("file", "submit", "checkbox", "radio"):
            self.found.append((a["name"], a.get("value") or ""))
        if tag == "input" and a.get("type") in ("checkbox", "radio") and "checked" in a:
            self.found.append((a["name"], a.get("value") or "y"))
        if tag == "textarea":
            self._area = [a.get("name"), ""]
        if tag == "select":
            self._select = a.get("name")
        if tag == "option" and "selected" in a and self._select:
            self.found.append((self._select, a.get("value") or ""))

    def handle_data(self, data):
        if self._area:
            self._area[1] += data

    def handle_endtag(self, tag):
        if tag == "textarea" and self._area:
            self.found.append((self._area[0], self._area[1].lstrip("\n")))
            self._area = None
        if tag == "select":
            self._select = None


def form_of(page: str, having: str = "csrf_token") -> dict:
    """The fields of the last form of the page that has a field of that name."""
    forms = [f for f in re.findall(r"<form\b.*?</form>", page, re.S) if f'name="{having}"' in f]
    parser = _Fields()
    parser.feed(forms[-1])
    return dict(parser.found)


class Guest(Visitor):
    """Somebody without an account."""

    def __init__(self, app):
        self.client = app.test_client()


__all__ = ["Guest", "Visitor", "form_of"]
