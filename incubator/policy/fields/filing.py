"""Filing form 备案表 (Article 7(1), domain.md §8.1)."""

from collections.abc import Iterable, Mapping

from .. import identifiers
from ..identifiers import NOT_LEGAL_PERSONS, WrongIdentifier
from .industries import DIVISION_CHOICES
from .model import DOCUMENT_TYPES, Field, FieldTable, Problem

INVESTOR_TYPES = (("legal_person", "法人单位"), ("individual", "个人"))
RELATIONS = (("same", "同一单位"), ("entrusted", "委托"), ("leased", "租赁"), ("cooperation", "合作"))
PROPERTY_KINDS = (("owned", "自有"), ("leased", "租赁"), ("allocated", "划拨"), ("other", "其他"))
BASE_TYPES = (
    ("comprehensive", "综合型"),
    ("manufacturing", "生产制造型"),
    ("technology", "科技创新型"),
    ("commerce", "商贸电商型"),
    ("culture", "文化创意型"),
    ("agriculture", "现代农业型"),
    ("other", "其他"),
)
INVEST_SOURCES = (
    ("fiscal", "财政资金"),
    ("enterprise", "企业自有资金"),
    ("social", "社会资本"),
    ("loan", "银行贷款"),
    ("other", "其他"),
)
SCAN_HELP = "pdf、jpg 或 png，每个不超过 20 MB"


def _not_same(values: Mapping) -> bool:
    return values.get("relation") not in (None, "same")


def _leased(values: Mapping) -> bool:
    return values.get("property_kind") == "leased"


def name_form(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A19-1: the name ends in 创业孵化基地 (T63)."""
    if values.get("base_name"):
        try:
            identifiers.base_name(values["base_name"])
        except WrongIdentifier as wrong:
            yield Problem("base_name", wrong.reason, wrong.article, wrong.way_out)


def operator_is_legal_person(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A2-1: the operator is a legal person, so neither 92 nor 93 (T106)."""
    kind = NOT_LEGAL_PERSONS.get((values.get("operator_uscc") or "")[:2])
    if kind:
        yield Problem(
            "operator_uscc",
            f"运营机构的统一社会信用代码以{values['operator_uscc'][:2]}开头，属{kind}，不能作为运营机构",
            "2",
            "由具有法人资格的单位运营，填写该单位的代码",
        )
    if values.get("operator_is_legal") is False:
        yield Problem(
            "operator_is_legal",
            "运营机构不是法人单位",
            "2",
            "个人独资企业、合伙企业和分支机构不是法人，应由法人单位运营",
        )


def investor_number_fits(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A2-1: a legal person gives its credit code, a natural person the citizen number."""
    number, kind = values.get("investor_idno"), values.get("investor_type")
    if not number or not kind:
        return
    is_person = _reads(identifiers.id18, number)
    if kind == "legal_person" and is_person and not _reads(identifiers.uscc, number):
        yield Problem(
            "investor_idno", "投资主体是法人单位，填的是公民身份号码", "2", "填写统一社会信用代码"
        )
    if kind == "individual" and not is_person:
        yield Problem(
            "investor_idno", "投资主体是个人，填的是统一社会信用代码", "2", "填写公民身份号码"
        )


def _reads(reader, number: str) -> bool:
    try:
        reader(number)
    except WrongIdentifier:
        return False
    return True


def areas_add_up(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A5-2: incubation and public areas lie within the total, the maker space within public (T22)."""
    total, incub, public, maker = (
        values.get(n) for n in ("area_total", "area_incub", "area_public", "area_maker")
    )
    if total is not None and incub is not None and public is not None and incub + public > total:
        yield Problem(
            "area_total",
            f"孵化场所与公共服务区面积之和 {incub + public} ㎡ 大于总建筑面积 {total} ㎡",
            "5(2)",
            "核对三项面积，重叠的部分只计一次",
        )
    elif total is not None and incub is not None and incub > total:
        yield Problem(
            "area_incub", f"孵化场所面积 {incub} ㎡ 大于总建筑面积 {total} ㎡", "5(2)", "核对两项面积"
        )
    if public is not None and maker is not None and maker > public:
        yield Problem(
            "area_maker",
            f"创客空间面积 {maker} ㎡ 大于公共服务区面积 {public} ㎡",
            "5(2)",
            "公共服务区面积包含创客空间，核对两项面积",
        )


def same_entity(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A2-1: 同一单位 means one credit code; the same code under another relation is asked about."""
    investor, operator = values.get("investor_idno"), values.get("operator_uscc")
    relation = values.get("relation")
    if not investor or not operator or not relation:
        return
    if relation == "same" and investor != operator:
        yield Problem(
            "relation",
            "投资主体与运营机构的证件号不同，关系选的是同一单位",
            "4",
            "核对证件号，或改选委托、租赁、合作",
        )
    if relation != "same" and investor == operator:
        yield Problem(
            "relation", "投资主体与运营机构是同一代码", "4", "核对代码，或改选同一单位", "warning"
        )


GROUPS = (
    ("identity", "基地", "名称以“创业孵化基地”结尾"),
    ("parties", "投资主体和运营机构", "投资主体可以是法人单位或个人，运营机构应为法人单位"),
    ("premises", "孵化场地", "面积按平方米填写，保留两位小数"),
    ("profile", "定位和投入", "金额单位为万元"),
    ("contact", "联系人", "审核意见和期限提醒发给联系人"),
    ("files", "附件", SCAN_HELP),
)

FIELDS = (
    Field("base_name", "基地名称", "text", "19", max_length=30, group="identity",
          help="例如 吉林示例创业孵化基地"),
    Field("division_code", "所在县（市、区）", "region", "7(1)", group="identity",
          help="决定由哪一级工信部门办理"),
    Field("address", "详细地址", "text", "5(2)", max_length=100, group="identity"),
    Field("investor_type", "投资主体类型", "choice", "2", choices=INVESTOR_TYPES, group="parties"),
    Field("investor_name", "投资主体名称", "text", "4", max_length=80, group="parties"),
    Field("investor_idno", "投资主体证件号", "uscc_or_id18", "2", secret=True, group="parties",
          help="法人单位填统一社会信用代码，个人填公民身份号码"),
    Field("operator_name", "运营机构名称", "text", "4", max_length=80, group="parties"),
    Field("operator_uscc", "运营机构统一社会信用代码", "uscc", "2", group="parties"),
    Field("operator_is_legal", "是否法人单位", "bool", "2", group="parties",
          help="个人独资企业、合伙企业不是法人单位"),
    Field("legal_rep", "法定代表人", "text", "2", max_length=20, group="parties"),
    Field("operator_founded", "运营机构成立日期", "date", "5(1)", required=False, maximum="today",
          group="parties"),
    Field("relation", "投资主体与运营机构关系", "choice", "4", choices=RELATIONS, group="parties"),
    Field("coop_agreement", "合作协议", "file", "4", required_if=_not_same, accept=DOCUMENT_TYPES,
          group="parties", help=SCAN_HELP),
    Field("coop_agreement_end", "合作协议期止", "date", "4", required_if=_not_same, group="parties"),
    Field("property_kind", "场地权属", "choice", "5(2)", choices=PROPERTY_KINDS, group="premises"),
    Field("property_no", "不动产权证号或租赁合同号", "text", "5(2)", max_length=60, group="premises"),
    Field("lease_end", "租赁期止", "date", "5(2)", required_if=_leased, group="premises"),
    # §8.1 calls none of the areas compulsory; the standards compute from these three (A5-2)
    Field("area_total", "总建筑面积", "decimal", "5(2)", "㎡", places=2, minimum=0, group="premises"),
    Field("area_incub", "孵化场所建筑面积", "decimal", "5(2)", "㎡", places=2, minimum=0,
          group="premises"),
    Field("area_public", "公共服务区建筑面积", "decimal", "5(2)", "㎡", places=2, minimum=0,
          group="premises", help="包含创客空间"),
    Field("area_maker", "其中：创客空间面积", "decimal", "5(2)", "㎡", required=False, places=2,
          minimum=0, group="premises", help="没有的不用填"),
    Field("base_type", "基地类型", "choice", "6(3)", choices=BASE_TYPES, group="profile"),
    Field("main_industry", "主导产业", "choice", "6(3)", choices=DIVISION_CHOICES, group="profile",
          help="国民经济行业分类大类"),
    Field("operation_start", "投入运营日期", "date", "7(1)", group="profile"),
    Field("invest_total", "计划总投资", "decimal", "4", "万元", required=False, places=2, minimum=0,
          group="profile"),
    Field("invest_source", "资金来源", "multi", "4", required=False, choices=INVEST_SOURCES,
          group="profile"),
    Field("tenants_now", "现有在孵企业", "int", "5(4)", "户", required=False, minimum=0, group="profile"),
    Field("jobs_now", "现有从业人员", "int", "5(4)", "人", required=False, minimum=0, group="profile"),
    Field("contact_name", "联系人", "text", "7(1)", max_length=20, group="contact"),
    Field("contact_phone", "联系人手机", "phone", "7(1)", secret=True, group="contact"),
    Field("contact_email", "联系人邮箱", "email", "7(1)", max_length=80,
          group="contact"),
    Field("lic_file", "营业执照", "files", "2", accept=DOCUMENT_TYPES, max_files=4, group="files",
          help=SCAN_HELP),
    Field("prop_file", "权属证明", "files", "5(2)", accept=DOCUMENT_TYPES, max_files=10,
          group="files", help=SCAN_HELP),
)


def area_is_positive(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """§8.1: the total area is more than nothing."""
    if values.get("area_total") is not None and values["area_total"] <= 0:
        yield Problem("area_total", "总建筑面积填的是 0", "5(2)", "按权属证明或实测图填写")


BASE_CHECKS = (
    name_form,
    operator_is_legal_person,
    investor_number_fits,
    same_entity,
    area_is_positive,
    areas_add_up,
)

FILING = FieldTable("filing", "新建创业孵化基地备案表", GROUPS, FIELDS, BASE_CHECKS)
