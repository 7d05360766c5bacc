"""Rows of older bases as a sheet has them, and a base of a city's own level."""

from incubator.policy.fields.legacy import LEGACY
from tests import walk


def row(number: int, **changes) -> dict[str, str]:
    """The n-th older base by heading; `changes` by field name."""
    values = {
        "name": f"长春旧基{number:02d}创业孵化基地", "level": "省级基地", "division_code": "长春市朝阳区", "address": f"旧街 {number} 号",
        "operator_name": f"长春旧基{number:02d}管理有限公司", "operator_uscc": walk.uscc(80_000 + number), "investor_name": "长春旧基置业有限公司",
        "contact_name": "吴旧基", "contact_phone": f"138{number:08d}", "document_no": "吉工信创业〔2019〕30号",
        "document_on": "2019-06-10", "valid_to": "2028-12-31", **changes,
    }
    return {f.label: values[f.name] for f in LEGACY.fields}


def city_row(**changes) -> dict[str, str]:
    return {
        "name": "长春市级示例创业孵化基地", "division_code": "220104", "address": "市级街 1 号", "operator_name": "长春市级示例有限公司",
        "document_no": "长工信发〔2024〕7号", "document_on": "2024-03-01", "ends_on": "2027-02-28", **changes,
    }
