"""National demonstration bases (Article 9, A9-2, A9-3): validity of the title, and how far a base is from its conditions.

The conditions are those of 工信部企业〔2016〕194号 (S:194). They recommend and decide nothing: the list is no level.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .calendar import Span, add_months

TITLE = "国家小型微型企业创业创新示范基地"
SOURCE = "工信部企业〔2016〕194号"
TITLE_YEARS = 3


def title_validity(first_year: int) -> Span:
    """Three calendar years from 1 January of the first one (A9-3)."""
    return Span(date(first_year, 1, 1), date(first_year + TITLE_YEARS - 1, 12, 31))


@dataclass(frozen=True)
class Threshold:
    """One condition: the least number of a figure."""

    key: str
    label: str
    unit: str
    minimum: Decimal


THRESHOLDS = (
    Threshold("years", "运营机构成立", "年", Decimal(3)),
    Threshold("tenants", "入驻企业", "户", Decimal(80)),
    Threshold("jobs", "从业人员", "人", Decimal(1500)),
    Threshold("staff", "专职服务人员", "人", Decimal(10)),
    Threshold("mentors", "其中辅导师", "人", Decimal(3)),
    Threshold("partners", "合作服务机构", "家", Decimal(5)),
    Threshold("public_ratio", "公益性或低收费服务", "%", Decimal(20)),
    Threshold("functions", "服务功能", "类", Decimal(4)),
)


@dataclass(frozen=True)
class Compared:
    """One condition beside the figure of a base; `met` is None where there is no figure."""

    threshold: Threshold
    value: Decimal | None

    @property
    def met(self) -> bool | None:
        return None if self.value is None else self.value >= self.threshold.minimum


def compare(figures: Mapping[str, object]) -> list[Compared]:
    """Each condition with the figure of a base; what is not known stays open."""
    return [
        Compared(t, None if figures.get(t.key) is None else Decimal(str(figures[t.key]))) for t in THRESHOLDS
    ]


def whole_years(since: date | None, on: date) -> int | None:
    """Full years between two days, None where the first one is not known."""
    if since is None:
        return None
    years = on.year - since.year
    return years if add_months(since, 12 * years) <= on else years - 1
