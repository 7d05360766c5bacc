"""Recognition application 认定申请 (Articles 5 and 7(2), domain.md §8.2).

The filing's fields come prefilled in group ``base`` (A7-3). Tenants, service
team and mentors are rosters of their own (§8.7, §8.9) and no fields here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ..calendar import chinese_date, initial_validity
from .filing import BASE_CHECKS, SCAN_HELP
from .filing import FIELDS as FILING_FIELDS
from .model import DOCUMENT_TYPES, WRITTEN_TYPES, Field, FieldTable, Problem

CREDIT_REPORT_DAYS = 30
"""Age in days up to which a credit report is fresh (A5-1, a judgement: it warns)."""

PROFESSIONAL_SERVICES = (
    ("information", "信息服务"),
    ("tutoring", "创业辅导"),
    ("innovation", "创新支持"),
    ("training", "人员培训"),
    ("marketing", "市场营销"),
    ("financing", "投融资服务"),
    ("consulting", "管理咨询"),
    ("specialised", "专业服务"),
)
BASIC_SERVICES = (
    ("property", "物业服务"),
    ("registration", "工商代办"),
    ("bookkeeping", "财税代理"),
    ("personnel", "人事社保"),
    ("policy", "政策咨询"),
    ("basic_other", "其他基础服务"),
)
FEE_KINDS = (("free", "免费"), ("low", "低收费"), ("market", "市场价"))
RULE_KINDS = (
    ("entry", "入孵管理"),
    ("exit", "退出管理"),
    ("service", "服务管理"),
    ("finance", "财务管理"),
    ("safety", "安全管理"),
    ("archive", "档案管理"),
)
COMPULSORY_RULES = ("entry", "exit", "safety")
RELAX_ITEMS = (
    ("area_total", "总建筑面积"),
    ("area_incub", "孵化场所建筑面积"),
    ("area_public", "公共服务区建筑面积"),
    ("tenants_countable", "可计入的在孵企业"),
    ("jobs", "带动就业人数"),
)
DECLARATIONS = ("decl_law", "decl_credit", "decl_property", "decl_dispute")
NOT_CARRIED_OVER = frozenset(("tenants_now", "jobs_now"))
REPORT_PARTS = ("基地基本情况", "硬件建设", "服务功能及服务内容", "主要成绩", "发展愿景")

BASE_FIELDS = tuple(
    replace(f, group="base") for f in FILING_FIELDS if f.name not in NOT_CARRIED_OVER
)


def declared_facts(values: Mapping) -> dict[str, object]:
    """What a cleaned application declares, by the fact keys of ``criteria``.

    Head counts of the team come from ``fields.team.head_counts``, tenants and
    jobs from ``tenants.count``; what was not filled in is None.
    """
    services = values.get("services")
    kinds = [row.get("service") for row in services or ()]
    rules = values.get("rules_files")
    safety = [values.get(n) for n in ("fire_doc", "safety_officer", "last_check")]
    facts: dict[str, object] = {
        n: values.get(n) for n in (*DECLARATIONS, "decl_note", "area_total", "area_incub", "area_public")
    }
    for key, group in (("basic", BASIC_SERVICES), ("professional", PROFESSIONAL_SERVICES)):
        facts[f"services_{key}"] = (
            None if services is None else sum(k in dict(group) for k in kinds)
        )
    facilities = values.get("facilities")
    facts["facilities"] = None if facilities is None else len(facilities)
    given = {row.get("rule_kind") for row in rules or ()}
    facts["rules_files"] = None if rules is None else given.issuperset(COMPULSORY_RULES)
    facts["safety"] = all(safety) if any(v is not None for v in safety) else None
    pledge = values.get("decl_tenants")
    facts["decl_tenants"] = None if pledge is None else bool(pledge)
    if "maker_fee" in values:
        area = values.get("maker_area")
        facts |= {"maker_space": None if area is None else area > 0, "maker_fee": values["maker_fee"]}
    return facts


def declarations_hold(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A5-1: four declarations are true, or the facts are explained."""
    denied = [n for n in DECLARATIONS if values.get(n) is False]
    if denied and not values.get("decl_note"):
        names = "、".join(RECOGNITION.field(n).label for n in denied)
        yield Problem(
            "decl_note", f"“{names}”选的是否，没有写情况说明", "5(1)", "写明事由、处理结果和日期"
        )


def credit_report_fresh(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A5-1: a credit report of at most 30 days on the day of submission; not rolled (§6)."""
    issued, today = values.get("credit_report_on"), context.get("today")
    if issued and today:
        age = (today - issued).days
        if age > CREDIT_REPORT_DAYS:
            yield Problem(
                "credit_report_on",
                f"信用报告出具已 {age} 天，超过 {CREDIT_REPORT_DAYS} 天",
                "5(1)",
                "重新下载信用报告后上传",
                "warning",
            )


def credit_report_of_each(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A5-1: a report of the investor and one of the operator, where they are not one and the same."""
    files, investor, operator = values.get("credit_reports"), values.get("investor_idno"), values.get("operator_uscc")
    if files and len(files) < 2 and investor and operator and investor != operator:
        yield Problem(
            "credit_reports", "只有 1 份信用报告，投资主体和运营机构不是同一单位", "5(1)", "两家各上传一份"
        )


def agreement_covers_validity(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A4-1: a cooperation agreement that ends before the validity would is asked about."""
    end, today = values.get("coop_agreement_end"), context.get("today")
    if end and today and end < (valid_to := initial_validity(today).to_on):
        yield Problem(
            "coop_agreement_end",
            f"合作协议{chinese_date(end)}到期，早于今年认定后的有效期满日{chinese_date(valid_to)}",
            "4",
            "可以续签后补充，不影响提交",
            "warning",
        )


def both_service_groups(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A5-4: at least one basic and one professional service."""
    kinds = {row.get("service") for row in values.get("services") or ()}
    if not kinds:
        return
    for group, label in ((BASIC_SERVICES, "基础服务"), (PROFESSIONAL_SERVICES, "专业化服务")):
        if not kinds & {k for k, _ in group}:
            yield Problem(
                "services", f"服务项目中没有{label}", "5(3)", f"至少填写 1 项{label}"
            )


def compulsory_rules_filed(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A5-7: the rules on entry, exit and safety are filed."""
    rows = values.get("rules_files")
    if not rows:
        return
    given = {row.get("rule_kind") for row in rows}
    lacking = [label for kind, label in RULE_KINDS if kind in COMPULSORY_RULES and kind not in given]
    if lacking:
        yield Problem(
            "rules_files", f"管理制度中缺少{'、'.join(lacking)}", "5(5)", "补充后再提交"
        )


def relaxation_outside_changchun(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A5-3, AMB-01: no relaxation may be asked for in urban Changchun (context ``urban``)."""
    if values.get("relax_items") and context.get("urban"):
        yield Problem(
            "relax_items", "基地位于长春市区，不适用放宽", "5(2)", "删去放宽申请的各行"
        )


GROUPS = (
    ("base", "备案信息", "取自备案，有变化的在这里更正"),
    ("declarations", "申报单位声明", "投资主体和运营机构都适用"),
    ("premises", "场地和设施", ""),
    ("services", "服务功能", "基础服务和专业化服务各至少 1 项"),
    ("performance", "孵化业绩", "户数和就业人数取自在孵企业名册"),
    ("management", "运行管理", ""),
    ("relaxation", "放宽申请", "仅长春市区以外填写，由省工信厅决定"),
    ("materials", "申报材料", "以当年申报指南为准"),
)

_SERVICE_COLUMNS = (
    Field("service", "服务项目", "choice", "5(3)", choices=BASIC_SERVICES + PROFESSIONAL_SERVICES),
    Field("desc", "服务内容", "text", "5(3)", max_length=200),
    Field("fee", "收费", "choice", "5(3)", choices=FEE_KINDS),
    Field("svc_times", "上年度服务次数", "int", "5(3)", "次", required=False, minimum=0),
    Field("svc_people", "上年度服务人次", "int", "5(3)", "人次", required=False, minimum=0),
)

RECOGNITION = FieldTable(
    "recognition",
    "吉林省创业孵化基地认定申请",
    GROUPS,
    (
        *BASE_FIELDS,
        Field("decl_law", "无违法行为", "bool", "5(1)", group="declarations"),
        Field("decl_credit", "无不良信用记录", "bool", "5(1)", group="declarations"),
        Field("decl_property", "无产权纠纷", "bool", "5(1)", group="declarations"),
        Field("decl_dispute", "无其他未了结的法律或经济纠纷", "bool", "5(1)", group="declarations"),
        Field("decl_note", "情况说明", "long_text", "5(1)", required=False, max_length=1000,
              group="declarations", help="有一项为“否”的须填写"),
        Field("credit_reports", "信用报告", "files", "5(1)", accept=DOCUMENT_TYPES, max_files=4,
              group="declarations", help="投资主体和运营机构各一份，" + SCAN_HELP),
        Field("credit_report_on", "信用报告出具日期", "date", "5(1)", maximum="today",
              group="declarations", help="两份日期不同的填较早的一份，距提交日不超过 30 天"),
        Field("floor_plan", "功能分区平面图", "files", "5(2)", accept=DOCUMENT_TYPES, max_files=5,
              group="premises", help=SCAN_HELP),
        Field("facilities", "公共服务设施清单", "rows", "5(3)", minimum=1, group="premises",
              columns=(
                  Field("name", "设施名称", "text", "5(3)", max_length=40),
                  Field("area", "面积", "decimal", "5(3)", "㎡", required=False, places=2, minimum=0),
                  Field("count", "数量", "int", "5(3)", "处", minimum=1),
                  Field("open_to_tenants", "向在孵企业开放", "bool", "5(3)"),
              )),
        Field("services", "服务项目", "rows", "5(3)", minimum=2, columns=_SERVICE_COLUMNS,
              group="services"),
        Field("public_ratio", "公益性或低收费服务占比", "decimal", "5(3)", "%", required=False, places=1,
              minimum=0, maximum=100, group="services"),
        Field("partners", "合作服务机构", "rows", "5(3)", required=False, group="services",
              key="uscc",
              columns=(
                  Field("name", "机构名称", "text", "5(3)", max_length=80),
                  Field("uscc", "统一社会信用代码", "uscc", "5(3)"),
                  Field("service", "合作内容", "text", "5(3)", max_length=100),
                  Field("agreement", "合作协议", "file", "5(3)", required=False,
                        accept=DOCUMENT_TYPES, help=SCAN_HELP),
              )),
        Field("tenants_countable", "可计入的在孵企业", "int", "5(4)", "户", required=False,
              source="auto", group="performance", help="取自在孵企业名册"),
        Field("jobs", "带动就业人数", "int", "5(4)", "人", required=False, source="auto",
              group="performance", help="可计入企业期末从业人员之和"),
        Field("jobs_note", "就业人数说明", "text", "5(4)", required=False, max_length=500,
              group="performance", help="与名册合计有出入的写明原因"),
        Field("rules_files", "管理制度", "rows", "5(5)", minimum=1, group="management",
              help="入孵、退出、安全三类必备",
              columns=(
                  Field("rule_kind", "类别", "choice", "5(5)", choices=RULE_KINDS),
                  Field("file", "制度文件", "file", "5(5)", accept=(*DOCUMENT_TYPES, "docx"),
                        help="pdf、docx、jpg 或 png，每个不超过 20 MB"),
              )),
        Field("fire_doc", "消防验收或检查材料", "files", "5(5)", accept=DOCUMENT_TYPES, max_files=5,
              group="management", help=SCAN_HELP),
        Field("safety_officer", "安全负责人", "text", "5(5)", max_length=20, group="management"),
        Field("last_check", "最近一次安全检查日期", "date", "5(5)", maximum="today",
              group="management"),
        Field("accidents_3y", "近三年安全事故", "int", "5(5)", "起", minimum=0, group="management",
              help="没有的填 0"),
        Field("decl_tenants", "对在孵企业依法经营负责的承诺", "file", "5(5)", accept=DOCUMENT_TYPES,
              group="management", help="签字盖章后扫描，" + SCAN_HELP),
        Field("relax_items", "放宽申请", "rows", "5(2)", required=False, group="relaxation",
              columns=(
                  Field("item", "指标", "choice", "5(2)", choices=RELAX_ITEMS),
                  Field("actual", "实际值", "decimal", "5(2)", places=2, minimum=0),
                  Field("reason", "理由", "text", "5(2)", minimum=10, max_length=300),
              )),
        # the table of §8.2 does not say so; the guide's default list asks for it (A7-7)
        Field("report_body", "申请报告", "file", "7(5)", accept=WRITTEN_TYPES, group="materials",
              help="不超过 8 000 字，分" + "、".join(REPORT_PARTS) + "五部分"),
        Field("audit_report", "上年度专项审计报告", "file", "7(5)", required=False,
              accept=DOCUMENT_TYPES, group="materials", help="申报指南要求的上传"),
        Field("cases", "典型案例", "file", "7(5)", required=False, accept=WRITTEN_TYPES,
              group="materials", help="不超过 3 000 字"),
        Field("guide_materials", "申报指南另外要求的材料", "rows", "7(5)", required=False, group="materials",
              help="表里没有的材料上传在这里，名称照申报指南的清单写",
              columns=(
                  Field("name", "材料名称", "text", "7(5)", max_length=60),
                  Field("file", "文件", "file", "7(5)", accept=(*DOCUMENT_TYPES, "docx", "xlsx")),
              )),
        Field("truth_pledge", "真实性承诺", "file", "7(5)", accept=DOCUMENT_TYPES,
              group="materials", help="签字盖章后扫描，" + SCAN_HELP),
    ),
    (
        *BASE_CHECKS,
        declarations_hold,
        credit_report_of_each,
        credit_report_fresh,
        agreement_covers_validity,
        both_service_groups,
        compulsory_rules_filed,
        relaxation_outside_changchun,
    ),
)
