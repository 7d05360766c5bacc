"""Reading what was typed, pasted or imported into typed values.

Any spacing, case and full width is accepted; several ways of writing a date,
thousands separators and units too. What cannot be read becomes a Problem
that names the field, the fault and the way out.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from .. import identifiers
from ..calendar import chinese_date
from ..identifiers import WrongIdentifier
from .model import Cleaned, Field, FieldTable, Problem

TRUE_WORDS = frozenset(["true", "1", "yes", "y", "on", "是", "有", "对", "√", "✓", "☑", "已"])
FALSE_WORDS = frozenset(["false", "0", "no", "n", "off", "否", "无", "错", "×", "未"])
AREA_UNITS = ("m2", "平方米", "平米", "平")
SEPARATORS = re.compile(r"[、,，;；|\n]+")
DATE_FORM = re.compile(r"(\d{4})(?:[-/.]|年)(\d{1,2})(?:[-/.]|月)(\d{1,2})日?")
EMAIL_FORM = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class _Wrong(Exception):
    def __init__(self, fault: str, way_out: str, article: str = ""):
        super().__init__(fault)
        self.fault, self.way_out, self.article = fault, way_out, article


def clean(
    table: FieldTable, raw: Mapping, *, draft: bool = False, context: Mapping | None = None
) -> Cleaned:
    """Read ``raw`` by the table; unknown keys are ignored.

    In a draft a wrong value stays as typed (its problem is reported) and
    missing fields are no problem. ``context`` may hold ``today`` (date),
    ``regions`` (mapping code → label), ``computed`` (values of automatic
    fields) and what the table's own checks ask for. Never raises for input.
    """
    context = context or {}
    result, typed = Cleaned(), {}
    for item in table.fields:
        if item.source == "auto":
            _take_computed(item, raw, context, result, typed)
            continue
        if item.name not in raw:
            continue
        value, problems, good = _read(item, _raw_value(item, raw), draft, context, item.name)
        result.problems += problems
        if good:
            typed[item.name] = value
        if good or draft:
            result.values[item.name] = value
    if not draft:
        wrong = {p.field.split("-")[0] for p in result.problems}
        for item in table.fields:
            if item.source == "typed" and item.name not in wrong:
                if _empty(typed.get(item.name)) and item.is_required(typed):
                    result.problems.append(_missing(item, item.name, item.label))
    for check in table.checks:
        result.problems += check(typed, context)
    order = {f.name: i for i, f in enumerate(table.fields)}
    result.problems.sort(key=lambda p: order.get(p.field.split("-")[0], len(order)))
    return result


def parse(item: Field, raw: object, context: Mapping | None = None) -> object:
    """Typed value of one field, None when empty. Raises ValueError when it cannot be read."""
    value, problems, good = _read(item, raw, False, context or {}, item.name)
    if not good:
        raise ValueError(problems[0].text)
    return value


def _raw_value(item: Field, raw: Mapping) -> object:
    if item.kind in ("multi", "file", "files") and hasattr(raw, "getlist"):
        return raw.getlist(item.name)
    return raw[item.name]


def _empty(value: object) -> bool:
    return value is None or value == "" or value == [] or value == ()


def _missing(item: Field, path: str, label: str) -> Problem:
    if item.kind in ("file", "files"):
        return Problem(path, f"{label}还没有上传", item.article, "上传后再提交")
    if item.kind == "rows":
        return Problem(path, f"{label}还没有填写", item.article, "至少填写 1 行")
    verb = "选择" if item.kind in ("choice", "multi", "region", "bool") else "填写"
    return Problem(path, f"{label}还没有{verb}", item.article, f"{verb}后再提交")


def _take_computed(item: Field, raw: Mapping, context: Mapping, result: Cleaned, typed: dict):
    computed = context.get("computed") or {}
    if item.name not in computed:
        return
    value = computed[item.name]
    result.values[item.name] = typed[item.name] = value
    if not _empty(raw.get(item.name)):
        given, problems, good = _read(item, raw[item.name], False, context, item.name)
        if not good or given != value:
            result.problems += problems or [
                Problem(
                    item.name,
                    f"{item.label}填的是 {given}，系统计算为 {value}",
                    item.article,
                    "本项由系统计算，改名册或台账后会随之变化",
                )
            ]


def _read(item: Field, raw: object, draft: bool, context: Mapping, path: str, label: str = ""):
    label = label or item.label
    if item.kind == "rows":
        return _read_rows(item, raw, draft, context, path)
    try:
        value = _READERS[item.kind](item, raw, context)
        if not _empty(value):
            _bounds(item, value, context)
        return value, [], True
    except WrongIdentifier as wrong:
        problem = Problem(path, f"{label}：{wrong.reason}", wrong.article, wrong.way_out)
    except _Wrong as wrong:
        problem = Problem(
            path, f"{label}{wrong.fault}", wrong.article or item.article, wrong.way_out
        )
    return _as_typed(raw), [problem], False


def _as_typed(raw: object) -> object:
    return [str(r) for r in raw] if isinstance(raw, (list, tuple)) else str(raw).strip()


def _read_rows(item: Field, raw: object, draft: bool, context: Mapping, path: str):
    entries = list(raw.values()) if isinstance(raw, Mapping) else list(raw or [])
    rows, problems, kept = [], [], 0
    for index, entry in enumerate(entries):
        if not isinstance(entry, Mapping):
            problems.append(Problem(path, f"{item.label}第 {index + 1} 行不能读取", item.article))
            continue
        row, row_problems = {}, []
        for column in item.columns:
            if column.name not in entry:
                continue
            value, found, good = _read(
                column,
                _raw_value(column, entry),
                draft,
                context,
                f"{path}-{index}-{column.name}",
                f"{item.label}第 {index + 1} 行{column.label}",
            )
            row_problems += found
            if good or draft:
                row[column.name] = value
        if not row_problems and all(_empty(v) or v is False for v in row.values()):
            continue
        if not draft:
            for column in item.columns:
                if column.kind == "bool" and row.get(column.name) is None:
                    row[column.name] = False  # an empty box in a row that holds other answers
            wrong = {p.field for p in row_problems}
            for column in item.columns:
                cell = f"{path}-{index}-{column.name}"
                if cell not in wrong and column.source == "typed":
                    if _empty(row.get(column.name)) and column.is_required(row):
                        row_problems.append(
                            _missing(column, cell, f"{item.label}第 {index + 1} 行{column.label}")
                        )
        problems += row_problems
        rows.append(row)
        kept += 1
    if item.minimum and not draft and 0 < kept < item.minimum:
        problems.append(
            Problem(path, f"{item.label}现有 {kept} 行，至少 {item.minimum} 行", item.article, "补足后再提交")
        )
    return rows, problems, not problems


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
        raise _Wrong(f"的单位是万元，填的是“{raw}”", "除以 10000 后填写")
    units = (unit, *AREA_UNITS) if unit == "m2" else (unit, "万") if unit == "万元" else (unit,)
    for suffix in units:
        if suffix and text.endswith(suffix):
            return text.removesuffix(suffix)
    return text


def _decimal(item: Field, raw: object, context: Mapping) -> Decimal | None:
    if _empty(raw) or isinstance(raw, bool):
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
        raise _Wrong(f"“{raw}”不是可用的数字", f"填阿拉伯数字，例如 {example}")
    step = Decimal(1).scaleb(-places)
    rounded = number.quantize(step)
    if rounded != number:
        raise _Wrong(f"“{raw}”多于 {places} 位小数", f"保留 {places} 位小数，例如 {example}")
    return rounded


def _int(item: Field, raw: object, context: Mapping) -> int | None:
    if _empty(raw) or isinstance(raw, bool):
        return None
    text = _number_text(item, raw)
    if not text:
        return None
    if not re.fullmatch(r"-?\d{1,15}(\.0+)?", text, flags=re.ASCII):
        raise _Wrong(f"“{raw}”不是整数", "填阿拉伯数字的整数，例如 15")
    return int(text.split(".")[0])


def _date(item: Field, raw: object, context: Mapping) -> date | None:
    if _empty(raw):
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
        raise _Wrong(f"“{raw}”不能读成日期", how)
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        raise _Wrong(f"“{raw}”没有这一天", how) from None


def _one_choice(item: Field, raw: object) -> str:
    text = identifiers.plain(raw)
    for value, label in item.choices:
        if text in (value, label) or text.casefold() == value.casefold():
            return value
        if text == identifiers.plain(label):
            return value
    names = "、".join(label for _, label in item.choices[:8])
    more = "等" if len(item.choices) > 8 else ""
    raise _Wrong(f"没有“{raw}”这一项", f"从 {names}{more} 中选择")


def _choice(item: Field, raw: object, context: Mapping) -> str | None:
    if isinstance(raw, (list, tuple)):
        raw = raw[0] if raw else None
    return None if _empty(raw) or not identifiers.plain(raw) else _one_choice(item, raw)


def _multi(item: Field, raw: object, context: Mapping) -> list[str]:
    if _empty(raw):
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
    raise _Wrong(f"“{raw}”不能读成是或否", "填“是”或“否”")


def _identifier(item: Field, raw: object, context: Mapping) -> str | None:
    if _empty(raw) or not identifiers.plain(raw):
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
    if _empty(raw) or not (text := identifiers.plain(raw)):
        return None
    if not EMAIL_FORM.fullmatch(text):
        raise _Wrong(f"“{text}”不是完整的邮箱地址", "按 name@example.cn 的样子填写")
    return text


def _region(item: Field, raw: object, context: Mapping) -> str | None:
    if _empty(raw) or not (code := identifiers.plain(raw).upper()):
        return None
    regions = context.get("regions")
    if regions is None or code in regions:
        return code
    if isinstance(regions, Mapping):
        for known, label in regions.items():
            if identifiers.plain(label).upper() == code:
                return known
    raise _Wrong(f"没有“{raw}”这一项", "从列表中选择基地所在的县（市、区）", "7(1)")


def _files(item: Field, raw: object, context: Mapping) -> list[int]:
    given: Iterable = raw if isinstance(raw, (list, tuple)) else [] if _empty(raw) else [raw]
    ids = []
    for entry in given:
        if _empty(entry):
            continue
        if isinstance(entry, bool) or not re.fullmatch(r"\d{1,18}", str(entry), flags=re.ASCII):
            raise _Wrong("的附件不能读取", "重新上传这一项")
        if int(entry) not in ids:
            ids.append(int(entry))
    limit = 1 if item.kind == "file" else item.max_files
    if len(ids) > limit:
        raise _Wrong(f"现有 {len(ids)} 个文件，最多 {limit} 个", "删去多余的文件")
    return ids


def _bounds(item: Field, value: object, context: Mapping) -> None:
    unit = f" {item.unit}" if item.unit else ""
    if item.kind in ("int", "decimal"):
        if item.minimum is not None and value < item.minimum:
            raise _Wrong(f"填的是 {value}{unit}，不能小于 {item.minimum}{unit}", "核对后重新填写")
        if item.maximum is not None and value > item.maximum:
            raise _Wrong(f"填的是 {value}{unit}，不能大于 {item.maximum}{unit}", "核对单位和位数")
    elif item.kind == "date":
        low, high = (context.get("today") if b == "today" else b for b in (item.minimum, item.maximum))
        if low is not None and value < low:
            raise _Wrong(f"填的是{chinese_date(value)}，不能早于{chinese_date(low)}", "核对年份")
        if high is not None and value > high:
            raise _Wrong(f"填的是{chinese_date(value)}，不能晚于{chinese_date(high)}", "核对年份")
    elif item.kind in ("text", "long_text"):
        if item.max_length and len(value) > item.max_length:
            raise _Wrong(f"现有 {len(value)} 字，最多 {item.max_length} 字", "删减后再提交")
        if item.minimum and len(value) < item.minimum:
            raise _Wrong(f"现有 {len(value)} 字，至少 {item.minimum} 字", "写清楚后再提交")
    elif item.kind == "files" and item.minimum and len(value) < item.minimum:
        raise _Wrong(f"现有 {len(value)} 个文件，至少 {item.minimum} 个", "补齐后再提交")


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
