"""The one table of what is owed."""

from datetime import date

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.kernel import access
from incubator.kernel.database import Base, Instant
from incubator.kernel.workflow import Case
from incubator.policy.duties import MEANS, duty

_OPEN = text("fulfilled_at IS NULL")


class Obligation(Base):
    """Who owes what to whom, until when, under which article, and what fulfilled it.

    Owed by an office (with the tier of the station), by a base, or by a person (an expert). `case_kind` and
    `state` are copies for the facets of the worklist.
    """

    __tablename__ = "obligation"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(24))
    key: Mapped[str] = mapped_column(String(80))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"))
    case_kind: Mapped[str] = mapped_column(String(24), default="")
    state: Mapped[str] = mapped_column(String(32), default="")
    region_id: Mapped[int] = mapped_column(ForeignKey("region.id", ondelete="RESTRICT"))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id", ondelete="RESTRICT"))
    tier: Mapped[str] = mapped_column(String(12), default="")
    base_id: Mapped[int | None] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    due_on: Mapped[date] = mapped_column(Date)
    article: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(120), default="", server_default=text("''"))  # where no case names it
    basis: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))  # how the day was counted, as JSON
    opened_at: Mapped[object] = mapped_column(Instant)
    fulfilled_at: Mapped[object | None] = mapped_column(Instant)
    fulfilled_by_event: Mapped[int | None] = mapped_column(Integer)
    fulfilled_by_person: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))

    case: Mapped[Case | None] = relationship()

    @property
    def name(self) -> str:
        """What is owed: 2026年第二季度季报, or whose case it is and which."""
        return self.title or (f"{self.case.subject} {self.case.title}" if self.case else duty(self.kind).label)

    @property
    def debtor(self) -> str:
        """base, person, or the tier of the office that owes."""
        return "base" if self.base_id is not None else "person" if self.person_id is not None else self.tier

    __table_args__ = (
        UniqueConstraint("kind", "key"),
        CheckConstraint(
            "(office_id IS NOT NULL AND base_id IS NULL AND person_id IS NULL)"
            " OR (office_id IS NULL AND base_id IS NOT NULL AND person_id IS NULL)"
            " OR (office_id IS NULL AND base_id IS NULL AND person_id IS NOT NULL)",
            name="one_debtor",
        ),
        Index("ix_obligation_office", "office_id", "tier", "due_on", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        *(
            # the worklist's two orders, whole and under each of its filters: a page reads its own rows only
            Index(f"ix_obligation_office_{name}", "office_id", "tier", *columns, sqlite_where=_OPEN, postgresql_where=_OPEN)
            for name, columns in (
                ("kind", ("case_kind", "due_on", "id")), ("state", ("state", "due_on", "id")),
                ("arrived", ("opened_at", "id")), ("kind_arrived", ("case_kind", "opened_at", "id")),
                ("state_arrived", ("state", "opened_at", "id")),
            )
        ),
        Index("ix_obligation_base", "base_id", "due_on", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_obligation_person", "person_id", "due_on", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_obligation_case", "case_id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_obligation_done", "fulfilled_by_person", "fulfilled_at"),
    )


@access.scope(Obligation)
def _obligation_sight(actor):
    """What waits for this actor: his office's at his tier, his base's, his own."""
    if actor.tier in ("county", "city", "province"):
        return (Obligation.office_id == actor.office_id) & (Obligation.tier == actor.tier)
    if actor.tier == "base":
        return (Obligation.base_id == actor.base_id) & access.in_time(actor, Obligation.opened_at)
    return Obligation.person_id == actor.person_id


class Urging(Base):
    """催报: an office asked for what is owed, by which means and in which words (A13-6; 第十六条（二）4 rests on it)."""

    __tablename__ = "urging"
    id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id", ondelete="RESTRICT"))
    means: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(Text)
    by_person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id", ondelete="RESTRICT"))
    office_name: Mapped[str] = mapped_column(String(120))  # as it was called then, with whom it stood in for
    due_on: Mapped[date] = mapped_column(Date)  # the day that was due when it was urged
    at: Mapped[object] = mapped_column(Instant)

    obligation: Mapped[Obligation] = relationship()

    __table_args__ = (
        Index("ix_urging_obligation", "obligation_id", "id"),
        CheckConstraint("length(text) >= 10", name="text"),
        CheckConstraint(f"means IN {tuple(MEANS)}", name="means"),
    )


def within_reach(actor):
    """What an actor may look into: its own debts and, for offices, those that lie under it.

    Wider than the worklist: an office sees what its bases and the offices below it owe. What an expert owes is
    the province's business only, since nobody else may learn who judges (A8-2).
    """
    if actor.tier not in ("county", "city", "province"):
        return access.sight(actor, Obligation)
    under = access.by_region(actor, Obligation.region_id, Obligation.base_id)
    return under if actor.tier == "province" else under & Obligation.person_id.is_(None)


@access.scope(Urging)
def _urging_sight(actor):
    return Urging.obligation_id.in_(select(Obligation.id).where(within_reach(actor)))
