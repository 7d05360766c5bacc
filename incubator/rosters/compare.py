"""What changed between the frozen rosters of two versions, row by row and field by field."""

from dataclasses import dataclass

from incubator.policy.fields import Difference, differences, from_stored
from incubator.rosters.tables import ROSTERS, Roster

# what the portal judges itself: a change of it follows from a change of the row
_JUDGED = ("countable", "reason")


@dataclass(frozen=True)
class RowChange:
    """One row of one roster: come, gone, or changed in the fields named."""

    roster: Roster
    name: str
    kind: str
    fields: tuple[Difference, ...] = ()
    verdict: tuple[str, str] | None = None


def changes(old: dict, new: dict) -> list[RowChange]:
    """Rows of both rosters in the order of the newer one; the rows that are gone last."""
    found = []
    for key, roster in ROSTERS.items():
        before = {row["id"]: row for row in old.get(key) or []}
        after = {row["id"]: row for row in new.get(key) or []}
        for row_id, row in after.items():
            if row_id not in before:
                found.append(RowChange(roster, row.get("name", ""), "新增"))
            elif row != before[row_id]:
                found += _changed(roster, before[row_id], row)
        found += [RowChange(roster, row.get("name", ""), "减少") for row_id, row in before.items() if row_id not in after]
    return found


def _changed(roster: Roster, before: dict, after: dict) -> list[RowChange]:
    fields = tuple(
        d for d in differences(roster.table, from_stored(roster.table, before), from_stored(roster.table, after))
        if d.field.name not in _JUDGED
    )
    judged = [_verdict(row) for row in (before, after)]
    verdict = tuple(judged) if judged[0] != judged[1] else None
    return [RowChange(roster, after.get("name", ""), "修改", fields, verdict)] if fields or verdict else []


def _verdict(row: dict) -> str:
    if "counts" not in row:
        return ""
    return f"{'计入' if row['counts'] else '不计入'}：{row.get('reason', '')}"
