"""An open verification goes with its holder's work to a colleague of the desk (handover)."""

from sqlalchemy.orm import joinedload

from incubator.cases import taking
from incubator.kernel import access
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.notices import objections, queries
from incubator.notices.models import Objection
from incubator.policy.fields.objection import OBJECTION_KINDS


def _held(actor, person_id: int) -> list[taking.Held]:
    rows = db.session.execute(
        access.visible(actor, Objection, Objection, Case).join(Case, Case.id == Objection.case_id)
        .where(Objection.verifier_id == person_id, Objection.status == "checking").options(joinedload(Case.region))
        .order_by(Objection.id)
    )
    return [taking.Held(row.id, case, f"核查{OBJECTION_KINDS[row.kind]}", f"/notices/{row.notice_id}") for row, case in rows]


def _stays(held: taking.Held, to_id: int) -> str:
    return "" if to_id in dict(queries.verifiers()) else "接手的不是省厅的经办人或负责人，不能核查"


def _give(actor, held: taking.Held, to_id: int) -> None:
    objections.start_checking(actor, held.id, {"verifier": str(to_id)})


taking.named_work("objection", _held, _stays, _give)
