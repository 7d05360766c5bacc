"""The field tables of every form, and how their values are read, kept and shown."""

from ..calendar import chinese_date
from .cleaning import CannotRead, clean, parse
from .model import (
    DOCUMENT_TYPES,
    FILE_LIMIT_MB,
    KINDS,
    WRITTEN_TYPES,
    Check,
    Cleaned,
    Field,
    FieldTable,
    Problem,
)
from .writing import (
    THIN_SPACE,
    Difference,
    canonical,
    differences,
    from_stored,
    mask,
    show,
    thousands,
    to_stored,
)

__all__ = [
    "DOCUMENT_TYPES",
    "FILE_LIMIT_MB",
    "KINDS",
    "THIN_SPACE",
    "WRITTEN_TYPES",
    "CannotRead",
    "Check",
    "Cleaned",
    "Difference",
    "Field",
    "FieldTable",
    "Problem",
    "canonical",
    "chinese_date",
    "clean",
    "differences",
    "from_stored",
    "mask",
    "parse",
    "show",
    "thousands",
    "to_stored",
]
