"""The figures of a report as a reviewer reads them: now, in the last period, in the version before; what was explained."""

from dataclasses import dataclass
from decimal import Decimal

from incubator.cases import submissions
from incubator.cases.queries import latest_submission, version
from incubator.kernel import once
from incubator.policy.fields import Field, from_stored, show
from incubator.policy.fields.report import REPORTS
from incubator.reports import queries
from incubator.reports.remarks import misstated
from incubator.reports.sources import figures_before, said_before


@dataclass(frozen=True)
class Row:
    """One figure: shown forms, and the reason where one was asked for."""

    spec: Field
    now: str
    before: str
    change: str
    earlier: str = ""
    reason: str = ""
    asked: str = ""


@dataclass(frozen=True)
class Figures:
    report: object
    version: object
    rows: list[Row]
    asked: list[dict]
    misstated: list[str]
    filed: object
    scans: list
    before_label: str


@once.per_page
def figures_of_case(actor, case) -> Figures | None:
    """All that the review of a report looks at, in a bounded number of queries."""
    latest = latest_submission(case.id)
    if latest is None:
        return None
    table, report = REPORTS[case.kind], queries.report(actor, case)
    content = submissions.content(latest, table)
    now = from_stored(table, content["form"])
    last, before = figures_before(report.base_id, report.period)
    earlier = version(case.id, latest.version_no - 1) if latest.version_no > 1 else None
    old = from_stored(table, submissions.content(earlier, table)["form"]) if earlier else {}
    asked = content.get("asked") or []
    reasons = {a["figure"]: a for a in asked}
    rows = []
    for spec in table.fields:
        if spec.kind not in ("int", "decimal") or (now.get(spec.name) is None and before.get(spec.name) is None):
            continue
        was = old.get(spec.name) if earlier and old.get(spec.name) != now.get(spec.name) else None
        said = reasons.get(spec.name, {})
        rows.append(Row(spec, show(spec, now.get(spec.name)), show(spec, before.get(spec.name)), _change(now.get(spec.name), before.get(spec.name)),
                        show(spec, was), said.get("reason", ""), said.get("asked", "")))
    return Figures(report, latest, rows, asked, _misstated(case, table), queries.filed_of(report), queries.scans_of(case.id),
                   said_before(report.period, last))


def _change(now, before) -> str:
    if now is None or before is None or Decimal(now) == Decimal(before):
        return ""
    if not Decimal(before):
        return "新有"
    share = (Decimal(now) - Decimal(before)) / abs(Decimal(before))
    return f"{'+' if share > 0 else '−'}{abs(share):.0%}"


def _misstated(case, table) -> list[str]:
    """AMB-40: after an unlock, what changed by more than a tenth against what had been archived."""
    pair = queries.unlocked_between(case.id)
    return misstated(table, *pair) if pair else []
