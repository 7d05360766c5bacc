"""Reads of the public site. Whoever asks sees the same: what is recognised, published, decided."""

from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from flask import url_for
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from incubator.bases import life as life_line
from incubator.bases import queries as bases
from incubator.bases.facts import facts_of_bases, standing_of
from incubator.bases.models import Base, NameSpan, ValidityPeriod
from incubator.cases.queries import like
from incubator.decisions import queries as decisions
from incubator.kernel import clock
from incubator.kernel.access import Region
from incubator.kernel.database import db
from incubator.kernel.errors import NotVisible
from incubator.notices import queries as notices
from incubator.policy import standing
from incubator.policy.calendar import chinese_date
from incubator.policy.fields.reading import row_number
from incubator.policy.standing import DEMONSTRATION, IN_FORCE, LEVEL_LABELS

PAGE = 20
PROVINCE = "220000"
# reviewed on a route of its own, so it stands beside its prefecture (R-2.9, cfg:meihekou_rollup=separate)
BESIDE = ("220581",)


@dataclass
class Search:
    """What the register's address asks for."""

    q: str = ""
    place: str = ""
    level: str = ""
    after: str = ""
    on: date | None = None

    @classmethod
    def of(cls, args) -> "Search":
        level = args.get("level", "")
        return cls(
            q=args.get("q", "").strip()[:40], place=args.get("place", "")[:12],
            level=level if level in LEVEL_LABELS else "", after=args.get("after", "")[:32],
            on=_past(args.get("on", "")),
        )

    @property
    def narrowed(self) -> bool:
        return bool(self.q or self.place or self.level or self.on)

    def params(self, **changes) -> dict:
        chosen = {"q": self.q, "place": self.place, "level": self.level, "after": "", "on": self.on, **changes}
        return {key: value for key, value in chosen.items() if value}


@dataclass
class Place:
    """A prefecture, or what stands beside one, with its bases in force and the counties below it."""

    code: str
    name: str
    bases: int = 0
    demonstrations: int = 0
    counties: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Entry:
    """One row of the register."""

    base: Base
    standing: standing.Standing
    names: dict = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of the day that is asked for."""
        return self.names.get("name") or self.base.name

    @property
    def operator(self) -> str:
        return self.names.get("operator") or self.base.operator_name


def places() -> list[Place]:
    """Every place with its number of bases in force, in one query: the home page and the register's filter."""
    rows = db.session.execute(
        select(Region.code, Region.name, Region.parent_code, Region.selectable, Base.level_now, func.count(Base.id))
        .outerjoin(Base, and_(Base.region_id == Region.id, Base.status_now.in_(sorted(IN_FORCE))))
        .where(Region.code != PROVINCE)
        .group_by(Region.code, Region.name, Region.parent_code, Region.selectable, Base.level_now)
        .order_by(Region.code)
    ).all()
    found = {
        row.code: Place(row.code, row.name) for row in rows if not row.selectable or row.code in BESIDE
    }
    for code, name, parent, selectable, level, number in rows:
        place = found.get(code) or found.get(parent)
        if place is None:
            continue
        place.bases += number
        place.demonstrations += number if level == DEMONSTRATION else 0
        if selectable and code not in BESIDE and (code, name) not in place.counties:
            place.counties.append((code, name))
    return list(found.values())


def _in_force():
    return Base.status_now.in_(sorted(IN_FORCE))


def _place(after: str) -> tuple[str, int | None]:
    """Where a page goes on: the division and the number of the last base before it."""
    code, _, last_id = after.rpartition("_")
    return code, row_number(last_id) if code else None


def _matches(search: Search):
    conditions = [_in_force()]
    if search.q:
        pattern = like(search.q)
        conditions.append(or_(Base.name.ilike(pattern, escape="\\"), Base.operator_name.ilike(pattern, escape="\\")))
    if search.place:
        below = (Region.parent_code == search.place) & Region.code.not_in(BESIDE)
        conditions.append(or_(Region.code == search.place, below))
    if search.level:
        conditions.append(Base.level_now == search.level)
    return and_(*conditions)


def register(search: Search) -> tuple[list[Entry], int, str]:
    """Bases in force by division, keyset-paged: the rows, how many match in all, where the next page begins.

    Two queries whatever the size of the register: the page with its total, and the validity of its rows.
    """
    matching = select(func.count(Base.id)).join(Base.region).where(_matches(search)).scalar_subquery()
    query = (
        select(Base, matching)
        .join(Base.region)
        .options(contains_eager(Base.region))
        .where(_matches(search))
        .order_by(Region.code, Base.id)
        .limit(PAGE + 1)
    )
    code, last_id = _place(search.after)
    if last_id is not None:
        query = query.where(or_(Region.code > code, and_(Region.code == code, Base.id > last_id)))
    rows = db.session.execute(query).all()
    entries = _with_standing([base for base, _ in rows[:PAGE]])
    last = entries[-1].base if len(rows) > PAGE else None
    return entries, rows[0][1] if rows else 0, f"{last.region.code}_{last.id}" if last else ""


def _past(text: str) -> date | None:
    """A day before today that the register is asked for."""
    day = life_line.day_asked(text)
    return day if day is not None and day < clock.today() else None


def register_of(search: Search) -> tuple[list[Entry], int, str]:
    """The register of a past day: who was in force then, under the names of then (R-2.12); by division, keyset-paged.

    In three queries a thousand recognised bases.
    """
    query = (
        select(Base).join(Base.region).options(contains_eager(Base.region))
        .where(Base.id.in_(select(ValidityPeriod.base_id).where(ValidityPeriod.in_force_on <= search.on)))
        .order_by(Region.code, Base.id)
    )
    if search.place:
        below = (Region.parent_code == search.place) & Region.code.not_in(BESIDE)
        query = query.where(or_(Region.code == search.place, below))
    bases = list(db.session.scalars(query))
    facts, names = facts_of_bases(bases), life_line.names_on(bases, search.on)
    found = [Entry(base, standing.status(facts[base.id], search.on), names.get(base.id, {})) for base in bases]
    found = [
        e for e in found if e.standing.in_force and (not search.level or e.standing.level == search.level)
        and (search.q in e.name or search.q in e.operator)
    ]
    code, last_id = _place(search.after)
    left = found if last_id is None else [e for e in found if (e.base.region.code, e.base.id) > (code, last_id)]
    shown, last = left[:PAGE], left[PAGE - 1].base if len(left) > PAGE else None
    return shown, len(found), f"{last.region.code}_{last.id}" if last else ""


def everything() -> list[Entry]:
    """The whole register for the download, in two queries."""
    bases = db.session.scalars(
        select(Base).join(Base.region).options(contains_eager(Base.region)).where(_in_force())
        .order_by(Region.code, Base.id)
    )
    return _with_standing(list(bases))


def _with_standing(bases: list[Base]) -> list[Entry]:
    """The standing today of each base, from its dated facts, in one query."""
    today, facts = clock.today(), facts_of_bases(bases)
    return [Entry(base, standing.status(facts[base.id], today)) for base in bases]


@dataclass(frozen=True)
class Moment:
    """One day in the public life of a base."""

    on: date
    what: str
    words: str
    url: str = ""
    tone: str = ""


def life(base: Base) -> list[Moment]:
    """Notices, decisions, plaques and changes of name of a base as one timeline, newest first, in four queries.

    On one day the plaque stands above the decision that gave it: what is put first here stays first.
    """
    moments = []
    for plaque in bases.plaques_of(base.id):
        if plaque.returned_on:
            moments.append(Moment(plaque.returned_on, "收回牌匾", f"编号 {plaque.plaque_no}，第十七条", "", "bad"))
        moments.append(Moment(plaque.issued_on, "授予牌匾", f"{plaque.wording}，编号 {plaque.plaque_no}，第八条", "", "good"))
    moments += [
        Moment(
            item.document_on, item.words.done, f"{item.decision.document_no}，{item.consequence}" + _entered(item),
            url_for("public.decision", decision_id=item.decision_id), "good" if item.words.good else "bad",
        )
        for item in decisions.of_base(base.id)
    ]
    moments += [
        Moment(
            item.notice.starts_on, "公示", f"{item.notice.title}，到{chinese_date(item.notice.ends_on)}，第八条",
            url_for("public.notice", notice_id=item.notice_id),
        )
        for item in notices.of_base(base.id)
    ]
    names = list(db.session.scalars(select(NameSpan).where(NameSpan.base_id == base.id).order_by(NameSpan.from_on, NameSpan.id)))
    first = min((m.on for m in moments if m.tone == "good"), default=None)
    moments += [
        Moment(later.from_on, "更名", f"“{earlier.name}”改为“{later.name}”，第十八条")
        for earlier, later in pairwise(names) if first is not None and later.from_on > first
    ]
    return sorted(moments, key=lambda moment: moment.on, reverse=True)


def _entered(item) -> str:
    """R-2.12: it counts from the document's date; the page says when the document was entered."""
    entered = clock.day_of(item.decision.entered_at)
    return "" if entered == item.document_on else f"，{chinese_date(entered)}登记"


def recognised(base_id: int) -> Entry:
    """A base that is or was recognised, with its standing today; one that never was does not exist here."""
    base = db.session.scalar(select(Base).where(Base.id == base_id).options(joinedload(Base.region)))
    if base is None:
        raise NotVisible("base")
    now = standing_of(base)
    if not now.recognised_before:
        raise NotVisible("base")
    return Entry(base, now)
