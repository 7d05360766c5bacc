"""Expert profile 专家信息 (Article 8, R-2.8, domain.md §8.20), and which expert suits which dossier."""

from collections.abc import Iterable, Mapping
from datetime import date

from ..articles import Refusal
from ..calendar import add_months, chinese_date
from .model import Field, FieldTable, Problem

DECLARED_MONTHS = 12
FIELDS = (
    ("service", "创业服务"),
    ("management", "企业管理"),
    ("finance", "财务审计"),
    ("invest", "投融资"),
    ("law", "法律知识产权"),
    ("safety", "安全生产"),
    ("technology", "信息技术"),
    ("manufacture", "先进制造"),
    ("agriculture", "农业食品"),
    ("health", "医药健康"),
    ("culture", "文化创意"),
    ("trade", "商贸物流"),
)
# divisions of GB/T 4754 (first, last), as a base names its main industry → the field of an expert
INDUSTRY_FIELDS = (
    (1, 5, "agriculture"), (13, 15, "agriculture"), (27, 27, "health"), (39, 39, "technology"), (6, 50, "manufacture"),
    (51, 62, "trade"), (63, 65, "technology"), (66, 69, "invest"), (72, 72, "service"), (73, 75, "technology"),
    (84, 84, "health"), (86, 90, "culture"),
)
# useful in any dossier: who knows these suits half as well as who knows the industry
GENERAL_FIELDS = ("service", "management", "finance")


def dates_in_order(values: Mapping, context: Mapping) -> Iterable[Problem]:
    for index, row in enumerate(values.get("posts") or ()):
        if row.get("from_on") and row.get("to_on") and row["to_on"] < row["from_on"]:
            yield Problem(f"posts-{index}-to_on", "兼职的截止日早于起始日", "8", "核对两个日期，还在任的不填截止日")


EXPERT = FieldTable(
    "expert",
    "专家信息",
    (("post", "单位和专业", "用来核对和申报单位有没有利害关系"),),
    (
        Field("employer", "所在单位", "text", "8", max_length=80, group="post"),
        Field("employer_uscc", "所在单位的统一社会信用代码", "uscc", "8", group="post"),
        Field("posts", "其他任职", "rows", "8", required=False, group="post",
              help="兼职、顾问、董事、股东都写；离任的写离任日期，还在任的空着",
              columns=(
                  Field("name", "单位名称", "text", "8", max_length=80),
                  Field("uscc", "统一社会信用代码", "uscc", "8"),
                  Field("from_on", "起", "date", "8", required=False, maximum="today"),
                  Field("to_on", "止", "date", "8", required=False),
              )),
        Field("fields", "专业领域", "multi", "8", required=False, choices=FIELDS, group="post",
              help="可以选几项；指派时先找专业对口的"),
        Field("titles", "职称和职务", "text", "8", required=False, max_length=100, group="post",
              help="例如 教授、高级会计师"),
        Field("phone", "手机", "phone", "8", required=False, secret=True, group="post",
              help="加密保存，只有本人和省工信厅看得到"),
    ),
    (dates_in_order,),
)
LABELS = dict(FIELDS)


def current(posts: Iterable[Mapping], on: date) -> list[Mapping]:
    """The posts held on a day: those without an end, and those whose end has not passed."""
    return [row for row in posts if not row.get("to_on") or row["to_on"] >= on]


def declared_refusal(declared_on: date | None, today: date) -> Refusal | None:
    """Why an expert may not be assigned today, None when he may (R-2.8): the profile is a year old at most."""
    if declared_on is None:
        return Refusal("8", "没有登记单位和任职，没法核对利害关系，不能指派", "请专家登录后填“专家信息”")
    if add_months(declared_on, DECLARED_MONTHS) < today:
        return Refusal(
            "8", f"专家信息是{chinese_date(declared_on)}登记的，已超过 {DECLARED_MONTHS} 个月，不能指派",
            "请专家核对后重新登记",
        )
    return None


def suits(fields: Iterable[str], industry: str) -> tuple[int, str]:
    """How well an expert's fields (labels) suit a dossier of that main industry (division): 2, 1 or 0, and by which."""
    known, code = set(fields), int(industry) if industry.isdecimal() else 0
    wanted = LABELS.get(next((key for first, last, key in INDUSTRY_FIELDS if first <= code <= last), ""), "")
    if wanted and wanted in known:
        return 2, wanted
    general = next((LABELS[key] for key in GENERAL_FIELDS if LABELS[key] in known), "")
    return (1, general) if general else (0, "")
