"""Yearly round 申报批次 and its material list (Articles 3 and 7(5), A3-2, A7-7)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .model import DOCUMENT_TYPES, WRITTEN_TYPES, Field, FieldTable, Problem

CAMPAIGN_KINDS = (("recognition", "认定"), ("promotion", "晋级"), ("renewal", "续延"))
PARTIES = (("operator", "运营机构"), ("investor", "投资主体"))
ACCEPTED_TYPES = tuple((t, t.upper()) for t in ("pdf", "jpg", "png", "docx", "xlsx"))
OPEN_AT_LEAST_DAYS = 20
FURTHER = "guide_materials"
"""The field of an application for what the guide asks for beyond the form."""


@dataclass(frozen=True)
class MaterialItem:
    """One item of a guide's list; ``key`` is the field of the application that holds it, or new."""

    key: str
    name: str
    compulsory: bool
    accept: tuple[str, ...]
    max_files: int
    applies_to: tuple[str, ...]
    parties: tuple[str, ...] = ("operator",)


_ALL = ("recognition", "promotion", "renewal")
_BOTH = ("operator", "investor")
_SCANS = ("pdf", "jpg", "png")

DEFAULT_MATERIALS = (
    MaterialItem("report_body", "申报报告", True, WRITTEN_TYPES, 1, ("recognition", "promotion")),
    MaterialItem("work_summary", "有效期内工作总结", True, WRITTEN_TYPES, 1, ("renewal",)),
    MaterialItem("lic_file", "营业执照或法人证书", True, _SCANS, 4, _ALL, _BOTH),
    MaterialItem("credit_reports", "信用报告", True, _SCANS, 4, _ALL, _BOTH),
    MaterialItem("prop_file", "不动产权证或租赁合同", True, _SCANS, 10, _ALL, ("investor",)),
    MaterialItem("coop_agreement", "合作或委托运营协议", False, _SCANS, 4, _ALL, _BOTH),
    MaterialItem("floor_plan", "功能分区平面图", True, _SCANS, 5, ("recognition", "promotion")),
    MaterialItem("rules_files", "管理制度", True, ("pdf", "docx"), 10, ("recognition", "promotion")),
    MaterialItem("fire_doc", "消防和安全材料", True, _SCANS, 5, _ALL),
    MaterialItem("service_proof", "服务证明材料", False, _SCANS, 20, _ALL),
    MaterialItem("audit_report", "上年度专项审计报告", False, ("pdf",), 1, _ALL),
    MaterialItem("cases", "典型案例", False, WRITTEN_TYPES, 3, ("recognition", "promotion")),
    MaterialItem("decl_tenants", "对在孵企业依法经营负责的承诺", True, _SCANS, 1, _ALL),
    MaterialItem("truth_pledge", "真实性承诺", True, _SCANS, 1, _ALL, _BOTH),
)
"""Default list, after which the province's yearly guide is written (§8.2, S:194)."""


def default_materials(kind: str) -> tuple[MaterialItem, ...]:
    """Default list of one kind of campaign; KeyError when the kind is unknown."""
    if kind not in dict(CAMPAIGN_KINDS):
        raise KeyError(kind)
    return tuple(m for m in DEFAULT_MATERIALS if kind in m.applies_to)


def _has_closing(values: Mapping) -> bool:
    return values.get("kind") != "renewal"


def dates_in_order(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A round opens in its year and closes after it opens; under 20 days it warns (A3-2, §11)."""
    opens, closes = values.get("opens_on"), values.get("closes_on")
    if opens and values.get("year") and opens.year != values["year"]:
        yield Problem("opens_on", f"开始日不在{values['year']}年里", "3", "核对年度和开始日")
    if not opens or not closes:
        return
    if closes < opens:
        yield Problem("closes_on", "截止日早于开始日", "3", "核对两个日期")
    elif (days := (closes - opens).days + 1) < OPEN_AT_LEAST_DAYS:
        yield Problem(
            "closes_on",
            f"申报期只有 {days} 天，少于 {OPEN_AT_LEAST_DAYS} 天",
            "3",
            "尽量给申报单位留足时间",
            "warning",
        )


def second_round_reason(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A3-2: another round of the same kind and year needs a reason.

    ``context["rounds_before"]`` counts the earlier ones.
    """
    if context.get("rounds_before") and not values.get("second_reason"):
        yield Problem(
            "second_reason",
            "当年已有同类批次，没有写再次组织的理由",
            "3",
            "写明理由后再发布",
        )


def distinct_materials(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A7-7: an item stands once in the list."""
    seen: set = set()
    for index, row in enumerate(values.get("materials") or ()):
        names = {row.get("key"), row.get("name")}
        if names & seen:
            yield Problem(
                f"materials-{index}-name", f"材料“{row.get('name')}”重复", "7(5)", "删去重复的一项"
            )
        seen |= names - {None, ""}


def lacking(
    materials: Iterable[Mapping], title: str, table: FieldTable, values: Mapping, kind: str
) -> Iterable[Problem]:
    """A7-7: the compulsory items of a guide that an application of `kind` does not hold, each with its way out.

    An item whose key is a field of the form stands in that field; another is uploaded under its name among the
    further materials.
    """
    more = {_plain(row.get("name")) for row in values.get(FURTHER) or () if row.get("file")}
    for item in materials:
        if not item["compulsory"] or kind not in item["applies_to"]:
            continue
        name, of_form = item["name"], item["key"] in table
        if not (values.get(item["key"]) if of_form else _plain(name) in more):
            yield Problem(
                item["key"] if of_form else FURTHER, f"{name}还没有上传，“{title}”的申报指南列为必备", "7(5)",
                "上传后再提交" if of_form else f"在“申报指南另外要求的材料”里添一行，材料名称写“{name}”，上传后再提交",
            )


def _plain(name: object) -> str:
    return "".join(str(name or "").split())


CAMPAIGN = FieldTable(
    "campaign",
    "申报批次",
    (
        ("round", "批次", "认定原则上每年一次"),
        ("guide", "申报指南", ""),
        ("materials", "材料清单", "申报单位按清单上传"),
    ),
    (
        Field("year", "年度", "int", "3", "年", minimum=2023, maximum=2099, group="round"),
        Field("kind", "类别", "choice", "3", choices=CAMPAIGN_KINDS, group="round"),
        Field("title", "名称", "text", "3", max_length=60, group="round",
              help="例如 2026年第一批认定"),
        Field("opens_on", "开始日", "date", "3", group="round", help="当日 0:00 起"),
        Field("closes_on", "截止日", "date", "3", required_if=_has_closing, group="round",
              help="当日 24:00 止；续延批次不设截止日"),
        Field("second_reason", "再次组织的理由", "text", "3", required=False, max_length=300,
              group="round", help="同年第二批须填写"),
        Field("guide_file", "申报指南", "file", "7(5)", accept=(*DOCUMENT_TYPES, "docx"),
              group="guide", help="PDF、DOCX、JPG 或 PNG，不超过 20 MB"),
        Field("materials", "材料清单", "rows", "7(5)", minimum=1, group="materials",
              columns=(
                  Field("key", "代号", "text", "7(5)", max_length=40),
                  Field("name", "材料名称", "text", "7(5)", max_length=60),
                  Field("compulsory", "必备", "bool", "7(5)"),
                  Field("accept", "文件类型", "multi", "7(5)", choices=ACCEPTED_TYPES),
                  Field("max_files", "最多文件数", "int", "7(5)", "个", minimum=1, maximum=30),
                  Field("applies_to", "适用于", "multi", "7(5)", choices=CAMPAIGN_KINDS),
                  Field("parties", "由谁提供", "multi", "7(5)", choices=PARTIES),
              )),
    ),
    (dates_in_order, second_round_reason, distinct_materials),
)
