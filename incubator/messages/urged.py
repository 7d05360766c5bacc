"""The letter of an urging (催报): who asks whom, for what, until when; the words of the office follow as they were typed."""

from sqlalchemy import select

from incubator.bases.models import Base
from incubator.kernel import clock, registry
from incubator.kernel.access import Office
from incubator.kernel.database import db
from incubator.messages.commands import people_of, send, way_to
from incubator.obligations.models import Urging
from incubator.policy.calendar import chinese_date


@registry.topic("urged")
def tell_of_urging(row) -> None:
    """To the people of the base, or of the office, that owes it; whatever they chose, it goes out (A13-6, AMB-17)."""
    urging = db.session.get(Urging, row.facts["urging"])
    owed = urging.obligation
    debtor = db.session.scalar(
        select(Base.name).where(Base.id == owed.base_id) if owed.base_id is not None
        else select(Office.name).where(Office.id == owed.office_id)
    )
    whose = "" if debtor in owed.name else f"{debtor}的"
    late = (clock.day_of(urging.at) - urging.due_on).days
    passed = f"，已逾期 {late} 天" if late > 0 else ""
    send(
        people_of(owed), row.dedup_key, f"催报：{owed.name}",
        f"{urging.office_name}催报{whose}{owed.name}，期限是{chinese_date(urging.due_on, weekday=True)}24:00 前{passed}。"
        f"{way_to(owed)}\n“{urging.text}”",
        None, f"/obligations/{owed.id}", legal=True,
    )
