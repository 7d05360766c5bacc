"""What the operator's home says about the renewal."""

from datetime import timedelta

from flask import url_for

from incubator.bases.facts import standing_of
from incubator.bases.queries import todo_of
from incubator.kernel import clock
from incubator.obligations.ways import Way, way_of
from incubator.policy.calendar import chinese_date, renewal_refusal, renewal_window
from incubator.policy.standing import IN_FORCE
from incubator.recognitions.panels import go_on, running_in

AHEAD_DAYS = 120


@todo_of
def renewal_todo(actor, base, cases):
    """From 120 days before the end: write it, from the window's first day submit it, go on, correct (A10-2)."""
    if base.status_now not in IN_FORCE or not actor.can("recognition.fill"):
        return
    running = running_in(cases, "renewal")
    if running is not None:
        yield from go_on(base, running)
        return
    end, today = standing_of(base).valid_to, clock.today()
    if end is None or today < end - timedelta(days=AHEAD_DAYS) or today > end:
        return
    window = renewal_window(end)
    open_now = renewal_refusal(today, end) is None
    yield {
        "mark": "soon" if open_now else "wait", "when": f"{end.month}月{end.day}日前" if open_now else "可以先填",
        "what": "申请有效期续延", "article": "10", "url": url_for("renewals.open"), "method": "post", "label": "填续延申请",
        "words": f"{chinese_date(window.from_on)}起受理，{chinese_date(window.to_on)} 24:00 截止；逾期不能再提交",
    }


@way_of("renewal")
def renewal_way(actor, row) -> Way | None:
    return Way(url_for("renewals.open"), "填续延申请", post=True) if actor.can("recognition.fill") else None
