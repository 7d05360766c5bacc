"""The tab 公示 of a case that is published: when, until when, and whether objections were raised."""

from incubator.cases.panels import Panel
from incubator.kernel import clock, registry
from incubator.notices import queries


@registry.panel(*queries.LEVELS, order=70)
def notice_panel(case, actor, chosen: str) -> Panel | None:
    """Offices and the base see that an objection exists and whether it is answered; never whose it is."""
    items = queries.items_of_case(case.id)
    if not items:
        return None
    data = {}
    if chosen.startswith("notice"):
        data = {"items": items, "said": queries.said_of_case(case.id), "today": clock.today(),
                "may_read": actor.can("notice.read")}
    return Panel("notice", "公示", "notices/panel_notice.html", data=data)
