"""The review among the tabs of the case page: how far it is, and after the closing, for the province, what it says."""

from incubator.assessments import queries
from incubator.cases.panels import Panel
from incubator.kernel import registry
from incubator.policy.fields import from_stored
from incubator.policy.fields.score_sheet import CONCLUSIONS


@registry.panel("recognition", order=40)
def review(case, actor, chosen: str) -> Panel | None:
    """Counts for everybody; names for the province; scores for the province alone and only after the closing."""
    progress = queries.progress(case.id)
    if not progress.live:
        return None
    data = {}
    if chosen.startswith("review"):
        closed = queries.review_of(case)
        province = actor.tier == "province"
        rows = queries.sheets(case.id) if province else []
        data = {
            "progress": progress, "closed": closed, "province": province, "rows": rows,
            "scored": _scored(case, rows) if closed and province else [],
            "own": queries.own_sheet(actor.person_id, case.id) if actor.role == "expert" else None,
        }
    return Panel("review", "评审", "assessments/panel_review.html", data=data)


def _scored(case, rows) -> list[dict]:
    """The valid sheets in the order of assignment, their values readable."""
    table = queries.table_of(case)
    found = []
    for sheet in rows:
        if sheet.status == "given":
            values = from_stored(table, sheet.stored)
            found.append({
                "sheet": sheet, "lines": queries.lines(table, values), "overall": values.get("overall"),
                "conclusion": dict(CONCLUSIONS).get(values.get("conclusion"), ""),
            })
    return found
