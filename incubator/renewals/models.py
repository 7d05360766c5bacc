"""The filing of a renewal: what timeliness and provisional standing are judged by (A10-2, AMB-26, AMB-27)."""

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from incubator.kernel.database import Base

_OPEN = text("ended_on IS NULL")


class Renewal(Base):
    """One renewal from its first submission; `valid_to` is the end that it is filed for, `ended_on` the day it was settled.

    The window's first day is copied in, so that the CHECK can judge the filing. One undecided renewal a base (P7).
    """

    __tablename__ = "renewal"
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False)
    base_id: Mapped[int] = mapped_column(Integer, ForeignKey("base.id", ondelete="RESTRICT"))
    window_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date] = mapped_column(Date)
    filed_on: Mapped[date] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)
    __table_args__ = (
        CheckConstraint("filed_on >= window_from AND filed_on <= valid_to", name="in_time"),
        CheckConstraint("ended_on >= filed_on", name="order"),
        Index("uq_renewal_running", "base_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_renewal_base", "base_id", "valid_to"),
    )
