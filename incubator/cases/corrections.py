"""Return for correction 退回补正: the answers to its remarks, and what of it a new version must show (A7-11).

Each remark is answered by a change of its field, or in words that say why nothing was changed.
"""

import json
from collections.abc import Mapping

from sqlalchemy import select

from incubator.cases import queries
from incubator.cases.models import CorrectionAnswer
from incubator.kernel import clock, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.workflow import Case, Opinion
from incubator.policy.fields import Problem
from incubator.policy.fields.reading import row_number

LONGEST = 300
PREFIX = "answer-"


def typed(form: Mapping) -> dict[int, str]:
    """The answers among the fields of a form: ``answer-<number>``."""
    return {
        number: str(form[key]).strip()[:LONGEST]
        for key in form if key.startswith(PREFIX) and (number := row_number(key.removeprefix(PREFIX))) is not None
    }


def open_return(case: Case) -> Opinion | None:
    """The return that the applicant is answering now; none where something else led here (a report unlocked, A13-5)."""
    if case.station.holder != "applicant" or not case.submitted_at:
        return None
    returned = queries.last_return(case.id)
    said = [o for o in workflow.opinions(case.id) if o.by_office]
    return returned if returned is not None and said and said[-1].id == returned.id else None


def answers(returned: Opinion | None) -> dict[int, str]:
    """Number of the remark → what the applicant answered so far."""
    if returned is None:
        return {}
    rows = db.session.execute(
        select(CorrectionAnswer.number, CorrectionAnswer.text).where(CorrectionAnswer.opinion_id == returned.id)
    )
    return dict(rows.all())


def keep(actor, case: Case, given: Mapping[int, str]) -> None:
    """Keep the answers typed so far; those to remarks that do not exist are dropped."""
    if not given:
        return
    with transaction():
        returned = open_return(case)
        if returned is None:
            return
        count, known = len(json.loads(returned.remarks)), answers(returned)
        for number, text in given.items():
            if number >= count or known.get(number, "") == text:
                continue
            row = db.session.get(CorrectionAnswer, (returned.id, number))
            if row is None:
                row = CorrectionAnswer(opinion_id=returned.id, number=number)
                db.session.add(row)
            row.text, row.by_person_id, row.at = text, actor.person_id, clock.now()
        db.session.flush()


def frozen(case: Case, changed: set[str]) -> tuple[list[dict], list[Problem]]:
    """The answers as the new version keeps them, and the remarks that got neither a change nor a word.

    `changed` names the fields and rosters that differ from the version that was returned.
    """
    returned = open_return(case)
    if returned is None:
        return [], []
    said, kept, problems = answers(returned), [], []
    for number, remark in enumerate(json.loads(returned.remarks)):
        done, text = remark["field"] in changed, said.get(number, "")
        kept.append({"field": remark["field"], "changed": done, "answer": text})
        if not done and not text:
            problems.append(Problem(
                f"{PREFIX}{number}", f"退回意见第 {number + 1} 条“{remark['label']}”没有改，也没有说明", "7(3)",
                "改好这一项，或在意见下面写明为什么不用改",
            ))
    return kept, problems
