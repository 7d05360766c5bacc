"""P18: no form breaks the site: 200 seeded bodies over every form of tests/permissions.yaml, from people who may send it.

Whatever is typed: an answer below 500 within ten seconds, and where it is a refusal the database is as before.
"""

from __future__ import annotations

import random
import re
import time
import traceback
from urllib.parse import quote_from_bytes

import pytest

from tests.promises.matrix import Cell, Matrix, Pin, Table

pytestmark = pytest.mark.promise("P18")
SLOW = 10.0
NAME = re.compile(r'<(?:input|select|textarea)[^>]*\bname="([^"]+)"')
KEPT = ("csrf_token", "do", "kind")  # without these the form says nothing
WORKING = frozenset({"draft"})  # the applicant's own copy keeps what was typed, whatever becomes of the form (A7-9)
LONG = "长" * 34_000  # 100 kB of UTF-8

# value by value: what no field of a form expects
WRONG = (
    "", " ", "-1", "0", "99999999999999999999", "9" * 400, "1e309", "NaN", "-0", "１２", "٣", "0x10", "1_000", "1,5", "2026-02-30",
    "0000-00-00", "9999-12-31", "2026-06-01T25:61", "10000-01-01", "[]", "{}", "null", "true", "on", "../../etc/passwd",
    "' OR 1=1 --", "{{7*7}}", "%s%n", "<script>alert(1)</script>",
)
CONTROL = ("\0", "a\0b", "\x1b[31m", "\u202eexe.fdp", "\ufeff", "a\r\nSet-Cookie: x=1", "\u2028", "e\u0301" * 300, "\U0001f600" * 50, "\x7f\x85")
BROKEN = (b"\xff\xfe", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe9", b"%", b"\xe5\x90")
FAR = (10**3, 10**6, 10**12, 10**30, -1)
ODD = ("__class__", "x" * 5_000, "version[]", "", "a.b.c", "-0-", "name-", "-", "é" * 200)

Body = list[tuple[bytes, bytes]]


def _bytes(pairs) -> Body:
    return [(str(name).encode(), value if isinstance(value, bytes) else str(value).encode()) for name, value in pairs]


def _some(draw: random.Random, form: dict, *values) -> Body:
    """One to three fields with another value each."""
    names = [n for n in form if n not in KEPT] or ["text"]
    hit = set(draw.sample(names, min(len(names), draw.randint(1, 3))))
    return _bytes((n, draw.choice(values) if n in hit or n not in form else v) for n, v in form.items())


def wrong_types(draw, form):
    return _some(draw, form, *WRONG)


def all_wrong(draw, form):
    return _bytes((n, v if n in KEPT else draw.choice(WRONG)) for n, v in form.items())


def long_texts(draw, form):
    return _some(draw, form, LONG, "9" * 100_000, " " * 100_000, "a" * 100_000)


def control_characters(draw, form):
    return _some(draw, form, *CONTROL)


def broken_unicode(draw, form):
    return _some(draw, form, *BROKEN)


def repeated(draw, form):
    name = draw.choice([n for n in form if n not in KEPT] or ["text"])
    return _bytes(form.items()) + _bytes([(name, draw.choice(WRONG))] * draw.choice((2, 60, 900)))


def far_rows(draw, form):
    """Rows of a table far away, the same one twice, or very many."""
    stems = sorted({m[1] for n in form if (m := re.match(r"(\w+)-\d+-", n))}) or ["rows", "materials", "remarks", "visitors"]
    tails = sorted({m[1] for n in form if (m := re.match(r"\w+-\d+-(\w+)", n))}) or ["name", "text"]
    stem, rows = draw.choice(stems), draw.sample(FAR, 3) if draw.random() < 0.6 else range(400)
    return _bytes(form.items()) + _bytes((f"{stem}-{n}-{tail}", draw.choice(WRONG)) for n in rows for tail in tails[:2])


def missing(draw, form):
    names = [n for n in form if n != "csrf_token"]
    gone = set(draw.sample(names, draw.randint(0, len(names))))
    return _bytes((n, v) for n, v in form.items() if n not in gone)


def odd_names(draw, form):
    return _bytes(form.items()) + _bytes((name, draw.choice(WRONG)) for name in draw.sample(ODD, 3))


WAYS = (wrong_types, all_wrong, long_texts, control_characters, broken_unicode, repeated, far_rows, missing, odd_names)


def _senders(matrix: Matrix, table: Table) -> list[Cell]:
    """For each line with a form one person who may send it."""
    lines = [line for line in table.lines if line.method == "POST"]
    return [cell for line in lines if (cell := next((c for c in matrix.cells_of(line) if c.allowed), None))]


def _form(matrix: Matrix, cell: Cell, pages: dict) -> dict[str, str]:
    """The line's form and every other field that the page of the route shows."""
    known = {(li.endpoint, li.method) for li in matrix.table.lines}
    if str(cell.line) not in pages:
        shown = matrix.send(cell, "GET").text if (cell.line.endpoint, "GET") in known else ""
        pages[str(cell.line)] = sorted(set(NAME.findall(shown)) - {"csrf_token", "q"})[:60]
    return {**dict.fromkeys(pages[str(cell.line)], ""), **matrix.form(cell)}


def _encoded(body: Body) -> bytes:
    return b"&".join(quote_from_bytes(n).encode() + b"=" + quote_from_bytes(v).encode() for n, v in body)


def _judge(matrix: Matrix, pin: Pin, cell: Cell, body: Body, start: str) -> str:
    """What is wrong with the answer to one body; "" when all is well. The database is put back."""
    matrix.writes.take()
    began = time.monotonic()
    try:
        answer = matrix.send(cell, "POST", data=_encoded(body), content_type="application/x-www-form-urlencoded")
    except Exception as fault:  # the tests let faults of the program through
        pin.undo()
        last = next(f for f in reversed(traceback.extract_tb(fault.__traceback__)) if "/incubator/" in f.filename)
        return f"{type(fault).__name__} at {last.filename.partition('/incubator/')[2]}:{last.lineno}: {str(fault)[:200]}"
    said = ""
    if answer.status_code >= 500:
        said = f"answered {answer.status_code}"
    elif time.monotonic() - began > SLOW:
        said = "took too long"
    elif answer.status_code >= 400 and matrix.writes.take() and pin.digest(WORKING) != start:
        said = f"refused with {answer.status_code}, and the database is not what it was"
    pin.undo()
    return said


@pytest.mark.parametrize("bodies", [200, pytest.param(10_000, marks=pytest.mark.promise_full)])
def test_p18_fuzzed_forms(on_postgres, clock, bodies, promise):
    matrix, draw, wrong, answered, pages = on_postgres, random.Random(bodies), [], set(), {}
    senders = _senders(matrix, matrix.table)
    assert len(senders) > 60
    with matrix.pinned() as pin:
        start = pin.digest(WORKING)
        for n in range(bodies):
            cell, way = senders[n % len(senders)], WAYS[n % len(WAYS)]
            body = way(draw, _form(matrix, cell, pages))
            answered.add(str(cell.line))
            if said := _judge(matrix, pin, cell, body, start):
                wrong.append(f"body {n}, {cell}, {way.__name__}: {said}")
    print("\n".join(wrong))
    assert len(answered) == len(senders)
    promise("P18", n=bodies, failures=len(wrong), form="fuzzed forms")
