"""Renewal application 续延申请 (Articles 7(5) and 10, domain.md §8.14).

All of the base's own data come prefilled; the standards are shown as they stand now, with the thresholds granted.
"""

from collections.abc import Iterable, Mapping

from ..calendar import chinese_date, renewal_validity
from .filing import BASE_CHECKS, SCAN_HELP
from .model import DOCUMENT_TYPES, WRITTEN_TYPES, Field, FieldTable, Problem
from .recognition import (
    GROUPS,
    RECOGNITION,
    both_service_groups,
    compulsory_rules_filed,
    credit_report_fresh,
    credit_report_of_each,
    declarations_hold,
)
from .track_record import track_record

_LEFT_OUT = frozenset(("relax_items", "report_body", "cases"))


def premises_for_the_next_period(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """§8.14 (a judgement: it warns): lease and agreement reach to the end of the period that is asked for."""
    end = values.get("period_to")
    if not end:
        return
    wanted = renewal_validity(end).to_on
    for name, label in (("lease_end", "租赁"), ("coop_agreement_end", "合作协议")):
        if values.get(name) and values[name] < wanted:
            yield Problem(
                name, f"{label}{chinese_date(values[name])}到期，早于续延后的有效期满日{chinese_date(wanted)}", "10",
                "续签后再提交，或在下一周期计划里说明", "warning",
            )


RENEWAL_FIELDS = (
    Field("period_from", "现有效期起", "date", "10", required=False, source="auto", group="period"),
    Field("period_to", "现有效期止", "date", "10", required=False, source="auto", group="period"),
    *track_record("period"),
    Field("work_summary", "有效期内工作总结", "file", "10", accept=WRITTEN_TYPES, group="period",
          help="写明有效期内的孵化业绩、服务、年检和整改情况"),
    Field("next_plan", "下一周期计划", "long_text", "10", max_length=2000, group="period"),
    Field("premises_proof", "今后三年的场地权属或租赁材料", "files", "10", required=False, accept=DOCUMENT_TYPES, max_files=5,
          group="period", help=SCAN_HELP),
)
RENEWAL = FieldTable(
    "renewal",
    "吉林省创业孵化基地有效期续延申请",
    (
        ("base", "基地信息", "取自基地现在的登记，不用再填"),
        ("period", "有效期和总结", "按续延受理当年的申报指南准备"),
        *(g for g in GROUPS if g[0] not in ("base", "relaxation")),
    ),
    (*(f for f in RECOGNITION.fields if f.name not in _LEFT_OUT), *RENEWAL_FIELDS),
    (
        *BASE_CHECKS,
        declarations_hold,
        credit_report_of_each,
        credit_report_fresh,
        both_service_groups,
        compulsory_rules_filed,
        premises_for_the_next_period,
    ),
)
