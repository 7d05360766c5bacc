"""What a field, a table of fields and a problem are.

One table is the definition of one form (domain.md §8): the page, the check of
a sheet's row, the spreadsheet, the difference of two versions and the print
are made from it, and none of them repeats it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ..articles import cite

KINDS = frozenset(
    (
        "text", "long_text", "int", "decimal", "date", "choice", "multi", "bool", "uscc", "id18",
        "uscc_or_id18", "phone", "email", "region", "file", "files", "rows",
    )
)
DOCUMENT_TYPES = ("pdf", "jpg", "jpeg", "png")
WRITTEN_TYPES = ("pdf", "docx")
FILE_LIMIT_MB = 20


@dataclass(frozen=True)
class Field:
    """One field of a form.

    ``minimum`` and ``maximum`` bound a number; for a date they may be a date
    or the word "today" (``context["today"]``); for text ``minimum`` is the
    least number of characters, for rows and files the least number of them.
    ``required_if(values)`` replaces ``required`` where it is given. ``choices``
    are pairs (value, label); a label is accepted on input. ``columns`` are the
    fields of one row and ``key`` the column that tells rows apart (the first
    one when empty). ``secret`` values are masked on screen and sealed at rest.
    """

    name: str
    label: str
    kind: str
    article: str = ""
    unit: str = ""
    required: bool = True
    places: int | None = None
    minimum: object = None
    maximum: object = None
    max_length: int | None = None
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""
    group: str = ""
    source: str = "typed"
    secret: bool = False
    required_if: Callable[[Mapping], bool] | None = None
    columns: tuple["Field", ...] = ()
    accept: tuple[str, ...] = ()
    max_files: int = 1
    key: str = ""

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind {self.kind!r} of field {self.name}")

    def is_required(self, values: Mapping) -> bool:
        """Whether this field must be filled, given the other values of its form."""
        return self.required_if(values) if self.required_if else self.required

    def column(self, name: str) -> "Field":
        """The column of a rows field; KeyError when there is none."""
        return _named(self.columns, name)

    @property
    def key_column(self) -> str:
        """Name of the column by which two versions of the rows are compared."""
        return self.key or (self.columns[0].name if self.columns else "")

    def choice_label(self, value: object) -> str:
        """Label of a choice, or the value itself when it is none of the choices."""
        return dict(self.choices).get(value, "" if value is None else str(value))


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field: the fact, the article and the way out.

    ``field`` is the field's name, or for a cell ``rows-<index>-<column>`` with
    the index from 0, as form controls are named. ``level`` is "error" or
    "warning"; only errors keep a form from being submitted.
    """

    field: str
    message: str
    article: str = ""
    way_out: str = ""
    level: str = "error"

    @property
    def text(self) -> str:
        """The whole sentence as shown: message, article, way out."""
        return self.beside("")

    def beside(self, shown: str) -> str:
        """The sentence at a place that shows the article `shown` itself; another one is named."""
        cited = f"，{cite(self.article)}" if self.article and self.article != shown else ""
        return f"{self.message}{cited}。" + (f"{self.way_out}。" if self.way_out else "")


Check = Callable[[Mapping, Mapping], Iterable[Problem]]


@dataclass(frozen=True)
class FieldTable:
    """The definition of one form: groups (key, title, hint), fields and cross checks."""

    key: str
    title: str
    groups: tuple[tuple[str, str, str], ...]
    fields: tuple[Field, ...]
    checks: tuple[Check, ...] = ()

    def __post_init__(self):
        names = [f.name for f in self.fields]
        keys = {g[0] for g in self.groups}
        if len(set(names)) != len(names):
            raise ValueError(f"table {self.key} names a field twice")
        if strays := [f.name for f in self.fields if f.group not in keys]:
            raise ValueError(f"table {self.key}: no group for {strays}")

    def field(self, name: str) -> Field:
        """The field of that name; KeyError when there is none."""
        return _named(self.fields, name)

    def in_group(self, key: str) -> tuple[Field, ...]:
        """The fields of one group in their order."""
        return tuple(f for f in self.fields if f.group == key)

    def __contains__(self, name: str) -> bool:
        return any(f.name == name for f in self.fields)


@dataclass
class Cleaned:
    """Result of reading a form: values by field name and the problems found."""

    values: dict = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def errors(self) -> list[Problem]:
        return [p for p in self.problems if p.level == "error"]

    @property
    def warnings(self) -> list[Problem]:
        return [p for p in self.problems if p.level == "warning"]

    @property
    def ok(self) -> bool:
        """True when nothing keeps the form from being submitted."""
        return not self.errors


def _named(fields: tuple[Field, ...], name: str) -> Field:
    for candidate in fields:
        if candidate.name == name:
            return candidate
    raise KeyError(name)
