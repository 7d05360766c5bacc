"""What the case pages of rectifications, revocations and their inspections show."""

import json

from flask import url_for

from incubator.bases.queries import todo_of
from incubator.cases.panels import Panel
from incubator.inspections.commands import KINDS as INSPECTIONS
from incubator.kernel import clock, files, registry
from incubator.policy.calendar import chinese_date
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


@todo_of
def sanction_todo(actor, base, cases):
    """What waits for the base: its report on a rectification, a notice to answer, its own application (A15-5, A16-1, A16-4)."""
    if actor.can("former.export"):
        yield {"mark": "wait", "when": "已撤销", "what": "下载本基地的数据", "words": "只能查看和下载撤销以前的数据；重新申报的，另行申请账号",
               "article": "16", "url": url_for("sanctions.former"), "label": "去下载"}
    running = {c.kind: c for c in cases if c.ended_at is None}
    if (mine := running.get("rectification")) is not None and mine.state == "rectifying":
        due = queries.rectification_of(mine.id).due_on
        yield {
            "mark": "late" if due < clock.today() else "soon", "when": f"{chinese_date(due)}前", "what": "整改到位并报整改情况",
            "words": "到期没有验收合格的，由属地提出撤销；整改期间不得申报专项扶持资金", "article": "15", "label": "报整改情况",
            "url": url_for("sanctions.report", case_id=mine.id) if actor.can("rectification.report") else None,
        }
    if (mine := running.get("revocation")) is not None:
        yield from _revocation_todo(actor, mine)


def _revocation_todo(actor, case):
    if case.station.holder == "applicant" and actor.can("revocation.apply"):
        back = case.state != "draft"
        yield {"mark": "soon" if back else "wait", "when": "已退回" if back else "还没有提交", "what": "补正撤销申请" if back else "撤销申请还没有提交",
               "words": "投资主体和运营机构都同意才能申请", "article": "16(1)1", "url": url_for("sanctions.apply", case_id=case.id),
               "label": "去补正" if back else "接着填"}
    notice = queries.notice_of(case.id) if case.state == "to_decide" else None
    until = notice.defence_until if notice else None
    if until is None or until < clock.today() or any(row.by_base for row in queries.defences_of(case.id)):
        return
    yield {"mark": "soon", "when": f"{until.month}月{until.day}日前", "what": "对拟撤销的告知陈述申辩", "words": "决定以前可以写明意见，省工信厅逐份答复",
           "article": "16", "url": url_for("sanctions.defend", case_id=case.id) if actor.can("revocation.defend") else None, "label": "陈述申辩"}
