"""What the figures of a report must satisfy (§6, §8.4, §8.5): hard checks stop it, soft ones ask for a reason.

Each check takes the values of a form and a context: ``before`` (figures of the last report of the same kind) and
``before_label`` (上期, or the period it was of where others were skipped since), ``quarters`` (figures of the year's quarters), ``area_incub``, ``twins`` (names of tenants that another base counts).
A reason is given under the name of the figure that was asked about, and stays with the report.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from .fields.model import Check, Problem

JUMP = Decimal("0.30")
SUBSTANTIVE = Decimal("0.10")
REASON_AT_LEAST = 5
_SLIP = Decimal("1.25")
SLIPS = ((Decimal(10), "千元"), (Decimal(10000), "元"))
"""A figure in 万元 that was typed in 千元 is ten times what it should be, in 元 ten thousand times."""

BALANCE = ("t_begin", "t_new", "t_grad", "t_exit", "t_end")
MONEY = {"t_revenue": "在孵企业营业收入", "t_tax": "在孵企业上缴税金", "rent_relief": "减免租金等费用", "fin_amt": "获得融资金额"}
YEAR_MONEY = {
    "t_revenue": "在孵企业总收入", "t_tax": "在孵企业上缴税金", "inc_total": "基地运营总收入", "tax": "上缴税金",
    "asset_g": "年末固定资产原值",
}
# figures of the annual report that are the sum of the four quarters
SUMMED = {
    "t_new": ("新入孵", "户"), "t_grad": ("毕业", "户"), "t_exit": ("退出", "户"), "t_revenue": ("在孵企业收入", "万元"),
    "t_tax": ("在孵企业税金", "万元"), "fin_n": ("获得融资", "户"), "fin_amt": ("融资金额", "万元"),
}
# figures of the annual report that are those of its last quarter
ENDED = {"t_end": ("年末在孵企业", "户"), "jobs_end": ("年末从业人员", "人"), "grad_cum": ("累计毕业企业", "户")}
CUMULATIVE = {
    "grad_cum": ("累计毕业企业", "户"), "jobs_cum": ("累计带动就业", "人"), "fin_n_cum": ("累计获投融资", "户"),
    "fin_amt_cum": ("累计获投融资金额", "万元"),
}
_OF_ROSTERS = ("grad_cum", "jobs_cum")
# figures whose later change is a misstatement of substance once it exceeds a tenth (AMB-40)
SUBSTANCE = (
    "t_end", "t_count", "jobs_end", "jobs_cum", "grad_cum", "t_revenue", "t_tax", "area_used", "team_n", "mentor_n",
    "inc_total", "area_total", "area_incub", "area_public",
)


def closing(begin: int, new: int, graduated: int, left: int) -> int:
    """t_end = t_begin + t_new − t_grad − t_exit (§6)."""
    return begin + new - graduated - left


def jobs_cum(last: int, increases: int) -> int:
    """Cumulative jobs: last period's figure and the increases of the period (§6)."""
    return last + increases


def increases(before: Mapping[int, int], after: Mapping[int, int]) -> int:
    """Σ increases of head counts by tenant; a new tenant's whole head count is one, a decrease is none (§6)."""
    return sum(max(0, jobs - before.get(tenant, 0)) for tenant, jobs in after.items())


def occupancy(used: Decimal, area: Decimal | None) -> Decimal | None:
    """Share of the incubation area in use, in per cent with one decimal; None without an area."""
    return round(used / area * 100, 1) if area else None


# hard checks ------------------------------------------------------------------------------------


def balance(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """T77: the tenants at the end are those of the beginning and what came and went."""
    figures = [values.get(name) for name in BALANCE]
    if None in figures:
        return
    begin, new, graduated, left, end = figures
    if end != (right := closing(begin, new, graduated, left)):
        yield Problem(
            "t_end", f"期末在孵企业填的是 {end} 户，应为 {right} 户（期初 {begin} + 新入孵 {new} − 毕业 {graduated} − 退出 {left}）",
            "13", "核对名册上的入孵和退出日期；上期期末报错的，请省工信厅解锁上期报告更正",
        )


def never_falls(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """T78: what is cumulative does not fall."""
    before = context.get("before") or {}
    for name, (label, unit) in CUMULATIVE.items():
        now, last = values.get(name), before.get(name)
        if now is not None and last is not None and now < last:
            yield Problem(
                name, f"{label}{_last(context)} {_plain(last)} {unit}，本期 {_plain(now)} {unit}，累计数不能减少", "13",
                f"核对{'名册里删去或改期的记录' if name in _OF_ROSTERS else '累计数'}；上期报错的，请省工信厅解锁上期报告更正",
            )


def at_most(parts: tuple[str, ...], total: str, label: str, total_label: str, unit: str) -> Check:
    """A hard check that a part, or the sum of parts, is at most its total; told at the first part."""

    def check(values: Mapping, context: Mapping) -> Iterable[Problem]:
        found = [values[name] for name in parts if values.get(name) is not None]
        whole = values.get(total)
        if found and whole is not None and sum(found) > whole:
            yield Problem(
                parts[0], f"{label} {_plain(sum(found))} {unit}，多于{total_label} {_plain(whole)} {unit}", "13", "核对后改正"
            )

    return check


def adds_up(parts: tuple[str, ...], total: str, label: str, unit: str) -> Check:
    """A hard check that the parts make the total exactly; told at the total."""

    def check(values: Mapping, context: Mapping) -> Iterable[Problem]:
        found = [values.get(name) for name in parts]
        if None not in found and values.get(total) is not None and sum(found) != values[total]:
            yield Problem(
                total, f"{label}填的是 {_plain(values[total])} {unit}，各项相加是 {_plain(sum(found))} {unit}", "13", "核对后改正"
            )

    return check


def reasons_given(soft: tuple[Check, ...]) -> Check:
    """The soft checks themselves, and an error for each that has no reason yet (T79, T80).

    Reasons stand in rows ``reasons`` (figure, reason); the difference to the quarters in ``diff_note``.
    """

    def check(values: Mapping, context: Mapping) -> Iterable[Problem]:
        asked = list(warnings(soft, values, context))
        given = reasons(values)
        for problem in asked:
            yield problem
            if len(given.get(problem.field, "")) < REASON_AT_LEAST:
                yield Problem(
                    problem.field if problem.field == "diff_note" else f"reason-{problem.field}",
                    f"{problem.message}，没有写说明", problem.article, f"核对数字，没有错的写明原因（不少于 {REASON_AT_LEAST} 个字）",
                )

    return check


def reasons(values: Mapping) -> dict[str, str]:
    """Figure → reason as given in a form."""
    found = {row.get("figure"): str(row.get("reason") or "").strip() for row in values.get("reasons") or ()}
    if values.get("diff_note"):
        found["diff_note"] = str(values["diff_note"]).strip()
    return found


def warnings(soft: tuple[Check, ...], values: Mapping, context: Mapping) -> list[Problem]:
    """What the soft checks ask about; of several questions on one figure the first is asked."""
    found: dict[str, Problem] = {}
    for check in soft:
        for problem in check(values, context):
            found.setdefault(problem.field, problem)
    return list(found.values())


# soft checks ------------------------------------------------------------------------------------


def unit_slip(labels: Mapping[str, str]) -> Check:
    """A figure ten or ten thousand times the last one, or its part, looks like another unit."""

    def check(values: Mapping, context: Mapping) -> Iterable[Problem]:
        before = context.get("before") or {}
        for name, label in labels.items():
            now, last = values.get(name), before.get(name)
            if now and last and (found := _slipped(Decimal(now), Decimal(last))):
                which, unit = found if found[0] == "本期" else (_last(context), found[1])
                yield _asked(name, f"{label}{_last(context)} {_plain(last)} 万元，本期 {_plain(now)} 万元，像是{which}按{unit}填的")

    return check


def _slipped(now: Decimal, last: Decimal) -> tuple[str, str] | None:
    for times, unit in SLIPS:
        for which, ratio in (("本期", now / last), ("上期", last / now)):
            if times / _SLIP <= ratio <= times * _SLIP:
                return which, unit
    return None


def jumps(name: str, label: str) -> Check:
    """T79: more than 30 % above or below the last period asks for a reason; exactly 30 % does not."""

    def check(values: Mapping, context: Mapping) -> Iterable[Problem]:
        now, last = values.get(name), (context.get("before") or {}).get(name)
        if now is None or not last:
            return
        change = (Decimal(now) - Decimal(last)) / Decimal(last)
        if abs(change) > JUMP:
            yield _asked(
                name, f"{label}{_last(context)} {_plain(last)} 万元，本期 {_plain(now)} 万元，{'增加' if change > 0 else '减少'}了 {abs(change):.0%}"
            )

    return check


def tax_over_revenue(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """Tax above revenue is possible, and usually a slip."""
    tax, revenue = values.get("t_tax"), values.get("t_revenue")
    if tax is not None and revenue is not None and tax > revenue:
        yield _asked("t_tax", f"上缴税金 {_plain(tax)} 万元，多于营业收入 {_plain(revenue)} 万元")


def area_over_incub(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """The areas of the roster together are at most the incubation area (§8.7)."""
    used, area = values.get("area_used"), context.get("area_incub")
    if used is not None and area and used > area:
        yield _asked("area_used", f"名册上的使用面积合计 {_plain(used)} ㎡，多于孵化场所面积 {_plain(area)} ㎡")


def counted_elsewhere(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """AMB-11: a tenant on two bases' rosters is asked about at both."""
    names = list(context.get("twins") or ())
    if names:
        more = f"等 {len(names)} 户" if len(names) > 3 else ""
        yield Problem("t_count", f"{'、'.join(names[:3])}{more}也在另一个基地的名册上", "5(4)", "核对企业在哪里孵化", "warning")


def year_against_quarters(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """T80: the year is the sum of its quarters, its end that of the last one; every difference is explained at once."""
    quarters = [q for q in context.get("quarters") or () if q]
    if not quarters:
        return
    told = []
    for name, (label, unit) in SUMMED.items():
        parts = [Decimal(q[name]) for q in quarters if q.get(name) is not None]
        if values.get(name) is not None and parts and Decimal(values[name]) != sum(parts):
            told.append(f"{label}全年 {_plain(values[name])} {unit}，{_those(len(parts))}合计 {_plain(sum(parts))} {unit}")
    ends = list(context["quarters"])[-1] or {}  # a last quarter that is not reported yet says nothing of the year's end
    for name, (label, unit) in ENDED.items():
        last = ends.get(name)
        if values.get(name) is not None and last is not None and values[name] != last:
            told.append(f"{label}年报 {_plain(values[name])} {unit}，最后一季 {_plain(last)} {unit}")
    if told:
        yield Problem("diff_note", "；".join(told), "13", "核对后改正，或写明差异的原因", "warning")


def _those(number: int) -> str:
    return "各季" if number == 4 else f"已报的 {number} 季"


def _last(context: Mapping) -> str:
    return context.get("before_label") or "上期"


def _asked(name: str, message: str) -> Problem:
    return Problem(name, message, "13", "核对单位和数字，没有错的写明原因", "warning")


# after the archive --------------------------------------------------------------------------------


def misstated(before: Mapping, after: Mapping) -> dict[str, Decimal]:
    """AMB-40: figures that changed by more than a tenth between two versions, with the share (of the earlier figure).

    From nothing to something is a whole (1). Candidates for 第十五条（三）; people decide.
    """
    found = {}
    for name in SUBSTANCE:
        old, new = before.get(name), after.get(name)
        if old is None or new is None or Decimal(old) == Decimal(new):
            continue
        share = abs(Decimal(new) - Decimal(old)) / abs(Decimal(old)) if Decimal(old) else Decimal(1)
        if share > SUBSTANTIVE:
            found[name] = share
    return found


def _plain(number: object) -> str:
    text = f"{Decimal(number):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
