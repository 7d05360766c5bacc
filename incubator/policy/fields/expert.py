"""Expert profile 专家信息 (Article 8, R-2.8, domain.md §8.20) in its simplest form."""

from .model import Field, FieldTable

EXPERT = FieldTable(
    "expert",
    "专家信息",
    (("post", "单位和专业", "用来核对和申报单位有没有利害关系"),),
    (
        Field("employer", "所在单位", "text", "8", max_length=80, group="post"),
        Field("employer_uscc", "所在单位的统一社会信用代码", "uscc", "8", group="post"),
        Field("fields", "专业领域", "text", "8", required=False, max_length=100, group="post",
              help="例如 企业管理、财务、信息技术"),
    ),
)
