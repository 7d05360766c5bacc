"""Reads of what is owed: one's own deadlines as a list and as a month, one obligation, and what lies under an office."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import exists, func, select, true
from sqlalchemy.orm import joinedload

from incubator.bases.models import Base
from incubator.kernel import access, clock
from incubator.kernel.access import Office
from incubator.kernel.database import db
from incubator.kernel.errors import NotVisible
from incubator.obligations.models import Obligation, Urging, within_reach
from incubator.obligations.urgings import owed_under
from incubator.offices.models import Person
from incubator.policy.duties import DUTIES, duty
from incubator.policy.periods import Period, period_of

MINE, OWED = 60, 100


def mine(actor, size: int = MINE) -> list[Obligation]:
    """What this actor still owes, the nearest day first."""
    query = access.visible(actor, Obligation).where(Obligation.fulfilled_at.is_(None))
    return list(db.session.scalars(
        query.options(joinedload(Obligation.case)).order_by(Obligation.due_on, Obligation.id).limit(size)
    ))


@dataclass(frozen=True)
class Day:
    """One square of the month: the day, whether it belongs to it, whether it is worked, what is due."""

    day: date
    within: bool
    works: bool
    due: tuple[Obligation, ...]
    more: int


def month(actor, first: date, workday, most: int = 3) -> list[list[Day]]:
    """The weeks of a month, from Monday, with what this actor owes on each day; `most` a day are named."""
    last = first.replace(day=monthrange(first.year, first.month)[1])
    start = first - timedelta(days=first.weekday())
    end = last + timedelta(days=6 - last.weekday())
    due: dict[date, list[Obligation]] = {}
    counted = (
        func.row_number().over(partition_by=Obligation.due_on, order_by=Obligation.id).label("place"),
        func.count().over(partition_by=Obligation.due_on).label("number"),
    )
    ranked = (
        select(Obligation.id, *counted)
        .where(access.sight(actor, Obligation), Obligation.fulfilled_at.is_(None), Obligation.due_on.between(start, end))
        .subquery()
    )
    numbers = {}
    rows = db.session.execute(
        select(Obligation, ranked.c.number).join(ranked, ranked.c.id == Obligation.id).where(ranked.c.place <= most)
        .options(joinedload(Obligation.case)).order_by(Obligation.due_on, Obligation.id)
    )
    for row, number in rows:
        due.setdefault(row.due_on, []).append(row)
        numbers[row.due_on] = number
    days = [start + timedelta(days=n) for n in range((end - start).days + 1)]
    squares = [
        Day(day, day.month == first.month, workday(day), tuple(due.get(day, ())), numbers.get(day, 0) - len(due.get(day, ())))
        for day in days
    ]
    return [squares[n:n + 7] for n in range(0, len(squares), 7)]


def one(actor, obligation_id: int) -> Obligation:
    """An obligation within the actor's reach, else NotVisible."""
    row = db.session.scalar(
        select(Obligation).where(Obligation.id == obligation_id, within_reach(actor)).options(joinedload(Obligation.case))
    )
    if row is None:
        raise NotVisible("obligation")
    return row


@dataclass(frozen=True)
class Parties:
    """Who owes, to whom, and who fulfilled it, by name."""

    owes: str
    owed_to: str
    fulfilled_by: str


def parties(actor, row: Obligation) -> Parties:
    """Names of the debtor and of whom it is owed to. Applicants read offices, not the people in them."""
    names = dict(db.session.execute(select(Office.id, Office.name).where(Office.id.in_(
        {row.office_id, access.office_at(row.region_id, "county"), access.province_office().id} - {None}
    ))).all())
    base_id = row.base_id or (row.case.base_id if row.case else None)
    base = db.session.scalar(select(Base.name).where(Base.id == base_id)) if base_id else None
    who = db.session.scalar(select(Person.name).where(Person.id == (row.fulfilled_by_person or 0)))
    applicant = base or (row.case.subject if row.case else "")
    province = access.province_office().id
    if row.person_id is not None:
        owes, to = db.session.scalar(select(Person.name).where(Person.id == row.person_id)), names[province]
    elif row.base_id is not None:
        owes, to = applicant, names[access.office_at(row.region_id, "county")]
    else:
        owes, to = names[row.office_id], applicant
    by_staff = row.office_id is not None and actor.tier == "base"
    return Parties(owes, to, "" if by_staff or not who else who)


def urgings(actor, obligation_id: int) -> list[tuple[Urging, str]]:
    """The urgings of one obligation, newest first, with who did it (offices read names)."""
    found = db.session.execute(
        access.visible(actor, Urging, Urging, Person.name).join(Person, Person.id == Urging.by_person_id)
        .where(Urging.obligation_id == obligation_id).order_by(Urging.id.desc())
    )
    return [(row, "" if actor.tier == "base" else name) for row, name in found]


@dataclass(frozen=True)
class Asked:
    """Which part of what is owed is listed: what is overdue or all, of one kind, for one period, in one division."""

    late: bool = True
    kind: str = ""
    period: Period | None = None
    region_id: int | None = None

    @classmethod
    def of(cls, args) -> "Asked":
        """As an address or a form says it. What does not exist is NotVisible: a list must not silently grow wider."""
        kind, code, region = args.get("kind", ""), args.get("period", ""), args.get("region", "")
        try:
            period = period_of(code) if code else None
        except ValueError:
            raise NotVisible("period") from None
        if (kind and kind not in DUTIES) or (region and not (region.isascii() and region.isdecimal() and len(region) < 10)):
            raise NotVisible("obligation")
        return cls(args.get("all") != "1", kind, period, int(region) if region else None)

    @property
    def params(self) -> dict[str, str | int]:
        """The same for an address, without whether it is late."""
        said = {"kind": self.kind, "period": self.period.code if self.period else "", "region": self.region_id}
        return {name: value for name, value in said.items() if value}

    @property
    def what(self) -> str:
        """In words what is listed, but for the place; empty where it is everything."""
        return self.period.label if self.period else duty(self.kind).label if self.kind else ""

    def condition(self):
        found = true()
        if self.late:
            found &= Obligation.due_on < clock.today()
        if self.kind:
            found &= Obligation.kind == self.kind
        if self.period is not None:
            found &= Obligation.key.endswith(self.period.key_end)
        if self.region_id is not None:
            found &= Obligation.region_id.in_(access.regions_in(self.region_id))
        return found


LATE = Asked()


def place_of(asked: Asked) -> str:
    """The name of the division that is asked for; empty where none is."""
    if asked.region_id is None:
        return ""
    return db.session.scalar(select(access.Region.full_name).where(access.Region.id == asked.region_id)) or ""


@dataclass(frozen=True)
class Owed:
    """One line of what is owed under an office."""

    row: Obligation
    who: str
    urged: int
    urged_at: object | None


@dataclass(frozen=True)
class Listing:
    """The first lines, how many there are, and how many of these the office has urged today."""

    rows: list[Owed]
    number: int
    today: int

    @property
    def left(self) -> int:
        return self.number - self.today


def owed(actor, asked: Asked = LATE, *, again: bool = True, size: int = OWED) -> Listing:
    """What may be urged by this office: first what it has not urged today, the oldest day first.

    Without `again` the lines of today are left out, so that whoever urges all comes to the rest by doing it again.
    """
    done = exists().where(
        Urging.obligation_id == Obligation.id, Urging.office_id == actor.office_id, Urging.at >= clock.start_of(clock.today()),
    )
    condition = owed_under(actor) & asked.condition()
    number, today = db.session.execute(
        select(func.count(), func.count().filter(done)).select_from(Obligation).where(condition)
    ).one()
    urged = (
        select(Urging.obligation_id, func.count().label("times"), func.max(Urging.at).label("last"))
        .group_by(Urging.obligation_id).subquery()
    )
    rows = db.session.execute(
        select(Obligation, func.coalesce(Base.name, Office.name), urged.c.times, urged.c.last)
        .outerjoin(Base, Base.id == Obligation.base_id).outerjoin(Office, Office.id == Obligation.office_id)
        .outerjoin(urged, urged.c.obligation_id == Obligation.id)
        .where(condition if again else condition & ~done).options(joinedload(Obligation.case))
        .order_by(done, Obligation.due_on, Obligation.id).limit(size)
    )
    return Listing([Owed(row, who, times or 0, last) for row, who, times, last in rows], number, today)


def several(actor, ids: list[int]) -> list[Owed]:
    """The named obligations as lines, those that this office may urge."""
    rows = db.session.execute(
        select(Obligation, func.coalesce(Base.name, Office.name))
        .outerjoin(Base, Base.id == Obligation.base_id).outerjoin(Office, Office.id == Obligation.office_id)
        .where(owed_under(actor), Obligation.id.in_(ids)).options(joinedload(Obligation.case))
        .order_by(Obligation.due_on, Obligation.id)
    )
    return [Owed(row, who, 0, None) for row, who in rows]
