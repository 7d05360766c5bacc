"""Change request 变更申请 (Articles 18 and 19, domain.md §8.13), the province's notice, and the word that it is done."""

from collections.abc import Iterable, Mapping

from .. import changes, identifiers
from ..identifiers import NOT_LEGAL_PERSONS, WrongIdentifier
from .filing import INVESTOR_TYPES, SCAN_HELP, investor_number_fits
from .model import DOCUMENT_TYPES, Field, FieldTable, Problem

YES_NO = (("no", "没有变化"), ("yes", "有变化"))


def _holds(*kinds: str):
    return lambda values: bool(set(kinds) & set(values.get("types") or ()))


_operator, _investor = _holds(changes.OPERATOR), _holds(changes.INVESTOR)
_name, _rename = _holds(changes.BASE_NAME), _holds(changes.ENTITY_RENAME)
_party = _holds(changes.OPERATOR, changes.INVESTOR)


def _told(field: str, refusal) -> Iterable[Problem]:
    if refusal:
        yield Problem(field, refusal.reason, refusal.article, refusal.way_out)


def one_change(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """AMB-08: what may stand in one request, and who may ask for it."""
    types = values.get("types")
    if types is None:
        return
    yield from _told("types", changes.types_refusal(types))
    if values.get("applicant"):
        yield from _told("applicant", changes.applicant_refusal(types, values["applicant"]))


def site_stays(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A18-5: the site is that of the register (``context["site_key"]``)."""
    yield from _told("site_moved", changes.site_refusal(values.get("site_moved") == "yes"))
    known = context.get("site_key")
    if known and values.get("address") and values.get("site_moved") != "yes":
        yield from _told("address", changes.site_refusal(identifiers.site_key(values["address"]) != known))


def new_name(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A19-1, and a name that is another one (``context["base_name"]``)."""
    name = values.get("new_base_name")
    if not name or not _name(values):
        return
    try:
        identifiers.base_name(name)
    except WrongIdentifier as wrong:
        yield Problem("new_base_name", wrong.reason, wrong.article, wrong.way_out)
    if context.get("base_name") and identifiers.name_key(name) == identifiers.name_key(context["base_name"]):
        yield Problem("new_base_name", "和现在的名称一样", "19", "填变更以后的名称")


def new_operator(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A18-4: another unit, and a legal person (A2-1)."""
    code = values.get("new_operator_uscc")
    if not code or not _operator(values):
        return
    kind = NOT_LEGAL_PERSONS.get(code[:2])
    if kind:
        yield Problem("new_operator_uscc", f"新运营机构的统一社会信用代码以{code[:2]}开头，属{kind}，不是法人单位", "18(1)",
                      "由具有法人资格的单位运营")
    if code == context.get("operator_uscc"):
        yield Problem("new_operator_uscc", "和现在的运营机构是同一个单位", "18(1)", "只是更名的，改选单位更名")


def new_investor(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A18-5: another investor, with the number of its kind."""
    if not _investor(values):
        return
    plain = {"investor_idno": values.get("new_investor_idno"), "investor_type": values.get("new_investor_type")}
    for problem in investor_number_fits(plain, context):
        yield Problem("new_investor_idno", problem.message, problem.article, problem.way_out)
    if plain["investor_idno"] and plain["investor_idno"] == context.get("investor_idno"):
        yield Problem("new_investor_idno", "和现在的投资主体是同一个", "18(2)", "只是更名的，改选单位更名")


def new_entity(values: Mapping, context: Mapping) -> Iterable[Problem]:
    party, name = values.get("rename_party"), values.get("new_entity_name")
    if _rename(values) and party and name and name == context.get(f"{party}_name"):
        yield Problem("new_entity_name", "和现在的名称一样", "18", "填市场监管部门核准的新名称")


GROUPS = (
    ("what", "变更什么", "有效期内只能变更一次；基地名称可以随投资主体或运营机构一起变更"),
    ("new", "变更以后", "只填要变更的"),
    ("files", "材料", SCAN_HELP),
)
_FILE = {"accept": DOCUMENT_TYPES, "group": "files"}
CHANGE = FieldTable(
    "change", "变更申请", GROUPS,
    (
        Field("types", "变更事项", "multi", "18", choices=changes.TYPES, group="what"),
        Field("applicant", "由谁申请", "choice", "18", choices=changes.APPLICANTS, group="what",
              help="变更运营机构由投资主体申请"),
        Field("reason", "变更原因", "long_text", "18", minimum=10, max_length=500, group="what"),
        Field("site_moved", "孵化场地和用途", "choice", "18(1)", choices=YES_NO, group="what"),
        Field("address", "孵化场地地址", "text", "18(1)", max_length=100, group="what", help="和登记的一致"),
        Field("new_base_name", "新的基地名称", "text", "19", max_length=30, required_if=_name, group="new",
              help="以“创业孵化基地”结尾，全省不重"),
        Field("new_operator_name", "新运营机构名称", "text", "18(1)", max_length=80, required_if=_operator, group="new"),
        Field("new_operator_uscc", "新运营机构统一社会信用代码", "uscc", "18(1)", required_if=_operator, group="new"),
        Field("new_legal_rep", "新运营机构法定代表人", "text", "18(1)", max_length=20, required_if=_operator, group="new"),
        Field("new_contact_name", "新运营机构联系人", "text", "18(1)", max_length=20, required_if=_operator, group="new",
              help="新的账号派发给联系人"),
        Field("new_contact_phone", "联系人手机", "phone", "18(1)", secret=True, required_if=_operator, group="new"),
        Field("coop_ended_on", "原合作终止日期", "date", "18(1)", required_if=_operator, group="new"),
        Field("new_investor_type", "新投资主体类型", "choice", "18(2)", choices=INVESTOR_TYPES, required_if=_investor,
              group="new"),
        Field("new_investor_name", "新投资主体名称", "text", "18(2)", max_length=80, required_if=_investor, group="new"),
        Field("new_investor_idno", "新投资主体证件号", "uscc_or_id18", "18(2)", secret=True, required_if=_investor, group="new",
              help="法人单位填统一社会信用代码，个人填公民身份号码"),
        Field("rename_party", "哪一方更名", "choice", "18", choices=changes.APPLICANTS, required_if=_rename, group="new"),
        Field("new_entity_name", "更名后的单位名称", "text", "18", max_length=80, required_if=_rename, group="new"),
        Field("application_file", "申请方签章的变更申请", "file", "18", **_FILE),
        Field("use_pledge", "场地用途不变承诺书", "file", "18", required_if=_party, **_FILE),
        Field("tenants_plan", "在孵企业不受影响的说明和企业签名单", "file", "18", required_if=_party, **_FILE),
        Field("termination_file", "合作终止协议", "file", "18(1)", required_if=_operator, **_FILE),
        Field("new_operator_files", "新运营机构的执照、服务团队和服务承诺", "files", "18(1)", required_if=_operator, max_files=6,
              **_FILE),
        Field("transfer_file", "产权转让合同、不动产权证或继承证明", "file", "18(2)", required_if=_investor, **_FILE),
        Field("rename_file", "市场监管变更通知书", "file", "18", required_if=_rename, **_FILE),
    ),
    (one_change, site_stays, new_name, new_operator, new_investor, new_entity),
)


def number_reads(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A18-2: the notice has a document number."""
    try:
        identifiers.document_number(values.get("notice_no") or "吉工信创业〔2024〕1号")
    except WrongIdentifier as wrong:
        yield Problem("notice_no", wrong.reason, wrong.article, wrong.way_out)


def after_request(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """The notice follows the request (``context["submitted_on"]``)."""
    dated, asked = values.get("notice_on"), context.get("submitted_on")
    if dated and asked and dated < asked:
        yield Problem("notice_on", "通知日期早于申请提交的日期", "18", "核对通知的落款日期")


CHANGE_NOTICE = FieldTable(
    "change_notice", "同意变更的通知", (("notice", "通知", "日期决定变更算在哪个有效期"),),
    (
        Field("notice_no", "通知文号", "text", "18", max_length=40, group="notice", help="例如 吉工信创业〔2026〕15号"),
        Field("notice_on", "通知日期", "date", "18", maximum="today", group="notice"),
        Field("investor_told", "怎样送达投资主体", "text", "18", minimum=2, max_length=100, group="notice",
              help="例如 6月3日邮寄、当面签收；运营机构在系统里收到"),
        Field("file", "通知扫描件", "file", "18", accept=DOCUMENT_TYPES, group="notice", help=SCAN_HELP),
    ),
    (number_reads, after_request),
)
CHANGE_DONE = FieldTable(
    "change_done", "确认已实施", (("done", "", ""),),
    (Field("implemented_on", "实施日期", "date", "18", maximum="today", group="done", help="从这一天起登记新的名称或单位"),),
)
CHANGE_WORD = FieldTable(
    "change_word", "运营机构的意见", (("word", "", ""),),
    (Field("comment", "意见", "long_text", "18", minimum=2, max_length=500, group="word", help="县、市、省审查时都能看到"),),
)
CHANGE_WITHDRAW = FieldTable(
    "change_withdraw", "代投资主体撤回", (("withdraw", "", ""),),
    (
        Field("reason", "理由", "long_text", "18(1)", minimum=10, max_length=500, group="withdraw", help="投资主体怎么说的，不少于 10 个字"),
        Field("file", "投资主体签章的撤回说明", "file", "18(1)", accept=DOCUMENT_TYPES, group="withdraw", help=SCAN_HELP),
    ),
)
