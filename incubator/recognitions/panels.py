"""What the operator's home says about the application, and the frozen rosters on the case page."""

from flask import url_for

from incubator.bases.queries import dues_of, todo_of
from incubator.cases import submissions
from incubator.cases.panels import Panel
from incubator.kernel import registry
from incubator.policy.fields.industries import DIVISIONS
from incubator.policy.fields.recognition import RECOGNITION
from incubator.recognitions.queries import round_words
from incubator.rosters.queries import frozen_view
from incubator.visits.queries import dossier


@todo_of
def application_todo(actor, base, cases):
    """From the approved filing to recognition: open, go on, correct; outside a round when the next one opens."""
    if base.status_now != "filed" or not actor.can("recognition.fill"):
        return
    running = next((c for c in cases if c.kind == "recognition" and c.ended_at is None), None)
    words = round_words()
    if running is None:
        yield {"mark": "wait", "when": "备案已通过", "what": "申请认定", "words": words, "article": "7(2)",
               "url": url_for("recognitions.open"), "method": "post", "label": "填认定申请"}
    elif running.station.holder == "applicant":
        due = dues_of(base.id).get(running.id)
        yield {"mark": "soon" if due else "wait", "when": f"{due.month}月{due.day}日前" if due else "还没有提交",
               "what": "补正认定申请" if due else "认定申请还没有提交", "words": "一次说清了要改的地方" if due else words,
               "article": "7(3)" if due else "7(2)", "url": url_for("recognitions.edit", case_id=running.id),
               "label": "去补正" if due else "接着填"}


def _of_others(row, actor) -> bool:
    """Whether the version was submitted by an operator whom the actor's replaced: its people stay its own (A18-6)."""
    return actor.since is not None and actor.until is None and row.at < actor.since


def _roster_panel(case, actor, chosen: str, key: str, title: str) -> Panel | None:
    row = dossier(case).submission
    if row is None or (key == "team" and _of_others(row, actor)):
        return None
    frozen = submissions.content(row, RECOGNITION).get("rosters") or {}
    data = {}
    if chosen == key:
        data = {"view": frozen_view(frozen, actor), "part": key, "case": case, "divisions": DIVISIONS}
    return Panel(key, title, "recognitions/panel_rosters.html", count=len(frozen.get(key, [])), data=data)


@registry.panel("recognition", order=20)
def tenants_panel(case, actor, chosen: str) -> Panel | None:
    """The tenant roster as submitted, the verdict beside each row."""
    return _roster_panel(case, actor, chosen, "tenants", "名册")


@registry.panel("recognition", order=21)
def team_panel(case, actor, chosen: str) -> Panel | None:
    """Service team and mentors as submitted."""
    return _roster_panel(case, actor, chosen, "team", "团队")
