"""Which tenant counts towards Article 5(4), and why (A5-6, AMB-10, AMB-11).

The program classifies and gives its reason beside each row; a reviewer may
override a row with a reason. The override lapses when the tenant's kind,
subject or industry changes. That an online trader is lawful (合规经营) the base
declares with its proof, and a reviewer's word ticks it: until then the row is
flagged.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

# Codes of GB/T 4754-2017 that matter here (domain.md §1.2); a prefix stands for all below it.
WHOLESALE = "51"
ONLINE_WHOLESALE = "5193"
RETAIL = "52"
ONLINE_RETAIL = "5292"
CATERING = "62"
TRAINING = "839"
BUSINESS_SERVICES = "72"
THIRD_PARTY_SERVICES = ("723", "724", "753", "754")
ONLINE_TRADE = (ONLINE_WHOLESALE, ONLINE_RETAIL)
TRADE_NAMES = {WHOLESALE: "批发", RETAIL: "零售", CATERING: "餐饮"}
CLAUSE = "5(4)"
ECOMMERCE_DECLARED = "基地申报为合规经营的电商，计入，待县级核对"


@dataclass(frozen=True)
class Override:
    """A reviewer's word on one row, and the kind, subject and industry it was given for."""

    counts: bool
    reason: str
    kind: str
    subject: str
    industry: str


@dataclass(frozen=True)
class Tenant:
    """What counting needs of a roster row; keys of kind and subject as in ``fields.tenant``.

    ``ec_proof``: whether the proof of ``ec_ok`` is there; the word alone confirms nothing (AMB-10).
    """

    uscc: str | None
    subject: str
    kind: str
    industry: str
    ec_ok: bool | None = None
    ec_proof: bool = False
    override: Override | None = None
    name: str = ""
    jobs: int = 0


class TenantRow(Protocol):
    """Any row with these attributes may be counted."""

    uscc: str | None
    subject: str
    kind: str
    industry: str
    ec_ok: bool | None
    ec_proof: bool
    override: Override | None


@dataclass(frozen=True)
class Countable:
    """Whether a row counts, the reason in Chinese, the article, and whether a reviewer should look."""

    counts: bool
    reason: str
    article: str = CLAUSE
    flagged: bool = False


def countable(tenant: TenantRow) -> Countable:
    """Whether a tenant counts as 在孵企业 of Article 5(4), with the reason (T28–T33).

    A standing override goes before the classification; one that has lapsed
    leaves the row flagged.
    """
    judged = _classify(tenant)
    override = tenant.override
    if override is None:
        return judged
    if not override_stands(tenant):
        return Countable(
            judged.counts, f"{judged.reason}；类别、主体或行业已变化，原审核调整失效", flagged=True
        )
    word = "计入" if override.counts else "不计入"
    return Countable(override.counts, f"审核调整为{word}：{override.reason}", flagged=False)


def override_stands(tenant: TenantRow) -> bool:
    """Whether the override still speaks of the tenant as it is now (A5-6)."""
    given = tenant.override
    return given is not None and (given.kind, given.subject, given.industry) == (
        tenant.kind,
        tenant.subject,
        tenant.industry,
    )


def _classify(tenant: TenantRow) -> Countable:
    industry = (tenant.industry or "").strip()
    if not tenant.uscc:
        return Countable(False, "未登记的团队没有统一社会信用代码，不计户数")
    if tenant.kind == "training" or industry.startswith(TRAINING):
        return Countable(False, "培训机构不计入")
    if tenant.kind == "third_party" or industry.startswith(THIRD_PARTY_SERVICES):
        return Countable(False, "第三方服务机构不计入")
    trade = next((name for code, name in TRADE_NAMES.items() if industry.startswith(code)), "")
    online = tenant.kind == "ecommerce" or industry in ONLINE_TRADE
    confirmed = tenant.ec_ok and tenant.ec_proof
    unconfirmed = "电商证明还没有上传" if tenant.ec_ok else "电商合规经营未确认"
    if tenant.subject == "individual" and trade:
        if not online:
            return Countable(False, f"从事{trade}的个体工商户不计入")
        if trade == TRADE_NAMES[CATERING]:
            return Countable(False, "从事餐饮的个体工商户不计入", flagged=True)
        if not confirmed:
            return Countable(False, f"从事{trade}的个体工商户，{unconfirmed}，不计入")
        return Countable(True, ECOMMERCE_DECLARED, flagged=True)
    if online:
        return Countable(True, ECOMMERCE_DECLARED if confirmed else f"{unconfirmed}，暂计入，需核实", flagged=True)
    if trade:
        return Countable(True, f"从事{trade}的公司，排除范围只限个体工商户，计入，需核实", flagged=True)
    if not industry:
        return Countable(True, "行业代码未填，暂计入，需核实", flagged=True)
    if industry.startswith(BUSINESS_SERVICES):
        return Countable(True, "商务服务业，计入，核实是否属第三方服务机构", flagged=True)
    return Countable(True, "计入")


@dataclass(frozen=True)
class Count:
    """Totals of a roster: all rows, countable rows, rows to look at, and both head counts."""

    tenants_all: int
    tenants_countable: int
    flagged: int
    jobs_all: int
    jobs: int


def count(rows: Iterable[Tenant], *, elsewhere: Iterable[str] = ()) -> Count:
    """Totals of the active rows of one base (A5-5, AMB-12).

    ``elsewhere`` holds codes that count in another base (see
    :func:`counted_in`). ``jobs`` is the head count of the countable rows.
    """
    other, judged = set(elsewhere), []
    for row in rows:
        verdict = countable(row)
        judged.append((row, verdict.counts and row.uscc not in other, verdict.flagged))
    return Count(
        tenants_all=len(judged),
        tenants_countable=sum(counts for _, counts, _ in judged),
        flagged=sum(flagged for _, _, flagged in judged),
        jobs_all=sum(row.jobs or 0 for row, _, _ in judged),
        jobs=sum(row.jobs or 0 for row, counts, _ in judged if counts),
    )


@dataclass(frozen=True)
class Duplicate:
    """A credit code that stands more than once in a sheet, with its line numbers."""

    uscc: str
    lines: tuple[int, ...]

    @property
    def text(self) -> str:
        lines = "、".join(f"第 {n} 行" for n in self.lines)
        return f"统一社会信用代码 {self.uscc} 在{lines}重复，只能保留 1 行，第五条（四）。"


def duplicates(rows: Iterable[tuple[int, str | None]]) -> list[Duplicate]:
    """Codes that occur more than once among (line number, code); rows without code are left out (T34)."""
    lines: dict[str, list[int]] = {}
    for line, code in rows:
        if code:
            lines.setdefault(code, []).append(line)
    return [Duplicate(code, tuple(found)) for code, found in lines.items() if len(found) > 1]


@dataclass(frozen=True)
class Stay:
    """One tenant's stay in one base: the incubation agreement's first and last day."""

    base_id: int
    uscc: str
    agr_start: date
    agr_end: date | None = None
    in_on: date | None = None


def counted_in(stays: Iterable[Stay], on: date) -> Mapping[str, int]:
    """Code → the one base in which it counts on that day (AMB-11, T35).

    Of the agreements that run on that day the earliest holds; of equal ones
    the earlier entry, then the lower base number. Codes without a running
    agreement are left out.
    """
    best: dict[str, Stay] = {}
    for stay in stays:
        if stay.agr_start <= on and (stay.agr_end is None or on <= stay.agr_end):
            held = best.get(stay.uscc)
            if held is None or _order(stay) < _order(held):
                best[stay.uscc] = stay
    return {code: stay.base_id for code, stay in best.items()}


def _order(stay: Stay) -> tuple:
    return (stay.agr_start, stay.in_on or stay.agr_start, stay.base_id)


def shared(stays: Iterable[Stay], on: date) -> Mapping[str, frozenset[int]]:
    """Codes with running agreements in more than one base → those bases, all of them warned (T35)."""
    bases: dict[str, set[int]] = {}
    for stay in stays:
        if stay.agr_start <= on and (stay.agr_end is None or on <= stay.agr_end):
            bases.setdefault(stay.uscc, set()).add(stay.base_id)
    return {code: frozenset(found) for code, found in bases.items() if len(found) > 1}
