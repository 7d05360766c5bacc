"""Tenant roster 在孵企业名册 (Article 5(4), A5-6, domain.md §8.7): one row of it."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from .. import identifiers
from .filing import SCAN_HELP
from .model import DOCUMENT_TYPES, Field, FieldTable, Problem

SUBJECTS = (
    ("company", "企业"),
    ("individual", "个体工商户"),
    ("cooperative", "合作社"),
    ("private_nonprofit", "民非"),
    ("other", "其他"),
)
KINDS_OF_TENANT = (
    ("ordinary", "普通"),
    ("ecommerce", "电商"),
    ("training", "培训机构"),
    ("third_party", "第三方服务机构"),
)
SIZES = (("micro", "微型"), ("small", "小型"), ("medium", "中型"), ("large", "大型"))
TAGS = (
    ("high_tech", "高新技术企业"),
    ("tech_sme", "科技型中小企业"),
    ("specialised", "专精特新"),
    ("above_scale", "规上企业"),
)
FOUNDERS = (
    ("student", "大学生"),
    ("veteran", "退役军人"),
    ("returnee", "返乡人员"),
    ("scientist", "科技人员"),
    ("other", "其他"),
)
STATUSES = (("active", "在孵"), ("graduated", "毕业"), ("left", "退出"))
EARLY_ENTRY_DAYS = 30


def _gone(values: Mapping) -> bool:
    return values.get("status") in ("graduated", "left")


def _ecommerce(values: Mapping) -> bool:
    return values.get("kind") == "ecommerce"


def _ecommerce_claimed(values: Mapping) -> bool:
    return values.get("ec_ok") is True


def subject_fits_code(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """§8.7: the subject follows from the code's first two characters; another one is asked about."""
    code, subject = values.get("uscc"), values.get("subject")
    if code and subject:
        suggested = identifiers.subject_of(code)
        if suggested not in ("other", subject):
            label = dict(SUBJECTS)[suggested]
            yield Problem(
                "subject", f"按统一社会信用代码应为{label}", "5(4)", "核对主体类型和代码", "warning"
            )


def industry_is_code(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """§8.7: four digits of GB/T 4754-2017."""
    code = values.get("industry")
    if code and not (code.isascii() and code.isdigit()):
        yield Problem(
            "industry", f"行业代码“{code}”不是 4 位数字", "5(4)", "按小类填写，例如零售综合为 5211"
        )


def dates_in_order(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """§8.7: the agreement ends after it starts; entry long before it, or exit before entry, is wrong."""
    start, end = values.get("agr_start"), values.get("agr_end")
    entered, left = values.get("in_on"), values.get("out_on")
    if start and end and end <= start:
        yield Problem("agr_end", "孵化协议期止不晚于期起", "5(4)", "核对协议的两个日期")
    if entered and left and left < entered:
        yield Problem("out_on", "退出日期早于入孵日期", "13", "核对两个日期")
    if entered and start and entered < start - timedelta(days=EARLY_ENTRY_DAYS):
        yield Problem(
            "in_on",
            f"入孵日期比孵化协议期起早 {(start - entered).days} 天",
            "5(4)",
            "核对日期，或补充更早的协议",
            "warning",
        )
    registered = values.get("reg_on")
    if registered and entered and registered > entered:
        yield Problem(
            "reg_on", "注册日期晚于入孵日期", "5(4)", "先入驻后注册的不用改", "warning"
        )


def jobs_present(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """§8.7: no employees is possible, but asked about."""
    if values.get("jobs") == 0 and values.get("status", "active") == "active":
        yield Problem("jobs", "期末从业人员填的是 0", "5(4)", "确无人员的不用改", "warning")


def unique_among_active(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """§8.7: a code occurs once among the base's active tenants.

    ``context["active_usccs"]`` holds the codes of the other active rows.
    """
    code = values.get("uscc")
    if code and not _gone(values) and code in (context.get("active_usccs") or ()):
        yield Problem("uscc", "名册中已有同一代码的在孵企业", "5(4)", "修改原有的一行，不另加行")


def area_within_incubation(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """§8.7: the areas of the roster together stay within the incubation area (a warning).

    ``context``: ``area_used_by_others`` and ``area_incub``, both in ㎡.
    """
    others, limit = context.get("area_used_by_others"), context.get("area_incub")
    area = values.get("area")
    if None not in (others, limit, area) and others + area > limit:
        yield Problem(
            "area",
            f"名册使用面积合计 {others + area} ㎡，大于孵化场所面积 {limit} ㎡",
            "5(2)",
            "核对各户面积",
            "warning",
        )


GROUPS = (
    ("identity", "企业", ""),
    ("incubation", "入孵", ""),
    ("people", "人员", ""),
    ("business", "经营", "金额单位为万元"),
    ("counting", "计入情况", "由系统判断，审核人员可以逐户调整"),
    ("status", "状态", ""),
)

TENANT = FieldTable(
    "tenant",
    "在孵企业名册",
    GROUPS,
    (
        Field("name", "企业名称", "text", "5(4)", max_length=80, group="identity"),
        Field("uscc", "统一社会信用代码", "uscc", "5(4)", group="identity"),
        Field("subject", "主体类型", "choice", "5(4)", choices=SUBJECTS, group="identity"),
        Field("kind", "类别", "choice", "5(4)", choices=KINDS_OF_TENANT, group="identity"),
        Field("ec_ok", "电商合规经营", "bool", "5(4)", required_if=_ecommerce, group="identity",
              help="有执照且无经营异常"),
        Field("ec_proof", "电商证明", "file", "5(4)", required_if=_ecommerce_claimed,
              accept=DOCUMENT_TYPES, group="identity", help=SCAN_HELP),
        Field("industry", "行业代码", "text", "5(4)", minimum=4, max_length=4, group="identity",
              help="国民经济行业分类小类，4 位数字"),
        Field("reg_on", "注册日期", "date", "5(4)", required=False, maximum="today",
              group="incubation"),
        # not called compulsory in §8.7, but computed from: who was there on a day (A13-3), where a twin counts (AMB-11),
        # and below the head count that the standards add up (AMB-12)
        Field("in_on", "入孵日期", "date", "5(4)", maximum="today", group="incubation"),
        Field("agr_start", "孵化协议期起", "date", "5(4)", group="incubation"),
        Field("agr_end", "孵化协议期止", "date", "5(4)", group="incubation"),
        Field("area", "使用面积", "decimal", "5(2)", "㎡", required=False, places=2, minimum=0,
              group="incubation"),
        Field("room", "房号", "text", "5(2)", required=False, max_length=40, group="incubation"),
        Field("legal_rep", "法定代表人或经营者", "text", "5(4)", required=False, max_length=20,
              group="people"),
        Field("contact_name", "联系人", "text", "13", required=False, max_length=20, group="people"),
        Field("contact_phone", "联系电话", "phone", "13", required=False, secret=True,
              group="people"),
        Field("jobs", "期末从业人员", "int", "5(4)", "人", minimum=0, group="people"),
        Field("founder", "创办者类型", "choice", "5(4)", required=False, choices=FOUNDERS,
              group="people"),
        Field("business", "主营业务或产品", "text", "5(4)", required=False, max_length=100,
              group="business"),
        Field("revenue", "年营业收入", "decimal", "5(4)", "万元", required=False, places=2,
              minimum=0, group="business"),
        Field("tax", "年上缴税金", "decimal", "5(4)", "万元", required=False, places=2,
              group="business"),
        Field("size", "企业规模", "choice", "2", required=False, choices=SIZES, group="business",
              help="空着的按行业、从业人员和营业收入推算"),
        Field("tags", "企业资质", "multi", "5(4)", required=False, choices=TAGS, group="business"),
        Field("countable", "可计入", "bool", "5(4)", required=False, source="auto",
              group="counting"),
        Field("countable_reason", "计入原因", "text", "5(4)", required=False, source="auto",
              group="counting"),
        Field("status", "状态", "choice", "13", choices=STATUSES, group="status"),
        Field("out_on", "退出日期", "date", "13", required_if=_gone, maximum="today",
              group="status", help="毕业或退出的填写"),
        Field("out_kind", "去向", "text", "13", required_if=_gone, max_length=100, group="status"),
    ),
    (
        subject_fits_code,
        industry_is_code,
        dates_in_order,
        jobs_present,
        unique_among_active,
        area_within_incubation,
    ),
)
