"""The letter of what an office foresees for a base: what will fall short, when and why (A12-1)."""

from datetime import date

from incubator.bases.models import Base
from incubator.kernel import registry
from incubator.kernel.database import db
from incubator.messages.commands import people_at_base, send
from incubator.policy.articles import cite
from incubator.policy.calendar import chinese_date


@registry.topic("foreseen")
def tell_what_is_foreseen(row) -> None:
    facts = row.facts
    base = db.session.get(Base, facts["base"])
    on = chinese_date(date.fromisoformat(facts["on"]))
    send(
        people_at_base(base.id), row.dedup_key, f"提醒：{facts['what']}",
        f"{facts['office']}提醒{base.name}：按现在登记的情况，{on}{facts['what']}，{facts['why']}，{cite(facts['article'])}。"
        "请核对名册和基地信息，尽早补上。", None, "/desk",
    )
