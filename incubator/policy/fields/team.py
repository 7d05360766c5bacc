"""Service team and mentors 服务团队、辅导员名册 (Article 5(3), AMB-13, domain.md §8.9).

One table for both rosters: ``category`` says which one a person is in. The
standards test each roster by itself; a person in both is counted in both.
"""

from collections.abc import Iterable, Mapping

from .filing import SCAN_HELP
from .model import DOCUMENT_TYPES, Field, FieldTable, Problem

CATEGORIES = (("service", "服务团队"), ("mentor", "辅导员"), ("both", "两者兼任"))
GENDERS = (("male", "男"), ("female", "女"))
EDUCATIONS = (
    ("secondary", "高中及以下"),
    ("college", "大专"),
    ("bachelor", "本科"),
    ("master", "硕士"),
    ("doctor", "博士"),
)
EMPLOYMENTS = (("full_time", "专职"), ("part_time", "兼职"))
STATUSES = (("active", "在岗"), ("left", "离岗"))


def _full_time(values: Mapping) -> bool:
    return values.get("employment") == "full_time"


def _left(values: Mapping) -> bool:
    return values.get("status") == "left"


def gender_fits_number(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """The 17th digit of a citizen number is odd for men; another entry is asked about."""
    number, gender = values.get("idno"), values.get("gender")
    if number and gender and (int(number[16]) % 2 == 1) != (gender == "male"):
        yield Problem("gender", "性别与身份证号不一致", "5(3)", "核对身份证号和性别", "warning")


def distinct_number(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """§8.9: one row a person; ``context["active_idnos"]`` holds the other rows' numbers."""
    number = values.get("idno")
    if number and not _left(values) and number in (context.get("active_idnos") or ()):
        yield Problem("idno", "名册中已有这个人", "5(3)", "两者兼任的在原有一行改类别，不另加行")


def dates_in_order(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """The last day does not lie before the first."""
    start, end = values.get("in_on"), values.get("out_on")
    if start and end and end < start:
        yield Problem("out_on", "离岗日期早于入职日期", "5(3)", "核对两个日期")


def head_counts(rows: Iterable[Mapping]) -> dict[str, int]:
    """Active people: ``service_team``, ``mentors`` and ``distinct`` (去重后, AMB-13).

    People are told apart by their number, where it is masked by ``row``, which is one of each person.
    """
    active = [r for r in rows if r.get("status", "active") == "active"]

    def people(*categories: str) -> int:
        return len({r.get("row") or r.get("idno") for r in active if not categories or r.get("category") in categories})

    return {"service_team": people("service", "both"), "mentors": people("mentor", "both"), "distinct": people()}


TEAM = FieldTable(
    "team",
    "服务团队和辅导员名册",
    (("person", "人员", ""), ("post", "岗位", ""), ("status", "状态", "")),
    (
        Field("name", "姓名", "text", "5(3)", max_length=20, group="person"),
        Field("gender", "性别", "choice", "5(3)", choices=GENDERS, group="person"),
        Field("idno", "身份证号", "id18", "5(3)", secret=True, group="person"),
        Field("phone", "手机", "phone", "5(3)", secret=True, group="person"),
        Field("education", "学历", "choice", "5(3)", required=False, choices=EDUCATIONS, group="person"),
        Field("category", "类别", "choice", "5(3)", choices=CATEGORIES, group="post"),
        Field("post", "职务", "text", "5(3)", max_length=40, group="post"),
        Field("title_name", "职称或资格证名称", "text", "5(3)", required=False, max_length=60,
              group="post"),
        Field("title_no", "证书编号", "text", "5(3)", required=False, max_length=60, group="post"),
        Field("title_file", "证书", "file", "5(3)", required=False, accept=DOCUMENT_TYPES,
              group="post", help=SCAN_HELP),
        Field("employment", "专职或兼职", "choice", "5(3)", choices=EMPLOYMENTS, group="post"),
        Field("in_on", "入职或聘期起", "date", "5(3)", maximum="today", group="post"),
        Field("term_end", "聘期止", "date", "5(3)", required=False, group="post"),
        # a judgement (§8.9), so it is asked for and never stops a row: the roster lists it among what may follow
        Field("insurance", "社保证明", "file", "5(3)", required_if=_full_time,
              accept=DOCUMENT_TYPES, group="post", help="专职人员上传，" + SCAN_HELP),
        Field("expertise", "专长", "text", "5(3)", required=False, max_length=100, group="post"),
        Field("tutored", "本年辅导企业", "int", "5(3)", "户", required=False, minimum=0, group="post",
              help="辅导员填写"),
        Field("status", "状态", "choice", "13", choices=STATUSES, group="status"),
        Field("out_on", "离岗日期", "date", "13", required_if=_left, maximum="today",
              group="status"),
    ),
    (gender_fits_number, distinct_number, dates_in_order),
)
