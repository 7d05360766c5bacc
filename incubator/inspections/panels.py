"""What an inspection's case page shows: the online part, the problems, the conclusion, the visits."""

from datetime import date

from flask import url_for

from incubator.bases.queries import todo_of
from incubator.cases.panels import Panel
from incubator.inspections import commands, figures, queries
from incubator.inspections.models import AdhocInspection
from incubator.kernel import access, files, registry
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.policy.inspections import CONCLUSIONS
from incubator.visits import panels as visits


@registry.panel(*commands.KINDS, order=5)
def conclusion(case, actor, chosen: str) -> Panel | None:
    row = queries.conclusion_of(case)
    if row is None:
        return None
    named = actor.tier != "base"
    return Panel("conclusion", "结论", "inspections/panel_conclusion.html", place="top",
                 data={"row": row, "named": named, "labels": CONCLUSIONS})


@registry.panel(*commands.KINDS, order=10)
def online(case, actor, chosen: str) -> Panel:
    """The sheet as it was frozen; before that, as it stands now. The base sees its own figures."""
    sheet = queries.sheet_of(case)
    content = figures.frozen(sheet.content) if sheet else figures.sheet(case)
    reports = [line["case_id"] for line in content["reports"]["lines"] if line.get("case_id")]
    return Panel(
        "online", "线上审查", "inspections/panel_online.html", place="top",
        data={"sheet": sheet, "content": content, "day": date.fromisoformat(content["day"]), "marks": visits.MARKS, "adhoc": db.session.get(AdhocInspection, case.id),
              "open": set(db.session.scalars(access.visible(actor, Case, Case.id).where(Case.id.in_(reports)))) if reports else set(),
              "item": figures.item_of(case), "past": queries.past_of(case.base_id, before=case.id)},
    )


@registry.panel(*commands.KINDS, order=20)
def findings(case, actor, chosen: str) -> Panel:
    rows = queries.findings_of(case)
    known = files.named([i for row in rows for i in row.files])
    running = case.ended_at is None
    may_add = running and actor.can("inspection.review")
    return Panel(
        "findings", "问题", "inspections/panel_findings.html", place="top",
        data={"rows": rows, "known": known, "may_add": may_add,
              "leads": figures.offered(case) if may_add else [], "taken": {(row.code, row.fact) for row in rows},
              "may_explain": running and actor.can("inspection.explain"), "named": actor.tier != "base"},
    )



@todo_of
def explain_todo(actor, base, cases):
    """Problems of a running inspection that the base has not explained yet: it may, it need not (§8.12)."""
    if not actor.can("inspection.explain"):
        return
    for case in cases:
        if case.kind in commands.KINDS and case.ended_at is None:
            left = sum(row.explained_at is None for row in queries.findings_of(case))
            if left:
                yield {"mark": "wait", "when": "写结论以前", "what": f"{case.procedure.label}发现 {left} 条问题", "words": "可以作说明，写结论时会看到",
                       "article": "14", "url": url_for("cases.show", case_id=case.id), "label": "去说明"}
