"""Figures that the rosters and the service ledger give to the reports (A13-3, §8.4, §8.5), as functions of rows.

Rows are mappings by the field names of ``fields.service`` and ``fields.graduate``; struck rows are left out by
whoever reads them. Amounts are in 万元.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .fields.service import FINANCE, SAFETY, SERVICE_KEYS, SERVICES, names_in

SMALL = ("micro", "small")


def ledger_figures(rows: Iterable[Mapping]) -> dict[str, int | Decimal]:
    """The nine figures of §8.4 that come from the ledger, by their ids.

    An enterprise that got money twice counts once in ``fin_n``; names are compared as written.
    """
    rows = list(rows)
    services = [r for r in rows if r["kind"] in SERVICE_KEYS]
    training = [r for r in services if r["kind"] == "training"]
    finance = [r for r in rows if r["kind"] == FINANCE]
    safety = [r for r in rows if r["kind"] == SAFETY]
    return {
        "svc_ent_times": sum(r["ent_n"] or 0 for r in services),
        "train_n": len(training),
        "train_p": sum(r["people"] or 0 for r in training),
        "match_n": sum(1 for r in services if r["matching"]),
        "fin_n": len({name for r in finance for name in names_in(r["targets"])}),
        "fin_amt": sum((r["fin_amount"] or Decimal(0) for r in finance), Decimal("0.00")),
        "safe_n": len(safety),
        "haz_n": sum(r["hazards"] or 0 for r in safety),
        "haz_fixed": sum(r["fixed"] or 0 for r in safety),
    }


@dataclass(frozen=True)
class KindOfService:
    """One of the eight services in a period: how often, for how many enterprises and people, how many of them free."""

    key: str
    label: str
    times: int
    ent_times: int
    people: int
    free: int

    @property
    def free_share(self) -> Decimal | None:
        """Share of free services in %, one decimal; None where there was none."""
        if not self.times:
            return None
        return (Decimal(self.free * 100) / self.times).quantize(Decimal("0.1"))


def by_kind(rows: Iterable[Mapping]) -> list[KindOfService]:
    """All eight kinds in their order, with zeros where nothing was done (§8.5)."""
    rows = list(rows)
    found = []
    for key, label in SERVICES:
        mine = [r for r in rows if r["kind"] == key]
        found.append(
            KindOfService(
                key, label, len(mine), sum(r["ent_n"] or 0 for r in mine), sum(r["people"] or 0 for r in mine),
                sum(1 for r in mine if r["fee"] == "free"),
            )
        )
    return found


@dataclass(frozen=True)
class Stay:
    """When one tenant came and left, and how."""

    in_on: date
    out_on: date | None = None
    status: str = "active"


@dataclass(frozen=True)
class Movements:
    """Tenants that came, graduated and left within a period. ``t_end = t_begin + new − graduated − left`` (§6)."""

    new: int
    graduated: int
    left: int


def movements(stays: Iterable[Stay], span) -> Movements:
    """Who came and left in ``span`` (both days included); the day of leaving is no longer a day on the roster."""
    stays = list(stays)
    gone = [s for s in stays if s.out_on is not None and s.out_on in span]
    return Movements(
        sum(1 for s in stays if s.in_on in span),
        sum(1 for s in gone if s.status == "graduated"),
        sum(1 for s in gone if s.status == "left"),
    )


def jobs_added(before: Mapping[int, int], after: Mapping[int, int]) -> int:
    """Σ increases of head counts from one roster to a later one, by row; a new tenant's whole count is one (§6)."""
    return sum(max(0, jobs - before.get(row, 0)) for row, jobs in after.items())
