"""What the operator's home says about the application, and the frozen rosters on the case page."""

from flask import url_for

from incubator.bases.facts import standing_of
from incubator.bases.queries import dues_of, todo_of
from incubator.campaigns.queries import open_campaign
from incubator.cases import submissions
from incubator.cases.panels import Panel
from incubator.cases.tables import form_table
from incubator.kernel import registry
from incubator.policy.fields.industries import DIVISIONS
from incubator.policy.procedures import APPLIED
from incubator.policy.standing import DEMONSTRATION, IN_FORCE, promotion_refusal
from incubator.recognitions.queries import round_words
from incubator.rosters.queries import frozen_view
from incubator.visits.queries import dossier


@todo_of
def application_todo(actor, base, cases):
    """From the approved filing to recognition: open, go on, correct; outside a round when the next one opens."""
    if base.status_now != "filed" or not actor.can("recognition.fill"):
        return
    running = running_in(cases, "recognition")
    if running is None:
        yield {"mark": "wait", "when": "备案已通过", "what": "申请认定", "words": round_words(), "article": "7(2)",
               "url": url_for("recognitions.open"), "method": "post", "label": "填认定申请"}
    else:
        yield from go_on(base, running)


@todo_of
def promotion_todo(actor, base, cases):
    """A base in force that is no demonstration base yet: while a round of promotion is open, or once begun (A7-4)."""
    if base.status_now not in IN_FORCE or base.level_now == DEMONSTRATION or not actor.can("recognition.fill"):
        return
    running = running_in(cases, "promotion")
    if running is not None:
        yield from go_on(base, running)
    elif open_campaign("promotion") is not None and promotion_refusal(standing_of(base)) is None:
        yield {"mark": "wait", "when": "可以办", "what": "申请晋级示范基地", "words": round_words("promotion"), "article": "6",
               "url": url_for("recognitions.open_promotion"), "method": "post", "label": "填晋级申请"}


def running_in(cases, kind: str):
    return next((c for c in cases if c.kind == kind and c.ended_at is None), None)


def go_on(base, running):
    """An application that was begun or has come back: until when, and what to do."""
    if running.station.holder != "applicant":
        return
    due, name = dues_of(base.id).get(running.id), running.procedure.label
    yield {"mark": "soon" if due else "wait", "when": f"{due.month}月{due.day}日前" if due else "还没有提交",
           "what": f"补正{name}" if due else f"{name}还没有提交",
           "words": "一次说清了要改的地方" if due else round_words(running.kind, running),
           "article": "7(3)" if due else "7(2)", "url": url_for("recognitions.edit", case_id=running.id),
           "label": "去补正" if due else "接着填"}


def _of_others(row, actor) -> bool:
    """Whether the version was submitted by an operator whom the actor's replaced: its people stay its own (A18-6)."""
    return actor.since is not None and actor.until is None and row.at < actor.since


def _roster_panel(case, actor, chosen: str, key: str, title: str) -> Panel | None:
    row = dossier(case).submission
    if row is None or (key == "team" and _of_others(row, actor)):
        return None
    frozen = submissions.content(row, form_table(case.kind)).get("rosters") or {}
    data = {}
    if chosen == key:
        data = {"view": frozen_view(frozen, actor), "part": key, "case": case, "divisions": DIVISIONS}
    return Panel(key, title, "recognitions/panel_rosters.html", count=len(frozen.get(key, [])), data=data)


@registry.panel(*APPLIED, order=20)
def tenants_panel(case, actor, chosen: str) -> Panel | None:
    """The tenant roster as submitted, the verdict beside each row."""
    return _roster_panel(case, actor, chosen, "tenants", "名册")


@registry.panel(*APPLIED, order=21)
def team_panel(case, actor, chosen: str) -> Panel | None:
    """Service team and mentors as submitted."""
    return _roster_panel(case, actor, chosen, "team", "团队")
