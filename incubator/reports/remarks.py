"""What stays with a report for whoever inspects: figures that were explained, and what was changed after the archive."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from incubator.cases import submissions
from incubator.kernel.database import db
from incubator.kernel.workflow import Opinion, Submission
from incubator.policy import indicators
from incubator.policy.fields import FieldTable, from_stored, show
from incubator.policy.fields.report import REPORTS
from incubator.reports.queries import Filed


@dataclass(frozen=True)
class Remarks:
    """`explained`: (what was asked, the reason given), T79, T80; `misstated`: candidates for 第十五条（三）, AMB-40."""

    explained: tuple[tuple[str, str], ...] = ()
    misstated: tuple[str, ...] = ()


def misstated(table: FieldTable, archived: Submission, corrected: Submission) -> list[str]:
    """AMB-40: what changed by more than a tenth between the version that had been archived and the one after the unlock."""
    before, after = (from_stored(table, submissions.content(row, table)["form"]) for row in (archived, corrected))
    return [
        f"{table.field(name).label}由 {show(table.field(name), before[name])} 改为 {show(table.field(name), after[name])}"
        for name in indicators.misstated(before, after)
    ]


def remarks_of(filed: Iterable[Filed]) -> Mapping[int, Remarks]:
    """Case id → remarks of the version that stands, in two queries however many reports."""
    tables = {row.case_id: REPORTS[row.period.kind] for row in filed if row.case_id}
    if not tables:
        return {}
    versions = defaultdict(list)
    for row in db.session.scalars(select(Submission).where(Submission.case_id.in_(tables)).order_by(Submission.version_no)):
        versions[row.case_id].append(row)
    unlocked = dict(db.session.execute(
        select(Opinion.case_id, func.max(Opinion.at)).where(Opinion.case_id.in_(tables), Opinion.outcome == "unlock").group_by(Opinion.case_id)
    ).all())
    return {number: _remarks(tables[number], rows, unlocked.get(number)) for number, rows in versions.items()}


def _remarks(table: FieldTable, rows: list[Submission], unlocked_at) -> Remarks:
    asked = submissions.content(rows[-1], table).get("asked") or []
    before = [row for row in rows if unlocked_at and row.at <= unlocked_at]
    changed = misstated(table, before[-1], rows[-1]) if before and before[-1] is not rows[-1] else []
    return Remarks(tuple((a["asked"], a["reason"]) for a in asked), tuple(changed))
