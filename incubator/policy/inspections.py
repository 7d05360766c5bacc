"""The yearly inspection as rules: who is inspected, who is visited, what is suggested (第十四条, A14-1 to A14-4).

Pure functions: the draw can be computed anew by anybody from the seed and the list that its page shows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from .articles import Refusal, cite
from .calendar import chinese_date
from .criteria import FAIL, RELAXABLE, Finding
from .standing import DEMONSTRATION

RECTIFICATION_CODES = tuple(f"15({n})" for n in range(1, 7))
REVOCATION_CODES = tuple(f"16(2){n}" for n in range(1, 7))
FINDING_CODES = RECTIFICATION_CODES + REVOCATION_CODES

PASSED, DOWNGRADE, RECTIFY, BOTH, REVOKE = "passed", "downgrade", "rectify", "both", "revoke"
CONCLUSIONS = {
    PASSED: "合格", DOWNGRADE: "降级", RECTIFY: "限期整改", BOTH: "降级并限期整改", REVOKE: "建议撤销",
}
DOWNGRADES, RECTIFIES = frozenset((DOWNGRADE, BOTH)), frozenset((RECTIFY, BOTH))
SKIP_REASON_AT_LEAST = 10
LATE_TO_RECTIFY, NEVER_TO_RECTIFY = 2, 1
RISK_TO_VISIT = 3
SHARE_AT_LEAST = 10
# what an unmet standard of Article 5 is under Article 15
_CODE_OF = {"5(2)": "15(4)", "5(3)": "15(4)", "5(4)": "15(1)", "5(1)": "15(5)", "5(5)": "15(5)"}


# who is inspected -------------------------------------------------------------------------------


def belongs(year: int, *, in_force_on_1_january: bool, first_document_on: date | None, national: bool = False) -> bool:
    """Whether a base is in the plan of `year` (A14-1, AMB-18, AMB-39, T84).

    In force on 1 January and decided before that year; a base with a national title that was decided before is in too.
    """
    decided = first_document_on is not None and first_document_on.year < year
    return decided and (in_force_on_1_january or national)


@dataclass(frozen=True)
class Count:
    """Whether everybody who must be inspected is accounted for exactly once: the proof that nobody is missing."""

    eligible: int
    batched: int
    listed: int
    missing: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        return not (self.missing or self.twice or self.strangers) and self.eligible == self.batched + self.listed

    @property
    def words(self) -> str:
        sum_ = f"应检 {self.eligible} 家 = 分批 {self.batched} 家 + 本年未安排 {self.listed} 家"
        wrong = [f"{what} {len(who)} 家：{'、'.join(self.names.get(code, code) for code in who[:5])}" for what, who in (
            ("漏了", self.missing), ("重复", self.twice), ("不该检的", self.strangers)) if who]
        return "；".join([sum_, *wrong])


def count(eligible: Iterable[str], batched: Iterable[str], listed: Iterable[str], names: Mapping[str, str] | None = None) -> Count:
    """Compare who must be inspected with who stands in a batch and who is listed as not arranged; `names` by code are for the words."""
    must, inside, outside = list(eligible), list(batched), list(listed)
    found = inside + outside
    return Count(
        len(must), len(inside), len(outside),
        missing=tuple(sorted(set(must) - set(found))),
        twice=tuple(sorted({code for code in found if found.count(code) > 1})),
        strangers=tuple(sorted(set(found) - set(must))),
        names=names or {},
    )


def spread(bases: Iterable[tuple[str, str]], batches: int) -> dict[str, int]:
    """(code, prefecture) → number of the batch, from 1: a prefecture stays together, the batches are about as large."""
    groups: dict[str, list[str]] = {}
    for code, prefecture in sorted(bases):
        groups.setdefault(prefecture, []).append(code)
    sizes, found = [0] * max(batches, 1), {}
    for _, codes in sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        to = sizes.index(min(sizes))
        sizes[to] += len(codes)
        found |= dict.fromkeys(codes, to + 1)
    return found


# who is visited ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Risk:
    """Points that make a visit more pressing, each with its reason."""

    points: int
    reasons: tuple[str, ...] = ()


def risk(*, late: int = 0, never: int = 0, below: int = 0, alerts: int = 0, rectified: bool = False,
         relaxed: bool = False) -> Risk:
    """What is known of a base before the year's inspection, in points."""
    parts = (
        (never * 2, f"{never} 份报表没有报"), (min(late, 3), f"{late} 份报表迟报"), (below * 2, f"{below} 项低于标准"),
        (min(alerts, 2), f"{alerts} 条数据提示"), (2 if rectified else 0, "近两年被限期整改"), (1 if relaxed else 0, "有放宽的标准"),
    )
    return Risk(sum(points for points, _ in parts), tuple(words for points, words in parts if points))


@dataclass(frozen=True)
class Candidate:
    """A base of the plan as the draw sees it; no name, so that nothing but code, place and points decides."""

    code: str
    prefecture: str
    points: int


@dataclass(frozen=True)
class Drawn:
    """One line of the list: its number by the seed, and why the base is visited; `why` is empty where it is not."""

    code: str
    prefecture: str
    points: int
    number: str
    why: str = ""


WHY = {"risk": "风险分高", "coverage": "每个市（州）至少一家", "lot": "按抽签号"}


def lot(seed: str, code: str) -> str:
    """The number that a base draws: the first 16 signs of SHA-256 over ``seed|code`` in UTF-8."""
    return sha256(f"{seed}|{code}".encode()).hexdigest()[:16]


def wanted(candidates: int, share: int) -> int:
    """How many visits a share in per cent means, rounded up."""
    return -(-candidates * share // 100)


def draw(seed: str, candidates: Iterable[Candidate], share: int) -> tuple[Drawn, ...]:
    """Who is visited, in the order of the numbers drawn.

    1 whoever has `RISK_TO_VISIT` points or more; 2 in each prefecture without one the lowest number; 3 the lowest
    numbers of all until the share is reached. The same seed and list give the same result.
    """
    lines = sorted(
        (Drawn(c.code, c.prefecture, c.points, lot(seed, c.code)) for c in candidates), key=lambda d: (d.number, d.code)
    )
    why = {d.code: "risk" for d in lines if d.points >= RISK_TO_VISIT}
    covered = {d.prefecture for d in lines if d.code in why}
    for line in lines:
        if line.prefecture not in covered:
            why[line.code] = "coverage"
            covered.add(line.prefecture)
    for line in lines:
        if len(why) >= wanted(len(lines), share):
            break
        why.setdefault(line.code, "lot")
    return tuple(Drawn(d.code, d.prefecture, d.points, d.number, why.get(d.code, "")) for d in lines)


# what is suggested and concluded ----------------------------------------------------------------


@dataclass(frozen=True)
class Reason:
    """One reason of a suggestion, under its code of Article 15 or 16."""

    code: str
    text: str

    @property
    def words(self) -> str:
        return f"{self.text}，{cite(self.code)}"


@dataclass(frozen=True)
class Suggestion:
    """What the figures suggest; a person concludes (AMB-19)."""

    conclusion: str
    reasons: tuple[Reason, ...] = ()
    reminders: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return CONCLUSIONS[self.conclusion]


def suggest(*, level: str, base: Iterable[Finding] = (), demonstration: Iterable[Finding] = (), late: int = 0,
            never: int = 0, codes: Iterable[str] = ()) -> Suggestion:
    """What follows from standards, punctuality and coded findings (AMB-14, AMB-19, T85, T86, T92).

    `base` and `demonstration` are findings of Articles 5 and 6 with granted thresholds counted; what is not known
    suggests nothing. One late report is a reminder only; two, or one never filed, are a reason to rectify.
    """
    codes = set(codes)
    revoke = [Reason(c, "检查发现直接撤销的情形") for c in REVOCATION_CODES if c in codes]
    down = [Reason("15", _short(f)) for f in demonstration if f.conclusion == FAIL] if level == DEMONSTRATION else []
    rectify = [Reason(_CODE_OF.get(f.article, "15(6)"), _short(f)) for f in base if f.conclusion in (FAIL, RELAXABLE)]
    reminders = ()
    if never >= NEVER_TO_RECTIFY:
        rectify.append(Reason("15(2)", f"{never} 份报表一直没有报"))
    if late >= LATE_TO_RECTIFY:
        rectify.append(Reason("15(2)", f"{late} 份报表迟报"))
    elif late:
        reminders = (f"{late} 份报表迟报，提醒按时报送",)
    rectify += [Reason(c, "检查发现应整改的问题") for c in RECTIFICATION_CODES if c in codes - {r.code for r in rectify}]
    if revoke:
        return Suggestion(REVOKE, (*revoke, *down, *rectify), reminders)
    if down and rectify:
        return Suggestion(BOTH, (*down, *rectify), reminders)
    if down or rectify:
        return Suggestion(DOWNGRADE if down else RECTIFY, (*down, *rectify), reminders)
    return Suggestion(PASSED, (), reminders)


def _short(f: Finding) -> str:
    """What is short, named once: the gap of a condition begins with its name, that of a number does not."""
    return f.gap if f.gap.startswith(f.label) else f"{f.label}{f.gap}"


def offered(level: str) -> tuple[str, ...]:
    """The conclusions that there are for a level: only a demonstration base can be downgraded (A15-1)."""
    return tuple(key for key in CONCLUSIONS if level == DEMONSTRATION or key not in DOWNGRADES)


def conclusion_refusal(conclusion: str, *, level: str, suggestion: Suggestion, reason: str, visited: bool,
                       codes: Iterable[str]) -> Refusal | None:
    """Why a conclusion can't be entered as it is, None when it can (A14-2, A14-3, T92)."""
    codes = set(codes)
    if conclusion not in offered(level):
        return Refusal("15", "只有省级示范基地可以降级", "改选别的结论")
    if conclusion != PASSED and not visited:
        return Refusal("14", f"没有实地踏查，不能结论为{CONCLUSIONS[conclusion]}", "先安排踏查，登记后再写结论")
    if conclusion in RECTIFIES and not codes & set(RECTIFICATION_CODES):
        return Refusal("15", "限期整改要有第十五条的问题", "先写入至少一条问题，选第十五条的一项")
    if conclusion == DOWNGRADE and not codes and not any(r.code == "15" for r in suggestion.reasons):
        return Refusal("15", "降级要写明达不到示范标准的问题", "先写入至少一条问题")
    if conclusion == REVOKE and not codes & set(REVOCATION_CODES):
        return Refusal("16(2)", "建议撤销要有第十六条（二）的问题", "先写入至少一条问题，选第十六条（二）的一项")
    if conclusion != suggestion.conclusion and len(reason.strip()) < SKIP_REASON_AT_LEAST:
        return Refusal("14", f"结论和系统建议的“{suggestion.label}”不同，理由至少写 {SKIP_REASON_AT_LEAST} 个字", "写明为什么")
    return None


def history_words(concluded: Iterable[tuple[date, str, str]], rectified: Iterable[tuple[date, date | None]]) -> str:
    """One line for each conclusion (day, kind of inspection, conclusion) and each rectification (from, last day), the oldest first (§8.14)."""
    lines = [(on, f"{chinese_date(on)} {kind}：{label}") for on, kind, label in concluded]
    for from_on, to_on in rectified:
        end = f"，{chinese_date(to_on)}结束" if to_on else "，还在整改"
        lines.append((from_on, f"{chinese_date(from_on)} 限期整改开始{end}"))
    return "\n".join(words for _, words in sorted(lines)) or "还没有年检结论"
