"""The letter that tells how a batch went."""

from sqlalchemy import select

from incubator.cases import batches
from incubator.cases.models import WorkBatch
from incubator.kernel import registry
from incubator.kernel.database import db
from incubator.messages.commands import send
from incubator.offices.models import Person
from incubator.policy.procedures import procedure


@registry.topic("batch_told")
def tell_of_batch(row) -> None:
    """To who ordered it: how many were done and how many were left out; the cases are named on the page only (P4)."""
    batch = db.session.get(WorkBatch, row.facts["batch"])
    numbers = batches.results([batch.id])[batch.id]
    done, skipped = numbers.get("done", 0), numbers.get("skipped", 0)
    label = procedure(batch.case_kind).step(batch.from_state, batch.outcome).label
    left_out = f"，{skipped} 件没有办，原因写在那里" if skipped else ""
    send(select(Person.id).where(Person.id == batch.person_id), row.dedup_key, f"批量{label}办完了",
         f"第 {batch.id} 批{label}：办了 {done} 件{left_out}。在“待办 › 批量办理”里逐件看。", None)
