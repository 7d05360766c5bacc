"""Who may apply for the special funds on a day: printed with a code that anybody can check it by (A15-3, T89)."""

import json
from datetime import date

from incubator.kernel import access, clock, ledger, security
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Refused
from incubator.sanctions import queries
from incubator.sanctions.models import FundList


def issue_list(actor, day: date) -> FundList:
    """Keep the list of a day as it stands in the register now, with its verification code."""
    access.require(actor, "fund.issue")
    if day > clock.today():
        raise Refused("15", "不能出以后某一天的名单", "选今天或以前的日期", "day")
    with transaction():
        found = queries.funds_on(actor, day)
        content = json.dumps(
            [{"code": line.base.code, "name": line.base.name, "place": line.base.region.full_name, "why_not": line.why_not}
             for line in found], ensure_ascii=False, sort_keys=True,
        )
        row = FundList(
            day=day, code=security.plaque_code(), content=content, hash=security.digest(content),
            eligible=sum(line.may for line in found), total=len(found), by_person_id=actor.person_id, by_name=actor.name,
            at=clock.now(),
        )
        db.session.add(row)
        db.session.flush()
        ledger.append("system", "fund_list_issued", actor,
                      {"list": row.id, "day": day, "code": row.code, "hash": row.hash, "eligible": row.eligible})
        return row
