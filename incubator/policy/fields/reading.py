"""One reader for each kind of field: from what was typed to a typed value.

A reader returns None (or an empty list) for an empty answer and raises
:class:`Unreadable` or ``WrongIdentifier`` for one that it cannot take.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from .. import identifiers
from ..calendar import chinese_date
from ..identifiers import WrongIdentifier
from .model import Field

TRUE_WORDS = frozenset(["true", "1", "yes", "y", "on", "是", "有", "对", "√", "✓", "☑", "已"])
FALSE_WORDS = frozenset(["false", "0", "no", "n", "off", "否", "无", "错", "×", "未"])
AREA_UNITS = ("m2", "平方米", "平米", "平")
SEPARATORS = re.compile(r"[、,，;；|\n]+")
DATE_FORM = re.compile(r"(\d{4})(?:[-/.]|年)(\d{1,2})(?:[-/.]|月)(\d{1,2})日?")
MOST_ROWS = 2**31 - 1  # what an integer column takes
EMAIL_FORM = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class Unreadable(Exception):
    """The fault that follows the field's label in a sentence, the way out, and the article if another one."""

    def __init__(self, fault: str, way_out: str, article: str = ""):
        super().__init__(fault)
        self.fault, self.way_out, self.article = fault, way_out, article


def empty(value: object) -> bool:
    """Whether an answer is no answer; zero and 否 are answers."""
    return value is None or value == "" or value == [] or value == ()


def row_number(raw: object) -> int | None:
    """A number that a row or a place in a list can have (0 to 2,147,483,647); None for anything else that was sent."""
    text = str(raw)
    number = int(text) if not isinstance(raw, bool) and re.fullmatch(r"\d{1,10}", text, flags=re.ASCII) else MOST_ROWS + 1
    return number if number <= MOST_ROWS else None


def read(item: Field, raw: object, context: Mapping) -> object:
    """Typed value of one answer within the field's bounds. Raises Unreadable, WrongIdentifier."""
    value = _READERS[item.kind](item, raw, context)
    if not empty(value):
        _bounds(item, value, context)
    return value


def _text(item: Field, raw: object, context: Mapping) -> str | None:
    if raw is None:
        return None
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    text = unicodedata.normalize("NFC", str(raw)).replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc").strip()
    return text if item.kind == "long_text" else " ".join(text.split())


def _number_text(item: Field, raw: object) -> str:
    if isinstance(raw, float):
        raw = format(raw, ".15g")
    text = identifiers.plain(raw).replace(",", "").replace("_", "").replace("'", "")
    text = text.replace("−", "-").replace("–", "-").removeprefix("¥").removeprefix("+")
    unit = identifiers.plain(item.unit)
    if item.unit == "万元" and re.search(r"(?<!万)元$", text):
        raise Unreadable(f"的单位是万元，填的是“{raw}”", "除以 10000 后填写")
    units = (unit, *AREA_UNITS) if unit == "m2" else (unit, "万") if unit == "万元" else (unit,)
    for suffix in units:
        if suffix and text.endswith(suffix):
            return text.removesuffix(suffix)
    return text


def _decimal(item: Field, raw: object, context: Mapping) -> Decimal | None:
    if empty(raw) or isinstance(raw, bool):
        return None
    text = _number_text(item, raw)
    if not text:
        return None
    places = 2 if item.places is None else item.places
    example = "3500" if places == 0 else f"{Decimal(3500):.{places}f}"
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
        raise Unreadable(f"“{raw}”不是可用的数字", f"填阿拉伯数字，例如 {example}")
    step = Decimal(1).scaleb(-places)
    rounded = number.quantize(step)
    if rounded != number:
        raise Unreadable(f"“{raw}”多于 {places} 位小数", f"保留 {places} 位小数，例如 {example}")
    return rounded


def _int(item: Field, raw: object, context: Mapping) -> int | None:
    if empty(raw) or isinstance(raw, bool):
        return None
    text = _number_text(item, raw)
    if not text:
        return None
    if not re.fullmatch(r"-?\d{1,15}(\.0+)?", text, flags=re.ASCII):
        raise Unreadable(f"“{raw}”不是整数", "填阿拉伯数字的整数，例如 15")
    return int(text.split(".")[0])


def _date(item: Field, raw: object, context: Mapping) -> date | None:
    if empty(raw):
        return None
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    text = identifiers.plain(raw)
    if not text:
        return None
    text = re.sub(r"T?00:00(:00)?(\.0+)?$", "", text)
    if re.fullmatch(r"\d{8}", text, flags=re.ASCII):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    match = DATE_FORM.fullmatch(text)
    how = "按 2026-10-31 或 2026年10月31日 填写"
    if not match:
        raise Unreadable(f"“{raw}”不能读成日期", how)
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        raise Unreadable(f"“{raw}”没有这一天", how) from None


def _one_choice(item: Field, raw: object) -> str:
    text = identifiers.plain(raw)
    for value, label in item.choices:
        if text in (value, label) or text.casefold() == value.casefold():
            return value
        if text == identifiers.plain(label):
            return value
    names = "、".join(label for _, label in item.choices[:8])
    more = "等" if len(item.choices) > 8 else ""
    raise Unreadable(f"没有“{raw}”这一项", f"从 {names}{more} 中选择")


def _choice(item: Field, raw: object, context: Mapping) -> str | None:
    if isinstance(raw, (list, tuple)):
        raw = raw[0] if raw else None
    return None if empty(raw) or not identifiers.plain(raw) else _one_choice(item, raw)


def _multi(item: Field, raw: object, context: Mapping) -> list[str]:
    if empty(raw):
        return []
    given = raw if isinstance(raw, (list, tuple, set)) else SEPARATORS.split(str(raw))
    chosen = {_one_choice(item, g) for g in given if identifiers.plain(g)}
    return [value for value, _ in item.choices if value in chosen]


def _bool(item: Field, raw: object, context: Mapping) -> bool | None:
    if isinstance(raw, (list, tuple)):
        raw = raw[-1] if raw else None
    if raw is None or isinstance(raw, bool):
        return raw
    word = identifiers.plain(raw).casefold()
    if not word:
        return None
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise Unreadable(f"“{raw}”不能读成是或否", "填“是”或“否”")


def _identifier(item: Field, raw: object, context: Mapping) -> str | None:
    if empty(raw) or not identifiers.plain(raw):
        return None
    if item.kind == "uscc_or_id18":
        # Only a citizen number consists of 17 digits whose 7th to 14th form a date;
        # a credit code of a public body may be all digits, hence the two tries.
        try:
            return identifiers.uscc(raw)
        except WrongIdentifier as not_uscc:
            number = identifiers.plain(raw).upper()
            if not re.fullmatch(r"\d{17}[\dX]", number, flags=re.ASCII):
                raise not_uscc
            return identifiers.id18(raw)
    if isinstance(raw, float):
        raw = format(raw, ".0f")
    return getattr(identifiers, item.kind)(raw)


def _email(item: Field, raw: object, context: Mapping) -> str | None:
    if empty(raw) or not (text := identifiers.plain(raw)):
        return None
    if not EMAIL_FORM.fullmatch(text):
        raise Unreadable(f"“{text}”不是完整的邮箱地址", "按 name@example.cn 的样子填写")
    return text


def _region(item: Field, raw: object, context: Mapping) -> str | None:
    if empty(raw) or not (code := identifiers.plain(raw).upper()):
        return None
    regions = context.get("regions")
    if regions is None or code in regions:
        return code
    if isinstance(regions, Mapping):
        for known, label in regions.items():
            if identifiers.plain(label).upper() == code:
                return known
    raise Unreadable(f"没有“{raw}”这一项", "从列表中选择基地所在的县（市、区）", "7(1)")


def _files(item: Field, raw: object, context: Mapping) -> list[int]:
    given: Iterable = raw if isinstance(raw, (list, tuple)) else [] if empty(raw) else [raw]
    ids = []
    for entry in given:
        if empty(entry):
            continue
        if (number := row_number(entry)) is None:
            raise Unreadable("的附件不能读取", "重新上传这一项")
        if number not in ids:
            ids.append(number)
    limit = 1 if item.kind == "file" else item.max_files
    if len(ids) > limit:
        raise Unreadable(f"现有 {len(ids)} 个文件，最多 {limit} 个", "删去多余的文件")
    return ids


def _bounds(item: Field, value: object, context: Mapping) -> None:
    unit = f" {item.unit}" if item.unit else ""
    if item.kind in ("int", "decimal"):
        if item.minimum is not None and value < item.minimum:
            raise Unreadable(f"填的是 {value}{unit}，不能小于 {item.minimum}{unit}", "核对后重新填写")
        if item.maximum is not None and value > item.maximum:
            raise Unreadable(f"填的是 {value}{unit}，不能大于 {item.maximum}{unit}", "核对单位和位数")
    elif item.kind == "date":
        low, high = (context.get("today") if b == "today" else b for b in (item.minimum, item.maximum))
        if low is not None and value < low:
            raise Unreadable(f"填的是{chinese_date(value)}，不能早于{chinese_date(low)}", "核对年份")
        if high is not None and value > high:
            raise Unreadable(f"填的是{chinese_date(value)}，不能晚于{chinese_date(high)}", "核对年份")
    elif item.kind in ("text", "long_text"):
        if item.max_length and len(value) > item.max_length:
            raise Unreadable(f"现有 {len(value)} 字，最多 {item.max_length} 字", "删减后再提交")
        if item.minimum and len(value) < item.minimum:
            raise Unreadable(f"现有 {len(value)} 字，至少 {item.minimum} 字", "写清楚后再提交")
    elif item.kind == "files" and item.minimum and len(value) < item.minimum:
        raise Unreadable(f"现有 {len(value)} 个文件，至少 {item.minimum} 个", "补齐后再提交")


_READERS = {
    "text": _text,
    "long_text": _text,
    "int": _int,
    "decimal": _decimal,
    "date": _date,
    "choice": _choice,
    "multi": _multi,
    "bool": _bool,
    "uscc": _identifier,
    "id18": _identifier,
    "uscc_or_id18": _identifier,
    "phone": _identifier,
    "email": _email,
    "region": _region,
    "file": _files,
    "files": _files,
}
