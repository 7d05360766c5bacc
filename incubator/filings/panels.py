"""Panels of an account request and of a filing: who asks, for which site, and bases that look alike."""

import json

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from incubator.bases.models import Base
from incubator.bases.queries import dues_of, todo_of
from incubator.cases import submissions
from incubator.cases.panels import Panel
from incubator.cases.queries import latest_submission
from incubator.filings.models import AccountRequest
from incubator.kernel import files, registry
from incubator.kernel.database import db
from incubator.policy.fields import mask
from incubator.policy.fields.filing import FILING
from incubator.policy.identifiers import name_key
from incubator.policy.standing import ACCOUNT, FILED, REVOKED


@todo_of
def filing_todo(actor, base, cases):
    """The first thing a new base has to do: its filing, and its corrections."""
    filing = next((c for c in cases if c.kind == "filing"), None)
    if base.closed_at is not None or base.status_now not in (ACCOUNT, FILED) or not actor.can("filing.fill"):
        return
    if filing is None:
        yield {"mark": "soon", "when": "现在", "what": "填备案表", "words": "备案通过后才能申请认定", "article": "7(1)",
               "url": url_for("filings.open"), "method": "post", "label": "填备案表"}
    elif filing.state in ("draft", "correction"):
        due = dues_of(base.id).get(filing.id)
        yield {"mark": "soon", "when": f"{due.month}月{due.day}日前" if due else "没有期限",
               "what": "补正备案表" if due else "备案表还没有提交",
               "words": "县里一次说清了要改的地方" if due else "填到哪里都存着", "article": "7(1)",
               "url": url_for("filings.edit", case_id=filing.id), "label": "去补正" if due else "接着填"}


@registry.panel("account_request", order=10)
def account_request_panel(case, actor, chosen: str) -> Panel:
    row = db.session.get(AccountRequest, case.id)
    known = files.named([row.licence_file_id] if row.licence_file_id else [])
    alike = db.session.scalars(
        select(Base).where(
            (Base.operator_uscc == row.operator_uscc) | (Base.site_key == row.site_key)
            | (Base.name_key == name_key(row.base_name))
        ).limit(10)
    ).all()
    return Panel(
        "request", "申请", "filings/panel_request.html", place="top",
        data={"row": row, "licence": known.get(row.licence_file_id), "phone": mask(row.contact_phone), "alike": alike},
    )


@registry.panel("filing", order=5)
def same_premises_panel(case, actor, chosen: str) -> Panel | None:
    """A2-2: live bases that claim the same certificate or contract. Whoever reviews resolves it; nothing is refused."""
    row = latest_submission(case.id) if actor.tier in ("county", "city", "province") else None
    if row is None:
        return None
    number = submissions.content(row, FILING)["form"].get("property_no")
    found = same_premises(number, but=case.base_id)
    return Panel("premises", "场地", "filings/panel_premises.html", place="top", data={"number": number, "alike": found}) if found else None


def same_premises(number: str | None, *, but: int) -> list[Base]:
    """Live bases on record with this certificate or contract, however its signs are written; there are a few hundred in all."""
    wanted = name_key(number or "")
    if not wanted:
        return []
    live = select(Base).where(
        Base.id != but, Base.closed_at.is_(None), Base.status_now != REVOKED, Base.filed_on.is_not(None)
    ).options(joinedload(Base.region)).order_by(Base.id)
    return [base for base in db.session.scalars(live) if name_key(json.loads(base.profile or "{}").get("property_no") or "") == wanted]
