"""How values are written on a page: dates, distances, figures, names, differences.

Pure functions of their arguments (nothing here reads a clock or a database),
and register(app), which hands them to the templates. The wording follows one
rule book: no leading zeros in dates, a space that never breaks between a count
and its word, a space that never breaks between thousands, real signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any, NamedTuple

from markupsafe import Markup, escape

BOUND = "\u00a0"  # between a count and its word
THIN = BOUND  # between thousands; the narrow ones are missing from some fonts
MINUS = "\u2212"
BEIJING = timezone(timedelta(hours=8))  # no summer time since 1991
WEEKDAYS = "一二三四五六日"

SOON_DAYS = 3  # from here on a date is amber
DAYS_UNTIL_MONTHS = 60  # beyond this the distance is told in months
MONTHS_UNTIL_YEARS = 24

# --- Dates -------------------------------------------------------------------


def local(value: date | datetime) -> date | datetime:
    """A stored instant in Beijing time; a plain date as it is.

    Some databases hand instants back without a zone: they are UTC by our law.
    """
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return value.astimezone(BEIJING)


def cn_date(value: date | datetime | None, year: object = False) -> str:
    """ "10月8日"; with a true second argument "2026年10月8日".

    The second argument may be the day it is: then the year is written only
    where it differs (`{{ d|cn_date(portal.today) }}`).
    """
    if value is None:
        return ""
    day = local(value)
    with_year = day.year != year.year if isinstance(year, date) else bool(year)
    return f"{day.year}年{day.month}月{day.day}日" if with_year else f"{day.month}月{day.day}日"


def cn_day(value: date | datetime | None, year: object = True) -> str:
    """ "2026年10月20日（周二）"."""
    if value is None:
        return ""
    return f"{cn_date(value, year)}（周{WEEKDAYS[local(value).weekday()]}）"


def cn_time(value: datetime | None) -> str:
    """ "14:32"."""
    return "" if value is None else f"{local(value):%H:%M}"


def cn_moment(value: datetime | None, year: object = False) -> str:
    """ "10月8日 09:12"."""
    return "" if value is None else f"{cn_date(value, year)}{BOUND}{cn_time(value)}"


def cn_until(value: date | None, year: object = False) -> str:
    """ "10月20日（周二）24:00 前"."""
    return "" if value is None else f"{cn_day(value, year)}24:00{BOUND}前"


def iso(value: date | datetime | None) -> str:
    """For the datetime attribute of <time>."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return local(value).isoformat(timespec="minutes")
    return value.isoformat()


# --- Distances ---------------------------------------------------------------


class Due(NamedTuple):
    kind: str  # late, soon, wait: the mark
    words: str  # 逾期 2 天
    full: str  # 10月20日（周二）24:00 前


def span_words(days: int, months: int) -> str:
    if days <= DAYS_UNTIL_MONTHS:
        return f"{days}{BOUND}天"
    if months < MONTHS_UNTIL_YEARS:
        return f"{months}{BOUND}个月"
    years, rest = divmod(months, 12)
    return f"{years}{BOUND}年" + (f"{BOUND}{rest}{BOUND}个月" if rest else "")


def whole_months(start: date, end: date) -> int:
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - (end.day < start.day)


def due_words(due_on: date | None, today: date, working_days: int | None = None) -> Due:
    """How far a day is, in words and as a mark. Working days are the caller's to count."""
    if due_on is None:
        return Due("wait", "没有期限", "")
    days = (due_on - today).days
    full = cn_until(due_on, today)
    if days < 0:
        return Due("late", f"逾期{BOUND}{-days}{BOUND}天", full)  # lateness is counted, never rounded
    kind = "soon" if days <= SOON_DAYS else "wait"
    if days == 0:
        return Due("soon", "今天到期", full)
    if working_days is not None:
        kind = "soon" if working_days <= SOON_DAYS else "wait"
        return Due(kind, f"还有{BOUND}{working_days}{BOUND}个工作日", full)
    return Due(kind, f"还有{BOUND}{span_words(days, whole_months(today, due_on))}", full)


# --- Marks: made here, not by macros, because tables hold hundreds -----------


MARKS = frozenset(("late", "soon", "wait", "ok", "no"))


def state_mark(kind: str, text: object) -> Markup:
    """● ◐ ○ ✓ ✗ and its word, of a kind in `MARKS`; KeyError for another, which would stand there without its colour."""
    if kind not in MARKS:
        raise KeyError(kind)
    return Markup(
        '<span class="state state--{}"><span class="mark" aria-hidden="true"></span>{}</span>'
    ).format(kind, text)


def due_mark(due_on: date | None, today: date, working_days: int | None = None) -> Markup:
    due = due_words(due_on, today, working_days)
    return state_mark(due.kind, due.words)


@lru_cache(maxsize=8192)
def base_name(name: str | None) -> Markup:
    """A name that breaks by meaning: after its region, before 创业孵化基地.

    The tail may be 创业孵化示范基地; a region may be two deep (长春市朝阳区).
    """
    if not name:
        return Markup("")
    head, tail = name, ""
    if ending := re.search(r"(?<=.)创业孵化(?:示范)?基地$", name):
        head, tail = name[: ending.start()], ending.group()
    parts = []
    if region := REGION.match(head):
        parts.append(region.group())
        head = head[region.end() :]
    parts += [part for part in (head, tail) if part]
    return Markup('<span class="nm">{}</span>').format(Markup("<wbr>").join(escape(part) for part in parts))


# A region's name ends in 州 市 县 区, but 市场, 市民, 区域 and 区块 begin words.
REGION = re.compile(r"^(?:[^州市县区]{1,10}(?:自治州|自治县|州|市|县|区)(?![场民域块])){1,3}(?=.)")

# --- Figures -----------------------------------------------------------------


def thin(value: object, places: int | None = None) -> str:
    """41 260; −30.00. What is not a number comes back as it was."""
    if value is None or value == "":
        return ""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    if not number.is_finite():
        return str(value)
    written = f"{abs(number):,.{places}f}" if places is not None else f"{abs(number):,f}"
    return (MINUS if number < 0 else "") + written.replace(",", THIN)


def signed(value: object, places: int | None = None) -> str:
    """+2, −30.00, 0: a change."""
    written = thin(value, places)
    return f"+{written}" if written and not written.startswith(MINUS) and value else written


def count_of(number: object, word: str) -> str:
    """17 户, never broken."""
    return f"{thin(number)}{BOUND}{word}"


def file_size(size: int | None) -> str:
    if not size:
        return "" if size is None else f"0{BOUND}KB"
    if size < 1024 * 1024:
        return f"{max(1, round(size / 1024))}{BOUND}KB"
    return f"{size / 1024 / 1024:.1f}{BOUND}MB"


# --- Differences -------------------------------------------------------------

TOKENS = re.compile(r"\d+(?:[.\-/\u00a0\u2009]\d+)*|[A-Za-z]+|.", re.DOTALL)
GONE, CAME = Markup("<del>{}</del>"), Markup("<ins>{}</ins>")
ALIKE = 0.35  # below this two texts are different texts, not edits of one


class Diff(NamedTuple):
    old: Markup
    new: Markup


def diff_pair(old: object, new: object) -> Diff:
    """Old and new with only what differs marked; a figure differs as a whole."""
    before = TOKENS.findall("" if old is None else str(old))
    after = TOKENS.findall("" if new is None else str(new))
    if before == after:
        same = escape("".join(before))
        return Diff(same, same)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < ALIKE:
        return Diff(_marked(GONE, before), _marked(CAME, after))
    left, right = Markup(""), Markup("")
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            left += escape("".join(before[a:b]))
            right += escape("".join(after[c:d]))
        else:
            left += _marked(GONE, before[a:b])
            right += _marked(CAME, after[c:d])
    return Diff(left, right)


def _marked(around: Markup, tokens: list[str]) -> Markup:
    if not tokens:
        return Markup("")
    return around.format("".join(tokens))


# --- Errors of a form --------------------------------------------------------


class Problem(NamedTuple):
    field: str  # the name of the control; its id is f-<field>
    message: str


def problems_of(form: Any) -> list[Problem]:
    """Every error of a form, in the order of its fields, each naming its field."""
    found = [Problem("", str(message)) for message in getattr(form, "form_errors", ())]
    for each in form:
        found += _problems_of_field(each)
    return found


def _problems_of_field(each: Any) -> Iterable[Problem]:
    entries = getattr(each, "entries", None)
    inner = entries if entries is not None else (list(each.form) if hasattr(each, "form") else ())
    if inner:
        for child in inner:
            yield from _problems_of_field(child)
    spec = getattr(each, "spec", None)
    label = getattr(spec, "label", None) or getattr(each.label, "text", "")
    for index, row in enumerate(getattr(each, "rows", None) or ()):
        for column, messages in (row.get("errors") or {}).items():
            for message in messages:
                named = label and label not in message  # most messages of a row name its table and line themselves
                where = f"{label}，第{BOUND}{index + 1}{BOUND}行：" if named else ""
                yield Problem(f"{each.name}-{index}-{column}", f"{where}{message}")
    for message in each.errors:
        if isinstance(message, str):
            named = label and label not in message
            yield Problem(each.name, f"{label}：{message}" if named else message)


# --- What templates ask of a field -------------------------------------------


def options_of(choices: object) -> list[tuple[str | None, list[tuple[str, str]]]]:
    """Choices in any of their writings as [(group or None, [(value, label)])]."""
    if not choices:
        return []
    if callable(choices):
        choices = choices()
    if isinstance(choices, Mapping):
        if all(isinstance(inner, str) for inner in choices.values()):
            return [(None, [(str(key), label) for key, label in choices.items()])]
        return [(group, _options(inner)) for group, inner in choices.items()]
    return [(None, _options(choices))]


def _options(choices: Any) -> list[tuple[str, str]]:
    if isinstance(choices, Mapping):
        return [(str(key), str(label)) for key, label in choices.items()]
    out = []
    for choice in choices:
        if isinstance(choice, str):
            out.append((choice, choice))
        else:
            value, label, *_ = choice
            out.append(("" if value is None else str(value), str(label)))
    return out


FILTERS = {
    "cn_date": cn_date,
    "cn_day": cn_day,
    "cn_time": cn_time,
    "cn_moment": cn_moment,
    "cn_until": cn_until,
    "iso": iso,
    "thin": thin,
    "signed": signed,
    "count_of": count_of,
    "file_size": file_size,
    "base_name": base_name,
}
GLOBALS = {
    "state_mark": state_mark,
    "due_mark": due_mark,
    "due_words": due_words,
    "diff_pair": diff_pair,
    "problems_of": problems_of,
    "options_of": options_of,
}


def register(app: Any) -> None:
    """Install the filters and globals; `article` is the application's to set."""
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(GLOBALS)
