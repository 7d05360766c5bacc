"""Addresses of all routes, for tests that ask every one of them."""

from __future__ import annotations

from typing import Any


def address_of(rule: Any) -> str:
    """An address of the rule: numbers are 1, a word is one that the rule knows."""
    values: dict[str, Any] = {}
    for name, converter in rule._converters.items():
        kind = type(converter).__name__
        values[name] = sorted(converter.items)[0] if kind == "AnyConverter" else "approve" if kind == "UnicodeConverter" else 1
    return rule.build(values, append_unknown=False)[1]


def addresses(app: Any) -> list[str]:
    """One address of every route that can be read."""
    return sorted({address_of(r) for r in app.url_map.iter_rules() if "GET" in r.methods and r.endpoint != "static"})
