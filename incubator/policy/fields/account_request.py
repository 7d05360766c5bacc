"""Account request 账号申请 (Article 7(1), A7-1, domain.md §8.16).

Filed by the public without an account. The receipt code, site key, login
name and dispatch are made by the portal and are no fields of this form.
"""

from .filing import SCAN_HELP, name_form, operator_is_legal_person
from .model import DOCUMENT_TYPES, Field, FieldTable

GROUPS = (
    ("unit", "运营机构", "账号归运营机构使用，运营机构应为法人单位"),
    ("site", "基地", "由基地所在县（市、区）工信部门核验"),
    ("contact", "联系人", "核验和派发结果以回执编号查询，需要时电话联系"),
)

ACCOUNT_REQUEST = FieldTable(
    "account_request",
    "备案账号申请",
    GROUPS,
    (
        Field("operator_name", "运营机构名称", "text", "4", max_length=80, group="unit"),
        Field("operator_uscc", "运营机构统一社会信用代码", "uscc", "2", group="unit"),
        Field("licence", "营业执照", "file", "2", accept=DOCUMENT_TYPES, group="unit",
              help=SCAN_HELP),
        Field("base_name", "拟用基地名称", "text", "19", max_length=30, group="site",
              help="例如 吉林示例创业孵化基地"),
        Field("division_code", "所在县（市、区）", "region", "7(1)", group="site"),
        Field("address", "详细地址", "text", "7(1)", max_length=100, group="site"),
        Field("contact_name", "联系人", "text", "7(1)", max_length=20, group="contact"),
        Field("contact_phone", "联系人手机", "phone", "7(1)", secret=True, group="contact"),
    ),
    (name_form, operator_is_legal_person),
)
