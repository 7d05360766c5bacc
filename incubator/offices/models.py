"""People, memberships, sessions, throttle and the access log."""

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
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.kernel import access
from incubator.kernel.database import Base, Instant, Sealed
from incubator.policy.permissions import ROLES


class Person(Base):
    """Somebody who signs in. Disabled, never deleted."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str | None] = mapped_column(Sealed)
    phone_index: Mapped[str | None] = mapped_column(String(64))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    password_at: Mapped[object | None] = mapped_column(Instant)
    must_change_by: Mapped[object | None] = mapped_column(Instant)
    disabled_at: Mapped[object | None] = mapped_column(Instant)
    created_at: Mapped[object] = mapped_column(Instant)

    memberships: Mapped[list["Membership"]] = relationship(
        back_populates="person", foreign_keys="Membership.person_id"
    )


class Membership(Base):
    """A role that a person holds, in an office or a base, from a day to a day."""

    __tablename__ = "membership"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    role: Mapped[str] = mapped_column(String(20))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id", ondelete="RESTRICT"))
    base_id: Mapped[int | None] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    from_on: Mapped[date] = mapped_column(Date)
    to_on: Mapped[date | None] = mapped_column(Date)
    granted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))

    person: Mapped[Person] = relationship(back_populates="memberships", foreign_keys=[person_id])
    office: Mapped[access.Office | None] = relationship()

    __table_args__ = (
        Index("ix_membership_person", "person_id", "to_on"),
        Index("ix_membership_office", "office_id", "to_on"),
        Index("ix_membership_base", "base_id", "to_on"),
        CheckConstraint(
            "(role IN ('base_admin','base_clerk','base_former') AND base_id IS NOT NULL AND office_id IS NULL)"
            " OR (role IN ('county_clerk','county_lead','city_clerk','city_lead','prov_clerk','prov_lead',"
            "'prov_manager') AND office_id IS NOT NULL AND base_id IS NULL)"
            " OR (role IN ('site_team','expert','sys_admin','sec_admin','auditor') AND base_id IS NULL)",
            name="place",
        ),
    )

    @property
    def label(self) -> str:
        place = self.office.short_name if self.office else ""
        return f"{place} {ROLES[self.role].label}".strip()


class RoleExclusion(Base):
    """Pairs of roles that one person never holds, filled from policy; a trigger reads it (P1, 三权分立)."""

    __tablename__ = "role_exclusion"
    role_a: Mapped[str] = mapped_column(String(20), primary_key=True)
    role_b: Mapped[str] = mapped_column(String(20), primary_key=True)


class SignIn(Base):
    """A session on the server; the cookie holds a random id, only its hash is kept (F7, P16)."""

    __tablename__ = "session"
    id_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    membership_id: Mapped[int | None] = mapped_column(ForeignKey("membership.id", ondelete="RESTRICT"))
    created_at: Mapped[object] = mapped_column(Instant)
    last_seen: Mapped[object] = mapped_column(Instant)
    abs_expiry: Mapped[object] = mapped_column(Instant)
    ip: Mapped[str] = mapped_column(String(45), default="")
    agent: Mapped[str] = mapped_column(String(200), default="")
    factor_at: Mapped[object | None] = mapped_column(Instant)  # the last code of the second factor; none: half open
    pending: Mapped[str | None] = mapped_column(Sealed)  # a secret shown to this session and not confirmed yet
    __table_args__ = (Index("ix_session_person", "person_id"),)


class SecondFactor(Base):
    """The secret from which a person's telephone makes its codes; each step of time serves once (P14)."""

    __tablename__ = "second_factor"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"), primary_key=True)
    secret: Mapped[str] = mapped_column(Sealed)
    last_step: Mapped[int] = mapped_column(Integer, default=0)
    set_at: Mapped[object] = mapped_column(Instant)


class RecoveryCode(Base):
    """Ten codes for the day the telephone is lost; only a keyed hash is kept, each serves once."""

    __tablename__ = "recovery_code"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[object | None] = mapped_column(Instant)
    __table_args__ = (UniqueConstraint("person_id", "code_hash"),)


class Throttle(Base):
    """Attempts within a window, counted in the database so that a Redis outage opens no door (P14)."""

    __tablename__ = "throttle"
    bucket: Mapped[str] = mapped_column(String(120), primary_key=True)
    window_start: Mapped[object] = mapped_column(Instant)
    count: Mapped[int] = mapped_column(Integer)


class AccessLog(Base):
    """Sign-ins, denied attempts, unmasking: what is read or refused, outside the chains (§3.6)."""

    __tablename__ = "access_log"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[object] = mapped_column(Instant)
    kind: Mapped[str] = mapped_column(String(24))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    what: Mapped[str] = mapped_column(Text, default="")
    ip: Mapped[str] = mapped_column(String(45), default="")
    request_id: Mapped[str] = mapped_column(String(20), default="")


class ClockShift(Base):
    """Training only: by how many seconds the shown date differs from the real one."""

    __tablename__ = "clock_shift"
    id: Mapped[int] = mapped_column(primary_key=True)
    seconds: Mapped[int] = mapped_column(Integer)


def held_roles(person_id: int):
    return select(Membership.role).where(Membership.person_id == person_id, Membership.to_on.is_(None))
