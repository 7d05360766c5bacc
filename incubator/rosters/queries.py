"""Reads of the rosters: today, on a past day, frozen for an application; and the figures they give."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, select, true

from incubator.bases.models import Base as IncubatorBase
from incubator.kernel import access, clock, files
from incubator.kernel.database import db
from incubator.kernel.forms import open_values
from incubator.policy import tenants as policy
from incubator.policy.fields import from_stored, mask, show, to_stored
from incubator.policy.fields.team import head_counts
from incubator.rosters.models import Tenant, TenantOverride
from incubator.rosters.tables import PEOPLE, TENANTS, Roster, values_of

CAP = 500
ELSEWHERE = "这户在另一个基地的孵化协议更早，只在那个基地计入"
SHARED = "这户也在另一个基地的名册上，协议在先，计入本基地"


@dataclass(frozen=True)
class Verdict:
    """Whether a row counts towards 第五条（四）, and why. ``twin`` is elsewhere or shared (T35)."""

    counts: bool
    reason: str
    article: str = "5(4)"
    flagged: bool = False
    twin: str = ""
    override: TenantOverride | None = None
    stands: bool = False


@dataclass
class Line:
    """One row of a roster as a page or a count reads it."""

    roster: Roster
    id: int
    version: int
    values: dict
    verdict: Verdict | None = None
    lacking: list[str] = field(default_factory=list)

    def __getattr__(self, name):
        try:
            return self.__dict__["values"][name]
        except KeyError:
            raise AttributeError(name) from None

    def text(self, name: str) -> str:
        """A value as a person reads it; personal numbers are masked."""
        return show(self.roster.table.field(name), self.values.get(name))


@dataclass(frozen=True)
class Totals:
    """What the two rosters add up to, for the foot of the table."""

    count: policy.Count
    heads: dict[str, int]


# rows ---------------------------------------------------------------------------------------


def _shown(actor, roster: Roster, past: bool = False):
    """Which rows a page may show to its reader; without one all that count (A18-6).

    Who was of the base sees a past day as it was then: of the rows that were entered in his time.
    """
    if actor is None:
        return true()
    if not past or actor.role != "base_former":
        return access.sight(actor, roster.model)
    first = select(roster.change.row_id).where(
        roster.change.base_id == actor.base_id, roster.change.version == 1, access.in_time(actor, roster.change.at))
    return roster.model.id.in_(first)


def lines(roster: Roster, base_id: int, *, gone: str = "", cap: int = CAP, actor=None) -> list[Line]:
    """The rows that are on the roster now, oldest first; with ``gone`` those that left in that way.

    ``actor`` is whoever reads a page: what is not for him is left out.
    """
    model = roster.model
    query = select(model).where(model.base_id == base_id, _shown(actor, roster)).order_by(model.id)
    query = query.where(model.status == gone) if gone else query.where(model.out_on.is_(None))
    return [line_of(roster, row) for row in db.session.scalars(query.limit(cap))]


def line_of(roster: Roster, row) -> Line:
    values = values_of(roster, row)
    lacking = [
        f.label for f in roster.table.fields
        if f.name in roster.later and not values[f.name] and f.is_required(values)
    ]
    return Line(roster, row.id, row.version, values, lacking=lacking)


def gone_counts(roster: Roster, base_id: int, actor=None) -> dict[str, int]:
    """How many rows there are in each status."""
    model = roster.model
    return dict(
        db.session.execute(
            select(model.status, func.count()).where(model.base_id == base_id, _shown(actor, roster)).group_by(model.status)
        ).all()
    )


def tenants_now(base_id: int, actor=None) -> list[Line]:
    """The tenants of today with the verdict on each."""
    return judged(lines(TENANTS, base_id, actor=actor), base_id)


def team_now(base_id: int, actor=None) -> list[Line]:
    return lines(PEOPLE, base_id, actor=actor)


def roster_on(base_id: int, day: date, actor=None) -> dict[str, list[Line]]:
    """Both rosters of a day (A13-3): who was there by ``in_on`` and ``out_on``, with the values kept that evening.

    The day of leaving is no longer a day on the roster, so what a period begins and ends with balances with who
    came and left in it. A row that was entered afterwards counts from its ``in_on`` with its first values (R-2.12).
    """
    tenants = _lines_on(TENANTS, base_id, day, actor)
    return {"tenants": judged(tenants, base_id, day), "team": _lines_on(PEOPLE, base_id, day, actor)}


def number_on(base_id: int, day: date) -> int:
    """How many tenants stood on the roster of a day: as many as `roster_on` lists, in one query."""
    return len(_lines_on(TENANTS, base_id, day))


def _lines_on(roster: Roster, base_id: int, day: date, actor=None) -> list[Line]:
    model, change = roster.model, roster.change
    past = actor is not None and actor.until is not None and day <= actor.until
    known = (
        select(change.row_id, func.max(change.version).label("version"))
        .where(change.base_id == base_id, change.at < clock.end_of(day), true() if actor is None else access.in_time(actor, change.at))
        .group_by(change.row_id)
        .subquery()
    )
    query = (
        select(model, change)
        .join(change, change.row_id == model.id)
        .outerjoin(known, known.c.row_id == model.id)
        .where(model.base_id == base_id, _shown(actor, roster, past), _present(model, day), change.version == func.coalesce(known.c.version, 1))
        .order_by(model.id)
    )
    found = []
    for row, version in db.session.execute(query):
        values = from_stored(roster.table, open_values(roster.table, json.loads(version.content)))
        values |= {"in_on": row.in_on, "status": "active", "out_on": None}
        found.append(Line(roster, row.id, version.version, values))
    return found


def _present(model, day: date):
    return (model.in_on <= day) & (model.out_on.is_(None) | (model.out_on > day))


# what counts ----------------------------------------------------------------------------------


def judged(found: list[Line], base_id: int, day: date | None = None) -> list[Line]:
    """The verdict beside each tenant (A5-6, AMB-11), in two queries whatever their number."""
    day = day or clock.today()
    said = overrides([line.id for line in found], day)
    twins = _twins(base_id, day)
    for line in found:
        line.verdict = judge(line.values, said.get(line.id), twins.get(line.values["uscc"], ""))
    return found


def judge(values: dict, override: TenantOverride | None, twin: str = "") -> Verdict:
    """The verdict on one tenant: the reviewer's word while it stands, else the classification; one base only."""
    row = counted_row(values, override)
    judged_row = policy.countable(row)
    stands = override is not None and policy.override_stands(row)
    counts, reason, flagged = judged_row.counts, judged_row.reason, judged_row.flagged
    if twin == "elsewhere" and counts:
        counts, reason, flagged = False, ELSEWHERE, True
    elif twin == "shared" and counts:
        reason, flagged = f"{reason}；{SHARED}", True
    return Verdict(counts, reason, judged_row.article, flagged, twin, override, stands)


def counted_row(values: dict, override: TenantOverride | None) -> policy.Tenant:
    said = override and policy.Override(
        override.counts, override.reason, override.kind, override.subject, override.industry
    )
    return policy.Tenant(
        uscc=values["uscc"], subject=values["subject"], kind=values["kind"], industry=values["industry"],
        ec_ok=values.get("ec_ok"), override=said, name=values["name"], jobs=int(values.get("jobs") or 0),
        ec_proof=bool(values.get("ec_proof")),
    )


def overrides(tenant_ids: Iterable[int], day: date | None = None) -> dict[int, TenantOverride]:
    """The newest word on each tenant, as far as it was given by the end of ``day``."""
    newest = (
        select(func.max(TenantOverride.id))
        .where(TenantOverride.tenant_id.in_(list(tenant_ids)), TenantOverride.at < clock.end_of(day or clock.today()))
        .group_by(TenantOverride.tenant_id)
    )
    return {o.tenant_id: o for o in db.session.scalars(select(TenantOverride).where(TenantOverride.id.in_(newest)))}


def _twins(base_id: int, day: date) -> dict[str, str]:
    """Code → elsewhere or shared, for the base's tenants that are on another living base's roster too (T35)."""
    mine = select(Tenant.uscc).where(Tenant.base_id == base_id, _present(Tenant, day))
    rows = db.session.execute(
        select(Tenant.base_id, Tenant.uscc, Tenant.agr_start, Tenant.agr_end, Tenant.in_on)
        .join(IncubatorBase, IncubatorBase.id == Tenant.base_id)
        .where(
            Tenant.uscc.in_(mine), _present(Tenant, day),
            (Tenant.base_id == base_id)
            | (IncubatorBase.closed_at.is_(None) & (IncubatorBase.status_now != "revoked")),
        )
    ).all()
    stays, bases = [policy.Stay(*row[:2], row.agr_start, row.agr_end, row.in_on) for row in rows], defaultdict(set)
    for stay in stays:
        bases[stay.uscc].add(stay.base_id)
    holder = dict(policy.counted_in(stays, day))
    for stay in sorted(stays, key=lambda s: (s.agr_start, s.in_on, s.base_id)):
        holder.setdefault(stay.uscc, stay.base_id)  # no agreement runs any more: the earliest one holds
    return {
        code: "shared" if holder[code] == base_id else "elsewhere"
        for code, found in bases.items() if len(found) > 1
    }


def totals(tenants: list[Line], team: list[Line]) -> Totals:
    """Both counts of the tenants, both sums of heads, and the heads of the team (A5-5, AMB-12, AMB-13)."""
    rows = [counted_row(line.values, line.verdict.override) for line in tenants]
    elsewhere = {line.uscc for line in tenants if line.verdict.twin == "elsewhere"}
    return Totals(policy.count(rows, elsewhere=elsewhere), head_counts([line.values for line in team]))


def as_facts(found: Totals) -> dict[str, int]:
    return {
        "tenants_all": found.count.tenants_all, "tenants_countable": found.count.tenants_countable,
        "jobs": found.count.jobs, "service_team": found.heads["service_team"], "mentors": found.heads["mentors"],
        "service_team_distinct": found.heads["distinct"],
    }


def facts(base_id: int, day: date | None = None) -> dict[str, int]:
    """What the rosters give to the standards of Article 5, today or on a past day."""
    if day is None or day >= clock.today():
        return as_facts(totals(tenants_now(base_id), team_now(base_id)))
    found = roster_on(base_id, day)
    return as_facts(totals(found["tenants"], found["team"]))


# frozen for an application -----------------------------------------------------------------------


def frozen(base_id: int) -> dict[str, list[dict]]:
    """Both rosters as a submission keeps them: stored values, personal numbers masked, verdict and hashes of files."""
    tenants, team = tenants_now(base_id), team_now(base_id)
    known = files.named(i for line in [*tenants, *team] for i in file_ids(line))
    return {
        "tenants": [_frozen_line(TENANTS, line, known) for line in tenants],
        "team": [_frozen_line(PEOPLE, line, known) for line in team],
    }


def file_ids(line: Line) -> list[int]:
    """The proofs of a row, in the order of its fields."""
    return [i for f in line.roster.table.fields if f.kind in ("file", "files") for i in line.values.get(f.name) or []]


def _frozen_line(roster: Roster, line: Line, known: dict) -> dict:
    stored = to_stored(roster.table, line.values)
    for spec in roster.table.fields:
        if spec.secret and stored.get(spec.name):
            stored[spec.name] = mask(stored[spec.name])
    row = {
        **stored, "id": line.id, "version": line.version,
        "hashes": {str(i): known[i].sha256 for i in file_ids(line) if i in known},
    }
    if line.verdict is not None:
        row |= {
            "counts": line.verdict.counts, "reason": line.verdict.reason, "article": line.verdict.article,
            "flagged": line.verdict.flagged, "twin": line.verdict.twin,
        }
    return row


@dataclass(frozen=True)
class FrozenView:
    """A frozen roster as reviewers read it: each row with its verdict then and now."""

    tenants: list[Line]
    team: list[Line]
    totals: Totals
    facts: dict[str, int]
    files: dict[int, files.StoredFile]
    then: dict[int, tuple[bool, str]]


def frozen_view(rosters: dict, actor=None) -> FrozenView:
    """The rosters of one submission for a page, judged with the reviewers' words of today (A5-6).

    ``then`` says of each row that was overridden since what it was when it was submitted. Files are those that
    the actor may open.
    """
    tenants, team = thawed(rosters)
    found = totals(tenants, team)
    rows = {row["id"]: row for row in rosters.get("tenants", [])}
    then = {
        line.id: (rows[line.id]["counts"], rows[line.id]["reason"])
        for line in tenants if line.verdict.counts != rows[line.id]["counts"]
    }
    ids = [i for line in [*tenants, *team] for i in file_ids(line)]
    return FrozenView(tenants, team, found, as_facts(found), _visible_files(ids, actor), then)


def frozen_facts(rosters: dict) -> dict[str, int]:
    """What the rosters of one submission give to the standards, with the reviewers' words of today."""
    return as_facts(totals(*thawed(rosters)))


def thawed(rosters: dict) -> tuple[list[Line], list[Line]]:
    said = overrides([row["id"] for row in rosters.get("tenants", [])])
    tenants = []
    for row in rosters.get("tenants", []):
        values = from_stored(TENANTS.table, row)
        verdict = judge(values, said.get(row["id"]), row.get("twin", ""))
        tenants.append(Line(TENANTS, row["id"], row["version"], values, verdict))
    # the numbers are masked here, and two people may have one mask: the row says who it is
    team = [
        Line(PEOPLE, r["id"], r["version"], {**from_stored(PEOPLE.table, r), "row": r["id"]}) for r in rosters.get("team", [])
    ]
    return tenants, team


def _visible_files(ids: list[int], actor) -> dict[int, files.StoredFile]:
    if not ids or actor is None:
        return {}
    query = access.visible(actor, files.StoredFile).where(files.StoredFile.id.in_(ids))
    return {row.id: row for row in db.session.scalars(query)}
