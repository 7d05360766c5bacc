"""Who is acting, where, and what lies in sight (domain §2; design law 4).

Divisions, offices and dated routes stand here because every sight starts from them. A local office sees the
regions whose *open* route names it; there is no tree walk, and no sight by prefixes of codes (R-2.9).
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    false,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.kernel import clock, once
from incubator.kernel.database import Base, Instant, db
from incubator.kernel.errors import Denied, NotVisible
from incubator.policy.permissions import ROLES, holds


class Region(Base):
    """A division a base can lie in, or one that only groups others (`selectable` false)."""

    __tablename__ = "region"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    full_name: Mapped[str] = mapped_column(String(80))
    level: Mapped[str] = mapped_column(String(20))
    parent_code: Mapped[str | None] = mapped_column(String(12))
    urban: Mapped[bool] = mapped_column(Boolean, default=False)
    selectable: Mapped[bool] = mapped_column(Boolean, default=True)
    sort_key: Mapped[str] = mapped_column(String(120))
    note: Mapped[str] = mapped_column(Text, default="")


class Office(Base):
    """A bureau that reviews; queues belong to it, never to a person (R-2.2)."""

    __tablename__ = "office"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    short_name: Mapped[str] = mapped_column(String(40))
    is_province: Mapped[bool] = mapped_column(Boolean, default=False)


class Route(Base):
    """Who reviews what, by date (R-2.3). One open row a region."""

    __tablename__ = "route"
    id: Mapped[int] = mapped_column(primary_key=True)
    region_id: Mapped[int] = mapped_column(ForeignKey("region.id", ondelete="RESTRICT"))
    county_office_id: Mapped[int] = mapped_column(ForeignKey("office.id", ondelete="RESTRICT"))
    city_office_id: Mapped[int] = mapped_column(ForeignKey("office.id", ondelete="RESTRICT"))
    from_on: Mapped[date] = mapped_column(Date)
    to_on: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text, default="")

    region: Mapped[Region] = relationship()
    county_office: Mapped[Office] = relationship(foreign_keys=[county_office_id])
    city_office: Mapped[Office] = relationship(foreign_keys=[city_office_id])

    __table_args__ = (
        Index("uq_route_open", "region_id", unique=True, sqlite_where=to_on.is_(None), postgresql_where=to_on.is_(None)),
        Index("ix_route_county", "county_office_id"),
        Index("ix_route_city", "city_office_id"),
        CheckConstraint("to_on IS NULL OR to_on >= from_on", name="order"),
    )


class Assignment(Base):
    """A team member or expert sees the assigned cases while the row is open (R-2.7)."""

    __tablename__ = "assignment"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(12))
    from_at: Mapped[object] = mapped_column(Instant)
    to_at: Mapped[object | None] = mapped_column(Instant)
    by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))

    __table_args__ = (
        Index(
            "uq_assignment_open", "case_id", "person_id", "kind", unique=True,
            sqlite_where=to_at.is_(None), postgresql_where=to_at.is_(None),
        ),
        Index("ix_assignment_person", "person_id", "to_at"),
        CheckConstraint("kind IN ('site_team', 'expert')", name="kind"),
    )


@dataclass(frozen=True)
class Actor:
    """A person under one membership: what every act is done by. Four eyes compares `person_id`."""

    role: str
    person_id: int | None = None
    membership_id: int | None = None
    office_id: int | None = None
    base_id: int | None = None
    name: str = ""
    office_name: str = ""
    rule: str = ""
    own_role: str = ""  # of somebody who acts on behalf of an office that can't (A3-5)
    behalf_reason: str = ""
    until: date | None = None  # of somebody who was of a base: the last day of which he sees anything
    since: datetime | None = None  # of the people of an operator that replaced another: when they came (A18-6)
    memberships: tuple = field(default=(), compare=False)

    @property
    def tier(self) -> str:
        return ROLES[self.role].tier

    @property
    def role_label(self) -> str:
        return ROLES[self.role].label

    @property
    def key(self) -> str:
        return f"p{self.person_id}" if self.person_id else self.role

    def can(self, permission: str) -> bool:
        return holds(self.role, permission)

    def as_record(self) -> dict:
        """What the ledger keeps of the actor: ids and the office as it was then."""
        return {
            "person": self.person_id, "membership": self.membership_id, "role": self.own_role or self.role,
            "office": self.office_name if self.tier != "base" else "", "rule": self.rule,
            **({"behalf": self.role} if self.own_role else {}),
        }


PUBLIC = Actor(role="public", name="公众")


def service(rule: str) -> Actor:
    """The program itself, acting by the rule named."""
    return Actor(role="service", name="系统", office_name="系统", rule=rule)


def stand_in(actor: Actor, office: Office, tier: str, reason: str) -> Actor:
    """The provincial lead in place of a local office that can't act: its rights, his person, both named (A3-5)."""
    require(actor, "act.on_behalf")
    return replace(
        actor, role=f"{tier}_lead", office_id=office.id, office_name=f"{office.short_name}（{actor.office_name}代办）",
        own_role=actor.role, behalf_reason=reason.strip(),
    )


def require(actor: Actor, permission: str) -> None:
    """Refuse unless the actor's role has `permission`."""
    if not holds(actor.role, permission):
        raise Denied(permission)


def office_regions(office_id: int):
    """Subselect of the regions that an office has in sight now: the open routes that name it."""
    return select(Route.region_id).where(
        Route.to_on.is_(None), or_(Route.county_office_id == office_id, Route.city_office_id == office_id)
    )


def regions_in(region_id: int):
    """Subselect of a division and, where it is a city, of all that go by its office now (R-2.3, R-2.9)."""
    under = (
        select(Route.region_id).join(Office, Office.id == Route.city_office_id).join(Region, Region.code == Office.code)
        .where(Route.to_on.is_(None), Region.id == region_id)
    )
    return select(Region.id).where(or_(Region.id == region_id, Region.id.in_(under)))


def assigned_cases(person_id: int):
    return select(Assignment.case_id).where(Assignment.person_id == person_id, Assignment.to_at.is_(None))


_scopes: dict[type, object] = {}


def scope(model):
    """Register ``fn(actor) -> SQL condition``: which rows of `model` the actor may see."""

    def put(fn):
        _scopes[model] = fn
        return fn

    return put


def sight(actor: Actor, model):
    """The condition under which a row of `model` is in the actor's sight."""
    return _scopes[model](actor)


def visible(actor: Actor, model, *columns):
    """``select`` of the rows (or `columns`) in sight: every list, count, search and export starts here."""
    return select(*(columns or (model,))).where(sight(actor, model))


def load(actor: Actor, model, row_id: int, *, fresh: bool = False, lock: bool = False, options=()):
    """The row if it is in sight, else `NotVisible` (a 404: T48).

    `lock` makes whoever comes second wait here, where an act reads several rows that must belong together.
    """
    query = visible(actor, model).where(model.id == row_id).options(*options)
    if lock:
        query = query.with_for_update(of=model)
    if fresh or lock:
        query = query.execution_options(populate_existing=True)
    row = db.session.scalar(query)
    if row is None:
        raise NotVisible(model.__tablename__)
    return row


def by_region(actor: Actor, region_column, base_column):
    """The usual sight of what has a region and a base: province all, local by route, base its own."""
    tier = actor.tier
    if tier == "province" or tier == "service":
        return true()
    if tier in ("county", "city"):
        return region_column.in_(office_regions(actor.office_id))
    if tier == "base":
        return base_column == actor.base_id
    return false()


def in_time(actor: Actor, at_column):
    """For people who were of a base: only what came to be until their last day there (domain §2.1 no. 4, A18-6).

    `at_column` is an instant; everybody else is not limited by it. Where another operator came on that very day,
    what is its own begins with the instant.
    """
    if actor.role != "base_former":
        return true()
    if actor.until is None:
        return false()
    replaced = actor.since is not None and clock.day_of(actor.since) == actor.until
    return at_column < (actor.since if replaced else clock.end_of(actor.until))


@once.per_page
def open_route(region_id: int) -> Route:
    return db.session.scalar(select(Route).where(Route.region_id == region_id, Route.to_on.is_(None)))


def province_office() -> Office:
    return db.session.scalar(select(Office).where(Office.is_province.is_(True)))


def office_at(region_id: int, tier: str) -> int | None:
    """The office that holds a case of this region at a station of `tier`; None for the applicant."""
    if tier in ("county", "city"):
        route = open_route(region_id)
        return route.county_office_id if tier == "county" else route.city_office_id
    if tier in ("province", "time"):
        return db.session.scalar(select(Office.id).where(Office.is_province.is_(True)))
    return None


def person_is_assigned(person_id: int, case_id: int, kind: str) -> bool:
    query = select(Assignment.id).where(
        Assignment.case_id == case_id, Assignment.person_id == person_id, Assignment.kind == kind,
        Assignment.to_at.is_(None),
    )
    return db.session.scalar(query) is not None


