"""Tax relief that was claimed, and the papers kept for it (Article 11, A11-1, A11-2).

The portal records, it does not decide: whether a relief applies is said by the tax rules and the tax authority, and
recognition as a base of this province is not one of the qualifications that those rules name.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from .filing import SCAN_HELP
from .model import DOCUMENT_TYPES, Field, FieldTable, Problem
from .records import STRUCK_GROUP, struck_fields

TAXES = (("property", "房产税"), ("land", "城镇土地使用税"), ("vat", "增值税"), ("other", "其他"))
QUALIFICATIONS = (
    ("nation_incubator", "国家级科技企业孵化器"),
    ("province_incubator", "省级科技企业孵化器"),
    ("nation_park", "国家级大学科技园"),
    ("province_park", "省级大学科技园"),
    ("nation_space", "国家备案众创空间"),
    ("other", "其他"),
)
PAPERS = (
    ("title", "房产土地权属资料"), ("value", "房产原值资料"), ("lease", "房产土地租赁合同"), ("agreement", "孵化协议"),
)
NOTICE = (
    "这里只作登记。能不能享受、享受多少，按税收政策规定的资格和条件，由税务机关认定；"
    "认定为本省创业孵化基地，本身不是税收政策列明的资格。"
)


def tax_label(values: Mapping) -> str:
    """The tax as a report names it."""
    return (values.get("tax_note") if values["tax"] == "other" else "") or dict(TAXES)[values["tax"]]


def all_kept(values: Mapping) -> bool:
    """Whether every paper of A11-1 is kept and the income accounted for by itself."""
    return {key for key, _ in PAPERS} <= set(values.get("kept") or ()) and bool(values.get("separate"))


def _other_tax(values: Mapping) -> bool:
    return values.get("tax") == "other"


def papers_complete(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A11-1: what is not kept is asked about; the record is taken all the same."""
    kept = values.get("kept") or []
    if lacking := [label for key, label in PAPERS if key not in kept]:
        yield Problem("kept", f"还没有留存：{'、'.join(lacking)}", "11", "不涉及的不用补", "warning")
    if values.get("separate") is False:
        yield Problem("separate", "孵化服务收入没有单独核算", "11", "按税收政策单独核算", "warning")


def year_fits(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """The year of the amount does not lie before the month in which the relief began."""
    start, year = values.get("start_on"), values.get("year")
    if start and year and year < start.year:
        yield Problem("year", f"所属年度 {year} 年早于起始月份", "11", "核对年度和起始月份")


TAX_RELIEF = FieldTable(
    "tax_relief",
    "税收优惠登记",
    (("relief", "优惠", ""), ("papers", "留存资料", ""), STRUCK_GROUP),
    (
        Field("tax", "税种", "choice", "11", choices=TAXES, group="relief"),
        Field("tax_note", "其他税种", "text", "11", required_if=_other_tax, max_length=40, group="relief"),
        Field("basis", "政策依据", "text", "11", minimum=4, max_length=100, group="relief", help="写政策文件的名称和文号"),
        Field("qualification", "据以享受的资格", "choice", "11", choices=QUALIFICATIONS, group="relief"),
        Field("qualification_no", "资格文号或证书号", "text", "11", max_length=60, group="relief"),
        Field("start_on", "起始月份", "date", "11", minimum=date(2000, 1, 1), group="relief", help="填当月任一天"),
        Field("year", "所属年度", "int", "11", "年", minimum=2000, maximum=2100, group="relief"),
        Field("amount", "减免金额", "decimal", "11", "万元", places=2, minimum=0, group="relief"),
        Field("kept", "已留存的资料", "multi", "11", required=False, choices=PAPERS, group="papers"),
        Field("separate", "孵化服务收入单独核算", "bool", "11", group="papers"),
        Field("papers", "留存资料扫描件", "files", "11", required=False, accept=DOCUMENT_TYPES, max_files=8,
              group="papers", help=SCAN_HELP),
        *struck_fields("11"),
    ),
    (papers_complete, year_fits),
)
