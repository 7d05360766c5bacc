"""What the rows of the records (graduates, ledger, activities, tax) have in common: they may be struck out.

A tenant leaves; a record is true or was entered wrongly. A struck row stays with day and reason and no longer counts.
"""

from collections.abc import Mapping

from .model import Field

STATUSES = (("active", "在册"), ("left", "已划去"))
STRUCK_GROUP = ("status", "状态", "")


def _struck(values: Mapping) -> bool:
    return values.get("status") == "left"


def struck_fields(article: str) -> tuple[Field, ...]:
    """Status, day and reason of a row that was struck out."""
    return (
        Field("status", "状态", "choice", article, choices=STATUSES, group="status"),
        Field("out_on", "划去日期", "date", article, required_if=_struck, maximum="today", group="status"),
        Field("out_kind", "划去原因", "text", article, required_if=_struck, minimum=4, max_length=100, group="status",
              help="例如：重复登记、日期填错后另行登记"),
    )
