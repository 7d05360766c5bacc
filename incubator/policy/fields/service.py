"""Service ledger 服务台账 (Articles 5(3), 13; domain.md §8.6): one service, one financing result or one safety check.

The reports' figures of services, financing and safety are counted from it (``policy.records``).
"""

from collections.abc import Iterable, Mapping
from datetime import date

from .filing import SCAN_HELP
from .model import DOCUMENT_TYPES, Field, FieldTable, Problem
from .reading import SEPARATORS
from .recognition import FEE_KINDS, PROFESSIONAL_SERVICES
from .records import STRUCK_GROUP, struck_fields

SERVICES = PROFESSIONAL_SERVICES
FINANCE, SAFETY = "finance_result", "safety_check"
KINDS_OF_RECORD = (*SERVICES, (FINANCE, "融资对接结果"), (SAFETY, "安全检查"))
SERVICE_KEYS = frozenset(key for key, _ in SERVICES)
MATCHED = ("financing", "innovation", "marketing")


def _service(values: Mapping) -> bool:
    return values.get("kind") in SERVICE_KEYS


def _finance(values: Mapping) -> bool:
    return values.get("kind") == FINANCE


def _safety(values: Mapping) -> bool:
    return values.get("kind") == SAFETY


def _charged(values: Mapping) -> bool:
    return values.get("fee") in ("low", "market")


def _fixed(values: Mapping) -> bool:
    return _safety(values) and bool(values.get("fixed"))


def names_in(text: str | None) -> list[str]:
    """The enterprises named in one cell, each once."""
    return list(dict.fromkeys(name for name in (part.strip() for part in SEPARATORS.split(text or "")) if name))


def prefilled(raw: Mapping) -> dict:
    """What follows from the names where nothing was typed: the number of enterprises served."""
    if raw.get("ent_n") in (None, "") and (names := names_in(str(raw.get("targets") or ""))):
        return {**raw, "ent_n": len(names)}
    return dict(raw)


def targets_fit(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A financing result is one enterprise's; more names than enterprises served is asked about."""
    names = names_in(values.get("targets"))
    if _finance(values) and len(names) > 1:
        yield Problem("targets", f"融资对接结果写了 {len(names)} 家企业", "13", "一家企业一行，金额各记各的")
    served = values.get("ent_n")
    if _service(values) and served is not None and len(names) > served:
        yield Problem("ent_n", f"对象企业写了 {len(names)} 家，服务户次是 {served}", "13", "核对两项", "warning")


def hazards_fit(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """§8.4: no more hazards are put right than were found, and not before they were."""
    found, fixed = values.get("hazards"), values.get("fixed")
    if found is not None and fixed is not None and fixed > found:
        yield Problem("fixed", f"整改数 {fixed} 大于隐患数 {found}", "15(5)", "核对两个数")
    seen, done = values.get("served_on"), values.get("fixed_on")
    if seen and done and done < seen:
        yield Problem("fixed_on", "整改日期早于检查日期", "15(5)", "核对两个日期")


def matching_fits(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """§8.4: matching activities are those of financing, technology and market."""
    if values.get("matching") and values.get("kind") and values["kind"] not in MATCHED:
        yield Problem("matching", "只有投融资、创新支持、市场营销三类可以是对接活动", "13", "改服务类型，或不勾选")


SERVICE = FieldTable(
    "service",
    "服务台账",
    (
        ("service", "服务", ""), ("fee", "收费和满意度", "金额单位为万元"),
        ("finance", "融资对接结果", "服务类型是融资对接结果的填写"), ("safety", "安全检查", "服务类型是安全检查的填写"),
        ("proof", "证明", ""), STRUCK_GROUP,
    ),
    (
        Field("served_on", "服务日期", "date", "13", minimum=date(2000, 1, 1), maximum="today", group="service"),
        Field("kind", "服务类型", "choice", "13", choices=KINDS_OF_RECORD, group="service"),
        Field("content", "内容", "text", "13", minimum=2, max_length=200, group="service"),
        Field("targets", "对象企业", "text", "13", required=False, required_if=_finance, max_length=500, group="service",
              help="几家企业之间用顿号隔开"),
        Field("ent_n", "服务户次", "int", "13", "户次", required_if=_service, minimum=0, maximum=9999, group="service",
              help="写了对象企业的可以不填"),
        Field("people", "人次", "int", "13", "人次", required_if=_service, minimum=0, maximum=99999, group="service"),
        Field("server", "服务人或机构", "text", "13", max_length=60, group="service"),
        Field("matching", "对接活动", "bool", "13", required=False, group="service", help="投融资、技术、市场对接活动勾选"),
        Field("fee", "收费", "choice", "13", required_if=_service, choices=FEE_KINDS, group="fee"),
        Field("amount", "收费金额", "decimal", "13", "万元", places=2, minimum=0, required_if=_charged, group="fee"),
        Field("satisfaction", "满意度", "int", "13", "%", required=False, minimum=0, maximum=100, group="fee"),
        Field("fin_amount", "融资金额", "decimal", "13", "万元", places=2, minimum=0, required_if=_finance, group="finance"),
        Field("fin_source", "资金来源", "text", "13", max_length=60, required_if=_finance, group="finance"),
        Field("hazards", "隐患数", "int", "15(5)", "处", minimum=0, maximum=9999, required_if=_safety, group="safety"),
        Field("fixed", "整改数", "int", "15(5)", "处", minimum=0, maximum=9999, required_if=_safety, group="safety"),
        Field("fixed_on", "整改日期", "date", "15(5)", maximum="today", required_if=_fixed, group="safety",
              help="整改数大于 0 的填写"),
        Field("proof", "证明附件", "file", "13", required=False, accept=DOCUMENT_TYPES, group="proof", help=SCAN_HELP),
        *struck_fields("13"),
    ),
    (targets_fit, hazards_fit, matching_fits),
)
