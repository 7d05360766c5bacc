"""The review among the tabs of the case page: how far it is, and after the closing, for the province, what it says."""

from incubator.assessments import queries
from incubator.cases.panels import Panel
from incubator.kernel import clock, registry
from incubator.kernel.parameters import value
from incubator.policy.fields import from_stored
from incubator.policy.fields.score_sheet import CONCLUSIONS, outliers
from incubator.policy.procedures import SCORED_AT, kinds_at


@registry.panel(*kinds_at(SCORED_AT), order=40)
def review(case, actor, chosen: str) -> Panel | None:
    """Counts for everybody; names for the province; scores for the province alone and only after the closing."""
    progress = queries.progress(case.id)
    if not progress.live and not progress.before:
        return None
    data = {}
    if chosen.startswith("review"):
        province = actor.tier == "province"
        known = queries.review(case.id)
        data = {
            "progress": progress, "closed": known.closed, "province": province, "review": known,
            "rows": known.of_version(known.version) if province else [],
            "read": [_read(case, known, n) for n in range(known.version, 0, -1) if known.readable(n)] if province else [],
            "own": queries.own_sheet(actor.person_id, case.id) if actor.role == "expert" else None,
        }
    return Panel("review", "评审", "assessments/panel_review.html", data=data)


def _read(case, known: queries.Review, number: int) -> dict:
    """The valid sheets of one version in the order of assignment, their values readable."""
    table, found = queries.table_of(case), []
    given = [sheet for sheet in known.of_version(number) if sheet.status == "given"]
    far = outliers([sheet.total for sheet in given], value("score_outlier_gap", case.edition_on or clock.today()))
    for sheet, is_far in zip(given, far, strict=True):
        values = from_stored(table, sheet.stored)
        found.append({
            "sheet": sheet, "lines": queries.lines(table, values), "overall": values.get("overall"), "far": is_far,
            "conclusion": dict(CONCLUSIONS).get(values.get("conclusion"), ""),
        })
    return {"number": number, "scored": found, "closing": known.closing_of(number), "now": number == known.version}
