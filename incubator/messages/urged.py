"""The letter of an urging (催报): who asks, for what, until when."""

from sqlalchemy import select

from incubator.bases.models import Base
from incubator.kernel import registry
from incubator.kernel.access import Office
from incubator.kernel.database import db
from incubator.messages.commands import people_of, send
from incubator.obligations.models import Urging
from incubator.policy.calendar import chinese_date


@registry.topic("urged")
def tell_of_urging(row) -> None:
    """To the people of the base, or of the office, that owes it; the words are those of the office that urged."""
    urging = db.session.get(Urging, row.facts["urging"])
    owed = urging.obligation
    debtor = db.session.scalar(
        select(Base.name).where(Base.id == owed.base_id) if owed.base_id is not None
        else select(Office.name).where(Office.id == owed.office_id)
    )
    send(
        people_of(owed), row.dedup_key, f"催报：{owed.name}",
        f"{urging.office_name}{chinese_date(urging.due_on)}到期催报{debtor}：{owed.name}。{urging.text}",
        None, f"/obligations/{owed.id}",
    )
