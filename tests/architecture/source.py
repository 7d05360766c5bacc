"""The product's own source, read once for all tests of this folder."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
GENERATED = {"vendor"}


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def product_files() -> list[Path]:
    """All Python of the product: the portal, its tasks, and the two files that start it."""
    return [*python_files("incubator", "tasks"), ROOT / "wsgi.py"]


def text_files(folder: str, *suffixes: str) -> list[Path]:
    return sorted(
        path
        for path in (ROOT / folder).rglob("*")
        if path.suffix in suffixes and not GENERATED & set(path.parts)
    )


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=name(path))


def dotted(node: ast.AST) -> str:
    """`datetime.now` for the expression datetime.now; '' for what is no chain of names."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


def calls(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and (called := dotted(node.func)):
            yield node.lineno, called


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every imported module, and every `module.name` that is imported from one."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"
