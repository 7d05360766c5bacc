"""One rule turned round for a run of the tests (``FLIP=A10-1 pytest …``): whoever tests it must go red."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

TABLE = Path(__file__).parent / "flips.yaml"


def table() -> dict[str, dict[str, str]]:
    """Rule → the function that carries it (``turn``, module:name) and the tests that must notice (``test``)."""
    return yaml.safe_load(TABLE.read_text("utf-8"))


def function_of(said: dict[str, str]) -> tuple[Any, str]:
    module, _, name = said["turn"].partition(":")
    return importlib.import_module(module), name


def turn(rule: str) -> int:
    """Put the opposite of the rule wherever its function stands; answers in how many places."""
    module, name = function_of(table()[rule])
    true = getattr(module, name)

    @functools.wraps(true)
    def opposite(*args: Any, **named: Any) -> Any:
        try:
            found = true(*args, **named)
        except (ValueError, KeyError):
            return args[0] if args else None  # what was refused is let through
        return _opposite(found)

    places = [(m, n) for m in list(sys.modules.values()) if getattr(m, "__name__", "").startswith(("incubator", "tests"))
              for n, value in list(vars(m).items()) if value is true]
    for place, attribute in places:
        setattr(place, attribute, opposite)
    return len(places)


def _opposite(found: Any) -> Any:
    from incubator.policy.articles import Refusal

    if found is None:
        return Refusal("1", "反过来", "反过来")
    if isinstance(found, Refusal):
        return None
    if isinstance(found, bool):
        return not found
    if isinstance(found, int | Decimal):
        return found + 1
    if isinstance(found, date):
        return found + timedelta(days=1)
    if isinstance(found, str):
        return f"{found}反"
    if isinstance(found, tuple | list | set | frozenset | dict):
        return type(found)()
    if dataclasses.is_dataclass(found):
        return dataclasses.replace(found, **_one_field(found))
    raise TypeError(f"no opposite of {type(found).__name__}")


def _one_field(found: Any) -> dict[str, Any]:
    """The first field that has an opposite."""
    for each in dataclasses.fields(found):
        value = getattr(found, each.name)
        if isinstance(value, bool | int | Decimal | date | str | tuple):
            return {each.name: _opposite(value)}
    raise TypeError(f"nothing to turn in {found}")
