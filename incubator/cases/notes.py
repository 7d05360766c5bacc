"""Notes inside the office 办内备注: for the people of one office at one station, on cases that they have in sight.

They are no part of the dossier: no export, no timeline, no letter holds them. When a base moves they stay with the
office that wrote them, which no longer sees the case (ADR 0013).
"""

from incubator.cases.models import CaseNote
from incubator.kernel import access, clock, ledger, security
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Refused
from incubator.kernel.workflow import Case

LONGEST = 500
SHOWN = 50


def add(actor, case_id: int, text: str) -> CaseNote:
    """One note, for good: a wrong one is answered by another. The record keeps that it was written, not what it says."""
    access.require(actor, "desk.use")
    with transaction():
        case = access.load(actor, Case, case_id)
        text = text.strip()
        if not text or len(text) > LONGEST:
            raise Refused("3", "备注没有写" if not text else f"备注最多 {LONGEST} 字", "写上要留给同事的话", field="note")
        row = CaseNote(case_id=case.id, office_id=actor.office_id, tier=actor.tier, person_id=actor.person_id,
                       person_name=actor.name, text=text, at=clock.now())
        db.session.add(row)
        db.session.flush()
        ledger.append("system", "note_added", actor, {"case": case.id, "note": row.id, "hash": security.digest(text)})
        return row


def of(actor, case_id: int) -> list[CaseNote]:
    """The notes of the actor's desk on a case, the newest first."""
    return list(db.session.scalars(
        access.visible(actor, CaseNote).where(CaseNote.case_id == case_id).order_by(CaseNote.id.desc()).limit(SHOWN)
    ))
