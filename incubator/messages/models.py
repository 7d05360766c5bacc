"""The inbox: one row a person and fact."""

from sqlalchemy import Boolean, ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from incubator.kernel import access
from incubator.kernel.database import Base, Instant
from incubator.kernel.workflow import Case


class Letter(Base):
    """A message to one person; `dedup_key` makes a second delivery impossible."""

    __tablename__ = "inbox"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    dedup_key: Mapped[str] = mapped_column(String(160), unique=True)
    subject: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"))
    path: Mapped[str] = mapped_column(String(120), default="", server_default=text("''"))  # where it leads, if not to a case
    legal: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())  # its channels can't be switched off
    sent_at: Mapped[object] = mapped_column(Instant)
    read_at: Mapped[object | None] = mapped_column(Instant)
    __table_args__ = (
        Index("ix_inbox_person", "person_id", "id"),
        Index(
            "ix_inbox_unread", "person_id", sqlite_where=read_at.is_(None), postgresql_where=read_at.is_(None)
        ),
    )


@access.scope(Letter)
def _letter_sight(actor):
    """One's own letters, but those about a case only while the case is in sight: when a base moves to another
    county, what was said of it goes too (R-2.3, P4).
    """
    about = Letter.case_id.is_(None) | Letter.case_id.in_(access.visible(actor, Case, Case.id))
    return (Letter.person_id == actor.person_id) & about
