"""Letters of deadlines: to whoever owes, in two sentences; to offices, a number and the place of the list (A13-6)."""

from datetime import date

from sqlalchemy import func, select

from incubator.bases.models import Base
from incubator.kernel import clock, registry
from incubator.kernel.database import db
from incubator.messages.commands import people_at, people_of, send, way_to
from incubator.obligations.models import Obligation
from incubator.obligations.reminders import Reminder
from incubator.policy.calendar import chinese_date
from incubator.policy.duties import duty


@registry.topic("reminder")
def tell_of_deadline(row) -> None:
    """Names base, what, day; leads to the deadline. What was fulfilled or moved meanwhile is not said."""
    facts = row.facts
    owed = db.session.get(Obligation, facts["obligation"])
    due_on = date.fromisoformat(facts["due_on"])
    if owed.fulfilled_at is not None or owed.due_on != due_on:
        return
    left = (due_on - clock.today()).days
    distance = f"还有 {left} 天到期" if left > 0 else "今天到期" if left == 0 else f"已逾期 {-left} 天"
    base = db.session.scalar(select(Base.name).where(Base.id == owed.base_id)) if owed.base_id is not None else None
    until = f"{chinese_date(due_on, weekday=True)}24:00 前"
    send(
        people_of(owed), row.dedup_key, f"{distance}：{owed.name}",
        f"{f'{base}：' if base and base not in owed.name else ''}{owed.name}{distance}，期限是{until}。{way_to(owed)}",
        owed.case_id, f"/obligations/{owed.id}", legal=facts["offset"] >= 0,
    )


@registry.topic("deadline_list")
def tell_of_list(row) -> None:
    """How many there are and where they stand; who they are is read on the page, where sight is judged."""
    facts = row.facts
    kinds = db.session.execute(
        select(Obligation.kind, func.count())
        .join(Reminder, Reminder.obligation_id == Obligation.id)
        .where(Reminder.message == facts["list"], Obligation.fulfilled_at.is_(None), Obligation.due_on == Reminder.due_on)
        .group_by(Obligation.kind).order_by(Obligation.kind)
    ).all()
    number = sum(n for _, n in kinds)
    if not number:
        return
    what = "、".join(f"{duty(kind).label} {n} 项" for kind, n in kinds)
    if facts["whose"] == "own":
        subject, body, path = (
            f"本处 {number} 项到期或快到期", f"本处有 {number} 项到期或快到期：{what}。逐项的期限在“我的期限”里。", "/deadlines")
    else:
        subject, body, path = (
            f"{number} 项逾期没有办", f"截至{chinese_date(clock.today())}又有 {number} 项到期没有办：{what}。"
            "名单在“催报”里，可以逐项或者一次催报。", "/obligations/owed")
    send(people_at(facts["office"], facts["tier"]), row.dedup_key, subject, body, None, path)
