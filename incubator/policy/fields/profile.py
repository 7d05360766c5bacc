"""Base information that the operator keeps current by itself (第十三条, A13-1): the filing's fields that are not protected.

Name, investor, operator and address stand apart: they change by a procedure (``policy.profile.PROTECTED``). An area
may grow; a fall beyond what is small goes by a major-event report.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from .filing import FILING, area_is_positive, areas_add_up
from .model import Field, FieldTable, Problem

AREAS = ("area_total", "area_incub", "area_public")
_GROUPS = (
    ("contact", "联系方式", ("contact_name", "contact_phone", "contact_email", "legal_rep")),
    ("premises", "场地和租赁期", (
        "property_kind", "property_no", "lease_end", "coop_agreement_end", "area_total", "area_incub", "area_public", "area_maker")),
    ("profile", "定位和投入", ("base_type", "main_industry", "operation_start", "invest_total", "invest_source")),
)


def _kept(name: str, group: str) -> Field:
    found = replace(FILING.field(name), group=group)
    return replace(found, required=False, required_if=None) if name == "coop_agreement_end" else found


def areas_stay(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A13-1: an area that falls too far is no edit. ``context["area_falls"]``: field → why, from ``policy.profile``."""
    for name, why in (context.get("area_falls") or {}).items():
        yield Problem(name, why, "13", "填重大事项报告，由属地工信部门实地核实后变更")


PROFILE = FieldTable(
    "profile",
    "基本信息",
    tuple((key, title, "") for key, title, _ in _GROUPS),
    tuple(_kept(name, key) for key, _, names in _GROUPS for name in names),
    (area_is_positive, areas_add_up, areas_stay),
)
