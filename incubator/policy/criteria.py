"""Articles 5 and 6 as standards: ``assess(facts)`` gives findings (A5-1 to A5-9, A6-1, A6-2).

Bounds are inclusive and compared as Decimal, never rounded. Thresholds are
effective-dated editions; a case keeps the edition of its day.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from .articles import Refusal, cite

PASS, FAIL, RELAXABLE, UNKNOWN = "PASS", "FAIL", "RELAXABLE", "UNKNOWN"
CONCLUSIONS = {PASS: "达到", FAIL: "未达到", RELAXABLE: "低于基准", UNKNOWN: "待核实"}
RELAX_HINT_PERCENT = Decimal(20)
REASON_AT_LEAST = 10


@dataclass(frozen=True)
class Standard:
    """One numeric threshold: fact key, label, unit, least value, article, whether it may be relaxed."""

    key: str
    label: str
    unit: str
    minimum: Decimal
    article: str
    relaxable: bool = False


@dataclass(frozen=True)
class Edition:
    """Thresholds in force from a day on."""

    from_on: date
    base: tuple[Standard, ...]
    demonstration: tuple[Standard, ...]


EDITIONS = (
    Edition(
        date(2023, 4, 21),
        base=(
            Standard("area_total", "总建筑面积", "㎡", Decimal(3500), "5(2)", True),
            Standard("area_incub", "孵化场所建筑面积", "㎡", Decimal(3000), "5(2)", True),
            Standard("area_public", "公共服务区建筑面积", "㎡", Decimal(500), "5(2)", True),
            Standard("service_team", "创业服务团队", "人", Decimal(5), "5(3)"),
            Standard("mentors", "创业辅导员", "人", Decimal(3), "5(3)"),
            Standard("tenants_countable", "在孵企业", "户", Decimal(15), "5(4)", True),
            Standard("jobs", "带动就业", "人", Decimal(100), "5(4)", True),
        ),
        demonstration=(
            Standard("tenants_countable", "在孵企业", "户", Decimal(40), "6(2)"),
            Standard("jobs", "带动就业", "人", Decimal(300), "6(2)"),
            Standard("grad_cum", "累计毕业企业", "户", Decimal(5), "6(2)"),
        ),
    ),
)


@dataclass(frozen=True)
class Fact:
    """A value as declared and as verified; ``source`` says whose the latest value is."""

    declared: object = None
    verified: object = None
    source: str = ""

    @property
    def actual(self) -> object:
        """The verified value, else the declared one (A5-9)."""
        return self.declared if self.verified is None else self.verified


@dataclass(frozen=True)
class Relaxation:
    """A threshold that the province granted to one base, with its document (AMB-02)."""

    key: str
    minimum: Decimal
    document_no: str = ""


def threshold_refusal(standard: Standard, threshold: Decimal, *, urban: bool, act: str = "放宽") -> Refusal | None:
    """Why a threshold cannot be proposed or granted for a standard, None when it can (A5-3, AMB-02).

    Only (二) and (四), only outside urban Changchun, only downwards; people and firms are counted in whole numbers.
    How far is for the province to say: the hint of 20 % is none of these reasons.
    """
    if not standard.relaxable:
        return Refusal(standard.article, f"{standard.label}不能{act}", "按原标准审核；只有第五条（二）（四）的数量标准可以放宽")
    if urban:
        return Refusal(standard.article, f"长春市区不适用放宽，{standard.label}按原标准", "按原标准审核")
    if threshold >= standard.minimum:
        return Refusal(
            standard.article, f"{standard.label}要低于原标准 {_short(standard.minimum)} {standard.unit}才叫放宽", "填低于原标准的数"
        )
    if standard.unit in ("人", "户") and threshold != threshold.to_integral_value():
        return Refusal(standard.article, f"{standard.label}按{standard.unit}计，应为整数", "填整数")
    return None


@dataclass(frozen=True)
class Condition:
    """One condition of Articles 5 and 6 that is no number.

    ``key`` is the fact it reads; ``missing`` is the gap when it fails.
    """

    key: str
    label: str
    article: str
    required: str
    missing: str


BASE_CONDITIONS = (
    Condition("decl_law", "无违法行为", "5(1)", "声明属实", "声明为否，没有情况说明"),
    Condition("decl_credit", "无不良信用记录", "5(1)", "声明属实", "声明为否，没有情况说明"),
    Condition("decl_property", "无产权纠纷", "5(1)", "声明属实", "声明为否，没有情况说明"),
    Condition("decl_dispute", "无其他未了结纠纷", "5(1)", "声明属实", "声明为否，没有情况说明"),
    Condition("services_basic", "基础服务", "5(3)", "至少 1 项", "没有基础服务项目"),
    Condition("services_professional", "专业化服务", "5(3)", "至少 1 项", "没有专业化服务项目"),
    Condition("facilities", "公共服务设施", "5(3)", "至少 1 处", "没有公共服务设施"),
    Condition("rules_files", "管理制度", "5(5)", "入孵、退出、安全三类齐备", "入孵、退出、安全制度不全"),
    Condition("safety", "安全生产", "5(5)", "符合要求", "安全生产不符合要求"),
    Condition("decl_tenants", "对在孵企业依法经营负责", "5(5)", "已承诺", "没有承诺书"),
)
DEMONSTRATION_CONDITIONS = (
    Condition("recognised", "已认定为省级基地", "6(1)", "有效", "尚未认定为省级基地"),
    Condition("maker_space", "创客空间", "6(1)", "设立", "没有创客空间"),
    Condition("maker_fee", "创客空间开放方式", "6(1)", "免费或低成本", "不是免费或低成本开放"),
)
DECLARATIONS = frozenset(("decl_law", "decl_credit", "decl_property", "decl_dispute"))
LOW_FEES = frozenset(("free", "low"))


@dataclass(frozen=True)
class Finding:
    """One line of the checklist: standard, values, conclusion, gap, evidence, article, source."""

    key: str
    label: str
    required: str
    declared: str
    verified: str
    actual: str
    conclusion: str
    gap: str
    evidence: str
    article: str
    source: str = ""
    unit: str = ""
    why: str = ""
    numeric: bool = False

    @property
    def passed(self) -> bool:
        return self.conclusion == PASS

    @property
    def word(self) -> str:
        """The conclusion in Chinese."""
        return CONCLUSIONS[self.conclusion]


def edition_of(on: date, editions: Iterable[Edition] = EDITIONS) -> Edition:
    """The edition that governs a day; for a day before the first one, the first."""
    ordered = sorted(editions, key=lambda e: e.from_on)
    return next((e for e in reversed(ordered) if e.from_on <= on), ordered[0])


def assess(
    facts: Mapping[str, object],
    *,
    urban: bool,
    edition_on: date,
    granted: Iterable[Relaxation] = (),
    editions: Iterable[Edition] = EDITIONS,
) -> list[Finding]:
    """Findings of Article 5 (T17–T26).

    ``facts``: key → Fact or a plain declared value; a missing key is UNKNOWN.
    ``urban``: the base lies in urban Changchun (AMB-01), where nothing is
    relaxed. ``granted``: thresholds that the province granted to this base;
    without one, a relaxable item outside Changchun is RELAXABLE.
    ``decl_note`` among the facts explains a declaration that is not true.
    """
    thresholds = {r.key: r for r in granted}
    standards = edition_of(edition_on, editions).base
    note = bool(_fact(facts, "decl_note").actual)
    found = [_condition(c, facts, note) for c in BASE_CONDITIONS]
    found += [_numeric(s, _fact(facts, s.key), urban, thresholds.get(s.key)) for s in standards]
    order = {a: i for i, a in enumerate(("5(1)", "5(2)", "5(3)", "5(4)", "5(5)"))}
    return sorted(found, key=lambda f: order.get(f.article, 9))


def assess_promotion(
    facts: Mapping[str, object],
    *,
    urban: bool,
    edition_on: date,
    granted: Iterable[Relaxation] = (),
    editions: Iterable[Edition] = EDITIONS,
) -> list[Finding]:
    """Findings of Article 6, followed by those of Article 5, which must still hold (A6-2, T36).

    A relaxation granted at recognition serves Article 5 only (AMB-03).
    """
    standards = edition_of(edition_on, editions).demonstration
    found = [_condition(c, facts, False) for c in DEMONSTRATION_CONDITIONS]
    found += [_numeric(s, _fact(facts, s.key), urban, None) for s in standards]
    lower = assess(facts, urban=urban, edition_on=edition_on, granted=granted, editions=editions)
    return found + [_not_relaxed_again(f) for f in lower]


def _not_relaxed_again(finding: Finding) -> Finding:
    """At promotion nothing is granted anew: below the threshold that holds is a fail (A6-2, AMB-03)."""
    if finding.conclusion != RELAXABLE:
        return finding
    return replace(finding, conclusion=FAIL, gap=f"{finding.gap.split('，')[0]}，晋级时不再放宽", why="晋级时不再放宽")


# the standards by which a case of a kind is judged
STANDARDS: dict[str, Callable[..., list[Finding]]] = {
    "recognition": assess, "promotion": assess_promotion, "renewal": assess,
}


def refusal_forward(
    findings: Iterable[Finding], *, proposed: Iterable[str] = (), act: str = "上报"
) -> Refusal | None:
    """Why the city may not send an application up, None when it may (A5-9, T108, T109).

    ``proposed``: keys for which a relaxation is proposed; a RELAXABLE item
    without one refuses like a FAIL.
    """
    proposals = set(proposed)
    blocking = [
        f for f in findings
        if f.conclusion == FAIL or (f.conclusion == RELAXABLE and f.key not in proposals)
    ]
    return _refusal(
        blocking, act, "退回补正或不予上报", "逐项提出放宽建议后上报"
    )


def refusal_pass(findings: Iterable[Finding]) -> Refusal | None:
    """Why the deliberation may not pass an application, None when it may (A5-9, T108, T109).

    A RELAXABLE item needs a granted threshold, which makes it PASS.
    """
    blocking = [f for f in findings if f.conclusion in (FAIL, RELAXABLE)]
    return _refusal(blocking, "通过", "记为不通过或暂缓", "由省工信厅负责人决定放宽后再审议")


def standard_of(key: str, on: date, editions: Iterable[Edition] = EDITIONS) -> Standard | None:
    """The numeric standard of Article 5 with that key in the edition of a day."""
    return next((s for s in edition_of(on, editions).base if s.key == key), None)


def relax_hint(actual: Decimal, minimum: Decimal) -> str:
    """How far an actual value lies below a threshold, as a hint and no rule (AMB-02)."""
    share = ((minimum - actual) * 100 / minimum).quantize(Decimal("0.1"), ROUND_HALF_UP)
    # A gap that rounds to nothing is a gap all the same.
    text = f"{share}" if share > 0 else "不到 0.1"
    return f"低于基准 {text} %"


def _refusal(blocking: list[Finding], act: str, way: str, relax_way: str) -> Refusal | None:
    if not blocking:
        return None
    parts = []
    for finding in blocking:
        why = f"，{finding.why}" if finding.why else ""
        parts.append((finding.article, f"{_shortfall(finding)}{why}"))
    reason = "；".join(
        text + (f"，{cite(code)}" if i < len(parts) - 1 else "")
        for i, (code, text) in enumerate(parts)
    )
    ways = [way]
    if all(f.conclusion == RELAXABLE for f in blocking):
        ways.append(relax_way)
    return Refusal(parts[-1][0], f"不能{act}：{reason}", "可以" + "，或".join(ways))


def _shortfall(finding: Finding) -> str:
    if not finding.numeric:
        return f"{finding.label}：{finding.gap}"
    word = "核实" if finding.verified else "申报"
    return f"{finding.label}{word} {finding.actual}，低于 {finding.required.removeprefix('≥')}"


def _fact(facts: Mapping[str, object], key: str) -> Fact:
    value = facts.get(key)
    return value if isinstance(value, Fact) else Fact(declared=value)


def _quantity(value: object, unit: str) -> str:
    if value is None:
        return ""
    number = Decimal(value)
    text = f"{number:,.2f}" if unit == "㎡" else f"{number:,f}"
    return f"{text.replace(',', chr(0x2009))} {unit}"


def _amount(value: object) -> Decimal | None:
    if value is None:
        return None
    if isinstance(value, float):
        raise TypeError("figures are Decimal or int, never float")
    return Decimal(value)


def _numeric(
    standard: Standard, fact: Fact, urban: bool, relaxation: Relaxation | None
) -> Finding:
    unit, actual = standard.unit, _amount(fact.actual)
    granted = relaxation if relaxation and standard.relaxable and not urban else None
    minimum = min(standard.minimum, granted.minimum) if granted else standard.minimum
    evidence = "名册" if unit in ("人", "户") else "权属证明和平面图"
    if fact.verified is not None:
        evidence = fact.source or "实地踏查记录"
    why = ""
    if actual is None:
        conclusion, gap = UNKNOWN, "没有数据"
    elif actual >= minimum:
        conclusion, gap = PASS, "达到"
        if actual < standard.minimum:
            paper = f"（{granted.document_no}）" if granted.document_no else ""
            gap = f"达到放宽后的标准{paper}"
    else:
        missing = f"差 {_short(minimum - actual)} {unit}"
        if standard.relaxable and not urban:
            conclusion = RELAXABLE
            gap = f"{missing}，{relax_hint(actual, standard.minimum)}，可申请放宽"
            why = "尚未批准放宽" if not granted else "低于已批准的放宽标准"
        else:
            conclusion, gap = FAIL, f"{missing}，不能放宽"
            why = "且长春市区不适用放宽" if standard.relaxable else "本项不适用放宽"
    return Finding(
        key=standard.key,
        label=standard.label,
        required=f"≥{_short(minimum)} {unit}",
        declared=_quantity(fact.declared, unit),
        verified=_quantity(fact.verified, unit),
        actual=_quantity(actual, unit),
        conclusion=conclusion,
        gap=gap,
        evidence=evidence,
        article=standard.article,
        source=fact.source,
        unit=unit,
        why=why,
        numeric=True,
    )


def _short(number: Decimal) -> str:
    text = f"{number:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace(",", chr(0x2009))


def _condition(condition: Condition, facts: Mapping[str, object], note: bool) -> Finding:
    fact = _fact(facts, condition.key)
    value = fact.actual
    if value is None:
        conclusion, gap = UNKNOWN, "没有数据"
    elif _holds(condition.key, value):
        conclusion, gap = PASS, "达到"
    elif condition.key in DECLARATIONS and note and fact.verified is None:
        conclusion, gap = UNKNOWN, "声明为否，已写情况说明，由审核人员判断"
    else:
        conclusion, gap = FAIL, condition.missing
    return Finding(
        key=condition.key,
        label=condition.label,
        required=condition.required,
        declared=_word(condition.key, fact.declared),
        verified=_word(condition.key, fact.verified),
        actual=_word(condition.key, value),
        conclusion=conclusion,
        gap=gap,
        evidence=(fact.source or "实地踏查记录") if fact.verified is not None else "申报材料",
        article=condition.article,
        source=fact.source,
    )


def _holds(key: str, value: object) -> bool:
    return value in LOW_FEES if key == "maker_fee" else bool(value)


def _word(key: str, value: object) -> str:
    if value is None:
        return ""
    if key == "maker_fee":
        return {"free": "免费", "low": "低成本"}.get(str(value), "收费")
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value} 项"
    return "是" if value else "否"
