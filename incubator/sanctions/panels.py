"""What the case pages of rectifications, revocations and their inspections show."""

import json

from incubator.cases.panels import Panel
from incubator.inspections.commands import KINDS as INSPECTIONS
from incubator.kernel import files, registry
from incubator.policy.fields.sanction import GROUNDS, METHODS
from incubator.policy.sanctions import FOLLOW_UPS, PROPOSALS
from incubator.sanctions import queries

WORDS = {**dict(GROUNDS), **PROPOSALS}


@registry.panel(*INSPECTIONS, order=6)
def documents(case, actor, chosen: str) -> Panel | None:
    """Which documents came of an inspection, and how they were served."""
    items = queries.decided(case.id)
    contract = queries.items_of(case.id)
    if not items and not contract:
        return None
    return Panel("documents", "处理", "sanctions/panel_documents.html", place="top", data=_served(items, actor) | {"contract": contract})


def _served(items, actor) -> dict:
    served = queries.services_of([i.id for i in items])
    known = files.named([row.file_id for row in served.values()])
    return {"items": items, "served": served, "known": known, "methods": dict(METHODS), "may_serve": actor.can("sanction.serve"),
            "named": actor.tier != "base"}


@registry.panel("rectification", order=5)
def rectification(case, actor, chosen: str) -> Panel:
    """The contract line by line: problem, article, what is required, the report, what was seen, and what follows."""
    row = queries.rectification_of(case.id)
    report = queries.report_of(case)
    body = json.loads(report.content) if report else {}
    number = report.version_no if report else 0
    said = {int(item["item_id"]): item["done"] for item in body.get("items", [])}
    known = files.named(body.get("files", []))
    return Panel(
        "rectification", "整改", "sanctions/panel_rectification.html", place="top",
        data={"row": row, "items": queries.items_of(row.inspection_id), "said": said, "report": report, "body": body,
              "checks": queries.latest_checks(case, number), "files": list(known.values()), "named": actor.tier != "base",
              "document": queries.document_of(row.inspection_id, "rectification"), "accepted": case.state == "accepted"},
    )


@registry.panel("revocation", order=5)
def revocation(case, actor, chosen: str) -> Panel | None:
    """Why, by which route, with which papers; the notice and what the base said; the day on which relief ends."""
    row = queries.revocation_of(case.id)
    if row is None:
        return None
    notice, defences = queries.notice_of(case.id), queries.defences_of(case.id)
    items = queries.decided(case.id)
    papers = [row.investor_consent_id, row.operator_consent_id, *row.files, notice.file_id if notice else None,
              *(d.file_id for d in defences)]
    done = queries.follow_ups(case.id) if items else {}
    known = files.named([i for i in (*papers, *(f.file_id for f in done.values())) if i])
    at_decision = case.state == "to_decide"
    return Panel(
        "revocation", "撤销", "sanctions/panel_revocation.html", place="top",
        data=_served(items, actor) | {
            "row": row, "reasons": [WORDS.get(code, code) for code in row.codes], "notice": notice, "defences": defences,
            "papers": known, "follow": FOLLOW_UPS, "done": done, "stop": queries.tax_stop(case.id) if items else None,
            "may_notify": at_decision and not row.voluntary and notice is None and actor.can("revocation.notify"),
            "may_waive": at_decision and not row.voluntary and notice is None and actor.can("revocation.waive"),
            "may_defend": at_decision and notice is not None and notice.notified_on is not None and actor.can("revocation.defend"),
            "may_answer": at_decision and actor.can("revocation.notify"), "may_follow": actor.can("revocation.follow_up"),
            "may_stop": actor.can("revocation.tax_stop"),
        },
    )
