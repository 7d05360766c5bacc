"""Laws of the house about templates and static files: what the content security policy would refuse anyway."""

import re

import pytest

from tests.architecture.source import name, text_files

# Names of formats, not addresses: nothing is fetched from them.
NAMESPACES = ("http://www.w3.org/",)

UNSAFE = re.compile(r"\|\s*safe\b|autoescape\s+false", re.IGNORECASE)
INLINE = {
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"<[^>{]*\sstyle\s*=", re.IGNORECASE),
    "a script without src": re.compile(r"<script\b(?![^>]*\bsrc\s*=)(?![^>]*application/(?:ld\+)?json)", re.IGNORECASE),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]{3,}\s*=\s*[\"']", re.IGNORECASE),
    "a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
}
FOREIGN = re.compile(r"""(?:https?:)?//[\w-]+(?:\.[\w-]+)+[^\s"'<>)]*""", re.IGNORECASE)
COMMENT = re.compile(r"\{#.*?#\}|<!--.*?-->|/\*.*?\*/", re.DOTALL)


def templates():
    return text_files("templates", ".html", ".txt", ".svg", ".xml")


def static_files():
    return text_files("incubator/static", ".css", ".js", ".svg", ".html")


def where(path, text, found):
    return f"{name(path)}:{text.count(chr(10), 0, found.start()) + 1} {found[0].strip()[:60]}"


def without_comments(text):
    """The same text with comments blanked, so that line numbers stay."""
    return COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def offences(paths, pattern, keep=lambda found: True):
    for path in paths:
        text = without_comments(path.read_text("utf-8"))
        yield from (where(path, text, found) for found in pattern.finditer(text) if keep(found))


def test_there_is_something_to_read():
    assert templates()


def test_nothing_is_let_through_unescaped():
    assert not list(offences(templates(), UNSAFE))


@pytest.mark.parametrize("what", INLINE)
def test_no_page_carries_inline_code_or_style(what):
    assert not list(offences(templates(), INLINE[what])), f"{what}: put it into a file under static/"


def test_no_page_and_no_static_file_names_another_host():
    def foreign(found):
        return not found[0].startswith(NAMESPACES)

    assert not list(offences([*templates(), *static_files()], FOREIGN, foreign))


@pytest.mark.parametrize(
    ("what", "bad", "good"),
    [
        ("a style attribute", '<p class="a" style="color:red">', '<p class="style=">'),
        ("a script without src", "<script>x()</script>", '<script src="/a.js" defer></script>'),
        ("an event attribute", '<a href="#" onclick="x()">', '<a data-on="click">'),
    ],
)
def test_the_patterns_find_what_they_should(what, bad, good):
    assert INLINE[what].search(bad)
    assert not INLINE[what].search(good)
    assert UNSAFE.search("{{ text | safe }}")
    assert FOREIGN.search('src="//cdn.example.com/a.js"')
    assert not FOREIGN.search("a // b")
