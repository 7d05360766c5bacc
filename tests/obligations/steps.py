"""Ways to what is owed, for tests: a report that a base owes, made as the module of reports will make it."""

from datetime import date

from incubator.kernel.database import db, transaction
from incubator.obligations.commands import open_obligation
from incubator.obligations.models import Obligation
from incubator.policy.counting import on_fixed_day
from incubator.policy.periods import QUARTERLY
from tests import walk

UNIT = walk.Unit("长春星桥创业孵化基地", "220104", 17)
WORDS = "第一季度季报到期未报，三日内报送。"


def owe_report(base, due_on: date = date(2026, 7, 20), period: str = "2026Q2") -> Obligation:
    with transaction():
        return open_obligation(
            kind="report", key=f"{base.id}:{QUARTERLY}:{period}", due_on=due_on, article="13", region_id=base.region_id,
            base_id=base.id, title="2026年第二季度季报", basis=on_fixed_day(date(2026, 6, 30), due_on),
        )


def fresh(row: Obligation) -> Obligation:
    return db.session.get(Obligation, row.id, populate_existing=True)
