"""National record of a base 国家级称号登记 (Article 9, A9-3)."""

from collections.abc import Iterable, Mapping

from ..national import TITLE, TITLE_YEARS
from .model import Field, FieldTable, Problem


def first_year_after_document(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """The title begins with the year of the document or the one after it; another one is asked about."""
    dated, year = values.get("document_on"), values.get("first_year")
    if dated and year and year not in (dated.year, dated.year + 1):
        yield Problem("first_year", f"文件日期在{dated.year}年，称号从{year}年起", "9", "核对文件上写的有效期", "warning")


NATIONAL = FieldTable(
    "national",
    "国家级称号",
    (("title", "称号", "按国家的文件登记，不改变省级的级别和有效期"),),
    (
        Field("title", "称号", "text", "9", max_length=60, group="title", help=f"例如 {TITLE}"),
        Field("document_no", "文号", "text", "9", max_length=60, group="title", help="例如 工信部企业函〔2024〕1号"),
        Field("document_on", "文件日期", "date", "9", maximum="today", group="title"),
        Field("first_year", "从哪一年起有效", "int", "9", "年", minimum=2015, maximum=2099, group="title",
              help=f"有效 {TITLE_YEARS} 个自然年，从这一年 1月1日起"),
    ),
    (first_year_after_document,),
)
