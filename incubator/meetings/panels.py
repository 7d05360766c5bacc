"""What meetings said of a case, for the province; others read it in the timeline."""

from incubator.cases.panels import Panel
from incubator.kernel import registry
from incubator.meetings import queries
from incubator.policy.procedures import DELIBERATED_AT, kinds_at


@registry.panel(*kinds_at(DELIBERATED_AT), order=45)
def deliberation(case, actor, chosen: str) -> Panel | None:
    if not actor.can("meeting.read"):
        return None
    rows = queries.of_case(case.id)
    if not rows:
        return None
    return Panel("meeting", "审议", "meetings/panel_items.html", count=len(rows), data={"rows": rows})
