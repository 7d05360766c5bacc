"""The yearly check of the base information (A13-8, §8.21): one row a part and year."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from incubator.kernel.database import Base, Instant


class ProfileCheck(Base):
    """Who confirmed which part of a base's information, when, and whether it had changed. Append-only."""

    __tablename__ = "profile_check"
    id: Mapped[int] = mapped_column(primary_key=True)
    base_id: Mapped[int] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    year: Mapped[int] = mapped_column(Integer)
    part: Mapped[str] = mapped_column(String(12))
    answer: Mapped[str] = mapped_column(String(8))
    at: Mapped[object] = mapped_column(Instant)
    by_person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    by_name: Mapped[str] = mapped_column(String(40))
    __table_args__ = (
        Index("ix_profile_check_base", "base_id", "part", "id"),
        CheckConstraint("part IN ('profile', 'contact', 'premises', 'team')", name="part"),
        CheckConstraint("answer IN ('same', 'changed')", name="answer"),
    )
