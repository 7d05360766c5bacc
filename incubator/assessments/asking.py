"""What the province asks of experts and writes about them: a new version judged again, a sheet urged, a name answered for."""

from incubator.assessments import interests, queries
from incubator.assessments.commands import assign_expert, case_for_desk, keep_answers, written_reason
from incubator.assessments.models import ScoreSheet, ScoreUrging
from incubator.kernel import clock, outbox, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import NotVisible, Refused
from incubator.kernel.workflow import Case


def ask_again(actor, case_id: int, *, seen_version: int) -> list[ScoreSheet]:
    """The dossier came back with a new version: the experts who judged the one before are asked again (A7-11).

    Those who may not, because of an interest or an old profile, are left out; at least one must be left.
    """
    with transaction():
        case = case_for_desk(actor, case_id, seen_version)
        review = queries.review(case.id)
        asked = {sheet.person_id for sheet in review.of_version(review.version)}
        former = [s.person_id for s in review.of_version(review.version - 1) if s.status == "given" and s.person_id not in asked]
        made, refused = [], None
        for person_id in former:
            try:
                made.append(assign_expert(actor, case.id, person_id, seen_version=case.version))
            except Refused as why:
                refused = why
        if not made:
            raise refused or Refused("8", "没有评过上一版本、还没有再请的专家", "另行指派专家", "person")
        return made


def answer_interest(actor, case_id: int, sheet_id: int, note: str, *, seen_version: int) -> ScoreSheet:
    """The province answers in writing for units that are only called like the expert's (R-2.8); it may be after the closing."""
    with transaction():
        case = case_for_desk(actor, case_id, seen_version)
        sheet = _live_sheet(case, sheet_id)
        names = [hit.unit.name for hit in interests.of_sheet(case, sheet) if not hit.sure]
        if not names:
            raise Refused("8", "没有同名待核对的单位", "回到专家名单核对")
        written_reason(note, "interest")
        keep_answers(actor, sheet, names, note)
        workflow.record(case, "interest_answered", actor, {"sheet": sheet.id, "units": len(names)})
        return sheet


def urge(actor, case_id: int, text: str, *, seen_version: int, sheet_id: int | None = None) -> list[ScoreSheet]:
    """Ask one expert, or all that have not given their sheet: kept with its words, and a letter to each."""
    with transaction():
        case = case_for_desk(actor, case_id, seen_version)
        missing = queries.review(case.id).missing
        if sheet_id is not None:
            missing = [sheet for sheet in missing if sheet.id == sheet_id]
        if not missing:
            raise Refused("8", "没有要催的专家，评审表都交了", "回到专家名单核对")
        text = written_reason(text, "urge")
        rows = [ScoreUrging(sheet_id=s.id, text=text, by_person_id=actor.person_id, at=clock.now()) for s in missing]
        db.session.add_all(rows)
        db.session.flush()
        event = workflow.record(case, "expert_urged", actor, {"sheets": [sheet.id for sheet in missing]})
        for row in rows:
            outbox.put("expert_told", f"expert_urged:{row.id}",
                       {"sheet": row.sheet_id, "what": "urged", "urging": row.id, "event": event.id})
        return missing


def _live_sheet(case: Case, sheet_id: int) -> ScoreSheet:
    sheet = next((s for s in queries.review(case.id).sheets if s.id == sheet_id and s.status != "void"), None)
    if sheet is None:
        raise NotVisible("score_sheet")
    return sheet
