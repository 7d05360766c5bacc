"""The rows of a case: where it stands, the applicant's working copy and versions, the words of each act.

`Case.state` is written by `workflow.advance` alone; the database's keys say the same (reliability §3.2).
"""

from datetime import date

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.kernel import access
from incubator.kernel.database import Base, Instant
from incubator.policy.procedures import procedure

_RUNNING = (
    "ended_at IS NULL AND kind IN"
    " ('filing', 'recognition', 'promotion', 'renewal', 'change', 'rectification', 'revocation', 'adhoc_inspection')"
)


class Case(Base):
    """An item under review (办件). `version` is the lock, `seq` counts its events, `office_id` has it in hand."""

    __tablename__ = "case_"
    # said outright: a column of a foreign key does not count up by itself
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(24))
    number: Mapped[str] = mapped_column(String(24))
    base_id: Mapped[int | None] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    region_id: Mapped[int] = mapped_column(ForeignKey("region.id", ondelete="RESTRICT"))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id", ondelete="RESTRICT"))
    state: Mapped[str] = mapped_column(String(32))
    seq: Mapped[int] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer, default=1)
    subject: Mapped[str] = mapped_column(String(80))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id", ondelete="RESTRICT"))
    edition_on: Mapped[date | None] = mapped_column(Date)
    opened_at: Mapped[object] = mapped_column(Instant)
    submitted_at: Mapped[object | None] = mapped_column(Instant)
    arrived_at: Mapped[object] = mapped_column(Instant)
    ended_at: Mapped[object | None] = mapped_column(Instant)

    region: Mapped[access.Region] = relationship()
    office: Mapped[access.Office | None] = relationship()

    __table_args__ = (
        UniqueConstraint("id", "kind"),
        UniqueConstraint("kind", "number"),
        ForeignKeyConstraint(
            ["id", "seq", "state"], ["event.case_id", "event.seq", "event.to_state"], name="fk_case_event",
            deferrable=True, initially="DEFERRED", use_alter=True,
        ),
        Index("ix_case_base", "base_id", "kind"),
        Index("ix_case_office_state", "office_id", "kind", "state"),
        Index("ix_case_region", "region_id", "kind", "state", "id"),
        Index("ix_case_kind_state", "kind", "state", "id"),
        Index(
            "uq_case_running_application", "base_id", "kind", unique=True,
            sqlite_where=text(_RUNNING), postgresql_where=text(_RUNNING),
        ),
    )

    @property
    def procedure(self):
        return procedure(self.kind)

    @property
    def station(self):
        return self.procedure.station(self.state)

    @property
    def title(self) -> str:
        return f"{self.procedure.label} {self.number}"


class Draft(Base):
    """The working copy of a form; `version` is bumped by each save (A7-9)."""

    __tablename__ = "draft"
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"), primary_key=True)
    content: Mapped[str] = mapped_column(Text, default="{}")
    version: Mapped[int] = mapped_column(Integer, default=1)
    saved_at: Mapped[object] = mapped_column(Instant)
    saved_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    changed_by: Mapped[str] = mapped_column(Text, default="{}")


class Submission(Base):
    """One immutable version of what the applicant submitted, with its rosters and file hashes."""

    __tablename__ = "submission"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"))
    version_no: Mapped[int] = mapped_column(Integer)
    content: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String(64))
    by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    by_name: Mapped[str] = mapped_column(String(40), default="")
    at: Mapped[object] = mapped_column(Instant)

    __table_args__ = (UniqueConstraint("case_id", "version_no"),)


class Opinion(Base):
    """The words of one act on a case: who, for which office, at which station, in which round."""

    __tablename__ = "opinion"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"))
    station: Mapped[str] = mapped_column(String(32))
    round: Mapped[int] = mapped_column(Integer)
    outcome: Mapped[str] = mapped_column(String(32))
    seq: Mapped[int] = mapped_column(Integer)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    prev_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    person_name: Mapped[str] = mapped_column(String(40))
    office_name: Mapped[str] = mapped_column(String(60))
    by_office: Mapped[bool] = mapped_column(Boolean)
    behalf_reason: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    lead_name: Mapped[str] = mapped_column(String(40), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    remarks: Mapped[str] = mapped_column(Text, default="[]")
    doc_no: Mapped[str] = mapped_column(String(60), default="")
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    at: Mapped[object] = mapped_column(Instant)

    __table_args__ = (
        UniqueConstraint("case_id", "station", "round"),
        CheckConstraint("prev_person_id IS NULL OR person_id <> prev_person_id", name="four_eyes"),
    )


@access.scope(Case)
def _case_sight(actor):
    if actor.tier in ("county", "city"):
        return access.by_region(actor, Case.region_id, Case.base_id) & Case.submitted_at.is_not(None)
    if actor.tier == "province":
        return Case.submitted_at.is_not(None)
    if actor.tier == "assigned":
        return Case.id.in_(access.assigned_cases(actor.person_id))
    if actor.tier == "base":
        return (Case.base_id == actor.base_id) & access.in_time(actor, Case.opened_at)
    return true() if actor.tier == "service" else false()
