"""Site-visit record 实地踏查记录 (Articles 7(3), 8 and 14, domain.md §8.10).

County, city, province and inspection share one record. The default rows are
data: each names the fact key whose value it verifies.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .filing import SCAN_HELP
from .model import DOCUMENT_TYPES, Field, FieldTable, Problem

VISIT_KINDS = (
    ("filing", "备案"),
    ("initial_review", "初审"),
    ("second_review", "复核"),
    ("assessment", "省考核"),
    ("inspection", "年检"),
    ("special_inspection", "专项检查"),
    ("major_event", "重大事项"),
    ("rectification", "整改验收"),
    ("revocation", "撤销核实"),
)
ANSWERS = (("yes", "相符"), ("no", "不符"), ("na", "不适用"))
MINIMUM_VISITORS = 2
MAXIMUM_PHOTOS = 9
PHOTOS = ("jpg", "jpeg", "png")
SAMPLE_AT_LEAST = 5
SAMPLE_PERCENT = 30


@dataclass(frozen=True)
class CheckRow:
    """One default row of a visit.

    ``fact`` is the key of the fact that the verified value replaces in
    ``facts_of(case)``; ``kind`` is decimal, int or bool.
    """

    key: str
    label: str
    fact: str
    kind: str
    unit: str
    article: str
    hint: str = ""


CHECK_ROWS = (
    CheckRow("address", "地址相符", "address_ok", "bool", "", "5(2)", "与申报地址一致"),
    CheckRow("area_total", "总建筑面积", "area_total", "decimal", "㎡", "5(2)", "量算或核对图纸"),
    CheckRow("area_incub", "孵化场所建筑面积", "area_incub", "decimal", "㎡", "5(2)", "量算或核对图纸"),
    CheckRow("area_public", "公共服务区建筑面积", "area_public", "decimal", "㎡", "5(2)", "含创客空间"),
    CheckRow("use", "孵化用途未改变", "use_unchanged", "bool", "", "16(2)2"),
    CheckRow("facilities", "公共服务设施与清单相符", "facilities", "bool", "", "5(3)"),
    CheckRow("maker_space", "创客空间", "maker_space", "bool", "", "6(1)", "有固定场地并开放"),
    CheckRow("service_team", "服务团队在岗", "service_team", "int", "人", "5(3)"),
    CheckRow("mentors", "创业辅导员", "mentors", "int", "人", "5(3)"),
    CheckRow("tenants_countable", "可计入的在孵企业", "tenants_countable", "int", "户", "5(4)"),
    CheckRow("jobs", "带动就业人数", "jobs", "int", "人", "5(4)"),
    CheckRow("rules", "制度和台账", "rules_files", "bool", "", "5(5)", "制度公开，台账可查"),
    CheckRow("safety", "消防与安全", "safety", "bool", "", "5(5)"),
    CheckRow("plaque", "挂牌", "plaque_hung", "bool", "", "8", "未认定的填不适用"),
    CheckRow("lawful", "未见在孵企业违法经营线索", "tenants_lawful", "bool", "", "5(5)"),
)


def check_row(key: str) -> CheckRow:
    """The default row of that key; KeyError when there is none."""
    return {row.key: row for row in CHECK_ROWS}[key]


def suggested_sample(tenants: int) -> int:
    """How many tenants to look at: five or 30 %, the larger, and never more than there are."""
    return min(tenants, max(SAMPLE_AT_LEAST, -(-tenants * SAMPLE_PERCENT // 100)))


def verified_facts(values: Mapping) -> dict[str, object]:
    """Fact key → verified value of a cleaned record; rows without a value are left out.

    Numbers come from ``verified``, yes-or-no rows from ``agrees``.
    """
    facts: dict[str, object] = {}
    rows = {row.key: row for row in CHECK_ROWS}
    for given in values.get("check_rows") or ():
        row = rows.get(given.get("item"))
        if row is None:
            continue
        if row.kind == "bool":
            if given.get("agrees") in ("yes", "no"):
                facts[row.fact] = given["agrees"] == "yes"
        elif given.get("verified") is not None:
            number = given["verified"]
            facts[row.fact] = int(number) if row.kind == "int" else number
    return facts


def whole_counts(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """Counts are verified as whole numbers."""
    rows = {row.key: row for row in CHECK_ROWS}
    for index, given in enumerate(values.get("check_rows") or ()):
        row, number = rows.get(given.get("item")), given.get("verified")
        if row and row.kind == "int" and number is not None and number != int(number):
            yield Problem(
                f"check_rows-{index}-verified",
                f"{row.label}现场核实值 {number} 不是整数",
                row.article,
                "填整数",
            )


def remarks_where_different(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A row that does not agree says what was found."""
    rows = {row.key: row for row in CHECK_ROWS}
    for index, given in enumerate(values.get("check_rows") or ()):
        if given.get("agrees") == "no" and not given.get("remark"):
            row = rows.get(given.get("item"))
            label = row.label if row else "这一项"
            yield Problem(
                f"check_rows-{index}-remark",
                f"{label}选的是不符，没有写现场情况",
                row.article if row else "7(3)",
                "写明现场看到的情况",
            )


def few_photos(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """Those beside the rows count: enough to show what was seen, and no more (§8.10)."""
    loose = len(values.get("photos") or ())
    total = loose + sum(len(row.get("photo") or ()) for row in values.get("check_rows") or ())
    if loose <= MAXIMUM_PHOTOS < total:
        yield Problem("photos", f"照片一共 {total} 张，最多 {MAXIMUM_PHOTOS} 张", "7(3)", "去掉几张，够说明情况即可")


def distinct_visitors(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """At least two different people (A7-5)."""
    rows = values.get("visitors") or []
    if len(rows) >= MINIMUM_VISITORS:
        people = {(r.get("name"), r.get("office")) for r in rows}
        if len(people) < MINIMUM_VISITORS:
            yield Problem(
                "visitors", "踏查人员写的是同一个人", "7(3)", f"至少填写 {MINIMUM_VISITORS} 人"
            )


VISIT = FieldTable(
    "visit",
    "实地踏查记录",
    (
        ("head", "踏查", "至少 2 人到场"),
        ("checks", "核实情况", "核实值填现场看到的，不照抄申报值"),
        ("sample", "抽查企业", f"建议不少于 {SAMPLE_AT_LEAST} 户或 {SAMPLE_PERCENT} %"),
        ("result", "意见和附件", f"照片连同各项旁边的最多 {MAXIMUM_PHOTOS} 张，够说明情况即可"),
    ),
    (
        Field("visit_kind", "踏查类别", "choice", "7(3)", choices=VISIT_KINDS, group="head"),
        Field("visited_on", "踏查日期", "date", "7(3)", maximum="today", group="head"),
        Field("visitors", "踏查人员", "rows", "7(3)", minimum=MINIMUM_VISITORS, group="head",
              columns=(
                  Field("name", "姓名", "text", "7(3)", max_length=20),
                  Field("office", "单位", "text", "7(3)", max_length=60),
                  Field("title", "职务", "text", "7(3)", required=False, max_length=40),
              )),
        Field("base_reps", "基地人员", "rows", "7(3)", required=False, group="head",
              columns=(
                  Field("name", "姓名", "text", "7(3)", max_length=20),
                  Field("title", "职务", "text", "7(3)", required=False, max_length=40),
              )),
        Field("check_rows", "核实项目", "rows", "7(3)", minimum=1, group="checks", key="item",
              columns=(
                  Field("item", "项目", "choice", "7(3)",
                        choices=tuple((r.key, r.label) for r in CHECK_ROWS)),
                  Field("declared", "申报值", "text", "7(3)", required=False, max_length=100),
                  Field("verified", "现场核实值", "decimal", "7(3)", required=False, places=2,
                        minimum=0),
                  Field("agrees", "是否相符", "choice", "7(3)", choices=ANSWERS),
                  Field("remark", "现场情况", "text", "7(3)", required=False, max_length=300),
                  Field("photo", "照片", "files", "7(3)", required=False, accept=PHOTOS,
                        max_files=3),
              )),
        Field("sampled", "抽查企业", "rows", "5(4)", required=False, group="sample",
              columns=(
                  Field("name", "企业名称", "text", "5(4)", max_length=80),
                  Field("on_site", "在岗人数", "int", "5(4)", "人", minimum=0),
                  Field("operating", "是否实际经营", "bool", "5(4)"),
              )),
        Field("opinion", "踏查意见", "long_text", "7(3)", minimum=10, max_length=1000,
              group="result"),
        Field("signatures", "签字页", "files", "7(3)", required=False, accept=DOCUMENT_TYPES,
              max_files=3, group="result", help=SCAN_HELP),
        Field("photos", "照片", "files", "7(3)", required=False, accept=PHOTOS,
              max_files=MAXIMUM_PHOTOS, group="result", help="jpg 或 png，每张不超过 20 MB"),
    ),
    (distinct_visitors, whole_counts, remarks_where_different, few_photos),
)
